from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import store
from bot.store import shifts, users
from tests.factories import NOON

IDLE, LENGTH = timedelta(hours=1), timedelta(hours=10)


def seen(db: store.Database, key: str, later: timedelta) -> users.Visit | None:
    return users.find_visit(db, key, now=NOON + later, idle=IDLE, length=LENGTH)


def enter(db: store.Database) -> None:
    with store.transaction(db):
        assert users.add_user(db, "kim", "manager", "hash", now=NOON)
        users.open_visit(db, "key", "kim", now=NOON)


def test_a_visit_ends_when_nobody_is_there_and_at_the_end_of_the_day(db: store.Database) -> None:
    enter(db)
    assert seen(db, "other", timedelta()) is None
    visit = seen(db, "key", timedelta(minutes=50))
    assert visit
    assert (visit.user.name, visit.user.role) == ("kim", "manager")
    assert seen(db, "key", timedelta(hours=2)) is None
    for minutes in range(0, 600, 50):
        with store.transaction(db):
            users.touch_visit(db, "key", now=NOON + timedelta(minutes=minutes), length=LENGTH)
    assert seen(db, "key", timedelta(minutes=599)) is not None
    assert seen(db, "key", timedelta(minutes=601)) is None


def test_another_password_and_a_closed_account_sign_out_everywhere(db: store.Database) -> None:
    enter(db)
    with store.transaction(db):
        assert users.set_password(db, "kim", "other")
    assert seen(db, "key", timedelta()) is None
    with store.transaction(db):
        users.open_visit(db, "new", "kim", now=NOON)
        assert users.remove_user(db, "kim")
        assert not users.remove_user(db, "kim")
    assert seen(db, "new", timedelta()) is None
    assert users.users(db) == []


def test_a_name_is_given_once(db: store.Database) -> None:
    enter(db)
    with store.transaction(db):
        assert not users.add_user(db, "kim", "admin", "hash", now=NOON)
    assert [each.role for each in users.users(db)] == ["manager"]


def test_a_restored_backup_lets_nobody_in_whose_account_was_closed_since(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    enter(db)
    with store.transaction(db):
        users.add_user(db, "lee", "viewer", "old", now=NOON)
    store.backup(db, tmp_path / "b.db")
    with store.transaction(db):
        users.remove_user(db, "kim")
        users.set_password(db, "lee", "new")
    db.close()
    store.restore(tmp_path / "a.db", None, tmp_path / "b.db", ZoneInfo("Europe/Berlin"), actor="admin", now=NOON)
    db = store.open_database(tmp_path / "a.db")
    assert [each.name for each in users.users(db)] == ["lee"]
    assert users.password_of(db, "lee") == "new"
    assert seen(db, "key", timedelta()) is None
    db.close()


def test_of_two_who_take_the_same_only_one_has_it_until_it_falls_back(db: store.Database) -> None:
    with store.transaction(db):
        assert shifts.take(db, "reply 1", "kim", now=NOON) is None
        assert shifts.take(db, "reply 1", "lee", now=NOON) == "kim"
        assert shifts.take(db, "reply 1", "kim", now=NOON + timedelta(minutes=9)) is None
        assert shifts.take(db, "reply 1", "lee", now=NOON + timedelta(minutes=11)) == "kim"
        assert shifts.take(db, "reply 1", "lee", now=NOON + timedelta(minutes=20)) is None
    assert [claim.who for claim in shifts.claims(db, now=NOON + timedelta(minutes=21)).values()] == ["lee"]


def test_notes_of_shifts_go_with_the_rows(db: store.Database) -> None:
    with store.transaction(db):
        shifts.add_note(db, "kim", "watch Deutz", now=NOON)
    month = timedelta(days=30)
    later = NOON + 7 * month
    zone = ZoneInfo("Europe/Berlin")
    store.purge(db, store.cutoffs(later, zone, texts=month, rows=6 * month, reports=month), zone, now=later)
    assert shifts.notes(db, limit=10) == []
