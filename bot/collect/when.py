"""Times as people, programs and spreadsheets write them, German and English."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from email.utils import parsedate_to_datetime

from .files.archive import EARLIEST

MAX_CHARS = 60  # no time is longer

_MONTHS = {
    name: number
    for number, names in enumerate(
        ["jan jän", "feb", "mar mär mrz", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"], 1
    )
    for name in names.split()
}
# Zones that neither RFC 2822 nor the standard library knows by name; those of the countries we listen to.
_ZONES = {
    "MESZ": "+0200",
    "CEST": "+0200",
    "MEZ": "+0100",
    "CET": "+0100",
    "BST": "+0100",
    "UTC": "+0000",
    "WET": "+0000",
}
_ZONE_AT_END = re.compile(r"[ (]*\b(" + "|".join(_ZONES) + r")\b\)?$")
_CLOCK = (
    r"(?:\D{0,6}?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?:[.,]\d{1,9})?"
    r"(?: ?Uhr)?(?: ?(?P<half>[ap])\.?m\.?)?)?"
)
_END = r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?$"
_NUMBERS = re.compile(
    r"(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})\b" + _CLOCK + _END, re.IGNORECASE
)
_DAY_MONTH = re.compile(
    r"(?:[^\W\d_]{2,10}[.,]* )?(?P<day>\d{1,2})(?:\.|st|nd|rd|th)?[ -](?P<month>[^\W\d_]{3,9})[., -]{1,2}(?P<year>\d{4})\b"
    + _CLOCK
    + _END,
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    r"(?:[^\W\d_]{2,10}[.,]* )?(?P<month>[^\W\d_]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})\b"
    + _CLOCK
    + _END,
    re.IGNORECASE,
)
_X = re.compile(
    r"\w{3} (?P<month>\w{3}) (?P<day>\d{1,2}) (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d) (?P<zone>[+-]\d{4}) (?P<year>\d{4})$"
)
_AGO = re.compile(
    r"(?:(?:vor|etwa|about|ca\.) )*(?P<count>\d{1,4}|an?|eine[rmn]?) "
    r"(?P<unit>sec|sek|min|h\b|hour|hr|stunde|std|day|tag|week|woche)\w*\.?(?: ago)?$",
    re.IGNORECASE,
)
_NAMED_DAY = re.compile(r"(?P<day>heute|today|gestern|yesterday|vorgestern)\b" + _CLOCK + "$", re.IGNORECASE)
_UNITS = {
    **dict.fromkeys(["sec", "sek"], timedelta(seconds=1)),
    "min": timedelta(minutes=1),
    **dict.fromkeys(["h", "hour", "hr", "stunde", "std"], timedelta(hours=1)),
    **dict.fromkeys(["day", "tag"], timedelta(days=1)),
    **dict.fromkeys(["week", "woche"], timedelta(weeks=1)),
}
_DAYS_AGO = {"heute": 0, "today": 0, "gestern": 1, "yesterday": 1, "vorgestern": 2}
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's days are counted in local time


def read_when(value: str, zone: tzinfo, now: datetime, *, day_first: bool = True) -> datetime | None:
    """The instant that `value` means, aware UTC; None where it means none, or one before 1990.

    A time without a zone is one of `zone`; "vor 5 Minuten" counts from `now`. `day_first` decides 03/04/2026.
    """
    text = " ".join(value[:200].split())
    if not text or len(text) > MAX_CHARS:
        return None
    text = _ZONE_AT_END.sub(lambda found: " " + _ZONES[found[1]], text)
    for read in (_number, _iso, _mail, _x, _numeric, _named):
        try:
            moment = read(text, zone, day_first)
        except (ValueError, OverflowError, TypeError, IndexError):  # IndexError: email.utils on some broken dates
            continue
        if moment is not None:
            return _utc(moment, zone)
    return _relative(text, zone, now)


def _utc(moment: datetime, zone: tzinfo) -> datetime | None:
    try:
        moment = (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
    except OverflowError:
        return None
    return moment if moment >= EARLIEST else None


def _number(text: str, _zone: tzinfo, _day_first: bool) -> datetime | None:
    """Unix seconds or milliseconds, or the days of a spreadsheet ("46083,5" is noon)."""
    if not re.fullmatch(r"\d{5}(?:[.,]\d{1,12})?|\d{10}(?:[.,]\d{1,9})?|\d{13}", text, re.ASCII):
        return None
    number = float(text.replace(",", "."))
    if number < 100_000:
        return _EXCEL_ZERO + timedelta(seconds=round(number * 86_400))
    return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)


def _iso(text: str, _zone: tzinfo, _day_first: bool) -> datetime | None:
    if not re.match(r"\d{4}-?\d\d-?\d\d", text, re.ASCII):
        return None
    return datetime.fromisoformat(re.sub(r" (?=[+-]\d\d:?\d\d$)", "", text))


def _mail(text: str, _zone: tzinfo, _day_first: bool) -> datetime | None:
    if not re.match(r"(?:[A-Za-z]{3,9}, ?)?\d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d", text):
        return None
    return parsedate_to_datetime(text)


def _x(text: str, _zone: tzinfo, _day_first: bool) -> datetime | None:
    """As X's archive has it: "Mon Mar 02 12:00:00 +0000 2026"."""
    found = _X.match(text)
    return (
        _build(found, int(found["day"]), _MONTHS[found["month"].lower()])
        if found and found["month"].lower() in _MONTHS
        else None
    )


def _numeric(text: str, _zone: tzinfo, day_first: bool) -> datetime | None:
    found = _NUMBERS.match(text)
    if not found:
        return None
    first, second = int(found["a"]), int(found["b"])
    if found["sep"] == "/" and (
        second > 12 or (first <= 12 and not day_first)
    ):  # with a dot the day always comes first
        first, second = second, first
    return _build(found, first, second)


def _named(text: str, _zone: tzinfo, _day_first: bool) -> datetime | None:
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        found = pattern.match(text)
        if found and (month := _MONTHS.get(found["month"].lower()[:3])):
            return _build(found, int(found["day"]), month)
    return None


def _build(found: re.Match[str], day: int, month: int) -> datetime:
    """Raises ValueError where there is no such day or hour."""
    year = int(found["year"])
    naive = datetime.combine(date(year + 2000 if year < 100 else year, month, day), _clock(found))
    zone = found["zone"]
    if not zone:
        return naive
    return datetime.fromisoformat(naive.isoformat() + ("+00:00" if zone.upper() == "Z" else zone))


def _clock(found: re.Match[str]) -> time:
    parts = found.groupdict()
    hour = int(parts["hour"] or 0)
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    return time(hour, int(parts["minute"] or 0), int(parts["second"] or 0))


def _relative(text: str, zone: tzinfo, now: datetime) -> datetime | None:
    if text.lower() in ("gerade eben", "jetzt", "just now", "now"):
        return now
    if found := _NAMED_DAY.match(text):
        day = now.astimezone(zone).date() - timedelta(days=_DAYS_AGO[found["day"].lower()])
        try:
            moment = _utc(datetime.combine(day, _clock(found)), zone)
        except ValueError:
            return None
        return min(moment, now) if moment else None
    if (found := _AGO.match(text)) and (text.lower().startswith(("vor ", "etwa ")) or text.lower().endswith(" ago")):
        return now - (int(found["count"]) if found["count"].isdigit() else 1) * _UNITS[found["unit"].lower()]
    return None
