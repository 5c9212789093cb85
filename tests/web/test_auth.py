from datetime import timedelta

from bot.web.auth import FREE, REMEMBERED, Guesses, form_token, is_form_token, new_key, stored_key
from tests.factories import NOON

ZERO = timedelta()


def test_after_five_wrong_guesses_one_waits_longer_and_longer() -> None:
    guesses = Guesses()
    for _ in range(FREE["both"] - 1):
        guesses.wrong("kim", "1.2.3.4", now=NOON)
    assert guesses.wait("kim", "1.2.3.4", now=NOON) <= ZERO
    waits = []
    for _ in range(9):
        guesses.wrong("kim", "1.2.3.4", now=NOON)
        waits.append(guesses.wait("kim", "1.2.3.4", now=NOON))
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=15), timedelta(minutes=15))
    assert guesses.wait("kim", "1.2.3.4", now=NOON + timedelta(minutes=15)) <= ZERO


def test_nobody_keeps_the_owner_of_a_name_out_from_elsewhere() -> None:
    guesses = Guesses()
    for _ in range(20):
        guesses.wrong("kim", "6.6.6.6", now=NOON)
    assert guesses.wait("kim", "6.6.6.6", now=NOON) > ZERO
    assert guesses.wait("kim", "1.2.3.4", now=NOON) <= ZERO


def test_who_tries_many_names_from_one_place_waits_too() -> None:
    guesses = Guesses()
    for number in range(FREE["address"]):
        guesses.wrong(f"name{number}", "6.6.6.6", now=NOON)
    assert guesses.wait("another", "6.6.6.6", now=NOON) > ZERO


def test_the_right_password_forgives_and_memory_is_bounded() -> None:
    guesses = Guesses()
    for _ in range(FREE["both"]):
        guesses.wrong("kim", "1.2.3.4", now=NOON)
    guesses.right("kim", "1.2.3.4")
    assert guesses.wait("kim", "1.2.3.4", now=NOON) <= ZERO
    for number in range(REMEMBERED):
        guesses.wrong(f"name{number}", f"address {number}", now=NOON)
    assert len(guesses._wrong) == REMEMBERED


def test_what_is_stored_opens_nothing_and_each_visit_has_a_form_token_of_its_own() -> None:
    key, other = new_key(), new_key()
    assert key not in stored_key(key)
    assert is_form_token(key, form_token(key))
    assert not is_form_token(key, form_token(other))
    assert not is_form_token(key, "ünknown")
