"""What labels taught: an additive model over cues, words and character n-grams. Comes with the next commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scores:
    """Two probabilities: a capacity complaint (A or B), and any network trouble (A, B or C)."""

    capacity: float
    network: float


@dataclass(frozen=True, slots=True)
class Model:
    """Weights with their provenance."""

    version: str
