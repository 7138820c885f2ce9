"""A load without equilibrium says why."""

from __future__ import annotations

import numpy as np
import pytest

from engine_cases import man
from tractus import methods, regimen, spine
from tractus.methods.loading import cause, sliding
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
    said = cause(lying, load, 3)
    assert "the body slides: 400 N" in said
    assert f"{friction:.0f} N of friction" in said


def test_a_body_that_is_held_or_rests_does_not_slide(lying):
    mass = np.asarray(lying.system.bodies.mass)
    assert sliding(pulled(lying, "L4-L5", "400 N"), mass) is None
    assert sliding(pulled(lying, "C5-C6", "100 N"), mass) is None
    assert "L3 gives way" in cause(lying, pulled(lying, "L4-L5", "400 N"), 3)
