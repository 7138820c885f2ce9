"""The sections of a measured scan as SVG: image, labels, planes of the endplates, numbers."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tractus.geometry import Disc, Number
from tractus.imaging import views
from tractus.imaging.gaps import Gap
from tractus.imaging.scan import Scan
from tractus.imaging.views import Points, View
from tractus.imaging.volume import Floats
from tractus.report.png import data_uri
from tractus.report.scan import number

BONES = ((255, 214, 120), (120, 200, 255))  # neighbours in turn
SOFT = {"disc": (122, 222, 150), "canal": (255, 120, 170), "S1": (210, 170, 255)}
SHARE = 0.30  # of a label's colour over an image
TONE = (-250.0, 750.0)  # Hounsfield units from black to white, where the image is a CT
BELOW = 12.0  # mm below its plate that the sacrum is named
LEFT, RIGHT = 82.0, 56.0  # mm of room for numbers to either side


def view_svg(scan: Scan, shown: View) -> str:
    """A section with its planes and numbers; front or the person's right side on the left."""
    width, height = float(np.ptp(shown.x)), float(np.ptp(shown.y))
    sagittal = shown.kind == "sagittal"
    box = f"{-LEFT:.1f} -8 {box_width(shown):.1f} {height + 10:.1f}"
    sides = ("front", "back") if sagittal else ("right", "left")
    parts = [
        f'<image x="0" y="0" width="{width:.1f}" height="{height:.1f}" '
        f'preserveAspectRatio="none" href="{data_uri(picture(shown))}"/>',
        f'<text class="side" x="0" y="-2">{sides[0]}</text>',
        f'<text class="side" x="{width:.1f}" y="-2" text-anchor="end">{sides[1]}</text>',
    ]
    parts += [_line(shown, "plane", line) for line in _planes(scan, shown)]
    parts += _bars(scan, shown) if sagittal else []
    parts += _names(scan, shown)
    rows = _heights(scan, shown) if sagittal else _spacings(scan, shown)
    parts += rows + (_wedges(scan, shown) if sagittal else [])
    label = "mid-sagittal section" if sagittal else "coronal section"
    return (
        f'<svg class="section {shown.kind}" viewBox="{box}" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )


def box_width(shown: View) -> float:
    """Width [mm] of a section with its numbers."""
    return float(np.ptp(shown.x)) + LEFT + (RIGHT if shown.kind == "sagittal" else 2.0)


def picture(shown: View) -> NDArray[np.uint8]:
    """Pixels (rows, columns, 4), the top of the body in the first row."""
    share = SHARE
    if shown.grey is None:
        share, base = 1.0, np.full((*shown.parts.shape, 3), 34.0)
    else:
        base = np.repeat(_tone(shown.grey)[..., None], 3, -1)
    colours = np.array([(0.0, 0.0, 0.0), *(_colour(n, shown.names) for n in shown.names)])
    labelled = (shown.parts > 0)[..., None]
    mixed = np.where(labelled, (1 - share) * base + share * colours[shown.parts], base)
    out = np.full((*shown.parts.shape, 4), 255, np.uint8)
    out[..., :3] = np.clip(mixed, 0, 255).astype(np.uint8)
    return out[::-1, ::-1]


def _tone(grey: Floats) -> Floats:
    """Grey values as 0 to 255; those of a CT in a window of bone, others between percentiles."""
    ct = float(grey.min()) < -500.0
    low, high = TONE if ct else tuple(np.percentile(grey, (1.0, 99.5)))
    return np.asarray(np.clip((grey - low) / max(high - low, 1e-9), 0.0, 1.0) * 255.0)


def _colour(name: str, names: list[str]) -> tuple[float, ...]:
    if name in SOFT:
        return SOFT[name]
    return SOFT["disc"] if "-" in name else BONES[names.index(name) % 2]


def _at(shown: View, point: tuple[float, float]) -> tuple[float, float]:
    """SVG coordinates: what is in front, or on the person's right, lies on the left."""
    return float(shown.x[-1]) - point[0], float(shown.y[-1]) - point[1]


def _line(shown: View, kind: str, points: Points) -> str:
    (x1, y1), (x2, y2) = (_at(shown, p) for p in points)
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def _planes(scan: Scan, shown: View) -> list[Points]:
    lines = []
    for body in scan.found.bodies.values():
        for plate in (body.lower, body.upper):
            if not plate.cut:
                lines.append(views.plate_line(shown, plate, body))
    if scan.found.sacrum is not None:
        lines.append(views.plate_line(shown, scan.found.sacrum, None))
    return lines


def _bars(scan: Scan, shown: View) -> list[str]:
    out = []
    for name in scan.geometry.discs:
        for bar in views.height_bars(shown, _spaces(scan)[name]).values():
            out.append(_line(shown, "bar", bar))
    return out


def _names(scan: Scan, shown: View) -> list[str]:
    out = []
    for name, body in scan.found.bodies.items():
        if shown.kind == "coronal" and body.lower.cut and body.upper.cut:
            continue  # at most its arch is in the image
        x, y = _at(shown, shown.place(body.centroid)[0])
        kind = "bone" if body.complete else "bone cut"
        out.append(_text(x, y + 2.0, escape(name), kind, "middle"))
    plate = scan.found.sacrum
    if plate is not None and shown.kind == "sagittal":
        x, y = _at(shown, shown.place(plate.point - BELOW * plate.normal)[0])
        out.append(_text(x, y + 2.0, "S1", "bone cut", "middle"))
    return out


def _middles(scan: Scan, shown: View) -> Mapping[str, tuple[float, float]]:
    return {n: _at(shown, shown.place(g.frame.origin)[0]) for n, g in _spaces(scan).items()}


def _spaces(scan: Scan) -> dict[str, Gap]:
    """All discs: between two bones, or as they were labelled."""
    return {**scan.found.gaps, **scan.found.drawn}


def _heights(scan: Scan, shown: View) -> list[str]:
    """In front of each disc: its mean height, and the three of the strip."""
    out = []
    for name, (_, y) in _middles(scan, shown).items():
        disc = scan.geometry.discs.get(name)
        if disc is not None:
            first = f"{escape(name)}  {number(disc.height.mean)} mm"
            out += [_text(-3, y, first, "main", "end"), _text(-3, y + 6, _three(disc), "", "end")]
    return out


def _three(disc: Disc) -> str:
    h = disc.height
    found = (("a", h.anterior), ("m", h.middle), ("p", h.posterior))
    return "  ".join(f"{k} {n.value:.1f}" for k, n in found if n is not None)


def _wedges(scan: Scan, shown: View) -> list[str]:
    """Behind each disc: its wedge and slip."""
    x = float(np.ptp(shown.x)) + 3.0
    out = []
    for name, (_, y) in _middles(scan, shown).items():
        disc = scan.geometry.discs.get(name)
        if disc is not None:
            rows = [("wedge", disc.wedge, "°"), ("slip", disc.slip, " mm")]
            lines = [f"{k} {_signed(n)}{unit}" for k, n, unit in rows if n is not None]
            out += [_text(x, y + 6 * i, line) for i, line in enumerate(lines)]
    return out


def _signed(found: Number) -> str:
    value = round(found.value, 1) + 0.0  # no "-0.0"
    return f"{value:+.1f} ± {found.sd:.1f}".replace("-", "−")


def _spacings(scan: Scan, shown: View) -> list[str]:
    """Beside each pair of bodies: how far their middles lie apart."""
    out = []
    for name, (_, y) in _middles(scan, shown).items():
        apart = scan.geometry.spacing.get(name)
        if apart is not None:
            out.append(_text(-3, y + 2, f"{escape(name)}  {number(apart, 2)} mm", "main", "end"))
    centres = [shown.place(b.centroid)[0] for b in scan.found.bodies.values() if b.complete]
    return out + [_line(shown, "bar", [low, high]) for low, high in pairwise(centres)]
