"""Where a run begins: the stress-free shape, the regular days before it, the level aimed at."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from tractus import discrepancy, methods, response
from tractus import spine as spines
from tractus.disc_shape import Floats
from tractus.engine import derivatives, march
from tractus.engine.memory import Memory
from tractus.errors import InputError
from tractus.levels import members
from tractus.methods import activities
from tractus.methods.loading import Load
from tractus.patient import Patient, Specimen
from tractus.response import Gauge, Reading
from tractus.runtime import Compiled
from tractus.spine import Spine
from tractus.system import Loads, State, System, at_reference
from tractus.tables import Variant, parameter, variant
from tractus.tissue import disc

if TYPE_CHECKING:
    import xarray

Subject: TypeAlias = Patient | Specimen

SHAPE_ROUNDS = 12
SHAPE_TOLERANCE = 2e-4  # rad by which the recumbent curve may be missed
# first step [s], and longest against that of a run, of days of 16 h standing and 8 h lying: the
# second repeats itself
COARSE = ((600.0, 600.0), (10.0, 4.0))
DAY, NIGHT = 16 * 3600.0, 8 * 3600.0


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
    rest: Reading | None = None  # at the beginning
    readings: tuple[Reading, ...] = field(default=())
    memory: Memory | None = None  # what runs in one thread leave to each other

    def response(self, nutrients: Mapping[str, Floats] | None = None) -> xarray.Dataset:
        """The response so far, in a draw with what the model misses.

        nutrients (T, D) of `nutrition.nutrients` where they were asked for.
        """
        data = response.dataset(self.spine, list(self.readings), nutrients)
        if not discrepancy.drawn():
            return data
        assert self.rest is not None  # `begin` gives it
        return discrepancy.added(data, response.dataset(self.spine, [self.rest]))


@Compiled
def _unloaded(discs: disc.Disc) -> Array:
    """Hidden unknowns (D, 12) of stress-free discs."""
    return jax.vmap(disc.at_rest)(discs)[:, 6:]


def rested(spine: Spine) -> State:
    """Stress-free discs, bodies in the reference pose."""
    return at_reference(spine.system, _unloaded(spine.system.disc))


def posed(spine: Spine, state: State, load: Load) -> Floats:
    """Pose (B, 6) near the posture of a load, the discs as high as they are now."""
    slide = np.asarray(derivatives.motions(state.pose, spine.system))[:, :3]
    return spines.pose_of(spine, load.curve, load.tilt, slide)


def settle(spine: Spine, state: State, load: Load, memory: Memory | None = None) -> State:
    """State at rest in the posture of a load, friction hung up anew."""
    loads = load.frozen(np.asarray(state.pose))
    return march.settle(spine.system, loads, state, posed(spine, state, load), memory)


def _passed(
    spine: Spine, load: Load, state: State, duration: float, coarse: tuple[float, float]
) -> tuple[Loads, list[tuple[float, State]]]:
    """Loads, and the states after each step [s], of a part of a regular day."""
    loads = load.frozen(np.asarray(state.pose))
    return loads, list(march.march(spine.system, loads, state, duration, (), 1, *coarse))


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

    The water is that of a mean day; one shape for every posture.
    """
    supine, pressed = activities.posture(spine, "lying-supine"), mean_day(spine)
    state = settle(spine, rested(spine), pressed)
    state = _at_rest(spine, pressed, state)
    memory = Memory()
    state = settle(spine, state, supine, memory)
    for _ in range(SHAPE_ROUNDS):
        turned = np.asarray(derivatives.motions(state.pose, spine.system))[:, 4]
        miss = turned - spines.recumbent(spine)
        if np.max(np.abs(miss)) < SHAPE_TOLERANCE:
            break
        spine = spines.with_shape(spine, spine.shape - miss)
        supine = activities.posture(spine, "lying-supine")
        state = settle(spine, state, supine, memory)
    return spine, state


def scanned(spine: Spine, state: State) -> tuple[Spine, State]:
    """The spine whose discs are as high as scanned in the posture of the scan, and its state.

    A scan lying is that of the morning, after a night; one upright that of the middle of a day.
    """
    patient = spine.subject
    assert isinstance(patient, Patient)
    assert patient.geometry is not None
    gauge = response.gauge_of(spine)
    standing, lying = (activities.posture(spine, p) for p in ("standing", "lying-supine"))
    upright = patient.geometry.posture == "standing"
    loads, passed = _passed(
        spine, standing, settle(spine, state, standing), DAY / (1 + upright), COARSE[0]
    )
    if not upright:
        laid = settle(spine, passed[-1][1], lying)
        loads, passed = _passed(spine, lying, laid, NIGHT, COARSE[0])
    read = response.read(spine.system, loads, passed[-1][1], gauge)
    mean = np.asarray(read["disc_height"])[:, response.SITES.index("mean")]
    gains = dict(zip(spine.levels, (mean / np.asarray(gauge.mid_day)).tolist(), strict=False))
    fitted = spines.with_shape(spines.of(patient, gains, spine.slope), spine.shape)
    fresh = at_reference(fitted.system, state.hidden)
    return fitted, settle(fitted, fresh, activities.posture(fitted, "lying-supine"))


def supine_readings(spine: Spine, state: State) -> tuple[Floats, Floats]:
    """Bulge (D, K) [m] and pressure (D,) [Pa] of every disc in a state."""
    bulge, pressure = _supine_readings(spine.system, state)
    return np.asarray(bulge), np.asarray(pressure)


@Compiled
def _supine_readings(system: System, state: State) -> tuple[Array, Array]:
    y = derivatives.motions(state.pose, system)[: state.hidden.shape[0]]
    y = jnp.concatenate([y, state.hidden], 1)
    bulge = jax.vmap(response.rim_bulge)(y, system.disc)
    return bulge, jax.vmap(disc.pressure)(y, system.disc)


@functools.lru_cache(maxsize=160)
def _begun(key: str, variant: Variant | None) -> Run:
    del variant  # its tables are those read within
    return _begin(_SUBJECTS[key])


_SUBJECTS: dict[str, Subject] = {}


def begin(subject: Subject) -> Run:
    """The initial state: a patient at rising after regular days, a specimen swollen free."""
    key = repr(subject)
    _SUBJECTS[key] = subject
    try:
        return _begun(key, variant())
    except march.NotSolved as error:
        raise InputError(
            f"this spine finds no rest in its regular days ({error}); check height, mass and discs"
        ) from None


def _begin(subject: Subject) -> Run:
    require_x64()
    spine = spines.of(subject)
    if isinstance(subject, Specimen):
        free = methods.planner("bench")(spine, "bench", 1.0, 0.0, {}).rest
        state = settle(spine, rested(spine), free)
        state, gauge = _at_rest(spine, free, state), response.gauge_of(spine)
        loads = free.frozen(np.asarray(state.pose))
        read = response.read(spine.system, loads, state, gauge)
        return Run(spine, state, gauge, rest=Reading(0.0, 0, 0.0, True, read))
    spine, state = shaped(spine)
    if subject.geometry is not None:
        spine, state = scanned(spine, state)
    gauge = response.gauge_of(spine, supine_readings(spine, state))
    standing, lying = (activities.posture(spine, p) for p in ("standing", "lying-supine"))
    for coarse in COARSE:
        risen = settle(spine, state, standing)
        upright, by_day = _passed(spine, standing, risen, DAY, coarse)
        laid = settle(spine, by_day[-1][1], lying)
        flat, by_night = _passed(spine, lying, laid, NIGHT, coarse)
        state = by_night[-1][1]
    day = [(t, upright, s) for t, s in by_day] + [(DAY + t, flat, s) for t, s in by_night]
    read = [Reading(t, 0, 0.0, True, response.read(spine.system, o, s, gauge)) for t, o, s in day]
    return Run(spine, state, gauge, target=target_level(subject), day=tuple(read), rest=read[-1])


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
