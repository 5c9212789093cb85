"""Mastodon and what speaks like it: hashtag timelines."""

from ...lean import without_cryptography

with without_cryptography():
    import mastodon as _  # noqa: F401  its modules are there when the files beside this one ask for them
