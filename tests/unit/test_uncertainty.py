"""Draws of what is not known: repeatable, inside ranges, and moving what they name."""

import fnmatch

import numpy as np
import pytest

import tractus
from tractus import calibrated, tables, uncertainty
from tractus.errors import InputError

SEGMENT = {"level": "L4-L5", "parts": "disc", "grade": 1}
PRESSED = [{"do": "bench", "force": "-500 N", "for": "1 min"}]


def parameters(variant):
    with tables.varied(variant):
        return {
            str(r["name"]): tables.parameter(str(r["name"])) for r in tables.table("parameters")
        }


def test_draws_repeat_by_seed_and_differ_between_seeds():
    same = [uncertainty.points(8, seed).tolist() for seed in (1, 1, 2)]
    assert same[0] == same[1] != same[2]
    uncertainty.points.cache_clear()
    assert uncertainty.points(8, 1).tolist() == same[0]


def test_draws_fill_every_factor_evenly():
    drawn = uncertainty.points(32, 0)
    assert drawn.shape == (32, len(uncertainty.factors()))
    assert np.all(np.sum(drawn < 0.5, 0) == 16)


def moving(*forms):
    """Names of parameters that factors of these distributions move."""
    moves = [r for r in tables.table("uncertainty") if r["table"] == "parameters"]
    every = [str(r["name"]) for r in tables.table("parameters")]
    return {n for n in every for r in moves if r["distribution"] in forms and match(n, r["rows"])}


def match(name, pattern):
    return fnmatch.fnmatchcase(name, str(pattern))


def test_what_is_drawn_from_its_range_stays_inside_it():
    rows = {str(r["name"]): r for r in tables.table("parameters")}
    of_range = moving("fitted", "range") - moving("lognormal", "normal")
    assert len(of_range) > 100
    for variant in uncertainty.draws(16, 3):
        now = parameters(variant)
        for name in of_range:
            assert (
                tables.number(rows[name], "low") <= now[name] <= tables.number(rows[name], "high")
            )


def test_a_person_may_be_beyond_the_range_of_the_usual_value():
    """That range is what sources leave open of the mean; people differ to either side of it."""
    with tables.varied(uncertainty.drawn({"tone_lying": 0.05})):
        low = tables.parameter("tone_lying_lumbar")
    with tables.varied(uncertainty.drawn({"tone_lying": 0.95})):
        high = tables.parameter("tone_lying_lumbar")
    assert low * high == pytest.approx(tables.parameter("tone_lying_lumbar") ** 2)


def test_every_parameter_with_a_range_is_drawn():
    """All but the stiffness of posture control, which leaves no trace."""
    every = {str(r["name"]) for r in tables.table("parameters") if r["low"] != r["high"]}
    still = every - moving("fitted", "range", "lognormal", "normal")
    assert still == {n for n in every if n.startswith("posture_stiffness")}


def test_fitted_parameters_keep_what_the_experiments_say_of_them_together():
    """Draws by the even points have the covariance of the table where no range cuts them."""
    free, places, factor = zip(*calibrated._posterior(), strict=True)
    count = len(free)
    lower = np.array([[*row, *[0.0] * (count - len(row))] for row in factor])
    far = uncertainty.points(256, 1)
    names = uncertainty.factors()
    found = []
    for point in far:
        at = dict(zip(names, point, strict=True))
        drawn = calibrated.drawn({f.name: at[f"fitted_{f.name}"] for f in free})
        found.append([f.x(drawn[f.name]) for f in free])
    xs = np.array(found)
    assert np.all(np.abs(xs) <= 1.0 + 1e-9)
    sd = np.sqrt(np.diag(lower @ lower.T))
    inner = [k for k in range(count) if abs(places[k]) + 3.0 * sd[k] < 1.0]
    for k in inner:
        assert xs[:, k].std() == pytest.approx(sd[k], rel=0.5)
    # a direction that the experiments fix stays fixed, whatever the ranges cut off
    inverse = np.linalg.inv(lower @ lower.T)
    size, way = np.linalg.eigh(inverse)
    firm = (xs - np.array(places)) @ way[:, -1] * np.sqrt(size[-1])
    assert np.std(firm) < 2.0


def test_a_fitted_parameter_alone_moves_those_that_follow_it_along():
    first = calibrated.free_parameters()[0].name
    before, after = (calibrated.drawn({first: q}) for q in (0.2, 0.8))
    assert before[first] < after[first]
    assert any(before[n] != after[n] for n in before if n != first)


@pytest.mark.parametrize("factor", uncertainty.factors())
def test_every_factor_moves_its_cells_and_nothing_else(factor):
    variant = uncertainty.drawn({factor: 0.9})
    for name in tables.names():
        moves = [
            r for r in tables.table("uncertainty") if r["factor"] == factor and r["table"] == name
        ]
        with tables.varied(variant):
            changed = tables.table(name) != tables._read(name)
        assert changed == bool(moves), name


def test_the_middle_of_a_distribution_is_the_table():
    usual = [f for f in uncertainty.factors() if f in ("disc_height", "permeability", "disc_grade")]
    variant = uncertainty.drawn(dict.fromkeys(usual, 0.5))
    with tables.varied(variant):
        for name in ("levels", "parameters", "grade_by_age"):
            for new, old in zip(tables.table(name), tables._read(name), strict=True):
                for key, cell in old.items():
                    if isinstance(cell, float):
                        assert new[key] == pytest.approx(cell)


def test_tables_are_as_before_after_a_draw():
    before = tables.parameter("nucleus_charge")
    with tables.varied(uncertainty.draws(4, 0)[0]):
        assert tables.parameter("nucleus_charge") != before
    assert tables.parameter("nucleus_charge") == before


def test_simulate_with_samples_has_a_spread_and_repeats():
    segment = tractus.Specimen.parse(SEGMENT)
    first, again = (
        tractus.simulate(segment, PRESSED, samples=4, seed=5)["intradiscal_pressure"]
        for _ in range(2)
    )
    assert first.sizes["sample"] == 4
    assert np.array_equal(first, again)
    end = first.isel(time=-1, level=0).values
    assert np.all(end > 0)
    assert np.ptp(end) > 0.01 * end.mean()


@pytest.mark.parametrize(("count", "seed"), [(-1, 0), (5000, 0), (4, -1)])
def test_a_number_of_samples_or_a_seed_that_cannot_be_is_refused(count, seed):
    with pytest.raises(InputError, match=r"samples|seed"):
        uncertainty.draws(count, seed)


def test_too_many_draws_without_equilibrium_are_an_error():
    def never():
        raise InputError("no equilibrium")

    with pytest.raises(InputError, match="2 of 2 samples"):
        uncertainty.over_draws(2, 0, never)


@pytest.mark.parametrize(("count", "held"), [(16, 15 / 17), (32, 0.9), (200, 0.9)])
def test_an_interval_holds_nine_of_ten_further_draws(count, held):
    random = np.random.default_rng(3)
    found = [uncertainty.interval(random.random(count)) for _ in range(400)]
    widths = [high - low for _, low, high in found]  # of uniform draws: the share that it holds
    assert np.mean(widths) == pytest.approx(held, abs=0.01)
