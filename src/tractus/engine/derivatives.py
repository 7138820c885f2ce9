"""Derivatives of the potential by the chain rule, piece by piece (discs: engine/disc_terms.py)."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from tractus.engine import disc_terms, potential
from tractus.engine.disc_terms import second
from tractus.engine.potential import Frozen, Hinge
from tractus.runtime import Compiled
from tractus.system import Joints, Loads, System
from tractus.tissue import disc


@Compiled
def hinges(system: System) -> Hinge:
    """Every joint with its bodies in their reference poses."""
    low = jax.tree.map(lambda a: a[:-1], system.bodies)
    high = jax.tree.map(lambda a: a[1:], system.bodies)
    return jax.vmap(potential.hinge)(low, high, system.joints)


_between = jax.vmap(potential.between)
_motion = jax.vmap(potential.joint_motion)


@Compiled
def motions(pose: Array, system: System) -> Array:
    """Motion (J, 6) of every joint."""
    return _motion(_between(pose[:-1], pose[1:]), hinges(system))


def total(pose: Array, hidden: Array, system: System, loads: Loads, frozen: Frozen) -> Array:
    """The whole potential [J]."""
    v = _between(pose[:-1], pose[1:])
    y = _motion(v, frozen.hinge)
    full = jnp.concatenate([y[: hidden.shape[0]], hidden], 1)
    discs = disc_terms.total_energy(full, system.disc)
    ratio = hidden[:, : disc.COMPARTMENTS]
    flows = jax.vmap(disc.dissipation)(ratio, frozen.start, frozen.resistance, system.disc)
    joints = jax.vmap(potential.joint_energy)(y, system.joints)
    posture = jax.vmap(potential.posture_energy)(y, loads.control, loads.target, frozen.moment)
    muscle = jax.vmap(potential.muscle_energy)(v, frozen.hinge, frozen.muscle)
    bodies = _body(potential.body_energy)(pose, system.bodies, loads, frozen)
    parts = (discs, flows, joints, posture, muscle, bodies)
    return sum((jnp.sum(p) for p in parts), jnp.asarray(0.0))


def per_body(loads: Loads) -> Loads:
    """vmap axes of loads over bodies."""
    shared = {"gravity", "normal", "guard", "psoas", "heat", "control", "target", "tone"}
    return Loads(*(None if f in shared else 0 for f in Loads._fields))  # type: ignore[arg-type]


_LOAD_AXES = per_body(None)  # type: ignore[arg-type]
_FROZEN_AXES = Frozen(None, None, None, None, 0, 0, 0, None, 0, None)  # type: ignore[arg-type]


def _body(f):  # type: ignore[no-untyped-def]
    return jax.vmap(f, in_axes=(0, 0, _LOAD_AXES, _FROZEN_AXES))


FELT = np.array([0, 1, 2, 3, 4, 5, 0, 1, 2, 6, 7, 8])
SIGN = np.array([-1.0] * 3 + [1.0] * 9)
"""What a joint feels of each coordinate of its two bodies, and with which sign."""


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

    disc: Array  # (D, 18, 18) without dissipation
    damping: Array  # (D, C, C) of the dissipation by the volume ratios
    disc_gradient: Array  # (D, 18), of which the gas alone is asked for
    stiff: Array  # (J, 6, 6) of ligaments, facets, springs and posture by the joint's motion
    slope: Array  # (J, 6, 12) joint motion by the poses of its two bodies
    curve: Array  # (J, 12, 12) by the two poses: muscle, and the bending of the motion
    body: Array  # (B, 6, 6)


def curvature(
    pose: Array, hidden: Array, system: System, loads: Loads, frozen: Frozen
) -> Curvature:
    """Second derivatives of the potential at a point."""
    d = hidden.shape[0]
    v = _between(pose[:-1], pose[1:])

    def moved(v: Array, h: Hinge) -> tuple[Array, Array]:
        y, push = jax.linearize(lambda v: potential.joint_motion(v, h), v)
        return y, jax.vmap(push, out_axes=-1)(jnp.eye(9))

    y, slope = jax.vmap(moved)(v, frozen.hinge)
    full = jnp.concatenate([y[:d], hidden], 1)
    disc_gradient, disc_hessian, damping = disc_terms.discs_terms(
        full, system.disc, frozen.start, frozen.resistance
    )

    def passive(v: Array, joint: Joints, control: Array, target: Array, moment: Array) -> Array:
        held = potential.posture_energy(v, control, target, moment)
        return potential.joint_energy(v, joint) + held

    held = (y, system.joints, loads.control, loads.target, frozen.moment)
    force, stiff = jax.vmap(second(passive))(*held)
    force = force.at[:d].add(disc_gradient[:, :6])

    def bent(v: Array, f: Array, m: Array, h: Hinge) -> Array:
        return f @ potential.joint_motion(v, h) + potential.muscle_energy(v, h, m)

    _, curve = jax.vmap(second(bent))(v, force, frozen.muscle, frozen.hinge)
    # from what a joint feels to the poses of its two bodies
    slope = slope[:, :, FELT] * SIGN
    curve = curve[:, FELT][:, :, FELT] * SIGN[:, None] * SIGN
    bodies = _bodies(pose, system, loads, frozen)
    return Curvature(disc_hessian, damping, disc_gradient, stiff, slope, curve, bodies)


def _bodies(pose: Array, system: System, loads: Loads, frozen: Frozen) -> Array:
    curve: Array = _body(second(potential.body_energy))(pose, system.bodies, loads, frozen)[1]
    return curve


def renewed(old: Curvature, pose: Array, system: System, loads: Loads, frozen: Frozen) -> Curvature:
    """Second derivatives of an earlier solve, with the length of time and the support of this."""
    damping = disc_terms.damping(frozen.resistance, system.disc)
    return old._replace(damping=damping, body=_bodies(pose, system, loads, frozen))


def nowhere(system: System) -> Curvature:
    """Second derivatives of nothing, in the shapes of a system, for where none are known."""
    b, (d, c) = system.bodies.mass.shape[0], system.disc.volume.shape
    j, n = b - 1, disc.SIZE
    shapes = ((d, n, n), (d, c, c), (d, n), (j, 6, 6), (j, 6, 12), (j, 12, 12), (b, 6, 6))
    return Curvature(*(np.zeros(s) for s in shapes))  # type: ignore[arg-type]


@Compiled
def support_forces(pose: Array, loads: Loads) -> Array:
    """Normal force (B,) [N] of the support on every body."""
    axes = per_body(loads)
    return jax.vmap(potential.support_force, in_axes=(0, axes))(pose, loads)
