import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot.classify.tone import compile_tone, tone
from bot.errors import RuleError
from bot.text import prepare, tokenize

FILE = Path(__file__).parents[2] / "config" / "rules" / "tone.toml"
LEXICON = compile_tone(tomllib.loads(FILE.read_text("utf-8")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ihr seid so ein Saftladen", -2),
        ("Kündigung ist raus", -2),
        ("I am cancelling my contract", -2),
        ("Danke für nichts", -1),
        ("this is ridiculous", -1),
        ("Danke für die schnelle Hilfe", 1),
        ("Der Mast steht in Köln", 0),
        ("", 0),
    ],
)
def test_the_harshest_word_sets_the_tone(text, expected):
    assert tone(tokenize(prepare(text)), LEXICON) == expected


def test_textblob_is_not_loaded_before_it_is_needed():
    code = "import sys, bot.classify.tone; print('textblob' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "False"
    )


@pytest.mark.parametrize("value", [2, -3, True, "1"])
def test_a_tone_outside_its_range_is_refused(value):
    with pytest.raises(RuleError, match="rule x: tone must be"):
        compile_tone({"rule": [{"name": "x", "find": ["netz"], "tone": value}]})
