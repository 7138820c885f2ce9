"""The examples run, and the documentation shows what runs."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import tractus
from tractus.evidence import experiments, measure
from tractus.geometry import Geometry
from tractus.geometry_change import change

HOUR = 3600.0


def code(text: str) -> list[str]:
    """Lines of Python without the docstring and empty lines."""
    text = re.sub(r'^""".*?"""', "", text, flags=re.DOTALL)
    return [line for line in text.splitlines() if line.strip()]


def test_first_steps_reads_a_pressure(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wilke 1999 recorded 0.50 MPa upright and 0.10 prone; here only signs and magnitudes count."""
    monkeypatch.chdir(root)
    day = runpy.run_path("examples/first_steps.py")["day"]
    pressure = day.intradiscal_pressure.sel(level="L4-L5")
    upright, prone = pressure.sel(time=4 * HOUR).item(), pressure[-1].item()
    assert 0.2e6 < upright < 1.0e6
    assert 0.0 < prone < 0.5 * upright


def test_readme_and_quickstart_show_the_first_steps(root: Path) -> None:
    """The lines a reader copies are the lines that are tested."""
    lines = code((root / "examples/first_steps.py").read_text(encoding="utf-8"))
    for page in ("README.md", "docs/quickstart.md"):
        blocks = re.findall(r"```python\n(.*?)```", (root / page).read_text(encoding="utf-8"), re.S)
        assert lines in [code(block) for block in blocks], page


def test_the_page_on_experiment_files_shows_files_that_are_read(root: Path, tmp_path: Path) -> None:
    """Both examples are sound, the refusal reads as shown, and no quantity is left out."""
    page = (root / "docs/experiments.md").read_text(encoding="utf-8")
    for text in re.findall(r"```yaml\n(.*?)```", page, re.S):
        (tmp_path / f"{text.split('- id: ')[1].split()[0]}.yaml").write_text(text)
    found = experiments.load(tmp_path)
    assert [type(one) for one in found] == [experiments.Experiment] * 2
    (shown,) = re.findall(r"^DIR/(\S+): (\S+): (measure: .*)$", page, re.M)
    file = tmp_path / "roe-2004-rest.yaml"
    file.write_text(file.read_text().replace("quantity: disc_height", "quantity: disc_hight"))
    (fault,) = experiments.read(file)
    assert getattr(fault, "error", "") == f"{file}: {shown[1]}: {shown[2]}"
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", page, re.M)))
    assert {*measure.BY_LEVEL, *measure.WHOLE} <= set(named)


@pytest.mark.parametrize("name", ["wilke-man.yaml", "office-worker.yaml"])
def test_patients_are_read(examples: Path, name: str) -> None:
    """Nothing in an example patient is unusual enough for a warning."""
    patient = tractus.Patient.read(examples / name)
    assert patient.age == 45
    assert not patient.warnings


def test_the_scanned_man_has_the_sizes_of_his_scan(examples: Path) -> None:
    """What is told of him comes from the scan; lying in the morning his discs are as measured."""
    patient = tractus.Patient.read(examples / "scanned-man.yaml")
    assert patient.geometry is not None
    assert all(line.startswith("scan: ") for line in patient.warnings)
    night = [{"do": "lying-supine", "for": "1 min"}]
    day = tractus.simulate(patient, night).disc_height.isel(time=-1).sel(site="mean")
    for level, disc in patient.geometry.levels():
        height = disc.height.mean
        assert abs(1e3 * day.sel(level=level).item() - height.value) < height.sd, level


def test_the_geometry_of_the_scanned_man_is_measured_again(
    examples: Path, shared_data: Path
) -> None:
    """The file in examples is what `tractus scan` makes of the public CT, within its deviations."""
    scan = pytest.importorskip("tractus.imaging.scan")
    labels = shared_data / "totalsegmentator" / "example_seg_fast_force_split.nii.gz"
    now = scan.scan(labels, None, "totalsegmentator-v2").geometry
    kept = Geometry.read(examples / "scanned-man.json")
    found = change(kept, now)
    assert {v.level for v in found.levels} == set(kept.discs)
    for level in found.levels:
        for name, part in level.parts():
            assert abs(part.change) < max(part.sd, 0.05), (level.level, name)


def test_traction_session_lowers_the_pressure(examples: Path) -> None:
    """Pulled at 30 % of body weight after a day upright, L4-L5 carries less than upright."""
    patient = tractus.Patient.read(examples / "office-worker.yaml")
    day = tractus.simulate(patient, examples / "traction-session.yaml")
    pressure = day.intradiscal_pressure.sel(level="L4-L5")
    assert np.isfinite(pressure).all()
    assert pressure.min() < 0.5 * pressure.sel(time=8 * HOUR)


def test_day_lowers_every_disc_and_the_night_raises_it(examples: Path) -> None:
    """Discs are lower in the evening and higher in the morning, and a day closes on itself."""
    patient = tractus.Patient.read(examples / "wilke-man.yaml")
    times = [1.0, 16 * HOUR, 24 * HOUR]
    day = tractus.simulate(patient, examples / "day.yaml", times=times)
    rising, evening, morning = (day.stature.sel(time=t).item() for t in times)
    assert 0.004 < morning - evening < 0.040  # m; Tyrrell 1985: 19 mm of stature over a day
    # still lying, the spine is longer than just after standing up, by its elastic part
    assert 0.0 < morning - rising < 0.012
    volume = day.disc_volume
    assert (volume.sel(time=16 * HOUR) < volume.sel(time=24 * HOUR)).all()


def test_plans_of_the_three_example_patients(examples: Path) -> None:
    """The simple one gets a dose, the careful one a dose with its cautions, the third none."""
    from tractus.admission import NotPlanned
    from tractus.planning import plan

    few = {"samples": 2, "methods": ["manual-traction", "heat"]}
    simple = plan(tractus.Patient.read(examples / "simple.yaml"), **few)
    assert simple.reached
    assert simple.shown.method == "manual-traction"
    assert simple.shown.dose.met == simple.shown.dose.persons == 2
    careful = plan(tractus.Patient.read(examples / "caution.yaml"), **few)
    assert {option.method: option.status for option in careful.options} == {
        "manual-traction": "caution",
        "heat": "allowed",
    }
    assert careful.shown.reasons or careful.options[0].reasons
    with pytest.raises(NotPlanned, match="EMERGENCY"):
        plan(tractus.Patient.read(examples / "refer.yaml"), **few)
