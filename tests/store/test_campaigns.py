"""Copies of a text: what they merge into, what they count as, when they are called a campaign."""

from datetime import UTC, datetime, timedelta

from bot import store
from bot.classify.duplicates import sketch
from bot.domain import Post
from bot.store.campaigns import campaigns
from bot.text import tokenize
from bot.watch.hotspots import rank
from bot.watch.spikes import arrivals
from tests.factories import NOON, analysis, location, post
from tests.store.test_posts import add, complaints

TEXT = "Heute alle mitmachen: o2 hat am Kölner Hauptbahnhof seit Wochen kein brauchbares Netz mehr"
PERIOD = {"since": NOON - timedelta(days=1), "until": NOON + timedelta(days=1)}


def say(
    db: store.Database, *who: str, text: str = TEXT, every: timedelta = timedelta(minutes=10), source: str = "a"
) -> None:
    judged = analysis(text, places=(location("Köln"),), sketch=sketch(tokenize(text)))
    posts: list[Post] = [
        post(text, author=name, source=source, created_at=NOON - i * every) for i, name in enumerate(who)
    ]
    add(db, *((each, judged) for each in posts))


def test_three_authors_with_one_text_within_an_hour_are_a_campaign(db: store.Database) -> None:
    say(db, "kim", "lee", "sam")
    (campaign,) = campaigns(db, **PERIOD)
    assert (campaign.authors, campaign.posts, campaign.sources, campaign.text) == (3, 3, ("a",), TEXT)
    assert (campaign.since, campaign.until) == (NOON - timedelta(minutes=20), NOON)
    assert len(complaints(db)) == 3  # flagged, not taken away


def test_two_authors_the_same_author_thrice_or_three_in_two_hours_are_none(db: store.Database) -> None:
    say(db, "kim", "lee", "kim", text=TEXT)
    say(
        db,
        "kim",
        "lee",
        "sam",
        text="Bei o2 brechen mir in Bonn und Umgebung ständig alle Gespräche ab",
        every=timedelta(minutes=31),
    )
    assert campaigns(db, **PERIOD) == []


def test_a_campaign_runs_across_networks_and_small_changes(db: store.Database) -> None:
    say(db, "kim", "lee")
    say(db, "sam", text="RT @kim " + TEXT + " https://a.example", source="b")
    (campaign,) = campaigns(db, **PERIOD)
    assert campaign.sources == ("a", "b")


def test_three_posts_that_name_nobody_may_be_one_person(db: store.Database) -> None:
    say(db, "", "", "")
    assert campaigns(db, **PERIOD) == []


def test_copies_count_once_an_author_in_a_place_and_once_in_early_warning(db: store.Database) -> None:
    say(db, "kim", "lee", "kim", "kim", every=timedelta(minutes=1))
    say(db, "kim", every=timedelta(minutes=1))
    (spot,) = rank(complaints(db), lambda _: None, UTC)
    assert spot.people == 2
    assert len(arrivals(sorted(complaints(db), key=lambda c: c.at), UTC)) == 1


def test_a_repost_on_the_next_day_is_not_another_complaint(db: store.Database) -> None:
    say(db, "kim", "kim", every=timedelta(days=1))
    (spot,) = rank(complaints(db), lambda _: None, UTC)
    assert spot.people == 1


def test_a_name_at_two_networks_is_two_authors_since_we_do_not_join_them(db: store.Database) -> None:
    say(db, "kim", source="a")
    say(db, "kim", source="b")
    (spot,) = rank(complaints(db), lambda _: None, UTC)
    assert spot.people == 2
    day = datetime(2026, 3, 2, tzinfo=UTC).date()
    assert {c.at.date() for c in arrivals(sorted(complaints(db), key=lambda c: c.at), UTC)} == {day}
    assert len(arrivals(complaints(db), UTC)) == 1  # for early warning one text is one
