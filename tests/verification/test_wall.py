"""A round disc whose wall has no fibres and grows thin: a pressurised tube by hand."""

import jax
import numpy as np
import pytest

import engine_cases as cases
import plain_discs as plain
from table_cases import parameters
from tractus.tissue import annulus, disc

SHARES = [0.8, 0.9, 0.95, 0.975]  # of the nucleus in the area: the wall halves each time


def blown(share, height):
    """Disc and unknowns at rest, its nucleus swelling between plates that are held."""

    def change(d):
        salt = 100.0 * np.sqrt(1.0 - share)  # mol/m3: the strain stays small as the wall thins
        swelling = d.charge / d.charge[0] * d.volume[0] * (1 - d.solid[0]) * salt
        return d._replace(charge=swelling * plain.SLICED, nucleus_modulus=0.0, nucleus_shear=0.0)

    with parameters(**plain.ROUND, nucleus_share=share):
        run = plain.upright(change, height_mm=height, **plain.CIRCLE)
    case = plain.drained(run, plain.piston(run, 0.0, plain.GUIDE))
    return cases.first_disc(run), cases.unknowns(run.spine.system, case.state)[0]


def edges(d):
    """Radii [m] of the edges of the layers."""
    inside = np.cumsum([float(d.nucleus_area), *np.asarray(d.patch_area).sum(1)])
    return np.sqrt(inside / np.pi)


def strains(y, d):
    return disc.strains(disc.parts(disc.shape(y, d), d), d)


def tension(y, d):
    """Hoop tension [N/m] of the wall over its bulge: stress times thickness, layer by layer."""
    slope = jax.grad(lambda s: annulus.patch_energy(s, d.patch).sum())(strains(y, d))
    stress = 2.0 * np.asarray(slope.ring / d.patch.volume)  # hoop strain is half the growth
    return float(stress[:, 0] @ np.diff(edges(d)))


def growth(pressure, d):
    """Growth of the area by hand: hoop stress in plane strain, and shear of the bulging wall."""
    r, wall = edges(d)[[0, -1]].mean(), np.ptp(edges(d))
    mu, lam = float(d.patch.mu[0, 0]), float(d.patch.lam[0, 0])
    bulge = 1.5 * (1.0 - np.asarray(annulus.GAUSS) ** 2)
    hoop = np.mean(bulge**2) * 4.0 * mu * (mu + lam) / (2.0 * mu + lam)
    return 2.0 * pressure * r / wall / (hoop + 12.0 * mu * (r / float(d.nucleus_height)) ** 2)


def test_the_hoop_tension_of_a_thin_tall_wall_is_pressure_times_radius():
    found = [blown(share, 1e4) for share in SHARES]
    errors = [tension(y, d) / (float(disc.pressure(y, d)) * edges(d)[0]) - 1 for d, y in found]
    assert abs(errors[-1]) < 0.01
    assert np.all(plain.rates(errors) > 0.9), (errors, plain.rates(errors))


@pytest.mark.parametrize("height", [11.8, 1e4])
def test_a_thin_wall_bulges_as_by_hand(height):
    found = [blown(share, height) for share in SHARES]
    grown = [float(strains(y, d).ring.mean()) for d, y in found]
    by_hand = [growth(float(disc.pressure(y, d)), d) for d, y in found]
    errors = np.array(grown) / by_hand - 1
    assert abs(errors[-1]) < 0.01
    assert np.all(plain.rates(errors) > 0.9), (errors, plain.rates(errors))
