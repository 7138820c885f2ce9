"""Laws of the tissues against closed forms, and energies against their forces."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tractus import disc_shape, discs, rotation
from tractus import spine as spines
from tractus.engine import potential
from tractus.joints import FACETS
from tractus.levels import LEVELS
from tractus.patient import Specimen
from tractus.tables import parameter, table
from tractus.tissue import annulus, disc, facet, flow, ligament, muscle, nucleus, osmosis


def slope(f, x: float) -> float:
    return float(jax.grad(f)(jnp.asarray(x)))


@pytest.mark.parametrize("density", [5.0, 100.0, 318.0, 600.0])
def test_donnan_pressure_against_the_equilibrium_of_the_ions(density):
    # cation * anion = salt^2 and cation - anion = fixed charge
    cation = 0.5 * (density + np.sqrt(density**2 + 4 * 150.0**2))
    anion = 150.0**2 / cation
    expected = 0.93 * 8.314462618 * 310.15 * (cation + anion - 300.0)
    water = 7e-6
    assert float(osmosis.pressure(density * water, water)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("water", [1e-7, 2e-6, 3e-5])
def test_osmotic_energy_falls_by_the_pressure_times_the_water_drawn_in(water):
    charge = jnp.asarray(2e-3)
    force = slope(lambda w: osmosis.energy(charge, w), water)
    assert force == pytest.approx(-float(osmosis.pressure(charge, water)), rel=1e-9)


def test_without_fixed_charge_there_is_no_swelling():
    assert float(osmosis.pressure(0.0, 1e-6)) == 0.0


@pytest.mark.parametrize("drops", [-12.0, -3.0, 0.0, 5.0])
def test_gas_makes_pressure_nrt_over_v_less_an_atmosphere(drops):
    amount = 1e-4
    volume = 1e-9 * np.exp(drops)
    pressure = float(nucleus.gauge_pressure(jnp.asarray(drops), amount))
    assert pressure == pytest.approx(amount / volume - 1e5, rel=1e-9)
    assert pressure > -1e5
    # stationary gas energy under the nucleus' pressure is the gas law
    work = slope(lambda x: nucleus.gas_energy(x, amount) + pressure * nucleus.gas_volume(x), drops)
    assert abs(work) < 1e-9 * amount


def test_nucleus_solid_and_shape_store_nothing_at_rest():
    assert float(nucleus.solid_energy(jnp.ones(4), jnp.ones(4), 2.8e5)) == 0.0
    shape = lambda a: nucleus.shear_energy(a, 1.0 / a, jnp.asarray(1e-5), 3e3)  # noqa: E731
    assert float(shape(jnp.asarray(1.0))) == 0.0
    assert slope(shape, 1.0) == pytest.approx(0.0, abs=1e-12)
    assert float(shape(jnp.asarray(1.2))) > 0 < float(shape(jnp.asarray(0.8)))


ROPE = (0.02, 1e5, 0.08)  # length, stiffness, toe


def tension(strain: float) -> float:
    return slope(lambda e: ligament.energy(e, *ROPE), strain) / ROPE[0]


def test_a_ligament_pulls_only():
    assert tension(-0.2) == pytest.approx(0.0, abs=0.1)
    forces = [tension(e) for e in np.linspace(-0.1, 0.4, 60)]
    assert min(forces) >= 0
    assert np.all(np.diff(forces) > -1e-9)


def test_a_ligament_has_a_quadratic_toe_and_then_its_stiffness():
    length, stiffness, toe = ROPE
    assert tension(0.04) == pytest.approx(stiffness * length * 0.04**2 / (2 * toe), rel=0.02)
    assert tension(0.3) == pytest.approx(stiffness * length * (0.3 - toe / 2), rel=0.001)
    rise = (tension(0.31) - tension(0.3)) / (0.01 * length)
    assert rise == pytest.approx(stiffness, rel=1e-3)
    assert tension(toe + 1e-7) == pytest.approx(tension(toe - 1e-7), rel=1e-4)


CONTACT = (0.0005, 0.0003, 1.5e6)  # gap, smooth, stiffness


def test_a_facet_is_open_in_tension_and_stiff_in_contact():
    gap, _, stiffness = CONTACT
    assert float(facet.force(-0.01, *CONTACT)) == pytest.approx(0.0, abs=0.01)
    deep = float(facet.force(gap + 0.004, *CONTACT))
    assert deep == pytest.approx(stiffness * 0.004, rel=0.01)


@pytest.mark.parametrize("approach", [-0.002, 0.0004, 0.0005, 0.001])
def test_facet_force_is_the_derivative_of_its_energy(approach):
    force = slope(lambda a: facet.energy(a, *CONTACT), approach)
    assert force == pytest.approx(float(facet.force(approach, *CONTACT)), rel=1e-12)
    assert force >= 0


def a_patch() -> annulus.Patch:
    return annulus.Patch(
        1e-6, 0.011, 0.9, np.sqrt(1 - 0.81), 3.4e5, 2.1e5, 1e6, 61.0, 0.05, 0.02, 0.25, 1.5, 0.25
    )


def test_fibre_energy_and_its_slope_are_continuous_where_it_yields():
    p = a_patch()
    energy = lambda e: annulus.fibre_energy(e, p)  # noqa: E731
    cut = float(p.slack + p.give - p.toe**2 / (4 * p.give))  # where E is that of yielding
    low, high = cut - 1e-9, cut + 1e-9
    assert float(energy(low)) == pytest.approx(float(energy(high)), rel=1e-6)
    assert slope(energy, low) == pytest.approx(slope(energy, high), rel=1e-6)
    assert np.isfinite(float(energy(30.0)))


def test_a_lamella_yields_at_its_strength():
    for k1, k2, strength in ((2.29e6, 47.5, 7e6), (3e5, 10.0, 3.6e6), (1.9e7, 648.0, 1e7)):
        e = discs.yield_strain(np.array([k1]), k2, strength)[0]
        assert 4.0 * k1 * e * np.exp(k2 * e * e) == pytest.approx(strength)


def test_fibres_only_pull():
    p = a_patch()
    forces = [slope(lambda e: annulus.fibre_energy(e, p), x) for x in np.linspace(-0.5, 0.5, 41)]
    assert min(forces) >= 0
    assert forces[0] < 1e-3 * p.k1


def test_an_unstrained_patch_is_at_rest():
    zero = annulus.Strains(*(jnp.asarray(v) for v in (0.0, 0.0, 0.0, 0.0, 1.0, 0.0)))
    ground = a_patch()._replace(k1=0.0)
    assert float(annulus.patch_energy(zero, ground)) == pytest.approx(0.0, abs=1e-15)
    assert np.allclose(jax.grad(annulus.patch_energy)(zero, ground), 0, atol=1e-12)


@pytest.fixture(scope="module")
def a_disc() -> disc.Disc:
    row = next(r for r in table("levels") if r["level"] == "L4-L5")
    return discs.build(row, 1, None, 1.0, 1.0)


def conductances(d: disc.Disc, ratio) -> np.ndarray:
    return np.asarray(disc.laplacian(jnp.asarray(ratio), d))


@pytest.mark.parametrize("seed", range(3))
def test_the_laplacian_is_symmetric_grounded_and_positive_definite(a_disc, seed):
    ratio = np.random.default_rng(seed).uniform(0.6, 1.4, disc.COMPARTMENTS)
    g = conductances(a_disc, ratio)
    assert np.array_equal(g, g.T)
    assert np.linalg.eigvalsh(g).min() > 0
    assert np.all(g - np.diag(np.diag(g)) <= 0)
    to_bath = g.sum(1)
    open_ones = np.array(a_disc.path.bath_open) > 0
    assert np.all(to_bath[open_ones] > 0)
    assert np.allclose(to_bath[~open_ones], 0, atol=1e-12 * g.max())


def test_two_paths_in_series_add_their_resistances(a_disc):
    g = conductances(a_disc, np.ones(disc.COMPARTMENTS))
    p, k = a_disc.path, a_disc.k0
    bath = 1.0 / (p.bath_inner[0] / k[0] + p.bath_outer[0] / a_disc.endplate)
    assert g[0].sum() == pytest.approx(bath, rel=1e-9)
    assert -g[0, 1] == pytest.approx(1.0 / (p.reach_first[0] / k[0] + p.reach_second[0] / k[1]))


def test_permeability_grows_with_the_water():
    """As published, in the void ratio e."""
    k0, exponent, e0 = 3e-16, 12.0, 4.0
    for e in (0.5, 2.0, 4.0, 5.0):
        ratio = (1.0 + e) / (1.0 + e0)
        published = k0 * (e / (e0 * ratio)) ** 2 * np.exp(exponent * (ratio - 1.0))
        found = flow.permeability(k0, exponent, 1.0 / (1.0 + e0), ratio)
        assert float(found) == pytest.approx(published)


def test_section_areas_add_up_and_the_nucleus_lies_behind_the_middle():
    s = disc_shape.section(1.65e-3, 0.47, 0.7, 0.0025)
    assert s.area.sum() + s.nucleus_area == pytest.approx(1.65e-3, rel=1e-12)
    assert s.nucleus_area == pytest.approx(0.47 * 1.65e-3)
    assert np.pi * s.depth * s.width == pytest.approx(1.65e-3)
    assert s.centre == -0.0025
    assert np.all(s.area > 0)
    assert s.thickness[0] > s.thickness[4]  # the annulus is thinner behind


def test_a_section_is_the_same_left_and_right():
    s = disc_shape.section(1.65e-3, 0.47, 0.7, 0.0025)
    mirror = [0, 7, 6, 5, 4, 3, 2, 1]
    turned = np.array([[1], [-1]])
    assert np.allclose(s.point[..., mirror] * turned[:, None], s.point)
    assert np.allclose(s.area[:, mirror], s.area)
    assert np.allclose(s.normal[:, mirror] * turned, s.normal)
    assert np.allclose(np.sum(s.normal * s.tangent, 0), 0)


def test_slices_fill_the_half_height_and_are_thinnest_at_the_plate():
    d = disc_shape.slice_thickness(0.0114)
    assert d.sum() == pytest.approx(0.0057)
    assert np.allclose(d[:-1] / d[1:], 0.6)


def test_fibres_of_the_neck_run_from_bone_to_bone_in_its_middle_plane():
    angle = np.arange(disc.SECTORS) * 2.0 * np.pi / disc.SECTORS
    found = np.degrees(discs.fibre_angles("cervical", angle)).T
    ring = parameter("fibre_angle_cervical")
    middle = parameter("fibre_angle_middle_cervical")
    assert found[0] == pytest.approx([ring, ring, middle])  # inner to outer, in front
    assert found[4] == pytest.approx([middle] * 3)  # behind
    assert found[[2, 6]] == pytest.approx(ring)
    assert found[[0, 7, 6, 5, 4, 3, 2, 1]] == pytest.approx(found)


@pytest.mark.parametrize("region", ["lumbar", "thoracic"])
def test_fibres_below_the_neck_change_from_front_to_back_and_are_steeper_inside(region):
    angle = np.arange(disc.SECTORS) * 2.0 * np.pi / disc.SECTORS
    inner, middle, outer = np.degrees(discs.fibre_angles(region, angle))
    front, back = (parameter(f"fibre_angle_{end}_lumbar") for end in ("front", "back"))
    assert outer[[0, 2, 4]] == pytest.approx([front, 0.5 * (front + back), back])
    assert inner - outer == pytest.approx(parameter("fibre_angle_inward"))
    assert middle == pytest.approx(0.5 * (inner + outer))


def uncinate_forces(level: str, move: tuple[float, float, float]) -> np.ndarray:
    """Force [N] of the left and the right uncinate process after a shift [m] of the upper body."""
    spine = spines.of(Specimen.parse({"level": level, "parts": "disc", "grade": 1}))
    joint = jax.tree.map(lambda a: a[0], spine.system.joints)
    push = facet.force(
        potential.facet_approach(jnp.array([*move, 0.0, 0.0, 0.0]), joint),
        joint.facet_gap, joint.facet_smooth, joint.facet_stiffness,
    )  # fmt: skip
    assert np.all(np.asarray(push[: len(FACETS)]) == 0.0)  # a disc alone has no facets
    return np.asarray(push[len(FACETS) :])


def test_uncinate_processes_meet_what_moves_outward_back_or_down():
    left, right = uncinate_forces("C5-C6", (0.0, 0.002, 0.0))
    assert left > 100.0
    assert right < 10.0
    for move in ((-0.002, 0.0, 0.0), (0.0, 0.0, -0.002)):
        left, right = uncinate_forces("C5-C6", move)
        assert left == pytest.approx(right)
        assert left > 100.0
    assert np.all(uncinate_forces("C5-C6", (0.0, 0.0, 0.002)) < 10.0)
    assert np.all(uncinate_forces("L4-L5", (0.0, 0.002, -0.002)) == 0.0)


@pytest.mark.parametrize("level", LEVELS)
def test_every_disc_is_whole(level):
    row = next(r for r in table("levels") if r["level"] == level)
    for grade in (1, 3, 5):
        d = discs.build(row, grade, None, 1.0, 1.0)
        assert np.all(np.asarray(d.volume) > 0)
        assert np.all((np.asarray(d.solid) > 0) & (np.asarray(d.solid) < 0.5))
        y = disc.at_rest(jax.tree.map(jnp.asarray, d))
        assert float(disc.pressure(y, d)) == pytest.approx(nucleus.ATMOSPHERE)


def some_muscles(n: int = 1) -> muscle.Muscles:
    one = jnp.ones(n)
    return muscle.Muscles(
        0.05 * one, 0.1 * one, 0.06 * one, 0.1, 4000 * one, 0.2, 150.0, 900.0, 0.02, 0.05
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("moment", [20.0, -20.0])
def test_muscles_balance_the_moment_of_the_posture(moment):
    m = some_muscles()
    f = muscle.forces(jnp.array([[0.0, moment, 0.0]]), jnp.zeros(1), jnp.zeros(1), 0.0, m)
    held = f.extensor[0] * m.extensor_arm[0] - f.flexor[0] * m.flexor_arm[0]
    assert float(held) == pytest.approx(moment)
    assert float(f.extensor[0]) >= 0 <= float(f.flexor[0])


def test_guarding_answers_to_a_new_pull_and_fades():
    m = some_muscles()
    pull = jnp.array([300.0])
    lag = muscle.accustomed(jnp.zeros(1), pull, 0.0, 150.0, m)
    assert float(lag[0]) == pytest.approx(300.0 * (1 - np.exp(-1)))
    zero = jnp.zeros((1, 3))
    new = muscle.forces(zero, jnp.zeros(1), pull, 0.0, m).guard
    assert float(new[0]) == pytest.approx(60.0)
    assert float(muscle.forces(zero, jnp.zeros(1), -pull, 0.0, m).guard[0]) == 0.0
    warm = muscle.accustomed(jnp.zeros(1), pull, 10.0, 150.0, m)
    assert float(warm[0]) > float(lag[0])


def test_warmth_takes_tone_away_but_never_makes_it_push():
    m = some_muscles()
    zero, tone = jnp.zeros((1, 3)), jnp.array([100.0])
    assert float(muscle.forces(zero, tone, jnp.zeros(1), 5.0, m).tone[0]) == pytest.approx(90.0)
    assert float(muscle.forces(zero, tone, jnp.zeros(1), 80.0, m).tone[0]) == 0.0
    assert float(muscle.warmed(0.0, 10.0, 900.0, m)) == pytest.approx(10 * (1 - np.exp(-1)))


@pytest.mark.parametrize("seed", range(3))
def test_rotations_agree_with_each_other(seed):
    r = np.random.default_rng(seed)
    a, b, v = r.normal(size=3), r.normal(size=3), r.normal(size=3)
    q, p = rotation.quaternion(jnp.asarray(a)), rotation.quaternion(jnp.asarray(b))
    turn = rotation.matrix(jnp.asarray(a))
    assert np.allclose(turn @ turn.T, np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1.0)
    assert np.allclose(rotation.rotate(q, v), turn @ v)
    assert np.allclose(rotation.rotate(rotation.product(p, q), v), rotation.matrix(b) @ (turn @ v))
    assert np.allclose(rotation.vector(q), a)
    small = 1e-3 * a / np.linalg.norm(a)
    axis = np.cross(small, v)
    assert np.allclose(rotation.matrix(jnp.asarray(small)) @ v, v + axis, atol=2e-6)
