"""What can be done to a spine: one file per method, found by its `IDS`.

A method is added by one file here and one row in each table; nothing else is touched.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tractus.methods.loading import Plan
from tractus.spine import Spine

Planner: TypeAlias = Callable[[Spine, str, float, float, Mapping[str, Any]], Plan]
Operation: TypeAlias = Callable[[Spine, str, Mapping[str, Any]], Spine]


@functools.cache
def _modules() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{item.name}")
        for name in getattr(module, "IDS", ()):
            found[name] = module
    return found


def planner(do: str) -> Planner:
    """Function (spine, id, duration, ramp, keys) -> Plan of an activity or method."""
    function: Planner = _modules()[do].plan
    return function


def operation(do: str) -> Operation | None:
    """Function (spine, id, keys) -> Spine of an operation, None for anything else."""
    found: Operation | None = getattr(_modules()[do], "operate", None)
    return found


def ids() -> tuple[str, ...]:
    """Every id that some file plans."""
    return tuple(sorted(_modules()))
