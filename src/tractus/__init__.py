"""Tractus: what every way of decompressing one spine does to each of its discs.

Research and education software, not a medical device.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# with many BLAS threads small solves run 10 to 80 times slower
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

if TYPE_CHECKING:
    from tractus.comparison import Comparison, compare
    from tractus.errors import InputError
    from tractus.patient import Patient, Specimen
    from tractus.regimen import Step
    from tractus.simulation import simulate

__version__ = "0.1.0"

_HOME = {
    "Comparison": "comparison",
    "InputError": "errors",
    "Patient": "patient",
    "Specimen": "patient",
    "Step": "regimen",
    "compare": "comparison",
    "simulate": "simulation",
}

__all__ = ["Comparison", "InputError", "Patient", "Specimen", "Step", "compare", "simulate"]


def __getattr__(name: str) -> Any:
    """Public names, imported when first used so that a help text needs no engine."""
    if name not in _HOME:
        raise AttributeError(f"module 'tractus' has no attribute '{name}'")
    import importlib

    if name in ("simulate", "compare"):
        from tractus import runtime

        runtime.load()
    return getattr(importlib.import_module(f"tractus.{_HOME[name]}"), name)
