"""Facet joints: frictionless contact that opens in tension."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array


def overlap(approach: Array, gap: Array | float, smooth: Array | float) -> Array:
    """Smoothed positive part [m] of approach minus gap."""
    x = approach - gap
    return 0.5 * (x + jnp.sqrt(x**2 + smooth**2))


def energy(approach: Array, gap: Array | float, smooth: Array | float, stiffness: Array) -> Array:
    """Energy [J] of a contact: stiffness [N/m] times half the squared overlap."""
    return 0.5 * stiffness * overlap(approach, gap, smooth) ** 2


def force(approach: Array, gap: Array | float, smooth: Array | float, stiffness: Array) -> Array:
    """Contact force [N], derivative of the energy with respect to the approach."""
    x = approach - gap
    root = jnp.sqrt(x**2 + smooth**2)
    return stiffness * overlap(approach, gap, smooth) * 0.5 * (1.0 + x / root)
