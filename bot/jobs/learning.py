"""Learn from the manager's labels, and say how good the verdicts are. Nothing here writes to the database."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from .. import __version__
from ..analyse import Judge
from ..classify.adapt import FOLDS, Lesson, adapt, folds, loss, yes_weight
from ..classify.cues import cues, relevant, sort_out
from ..classify.doubt import MARGIN, line_of
from ..classify.duplicates import SAME, similarity, sketch
from ..classify.language import language
from ..classify.measure import CAPACITY, prf
from ..classify.model import Example, Model, vocabulary
from ..classify.rules import finds_in
from ..classify.teach import answers
from ..errors import InputError
from ..locate.hints import find_places
from ..text import prepare, tokenize
from .labelled import Text, judged

FROZEN = 4  # one label in so many is kept to decide with, and never trained on
FEWEST_FROZEN, FEWEST_WANTED = 20, 5  # below, the slice tells nothing: the shipped weights stay
_LEAST_MARGIN, _MOST_MARGIN = 0.3, 1.0


@dataclass(frozen=True, slots=True)
class Score:
    """F1 of A or B, and the mean surprise in nats."""

    f1: float
    loss: float
    count: int


@dataclass(frozen=True, slots=True)
class Training:
    """What came of it."""

    model: Model
    trained: int
    frozen: int
    by_cluster: tuple[Score, Score]  # shipped, trained: each text judged by weights that saw no copy of it
    by_time: tuple[Score, Score]  # the same, by weights that saw only what was written before
    slice: tuple[Score, Score]  # on the frozen labels
    refused: str | None  # why the weights are not used; None: they are better


def with_model(judge: Judge, model: Model | None) -> Judge:
    """The judge with other weights; None: by the rules' own."""
    version = judge.rules.version.partition("+")[0] + (f"+{model.version}" if model else "")
    return replace(judge, rules=replace(judge.rules, model=model, version=version))


def is_frozen(ref: str) -> bool:
    """By a hash of what the text is called, so that it is always the same ones."""
    return int.from_bytes(hashlib.sha256(ref.encode()).digest()[:8], "big") % FROZEN == 0


def train(judge: Judge, texts: Sequence[Text], *, now: datetime) -> Training:
    """Fit, measure, decide. `judge` with the shipped weights. The same texts give the same weights. Raises InputError."""
    base = judge.rules.model
    usable = [text for text in texts if text.may_train]
    if base is None:
        raise InputError("there are no shipped weights to start from")
    groups = group_copies(usable)
    held = {group for text, group in zip(usable, groups, strict=True) if is_frozen(text.ref)}
    frozen = [text for text in usable if is_frozen(text.ref)]
    learning = [(text, group) for text, group in zip(usable, groups, strict=True) if group not in held]
    lessons, sources = _lessons(learning, judge)
    if not lessons:
        raise InputError("no label to learn from: `brennpunkt label` adds some; posts from X are never trained on")
    by_cluster, odds = _crosswise(base, lessons, _by_cluster(lessons))
    by_time, _ = _crosswise(base, lessons, _by_time(lessons, sources))
    about = {
        "base": base.version,
        "rules": judge.rules.version,
        "labels": len(lessons),
        "bands": {band: sum(text.gold.band == band for text in sources) for band in "ABCD"},
        "frozen": len(frozen),
        "trained at": now.isoformat(timespec="seconds"),
        "made by": f"brennpunkt train {__version__}",
        "margin": margin(odds),
    }
    model = adapt(base, lessons, about)
    slices = (measure(judge, frozen), measure(with_model(judge, model), frozen))
    wanted = sum(text.gold.band in CAPACITY for text in frozen)
    refused = why_not(slices, wanted, (by_cluster, by_time))
    return Training(model, len(lessons), len(frozen), by_cluster, by_time, slices, refused)


def why_not(slices: tuple[Score, Score], wanted: int, crosswise: Sequence[tuple[Score, Score]] = ()) -> str | None:
    """Why the new weights are not used; None: better on the frozen slice, and no worse on other unseen labels."""
    shipped, trained = slices
    if shipped.count < FEWEST_FROZEN or wanted < FEWEST_WANTED:
        return (
            f"too few labels to decide with: of the quarter that is kept for it {FEWEST_FROZEN} are needed, "
            f"{FEWEST_WANTED} of them A or B; there are {shipped.count} and {wanted}"
        )
    if trained.f1 <= shipped.f1 or trained.loss >= shipped.loss:
        return "they are not better than the shipped weights on the labels kept to decide with"
    if any(after.f1 < before.f1 for before, after in crosswise):
        return "they are better on the labels kept to decide with, and worse in cross-validation"
    return None


def measure(judge: Judge, texts: Sequence[Text]) -> Score:
    pairs = judged(texts, judge)
    rows = [(wanted.band in CAPACITY, analysis.verdict.band in CAPACITY, 1.0) for wanted, analysis in pairs]
    head = judge.rules.model.heads["capacity"] if judge.rules.model else None
    lessons, _ = _lessons([(text, 0) for text in texts], judge)
    weight = yes_weight(judge.rules.model, "capacity") if judge.rules.model else 1.0
    losses = [loss(head, lesson.example, "capacity", weight) for lesson in lessons] if head else []
    return Score(prf(rows)[2], sum(losses) / len(losses) if losses else 0.0, len(texts))


def group_copies(texts: Sequence[Text]) -> list[int]:
    """For each text the number of the first one it is a copy of, or its own."""
    sketches = [sketch(tokenize(prepare(text.text))) for text in texts]
    having: dict[int, list[int]] = {}
    groups = list(range(len(texts)))
    for at, values in enumerate(sketches):
        near = {other for value in values for other in having.get(value, ())}
        for other in sorted(near):
            if similarity(values, sketches[other]) >= SAME:
                groups[at] = groups[other]
                break
        for value in values:
            having.setdefault(value, []).append(at)
    return groups


def margin(odds: Sequence[tuple[float, bool]]) -> float:
    """How near the line a verdict is doubtful: where half of the mistakes in cross-validation lie."""
    mistakes = sorted(abs(gap) for gap, wanted in odds if (gap >= 0) != wanted)
    if len(mistakes) < 10:
        return MARGIN
    return round(min(_MOST_MARGIN, max(_LEAST_MARGIN, mistakes[len(mistakes) // 2])), 3)


def _lessons(texts: Iterable[tuple[Text, int]], judge: Judge) -> tuple[list[Lesson], list[Text]]:
    """What can be learned from: texts in which the program finds anything to judge."""
    lessons, sources = [], []
    for text, group in texts:
        tokens = tokenize(prepare(text.text, judge.carriers.handles))
        finds = finds_in(tokens, language(tokens, text.lang), judge.rules)
        case = sort_out(finds, tokens.sentences, find_places(tokens, judge.gazetteer))
        if finds and relevant(case):
            said = answers({"band": text.gold.band})
            lessons.append(Lesson(Example(cues(case), vocabulary(tokens), said), group))
            sources.append(text)
    return lessons, sources


Split = tuple[list[int], list[int]]  # learn from, judge


def _by_cluster(lessons: Sequence[Lesson]) -> list[Split]:
    every = range(len(lessons))
    return [([at for at in every if at not in set(part)], part) for part in folds(lessons, FOLDS) if part]


def _by_time(lessons: Sequence[Lesson], sources: Sequence[Text]) -> list[Split]:
    """The first half judges the third quarter, the first three the last; copies of what was learned are left out."""
    order = sorted(range(len(lessons)), key=lambda at: (sources[at].at is not None, sources[at].at or 0, at))
    quarter = len(order) // 4
    splits = []
    for begin, end in ((2 * quarter, 3 * quarter), (3 * quarter, len(order))):
        known = {lessons[at].group for at in order[:begin]}
        splits.append((order[:begin], [at for at in order[begin:end] if lessons[at].group not in known]))
    return [(learn, test) for learn, test in splits if learn and test]


def _crosswise(
    base: Model, lessons: Sequence[Lesson], splits: Sequence[Split]
) -> tuple[tuple[Score, Score], list[tuple[float, bool]]]:
    """Shipped and trained weights on the same unseen texts, and how far from the line each odds was."""
    sums: list[list[tuple[bool, bool, float]]] = [[], []]
    losses: list[list[float]] = [[], []]
    odds: list[tuple[float, bool]] = []
    weight = yes_weight(base, "capacity")
    for learn, test in splits:
        trained = adapt(base, [lessons[at] for at in learn], {})
        for which, model in enumerate((base, trained)):
            head, line = model.heads["capacity"], line_of(model)
            for at in test:
                example = lessons[at].example
                gap = head.logit(example.cues, example.words) - line
                wanted = example.answers["capacity"]
                sums[which].append((wanted, gap >= 0, 1.0))
                losses[which].append(loss(head, example, "capacity", weight))
                if which:
                    odds.append((gap, wanted))
    scores = [
        Score(prf(rows)[2], sum(each) / len(each) if each else 0.0, len(rows))
        for rows, each in zip(sums, losses, strict=True)
    ]
    return (scores[0], scores[1]), odds


Contribution = tuple[str, float]


def contributions(before: Model, after: Model, text: Text, judge: Judge) -> list[Contribution]:
    """What moved a text, the largest first: by feature, the change of its share in the logit."""
    lessons, _ = _lessons([(text, 0)], judge)
    if not lessons:
        return []
    example = lessons[0].example
    old, new = (dict(model.explain("capacity", example.cues, example.words)) for model in (before, after))
    moved = [(name, new.get(name, 0.0) - old.get(name, 0.0)) for name in {*old, *new}]
    return sorted((each for each in moved if abs(each[1]) >= 0.005), key=lambda each: (-abs(each[1]), each[0]))
