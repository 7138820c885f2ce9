"""Fit what the model misses to the calibration experiments: `python benchmarks/discrepancy.py`.

How, stands in src/tractus/evidence/discrepancy_fit.py.  The two spreads found are written into
data/uncertainty.csv, the scores of all pairs into docs/records/discrepancy.json.
"""

import argparse
import json
import sys
from pathlib import Path

import rows

from tractus import runtime
from tractus.tables import table

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "src" / "tractus" / "data" / "uncertainty.csv"
RECORD = ROOT / "docs" / "records" / "discrepancy.json"


def main() -> None:
    """Run the draws, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=16)
    parser.add_argument("--check", action="store_true", help="show the spreads, write nothing")
    options = parser.parse_args()
    runtime.load()
    from tractus.evidence import calibration, discrepancy_fit

    def report(done: int, total: int) -> None:
        print(f"\r{done} of {total} draws ", end="", file=sys.stderr, flush=True)

    mine = calibration.data()
    answers = discrepancy_fit.answers(mine, options.draws, 0, report)
    found = discrepancy_fit.fit(mine, answers, moved())
    best, none = found.scores[found.kind, found.step], found.scores[0.0, 0.0]
    print(
        f"kinds {found.kind:g}, steps {found.step:g}: score {best:.3g} ({none:.3g} without), "
        f"{100 * found.held:.0f} % of {len(mine)} published values held"
    )
    if options.check:
        return
    written(found.kind, found.step)
    kept = {
        "draws": options.draws,
        "kind": found.kind,
        "step": found.step,
        "held": round(found.held, 4),
        "scores": {f"{k:g} {s:g}": float(f"{v:.4g}") for (k, s), v in found.scores.items()},
    }
    RECORD.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def moved() -> dict[str, float]:
    """How far each prediction lies, in half-widths, from that of a set without its study."""
    (version,) = {str(row["version"]) for row in table("calibrated")}
    file = ROOT / "docs" / "records" / f"calibration-{version}.json"
    kept = json.loads(file.read_text(encoding="utf-8"))
    parts = (kept[name] for name in ("experiments", "left_out", "residuals"))
    return {name: far - near for name, far, near in zip(*parts, strict=True)}


def written(kind: float, step: float) -> None:
    """Put the spreads into the table."""

    def spread(row: dict[str, str]) -> None:
        if row["table"] == "discrepancy":
            row["spread"] = f"{step if row['rows'].startswith('step:') else kind:g}"

    rows.changed(TABLE, spread)


if __name__ == "__main__":
    main()
