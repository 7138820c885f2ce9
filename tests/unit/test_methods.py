"""Against toys: nulls, differences, sides, and parameters that do something."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from method_cases import LYING, planned, run_of, settled_pair
from tractus import initial, methods, regimen
from tractus.comparison import METHODS
from tractus.levels import LEVELS
from tractus.tables import table, text

TIME = {"for": "10 min"}
NULLS = [
    ({"do": "traction-table", "force": "0 N"}, "lying-supine"),
    ({"do": "traction-table", "force": "0 N", "surface": "fixed"}, "lying-supine"),
    ({"do": "traction-table", "force": "0 N", "position": "prone"}, "lying-prone"),
    ({"do": "traction-table", "force": "0 N", "position": "fowler"}, "lying-crook"),
    ({"do": "inversion-table", "angle": "0 deg"}, "lying-supine"),
    ({"do": "manual-traction", "force": "0 N"}, "lying-supine"),
    ({"do": "flexion-distraction", "angle": "0 deg", "force": "0 N"}, "lying-prone"),
    ({"do": "roller-table", "lift": "0 mm"}, "lying-supine"),
    ({"do": "gravity-mat", "rib_angle_back": "0 deg", "rib_angle_pelvis": "0 deg"}, "lying-supine"),
    ({"do": "backrack", "nodule_height": "0 mm"}, "lying-supine"),
    ({"do": "stretching", "repetitions": 0}, "lying-supine"),
    ({"do": "positional-traction", "bolster_height": "0 cm"}, "lying-side"),
    ({"do": "cervical-traction", "force": "0 N"}, "lying-supine"),
    (
        {"do": "cervical-traction", "force": "0 N", "position": "seated", "device": "over-door"},
        "sitting",
    ),
    ({"do": "heat", "temperature": "33 degC"}, "lying-supine"),
]
WATCHED = ("intradiscal_pressure", "disc_height", "axial_force", "rotation", "foramen_area")


@pytest.mark.parametrize(
    ("mapping", "posture"), NULLS, ids=lambda v: v if isinstance(v, str) else v["do"]
)
def test_a_device_that_does_nothing_is_lying_in_that_posture(morning, mapping, posture):
    null = run_of(morning, {**mapping, **TIME})
    lying = run_of(morning, {"do": posture, **TIME})
    np.testing.assert_allclose(null["time"], lying["time"], rtol=0, atol=1e-6)
    for name in WATCHED:
        scale = np.abs(lying[name].values).max()
        np.testing.assert_allclose(null[name], lying[name], rtol=0, atol=1e-6 * scale, err_msg=name)


@pytest.mark.parametrize("operation", regimen.OPERATIONS)
def test_an_operation_that_removes_nothing_changes_nothing(morning, operation):
    null = run_of(morning, {"do": operation, "removed": "0 %"}, {**LYING, **TIME})
    lying = run_of(morning, {**LYING, **TIME})
    for name in WATCHED:
        np.testing.assert_allclose(null[name], lying[name], rtol=1e-9, atol=1e-12, err_msg=name)


def test_every_id_of_the_table_is_planned_by_a_file():
    assert set(methods.ids()) == set(regimen.ids())


def test_no_method_is_another_nor_lying_with_a_factor(morning):
    """Profiles of the change over the levels differ in form, not only in size."""
    changes = {}
    for name in METHODS:
        rest, full = settled_pair(morning, {"do": name})
        if name == "heat":
            continue  # acts through time, not at once
        changes[name] = full.values["disc_height"][:, 3] - rest.values["disc_height"][:, 3]
        assert np.abs(changes[name]).max() > 1e-6, name
    same = {("detensor-mat", "lumbarest-mat"), ("detensor-mat", "detensor-mattress"),
            ("lumbarest-mat", "detensor-mattress")}  # fmt: skip
    for a, b in itertools.combinations(changes, 2):
        if (a, b) in same or (b, a) in same:
            continue
        va, vb = changes[a], changes[b]
        alike = abs(va @ vb) / np.linalg.norm(va) / np.linalg.norm(vb)
        assert alike < 0.9999, (a, b)


def test_muscle_follows_the_mass_of_the_trunk(morning):
    """Double the masses and the extensors of a bent trunk carry about twice as much."""
    from dataclasses import replace

    plan = planned(morning, {"do": "standing-flexed", "angle": "36 deg", "for": "1 min"})
    bodies = morning.spine.system.bodies
    heavy = morning.spine.system._replace(bodies=bodies._replace(mass=2.0 * bodies.mass))
    spine = replace(morning.spine, system=heavy)
    light_state = initial.settle(morning.spine, morning.state, plan.rest)
    heavy_state = initial.settle(spine, morning.state, plan.rest)
    j = morning.spine.joints.index("L4-L5")
    ratio = float(heavy_state.moment[j, 1] / light_state.moment[j, 1])
    assert 1.5 < ratio < 2.2


def test_a_protrusion_on_the_left_answers_on_the_left():
    from engine_cases import man

    patient = man(
        discs={"L4-L5": {"grade": 3, "herniation": {"site": "posterolateral-left", "size": "6 mm"}}}
    )
    lying = run_of(initial.begin(patient), {**LYING, **TIME}).isel(time=-1).sel(level="L4-L5")
    left, right = lying["foramen_area"].sel(side="left"), lying["foramen_area"].sel(side="right")
    assert float(left) < float(right) - 1e-7


def test_a_neck_is_not_a_scaled_loin(morning):
    """Stiffness over size differs: rotation under gravity's own scale is another."""
    from engine_cases import at_once, bench_load, specimen

    neck, loin = specimen("C5-C6"), specimen("L4-L5")
    turns = []
    for run, moment in ((neck, 0.5), (loin, 0.5 * (1600 / 290) ** 1.5)):
        before = at_once(run, bench_load(run)).read()["rotation"][0]
        after = at_once(run, bench_load(run, moment_flexion=moment)).read()["rotation"][0]
        turns.append(float(after[0] - before[0]))
    assert abs(turns[0] / turns[1] - 1.0) > 0.25


def test_traction_opens_the_back_of_a_lumbar_disc_more_than_its_front(morning):
    rest, full = settled_pair(morning, {"do": "traction-table", "pattern": "static"})
    j = morning.spine.joints.index("L4-L5")
    gain = (full.values["disc_height"] - rest.values["disc_height"])[j]
    assert gain[2] > gain[0]
    assert full.values["intradiscal_pressure"][j] < rest.values["intradiscal_pressure"][j]


def other(row) -> object:
    """Another allowed value than the default of a row of data/methods.csv."""
    kind, default = text(row, "kind"), text(row, "default")
    if kind == "choice":
        return next(c for c in text(row, "choices").split("|") if c != default)
    if kind == "level":
        return "L2-L3"
    low, high = float(row["low"]), float(row["high"])
    start = float(default or low)
    value = low + 0.35 * (high - low)
    value = value if abs(value - start) > 0.1 * (high - low) else low + 0.6 * (high - low)
    if kind == "integer":
        return max(int(value), 1)
    return round(value, 4) if kind == "number" else f"{value:.4f} {text(row, 'unit')}"


CONTEXT = {
    ("traction-table", "steps"): {"pattern": "progressive"},
    ("traction-table", "step_drop"): {"pattern": "progressive"},
    ("backrack", "hold"): {"exercise": "knees-up"},
    ("backrack", "repetitions"): {"exercise": "knees-up", "hold": "10 s"},
    ("manual-traction", "level"): {},
}
KEYS = [
    (text(r, "id"), text(r, "key"))
    for r in table("methods")
    if text(r, "id") in (*METHODS, "gravity-mat") and text(r, "key") not in ("for",)
]


def fingerprint(plan) -> list[float]:
    """Numbers that tell two plans apart: what acts, weighted by when."""
    out, clock = [], 0.0
    for item in plan.intervals:
        parts = [*item.load.values.values(), item.load.clamp, item.load.offset]
        total = sum(
            float(np.sum(p * np.sqrt(1 + np.arange(p.size)).reshape(p.shape))) for p in parts
        )
        out += [clock, item.duration, total]
        clock += item.duration
    return out


@pytest.mark.parametrize(("method", "key"), sorted(set(KEYS)), ids=lambda v: str(v))
def test_every_listed_parameter_changes_what_acts(morning, method, key):
    """A listed number that does nothing is a lie."""
    rows = [r for r in table("methods") if r["id"] == method and r["key"] == key]
    base = {"do": method, **CONTEXT.get((method, key), {})}
    row = rows[0]
    changed = {**base, key: other(row)}
    if key == "position" and method == "cervical-traction":
        changed["device"] = "over-door"
    assert fingerprint(planned(morning, base)) != fingerprint(planned(morning, changed))


def test_all_levels_are_in_the_response(morning):
    data = run_of(morning, {"do": "standing", "for": "1 min"})
    assert tuple(data["level"].values) == LEVELS
    assert set(data["step"].values) == {morning.steps + 1}
    assert data["time"].values[0] == morning.time + 1.0
