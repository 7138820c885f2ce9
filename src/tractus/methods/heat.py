"""Heat: a warm pad under the back; tone falls as the warmth reaches the muscle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tractus.methods.activities import posture
from tractus.methods.loading import Load, Plan, profile
from tractus.spine import Spine
from tractus.tables import parameter

IDS = ("heat",)


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """Lying supine on a pad of `temperature`; the effect fades with its own time constant."""
    rest = posture(spine, "lying-supine")
    warmer = max(float(keys["temperature"]) - 273.15 - parameter("skin_temperature"), 0.0)

    def warm(kelvin: float) -> Load:
        if kelvin == 0.0:
            return rest
        load = rest.copy()
        load["heat"] = kelvin
        return load

    return Plan(rest, profile(warm, [(warmer, duration)], ramp, duration))
