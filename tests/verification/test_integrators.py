"""One disc's water by two integrators that know nothing of the engine's march and Newton.

They share the disc's energy and permeability with the engine: the equations, not their solution.
SciPy's Radau finds the elastic unknowns anew in every evaluation; Diffrax integrates the elastic
unknowns beside the water, with the fluxes summed path by path.
"""

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

import engine_cases as cases
from tractus.engine import march
from tractus.tissue import disc, flow

AXIAL, DURATION = -600.0, 3600.0  # N, s
FREE = np.array([*range(6), *range(13, 18)])  # unknowns that are elastic at once
WATER = np.arange(6, 13)


@pytest.fixture(scope="module")
def run():
    return cases.specimen(parts="disc")


@pytest.fixture(scope="module")
def push(run):
    """The load (18,) on the upper plate, in the frame of the lower one."""
    back = np.asarray(run.spine.system.joints.lower_turn[0]) * np.array([1, -1, -1, -1])
    force = cases.turned(back, np.array([0.0, 0.0, AXIAL]))
    return np.concatenate([force, np.zeros(15)])


@pytest.fixture(scope="module")
def balanced(run, push):
    """Function: all unknowns in elastic balance at volume ratios, and dE/dJ there."""
    d = cases.first_disc(run)
    derivatives = jax.jit(cases.blind)
    guess = np.array(cases.unknowns(run.spine.system, run.state)[0])

    def of(ratio):
        y = guess.copy()
        y[WATER] = ratio
        for _ in range(40):
            g, h = (np.array(v) for v in derivatives(jnp.asarray(y), d))
            step = np.linalg.solve(h[np.ix_(FREE, FREE)], (push - g)[FREE])
            y[FREE] += np.clip(step, -0.3, 0.3)
            if np.max(np.abs(step)) < 1e-12:
                break
        guess[:] = y
        return y, g[WATER]

    return of


@pytest.fixture(scope="module")
def begin(run, balanced):
    """Unknowns at once after the load, before any water has moved."""
    return balanced(np.asarray(cases.unknowns(run.spine.system, run.state)[0])[WATER])[0]


def by_radau(run, balanced, begin):
    d = cases.first_disc(run)
    volume = np.asarray(d.volume)
    laplacian = jax.jit(lambda r: disc.laplacian(r, d))

    def rate(_, ratio):
        _, slope = balanced(ratio)
        return -np.asarray(laplacian(jnp.asarray(ratio))) @ (slope / volume) / volume

    found = solve_ivp(rate, (0.0, DURATION), begin[WATER], "Radau", rtol=1e-6, atol=1e-9)
    assert found.success
    return balanced(found.y[:, -1])[0]


def outflow(ratio, potential, d):
    """Water [m3/s] that leaves each compartment, path by path."""
    k, path = flow.permeability(d.k0, d.exponent, d.solid, ratio), d.path
    i, j = path.first, path.second
    between = (potential[i] - potential[j]) / (path.reach_first / k[i] + path.reach_second / k[j])
    bath = path.bath_open / (path.bath_inner / k + path.bath_outer / d.endplate) + d.leak
    return (bath * potential).at[i].add(between).at[j].add(-between)


def by_diffrax(run, balanced, begin):
    d = cases.first_disc(run)

    def rate(_, y, __):
        slope, curve = cases.blind(y, d)
        water = -outflow(y[WATER], slope[WATER] / d.volume, d) / d.volume
        follow = jnp.linalg.solve(curve[jnp.ix_(FREE, FREE)], curve[jnp.ix_(FREE, WATER)] @ water)
        return jnp.zeros(18).at[WATER].set(water).at[FREE].set(-follow)

    found = diffrax.diffeqsolve(
        diffrax.ODETerm(rate),
        diffrax.Tsit5(),
        0.0,
        DURATION,
        1.0,
        jnp.asarray(begin),
        stepsize_controller=diffrax.PIDController(rtol=1e-6, atol=1e-9),
        max_steps=100_000,
    )
    return np.asarray(found.ys[-1])


@pytest.mark.parametrize("by", [by_radau, by_diffrax])
def test_an_independent_integrator_agrees(run, balanced, begin, by):
    other = by(run, balanced, begin)
    start = cases.at_once(run, cases.bench_load(run, AXIAL), tolerance=march.EXACT)
    first, ours = (
        np.asarray(cases.unknowns(run.spine.system, case.state)[0])
        for case in (start, cases.after(start, DURATION))
    )
    assert first == pytest.approx(begin, abs=2e-5)
    moved = other - begin
    assert np.max(np.abs(ours - other)[WATER]) < 0.01 * np.max(np.abs(moved[WATER]))
    assert ours[2] - begin[2] == pytest.approx(moved[2], rel=0.01)
    d = cases.first_disc(run)
    before, theirs, own = (float(disc.pressure(jnp.asarray(y), d)) for y in (begin, other, ours))
    assert own - before == pytest.approx(theirs - before, rel=0.01)
