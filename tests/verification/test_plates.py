"""A wall without fibres between two plates.

Twisted as a bar, pressed as a bonded strip, bulging as a ring whose length slides along the rim.
"""

import jax
import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

import plain_discs as plain
from table_cases import parameters
from tractus import disc_shape, discs
from tractus.tissue import annulus, disc

TWIST = 0.02  # rad
STIFF = 1e4  # Lame modulus over shear modulus: next to no change of volume


def twisted(share):
    """Torque [N m] of a round wall at a twist, and that of a bar by hand."""
    with parameters(**plain.ROUND, nucleus_share=share):
        d = plain.upright(lambda d: d, **plain.CIRCLE).spine.system.disc
    d = jax.tree.map(lambda a: a[0], d)
    y = disc.at_rest(d).at[5].set(4.0 * np.tan(TWIST / 4.0))
    at = jax.grad(disc.energy)(y, d)[5] * np.cos(TWIST / 4.0) ** 2
    core, area = float(d.nucleus_area), float(d.nucleus_area + d.patch_area.sum())
    polar = (area**2 - core**2) / (2.0 * np.pi)
    return float(at), float(d.patch.mu[0, 0]) * polar * TWIST / float(d.nucleus_height)


def test_a_twisted_wall_is_a_twisted_bar():
    # plates leave a round bar free to twist as it would without them (Saint-Venant)
    errors = [float(np.divide(*twisted(share))) - 1.0 for share in (0.2, 0.36, 0.6)]
    assert np.all(np.abs(errors) < 0.02), errors
    assert np.all(np.diff(np.abs(errors)) < 0.0), errors


def strip(tall, cells=12):
    """How a bonded strip of width 1 moves sideways over its upper half, pressed: at z in 0..1.

    Plane strain, nine-node elements, reduced integration; a quarter by symmetry.  Places z over
    half the height, and the displacement (n,) of the free side there.
    """
    nx, nz = cells, max(cells, int(cells * tall))
    x, z = np.linspace(0.0, 0.5, 2 * nx + 1), np.linspace(0.0, 0.5 * tall, 2 * nz + 1)
    number = np.arange(x.size * z.size).reshape(x.size, z.size)
    size = (x[2] - x[0], z[2] - z[0])
    line = lambda s: np.array([0.5 * s * (s - 1), 1 - s * s, 0.5 * s * (s + 1)])  # noqa: E731
    slope = lambda s: np.array([s - 0.5, -2 * s, s + 0.5])  # noqa: E731
    law = np.array([[STIFF + 2, STIFF, 0], [STIFF, STIFF + 2, 0], [0, 0, 1]])
    k = np.zeros((18, 18))
    for a in (-(3**-0.5), 3**-0.5):
        for b in (-(3**-0.5), 3**-0.5):
            by_x = np.outer(slope(a), line(b)).ravel() * 2 / size[0]
            by_z = np.outer(line(a), slope(b)).ravel() * 2 / size[1]
            strain = np.zeros((3, 18))
            strain[0, 0::2], strain[1, 1::2] = by_x, by_z
            strain[2, 0::2], strain[2, 1::2] = by_z, by_x
            k += strain.T @ law @ strain * size[0] * size[1] / 4
    rows, columns, values = [], [], []
    for i in range(0, 2 * nx, 2):
        for j in range(0, 2 * nz, 2):
            nodes = number[i : i + 3, j : j + 3].ravel()
            place = np.stack([2 * nodes, 2 * nodes + 1], 1).ravel()
            rows.append(np.repeat(place, 18))
            columns.append(np.tile(place, 18))
            values.append(k.ravel())
    whole = coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))))
    fixed = {int(2 * n): 0.0 for n in number[0]} | {int(2 * n + 1): 0.0 for n in number[:, 0]}
    for n in number[:, -1]:
        fixed[int(2 * n)], fixed[int(2 * n + 1)] = 0.0, -0.001 * tall
    u = np.zeros(2 * number.size)
    u[list(fixed)] = list(fixed.values())
    free = np.setdiff1d(np.arange(u.size), list(fixed))
    matrix = whole.tocsr()
    u[free] = spsolve(matrix[free][:, free].tocsc(), -(matrix @ u)[free])
    return z / (0.5 * tall), u[2 * number[-1]]


@pytest.mark.parametrize(
    ("tall", "off"), [(0.1, 0.08), (0.4, 0.08), (0.7, 0.06), (1.2, 0.015), (2.0, 0.015)]
)
def test_the_strain_of_a_wall_is_as_uneven_as_a_bonded_strip(tall, off):
    z, side = strip(tall)
    at = np.interp(annulus.GAUSS, z, side)
    found = float((at[0] - at[1]) / at.sum())
    assert float(annulus.uneven(np.array(tall), np.array(1.0))) == pytest.approx(found, abs=off)


def test_a_low_wall_is_a_parabola_and_a_tall_one_even():
    parabola = 1.5 * (1.0 - annulus.GAUSS**2)
    low = float(annulus.uneven(np.array(1e-3), np.array(1.0)))
    assert low == pytest.approx(0.5 * (parabola[0] - parabola[1]), abs=1e-4)
    assert float(annulus.uneven(np.array(30.0), np.array(1.0))) == pytest.approx(0.0, abs=1e-4)


def slid(ratio, cells=400):
    """Share of a wall's bulge left in its hoop when length slides as it likes (radius over n h).

    Least of (g - v)^2 + ratio^2 v'^2 over half the height, v = 0 at the plate, by finite elements;
    the root of what it is to that without sliding.
    """
    z = np.linspace(0.0, 1.0, cells + 1)
    g, size = 1.5 * (1.0 - z**2), 1.0 / cells
    mass = np.diag(np.full(cells + 1, 2 / 3)) + np.diag(np.full(cells, 1 / 6), 1)
    mass[0, 0] = mass[-1, -1] = 1 / 3
    mass = size * (mass + np.diag(np.full(cells, 1 / 6), -1))
    pull = (
        np.diag(np.full(cells + 1, 2.0)) - np.diag(np.ones(cells), 1) - np.diag(np.ones(cells), -1)
    )
    pull[0, 0] = pull[-1, -1] = 1.0
    both = mass + ratio**2 * pull / size
    v = np.zeros(cells + 1)
    v[:-1] = np.linalg.solve(both[:-1, :-1], (mass @ g)[:-1])
    return float(
        np.sqrt(((g - v) @ mass @ (g - v) + ratio**2 * v @ pull @ v / size) / (g @ mass @ g))
    )


def perimeter(depth, width, growth):
    """Length of an ellipse's outline [m] whose sectors' areas have grown by `growth(phi)`."""
    phi = np.linspace(0.0, 2.0 * np.pi, 4001)
    outline = np.stack([depth * np.cos(phi), width * np.sin(phi)])
    normal = np.stack([width * np.cos(phi), depth * np.sin(phi)])
    support = depth * width / np.linalg.norm(normal, axis=0)
    outline = outline + 0.5 * growth(phi) * support * normal / np.linalg.norm(normal, axis=0)
    return float(np.linalg.norm(np.diff(outline), axis=0).sum())


@pytest.mark.parametrize("ratio", [0.2, 0.5, 1.0, 1.6, 2.8])
def test_what_slides_away_from_a_bulge_is_what_costs_least(ratio):
    """A round wall has a closed form, by the parabola; the best profile costs next to no less."""
    angle = np.arange(disc.SECTORS) * 2.0 * np.pi / disc.SECTORS
    for n in (1, 2, 3):
        wave = np.cos(n * angle)
        share = 1.0 / np.sqrt(1.0 + 0.4 / ratio**2)
        found = disc_shape.tied(1.0, 1.0, 1.0 / (n * ratio)) @ wave
        assert found == pytest.approx(share * wave, abs=0.01)
        assert slid(ratio) - 1e-6 < share < 1.02 * slid(ratio)


def test_hoops_of_a_low_wall_stretch_where_it_stands_out_and_a_tall_one_evenly():
    depth, width = 0.015, 0.021
    phi = np.arange(disc.SECTORS) * 2.0 * np.pi / disc.SECTORS
    bend = (depth * width) ** 2 / np.hypot(depth * np.sin(phi), width * np.cos(phi)) ** 4
    assert disc_shape.tied(depth, width, 1e-5) == pytest.approx(np.diag(bend), abs=1e-3)
    tall, small = disc_shape.tied(depth, width, 10.0), 1e-5
    for n in (0, 1, 2):
        longer = perimeter(depth, width, lambda x, n=n: small * np.cos(n * x))
        grown = 2.0 * (longer / perimeter(depth, width, lambda x: 0.0 * x) - 1.0) / small
        assert tall @ np.cos(n * phi) == pytest.approx(grown, abs=0.01)


def test_the_hoops_of_a_disc_stretch_where_its_rings_stand_out():
    """As a bulge goes once and twice round, seen from the strains that the disc finds."""
    with parameters(**plain.ROUND):
        d = plain.upright(lambda d: d, **plain.CIRCLE).spine.system.disc
    d = jax.tree.map(lambda a: a[0], d)
    tall = float(d.patch.height.mean())
    radius = np.sqrt((d.nucleus_area + (disc.INSIDE @ d.patch_area).sum(1)) / np.pi)
    for k, n in ((10, 1), (11, 1), (12, 2), (13, 2)):
        x = disc.shape(disc.at_rest(d), d).at[k].set(0.01)
        found = disc.strains(disc.parts(x, d), d)
        share = 1.0 / np.sqrt(1.0 + 0.4 * (n * tall / radius) ** 2)
        bulge = np.asarray(found.local - found.local.mean(1, keepdims=True))
        hoop = np.asarray(found.ring - found.ring.mean(1, keepdims=True))
        assert np.abs(bulge).max() > 1e-3
        assert hoop == pytest.approx(share[:, None] * bulge, abs=1e-2 * np.abs(bulge).max())


def test_discs_take_the_thickness_of_their_own_wall():
    with parameters(nucleus_back_share=0.0):
        run = plain.upright(lambda d: d, **plain.CIRCLE)
        s = discs.disc_section({**run.spine.rows[0], **plain.CIRCLE}, 1.0)
        made = np.asarray(run.spine.system.disc.patch.uneven)[0]
    tall = np.asarray(run.spine.system.disc.patch.height)[0]
    assert made == pytest.approx(annulus.uneven(tall, s.thickness) * np.ones_like(made))
    assert made.min() > 0.05
    assert made.max() < 0.4
