"""Arrays of the joints: plates, facets and springs beside the discs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tractus import discs, ligaments
from tractus.disc_shape import Floats
from tractus.levels import UPPER_NECK
from tractus.system import Joints
from tractus.tables import Row, number, parameter

FACETS = ("facet-left", "facet-right", "tip-left", "tip-right")
CONTACTS = (*FACETS, "uncinate-left", "uncinate-right")
"""Contacts of a joint, in the order of the arrays: of the facets, and of the uncinate processes."""
CAGE = tuple(f"T{i}-T{i + 1}" for i in range(1, 12))
"""Joints that the rib cage stiffens."""
RIB_HEADS = CAGE[:9]
"""Joints that a rib head spans: ribs 2 to 10; ribs 1, 11 and 12 meet their own vertebra alone."""


def tilt(angle: float) -> Floats:
    """Quaternion (4,) of a flexion by `angle` [rad], about the axis to the left."""
    return np.array([math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0])


def _facets(row: Row, width: float, height: float) -> dict[str, Floats]:
    region = str(row["region"])
    x, y = (number(row, f"facet_{c}_mm") * 1e-3 * width for c in "xy")
    a = math.radians(number(row, "facet_angle_deg"))
    b = math.radians(number(row, "facet_inclination_deg"))
    k, tip_share = parameter(f"facet_stiffness_{region}"), parameter("facet_tip_stiffness_share")
    tip = parameter("facet_tip_gap_share") * height
    gap, smooth = parameter(f"facet_gap_{region}"), parameter("facet_smooth")
    faces = [
        [math.cos(a) * math.sin(b), s * math.sin(a) * math.sin(b), -math.cos(b)] for s in (1, -1)
    ]
    return {
        "facet": np.array([[x, s * y, 0.0] for s in (1, -1, 1, -1)]),
        "facet_normal": np.array([*faces, [0.0, 0.0, -1.0], [0.0, 0.0, -1.0]]),
        "facet_gap": np.array([gap, gap, tip, tip]),
        "facet_smooth": np.full(4, smooth),
        "facet_stiffness": k * np.array([1.0, 1.0, tip_share, tip_share]),
    }


def _uncinates(row: Row, width: float) -> dict[str, Floats]:
    """Uncinate processes of the neck: the lower body's raised rim beside and behind the disc.

    The upper body meets them as it moves outward and down; elsewhere they have no stiffness.
    """
    s = discs.disc_section(row, width)
    place, slope = (math.radians(parameter(f"uncinate_{n}")) for n in ("place", "inclination"))
    x, y = s.depth * math.cos(place), s.width * math.sin(place)
    outward = np.array([math.cos(place) / s.depth, math.sin(place) / s.width])
    out_x, out_y = math.sin(slope) * outward / np.linalg.norm(outward)
    there = row["region"] == "cervical" and row["level"] not in UPPER_NECK
    stiffness = parameter("facet_stiffness_cervical") if there else 0.0
    return {
        "facet": np.array([[x, side * y, 0.0] for side in (1, -1)]),
        "facet_normal": np.array([[out_x, side * out_y, -math.cos(slope)] for side in (1, -1)]),
        "facet_gap": np.full(2, parameter("facet_gap_cervical")),
        "facet_smooth": np.full(2, parameter("facet_smooth")),
        "facet_stiffness": np.full(2, stiffness),
    }


def _rib_heads(row: Row, width: float, rest: Floats) -> dict[str, Floats]:
    """Rib heads of both sides, at rest where the upper plate's centre is at `rest` (3,)."""
    half = 0.5e-3 * width
    x = -parameter("rib_head_behind") * number(row, "depth_mm") * half
    y = parameter("rib_head_beside") * number(row, "width_mm") * half
    high = np.array([[x, side * y, 0.0] for side in (1, -1)])
    there = row["level"] in RIB_HEADS
    return {
        "rib_low": rest + high,
        "rib_high": high,
        "rib_stiffness": np.full(2, parameter("rib_head_stiffness") if there else 0.0),
    }


def _spring(level: str, parts: str) -> Floats:
    """Stiffness (6,) [N/m, N m/rad] about x, y, z: the upper neck, and a person's rib cage."""
    if level in UPPER_NECK:
        k = parameter("upper_neck_axial_stiffness")
        bend, turn = (parameter(f"upper_neck_rotation_{n}") for n in ("flexion", "turn"))
        return np.array([k, k, k, bend, bend, turn])
    if level in CAGE and parts == "body":
        k = math.degrees(parameter("thoracic_rotation_stiffness"))
        gains = (parameter(f"rib_cage_gain_{n}") for n in ("bending", "flexion", "rotation"))
        return np.array([0.0, 0.0, 0.0, *(k * gain for gain in gains)])
    return np.zeros(6)


def build(
    row: Row,
    under: Row | None,
    bodies: tuple[Row, Row],
    grade: int,
    size: tuple[float, float],
    parts: str,
    slip: float = 0.0,
) -> Joints:
    """One joint from its row of data/levels.csv, the row below it and its bodies (lower, upper).

    `size` scales lengths along and across the spine; `parts` is disc, segment or body: a segment
    has its rib heads, only a body has its rib cage; `slip` [m] is a listhesis: the upper vertebra
    rests further forward, its facets worn and open by as much.
    """
    below, body = bodies
    tall, width = size
    level = str(row["level"])
    half = 0.5e-3 * tall
    up = math.radians(number(row, "body_wedge_deg")) / 2
    down = math.radians(number(under, "body_wedge_deg")) / 2 if under else 0.0
    gap = np.array([0.0, 0.0, discs.stress_free_height(row, grade, tall)])
    gap[0] = slip
    # what stands beside a disc was measured on loaded discs: ropes, rib heads and contacts alike
    rest = gap * np.array([1.0, 1.0, parameter("neutral_height")])
    facets = _facets(row, width, gap[2])
    facets["facet_gap"][:2] += max(slip, 0.0)
    uncinates = _uncinates(row, width)
    if parts == "disc":
        facets["facet_stiffness"] = np.zeros(len(FACETS))
    contacts = {name: np.concatenate([facets[name], uncinates[name]]) for name in facets}
    contacts["facet_gap"] -= contacts["facet_normal"][:, 2] * (gap[2] - rest[2])
    fields: dict[str, Any] = {
        "lower": np.array([0.0, 0.0, number(below, "height_mm") * half]),
        "lower_turn": tilt(-down),
        "upper": np.array([0.0, 0.0, -number(body, "height_mm") * half]),
        "upper_turn": tilt(up),
        "gap": gap,
        "wedge": tilt(-math.radians(number(row, "disc_wedge_deg"))),
        **ligaments.build(row, rest, tall, width),
        **contacts,
        **_rib_heads(row, width, rest),
        "spring": _spring(level, parts),
    }
    if parts == "disc":
        for name in ("rope_stiffness", "rib_stiffness", "spring"):
            fields[name] = np.zeros_like(fields[name])
    return Joints(**fields)
