"""Regimens against the table of methods."""

import math
from pathlib import Path
from typing import Any

import pytest

from tractus import regimen
from tractus.errors import InputError
from tractus.regimen import BENCH, OPERATIONS, Step, is_activity, parse, treatments
from tractus.tables import table, text

DESIGN = {
    "standing": "for",
    "standing-flexed": "for angle",
    "standing-extended": "for angle",
    "sitting": "for",
    "sitting-slouched": "for",
    "sitting-reclined": "for angle",
    "walking": "for",
    "lifting": "for mass style angle",
    "lying-supine": "for",
    "lying-crook": "for",
    "lying-prone": "for",
    "lying-side": "for",
    "hanging": "for",
    "water-suspension": "for ankle_weights",
    "weightless": "for",
    "traction-table": "for ramp force position surface angle pattern hold rest rest_force steps"
    " step_drop",
    "inversion-table": "for ramp angle oscillation",
    "manual-traction": "for ramp region force level hold rest",
    "flexion-distraction": "for ramp level angle force cycle",
    "roller-table": "for ramp lift speed passes",
    "backrack": "for ramp exercise hold repetitions nodule_height",
    "stretching": "for ramp exercise hold repetitions",
    "positional-traction": "for ramp bolster_height side",
    "cervical-traction": "for ramp force angle position device",
    "heat": "for ramp temperature",
    "laminectomy": "level side removed",
    "discectomy": "level side removed",
    "microdiscectomy": "level side removed",
    "bench": "for force moment shear",
}
MATS = ("gravity-mat", "detensor-mat", "detensor-mattress", "lumbarest-mat")
MAT_KEYS = (
    "for ramp rib_angle_back rib_angle_pelvis rib_stiffness_along rib_stiffness_across friction"
    " heat rotation"
)


def one(do: str, mass: float = 80.0, specimen: bool = False, **keys: Any) -> Any:
    step = {"do": do, **{key.rstrip("_"): value for key, value in keys.items()}}
    return parse([step], mass=mass, specimen=specimen)[0]


def test_every_id_and_key_of_the_design() -> None:
    expected = {**DESIGN, **dict.fromkeys(MATS, MAT_KEYS)}
    assert set(regimen.ids()) == set(expected)
    for do, keys in expected.items():
        assert {text(row, "key") for row in regimen.rows(do)} == set(keys.split()), do


def test_thirteen_treatments_and_the_bare_mat() -> None:
    assert len(treatments()) == 14
    assert "gravity-mat" in treatments()
    assert not any(is_activity(do) for do in (*treatments(), *OPERATIONS, BENCH))
    assert sum(is_activity(do) for do in regimen.ids()) == 15


@pytest.mark.parametrize("do", treatments())
def test_defaults_are_within_their_own_ranges(do: str) -> None:
    for mass in (30.0, 80.0, 250.0):
        step = one(do, mass)
        assert step.duration >= step.ramp > 0
        for row in regimen.rows(do):
            value = step.parameters.get(text(row, "key"))
            if isinstance(value, float | int):
                assert math.isfinite(value)


def test_every_row_of_the_table_makes_sense() -> None:
    for row in table("methods"):
        name = f"{row['id']} {row['key']}"
        if row["kind"] == "choice":
            assert text(row, "default") in ("", *text(row, "choices").split("|")), name
        elif row["kind"] != "level":
            assert row["low"] is not None, name
            assert row["high"] is not None, name
            assert float(row["low"]) < float(row["high"]), name
            if row["default"]:
                assert float(row["low"]) <= float(row["default"]) <= float(row["high"]), name


def test_the_table_session_of_the_design() -> None:
    steps = parse(
        [
            {"do": "standing", "for": "8 h"},
            {
                "do": "traction-table",
                "force": "30 % bw",
                "position": "supine",
                "surface": "split",
                "pattern": "intermittent",
                "hold": "60 s",
                "rest": "20 s",
                "rest_force": "10 % bw",
                "for": "20 min",
            },
            {"do": "lying-supine", "for": "10 min"},
        ],
        mass=81.0,
    )
    assert [step.number for step in steps] == [1, 2, 3]
    assert [step.duration for step in steps] == [28800.0, 1200.0, 600.0]
    assert steps[0].ramp == 1.0
    pull = steps[1].parameters
    assert pull["force"] == pytest.approx(0.3 * 81 * 9.80665)
    assert pull["rest_force"] == pytest.approx(0.1 * 81 * 9.80665)
    assert (pull["hold"], pull["rest"], pull["step_drop"]) == (60.0, 20.0, 0.5)


def test_steps_in_python_are_the_same() -> None:
    made = Step("traction-table", duration="10 min", force="45 kgf", pattern="static")
    assert made.as_mapping() == {
        "do": "traction-table",
        "force": "45 kgf",
        "pattern": "static",
        "for": "10 min",
    }
    assert parse([made], mass=80.0) == parse([made.as_mapping()], mass=80.0)
    assert made == Step("traction-table", duration="10 min", force="45 kgf", pattern="static")


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "day.yaml"
    file.write_text("- {do: sitting, for: 2 h}\n- {do: laminectomy}\n", encoding="utf-8")
    steps = parse(file, mass=80.0)
    assert steps[1].duration is None
    assert steps[1].ramp == 0.0
    assert steps[1].parameters == {"level": None, "side": "both", "removed": 0.75}
    file.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"day\.yaml: the file is empty"):
        parse(file, mass=80.0)
    file.write_text("do: sitting\nfor: 2 h\n", encoding="utf-8")
    with pytest.raises(InputError, match="a regimen is a list of steps"):
        parse(file, mass=80.0)


def test_defaults_follow_other_keys() -> None:
    assert one("manual-traction").parameters["force"] == 200.0
    assert one("manual-traction", region="cervical").parameters["force"] == 100.0
    assert one("cervical-traction", device="over-door").parameters["position"] == "seated"
    stoop, squat = (one("lifting", for_="1 min", style=s) for s in ("stoop", "squat"))
    assert stoop.parameters["angle"] > squat.parameters["angle"]
    assert one("traction-table", force="0 N").parameters["rest_force"] == 0.0


def test_a_range_that_depends_on_another_key() -> None:
    assert one("manual-traction", force="300 N").parameters["force"] == 300.0
    with pytest.raises(InputError, match="0 to 200 N"):
        one("manual-traction", force="300 N", region="cervical")


def test_heat_of_a_mat_can_be_left_off() -> None:
    assert one("detensor-mat").parameters["heat"] is None
    assert one("lumbarest-mat").parameters["heat"] == pytest.approx(313.15)
    assert one("lumbarest-mat", heat=None).parameters["heat"] is None


NULLS = [
    ("traction-table", {"force": "0 N"}),
    ("inversion-table", {"angle": "0 deg"}),
    ("manual-traction", {"force": "0 N"}),
    ("flexion-distraction", {"force": "0 N", "angle": "0 deg"}),
    ("roller-table", {"lift": "0 mm"}),
    ("gravity-mat", {"rib_angle_back": "0 deg", "rib_angle_pelvis": "0 deg"}),
    ("backrack", {"nodule_height": "0 mm"}),
    ("stretching", {"repetitions": 0}),
    ("positional-traction", {"bolster_height": "0 mm"}),
    ("cervical-traction", {"force": "0 N", "angle": "0 deg"}),
    ("laminectomy", {"removed": "0 %"}),
    ("discectomy", {"removed": "0 %"}),
]


@pytest.mark.parametrize(("do", "keys"), NULLS)
def test_every_method_has_a_null(do: str, keys: dict[str, Any]) -> None:
    step = one(do, **keys)
    assert all(step.parameters[key] == 0 for key in keys)


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (
            {"do": "traction-tabel"},
            "unknown method 'traction-tabel'; did you mean 'traction-table'",
        ),
        ({"force": "5 N"}, "missing 'do'"),
        ({"do": None}, "missing 'do'"),
        ({"do": ["standing"]}, "unknown method"),
        ("standing", "is not a mapping"),
        ({"do": "traction-table", "force": "5 kN"}, "0 to 75 % bw and at most 890 N (source: "),
        ({"do": "traction-table", "force": "-5 N"}, "out of range"),
        ({"do": "traction-table", "force": "5 mm"}, "allowed: N, kN, kgf, lbf, % bw"),
        ({"do": "traction-table", "force": 300}, "has no unit"),
        ({"do": "traction-table", "force": "nan N"}, "cannot read"),
        ({"do": "traction-table", "force": None}, "force is empty"),
        ({"do": "traction-table", "forse": "5 N"}, "unknown key 'forse'; did you mean 'force'"),
        ({"do": "traction-table", "duration": "5 min"}, "in regimens it is 'for'"),
        ({"do": "traction-table", "pattern": "statik"}, "allowed: static, intermittent"),
        ({"do": "traction-table", "rest_force": "300 N"}, "is more than the force (235 N)"),
        ({"do": "traction-table", "steps": 2.5}, "not a whole number"),
        ({"do": "traction-table", "steps": True}, "not a whole number"),
        ({"do": "traction-table", "for": "5 s"}, "shorter than the ramp"),
        ({"do": "traction-table", "for": "0 s"}, "out of range"),
        ({"do": "gravity-mat", "friction": "0.5 N"}, "not a number (it has no unit)"),
        ({"do": "gravity-mat", "friction": float("nan")}, "not a finite number"),
        ({"do": "inversion-table", "angle": "91 deg"}, "allowed: 0 to 90 deg"),
        ({"do": "standing"}, "for is missing"),
        ({"do": "standing", "for": "8"}, "(s, min, h)"),
        ({"do": "standing", "for": "8 h", "angle": "5 deg"}, "unknown key 'angle'"),
        ({"do": "standing", "for": "8 h", "ramp": "5 s"}, "unknown key 'ramp'"),
        ({"do": "laminectomy", "for": "1 h"}, "takes no time and has no 'for'"),
        ({"do": "discectomy", "level": "L4/5"}, "did you mean 'L4-L5'"),
        ({"do": "discectomy", "removed": "95 %"}, "0 to 90 %"),
        ({"do": "bench", "for": "1 min"}, "is for specimens (segment), not for patients"),
    ],
)
def test_refused_in_one_line(step: Any, says: str) -> None:
    with pytest.raises(InputError) as caught:
        parse([step], mass=80.0, where="session.yaml")
    line = str(caught.value)
    assert line.startswith("session.yaml, step 1")
    assert says in line
    assert "\n" not in line


def test_no_steps() -> None:
    with pytest.raises(InputError, match="has no steps"):
        parse([], mass=80.0)
    with pytest.raises(InputError, match="is a list of steps"):
        parse({"do": "standing"}, mass=80.0)  # type: ignore[arg-type]


def test_bench_is_flattened() -> None:
    step = one(
        "bench",
        specimen=True,
        for_="10 s",
        force="-500 N",
        moment={"extension": "7.5 N m", "axial-rotation": "2 N m"},
        shear={"anterior": "100 N"},
    )
    assert step.parameters == {
        "force": -500.0,
        "moment_flexion": -7.5,
        "moment_lateral_bending": 0.0,
        "moment_axial_rotation": 2.0,
        "shear_anterior": 100.0,
        "shear_lateral": 0.0,
    }
    rest = one("bench", specimen=True, for_="8 h")
    assert set(rest.parameters.values()) == {0.0}


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"moment": "7.5 N m"}, "is not a mapping"),
        ({"moment": {"flection": "7.5 N m"}}, "did you mean 'flexion'"),
        ({"moment": {"flexion": "7.5 N"}}, "unit 'N'"),
        ({"moment": {"flexion": "99 N m"}}, "-15 to 15 N m"),
        ({"moment": {"flexion": "1 N m", "extension": "1 N m"}}, "not both"),
        ({"shear": {"anterior": "5 kN"}}, "-1000 to 1000 N"),
        ({"force": "-9 kN"}, "-6000 to 1500 N"),
    ],
)
def test_bad_benches(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        one("bench", specimen=True, for_="10 s", **keys)


def test_specimens_have_only_the_bench() -> None:
    with pytest.raises(InputError, match="needs a patient"):
        one("standing", specimen=True, for_="1 h")
