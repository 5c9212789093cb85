"""What config/datasette.yaml opens to those who want to dig: numbers, never a word or a name."""

from datetime import timedelta

import pytest
import yaml

from bot import store
from bot.config.load import shipped
from bot.domain import Tally
from tests.factories import NOON, analysis, location, post

EXPLORE = yaml.safe_load(shipped("datasette.yaml").read_text(encoding="utf-8"))["databases"]["explore"]
WORDS = {
    "text",
    "html",
    "words",
    "author",
    "who",
    "person",
    "native",
    "url",
    "key",
    "password",
    "sealed",
    "receipt",
    "evidence",
    "phone",
}


def test_all_is_closed_that_is_not_opened_by_name(db: store.Database) -> None:
    assert EXPLORE["allow"] is False
    assert EXPLORE["allow_sql"] is False
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name, table in EXPLORE["tables"].items():
        assert name in tables
        assert table["allow"] is True
        columns = {row[1] for row in db.execute(f"PRAGMA table_info({name})")}
        assert not columns & WORDS, name


@pytest.mark.parametrize("name", EXPLORE["queries"])
def test_every_question_has_an_answer_without_words(db: store.Database, name: str) -> None:
    with store.transaction(db):
        store.add_source(db, "test")
        page = [(post(author=f"person {n}"), analysis(places=(location("Köln" if n else "Bonn"),))) for n in range(6)]
        store.add_page(db, page, now=NOON, tally=Tally())
    query = EXPLORE["queries"][name]
    span = {"since": store.iso(NOON - timedelta(days=1)), "until": store.iso(NOON + timedelta(days=1))}
    cursor = db.execute(query["sql"], {key: span[key] for key in query.get("params", ())})
    assert not {column[0] for column in cursor.description} & WORDS
    rows = cursor.fetchall()
    if name == "by_city":
        assert rows == [("Köln", 5, 5)]
