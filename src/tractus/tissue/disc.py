"""One disc: two rigid plates, a nucleus of water slices, an annulus of patches (MODEL 2).

Unknowns y (18,): displacement u (3) [m] and rotation vector (3) [rad] of the upper plate from
its stress-free pose, volume ratios J of the 4 nucleus slices and 3 annulus layers, logarithm
of the gas volume, and harmonics 1 and 2 of the share of the bulge round the rim.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from tractus import rotation
from tractus.tissue import annulus, flow, nucleus, osmosis

SECTORS = 8  # at multiples of 45 degrees from the front to the left
LAYERS = 3
SLICES = 4
COMPARTMENTS = SLICES + LAYERS
HIDDEN = COMPARTMENTS + 1 + 4
SIZE = 6 + HIDDEN


class Disc(NamedTuple):
    """Constants of a disc; lengths [m], areas [m2], volumes [m3], charge [mol], moduli [Pa]."""

    point: Array  # (K, L, 3) middle of each patch on the upper plate, from its centre
    tangent: Array  # (K, 3)
    normal: Array  # (K, 3)
    harmonic: Array  # (K, 4) cos, sin, cos 2, sin 2 of the sector's angle
    patch: annulus.Patch  # (K, L) each
    patch_area: Array  # (K, L)
    radius: Array  # (K, L) from the middle of the nucleus
    centre: Array  # (3,) middle of the nucleus on the upper plate
    nucleus_height: Array
    nucleus_area: Array
    volume: Array  # (C,) at J = 1
    solid: Array  # (C,) share of solid at J = 1
    charge: Array  # (C,)
    nucleus_modulus: Array
    nucleus_shear: Array
    gas: Array  # nRT [J]
    k0: Array  # (C,) permeability at J = 1 [m4/Ns]
    exponent: Array
    endplate: Array  # permeability [m4/Ns]
    leak: Array  # (C,) conductance of clefts to the bath [m3/(Pa s)]
    path: flow.Path


def plate_motion(y: Array, point: Array) -> Array:
    """Displacement (..., 3) [m] of points (..., 3) of the upper plate."""
    turn = rotation.matrix(y[3:6]) - jnp.eye(3)
    return y[:3] + point @ turn.T


def nucleus_growth(y: Array, disc: Disc) -> tuple[Array, Array]:
    """Axial stretch of the nucleus and the ratio of its area, from its volume over its height."""
    volume = disc.volume[:SLICES] @ y[6 : 6 + SLICES] + nucleus.gas_volume(y[6 + COMPARTMENTS])
    height = disc.nucleus_height + plate_motion(y, disc.centre)[2]
    return height / disc.nucleus_height, volume / (height * disc.nucleus_area)


def bulge(y: Array, disc: Disc, axial: Array) -> tuple[Array, Array, Array]:
    """Growth of area within each layer's middle (L,), local growth (K, L), at the rim (K,).

    The hoop strain of a layer is that of its whole ring, since it slides round the rim; where
    the ring stands out depends on the local thickness and on where the nucleus has gone.
    """
    _, area = nucleus_growth(y, disc)
    share = 1.0 + disc.harmonic @ y[7 + COMPARTMENTS :]
    core = disc.nucleus_area / SECTORS
    layers = disc.patch_area * y[6 + SLICES : 6 + COMPARTMENTS] / axial
    now = (core * area * share)[:, None] + jnp.cumsum(layers, 1) - 0.5 * layers
    rest = core + jnp.cumsum(disc.patch_area, 1) - 0.5 * disc.patch_area
    rim = (core * area * share + layers.sum(1)) / (core + disc.patch_area.sum(1)) - 1.0
    return now.sum(0) / rest.sum(0) - 1.0, now / rest - 1.0, rim


def strains(y: Array, disc: Disc) -> Array:
    """Strains (K, L, 6) of every patch: axial, two shears, ring growth, volume ratio, bulge."""
    d = plate_motion(y, disc.point)
    h = disc.patch.height
    e = d[..., 2] / h
    ring, local, _ = bulge(y, disc, 1.0 + e)
    ratio = y[6 + SLICES : 6 + COMPARTMENTS]
    shear_t = jnp.einsum("kli,ki->kl", d, disc.tangent) / h
    shear_n = jnp.einsum("kli,ki->kl", d, disc.normal) / h
    out = disc.radius / h * (jnp.sqrt(1.0 + local) - 1.0)
    parts = (
        e,
        shear_t,
        shear_n,
        jnp.broadcast_to(ring, e.shape),
        jnp.broadcast_to(ratio, e.shape),
        out,
    )
    return jnp.stack(parts, -1)


def water(ratio: Array, disc: Disc) -> Array:
    """Water [m3] of each compartment (C,) at volume ratio J."""
    return disc.volume * (ratio - disc.solid)


def core_energy(y: Array, disc: Disc) -> Array:
    """Energy [J] of all but the annulus patches: osmosis, nucleus solid and shape, gas."""
    ratio = y[6 : 6 + COMPARTMENTS]
    axial, area = nucleus_growth(y, disc)
    volume = disc.volume[:SLICES]
    return (
        jnp.sum(osmosis.energy(disc.charge, water(ratio, disc)))
        + nucleus.solid_energy(ratio[:SLICES], volume, disc.nucleus_modulus)
        + nucleus.shear_energy(axial, area, volume.sum(), disc.nucleus_shear)
        + nucleus.gas_energy(y[6 + COMPARTMENTS], disc.gas)
    )


_patches = jax.vmap(jax.vmap(annulus.patch_energy))


def energy(y: Array, disc: Disc) -> Array:
    """Elastic, osmotic and gas energy [J] of the disc."""
    return jnp.sum(_patches(strains(y, disc), disc.patch)) + core_energy(y, disc)


def dissipation(y: Array, start: Array, resistance: Array, disc: Disc) -> Array:
    """Viscous work [J] of moving the water from ratios `start`; resistance = G^-1 / dt."""
    moved = disc.volume * (y[6 : 6 + COMPARTMENTS] - start)
    return 0.5 * moved @ resistance @ moved


def pressure(y: Array, disc: Disc) -> Array:
    """Intradiscal pressure [Pa, gauge], conjugate to the volume of the nucleus."""
    return nucleus.gauge_pressure(y[6 + COMPARTMENTS], disc.gas)


def at_rest(disc: Disc) -> Array:
    """Unknowns (18,) of the stress-free disc with its gas at one atmosphere more than zero."""
    gas = jnp.log(disc.gas / (2.0 * nucleus.ATMOSPHERE) / nucleus.DROP)
    return jnp.concatenate([jnp.zeros(6), jnp.ones(COMPARTMENTS), gas[None], jnp.zeros(4)])
