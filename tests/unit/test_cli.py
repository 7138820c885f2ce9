"""The command line against a made-up comparison: exit codes, one line per fault, whole files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

import tractus
from tractus import cli
from tractus.errors import InputError
from tractus.report.outputs import OutputError, Outputs
from unit.fake_comparison import METHODS, dataset, fake_comparison

PATIENT = "sex: male\nage: 45\nheight: 1.74 m\nmass: 70 kg\n"
HEAVY = ("jax", "pint", "xarray", "pydantic", "plotly", "numpy", "yaml")


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    path = tmp_path / "patient.yaml"
    path.write_text(PATIENT)
    return path


@pytest.fixture
def regimen(tmp_path: Path) -> Path:
    path = tmp_path / "regimen.yaml"
    path.write_text("- {do: standing, for: 1 h}\n- {do: heat, for: 30 min}\n")
    return path


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stands in for compare and simulate; `calls` says what they were given."""
    calls: dict[str, Any] = {"error": None}

    def compare(person: Any, methods: Any = None, **keys: Any) -> Any:
        if calls["error"]:
            raise calls["error"]
        calls.update(person=person, methods=methods, **keys)
        keys["progress"](0.5, "half")
        return fake_comparison(methods)

    def simulate(subject: Any, regimen: Any, **keys: Any) -> xr.Dataset:
        if calls["error"]:
            raise calls["error"]
        return dataset(20, -0.03, 0.2)

    for name, function in (("compare", compare), ("simulate", simulate)):
        monkeypatch.setitem(tractus.__dict__, name, function)
    return calls


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom tractus.cli import main\nmain(['--help'])\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")
    assert "compare" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["bogus"], "bogus"),
        (["compare"], "PATIENT"),
        (["compare", "{patient}", "--bad"], "--bad"),
        (["compare", "{tmp}/none.yaml"], "none.yaml"),
        (["compare", "{tmp}"], "folder"),
        (["compare", "{patient}", "--samples", "5000"], "--samples 5000"),
        (["compare", "{patient}", "--samples", "-1"], "--samples -1"),
        (["compare", "{patient}", "--lang", "fr"], "en, es"),
        (["compare", "{patient}", "--methods", "heat,"], "--methods"),
        (["compare", "{patient}", "--out", "{patient}"], "is a file"),
        (["compare", "{patient}", "--out", "{patient}/x"], "cannot be written"),
        (["compare", "{patient}", "--json", "{tmp}"], "folder"),
        (["simulate", "{patient}", "{regimen}", "--out", "x.txt"], ".csv"),
        (["simulate", "{patient}", "{tmp}/none.yaml"], "none.yaml"),
        (["simulate", "{patient}", "{regimen}", "--samples", "-2"], "--samples -2"),
        (["methods", "traction-tabel"], "traction-table"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str],
    part: str,
    patient: Path,
    regimen: Path,
    tmp_path: Path,
    engine: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = [a.format(patient=patient, regimen=regimen, tmp=tmp_path) for a in arguments]
    before = sorted(tmp_path.rglob("*"))
    assert cli.main(given) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert part in captured.err
    assert sorted(tmp_path.rglob("*")) == before


def test_input_error_of_the_engine_leaves_no_files(
    patient: Path, tmp_path: Path, engine: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    engine["error"] = InputError("methods: no method 'x';\n did you mean 'heat'?")
    assert cli.main(["compare", str(patient), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == "tractus: methods: no method 'x'; did you mean 'heat'?\n"
    assert [p.name for p in tmp_path.iterdir()] == ["patient.yaml"]


def test_ctrl_c_says_so_and_leaves_no_files(
    patient: Path, tmp_path: Path, engine: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    engine["error"] = KeyboardInterrupt()
    assert cli.main(["compare", str(patient), "--out", str(tmp_path / "out")]) == 130
    assert capsys.readouterr().err == "stopped; nothing was written\n"
    assert [p.name for p in tmp_path.iterdir()] == ["patient.yaml"]


def test_compare_writes_three_files(
    patient: Path, tmp_path: Path, engine: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "out"
    arguments = ["compare", str(patient), "--methods", "heat, inversion-table", "--out", str(out)]
    assert cli.main([*arguments, "--json", str(tmp_path / "s.json"), "--lang", "es"]) == 0
    assert engine["methods"] == ["heat", "inversion-table"]
    assert sorted(p.name for p in out.iterdir()) == ["report.html", "response.nc", "summary.json"]
    summary = json.loads((out / "summary.json").read_text())
    assert summary == json.loads((tmp_path / "s.json").read_text())
    assert [m["id"] for m in summary["methods"]] == ["heat", "inversion-table"]
    assert '<html lang="es">' in (out / "report.html").read_text()
    with xr.open_datatree(out / "response.nc", engine="h5netcdf") as tree:
        assert set(tree["methods"]) == set(tree["lying"]) == {"heat", "inversion-table"}
        run = tree["methods/heat"].to_dataset()
        assert run["intradiscal_pressure"].attrs["units"] == "Pa"
        assert run["intradiscal_pressure"].equals(
            dataset(*METHODS["heat"][:3]).intradiscal_pressure
        )
    assert "no es un producto sanitario" in capsys.readouterr().out


def test_compare_prints_every_method_the_baseline_and_the_sentence(
    patient: Path, engine: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", str(patient)]) == 0
    out = capsys.readouterr().out
    for word in ("Traction table", "Cervical traction", "0.118 (118)"):
        assert word in out
    assert "-0.045 (-45)" in out
    assert "Lying down does as much as Roller table" in out
    assert "standing relaxed" in out
    assert "not a medical device" in out


def test_simulate_writes_csv_and_netcdf(
    patient: Path, regimen: Path, tmp_path: Path, engine: dict[str, Any]
) -> None:
    expected = dataset(20, -0.03, 0.2)
    for name in ("r.csv", "r.nc"):
        arguments = ["simulate", str(patient), str(regimen), "--out", str(tmp_path / name)]
        assert cli.main([*arguments, "--json", str(tmp_path / "s.json")]) == 0
    with xr.open_dataset(tmp_path / "r.nc", engine="h5netcdf") as found:
        assert found["stature"].equals(expected["stature"])
    lines = (tmp_path / "r.csv").read_text().splitlines()
    head = lines[0].split(",")
    assert len(lines) == 1 + expected.sizes["time"] * expected.sizes["level"]
    last = dict(zip(head, lines[-1].split(","), strict=True))
    assert last["level"] == "L5-S1"
    height = expected["disc_height"].sel(site="middle").values[-1, -1]
    assert float(last["disc_height_middle_m"]) == pytest.approx(height, rel=1e-6)
    steps = json.loads((tmp_path / "s.json").read_text())["steps"]
    assert [s["step"] for s in steps] == [1, 2, 3]
    assert steps[1]["levels"]["L4-L5"]["pressure_MPa"] < 0.12


def test_methods_lists_keys_with_ranges_and_sources(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["methods", "traction-table", "--json", str(tmp_path / "m.json")]) == 0
    out = capsys.readouterr().out
    assert "rest_force" in out
    assert "0 to 75 % bw" in out
    entry = json.loads((tmp_path / "m.json").read_text())
    assert entry["kind"] == "treatment"
    assert all(key["source"] for key in entry["keys"])


def test_parameters_with_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["parameters", "--sources"]) == 0
    out = capsys.readouterr().out
    assert "Yoganandan" in out
    assert "levels foramen_area_mm2" in out


def test_doctor_reports_a_missing_engine_without_a_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tractus.simulation", None)
    assert cli.main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "self test" in out
    assert "FAILS" in out


def test_outputs_replace_only_at_commit(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with Outputs() as outputs:
        outputs.stage(target).write_text("new")
        assert target.read_text() == "old"
        outputs.commit()
    assert target.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_outputs_below_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    with Outputs() as outputs, pytest.raises(OutputError, match="is a file"):
        outputs.stage(tmp_path / "f" / "g" / "h.txt")


def test_claims_of_the_literature(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "claims.json"
    assert cli.main(["claims", "S0-29", "S4-12", "--lang", "es", "--json", str(place)]) == 0
    told = json.loads(place.read_text(encoding="utf-8"))
    assert [(entry["id"], entry["verdict"]) for entry in told] == [
        ("S0-29", "holds"),
        ("S4-12", "does not hold"),
    ]
    keys = ["id", "page", "claim", "test", "result", "verdict", "reason", "sources"]
    assert list(told[0]) == keys
    shown = capsys.readouterr().out
    assert "no se cumple" in shown
    assert "188 de 219" in shown


@pytest.mark.parametrize(
    "arguments", [["S9-99"], ["S0-29", "--lang", "fr"], ["S0-29", "--samples", "-1"]]
)
def test_bad_questions_about_claims(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["claims", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1
