"""Pictures that explain anatomy and conditions, drawn from the tables of the model as SVG.

Side views stack the bodies and discs of data/vertebrae.csv and data/levels.csv in the standing
curve; sections from above draw a disc, its core, the canal and the roots at L4-L5.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from tractus.levels import JOINTS, nerves
from tractus.report.spine_drawing import (
    CORNER,
    Point,
    corner,
    disc,
    joints,
    quadrilateral,
    rounded_path,
)
from tractus.tables import number, table, text

LEVEL = "L4-L5"
FONT = 'font-family="system-ui, sans-serif" fill="#1f2933"'
BONE = 'fill="#f3ead8" stroke="#8d7f66" stroke-width=".7"'
DISC = 'fill="#9ecae1" stroke="#3e5a75" stroke-width=".5"'
CORE = 'fill="#deebf7" stroke="none"'
NERVE = 'fill="#f6c945" stroke="#8a6d1a" stroke-width=".4"'
PRESSED = 'fill="#d7301f" stroke="#7f0000" stroke-width=".4"'
REGION_COLOURS = {"C": "#6a51a3", "T": "#238b45", "L": "#0b5394"}
HERNIATION, BULGE = 7.0, 2.5  # mm beyond the rim in the pictures
NARROW, SLIP, WORN = 0.55, 0.22, 0.55  # share of the canal, of the depth, of the height


def standing() -> list[dict[str, Any]]:
    """Bodies from S1 to C1 in the standing curve, as the report's outline holds them."""
    body = {text(row, "body"): row for row in table("vertebrae")}
    level = {text(row, "level"): row for row in table("levels")}
    angle = math.radians(number(body["S1"], "slope_standing_deg"))
    x, z = 0.0, 0.0
    bodies = [_body(body["S1"], x, z, angle)]
    for joint in reversed(JOINTS[1:]):
        upper, row = joint.split("-")[0], level[joint]
        x, z = _up(x, z, angle, bodies[-1]["height"] / 2)
        turn = math.radians(number(row, "angle_standing_deg"))
        x, z = _up(x, z, angle - turn / 2, 1e-3 * number(row, "height_mm"))
        wedge = math.radians(number(row, "body_wedge_deg"))
        angle -= turn + wedge / 2
        half = 0.5e-3 * number(body[upper], "height_mm")
        x, z = _up(x, z, angle, half)
        bodies.append(_body(body[upper], x, z, angle))
        angle -= wedge / 2
    return bodies


def _up(x: float, z: float, angle: float, distance: float) -> Point:
    return x + distance * math.sin(angle), z + distance * math.cos(angle)


def _body(row: Mapping[str, Any], x: float, z: float, angle: float) -> dict[str, Any]:
    return {
        "name": text(row, "body"),
        "x": x,
        "z": z,
        "angle": angle,
        "width": 1e-3 * min(number(row, "depth_mm"), 40.0),
        "height": 1e-3 * number(row, "height_mm"),
    }


def spine_picture(words: Mapping[str, str]) -> str:
    """The whole spine from the side: bodies, discs, names of regions, the nerves that leave."""
    bodies = standing()
    shapes = [_bone(body) for body in bodies]
    exits = {nerve.exit: nerve.name for nerve in nerves()}
    for level, lower, upper in joints(bodies):
        if level != JOINTS[1]:
            shapes.append(_path(disc(lower, upper), DISC))
        x, y = corner(lower, -1.15, 1.1)
        shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" {NERVE}/>')
        name = exits.get(level, "")
        shapes.append(_label(x - 5, y + 2, name, 6, "end"))
    for letter, key in (("C", "cervical"), ("T", "thoracic"), ("L", "lumbar")):
        group = [body for body in bodies if body["name"].startswith(letter)]
        shapes.append(_region(group, words[key], REGION_COLOURS[letter]))
    x, y = corner(bodies[0], 1, -0.5)
    shapes.append(_label(x + 12, y, words["sacrum"], 9))
    return _svg(bodies, shapes, words["spine_alt"], right=110, left=45)


def _region(group: list[dict[str, Any]], name: str, colour: str) -> str:
    """A bar in front of a region with its name."""
    ys = [corner(body, 0, end)[1] for body in (group[0], group[-1]) for end in (-1, 1)]
    x = 82
    top, bottom = min(ys), max(ys)
    bar = f'<path d="M{x} {top:.1f}V{bottom:.1f}" stroke="{colour}" stroke-width="3"/>'
    return bar + _label(x + 6, (top + bottom) / 2, name, 9)


def pair_picture(kind: str, alt: str) -> str:
    """L4 and L5 from the side: healthy, worn (low disc) or slipped."""
    lower, upper = _pair()
    if kind == "slip":
        upper = {**upper, "x": upper["x"] + SLIP * upper["width"]}
    gap = 1e-3 * _height() * (WORN if kind == "worn" else 1.0)
    upper = {**upper, "z": lower["z"] + (lower["height"] + upper["height"]) / 2 + gap}
    shapes = [_bone(lower), _bone(upper), _path(disc(lower, upper), DISC)]
    if kind != "worn":
        shapes.append(_core(lower, upper))
    return _svg([lower, upper], shapes, alt, right=10, left=10)


def _pair() -> tuple[dict[str, Any], dict[str, Any]]:
    rows = {text(row, "body"): row for row in table("vertebrae")}
    return _body(rows["L5"], 0.0, 0.0, 0.0), _body(rows["L4"], 0.0, 0.04, 0.0)


def _height() -> float:
    return next(number(row, "height_mm") for row in table("levels") if row["level"] == LEVEL)


def _core(lower: Any, upper: Any) -> str:
    ends = [corner(lower, -0.05, 1), corner(upper, -0.05, -1)]
    x, y = (sum(p[i] for p in ends) / 2 for i in (0, 1))
    ry = 0.42 * abs(ends[0][1] - ends[1][1])
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="9" ry="{ry:.1f}" {CORE}/>'


def section_picture(kind: str, alt: str) -> str:
    """L4-L5 from above, front at the top: healthy, bulging, herniated or narrowed."""
    row = next(row for row in table("levels") if row["level"] == LEVEL)
    a, b = number(row, "width_mm") / 2, number(row, "depth_mm") / 2
    half, deep = number(row, "canal_width_mm") / 2, number(row, "canal_depth_mm")
    narrow = NARROW if kind == "stenosis" else 1.0
    canal = b - 1 + deep * narrow
    ring = [_rim(a, b, kind, math.radians(t)) for t in range(0, 360, 4)]
    roots = [(-half - 5, b - 1), (half + 5, b - 1)]
    shapes = [
        f'<path d="M{-half * 1.6:.1f} {b - 4:.1f}L{-half:.1f} {canal + 5:.1f}L0 {canal + 16:.1f}'
        f'L{half:.1f} {canal + 5:.1f}L{half * 1.6:.1f} {b - 4:.1f}Z" {BONE}/>',
        f'<path d="M{-half:.1f} {b - 3:.1f}L{half:.1f} {b - 3:.1f}L0 {canal:.1f}Z" fill="#fff" '
        f'stroke="#8d7f66" stroke-width=".7" stroke-linejoin="round"/>',
        f'<ellipse cx="0" cy="{b + 0.3 * deep * narrow:.1f}" rx="{0.42 * half * narrow:.1f}" '
        f'ry="{0.22 * deep * narrow:.1f}" {PRESSED if kind == "stenosis" else NERVE}/>',
        f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in ring)}" {DISC}/>',
        f'<ellipse cx="0" cy="2" rx="{0.55 * a:.1f}" ry="{0.5 * b:.1f}" {CORE}/>',
    ]
    for x, y in roots:
        touched = kind == "herniation" and x > 0
        style = PRESSED if touched or kind == "stenosis" else NERVE
        shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" {style}/>')
    box = (-a - 8, -b - 6, 2 * a + 16, b + canal + 26)
    return _wrap(box, shapes, alt)


def _rim(a: float, b: float, kind: str, t: float) -> Point:
    """A point of the disc's outline; y runs backwards, the back is flattened."""
    x, y = a * math.cos(t), b * math.sin(t)
    if y > 0:
        y *= 0.88
    if kind == "bulge" and y > 0:
        y += BULGE * math.sin(t)
    if kind == "herniation":
        y += HERNIATION * math.exp(-(((math.degrees(t) - 62) / 10) ** 2))
    return x, y


def _bone(body: Mapping[str, Any]) -> str:
    return _path(quadrilateral(body), BONE, 1e3 * CORNER * body["height"])


def _path(points: list[Point], style: str, radius: float = 2.0) -> str:
    return f'<path d="{rounded_path(points, radius)}" {style}/>'


def _label(x: float, y: float, word: str, size: float, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" {FONT}>'
        f"{escape(word)}</text>"
    )


def _svg(bodies: Any, shapes: list[str], alt: str, *, right: float, left: float) -> str:
    points = [p for body in bodies for p in quadrilateral(body)]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    width, height = max(xs) - min(xs) + left + right, max(ys) - min(ys) + 20
    return _wrap((min(xs) - left, min(ys) - 10, width, height), shapes, alt)


def _wrap(box: tuple[float, float, float, float], shapes: list[str], alt: str) -> str:
    view = " ".join(f"{v:.0f}" for v in box)
    size = f'width="{2 * box[2]:.0f}" height="{2 * box[3]:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" {size} role="img" '
        f'aria-label="{escape(alt)}">\n' + "\n".join(shapes) + "\n</svg>\n"
    )
