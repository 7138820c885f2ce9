"""Water in time: consolidation, Donnan equilibrium, time steps."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

import engine_cases as cases
from tractus import discs, simulation
from tractus.engine import march
from tractus.regimen import ResolvedStep
from tractus.system import COMPARTMENTS
from tractus.tables import number, parameter
from tractus.tissue import disc, flow, osmosis
from tractus.tissue.disc import SLICES

LENGTH, MODULUS, PERMEABILITY = 1e-3, 5e5, 1e-15  # m, Pa, m4/Ns
CONSOLIDATION = MODULUS * PERMEABILITY / LENGTH**2  # 1/s


def column(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Volumes (n,) [m3] and Laplacian (n, n) of a column of 1 m2, drained at its first face."""
    d = LENGTH / n
    ends = np.arange(n - 1)
    half = np.full(n - 1, d / 2)
    inner, opened = np.ones(n), np.zeros(n)
    inner[0], opened[0] = d / 2, 1.0
    path = flow.Path(ends, ends + 1, half, half, inner, np.zeros(n), opened)
    k = np.full(n, PERMEABILITY)
    g = flow.laplacian(k, 1.0, jnp.zeros(n), path)
    return np.full(n, d), np.asarray(g)


def consolidated(time: float) -> float:
    """Share of the final settlement [1] by Terzaghi's series, drained at one face."""
    m = np.pi / 2 * (2 * np.arange(400) + 1)
    return float(1 - np.sum(2 / m**2 * np.exp(-(m**2) * CONSOLIDATION * time)))


def marched(n: int, time: float, steps: int) -> float:
    """Share of the settlement after `steps` equal steps of the engine's formula."""
    volume, g = column(n)
    inverse = np.linalg.inv(g)
    dt, strain = time / steps, np.zeros(n)  # strain e = (J - 1) in units of load over modulus

    def stage(start: np.ndarray, h: float) -> np.ndarray:
        # minimum of H/2 V e^2 + V e + V (e - start) G^-1 V (e - start) / (2 h)
        flows = np.outer(volume, volume) * inverse / h
        matrix = np.diag(MODULUS * volume) + flows
        return np.linalg.solve(matrix, flows @ start - MODULUS * volume)

    for _ in range(steps):
        one = stage(strain, march.GAMMA * dt)
        slope = (one - strain) / (march.GAMMA * dt)
        strain = stage(strain + (1 - march.GAMMA) * dt * slope, march.GAMMA * dt)
    return -float(strain.mean())


def exact(n: int, time: float) -> float:
    """Share of the settlement of the column of n slices, without error in time."""
    volume, g = column(n)
    return 1 - float(np.mean(expm(-MODULUS * time * g / volume[:, None]) @ np.ones(n)))


def rates(errors: list[float]) -> np.ndarray:
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


TIME = 0.2 / CONSOLIDATION


def test_terzaghi_in_space():
    errors = [abs(exact(n, TIME) - consolidated(TIME)) for n in (4, 8, 16, 32)]
    assert errors[0] < 0.02
    assert np.all(rates(errors) > 1.8)


def test_terzaghi_in_time():
    errors = [abs(marched(16, TIME, steps) - exact(16, TIME)) for steps in (8, 16, 32, 64)]
    assert np.all(rates(errors) > 1.8), rates(errors)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2, 0.5, 1.5])
def test_terzaghi_at_any_time(share):
    time = share / CONSOLIDATION
    assert marched(48, time, 60) == pytest.approx(consolidated(time), abs=0.002)


def test_the_wrong_face_drained_would_be_seen():
    """The series of a column drained at both faces is far away: the test above can fail."""
    assert abs(marched(48, TIME, 60) - consolidated(4 * TIME)) > 0.2


@pytest.fixture(scope="module")
def swollen(segment):
    """The segment after a long time without load."""
    return cases.after(cases.at_once(segment, cases.bench_load(segment)), 2e6)


def test_no_load_for_a_long_time_is_donnan_equilibrium(swollen, segment):
    d = cases.first_disc(segment)
    y = cases.unknowns(swollen.spine.system, swollen.state)[0]
    potentials = cases.potentials(y, d)
    assert np.max(np.abs(potentials)) < 50.0  # Pa above the bath, of 1e5 of swelling pressure
    g = disc.laplacian(y[6 : 6 + COMPARTMENTS], d)
    outflow = np.asarray(g @ potentials)
    assert np.max(np.abs(outflow)) * 86400 < 1e-4 * float(d.volume.sum())  # a day's flow


@pytest.mark.parametrize("grade", range(1, 6))
def test_rested_tissue_has_the_permeability_of_the_tables(grade):
    """They were measured on tissue of unloaded, swollen discs, not at J = 1."""
    run = cases.specimen("L4-L5", "disc", grade)
    d = cases.first_disc(run)
    ratio = np.asarray(run.state.hidden[0, :COMPARTMENTS])
    k = np.asarray(flow.permeability(d.k0, d.exponent, d.solid, ratio))
    factor = number(discs.grade_row(grade), "permeability")
    nucleus, annulus = (factor * parameter(f"{t}_permeability") for t in ("nucleus", "annulus"))
    assert k[:SLICES] == pytest.approx(nucleus, rel=0.2)
    assert np.exp(np.mean(np.log(k[SLICES:]))) == pytest.approx(annulus, rel=0.2)


def test_in_equilibrium_matrix_and_pressure_carry_the_swelling_pressure(swollen, segment):
    """The slices hold the same charge per volume, so they hold the same water."""
    d = cases.first_disc(segment)
    y = cases.unknowns(swollen.spine.system, swollen.state)[0]
    ratio = np.asarray(y[6 : 6 + COMPARTMENTS])
    assert np.ptp(ratio[:4]) < 1e-4
    water = d.volume * (ratio - d.solid)
    swelling = np.asarray(osmosis.pressure(d.charge, water))[0]
    stress = float(d.nucleus_modulus) * (ratio[0] - 1.0)
    pressure = swollen.read()["intradiscal_pressure"][0]
    assert swelling == pytest.approx(stress + pressure, abs=100.0)


def creep(segment, refine):
    start = cases.at_once(segment, cases.bench_load(segment, -800.0, moment_flexion=2.0))
    return start.read(), cases.after(start, 1800.0, refine).read()


def test_half_the_time_step_moves_the_creep_of_a_specimen_by_less_than_one_percent(segment):
    start, coarse = creep(segment, 1)
    _, fine = creep(segment, 2)
    for name in ("disc_height", "intradiscal_pressure"):
        change = np.max(np.abs(fine[name] - start[name]))
        assert np.max(np.abs(fine[name] - coarse[name])) < 0.01 * change


def test_the_march_of_a_specimen_is_of_second_order(segment):
    def height(refine):
        return creep(segment, refine)[1]["disc_height"][0, 3]

    best = height(32)
    errors = [abs(height(n) - best) for n in (1, 2, 4)]
    assert np.all(rates(errors) > 1.8), rates(errors)


def test_half_the_time_step_moves_the_creep_of_a_spine_by_less_than_one_percent(man):
    step = ResolvedStep(do="standing", duration=1800.0, ramp=0.0, parameters={}, number=1)

    def found(refine):
        run = simulation.follow(man, [step], refine=refine)
        first, last = run.readings[0].values, run.readings[-1].values
        return {n: (first[n], last[n]) for n in ("disc_height", "intradiscal_pressure")}

    coarse, fine = found(1), found(2)
    for name in coarse:
        first, last = (np.asarray(v) for v in fine[name])
        error = np.abs(np.asarray(coarse[name][1]) - last)
        assert np.all(error < 0.01 * np.abs(last)), name
        assert np.max(error) < 0.01 * np.max(np.abs(last - first)), name
