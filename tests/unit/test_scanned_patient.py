"""A patient with a scan: what is read, refused, suggested and raised."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import geometry_cases as scans
from tractus.errors import InputError
from tractus.findings import known
from tractus.geometry import Geometry
from tractus.patient import Patient, parse_subject, read_subject
from tractus.scan_findings import losses
from tractus.screening import screen

MAN: dict[str, Any] = {"sex": "male", "age": 45, "height": "1.78 m", "mass": "78 kg"}


def man(**more: Any) -> Patient:
    return Patient.parse({**MAN, "geometry": scans.scan(), **more})


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    found = scans.scan()
    change(found)
    return found


def test_a_file_is_named_by_its_path_from_the_patient_file(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "scan.json").write_text(json.dumps(scans.scan()), encoding="utf-8")
    file = tmp_path / "patient.yaml"
    file.write_text(
        "{sex: male, age: 45, height: 1.78 m, mass: 78 kg, geometry: scans/scan.json}",
        encoding="utf-8",
    )
    patient = Patient.read(file)
    assert patient.geometry is not None
    assert patient.geometry.discs["L4-L5"].height.mean.value == 11.2
    assert read_subject(file) == patient


def test_in_python_a_geometry_or_its_content_serve_as_well() -> None:
    made = Geometry.parse(scans.scan())
    sizes: dict[str, Any] = {"sex": "male", "age": 45, "height": 1.78, "mass": 78.0}
    assert Patient(**sizes, geometry=made) == Patient(**sizes, geometry=scans.scan())  # type: ignore[arg-type]
    assert man().model_dump(mode="json")["geometry"]["lordosis"]["from"] == "L1"


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        ("nowhere.json", "no such file"),
        (["scan.json"], "is no file name"),
        ("", "is no file name"),
        ({**scans.scan(), "units": {"length": "m"}}, "units must be"),
        (scans.scan(vertebrae={}, discs={}, spacing={}), "neither vertebrae nor discs"),
        (changed(lambda g: g["vertebrae"].update(L9=g["vertebrae"]["L5"])), "no vertebra 'L9'"),
        (
            changed(lambda g: g["discs"].update({"L4/5": g["discs"]["L4-L5"]})),
            "did you mean 'L4-L5'",
        ),
        (changed(lambda g: g["spacing"].update({"L2-L5": scans.number(35.0, 0.2)})), "no level"),
        (scans.scan(1.6), "is it the scan of this person"),
        (scans.scan(0.5), "is it the scan of this person"),
        (
            changed(lambda g: g["discs"]["L4-L5"]["height"]["mean"].update(value=30.0)),
            "of the height expected",
        ),
        (changed(lambda g: g["spacing"]["L3-L4"].update(value=60.0)), "add up to"),
        (
            changed(lambda g: g["vertebrae"]["L3"].update(centroid=[0.0, 0.0, -500.0])),
            "does not lie above",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(geometry: object, said: str) -> None:
    with pytest.raises(InputError, match=r"geometry") as caught:
        Patient.parse({**MAN, "geometry": geometry})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "{", "[1, 2]", '{"discs": {}, "discs": {}}', "\x00", "[" * 99999]
)
def test_a_file_that_is_no_geometry(tmp_path: Path, text: str) -> None:
    (tmp_path / "scan.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Patient.parse({**MAN, "geometry": "scan.json"}, "patient.yaml", tmp_path)
    assert str(caught.value).startswith("patient.yaml: geometry")
    assert "\n" not in str(caught.value)


def test_a_segment_takes_no_geometry() -> None:
    with pytest.raises(InputError, match="a segment takes no geometry"):
        parse_subject({"segment": {"level": "L4-L5"}, "geometry": "scan.json"})


def low(level: str, mean: float) -> dict[str, Any]:
    """The scan with one disc of this height."""

    def change(g: dict[str, Any]) -> None:
        lost = g["discs"][level]["height"]["mean"]["value"] - mean
        for site in g["discs"][level]["height"].values():
            site["value"] -= lost
        if level in g["spacing"]:
            g["spacing"][level]["value"] -= lost

    return changed(change)


@pytest.mark.parametrize(("mean", "grade"), [(11.2, 3), (9.0, 4), (6.5, 5)])
def test_a_low_disc_suggests_its_grade(mean: float, grade: int) -> None:
    patient = man(geometry=low("L4-L5", mean))
    assert patient.grade("L4-L5") == grade
    assert patient.sourced_grade("L4-L5")[1] == ("age" if grade == 3 else "height")
    assert any(f"suggests grade {grade}" in w for w in patient.warnings) == (grade != 3)
    assert patient.grade("C5-C6") == Patient.parse(MAN).grade("C5-C6")


def test_a_given_grade_stays_and_nothing_comes_from_nothing() -> None:
    patient = man(geometry=low("L4-L5", 6.5), discs={"L4-L5": {"grade": 2}})
    assert patient.sourced_grade("L4-L5") == (2, "given")
    assert any("the given grade 2 is used" in w for w in patient.warnings)
    label = changed(lambda g: g["discs"]["L4-L5"].update(kind="label"))
    assert man(geometry=label).sourced_grade("L4-L5") == (3, "age")
    assert any("labelled discs" in w for w in man(geometry=label).warnings)


def test_a_sound_scan_raises_nothing_and_clears_nothing() -> None:
    answers = known(man())
    assert answers["scan"].answer
    assert not {"listhesis", "vertebral-fracture", "transitional-vertebra"} & set(answers)
    assert man().warnings == ()
    assert man().listhesis("L4-L5") == 0.0


def crushed(share: float) -> dict[str, Any]:
    """L2 with so much of its front and middle left."""

    def change(g: dict[str, Any]) -> None:
        body, left = g["vertebrae"]["L2"]["height"], {"anterior": share, "middle": share}
        for site, kept in {**left, "mean": (1 + share) / 2}.items():
            body[site]["value"] *= kept
        g["spacing"].pop("L1-L2"), g["spacing"].pop("L2-L3")

    return changed(change)


def test_a_crushed_body_is_a_fracture() -> None:
    patient = man(geometry=crushed(0.5))
    fact = known(patient)["vertebral-fracture"]
    assert fact.answer
    assert "L2 has lost" in fact.source
    assert "Genant 3" in fact.source
    assert screen(patient).methods["lumbarest-mat"].status == "stop"
    assert screen(patient).as_dict()["scan"]["vertebral-fracture"]["source"] == fact.source
    assert max(losses(Geometry.parse(scans.scan()), "male").values()) < 0.15


def slipping(mm: float, level: str = "L4-L5") -> dict[str, Any]:
    return changed(lambda g: g["discs"][level]["slip"].update(value=mm))


@pytest.mark.parametrize(("slip", "first", "second"), [(2.0, 0, 0), (5.0, 1, 0), (10.0, 1, 1)])
def test_a_slip_is_graded_by_its_share_of_the_depth(slip: float, first: int, second: int) -> None:
    answers = known(man(geometry=slipping(slip)))
    assert ("listhesis" in answers, "listhesis-2" in answers) == (bool(first), bool(second))


def test_a_slip_enters_the_model_beyond_the_usual_place() -> None:
    assert man(geometry=slipping(7.0)).listhesis("L4-L5") == pytest.approx(0.009)
    assert man(geometry=slipping(-5.5, "L5-S1")).listhesis("L5-S1") == 0.0
    given = man(geometry=slipping(7.0), discs={"L4-L5": {"listhesis": "2 mm"}})
    assert given.listhesis("L4-L5") == 0.002


def test_against_a_no_the_scan_rules_and_both_are_said() -> None:
    patient = man(geometry=slipping(11.0), findings={"listhesis": False, "scan": False})
    answers = known(patient)
    assert answers["listhesis-2"].answer
    assert answers["listhesis"].answer
    assert answers["scan"].answer
    assert "patient file says no" in answers["listhesis"].source
    assert any("says no" in line for line in patient.warnings)
    assert screen(patient).methods["traction-table"].status == "stop"


def test_the_date_of_the_scan_goes_with_its_findings() -> None:
    patient = man(geometry={**slipping(11.0), "date": "2026-10-03"})
    assert known(patient)["listhesis"].date == "2026-10-03"


def test_a_sixth_lumbar_vertebra_and_a_missing_one_are_transitional() -> None:
    def sixth(g: dict[str, Any]) -> None:
        body = json.loads(json.dumps(g["vertebrae"]["L5"]))
        g["vertebrae"]["L6"] = {**body, "centroid": [0.0, 0.0, -37.0]}
        g["discs"]["L6-S1"] = g["discs"].pop("L5-S1")

    patient = man(geometry=changed(sixth))
    assert "L6 is a vertebra beyond 24" in known(patient)["transitional-vertebra"].source
    assert any("24 vertebrae" in line for line in patient.warnings)

    def eleven(g: dict[str, Any]) -> None:
        g["vertebrae"]["T11"] = g["vertebrae"].pop("T12")
        g["discs"].pop("T12-L1"), g["spacing"].pop("T12-L1")

    source = known(man(geometry=changed(eleven)))["transitional-vertebra"].source
    assert "between T11 and L1" in source


def test_a_side_bend_is_raised() -> None:
    curve = {"from": "T12", "to": "L4", "value": scans.number(-31.0, 2.0)}
    answers = known(man(geometry=scans.scan(scoliosis=curve)))
    assert answers["scoliosis"].answer
    assert "scoliosis-severe" not in answers
