"""Bluesky: the Jetstream without an account, mentions and search with one."""
