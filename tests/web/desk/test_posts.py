"""Posts on the desk: found, explained, judged; harmless whatever they say."""

import csv
import io

import pytest

from bot.store import labels
from bot.store.search import Mark
from bot.web.desk.words import pieces

from .world import HOSTILE, World, send, token


def test_a_post_shows_the_words_it_was_judged_by_and_where(desk: World) -> None:
    desk.add_post("o2 lahmt in Köln")
    page = desk.enter("manager").get("/desk/posts").text
    assert '<mark title="slow">lahmt</mark>' in page
    assert '<mark class="place" title="test">Köln</mark>' in page
    assert "Kapazität wahrscheinlich" in page


def test_posts_are_searched_by_words_and_filters_and_taken_along_as_csv(desk: World) -> None:
    desk.add_post("o2 lahmt in Köln")
    desk.add_post("=o2 lahmt am Bahnhof")
    client = desk.enter("manager")
    assert "Köln" not in client.get("/desk/posts?q=bahnhof").text.split('class="list"')[1]
    assert "Bahnhof" not in client.get("/desk/posts?city=Köln").text.split('class="list"')[1]
    assert "keinen Beitrag" in client.get("/desk/posts?q=nichts-davon").text
    answer = client.get("/desk/posts?as=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))
    assert [row["text"] for row in rows] == ["'=o2 lahmt am Bahnhof", "o2 lahmt in Köln"]
    assert "author" not in rows[0]


@pytest.mark.parametrize(
    "query",
    [
        "q=%22",
        "q=%00*",
        "band=Z&symptom=x&cause=y&kind=z",
        "since=9999-99-99",
        "page=99999999999",
        "since=2026-03-05&until=2026-03-01",
    ],
)
def test_an_address_that_makes_no_sense_still_gives_a_page(desk: World, query: str) -> None:
    desk.add_post()
    assert desk.enter("manager").get(f"/desk/posts?{query}").status_code == 200


def test_a_hostile_post_is_text_and_nothing_else(desk: World) -> None:
    number = desk.add_post(HOSTILE)
    client = desk.enter("manager")
    for path in ("/desk/posts", f"/desk/posts/{number}"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "\u202e" not in page


def test_a_link_that_is_none_is_not_shown_as_one(desk: World) -> None:
    desk.add_post(native="odd")
    desk.db.execute("UPDATE posts SET url = 'javascript:alert(1)'")
    assert "javascript:" not in desk.enter("manager").get("/desk/posts").text


def test_a_very_long_post_is_cut_in_the_list_and_whole_on_its_own_page(desk: World) -> None:
    number = desk.add_post("o2 lahmt " + "und lahmt " * 900 + "Ende")
    client = desk.enter("manager")
    assert "Ende" not in client.get("/desk/posts").text.split('class="list"')[1].split("</article>")[0]
    assert "Ende" in client.get(f"/desk/posts/{number}").text


def test_one_key_judges_and_one_takes_it_back(desk: World) -> None:
    number = desk.add_post()
    client = desk.enter("manager")
    fields = {"band": "C", "symptom": ["no_service"], "cause": "outage", "place": "Deutz", "back": "/desk/posts?q=o2"}
    answer = send(client, f"/posts/{number}/label", **fields)
    assert answer.headers["location"] == f"/desk/posts?q=o2#post-{number}"
    ((label, who, _),) = labels.label_history(desk.db, number)
    assert (label.band, label.symptoms, label.cause, label.place, who) == (
        "C",
        ("no_service",),
        "outage",
        "Deutz, Köln",
        "manager",
    )
    assert "Beurteilt als C von manager" in client.get("/desk/posts").text
    send(client, f"/posts/{number}/unlabel")
    assert labels.label_history(desk.db, number) == []


def test_a_script_gets_the_post_as_it_is_from_now_on(desk: World) -> None:
    number = desk.add_post()
    client = desk.enter("manager")
    data = {"token": token(client), "band": "D"}
    answer = client.post(f"/desk/posts/{number}/label", data=data, headers={"X-Part": "1"})
    assert "Beurteilt als D" in answer.text
    assert "<html" not in answer.text
    gone = client.post("/desk/posts/99/label", data=data, headers={"X-Part": "1"})
    assert (gone.status_code, "post 99" in gone.json()["wrong"]) == (409, True)


@pytest.mark.parametrize("fields", [{"band": "E"}, {"band": "A", "symptom": "x"}, {"band": "A", "cause": "x"}, {}])
def test_a_judgement_that_no_form_sends_is_refused(desk: World, fields: dict[str, str]) -> None:
    number = desk.add_post()
    assert send(desk.enter("manager"), f"/posts/{number}/label", **fields).status_code == 409
    assert labels.label_history(desk.db, number) == []


def test_the_review_queue_empties_as_one_judges(desk: World) -> None:
    numbers = [desk.add_doubtful(f"o2 lahmt wohl, sagt Nummer {count}") for count in range(3)]
    client = desk.enter("manager")
    assert "3 Beiträge sind unsicher beurteilt" in client.get("/desk/review").text
    for number in numbers:
        send(client, f"/posts/{number}/label", band="A", picked="doubt", back="/desk/review")
    assert "Nichts zu prüfen" in client.get("/desk/review").text


def test_each_page_speaks_the_language_and_tells_the_time_of_its_reader(desk: World) -> None:
    desk.add_post()
    client = desk.enter("manager")
    assert "13:00" in client.get("/desk/posts").text
    send(client, "/account", lang="en", zone="America/New_York")
    page = client.get("/desk/posts").text
    assert 'lang="en"' in page
    assert "07:00" in page
    assert "capacity likely" in page


@pytest.mark.parametrize(
    ("marks", "wanted"),
    [
        ([], [("abcdef", ())]),
        ([Mark(1, 3, "x")], [("a", ()), ("bc", ("x",)), ("def", ())]),
        ([Mark(0, 4, "x"), Mark(2, 6, "y")], [("ab", ("x",)), ("cd", ("x", "y")), ("ef", ("y",))]),
        ([Mark(4, 9, "beyond the end"), Mark(3, 3, "empty")], [("abcdef", ())]),
    ],
)
def test_a_text_is_cut_where_its_marks_begin_and_end(
    marks: list[Mark], wanted: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert [(piece.text, piece.why) for piece in pieces("abcdef", marks)] == wanted


def test_a_corrected_place_is_where_a_post_counts_and_can_be_taken_back(desk: World) -> None:
    number = desk.add_post()
    client = desk.enter("manager")
    assert 'name="place" maxlength="100" value="Köln"' in client.get("/desk/posts").text
    send(client, f"/posts/{number}/label", band="A", place="Ehrenfeld, Köln")
    assert "Beurteilt" in client.get("/desk/posts?city=Köln&district=Ehrenfeld").text
    send(client, f"/posts/{number}/unlabel")
    assert "o2 lahmt" not in client.get("/desk/posts?city=Köln&district=Ehrenfeld").text
    send(client, f"/posts/{number}/label", band="A", place="Köln")
    assert labels.label_history(desk.db, number)[0][0].place is None  # as it was: nothing said of it
    log = client.get("/desk/audit").text
    assert f"post {number}: A, Köln → A, Ehrenfeld, Köln" in log
    assert "judgement taken back" in log


def test_a_place_that_nobody_knows_is_refused_with_what_may_be_meant(desk: World) -> None:
    number = desk.add_post()
    answer = send(desk.enter("manager"), f"/posts/{number}/label", band="A", place="Stutgart")
    assert (answer.status_code, "„Stuttgart“" in answer.text) == (409, True)
    assert labels.label_history(desk.db, number) == []
