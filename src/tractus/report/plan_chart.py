"""A session beside lying down as SVG, so that it prints without a script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tractus.report.markup import element
from tractus.report.texts import Texts

WIDTH, HEIGHT, LEFT, TOP, BELOW = 460.0, 280.0, 58.0, 10.0, 66.0
BLUE, INK, GREY, SOFT = "#0b5394", "#1f2933", "#d5dae0", "#e8f0f8"
BEFORE, AFTER = 5.0, 30.0  # minutes that are shown before and after the session


def chart(both: Mapping[str, Any], key: str, axis: str, name: str, words: Texts) -> str:
    """`key` (pressure or height) of a session and of lying in its place, over minutes."""
    times = [float(t) for t in both["t"]]
    inside = [i for i, t in enumerate(times) if -BEFORE <= t <= both["end"] + AFTER]
    x0, x1 = times[inside[0]], times[inside[-1]]
    lines = [[both[which][key][i] for i in inside] for which in ("method", "lying")]
    low, high, ticks = _scale([v for line in lines for v in line])

    def at(t: float, v: float) -> tuple[float, float]:
        x = LEFT + (t - x0) / (x1 - x0) * (WIDTH - LEFT - 10)
        return x, TOP + (high - v) / (high - low) * (HEIGHT - TOP - BELOW)

    start, end = at(0.0, low)[0], at(both["end"], low)[0]
    shapes = [
        f'<rect x="{start:.1f}" y="{TOP}" width="{end - start:.1f}" '
        f'height="{HEIGHT - TOP - BELOW:.1f}" fill="{SOFT}"/>'
    ]
    for value in ticks:
        y = at(x0, value)[1]
        shapes.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - 10}" stroke="{GREY}"/>')
        shapes.append(_text(f"{value:g}", LEFT - 6, y + 4, "end"))
    for t in _times(x0, x1):
        x = at(t, low)[0]
        shapes.append(_text(f"{t:g}", x, HEIGHT - BELOW + 16, "middle"))
    styles = ((INK, 1.6, ' stroke-dasharray="6 4"'), (BLUE, 2.6, ""))
    for line, (colour, width, dash) in zip(lines[::-1], styles, strict=True):
        points = [at(times[i], v) for i, v in zip(inside, line, strict=True) if v is not None]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        shapes.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" '
            f'stroke-width="{width}"{dash}/>'
        )
    shapes.append(_text(words("minutes_from_start"), (LEFT + WIDTH) / 2, HEIGHT - 32, "middle"))
    shapes.append(_legend(name, words("lying_same")))
    title = element("title", f"{axis}: {name}")
    head = f'<svg class="chart" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img">{title}'
    caption = element("figcaption", axis)
    return f"<figure>{caption}{head}{''.join(shapes)}</svg></figure>"


def _legend(name: str, lying: str) -> str:
    y, half = HEIGHT - 8, WIDTH / 2
    return (
        f'<path d="M{LEFT} {y - 4}h26" stroke="{BLUE}" stroke-width="2.6"/>'
        f"{_text(name, LEFT + 32, y, 'start')}"
        f'<path d="M{half} {y - 4}h26" stroke="{INK}" stroke-width="1.6" '
        f'stroke-dasharray="6 4"/>{_text(lying, half + 32, y, "start")}'
    )


def _text(words: str, x: float, y: float, anchor: str) -> str:
    return element("text", words, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _scale(values: Sequence[float | None]) -> tuple[float, float, list[float]]:
    """Ends and ticks of an axis."""
    known = [v for v in values if v is not None]
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    step = 10.0 ** math.floor(math.log10(span / 3))
    step *= next(k for k in (1, 2, 5, 10) if span / (step * k) <= 5)
    first, last = math.floor(low / step), math.ceil(high / step)
    last = max(last, first + 1)
    ticks = [round(i * step, 10) for i in range(first, last + 1)]
    return ticks[0], ticks[-1], ticks


def _times(start: float, end: float) -> list[float]:
    step = 5 if end - start < 50 else 10
    first = math.ceil(start / step)
    return [step * i for i in range(first, math.floor(end / step) + 1)]
