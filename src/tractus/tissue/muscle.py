"""Muscle: what holds a posture, what squeezes at rest, what guards against a pull.

Muscle is a load, not an energy of the spine: its forces are found from the moments that
posture asks for and are held during a solve.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array


class Muscles(NamedTuple):
    """Constants of the muscles round each joint (J,) and of their answer to pull and warmth."""

    extensor_arm: Array  # (J,) m
    flexor_arm: Array  # (J,) m
    side_arm: Array  # (J,) m
    cocontraction: Array  # () share of the flexors that work along
    maximum: Array  # (J,) N, extensors at maximal voluntary activity
    guarding: Array  # () N of muscle per N of new pull
    habit: Array  # () s in which muscles get used to a pull
    warming: Array  # () s in which warmth reaches the muscle and leaves it
    slackening: Array  # () 1/K share of the tone lost per kelvin
    quickening: Array  # () 1/K by which warmth shortens the habit


class Forces(NamedTuple):
    """Forces [N] (J,) of the muscles at each joint."""

    extensor: Array
    flexor: Array
    tone: Array
    guard: Array

    def total(self) -> Array:
        """Compression of each joint by its muscles [N]."""
        return self.extensor + self.flexor + self.tone + self.guard


def forces(moment: Array, tone: Array, surplus: Array, warmth: Array, m: Muscles) -> Forces:
    """Forces from posture moments (J, 3) [N m], tone (J,), unaccustomed pull (J,), warmth [K].

    Co-contraction c adds c of the flexors' force and, to balance its moment, of the extensors'.
    """
    back = jnp.maximum(moment[:, 1], 0.0) / m.extensor_arm
    front = jnp.maximum(-moment[:, 1], 0.0) / m.flexor_arm
    side = (jnp.abs(moment[:, 0]) + jnp.abs(moment[:, 2])) / m.side_arm
    both = m.cocontraction * (back + front)
    return Forces(
        back + side + both,
        front + both * m.extensor_arm / m.flexor_arm,
        tone * (1.0 - jnp.clip(m.slackening * warmth, 0.0, 1.0)),
        m.guarding * jnp.maximum(surplus, 0.0),
    )


def accustomed(lag: Array, pull: Array, warmth: Array, dt: Array, m: Muscles) -> Array:
    """Pull (J,) [N] that the muscles have got used to after dt [s]."""
    habit = m.habit / (1.0 + m.quickening * warmth)
    return pull + (lag - pull) * jnp.exp(-dt / habit)


def warmed(warmth: Array, heat: Array, dt: Array, m: Muscles) -> Array:
    """Warmth [K] of the muscle after dt [s] of heat [K] at the skin."""
    return heat + (warmth - heat) * jnp.exp(-dt / m.warming)
