"""What a page of the desk is given: who asks for what, in which language and zone, and how to answer."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from ... import store
from ...digest.words import Words
from ...errors import InputError
from ...escalate.roles import Right, Role, may
from ...store.users import User
from ..auth import form_token
from ..base.room import Link, Room, Shell, words_of
from .desk import Desk
from .menu import MENU, MORE

ROOM = Room("desk")
HOME = "/desk"
MAX_CSV = 5_000  # rows
SAID = (
    "kept", "password", "approved", "changed", "skipped", "taken", "released", "batch", "noted", "handed_over", "ended",
    "stopped", "resumed", "drafted", "published", "merged", "split",
)  # fmt: skip
FORMULA = tuple("=+-@\t\r")  # what a spreadsheet would run

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Call:
    """One request of somebody signed in."""

    desk: Desk
    user: User
    key: str  # of the visit
    now: datetime
    db: store.Database  # for reading
    lang: str
    path: str
    query: Fields = field(default_factory=dict)
    form: Fields = field(default_factory=dict)
    number: int = 0  # in the address; 0: none
    part: bool = False  # a script asks for the changed part only

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.user.zone) if self.user.zone else self.desk.settings.zone

    @property
    def words(self) -> Words:
        return words_of(self.lang, ROOM.name)

    @property
    def today(self) -> date:
        """In the carrier's zone: its days are what is counted."""
        return self.now.astimezone(self.desk.settings.zone).date()

    def may(self, right: Right) -> bool:
        return may(Role(self.user.role), right)

    def get(self, name: str, default: str = "") -> str:
        """A value of the address or of the form, without spaces around."""
        return (self.form.get(name) or self.query.get(name) or [default])[-1].strip()

    def count(self, name: str, default: int, *, most: int) -> int:
        text = self.get(name)
        return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else default

    def day(self, name: str) -> date | None:
        """None: not given, or no day."""
        try:
            found = date.fromisoformat(self.get(name))
        except ValueError:
            return None
        return found if 1990 <= found.year <= 2100 else None

    def say(self, key: str, n: float | None = None, /, **values: object) -> str:
        return self.words.say(f"desk.{key}", n, **values)

    def when(self, moment: datetime | None) -> str:
        """In the manager's own zone."""
        return self.words.date(moment.astimezone(self.zone), "moment") if moment else "–"

    @contextmanager
    def write(self, action: str = "", *, posts: int = 0, detail: str | None = None) -> Iterator[store.Database]:
        """A transaction; `action` goes into the audit log with it. Raises StoreError."""
        with self.desk.writer() as db, store.transaction(db):
            yield db
            if action:
                store.note(db, action, actor=self.user.name, now=self.now, posts=posts, detail=detail)

    def page(self, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        shell = self.shell()
        own = {
            "said": self._said(),
            "call": self,
            "say": self.say,
            "when": self.when,
            "token": form_token(self.key),
            "Right": Right,
        }
        return ROOM.page(template, self.lang, shell, status=status, headers=PRIVATE, **own, **values)

    def shell(self) -> Shell:

        def links(entries: Iterable[tuple[str, str, Right]]) -> tuple[Link, ...]:
            return tuple(
                Link(self.say(f"menu.{name}"), HOME + path, self.path == HOME + path or _within(self.path, HOME + path))
                for name, path, right in entries
                if self.may(right)
            )

        simulation = store.get_simulation(self.db)
        made_up = simulation.notice.get(self.lang, simulation.title) if simulation else ""
        return Shell(
            brand=self.say("brand", carrier=self.desk.settings.carrier.name),
            home=HOME,
            nav=links(MENU),
            foot=links(MORE),
            banner=made_up,
            note=self.say("dry_run") if self.desk.settings.dry_run else "",
        )

    def _said(self) -> str:
        """What the page before did, in a sentence; nothing that an address could put into our mouth."""
        name = self.get("said")
        if name not in SAID:
            return ""
        left = self.get("left").replace(",", "")
        text = self.say(
            f"said.{name}", number=self.count("number", 0, most=10**9), done=self.count("done", 0, most=1000)
        )
        return text + (f" {self.say('said.left', left=self.get('left'))}" if left.isascii() and left.isdigit() else "")

    def back(self, path: str, said: str = "", **query: object) -> RedirectResponse:
        """See another page of the desk, which shows the sentence `said` (a key of desk.said)."""
        query = {key: value for key, value in ({"said": said} | query).items() if value not in ("", None)}
        return RedirectResponse(f"{HOME}{path}" + (f"?{urlencode(query)}" if query else ""), 303, PRIVATE)

    def csv(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
        """A list for a spreadsheet: with a mark for Excel, and no cell that it would take for a formula."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";")
        writer.writerow(columns)
        writer.writerows([harmless(cell) for cell in row] for _, row in zip(range(MAX_CSV), rows, strict=False))
        head = PRIVATE | {"Content-Disposition": f'attachment; filename="{name}-{self.today}.csv"'}
        return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=head)

    def require(self, given: str, allowed: Iterable[str], name: str) -> str:
        """Raises InputError for what no form of ours sends."""
        if given not in allowed:
            raise InputError(self.say("wrong.value", name=name))
        return given


PRIVATE = {"Cache-Control": "no-store"}  # nothing of it stays in a cache


def harmless(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    text = " ".join(str(cell).split())
    return "'" + text if text.startswith(FORMULA) and not isinstance(cell, (int, float)) else text


def _within(path: str, entry: str) -> bool:
    return entry != HOME and path.startswith(entry + "/")
