"""What all pages of the desk rest on."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime

from ... import store
from ...config.settings import Settings
from ...locate.gazetteer import Gazetteer
from ...reports.places import Places
from ..auth import Guesses
from .kept import Kept
from .pulse import Pulse

Reader = Callable[[], AbstractContextManager[store.Database]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Made once."""

    settings: Settings
    reader: Reader
    writer: Reader
    clock: Callable[[], datetime]
    gazetteer: Gazetteer
    places: Places  # as people type them
    guesses: Guesses = field(default_factory=Guesses)
    kept: Kept = field(default_factory=Kept)
    pulse: Pulse = field(default_factory=Pulse)
    ahead: set[date] = field(default_factory=set)  # the day whose slow pages were made ahead
