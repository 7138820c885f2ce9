"""The fit of the discrepancy on misses that are known."""

from dataclasses import replace

import numpy as np
import pytest

from tractus.evidence import experiments
from tractus.evidence.discrepancy_fit import answers, drawn, fit, interval_score


def of(name):
    return next(e for e in experiments.load(experiments.packaged()) if e.id == name)


def missing(spread, count=60):
    """Experiments of as many studies, published around a prediction of 0.2 MPa, and answers."""
    one, rng = of("wilke-1999-standing"), np.random.default_rng(4)
    mine, found = [], {}
    for i in range(count):
        said = replace_value(one, 0.2 * float(np.exp(spread * rng.standard_normal())))
        source = one.source.model_copy(update={"authors": f"Author {i}"})
        mine.append(replace(said, id=f"e{i}", source=source, accept=(0.1, 0.3)))
        found[f"e{i}"] = [{"at": np.array([2e5]), "rest": np.array([1e5])}] * 4
    return mine, found


def replace_value(one, value):
    return replace(one, published=one.published.model_copy(update={"value": value}))


def test_an_interval_pays_for_its_width_and_twenty_times_for_what_it_misses():
    assert interval_score(1.0, 3.0, 2.0) == pytest.approx(2.0)
    assert interval_score(1.0, 3.0, 3.5) == interval_score(1.0, 3.0, 0.5) == pytest.approx(12.0)


def unmoved(mine):
    return {one.id: 0.0 for one in mine}


def test_the_fit_finds_the_spread_of_known_misses_and_holds_nine_of_ten():
    mine, answers = missing(0.4)
    found = fit(mine, answers, unmoved(mine))
    assert np.hypot(found.kind, found.step) == pytest.approx(0.4, abs=0.12)
    assert found.held == pytest.approx(0.9, abs=0.08)
    assert found.scores[found.kind, found.step] == min(found.scores.values())


def test_a_model_that_misses_nothing_needs_no_discrepancy():
    mine, answers = missing(0.0, 10)
    found = fit(mine, answers, unmoved(mine))
    assert (found.kind, found.step) == (0.0, 0.0)


def test_what_a_set_misses_that_has_not_seen_the_study_counts():
    mine, answers = missing(0.0, 10)
    apart = {one.id: 0.5 * (-1) ** k for k, one in enumerate(mine)}  # 0.05 MPa either way
    found = fit(mine, answers, apart)
    assert np.hypot(found.kind, found.step) > 0.1


def test_gains_of_kinds_cancel_in_a_share_and_those_of_steps_do_not():
    one = of("gardner-morse-2004-bending-500")
    states = {n: np.array([0.01 * (k + 1) ** 2]) for k, n in enumerate(one.measure.states)}
    found = [{**states, "rest": np.array([0.0])}]
    assert np.ptp(drawn(one, found, 0.5, 0.0)) == pytest.approx(0.0, abs=1e-9)
    assert np.ptp(drawn(one, found, 0.0, 0.5)) > 0.1


def test_draws_answer_real_experiments_without_discrepancy():
    one = of("heuer-2007-flexion-2.5")
    found = answers([one], 4, 0)[one.id]
    assert len(found) == 4
    assert all(set(a) == {*one.measure.states, "rest"} for a in found)
    values = drawn(one, found, 0.0, 0.0)
    assert len(np.unique(np.round(values, 9))) == 4
    assert np.all((values > 1.0) & (values < 20.0))


def test_nine_of_ten_are_held_also_where_one_study_misses_alone():
    mine, answers = missing(0.0, 30)
    author = mine[0].source
    far = [replace(replace_value(e, 0.27), source=author) for e in mine[:8]]
    found = fit([*far, *mine[8:]], answers, unmoved(mine))
    assert found.held >= 0.9
    assert found.scores[found.kind, found.step] > min(found.scores.values())
