"""A dose is a fact about the engine: its step reaches the effect there, a smaller one does not."""

import pytest

import engine_cases
from tractus import dose, dose_runs
from tractus.dose_comparison import compare_doses
from tractus.dose_people import population
from tractus.effect import read_effect
from tractus.errors import InputError


@pytest.fixture(scope="module")
def people():
    """The man of Wilke 1999 as the tables have him."""
    return population(engine_cases.man(), "L4-L5", samples=0)


def test_the_dose_reaches_the_effect_and_less_does_not(people):
    found = dose.find(people, ["inversion-table"], read_effect("0.1 mm"))["inversion-table"]
    assert found.reached
    assert found.met == found.persons == 1
    assert found.usual["height"] >= 1e-4
    less = {**found.step, "angle": f"{found.strength - 1:g} deg"}
    course = dose_runs.session(people.usual, less)
    assert course.effect["height"][-1] < 1e-4


def test_effect_is_what_simulate_gives_beyond_lying(people):
    """The same numbers by the public road, with its finer steps."""
    import tractus

    step = {"do": "inversion-table", "angle": "30 deg", "for": "3 min"}
    course = dose_runs.session(people.usual, step)
    before = {"do": "standing", "for": "4 h"}
    end = []
    for last in (step, {"do": "lying-supine", "for": "3 min"}):
        run = tractus.simulate(engine_cases.man(), [before, last])
        at = run.sel(level="L4-L5").isel(time=-1)
        end.append((float(at.intradiscal_pressure), float(at.disc_height.sel(site="mean"))))
    assert course.effect["pressure"][-1] == pytest.approx(end[1][0] - end[0][0], rel=0.05)
    assert course.effect["height"][-1] == pytest.approx(end[0][1] - end[1][1], rel=0.05)


def test_lying_down_adds_nothing_to_lying_down(people):
    course = dose_runs.session(people.usual, {"do": "lying-supine", "for": "10 min"})
    assert abs(course.effect["pressure"][-1]) < 500.0  # Pa, of the steps in time
    assert abs(course.effect["height"][-1]) < 5e-6


def test_doses_side_by_side(people):
    steps = [{"do": "inversion-table", "angle": f"{a} deg", "for": "2 min"} for a in (20, 40)]
    weak, strong = compare_doses(people, steps)
    assert strong.effect["height"][0] > weak.effect["height"][0]
    assert strong.against["height"][0] == pytest.approx(
        strong.effect["height"][0] - weak.effect["height"][0]
    )
    assert weak.against["height"][0] == 0.0


def test_share_of_the_most(people):
    found = dose.find(people, ["inversion-table"], read_effect("50 %"))["inversion-table"]
    assert found.reached
    assert 0.0 < found.strength < 60.0


def test_refused():
    with pytest.raises(InputError, match="share"):
        population(engine_cases.man(), "L4-L5", samples=0, share=0.0)
    with pytest.raises(InputError, match="no disc"):
        dose.doses(engine_cases.man(), ["heat"], level="L9-S1", samples=0)
