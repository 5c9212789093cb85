from datetime import timedelta

from bot import store
from tests.factories import NOON


def test_the_log_is_read_in_the_order_of_what_happened(db: store.Database) -> None:
    with store.transaction(db):
        store.note(db, "purge", actor="daemon", now=NOON, posts=3, detail="texts 3, rows 0, reports 0")
        store.note(db, "backup", actor="admin", now=NOON - timedelta(days=1))
    assert [deed.action for deed in store.deeds(db, since=NOON - timedelta(days=7))] == ["backup", "purge"]
    assert [deed.posts for deed in store.deeds(db, since=NOON)] == [3]
