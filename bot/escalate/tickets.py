"""A case as a ticket in somebody else's system: TM Forum's Service Problem and Trouble Ticket, or Zammad. Values to JSON.

Only what the extract may say goes out: kind, place, days and, from k people on, how many. No word of a customer.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ..domain import Symptom
from .cases import Case, Trouble

OURS = "brennpunkt"


class Kind(StrEnum):
    TMF656 = "tmf656"  # Service Problem v5: fits a hot spot best
    TMF621_V4 = "tmf621-v4"  # Trouble Ticket
    TMF621_V5 = "tmf621-v5"
    ZAMMAD = "zammad"


REQUIRED: Mapping[Kind, tuple[str, ...]] = {  # of the body of a POST
    Kind.TMF656: ("@type", "category", "priority", "description", "reason", "originatorParty"),
    Kind.TMF621_V4: ("description", "severity", "ticketType"),
    Kind.TMF621_V5: ("@type", "description", "severity", "ticketType"),
    Kind.ZAMMAD: ("title", "group", "customer", "article"),
}
_SYMPTOM = {
    Symptom.DATA_STALL: "data connection stalls",
    Symptom.SLOW_DATA: "data very slow",
    Symptom.CONGESTION: "network overloaded",
    Symptom.NO_SERVICE: "no service",
    Symptom.DROPPED_CALL: "calls drop",
    Symptom.CALL_SETUP: "calls do not get through",
    Symptom.SMS_DELAY: "text messages late",
}


def ticket(
    kind: Kind, case: Case, key: str, *, k: int, carrier: str, group: str = "", customer: str = ""
) -> dict[str, Any]:
    """The body to post. `key` is what it is found by again; `group` and `customer` are Zammad's."""
    match kind:
        case Kind.TMF656:
            return _service_problem(case, key, k, carrier)
        case Kind.TMF621_V4 | Kind.TMF621_V5:
            return _trouble_ticket(kind, case, key, k, carrier)
        case Kind.ZAMMAD:
            title = f"{headline(case)} [{key}]"
            return {
                "title": title,
                "group": group,
                "customer": customer,
                "article": {"subject": title, "body": description(case, k, carrier), "type": "note", "internal": False},
            }


def missing(kind: Kind, body: Mapping[str, Any]) -> list[str]:
    """Required fields that are not there or empty."""
    return [field for field in REQUIRED[kind] if body.get(field) in (None, "", {}, [])]


def headline(case: Case) -> str:
    what = "No network" if any(spot.trouble is Trouble.NO_NETWORK for spot in case.spots) else "Capacity complaints"
    return f"{what}: {', '.join(map(str, case.spots[:3]))}" + (" and others" if len(case.spots) > 3 else "")


def description(case: Case, k: int, carrier: str) -> str:
    """A few plain sentences."""
    several = f"At least {case.people} customers" if case.people >= k else f"Fewer than {k} customers"
    lines = [
        f"{several} of {carrier} complained in public or filed a report,"
        f" the first on {case.first_seen}, the last on {case.last_seen}.",
        f"Places: {', '.join(map(str, case.spots))}.",
    ]
    if told := [f"{_SYMPTOM[symptom]} ({people})" for symptom, people in case.symptoms if people >= k]:
        lines.append(f"What they see: {', '.join(told)}.")
    if case.technology:
        lines.append(f"Most name {case.technology}.")
    if case.measure:
        lines.append(f"Measure of the build-out plan: {case.measure}.")
    return "\n".join(lines)


def _service_problem(case: Case, key: str, k: int, carrier: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "@type": "ServiceProblem",
        "name": headline(case),
        "category": "customerReported.capacity",
        "priority": _priority(case),
        "description": description(case, k, carrier),
        "reason": "Complaints of customers that last for days",
        "originatingSystem": OURS,
        "originatorParty": {
            "@type": "RelatedPartyRefOrPartyRoleRef",
            "role": "originator",
            "partyOrPartyRole": {"@type": "PartyRef", "@referredType": "Organization", "id": OURS, "name": OURS},
        },
        "externalIdentifier": [_identifier(key)],
        "affectedLocation": [
            {
                "@type": "RelatedPlaceRefOrValue",
                "role": "affected",
                "place": {
                    "@type": "PlaceRef",
                    "@referredType": "GeographicLocation",
                    "id": str(spot),
                    "name": str(spot),
                },
            }
            for spot in case.spots
        ],
        "firstAlert": {
            "@type": "RelatedEntity",
            "role": "firstAlert",
            "entity": {
                "@type": "EntityRef",
                "@referredType": "Case",
                "id": str(case.number),
                "name": str(case.first_seen),
            },
        },
    }
    if case.people >= k:
        body["affectedNumberOfServices"] = case.people
    return body


def _trouble_ticket(kind: Kind, case: Case, key: str, k: int, carrier: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": headline(case),
        "description": description(case, k, carrier),
        "severity": ("Critical", "Major", "Minor")[_priority(case) - 1],
        "ticketType": "networkCapacity",
    }
    if kind is Kind.TMF621_V5:
        return body | {"@type": "TroubleTicket", "externalIdentifier": [_identifier(key)]}
    return body | {"externalId": key}


def _identifier(key: str) -> dict[str, str]:
    return {"@type": "ExternalIdentifier", "externalIdentifierType": "case", "owner": OURS, "id": key}


def _priority(case: Case) -> int:
    """1 is the most urgent."""
    return 1 if case.people >= 200 else 2 if case.people >= 50 else 3
