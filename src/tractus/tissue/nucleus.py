"""Nucleus: a weak solid in water, and the gas that appears when it is pulled."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

ATMOSPHERE = 1.0e5  # Pa, above which a liquid cannot be pulled
DROP = 1.0e-9  # m3, unit of the gas volume


def solid_energy(ratio: Array, volume: Array, modulus: Array) -> Array:
    """Energy [J] of slices swollen to volume ratio (N,) of volume [m3], modulus [Pa]."""
    return 0.5 * modulus * jnp.sum(volume * (ratio - 1.0) ** 2)


def shear_energy(axial: Array, area: Array, volume: Array, modulus: Array) -> Array:
    """Energy [J] of the nucleus' shape: axial stretch and area ratio, shear modulus [Pa]."""
    return 0.5 * modulus * volume * (axial**2 + 2.0 * area - 3.0 - 2.0 * jnp.log(axial * area))


def gas_volume(log_drops: Array) -> Array:
    """Gas volume [m3] from its unknown, the logarithm of the volume in mm3."""
    return DROP * jnp.exp(log_drops)


def gas_energy(log_drops: Array, amount: Array) -> Array:
    """Energy [J] of gas with amount = nRT [J]: makes P = amount / volume - 1 atm exactly."""
    return ATMOSPHERE * gas_volume(log_drops) - amount * log_drops


def gauge_pressure(log_drops: Array, amount: Array) -> Array:
    """Nucleus pressure [Pa, gauge]: the quantity conjugate to nucleus volume."""
    return amount / gas_volume(log_drops) - ATMOSPHERE
