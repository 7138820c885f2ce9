"""Roller table: a roller under the back travels up and down the spine (page S2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus.methods.activities import posture
from tractus.methods.loading import Interval, Load, Plan, bump, height_of, stiffened, trimmed
from tractus.spine import Spine
from tractus.tables import parameter

IDS = ("roller-table",)
STOPS = 6  # places at which the roller is looked at on its way
FOLLOWED = 12  # passes followed one by one; more are joined into slower ones of the same time


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """The roller as a lift that moves between sacrum and upper thorax."""
    rest = posture(spine, "lying-supine")
    lift, passes = float(keys["lift"]), int(keys["passes"])
    low, high = height_of(spine, "L5"), height_of(spine, "T3")
    places = low + (high - low) * (np.arange(STOPS) + 0.5) / STOPS
    followed = min(passes, FOLLOWED)
    pause = (high - low) / float(keys["speed"]) / STOPS * passes / max(followed, 1)

    def over(place: float, risen: float = 1.0) -> Load:
        if lift == 0.0:
            return rest
        load = rest.copy()
        share = bump(spine, place, parameter("roller_reach"))
        stiffened(load, parameter("roller_stiffness") * share)
        load["lift"] = risen * lift * share
        return load

    loads = [over(float(place)) for place in places]
    # the roller rises under the loins before it starts on its way
    out: list[Interval] = [Interval(ramp, over(float(places[0]), 0.5), False)]
    for i in range(followed):
        order = loads if i % 2 == 0 else loads[::-1]
        out += [Interval(pause, load) for load in order]
    out.append(Interval(duration, rest))
    return Plan(rest, trimmed(out, duration))
