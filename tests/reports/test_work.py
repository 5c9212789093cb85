from datetime import timedelta
from hashlib import sha256

from bot.reports.receipt import BYTES, normal_receipt, receipt_number
from bot.reports.work import LONGEST, VALID, make_task, solved
from tests.factories import NOON, solve


def sign(text: str) -> str:
    return sha256(f"key {text}".encode("utf-8", "replace")).hexdigest()


def test_a_solved_task_is_told_from_an_unsolved_a_forged_and_an_old_one() -> None:
    task = make_task("aa", 37, 100, sign, now=NOON)
    answer = solve(task)
    assert solved(answer, sign, now=NOON) == task.salt
    assert solved(answer.replace(" 37 ", " 38 "), sign, now=NOON) is None
    assert solved(answer, lambda text: sign(f"other {text}"), now=NOON) is None
    assert solved(answer, sign, now=NOON + VALID) is None
    later = answer.replace(task.salt, f"aa.{int((NOON + timedelta(days=9)).timestamp())}")
    assert solved(later, sign, now=NOON) is None


def test_nothing_that_is_sent_instead_of_a_solution_breaks_it() -> None:
    for hostile in ("", " ", "a b c", "a 1 ü", "\ud800 1 x", "x" * (LONGEST + 5), "a ١ b", f"a {'9' * 50} b", "a -1 b"):
        assert solved(hostile, sign, now=NOON) is None


def test_a_receipt_is_read_however_it_was_typed() -> None:
    number = receipt_number(bytes(range(BYTES)))
    assert normal_receipt(number) == number
    assert normal_receipt(f" {number.lower().replace('-', ' ')} ") == number
    assert normal_receipt(number[:-1]) == normal_receipt("") == normal_receipt("K7QF") == ""
    assert len({receipt_number(bytes([n] * BYTES)) for n in range(256)}) == 256
