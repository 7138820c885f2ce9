"""Published measurements against predictions, each with the band in which it counts as right.

What misses is marked with its mechanism and must keep missing until that is mended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tractus import simulation
from tractus.patient import parse_subject

WILKE = {
    "sex": "male",
    "age": 45,
    "height": "1.74 m",
    "mass": "70 kg",
    "discs": {"L4-L5": {"grade": 1}},
}
MAN_78 = {"sex": "male", "age": 25, "height": "1.78 m", "mass": "75 kg"}
DISC = {"segment": {"level": "L4-L5", "parts": "disc", "grade": 1}}
STAND = {"do": "standing", "for": "4 h"}


@dataclass(frozen=True)
class Case:
    """A quantity at the end of the last step, less that at the end of step `since`."""

    name: str
    subject: dict[str, Any]
    regimen: list[dict[str, Any]]
    quantity: str
    where: dict[str, str]
    scale: float
    published: float
    band: tuple[float, float]
    since: int | None = None
    misses: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def posture(name: str, value: float, band: tuple[float, float], **keys: str) -> Case:
    """L4-L5 pressure of one man after 4 h standing and 2 min of a posture (Wilke 1999)."""
    return Case(
        f"wilke-{name}-{keys.get('style', '')}",
        WILKE,
        [STAND, {"do": name, "for": "2 min", **keys}],
        "intradiscal_pressure",
        {"level": "L4-L5"},
        1e-6,
        value,
        band,
    )


def bending(axis: str, moment: float, value: float, misses: str = "") -> Case:
    """Rotation of an isolated L4-L5 disc under a pure moment (Heuer 2007), band +-40 %."""
    name = "flexion" if axis == "extension" else axis
    sign = -1.0 if axis == "extension" else 1.0
    return Case(
        f"heuer-{axis}-{moment}",
        DISC,
        [
            {"do": "bench", "for": "30 s"},
            {"do": "bench", "moment": {axis: f"{moment} N m"}, "for": "30 s"},
        ],
        "rotation",
        {"axis": name},
        sign * 180.0 / np.pi,
        value,
        (0.6 * value, 1.4 * value),
        since=1,
        misses=misses,
    )


def swelling(grade: int, value: float, band: tuple[float, float]) -> Case:
    """Pressure of an unloaded swollen disc (Johannessen and Elliott 2005)."""
    return Case(
        f"swelling-grade-{grade}",
        {"segment": {"level": "L4-L5", "parts": "disc", "grade": grade}},
        [{"do": "bench", "for": "24 h"}],
        "intradiscal_pressure",
        {},
        1e-6,
        value,
        band,
    )


CASES = [
    Case(
        "wilke-standing", WILKE, [STAND], "intradiscal_pressure", {"level": "L4-L5"},
        1e-6, 0.5, (0.4, 0.6),
    ),
    posture("lying-prone", 0.10, (0.06, 0.14)),
    posture("lying-side", 0.12, (0.072, 0.168)),
    posture("sitting", 0.46, (0.345, 0.575)),
    posture("sitting-slouched", 0.30, (0.195, 0.405)),
    posture("standing-flexed", 1.1, (0.77, 1.43), angle="36 deg"),
    posture("lifting", 2.3, (1.61, 2.99), mass="20 kg", style="stoop"),
    Case(
        "wilke-night-end", WILKE,
        [{"do": "standing", "for": "16 h"}, {"do": "lying-supine", "for": "7 h"}],
        "intradiscal_pressure", {"level": "L4-L5"}, 1e-6, 0.24, (0.18, 0.30),
    ),
    Case(
        "tyrrell-day", MAN_78,
        [{"do": "lying-supine", "for": "8 h"}, {"do": "standing", "for": "1 min"},
         {"do": "standing", "for": "959 min"}],
        "stature", {}, 1e3, -19.3, (-23.0, -11.0), since=2,
    ),
    Case(
        "cervical-tension", {"segment": {"level": "C5-C6", "parts": "segment", "grade": 1}},
        [{"do": "bench", "for": "30 s"}, {"do": "bench", "force": "100 N", "for": "10 s"}],
        "displacement", {"direction": "axial"}, 1e3, 0.28, (0.18, 0.5), since=1,
        misses="too soft below 100 N: a swollen neck disc pushes while ligaments are in their toe",
    ),
    swelling(1, 0.138, (0.08, 0.2)),
    swelling(4, 0.037, (0.005, 0.09)),
    *(bending("flexion", m, v) for m, v in ((2.5, 6.64), (5.0, 8.38), (7.5, 10.11))),
    *(bending("extension", m, v) for m, v in ((2.5, 5.15), (5.0, 7.92), (7.5, 10.28))),
    *(bending("lateral-bending", m, v) for m, v in ((2.5, 3.6), (5.0, 5.08), (7.5, 6.43))),
    *(bending("axial-rotation", m, v) for m, v in ((2.5, 2.7), (5.0, 4.36), (7.5, 5.73))),
]  # fmt: skip


def predicted(case: Case) -> float:
    """Prediction in the unit of the published value."""
    subject = parse_subject(case.subject)
    steps = simulation.resolve(subject, case.regimen)
    ends = np.cumsum([s.duration or 0.0 for s in steps])
    times = (
        [float(ends[-1])] if case.since is None else [float(ends[case.since - 1]), float(ends[-1])]
    )
    data = simulation.simulate(subject, case.regimen, times=times)[case.quantity].sel(case.where)
    values = np.atleast_1d(data.values.reshape(len(times), -1)[:, 0])
    change = values[-1] - (values[0] if case.since is not None else 0.0)
    return float(change) * case.scale


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_prediction_is_in_the_band(case: Case, request: pytest.FixtureRequest) -> None:
    if case.misses:
        request.node.add_marker(pytest.mark.xfail(reason=case.misses, strict=True))
    low, high = sorted(case.band)
    value = predicted(case)
    assert low <= value <= high, f"{case.name}: {value:.4g}, published {case.published:g}"
