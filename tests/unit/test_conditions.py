"""Roots, conditions and prediction rules against textbook cases and the numbers of the papers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tractus.conditions import conditions, places, roots, weights
from tractus.errors import InputError
from tractus.levels import nerves
from tractus.patient import Patient
from tractus.prediction import posterior, predictions, wilson
from tractus.signs import known_signs, signs
from tractus.tables import STATUSES, table, text

MAN = {"sex": "male", "age": 45, "height": "1.78 m", "mass": "80 kg"}
TABLES = ("signs", "fits", "conditions", "prediction_rules", "prediction_variables")


def patient(complaint: Any = None, **signs: Any) -> Patient:
    given = {key.replace("_", "-"): value for key, value in signs.items()}
    return Patient.parse({**MAN, "complaint": complaint, "signs": given})


@pytest.mark.parametrize("name", TABLES)
def test_tables_say_where_rows_come_from(name: str) -> None:
    for row in table(name):
        assert text(row, "source")
        assert row["status"] in STATUSES


def test_fits_name_known_signs_and_targets() -> None:
    targets = {n.name for n in nerves()} | {text(row, "id") for row in table("conditions")}
    assert set(weights()) <= targets
    assert {text(row, "id") for row in table("conditions")} <= set(weights())
    assert {s for own in weights().values() for s in own} <= set(signs())
    assert {text(r, "sign") for r in table("prediction_variables")} <= set(signs())


@pytest.mark.parametrize(
    ("found", "root", "level"),
    [
        (
            {"feels_great_toe": True, "weak_great_toe": True, "low_ankle_reflex": False},
            "L5",
            "L4-L5",
        ),
        ({"feels_outer_foot": True, "low_ankle_reflex": True, "weak_calf": True}, "S1", "L5-S1"),
        ({"feels_inner_shin": True, "low_knee_reflex": True}, "L4", "L3-L4"),
        ({"feels_thumb": True, "weak_wrist_extension": True}, "C6", "C5-C6"),
        ({"feels_middle_finger": True, "low_triceps_reflex": True}, "C7", "C6-C7"),
        ({"feels_little_finger": True, "weak_finger_flexion": True}, "C8", "C7-T1"),
    ],
)
def test_textbook_roots(found: dict[str, bool], root: str, level: str) -> None:
    best = roots(patient(**found))[0]
    assert best.name == root
    assert best.fit == pytest.approx(1.0)
    assert level in [p.level for p in best.places if p.site == "posterolateral"]


def test_an_absent_sign_speaks_against_its_root() -> None:
    plain = {r.name: r.fit for r in roots(patient(feels_outer_foot=True))}
    less = {r.name: r.fit for r in roots(patient(feels_outer_foot=True, low_ankle_reflex=False))}
    assert less["S1"] < plain["S1"]
    assert less["L5"] == plain["L5"]


def test_no_sign_no_root() -> None:
    assert roots(patient()) == []
    assert roots(patient(feels_great_toe=False)) == []


def test_places_know_the_herniation_of_the_file(examples: Path) -> None:
    person = Patient.read(examples / "caution.yaml")
    at = {p.level: p for p in places("S1", person)}
    assert at["L5-S1"].given
    assert not any(p.given for p in places("L5", person))  # posterolateral does not reach it
    assert {p.level for p in places("L5", person)} == {"L4-L5", "L5-S1"}


def test_conditions_of_the_caution_example(examples: Path) -> None:
    found = {fit.name: fit.fit for fit in conditions(Patient.read(examples / "caution.yaml"))}
    assert found["displaced-vertebra"] == 1.0
    assert found["sciatica"] == 1.0
    assert found["herniated-disc"] > 0.8
    assert "neck-pain" not in found


def test_every_condition_of_the_pages_is_there() -> None:
    ids = {text(row, "id") for row in table("conditions")}
    assert {
        *("herniated-disc", "bulging-disc", "disc-degeneration", "stenosis", "sciatica"),
        *("neck-pain", "leg-pain", "arm-pain", "radiculopathy", "cord-compression"),
        *("displaced-vertebra", "muscle-spasm", "overuse"),
    } <= ids


@pytest.mark.parametrize(
    ("successes", "people", "ratio", "published"),
    [(25, 129, 9.36, 0.692), (25, 129, 3.04, 0.422), (30, 68, 4.81, 0.792), (30, 68, 23.1, 0.948)],
)
def test_probabilities_of_the_papers(
    successes: int, people: int, ratio: float, published: float
) -> None:
    assert posterior(successes / people, ratio) == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(
    ("hits", "people", "low", "high"),
    [
        (9, 13, 0.424, 0.873),
        (10, 13, 0.497, 0.918),
        (2, 11, 0.051, 0.477),
        (188, 219, 0.806, 0.898),
    ],
)
def test_wilson_intervals(hits: int, people: int, low: float, high: float) -> None:
    assert wilson(hits, people) == pytest.approx((low, high), abs=1e-3)


def test_the_two_lumbar_rules_stand_side_by_side_and_disagree() -> None:
    complaint = {"region": "lumbar"}
    person = patient(
        complaint, manual_work=False, neurological_deficit=False, crossed_leg_raise=False
    )
    cai, fritz = predictions(person)
    assert (cai.rule, fritz.rule) == ("cai", "fritz")
    assert len(cai.met) == 3
    assert cai.unasked == ("fear-avoidance",)
    assert [e.at_least for e in cai.estimates] == [3, 4]
    assert "25/129 = 19.4%" in cai.estimates[0].arithmetic
    assert cai.estimates[1].low == pytest.approx(0.424, abs=1e-3)
    assert fritz.met == ()
    assert fritz.estimates == ()
    assert "not confirmed" in fritz.warning["en"]
    root = patient(complaint, crossed_leg_raise=True, low_ankle_reflex=True)
    cai, fritz = predictions(root)
    assert "neurological-deficit" in cai.unmet
    assert fritz.met == ("crossed-leg-raise",)


def test_the_neck_has_its_own_rule() -> None:
    found = predictions(patient({"region": "cervical"}, distraction_eases=True))
    assert [p.rule for p in found] == ["raney"]


@pytest.mark.parametrize(
    ("signs", "part"),
    [
        ({"weak_great_to": True}, "did you mean 'weak-great-toe'"),
        ({"leg_pain": True}, "unknown key 'leg-pain'"),
        ({"weak_calf": "yes"}, "'yes' is not an answer"),
        ({"weak_calf": True, "neurological_deficit": False}, "contradicts the file's own signs"),
    ],
)
def test_bad_signs(signs: dict[str, Any], part: str) -> None:
    with pytest.raises(InputError) as caught:
        patient(**signs)
    assert part in str(caught.value)
    assert "signs" in str(caught.value)


def test_signs_follow_from_the_complaint() -> None:
    found = known_signs(patient({"region": "lumbar", "radiation": "left leg"}))
    assert found["leg-pain"].answer
    assert not found["arm-pain"].answer
    assert found["low-back-pain"].source == "complaint: lumbar"
