"""One disc: two rigid plates, a nucleus of water slices, an annulus of patches.

Unknowns y (18,): displacement u (3) [m] and rotation vector (3) [rad] of the upper plate from
its stress-free pose, volume ratios J of the 4 nucleus slices and 3 annulus layers, logarithm
of the gas volume, and harmonics 1 and 2 of the share of the bulge round the rim.

Its shape x (14,) is all that the tissue feels of them: pose of the plate, volume of the nucleus
[m3], volume ratios of the layers, harmonics.  Each unknown moves one entry of the shape.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from tractus import rotation
from tractus.tissue import annulus, flow, nucleus, osmosis

SECTORS = 8  # at multiples of 45 degrees from the front to the left
LAYERS = 3
SLICES = 4
COMPARTMENTS = SLICES + LAYERS
HIDDEN = COMPARTMENTS + 1 + 4
SIZE = 6 + HIDDEN
GAS = 6 + COMPARTMENTS  # place of the gas among the unknowns
SHAPE = np.array([0, 1, 2, 3, 4, 5] + [6] * SLICES + [7, 8, 9] + [6] + [10, 11, 12, 13])
"""Entry of the shape that each unknown moves."""
INSIDE = np.tril(np.ones((LAYERS, LAYERS)), -1) + 0.5 * np.eye(LAYERS)
"""Share of each layer that lies within the middle of each layer."""


class Disc(NamedTuple):
    """Constants of a disc; lengths [m], areas [m2], volumes [m3], charge [mol], moduli [Pa].

    Sectors come last, since eight numbers are worked on at once.
    """

    point: Array  # (3, L, K) middle of each patch on the upper plate, from its centre
    tangent: Array  # (2, K) forward, to the left
    normal: Array  # (2, K)
    harmonic: Array  # (4, K) cos, sin, cos 2, sin 2 of the sector's angle
    patch: annulus.Patch  # (L, K) each
    patch_area: Array  # (L, K)
    tie: Array  # (L, K, K) what uneven growth in each sector (last) adds to the hoop of a patch
    radius: Array  # (K,) of the rim from the middle of the nucleus
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


def shape(y: Array, disc: Disc) -> Array:
    """Shape (14,) of a disc from its unknowns (18,)."""
    core = disc.volume[:SLICES] @ y[6 : 6 + SLICES] + nucleus.gas_volume(y[GAS])
    return jnp.concatenate([y[:6], core[None], y[6 + SLICES : GAS], y[GAS + 1 :]])


def shape_slope(y: Array, disc: Disc) -> Array:
    """How far each unknown (18,) moves its entry of the shape."""
    one = jnp.ones(6)
    gas = nucleus.gas_volume(y[GAS])[None]
    return jnp.concatenate([one, disc.volume[:SLICES], one[:LAYERS], gas, one[:4]])


class Parts(NamedTuple):
    """What the annulus feels of a shape, in which its strains are nearly linear."""

    shift: Array  # (3,) m of the upper plate
    turn: Array  # (3, 3) rotation less the identity
    ratio: Array  # (L,) volume ratios of the layers
    core: Array  # (K,) m2 of the nucleus in each sector


def _turn(x: Array) -> Array:
    return rotation.matrix(x[3:6]) - jnp.eye(3)


def _moved(shift: Array, turn: Array, point: Array) -> tuple[Array, Array, Array]:
    a, b, c = (
        shift[i] + turn[i, 0] * point[0] + turn[i, 1] * point[1] + turn[i, 2] * point[2]
        for i in range(3)
    )
    return a, b, c


def plate_motion(x: Array, point: Array) -> tuple[Array, Array, Array]:
    """Displacement [m] of points (3, ...) of the upper plate, by direction."""
    return _moved(x[:3], _turn(x), point)


def nucleus_growth(x: Array, disc: Disc) -> tuple[Array, Array]:
    """Axial stretch of the nucleus and the ratio of its area, from its volume over its height."""
    height = disc.nucleus_height + plate_motion(x, disc.centre)[2]
    return height / disc.nucleus_height, x[6] / (height * disc.nucleus_area)


def parts(x: Array, disc: Disc) -> Parts:
    """Parts of a shape."""
    _, area = nucleus_growth(x, disc)
    share = 1.0 + jnp.sum(x[10:, None] * disc.harmonic, 0)
    return Parts(x[:3], _turn(x), x[7:10], disc.nucleus_area / SECTORS * area * share)


def filled(ratio: Array, axial: Array) -> Array:
    """Growth of the area of a layer from its volume ratio and its strain along the axis."""
    return ratio / (1.0 + axial)


def growths(core: Array, fill: Array, disc: Disc) -> tuple[Array, Array, Array]:
    """Growth of a patch's ring (L, K), of the area it encloses (L, K), at the rim (K,).

    A ring's hoop stretches where it stands out, since plates hinder it from sliding round the rim;
    where it does depends on the local thickness and on where the nucleus has gone.
    Linear in the area (K,) [m2] of the nucleus and in the growth (L, K) of the layers' areas.
    """
    flat = disc.nucleus_area / SECTORS
    layers = disc.patch_area * fill
    now, rest = core + INSIDE @ layers, flat + INSIDE @ disc.patch_area
    rim = (core + layers.sum(0)) / (flat + disc.patch_area.sum(0)) - 1.0
    whole, local = now.sum(1) / rest.sum(1) - 1.0, now / rest - 1.0
    return whole[:, None] + (disc.tie * local[:, None]).sum(-1), local, rim


def strains(p: Parts, disc: Disc) -> annulus.Strains:
    """Strains (L, K) of every patch."""
    forward, left, up = _moved(p.shift, p.turn, disc.point)
    h = disc.patch.height
    ratio = p.ratio[:, None] * jnp.ones_like(up)
    ring, local, _ = growths(p.core, filled(ratio, up / h), disc)
    around = (forward * disc.tangent[0] + left * disc.tangent[1]) / h
    outward = (forward * disc.normal[0] + left * disc.normal[1]) / h
    return annulus.Strains(up / h, around, outward, ring, ratio, local)


def water(ratio: Array, disc: Disc) -> Array:
    """Water [m3] of each compartment (C,) at volume ratio J."""
    return disc.volume * (ratio - disc.solid)


def laplacian(ratio: Array, disc: Disc) -> Array:
    """Grounded Laplacian (C, C) [m3/(Pa s)] of the flow of water at volume ratio J."""
    k = flow.permeability(disc.k0, disc.exponent, disc.solid, ratio)
    return flow.laplacian(k, disc.endplate, disc.leak, disc.path)


def core_energy(x: Array, disc: Disc) -> Array:
    """Energy [J] of the nucleus' shape."""
    axial, area = nucleus_growth(x, disc)
    return nucleus.shear_energy(axial, area, disc.volume[:SLICES].sum(), disc.nucleus_shear)


def own_energy(y: Array, disc: Disc) -> Array:
    """Energy [J] of osmosis, nucleus solid and gas: a sum over unknowns, each by itself."""
    ratio = y[6:GAS]
    return (
        jnp.sum(osmosis.energy(disc.charge, water(ratio, disc)))
        + nucleus.solid_energy(ratio[:SLICES], disc.volume[:SLICES], disc.nucleus_modulus)
        + nucleus.gas_energy(y[GAS], disc.gas)
    )


def energy(y: Array, disc: Disc) -> Array:
    """Elastic, osmotic and gas energy [J] of the disc."""
    x = shape(y, disc)
    patches = annulus.patch_energy(strains(parts(x, disc), disc), disc.patch)
    return jnp.sum(patches) + core_energy(x, disc) + own_energy(y, disc)


def dissipation(ratio: Array, start: Array, resistance: Array, disc: Disc) -> Array:
    """Viscous work [J] of moving the water (C,) from ratios `start`; resistance = G^-1 / dt."""
    moved = disc.volume * (ratio - start)
    return 0.5 * moved @ resistance @ moved


def pressure(y: Array, disc: Disc) -> Array:
    """Intradiscal pressure [Pa, gauge], conjugate to the volume of the nucleus."""
    return nucleus.gauge_pressure(y[GAS], disc.gas)


def at_rest(disc: Disc) -> Array:
    """Unknowns (18,) of the stress-free disc with its gas at one atmosphere more than zero."""
    gas = jnp.log(disc.gas / (2.0 * nucleus.ATMOSPHERE) / nucleus.DROP)
    return jnp.concatenate([jnp.zeros(6), jnp.ones(COMPARTMENTS), gas[None], jnp.zeros(4)])
