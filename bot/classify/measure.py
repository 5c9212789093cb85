"""How good are the verdicts? Figures over labelled texts, the same in `evaluate`, `train` and `scripts/score`."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..domain import Analysis, Band, Cause, Symptom

CAPACITY = (Band.A, Band.B)
DRAWS = 1000  # of the bootstrap
# Posts in the stream for each one sampled, where a labelled file names its stratum: N called network trouble by the data's
# authors, R with network words, O the rest.
WEIGHT = {"N": 1.0, "R": 1.0, "O": 14.4}


@dataclass(frozen=True, slots=True)
class Gold:
    """What a person said of a text. None: said nothing of it."""

    band: Band
    symptoms: tuple[str, ...] = ()
    cause: str | None = None
    severity: int | None = None
    tone: int | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    name: str
    value: float | None  # None: nothing to measure it on
    count: int  # texts it rests on
    detail: str = ""


Row = tuple[bool, bool, float]  # wanted, found, weight


def gold(row: Mapping[str, Any]) -> Gold:
    """A labelled JSON line. Raises ValueError naming what is wrong."""
    try:
        band = Band(row["band"])
    except (KeyError, ValueError):
        raise ValueError(f"`band` must be A, B, C or D, got {row.get('band')!r}") from None
    cause = row.get("cause") or None
    if cause is not None and cause not in tuple(Cause):
        raise ValueError(f"`cause` {cause!r} is not known; known: {', '.join(Cause)}")
    symptoms = tuple(row.get("symptoms") or ())
    if strange := [name for name in symptoms if name not in tuple(Symptom)]:
        raise ValueError(f"`symptoms` {strange[0]!r} is not known; known: {', '.join(Symptom)}")
    severity, tone = row.get("severity"), row.get("tone")
    return Gold(
        band,
        symptoms,
        cause,
        severity if isinstance(severity, int) else None,
        tone if isinstance(tone, int) else None,
        WEIGHT.get(str(row.get("stratum")), 1.0),
    )


def prf(rows: Iterable[Row]) -> tuple[float, float, float]:
    """Precision, recall, F1; 0.0 where nothing is wanted or found."""
    hit = found = wanted = 0.0
    for want, find, weight in rows:
        hit += weight * (want and find)
        found += weight * find
        wanted += weight * want
    return hit / found if found else 0.0, hit / wanted if wanted else 0.0, 2 * hit / (found + wanted) if hit else 0.0


def interval(rows: Sequence[Row]) -> tuple[float, float]:
    """95 % of F1, by bootstrap over texts with a fixed seed."""
    rng = random.Random(1)
    scores = sorted(prf(rng.choices(rows, k=len(rows)))[2] for _ in range(DRAWS))
    return scores[round(DRAWS * 0.025)], scores[round(DRAWS * 0.975)]


def table(pairs: Sequence[tuple[Gold, Analysis]]) -> list[Figure]:
    """All figures that the labels allow."""
    figures = [_bands("capacity (A or B)", pairs, CAPACITY)]
    if any(wanted.weight != 1.0 for wanted, _ in pairs):
        figures.append(_bands("  weighted to the stream", pairs, CAPACITY, weighted=True))
    figures.append(_bands("capacity likely (A)", pairs, (Band.A,)))
    figures.append(_bands("any network (A, B, C)", pairs, (Band.A, Band.B, Band.C)))
    both = [(w, a) for w, a in pairs if w.band in CAPACITY and a.verdict.band in CAPACITY and w.symptoms]
    figures.append(
        _share("main symptom, where both A or B", both, lambda w, a: a.verdict.symptoms[:1] == w.symptoms[:1])
    )
    named = [(w, a) for w, a in pairs if w.cause not in (None, Cause.UNCLEAR) and a.verdict.band is not Band.D]
    figures.append(_share("cause, where one is named", named, lambda w, a: a.verdict.cause == w.cause))
    # Severity is the rules' word on network trouble; tone is judged in every text.
    severe = [(w, a) for w, a in pairs if w.severity is not None and Band.D not in (w.band, a.verdict.band)]
    figures.append(_share("severity, exactly", severe, lambda w, a: a.verdict.severity == w.severity))
    toned = [(w, a) for w, a in pairs if w.tone is not None]
    figures.append(_share("tone, below 0 or not", toned, lambda w, a: (a.tone < 0) == ((w.tone or 0) < 0)))
    figures.append(_share("in doubt", pairs, lambda _, a: a.verdict.doubt is not None))
    return [figure for figure in figures if figure.count]


def _bands(
    name: str, pairs: Sequence[tuple[Gold, Analysis]], bands: tuple[Band, ...], *, weighted: bool = False
) -> Figure:
    rows = [(w.band in bands, a.verdict.band in bands, w.weight if weighted else 1.0) for w, a in pairs]
    if not any(want for want, _, _ in rows):
        alarms = sum(found for _, found, _ in rows)
        return Figure(name, None, len(rows), f"none wanted, {alarms} false alarms ({alarms / max(1, len(rows)):.2%})")
    precision, recall, f1 = prf(rows)
    low, high = interval(rows)
    wanted = sum(want for want, _, _ in rows)
    return Figure(
        name, f1, len(rows), f"P {precision:.3f}  R {recall:.3f}  F1 in {low:.2f}-{high:.2f}  wanted {wanted}"
    )


def _share(name: str, pairs: Sequence[tuple[Gold, Analysis]], right: Callable[[Gold, Analysis], bool]) -> Figure:
    hits = sum(right(wanted, analysis) for wanted, analysis in pairs)
    return Figure(name, hits / len(pairs) if pairs else None, len(pairs), f"{hits} of {len(pairs)}")
