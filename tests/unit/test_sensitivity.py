"""Rankings of results whose answer is known."""

import numpy as np
import pytest
from scipy.stats import norm

from tractus import uncertainty
from tractus.evidence.sensitivity import effects, rankings, shares
from tractus.tables import quantile

WEIGHTS = {"disc_height": 3.0, "annulus_stiffness": -4.0}


def known() -> dict[str, float]:
    """A result that two factors decide, 9 to 16, and one that a single factor decides."""
    score = {name: float(norm.ppf(quantile(name))) for name in WEIGHTS}
    both = 7.0 + sum(weight * score[name] for name, weight in WEIGHTS.items())
    return {"both": both, "curved": score["disc_height"] ** 2, "flat": 1.0}


def test_an_effect_is_the_change_for_one_standard_deviation_of_a_factor_alone():
    found = effects(known)
    assert set(found) == set(uncertainty.factors())
    for name, moved in found.items():
        assert moved["both"] == pytest.approx(WEIGHTS.get(name, 0.0), abs=1e-9)
        assert moved["curved"] == pytest.approx(0.0, abs=1e-9)


def test_shares_of_variance_are_those_of_the_weights():
    found = rankings(known, 128)["both"]
    assert found.median == pytest.approx(7.0, abs=0.3)
    assert found.sd == pytest.approx(5.0, rel=0.05)
    assert found.explained > 0.95
    for name, (value, low, high) in found.shares.items():
        true = WEIGHTS.get(name, 0.0) ** 2 / 25.0
        assert value == pytest.approx(true, abs=0.05)
        assert low <= value + 0.02
        assert value <= high + 0.02
    assert max(found.shares, key=lambda name: found.shares[name][0]) == "annulus_stiffness"


def test_what_does_not_go_with_single_factors_is_not_said_to_be_explained():
    assert rankings(known, 128)["curved"].explained < 0.5


def test_a_result_that_nothing_moves_has_no_shares():
    found = rankings(known, 64)["flat"]
    assert found.sd == 0.0
    assert all(value == 0.0 for value, _, _ in found.shares.values())
    assert found.explained == 0.0


def test_shares_do_not_depend_on_the_unit_of_a_result():
    chance = np.random.default_rng(3)
    points = chance.uniform(0.01, 0.99, (80, 5))
    values = norm.ppf(points) @ np.array([1.0, 0.5, 0.0, 0.0, 0.2]) + chance.normal(0, 0.1, 80)
    one, kilo = shares(points, values), shares(points, 1000.0 * values + 5.0)
    np.testing.assert_allclose(one[0], kilo[0], rtol=1e-9)
    assert one[1] == pytest.approx(kilo[1])
