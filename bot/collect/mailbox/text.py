"""What somebody wrote in a mail, without what they quote, their signature, and what their program adds."""

import re

from ...text import MAX_CHARS

MAX_LINES = 2_000

_QUOTED = re.compile(r"\s{0,3}>")
# "Am 2. März 2026 um 14:05 schrieb Kim <kim@…>:", "On Mon, … wrote:", in one to three lines
_ATTRIBUTION_BEGINS = re.compile(r"\s*(?:Am|On|Le|Den)\b.{0,200}", re.IGNORECASE)
_ATTRIBUTION_ENDS = re.compile(r"\b(?:schrieb|geschrieben|wrote|a écrit|skrev)\b.{0,160}:\s*$", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"""\s*(?:-{2,}|_{2,})\s*
          (?:Urspr(?:ü|ue)ngliche\ Nachricht|Original(?:\ Message|nachricht)?|Weitergeleitete\ Nachricht|Forwarded\ message).{0,60}
      | \s*_{20,}\s*$
      | \s*(?:Anfang\ der\ weitergeleiteten\ Nachricht|Begin\ forwarded\ message):""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADER = re.compile(
    r"\s*\*?(?:Von|From|Gesendet|Sent|An|To|Cc|Kopie|Betreff|Subject|Datum|Date|Antwort an|Reply-To)\*?\s*:",
    re.IGNORECASE,
)
_SENDER = re.compile(r"\s*\*?(?:Von|From)\*?\s*:\s*\S", re.IGNORECASE)
_DEVICE = re.compile(
    r"""\s*(?:
        (?:Diese\ (?:Nachricht|E-?Mail)\ wurde\ )?gesendet\ (?:von|mit|aus)\b.{0,120}
      | (?:Diese\ (?:Nachricht|E-?Mail)\ wurde\ )?von\ (?:mein\w{0,3}|.{1,30}\ aus)\ .{1,40}\ gesendet.{0,10}
      | (?:sent\ from|sent\ with|get\ outlook\ for)\b.{0,120}
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_CLOSING = re.compile(
    r"""\s*(?:
        (?:(?:mit|viel|best|lieb|herzlich|sch(?:ö|oe)n|freundlich|many)\w{0,2}\ )*
          gr(?:ü|ue)(?:ß|ss)en?(?P<from>\s+(?:aus|from)\s+[^,.;!?\n]{2,60})?
      | (?:kind|best|warm|many)?\s*regards
      | yours\ (?:sincerely|faithfully|truly)
      | sincerely(?:\ yours)? | cheers | hochachtungsvoll | mfg | lg | vg | bg
    )(?:[,.!;\s].{0,60})?$""",
    re.IGNORECASE | re.VERBOSE,
)


def own_words(body: str, *, forwarded: bool = False) -> str:
    """The part of a plain body that its sender wrote. Of a forwarded mail without a word of theirs: what was forwarded.

    A closing ends the text, since names, addresses and numbers follow it; "Grüße aus Köln" leaves its place behind.
    """
    lines = [line.rstrip().replace("\xa0", " ")[:MAX_CHARS] for line in body.split("\n", MAX_LINES)[:MAX_LINES]]
    kept, rest = _until_the_quote(lines)
    text = _without_signature(kept)
    if not text and forwarded:
        text = _without_signature(
            [line.lstrip("> ") for line in rest if not _HEADER.match(line.lstrip("> ")) and not _ORIGINAL.match(line)]
        )
    return text


def _until_the_quote(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines before what is quoted in one piece, and those from there on. Answers between quoted lines are kept."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if _ORIGINAL.match(line) or (
            _SENDER.match(line) and sum(1 for each in lines[at : at + 6] if _HEADER.match(each)) >= 3
        ):
            return kept, lines[at:]
        if _QUOTED.match(line):
            at += 1
            continue
        if length := _attribution(lines, at):
            following = next((each for each in lines[at + length :] if each.strip()), "")
            if not _QUOTED.match(following):
                return kept, lines[at + length :]
            at += length
            continue
        kept.append(line)
        at += 1
    return kept, [line for line in lines if _QUOTED.match(line)]


def _attribution(lines: list[str], at: int) -> int:
    """How many lines say who wrote what is quoted below; 0: none does."""
    if not _ATTRIBUTION_BEGINS.match(lines[at]):
        return 0
    for length in (1, 2, 3):
        whole = " ".join(lines[at : at + length])[:600]
        if _ATTRIBUTION_ENDS.search(whole) and re.search(
            r"[\d@]", whole
        ):  # else it may be a sentence: "Am Bahnhof schrieb sie:"
            return length
    return 0


def _without_signature(lines: list[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if line in ("--", "-- ") or line.strip() in ("--", "—", "––") or _DEVICE.match(line):
            break
        if kept and (closing := _CLOSING.match(line)):
            if closing["from"]:
                kept.append(closing["from"].strip())
            break
        kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
