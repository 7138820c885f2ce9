"""Costovertebral joints: a rib head holds the two bodies beside it against each other.

The rib itself is fixed to the lower vertebra, at its head and at the transverse process; it may
turn about the line through both, on which the head lies, without moving it.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array


def energy(displacement: Array, stiffness: Array) -> Array:
    """Energy [J] of a rib head displaced by (..., 3) [m]: stiffness [N/m], the same all round."""
    return 0.5 * stiffness * jnp.sum(displacement**2, -1)
