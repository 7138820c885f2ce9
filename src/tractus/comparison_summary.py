"""What a comparison says (summary.json): entries, outline, notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from tractus import regimen
from tractus import spine as spines
from tractus.comparison_runs import OPERATED, Session
from tractus.conditions import conditions, roots
from tractus.initial import Run
from tractus.levels import REGION_OF
from tractus.patient import Patient
from tractus.prediction import predictions
from tractus.readings import Quantity, changes
from tractus.screening import Screening
from tractus.spine import Spine
from tractus.tables import number, table, text

if TYPE_CHECKING:
    import xarray


def evidence(method: str) -> tuple[str, str]:
    """Letter and note of a method's evidence (data/evidence.csv)."""
    for row in table("evidence"):
        if row["id"] == method:
            return text(row, "letter"), text(row, "note")
    return "E", "no entry in the table of evidence"


def method_entry(method: str, s: Session, lying: xarray.Dataset, who: Screening) -> dict[str, Any]:
    """A method's entry against lying down for the same time."""
    grade, note = evidence(method)
    return {
        "id": method,
        "level": s.level,
        "parameters": regimen.described(s.step),
        "minutes": float(s.step.duration or 0.0) / 60.0,
        **changes(s.run, lying, s.read_at, s.level),
        "evidence": grade,
        "evidence_note": note,
        "allowed": who.methods[method].status,
        "reasons": [vars(reason) for reason in who.methods[method].reasons],
    }


def operation_entry(
    morning: Run, operation: str, run: xarray.Dataset, lying: xarray.Dataset
) -> dict[str, Any]:
    """An operation's entry against the same time without it."""
    level = str(morning.target)
    grade, note = evidence(operation)
    return {
        "id": operation,
        "level": level,
        **changes(run, lying, morning.time + OPERATED[1], level),
        "evidence": grade,
        "evidence_note": note,
    }


def quantities(summary: Mapping[str, Any]) -> list[tuple[str, dict[str, Quantity]]]:
    """Every quantity of a summary, by the part that it stands in."""
    parts = {"lying": summary["baseline"]["lying"]}
    parts |= {e["id"]: e for e in (*summary["methods"], *summary["operations"])}
    return [
        (name, {k: v for k, v in part.items() if isinstance(v, dict) and "median" in v})
        for name, part in parts.items()
    ]


def fits(patient: Patient) -> dict[str, Any]:
    """Roots and conditions that the signs fit, and the rules that predict a response."""
    found = {"roots": roots(patient), "conditions": conditions(patient)}
    told = {name: [asdict(fit) for fit in listed] for name, listed in found.items()}
    return {**told, "predictions": [asdict(rule) for rule in predictions(patient)]}


def outline(spine: Spine) -> dict[str, Any]:
    """Bodies of the spine in quiet standing: centre x, z [m], pitch [rad], depth and height [m]."""
    curve = spines.standing_curve(spine)
    slope = spine.slope
    place, turn = spines.chain(spine, curve, slope)
    bodies = []
    for i, (name, row) in enumerate(zip(spine.bodies, spine.body_rows, strict=True)):
        bodies.append(
            {
                "name": name,
                "x": float(place[i, 0]),
                "z": float(place[i, 2]),
                "angle": float(2.0 * np.arctan2(turn[i, 2], turn[i, 0])),
                "width": number(row, "depth_mm") * 1e-3 * spine.width,
                "height": number(row, "height_mm") * 1e-3 * spine.tall,
            }
        )
    return {"bodies": bodies}


def notes_of(patient: Patient, morning: Run, target: str) -> list[str]:
    """What the comparison rests on, one sentence each."""
    told = {"height": " by its height on the scan", "given": " given", "age": ""}
    known = zip(morning.spine.levels, morning.spine.grades, strict=True)
    near = [(level, grade) for level, grade in known if REGION_OF[level] == REGION_OF[target]]
    grades = ", ".join(f"{v} {grade}{told[patient.sourced_grade(v)[1]]}" for v, grade in near)
    return [
        *patient.warnings,
        f"Read at {target}: the herniated or most degenerated disc of the region complained of.",
        f"Disc grades (Pfirrmann), usual at this age where nothing else is said: {grades}.",
        "Before every session: regular days (16 h standing, 8 h lying), then 4 h standing; after "
        "it 1 h standing. Lying down in its place follows the same clock.",
        "Numbers are read at the end of the last hold; one set of parameters from "
        "data/parameters.csv holds for everything; no interval is given without samples.",
        "Friction answers to changes of a load; what the body does slowly afterwards (swelling, "
        "creep) passes under an unchanged shear force.",
        "Weak points: tension of a whole lumbar segment, stiffness and angle of the ribs of mats, "
        "size of nodules and rollers and the size of muscle tone are guesses with wide ranges.",
        "Methods that the screening stops are computed and shown all the same.",
    ]
