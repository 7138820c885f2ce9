"""Diffusion to living cells against closed forms, an independent integrator, and its balance."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import i0

from tractus.tissue import nutrition
from tractus.tissue.nutrition import GLUCOSE, LACTATE, OXYGEN, Cells, Supply, Tissue

FREE = np.array([3.0e-9, 1.39e-9, 0.917e-9])  # m2/s
WATER, LENGTH, DENSE = 0.8, 5e-3, 4e12  # share, m, cells per m3
SOLUBILITY = 1.0268e-5
# pH stands still, and glycolysis knows no glucose: rates of zeroth order, oxygen of first at last
PLAIN = Cells(SOLUBILITY, 7.4, 1e30, 1e-30)
LIVING = Cells(SOLUBILITY, 7.4, 11.11, 0.1)
TINY = SOLUBILITY * 1e-3  # mol/m3 of oxygen at 1e-6 kPa: so little that its use is linear in it
NOTHING = Supply(np.array([0.0, 0.5, 4.0]), np.array([0.0, 0.5, 4.0]))
BLOOD = Supply(np.array([0.06, 0.9, 5.0]), np.array([0.052, 0.8, 4.0]))


def filled(rings: int, layers: int, cells: float, passage: float) -> Tissue:
    shape = (1, rings, layers)
    return Tissue(*(np.full(shape, v) for v in (WATER, cells, passage)))


def slab(n: int, cells: float = DENSE) -> nutrition.Grid:
    """Half a slab of 1 m2, closed in its middle plane, blood beyond it."""
    edges, thick = np.array([[0.0, 1.0]]), np.full((1, n), LENGTH / n)
    return nutrition.finite_volumes(edges, thick, filled(1, n, cells, 1.0), FREE, np.zeros(n, bool))


def cylinder(n: int) -> nutrition.Grid:
    """A cylinder 1 m tall with blood round it, closed at its ends."""
    edges = np.pi * (LENGTH * np.arange(n + 1) / n)[None] ** 2
    full = filled(n, 1, DENSE, 0.0)
    return nutrition.finite_volumes(edges, np.ones((1, 1)), full, FREE, np.ones(1, bool))


def disc(rings: int = 5, layers: int = 6) -> nutrition.Grid:
    edges = np.pi * (0.02 * np.arange(rings + 1) / rings)[None] ** 2
    full = filled(rings, layers, DENSE, 1.0)
    thick = np.full((1, layers), LENGTH / layers)
    return nutrition.finite_volumes(edges, thick, full, FREE, np.ones(layers, bool))


def found(grid: nutrition.Grid, supply: Supply, cells: Cells) -> np.ndarray:
    first = np.broadcast_to(supply.bone, (*grid.water.shape, 3))
    return nutrition.steady(first, grid, supply, cells)


def rates(errors: list[float]) -> np.ndarray:
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


def conducted(species: int) -> float:
    return WATER * FREE[species] * (WATER / (2.0 - WATER)) ** 2


MADE = DENSE * np.exp(-2.47 + 0.93 * 7.4) * 1e-15 / 3600.0  # mol of lactate per m3 and s


@pytest.mark.parametrize(("kind", "share"), [(LACTATE, 1.0), (GLUCOSE, -0.5)])
def test_a_slab_with_a_constant_rate_is_a_parabola_with_second_order(kind, share):
    """c = blood + rate (L^2 - z^2) / (2 n D)."""
    errors = []
    for n in (4, 8, 16, 32):
        z = LENGTH * (np.arange(n) + 0.5) / n
        exact = NOTHING.bone[kind] + share * MADE * (LENGTH**2 - z**2) / 2.0 / conducted(kind)
        errors.append(np.max(np.abs(found(slab(n), NOTHING, PLAIN)[0, 0, :, kind] - exact)))
    assert errors[0] < 0.05
    assert np.all(rates(errors) > 1.9), rates(errors)


def test_a_cylinder_with_a_constant_rate_is_a_parabola_with_second_order():
    """c = blood + rate (R^2 - r^2) / (4 n D), compared in the mean of each ring."""
    errors = []
    for n in (4, 8, 16, 32):
        edge = LENGTH * np.arange(n + 1) / n
        square = 0.5 * (edge[1:] ** 2 + edge[:-1] ** 2)  # mean of r^2 over a ring
        exact = 0.5 + MADE * (LENGTH**2 - square) / 4.0 / conducted(LACTATE)
        errors.append(np.max(np.abs(found(cylinder(n), NOTHING, PLAIN)[0, :, 0, LACTATE] - exact)))
    assert np.all(rates(errors) > 1.9), rates(errors)


def first_order() -> float:
    """Decay of little oxygen over its diffusion [1/m2]."""
    a = 7.4 - 4.95
    return DENSE * 7.28 * a / (1.46 + 4.03 * a) * 1e-15 / 3600.0 / (SOLUBILITY * 1e3)


def test_little_oxygen_falls_as_a_hyperbolic_cosine_in_a_slab_and_a_bessel_function_in_a_cylinder():
    little = Supply(np.array([TINY, 0.5, 4.0]), np.array([TINY, 0.5, 4.0]))
    m = np.sqrt(first_order() / conducted(OXYGEN))
    flat, round_ = [], []
    for n in (8, 16, 32, 64):
        x = LENGTH * (np.arange(n) + 0.5) / n
        c = found(slab(n), little, PLAIN)[0, 0, :, OXYGEN] / TINY
        flat.append(np.max(np.abs(c - np.cosh(m * x) / np.cosh(m * LENGTH))))
        c = found(cylinder(n), little, PLAIN)[0, :, 0, OXYGEN] / TINY
        round_.append(np.max(np.abs(c - i0(m * x) / i0(m * LENGTH))))
    assert np.all(rates(flat) > 1.8), rates(flat)
    assert np.all(rates(round_) > 1.8), rates(round_)


def test_what_flows_in_is_what_cells_use():
    grid = disc()
    c = found(grid, BLOOD, LIVING)
    entered = nutrition.inflow(c, grid, BLOOD).sum((0, 1, 2))
    used = (grid.number[..., None] * nutrition.rates(c, LIVING)[0]).sum((0, 1, 2))
    assert entered == pytest.approx(-used, rel=1e-9)
    assert entered[LACTATE] == pytest.approx(-2.0 * entered[GLUCOSE], rel=1e-9)


def test_diffusion_between_cells_makes_and_loses_nothing():
    grid = disc()
    closed = grid._replace(rim=0.0 * grid.rim, bone=0.0 * grid.bone)
    c = 1.0 + np.random.default_rng(1).random((*grid.water.shape, 3))
    gained = nutrition.inflow(c, closed, BLOOD)
    assert np.max(np.abs(gained.sum((0, 1, 2)))) < 1e-12 * np.max(np.abs(gained))


def marched(grid: nutrition.Grid, time: float, steps: int) -> np.ndarray:
    c = np.broadcast_to(BLOOD.bone, (*grid.water.shape, 3))
    for _ in range(steps):
        c = nutrition.step(c, time / steps, grid, BLOOD, LIVING)
    return c


def test_a_slab_without_cells_fills_as_the_series_says():
    n, time = 40, 4 * 3600.0
    grid, c = slab(n, 0.0), np.zeros((1, 1, n, 3))
    for _ in range(40):
        c = nutrition.step(c, time / 40, grid, BLOOD, LIVING)
    z = LENGTH * (np.arange(n) + 0.5) / n
    k = (np.arange(60) + 0.5) * np.pi / LENGTH
    for kind in (OXYGEN, LACTATE, GLUCOSE):
        d = conducted(kind) / WATER
        terms = (
            np.where(np.arange(60) % 2, -1.0, 1.0) * 2.0 / (k * LENGTH) * np.exp(-d * k**2 * time)
        )
        exact = BLOOD.bone[kind] * (1.0 - np.cos(np.outer(z, k)) @ terms)
        assert c[0, 0, :, kind] == pytest.approx(exact, abs=2e-3 * BLOOD.bone[kind])


def test_the_march_ends_in_the_steady_state():
    grid = disc()
    assert marched(grid, 20 * 86400.0, 480) == pytest.approx(found(grid, BLOOD, LIVING), rel=1e-4)


def test_one_endless_step_does_not_overshoot():
    """The method is L-stable: a step without end forgets its start."""
    grid = disc()
    still = found(grid, BLOOD, LIVING)
    assert nutrition.step(still, 1e9, grid, BLOOD, LIVING) == pytest.approx(still, rel=1e-7)


def test_the_march_is_of_second_order_and_an_independent_integrator_agrees():
    grid, time = disc(4, 4), 2 * 3600.0
    shape = (*grid.water.shape, 3)

    def rate(_: float, c: np.ndarray) -> np.ndarray:
        gain, _slope = nutrition.balance(c.reshape(shape), grid, BLOOD, LIVING)
        return (gain / grid.water[..., None]).ravel()

    first = np.broadcast_to(BLOOD.bone, shape).ravel()
    exact = solve_ivp(rate, (0.0, time), first, "Radau", rtol=1e-9, atol=1e-11).y[:, -1]
    errors = [np.max(np.abs(marched(grid, time, n).ravel() - exact)) for n in (12, 24, 48, 96)]
    assert errors[0] < 0.01
    assert np.all(rates(errors) > 1.8), rates(errors)
