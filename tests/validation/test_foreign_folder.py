"""`tractus validate` on files written by someone else."""

from __future__ import annotations

import json
from pathlib import Path

from tractus import cli

SWELLING = """
source: {authors: Somebody A, year: 2020, journal: a thesis}
use: validation
experiments:
- id: somebody-swelling
  title: Pressure of an unloaded disc, and what 500 N adds within a second
  segment: {level: L4-L5, parts: disc, grade: 1}
  regimen: [{do: bench, for: 1 min}, {do: bench, force: -500 N, for: 1 min}]
  measure: {quantity: intradiscal_pressure, at: {step: 2, time: start}, from: {step: 1, time: end}}
  published: {value: 400, unit: kPa}
  accept: [200, 600]
- id: somebody-upside-down
  title: The same with the wrong sign
  segment: {level: L4-L5, parts: disc, grade: 1}
  regimen: [{do: bench, for: 1 min}, {do: bench, force: -500 N, for: 1 min}]
  measure: {quantity: intradiscal_pressure, at: {step: 1, time: end}, from: {step: 2, time: start}}
  published: {value: 400, unit: kPa}
  accept: [200, 600]
"""
MISTYPED = """
source: {authors: Elsewhere B, year: 2021, journal: a report}
use: calibration
experiments:
- id: elsewhere-typing-error
  title: A force in a unit that is none
  segment: {level: L4-L5}
  regimen: [{do: bench, force: 9 stone, for: 1 min}]
  measure: {quantity: displacement, direction: axial, at: {step: 1, time: end}}
  published: {value: 1, unit: mm}
  accept: [0, 2]
"""


def test_a_folder_of_others(tmp_path: Path) -> None:
    for name, text in (("somebody", SWELLING), ("elsewhere", MISTYPED)):
        (tmp_path / f"{name}.yaml").write_text(text)
    place = tmp_path / "found.json"
    assert cli.main(["validate", "--experiments", str(tmp_path), "--json", str(place)]) == 2
    found = {entry["id"]: entry for entry in json.loads(place.read_text())}
    assert found["somebody-swelling"]["within"]
    assert found["somebody-upside-down"]["predicted"] == -found["somebody-swelling"]["predicted"]
    assert not found["somebody-upside-down"]["within"]
    assert "stone" in found["elsewhere-typing-error"]["error"]
    assert found["elsewhere-typing-error"]["study"] == "Elsewhere 2021"
