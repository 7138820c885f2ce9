"""The effect that a dose is to reach at a level, beyond what lying down for the same time does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tractus import units
from tractus.errors import InputError, show

DEFAULT = "0.1 mm"
"""Twice the smallest difference of height that the report counts as one (a choice)."""

_SHARE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?) +%(?: +(pressure|height))?\s*")
_LARGEST = {"pressure": 1e6, "height": 5e-3}  # Pa, m: beyond any session


@dataclass(frozen=True)
class Effect:
    """A fall of pressure [Pa] or a gain of height [m] beyond lying; or a share of the most.

    quantity: pressure or height; amount: in SI, positive; share: of the most that a method can do
    within ranges and limits, where that was asked for in place of an amount.
    """

    quantity: str
    amount: float | None = None
    share: float | None = None

    @property
    def scale(self) -> float:
        """Factor from SI to what is shown: kPa or mm."""
        return 1e-3 if self.quantity == "pressure" else 1e3

    @property
    def unit(self) -> str:
        """Unit that is shown."""
        return "kPa" if self.quantity == "pressure" else "mm"


def read_effect(given: str | Effect) -> Effect:
    """An effect from text: `30 kPa`, `0.2 mm`, `60 %` or `60 % height` of the most.

    Raises InputError in one line.
    """
    if isinstance(given, Effect):
        return given
    words = "write a pressure ('30 kPa'), a height ('0.2 mm') or a share ('60 %', '60 % height')"
    if match := _SHARE.fullmatch(given):
        share = float(match[1]) / 100.0
        if not 0.0 < share <= 1.0:
            raise InputError(f"effect: {show(given)} is out of range; allowed: above 0 up to 100 %")
        return Effect(match[2] or "pressure", share=share)
    unit = given.strip().rpartition(" ")[2]
    for quantity, kind in (("pressure", "pressure"), ("height", "length")):
        if unit in units.allowed_units(kind):
            amount = units.quantity(given, kind, where="effect")
            if not 0.0 < amount <= _LARGEST[quantity]:
                raise InputError(
                    f"effect: {show(given)} is out of range; it is what is gained beyond lying "
                    "down: above 0, up to 1 MPa or 5 mm"
                )
            return Effect(quantity, amount)
    raise InputError(f"effect: cannot read {show(given)}; {words}")
