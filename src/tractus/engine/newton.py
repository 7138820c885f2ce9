"""Newton's method on the exact derivatives of the potential, by the chain rule.

A disc's energy depends on its 18 unknowns through six strains per patch, so its Hessian is
J^T W'' J plus the curvature of the strains: twenty times cheaper than blind differentiation.
Disc unknowns are condensed out; what remains is a chain of 6 x 6 blocks.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from tractus.engine import potential
from tractus.engine.potential import Frozen
from tractus.engine.system import HIDDEN, Bodies, Loads, System
from tractus.tissue import annulus, disc

TOLERANCE = 1e-15  # J: Newton decrement below which a solve has converged (1 nm at 1 kN/mm)
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


_strain_slope = jax.jacfwd(disc.strains)
_patch_slope = jax.vmap(jax.vmap(jax.grad(annulus.patch_energy)))
_patch_curve = jax.vmap(jax.vmap(jax.hessian(annulus.patch_energy)))


def disc_terms(y: Array, d: disc.Disc, start: Array, resistance: Array) -> tuple[Array, Array]:
    """Gradient (18,) and Hessian (18, 18) of a disc's energy and dissipation."""
    s = disc.strains(y, d)
    slope = _strain_slope(y, d)
    force = _patch_slope(s, d.patch)
    curve = _patch_curve(s, d.patch)

    def rest(v: Array) -> Array:
        linear = jnp.sum(force * disc.strains(v, d))
        return linear + disc.core_energy(v, d) + disc.dissipation(v, start, resistance, d)

    gradient = jax.grad(rest)(y)
    bent = jnp.einsum("klij,klja->klia", curve, slope)
    hessian = jnp.einsum("klia,klib->ab", slope, bent) + jax.hessian(rest)(y)
    return gradient, hessian


def _pairs(pose: Array, bodies: Bodies) -> tuple[Array, Array, Bodies, Bodies]:
    low = jax.tree.map(lambda a: a[:-1], bodies)
    high = jax.tree.map(lambda a: a[1:], bodies)
    return pose[:-1], pose[1:], low, high


_motion = jax.vmap(potential.joint_motion)


@jax.jit
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


def assemble(
    pose: Array, hidden: Array, system: System, loads: Loads, frozen: Frozen, shift: Array
) -> Blocks:
    """Blocks of the Newton system with a relative diagonal shift."""
    d = hidden.shape[0]
    y, full = _unknowns(pose, hidden, system)
    g, h = jax.vmap(disc_terms)(full, system.disc, frozen.start, frozen.resistance)

    def passive(v: Array, joint: object, control: Array, target: Array, moment: Array) -> Array:
        held = potential.posture_energy(v, control, target, moment)
        return potential.joint_energy(v, joint) + held  # type: ignore[arg-type]

    args = (y, system.joints, loads.control, loads.target, frozen.moment)
    force = jax.vmap(jax.grad(passive))(*args)
    stiff = jax.vmap(jax.hessian(passive))(*args)
    inner = h[:, 6:, 6:]
    # gas is solved for as a logarithm: the curve of the logarithm itself, gone at the minimum,
    # is left out where it would bend the energy the wrong way
    inner = inner.at[:, GAS, GAS].add(jnp.maximum(-g[:, 6 + GAS], 0.0))
    size = jnp.abs(jnp.diagonal(inner, axis1=1, axis2=2))
    inner = inner + shift * jnp.eye(HIDDEN) * size[:, None]
    factor = jnp.linalg.cholesky(inner)
    coupling = h[:, 6:, :6]
    solved = jax.vmap(lambda l, r: jax.scipy.linalg.cho_solve((l, True), r))(
        factor, jnp.concatenate([coupling, g[:, 6:, None]], 2)
    )
    condensed = h[:, :6, :6] - jnp.einsum("dai,daj->dij", coupling, solved[..., :6])
    full_force = force.at[:d].add(g[:, :6])
    reduced = full_force.at[:d].add(-jnp.einsum("dai,da->di", coupling, solved[..., 6]))
    stiff = stiff.at[:d].add(condensed)

    low, high, a, b = _pairs(pose, system.bodies)
    both = jnp.concatenate([low, high], 1)

    def move(v: Array, a: Bodies, b: Bodies, joint: object) -> Array:
        return potential.joint_motion(v[:6], v[6:], a, b, joint)  # type: ignore[arg-type]

    slope = jax.vmap(jax.jacfwd(move))(both, a, b, system.joints)

    def bent(v: Array, f: Array, m: Array, a: Bodies, b: Bodies, joint: object) -> Array:
        squeeze = potential.muscle_energy(v[:6], v[6:], a, b, m)
        return f @ move(v, a, b, joint) + squeeze

    extra = (both, full_force, frozen.muscle, a, b, system.joints)
    curve = jax.vmap(jax.hessian(bent))(*extra)
    pull = jax.vmap(jax.grad(bent))(*extra) - jnp.einsum("jia,ji->ja", slope, full_force)
    block = jnp.einsum("jia,jik,jkb->jab", slope, stiff, slope) + curve
    right = jnp.einsum("jia,ji->ja", slope, reduced) + pull

    body_args = (pose, system.bodies, loads, frozen)
    body_g = _body(jax.grad(potential.body_energy))(*body_args)
    body_h = _body(jax.hessian(potential.body_energy))(*body_args)
    diagonal = body_h.at[:-1].add(block[:, :6, :6]).at[1:].add(block[:, 6:, 6:])
    gradient = body_g.at[:-1].add(right[:, :6]).at[1:].add(right[:, 6:])
    size = jnp.abs(jnp.diagonal(diagonal, axis1=1, axis2=2))
    diagonal = diagonal + shift * jnp.eye(6) * size[:, None]
    return Blocks(diagonal, block[:, :6, 6:], gradient, slope, coupling, factor, g[:, 6:])


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
    hidden = -jax.vmap(lambda l, r: jax.scipy.linalg.cho_solve((l, True), r))(blocks.factor, rhs)
    inner = jax.vmap(lambda l, r: jax.scipy.linalg.solve_triangular(l, r, lower=True))(
        blocks.factor, blocks.hidden_gradient
    )
    return step, hidden, decrement.at[:d].add(0.5 * jnp.sum(inner**2, 1))


SHRINK = jnp.array([1.0, 0.5, 0.25, 0.1, 0.02])


def minimise(
    pose: Array, hidden: Array, system: System, loads: Loads, frozen: Frozen
) -> Solution:
    """Nearest minimum of the potential from a start; never raises its value."""

    def stepped(t: Array, p: Array, z: Array, dp: Array, dz: Array) -> tuple[Array, Array]:
        return p + t * dp, z + t * dz

    def body(carry):  # type: ignore[no-untyped-def]
        p, z, value, _, shift, n, _, tiny = carry
        dp, dz, decrement = solve(assemble(p, z, system, loads, frozen, shift))
        lost = jnp.sum(decrement)
        good = jnp.isfinite(lost) & jnp.all(jnp.isfinite(dz))
        longest = jnp.maximum(jnp.max(jnp.abs(dp) / LONGEST), jnp.max(jnp.abs(dz) / LONGEST_HIDDEN))
        cap = 1.0 / jnp.maximum(1.0, jnp.where(good, longest, 1.0))

        def search(c):  # type: ignore[no-untyped-def]
            i, _, _ = c
            t = cap * SHRINK[i]
            v = total(*stepped(t, p, z, dp, dz), system, loads, frozen)
            return i + 1, t, v

        def poor(c):  # type: ignore[no-untyped-def]
            i, t, v = c
            enough = v <= value - 1e-4 * t * lost + 1e-13 * (1.0 + jnp.abs(value))
            return (i < SHRINK.shape[0]) & ~(enough & jnp.isfinite(v)) & good

        i, t, v = jax.lax.while_loop(poor, search, search((0, cap, value)))
        took = good & jnp.isfinite(v) & (v <= value + 1e-12 * (1.0 + jnp.abs(value)))
        p2, z2 = stepped(jnp.where(took, t, 0.0), p, jnp.where(good, z, z), dp, dz)
        p2, z2 = jnp.where(took, p2, p), jnp.where(took, z2, z)
        grown = jnp.maximum(shift * 10.0, 1e-3)
        shift2 = jnp.where(took & (t > 0.2), jnp.where(shift < 1e-3, 0.0, shift * 0.1), grown)
        settled = good & (lost < TOLERANCE) & (shift < 1e-9)
        return p2, z2, jnp.where(took, v, value), lost, shift2, n + 1, settled, decrement

    def going(carry):  # type: ignore[no-untyped-def]
        return (carry[5] < ROUNDS) & ~carry[6]

    value = total(pose, hidden, system, loads, frozen)
    zero = jnp.zeros(pose.shape[0])
    start = (pose, hidden, value, jnp.inf, jnp.asarray(0.0), 0, False, zero)
    p, z, _, lost, _, n, settled, tiny = jax.lax.while_loop(going, body, start)
    return Solution(p, z, jnp.where(settled, lost, jnp.inf), n, tiny)


def support_forces(pose: Array, loads: Loads) -> Array:
    """Normal force (B,) [N] of the support on every body."""
    axes = per_body(loads)
    return jax.vmap(potential.support_force, in_axes=(0, axes))(pose, loads)
