"""The one road: patient and regimen to response."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from tractus import methods, nutrition, response
from tractus import spine as spines
from tractus.disc_shape import Floats
from tractus.engine import derivatives, march
from tractus.errors import InputError
from tractus.levels import members
from tractus.methods import activities
from tractus.methods.loading import Load, cause
from tractus.patient import Patient, Specimen, read_subject
from tractus.regimen import ResolvedStep, parse
from tractus.response import Gauge, Reading
from tractus.spine import Spine
from tractus.system import Loads, State, at_reference
from tractus.tables import parameter
from tractus.tissue import disc

if TYPE_CHECKING:
    import xarray

Progress: TypeAlias = Callable[[float, str], None]
Subject: TypeAlias = Patient | Specimen

SHAPE_ROUNDS = 12
SHAPE_TOLERANCE = 2e-4  # rad by which the recumbent curve may be missed
DAYS = 2  # days of 16 h standing and 8 h lying after which a day repeats itself
COARSE = 3.0  # steps of the regular days against those of a run
DAY, NIGHT = 16 * 3600.0, 8 * 3600.0
START = 1.0  # s after its beginning at which a step is read first


@dataclass(frozen=True)
class Run:
    """Where a run stands: spine, state of the engine, constants of the reading, time [s]."""

    spine: Spine
    state: State
    gauge: Gauge
    time: float = 0.0
    steps: int = 0
    target: str | None = None
    day: tuple[Reading, ...] = field(default=())  # of the last regular day
    readings: tuple[Reading, ...] = field(default=())


def rested(spine: Spine) -> State:
    """Stress-free discs, bodies in the reference pose."""
    hidden = jax.vmap(disc.at_rest)(spine.system.disc)[:, 6:]
    return at_reference(spine.system, hidden)


def posed(spine: Spine, state: State, load: Load) -> Floats:
    """Pose (B, 6) near the posture of a load, the discs as high as they are now."""
    slide = np.asarray(derivatives.motions(state.pose, spine.system))[:, :3]
    return spines.pose_of(spine, load.curve, load.tilt, slide)


def settle(spine: Spine, state: State, load: Load) -> State:
    """State at rest in the posture of a load, friction hung up anew."""
    loads = load.frozen(np.asarray(state.pose))
    return march.settle(spine.system, loads, state, jnp.asarray(posed(spine, state, load)))


def _passed(
    spine: Spine, load: Load, state: State, duration: float
) -> tuple[Loads, list[tuple[float, State]]]:
    """Loads, and the states after each step [s], of a part of a regular day."""
    loads = load.frozen(np.asarray(state.pose))
    first = COARSE * march.FIRST
    return loads, list(march.march(spine.system, loads, state, duration, (), 1, first, COARSE))


def _at_rest(spine: Spine, load: Load, state: State) -> State:
    """State when all water has come to rest under a load."""
    return march.equilibrium(spine.system, load.frozen(np.asarray(state.pose)), state)


def mean_day(spine: Spine) -> Load:
    """Lying supine under the mean load of a day."""
    load = activities.posture(spine, "lying-supine")
    load["tone"] = load["tone"] * parameter("day_load_over_tone")
    return load


def shaped(spine: Spine) -> tuple[Spine, State]:
    """The spine whose stress-free shape lies supine in the recumbent curve, and that state.

    The water is that of a mean day; MODEL 3: one shape for every posture.
    """
    supine, pressed = activities.posture(spine, "lying-supine"), mean_day(spine)
    state = settle(spine, rested(spine), pressed)
    state = _at_rest(spine, pressed, state)
    state = settle(spine, state, supine)
    for _ in range(SHAPE_ROUNDS):
        turned = np.asarray(derivatives.motions(state.pose, spine.system))[:, 4]
        miss = turned - spines.recumbent(spine)
        if np.max(np.abs(miss)) < SHAPE_TOLERANCE:
            break
        spine = spines.with_shape(spine, spine.shape - miss)
        supine = activities.posture(spine, "lying-supine")
        state = settle(spine, state, supine)
    return spine, state


def supine_readings(spine: Spine, state: State) -> tuple[Floats, Floats]:
    """Bulge (D, K) [m] and pressure (D,) [Pa] of every disc in a state."""
    d = state.hidden.shape[0]
    y = jnp.concatenate([derivatives.motions(state.pose, spine.system)[:d], state.hidden], 1)
    bulge = jax.vmap(response.rim_bulge)(y, spine.system.disc)
    return np.asarray(bulge), np.asarray(jax.vmap(disc.pressure)(y, spine.system.disc))


@functools.lru_cache(maxsize=8)
def _begun(key: str) -> Run:
    return _begin(_SUBJECTS[key])


_SUBJECTS: dict[str, Subject] = {}


def begin(subject: Subject) -> Run:
    """The initial state: a patient at rising after regular days, a specimen swollen free."""
    key = repr(subject)
    _SUBJECTS[key] = subject
    try:
        return _begun(key)
    except march.NotSolved as error:
        raise InputError(
            f"this spine finds no rest in its regular days ({error}); check height, mass and discs"
        ) from None
    finally:
        del _SUBJECTS[key]


def _begin(subject: Subject) -> Run:
    require_x64()
    spine = spines.of(subject)
    if isinstance(subject, Specimen):
        free = methods.planner("bench")(spine, "bench", 1.0, 0.0, {}).rest
        state = settle(spine, rested(spine), free)
        return Run(spine, _at_rest(spine, free, state), response.gauge_of(spine))
    spine, state = shaped(spine)
    gauge = response.gauge_of(spine, supine_readings(spine, state))
    standing, lying = (activities.posture(spine, p) for p in ("standing", "lying-supine"))
    for _ in range(DAYS):
        upright, by_day = _passed(spine, standing, settle(spine, state, standing), DAY)
        flat, by_night = _passed(spine, lying, settle(spine, by_day[-1][1], lying), NIGHT)
        state = by_night[-1][1]
    day = [(t, upright, s) for t, s in by_day] + [(DAY + t, flat, s) for t, s in by_night]
    read = (Reading(t, 0, 0.0, True, response.read(spine.system, o, s, gauge)) for t, o, s in day)
    return Run(spine, state, gauge, target=target_level(subject), day=tuple(read))


def require_x64() -> None:
    """Raise a clear error where JAX would calculate in single precision."""
    if not jax.config.jax_enable_x64:  # type: ignore[attr-defined]
        raise RuntimeError(
            "Tractus needs double precision, but JAX has it switched off; set JAX_ENABLE_X64=1 or "
            "jax.config.update('jax_enable_x64', True) before arrays are made"
        )


def target_level(patient: Patient) -> str:
    """Disc that a treatment aims at: the herniated or worst one of the region complained of."""
    region = (patient.complaint.region if patient.complaint else None) or "lumbar"
    return region_target(patient, region)


def region_target(patient: Patient, region: str) -> str:
    """Herniated or worst disc of a region."""
    every = members(region)

    def badness(level: str) -> tuple[float, int, int]:
        known = patient.herniation(level)
        usual = {"lumbar": "L4-L5", "cervical": "C5-C6", "thoracic": "T11-T12"}[region]
        return (known.size if known else 0.0, patient.grade(level), int(level == usual))

    return max(every, key=badness)


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
    """First step [s] of an interval of a pattern: whole where it is short, else a third of it."""
    return duration if duration <= 5.0 else max(march.FIRST, duration / 3.0)


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
