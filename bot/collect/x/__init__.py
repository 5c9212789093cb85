"""X: mentions, recent search and counts, within a budget."""
