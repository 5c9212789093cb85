"""Editions of a day's digest: text for a terminal, HTML for mail and browser, JSON for machines.

Whatever a post, a platform or a config brought is escaped or cleaned here, at the last step.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from ..domain import per_100k
from ..text import clean
from .compose import compose
from .model import DayDigest
from .page import Page, Picture, Points, Quotation, Table, Text
from .words import Words

if TYPE_CHECKING:
    from jinja2 import Template

WIDTH = 80  # columns of the text edition
NOTHING: Mapping[str, str] = {}


def as_text(digest: DayDigest, words: Words) -> str:
    return page_text(compose(digest, words))


def page_text(page: Page) -> str:
    """At most WIDTH columns wide, and without anything that a terminal would obey."""
    out = [*_wrap(page.title), "═" * min(_width(page.title), WIDTH), ""]
    if page.made_up:
        out += [*_wrap(page.made_up), ""]
    for section in page.sections:
        if section.title:
            out += [*_wrap(section.title.upper()), "─" * min(_width(section.title), WIDTH)]
        for block in section.blocks:
            match block:
                case Text(text, kind):
                    out += _wrap(text, "! " if kind == "warning" else "")
                case Table():
                    out += _table(block)
                case Quotation(text, where):
                    out += _wrap(text, "· ") + (_wrap(f"– {where}", "  ") if where else [])
                case Points(points):
                    out += [line for point in points for line in _wrap(point, "· ")]
                case Picture(_, "", _, _):
                    continue  # a map is nothing without its picture
                case Picture(_, sparkline, caption, _):
                    out += [sparkline, *_wrap(caption)]
            out.append("")
    if page.made_up:
        out += [*_wrap(page.made_up), ""]
    return "\n".join([*out, *_wrap(page.foot), ""])


def as_html(
    digest: DayDigest, words: Words, pictures: Mapping[str, str] = NOTHING, links: Sequence[tuple[str, str]] = ()
) -> str:
    """One file without any request to others. `pictures`, by name: our own SVG, or "cid:…" of a picture in the same mail.

    `links`, name and address each, lead on where the page is one of several.
    """
    return page_html(compose(digest, words), pictures, links)


def page_html(page: Page, pictures: Mapping[str, str] = NOTHING, links: Sequence[tuple[str, str]] = ()) -> str:
    drawn = {
        name: Markup(picture) if picture.startswith("<svg") else picture  # noqa: S704 -- our own, from numbers and our words
        for name, picture in pictures.items()
    }
    return _template("digest.html").render(page=page, pictures=drawn, links=links)


def as_json(digest: DayDigest) -> str:
    """All figures; times in ISO 8601, stretches in seconds, enums as their values."""
    plain = _with_rates(asdict(digest, dict_factory=lambda pairs: {key: _value(value) for key, value in pairs}))
    return json.dumps(plain, ensure_ascii=False, indent=2, default=str)


def _value(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    return value


def _with_rates(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_rates(item) for item in value]
    if isinstance(value, dict):
        if {"people", "population"} <= value.keys() and "districts" in value:
            value = value | {"per_100k": per_100k(value["people"], value["population"])}
        return {key: _with_rates(item) for key, item in value.items()}
    return value


def _plain(text: str) -> str:
    """One line that a terminal only shows: no escapes, no bidirectional tricks, nothing invisible."""
    return " ".join(clean(text).replace("\t", " ").split("\n"))


def _width(text: str) -> int:
    """Columns on a terminal: East Asian characters and emoji take two, combining marks none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    while _width(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _wrap(text: str, indent: str = "") -> list[str]:
    """Lines of at most WIDTH columns, all but the first indented by blanks. Breaks at blanks, never at a fixed space."""
    room = WIDTH - len(indent)
    lines = [""]
    for word in re.split(" +", _plain(text).strip(" ")):
        for piece in _pieces(word, room):
            longer = f"{lines[-1]} {piece}" if lines[-1] else piece
            if _width(longer) <= room:
                lines[-1] = longer
            else:
                lines.append(piece)
    return [(" " * len(indent) if number else indent) + line for number, line in enumerate(lines)]


def _pieces(word: str, room: int) -> Iterator[str]:
    while _width(word) > room:
        fits = next(length for length in range(room, 0, -1) if _width(word[:length]) <= room)
        yield word[:fits]
        word = word[fits:]
    yield word


def _table(table: Table) -> list[str]:
    rows = [tuple(_plain(cell) for cell in row) for row in (table.columns, *table.rows)]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(table.columns))]
    soft = {0, *table.words}  # columns that may be cut; numbers never are
    while sum(widths) + 2 * (len(widths) - 1) > WIDTH and max(widths[column] for column in soft) > 8:
        widths[max(soft, key=lambda column: widths[column])] -= 1
    lines = []
    for row in rows:
        cells = [
            _pad(cell, width, left=column == 0 or column in table.words)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(_cut("  ".join(cells).rstrip(), WIDTH))
    return lines


def _pad(cell: str, width: int, *, left: bool) -> str:
    cell = _cut(cell, width)
    blanks = " " * (width - _width(cell))
    return cell + blanks if left else blanks + cell


@cache
def _template(name: str) -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # the text edition does without

    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: (
            clean(value) if type(value) is str else value
        ),  # Markup is a subclass: ours, left as it is
    )
    environment.filters["code"] = _code
    return environment.get_template(f"{name}.j2")


def _code(text: str) -> Markup:
    """`commands` set as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(clean(text)))))  # noqa: S704 -- escaped before
