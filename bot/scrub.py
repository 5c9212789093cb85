"""Mask what names a person, at equal length: handles, mail addresses, phone, bank and customer numbers, house numbers.

What says where, when and how fast stays: postcodes, streets, dates, times, prices, speeds. Where both cannot be had, the
person wins. Which digits are a phone number is known to `phonenumbers`; it is asked only where they look like one.
"""

import re
from collections.abc import Callable

import phonenumbers

MASK = "•"
MAX_ROUNDS = 8
MAX_PHONES = 10  # of a text are looked up; a look-up costs half a millisecond
REGIONS = ("DE", "GB")  # how a number without country code is read

# A number followed by one of these counts something, and is no part of a phone or house number.
_UNIT = (
    r"(?:[.,:]\d|[ ]?(?i:%|€|£|euros?|eur|pounds?|cents?|[kmgt]?b(?:its?|ytes?|ps|/s)?|[kmg]?hz|balken|strich|bars?|tage?n?|wochen?"
    r"|monate?n?|jahre?n?|stunden?|std|min|minuten?|sek|sekunden?|mal|x|k?m|meter|leute|personen|uhr|[gh]|ms|dbm?|grad|grad|days?"
    r"|hours?|hrs?|mins?|minutes?|weeks?|months?|years?|times|people|o'clock)(?!\w))"
)
# A literal in front lets `re` jump from one "@" to the next. Handles written together ("@kim@lee") are one find: taken one by one,
# 5,000 of them need 5,000 rounds.
_HANDLE = re.compile(r"(?P<first>@(?<!\w@)\w[\w.-]*(?:@[\w-]+(?:\.[\w-]+)+)?(?<![.-]))(?:@\w[\w.-]*(?<![.-]))*")
# Cheap signs of what the expensive patterns look for.
_MAILISH = re.compile(r"@(?<=[\w.+-]@)[\w-]")
_LINKISH = re.compile(r"\.(?:com|net|app|me)/", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_MAIL = re.compile(  # "{1,64}+" gives nothing back: what must follow is no part of a name
    r"[\w.+-]{1,64}+(?:@|[ ]?[(\[{][ ]?(?:at|ät)[ ]?[)\]}][ ]?)"
    r"[\w-]{1,63}(?:(?:\.|[ ]?[(\[{](?:dot|punkt)[)\]}][ ]?)[\w-]{1,63}){1,4}"
)
_PROFILE = re.compile(
    r"(?<!pic\.)\b(?:x|twitter|facebook|instagram|threads|tiktok|linkedin|t|wa|bsky)\.(?:com|net|app|me)/(?:profile/|in/|@)?(?P<who>[^\s/?#]+)"
    r"|\b(?P<did>did:(?:plc|web):[\w.:%-]+|[\w-]+\.bsky\.social)\b",
    re.IGNORECASE,
)
_IBAN_LENGTH = {
    "DE": 22,
    "GB": 22,
    "AT": 20,
    "CH": 21,
    "NL": 18,
    "BE": 16,
    "LU": 20,
    "FR": 27,
    "IT": 27,
    "ES": 24,
    "PL": 28,
    "IE": 22,
    "LT": 20,
}
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[0-9A-Z]){11,30}(?![0-9A-Z])", re.IGNORECASE)
_CUSTOMER = re.compile(
    rf"""\b
    (?i:(?:Kunden?|Kd|Vertrags?|Ruf|Auftrags?|Vorgangs?|Bestell|Rechnungs?|Ticket|Fall|Karten|SIM(?:[ -]?Karten)?|Konto
          |Tel|Telefon|Handy|Mobil|Mobilfunk|Festnetz|Rückruf)[ .-]{{0,2}}(?:nummern?|nr\.?|id|kennzahl|kennung)
       |(?:customer|account|contract|order|ticket|case|reference|ref|phone|mobile|cell|sim)[ -]?(?:number|no\.?|id|num\.?|\#|:)
       |Tel(?:efon)?[.:]|IMEI|ICCID|PUK|PKK|Ticket|Kundenkennwort)
    [ ]?(?:ist|lautet|is|war)?[ ]?[:\#.=]?[ ]?
    (?=(?:[A-Z/-]{{0,6}}\d(?:[ /-]?\d){{4}})|[A-Z]{{1,4}}-?\d{{5}})
    (?P<part>[A-Z]{{0,4}}[/-]?\d+(?:[ /-]\d{{2,}}(?!\d|{_UNIT}))*)
    """,
    re.VERBOSE,
)
# A house number: behind a German street, before an English one, or between a capital word and a postcode.
_HOUSE = re.compile(
    r"\d(?<![\w•,:/£€$+-]\d)(?<!\d\.\d)(?!(?<=[2-6])[ ]?[gG]\b)\d{0,3}"
    r"(?:[a-gi-l](?!\w)|[ ][a-e](?!\w))?(?:[ ]?[-–/+][ ]?\d{1,3}[a-f]?)?(?!\w)"
)
_STREETS = ("straße", "strasse", "str", "str.", "hausnummer", "hausnr", "hausnr.")
_WAYS = (
    "weg", "gasse", "allee", "ring", "damm", "ufer", "platz", "chaussee", "steig", "stieg", "pfad", "promenade", "twiete",
)  # fmt: skip
_ROADS = ("bundesstraße", "landesstraße", "kreisstraße", "staatsstraße")  # these have numbers themselves
_POSTCODE_NEXT = re.compile(r",?[ ]{1,2}(?:D-)?\d{5}[ ][A-ZÄÖÜ]")  # Am Markt 3, 50667 Köln
_STREET_NEXT = re.compile(
    r""",?[ ]
    (?:(?!(?:Mbps|Mbit|Kbps|Gbps|Mb|Gb|Bars?|Days?|Hours?|Mins?|Minutes
        |Weeks?|Months?|Years?|People|Times|Uhr|Tage)\b)[A-Z][\w'’-]*[ ]){1,3}
    (?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Crescent|Cres|Gardens|Gdns|Grove|Terrace|Way|Place|Pl|Square|Sq
      |Walk|Mews|Park|Row|Parade)\b""",
    re.VERBOSE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_ANY = re.compile(r"\w")
_AT_WORDS = ("at)", "at]", "ät)")
_GROUP = re.compile(r"\d+")
_COUNTED = re.compile(_UNIT)
_PLACE = re.compile(r"[ ]\d{5}[ ][A-ZÄÖÜ]")
_FIVE = re.compile(r"\d(?:[ ()/.–-]{0,2}\d){4}")
_NUMBER = re.compile(r"\d(?<!\w\d)")  # most posts name "o2": that digit is none
_PHONE = re.compile(
    r"(?<![\w•.,])(?<![\d•][:/–-])(?:\(?\+[ ]?\(?[1-9]|\(?0[1-9]|\(?00[1-9])(?:[ ()/.\u00a0–-]{0,3}\d){5,20}(?!\w)"
)
# Dates and spans of time that begin with a zero: 01.12.2019, 08.30-19.45, 0600-2200.
_WHEN = re.compile(
    r"\d{1,2}(?P<s>[./-])\d{1,2}(?P=s)(?:\d{4}|\d\d)(?![./-]?\d)"
    r"|[012]?\d\.[0-5]\d[ ]?[–-][ ]?[012]?\d\.[0-5]\d(?!\d)|[012]\d[0-5][05][ ]?[–-][ ]?[012]\d[0-5][05](?!\d)"
)
_POSTCODES = re.compile(r"\d{5}(?:[ ]?[/–-][ ]?|[ ])0\d{4}(?!\d)|\d{5}(?:[ /–-]{1,3}\d{5}){2,}(?!\d)")
# Nine digits and more in one run: a customer number, a phone without its zero, an IMEI. Not a round sum, not a timestamp.
_NAKED = re.compile(
    r"(?<![\w•#/.,=-])(?!\d+0{5}(?!\d))(?!20\d\d[01]\d[0-3]\d[0-2]\d[0-5]\d(?:\d\d)?(?!\d))\d{9,24}(?!\w|[.,]\d)"
)


def mask_persons(text: str, is_brand: Callable[[str], bool]) -> str:
    """Mask persons at equal length; doing it twice changes nothing. `is_brand` tells handles (without "@") that stay.

    A mask can bring out what stands beside it, so the text is read until nothing changes: three times at most in anything a
    person writes. What still changes after MAX_ROUNDS was made to; of it no letter stays.
    """
    for _ in range(MAX_ROUNDS):
        masked = _once(text, is_brand)
        if masked == text:
            return text
        text = masked
    return text if _once(text, is_brand) == text else _ANY.sub(MASK, text)


def _once(text: str, is_brand: Callable[[str], bool]) -> str:
    at = "@" in text
    if (at and _MAILISH.search(text)) or any(map(text.__contains__, _AT_WORDS)):
        text = _MAIL.sub(_whole, text)
    if at:
        text = _HANDLE.sub(lambda found: _handles(found, is_brand), text)
    if ("/" in text and _LINKISH.search(text)) or "bsky" in text or "did:" in text:
        text = _PROFILE.sub(lambda found: _profile(found, is_brand), text)
    digit = _DIGIT.search(text)
    if digit is None:
        return text
    if _FIVE.search(text, digit.start()):
        text = _IBAN.sub(_iban, text)
        text = _NAKED.sub(_whole, _phones(_CUSTOMER.sub(_part, text)))
    if _NUMBER.search(text, digit.start()):
        text = _HOUSE.sub(lambda found: _whole(found) if _is_house(found) else found.group(), text)
    return text


def _whole(found: re.Match[str]) -> str:
    return MASK * len(found.group())


def _part(found: re.Match[str], name: str = "part") -> str:
    """The words stay, what they announce goes."""
    whole, start, end = found.group(), found.start(name) - found.start(), found.end(name) - found.start()
    return whole[:start] + MASK * (end - start) + whole[end:]


def _handles(found: re.Match[str], is_brand: Callable[[str], bool]) -> str:
    """One handle with its instance, and others that are written to it without a space."""
    first = found.end("first")
    others = found.group()[first - found.start() :].split("@")[1:]
    return "".join(
        "@" + (name if is_brand(name.split("@")[0]) else MASK * len(name)) for name in (found["first"][1:], *others)
    )


def _profile(found: re.Match[str], is_brand: Callable[[str], bool]) -> str:
    name = "who" if found["who"] else "did"
    return found.group() if is_brand(found[name].lstrip("@")) else _part(found, name)


def _iban(found: re.Match[str]) -> str:
    """Ten digits make an account; fewer are capital letters in which somebody shouts."""
    whole = found.group()
    signs = [place for place, character in enumerate(whole) if character != " "]
    length = _IBAN_LENGTH.get(whole[:2].upper(), 0)
    last = max(place for place in signs if whole[place].isdigit())
    end = signs[length - 1] + 1 if 0 < length <= len(signs) else last + 1
    return MASK * end + whole[end:] if _digits(whole[:end]) >= 10 else whole


def _is_house(found: re.Match[str]) -> bool:
    return _stands_by_a_street(found) and not _COUNTED.match(found.string, found.end())


def _stands_by_a_street(found: re.Match[str]) -> bool:
    text, start, end = found.string, found.start(), found.end()
    next_word = end + 1 + text.startswith(",", end)
    if text[next_word : next_word + 1].isupper() and _STREET_NEXT.match(text, end):
        return not _YEAR.fullmatch(found.group())
    before = text[max(0, start - 45) : start].rstrip().removesuffix("Nr.").rstrip()
    folded = before.lower()
    if _digits(found.group()[:4]) > 3 or not folded:
        return False
    if folded.endswith(_STREETS) and not folded.endswith(_ROADS):
        return True
    word = before.split()[-1]
    if not word[0].isupper() or word in ("Tag", "Tage", "Balken", "Uhr"):
        return False
    return (folded.endswith(_WAYS) and word.lower() not in (*_WAYS, "spring")) or bool(_POSTCODE_NEXT.match(text, end))


def _phones(text: str) -> str:
    at = asked = 0
    while found := _PHONE.search(text, at):
        end = _phone_end(text, found.start(), found.end(), closely=asked < MAX_PHONES)
        asked += 1
        text = text[: found.start()] + MASK * (end - found.start()) + text[end:]
        at = max(end, found.start() + 1)
    return text


def _phone_end(text: str, start: int, end: int, *, closely: bool) -> int:
    """Where the phone number ends that begins at `start`; `start` itself when there is none. Not `closely`: as far as it may."""
    if _WHEN.match(text, start) or _POSTCODES.match(text, start):
        return start
    groups = list(_GROUP.finditer(text, start, end))
    while groups and _counts(text, groups[-1]):  # "030 1234567 20 Mbit"
        groups.pop()
    ends = [group.end() for group in groups]
    if not closely:
        return ends[-1] if ends and _digits(text[start : ends[-1]]) >= 7 else start
    doubtful = [g.end() for g in groups if _PLACE.match(text, g.start() - 1)]  # "030 1234567 01067 Dresden": tried last
    for number_end in [*(e for e in reversed(ends) if e not in doubtful), *reversed(doubtful)]:
        if _exists(text[start:number_end]):
            return number_end
    # No plan knows it, but who writes ten digits behind a zero or a plus means a phone number, or some other one of theirs.
    return next((e for e in reversed(ends) if 10 <= _digits(text[start:e]) <= 15), start)


def _counts(text: str, group: re.Match[str]) -> bool:
    """A short number that says how much or when."""
    short = len(group.group()) <= 4 and _COUNTED.match(text, group.end())
    return bool(short) and not text.startswith(" mal", group.end())


def _exists(written: str) -> bool:
    if not 7 <= _digits(written) <= 17:
        return False
    for region in REGIONS:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return True
    return False


def _digits(written: str) -> int:
    return sum(character.isdigit() for character in written)
