"""One solve in time: a jump of the load (no time passes), or a stage of a time step."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from tractus.engine import derivatives, newton, potential
from tractus.engine.chain import Factors
from tractus.engine.derivatives import Curvature
from tractus.engine.potential import Frozen
from tractus.runtime import Compiled
from tractus.system import COMPARTMENTS, Loads, State, System
from tractus.tissue import disc, muscle

RIGID = 1.0e24  # Pa s/m3 over the step: water that cannot move in no time


class Outcome(NamedTuple):
    """How a solve went: decrement [J] (infinite = not converged), rounds, what posture lacks."""

    decrement: Array
    rounds: Array
    worst: Array  # body that still moved most
    unmet: Array  # largest change of a posture moment [N m]
    factors: Factors  # of the second derivatives, for the next solve like this one
    curvature: Curvature  # the second derivatives themselves
    fresh: Array  # whether they were found in this solve


def resistance(ratio: Array, dt: Array, system: System) -> Array:
    """Resistance (D, C, C) [Pa s/m3] to water over dt [s], at volume ratios (D, C)."""
    g = jax.vmap(disc.laplacian)(ratio, system.disc)
    still = dt <= 0.0
    moving = jnp.linalg.inv(g) / jnp.where(still, 1.0, dt)
    return jnp.where(still, RIGID * jnp.eye(COMPARTMENTS), moving)


def muscles_now(state: State, loads: Loads, system: System) -> muscle.Forces:
    """Muscle forces at a state."""
    surplus = loads.guard - state.lag
    return muscle.forces(state.moment, loads.tone, surplus, state.warmth, system.muscles)


_tangential = jax.vmap(potential.tangential, in_axes=(0, None))


def slack(state: State, loads: Loads, normal: Array) -> Array:
    """Where the friction springs are slack (B, 2): inclined ribs shift it headward [m]."""
    stiff = jnp.where(loads.shear > 0, loads.shear, 1.0)
    return state.slip.at[:, 0].add(loads.push * normal / stiff)


@Compiled
def advance(
    system: System,
    loads: Loads,
    state: State,
    start: Array,
    middle: Array,
    dt: Array,
    elapsed: Array,
    sticking: Array,
    guess: tuple[Array, Array],
    factors: Factors,
    kept: Curvature,
    usable: Array,
    tolerance: Array,
) -> tuple[State, Outcome]:
    """State after a jump (dt = 0, sticking 0 or 1) or a stage of length dt [s].

    start (D, C) are the volume ratios that the water moves from over dt, middle (D, C) those at
    which its permeability is taken; warmth and habit move on by `elapsed` [s].  `guess` is the
    pose and hidden unknowns to begin the search at; `factors`, `kept` second derivatives, what is
    `usable` of them and `tolerance` [J] as of newton.minimise.
    """
    warmth = muscle.warmed(state.warmth, loads.heat, elapsed, system.muscles)
    lag = muscle.accustomed(state.lag, loads.guard, warmth, elapsed, system.muscles)
    posed = loads.control[:, None] > 0
    held = jnp.where(posed, state.moment, 0.0)
    state = state._replace(warmth=warmth, lag=lag, moment=held)
    normal = derivatives.support_forces(state.pose, loads)
    spring = slack(state, loads, normal)
    frozen = Frozen(
        start,
        resistance(middle, dt, system),
        state.moment,
        muscles_now(state, loads, system).total(),
        spring,
        state.drag,
        loads.grip * normal,
        sticking,
        state.pose,
        derivatives.hinges(system),
    )
    found = newton.minimise(*guess, system, loads, frozen, factors, kept, usable, tolerance)
    slid = _tangential(found.pose, loads.normal)
    limit = frozen.limit[:, None]
    stiff = jnp.where(loads.shear > 0, loads.shear, 1.0)[:, None]
    pulled = -jnp.clip(loads.shear[:, None] * (slid - spring), -limit, limit)
    # the little that fixes a frictionless bed is kept too, or the body would slide at every step
    pulled = pulled - potential.REGULAR * _tangential(found.pose - state.pose, loads.normal)
    drag = jnp.where(sticking > 0, pulled, state.drag)
    slip = slid + drag / stiff - (spring - state.slip)
    y = derivatives.motions(found.pose, system)
    change = loads.control[:, None] * (y[:, 3:] - loads.target)
    moment = jnp.where(posed, held + change, 0.0)
    after = state._replace(
        pose=found.pose, hidden=found.hidden, drag=drag, slip=slip, moment=moment
    )
    outcome = Outcome(
        found.decrement,
        found.rounds,
        jnp.argmax(found.joint_decrement),
        jnp.max(jnp.abs(moment - state.moment)),
        found.factors,
        found.curvature,
        found.fresh,
    )
    return after, outcome


@Compiled
def anchor(loads: Loads, state: State) -> State:
    """The state with its friction springs hung up where the body lies now, without force."""
    rest = state._replace(drag=jnp.zeros_like(state.drag))
    return rest._replace(slip=_tangential(state.pose, loads.normal))
