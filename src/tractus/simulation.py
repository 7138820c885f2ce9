"""The one road: patient and regimen to response."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tractus import methods, nutrition, response
from tractus.disc_shape import Floats
from tractus.engine import march
from tractus.errors import InputError
from tractus.initial import Run, Subject, begin, settle
from tractus.methods.loading import cause
from tractus.patient import Specimen, read_subject
from tractus.regimen import ResolvedStep, parse
from tractus.response import Reading

if TYPE_CHECKING:
    import xarray

Progress: TypeAlias = Callable[[float, str], None]

START = 1.0  # s after its beginning at which a step is read first


def _keys(step: ResolvedStep, run: Run) -> dict[str, Any]:
    keys = dict(step.parameters)
    if "level" in keys and keys["level"] is None:
        keys["level"] = run.target
    return keys


def follow(
    run: Run,
    steps: Sequence[ResolvedStep],
    *,
    also: Sequence[float] = (),
    progress: Progress | None = None,
    refine: int = 1,
) -> Run:
    """The run after more steps, with their readings.

    `also` are times [s] to be read beside the usual ones; refine divides every step.
    """
    total = sum(s.duration or 0.0 for s in steps) or 1.0
    done = 0.0
    for step in steps:
        if progress:
            progress(done / total, f"step {step.number}: {step.do}")
        change = methods.operation(step.do)
        if change is not None:
            spine = change(run.spine, step.do, _keys(step, run))
            gauge = response.gauge_of(
                spine, (np.asarray(run.gauge.bulge), np.asarray(run.gauge.pressure))
            )
            run = replace(run, spine=spine, gauge=gauge, steps=run.steps + 1)
            continue
        run = _one(run, step, also, refine)
        done += step.duration or 0.0
    if progress:
        progress(1.0, "done")
    return run


def _one(
    run: Run,
    step: ResolvedStep,
    also: Sequence[float],
    refine: int,
) -> Run:
    """The run after one step that takes time."""
    spine, state = run.spine, run.state
    duration = float(step.duration or 0.0)
    number = run.steps + 1
    plan = methods.planner(step.do)(spine, step.do, duration, step.ramp, _keys(step, run))
    out = list(run.readings)
    clock, memory = 0.0, march.Memory()
    wanted, load = [t - run.time for t in also], plan.rest
    try:
        state = settle(spine, state, plan.rest)
        settled, before = np.asarray(state.pose), plan.rest
        for item in plan.intervals:
            load, loads = item.load, item.load.frozen(settled)
            if not item.load.same_as(before):
                state = march.jump(spine.system, loads, state, memory=memory)
            stops = _stops(clock, wanted)
            first = march.FIRST if clock == 0.0 else _coarser(item.duration)
            visited = march.march(
                spine.system, loads, state, item.duration, stops, refine, first, memory=memory
            )
            for t, found in visited:
                state = found
                at = clock + t
                if _wanted(at, duration, wanted):
                    values = response.read(spine.system, loads, state, run.gauge)
                    out.append(Reading(run.time + at, number, item.load.applied, item.held, values))
            clock, before = clock + item.duration, item.load
    except march.NotSolved as error:
        raise InputError(
            f"step {number} ({step.do}): no equilibrium after {clock + error.elapsed:g} s; "
            + cause(spine, load, error.body)
        ) from None
    return replace(run, state=state, time=run.time + duration, steps=number, readings=tuple(out))


def _coarser(duration: float) -> float:
    """First step [s] of an interval of a pattern: whole where it is short, else half of it."""
    return duration if duration <= 5.0 else max(march.FIRST, duration / 2.0)


def _stops(clock: float, asked: Sequence[float]) -> list[float]:
    """Times [s] in an interval that must be visited: 1 s, 1 min, and what was asked for."""
    return [START - clock, 60.0, *(w - clock for w in asked)]


def _wanted(at: float, duration: float, asked: Sequence[float]) -> bool:
    """Whether a time [s] within a step is read."""
    return at >= min(START, duration) - 1e-9 or any(abs(at - w) < 1e-6 for w in asked)


def resolve(subject: Subject, regimen: Any, where: str | None = None) -> tuple[ResolvedStep, ...]:
    """Checked steps of a regimen: a file, a list of mappings or Steps, or steps already checked."""
    if isinstance(regimen, tuple) and all(isinstance(s, ResolvedStep) for s in regimen):
        return regimen
    return parse(regimen, mass=subject.mass, specimen=isinstance(subject, Specimen), where=where)


def simulate(
    patient: Subject | str | Path,
    regimen: Any,
    *,
    samples: int = 0,
    seed: int = 0,
    times: Iterable[float] | None = None,
    progress: Progress | None = None,
) -> xarray.Dataset:
    """Response (DESIGN 4.3) of a patient or specimen to a regimen.

    patient: a Patient, a Specimen or a file; regimen: a file, a list of mappings or of Steps.
    times [s] are read instead of the usual ones where given.  Raises InputError in one line for
    bad input and for loads beyond what the spine can carry.
    """
    if samples:
        raise InputError(
            f"samples {samples}: intervals by samples are not part of this version; use 0"
        )
    del seed
    import xarray  # noqa: F401 - here, while compiled code is being loaded beside it

    subject = read_subject(patient) if isinstance(patient, str | Path) else patient
    steps = resolve(subject, regimen)
    asked = None if times is None else _times(times, steps)
    if progress:
        progress(0.0, "initial state")
    run = follow(begin(subject), steps, also=asked or (), progress=progress)
    if not run.readings:
        raise InputError("the regimen takes no time; add a step that has a duration")
    data = response.dataset(run.spine, list(run.readings), nutrients(run))
    return data if asked is None else data.sel(time=asked, method="nearest")


def nutrients(run: Run) -> dict[str, Floats]:
    """Oxygen, lactate and glucose (T, D) at the readings of a run that began at rising."""
    day = response.course(run.spine, run.day) if run.day else None
    ends = [r.time for r, n in itertools.pairwise(run.readings) if n.step != r.step]
    course = response.course(run.spine, run.readings)
    return nutrition.nutrients(run.spine, day, course, [*ends, run.readings[-1].time])


def _times(times: Iterable[float], steps: Sequence[ResolvedStep]) -> list[float]:
    """Checked times [s], increasing, within the regimen."""
    asked = [float(t) for t in times]
    end = sum(s.duration or 0.0 for s in steps)
    inside = all(np.isfinite(t) and 0.0 < t <= end for t in asked)
    if not asked or not inside or any(b <= a for a, b in itertools.pairwise(asked)):
        raise InputError(f"times {asked}: allowed are increasing times above 0 and up to {end:g} s")
    return asked
