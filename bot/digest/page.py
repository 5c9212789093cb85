"""A day's digest in words: titles, sentences and tables that the text and the HTML edition share."""

from dataclasses import dataclass

Cell = str


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    kind: str = "plain"  # lead, plain, note, warning, made_up


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]  # the first one is text, the others are numbers unless named in `words`
    rows: tuple[tuple[Cell, ...], ...]
    words: tuple[int, ...] = ()  # columns beside the first that hold words
    shares: tuple[float, ...] = ()  # 0.0 to 1.0, one a row: a bar behind it, where the edition can


@dataclass(frozen=True, slots=True)
class Quotation:
    text: str  # with its quotation marks
    where: str  # "" when nothing is known


@dataclass(frozen=True, slots=True)
class Points:
    points: tuple[str, ...]  # one a line


@dataclass(frozen=True, slots=True)
class Picture:
    name: str  # days, map
    sparkline: str  # "": nothing to show where there are only letters
    caption: str
    alt: str  # what a picture shows, for those who do not see it


Block = Text | Table | Quotation | Points | Picture


@dataclass(frozen=True, slots=True)
class Section:
    title: str  # "": the beginning
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    lang: str
    title: str
    subject: str  # for mail: the main thing in one line
    brief: tuple[str, ...]  # for chat: the first sentences
    made_up: str  # "" for real data; else it goes first and last
    sections: tuple[Section, ...]
    foot: str
