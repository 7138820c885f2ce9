"""Donnan osmosis: fixed charge draws water in (Urban and Maroudas 1981)."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

GAS = 8.314462618  # J/(mol K)
BODY = 310.15  # K
COEFFICIENT = 0.93  # osmotic coefficient of the salt inside and outside
SALT = 150.0  # mol/m3, physiological saline


def pressure(charge: Array, water: Array) -> Array:
    """Swelling pressure [Pa] of fixed charge [mol] in water [m3]."""
    c = charge / water
    return COEFFICIENT * GAS * BODY * (jnp.sqrt(c * c + 4.0 * SALT**2) - 2.0 * SALT)


def energy(charge: Array, water: Array) -> Array:
    """Free energy [J] whose derivative with respect to the water is minus the pressure."""
    two = 2.0 * SALT * water
    root = jnp.sqrt(charge**2 + two**2)
    return -COEFFICIENT * GAS * BODY * (root - charge * jnp.arcsinh(charge / two) - two)
