"""Laws that the engine keeps for every pose and every load: no energy from nowhere."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine_cases as cases
from tractus import initial, rotation
from tractus import spine as spines
from tractus.engine import derivatives, march
from tractus.system import COMPARTMENTS
from tractus.tissue import disc

MIRROR = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])  # of displacement and rotation
HARMONICS = np.ones(12) * np.array([1.0] * 8 + [1.0, -1.0, 1.0, -1.0])
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def whole():
    """A whole spine, its discs free of stress."""
    spine = spines.of(cases.man())
    return spine, initial.rested(spine)


def a_pose(spine, state, seed):
    """A random smooth bending of the spine with random water."""
    r = np.random.default_rng(seed)
    flexion = spines.recumbent(spine) + np.radians(r.uniform(-3, 3, len(spine.joints)))
    pose = spines.pose_of(spine, flexion, spine.tilt + r.uniform(-0.5, 0.5))
    pose[:, :3] += r.normal(size=pose[:, :3].shape) * 3e-4
    pose[:, 3:] += r.normal(size=pose[:, 3:].shape) * 0.01
    hidden = np.asarray(state.hidden) + 0.05 * r.normal(size=state.hidden.shape)
    return jnp.asarray(pose), jnp.asarray(hidden)


def carried(pose, turn, shift, bodies):
    """The pose after a rigid motion of the world."""
    q = rotation.quaternion(turn)
    place = jax.vmap(lambda p: rotation.rotate(q, p) + shift)(bodies.place + pose[:, :3])
    turned = jax.vmap(lambda x: rotation.vector(rotation.product(q, rotation.quaternion(x))))
    return jnp.concatenate([place - bodies.place, turned(pose[:, 3:])], 1)


_carried = jax.jit(carried)
angles = st.lists(st.floats(-1.5, 1.5), min_size=3, max_size=3)
shifts = st.lists(st.floats(-2.0, 2.0), min_size=3, max_size=3)


@settings(max_examples=15)
@given(seed=SEEDS, turn=angles, shift=shifts)
def test_a_rigid_motion_changes_no_energy(whole, seed, turn, shift):
    spine, state = whole
    pose, hidden = a_pose(spine, state, seed)
    moved = _carried(pose, jnp.array(turn), jnp.array(shift), spine.system.bodies)
    before = float(cases.internal_energy(pose, hidden, spine.system))
    after = float(cases.internal_energy(moved, hidden, spine.system))
    assert after == pytest.approx(before, rel=1e-9)


@settings(max_examples=10)
@given(seed=SEEDS)
def test_the_mirror_image_of_a_spine_has_the_same_energy(whole, seed):
    spine, state = whole
    pose, hidden = a_pose(spine, state, seed)
    before = float(cases.internal_energy(pose, hidden, spine.system))
    mirrored = cases.internal_energy(pose * MIRROR, hidden * HARMONICS, spine.system)
    assert float(mirrored) == pytest.approx(before, rel=1e-9)


@settings(max_examples=6)
@given(
    axial=st.floats(-3000, 300),
    side=st.floats(-200, 200),
    bend=st.floats(-10, 10),
    flex=st.floats(-10, 10),
    twist=st.floats(-10, 10),
)
def test_a_mirrored_load_has_the_mirrored_response(segment, axial, side, bend, flex, twist):
    def answer(sign):
        load = cases.bench_load(
            segment,
            axial,
            shear_lateral=sign * side,
            moment_lateral_bending=sign * bend,
            moment_flexion=flex,
            moment_axial_rotation=sign * twist,
        )
        return cases.after(cases.at_once(segment, load), 600.0).state

    one, two = answer(1.0), answer(-1.0)
    assert np.allclose(one.pose * MIRROR, two.pose, rtol=0, atol=1e-8)
    assert np.allclose(one.hidden * HARMONICS, two.hidden, rtol=0, atol=1e-6)


@settings(max_examples=25)
@given(seed=SEEDS, dt=st.floats(1e-3, 1e5))
def test_dissipation_is_never_negative(segment, seed, dt):
    r = np.random.default_rng(seed)
    d = cases.first_disc(segment)
    ratio = jnp.asarray(r.uniform(0.6, 1.4, COMPARTMENTS))
    y = jnp.asarray(cases.unknowns(segment.spine.system, segment.state)[0])
    y = y.at[6 : 6 + COMPARTMENTS].set(jnp.asarray(r.uniform(0.6, 1.4, COMPARTMENTS)))
    g = disc.laplacian(ratio, d)
    resistance = jnp.linalg.inv(g) / dt
    assert float(disc.dissipation(y[6:13], ratio, resistance, d)) > 0.0
    assert float(disc.dissipation(y[6:13], y[6:13], resistance, d)) == 0.0


LOADS = [
    {"axial": -500.0},
    {"axial": -2500.0, "moment_flexion": 8.0},
    {"axial": 300.0},
    {"axial": -300.0, "moment_lateral_bending": 7.5, "shear_anterior": 100.0},
]


def flowed(a, b, dt):
    """Work [J] lost to the water between two neighbouring cases."""
    d = cases.first_disc(a)
    r1, r2 = (c.state.hidden[0, :COMPARTMENTS] for c in (a, b))
    g = disc.laplacian(0.5 * (r1 + r2), d)
    moved = d.volume * (r2 - r1)
    return float(moved @ jnp.linalg.solve(g, moved)) / dt


@pytest.mark.parametrize("load", LOADS, ids=str)
def test_under_a_constant_load_energy_only_falls_and_only_into_the_water(segment, load):
    """Stored energy minus work falls in every step by the dissipation and a small loss."""
    start = cases.at_once(segment, cases.bench_load(segment, **load))
    path = [(0.0, start), *cases.trail(start, 3600.0, refine=4)]
    level = np.array([cases.free_energy(case) for _, case in path])
    assert np.all(np.diff(level) <= 1e-9)
    pairs = itertools.pairwise(path)
    spent = sum(flowed(a, b, tb - ta) for (ta, a), (tb, b) in pairs)
    given_up = level[0] - level[-1]
    loss = given_up - spent
    assert spent > 0
    assert -0.002 * given_up <= loss <= 0.03 * given_up


def test_a_quick_load_and_its_removal_give_back_all_work(segment):
    """At once, without flow of water, a specimen is elastic."""
    empty = cases.bench_load(segment)
    before = cases.at_once(segment, empty)
    heavy = cases.bench_load(segment, -2000.0, moment_flexion=10.0)
    back = cases.at_once(segment, empty, cases.at_once(segment, heavy, before.state).state)
    # the weak spring to where a solve began (potential.REGULAR) has let go after a second solve
    back = cases.at_once(segment, empty, back.state)
    assert np.allclose(back.state.pose, before.state.pose, rtol=0, atol=1e-8)
    assert cases.free_energy(back) == pytest.approx(cases.free_energy(before), abs=1e-9)


KINDS = [("segment", 1), ("segment", 4), ("disc", 1), ("disc", 5)]


@settings(max_examples=20)
@given(
    kind=st.sampled_from(KINDS),
    axial=st.floats(-6000, 1500),
    moments=st.lists(st.floats(-15, 15), min_size=3, max_size=3),
    shears=st.lists(st.floats(-300, 300), min_size=2, max_size=2),
)
def test_every_load_within_the_limits_is_carried(kind, axial, moments, shears):
    run = cases.specimen("L4-L5", *kind)
    load = cases.bench_load(
        run,
        axial,
        shear_anterior=shears[0],
        shear_lateral=shears[1],
        moment_lateral_bending=moments[0],
        moment_flexion=moments[1],
        moment_axial_rotation=moments[2],
    )
    case = cases.after(cases.at_once(run, load), 60.0)  # raises NotSolved where nothing is found
    assert np.all(np.isfinite(case.state.pose))
    assert np.all(np.isfinite(case.state.hidden))
    assert np.all(np.asarray(case.state.hidden[:, :COMPARTMENTS]) > 0)


def test_a_load_beyond_everything_ends_in_an_error_that_names_where(segment):
    load = cases.bench_load(segment, 1e9)
    with pytest.raises(march.NotSolved) as error:
        cases.at_once(segment, load)
    assert error.value.body in (0, 1)


@settings(max_examples=15)
@given(seed=SEEDS)
def test_a_motion_that_was_set_is_read_back(whole, seed):
    """Joint motions of a chain built from angles and slides are those angles and slides."""
    spine, _ = whole
    r = np.random.default_rng(seed)
    flexion = np.radians(r.uniform(-10, 10, len(spine.joints)))
    slide = r.uniform(-1e-3, 1e-3, (len(spine.joints), 3))
    pose = spines.pose_of(spine, flexion, r.uniform(-0.5, 0.5), slide)
    y = np.asarray(derivatives.motions(jnp.asarray(pose), spine.system))
    assert np.allclose(y[:, :3], slide, rtol=0, atol=1e-12)
    assert np.allclose(4 * np.arctan(y[:, 4] / 4), flexion, rtol=0, atol=1e-12)
