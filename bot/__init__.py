"""Brennpunkt: listens for capacity complaints about a mobile carrier."""

__version__ = "0.1.0"
