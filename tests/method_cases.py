"""Runs of methods that several tests share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tractus import initial, methods, response, simulation
from tractus.engine import march
from tractus.initial import Run
from tractus.spine import Spine
from tractus.system import Loads, State

WEIGHT = 70.0 * 9.80665
LYING = {"do": "lying-supine", "for": "20 min"}


@dataclass(frozen=True)
class Lying:
    """A person lying under loads, at once after the device began."""

    spine: Spine
    loads: Loads
    state: State
    values: dict[str, Any]
    applied: float


def planned(run: Run, mapping: dict[str, Any]) -> Any:
    """Plan of one step for the person of a run."""
    step = simulation.resolve(run.spine.subject, [mapping])[0]
    keys = simulation.step_keys(step, run)
    return methods.planner(step.do)(run.spine, step.do, step.duration or 0.0, step.ramp, keys)


def settled_pair(run: Run, mapping: dict[str, Any]) -> tuple[Lying, Lying]:
    """The posture without the device, and at once after the device's full load."""
    plan = planned(run, mapping)
    state = initial.settle(run.spine, run.state, plan.rest)
    settled = np.asarray(state.pose)
    full = next(i.load for i in plan.intervals if i.held)
    out = []
    for load, jumped in ((plan.rest, False), (full, True)):
        loads = load.frozen(settled)
        if jumped:
            state = march.jump(run.spine.system, loads, state)
        values = response.read(run.spine.system, loads, state, run.gauge)
        found = {k: np.asarray(v) for k, v in values.items()}
        out.append(Lying(run.spine, loads, state, found, load.applied))
    return out[0], out[1]


def axial(case: Lying, level: str) -> float:
    """Force [N] through the segment of a level, tension positive."""
    return float(case.values["axial_force"][case.spine.joints.index(level)])


def run_of(run: Run, *mappings: dict[str, Any]) -> Any:
    """Response to steps from the state of a run."""
    steps = simulation.resolve(run.spine.subject, list(mappings))
    done = simulation.follow(run, steps)
    return response.dataset(done.spine, list(done.readings)[len(run.readings) :])
