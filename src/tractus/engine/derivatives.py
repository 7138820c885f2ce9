"""Derivatives of the potential by the chain rule.

A disc's energy depends on its 18 unknowns through six strains per patch, so its Hessian is
J^T W'' J plus the curvature of the strains: twenty times cheaper than blind differentiation.
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
from tractus.system import Bodies, Joints, Loads, System
from tractus.tissue import annulus, disc


def _second(f: Callable[..., Array]) -> Callable[..., tuple[Array, Array]]:
    """Gradient and Hessian of a scalar function by its first argument."""

    def both(x: Array, *rest: Any) -> tuple[Array, Array]:
        gradient, push = jax.linearize(lambda v: jax.grad(f)(v, *rest), x)
        return gradient, jax.vmap(push)(jnp.eye(x.shape[0]))

    return both


def _strain_terms(y: Array, d: disc.Disc) -> tuple[Array, Array]:
    """Strains (K, L, 6) and their slopes (K, L, 6, 18)."""
    value, push = jax.linearize(lambda v: disc.strains(v, d), y)
    return value, jax.vmap(push, out_axes=-1)(jnp.eye(y.shape[0]))


def patch_terms(strains: Array, patch: annulus.Patch) -> tuple[Array, Array]:
    """Slope (..., 6) and curve (..., 6, 6) of the energy of patches of any number.

    All patches lie along the last axis of every operation, which then run as vectors.
    """
    shape, n = strains.shape[:-1], strains.shape[-1]
    flat = jax.tree.map(jnp.ravel, patch)
    x = [strains[..., i].ravel() for i in range(n)]

    def slope(*x: Array) -> tuple[Array, ...]:
        def summed(*x: Array) -> Array:
            return jnp.sum(annulus.patch_energy(x, flat))  # type: ignore[arg-type]

        return jax.grad(summed, argnums=tuple(range(n)))(*x)

    first, push = jax.linearize(slope, *x)
    unit = jnp.broadcast_to(jnp.eye(n)[:, :, None], (n, n, x[0].size))
    second = jax.vmap(push)(*[unit[:, i] for i in range(n)])
    curve = jnp.stack(second).transpose(2, 0, 1).reshape(*shape, n, n)
    return jnp.stack(first, -1).reshape(*shape, n), curve


def discs_terms(y: Array, d: disc.Disc, start: Array, resistance: Array) -> tuple[Array, Array]:
    """Gradient (D, 18) and Hessian (D, 18, 18) of discs with their dissipation."""
    s, slope = jax.vmap(_strain_terms)(y, d)
    force, curve = patch_terms(s, d.patch)

    def rest(v: Array, force: Array, d: disc.Disc, start: Array, resist: Array) -> Array:
        linear = jnp.sum(force * disc.strains(v, d))
        return linear + disc.core_energy(v, d) + disc.dissipation(v, start, resist, d)

    gradient, hessian = jax.vmap(_second(rest))(y, force, d, start, resistance)
    bent = jnp.einsum("dklij,dklja->dklia", curve, slope)
    return gradient, hessian + jnp.einsum("dklia,dklib->dab", slope, bent)


def disc_terms(y: Array, d: disc.Disc, start: Array, resistance: Array) -> tuple[Array, Array]:
    """Gradient (18,) and Hessian (18, 18) of one disc's energy and dissipation."""
    one = jax.tree.map(lambda a: a[None], (y, d, start, resistance))
    gradient, hessian = discs_terms(*one)
    return gradient[0], hessian[0]


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


class Slopes(NamedTuple):
    """Potential at a point and its gradient."""

    value: Array  # () J
    pose: Array  # (B, 6)
    hidden: Array  # (D, 12)


def slopes(pose: Array, hidden: Array, system: System, loads: Loads, frozen: Frozen) -> Slopes:
    """Value and gradient of the potential at a point."""
    value, (p, z) = jax.value_and_grad(total, argnums=(0, 1))(pose, hidden, system, loads, frozen)
    return Slopes(value, p, z)


class Curvature(NamedTuple):
    """Second derivatives of the potential at a point, piece by piece."""

    disc: Array  # (D, 18, 18)
    disc_gradient: Array  # (D, 18)
    stiff: Array  # (J, 6, 6) of ligaments, facets, springs and posture by the joint's motion
    slope: Array  # (J, 6, 12) joint motion by the poses of its two bodies
    curve: Array  # (J, 12, 12) by the two poses: muscle, and the bending of the motion
    body: Array  # (B, 6, 6)


def curvature(
    pose: Array, hidden: Array, system: System, loads: Loads, frozen: Frozen
) -> Curvature:
    """Second derivatives of the potential at a point."""
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
    disc_gradient, disc_hessian = discs_terms(full, system.disc, frozen.start, frozen.resistance)

    def passive(v: Array, joint: Joints, control: Array, target: Array, moment: Array) -> Array:
        held = potential.posture_energy(v, control, target, moment)
        return potential.joint_energy(v, joint) + held

    held = (y, system.joints, loads.control, loads.target, frozen.moment)
    force, stiff = jax.vmap(_second(passive))(*held)
    force = force.at[:d].add(disc_gradient[:, :6])

    def bent(v: Array, f: Array, m: Array, a: Bodies, b: Bodies, joint: Joints) -> Array:
        squeeze = potential.muscle_energy(v[:6], v[6:], a, b, m)
        return f @ move(v, a, b, joint) + squeeze

    _, curve = jax.vmap(_second(bent))(both, force, frozen.muscle, a, b, system.joints)
    _, bodies = _body(_second(potential.body_energy))(pose, system.bodies, loads, frozen)
    return Curvature(disc_hessian, disc_gradient, stiff, slope, curve, bodies)


@Compiled
def support_forces(pose: Array, loads: Loads) -> Array:
    """Normal force (B,) [N] of the support on every body."""
    axes = per_body(loads)
    return jax.vmap(potential.support_force, in_axes=(0, axes))(pose, loads)
