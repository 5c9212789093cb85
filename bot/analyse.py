"""One post to one Analysis: the heart of the program.

Pure: the same post and the same judge give the same answer, inside the daemon, over an archive, in a test, on a cluster.

    text → prepared → tokens → language → places → verdict → whose network → tone → sketch
"""

from dataclasses import dataclass
from typing import Any

from .classify.carrier import Carriers, relation
from .classify.doubt import doubted
from .classify.duplicates import sketch
from .classify.language import language
from .classify.rules import Rules, judge_text
from .classify.tone import ToneLexicon, tone
from .domain import Analysis, Band, Post
from .locate.gazetteer import Gazetteer
from .locate.hints import find_places
from .text import prepare, tokenize


@dataclass(frozen=True, slots=True)
class Judge:
    """All that a judgement rests on, loaded once at the edge (`config.load_judge`)."""

    carriers: Carriers
    rules: Rules
    gazetteer: Gazetteer
    lexicon: ToneLexicon


def analyse(post: Post, judge: Judge) -> Analysis:
    """What is said about one post. Never raises on any text."""
    tokens = tokenize(prepare(post.text, keep=judge.carriers.handles))
    lang = language(tokens, post.lang)
    places = find_places(tokens, judge.gazetteer)
    verdict = doubted(judge_text(tokens, lang, places, judge.rules), judge.rules.model)
    return Analysis(
        text=tokens.text,
        carrier=relation(tokens, post, verdict, judge.carriers),
        lang=lang,
        verdict=verdict,
        tone=tone(tokens, judge.lexicon, annoyed=verdict.annoyed),
        places=places,
        sketch=() if verdict.band is Band.D else sketch(tokens),
    )


def as_row(native: object, analysis: Analysis) -> dict[str, Any]:
    """An Analysis as the one flat JSON object that `brennpunkt analyse` promises. `native` is the id as it came."""
    verdict = analysis.verdict
    return {
        "id": native,
        "carrier": analysis.carrier.relation,
        "carrier_name": analysis.carrier.name,
        "lang": analysis.lang,
        "band": verdict.band,
        "score": round(verdict.score, 4),
        "symptoms": list(verdict.symptoms),
        "cause": verdict.cause,
        "technology": verdict.technology,
        "severity": verdict.severity,
        "tone": analysis.tone,
        "evidence": [{"start": s.start, "end": s.end, "text": s.text, "why": s.why} for s in verdict.evidence],
        "places": [
            {
                "start": place.start,
                "end": place.end,
                "text": place.text,
                "kind": place.kind,
                "city": place.city,
                "district": place.district,
                "postcode": place.postcode,
                "state": place.state,
                "lat": place.lat,
                "lon": place.lon,
                "confidence": place.confidence,
                "rule": place.rule,
            }
            for place in analysis.places
        ],
    }
