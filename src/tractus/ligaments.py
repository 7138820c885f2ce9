"""Arrays of the ligaments of a joint.

Fibres of a capsule run across its joint rather than along the spine (Little and Khalsa 2005): they
let the facets part, and tighten as one slides on the other.
"""

from __future__ import annotations

import math

import numpy as np

from tractus.disc_shape import Floats
from tractus.levels import UPPER_NECK
from tractus.tables import Row, number, parameter, table
from tractus.tissue.ligament import SMOOTH

CAPSULES = {side: (f"CL-{side}", f"CL-{side}-in", f"CL-{side}-out") for side in ("left", "right")}
"""Fibres of a capsule: along the spine; across, tight as the upper facet slides inward, outward."""
ROPES = ("ALL", "PLL", "LF", "ISL", "SSL", "ITL-left", "ITL-right", *sum(CAPSULES.values(), ()))
"""Ligaments of a joint, in the order of the arrays; pairs are two of half the stiffness."""


class _Ropes:
    """Ligament arrays of a joint, filled one by one; places in the lower plate's frame."""

    def __init__(self, high: Floats) -> None:
        n = len(ROPES)
        self.high = high
        self.arrays = {
            "rope_low": np.tile(np.array([0.0, 0.0, -0.01]), (n, 1)),
            "rope_high": np.tile(np.array([0.0, 0.0, 0.01]), (n, 1)),
            "rope_length": np.full(n, 0.02) + high[2],
            "rope_stiffness": np.zeros(n),
            "rope_toe": np.full(n, 0.05),
        }

    def span(self, name: str, low: Floats, high: Floats, row: Row, stiffness: float) -> None:
        """A ligament from `low` to `high`, the latter from the upper plate's centre."""
        rest = float(np.linalg.norm(self.high + high - low))
        known = {
            "rope_low": low,
            "rope_high": high,
            "rope_length": rest / (1.0 + number(row, "prestrain") - SMOOTH),
            "rope_stiffness": stiffness,
            "rope_toe": max(number(row, "toe_strain"), 0.02),
        }
        for field, value in known.items():
            self.arrays[field][ROPES.index(name)] = value


def build(level: Row, high: Floats, tall: float, width: float) -> dict[str, Floats]:
    """Ligament arrays; `high` (3,) [m] is the upper plate's centre where they are at rest."""
    out = _Ropes(high)
    turned = math.radians(number(level, "facet_angle_deg"))
    for row in table("ligaments"):
        if row["level"] != level["level"]:
            continue
        name, y = str(row["ligament"]), number(row, "y_mm")
        sides = {"-left": 1.0, "-right": -1.0} if y > 0 else {"": 1.0}
        stiffness = number(row, "stiffness_N_per_mm") * 1e3 / len(sides)
        if name == "ALL" and level["region"] == "lumbar":
            stiffness *= parameter("anterior_ligament_share_lumbar")
        if level["region"] == "thoracic":
            stiffness *= parameter("ligament_share_thoracic")
        for side, sign in sides.items():
            place = 1e-3 * width * np.array([number(row, "x_mm"), sign * y, 0.0])
            low, upper = (
                place + np.array([0.0, 0.0, 1e-3 * tall * number(row, f"z_{end}_mm")])
                for end in ("lower", "upper")
            )
            out.span(f"{name}{side}", low, upper, row, stiffness)
            if name == "CL" and level["level"] not in UPPER_NECK:
                outward = np.array([-math.sin(turned), sign * math.cos(turned), 0.0])
                reach = 0.5 * width * parameter("capsule_across_length") * outward
                across = 0.5 * parameter("capsule_across_stiffness")
                for way, half in (("in", -reach), ("out", reach)):
                    low, upper = out.high + place - half, place + half
                    out.span(f"CL{side}-{way}", low, upper, row, across)
    return out.arrays
