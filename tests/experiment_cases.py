"""An experiment file as anyone might write it, and ways to change it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from tractus.patient import parse_subject
from tractus.regimen import parse

SOURCE = {"authors": "Doe JR, Roe A", "year": 2001, "journal": "Spine 1:1-2"}
PATIENT = {"sex": "male", "age": 40, "height": "1.75 m", "mass": "80 kg"}
SEGMENT = {"level": "L4-L5", "parts": "disc", "grade": 1}
ITEM: dict[str, Any] = {
    "id": "doe-2001",
    "title": "Pressure",
    "patient": PATIENT,
    "regimen": [
        {"do": "standing", "for": "1 h"},
        {"do": "microdiscectomy", "level": "L4-L5"},
        {"do": "traction-table", "force": "300 N", "ramp": "10 s", "for": "10 min"},
    ],
    "measure": {
        "quantity": "intradiscal_pressure",
        "level": "L4-L5",
        "at": {"step": 3, "time": "end"},
        "from": {"step": 1, "time": "end"},
    },
    "published": {"value": 0.1, "unit": "MPa", "sd": 0.02, "n": 8},
    "accept": [0.05, 0.15],
}
SUBJECT = parse_subject(PATIENT)
STEPS = parse(ITEM["regimen"], mass=80.0)


def item(changes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """ITEM with keys replaced; 'measure.level' reaches into a mapping, None takes a key away."""
    made = copy.deepcopy(ITEM)
    for path, value in {**(changes or {}), **more}.items():
        *outer, key = path.split(".")
        place = made
        for name in outer:
            place = place[name]
        place[key] = copy.deepcopy(value)
        if value is None:
            del place[key]
    return made


def write(folder: Path, *items: Any, name: str = "doe", **top: Any) -> Path:
    content = {"source": SOURCE, "use": "calibration", "experiments": list(items), **top}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({k: v for k, v in content.items() if v is not None}))
    return path
