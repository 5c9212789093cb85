"""Numbers with their unit: is "0,2 Mbit" slow, is "since 2 days" long?"""

import re
from functools import lru_cache

from ..text import Tokens

KINDS = ("slow_speed", "fast_speed", "small", "short_time", "long_time", "percent", "money", "volume", "year")
EARLIEST, LATEST = 1950, 2039  # "since 2004"
SLOW_MBIT = 3.0  # the guideline's line between slow and merely not fast
LONG_HOURS = 24.0  # from here a total loss is an outage, not load

_MBIT = frozenset(
    [
        "mbit",
        "mbits",
        "mbps",
        "mb/s",
        "mbs",
        "mb",
        "megabit",
        "megabits",
        "meg",
        "megs",
        "mbite",
        "mbitsec",
        "mbits/s",
        "mps",
    ]
)
_KBIT = frozenset(["kbit", "kbits", "kbps", "kb", "kbs", "kilobit", "kb/s", "kbyte", "kilobyte", "kilobytes", "k"])
_GBIT = frozenset(["gbit", "gbits", "gbps"])
_PER_SECOND = frozenset(
    [
        "s",
        "sec",
        "sek",
        "sekunde",
        "second",
        "ps",
        "p",
        "down",
        "up",
        "download",
        "upload",
        "dl",
        "ul",
        "runter",
        "rauf",
        "hoch",
        "downstream",
        "upstream",
    ]
)
_HOURS = {
    **dict.fromkeys(
        ["min", "mins", "minute", "minuten", "minutes", "min.", "sek", "sekunde", "sekunden", "seconds", "secs", "sec"],
        0.02,
    ),
    **dict.fromkeys(["h", "hr", "hrs", "std", "stunde", "stunden", "hour", "hours", "stdn"], 1.0),
    **dict.fromkeys(["tag", "tage", "tagen", "tach", "day", "days"], 24.0),
    **dict.fromkeys(["woche", "wochen", "week", "weeks", "wk", "wks"], 168.0),
    **dict.fromkeys(
        [
            "monat",
            "monate",
            "monaten",
            "month",
            "months",
            "mth",
            "mths",
            "jahr",
            "jahre",
            "jahren",
            "year",
            "years",
            "yrs",
        ],
        720.0,
    ),
}
_VOLUME = frozenset(["gb", "gig", "gigs", "gigabyte", "gigabytes"])
_MONEY = frozenset(["eur", "euro", "euros", "pound", "pounds", "quid", "cent", "ct", "pence", "p", "pm"])
_DECIMAL = re.compile(r"\d[.,]\d{1,2}")  # "0,3" beside a speed test is a speed, even without its unit
_SPLIT = re.compile(r"([\d.,:]+)([a-z]?)")


def number_kind(tokens: Tokens, index: int) -> str:
    """What the number at token `index` measures: one of KINDS, or "number"."""
    words = tokens.words
    after = words[index + 1] if index + 1 < len(words) else ""
    before = words[index - 1] if index else ""
    value, letter = _value(words[index])
    close = index + 1 < len(words) and tokens.starts[index + 1] - tokens.ends[index] <= 2
    third = words[index + 2] if index + 2 < len(words) else ""
    unit = letter or (after if close else "")
    mark = tokens.text[tokens.ends[index] : tokens.ends[index] + 2].strip()[:1]
    if mark == "%":
        return "percent"
    if mark in ("€", "£", "$") or (tokens.starts[index] and tokens.text[tokens.starts[index] - 1] in "€£$"):
        return "money"
    speed = _speed(value, unit, third if not letter else after)
    if speed is not None:
        return "slow_speed" if speed <= SLOW_MBIT else "fast_speed"
    if unit in _VOLUME:
        return "volume"
    if unit in _HOURS:
        return "long_time" if value * _HOURS[unit] >= LONG_HOURS else "short_time"
    if before in ("day", "tag", "week", "woche", "month", "monat") and value >= 2 and not unit.startswith("."):
        return "long_time"
    if unit in _MONEY and not letter:
        return "money"
    if words[index].isdigit() and EARLIEST <= value <= LATEST:
        return "year"
    return "small" if value <= SLOW_MBIT and _DECIMAL.fullmatch(words[index]) else "number"


def _speed(value: float, unit: str, after: str) -> float | None:
    """In Mbit/s; None: not a speed. "MB" alone is a volume unless "/s" or "down" follows or it is below one."""
    if unit in _GBIT:
        return value * 1000
    if unit in ("mb", "meg", "megs", "m"):
        if after in _PER_SECOND:
            return value * (8 if unit == "mb" and after == "ps" else 1)
        return value if unit != "m" and value < 1 else None
    if unit in _MBIT:
        return value
    if unit in ("kb", "k", "kbyte", "kilobyte", "kilobytes"):
        return value / 1000 if after in _PER_SECOND or unit != "k" else None
    return value / 1000 if unit in _KBIT else None


@lru_cache(maxsize=20_000)
def _value(word: str) -> tuple[float, str]:
    found = _SPLIT.match(word)
    if found is None:
        return 0.0, ""
    digits = found[1].rstrip(".,:").replace(",", ".").replace(":", ".")
    whole, _, rest = digits.partition(".")
    try:
        return float(f"{whole}.{rest.replace('.', '')}" if rest else whole), found[2]
    except ValueError:  # digits of another script
        return 0.0, found[2]
