"""Order and completeness, beyond what the contract asks of every source."""

from datetime import timedelta

import pytest

from bot.collect import Page
from bot.domain import Gap
from bot.errors import SourceError
from tests.servers.mastodon import EPOCH, FAULTS, FakeMastodon

from .asking import NOW, collect, settings, source, texts


def test_a_post_that_arrives_late_behind_our_place_is_still_found(fake: FakeMastodon) -> None:
    for _ in range(5):
        fake.publish("o2")
    _, cursor = collect(settings(fake), now=EPOCH)
    for hour in range(1, 9):
        fake.publish("o2", f"Stunde {hour}", at=EPOCH + timedelta(hours=hour))
        _, cursor = collect(settings(fake), cursor, now=EPOCH + timedelta(hours=hour, minutes=1))
    fake.publish("o2", "verspätet", at=EPOCH + timedelta(hours=2, minutes=30))
    pages, _ = collect(settings(fake), cursor, now=EPOCH + timedelta(hours=8, minutes=2))
    assert "verspätet #o2" in texts(pages)


def test_the_cursor_stays_small_however_long_it_runs(fake: FakeMastodon) -> None:
    cursor = None
    for run in range(40):
        now = EPOCH + timedelta(minutes=40 * run)
        fake.publish("o2", at=now)
        _, cursor = collect(settings(fake), cursor, now=now)
    assert cursor is not None
    assert len(cursor) < 1200
    fake.asked.clear()
    collect(settings(fake), cursor, now=EPOCH + timedelta(hours=27))
    assert len(fake.asked) <= 4  # the instance, upwards, the overlap: the load on the instance stays small too


def test_a_busy_overlap_does_not_keep_new_posts_waiting(fake: FakeMastodon) -> None:
    fake.page = 5
    chosen = settings(fake, max_pages=2)
    cursor = None
    for number in range(60):
        now = EPOCH + timedelta(minutes=10 * number)
        fake.publish("o2", f"Nummer {number}", at=now)
        pages, cursor = collect(chosen, cursor, now=now)
        assert f"Nummer {number} #o2" in texts(pages)
    late = fake.publish("o2", "verspätet", at=EPOCH + timedelta(minutes=505))
    for minute in range(15):  # the overlap is longer than a run may read, so it takes several
        pages, cursor = collect(chosen, cursor, now=EPOCH + timedelta(minutes=600 + minute))
        if late["uri"] in {post.id.native for page in pages for post in page.posts}:
            return
    pytest.fail("never read")


def test_a_first_run_reads_the_newest_and_says_where_it_stopped(fake: FakeMastodon) -> None:
    fake.page = 5
    for number in range(30):
        fake.publish("o2", str(number))
    pages, cursor = collect(settings(fake, max_pages=2))
    assert texts(pages) == [f"{number} #o2" for number in range(29, 19, -1)]
    assert [page.cursor is None for page in pages] == [True, True, False]
    assert any("what is older stays unread" in warning for page in pages for warning in page.warnings)
    assert cursor is not None


def test_more_than_a_run_may_read_is_said_and_comes_next_time(fake: FakeMastodon) -> None:
    fake.page = 5
    chosen = settings(fake, max_pages=2)
    fake.publish("o2")
    fake.publish("o2")
    _, cursor = collect(chosen)
    for number in range(17):
        fake.publish("o2", str(number))
    first, cursor = collect(chosen, cursor)
    second, cursor = collect(chosen, cursor)
    assert [any(page.truncated for page in pages) for pages in (first, second)] == [True, False]
    assert {f"{number} #o2" for number in range(17)} <= {*texts(first), *texts(second)}


@pytest.mark.parametrize("published", [12, 60])
def test_a_server_that_lost_our_place_is_read_from_its_end_and_a_hole_is_a_gap(
    fake: FakeMastodon, published: int
) -> None:
    fake.page = 5
    chosen = settings(fake, max_pages=4)
    for _ in range(3):
        fake.publish("o2")
    _, cursor = collect(chosen, now=NOW)
    fake.forgets = {row["id"] for row in fake.tags["o2"]}
    fake.tags["o2"] = []
    for number in range(published):
        fake.publish("o2", str(number), at=NOW + timedelta(minutes=number))
    pages, cursor = collect(chosen, cursor, now=NOW + timedelta(hours=2))
    gaps = [gap for page in pages for gap in page.gaps]
    if published == 12:
        assert len(texts(pages)) == 12
        assert gaps == []
    else:
        assert len(texts(pages)) == 20
        assert gaps == [Gap("m", NOW, NOW + timedelta(minutes=40), "more posts with #o2 than one run reads")]
        assert any(page.truncated for page in pages)
    fake.publish("o2", "danach", at=NOW + timedelta(hours=2))
    assert "danach #o2" in texts(collect(chosen, cursor, now=NOW + timedelta(hours=3))[0])


def test_an_answer_without_posts_neither_counts_as_news_nor_forgets_our_place(fake: FakeMastodon) -> None:
    for _ in range(4):
        fake.publish("o2")
    _, cursor = collect(settings(fake), now=NOW)
    hidden, fake.tags["o2"] = fake.tags["o2"], []
    for hours in range(1, 30):
        pages, cursor = collect(settings(fake), cursor, now=NOW + timedelta(hours=hours))
        assert [w for page in pages for w in page.warnings] == ["m: shows no post with #o2; it did before"]
    fake.tags["o2"] = hidden
    fake.publish("o2", "während der Stille", at=NOW + timedelta(hours=5))
    assert "während der Stille #o2" in texts(collect(settings(fake), cursor, now=NOW + timedelta(hours=31))[0])


def test_a_deleted_newest_post_does_not_stop_the_reading(fake: FakeMastodon) -> None:
    for _ in range(3):
        fake.publish("o2")
    _, cursor = collect(settings(fake))
    fake.forgets = {fake.tags["o2"].pop()["id"]}
    fake.publish("o2", "neu")
    pages, cursor = collect(settings(fake), cursor)
    assert "neu #o2" in texts(pages)
    fake.publish("o2", "neuer")
    assert "neuer #o2" in texts(collect(settings(fake), cursor)[0])


def test_a_hashtag_added_later_is_read_from_its_end_and_one_removed_is_forgotten(fake: FakeMastodon) -> None:
    fake.publish("o2", "alt")
    fake.publish("blau", "dazu")
    _, cursor = collect(settings(fake))
    pages, cursor = collect(settings(fake, hashtags=("blau",)), cursor)
    assert texts(pages) == ["dazu #blau"]
    assert "#o2" not in str(cursor)


def test_one_bad_hashtag_does_not_starve_the_others(fake: FakeMastodon) -> None:
    fake.publish("o2", "eins")
    fake.publish("blau", "zwei")
    fake.faults = {1: FAULTS["500"]}
    seen: list[Page] = []
    with pytest.raises(SourceError, match=r"could not give posts with #o2 \(HTTP 500\)"):
        seen.extend(source(settings(fake, hashtags=("o2", "blau"))).pages(None))
    assert texts(seen) == ["zwei #blau"]
