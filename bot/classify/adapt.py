"""What a manager's own labels add to the shipped weights: little at first, more as they grow.

The logit of a head becomes  slope · shipped + shift + Σ weight · feature.  Slope, shift and weights are drawn towards 1, 0 and 0
(a Gaussian prior, so that fifty labels mend the threshold and hardly a word; compare "offset" regression, Steyerberg 2004).
How strongly is asked of the labels themselves, in folds that keep copies of a text together.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .model import Example, Linear, Model, features, sigmoid, version_of

HEADS = ("capacity",)  # moving "network" and "likely" as well named fewer bands right: too few labels tell of them
FEWEST = 3  # texts in which a word must occur: a name that one person wrote does not become a weight
FEWEST_ANSWERS = 5  # yes and no, each: below, a head stays as shipped
SHIFT, SLOPE = 20.0, 50.0  # pull towards the shipped threshold and scale: a deviation of .2 and .15 is ordinary
STRENGTHS = (1000.0, 100.0, 30.0)  # pull of the weights towards zero; the first leaves shift and slope alone
DOUBT = 0.1  # surer than the line by this where no rule found trouble: less than shipped, the words are one's own
USUAL_F1 = 0.72  # what the shipped weights reach on posts that nobody tuned on
FOLDS = 5
MAX_STEPS = 40
SETTLED = 1e-3


@dataclass(frozen=True, slots=True)
class Lesson:
    """An example, and which others are copies of its text."""

    example: Example
    group: int  # same number: copies of one text


def adapt(base: Model, lessons: Sequence[Lesson], about: Mapping[str, Any], strength: float | None = None) -> Model:
    """The shipped model moved by one's own labels. The same lessons in the same order give the same weights.

    `strength` None: chosen by cross-validation. A head with too few answers stays as it is.
    """
    chosen = best_strength(base, lessons) if strength is None else strength
    examples = [lesson.example for lesson in lessons]
    heads = dict(base.heads)
    for head in HEADS:
        if (moved := _moved(base.heads[head], head, examples, chosen, yes_weight(base, head))) is not None:
            heads[head] = moved
    return replace(
        base, heads=heads, about={**about, "strength": chosen, "doubt": DOUBT}, version=version_of(heads, base.lines)
    )


def folds(lessons: Sequence[Lesson], count: int = FOLDS) -> list[list[int]]:
    """Indices in so many parts of about one size; copies of a text are in one part."""
    groups: dict[int, list[int]] = {}
    for at, lesson in enumerate(lessons):
        groups.setdefault(lesson.group, []).append(at)
    parts: list[list[int]] = [[] for _ in range(count)]
    for group in sorted(groups.values(), key=lambda group: (-len(group), group[0])):
        min(parts, key=len).extend(group)
    return [sorted(part) for part in parts]


def best_strength(base: Model, lessons: Sequence[Lesson]) -> float:
    """The strongest pull whose loss on unseen labels is within one standard error of the best."""
    examples = [lesson.example for lesson in lessons]
    losses: dict[float, list[float]] = {strength: [] for strength in STRENGTHS}
    weight = yes_weight(base, "capacity")
    for part in folds(lessons):
        held = set(part)
        rest = [example for at, example in enumerate(examples) if at not in held]
        for strength in STRENGTHS:
            shipped = base.heads["capacity"]
            head = _moved(shipped, "capacity", rest, strength, weight) or shipped
            losses[strength] += [loss(head, examples[at], "capacity", weight) for at in part]
    best = min(STRENGTHS, key=lambda strength: sum(losses[strength]))
    for strength in STRENGTHS:
        gaps = [one - other for one, other in zip(losses[strength], losses[best], strict=True)]
        if sum(gaps) <= _spread(gaps):
            return strength
    return best


def yes_weight(base: Model, head: str) -> float:
    """How much more a yes weighs than a no, so that the shipped line stays the right one: where odds are right on average,
    the line of the best F1 lies at half of that F1 (Lipton, Elkan, Naryanaswamy 2014).
    """
    line, best = base.lines[head], USUAL_F1 / 2
    return line / (1.0 - line) * (1.0 - best) / best


def loss(head: Linear, example: Example, name: str, weight: float) -> float:
    """Surprise at the answer, in nats; a yes weighs `weight`."""
    chance = head.probability(example.cues, example.words)
    return -weight * math.log(chance) if example.answers[name] else -math.log(1.0 - chance)


def _spread(gaps: Sequence[float]) -> float:
    """The standard error of a sum."""
    mean = sum(gaps) / max(1, len(gaps))
    return math.sqrt(sum((gap - mean) ** 2 for gap in gaps))


def _moved(base: Linear, head: str, examples: Sequence[Example], strength: float, yes_weight: float) -> Linear | None:
    told = [example for example in examples if head in example.answers]
    yes = sum(example.answers[head] for example in told)
    if min(yes, len(told) - yes) < FEWEST_ANSWERS:
        return None
    shift, slope, weights = _fit(base, head, told, strength, yes_weight)
    moved = {name: slope * weight for name, weight in base.weights.items()}
    for name, weight in weights.items():
        moved[name] = moved.get(name, 0.0) + weight
    kept = {name: round(weight, 4) for name, weight in moved.items() if abs(weight) >= 0.0005}
    return Linear(round(slope * base.bias + shift, 4), kept)


def _fit(
    base: Linear, head: str, told: Sequence[Example], strength: float, yes_weight: float
) -> tuple[float, float, dict[str, float]]:
    """Shift, slope and weights by coordinate descent with one Newton step each (Friedman, Hastie, Tibshirani 2010)."""
    answers = [float(example.answers[head]) for example in told]
    weigh = [yes_weight if answer else 1.0 for answer in answers]
    logits = [base.logit(example.cues, example.words) for example in told]
    columns = [("", 0.0, SHIFT, [(row, 1.0) for row in range(len(told))])]
    columns.append(("*", 1.0, SLOPE, list(enumerate(logits))))
    columns += [(name, 0.0, strength, column) for name, column in sorted(_columns(told).items())]
    values = {name: prior for name, prior, _, _ in columns}
    sums = list(logits)
    for _ in range(MAX_STEPS):
        furthest = 0.0
        for name, prior, pull, column in columns:
            push, bend = pull * (values[name] - prior), pull
            for row, value in column:
                chance = sigmoid(sums[row])
                push += weigh[row] * (chance - answers[row]) * value
                bend += weigh[row] * max(0.05, chance * (1.0 - chance)) * value * value
            step = -push / bend
            values[name] += step
            furthest = max(furthest, abs(step))
            for row, value in column:
                sums[row] += step * value
        if furthest < SETTLED:
            break
    return values.pop(""), values.pop("*"), values


def _columns(told: Sequence[Example]) -> dict[str, list[tuple[int, float]]]:
    """By feature, in which rows it stands with which value: cues, and words that several texts have."""
    columns: dict[str, list[tuple[int, float]]] = {}
    for row, example in enumerate(told):
        for name, value in features(example.cues, example.words).items():
            if not name.startswith("c:"):
                columns.setdefault(name, []).append((row, value))
    return {name: column for name, column in columns.items() if len(column) >= FEWEST}
