"""Ligaments and capsules: tension only, a quadratic toe, then linear."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

SMOOTH = 0.004  # strain over which slack turns into tension


def energy(strain: Array, length: Array, stiffness: Array, toe: Array) -> Array:
    """Energy [J] at strain above slack; stiffness [N/m] is that of the linear part."""
    x = 0.5 * (strain + jnp.sqrt(strain**2 + SMOOTH**2))
    curved = jnp.minimum(x, toe)
    linear = jnp.maximum(x - toe, 0.0)
    unit = curved**3 / (6.0 * toe) + linear * (0.5 * toe + 0.5 * linear)
    return stiffness * length**2 * unit
