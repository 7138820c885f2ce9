"""A picture of experiments: what was published and what is predicted, each against its band."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

LABEL, WIDTH, ROW, TOP = 300, 420, 15, 30  # px: names, the scale, a line, what stands above
BELOW, ABOVE = -1.0, 2.0  # ends of the scale in widths of a band, which runs from 0 to 1
GREY, BLUE, RED, INK = "#e3e6ea", "#1f5f99", "#b3261e", "#333333"


def draw(entries: Sequence[Mapping[str, Any]]) -> str:
    """SVG with a line per experiment; each scale is that of the band."""
    height = TOP + ROW * len(entries) + 8
    lines = [_line(entry, TOP + ROW * i) for i, entry in enumerate(entries)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{LABEL + WIDTH}" height="{height}"'
            f' viewBox="0 0 {LABEL + WIDTH} {height}" font-family="sans-serif" font-size="11">',
            "<title>Published and predicted values against their bands</title>",
            f'<rect width="100%" height="100%" fill="white"/>{_legend()}',
            *lines,
            "</svg>\n",
        ]
    )


def _legend() -> str:
    x, y = LABEL + 2, 14
    return (
        f'<rect x="{x}" y="{y - 6}" width="22" height="9" fill="{GREY}"/>{_text(x + 28, "band")}'
        f"{_dot(x + 76, y)}{_text(x + 84, 'published, sd')}"
        f"{_cross(x + 180, y, BLUE)}{_text(x + 188, 'in band')}"
        f"{_cross(x + 246, y, RED)}{_text(x + 254, 'out of it')}"
    )


def _text(x: float, words: str, y: float = 18, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{INK}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(entry: Mapping[str, Any], top: float) -> str:
    """Name, band, published value with its spread, prediction with its interval."""
    low, high = entry["accept"]
    y = top + ROW / 2

    def at(value: float) -> float:
        share = float((value - low) / (high - low))
        return LABEL + WIDTH * (min(max(share, BELOW), ABOVE) - BELOW) / (ABOVE - BELOW)

    parts = [
        _text(LABEL - 8, entry["id"], y + 4, "end"),
        f'<rect x="{at(low):.1f}" y="{top + 2:g}" width="{at(high) - at(low):.1f}"'
        f' height="{ROW - 4}" fill="{GREY}"/>',
    ]
    published, sd = entry["published"], entry["sd"]
    if sd:
        parts.append(_bar(at(published - sd), at(published + sd), y - 2, INK))
    parts.append(_dot(at(published), y - 2))
    colour = BLUE if entry["within"] else RED
    if entry["low"] is not None:
        parts.append(_bar(at(entry["low"]), at(entry["high"]), y + 3, colour))
    if entry["predicted"] is not None:
        parts.append(_cross(at(entry["predicted"]), y + 2, colour))
    return "".join(parts)


def _bar(left: float, right: float, y: float, colour: str) -> str:
    return f'<path d="M{left:.1f} {y:g}H{right:.1f}" stroke="{colour}"/>'


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:g}" r="2.6" fill="{INK}"/>'


def _cross(x: float, y: float, colour: str) -> str:
    return f'<path d="M{x - 3:.1f} {y - 3:g}l6 6m0 -6l-6 6" stroke="{colour}" stroke-width="1.8"/>'
