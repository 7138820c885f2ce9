"""Newton's method on the exact derivatives of the potential.

Second derivatives cost four to six times as much as first ones, so factors are used again, from
round to round and from solve to solve, as long as few rounds are left at the pace of the last.
Over another length of time, factors are made of the last second derivatives.

A minimum is differentiated as such: how its point moves with the problem follows from the second
derivatives there, not from the rounds that led to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from tractus.engine import chain
from tractus.engine.chain import Factors
from tractus.engine.derivatives import Curvature, Slopes, curvature, renewed, slopes
from tractus.engine.potential import Frozen
from tractus.system import Loads, System

NOTHING, FACTORS, CURVATURE = 0.0, 1.0, 2.0  # what is usable of an earlier solve
CONTRACTION = 0.3  # of the decrement from round to round above which factors are too old,
LEFT = 2.0  # and rounds left at that pace above which new ones cost less
ROUNDS = 120
FAR = 1e30  # J: decrement of what has not been looked at
LONGEST = np.array([0.02] * 3 + [0.25] * 3)  # step of a body [m, rad]
LONGEST_HIDDEN = np.array([0.1] * 7 + [2.0] + [0.3] * 4)
SHRINK = np.array([1.0, 0.5, 0.25, 0.1, 0.02])


class Solution(NamedTuple):
    """Result of a solve: pose (B, 6), hidden (D, 12), decrement [J] (infinite = none), rounds."""

    pose: Array
    hidden: Array
    decrement: Array
    rounds: Array
    joint_decrement: Array  # (B,) which body was still moving
    factors: Factors
    curvature: Curvature  # that the factors are made of
    fresh: Array  # whether it was found in this solve


class Search(NamedTuple):
    """Where the minimisation stands: a point, a step from it, and how much of it to try next."""

    pose: Array
    hidden: Array
    at: Slopes  # at the point
    pose_step: Array
    hidden_step: Array
    decrement: Array  # (B,) of the step [J]
    good: Array  # whether the step is a number
    cap: Array  # share of the step that is short enough
    tried: Array  # how often it was shrunk
    shift: Array
    rounds: Array
    settled: Array
    stale: Array  # whether it goes on with new factors only


class Known(NamedTuple):
    """What steps are made with, as long as it serves."""

    factors: Factors
    curvature: Curvature
    fresh: Array


def _towards(s: Search, share: Array) -> tuple[Array, Array]:
    return s.pose + share * s.pose_step, s.hidden + share * s.hidden_step


def _aimed(s: Search, factors: Factors, tolerance: Array) -> Search:
    """The search with the step from its point that factors give."""
    dp, dz, decrement = chain.step(factors, s.at)
    good = jnp.isfinite(jnp.sum(decrement)) & jnp.all(jnp.isfinite(dz))
    longest = jnp.maximum(jnp.max(jnp.abs(dp) / LONGEST), jnp.max(jnp.abs(dz) / LONGEST_HIDDEN))
    return s._replace(
        pose_step=jnp.where(good, dp, 0.0),
        hidden_step=jnp.where(good, dz, 0.0),
        decrement=decrement,
        good=good,
        cap=1.0 / jnp.maximum(1.0, jnp.where(good, longest, 1.0)),
        tried=jnp.asarray(0),
        settled=good & (jnp.sum(decrement) < tolerance) & (s.shift < 1e-9),
    )


def _tried(s: Search, point: tuple[Array, Array], there: Slopes) -> tuple[Search, Array, Array]:
    """The search after a look at a point on its step; whether that step is done with; all of it."""
    t, value = s.cap * jnp.asarray(SHRINK)[s.tried], s.at.value
    scale = 1.0 + jnp.abs(value)
    enough = there.value <= value - 1e-4 * t * jnp.sum(s.decrement) + 1e-13 * scale
    last = s.tried + 1 >= SHRINK.shape[0]
    level = last & (there.value <= value + 1e-12 * scale)
    took = s.good & jnp.isfinite(there.value) & (enough | level)
    done = took | last | ~s.good
    grown = jnp.maximum(s.shift * 10.0, 1e-3)
    lowered = jnp.where(s.shift < 1e-3, 0.0, s.shift * 0.1)
    shift = jnp.where(took & (t > 0.2), lowered, grown)
    pose, hidden, at = jax.tree.map(
        lambda new, old: jnp.where(took, new, old), (*point, there), (s.pose, s.hidden, s.at)
    )
    after = s._replace(pose=pose, hidden=hidden, at=at, tried=s.tried + 1, rounds=s.rounds + 1)
    whole = took & (t >= 1.0) & (s.shift < 1e-9)
    return after._replace(shift=jnp.where(done, shift, s.shift)), done, whole


@jax.custom_jvp
def minimise(
    pose: Array,
    hidden: Array,
    system: System,
    loads: Loads,
    frozen: Frozen,
    factors: Factors,
    kept: Curvature,
    usable: Array,
    tolerance: Array,
) -> Solution:
    """Nearest minimum of the potential from a start; never raises its value.

    `factors` and `kept` second derivatives are those of a problem like this one, of which `usable`
    says which serve: NOTHING, the FACTORS, or the CURVATURE.  The step whose decrement is below
    `tolerance` [J] is the last: what is left after it is smaller by CONTRACTION again or more.
    """

    zero, yes = jnp.asarray(0.0), jnp.asarray(True)

    def look(point: tuple[Array, Array]) -> Slopes:
        return slopes(*point, system, loads, frozen)

    def refactored(s: Search, _: Known) -> tuple[Search, Known]:
        c = curvature(s.pose, s.hidden, system, loads, frozen)
        factors = chain.factorise(c, s.shift)
        return _aimed(s, factors, tolerance)._replace(stale=~yes), Known(factors, c, yes)

    def remade(_: Factors) -> Factors:
        return chain.factorise(renewed(kept, pose, system, loads, frozen), zero)

    def next_step(s: Search, factors: Factors, before: Array, whole: Array) -> Search:
        aimed = _aimed(s, factors, tolerance)
        now = jnp.sum(aimed.decrement)
        few = jnp.log(now / tolerance) <= LEFT * jnp.log(before / now)
        fast = whole & aimed.good & (now <= CONTRACTION * before) & (aimed.settled | few)
        return aimed._replace(settled=aimed.settled & fast, stale=~fast)

    def round_with(factors: Factors) -> Callable[[Search], Search]:
        def one(s: Search) -> Search:
            point = _towards(s, s.cap * jnp.asarray(SHRINK)[s.tried])
            after, done, whole = _tried(s, point, look(point))
            before = jnp.sum(s.decrement)
            return jax.lax.cond(
                done, lambda a: next_step(a, factors, before, whole), lambda a: a, after
            )

        return one

    def going(s: Search) -> Array:
        return (s.rounds < ROUNDS) & ~s.settled

    def leg(both: tuple[Search, Known]) -> tuple[Search, Known]:
        s, known = jax.lax.cond(both[0].stale, refactored, lambda *b: b, *both)
        onward = round_with(known.factors)
        return jax.lax.while_loop(lambda s: going(s) & ~s.stale, onward, s), known

    factors = jax.lax.cond(usable == CURVATURE, remade, lambda f: f, factors)
    cap = jnp.where(usable != NOTHING, 1.0, 0.5)
    start = Search(
        pose, hidden, Slopes(zero + jnp.inf, 0.0 * pose, 0.0 * hidden), 0.0 * pose, 0.0 * hidden,
        jnp.full(pose.shape[0], FAR), yes, zero + cap, jnp.asarray(0), zero, jnp.asarray(0),
        ~yes, ~yes,
    )  # fmt: skip
    begun = start, Known(factors, kept, ~yes)
    s, known = jax.lax.while_loop(lambda both: going(both[0]), leg, begun)
    p, z = _towards(s, jnp.where(s.settled, s.cap, 0.0))
    lost = jnp.where(s.settled, jnp.sum(s.decrement), jnp.inf)
    return Solution(p, z, lost, s.rounds, s.decrement, *known)


@minimise.defjvp
def _moved(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Solution, Solution]:
    """Solution and its tangent: -H^-1 times the tangent of the gradient; a start has no influence.

    Only pose and hidden unknowns have a tangent: no one differentiates how a search went.
    """
    found = minimise(*primals)
    at, problem = (found.pose, found.hidden), primals[2:5]
    factors = chain.factorise(curvature(*at, *problem), jnp.asarray(0.0))
    _, change = jax.jvp(lambda *p: slopes(*at, *p), problem, tangents[2:5])
    pose, hidden, _ = chain.step(factors, change)
    still = np.zeros(found.rounds.shape, jax.dtypes.float0)
    rest = jax.tree.map(jnp.zeros_like, found)
    return found, rest._replace(pose=pose, hidden=hidden, rounds=still, fresh=still)
