from datetime import timedelta

from bot import store
from bot.store import users
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
