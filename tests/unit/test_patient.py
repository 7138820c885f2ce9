"""Patients and specimens: what is read, what is refused, what is warned about."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tractus.errors import InputError
from tractus.patient import Patient, Specimen, grade_at_age, parse_subject, read_subject

MAN: dict[str, Any] = {"sex": "male", "age": 45, "height": "1.78 m", "mass": "81 kg"}


def test_the_file_of_the_design(tmp_path: Path) -> None:
    file = tmp_path / "patient.yaml"
    file.write_text(
        """
name: Office worker
sex: male
age: 45
height: 1.78 m
mass: 81 kg
complaint: {region: lumbar, pain: 6, radiation: left leg, weeks: 10}
findings: {osteoporosis: false, anticoagulants: false}
discs:
  L4-L5: {grade: 3, herniation: {site: posterolateral-left, size: 6 mm}}
""",
        encoding="utf-8",
    )
    patient = Patient.read(file)
    assert (patient.height, patient.mass) == (1.78, 81.0)
    assert patient.body_weight == pytest.approx(81 * 9.80665)
    assert patient.complaint is not None
    assert patient.complaint.pain == 6
    assert patient.findings == {"osteoporosis": False, "anticoagulants": False}
    herniation = patient.herniation("L4-L5")
    assert herniation is not None
    assert (herniation.size, herniation.side) == (0.006, "left")
    assert patient.herniation("L5-S1") is None
    assert patient.grade("L4-L5") == 3
    assert patient.warnings == ()
    assert read_subject(file) == patient


def test_level_beats_group_beats_all_beats_age() -> None:
    discs = {"L4-L5": {"grade": 5}, "lumbar": {"grade": 4}, "all": {"grade": 1}}
    patient = Patient.parse({**MAN, "discs": discs})
    assert patient.grade("L4-L5") == 5
    assert patient.grade("L5-S1") == 4
    assert patient.grade("T12-L1") == 1
    assert patient.grade("C7-T1") == 1
    bare = Patient.parse(MAN)
    assert bare.grade("L4-L5") == grade_at_age("L4-L5", 45) == 3


def test_a_level_without_a_grade_takes_the_group_s() -> None:
    discs = {"L4-L5": {"stenosis": "30 %", "listhesis": "4 mm"}, "lumbar": {"grade": 4}}
    patient = Patient.parse({**MAN, "discs": discs})
    assert patient.grade("L4-L5") == 4
    assert patient.stenosis("L4-L5") == pytest.approx(0.3)
    assert patient.listhesis("L4-L5") == pytest.approx(0.004)
    assert patient.stenosis("L3-L4") == 0.0


def test_python_takes_si_numbers_or_text() -> None:
    patient = Patient(sex="female", age=30, height=1.65, mass="60 kg")  # type: ignore[arg-type]
    assert (patient.height, patient.mass) == (1.65, 60.0)
    with pytest.raises(ValidationError):
        patient.mass = 70.0  # frozen


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mass": "7 kg"}, "mass 7 kg is not possible; allowed: 30 to 250 kg"),
        ({"mass": "81 N"}, "mass: unit 'N'"),
        ({"mass": 81}, "mass: 81 has no unit"),
        ({"mass": "nan kg"}, "mass: cannot read 'nan kg'"),
        ({"mass": float("nan")}, "mass: nan has no unit"),
        ({"mass": None}, "missing mass"),
        ({"height": "178 m"}, "height 178 m is not possible"),
        ({"height": "2.2 m", "mass": "40 kg"}, "BMI 8.264 kg/m2 is not possible"),
        ({"age": 17}, "age: 17"),
        ({"age": 45.5}, "age: 45.5"),
        ({"age": "45"}, "age: '45'"),
        ({"age": True}, "age: True"),
        ({"sex": "x"}, "'male' or 'female'"),
        ({"heigth": "1 m"}, "unknown key 'heigth'; did you mean 'height'"),
        ({"geometry": "scan.json"}, "no such file"),
        ({"complaint": {"pain": 11}}, "complaint, pain: 11"),
        ({"complaint": {"region": "knee"}}, "complaint, region: 'knee'"),
        ({"complaint": {"pian": 1}}, "did you mean 'pain'"),
        ({"complaint": 5}, "is not a mapping"),
        ({"findings": {"osteoporosis": "no"}}, "findings, osteoporosis: 'no'"),
        ({"discs": {"L4-5": {"grade": 3}}}, "did you mean 'L4-L5'"),
        ({"discs": {"lumber": {"grade": 3}}}, "did you mean 'lumbar'"),
        ({"discs": {"L4-L5": {"grade": 0}}}, "discs, L4-L5, grade: 0"),
        ({"discs": {"L4-L5": {"grade": 2.5}}}, "discs, L4-L5, grade: 2.5"),
        ({"discs": {"L4-L5": {"herniation": {"size": "6 mm"}}}}, "missing site"),
        (
            {"discs": {"L4-L5": {"herniation": {"site": "left", "size": "6 mm"}}}},
            "posterolateral-left",
        ),
        (
            {"discs": {"L4-L5": {"herniation": {"site": "median", "size": "60 mm"}}}},
            "size '60 mm' is out of range; allowed: 0 mm to 20 mm",
        ),
        ({"discs": {"L4-L5": {"stenosis": "90 %"}}}, "allowed: 0 % to 80 %"),
    ],
)
def test_refused_in_one_line(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as caught:
        Patient.parse({**MAN, **change}, "patient.yaml")
    line = str(caught.value)
    assert line.startswith("patient.yaml")
    assert says in line
    assert "\n" not in line


def test_an_absent_finding_is_unanswered() -> None:
    patient = Patient.parse({**MAN, "findings": {"osteoporosis": None}})
    assert patient.findings == {"osteoporosis": None}
    assert "pregnancy" not in patient.findings


def test_unusual_is_warned_about() -> None:
    large = Patient.parse({**MAN, "height": "2.1 m", "mass": "200 kg"})
    assert len(large.warnings) == 3
    assert all("unusual" in line for line in large.warnings)


def test_specimen() -> None:
    specimen = parse_subject({"segment": {"level": "L4-L5", "parts": "disc", "grade": 1}})
    assert isinstance(specimen, Specimen)
    assert (specimen.level, specimen.parts, specimen.grade()) == ("L4-L5", "disc", 1)
    assert (specimen.sex, specimen.height, specimen.mass) == ("male", 1.78, 78.0)
    small = Specimen.parse({"level": "C5-C6", "sex": "female", "height": "160 cm", "age": 70})
    assert small.height == pytest.approx(1.6)
    assert small.grade() == grade_at_age("C5-C6", 70)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"segment": {"level": "L4-L6"}}, "unknown level"),
        ({"segment": {"parts": "disc"}}, "missing level"),
        ({"segment": {"level": "L4-L5", "parts": "bone"}}, "'disc' or 'segment'"),
        ({"segment": {"level": "L4-L5", "muscle": 1}}, "unknown key 'muscle'"),
        ({"segment": {"level": "L4-L5", "mass": "7 kg"}}, "not possible"),
        ({"segment": "L4-L5"}, "is not a mapping"),
        ({"segment": {"level": "L4-L5"}, "complaint": {}}, "unknown key 'complaint'"),
    ],
)
def test_bad_specimens(raw: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        parse_subject(raw, "s.yaml")
    assert str(caught.value).startswith("s.yaml")
