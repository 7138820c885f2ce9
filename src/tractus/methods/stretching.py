"""Stretching: postures held and released again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus.methods.activities import control_stiffness, flexion_of, posture
from tractus.methods.loading import (
    Load,
    Plan,
    Segment,
    bump,
    height_of,
    profile,
    stiffened,
)  # fmt: skip
from tractus.spine import Spine, recumbent
from tractus.tables import parameter

IDS = ("stretching",)
POSTURES = {
    "knees-to-chest": "lying-supine",
    "prone-extension": "lying-prone",
    "supine-extension": "lying-supine",
    "child-pose": "lying-prone",
    "cat-camel": "lying-prone",
}


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """An exercise held for `hold` and released for as long, `repetitions` times."""
    exercise = str(keys["exercise"])
    rest = posture(spine, POSTURES[exercise])

    def stretched(share: float) -> Load:
        if share == 0.0:
            return rest
        load = rest.copy()
        _EXERCISES[exercise](spine, load, share)
        return load

    hold, count = float(keys["hold"]), int(keys["repetitions"])
    cycle: list[Segment] = [(1.0, hold), (-1.0 if exercise == "cat-camel" else 0.0, hold)]
    segments = [*cycle * count, (0.0, duration)]
    return Plan(rest, profile(stretched, segments, ramp, duration))


def _pelvis(load: Load, degrees: float, share: float) -> None:
    """Hold the pelvis tilted by the thighs, psoas slack."""
    load.clamp[0, 4] = parameter("table_turn_stiffness")
    load.offset[0, 4] = math.radians(degrees) * share
    load["tone"] = load["tone"] - share * load["psoas"]
    load["psoas"] = (1.0 - share) * load["psoas"]


def _knees(spine: Spine, load: Load, share: float) -> None:
    _pelvis(load, -parameter("knees_to_chest_tilt"), share)


def _child(spine: Spine, load: Load, share: float) -> None:
    _pelvis(load, -parameter("child_pose_tilt"), share)


def _prone(spine: Spine, load: Load, share: float) -> None:
    """Propped on the forearms: the chest is lifted more the higher it is."""
    z = np.asarray(spine.system.bodies.place)[:, 2]
    low, high = height_of(spine, "T12"), height_of(spine, "T1")
    load["lift"] = (
        share * parameter("prone_prop_lift") * np.clip((z - low) / (high - low), 0.0, 1.5)
    )


def _cushion(spine: Spine, load: Load, share: float) -> None:
    """Supine over a cushion under the loins."""
    under = bump(spine, height_of(spine, "L3"), parameter("cushion_reach"))
    stiffened(load, parameter("cushion_stiffness") * under)
    load["lift"] = share * parameter("cushion_height") * under


def _cat(spine: Spine, load: Load, share: float) -> None:
    """On all fours, rounding and hollowing the back by its own muscles."""
    bend = parameter("cat_camel_flexion") * share
    above = parameter("cat_camel_thoracic_share") * bend
    load["control"] = control_stiffness(spine)
    flexed = recumbent(spine) + flexion_of(spine, bend, above, 0.0)
    load["target"][:, 1] = 4.0 * np.tan(flexed / 4.0)


_EXERCISES = {
    "knees-to-chest": _knees,
    "prone-extension": _prone,
    "supine-extension": _cushion,
    "child-pose": _child,
    "cat-camel": _cat,
}
