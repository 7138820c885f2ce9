"""A biphasic layer in the whole engine: creep, relaxation and swelling against closed forms.

The layer is a nucleus without charge or shear in a stiff belt (plain_discs.confined): Terzaghi's
equation between two drained plates, marched by the engine as any disc is.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.optimize import brentq

import engine_cases as cases
import plain_discs as plain
from tractus.tissue import disc, flow
from tractus.tissue.disc import SLICES

BEFORE, MORE = 2e4, 2e3  # Pa: the belt is taut, and the load that is stepped on
SPRINGS = [0.0, 1.0, 10.0]  # of the frame over the layer's own: 0 is creep, the rest relaxation


@pytest.fixture(scope="module")
def layer():
    """The layer at rest under its first load."""
    run = plain.upright(plain.confined)
    area = float(cases.first_disc(run).nucleus_area)
    return replace(run, state=plain.drained(run, plain.piston(run, -BEFORE * area)).state)


def height(run, state):
    """Height [m] of the layer above its stress-free one."""
    return float(cases.unknowns(run.spine.system, state)[0, 2])


def rate(d):
    """Consolidation [1/s] over half of the height."""
    return plain.MODULUS * plain.PERMEABILITY / (0.5 * float(d.nucleus_height)) ** 2


def strain(run, spring, share, refine=1):
    """Compression over the height that a step of load has made after `share` of 1/rate."""
    d = cases.first_disc(run)
    area, tall = float(d.nucleus_area), float(d.nucleus_height)
    frame = spring * plain.MODULUS * area / tall
    load = plain.piston(run, -(BEFORE + MORE) * area, frame)
    end = cases.after(cases.at_once(run, load), share / rate(d), refine)
    return (height(run, run.state) - height(run, end.state)) / tall


def series(spring, share):
    """The same by Terzaghi's series, with a spring of the frame beside the load."""
    odd = np.pi / 2 * (2 * np.arange(400) + 1)
    if spring:

        def root(b):
            return b * np.cos(b) + spring * np.sin(b)

        odd = np.array([brentq(root, b, b + np.pi / 2) for b in odd])
    faded = np.sum(2 / (odd**2 + spring + spring**2) * np.exp(-(odd**2) * share))
    return (1 / (1 + spring) - faded) * MORE / plain.MODULUS


def sliced(d, spring, share):
    """The same for the disc's slices, without error in time."""
    volume = np.asarray(d.volume)[:SLICES]
    g = flow.laplacian(d.k0, d.endplate, d.leak, d.path)
    g = np.asarray(g)[:SLICES, :SLICES]
    mean, one = volume / volume.sum(), np.ones(SLICES)
    stiff = plain.MODULUS * (np.eye(SLICES) + spring * np.outer(one, mean))
    matrix = -(g @ stiff) / volume[:, None]
    rest = np.linalg.solve(stiff, MORE * one)
    return float(mean @ (rest - expm(matrix * share / rate(d)) @ rest))


@pytest.mark.parametrize("spring", SPRINGS)
@pytest.mark.parametrize("share", [0.05, 0.2, 1.0])
def test_creep_and_relaxation_follow_the_series(layer, spring, share):
    found = strain(layer, spring, share)
    assert found == pytest.approx(sliced(cases.first_disc(layer), spring, share), rel=0.005)
    assert found == pytest.approx(series(spring, share), abs=0.02 * series(spring, 1e3))


@pytest.mark.parametrize("spring", SPRINGS)
def test_creep_and_relaxation_are_of_second_order_in_time(layer, spring):
    found = np.array([strain(layer, spring, 0.2, n) for n in (1, 2, 4, 8)])
    assert np.all(plain.rates(np.diff(found)) > 1.8), plain.rates(np.diff(found))


def ions(charge):
    """Swelling pressure [Pa] of fixed charge [mol/m3] by the mobile ions on both sides."""
    salt = 150.0
    few = brentq(lambda c: c * (c + charge) - salt**2, 0.0, salt)
    return 0.93 * 8.314462618 * 310.15 * (2 * few + charge - 2 * salt)


@pytest.mark.parametrize("pressure", [0.0, 2e4, 1e5, 3e5])
def test_a_loaded_gel_swells_until_ions_carry_load_and_matrix(pressure):
    """Donnan: swelling pressure = pressure of the load + stress of the matrix, in every slice."""
    run = plain.upright(plain.charged)
    d = cases.first_disc(run)
    case = plain.drained(run, plain.piston(run, -pressure * float(d.nucleus_area)))
    y = cases.unknowns(run.spine.system, case.state)[0]
    solid, begun = float(d.solid[0]), float(d.charge[0] / (d.volume[0] * (1 - d.solid[0])))

    def surplus(ratio):
        stress = plain.MODULUS * (ratio - 1.0)
        return ions(begun * (1 - solid) / (ratio - solid)) - stress - pressure

    exact = brentq(surplus, 0.5, 2.0)
    assert np.asarray(y[6 : 6 + SLICES]) == pytest.approx(exact, abs=1e-4)
    assert float(disc.pressure(y, d)) == pytest.approx(pressure, abs=50.0)
