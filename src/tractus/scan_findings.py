"""What a scan answers of the screening: only what it shows, never that something is absent.

Lying hides part of a slip and a label may miss a bone, so a scan raises findings and clears none.
"""

from __future__ import annotations

import itertools
import math
from statistics import median

import numpy as np

from tractus.answers import Known
from tractus.disc_heights import limit, measured_disc
from tractus.geometry import EXTRA_BONES, Geometry
from tractus.levels import LEVELS, VERTEBRAE
from tractus.scan_checks import names, order
from tractus.tables import number, table

SHOWN = "scan: "
"""How the source of an answer begins that a scan gave."""


def seen(geometry: Geometry | None, sex: str) -> dict[str, Known]:
    """Findings that a scan shows, by the key of their question (data/findings.csv)."""
    if geometry is None:
        return {}
    told = {
        "scan": ["the file names one"],
        "vertebral-fracture": crushed(geometry, sex),
        "listhesis": slipped(geometry, _share("listhesis")),
        "listhesis-2": slipped(geometry, _share("listhesis-2")),
        "transitional-vertebra": transitional(geometry),
        "scoliosis": bent(geometry, limit("scoliosis")),
        "scoliosis-severe": bent(geometry, limit("scoliosis_severe")),
    }
    return {
        key: Known(True, SHOWN + "; ".join(lines), geometry.date)
        for key, lines in told.items()
        if lines
    }


def _share(key: str) -> float:
    """Slip over depth from which a question is answered with yes."""
    return number(next(row for row in table("findings") if row["key"] == key), "above")


def losses(geometry: Geometry, sex: str) -> dict[str, float]:
    """Largest loss of height of each body, as a share of what is expected of it.

    In front and in the middle against the back of the same body and its usual wedge, as a whole
    against the other bodies that were seen.
    """
    usual = {
        str(row["body"]): number(row, "height_mm") for row in table("vertebrae") if row["height_mm"]
    }
    depth = {str(row["body"]): row["depth_mm"] for row in table("vertebrae")}
    shape = {str(row["vertebra"]): number(row, f"wedge_{sex}_deg") for row in table("body_shapes")}
    out = {}
    bodies = {n: v for n, v in geometry.vertebrae.items() if n in VERTEBRAE}
    for name, body in bodies.items():
        height = body.height
        found = [0.0]
        others = [
            v.height.mean.value * usual[name] / usual[n] for n, v in bodies.items() if n != name
        ]
        if len(others) > 1:
            found.append(1.0 - height.mean.value / median(others))
        if name in shape and height.posterior:
            back = height.posterior.value
            apart = limit("body_bands") * float(depth[name] or 0.0)
            front = back - apart * math.tan(math.radians(shape[name]))
            if height.anterior:
                found.append(1.0 - height.anterior.value / front)
            if height.middle:
                found.append(
                    1.0 - height.middle.value / (limit("body_hollow") * (back + front) / 2)
                )
        out[name] = max(found)
    return out


def crushed(geometry: Geometry, sex: str) -> list[str]:
    """Bodies that have lost height by the grades of Genant (data/crush.csv)."""
    lines = []
    for name, loss in losses(geometry, sex).items():
        reached = [int(number(r, "grade")) for r in table("crush") if loss >= number(r, "loss")]
        if reached:
            lines.append(
                f"{name} has lost {100 * loss:.0f} % of its height (Genant {max(reached)})"
            )
    return lines


def depth(geometry: Geometry, level: str) -> float:
    """Depth [mm] of the endplates of a level: of an ellipse of the measured area, or usual."""
    disc = measured_disc(geometry, level)
    row = next(row for row in table("levels") if row["level"] == level)
    usual = number(row, "depth_mm")
    if disc is None:
        return usual
    return 2.0 * math.sqrt(disc.area.value / math.pi * usual / number(row, "width_mm"))


def usual_slip(level: str) -> float:
    """Slip [mm] of a level that has none: upper posterior edges lie behind lower ones."""
    if level[0] != "L":
        return 0.0
    return limit("usual_slip_sacral" if level == "L5-S1" else "usual_slip")


def slip_of(geometry: Geometry | None, level: str) -> float:
    """Slip [mm] beyond the usual place that is no noise, forwards positive; else 0."""
    disc = geometry.discs.get(level) if geometry else None
    if disc is None or disc.slip is None:
        return 0.0
    slip, beyond = disc.slip.value, disc.slip.value - usual_slip(level)
    least = limit("slip_least")
    return beyond if slip >= least or beyond <= -least else 0.0


def listhesis(geometry: Geometry | None, level: str) -> float:
    """Slip [m] for the model, within the range that it takes."""
    return 1e-3 * min(max(slip_of(geometry, level), -10.0), 20.0)


def slipped(geometry: Geometry, least: float) -> list[str]:
    """Levels whose slip is at least this share of the depth; forwards from edge to edge."""
    lines = []
    for level in LEVELS:
        beyond = slip_of(geometry, level)
        size = beyond + usual_slip(level) if beyond > 0 else -beyond
        share = size / depth(geometry, level)
        if beyond and share >= least:
            way = "forwards" if beyond > 0 else "backwards"
            lines.append(f"{level} has slipped {way} by {100 * share:.0f} % of its depth")
    return lines


def transitional(geometry: Geometry) -> list[str]:
    """Extra vertebrae, and names between which no body has room."""
    lines = [
        f"{name} is a vertebra beyond 24" for name in geometry.vertebrae if name in EXTRA_BONES
    ]
    usual = {str(row["body"]): row["height_mm"] for row in table("vertebrae")}
    for upper, lower in itertools.pairwise(names(geometry)):
        ends = [geometry.vertebrae[n] for n in (upper, lower)]
        away = float(np.linalg.norm(np.subtract(*(np.asarray(e.centroid) for e in ends))))
        step = 1.3 * 0.5 * sum(float(usual.get(n) or 25.0) for n in (upper, lower))
        if order(lower) - order(upper) > 1.5 and away < limit("one_step") * step:
            lines.append(f"no room for a vertebra between {upper} and {lower}")
    return lines


def bent(geometry: Geometry, least: float) -> list[str]:
    """The side bend, where it is larger than the question asks."""
    curve = geometry.scoliosis
    if curve is None or abs(curve.value.value) <= least:
        return []
    return [f"side bend of {abs(curve.value.value):.0f} deg from {curve.upper} to {curve.lower}"]
