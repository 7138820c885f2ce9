"""What a spine is to the engine: bodies, joints and discs as arrays in SI units; loads; the state.

No method, patient or posture is known here.  Bodies run from the pelvis to the head, joint j
lies between body j and body j + 1, and the first D joints hold the D discs.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np
from jax import Array

from tractus.tissue.disc import COMPARTMENTS, HIDDEN, Disc
from tractus.tissue.muscle import Muscles

SKIN = 0.002  # m over which a support begins to press: rounds the contact for the solver


class Bodies(NamedTuple):
    """Rigid bodies in their reference pose (x anterior, y left, z cranial)."""

    place: Array  # (B, 3) centre [m]
    turn: Array  # (B, 4) quaternion
    mass: Array  # (B,) kg
    com: Array  # (B, 3) centre of mass from the centre, body frame [m]


class Joints(NamedTuple):
    """Joints between bodies: plates, stress-free pose, passive tissue beside the disc."""

    lower: Array  # (J, 3) plate centre in the lower body's frame
    lower_turn: Array  # (J, 4)
    upper: Array  # (J, 3) plate centre in the upper body's frame
    upper_turn: Array  # (J, 4)
    gap: Array  # (J, 3) stress-free translation between the plates, lower plate frame
    wedge: Array  # (J, 4) stress-free rotation of the upper plate
    rope_low: Array  # (J, M, 3) ligament attachment, lower plate frame
    rope_high: Array  # (J, M, 3) attachment from the upper plate's centre, lower plate frame
    rope_length: Array  # (J, M) slack length [m]
    rope_stiffness: Array  # (J, M) N/m
    rope_toe: Array  # (J, M)
    facet: Array  # (J, C, 3) contact point (joints.CONTACTS) from the upper plate's centre
    facet_normal: Array  # (J, C, 3) direction of approach
    facet_gap: Array  # (J, C) m
    facet_smooth: Array  # (J, C) m
    facet_stiffness: Array  # (J, C) N/m
    rib_low: Array  # (J, 2, 3) where a rib head holds the lower body, lower plate frame
    rib_high: Array  # (J, 2, 3) where it holds the upper one, from the upper plate's centre
    rib_stiffness: Array  # (J, 2) N/m in every direction
    spring: Array  # (J, 6) N/m and N m/rad, about the stress-free pose


class System(NamedTuple):
    """A spine, or a specimen, as the engine sees it."""

    bodies: Bodies
    joints: Joints
    disc: Disc  # (D, ...)
    muscles: Muscles


class Loads(NamedTuple):
    """What acts during one interval; constant in time, world frame.

    `normal` points from the support to the body, `along` is the direction of friction.
    """

    gravity: Array  # (3,) m/s2
    buoyancy: Array  # (B,) share of weight taken away by water
    force: Array  # (B, 3) N
    arm: Array  # (B, 3) where the force acts, body frame [m]
    moment: Array  # (B, 3) N m
    hold: Array  # (B, 6) N/m and N m/rad about the hold pose
    pose: Array  # (B, 6) hold pose
    normal: Array  # (3,)
    support: Array  # (B,) N/m, 0 = none
    depth: Array  # (B,) depth in the support in the reference pose [m]
    lift: Array  # (B,) m by which the support is raised under the body
    shear: Array  # (B,) N/m tangential stiffness of the support
    grip: Array  # (B,) coefficient of friction
    push: Array  # (B,) N per N of weight with which a blocked inclined rib pushes headward
    control: Array  # (J,) N m/rad of posture control, 0 = off
    target: Array  # (J, 3) rotation from the stress-free pose that posture asks for [rad]
    tone: Array  # (J,) N of muscle that squeezes the joint whatever the posture
    psoas: Array  # (J,) N of the tone that is psoas; for reading only
    guard: Array  # (J,) N of pull that muscles answer to
    heat: Array  # () K that the skin is warmed, 0 = none


class State(NamedTuple):
    """State between two steps of time."""

    pose: Array  # (B, 6) displacement [m] and rotation vector [rad] from the reference pose
    hidden: Array  # (D, 12) unknowns of the discs
    slip: Array  # (B, 2) where the friction springs hang, headward and left [m]
    drag: Array  # (B, 2) friction force on the body [N]
    moment: Array  # (J, 3) posture moments (multipliers) [N m]
    lag: Array  # (J,) pull that the muscles have got used to [N]
    warmth: Array  # () warmth of the muscle [K]


def at_reference(system: System, hidden: Array) -> State:
    """State with every body in its reference pose."""
    b, j = system.bodies.mass.shape[0], system.joints.gap.shape[0]
    zero = np.zeros
    rest = (zero((b, 6)), hidden, zero((b, 2)), zero((b, 2)), zero((j, 3)), zero(j), zero(()))
    return jax.device_put(State(*rest))  # type: ignore[arg-type,no-any-return]


__all__ = [
    "COMPARTMENTS",
    "HIDDEN",
    "SKIN",
    "Bodies",
    "Joints",
    "Loads",
    "State",
    "System",
    "at_reference",
]
