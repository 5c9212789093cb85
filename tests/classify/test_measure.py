import pytest

from bot.classify.measure import Gold, gold, interval, prf, table
from bot.domain import Analysis, Band, Cause, Symptom
from tests.factories import analysis, verdict


def says(band: Band, *symptoms: Symptom, cause: Cause | None = None) -> Analysis:
    return analysis(verdict=verdict(band=band, symptoms=symptoms, cause=cause))


def test_precision_recall_and_f1() -> None:
    rows = [(True, True, 1.0), (True, False, 1.0), (False, True, 1.0), (False, True, 1.0), (False, False, 1.0)]
    assert prf(rows) == (1 / 3, 1 / 2, 2 / 5)
    assert prf([]) == (0.0, 0.0, 0.0)


def test_a_sampled_stratum_weighs_as_much_as_it_stands_for() -> None:
    rows = [gold({"band": "A", "stratum": "N"}), gold({"band": "D", "stratum": "O"})]
    figures = {figure.name.strip(): figure for figure in table([(row, says(Band.A)) for row in rows])}
    assert figures["capacity (A or B)"].value == pytest.approx(2 / 3)
    assert figures["weighted to the stream"].value == pytest.approx(2 / (1 + 15.4))


def test_a_file_without_complaints_tells_of_false_alarms_only() -> None:
    (first, *_) = table([(Gold(Band.D), says(Band.A)), (Gold(Band.D), says(Band.D))])
    assert (first.value, first.detail) == (None, "none wanted, 1 false alarms (50.00%)")


def test_symptom_and_cause_count_where_both_saw_trouble() -> None:
    pairs = [
        (Gold(Band.A, ("slow_data",), "congestion"), says(Band.B, Symptom.SLOW_DATA, cause=Cause.CONGESTION)),
        (Gold(Band.A, ("slow_data",), "congestion"), says(Band.A, Symptom.NO_SERVICE, cause=Cause.UNCLEAR)),
        (Gold(Band.A, ("slow_data",), "congestion"), says(Band.D)),
        (Gold(Band.B, ("no_service",), "unclear"), says(Band.A, Symptom.NO_SERVICE)),
    ]
    values = {figure.name: (figure.value, figure.count) for figure in table(pairs)}
    assert values["main symptom, where both A or B"] == (pytest.approx(2 / 3), 3)
    assert values["cause, where one is named"] == (0.5, 2)


def test_the_interval_holds_the_figure_and_is_the_same_again() -> None:
    rows = [(at % 3 == 0, at % 3 == 0 or at % 7 == 0, 1.0) for at in range(90)]
    low, high = interval(rows)
    assert low < prf(rows)[2] < high
    assert interval(rows) == (low, high)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"band": "E"}, "`band` must be A, B, C or D, got 'E'"),
        ({}, "got None"),
        ({"band": "A", "cause": "weather"}, "`cause` 'weather' is not known"),
        ({"band": "A", "symptoms": ["slow"]}, "`symptoms` 'slow' is not known"),
    ],
)
def test_a_label_that_cannot_be_says_what_is_wrong(row: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        gold(row)
    assert message in str(caught.value)
