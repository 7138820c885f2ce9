"""Runs behind a comparison: sessions, operations, lying down in their place, what was recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tractus.initial import Run, region_target
from tractus.levels import REGION_OF
from tractus.patient import Patient
from tractus.regimen import ResolvedStep
from tractus.simulation import follow, resolve
from tractus.tables import number, text

if TYPE_CHECKING:
    import xarray

BEFORE, AFTER = 4 * 3600.0, 3600.0  # s of standing before a session and after it
OPERATED = ("lying-supine", 1200.0)  # posture after an operation, and s at which it is read


@dataclass(frozen=True)
class Session:
    """A method's run, with standing before and after."""

    step: ResolvedStep
    level: str
    run: xarray.Dataset
    read_at: float  # s of the end of the last hold


def _step(morning: Run, mapping: dict[str, Any]) -> ResolvedStep:
    return resolve(morning.spine.subject, [mapping])[0]


def _method_step(morning: Run, method: str) -> tuple[ResolvedStep, str]:
    """The usual session of a method for this person, and the level it is read at."""
    target = str(morning.target)
    mapping: dict[str, Any] = {"do": method}
    if method == "manual-traction" and REGION_OF[target] == "cervical":
        mapping["region"] = "cervical"
    if method == "cervical-traction" and REGION_OF[target] != "cervical":
        assert isinstance(morning.spine.subject, Patient)
        target = region_target(morning.spine.subject, "cervical")
    return _step(morning, mapping), target


def session(
    morning: Run, method: str, count: Callable[[str], None], swift: bool = False
) -> Session:
    """A method for its usual time, then standing."""
    step, level = _method_step(morning, method)
    run = follow(morning, [step, _standing(morning)], swift=swift)
    data = run.response()
    inside = (data["step"].values == morning.steps + 1) & (data["held"].values > 0)
    count(method)
    return Session(step, level, data, float(data["time"].values[inside][-1]))


def _standing(morning: Run) -> ResolvedStep:
    return _step(morning, {"do": "standing", "for": f"{AFTER} s"})


def lying_place(session: Session) -> tuple[str, float]:
    """Posture and time [s] of lying down in place of a session."""
    seated = session.step.parameters.get("position") == "seated"
    return "sitting" if seated else "lying-supine", float(session.step.duration or 0.0)


def longest_beside(sessions: Mapping[str, Session], target: str) -> Session:
    """The session beside which lying down is described."""
    return max(sessions.values(), key=lambda s: (s.level == target, s.read_at))


def read_times(
    morning: Run, sessions: Mapping[str, Session]
) -> dict[tuple[str, float], list[float]]:
    """Times [s] at which every way of lying down is read."""
    reads = {OPERATED: [morning.time + OPERATED[1]]}
    for session in sessions.values():
        reads.setdefault(lying_place(session), []).append(session.read_at)
    return reads


def lying_down(
    morning: Run,
    place: tuple[str, float],
    also: Sequence[float],
    count: Callable[[str], None],
    swift: bool = False,
) -> xarray.Dataset:
    """Lying down for a time, then standing; read also where sessions of that time are."""
    posture, duration = place
    step = _step(morning, {"do": posture, "for": f"{duration} s"})
    run = follow(morning, [step, _standing(morning)], also=sorted(set(also)), swift=swift)
    count(f"lying down for {duration / 60:g} min")
    return run.response()


def operation(
    morning: Run, name: str, count: Callable[[str], None], swift: bool = False
) -> xarray.Dataset:
    """An operation at the target level, then lying down and standing as without it."""
    lying = {"do": OPERATED[0], "for": f"{OPERATED[1]} s"}
    steps = resolve(morning.spine.subject, [{"do": name}, lying])
    run = follow(morning, [*steps, _standing(morning)], swift=swift)
    count(name)
    return run.response()


def is_about(patient: Patient, row: Any) -> bool:
    """Whether a row of data/recorded.csv is about this person."""
    size = (number(row, "age"), number(row, "height_m"), number(row, "mass_kg"))
    same = np.allclose(size, (patient.age, patient.height, patient.mass))
    return bool(same) and row["sex"] == patient.sex


def recorded_value(start: Run, row: Any, count: Callable[[str], None]) -> dict[str, Any]:
    """One published value with the prediction beside it."""
    steps: list[dict[str, Any]] = []
    if text(row, "before"):
        steps.append({"do": text(row, "before"), "for": f"{number(row, 'before_hours')} h"})
    keys = dict(part.split("=", 1) for part in text(row, "keys").split("|") if part)
    steps.append({"do": text(row, "do"), "for": f"{number(row, 'minutes')} min", **keys})
    run = follow(start, resolve(start.spine.subject, steps))
    data = run.response()
    value = data["intradiscal_pressure"].isel(time=-1).sel(level=row["level"])
    count(text(row, "label"))
    return {
        "label": f"{row['level']}, {row['label']}",
        "published": number(row, "published_MPa"),
        "predicted": float(value) / 1e6,
        "unit": "MPa",
        "source": text(row, "source"),
    }
