"""Rankings of results whose answer is known."""

import pytest
from scipy.stats import norm

from tractus import uncertainty
from tractus.evidence.sensitivity import effects, ranking, rankings
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
    found = rankings(known, 512)["both"]  # a deviation known to some 3 %
    assert found.median == pytest.approx(7.0, abs=0.3)
    assert found.sd == pytest.approx(5.0, rel=0.05)
    assert found.explained == pytest.approx(1.0, abs=0.1)
    for name, value in found.shares.items():
        assert value == pytest.approx(WEIGHTS.get(name, 0.0) ** 2 / 25.0, abs=0.05)
    assert max(found.shares, key=lambda name: found.shares[name]) == "annulus_stiffness"


def test_what_does_not_go_with_single_factors_in_proportion_is_not_explained():
    assert rankings(known, 64)["curved"].explained < 0.05


def test_a_result_that_nothing_moves_has_no_shares():
    found = rankings(known, 64)["flat"]
    assert found.sd == 0.0
    assert all(value == 0.0 for value in found.shares.values())
    assert found.explained == 0.0


def test_shares_do_not_depend_on_the_unit_of_a_result():
    values, alone = [1.0, 2.0, 4.0, 3.0], {"a": 0.5, "b": -1.0}
    one = ranking(values, alone)
    kilo = ranking([1000.0 * v + 5.0 for v in values], {n: 1000.0 * m for n, m in alone.items()})
    assert one.shares == pytest.approx(kilo.shares)
