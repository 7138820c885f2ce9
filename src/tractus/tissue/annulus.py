"""Annulus: a compressible ground matrix with two families of fibres.

The plates clamp the rim, so the bulge of a patch (sector, layer) carries the profile
g = 1.5 (1 - zeta^2) over the half height, and its hoop stretches where it stands out.  Its
shortening has that profile in a low wall and is even in a tall one; its shear is even, as in a
twisted bar.  Functions take one patch or arrays of patches; places over the height and families
of fibres come first.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax import Array

Floats: TypeAlias = npt.NDArray[np.float64]

GAUSS = np.array([0.5 - 0.5 / 3.0**0.5, 0.5 + 0.5 / 3.0**0.5])
FAMILIES = np.array([1.0, -1.0])  # at +angle and at -angle
PLACES = np.array([1.0, -1.0])  # near the middle and near the plate


class Strains(NamedTuple):
    """Strains of patches."""

    axial: Array
    around: Array  # shear along the circumference
    outward: Array  # shear along the radius
    ring: Array  # relative growth of the squared length of the layer's ring at the patch
    volume: Array  # ratio of the layer
    local: Array  # relative growth of the area that the patch encloses


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
    slender: Array  # distance from the middle of the nucleus over the height
    uneven: Array  # how far the axial strain differs from its mean at the places, over the mean


class Stretches(NamedTuple):
    """Stretches at the places over the height (2, ...)."""

    axial: Array
    hoop: Array
    volume: Array  # ratio
    around: Array  # circumferential shear, the same at every place
    outward: Array  # squared radial shear


def uneven(height: Floats, thickness: Floats) -> Floats:
    """How far the axial strain of a wall between two plates differs from its mean, over the mean.

    A bonded strip that keeps its volume, in plane strain, its sides free: parallel to the plates it
    moves by f(z) x, and least energy asks for f'' = 48/t^2 f + const (after Gent and Lindley 1959,
    who took the parabola that a low strip comes to).  A tall one is strained evenly.
    """
    k = np.sqrt(12.0) * height / thickness  # over the half height
    # 1 - cosh(k zeta)/cosh(k), which must not overflow
    middle, plate = (
        1.0 - (np.exp(k * (zeta - 1.0)) + np.exp(-k * (zeta + 1.0))) / (1.0 + np.exp(-2.0 * k))
        for zeta in GAUSS
    )
    return np.asarray((middle - plate) / (middle + plate))


def stretches(s: Strains, p: Patch) -> Stretches:
    """Stretches over the height of patches."""
    zeta, place = (jnp.asarray(x.reshape(2, *[1] * jnp.ndim(s.axial))) for x in (GAUSS, PLACES))
    g = 1.5 * (1.0 - zeta**2)
    bulge = p.slender * (jnp.sqrt(1.0 + s.local) - 1.0)
    return Stretches(
        1.0 + (1.0 + place * p.uneven) * s.axial,
        jnp.sqrt(1.0 + g * s.ring),
        1.0 + g * (s.volume - 1.0),
        s.around,
        s.outward**2 + (6.0 * zeta * bulge) ** 2,
    )


def fibre_strain(s: Strains, p: Patch) -> Array:
    """Squared stretch minus one (families, places, ...) of the fibres."""
    at = stretches(s, p)
    sign = FAMILIES.reshape(2, *[1] * jnp.ndim(at.axial))
    across = (at.axial**2 + at.outward) * p.sine**2
    return across + (at.hoop * p.cosine + sign * (at.around * p.sine)) ** 2 - 1.0


def fibre_energy(strain: Array, p: Patch) -> Array:
    """Energy density [J/m3] of one family: exponential after a smooth toe until lamellae yield.

    Beyond, only the modulus of the toe is left: what is pulled further slides in its matrix.
    Unloading is not told apart.
    """
    x = strain - p.slack
    e = 0.5 * (x + jnp.sqrt(x * x + p.toe**2))
    yields = e > p.give
    held = jnp.where(yields, p.give, e)
    far = jnp.where(yields, e - p.give, 0.0)
    grown = jnp.expm1(p.k2 * held * held)
    straight = p.give * (grown + 1.0) * far + 0.5 * far * far
    return p.k1 * (grown / (2.0 * p.k2) + straight)


def ground_energy(s: Strains, p: Patch) -> Array:
    """Energy density [J/m3] (places, ...) of the matrix."""
    at = stretches(s, p)
    radial = at.volume / (at.axial * at.hoop)
    log = jnp.log(at.volume)
    first = at.axial**2 + at.hoop**2 + radial**2 + at.around**2 + at.outward
    return 0.5 * p.mu * (first - 3.0 - 2.0 * log) + 0.5 * p.lam * log**2


def patch_energy(s: Strains, p: Patch) -> Array:
    """Energy [J] of patches."""
    ground, fibres = ground_energy(s, p), fibre_energy(fibre_strain(s, p), p)
    # spelled out: a reduction over so few terms would be slower than all the rest
    density = ground[0] + ground[1] + fibres[0, 0] + fibres[0, 1] + fibres[1, 0] + fibres[1, 1]
    return 0.5 * p.volume * density
