"""Where the line lies between a complaint and none, on the sentences the weights were made with."""

import json

from bot.classify.cues import cues, sort_out
from bot.classify.decide import DOUBT
from bot.classify.language import language
from bot.classify.model import vocabulary
from bot.classify.rules import finds_in, judge_text
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.domain import Band
from bot.locate.hints import find_places
from bot.text import prepare, tokenize


def test_told_trouble_needs_no_more_than_the_line_and_a_guess_from_words_alone_needs_more() -> None:
    judge = load_judge(load_settings(shipped("o2-de.toml")), own=False)
    model = judge.rules.model
    assert model
    near: dict[bool, list[Band]] = {True: [], False: []}
    for name in ("de_complaints", "de_voices", "en_mixed", "resolved_asked", "de_negatives", "en_negatives"):
        for row in map(json.loads, shipped("seed", f"{name}.jsonl").read_text(encoding="utf-8").splitlines()):
            tokens = tokenize(prepare(row["text"], judge.rules.handles))
            spoken, places = language(tokens, row.get("lang")), find_places(tokens, judge.gazetteer)
            case = sort_out(finds_in(tokens, spoken, judge.rules), tokens.sentences, places)
            above = model.probability("capacity", cues(case), vocabulary(tokens)) - model.lines["capacity"]
            if 0 <= above < DOUBT:
                told = bool(case.strongest or case.asked)
                near[told].append(judge_text(tokens, spoken, places, judge.rules).band)
    assert len(near[True]) > 10
    assert set(near[True]) <= {Band.A, Band.B}
    assert not set(near[False]) & {Band.A, Band.B}
