"""Balance of energy: what a constant load gives up goes into the water, and into a small loss."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine_cases as cases
from tractus.system import COMPARTMENTS
from tractus.tissue import disc


@pytest.fixture(scope="module")
def flowed(segment):
    """Function: work [J] lost to the water between two states dt [s] apart."""
    d = cases.first_disc(segment)

    @jax.jit
    def of(one, two, dt):
        g = disc.laplacian(0.5 * (one + two), d)
        moved = d.volume * (two - one)
        return moved @ jnp.linalg.solve(g, moved) / dt

    return lambda a, b, dt: float(of(*(c.state.hidden[0, :COMPARTMENTS] for c in (a, b)), dt))


def balance(segment, flowed, load, refine):
    """Energy [J] given up in ten minutes, and its part that did not go into the water."""
    start = cases.at_once(segment, load)
    path = [(0.0, start), *cases.trail(start, 600.0, refine)]
    level = np.array([cases.free_energy(case) for _, case in path])
    assert np.all(np.diff(level) <= 1e-9)
    spent = [flowed(a, b, later - t) for (t, a), (later, b) in itertools.pairwise(path)]
    assert min(spent) >= 0.0
    given_up = level[0] - level[-1]
    return given_up, given_up - sum(spent)


@settings(max_examples=6)
@given(
    axial=st.one_of(st.floats(-2500, -100), st.floats(50, 300)),
    moments=st.lists(st.floats(-8, 8), min_size=3, max_size=3),
    shears=st.lists(st.floats(-150, 150), min_size=2, max_size=2),
)
def test_the_numerical_loss_of_energy_is_small_and_of_second_order(
    segment, flowed, axial, moments, shears
):
    keys = ("moment_lateral_bending", "moment_flexion", "moment_axial_rotation")
    across = dict(zip(("shear_anterior", "shear_lateral"), shears, strict=True))
    load = cases.bench_load(segment, axial, **dict(zip(keys, moments, strict=True)), **across)
    given_up, coarse = balance(segment, flowed, load, 1)
    _, fine = balance(segment, flowed, load, 2)
    assert -0.005 * given_up <= coarse <= 0.03 * given_up
    assert abs(fine) <= 0.35 * abs(coarse) + 1e-5 * given_up
