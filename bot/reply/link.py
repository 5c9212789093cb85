"""The link from a reply to the report form, filled in with what is known, and read back by the form.

It is signed, so that nobody can put words into the form in our name, and ends on a day. It names no post, author or word
of theirs. The number of the reply is in it for one purpose: who complained in a post and then files a report counts once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hmac import compare_digest
from urllib.parse import urlencode

from ..domain import Location, Symptom

Sign = Callable[[str], str]  # keyed: `functools.partial(db.pseudonym, "form")`
NAMES = ("was", "ort", "teil", "plz", "nr", "lang", "bis")  # in the order in which they are signed
MOST_CHARS = 120  # of any value; official place names have at most 60


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What a signed link says. "" and (): not known."""

    draft: int  # the number of the reply
    lang: str
    symptoms: tuple[Symptom, ...]
    city: str
    district: str
    postcode: str


def form_link(
    page: str,
    sign: Sign,
    draft: int,
    *,
    lang: str,
    symptoms: Sequence[Symptom],
    place: Location | None,
    until: date,
) -> str:
    """The address to put into a reply; "" where there is no `page`."""
    if not page:
        return ""
    known = {"was": ",".join(symptoms[:3]), "nr": str(draft), "lang": lang, "bis": until.isoformat()}
    if place:
        known |= {"ort": place.city or "", "teil": place.district or "", "plz": place.postcode or ""}
    query = _query(known)
    return f"{page}?{query}&sig={sign(query)}"


def read_link(params: Mapping[str, str], sign: Sign, *, today: date) -> Prefilled | None:
    """What the form may fill in; None: not signed by us, changed, or too old. Further parameters do not matter."""
    known = {name: params.get(name, "") for name in NAMES}
    signed = all(len(value) <= MOST_CHARS for value in known.values()) and compare_digest(
        sign(_query(known)).encode(), params.get("sig", "")[:MOST_CHARS].encode("utf-8", "replace")
    )
    if not signed or date.fromisoformat(known["bis"]) < today:
        return None
    symptoms = tuple(Symptom(name) for name in known["was"].split(",") if name in set(Symptom))
    return Prefilled(int(known["nr"]), known["lang"], symptoms, known["ort"], known["teil"], known["plz"])


def _query(known: Mapping[str, str]) -> str:
    """One spelling: platforms and browsers may send the link on in another."""
    pairs = [(name, known[name]) for name in NAMES if known.get(name)]
    return urlencode(pairs, encoding="utf-8", errors="replace")
