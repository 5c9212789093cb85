from datetime import timedelta

from bot.digest.day import plan_day
from bot.digest.model import State
from bot.domain import Band, Gap, Symptom
from bot.watch.coverage import Heard, coverage
from tests.digest.factories import DAY, MORNING_AFTER, ZONE, days_before, inputs, local, usual_day
from tests.factories import complaint


def test_capacity_outages_and_other_trouble_share_no_figure() -> None:
    digest = plan_day(inputs())
    assert (digest.people.today, digest.outages.today, digest.other_trouble.today) == (28, 1, 2)
    assert digest.people.today == digest.found.today + digest.filed.today


def test_a_person_counts_once_a_day_however_often_they_write() -> None:
    history = [c for day in days_before(9) for c in usual_day(day)]
    again = [complaint(at=local(DAY, 9 + n), who="kim", band=Band.B if n else Band.A) for n in range(5)]
    digest = plan_day(inputs(complaints=history + again))
    assert (digest.people.today, digest.unsure) == (1, 0)
    assert [mix.people for mix in digest.mix] == [1]


def test_the_mix_is_of_people_with_several_answers_each_and_moves() -> None:
    mix = {row.symptom: row for row in plan_day(inputs()).mix}
    stall = mix[Symptom.DATA_STALL]
    assert stall.people == 20
    assert round(stall.share, 2) == 0.71
    assert round(stall.before or 0, 2) == 0.33
    assert sum(row.share for row in mix.values()) > 1


def test_a_day_with_a_gap_is_not_compared_with() -> None:
    gap = Gap("mastodon-social", local(DAY, -20), local(DAY, -10), "away")
    digest = plan_day(inputs(gaps=(gap,)))
    assert digest.people.yesterday is None
    assert (digest.people.usual, digest.people.days) == (12.0, 6)
    assert [place.spot.trend for place in digest.places] == [None, None]


def test_no_data_is_told_from_no_complaints() -> None:
    quiet = plan_day(inputs(complaints=[c for c in inputs().complaints if c.at < local(DAY, 0)]))
    assert (quiet.state, quiet.people.today, quiet.series[-1].heard) == (State.WHOLE, 0, Heard.ALL)
    away = Gap("mastodon-social", local(DAY, 0), None, "away")
    assert plan_day(inputs(gaps=(away,))).state is State.NOTHING
    assert plan_day(inputs(history=0, complaints=[], span=None)).state is State.EMPTY
    assert plan_day(inputs(written_at=local(DAY, -1))).state is State.AHEAD
    assert plan_day(inputs(written_at=local(DAY, 12))).counted_until == local(DAY, 12)


def test_an_archive_is_compared_only_with_days_it_shows() -> None:
    seen = [("archive", local(day, hour)) for day in [*days_before(3), DAY] for hour in (0, 12, 23)]
    complaints = [c for day in [*days_before(3), DAY] for c in usual_day(day)]
    digest = plan_day(inputs(complaints=complaints, known=coverage(seen, {}, [], ZONE, local(DAY, 24)), live=False))
    assert (digest.history_days, digest.people.days, digest.people.yesterday) == (3, 3, 12)
    assert [count.heard for count in digest.series[-5:]] == [Heard.NOTHING, *[Heard.ALL] * 4]


def test_the_day_is_the_carriers_not_utc() -> None:
    late = complaint(at=local(DAY, 23.9), who="late")
    early = complaint(at=local(DAY, 24.1), who="early")
    digest = plan_day(inputs(complaints=[late, early], written_at=MORNING_AFTER + timedelta(days=1)))
    assert digest.people.today == 1


def test_other_carriers_explain_a_rise_only_when_theirs_is_more_than_an_echo() -> None:
    calm = [("Telekom", local(day, 12), f"{day}") for day in days_before(8)]
    few = [("Telekom", local(DAY, 12), f"{n}") for n in range(2)]
    many = [("Telekom", local(DAY, 12), f"{n}") for n in range(30)]
    assert plan_day(inputs(others=calm + few)).only_us is True
    assert plan_day(inputs(others=calm + many)).only_us is False
    assert plan_day(inputs(others=[])).only_us is None


def test_an_incident_of_the_day_is_told_and_one_of_last_week_is_not() -> None:
    (spike,) = plan_day(inputs()).spikes
    assert spike.places == (("Köln", 16),)
    assert plan_day(inputs(day=DAY + timedelta(days=2), written_at=MORNING_AFTER + timedelta(days=2))).spikes == ()
