import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from bot.classify.duplicates import KEPT, SAME, similarity, sketch
from bot.text import tokenize

TEXT = "Seit heute morgen geht in der ganzen Innenstadt von Mannheim bei o2 kein mobiles Internet mehr, was ist da los?"


def of(text):
    return sketch(tokenize(text))


def test_a_copy_with_other_handles_links_and_rt_is_the_same_text():
    assert similarity(of(TEXT), of(f"RT @jemand {TEXT} https://t.co/abc @o2de")) == 1.0


def test_a_copy_with_one_word_changed_is_still_close_and_another_complaint_is_not():
    assert similarity(of(TEXT), of(TEXT.replace("ganzen ", ""))) >= SAME
    assert similarity(of(TEXT), of("Am Hauptbahnhof in Hamburg lädt seit zwei Stunden keine einzige Seite mehr")) == 0.0


def test_short_texts_have_no_sketch_and_resemble_nothing():
    assert of("kein Netz hier") == ()
    assert similarity((), ()) == 0.0


def test_the_numbers_are_the_same_in_another_process():
    code = (
        f"from bot.classify.duplicates import sketch; from bot.text import tokenize; print(sketch(tokenize({TEXT!r})))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == str(of(TEXT))


@given(
    st.lists(
        st.sampled_from(["netz", "weg", "o2", "kein", "hier", "da", "immer", "wieder", "mal", "heute"]), max_size=40
    )
)
def test_a_sketch_is_small_sorted_fits_sqlite_and_equals_itself(words):
    found = of(" ".join(words))
    assert list(found) == sorted(set(found))
    assert len(found) <= KEPT
    assert all(0 <= value < 2**63 for value in found)
    assert not found or similarity(found, found) == 1.0
