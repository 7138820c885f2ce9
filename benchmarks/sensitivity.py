"""Rank what decides the main results: `python benchmarks/sensitivity.py [--draws N] [--write]`.

Every factor of data/uncertainty.csv is moved alone by one standard deviation, then all are drawn
together; with --write the ranking goes into docs/records/sensitivity.json, which
docs/sensitivity.md shows.  32 draws take some ten minutes on two cores.
"""

import argparse
import json
import sys
from pathlib import Path

from tractus import runtime

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "docs" / "records" / "sensitivity.json"
PATIENT = ROOT / "examples" / "office-worker.yaml"
METHODS = ("traction-table", "inversion-table", "lumbarest-mat", "backrack", "manual-traction")
QUANTITIES = ("pressure_change_MPa", "height_change_mm")
DIGITS = 4  # significant ones in the record


def main() -> int:
    """Rank and print; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=32)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    runtime.load()
    from tractus.comparison import numbers
    from tractus.evidence.sensitivity import rankings
    from tractus.initial import target_level
    from tractus.patient import Patient

    patient = Patient.read(PATIENT)
    target = target_level(patient)

    def work() -> dict[str, float]:
        found = numbers(patient, target, METHODS)
        lying = {"lying: pressure_MPa": found["lying"]["pressure_MPa"]}
        return lying | {f"{m}: {q}": found[m][q] for m in METHODS for q in QUANTITIES}

    def report(done: int, total: int) -> None:
        print(f"\r{done} of {total} ", end="", file=sys.stderr, flush=True)

    found = rankings(work, options.draws, report=report)
    record = {
        "patient": PATIENT.name,
        "target_level": target,
        "draws": options.draws,
        "results": {
            name: {
                "median": _short(one.median),
                "sd": _short(one.sd),
                "explained": _short(one.explained),
                "effects": {f: _short(v) for f, v in one.effects.items()},
                "shares": {f: _short(v) for f, v in one.shares.items()},
            }
            for name, one in found.items()
        },
    }
    text = json.dumps(record, indent=1)
    if options.write:
        RECORD.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return 0


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


if __name__ == "__main__":
    raise SystemExit(main())
