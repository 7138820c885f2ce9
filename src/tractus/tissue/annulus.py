"""Annulus: a compressible ground matrix with two families of fibres (MODEL 2).

Strains of one patch (sector, layer): axial e, circumferential shear t, radial shear n,
relative growth a of the area that the layer's ring encloses, volume ratio J of the layer, local
bulge b over the height.  The plates clamp the rim, so each carries the profile
g = 1.5 (1 - zeta^2) over the half height.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

GAUSS = np.array([0.5 - 0.5 / 3.0**0.5, 0.5 + 0.5 / 3.0**0.5])


class Patch(NamedTuple):
    """Constants of a patch: volume [m3], height [m], fibre angle, moduli [Pa]."""

    volume: Array
    height: Array
    cosine: Array
    sine: Array
    mu: Array
    lam: Array
    k1: Array
    k2: Array
    slack: Array
    toe: Array
    give: Array  # strain above slack at which lamellae yield


def fibre_strain(axial: Array, hoop: Array, t: Array, n2: Array, p: Patch, sign: float) -> Array:
    """Squared stretch minus one of the fibre family at +angle (sign 1) or -angle (sign -1)."""
    c, s = p.cosine, p.sine
    return (axial * s) ** 2 + (hoop * c + sign * t * s) ** 2 + n2 * s**2 - 1.0


def fibre_energy(strain: Array, p: Patch) -> Array:
    """Energy density [J/m3] of one family: exponential after a smooth toe until lamellae yield.

    Beyond, only the modulus of the toe is left: what is pulled further slides in its matrix.
    Unloading is not told apart.
    """
    x = strain - p.slack
    e = 0.5 * (x + jnp.sqrt(x * x + p.toe**2))
    q = p.k2 * jnp.minimum(e, p.give) ** 2
    far = jnp.maximum(e - p.give, 0.0)
    straight = p.give * jnp.exp(q) * far + 0.5 * far**2
    return p.k1 * (jnp.expm1(q) / (2.0 * p.k2) + straight)


def stretches(strains: Array, p: Patch, zeta: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Axial and hoop stretch, volume ratio, circumferential shear, squared radial shear."""
    e, t, n, a, j, b = strains
    g = 1.5 * (1.0 - zeta**2)
    meridional = -6.0 * zeta * b
    return (
        1.0 + g * e,
        jnp.sqrt(1.0 + g * a),
        1.0 + g * (j - 1.0),
        g * t,
        (g * n) ** 2 + meridional**2,
    )


def patch_energy(strains: Array, p: Patch) -> Array:
    """Energy [J] of a patch from its six strains (6,)."""

    def density(zeta: Array) -> Array:
        axial, hoop, volume, t, n2 = stretches(strains, p, zeta)
        radial = volume / (axial * hoop)
        log = jnp.log(volume)
        first = axial**2 + hoop**2 + radial**2 + t**2 + n2
        ground = 0.5 * p.mu * (first - 3.0 - 2.0 * log) + 0.5 * p.lam * log**2
        fibres = sum(fibre_energy(fibre_strain(axial, hoop, t, n2, p, s), p) for s in (1.0, -1.0))
        return ground + fibres

    return p.volume * 0.5 * (density(GAUSS[0]) + density(GAUSS[1]))
