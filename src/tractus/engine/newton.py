"""Newton's method on the exact derivatives of the potential, by the chain rule.

A disc's energy depends on its 18 unknowns through six strains per patch, so its Hessian is
J^T W'' J plus the curvature of the strains: twenty times cheaper than blind differentiation.
Disc unknowns are condensed out; what remains is a chain of 6 x 6 blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from tractus.engine import potential
from tractus.engine.potential import Frozen
from tractus.runtime import Compiled
from tractus.system import HIDDEN, Bodies, Joints, Loads, System
from tractus.tissue import annulus, disc

# J: Newton decrement whose step is the last: 10 nm at 1 kN/mm, and what is left after that step
# is smaller by as much again (quadratic convergence): results stay within 1e-9
TOLERANCE = 1e-10
ROUNDS = 60
LONGEST = jnp.array([0.02] * 3 + [0.25] * 3)  # step of a body [m, rad]
GAS = disc.COMPARTMENTS  # place of the gas among the hidden unknowns
LONGEST_HIDDEN = jnp.array([0.1] * 7 + [2.0] + [0.3] * 4)


class Solution(NamedTuple):
    """Result of a solve: pose (B, 6), hidden (D, 12), decrement [J], rounds, code (0 = good)."""

    pose: Array
    hidden: Array
    decrement: Array
    rounds: Array
    joint_decrement: Array  # (B,) which body was still moving


class DiscTerms(NamedTuple):
    """Derivatives of the discs by their 18 unknowns."""

    energy: Array  # (D,) J, with the dissipation
    gradient: Array  # (D, 18)
    hessian: Array  # (D, 18, 18)


def _second(f: Callable[..., Array]) -> Callable[..., tuple[Array, Array, Array]]:
    """Value, gradient and Hessian of a scalar function by its first argument."""

    def both(x: Array, *rest: Any) -> tuple[Array, Array, Array]:
        def slope(v: Array) -> tuple[Array, Array]:
            value, gradient = jax.value_and_grad(f)(v, *rest)
            return gradient, value

        gradient, push, value = jax.linearize(slope, x, has_aux=True)
        return value, gradient, jax.vmap(push)(jnp.eye(x.shape[0]))

    return both


def _strain_terms(y: Array, d: disc.Disc) -> tuple[Array, Array]:
    """Strains (K, L, 6) and their slopes (K, L, 6, 18)."""
    value, push = jax.linearize(lambda v: disc.strains(v, d), y)
    return value, jax.vmap(push, out_axes=-1)(jnp.eye(y.shape[0]))


def patch_terms(strains: Array, patch: annulus.Patch) -> tuple[Array, Array, Array]:
    """Energy (...), its slope (..., 6) and curve (..., 6, 6) of patches of any number.

    All patches lie along the last axis of every operation, which then run as vectors.
    """
    shape, n = strains.shape[:-1], strains.shape[-1]
    flat = jax.tree.map(jnp.ravel, patch)
    x = [strains[..., i].ravel() for i in range(n)]

    def slope(*x: Array) -> tuple[tuple[Array, ...], Array]:
        def summed(*x: Array) -> tuple[Array, Array]:
            each = annulus.patch_energy(x, flat)  # type: ignore[arg-type]
            return jnp.sum(each), each

        return jax.grad(summed, argnums=tuple(range(n)), has_aux=True)(*x)

    first, push, each = jax.linearize(slope, *x, has_aux=True)
    unit = jnp.broadcast_to(jnp.eye(n)[:, :, None], (n, n, x[0].size))
    second = jax.vmap(push)(*[unit[:, i] for i in range(n)])
    curve = jnp.stack(second).transpose(2, 0, 1).reshape(*shape, n, n)
    return each.reshape(shape), jnp.stack(first, -1).reshape(*shape, n), curve


def discs_terms(y: Array, d: disc.Disc, start: Array, resistance: Array) -> DiscTerms:
    """Energy, gradient and Hessian of discs (D first in every argument)."""
    s, slope = jax.vmap(_strain_terms)(y, d)
    patches, force, curve = patch_terms(s, d.patch)

    def rest(v: Array, force: Array, d: disc.Disc, start: Array, resist: Array) -> Array:
        linear = jnp.sum(force * disc.strains(v, d))
        return linear + disc.core_energy(v, d) + disc.dissipation(v, start, resist, d)

    value, gradient, hessian = jax.vmap(_second(rest))(y, force, d, start, resistance)
    bent = jnp.einsum("dklij,dklja->dklia", curve, slope)
    hessian = hessian + jnp.einsum("dklia,dklib->dab", slope, bent)
    energy = value + jnp.sum(patches, (1, 2)) - jnp.sum(force * s, (1, 2, 3))
    return DiscTerms(energy, gradient, hessian)


def disc_terms(y: Array, d: disc.Disc, start: Array, resistance: Array) -> tuple[Array, Array]:
    """Gradient (18,) and Hessian (18, 18) of one disc's energy and dissipation."""
    one = jax.tree.map(lambda a: a[None], (y, d, start, resistance))
    found = discs_terms(*one)
    return found.gradient[0], found.hessian[0]


def _pairs(pose: Array, bodies: Bodies) -> tuple[Array, Array, Bodies, Bodies]:
    low = jax.tree.map(lambda a: a[:-1], bodies)
    high = jax.tree.map(lambda a: a[1:], bodies)
    return pose[:-1], pose[1:], low, high


_motion = jax.vmap(potential.joint_motion)


@Compiled
def motions(pose: Array, system: System) -> Array:
    """Motion (J, 6) of every joint."""
    return _motion(*_pairs(pose, system.bodies), system.joints)


def _unknowns(pose: Array, hidden: Array, system: System) -> tuple[Array, Array]:
    y = motions(pose, system)
    return y, jnp.concatenate([y[: hidden.shape[0]], hidden], 1)


def total(pose: Array, hidden: Array, system: System, loads: Loads, frozen: Frozen) -> Array:
    """The whole potential [J]."""
    y, full = _unknowns(pose, hidden, system)
    discs = jax.vmap(disc.energy)(full, system.disc)
    flows = jax.vmap(disc.dissipation)(full, frozen.start, frozen.resistance, system.disc)
    joints = jax.vmap(potential.joint_energy)(y, system.joints)
    posture = jax.vmap(potential.posture_energy)(y, loads.control, loads.target, frozen.moment)
    muscle = jax.vmap(potential.muscle_energy)(*_pairs(pose, system.bodies), frozen.muscle)
    bodies = _body(potential.body_energy)(pose, system.bodies, loads, frozen)
    parts = (discs, flows, joints, posture, muscle, bodies)
    return sum((jnp.sum(p) for p in parts), jnp.asarray(0.0))


def per_body(loads: Loads) -> Loads:
    """vmap axes of loads over bodies."""
    shared = {"gravity", "normal", "guard", "psoas", "heat", "control", "target", "tone"}
    return Loads(*(None if f in shared else 0 for f in Loads._fields))  # type: ignore[arg-type]


_LOAD_AXES = per_body(None)  # type: ignore[arg-type]
_FROZEN_AXES = Frozen(None, None, None, None, 0, 0, 0, None, 0)  # type: ignore[arg-type]


def _body(f):  # type: ignore[no-untyped-def]
    return jax.vmap(f, in_axes=(0, 0, _LOAD_AXES, _FROZEN_AXES))


class Blocks(NamedTuple):
    """Linear system of a Newton step."""

    diagonal: Array  # (B, 6, 6)
    upper: Array  # (B - 1, 6, 6) block of body j against body j + 1
    gradient: Array  # (B, 6)
    slope: Array  # (J, 6, 12) joint motion by the poses of its two bodies
    coupling: Array  # (D, 12, 6)
    factor: Array  # (D, 12, 12) Cholesky factor of the hidden block
    hidden_gradient: Array  # (D, 12)


class Terms(NamedTuple):
    """Potential at a point and its derivatives, piece by piece."""

    value: Array  # () J
    disc_gradient: Array  # (D, 18)
    disc_hessian: Array  # (D, 18, 18)
    force: Array  # (J, 6) of ligaments, facets, springs and posture by the joint's motion
    stiff: Array  # (J, 6, 6)
    slope: Array  # (J, 6, 12) joint motion by the poses of its two bodies
    pull: Array  # (J, 12) of muscle by the two poses
    curve: Array  # (J, 12, 12) by the two poses: muscle, and the bending of the motion
    body_gradient: Array  # (B, 6)
    body_hessian: Array  # (B, 6, 6)


def terms(pose: Array, hidden: Array, system: System, loads: Loads, frozen: Frozen) -> Terms:
    """Value and all derivatives of the potential at a point."""
    d = hidden.shape[0]
    low, high, a, b = _pairs(pose, system.bodies)
    both = jnp.concatenate([low, high], 1)

    def move(v: Array, a: Bodies, b: Bodies, joint: Joints) -> Array:
        return potential.joint_motion(v[:6], v[6:], a, b, joint)

    def moved(v: Array, *rest: Any) -> tuple[Array, Array]:
        y, push = jax.linearize(lambda v: move(v, *rest), v)
        return y, jax.vmap(push, out_axes=-1)(jnp.eye(12))

    y, slope = jax.vmap(moved)(both, a, b, system.joints)
    full = jnp.concatenate([y[:d], hidden], 1)
    discs = discs_terms(full, system.disc, frozen.start, frozen.resistance)

    def passive(v: Array, joint: Joints, control: Array, target: Array, moment: Array) -> Array:
        held = potential.posture_energy(v, control, target, moment)
        return potential.joint_energy(v, joint) + held

    held = (y, system.joints, loads.control, loads.target, frozen.moment)
    joints, force, stiff = jax.vmap(_second(passive))(*held)
    every_force = force.at[:d].add(discs.gradient[:, :6])

    def bent(v: Array, f: Array, m: Array, a: Bodies, b: Bodies, joint: Joints) -> Array:
        squeeze = potential.muscle_energy(v[:6], v[6:], a, b, m)
        return f @ move(v, a, b, joint) + squeeze

    extra = (both, every_force, frozen.muscle, a, b, system.joints)
    muscle, pull, curve = jax.vmap(_second(bent))(*extra)
    muscle = muscle - jnp.sum(every_force * y, 1)
    pull = pull - jnp.einsum("jia,ji->ja", slope, every_force)
    bodies, body_g, body_h = _body(_second(potential.body_energy))(
        pose, system.bodies, loads, frozen
    )
    parts = (discs.energy, joints, muscle, bodies)
    value = sum((jnp.sum(p) for p in parts), jnp.asarray(0.0))
    return Terms(
        value, discs.gradient, discs.hessian, force, stiff, slope, pull, curve, body_g, body_h
    )


def condense(t: Terms, shift: Array) -> Blocks:
    """Blocks of the Newton system with a relative diagonal shift."""
    g, h = t.disc_gradient, t.disc_hessian
    d = g.shape[0]
    inner = h[:, 6:, 6:]
    # gas is solved for as a logarithm: the curve of the logarithm itself, gone at the minimum,
    # is left out where it would bend the energy the wrong way
    inner = inner.at[:, GAS, GAS].add(jnp.maximum(-g[:, 6 + GAS], 0.0))
    size = jnp.abs(jnp.diagonal(inner, axis1=1, axis2=2))
    inner = inner + shift * jnp.eye(HIDDEN) * size[:, None]
    factor = jnp.linalg.cholesky(inner)
    coupling = h[:, 6:, :6]
    solved = jax.vmap(lambda low, r: jax.scipy.linalg.cho_solve((low, True), r))(
        factor, jnp.concatenate([coupling, g[:, 6:, None]], 2)
    )
    condensed = h[:, :6, :6] - jnp.einsum("dai,daj->dij", coupling, solved[..., :6])
    reduced = t.force.at[:d].add(g[:, :6] - jnp.einsum("dai,da->di", coupling, solved[..., 6]))
    stiff = t.stiff.at[:d].add(condensed)
    block = jnp.einsum("jia,jik,jkb->jab", t.slope, stiff, t.slope) + t.curve
    right = jnp.einsum("jia,ji->ja", t.slope, reduced) + t.pull
    diagonal = t.body_hessian.at[:-1].add(block[:, :6, :6]).at[1:].add(block[:, 6:, 6:])
    gradient = t.body_gradient.at[:-1].add(right[:, :6]).at[1:].add(right[:, 6:])
    size = jnp.abs(jnp.diagonal(diagonal, axis1=1, axis2=2))
    diagonal = diagonal + shift * jnp.eye(6) * size[:, None]
    return Blocks(diagonal, block[:, :6, 6:], gradient, t.slope, coupling, factor, g[:, 6:])


def assemble(
    pose: Array, hidden: Array, system: System, loads: Loads, frozen: Frozen, shift: Array
) -> Blocks:
    """Blocks of the Newton system at a point."""
    return condense(terms(pose, hidden, system, loads, frozen), shift)


def solve(blocks: Blocks) -> tuple[Array, Array, Array]:
    """Newton step: of the poses (B, 6), of the hidden (D, 12), and the decrement per body (B,)."""

    def down(carry, row):  # type: ignore[no-untyped-def]
        low, rhs = carry
        diagonal, upper, g = row
        w = jax.scipy.linalg.solve_triangular(low, upper, lower=True)
        z = jax.scipy.linalg.solve_triangular(low, rhs, lower=True)
        nxt = jnp.linalg.cholesky(diagonal - w.T @ w)
        return (nxt, g - w.T @ z), (low, w, z)

    first = jnp.linalg.cholesky(blocks.diagonal[0])
    rest = (blocks.diagonal[1:], blocks.upper, blocks.gradient[1:])
    (last, end), (lows, ws, zs) = jax.lax.scan(down, (first, blocks.gradient[0]), rest)
    z_end = jax.scipy.linalg.solve_triangular(last, end, lower=True)
    x_end = jax.scipy.linalg.solve_triangular(last.T, z_end, lower=False)

    def up(x, row):  # type: ignore[no-untyped-def]
        low, w, z = row
        v = jax.scipy.linalg.solve_triangular(low.T, z - w @ x, lower=False)
        return v, v

    _, xs = jax.lax.scan(up, x_end, (lows, ws, zs), reverse=True)
    step = -jnp.concatenate([xs, x_end[None]])
    decrement = 0.5 * jnp.sum(jnp.concatenate([zs, z_end[None]]) ** 2, 1)
    d = blocks.factor.shape[0]
    pair = jnp.concatenate([step[:-1], step[1:]], 1)
    moved = jnp.einsum("jia,ja->ji", blocks.slope, pair)[:d]
    rhs = blocks.hidden_gradient + jnp.einsum("dai,di->da", blocks.coupling, moved)
    hidden = -jax.vmap(lambda low, r: jax.scipy.linalg.cho_solve((low, True), r))(
        blocks.factor, rhs
    )
    inner = jax.vmap(lambda low, r: jax.scipy.linalg.solve_triangular(low, r, lower=True))(
        blocks.factor, blocks.hidden_gradient
    )
    return step, hidden, decrement.at[:d].add(0.5 * jnp.sum(inner**2, 1))


SHRINK = jnp.array([1.0, 0.5, 0.25, 0.1, 0.02])


class Search(NamedTuple):
    """Where the minimisation stands: a point, a step from it, and how much of it to try next."""

    pose: Array
    hidden: Array
    at: Terms  # at the point
    pose_step: Array
    hidden_step: Array
    decrement: Array  # (B,) of the step [J]
    good: Array  # whether the step is a number
    cap: Array  # share of the step that is short enough
    tried: Array  # how often it was shrunk
    shift: Array
    rounds: Array
    settled: Array


def _towards(s: Search, share: Array) -> tuple[Array, Array]:
    return s.pose + share * s.pose_step, s.hidden + share * s.hidden_step


def _aimed(s: Search) -> Search:
    """The search with the Newton step from its point."""
    dp, dz, decrement = solve(condense(s.at, s.shift))
    good = jnp.isfinite(jnp.sum(decrement)) & jnp.all(jnp.isfinite(dz))
    longest = jnp.maximum(jnp.max(jnp.abs(dp) / LONGEST), jnp.max(jnp.abs(dz) / LONGEST_HIDDEN))
    return s._replace(
        pose_step=jnp.where(good, dp, 0.0),
        hidden_step=jnp.where(good, dz, 0.0),
        decrement=decrement,
        good=good,
        cap=1.0 / jnp.maximum(1.0, jnp.where(good, longest, 1.0)),
        tried=jnp.asarray(0),
        rounds=s.rounds + 1,
        settled=good & (jnp.sum(decrement) < TOLERANCE) & (s.shift < 1e-9),
    )


def _tried(s: Search, point: tuple[Array, Array], there: Terms) -> tuple[Search, Array]:
    """The search after a look at a point on its step, and whether that step is done with."""
    t, value = s.cap * SHRINK[s.tried], s.at.value
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
    after = s._replace(pose=pose, hidden=hidden, at=at, tried=s.tried + 1)
    return after._replace(shift=jnp.where(done, shift, s.shift)), done


def minimise(pose: Array, hidden: Array, system: System, loads: Loads, frozen: Frozen) -> Solution:
    """Nearest minimum of the potential from a start; never raises its value.

    Every point is looked at once, value and derivatives together; a step is shortened only
    where it raises the value, which is rare.
    """

    def look(pose: Array, hidden: Array) -> Terms:
        return terms(pose, hidden, system, loads, frozen)

    def body(s: Search) -> Search:
        point = _towards(s, s.cap * SHRINK[s.tried])
        s, done = _tried(s, point, look(*point))
        return jax.tree.map(lambda new, old: jnp.where(done, new, old), _aimed(s), s)

    def going(s: Search) -> Array:
        return (s.rounds < ROUNDS) & ~s.settled

    nowhere = jax.tree.map(
        lambda a: jnp.zeros(a.shape, a.dtype), jax.eval_shape(look, pose, hidden)
    )
    one, none, yes = jnp.asarray(1.0), jnp.asarray(0), jnp.asarray(True)
    start = Search(
        pose, hidden, nowhere._replace(value=jnp.asarray(jnp.inf)), jnp.zeros_like(pose),
        jnp.zeros_like(hidden), jnp.zeros(pose.shape[0]), yes, one, none, 0.0 * one, none, ~yes,
    )  # fmt: skip
    s = jax.lax.while_loop(going, body, start)
    p, z = _towards(s, jnp.where(s.settled, s.cap, 0.0))
    lost = jnp.where(s.settled, jnp.sum(s.decrement), jnp.inf)
    return Solution(p, z, lost, s.rounds, s.decrement)


@Compiled
def support_forces(pose: Array, loads: Loads) -> Array:
    """Normal force (B,) [N] of the support on every body."""
    axes = per_body(loads)
    return jax.vmap(potential.support_force, in_axes=(0, axes))(pose, loads)
