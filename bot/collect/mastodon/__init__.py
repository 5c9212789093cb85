"""Mastodon and what speaks like it: hashtag timelines."""
