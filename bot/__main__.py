"""`python -m bot` is `brennpunkt`."""

from .cli import main

main()
