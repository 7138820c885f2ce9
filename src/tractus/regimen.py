"""A regimen: what is done to the body, step by step, checked against the table of methods."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from tractus import units
from tractus.errors import InputError, nearest, show
from tractus.files import as_mapping, read_yaml
from tractus.levels import LEVELS, check_level
from tractus.tables import Row, table, text

Value: TypeAlias = float | int | str | bool | None

OPERATIONS = ("laminectomy", "discectomy", "microdiscectomy")
BENCH = "bench"
MOST_STEPS = 10_000
_FREE_AT_REST = ("weightless", "hanging", "water-suspension")
_ACTIVITY_WORDS = ("standing", "sitting", "walking", "lifting", "lying", *_FREE_AT_REST)
ACTIVITY_RAMP = 1.0
"""Seconds in which the load of an activity or of the bench is there."""


@dataclass(frozen=True, init=False)
class Step:
    """One step as a person writes it: `Step("traction-table", duration="20 min", force="30 % bw")`.

    Quantities are text with a unit, as in files; `duration` is the `for` of files.
    """

    do: str
    duration: str | None
    keys: tuple[tuple[str, Any], ...]

    def __init__(self, do: str, duration: str | None = None, **keys: Any) -> None:
        object.__setattr__(self, "do", do)
        object.__setattr__(self, "duration", duration)
        object.__setattr__(self, "keys", tuple(keys.items()))

    def as_mapping(self) -> dict[str, Any]:
        """The step as in a regimen file."""
        length = {} if self.duration is None else {"for": self.duration}
        return {"do": self.do, **dict(self.keys), **length}


@dataclass(frozen=True)
class ResolvedStep:
    """A checked step: everything in SI, defaults filled in.

    `duration` is None for operations, which take no time; `ramp` is the time [s] from nothing
    to the full load. `parameters` has no `for` and no `ramp`; the bench has `force`,
    `moment_flexion`, `moment_lateral_bending`, `moment_axial_rotation` [N m],
    `shear_anterior`, `shear_lateral` [N]. A `level` of None is the target level.
    """

    number: int
    do: str
    duration: float | None
    ramp: float
    parameters: Mapping[str, Value] = field(default_factory=dict)


def ids() -> tuple[str, ...]:
    """All words that `do` can be, in the order of the table."""
    return tuple(dict.fromkeys(text(row, "id") for row in table("methods")))


def is_activity(do: str) -> bool:
    """Whether a step is an activity of daily life (neither method, operation nor bench)."""
    return do in ids() and do.split("-")[0] in {word.split("-")[0] for word in _ACTIVITY_WORDS}


def treatments() -> tuple[str, ...]:
    """Methods that a person can have: neither activities, operations nor bench."""
    return tuple(i for i in ids() if not is_activity(i) and i not in (*OPERATIONS, BENCH))


def parse(
    raw: str | Path | Sequence[Any],
    *,
    mass: float,
    specimen: bool = False,
    where: str | None = None,
) -> tuple[ResolvedStep, ...]:
    """Check a regimen (a file, or a list of mappings or Steps) and fill in its defaults.

    `mass` [kg] turns `% bw` into newtons; `specimen` says that the regimen is for the bench.
    Raises InputError in one line that names the file, the step, the key and what is allowed.
    """
    if isinstance(raw, str | Path):
        where, content = where or str(raw), read_yaml(raw)
    else:
        where, content = where or "regimen", raw  # type: ignore[assignment]
    if isinstance(content, Mapping) or not isinstance(content, Iterable):
        raise InputError(f"{where}: a regimen is a list of steps, each with a key 'do'")
    steps = list(content)
    if not steps:
        raise InputError(f"{where}: the regimen has no steps")
    if len(steps) > MOST_STEPS:
        raise InputError(f"{where}: {len(steps)} steps; at most {MOST_STEPS}")
    bw = mass * units.GRAVITY
    return tuple(
        _resolve(step, number, bw, specimen, f"{where}, step {number}")
        for number, step in enumerate(steps, start=1)
    )


def _resolve(raw: object, number: int, bw: float, specimen: bool, where: str) -> ResolvedStep:
    given = raw.as_mapping() if isinstance(raw, Step) else as_mapping(raw, where)
    do = _do(given.pop("do", None), specimen, where)
    where = f"{where} ({do})"
    _check_keys(do, given, where)
    values = _values(do, given, bw, where)
    _check_together(do, given, values, where)
    duration = values.pop("for", None)
    ramp = values.pop("ramp", 0.0 if do in OPERATIONS else ACTIVITY_RAMP)
    return ResolvedStep(number, do, duration, ramp, MappingProxyType(values))


def _do(do: object, specimen: bool, where: str) -> str:
    if do is None:
        raise InputError(f"{where}: missing 'do', the name of an activity or a method")
    if do not in ids():
        raise InputError(f"{where}: unknown method {show(do)}; {nearest(do, ids())}")
    if specimen and do != BENCH:
        raise InputError(f"{where}: '{do}' needs a patient; a specimen has only '{BENCH}'")
    if do == BENCH and not specimen:
        raise InputError(f"{where}: '{BENCH}' is for specimens (segment), not for patients")
    return str(do)


def rows(do: str) -> tuple[Row, ...]:
    """Rows of the table of methods for one id."""
    return tuple(row for row in table("methods") if row["id"] == do)


def _check_keys(do: str, given: Mapping[str, Any], where: str) -> None:
    known = tuple(dict.fromkeys(text(row, "key") for row in rows(do)))
    for key in given:
        if key in known:
            continue
        if key == "for":
            raise InputError(f"{where}: an operation takes no time and has no 'for'")
        if key == "duration" and "for" in known:
            raise InputError(f"{where}: unknown key 'duration'; in regimens it is 'for'")
        if not known:
            raise InputError(f"{where}: unknown key '{key}'; there are no keys here")
        raise InputError(f"{where}: unknown key '{key}'; {nearest(key, known)}")


def _values(do: str, given: Mapping[str, Any], bw: float, where: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    conditional = [row for row in rows(do) if row["when"]]
    for row in [row for row in rows(do) if not row["when"]] + conditional:
        key = text(row, "key")
        if row["when"] and not _applies(row, values):
            continue
        if text(row, "choices") and row["kind"] != "choice":
            values.update(_axes(row, given.get(key), f"{where}: {key}"))
        else:
            values[key] = _value(row, given, bw, f"{where}: {key}")
    return values


def _applies(row: Row, values: Mapping[str, Any]) -> bool:
    key, _, wanted = text(row, "when").partition("=")
    return values.get(key) == wanted


def _value(row: Row, given: Mapping[str, Any], bw: float, where: str) -> Value:
    key = text(row, "key")
    if key not in given:
        return _default(row, bw, where)
    value = given[key]
    if value is None:
        if key in ("level", "side", "heat"):
            return None
        raise InputError(f"{where} is empty; leave the key out for the default")
    return _checked(row, value, bw, where)


def _default(row: Row, bw: float, where: str) -> Value:
    default, kind = text(row, "default"), text(row, "kind")
    if not default:
        if row["key"] == "for":
            raise InputError(f"{where} is missing; write how long, as in '10 min'")
        return None
    if kind == "choice":
        return default
    if kind == "integer":
        return int(default)
    value = _si(row, default, bw)
    top = _top(row, bw)
    return value if top is None else min(value, top)


def _checked(row: Row, value: object, bw: float, where: str) -> Value:
    kind = text(row, "kind")
    if kind == "level":
        return check_level(value, where)
    if kind == "choice":
        choices = text(row, "choices").split("|")
        if value not in choices:
            raise InputError(f"{where}: {show(value)}; allowed: {', '.join(choices)}")
        return str(value)
    number = _number(kind, value, bw, where)
    _check_range(row, number, value, bw, where)
    return number


def _number(kind: str, value: object, bw: float, where: str) -> float | int:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "integer":
        if not isinstance(value, int) or not plain:
            raise InputError(f"{where}: {show(value)} is not a whole number")
        return value
    if kind == "number":
        if not plain:
            raise InputError(f"{where}: {show(value)} is not a number (it has no unit)")
        number = float(value)  # type: ignore[arg-type]
        if not math.isfinite(number):
            raise InputError(f"{where}: {show(value)} is not a finite number")
        return number
    return units.quantity(value, kind, where=where, bw=bw if kind == "force" else None)


def _si(row: Row, value: str | float, bw: float) -> float:
    kind = text(row, "kind")
    if kind in ("number", "integer"):
        return float(value)
    return units.convert(float(value), text(row, "unit"), kind, bw)


def _top(row: Row, bw: float) -> float | None:
    """Highest allowed value in SI; `limit` is an absolute one beside a share of body weight."""
    if row["high"] is None:
        return None
    high = _si(row, float(row["high"]), bw)
    limit = text(row, "limit")
    if limit:
        high = min(high, units.quantity(limit, text(row, "kind"), where="methods table"))
    return high


def _check_range(row: Row, number: float, value: object, bw: float, where: str) -> None:
    top = _top(row, bw)
    low = None if row["low"] is None else _si(row, float(row["low"]), bw)
    slack = 1e-9 * max(1.0, abs(number))
    too_low = low is not None and number < low - slack
    too_high = top is not None and number > top + slack
    if too_low or too_high:
        raise InputError(
            f"{where} {show(value)} is out of range; allowed: {allowed(row)} "
            f"(source: {text(row, 'source')}, {text(row, 'status')})"
        )


def allowed(row: Row) -> str:
    """The allowed range of a row of the table of methods, as people read it."""
    if row["kind"] == "choice":
        return ", ".join(text(row, "choices").split("|"))
    if row["kind"] == "level":
        return f"{LEVELS[0]} to {LEVELS[-1]}"
    unit = "" if row["unit"] == "1" else text(row, "unit")
    low, high = (f"{float(row[k] or 0.0):.7g}" for k in ("low", "high"))
    span = f"{low} to {high} {unit}".strip()
    limit = text(row, "limit")
    return f"{span} and at most {limit}" if limit else span


_AXES = {
    "flexion": ("moment_flexion", 1.0),
    "extension": ("moment_flexion", -1.0),
    "lateral-bending": ("moment_lateral_bending", 1.0),
    "axial-rotation": ("moment_axial_rotation", 1.0),
    "anterior": ("shear_anterior", 1.0),
    "lateral": ("shear_lateral", 1.0),
}


def _axes(row: Row, raw: object, where: str) -> dict[str, float]:
    """The bench's moment or shear mapping, flattened; absent directions are 0."""
    known = text(row, "choices").split("|")
    values = {_AXES[name][0]: 0.0 for name in known}
    if raw is None:
        return values
    seen: set[str] = set()
    for name, value in as_mapping(raw, where).items():
        if name not in known:
            raise InputError(f"{where}: unknown direction '{name}'; {nearest(name, known)}")
        target, sign = _AXES[name]
        if target in seen:
            raise InputError(f"{where}: give flexion or extension, not both")
        seen.add(target)
        number = units.quantity(value, text(row, "kind"), where=f"{where} {name}")
        _check_range(row, number, value, 0.0, f"{where} {name}")
        values[target] = sign * number
    return values


def _check_together(do: str, given: Mapping[str, Any], values: dict[str, Any], where: str) -> None:
    """What one key asks of another."""
    force, rest = values.get("force"), values.get("rest_force")
    if force is not None and rest is not None and rest > force:
        if "rest_force" in given:
            raise InputError(
                f"{where}: rest_force {show(given['rest_force'])} is more than the force "
                f"({force:.0f} N)"
            )
        values["rest_force"] = force
    duration, ramp = values.get("for"), values.get("ramp")
    if duration is not None and ramp is not None and ramp > duration:
        raise InputError(
            f"{where}: for {duration:g} s is shorter than the ramp of {ramp:g} s; "
            "write a longer 'for' or a shorter 'ramp'"
        )


def described(step: ResolvedStep) -> dict[str, Value]:
    """Parameters of a checked step as a person reads them: numbers with a unit, words as words."""
    shown: dict[str, Value] = {}
    for key, value in step.parameters.items():
        row = next((r for r in rows(step.do) if r["key"] == key), None)
        if value is None or row is None or isinstance(value, str | bool):
            if value is not None:
                shown[key] = value
            continue
        kind = text(row, "kind")
        if kind in ("number", "integer"):
            shown[key] = value
        else:
            shown[key] = units.with_unit(float(value), text(row, "unit"), kind)
    return shown
