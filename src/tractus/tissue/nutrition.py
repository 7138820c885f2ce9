"""Nutrition: what disc cells take and give, and how small molecules diffuse to them.

Concentrations are those in the tissue's water [mol/m3], in the order oxygen, lactate, glucose.
Rates: Bibby et al. 2005, as used by Soukane 2005 and 2007, Malandrino 2011, Munoz-Moya 2025.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dgbtrf, dgbtrs

Floats: TypeAlias = NDArray[np.float64]

SPECIES = ("oxygen", "lactate", "glucose")
OXYGEN, LACTATE, GLUCOSE = range(3)
KILO = 1e3  # Pa per kPa, in which the published rates are written
HOURLY = 1e-9 / 1e6 / 3600.0  # mol/(cell s) in nmol per million cells and hour
# published fits: rates per cell [nmol/(1e6 h)] against pH and oxygen [kPa]
OXYGEN_MOST, OXYGEN_ACID, OXYGEN_HALF, OXYGEN_HALF_ACID = 7.28, 4.95, 1.46, 4.03
LACTATE_LOG, LACTATE_ACID, LACTATE_OXYGEN, LACTATE_OXYGEN2 = -2.47, 0.93, 0.16, -0.0058
PER_GLUCOSE = 2.0  # lactate from one glucose
GAMMA = 1.0 - 1.0 / np.sqrt(2.0)
ROUNDS, CLOSE = 50, 1e-9  # Newton's rounds, mol/m3 at which they end


class Cells(NamedTuple):
    """How cells answer to what surrounds them."""

    solubility: float  # of oxygen in water [mol/(m3 Pa)]
    plain_ph: float  # pH of water without lactate
    buffer: float  # mol/m3 of lactate that lower the pH by one
    half_glucose: float  # mol/m3 of glucose at which glycolysis is halved


def diffusivity(free: Floats | float, water: Floats) -> Floats:
    """Diffusivity [m2/s] in tissue with the share n of water: free (n/(2 - n))^2.

    Mackie and Meares 1955; `free` is that in water.
    """
    return np.asarray(free * (water / (2.0 - water)) ** 2)


def rates(c: Floats, cells: Cells) -> tuple[Floats, Floats]:
    """Rates (..., 3) [mol/(cell s)] at concentrations c (..., 3), produced positive, and slopes.

    Oxygen 7.28 a p/(1.46 + 4.03 a + p), a = pH - 4.95; lactate exp(-2.47 + 0.93 pH + 0.16 p -
    0.0058 p^2), both per million cells and hour at p kPa; glucose half of lactate.  Glycolysis
    ends where glucose does, as glucose over half_glucose + glucose.  Slopes (..., 3, 3): of rate
    i by concentration j.
    """
    p = c[..., OXYGEN] / (cells.solubility * KILO)
    glucose = c[..., GLUCOSE]
    ph = cells.plain_ph - c[..., LACTATE] / cells.buffer
    a = ph - OXYGEN_ACID
    half = OXYGEN_HALF + OXYGEN_HALF_ACID * a
    fed = glucose / (cells.half_glucose + glucose)
    used = OXYGEN_MOST * a * p / (half + p)
    log = LACTATE_LOG + LACTATE_ACID * ph + LACTATE_OXYGEN * p + LACTATE_OXYGEN2 * p**2
    made = np.exp(log) * fed
    rate = np.stack([-used, made, -made / PER_GLUCOSE], -1)
    slope = np.zeros((*c.shape, len(SPECIES)))
    by_p = 1.0 / (cells.solubility * KILO)
    slope[..., OXYGEN, OXYGEN] = -OXYGEN_MOST * a * half / (half + p) ** 2 * by_p
    acid = OXYGEN_MOST * p * (OXYGEN_HALF + p) / (half + p) ** 2
    slope[..., OXYGEN, LACTATE] = acid / cells.buffer
    slope[..., LACTATE, OXYGEN] = made * (LACTATE_OXYGEN + 2.0 * LACTATE_OXYGEN2 * p) * by_p
    slope[..., LACTATE, LACTATE] = -made * LACTATE_ACID / cells.buffer
    slope[..., LACTATE, GLUCOSE] = (
        np.exp(log) * cells.half_glucose / (cells.half_glucose + glucose) ** 2
    )
    slope[..., GLUCOSE, :] = -slope[..., LACTATE, :] / PER_GLUCOSE
    return rate * HOURLY, slope * HOURLY


class Grid(NamedTuple):
    """Finite volumes of discs (D), rings from the middle to the rim (R), layers from the middle
    plane through the endplate to the bone (Z); one half of a disc that is the same above and below.
    """

    water: Floats  # (D, R, Z) m3 of water in a cell
    number: Floats  # (D, R, Z) of living cells in it
    ring: Floats  # (D, R - 1, Z, 3) conductance to the next ring [m3/s]
    layer: Floats  # (D, R, Z - 1, 3) to the next layer
    rim: Floats  # (D, Z, 3) of the outermost ring to the vessels round the annulus
    bone: Floats  # (D, R, 3) of the last layer to the vessels of the bone


class Tissue(NamedTuple):
    """What fills the cells of a grid (D, R, Z)."""

    water: Floats  # share of water in the volume
    cells: Floats  # living cells per volume [1/m3]
    passage: Floats  # share of the area open to diffusion along the disc's axis


def finite_volumes(
    edges: Floats, thickness: Floats, tissue: Tissue, free: Floats, open_rim: NDArray[np.bool_]
) -> Grid:
    """Grid of discs from the areas (D, R + 1) [m2] within the edges of the rings, the thickness
    (D, Z) [m] of the layers, and which layers (Z,) meet vessels at the rim; free (3,) [m2/s].
    """
    radius = np.sqrt(edges / np.pi)
    ground = np.diff(edges)[:, :, None, None]
    wall = 2.0 * np.pi * radius[:, 1:, None, None] * thickness[:, None, :, None]
    water = tissue.water[..., None]
    conducts = water * diffusivity(free, water)
    across = wall * conducts / (0.5 * np.diff(radius)[:, :, None, None])
    along = ground * conducts * tissue.passage[..., None] / (0.5 * thickness[:, None, :, None])
    inward = wall[:, :-1] * conducts[:, 1:] / (0.5 * np.diff(radius)[:, 1:, None, None])
    size = (ground * thickness[:, None, :, None])[..., 0]
    return Grid(
        size * tissue.water,
        size * tissue.cells,
        _series(across[:, :-1], inward),
        _series(along[:, :, :-1], along[:, :, 1:]),
        across[:, -1] * open_rim[:, None],
        along[:, :, -1],
    )


def _series(first: Floats, second: Floats) -> Floats:
    """Conductance of two in series; none where both are closed."""
    total = first + second
    return np.divide(first * second, total, out=np.zeros_like(total), where=total > 0.0)


class Supply(NamedTuple):
    """Concentrations (3,) [mol/m3] in the vessels round the annulus and under the endplate."""

    rim: Floats
    bone: Floats


def inflow(c: Floats, grid: Grid, supply: Supply) -> Floats:
    """What diffuses into every cell (D, R, Z, 3) [mol/s]."""
    out = np.zeros_like(c)
    across = grid.ring * (c[:, 1:] - c[:, :-1])
    out[:, :-1] += across
    out[:, 1:] -= across
    along = grid.layer * (c[:, :, 1:] - c[:, :, :-1])
    out[:, :, :-1] += along
    out[:, :, 1:] -= along
    out[:, -1] += grid.rim * (supply.rim - c[:, -1])
    out[:, :, -1] += grid.bone * (supply.bone - c[:, :, -1])
    return out


def leaving(grid: Grid) -> Floats:
    """Sum of the conductances (D, R, Z, 3) of every cell [m3/s]."""
    out = np.zeros((*grid.water.shape, len(SPECIES)))
    out[:, :-1] += grid.ring
    out[:, 1:] += grid.ring
    out[:, :, :-1] += grid.layer
    out[:, :, 1:] += grid.layer
    out[:, -1] += grid.rim
    out[:, :, -1] += grid.bone
    return out


def balance(c: Floats, grid: Grid, supply: Supply, cells: Cells) -> tuple[Floats, Floats]:
    """What every cell volume gains (D, R, Z, 3) [mol/s], zero when steady; slopes of its rates."""
    rate, slope = rates(c, cells)
    number = grid.number[..., None]
    return inflow(c, grid, supply) + number * rate, number[..., None] * slope


class Factors(NamedTuple):
    """LU factors of weight x volume of water - d balance / d c, all discs as one band."""

    lu: Floats
    pivots: NDArray[np.int32]
    reach: int

    def solve(self, right: Floats) -> Floats:
        """Solution for a right side (D, R, Z, 3)."""
        found, _ = dgbtrs(self.lu, self.reach, self.reach, right.ravel(), self.pivots)
        return np.asarray(found).reshape(right.shape)


def factors(grid: Grid, slope: Floats, weight: float) -> Factors:
    """Factors for a step of time of weight [1/s] = 1/(gamma dt), or for a steady state, 0."""
    shape = (*grid.water.shape, len(SPECIES))
    kinds, reach = len(SPECIES), grid.water.shape[2] * len(SPECIES)
    band = np.zeros((*shape, 3 * reach + 1))
    view = np.moveaxis(band, -1, 0)  # LAPACK: row 2 reach + i - j of column j
    for i in range(kinds):
        for j in range(kinds):
            view[2 * reach + i - j, ..., j] = -slope[..., i, j]
    view[2 * reach] += weight * grid.water[..., None] + leaving(grid)
    view[3 * reach, :, :-1] = view[reach, :, 1:] = -grid.ring
    view[2 * reach + kinds, :, :, :-1] = view[2 * reach - kinds, :, :, 1:] = -grid.layer
    lu, pivots, _ = dgbtrf(band.reshape(-1, 3 * reach + 1).T, reach, reach, overwrite_ab=True)
    return Factors(lu, pivots, reach)


def steady(c: Floats, grid: Grid, supply: Supply, cells: Cells) -> Floats:
    """Steady concentrations by Newton's method from a guess c (D, R, Z, 3).

    Raises RuntimeError where it does not converge.
    """
    for _ in range(ROUNDS):
        gain, slope = balance(c, grid, supply, cells)
        change = factors(grid, slope, 0.0).solve(gain)
        c = c + change
        if np.max(np.abs(change)) < CLOSE:
            return c
    raise RuntimeError("the steady concentrations in the discs were not found")


def step(c: Floats, dt: float, grid: Grid, supply: Supply, cells: Cells) -> Floats:
    """Concentrations dt [s] later: Rosenbrock's method ROS2, L-stable, of second order.

    Verwer et al. 1999; one factorisation, no iteration.
    """
    gain, slope = balance(c, grid, supply, cells)
    known = factors(grid, slope, 1.0 / (GAMMA * dt))
    water = grid.water[..., None]
    one = known.solve(gain) / (GAMMA * dt)
    later, _ = balance(c + dt * one, grid, supply, cells)
    two = known.solve(later - 2.0 * water * one) / (GAMMA * dt)
    return np.asarray(c + dt * (1.5 * one + 0.5 * two))
