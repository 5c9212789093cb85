"""Tables of posts as spreadsheets and monitoring tools export them: which delimiter, which encoding, which column is what.

Lines before the headings (Brandwatch names its report there, Excel writes `sep=;`) are passed over.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import BinaryIO

from ...domain import Post, PostId
from ...text import clean
from ..plain import html_to_text
from ..when import read_when
from .takeout import Unreadable

SNIFFED = 65_536  # bytes looked at to tell delimiter, encoding and headings
HEADING_WITHIN = 40  # rows; Brandwatch needs seven
MAX_LINE = 1024 * 1024  # characters of one physical line
DELIMITERS = ";,\t|"

# What a column may be called, folded by `_fold`; the first one that holds something in a row is taken. Talkwalker:
# published, content, title, extra_author_attributes.short_name, source_type. Brandwatch: Date, Full Text, Snippet, Page Type.
_HEADINGS = {
    "text": """text fulltext content message body posttext tweettext tweet comment description hitsentence inhalt nachricht
        beitrag volltext kommentar beschreibung snippet contentsnippet mentionsnippet mention""",
    "title": "title titel headline subject betreff ueberschrift",
    "id": "id postid tweetid mentionid resourceid messageid beitragsid",
    "created_at": """createdat published publishedat date datum datetime timestamp postedat publishdate publisheddate
        erstelltam veroeffentlicht veroeffentlichtam zeitpunkt zeitstempel datumuhrzeit indexed""",
    "time": "time uhrzeit zeit",
    "author": """author autor username screenname authorusername extraauthorattributesshortname extraauthorattributesname
        handle user benutzer benutzername verfasser absender authorname""",
    "url": "url link permalink posturl adresse",
    "lang": "lang language sprache",
    "type": """sourcetype pagetype contentsource contentsourcename mediatype type quellentyp medientyp typ medium""",
}
HEADINGS = {field: tuple(names.split()) for field, names in _HEADINGS.items()}
_PRESS = re.compile(
    r"(online|print|socialmedia)?_?(news|press|presse|zeitung|nachrichten|newspaper|magazine?|tv|radio|broadcast|print)",
    re.IGNORECASE,
)
_X = re.compile(r"https?://(?:\w+\.)?(?:x|twitter)\.com/|^(?:x|twitter)$|socialmedia_twitter", re.IGNORECASE)
_MARKUP = re.compile(r"</?(?:p|br|b|i|em|strong|div|span|a|li)\b", re.IGNORECASE)
_MANGLED = re.compile(r"\d[.,]\d+E\+\d+", re.IGNORECASE)  # an id as Excel shows it: many posts, one number
_ENOUGH = 9  # characters of an id that may be taken for unique beyond its file; shorter ones are row numbers


class NoTable(Unreadable):
    """The file holds no headings that we know. The message lists those it has."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is written."""

    encoding: str
    delimiter: str
    heading: int  # rows before the first post, the headings included
    columns: Mapping[str, tuple[int, ...]]  # our field to its columns, best first
    day_first: bool  # what 03/04/2026 means


def sniff(start: bytes, mapping: Mapping[str, str] | None = None) -> Layout:
    """Find out from a file's first SNIFFED bytes. `mapping` names columns by field. Raises NoTable."""
    encoding = _encoding(start)
    sample = start.decode(encoding, "ignore")
    best: tuple[int, Layout] | None = None
    first_row: Sequence[str] = ()
    for delimiter in DELIMITERS:
        rows = _sample_rows(sample, delimiter)
        first_row = max(first_row, rows[0] if rows else [], key=len)
        for number, row in enumerate(rows[:HEADING_WITHIN]):
            columns = _columns(row, mapping or {})
            if "text" not in columns and "title" not in columns:
                continue
            score = len(columns)
            if score >= 2 or len(row) == 1 or mapping:  # one known word among many is a row of prose
                if best is None or score > best[0]:
                    day_first = _day_first(rows[number + 1 :], columns.get("created_at", ()))
                    best = score, Layout(encoding, delimiter, number + 1, columns, day_first)
                break
    if best is None:
        found = ", ".join(cell.strip()[:40] for cell in first_row[:12])
        raise NoTable(f"no column with the posts' text; its first line reads: {found}")
    return best[1]


def read_rows(file: BinaryIO, layout: Layout) -> Iterator[tuple[int, list[str] | str]]:
    """Rows after the headings with the number of their last line; a string says why one cannot be read."""
    with io.TextIOWrapper(file, layout.encoding, "replace", newline="") as stream:
        lines = _Lines(stream)
        reader = csv.reader(lines, delimiter=layout.delimiter)
        seen = 0
        while True:
            lines.first, lines.quotes = reader.line_num + 1, 0
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield reader.line_num, f"cannot be read ({error})"
                continue
            seen += 1
            if seen <= layout.heading or not any(cell.strip() for cell in row):
                continue
            if lines.ended and lines.quotes % 2:
                yield (
                    lines.first,
                    f"a quotation mark opens and never closes: lines {lines.first} to {reader.line_num} are left out",
                )
            else:
                yield reader.line_num, row


def to_post(
    row: Sequence[str], layout: Layout, source: str, zone: tzinfo, now: datetime
) -> tuple[Post | None, str | None]:
    """A row as a post, and a warning where something in it cannot be read. No post where it has no text."""
    cells = {field: _first(row, places) for field, places in layout.columns.items()}
    title, text = _words(cells.get("title", "")), _words(cells.get("text", ""))
    text = clean(text if not title or text.startswith(title.rstrip(".… ")) else f"{title}\n{text}".strip()).strip()
    if not text:
        return None, "has no text"
    claimed = " ".join(filter(None, [cells.get("created_at", ""), cells.get("time", "")]))
    created_at = read_when(claimed, zone, now, day_first=layout.day_first) if claimed else None
    if (
        claimed and created_at is None and cells.get("time")
    ):  # some write date and time into one column, and the time again
        created_at = read_when(cells.get("created_at", ""), zone, now, day_first=layout.day_first)
    url, kind = clean(cells.get("url", ""))[:2000], cells.get("type", "")
    url = url if url.startswith(("http://", "https://")) else ""
    author = clean(cells.get("author", "")).lstrip("@")[:200]
    post = Post(
        id=PostId(source, _native(clean(cells.get("id", "")).lstrip("'"), url, "\x1f".join([author, claimed, text]))),
        text=text,
        author=author,
        url=url,
        created_at=created_at,
        lang=clean(cells.get("lang", ""))[:35] or None,
        may_train=not (_X.search(url) or _X.search(kind)),
        press=_PRESS.match(re.sub(r"[\s-]", "", kind)) is not None,
    )
    return post, f"no time can be read in {claimed[:40]!r}" if claimed and created_at is None else None


def _native(given: str, url: str, content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:24]
    if given and len(given) >= _ENOUGH and not _MANGLED.fullmatch(given):
        return given if len(given) <= 200 else digest
    return url if 0 < len(url) <= 200 else digest


def _words(cell: str) -> str:
    cell = cell.replace("\r\n", "\n").strip()
    if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@"):  # a spreadsheet's guard against formulas
        cell = cell[1:]
    return html_to_text(cell) if _MARKUP.search(cell) else cell


def _first(row: Sequence[str], places: Sequence[int]) -> str:
    return next((row[place].strip() for place in places if place < len(row) and row[place].strip()), "")


def _columns(row: Sequence[str], mapping: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """Our fields to the columns of a heading row; {} where one that `mapping` names is missing."""
    folded = [_fold(cell) for cell in row]
    columns = {}
    for field, names in HEADINGS.items():
        wanted = (_fold(mapping[field]),) if field in mapping else names
        places = tuple(folded.index(name) for name in wanted if name in folded)
        if places:
            columns[field] = places
        elif field in mapping:
            return {}
    return columns


def _fold(heading: str) -> str:
    umlauts = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
    lowered = "".join(umlauts.get(character, character) for character in heading.casefold()[:200])
    return "".join(character for character in lowered if character.isalnum())


def _encoding(start: bytes) -> str:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if start[1::2].count(0) > len(start) // 4:  # UTF-16 without its mark, as some databases write it
        return "utf-16-le"
    try:
        start[: start.rfind(b"\n") + 1 or None].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end < len(start) - 3:  # else it was only cut in the middle of a character
            return "cp1252"
    return "utf-8-sig"


def _sample_rows(sample: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            rows.append(row)
            if len(rows) >= 4 * HEADING_WITHIN:
                break
    except csv.Error:
        return rows
    return rows


def _day_first(rows: Sequence[Sequence[str]], places: Sequence[int]) -> bool:
    """Whether 03/04/2026 is in April: as the other dates of the column show, else unless they carry AM or PM."""
    half = False
    for row in rows:
        found = re.match(r"(\d{1,2})/(\d{1,2})/\d{2,4}(.*)", _first(row, places[:1]))
        if not found:
            continue
        if int(found[1]) > 12 or int(found[2]) > 12:
            return int(found[1]) > 12
        half |= bool(re.search(r"[ap]\.?m", found[3], re.IGNORECASE))
    return not half


class _Lines:
    """Physical lines, the first MAX_LINE characters of each, so that memory stays bounded."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = stream
        self.first = 1  # line of the row that is read
        self.quotes = 0  # marks in it so far
        self.ended = False  # it was asked for a line after the last one: only an open quotation does so within a row

    def __iter__(self) -> Iterator[str]:
        while line := self._stream.readline(MAX_LINE):
            rest = line
            while len(rest) == MAX_LINE and not rest.endswith(("\n", "\r")):
                rest = self._stream.readline(MAX_LINE)
            self.quotes += line.count('"')
            yield line.replace("\0", "")
        self.ended = True
