"""The engine's derivatives, condensation and time steps against blind calculation."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import engine_cases as cases
from tractus import simulation
from tractus.engine import chain, derivatives, disc_terms, march, potential
from tractus.engine.memory import Memory
from tractus.system import COMPARTMENTS, HIDDEN
from tractus.tissue import disc

QUICK = {"xla_backend_optimization_level": 0}  # what is called once is not worth compiling well


@pytest.fixture(scope="module")
def bent(segment):
    """The segment bent, twisted and pressed."""
    load = cases.bench_load(
        segment, -800.0, shear_anterior=60.0, moment_flexion=5.0, moment_axial_rotation=3.0
    )
    return cases.at_once(segment, load)


def off_balance(case, seed):
    """Poses and hidden unknowns away from the equilibrium, the gas compressed."""
    r = np.random.default_rng(seed)
    pose = case.state.pose + r.normal(size=(2, 6)) * np.array([3e-4] * 3 + [0.02] * 3)
    hidden = case.state.hidden + 0.02 * r.normal(size=(1, HIDDEN))
    return jnp.asarray(pose), jnp.asarray(hidden)


@pytest.mark.parametrize("seed", range(3))
def test_disc_derivatives_equal_blind_differentiation(bent, segment, seed):
    d = cases.first_disc(segment)
    pose, hidden = off_balance(bent, seed)
    y = jnp.concatenate([derivatives.motions(pose, segment.spine.system)[0], hidden[0]])
    frozen = cases.frozen(bent, 60.0)
    start, resistance = frozen.start[0], frozen.resistance[0]
    gradient, hessian = jax.jit(disc_terms.disc_terms)(y, d, start, resistance)
    g, h = cases.blind(y, d)
    water = slice(6, 6 + COMPARTMENTS)
    moved = d.volume * (y[water] - start)
    g = g.at[water].add(d.volume * (resistance @ moved))
    h = h.at[water, water].add(d.volume[:, None] * resistance * d.volume)
    assert np.max(np.abs(gradient - g)) <= 1e-8 * np.max(np.abs(g))
    # entries of different units: compare on the scale of their rows and columns
    size = np.sqrt(np.abs(np.diag(h)))
    assert np.max(np.abs(hessian - h) / np.outer(size, size)) <= 1e-8
    assert np.allclose(hessian, hessian.T, rtol=0, atol=1e-9 * np.max(np.abs(h)))


def test_the_condensed_newton_step_equals_a_dense_one(bent):
    frozen = cases.frozen(bent, 60.0)
    pose, hidden = off_balance(bent, 1)
    hidden = hidden.at[0, chain.GAS].add(0.1)
    system, loads = bent.spine.system, bent.loads

    def flat(x):
        return derivatives.total(x[:12].reshape(2, 6), x[12:][None], system, loads, frozen)

    x = jnp.concatenate([pose.ravel(), hidden[0]])
    column = jax.jit(lambda v, e: jax.jvp(jax.grad(flat), (v,), (e,)), compiler_options=QUICK)
    columns = [column(x, e) for e in jnp.eye(24)]
    gradient, hessian = columns[0][0], jnp.stack([c for _, c in columns], 1)
    gas = 12 + chain.GAS
    hessian = hessian.at[gas, gas].add(jnp.maximum(-gradient[gas], 0.0))  # of the logarithm
    size = jnp.sqrt(jnp.abs(jnp.diagonal(hessian)))
    scaled = hessian / size[:, None] / size
    expected = -jnp.linalg.solve(scaled, gradient / size) / size

    def newton_step(*at):
        factors = chain.factorise(derivatives.curvature(*at), jnp.asarray(0.0))
        return chain.step(factors, derivatives.slopes(*at))

    newton_step = jax.jit(newton_step, compiler_options=QUICK)
    step, inner, decrement = newton_step(pose, hidden, system, loads, frozen)
    found = jnp.concatenate([step.ravel(), inner[0]])
    assert np.max(np.abs((found - expected) * size)) <= 1e-7 * np.max(np.abs(expected * size))
    assert float(jnp.sum(decrement)) == pytest.approx(-0.5 * float(gradient @ expected), rel=1e-7)


def test_a_solved_state_is_an_equilibrium(bent):
    assert bool(jnp.all(jnp.isfinite(bent.state.pose)))
    found = bent.read()
    push = bent.loads.force[1]
    q = np.asarray(bent.spine.system.joints.lower_turn[0])
    along = cases.turned(q, np.array([0.0, 0.0, 1.0]))
    assert found["axial_force"][0] == pytest.approx(float(push @ along), abs=0.05)


@pytest.mark.parametrize("d", [-2.0, -0.1, 0.0, 0.3, 5.0])
def test_friction_is_a_spring_up_to_its_limit(d):
    stiffness, limit = 10.0, 2.0
    force = float(jax.grad(potential.huber)(d, stiffness, limit))
    assert force == pytest.approx(np.clip(stiffness * d, -limit, limit))


def test_a_support_without_shear_stiffness_has_no_friction():
    assert float(jax.grad(potential.huber)(0.01, 0.0, 0.0)) == 0.0


def test_second_derivatives_serve_over_another_length_of_time(bent):
    pose, hidden = off_balance(bent, 2)
    system, loads = bent.spine.system, bent.loads
    brief, long = cases.frozen(bent, 5.0), cases.frozen(bent, 60.0)

    @jax.jit
    def both():
        old = derivatives.curvature(pose, hidden, system, loads, brief)
        new = derivatives.curvature(pose, hidden, system, loads, long)
        return old, derivatives.renewed(old, pose, system, loads, long), new

    old, found, expected = both()
    assert np.max(np.abs(old.damping - expected.damping)) > 1.0  # J
    for name in (f for f in found._fields if f != "disc_gradient"):  # of that, the gas alone
        a, b = getattr(found, name), getattr(expected, name)
        assert np.allclose(a, b, rtol=1e-12, atol=1e-12 * np.max(np.abs(b)))
    gas = (0, 6 + chain.GAS)
    assert float(found.disc_gradient[gas]) == pytest.approx(float(expected.disc_gradient[gas]))


def test_a_run_is_the_same_whatever_others_left_in_its_memory(man):
    """Poses are free along the bed, so that discs and muscles are compared."""
    names = ("lying-supine", "sitting", "standing")
    steps = simulation.resolve(man.spine.subject, [{"do": n, "for": "10 min"} for n in names])
    alone = simulation.follow(man, steps).readings
    shared = replace(man, memory=Memory())
    simulation.follow(shared, steps)
    again = simulation.follow(shared, steps).readings
    assert len(again) == len(alone)
    for a, b in zip(alone, again, strict=True):
        assert np.max(np.abs(a.values["disc_height"] - b.values["disc_height"])) < 1e-6
        gap = a.values["intradiscal_pressure"] - b.values["intradiscal_pressure"]
        assert np.max(np.abs(gap)) < 200.0  # Pa
        assert np.allclose(a.values["muscle_activity"], b.values["muscle_activity"], atol=1e-4)


@pytest.mark.parametrize("refine", [1, 3])
@pytest.mark.parametrize("duration", [0.5, 59.0, 1800.0, 86400.0])
def test_steps_visit_every_stop_and_the_end(duration, refine):
    stops = [1.0, 33.0, 700.0, 1e6]
    found = march.steps(duration, stops, refine)
    assert found[-1] == duration
    assert all(b > a for a, b in zip([0.0, *found], found, strict=False))
    assert {s for s in stops if s < duration} <= set(found)


def test_water_cannot_move_in_no_time(segment):
    case = cases.at_once(segment, cases.bench_load(segment, -1500.0))
    water = slice(0, COMPARTMENTS)
    moved = case.state.hidden[:, water] - segment.state.hidden[:, water]
    assert np.max(np.abs(moved)) < 1e-9


def test_pressure_is_what_the_gas_feels_and_not_the_water_potential(segment):
    """The potential dE/dw holds osmosis and matrix stress as well, so it differs from P."""
    case = cases.at_once(segment, cases.bench_load(segment, -500.0))
    d = cases.first_disc(segment)
    y = cases.unknowns(case.spine.system, case.state)[0]
    potentials = cases.potentials(y, d)
    pressure = float(disc.pressure(y, d))
    assert case.read()["intradiscal_pressure"][0] == pytest.approx(pressure)
    assert abs(potentials[0] - pressure) > 0.02e6


def test_a_step_that_would_take_more_water_than_there_is_is_not_taken(segment):
    """Else permeability is asked for at a volume that no tissue has, and the march gets stuck."""
    system, state = segment.spine.system, segment.state
    loads = cases.bench_load(segment).frozen(np.asarray(state.pose))
    still = march.at_rest(state)
    drying = still._replace(ratio=still.ratio - 1.0)  # 1/s: dry within a second
    memory = march.Memory()
    found, rate, good = march.step(system, loads, state, drying, 60.0, memory)
    assert not good
    assert found is state
    assert rate is drying
    _, _, good = march.step(system, loads, state, drying, 1e-3, memory)
    assert good
