"""A table, an inversion and a mat against statics by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from method_cases import WEIGHT, axial, run_of, settled_pair
from tractus.engine.step import muscles_now
from tractus.methods.gravity_mat import rib
from tractus.methods.inversion_table import headward_mass
from tractus.tables import parameter


def below(case, level: str) -> slice:
    """Bodies footward of a level."""
    return slice(0, case.spine.joints.index(level) + 1)


def guard(case, level: str) -> float:
    """Compression [N] of a level by guarding."""
    found = muscles_now(case.state, case.loads, case.spine.system)
    return float(found.guard[case.spine.joints.index(level)])


@pytest.mark.parametrize("surface", ["split", "fixed"])
def test_pull_is_what_passes_a_level_and_the_friction_on_its_way(morning, surface):
    """At L2-L3, whose axis lies along the body: pull = passed + friction of all footward parts."""
    step = {"do": "traction-table", "pattern": "static", "force": "200 N", "surface": surface}
    rest, pulled = settled_pair(morning, step)
    friction = float(np.sum(pulled.state.drag[below(pulled, "L2-L3"), 0]))
    passed = axial(pulled, "L2-L3") - axial(rest, "L2-L3") + guard(pulled, "L2-L3")
    assert passed + friction == pytest.approx(200.0, abs=4.0)
    low = parameter("friction_rollers") * 0.6 * WEIGHT
    if surface == "split":
        assert 0.0 <= friction < low + 15.0
    else:
        assert 25.0 < friction <= parameter("friction_surface") * 0.7 * WEIGHT


def test_all_pulls_on_a_level_balance(morning):
    """Harness, friction and pull: the forces along the body on everything headward of L4-L5."""
    step = {"do": "traction-table", "pattern": "static", "force": "250 N"}
    rest, pulled = settled_pair(morning, step)
    body = pulled.spine.body("T9")
    clamp = parameter("harness_stiffness")
    held = -clamp * float(pulled.state.pose[body, 2] - rest.state.pose[body, 2])
    above = pulled.spine.joints.index("L4-L5") + 1
    drag = float(np.sum(pulled.state.drag[above:, 0] - rest.state.drag[above:, 0]))
    gain = axial(pulled, "L4-L5") - axial(rest, "L4-L5")
    tilt = abs(gain) * 0.03  # the disc's axis is not quite the body's
    assert gain + guard(pulled, "L4-L5") == pytest.approx(held + drag, abs=2.0 + tilt)


@pytest.mark.parametrize("degrees", [30, 60, 90])
def test_inversion_pulls_with_the_mass_headward_of_a_level_less_friction(morning, degrees):
    """m g sin(angle) of all above, less at most mu m g cos(angle) of the same parts."""
    rest, hung = settled_pair(morning, {"do": "inversion-table", "angle": f"{degrees} deg"})
    spine = hung.spine
    j = spine.joints.index("L4-L5")
    mass = headward_mass(spine)[j] + spine.arms
    a = math.radians(degrees)
    full = mass * 9.80665 * math.sin(a)
    friction = float(np.sum(hung.state.drag[j + 1 :, 0]))
    gain = axial(hung, "L4-L5") - axial(rest, "L4-L5")
    answered = guard(hung, "L4-L5")
    assert friction <= 1e-6
    # 8 N: skin that still touches the board when head down
    assert (
        -friction <= 1.3 * parameter("friction_board") * mass * 9.80665 * math.cos(a) + 8.0
    )  # skin
    assert gain + answered == pytest.approx(full + friction, rel=0.03, abs=2.0)


def test_the_push_of_a_rib_is_that_of_an_inclined_spring():
    """Blocked push and stiffness against the two springs solved by hand."""
    along, across, alpha, weight = 40e3, 2e3, math.radians(20), 100.0
    axis = np.array([math.cos(alpha), math.sin(alpha)])  # normal, headward
    k = along * np.outer(axis, axis) + across * (np.eye(2) - np.outer(axis, axis))
    sunk = weight / k[0, 0]  # headward blocked: the weight presses the rib in by this
    push, stiff = rib(alpha, along, across)
    assert push * weight == pytest.approx(k[1, 0] * sunk)
    assert stiff == pytest.approx(np.linalg.det(k) / k[0, 0])


def test_a_mat_pulls_less_than_its_blocked_push_and_in_proportion_to_weight(morning):
    rest, mat = settled_pair(morning, {"do": "gravity-mat"})
    gain = axial(mat, "L4-L5") - axial(rest, "L4-L5")
    assert 5.0 < gain < mat.applied
    above = mat.spine.joints.index("L4-L5") + 1
    pushed = float(np.sum(mat.state.drag[above:, 0]))
    assert gain == pytest.approx(pushed, rel=0.05, abs=1.0)


def test_the_pull_of_a_mat_falls_when_what_pulls_back_is_softer(morning):
    """Nothing but the spine and the legs' friction hold the halves together."""
    full = settled_pair(morning, {"do": "gravity-mat"})
    slippery = settled_pair(morning, {"do": "gravity-mat", "friction": 0.02})
    gains = [axial(b, "L4-L5") - axial(a, "L4-L5") for a, b in (full, slippery)]
    assert gains[1] < 0.5 * gains[0]


def test_a_constant_pull_keeps_its_force_for_twenty_minutes(morning):
    """No change of pull, no change of axial force but the muscles' getting used to it."""
    data = run_of(morning, {"do": "traction-table", "pattern": "static", "for": "20 min"})
    from tractus.tables import parameter as p

    force = data["axial_force"].sel(level="L4-L5").values
    time = data["time"].values - data["time"].values[0]
    lag = p("guarding_healthy") * float(data["applied_force"].max())
    late = time > 60.0
    assert np.ptp(force[late]) < lag + 2.0
