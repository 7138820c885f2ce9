"""The one road: patient and regimen to response."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tractus import methods, nutrition, response, runtime, uncertainty
from tractus.disc_shape import Floats
from tractus.engine import march
from tractus.engine.memory import Memory
from tractus.errors import InputError
from tractus.initial import Run, Subject, begin, region_target, settle
from tractus.methods.loading import Plan, cause, slides
from tractus.patient import Patient, Specimen, read_subject
from tractus.regimen import ResolvedStep, parse
from tractus.response import Reading
from tractus.spine import Spine

if TYPE_CHECKING:
    import xarray

Progress: TypeAlias = Callable[[float, str], None]

SWIFT, SWIFT_FIRST = 1.7, 12.0  # steps of a swift run against those of others; s, its first one
START = 1.0  # s after its beginning at which a step is read first


def step_keys(step: ResolvedStep, run: Run) -> dict[str, Any]:
    """Parameters of a step; a level not given is that of the region treated, or the target."""
    keys = dict(step.parameters)
    if "level" in keys and keys["level"] is None:
        subject, region = run.spine.subject, keys.get("region")
        keys["level"] = run.target
        if isinstance(subject, Patient) and region is not None:
            keys["level"] = region_target(subject, str(region))
    return keys


def follow(
    run: Run,
    steps: Sequence[ResolvedStep],
    *,
    also: Sequence[float] = (),
    progress: Progress | None = None,
    refine: int = 1,
    swift: bool = False,
) -> Run:
    """The run after more steps, with their readings.

    `also` are times [s] to be read beside the usual ones; refine divides every step.  A swift run
    takes longer and rougher steps and is read only at the ends of holds and of steps.
    """
    total = sum(s.duration or 0.0 for s in steps) or 1.0
    done = 0.0
    for step in steps:
        if progress:
            progress(done / total, f"step {step.number}: {step.do}")
        change = methods.operation(step.do)
        if change is not None:
            spine = change(run.spine, step.do, step_keys(step, run))
            gauge = response.gauge_of(
                spine, (np.asarray(run.gauge.bulge), np.asarray(run.gauge.pressure))
            )
            run = replace(run, spine=spine, gauge=gauge, steps=run.steps + 1)
            continue
        run = _one(run, step, also, refine, swift)
        done += step.duration or 0.0
    if progress:
        progress(1.0, "done")
    return run


def _one(
    run: Run,
    step: ResolvedStep,
    also: Sequence[float],
    refine: int,
    swift: bool,
) -> Run:
    """The run after one step that takes time."""
    spine, state = run.spine, run.state
    duration = float(step.duration or 0.0)
    number = run.steps + 1
    plan = methods.planner(step.do)(spine, step.do, duration, step.ramp, step_keys(step, run))
    _check_held(plan, spine, f"step {number} ({step.do})")
    out = list(run.readings)
    clock, memory = 0.0, run.memory or Memory(march.ROUGH if swift else None)
    memory.begin()
    memory.come((plan.rest.mark(),))
    wanted = [t - run.time for t in also]
    try:
        state = settle(spine, state, plan.rest, memory)
        settled, before = np.asarray(state.pose), plan.rest
        for item in plan.intervals:
            load, loads = item.load, item.load.frozen(settled)
            memory.come((load.mark(), before.mark(), item.duration))
            if not load.same_as(before):
                state = march.jump(spine.system, loads, state, memory=memory)
            visit = [w - clock for w in wanted] if swift else stops(clock, wanted)
            coarse = SWIFT if swift else 1.0
            first = _first(clock, item.duration, swift)
            visited = march.march(
                spine.system, loads, state, item.duration, visit, refine, first, coarse, memory
            )
            for t, found in visited:
                state = found
                at = clock + t
                ends = item.held and math.isclose(t, item.duration)
                if _wanted(at, duration, wanted, swift) or (swift and ends):
                    values = response.read(spine.system, loads, state, run.gauge)
                    out.append(Reading(run.time + at, number, item.load.applied, item.held, values))
            clock, before = clock + item.duration, item.load
    except march.NotSolved as error:
        raise InputError(
            f"step {number} ({step.do}): no equilibrium after {clock + error.elapsed:g} s; "
            + cause(spine, error.body)
        ) from None
    return replace(run, state=state, time=run.time + duration, steps=number, readings=tuple(out))


def _check_held(plan: Plan, spine: Spine, where: str) -> None:
    """Raise InputError where a load would pull the body along its support."""
    mass = np.asarray(spine.system.bodies.mass)
    for load in (plan.rest, *(item.load for item in plan.intervals)):
        if slid := slides(load, mass):
            raise InputError(f"{where}: {slid}")


def _first(clock: float, duration: float, swift: bool) -> float:
    """First step [s] in an interval: of a pattern, whole where it is short, else half of it."""
    if clock == 0.0:
        return SWIFT_FIRST if swift else march.FIRST
    return duration if swift or duration <= 5.0 else max(march.FIRST, duration / 2.0)


def stops(clock: float, asked: Sequence[float]) -> list[float]:
    """Times [s] in an interval that must be visited: 1 s, 1 min, and what was asked for."""
    return [START - clock, 60.0, *(w - clock for w in asked)]


def _wanted(at: float, duration: float, asked: Sequence[float], swift: bool) -> bool:
    """Whether a time [s] within a step is read."""
    if swift:
        return at >= duration - 1e-6 or any(abs(at - w) < 1e-6 for w in asked)
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
    """Response (variables: docs/experiments.md) of a patient or specimen to a regimen.

    patient: a Patient, a Specimen or a file; regimen: a file, a list of mappings or of Steps.
    times [s] are read instead of the usual ones where given.  With `samples` the response has a
    dimension `sample`: that many draws of what is not known, the same ones for a `seed`; with
    `times` these take longer steps (changes of height move by up to 5 %).  Raises
    InputError in one line for bad input and for loads beyond what the spine can carry.
    """
    subject = read_subject(patient) if isinstance(patient, str | Path) else patient
    steps = resolve(subject, regimen)
    asked = None if times is None else _times(times, steps)
    if not any(s.duration for s in steps):
        raise InputError("the regimen takes no time; add a step that has a duration")
    runtime.beside("xarray", "h5netcdf")
    if not samples:
        return _simulated(subject, steps, asked, progress)

    def count(done: int, total: int) -> None:
        if progress:
            progress(done / total, f"{done} of {total} samples")

    def sample() -> xarray.Dataset:
        return sampled(subject, steps, asked)

    import xarray

    drawn = uncertainty.over_draws(samples, seed, sample, count)
    data = xarray.concat(drawn, "sample", data_vars="all", coords="minimal", compat="override")
    return data.assign_attrs(samples=len(drawn), seed=seed)


def sampled(
    subject: Subject, steps: tuple[ResolvedStep, ...], asked: Sequence[float] | None
) -> xarray.Dataset:
    """Response of the draw whose tables are read now; with longer steps where times are asked."""
    return _simulated(subject, steps, asked, None, swift=asked is not None)


def _simulated(
    subject: Subject,
    steps: tuple[ResolvedStep, ...],
    asked: Sequence[float] | None,
    progress: Progress | None,
    swift: bool = False,
) -> xarray.Dataset:
    """Response with the tables as they are now."""
    if progress:
        progress(0.0, "initial state")
    run = follow(begin(subject), steps, also=asked or (), progress=progress, swift=swift)
    data = run.response(nutrients(run))
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
