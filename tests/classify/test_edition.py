"""`rejudge` finds old judgements by the version of the rules, and code that decides is part of it."""

import hashlib
import io
import tokenize
from pathlib import Path

from bot.classify import causes, cues, decide

SAID = (4, "346daa1b")  # the edition, and what the code said then
LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}


def test_who_changes_how_finds_become_a_verdict_thinks_of_the_edition() -> None:
    digest = hashlib.sha256()
    for module in (causes, cues, decide):
        source = Path(str(module.__file__)).read_bytes()
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type not in LAYOUT and not token.string.startswith('"""'):
                digest.update(token.string.encode() + b"\0")
    assert (decide.EDITION, digest.hexdigest()[:8]) == SAID, (
        "the code says something else: raise EDITION, so that `rejudge` goes over old posts, or leave it where no"
        " verdict changes; then write both here"
    )
