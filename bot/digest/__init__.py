"""What the manager reads every morning: what to say, in which words, in which form."""
