"""Who may enter the desk, and who is in it. Holds no password and no key that a browser could use."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .database import Database, instant, iso

LOOK = timedelta(minutes=1)  # how exactly it is known when somebody was last seen: not a write for every page


@dataclass(frozen=True, slots=True)
class User:
    name: str
    role: str
    made_at: datetime
    lang: str | None  # None: as the browser asks
    zone: str | None  # None: the carrier's
    seen_at: datetime | None  # None: in no browser now


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody signed in, in one browser."""

    user: User
    since: datetime


def add_user(db: Database, name: str, role: str, password: str, *, now: datetime) -> bool:
    """`password` is its hash. Inside a transaction. False: the name is taken."""
    return (
        db.execute(
            "INSERT INTO users (name, role, password, made_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [name, role, password, iso(now)],
        ).rowcount
        > 0
    )


def remove_user(db: Database, name: str) -> bool:
    """Ends their visits and gives back what they had taken. Inside a transaction. False: there was none."""
    db.execute("DELETE FROM claims WHERE who = ?", [name])
    return db.execute("DELETE FROM users WHERE name = ?", [name]).rowcount > 0


def set_password(db: Database, name: str, password: str, *, keep_visits: bool = False) -> bool:
    """Whoever was in with the old one is out. Inside a transaction. False: there is no such user."""
    if not keep_visits:
        end_visits(db, name)
    return db.execute("UPDATE users SET password = ? WHERE name = ?", [password, name]).rowcount > 0


def set_taste(db: Database, name: str, *, lang: str | None, zone: str | None) -> None:
    """Inside a transaction."""
    db.execute("UPDATE users SET lang = ?, zone = ? WHERE name = ?", [lang, zone, name])


def password_of(db: Database, name: str) -> str | None:
    """The hash; None: there is no such user."""
    row = db.execute("SELECT password FROM users WHERE name = ?", [name]).fetchone()
    return str(row[0]) if row else None


def users(db: Database) -> list[User]:
    rows = db.execute(
        f"SELECT {_COLUMNS}, max(v.seen_at) FROM users u LEFT JOIN visits v ON v.user = u.name GROUP BY u.name"
    )
    return [_user(row) for row in rows]


def open_visit(db: Database, key: str, name: str, *, now: datetime) -> None:
    """Inside a transaction."""
    db.execute("INSERT INTO visits VALUES (?, ?, ?, ?)", [key, name, iso(now), iso(now)])


def find_visit(db: Database, key: str, *, now: datetime, idle: timedelta, length: timedelta) -> Visit | None:
    """Who holds this key; None: nobody, or nobody any more."""
    row = db.execute(
        f"SELECT {_COLUMNS}, v.seen_at, v.since FROM visits v JOIN users u ON u.name = v.user"
        " WHERE v.key = ? AND v.seen_at > ? AND v.since > ?",
        [key, iso(now - idle - LOOK), iso(now - length)],
    ).fetchone()
    return Visit(_user(row[:-1]), instant(row[-1])) if row else None


def is_stale(visit: Visit, *, now: datetime) -> bool:
    """Is it time to note that they are still here?"""
    return visit.user.seen_at is None or now - visit.user.seen_at >= LOOK


def touch_visit(db: Database, key: str, *, now: datetime, length: timedelta) -> None:
    """Inside a transaction. Old visits of everybody go along."""
    db.execute("UPDATE visits SET seen_at = ? WHERE key = ?", [iso(now), key])
    db.execute("DELETE FROM visits WHERE since <= ?", [iso(now - length)])


def close_visit(db: Database, key: str) -> None:
    """Inside a transaction."""
    db.execute("DELETE FROM visits WHERE key = ?", [key])


def end_visits(db: Database, name: str) -> int:
    """Sign somebody out everywhere. Inside a transaction. Returns in how many browsers they were."""
    return db.execute("DELETE FROM visits WHERE user = ?", [name]).rowcount


_COLUMNS = "u.name, u.role, u.made_at, u.lang, u.zone"


def _user(row: tuple[str, ...]) -> User:
    name, role, made_at, lang, zone, seen_at = row
    return User(name, role, instant(made_at), lang, zone, instant(seen_at) if seen_at else None)
