"""The summary of a comparison as table cells and verdicts, for every face."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tractus.report.texts import Texts

# Smallest differences that count as one: pressure transducers and disc images resolve about
# this much. A choice of display, not a parameter of the model; the report states both.
PRESSURE_RESOLUTION_MPA = 0.01
HEIGHT_RESOLUTION_MM = 0.05


@dataclass(frozen=True)
class Quantity:
    """One column: key in the summary, key in the baseline, text key of the heading, decimals."""

    key: str
    baseline: str
    heading: str
    digits: int
    signed: bool = True


QUANTITIES = (
    Quantity("pressure_change_MPa", "pressure_MPa", "col_pressure", 3),
    Quantity("height_change_mm", "height_mm", "col_height", 2),
    Quantity(
        "height_change_after_1h_standing_mm", "height_after_1h_standing_mm", "col_height_after", 2
    ),
    Quantity("stature_change_mm", "stature_mm", "col_stature", 1),
    Quantity("foramen_area_change_percent", "foramen_area_mm2", "col_foramen", 1),
    Quantity("canal_area_change_percent", "canal_area_mm2", "col_canal", 1),
    Quantity("axial_force_N", "axial_force_N", "col_axial", 0),
    Quantity(
        "max_ligament_strain_fraction_of_failure",
        "max_ligament_strain_fraction_of_failure",
        "col_ligament",
        2,
        signed=False,
    ),
    Quantity("muscle_activity", "muscle_activity", "col_muscle", 3, signed=False),
)


def number(value: float | None, digits: int, *, signed: bool = False) -> str:
    """`value` with `digits` decimals, never "-0"; a dash where there is no finite value."""
    if value is None or not math.isfinite(value):
        return "–"
    rounded = round(value, digits) + 0.0
    sign = "+" if signed and rounded > 0 else ""
    return f"{sign}{rounded:.{digits}f}"


def middle(entry: Mapping[str, Any] | None, key: str) -> float | None:
    """The median of quantity `key`, or None where the summary has no finite number."""
    value = (entry or {}).get(key)
    if isinstance(value, Mapping):
        value = value.get("median")
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def interval(entry: Mapping[str, Any], key: str) -> tuple[float, float] | None:
    """The 90 % interval of quantity `key`, or None where there are no samples."""
    value = entry.get(key)
    if not isinstance(value, Mapping) or value.get("low") is None or value.get("high") is None:
        return None
    return float(value["low"]), float(value["high"])


def cell(entry: Mapping[str, Any], quantity: Quantity) -> str:
    """The text of one cell of the table, pressures also in kPa, with the interval if any."""
    value = middle(entry, quantity.key)
    text = number(value, quantity.digits, signed=quantity.signed)
    if quantity.heading == "col_pressure" and value is not None:
        text += f" ({number(1e3 * value, 0, signed=True)})"
    limits = interval(entry, quantity.key)
    if limits:
        text += " [{}, {}]".format(*(number(x, quantity.digits) for x in limits))
    return text


def baseline_cell(baseline: Mapping[str, Any], quantity: Quantity) -> str:
    """The absolute value of lying down, with its unit where the heading has another one."""
    value = middle(baseline, quantity.baseline)
    if value is None:
        value = middle(baseline, quantity.key)
    text = number(value, quantity.digits)
    if value is None:
        return text
    if quantity.heading == "col_pressure":
        return f"{text} ({number(1e3 * value, 0)})"
    return f"{number(value, 0)} mm²" if quantity.baseline.endswith("_mm2") else text


def baselines(summary: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The baselines by name; one that stands alone is called "lying"."""
    found = summary.get("baseline") or {}
    if any("median" in value for value in found.values() if isinstance(value, Mapping)):
        return {"lying": found}
    return {name: value for name, value in found.items() if isinstance(value, Mapping)}


def lying(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    """The baseline of lying down: the one so called, else the first."""
    found = baselines(summary)
    return found.get("lying") or found.get("lying-supine") or next(iter(found.values()), {})


def verdict(entry: Mapping[str, Any]) -> str:
    """What a method is worth beside lying down: adds, same, less, mixed or unknown."""
    pressure = middle(entry, "pressure_change_MPa")
    height = middle(entry, "height_change_mm")
    if pressure is None or height is None:
        return "unknown"
    signs = {
        _sign(-pressure, PRESSURE_RESOLUTION_MPA),
        _sign(height, HEIGHT_RESOLUTION_MM),
    }
    if signs == {1, -1}:
        return "mixed"
    return "adds" if 1 in signs else "less" if -1 in signs else "same"


def _sign(value: float, resolution: float) -> int:
    """+1, -1, or 0 where `value` is smaller than `resolution`."""
    return 0 if abs(value) < resolution else 1 if value > 0 else -1


def verdicts(entries: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Ids of the methods by verdict, in the order adds, same, mixed, less, unknown."""
    groups: dict[str, list[str]] = {k: [] for k in ("adds", "same", "mixed", "less", "unknown")}
    for entry in entries:
        groups[verdict(entry)].append(str(entry["id"]))
    return groups


def same_sentence(summary: Mapping[str, Any], texts: Texts) -> str:
    """The sentence that names the methods to which lying down is equal, or ""."""
    same = verdicts(summary["methods"])["same"]
    return texts("same_sentence", methods=", ".join(map(texts.method, same))) if same else ""


def badge(entry: Mapping[str, Any]) -> str:
    """Letter of the evidence, or "unknown"."""
    return str(entry.get("evidence") or "unknown")


def patient_line(patient: Any, texts: Texts) -> str:
    """Who: name, sex, age, height, mass, body-mass index, in one line."""
    parts = [str(getattr(patient, "name", "") or "")]
    parts.append(texts(str(_plain(patient.sex))))
    parts.append(texts("age_unit", n=patient.age))
    parts.append(f"{patient.height:.2f} m")
    parts.append(f"{patient.mass:.0f} kg")
    parts.append(f"{texts('bmi')} {patient.mass / patient.height**2:.1f}")
    return ", ".join(part for part in parts if part)


def complaint_line(patient: Any, texts: Texts) -> str:
    """The complaint in one line, or "" where there is none."""
    complaint = getattr(patient, "complaint", None)
    if not complaint:
        return ""
    value = complaint.get if isinstance(complaint, Mapping) else _getter(complaint)
    parts = [f"{texts('complaint')}: {_plain(value('region')) or texts('unknown')}"]
    if value("pain") is not None:
        parts.append(texts("pain", n=f"{value('pain'):g}"))
    if value("radiation"):
        parts.append(texts("radiation", where=value("radiation")))
    if value("weeks") is not None:
        parts.append(texts("weeks", n=f"{value('weeks'):g}"))
    return ", ".join(parts)


def _plain(value: Any) -> Any:
    """The value of an enumeration member, or the thing itself."""
    return getattr(value, "value", value)


def _getter(thing: Any) -> Any:
    return lambda key: getattr(thing, key, None)
