"""Sentences, numbers and dates in one language. The words come from config/texts/, as a parsed file."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

_INNER = str.maketrans('“”„«»"', "‘’‚‹›'")  # quotation marks within quotation marks


class Words:
    """One language. `table` is a file of config/texts/."""

    def __init__(self, lang: str, table: Mapping[str, Any]) -> None:
        self.lang = lang
        self._table = table
        self._format = table["format"]

    def over(self, variant: str) -> "Words":
        """The same language, with the words of this table in the place of others: a week is spoken of unlike a day."""
        return Words(self.lang, _merged(self._table, self._table[variant]))

    def say(self, key: str, n: float | None = None, /, **values: object) -> str:
        """The text of `key` ("digest.lead.people"), its form chosen by `n`, its blanks filled. KeyError: a bug."""
        text: Any = self._table
        for part in key.split("."):
            text = text[part]
        if isinstance(text, Mapping):
            text = text["one" if n == 1 else "other"]
        return str(text).format(n="" if n is None else self.number(n), **values)

    def number(self, value: float, digits: int = 0, sign: bool = False) -> str:
        text = f"{abs(value):,.{digits}f}"
        text = text.translate({ord(","): self._format["thousands"], ord("."): self._format["decimal"]})
        if not any(character in "123456789" for character in text):  # rounded to nothing: no sign
            return text
        return ("−" if value < 0 else "+" if sign else "") + text

    def percent(self, share: float, sign: bool = False) -> str:
        return str(self._format["percent"]).format(number=self.number(100 * share, sign=sign))

    def range(self, low: float, high: float, digits: int = 0) -> str:
        return str(self._format["range"]).format(low=self.number(low, digits), high=self.number(high, digits))

    def date(self, day: date, form: str = "date") -> str:
        """`form`: date, short_date, long_date, moment, moment_year; the latter two want a datetime."""
        return str(self._format[form]).format(
            day=day.day,
            month=self._format["months"][day.month - 1],
            short_month=self._format["short_months"][day.month - 1],
            year=day.year,
            weekday=self._format["weekdays"][day.weekday()],
            time=f"{day:%H:%M}" if isinstance(day, datetime) else "",
        )

    def quote(self, text: str) -> str:
        return str(self._format["quote"]).replace("{text}", text.translate(_INNER))

    def listing(self, parts: Iterable[str]) -> str:
        *most, last = parts
        return ", ".join(most) + self._format["and"] + last if most else last


def _merged(table: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(table)
    for key, value in over.items():
        before = table.get(key)
        nested = isinstance(value, Mapping) and isinstance(before, Mapping) and "other" not in value
        merged[key] = _merged(before, value) if nested and isinstance(before, Mapping) else value
    return merged
