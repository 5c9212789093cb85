"""From labelled posts to a model: what the shipped weights and a manager's own labels go through alike."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..domain import Cause, Symptom
from ..errors import InputError
from ..text import prepare, tokenize
from .cues import cues, relevant, sort_out
from .language import language
from .model import Example, Model, train, vocabulary
from .rules import Rules, finds_in

# These heads see cues only: with words they learned the seed corpus by heart and named fewer causes and symptoms right.
NARROW = (
    "likely",
    *(f"severe.{level}" for level in (2, 3, 4)),
    *(f"cause.{cause}" for cause in Cause),
    *(f"main.{symptom}" for symptom in Symptom),
)
LINES = {"capacity": 0.46, "network": 0.62, "likely": 0.53}


def teach(rows: Iterable[Mapping[str, Any]], rules: Rules, about: Mapping[str, Any]) -> Model:
    """Train on labelled posts: `text`, `band`, optional `lang`, `symptoms`, `cause`, `severity`, `tone`.

    Raises InputError if none of them speaks of a mobile network.
    """
    examples = [found for row in rows if (found := example(row, rules)) is not None]
    if not examples:
        raise InputError("none of the labelled posts speaks of a mobile network")
    return train(examples, cues_only=NARROW, strength=8.0, lines=LINES, about={**about, "examples": len(examples)})


def example(row: Mapping[str, Any], rules: Rules) -> Example | None:
    """One labelled post as the model sees it; None when the program would not even look at it."""
    tokens = tokenize(prepare(str(row["text"]), rules.handles))
    case = sort_out(finds_in(tokens, language(tokens, row.get("lang")), rules), tokens.sentences)
    if not relevant(case):
        return None
    return Example(cues(case), vocabulary(tokens), answers(row))


def answers(row: Mapping[str, Any]) -> dict[str, bool]:
    """What a label says to each head; heads it says nothing to are left out."""
    band, symptoms, cause, severity = row["band"], row.get("symptoms"), row.get("cause"), row.get("severity")
    out = {"capacity": band in ("A", "B"), "network": band != "D"}
    if row.get("tone") is not None:
        out["annoyed"] = row["tone"] < 0
    if out["capacity"]:
        out["likely"] = band == "A"
    if out["network"]:
        if cause:
            out |= {f"cause.{name}": cause == name for name in Cause}
        if severity:
            out |= {f"severe.{level}": severity >= level for level in (2, 3, 4)}
        if symptoms:
            out |= {f"main.{name}": symptoms[0] == name for name in Symptom}
    return out
