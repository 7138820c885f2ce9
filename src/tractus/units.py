"""Quantities at the border: text `number unit` in, a float in SI out.

The text is matched against a strict pattern and never evaluated; pint only converts.
Stiffness (N/mm) is used by the ribs of mats, in addition to the units of patient files.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
import re
from pathlib import Path
from typing import Any

from tractus.errors import InputError, show

GRAVITY = 9.80665
"""Standard gravity in m/s2; body weight is mass times this."""

# kind -> (SI unit, units a person may write); names in the second column are the written ones
_KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "time": ("s", ("s", "min", "h")),
    "length": ("m", ("mm", "cm", "m")),
    "mass": ("kg", ("kg",)),
    "force": ("N", ("N", "kN", "kgf", "lbf")),
    "moment": ("N m", ("N m",)),
    "angle": ("rad", ("deg", "rad")),
    "temperature": ("K", ("degC",)),
    "pressure": ("Pa", ("Pa", "kPa", "MPa", "mmHg")),
    "fraction": ("1", ("%",)),
    "speed": ("m/s", ("mm/s",)),
    "angular-speed": ("rad/s", ("deg/s",)),
    "stiffness": ("N/m", ("N/mm",)),
}
KINDS = tuple(_KINDS)

_NUMBER = r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?"
_PATTERN = re.compile(rf"({_NUMBER}) +([A-Za-z%][A-Za-z%/ ]*)")
_PINT_NAMES = {"lbf": "force_pound", "kgf": "force_kilogram", "N m": "N*m"}


def allowed_units(kind: str, bw: float | None = None) -> tuple[str, ...]:
    """Units that a person may write for this kind."""
    units = _KINDS[kind][1]
    return (*units, "% bw") if kind == "force" and bw is not None else units


def quantity(text: object, kind: str, *, where: str, bw: float | None = None) -> float:
    """Value of `text` in SI.

    `bw` is the body weight in N; with it forces may also be written as `30 % bw`.
    Temperatures come back in kelvin, fractions as a share of 1.
    Raises InputError in one line for a number without unit, a unit of another kind, or a
    number that is not finite.
    """
    number, unit = _split(text, kind, where, bw)
    if unit not in allowed_units(kind, bw):
        raise InputError(
            f"{where}: unit '{unit}' of {show(text)} is not one for {kind}; "
            f"allowed: {', '.join(allowed_units(kind, bw))}"
        )
    value = _to_si(number, unit, kind, bw)
    if not math.isfinite(value):
        raise InputError(f"{where}: {show(text)} is not a finite number")
    return value


def convert(value: float, unit: str, kind: str, bw: float | None = None) -> float:
    """A trusted number (from a table) in one of the units of its kind, in SI."""
    return _to_si(value, unit, kind, bw)


def _split(text: object, kind: str, where: str, bw: float | None) -> tuple[float, str]:
    example = f"write number, space, unit ({', '.join(allowed_units(kind, bw))})"
    if not isinstance(text, str):
        raise InputError(f"{where}: {show(text)} has no unit; {example}, as text")
    match = _PATTERN.fullmatch(text.strip(" "))
    if match is None:
        raise InputError(f"{where}: cannot read {show(text)}; {example}, as in '{_example(kind)}'")
    return float(match[1]), re.sub(r" +", " ", match[2])


def _example(kind: str) -> str:
    return f"30 {_KINDS[kind][1][0]}"


def _to_si(number: float, unit: str, kind: str, bw: float | None) -> float:
    if unit == "% bw":
        if bw is None:
            raise ValueError("body weight is needed for % bw")
        return number / 100.0 * bw
    if unit == "%":
        return number / 100.0
    if unit == _KINDS[kind][0]:
        return number
    scale, offset = _factor(unit, kind)
    return number * scale + offset


def with_unit(value: float, unit: str, kind: str) -> str:
    """An SI number as text in one of the units of its kind; shares of body weight as newtons."""
    if unit == "% bw":
        return f"{value:.4g} N"
    if unit == "%":
        return f"{100.0 * value:.4g} %"
    if unit == _KINDS[kind][0]:
        return f"{value:.4g} {unit}"
    scale, offset = _factor(unit, kind)
    return f"{(value - offset) / scale:.4g} {unit}"


@functools.cache
def _factor(unit: str, kind: str) -> tuple[float, float]:
    """Scale and offset to SI, by pint."""
    known, name = _kept_factors(), f"{kind}: {unit}"
    if name not in known:
        known[name] = _by_pint(unit, kind)
        _keep(known)
    scale, offset = known[name]
    return scale, offset


def _by_pint(unit: str, kind: str) -> tuple[float, float]:
    import pint  # here: it takes as long to load as a session to run

    registry: Any = pint.UnitRegistry()
    target = _KINDS[kind][0].replace("N m", "N*m")
    name = _PINT_NAMES.get(unit, unit)
    zero = float(registry.Quantity(0.0, name).to(target).magnitude)
    # 360 and not 1: the difference of degC and K then carries no rounding worth mention
    span = float(registry.Quantity(360.0, name).to(target).magnitude) - zero
    return span / 360.0, zero


@functools.cache
def _factor_file() -> Path | None:
    """File in which what this pint has said is kept; None where nothing is kept."""
    from importlib.metadata import version

    from tractus import code_cache

    folder = code_cache.folder()
    return folder / f"units-{version('pint')}.json" if folder is not None else None


@functools.cache
def _kept_factors() -> dict[str, tuple[float, float]]:
    """Factors that were kept; the file is a bonus and is not believed where it is odd."""
    with contextlib.suppress(Exception):
        file = _factor_file()
        if file is not None and file.exists():
            found = json.loads(file.read_text(encoding="utf-8"))
            return {str(name): (float(a), float(b)) for name, (a, b) in found.items()}
    return {}


def _keep(factors: dict[str, tuple[float, float]]) -> None:
    from tractus import code_cache

    with contextlib.suppress(Exception):
        file = _factor_file()
        if file is not None:
            code_cache.write_whole(file, json.dumps(factors).encode())
