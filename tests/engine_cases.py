"""Spines, specimens and loads that the tests of the engine share."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tractus import initial, response
from tractus import spine as spines
from tractus.disc_shape import Floats
from tractus.engine import derivatives, march, potential, step
from tractus.engine.memory import Memory
from tractus.engine.potential import Frozen
from tractus.initial import Run
from tractus.methods import bench
from tractus.methods.loading import Load
from tractus.patient import Patient, Specimen
from tractus.spine import Spine
from tractus.system import COMPARTMENTS, Loads, State, System
from tractus.tissue import disc

MAN = {
    "sex": "male",
    "age": 45,
    "height": "1.74 m",
    "mass": "70 kg",
    "discs": {"L4-L5": {"grade": 1}},
}
SWELLING = 3.5e5  # s
LEFT, RIGHT, BACK = 2, 6, 4  # sectors


@dataclass(frozen=True)
class Case:
    """A spine at rest under loads."""

    spine: Spine
    loads: Loads
    state: State
    gauge: Any = None

    def read(self) -> dict[str, Floats]:
        """All readings, levels caudal first."""
        gauge = self.gauge if self.gauge is not None else response.gauge_of(self.spine)
        found = response.read(self.spine.system, self.loads, self.state, gauge)
        return {name: np.asarray(value) for name, value in found.items()}

    def level(self, name: str) -> int:
        return self.spine.joints.index(name)


def man(**more: Any) -> Patient:
    """The man whose L4-L5 pressure was recorded over a day."""
    return Patient.parse({**MAN, **more})


@functools.cache
def specimen(level: str = "L4-L5", parts: str = "segment", grade: int = 1) -> Run:
    """A specimen after four days of free swelling, calculated once."""
    spine = spines.of(Specimen.parse({"level": level, "parts": parts, "grade": grade}))
    empty = Run(spine, initial.rested(spine), response.gauge_of(spine))
    swollen = after(settled(empty, bench_load(empty)), SWELLING)
    return replace(empty, state=swollen.state)


def bench_load(run: Run, axial: float = 0.0, **keys: float) -> Load:
    """Bench load: axial force [N, tension positive], shear_* [N], moment_* [N m]."""
    return bench.plan(run.spine, "bench", 1.0, 0.0, {"force": axial, **keys}).rest


def at_once(
    run: Run, load: Load, state: State | None = None, tolerance: float | None = None
) -> Case:
    """The case just after a jump to a load, solved to a tolerance [J]."""
    state = run.state if state is None else state
    loads = load.frozen(np.asarray(state.pose))
    memory = Memory(tolerance)
    found = march.jump(run.spine.system, loads, state, memory=memory)
    return Case(run.spine, loads, found, run.gauge)


def after(case: Case, duration: float, refine: int = 1) -> Case:
    """The case after its loads have acted for a time [s]."""
    return trail(case, duration, refine)[-1][1]


def trail(case: Case, duration: float, refine: int = 1) -> list[tuple[float, Case]]:
    """Times [s] and cases of a march."""
    marched = march.march(case.spine.system, case.loads, case.state, duration, (), refine)
    return [(t, Case(case.spine, case.loads, s, case.gauge)) for t, s in marched]


def settled(run: Run, load: Load, state: State | None = None) -> Case:
    """The case at rest in a posture."""
    state = run.state if state is None else state
    found = initial.settle(run.spine, state, load)
    return Case(run.spine, load.frozen(np.asarray(found.pose)), found, run.gauge)


def unknowns(system: System, state: State) -> jnp.ndarray:
    """Unknowns (D, 18) of every disc."""
    d = state.hidden.shape[0]
    return jnp.concatenate([derivatives.motions(state.pose, system)[:d], state.hidden], 1)


def frozen(case: Case, dt: float | None = None) -> Frozen:
    """What a solve keeps fixed at a state; without dt the water moves without resistance."""
    system, state, loads = case.spine.system, case.state, case.loads
    now = state.hidden[:, :COMPARTMENTS]
    none = jnp.zeros((now.shape[0], COMPARTMENTS, COMPARTMENTS))
    return Frozen(
        now,
        none if dt is None else step.resistance(now, jnp.asarray(dt), system),
        state.moment,
        step.muscles_now(state, loads, system).total(),
        state.slip,
        state.drag,
        loads.grip * derivatives.support_forces(state.pose, loads),
        jnp.asarray(0.0),
        state.pose,
        derivatives.hinges(system),
    )


_total = jax.jit(derivatives.total)


def free_energy(case: Case) -> float:
    """Stored energy minus the work of the constant loads [J]."""
    s = case.state
    return float(_total(s.pose, s.hidden, case.spine.system, case.loads, frozen(case)))


@jax.jit
def rim_bulges(system: System, state: State) -> jnp.ndarray:
    """Bulge (D, K) [m] of every disc."""
    return jax.vmap(response.rim_bulge)(unknowns(system, state), system.disc)


@jax.jit
def internal_energy(pose: jnp.ndarray, hidden: jnp.ndarray, system: System) -> jnp.ndarray:
    """Energy [J] of all discs, ligaments, facets, rib heads and springs."""
    y = derivatives.motions(pose, system)
    full = jnp.concatenate([y[: hidden.shape[0]], hidden], 1)
    return jnp.sum(jax.vmap(disc.energy)(full, system.disc)) + jnp.sum(
        jax.vmap(potential.joint_energy)(y, system.joints)
    )


@jax.jit
def blind(y: jnp.ndarray, d: disc.Disc) -> tuple[jnp.ndarray, jnp.ndarray]:
    """Gradient and Hessian of a disc's energy by blind differentiation."""
    return jax.grad(disc.energy)(y, d), jax.hessian(disc.energy)(y, d)


def first_disc(run: Run) -> disc.Disc:
    """Constants of the caudal disc."""
    return jax.tree.map(lambda a: a[0], run.spine.system.disc)


def potentials(y: jnp.ndarray, d: disc.Disc) -> Floats:
    """Water potential dE/dw (C,) [Pa] of every compartment; zero in equilibrium with the bath."""
    gradient, _ = blind(y, d)
    return np.asarray(gradient[6 : 6 + COMPARTMENTS] / d.volume)


turned = spines.rotate
