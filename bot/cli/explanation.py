"""A judgement as a person reads it in a terminal: the words it rests on, what spoke against, and what follows from it."""

from rich.console import Console
from rich.text import Text

from ..domain import Analysis, Band, Relation
from ..store.posts import skip_reason

MEANING = {
    Band.A: "capacity likely",
    Band.B: "capacity possible",
    Band.C: "other network trouble",
    Band.D: "no network trouble",
}
STYLE = {Band.A: "bold red", Band.B: "yellow", Band.C: "cyan", Band.D: "dim"}


def show(analysis: Analysis, console: Console | None = None, reply: str = "") -> None:
    """Print an analysis and, where given, what would become of a reply. Colours only where the terminal has them."""
    console = console or Console(highlight=False)
    verdict = analysis.verdict
    console.print(_marked(analysis))
    console.print()
    for name, value in _lines(analysis) + ([("reply", Text(reply))] if reply else []):
        console.print(Text(f"  {name:<10} ", style="dim"), value, sep="")
    for title, spans in (("because", verdict.evidence), ("against", verdict.against)):
        for span in spans:
            console.print(
                Text(f"  {title:<10} ", style="dim"),
                Text(f"“{_plain(span.text)}”  "),
                Text(span.why, style="dim"),
                sep="",
            )
    for place in analysis.places:
        where = ", ".join(part for part in (place.district, place.city, place.state) if part) or place.text
        detail = f"  {place.kind}, {place.rule}, {place.confidence:.2f}"
        console.print(
            Text("  place      ", style="dim"),
            Text(f"“{_plain(place.text)}”  {where}"),
            Text(detail, style="dim"),
            sep="",
        )
    if not analysis.places and verdict.band is not Band.D:
        console.print(
            Text("  place      ", style="dim"), Text("none named: a reply would ask for city and district"), sep=""
        )


def consequence(analysis: Analysis) -> str:
    """What the program does with such a post."""
    if (reason := skip_reason(analysis)) is not None:
        return f"nothing: {reason}"
    if analysis.carrier.relation is Relation.OTHER:
        return "counts in the comparison with other carriers only"
    if analysis.verdict.band in (Band.A, Band.B):
        return "counts in the capacity list and in early warning"
    cause = analysis.verdict.cause
    return f"counts as other network trouble ({cause})" + (", and in early warning" if cause == "outage" else "")


def _lines(analysis: Analysis) -> list[tuple[str, Text]]:
    verdict = analysis.verdict
    carrier = {Relation.OWN: "ours", Relation.OTHER: "another carrier's", Relation.NONE: "no carrier named"}[
        analysis.carrier.relation
    ]
    name = f" ({analysis.carrier.name})" if analysis.carrier.name else ""
    band = Text(f"{verdict.band} {MEANING[verdict.band]}", style=STYLE[verdict.band])
    rows = [
        ("band", band + Text(f"  score {verdict.score:.2f}")),
        ("network", Text(carrier + name)),
        ("language", Text(analysis.lang)),
    ]
    if verdict.band is not Band.D:
        rows.append(("what", Text(", ".join(verdict.symptoms) or "not said")))
        rows.append(("cause", Text(str(verdict.cause))))
        rows.append(("severity", Text(f"{verdict.severity} of 4, tone {analysis.tone:+d}")))
    if verdict.doubt:
        rows.append(
            (
                "in doubt",
                Text(f"{verdict.doubt.reason} ({verdict.doubt.gap:.2f} from it): goes to review", style="magenta"),
            )
        )
    rows.append(("then", Text(consequence(analysis))))
    return rows


def _marked(analysis: Analysis) -> Text:
    text = Text(_plain(analysis.text))
    for span in analysis.verdict.evidence:
        text.stylize("bold underline", span.start, span.end)
    for span in analysis.verdict.against:
        text.stylize("strike", span.start, span.end)
    for place in analysis.places:
        text.stylize("green underline", place.start, place.end)
    return text


def _plain(text: str) -> str:
    """One character for one, without escape sequences."""
    return "".join(c if c.isprintable() else " " for c in text)
