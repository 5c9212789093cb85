"""A case becomes one ticket, whatever the other side does with the request."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import store
from bot.config.handover import TicketSettings
from bot.config.load import load_settings, shipped
from bot.config.settings import Settings
from bot.config.telling import NotifySettings
from bot.digest.cases import happened
from bot.errors import InputError
from bot.escalate.cases import Action
from bot.escalate.tickets import REQUIRED, Kind, description, missing, ticket
from bot.jobs import casework, outbox, ticketing
from bot.jobs.publishing import load_words
from bot.store.cases import get_case, history
from bot.store.tickets import tickets
from tests.jobs.test_casework import complain
from tests.servers.tickets import TOKEN, TicketSystem, ticket_system

SHIPPED = load_settings(shipped("o2-de.toml"))
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PATHS = {"tmf656": "serviceProblem", "tmf621-v4": "troubleTicket", "tmf621-v5": "troubleTicket", "zammad": "tickets"}


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[TicketSystem]:
    monkeypatch.setenv("TICKETS", TOKEN)
    with ticket_system() as running:
        yield running


@pytest.fixture
def db(tmp_path: Path) -> Iterator[store.Database]:
    """A confirmed case of Bonn, eleven people."""
    database = store.open_database(tmp_path / "a.db")
    complain(database, 11, city="Bonn")
    casework.look(database, database, SHIPPED, now=NOW)
    casework.act(database, 1, Action.CONFIRM, actor="kim", now=NOW)
    yield database
    database.close()


def settings(system: TicketSystem, kind: str = "tmf656") -> Settings:
    target = TicketSettings(
        name="planners", kind=kind, url=system.url(PATHS[kind]), token_env="TICKETS", group="Network", customer="us@carrier.example"
    )  # type: ignore[arg-type]  # fmt: skip
    return SHIPPED.model_copy(update={"dry_run": False, "tickets": (target,)})


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def send(db: store.Database, given: Settings, clock: Clock) -> str:
    """As the daemon does: deliver until nothing waits, looking after lost ones; the state in the end."""
    for _ in range(12):
        outbox.deliver(db, given, clock=clock)
        clock.now += timedelta(hours=5)
        ticketing.look_after(db, given, now=clock.now)
        (one,) = tickets(db)
        if one.state in ("sent", "failed"):
            return one.state
    return tickets(db)[0].state


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize(
    "faults",
    [
        "",
        "taken and reset",
        "reset",
        "429+503",
        "500 taken",
        "202",
        "html",
        "no id",
        "huge",
        "503+reset+taken and reset",
    ],
    ids=lambda faults: faults or "all well",
)
def test_a_case_is_handed_in_once_whatever_happens_to_the_answer(
    db: store.Database, system: TicketSystem, kind: str, faults: str
) -> None:
    system.faults = [fault for fault in faults.split("+") if fault]
    given = settings(system, kind)
    ticketing.queue(db, given, 1, "planners", actor="kim", now=NOW)
    assert send(db, given, Clock()) == "sent"
    assert len(system.taken) == 1
    assert tickets(db)[0].external_id == "T1"


def test_what_the_system_refuses_is_a_dead_letter_with_its_reason_and_can_be_queued_anew(
    db: store.Database, system: TicketSystem
) -> None:
    system.faults = ["400"]
    given = settings(system)
    ticketing.queue(db, given, 1, "planners", actor="kim", now=NOW)
    assert send(db, given, Clock()) == "failed"
    assert "refused it (400: Missing: [])" in str(tickets(db)[0].error)
    ticketing.queue(db, given, 1, "planners", actor="kim", now=NOW)
    outbox.deliver(db, given, clock=Clock())
    assert [one.state for one in tickets(db)] == ["failed", "sent"]


def test_a_lost_ticket_is_not_handed_in_again_while_nobody_can_be_asked(
    db: store.Database, system: TicketSystem
) -> None:
    system.faults, system.down = ["taken and reset"], True
    given = settings(system)
    ticketing.queue(db, given, 1, "planners", actor="kim", now=NOW)
    assert send(db, given, Clock()) == "unknown"
    assert len(system.taken) == 1


def test_a_ticket_is_not_queued_twice_and_not_in_a_dry_run(db: store.Database, system: TicketSystem) -> None:
    given = settings(system)
    with pytest.raises(InputError, match="dry_run is true"):
        ticketing.queue(db, SHIPPED, 1, "planners", actor="kim", now=NOW)
    ticketing.queue(db, given, 1, "planners", actor="kim", now=NOW)
    with pytest.raises(InputError, match="is at planners already"):
        ticketing.queue(db, given, 1, "planners", actor="kim", now=NOW)
    with pytest.raises(InputError, match="no such ticket system; known: planners"):
        ticketing.queue(db, given, 1, "nobody", actor="kim", now=NOW)


def test_its_status_is_read_back_into_the_history(db: store.Database, system: TicketSystem) -> None:
    given, clock = settings(system), Clock()
    ticketing.queue(db, given, 1, "planners", actor="kim", now=NOW)
    send(db, given, clock)
    system.status = "inProgress"
    assert any(
        "inProgress at planners" in line for line in ticketing.look_after(db, given, now=clock.now + timedelta(hours=2))
    )
    assert ticketing.look_after(db, given, now=clock.now + timedelta(hours=2)) == []  # asked a moment ago
    assert [happened(event.facts, load_words("en")) for event in history(db, 1)][-2:] == [
        "ticket T1 at planners: acknowledged",
        "ticket T1 at planners: inProgress",
    ]


def test_a_mail_is_the_simplest_ticket(db: store.Database) -> None:
    target = NotifySettings(name="desk", address_env="DESK", what=("escalation",))
    ticketing.mail(db, SHIPPED.model_copy(update={"notify": (target,)}), 1, "desk", actor="kim", now=NOW)
    (message,) = store.outbox(db)
    assert (message.target, message.title) == ("desk", "Capacity complaints: Bonn")
    assert "At least 11 customers of o2" in db.execute("SELECT text FROM outbox").fetchone()[0]


@pytest.mark.parametrize("kind", Kind)
def test_every_required_field_is_there_and_its_lack_is_noticed(db: store.Database, kind: Kind) -> None:
    body = ticket(kind, get_case(db, 1), "key-1", k=5, carrier="o2", group="Network", customer="us@carrier.example")
    assert missing(kind, body) == []
    json.dumps(body)
    for field in REQUIRED[kind]:
        assert missing(kind, {**body, field: ""}) == [field]
    assert kind is Kind.ZAMMAD or "key-1" in json.dumps(body)


def test_fewer_than_k_people_are_not_numbered(db: store.Database) -> None:
    told = description(get_case(db, 1), 12, "o2")
    assert "Fewer than 12 customers" in told
    assert "11" not in told
    assert "affectedNumberOfServices" not in ticket(Kind.TMF656, get_case(db, 1), "key", k=12, carrier="o2")
