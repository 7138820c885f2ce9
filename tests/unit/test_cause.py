"""A load without equilibrium says why."""

from __future__ import annotations

import numpy as np
import pytest

from engine_cases import man
from tractus import methods, regimen, spine
from tractus.errors import InputError
from tractus.initial import Run, region_target, target_level
from tractus.methods.loading import cause, slides, sliding
from tractus.simulation import follow, step_keys
from tractus.spine import Spine


@pytest.fixture(scope="module")
def lying() -> Spine:
    return spine.of(man())


def pulled(lying: Spine, level: str, force: str):
    """The full load of hands that pull the legs."""
    step = {"do": "manual-traction", "force": force, "level": level, "rest": "0 s"}
    made = regimen.parse([step], mass=lying.subject.mass)[0]
    plan = methods.planner(made.do)(lying, made.do, 60.0, made.ramp, dict(made.parameters))
    return plan.intervals[-1].load


def test_a_pull_beyond_friction_slides_the_body(lying):
    load = pulled(lying, "C5-C6", "400 N")  # a hand on the neck does not hold a lumbar pull
    force, friction = sliding(load, np.asarray(lying.system.bodies.mass))
    assert force == pytest.approx(400.0)
    assert 100.0 < friction < 0.5 * 0.5 * lying.subject.mass * 9.81  # legs and pelvis are carried
    said = slides(load, np.asarray(lying.system.bodies.mass))
    assert "the body slides: 400 N" in str(said)
    assert f"{friction:.0f} N of friction" in said


def test_a_body_that_is_held_or_rests_does_not_slide(lying):
    mass = np.asarray(lying.system.bodies.mass)
    assert sliding(pulled(lying, "L4-L5", "400 N"), mass) is None
    assert sliding(pulled(lying, "C5-C6", "100 N"), mass) is None
    assert slides(pulled(lying, "L4-L5", "400 N"), mass) is None
    assert "L3 gives way" in cause(lying, 3)


def test_a_regimen_that_would_drag_the_body_is_refused_before_it_is_solved(lying):
    step = {"do": "manual-traction", "force": "400 N", "level": "C5-C6", "rest": "0 s"}
    run = Run(lying, None, None)  # type: ignore[arg-type]  # nothing is solved
    with pytest.raises(InputError, match=r"step 1 \(manual-traction\): the body slides: 400 N"):
        follow(run, regimen.parse([step], mass=lying.subject.mass))


def test_the_level_held_is_one_of_the_region_that_is_pulled():
    """A pull at the legs of someone with a neck complaint holds a lumbar level, not the neck."""
    someone = man(complaint={"region": "cervical"})
    run = Run(spine.of(someone), None, None, target=target_level(someone))  # type: ignore[arg-type]
    step = regimen.parse([{"do": "manual-traction", "region": "lumbar"}], mass=someone.mass)[0]
    assert step_keys(step, run)["level"] == region_target(someone, "lumbar")
    assert run.target == "C5-C6"
