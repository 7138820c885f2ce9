"""Predictions of experiments on specimens, with their slopes by parameters through the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import jax
import numpy as np

from tractus import initial, methods, response, simulation
from tractus import spine as spines
from tractus.disc_shape import Floats
from tractus.engine import march
from tractus.engine.march import EVER
from tractus.engine.tangents import Tangents, itself, joined, pushed, stacked
from tractus.evidence import measure, validation
from tractus.evidence.experiments import Experiment
from tractus.patient import Specimen
from tractus.regimen import ResolvedStep
from tractus.response import Reading
from tractus.runtime import Compiled
from tractus.spine import Spine
from tractus.system import State
from tractus.tables import Variant, varied, with_values

Values: TypeAlias = Mapping[str, float]

STEP = 1e-4  # of a value: difference over which tables are turned into arrays
SHARE = 1e-4  # of a state's own tangent: difference over which a measure is formed of states


class Around:
    """A specimen at some parameters, and to either side of each of `names`."""

    def __init__(self, subject: Specimen, values: Values, names: Sequence[str]) -> None:
        self.subject = subject
        self.here = with_values(values)
        self.steps = [STEP * abs(values[n]) or STEP for n in names]
        self.beside = [
            tuple(with_values({**values, n: values[n] + s * h}) for s in (1, -1))
            for n, h in zip(names, self.steps, strict=True)
        ]

        self._spines: dict[Variant, Spine] = {}

    def spine(self, variant: Variant) -> Spine:
        """The specimen of a variant, built once."""
        if variant not in self._spines:
            self._spines[variant] = spines.of(self.subject)
        return self._spines[variant]

    def stack(self, make: Callable[[Spine], Any]) -> Any:
        """What is built of the specimen, and its slopes by every parameter, as one stack."""

        def made(variant: Variant) -> Any:
            with varied(variant):
                return make(self.spine(variant))

        slopes = [
            _slope(made(up), made(down), 2.0 * step)
            for (up, down), step in zip(self.beside, self.steps, strict=True)
        ]
        return stacked(made(self.here), slopes)


def _slope(high: Any, low: Any, step: float) -> Any:
    def by(a: Any, b: Any) -> Any:
        return (np.asarray(a, float) - np.asarray(b, float)) / step

    return jax.tree.map(by, high, low)


@Compiled
def _read(stacks: Any) -> Any:
    return pushed(response.read.__wrapped__, stacks)  # type: ignore[attr-defined]


def _readings(
    around: Around, steps: Sequence[ResolvedStep], asked: Sequence[float]
) -> Iterator[Reading]:
    """Readings of a specimen, every value a stack: the road of `simulate`, begun in saline."""
    system = around.stack(lambda spine: spine.system)
    gauge = around.stack(response.gauge_of)
    state: State = around.stack(initial.rested)
    memory = Tangents()

    def loads_of(step: ResolvedStep) -> Any:
        def make(spine: Spine) -> Any:
            plan = methods.planner(step.do)(spine, step.do, 1.0, step.ramp, dict(step.parameters))
            return plan.rest.frozen(np.zeros((2, 6)))

        return around.stack(make)

    loads = loads_of(replace(steps[0], do="bench", parameters={}))
    state = memory.rest(system, loads, memory.rest(system, loads, state, 0.0), EVER)
    began = 0.0
    for number, step in enumerate(steps, 1):
        loads, duration = loads_of(step), float(step.duration or 0.0)
        state = memory.rest(system, loads, state, 0.0)
        stops = simulation.stops(began, asked)
        for t, found in march.march(system, loads, state, duration, stops, memory=memory):
            state = found
            if any(abs(began + t - a) < measure.SAME_TIME for a in asked):
                stacks = (system, loads, state, gauge)
                values = joined(response.read(*itself(stacks)), _read(stacks))
                yield Reading(began + t, number, 0.0, True, values)
        began += duration


def predict(
    same: Sequence[Experiment], values: Values, names: Sequence[str]
) -> tuple[Floats, Floats]:
    """Predictions (n,) of experiments with one specimen and one regimen, their slopes (n, names).

    In the unit of each published value; slopes by the parameters `names`, at `values`.  The path
    through the engine is differentiated exactly.
    """
    subject, steps = same[0].subject, same[0].steps
    assert isinstance(subject, Specimen)
    asked = validation.asked(same)
    around = Around(subject, values, names)
    readings = list(_readings(around, steps, asked))
    spine = around.spine(around.here)
    data = [_part(spine, readings, k) for k in range(len(names) + 1)]
    found = [_formed(e, subject, steps, data) for e in same]
    return np.array([v for v, _ in found]), np.array([s for _, s in found])


def _part(spine: Spine, readings: Sequence[Reading], k: int) -> Any:
    """Response of the thing itself (k = 0), or its slope by parameter k - 1."""
    parts = [r._replace(values={n: v[k] for n, v in r.values.items()}) for r in readings]
    return response.dataset(spine, parts)


def _formed(
    one: Experiment, subject: Specimen, steps: Sequence[ResolvedStep], data: Sequence[Any]
) -> tuple[float, Floats]:
    """Value of an experiment and its slopes, in the published unit."""
    parts = [
        {n: float(v.mean()) for n, v in measure.states(one.measure, subject, steps, d).items()}
        for d in data
    ]
    here = parts[0]

    def moved(slope: Mapping[str, float], h: float) -> float:
        shifted = {n: v + h * slope[n] for n, v in here.items()}
        return float(measure.formed(one.measure.form, shifted)) / one.scale

    slopes = []
    for slope in parts[1:]:
        far = max(abs(v) for v in slope.values()) or 1.0
        h = SHARE * max(abs(v) for v in here.values()) / far or SHARE
        slopes.append((moved(slope, h) - moved(slope, -h)) / (2.0 * h))
    return float(measure.formed(one.measure.form, here)) / one.scale, np.array(slopes)
