"""The chart of the days as SVG, written by hand: a page view must not wait for a drawing library."""

from html import escape

from ..watch.coverage import Heard
from .model import DayCount, DayDigest
from .words import Words

WIDTH, HEIGHT = 440, 190  # small, so that its letters stay readable on a phone
LEFT, TOP, BOTTOM = 44, 26, 26
DARK, LIGHT = "#3a6ea5", "#c9dcf0"  # far enough apart in grey; the lighter one is hatched as well


def draw_bars(digest: DayDigest, words: Words) -> str:
    """Found people, and filed ones above them, for every day; a point where nobody listened. Takes the page's text colour."""
    series = digest.series
    top = _top(max((count.total for count in series), default=0))
    each = (WIDTH - LEFT) / max(len(series), 1)
    parts = [_axis(top, words)]
    parts += [_day(count, LEFT + number * each, each, top) for number, count in enumerate(series)]
    last = len(series) - 1
    for number in range(last % 7, last + 1, 7):  # the day's own weekday
        x, anchor = LEFT + (number + 0.5) * each, "middle"
        if number == last:
            x, anchor = float(WIDTH), "end"
        parts.append(_text(x, HEIGHT - 8, words.date(series[number].day, "short_date"), anchor))
    parts += _legend(digest, words)
    hatch = (
        '<pattern id="filed" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="5" height="5" fill="{LIGHT}"/><path d="M0 0V5" stroke="{DARK}"/></pattern>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' font-size="13" font-family="sans-serif" fill="currentColor"><defs>{hatch}</defs>{"".join(parts)}</svg>'
    )


def _top(highest: int) -> int:
    """The end of the axis: four even steps, in whole people."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if 4 * factor * power >= highest:
                return 4 * factor * power
        power *= 10


def _y(value: float, top: int) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def _axis(top: int, words: Words) -> str:
    lines = []
    for step in range(5):
        y = _y(step * top / 4, top)
        lines.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH}" stroke="currentColor" stroke-opacity="{0.6 if step == 0 else 0.15}"/>'
        )
        lines.append(_text(LEFT - 6, y + 4, words.number(step * top // 4), "end"))
    return "".join(lines)


def _day(count: DayCount, x: float, each: float, top: int) -> str:
    if count.heard is Heard.NOTHING:
        return _text(x + each / 2, _y(0, top) - 3, "·", "middle")
    left, width = x + each * 0.13, each * 0.74
    base, middle, high = _y(0, top), _y(count.found, top), _y(count.total, top)
    return _bar(left, middle, width, base - middle, DARK) + _bar(left, high, width, middle - high, "url(#filed)")


def _bar(x: float, y: float, width: float, height: float, fill: str) -> str:
    if height <= 0:
        return ""
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {shape} fill="{fill}" stroke="{DARK}" stroke-width=".5"/>'


def _legend(digest: DayDigest, words: Words) -> list[str]:
    shown = []
    if any(count.filed for count in digest.series):
        shown += [("found", DARK), ("filed", "url(#filed)")]
    if any(count.heard is Heard.NOTHING for count in digest.series):
        shown.append(("no_data", ""))
    parts, x = [], float(LEFT)
    for key, fill in shown:
        name = words.say(f"digest.chart.{key}")
        parts.append(_bar(x, 6, 10, 10, fill) if fill else _text(x + 5, 15, "·", "middle"))
        parts.append(_text(x + 15, 15, name, "start"))
        x += 30 + 6.6 * len(name)
    return parts


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
