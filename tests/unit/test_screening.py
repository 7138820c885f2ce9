"""Screening: the rules as a table, the three examples, answers that are missing or disagree."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tractus import cli
from tractus.errors import InputError
from tractus.findings import known, questions
from tractus.patient import Patient
from tractus.screening import STATUSES, rules, screen, screened
from tractus.tables import STATUSES as ROW_STATUSES
from tractus.tables import table, text

MAN = {"sex": "male", "age": 45, "height": "1.78 m", "mass": "80 kg"}
WOMAN = {**MAN, "sex": "female", "height": "1.65 m", "mass": "60 kg"}


def patient(base: dict[str, Any] = MAN, **findings: Any) -> Patient:
    return Patient.parse(
        {**base, "findings": {k.replace("_", "-"): v for k, v in findings.items()}}
    )


def answered(base: dict[str, Any] = MAN, **findings: Any) -> Patient:
    """Every question answered no, but for `findings`."""
    given = {k.replace("_", "-"): v for k, v in findings.items()}
    facts = known(Patient.parse({**base, "findings": given}))
    rest = {q.key: False for q in questions().values() if q.key not in facts}
    return Patient.parse({**base, "findings": {**rest, **given}})


@pytest.mark.parametrize("name", ["findings", "screening", "concerns"])
def test_tables_say_where_rows_come_from(name: str) -> None:
    for row in table(name):
        assert text(row, "source")
        assert row["status"] in ROW_STATUSES
        assert text(row, "en")
        assert text(row, "es")


def test_rules_name_known_findings_and_methods() -> None:
    ids = [rule.id for rule in rules()]
    assert ids == [f"R{i:02d}" for i in range(1, 96)]
    for rule in rules():
        assert {*rule.finding, *rule.also} <= set(questions())
        assert set(rule.methods) <= set(screened())
        assert rule.severity in ("stop", "refer", "caution")
    used = {key for rule in rules() for key in (*rule.finding, *rule.also)}
    assert set(questions()) - used == {"scan"}  # the broad question of all that pictures show


def test_rules_are_those_of_the_collected_table(root: Path) -> None:
    path = root.parent / "shared" / "reference" / "screening_rules.csv"
    if not path.is_file():
        pytest.skip("the collected rules are not in the repository")
    with path.open(newline="", encoding="utf-8") as file:
        wanted = {row["id"]: row["severity"] for row in csv.DictReader(file)}
    assert {rule.id: rule.severity for rule in rules()} == wanted


def test_recalled_rules_are_marked_for_review() -> None:
    marked = {rule.id for rule in rules() if "for review" in rule.source}
    assert marked == {rule.id for rule in rules() if not rule.reviewed}
    assert {"R54", "R64", "R69", "R92", "R93"} <= marked


def test_simple_example_is_allowed(examples: Path) -> None:
    result = screen(Patient.read(examples / "simple.yaml"))
    assert result.complete
    assert result.referral is None
    assert {v.status for v in result.methods.values()} == {"allowed"}


@pytest.mark.parametrize(("lang", "word"), [("en", "unanswered"), ("es", "sin respuesta")])
def test_missing_answers_are_said_once(lang: str, word: str) -> None:
    reason = screen(patient(), lang=lang).methods["traction-table"].reasons[-1]
    assert reason.said.startswith(f"{word}: ")
    assert reason.said.count("unanswered") == (lang == "en")


def test_caution_example_has_every_answer_and_mixed_statuses(examples: Path) -> None:
    result = screen(Patient.read(examples / "caution.yaml"))
    assert result.complete
    assert result.referral is None
    status = {name: v.status for name, v in result.methods.items()}
    assert status["inversion-table"] == "stop"
    assert status["backrack"] == "caution"
    assert status["heat"] == "allowed"
    assert "R45" in [r.rule for r in result.methods["traction-table"].reasons]


def test_refer_example_is_an_emergency(examples: Path) -> None:
    result = screen(Patient.read(examples / "refer.yaml"))
    assert not result.complete
    assert result.referral is not None
    assert result.referral["urgency"] == "emergency"
    assert "4 hours" in result.referral["text"]
    assert "weakness" in result.referral["text"]
    assert {v.status for v in result.methods.values()} == {"stop"}


def test_nothing_answered_is_unknown_everywhere() -> None:
    result = screen(patient())
    assert {v.status for v in result.methods.values()} == {"unknown"}
    assert result.methods["heat"].reasons[-1].rule == "unanswered"
    assert {"bladder-bowel", "osteoporosis", "scan"} <= set(result.unanswered)
    assert "osteoporosis-severe" not in result.unanswered  # the broad question comes first


def test_all_no_is_allowed() -> None:
    result = screen(answered())
    assert result.complete
    assert {v.status for v in result.methods.values()} == {"allowed"}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_every_rule_can_fire(rule: Any) -> None:
    """A yes to what a rule asks makes its methods at least as grave as the rule says."""
    base: dict[str, Any] = dict(WOMAN)
    facts: dict[str, Any] = {}
    for key in (rule.finding[0], *rule.also[:1]):
        question = questions()[key]
        if question.asked != "file":
            facts[key] = True
        elif key in ("older-age", "flag-age"):
            base["age"] = 72
        elif key == "extreme-obesity":
            base["mass"] = "120 kg"
        elif key == "rack-height":
            base["height"] = "1.50 m"
        else:
            pytest.skip(f"{key} cannot be true of anyone whom a patient file describes")
    if "thoracic-pain" in facts:
        base["complaint"] = {"region": "thoracic"}
    result = screen(answered(base, **facts))
    for method in rule.methods:
        verdict = result.methods[method]
        assert rule.id in [reason.rule for reason in verdict.reasons]
        assert STATUSES.index(verdict.status) >= STATUSES.index(rule.severity)


def test_weak_flags_add_up() -> None:
    """Older age alone allows; with osteoporosis a clinician decides; with more it is urgent."""
    old = {**MAN, "age": 70}
    assert screen(answered(old)).concerns == {"fracture": "low"}
    assert screen(answered(old, osteoporosis=True)).concerns["fracture"] == "moderate"
    graver = screen(answered(old, osteoporosis=True, steroids=True))
    assert graver.concerns["fracture"] == "high"
    assert graver.referral is not None
    assert graver.referral["urgency"] == "urgent"
    assert {v.status for v in graver.methods.values()} == {"stop"}


def test_one_weak_flag_stops_nobody() -> None:
    result = screen(answered({**MAN, "age": 52}, new_onset=True))
    assert {v.status for v in result.methods.values()} == {"caution"}
    assert result.referral is None


def test_discs_of_the_file_count() -> None:
    discs = {
        "L4-L5": {"listhesis": "10 mm"},
        "L5-S1": {"herniation": {"site": "median", "size": "8 mm"}},
    }
    found = known(Patient.parse({**MAN, "discs": discs}))
    for key in ("scan", "listhesis", "listhesis-2", "large-herniation", "median-protrusion"):
        assert found[key].answer, key
    assert found["listhesis-2"].source == "discs: listhesis"
    assert "severe-stenosis" not in found


def test_answers_keep_date_and_source() -> None:
    given = {"answer": True, "date": "2026-11-01", "source": "densitometry"}
    found = known(patient(osteoporosis=given))["osteoporosis"]
    assert (found.answer, found.date, found.source) == (True, "2026-11-01", "densitometry")


def test_a_session_needs_answers_of_its_day(examples: Path) -> None:
    person = Patient.read(examples / "simple.yaml")
    later = screen(person, session="2026-11-05")
    assert {"bladder-bowel", "fever", "pregnancy"} <= set(later.unanswered)
    assert "osteoporosis" not in later.unanswered
    assert {v.status for v in later.methods.values()} == {"unknown"}
    with pytest.raises(InputError, match="after the session"):
        screen(person, session="2026-10-01")
    with pytest.raises(InputError, match="session"):
        screen(person, session="tomorrow")


def test_trouble_in_a_session_is_not_asked_before_it() -> None:
    assert "session-rise" not in screen(patient()).unanswered
    assert screen(answered(session_rise=True)).methods["heat"].status == "stop"


@pytest.mark.parametrize(
    ("findings", "part"),
    [
        ({"sadle_numbness": True}, "did you mean 'saddle-numbness'"),
        ({"qqqq": True}, "unknown key 'qqqq'"),
        (
            {"osteoporosis": False, "osteoporosis_severe": True},
            "osteoporosis-severe true contradicts",
        ),
        ({"scan": False, "scoliosis_severe": True}, "contradicts"),
        ({"pregnancy": True}, "contradicts the file's own sex: male"),
        ({"older_age": True}, "contradicts the file's own age"),
        ({"fever": "no"}, "'no' is not an answer"),
        ({"fever": 1}, "1 is not an answer"),
        ({"fever": {"answer": "no"}}, "valid boolean"),
        ({"fever": {"answer": False, "dat": "2026-11-01"}}, "did you mean 'date'"),
        ({"fever": {"answer": False, "date": "2026-02-30"}}, "no day of the calendar"),
        ({"fever": {"answer": False, "date": "1.11.2026"}}, "1.11.2026"),
        ({"fever": [True]}, "is not an answer"),
    ],
)
def test_bad_findings(findings: dict[str, Any], part: str) -> None:
    with pytest.raises(InputError) as caught:
        patient(**findings)
    message = str(caught.value)
    assert part in message
    assert "findings" in message
    assert "\n" not in message


def test_discs_and_answers_must_agree() -> None:
    discs = {"L4-L5": {"listhesis": "10 mm"}}
    with pytest.raises(InputError, match="listhesis false contradicts the file's own discs"):
        Patient.parse({**MAN, "discs": discs, "findings": {"listhesis": False}})


def test_json_has_the_agreed_shape(examples: Path, tmp_path: Path) -> None:
    place = tmp_path / "screen.json"
    assert cli.main(["screen", str(examples / "refer.yaml"), "--json", str(place)]) == 0
    data = json.loads(place.read_text(encoding="utf-8"))
    assert set(data) == {"complete", "unanswered", "methods", "referral"}
    assert data["complete"] is False
    assert set(data["methods"]) == set(screened())
    for entry in data["methods"].values():
        assert set(entry) == {"status", "reasons"}
        assert all(set(reason) == {"rule", "text", "source"} for reason in entry["reasons"])
    assert set(data["referral"]) == {"urgency", "text"}


@pytest.mark.parametrize(("lang", "word"), [("en", "EMERGENCY"), ("es", "EMERGENCIA")])
def test_screen_prints_the_referral(
    examples: Path, capsys: pytest.CaptureFixture[str], lang: str, word: str
) -> None:
    assert cli.main(["screen", str(examples / "refer.yaml"), "--lang", lang]) == 0
    assert word in capsys.readouterr().out
