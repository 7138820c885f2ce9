"""Who gets a plan and who does not, on the command line; no engine."""

from pathlib import Path

import pytest

from tractus import cli
from tractus.admission import NotPlanned, check_screened
from tractus.patient import Patient
from tractus.screening import screen
from tractus.tables import table, text

FORBIDDEN = (
    "cure", "repair", "regenerat", "safe for everyone", "no side effects", "guaranteed",
    "cura ", "curar", "repara", "regenera", "sin efectos secundarios", "garantiza",
)  # fmt: skip


def refused(capsys, *arguments: str) -> str:
    assert cli.main(["plan", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_a_referred_person_gets_the_referral_and_nothing_else(examples: Path, capsys, tmp_path):
    err = refused(capsys, str(examples / "refer.yaml"), "--out", str(tmp_path / "plan"))
    assert err.startswith("tractus: EMERGENCY: Signs of cauda equina")
    assert err.count("\n") == 1
    assert not (tmp_path / "plan").exists()


def test_the_referral_in_spanish(examples: Path, capsys):
    err = refused(capsys, str(examples / "refer.yaml"), "--lang", "es")
    assert err.startswith("tractus: EMERGENCIA: Signos de síndrome de cauda equina")
    assert "No se hace ningún plan" in err
    err = refused(capsys, str(examples / "office-worker.yaml"), "--lang", "es")
    assert "preguntas del cribado están sin respuesta" in err


def test_unanswered_questions_are_listed(examples: Path, capsys):
    err = refused(capsys, str(examples / "office-worker.yaml"))
    assert "questions of the screening are unanswered" in err.splitlines()[-1]
    assert any(line.startswith("saddle-numbness: ") for line in err.splitlines())


def test_a_method_that_is_stopped(examples: Path, capsys):
    err = refused(capsys, str(examples / "caution.yaml"), "--methods", "traction-table")
    assert "traction-table is 'stop' for this person" in err


@pytest.mark.parametrize(
    ("option", "value", "match"),
    [
        ("--level", "L6-S1", "level"),
        ("--effect", "much", "effect: cannot read"),
        ("--methods", "tracton-table", "did you mean 'traction-table'"),
        ("--share", "0", "share"),
        ("--samples", "-1", "--samples"),
        ("--lang", "fr", "--lang"),
    ],
)
def test_bad_options(examples: Path, capsys, option, value, match):
    err = refused(capsys, str(examples / "simple.yaml"), option, value)
    assert match in err
    assert err.count("\n") == 1


def test_contradicting_and_unknown_answers(examples: Path, capsys, tmp_path):
    simple = (examples / "simple.yaml").read_text(encoding="utf-8")
    file = tmp_path / "patient.yaml"
    file.write_text(simple.replace("age: 38", "age: 38\ndiscs: {L4-L5: {herniation: "
                    "{site: median, size: 12 mm}}}").replace("osteoporosis: false",
                    "osteoporosis: false\n  large-herniation: false"))  # fmt: skip
    assert "contradicts" in refused(capsys, str(file))
    file.write_text(simple.replace("osteoporosis: false", "osteoperosis: false"))
    assert "did you mean 'osteoporosis'" in refused(capsys, str(file))


def test_every_method_stopped(examples: Path):
    patient = Patient.read(examples / "refer.yaml")
    with pytest.raises(NotPlanned):
        check_screened(screen(patient))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_no_forbidden_words(lang):
    for row in (*table("plan"), *table("limits"), *table("strings")):
        words = text(row, lang).lower()
        assert not [word for word in FORBIDDEN if word in words], words


def test_every_dosed_method_has_its_steps():
    dosed = {text(row, "method") for row in table("doses")}
    told = {m for r in table("plan") if r["kind"] == "step" for m in text(r, "methods").split("|")}
    assert dosed <= told
