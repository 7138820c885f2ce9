"""A made-up Comparison of the right shape to develop and test the faces.

The numbers have plausible sizes and no meaning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import xarray as xr

BODIES = (
    ["S1"]
    + [f"L{i}" for i in range(5, 0, -1)]
    + [f"T{i}" for i in range(12, 0, -1)]
    + [f"C{i}" for i in range(7, 0, -1)]
    + ["head"]
)
_UP = BODIES[::-1][2:-1]  # C2 ... L5
LEVELS = [f"{upper}-{lower}" for upper, lower in zip(_UP, [*_UP[1:], "S1"], strict=True)]
LIGAMENTS = ["ALL", "PLL", "LF", "ISL", "SSL", "CL", "ITL"]
# id: (minutes, pressure change MPa, height change mm, evidence letter, note, parameters)
METHODS: dict[str, tuple[float, float, float, str, str, dict[str, Any]]] = {
    "traction-table": (
        20,
        -0.045,
        0.32,
        "D",
        "recommended against for general low back pain; C for radiculopathy, supine, short term",
        {"force": "30 % bw"},
    ),
    "inversion-table": (5, -0.052, 0.28, "D", "D+: one pilot trial, n = 24", {"angle": "60 deg"}),
    "manual-traction": (10, -0.031, 0.14, "D", "test-level data", {"force": "200 N"}),
    "flexion-distraction": (5, -0.028, 0.12, "C", "C-: small trials", {"angle": "10 deg"}),
    "roller-table": (15, 0.004, -0.01, "E", "vendor or expert opinion only", {"lift": "30 mm"}),
    "detensor-mat": (45, -0.019, 0.10, "E", "vendor or expert opinion only", {"friction": 0.5}),
    "detensor-mattress": (60, -0.006, 0.03, "E", "vendor or expert opinion only", {}),
    "lumbarest-mat": (45, -0.021, 0.11, "E", "vendor or expert opinion only", {"heat": "40 degC"}),
    "backrack": (20, 0.018, -0.08, "E", "vendor or expert opinion only", {"hold": "30 s"}),
    "stretching": (10, 0.03, 0.06, "C", "one null trial", {"hold": "30 s"}),
    "positional-traction": (15, -0.004, 0.02, "E", "vendor or expert opinion only", {}),
    "cervical-traction": (
        15,
        0.0,
        0.0,
        "C",
        "C+: for radiculopathy with exercise; trials conflict",
        {"force": "110 N", "angle": "24 deg"},
    ),
    "heat": (30, -0.003, 0.01, "B", "acute low back pain", {"temperature": "40 degC"}),
}


@dataclass
class FakeComparison:
    patient: Any
    summary: dict[str, Any]
    runs: dict[str, xr.Dataset]
    baselines: dict[str, xr.Dataset]
    outline: dict[str, Any]
    recorded: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def quantity(value: float | None) -> dict[str, float | None]:
    return {"median": value, "low": None, "high": None}


def _time(minutes: float) -> tuple[np.ndarray, np.ndarray]:
    before = np.r_[0.0, np.geomspace(1.0, 4 * 3600, 25)]
    session = before[-1] + np.r_[1.0, np.linspace(15, minutes * 60, 60)]
    after = session[-1] + np.r_[1.0, np.geomspace(15, 3600, 30)]
    step = np.r_[np.full(before.size, 1), np.full(session.size, 2), np.full(after.size, 3)]
    return np.r_[before, session, after], step


def dataset(minutes: float, pressure: float, height: float) -> xr.Dataset:
    """A run with `pressure` (MPa) and `height` (mm) added to lying during the method."""
    time, step = _time(minutes)
    shape = np.linspace(0.6, 1.0, len(LEVELS))
    on = np.where(step == 2, 1.0, 0.0)
    wave = on * (0.9 + 0.1 * np.sin(time / 40))
    p = np.where(step == 2, 0.12, 0.5)[:, None] * shape + (wave * pressure)[:, None] * shape**2
    creep = -0.7e-3 * (1 - np.exp(-np.minimum(time, 4 * 3600) / 5000))
    t0 = time[step == 1][-1]
    recover = 0.25e-3 * (1 - np.exp(-np.clip(time - t0, 0, minutes * 60) / 900))
    fade = np.where(step == 3, np.exp(-(time - t0 - minutes * 60) / 1200), 1.0)
    gain = (creep + (recover + on * height * 1e-3) * fade)[:, None] * shape
    h0 = np.linspace(4.5e-3, 11e-3, len(LEVELS))
    site = np.array([1.15, 1.0, 0.75])
    tl, n, m = ("time", "level"), len(time), len(LEVELS)
    zero = np.zeros((n, m))

    def two(values: np.ndarray, unit: str, dims: tuple[str, ...] = tl) -> Any:
        return (dims, values, {"units": unit})

    force = -1500 * p
    return xr.Dataset(
        {
            "intradiscal_pressure": two(p * 1e6, "Pa"),
            "disc_height": two((h0 + gain)[:, :, None] * site, "m", ("time", "level", "site")),
            "nucleus_water": two(zero + 5e-6, "m3"),
            "axial_force": two(force, "N"),
            "disc_force": two(0.9 * force, "N"),
            "rotation": two(np.zeros((n, m, 3)), "rad", ("time", "level", "axis")),
            "foramen_area": two(np.full((n, m, 2), 1.2e-4), "m2", ("time", "level", "side")),
            "canal_area": two(zero + 2.5e-4, "m2"),
            "annulus_strain_max": two(zero + 0.03 + abs(pressure), "1"),
            "ligament_strain": two(np.full((n, m, 7), 0.05), "1", ("time", "level", "ligament")),
            "muscle_activity": two(np.full((n, 3), 0.02), "1", ("time", "region")),
            "stature": two(1.74 + gain.sum(axis=1), "m", ("time",)),
            "applied_force": two(on * 300, "N", ("time",)),
        },
        coords={
            "time": ("time", time, {"units": "s"}),
            "step": ("time", step),
            "level": LEVELS,
            "site": ["anterior", "middle", "posterior"],
            "axis": ["flexion", "lateral-bending", "axial-rotation"],
            "side": ["left", "right"],
            "ligament": LIGAMENTS,
            "region": ["cervical", "thoracic", "lumbar"],
        },
    )


def outline() -> dict[str, Any]:
    """A standing curve: 37 deg of lumbar lordosis, thoracic kyphosis, cervical lordosis."""
    bodies = []
    x, z = 0.0, 0.0
    for i, name in enumerate(BODIES):
        if name == "head":
            height, width, gap = 0.19, 0.17, 0.015
        else:
            height = np.interp(i, [0, 5, 17, 24, 25], [30, 27, 18, 13, 13]) * 1e-3
            width = np.interp(i, [0, 5, 17, 24, 25], [34, 33, 19, 16, 16]) * 1e-3
            gap = np.interp(i, [0, 5, 17, 25], [11, 9, 4, 4]) * 1e-3
        degrees = np.interp(i, [0, 3, 6, 12, 17, 19, 22, 25], [38, 6, -16, -2, 24, 20, 6, 0])
        pitch = math.radians(float(degrees))
        step = height / 2 + (0 if i == 0 else gap)
        x, z = x + step * math.sin(pitch), z + step * math.cos(pitch)
        bodies.append(
            {"name": name, "x": x, "z": z, "angle": pitch, "width": width, "height": height}
        )
        x, z = x + height / 2 * math.sin(pitch), z + height / 2 * math.cos(pitch)
    return {"bodies": bodies}


def _entry(identifier: str) -> dict[str, Any]:
    minutes, pressure, height, letter, note, parameters = METHODS[identifier]
    return {
        "id": identifier,
        "parameters": parameters,
        "minutes": minutes,
        "pressure_change_MPa": quantity(pressure),
        "height_change_mm": quantity(height),
        "height_change_after_1h_standing_mm": quantity(0.2 * height),
        "stature_change_mm": quantity(7 * height),
        "foramen_area_change_percent": quantity(12 * height),
        "canal_area_change_percent": quantity(3 * height),
        "axial_force_N": quantity(-180 - 1500 * pressure),
        "max_ligament_strain_fraction_of_failure": quantity(0.12 + abs(pressure)),
        "muscle_activity": quantity(0.02),
        "evidence": letter,
        "evidence_note": note,
        "allowed": "unknown",
        "reasons": [{"rule": "unanswered", "text": "unanswered: scan", "source": "patient file"}],
    }


def _absolute() -> dict[str, Any]:
    return {
        "pressure_MPa": quantity(0.118),
        "height_mm": quantity(10.42),
        "height_after_1h_standing_mm": quantity(10.15),
        "stature_mm": quantity(1741.5),
        "foramen_area_mm2": quantity(131.0),
        "canal_area_mm2": quantity(251.0),
        "axial_force_N": quantity(-182.0),
        "max_ligament_strain_fraction_of_failure": quantity(0.11),
        "muscle_activity": quantity(0.0),
    }


def _operations(level: str) -> list[dict[str, Any]]:
    rows = []
    for identifier in ("laminectomy", "discectomy", "microdiscectomy"):
        entry = _entry("heat") | {"id": identifier, "level": level, "evidence": "B"}
        rows.append({key: value for key, value in entry.items() if key != "minutes"})
    return rows


def fake_comparison(methods: list[str] | None = None, *, recorded: bool = True) -> FakeComparison:
    """The comparison of the man whose L4-L5 pressure was recorded over a day; made-up results."""
    chosen = methods or list(METHODS)
    level = "L4-L5"
    patient = SimpleNamespace(
        signs={},
        name="Man of Wilke 1999",
        sex="male",
        age=45,
        height=1.74,
        mass=70.0,
        bmi=23.1,
        complaint=None,
        findings={},
        discs={},
        geometry=None,
        warnings=[],
    )
    return FakeComparison(
        patient=patient,
        summary={
            "patient": {
                "name": patient.name,
                "sex": "male",
                "age": 45,
                "height": "1.74 m",
                "mass": "70 kg",
            },
            "target_level": level,
            "baseline": {"lying": _absolute()},
            "methods": [_entry(identifier) for identifier in chosen],
            "operations": _operations(level),
        },
        runs={i: dataset(METHODS[i][0], METHODS[i][1], METHODS[i][2]) for i in chosen},
        baselines={i: dataset(METHODS[i][0], 0.0, 0.0) for i in chosen},
        outline=outline(),
        recorded=[
            {"label": "standing relaxed", "published": 0.5, "unit": "MPa", "predicted": 0.47},
            {"label": "lying supine", "published": 0.1, "unit": "MPa", "predicted": 0.12},
        ]
        if recorded
        else [],
        notes=[
            "Grades of discs follow from age by a published table.",
            "Muscle tone is the same for all methods & <postures>.",
        ],
    )
