"""The scalar that decides everything, piece by piece: one function per kind of piece.

Pi = sum over joints (disc, ligaments, facets, posture, muscle) + sum over bodies (gravity, pulls,
supports, friction).  Forces and stiffness are its derivatives (engine/newton.py).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from tractus import rotation
from tractus.system import SKIN, Bodies, Joints, Loads
from tractus.tissue import costovertebral, facet, ligament

REGULAR = 5.0  # N/m to the pose at the start of a step: fixes what a frictionless bed leaves free


class Hinge(NamedTuple):
    """A joint with its bodies in their reference poses: what its motion is made of."""

    apart: Array  # (3,) from the centre of the lower body to that of the upper one [m]
    arm: Array  # (3,) from the centre of the upper body to its plate [m]
    rest: Array  # (3,) from the centre of the lower body to the stress-free upper plate [m]
    frame: Array  # (3, 3) axes of the lower plate as rows
    turn: Array  # (4, 4) from the bodies' turn against each other to that of the plates


class Frozen(NamedTuple):
    """What is held fixed during one solve and updated between solves."""

    start: Array  # (D, C) volume ratios that the water moves from
    resistance: Array  # (D, C, C) Pa s/m3 over the time step
    moment: Array  # (J, 3) posture multipliers [N m]
    muscle: Array  # (J,) N
    slip: Array  # (B, 2) where the friction springs are slack now [m]
    drag: Array  # (B, 2) N
    limit: Array  # (B,) friction limit [N]
    sticking: Array  # () 1 where friction answers (a jump), 0 where its force is kept
    origin: Array  # (B, 6) pose at the start
    hinge: Hinge  # (J, ...)


def place(x: Array, body: Bodies) -> tuple[Array, Array]:
    """Centre (3,) and quaternion (4,) of a body displaced by x (6,)."""
    return body.place + x[:3], rotation.product(rotation.quaternion(x[3:]), body.turn)


def hinge(a: Bodies, b: Bodies, joint: Joints) -> Hinge:
    """Joint of a lower body a and an upper body b."""
    seat = rotation.product(a.turn, joint.lower_turn)
    plate = rotation.product(
        b.turn, rotation.product(joint.upper_turn, rotation.conjugate(joint.wedge))
    )

    def turn(q: Array) -> Array:
        return rotation.product(rotation.conjugate(seat), rotation.product(q, plate))

    gap = rotation.rotate(a.turn, joint.lower) + rotation.rotate(seat, joint.gap)
    frame = jax.vmap(lambda axis: rotation.rotate(seat, axis))(jnp.eye(3))
    arm = rotation.rotate(b.turn, joint.upper)
    return Hinge(b.place - a.place, arm, gap, frame, jax.vmap(turn, out_axes=1)(jnp.eye(4)))


def between(low: Array, high: Array) -> Array:
    """What a joint feels (9,) of the poses of its bodies: displacement apart, and both turns."""
    return jnp.concatenate([high[:3] - low[:3], low[3:], high[3:]])


def joint_motion(v: Array, h: Hinge) -> Array:
    """Motion (6,) of the upper plate from its stress-free pose, in the lower plate's frame."""
    low, high = rotation.quaternion(v[3:6]), rotation.quaternion(v[6:])
    back = rotation.conjugate(low)
    reach = rotation.rotate(back, h.apart + v[:3] + rotation.rotate(high, h.arm)) - h.rest
    turn = h.turn @ rotation.product(back, high)
    return jnp.concatenate([h.frame @ reach, rotation.vector(turn)])


def rope_strain(y: Array, joint: Joints) -> Array:
    """Strain (M,) of the ligaments above their slack length."""
    tip = joint.gap + y[:3] + joint.rope_high @ rotation.matrix(y[3:]).T
    length = jnp.sqrt(jnp.sum((tip - joint.rope_low) ** 2, -1))
    return length / joint.rope_length - 1.0


def facet_approach(y: Array, joint: Joints) -> Array:
    """Approach (C,) [m] of the facet contacts."""
    move = y[:3] + joint.facet @ (rotation.matrix(y[3:]) - jnp.eye(3)).T
    return jnp.sum(move * joint.facet_normal, -1)


def rib_displacement(y: Array, joint: Joints) -> Array:
    """Displacement (2, 3) [m] of the upper body against the lower one at the rib heads."""
    return joint.gap + y[:3] + joint.rib_high @ rotation.matrix(y[3:]).T - joint.rib_low


def joint_energy(y: Array, joint: Joints) -> Array:
    """Energy [J] of ligaments, facets, costovertebral joints and springs of a joint."""
    ropes = ligament.energy(
        rope_strain(y, joint), joint.rope_length, joint.rope_stiffness, joint.rope_toe
    )
    contact = facet.energy(
        facet_approach(y, joint), joint.facet_gap, joint.facet_smooth, joint.facet_stiffness
    )
    ribs = costovertebral.energy(rib_displacement(y, joint), joint.rib_stiffness)
    return jnp.sum(ropes) + jnp.sum(contact) + jnp.sum(ribs) + 0.5 * jnp.sum(joint.spring * y * y)


def posture_energy(y: Array, control: Array, target: Array, moment: Array) -> Array:
    """Energy [J] of posture control: a spring towards the target and its multiplier."""
    off = y[3:] - target
    return 0.5 * control * off @ off + moment @ off


def muscle_energy(v: Array, h: Hinge, force: Array) -> Array:
    """Energy [J] of muscle that squeezes two neighbouring bodies: a follower without moment."""
    d = h.apart + v[:3]
    return force * jnp.sqrt(d @ d)


def support_approach(x: Array, loads: Loads) -> Array:
    """Depth [m] of a body in its support."""
    return loads.depth + loads.lift - x[:3] @ loads.normal


def body_energy(x: Array, body: Bodies, loads: Loads, frozen: Frozen) -> Array:
    """Energy [J] of one body: weight, pulls, moments, holds, support and its friction."""
    centre, turn = place(x, body)
    weight = body.mass * (1.0 - loads.buoyancy) * loads.gravity
    work = weight @ (centre + rotation.rotate(turn, body.com))
    work += loads.force @ (centre + rotation.rotate(turn, loads.arm)) + loads.moment @ x[3:]
    held = x - loads.pose
    loose = x - frozen.origin
    stored = 0.5 * jnp.sum(loads.hold * held * held) + 0.5 * REGULAR * loose[:3] @ loose[:3]
    pressed = facet.energy(support_approach(x, loads), 0.0, SKIN, loads.support)
    return stored + pressed - work + friction_energy(x, loads, frozen)


def tangential(x: Array, normal: Array) -> Array:
    """Displacement (2,) [m] along a support: headward, and across."""
    return jnp.stack([x[2], normal[0] * x[1] - normal[1] * x[0]])


def support_force(x: Array, loads: Loads) -> Array:
    """Normal force [N] of the support on one body, never negative."""
    return facet.force(support_approach(x, loads), 0.0, SKIN, loads.support)


def friction_energy(x: Array, loads: Loads, frozen: Frozen) -> Array:
    """Energy [J] of friction: springs with sliders in a jump, kept forces afterwards.

    Breathing and small movements let slow growth pass under an unchanged shear force.
    """
    d = tangential(x, loads.normal)
    stuck = jnp.sum(huber(d - frozen.slip, loads.shear, frozen.limit))
    return frozen.sticking * stuck - (1.0 - frozen.sticking) * frozen.drag @ d


def huber(d: Array, stiffness: Array, limit: Array) -> Array:
    """Energy [J] of a spring in series with a slider that gives way at `limit` [N]."""
    give = limit / jnp.where(stiffness > 0, stiffness, 1.0)
    far = jnp.abs(d) > give
    return jnp.where(far, limit * (jnp.abs(d) - 0.5 * give), 0.5 * stiffness * d * d)
