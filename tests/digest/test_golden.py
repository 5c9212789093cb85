"""The digest as people read it. Review the files in tests/golden/ like prose; GOLDEN=write writes them anew."""

import os
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.digest import render
from bot.digest.day import Inputs, plan_day
from bot.domain import Gap, SourceHealth, Symptom
from bot.escalate.cases import Case, Spot, State, Trouble
from tests.digest.factories import DAY, GOLDEN, MADE_UP, MORNING_AFTER, inputs, local, usual_day, words

GAP = Gap("mastodon-social", local(DAY, 10), local(DAY, 14.5), "the instance did not answer")
NOBODY = Gap("mastodon-social", local(DAY, -2), None, "the token was withdrawn")


def first_day() -> Inputs:
    return inputs(history=0, complaints=usual_day(DAY, 7))


def empty() -> Inputs:
    return inputs(history=0, complaints=[], others=[], quotes=[], health=[], span=None)


def gap_day() -> Inputs:
    return inputs(gaps=(GAP,))


def no_data() -> Inputs:
    failed = SourceHealth(
        "mastodon-social", MORNING_AFTER - timedelta(days=2), "login failed: ask for a new token", 0, 0, (NOBODY,)
    )
    history = [c for c in inputs().complaints if c.at < local(DAY, -2)]
    return inputs(gaps=(NOBODY,), complaints=history, quotes=[], health=[failed])


def made_up() -> Inputs:
    source = SourceHealth("november-2011", MORNING_AFTER, None, 120, 40, made_up=True)
    return inputs(simulation=MADE_UP, population_year=2011, live=True, health=[source])


def cases() -> Inputs:
    """A due one with the planners, two new ones, one fixed on the day, and one that is nobody's business any more."""

    def case(number: int, state: State, city: str, people: int, changed: date, **more: Any) -> Case:
        spots = (Spot(city, "Deutz" if city == "Köln" else "", Trouble.OVERLOAD),)
        symptoms = ((Symptom.SLOW_DATA, people),)
        opened, last = local(DAY - timedelta(days=20), 9), DAY - timedelta(days=1)
        return Case(number, state, spots, opened, local(changed, 9), people, people, changed, last, symptoms, **more)

    handed = case(3, State.HANDED_OVER, "Köln", 34, DAY - timedelta(days=9), due=DAY)
    found = [case(number, State.NEW, city, 9, DAY - timedelta(days=2)) for number, city in ((7, "Bonn"), (8, "Aachen"))]
    fixed = [case(n, State.FIXED, "Leverkusen", 12, DAY - timedelta(days=back)) for n, back in ((4, 0), (5, 6))]
    return inputs(cases=[*fixed, *found, handed])


DAYS = {
    "cases": cases,
    "normal": inputs,
    "first": first_day,
    "empty": empty,
    "gap": gap_day,
    "no-data": no_data,
    "made-up": made_up,
}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", DAYS)
def test_the_digest_reads_as_reviewed(name: str, language: str) -> None:
    text = render.as_text(plan_day(DAYS[name]()), words(language))
    file = GOLDEN / f"digest-{name}.{language}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_the_page_reads_as_reviewed() -> None:
    html = render.as_html(plan_day(made_up()), words("de"))
    file = GOLDEN / "digest-made-up.de.html"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(html, encoding="utf-8")
    assert html == file.read_text(encoding="utf-8")


def test_a_day_that_goes_on_says_until_when_it_is_counted() -> None:
    noon = local(DAY, 12)
    text = render.as_text(plan_day(replace(inputs(), written_at=noon)), words("en"))
    assert "! The day is not over: counted up to 12:00." in text
