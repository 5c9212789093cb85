"""The form's questions and answers: from what a browser sent to a Filing, or to what is wrong with it.

The questions are those of the list of 2011; the answers to choose from are those that carriers' own fault forms offer, so that
an extract can be joined with their tickets. A phone number is not asked for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from ..domain import Symptom, Technology
from ..text import clean, prepare
from .places import Places, Spot

WORDS_MAX = 1000  # characters a customer may write
SHORT_MAX = 80  # of every other line
MAIL = re.compile(r"[^\s@<>\"',;:()\[\]\\]{1,64}@(?:[\w-]{1,63}\.){1,4}[\w-]{2,24}", re.ASCII)
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|net|org|info|biz|ru|xyz|top|shop|online)\b/?\S*", re.I)
LINK = "[Link]"


class Setting(StrEnum):
    BUILDING = "building"
    OUTDOORS = "outdoors"
    CAR = "car"
    TRAIN = "train"
    EVERYWHERE = "everywhere"


class Since(StrEnum):
    TODAY = "today"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


class Often(StrEnum):
    ALWAYS = "always"
    OFTEN = "often"
    SOMETIMES = "sometimes"
    ONCE = "once"


class DayPart(StrEnum):
    MORNING = "morning"  # 6 to 10
    DAY = "day"  # 10 to 16
    EVENING = "evening"  # 16 to 22
    NIGHT = "night"  # 22 to 6


Answer = TypeVar("Answer", bound=StrEnum)

# What can be ticked, in the order of the form. `congestion` is a cause: customers cannot see it.
SYMPTOMS = (
    Symptom.DATA_STALL,
    Symptom.SLOW_DATA,
    Symptom.CALL_SETUP,
    Symptom.DROPPED_CALL,
    Symptom.NO_SERVICE,
    Symptom.SMS_DELAY,
)
TECHNOLOGIES = (Technology.G5, Technology.G4, Technology.G2)
HONEYPOT = "website"  # nobody sees it; programs fill it in


@dataclass(frozen=True, slots=True)
class Filing:
    """What a customer says. Places are official, words are scrubbed and without links."""

    lang: str
    symptoms: tuple[Symptom, ...]
    spot: Spot
    setting: Setting | None = None  # None in this and the others: left open
    since: Since | None = None
    often: Often | None = None
    times: tuple[DayPart, ...] = ()
    technology: Technology | None = None
    phone: str = ""  # model; "": left open
    words: str = ""
    links: bool = False  # the words had some
    trapped: bool = False  # filled in what nobody sees
    contact: str = ""  # mail address, with consent; "": none


@dataclass(frozen=True, slots=True)
class Mistakes:
    """What is to be put right, by field; the value names the words to say. `spots`: places that may be meant."""

    fields: Mapping[str, str]
    spots: tuple[Spot, ...] = ()


Fields = Mapping[str, list[str]]


def read_form(fields: Fields, places: Places, lang: str, *, contact: bool) -> Filing | Mistakes:
    """`contact`: whether an address is asked for at all."""
    wrong: dict[str, str] = {}
    written, part = _line(fields, "ort"), _line(fields, "teil")
    found = places.chosen(_line(fields, "gemeint")) or places.find(written, part)
    if len(found) != 1:
        wrong["ort"] = "missing" if not written else "several" if found else "unknown"
    symptoms = tuple(symptom for symptom in SYMPTOMS if symptom in fields.get("was", ()))
    if not symptoms:
        wrong["was"] = "none"
    address = _line(fields, "mail", 254) if contact else ""
    if address and not MAIL.fullmatch(address):
        wrong["mail"] = "no_mail"
    elif address and not fields.get("einwilligung"):
        wrong["mail"] = "no_consent"
    words = clean(_one(fields, "text")[: WORDS_MAX + 1]).strip()
    if len(words) > WORDS_MAX:
        wrong["text"] = "long"
    if wrong:
        return Mistakes(wrong, (found or places.near(written)) if "ort" in wrong else ())
    return Filing(
        lang=lang,
        symptoms=symptoms,
        spot=found[0],
        setting=_choice(fields, "wo", Setting),
        since=_choice(fields, "seit", Since),
        often=_choice(fields, "oft", Often),
        times=tuple(part for part in DayPart if part in fields.get("wann", ())),
        technology=next((each for each in TECHNOLOGIES if each == _one(fields, "technik")), None),
        phone=without_links(prepare(_line(fields, "geraet"))),
        words=without_links(prepare(words)),
        links=bool(_LINK.search(words)),
        trapped=bool(_one(fields, HONEYPOT)),
        contact=address.lower(),
    )


def without_links(text: str) -> str:
    """Nobody is led anywhere by what a stranger wrote."""
    return _LINK.sub(LINK, text)


def why_wait(filing: Filing, *, worked: bool) -> str | None:
    """Why a person looks at it before it counts; None: it counts at once. `worked`: its browser did the work asked of it."""
    if filing.trapped:
        return "trap"
    if filing.links:
        return "links"
    return None if worked else "no_work"


def _one(fields: Fields, name: str) -> str:
    return (fields.get(name) or [""])[0]


def _line(fields: Fields, name: str, limit: int = SHORT_MAX) -> str:
    return " ".join(clean(_one(fields, name)[: 2 * limit]).split())[:limit]


def _choice(fields: Fields, name: str, answers: type[Answer]) -> Answer | None:
    return next((answer for answer in answers if answer == _one(fields, name)), None)
