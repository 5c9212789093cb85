"""The chart of the days as a picture for mail, drawn by a child process that ends: matplotlib would cost the daemon 32 MB
for good. Pages have their own (`bars`)."""

import base64
import io
import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from ..watch.coverage import Heard
from .model import DayDigest
from .words import Words

log = logging.getLogger("brennpunkt")

TIMEOUT_S = 30.0
INK = "#000000"
DARK, LIGHT = "#3a6ea5", "#c9dcf0"  # far enough apart in grey; the lighter one is hatched as well


def draw_days(digest: DayDigest, languages: Sequence[Words]) -> dict[str, bytes]:
    """A PNG on white in every language; empty where it cannot be drawn, which is logged: the pages then show a line of text."""
    specs = {words.lang: _spec(digest, words) for words in languages}
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, no shell
            [sys.executable, "-m", __name__],
            input=json.dumps(specs).encode(),
            capture_output=True,
            timeout=TIMEOUT_S,
            check=True,
        )
        drawn = json.loads(done.stdout)
        return {lang: base64.b64decode(png) for lang, png in drawn.items()}
    except subprocess.CalledProcessError as error:
        last = error.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        log.warning("the chart could not be drawn (%s); the digest shows it as text", last[0])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        log.warning("the chart could not be drawn (%s); the digest shows it as text", error)
    return {}


def _spec(digest: DayDigest, words: Words) -> dict[str, Any]:
    step = max(len(digest.series) // 7, 1)
    last = len(digest.series) - 1
    return {
        "found": [count.found for count in digest.series],
        "filed": [count.filed for count in digest.series],
        "missing": [count.heard is Heard.NOTHING for count in digest.series],
        "ticks": {n: words.date(digest.series[n].day, "short_date") for n in range(last % step, last + 1, step)},
        "names": {key: words.say(f"digest.chart.{key}") for key in ("found", "filed", "no_data")},
        "thousands": words.number(1000)[1:2],
    }


def _draw(spec: dict[str, Any]) -> bytes:
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
        axes.scatter(
            gaps, [top * 0.04] * len(gaps), marker="x", color=INK, s=18, linewidth=1, label=spec["names"]["no_data"]
        )
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
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=190)
    return out.getvalue()


def main() -> None:
    """Specs on standard input, pictures on standard output, by language."""
    specs = json.load(sys.stdin)
    pictures = {lang: base64.b64encode(_draw(spec)).decode() for lang, spec in specs.items()}
    json.dump(pictures, sys.stdout)


if __name__ == "__main__":
    main()
