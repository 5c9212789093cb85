import json
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest import render
from bot.digest.bars import draw_bars
from bot.digest.charts import draw
from bot.digest.day import plan_day
from bot.digest.model import Quote
from bot.domain import Gap, Symptom
from bot.locate.drawing import Outline, Spot, lay_out
from bot.locate.gazetteer import Gazetteer
from tests.digest.factories import DAY, MADE_UP, inputs, local, words

HOSTILE = '\x1b[31mrot\x1b]0;x\x07 \u202egnirts\u2066 \u200b<script>alert(1)</script>{{ 7*7 }} `x` & "q"'
PLANNED = plan_day(inputs())
ANYTHING = st.text(max_size=120) | st.just(HOSTILE)


class Tags(HTMLParser):
    """Which tags a page has, and which addresses it would ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "xlink:href")]


@settings(max_examples=60, deadline=None)
@given(ANYTHING, ANYTHING, ANYTHING, st.sampled_from(["de", "en"]))
def test_whatever_a_post_or_a_platform_says_the_terminal_and_the_page_only_show_it(
    text: str, city: str, error: str, language: str
) -> None:
    (source,) = PLANNED.sources
    gap = Gap("mastodon-social", local(DAY, 1), local(DAY, 2), error)
    digest = replace(
        PLANNED,
        carrier=city,
        quotes=(Quote(text, city, (Symptom.SLOW_DATA,)), Quote(HOSTILE, city, ())),
        sources=(replace(source, name=text, last_error=error, gaps=(gap,)),),
    )

    shown = render.as_text(digest, words(language))
    assert all(
        unicodedata.category(c) not in ("Cc", "Cs") and c not in "\u202e\u2066\u200b" for c in shown if c != "\n"
    )
    columns = [sum(not unicodedata.combining(c) for c in line) for line in shown.splitlines()]
    assert max(columns) <= render.WIDTH

    html = render.as_html(digest, words(language))
    page = Tags(html)
    assert "script" not in page.tags
    assert page.addresses == []
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert json.loads(render.as_json(digest))["day"] == "2026-03-17"


def test_wide_characters_and_endless_words_stay_within_the_width() -> None:
    quotes = [Quote("😀" * 100, None, (Symptom.SLOW_DATA,)), Quote("netz" * 50, "Köln", (Symptom.NO_SERVICE,))]
    shown = render.as_text(plan_day(inputs(history=2, quotes=quotes)), words("de"))
    assert max(len(line) + line.count("😀") for line in shown.splitlines()) <= render.WIDTH


def test_a_made_up_stream_is_marked_first_and_last_in_every_edition() -> None:
    digest = plan_day(inputs(simulation=MADE_UP))
    for language, mark in (("de", "ERFUNDEN"), ("en", "MADE UP")):
        text = render.as_text(digest, words(language))
        assert text.count(mark) == 2
        assert text.index(mark) < 200
        assert render.as_html(digest, words(language)).count(mark) == 2
    assert json.loads(render.as_json(digest))["simulation"]["name"] == "november-2011"


def test_the_json_edition_holds_the_figures_of_the_text() -> None:
    told = json.loads(render.as_json(plan_day(inputs())))
    assert told["people"] == {"today": 28, "yesterday": 12, "usual": 12.0, "days": 7}
    assert round(told["places"][0]["spot"]["per_100k"], 1) == 5.4
    assert told["spikes"][0]["within"] == 3600.0
    assert told["state"] == "whole"


def test_the_chart_for_mail_is_drawn_in_a_process_of_its_own() -> None:
    sheet = lay_out([Spot("Köln", 50.94, 6.96, 58)], [Outline("NRW", (((6.0, 50.3), (9.4, 52.5)),))], Gazetteer())
    drawn = draw(plan_day(inputs()), [words("de"), words("en")], sheet, "© whoever drew the borders")
    assert {lang: sorted(pictures) for lang, pictures in drawn.items()} == {
        "de": ["days", "map"],
        "en": ["days", "map"],
    }
    assert {png[:4] for pictures in drawn.values() for png in pictures.values()} == {b"\x89PNG"}


def test_the_pages_chart_is_well_formed_and_asks_nobody_for_anything() -> None:
    digest = plan_day(inputs())
    svg = draw_bars(digest, words("de"))
    root = ElementTree.fromstring(svg)
    bars = [rect for rect in root.iter("{http://www.w3.org/2000/svg}rect") if rect.get("stroke")]
    assert (
        len(bars) == sum((count.found > 0) + (count.filed > 0) for count in digest.series) + 2
    )  # and two in the legend
    html = render.as_html(digest, words("en"), {"days": svg})
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert 'aria-label="Bar chart:' in html


def test_where_no_chart_can_be_drawn_the_page_shows_a_line_of_text(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    digest = plan_day(inputs())
    assert draw(digest, [words("en")]) == {}
    assert "the pictures could not be drawn" in caplog.text
    assert "▄▄▄█" in render.as_html(digest, words("en"))
