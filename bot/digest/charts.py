"""The pictures of a mail, drawn by a child process that ends: matplotlib would cost the daemon 32 MB for good. Pages have
their own (`bars`, `locate.drawing`). Black and grey say all: mail is printed."""

import base64
import io
import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..locate.drawing import Sheet
from ..watch.coverage import Heard
from .model import DayDigest
from .words import Words

log = logging.getLogger("brennpunkt")

TIMEOUT_S = 30.0
INK = "#000000"
DARK, LIGHT = "#3a6ea5", "#c9dcf0"  # far enough apart in grey; the lighter one is hatched as well


def draw(
    digest: DayDigest, languages: Sequence[Words], sheet: Sheet | None = None, credit: str = ""
) -> dict[str, dict[str, bytes]]:
    """PNGs on white by language and name ("days", "map"); none where they cannot be drawn, which is logged: the mail then
    shows a line of text."""
    plain = {"sheet": asdict(sheet) if sheet else None, "credit": credit}
    specs = {words.lang: {"days": _spec(digest, words), "map": plain} for words in languages}
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, no shell
            [sys.executable, "-m", __name__],
            input=json.dumps(specs).encode(),
            capture_output=True,
            timeout=TIMEOUT_S,
            check=True,
        )
        drawn = json.loads(done.stdout)
        return {lang: {name: base64.b64decode(png) for name, png in each.items()} for lang, each in drawn.items()}
    except subprocess.CalledProcessError as error:
        last = error.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        log.warning("the pictures could not be drawn (%s); the digest shows them as text", last[0])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        log.warning("the pictures could not be drawn (%s); the digest shows them as text", error)
    return {}


def _spec(digest: DayDigest, words: Words) -> dict[str, Any]:
    last = len(digest.series) - 1
    return {
        "found": [count.found for count in digest.series],
        "filed": [count.filed for count in digest.series],
        "missing": [count.heard is Heard.NOTHING for count in digest.series],
        "ticks": {n: words.date(digest.series[n].day, "short_date") for n in range(last % 7, last + 1, 7)},
        "names": {key: words.say(f"digest.chart.{key}") for key in ("found", "filed", "no_data")},
        "thousands": words.number(1000)[1:2],
    }


def _days(spec: dict[str, Any]) -> bytes:
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    mpl.rcParams.update({"hatch.linewidth": 0.8, "text.color": INK, "axes.edgecolor": INK})
    figure = Figure(figsize=(6.8, 2.4), layout="constrained")
    axes = figure.subplots()
    days = range(len(spec["found"]))
    axes.bar(days, spec["found"], width=0.75, color=DARK, edgecolor=DARK, label=spec["names"]["found"])
    if any(spec["filed"]):
        axes.bar(
            days, spec["filed"], bottom=spec["found"], width=0.75, color=LIGHT, edgecolor=DARK, hatch="////",
            linewidth=0.5, label=spec["names"]["filed"],
        )  # fmt: skip
    top = max(max(a + b for a, b in zip(spec["found"], spec["filed"], strict=True)), 4)
    gaps = [day for day in days if spec["missing"][day]]
    if gaps:
        axes.scatter(gaps, [top * 0.04] * len(gaps), marker=".", color=INK, s=12, label=spec["names"]["no_data"])
    axes.set_xlim(-0.7, len(spec["found"]) - 0.3)
    axes.set_ylim(0, top * 1.08)
    axes.set_xticks([int(n) for n in spec["ticks"]], list(spec["ticks"].values()))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", spec["thousands"])))
    axes.tick_params(colors=INK, labelsize=9, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if any(spec["filed"]) or gaps:
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=9)
    return _png(figure)


def _map(sheet: dict[str, Any], credit: str) -> bytes:
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle

    mpl.rcParams.update({"text.color": INK})
    width, height = sheet["width"], sheet["height"] + 18
    figure = Figure(figsize=(width / 100, height / 100))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    for _, rings in sheet["borders"]:
        for ring in rings:
            axes.plot(*zip(*ring, strict=True), color="#808080", linewidth=0.5)
    if sheet["landmarks"]:
        x, y = zip(*sheet["landmarks"], strict=True)
        axes.scatter(x, y, s=2, color="#808080")
    for x, y, radius, _ in sheet["circles"]:
        axes.add_patch(Circle((x, y), radius, facecolor=(0.23, 0.43, 0.65, 0.45), edgecolor=INK, linewidth=0.7))
    sides = {"start": "left", "end": "right"}
    for x, y, anchor, text in sheet["labels"]:
        axes.text(x, y, text, fontsize=9.5, ha=sides[anchor], va="baseline")
    axes.text(8, height - 6, credit, fontsize=5)
    return _png(figure)


def _png(figure: Any) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=190)
    return out.getvalue()


def main() -> None:
    """Specs on standard input, pictures on standard output, by language and name."""
    specs = json.load(sys.stdin)
    drawn = {}
    for lang, spec in specs.items():
        pictures = {"days": _days(spec["days"])} if spec["days"]["found"] else {}
        if spec["map"]["sheet"]:
            pictures["map"] = _map(**spec["map"])
        drawn[lang] = {name: base64.b64encode(png).decode() for name, png in pictures.items()}
    json.dump(drawn, sys.stdout)


if __name__ == "__main__":
    main()
