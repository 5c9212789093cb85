"""From a hot spot to fixed: cases, the build-out plan, what is handed over, and whether it helped. Pure."""
