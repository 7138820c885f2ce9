"""The spine from the side, to scale, as SVG: rounded bodies, discs between the endplates.

Convention of the outline: x anterior and z up [m], `angle` is the pitch [rad] of a body, positive
when it leans forward. The drawing has x to the right and y down, in millimetres.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

MARGIN = 8.0  # mm
HEAD = 0.06  # m of the head above the atlas that is shown
LABEL = 34.0  # mm, room for the labels beside the spine
CORNER = 0.16  # radius of a body's corners as a share of its height
DISC_DEPTH = 0.96  # depth of a disc as a share of the endplates'
REGIONS = {"L": "lumbar", "T": "thoracic", "C": "cervical"}
Point = tuple[float, float]
Rgb = tuple[int, int, int]

# Pressure colours: light to dark, so that they survive a grey print; below zero in blue.
WARM = ((255, 247, 214), (254, 217, 118), (253, 141, 60), (227, 26, 28), (110, 0, 34))
COLD = ((255, 247, 214), (158, 202, 225), (8, 81, 156))


def corner(body: Mapping[str, Any], forward: float, up: float) -> Point:
    """A point of a body in drawing coordinates [mm]: `forward`, `up` in half widths, heights."""
    sine, cosine = math.sin(body["angle"]), math.cos(body["angle"])
    a, b = forward * body["width"] / 2, up * body["height"] / 2
    return 1e3 * (body["x"] + a * cosine + b * sine), -1e3 * (body["z"] - a * sine + b * cosine)


def quadrilateral(body: Mapping[str, Any]) -> list[Point]:
    """Corners of a body: back bottom, front bottom, front top, back top."""
    return [corner(body, a, b) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def disc(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> list[Point]:
    """Corners of the disc between the top of `lower` and the bottom of `upper`."""
    s = DISC_DEPTH
    return [corner(lower, -s, 1), corner(lower, s, 1), corner(upper, s, -1), corner(upper, -s, -1)]


def rounded_path(points: Sequence[Point], radius: float) -> str:
    """SVG path of a polygon whose corners are rounded by `radius` [mm]."""
    parts: list[str] = []
    for i, here in enumerate(points):
        before, after = points[i - 1], points[(i + 1) % len(points)]
        one, two = _towards(here, before, radius), _towards(here, after, radius)
        parts.append(f"{'L' if parts else 'M'}{_xy(one)}Q{_xy(here)} {_xy(two)}")
    return "".join(parts) + "Z"


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = math.dist(start, end) or 1.0
    share = min(0.5, distance / length)
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _xy(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def mix(stops: Sequence[Rgb], share: float) -> str:
    """Colour at `share` (0 to 1) of a list of stops."""
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    low = min(int(place), len(stops) - 2)
    part = place - low
    pairs = zip(stops[low], stops[low + 1], strict=True)
    return "#" + "".join(f"{round(a + part * (b - a)):02x}" for a, b in pairs)


def colour(pressure: float | None, largest: float) -> str:
    """Colour of a pressure on a scale from zero to `largest` (below zero: blue)."""
    if pressure is None:
        return "#dddddd"
    share = pressure / largest if largest > 0 else 0.0
    return shade(WARM, COLD, share)


def shade(warm: Sequence[Rgb], cold: Sequence[Rgb], share: float) -> str:
    """Colour of a share of the largest value; its root, so that small values differ visibly."""
    return mix(warm if share >= 0 else cold, math.sqrt(abs(share)))


def joints(bodies: Sequence[Mapping[str, Any]]) -> list[tuple[str, Any, Any]]:
    """Level name, lower and upper body of every neighbouring pair, caudal to cranial."""
    pairs = pairwise(bodies)
    return [(f"{up['name']}-{low['name']}", low, up) for low, up in pairs]


def spine_svg(
    bodies: Sequence[Mapping[str, Any]],
    pressures: Mapping[str, float | None],
    largest: float,
    *,
    identifier: str,
    label: str,
    target: str,
    front: str,
) -> str:
    """One spine, its discs coloured; every disc carries `data-level` for the page's script."""
    skull = bodies[-1] if bodies[-1]["name"] == "head" else None
    vertebrae = bodies[:-1] if skull else bodies
    shapes = [_sacrum(bodies[0])]
    for body in vertebrae[1:]:
        path = rounded_path(quadrilateral(body), 1e3 * CORNER * body["height"])
        shapes.append(f'<path class="bone" d="{path}"><title>{escape(body["name"])}</title></path>')
    if skull:
        shapes.append(_skull(skull))
    for level, lower, upper in joints(vertebrae):
        if level in pressures:
            value = pressures[level]
            shapes.append(_disc(level, lower, upper, colour(value, largest), target))
            shapes.append(_labels(level, lower, upper, value, target))
    x0, y0, width, height = box(bodies)
    return (
        f'<svg id="{identifier}" class="spine" role="img" aria-label="{escape(label)}" '
        f'viewBox="{x0:.0f} {y0:.0f} {width:.0f} {height:.0f}">{"".join(shapes)}'
        f"{_front(bodies, front)}</svg>"
    )


def box(bodies: Sequence[Mapping[str, Any]]) -> tuple[float, float, float, float]:
    """View box: left, top, width, height [mm]; of the head only the base is in it."""
    if bodies[-1]["name"] == "head":
        base = dict(bodies[-1]) | {"z": bodies[-2]["z"] + HEAD / 2, "height": HEAD}
        bodies = [*bodies[:-1], base]
    points = [p for body in bodies for p in quadrilateral(body)]
    points += _sacral_points(bodies[0])
    left, right = min(p[0] for p in points), max(p[0] for p in points)
    top, bottom = min(p[1] for p in points), max(p[1] for p in points)
    return (
        left - MARGIN - LABEL,
        top - MARGIN,
        right - left + 2 * MARGIN + 2 * LABEL,
        bottom - top + 2 * MARGIN,
    )


def _disc(level: str, lower: Any, upper: Any, fill: str, target: str) -> str:
    points = disc(lower, upper)
    chosen = " target" if level == target else ""
    gap = math.dist(points[1], points[2])
    return (
        f'<path class="disc{chosen}" data-level="{escape(level)}" fill="{fill}" '
        f'd="{rounded_path(points, 0.3 * gap)}"><title>{escape(level)}</title></path>'
    )


def _labels(level: str, lower: Any, upper: Any, value: float | None, target: str) -> str:
    """Name of the level behind the disc and its pressure in front of it."""
    name, shown = escape(level), "–" if value is None else f"{value:.3f}"
    (x0, y0), (x1, y1) = corner(lower, -1.5, 1.1), corner(lower, 1.35, 1.1)
    kind = " at" if level == target else ""
    return (
        f'<text class="name{kind}" x="{x0:.1f}" y="{y0 + 3:.1f}" text-anchor="end">{name}</text>'
        f'<text class="value{kind}" data-level="{name}" x="{x1:.1f}" y="{y1 + 3:.1f}">'
        f"{shown}</text>"
    )


def _front(bodies: Sequence[Mapping[str, Any]], word: str) -> str:
    """An arrow to the front at the foot of the picture."""
    x0, y0, width, height = box(bodies)
    x, y = x0 + width - 4, y0 + height - 8
    return (
        f'<text class="front" x="{x - 28:.0f}" y="{y:.0f}" text-anchor="end">{escape(word)}</text>'
        f'<path d="M{x - 24:.0f} {y - 3:.0f}h20m-5 -4l5 4l-5 4" fill="none" stroke="#52606d"/>'
    )


def _sacral_points(body: Mapping[str, Any]) -> list[Point]:
    """The sacrum below the S1 endplate: a tapering wedge that turns backwards (schematic)."""
    return [
        corner(body, -1, 1),
        corner(body, 1, 1),
        corner(body, 0.55, -1.6),
        corner(body, -0.75, -3.6),
        corner(body, -1.25, -3.4),
        corner(body, -1.15, -1.2),
    ]


def _sacrum(body: Mapping[str, Any]) -> str:
    path = rounded_path(_sacral_points(body), 1e3 * CORNER * body["height"])
    return f'<path class="bone" d="{path}"><title>S1</title></path>'


def _skull(body: Mapping[str, Any]) -> str:
    x, y = 1e3 * body["x"], -1e3 * body["z"]
    rx, ry = 500 * body["width"], 500 * body["height"]
    turn = math.degrees(body["angle"])
    return (
        f'<ellipse class="bone head" cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" '
        f'transform="rotate({turn:.1f} {x:.1f} {y:.1f})"/>'
    )
