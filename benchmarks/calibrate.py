"""Fit the free parameters to the calibration experiments: `python benchmarks/calibrate.py`.

What is fitted to what, and how, stands in src/tractus/evidence/calibration.py.  The set found is
written into data/parameters.csv and data/calibrated.csv, what it leaves open into
data/posterior.csv, the whole result with its covariance into docs/records/calibration-VERSION.json.
With --check nothing is written, and a rerun that ends at another set fails.  The cost has more than
one valley: --begin names parameters to begin from elsewhere.
"""

import argparse
import csv
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rows

from tractus.errors import InputError
from tractus.runtime import prepare

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "src" / "tractus" / "data"
EARLIER = re.compile(r";? ?calibrated \S+")


def written(kept: Mapping[str, Any]) -> None:
    """Put a calibration into the tables and the records."""
    found = {row["name"]: row for row in kept["parameters"]}

    def parameter(row: dict[str, str]) -> None:
        if row["name"] in found:
            row["value"] = f"{found[row['name']]['value']:.5g}"
            said = EARLIER.sub("", row["source"]).rstrip("; ")
            row["source"] = f"{said}; calibrated {kept['version']}".lstrip("; ")
            row["status"] = "derived"

    def calibrated(row: dict[str, str]) -> None:
        mine = found[row["name"]]
        row["start"], row["value"] = f"{mine['start']:.5g}", f"{mine['value']:.5g}"
        row["sd"], row["version"] = f"{mine['sd']:.2g}", str(kept["version"])

    rows.changed(DATA / "parameters.csv", parameter)
    rows.changed(DATA / "calibrated.csv", calibrated)
    posterior(kept)
    file = ROOT / "docs" / "records" / f"calibration-{kept['version']}.json"
    said = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in kept.items())
    file.write_text("{" + said + "}\n", encoding="utf-8")


def posterior(kept: Mapping[str, Any]) -> None:
    """Write the table of what the experiments leave open of the parameters together."""
    count = len(kept["parameters"])
    source = f"calibration {kept['version']}: inverse of J'J and of the ranges (make calibrate)"
    lines = [["name", "x", *(f"z{i + 1}" for i in range(count)), "source", "status"]]
    for row, factor in zip(kept["parameters"], kept["posterior"], strict=True):
        known = [f"{v:.5g}" for v in factor[: len(lines)]]
        blank = [""] * (count - len(known))
        lines.append([row["name"], f"{row['x']:.5g}", *known, *blank, source, "derived"])
    with (DATA / "posterior.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)


def pair(text: str) -> tuple[str, float]:
    """Name and value of `NAME=VALUE`; ValueError, of which argparse makes a line, otherwise."""
    name, value = text.split("=")
    return name, float(value)


def main() -> None:
    """Calibrate, or look what would be left to do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--rounds", type=int, default=24, help="rounds at most")
    parser.add_argument("--version", default="2026-12-c", help="name of the set")
    parser.add_argument("--begin", nargs="*", default=[], type=pair, metavar="NAME=VALUE")
    asked = parser.parse_args()
    prepare()
    from tractus.evidence import calibration

    began = time.monotonic()

    def said(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", flush=True)

    try:
        problem = calibration.Problem(said=said, begin=dict(asked.begin))
    except InputError as error:
        parser.error(str(error))
    try:
        found = calibration.calibrate(problem, asked.rounds)
    except KeyboardInterrupt:
        raise SystemExit("calibrate: interrupted before a first step; nothing is changed") from None
    kept = calibration.record(found, asked.version)
    for row, x in zip(kept["parameters"], problem.start(), strict=True):
        moved = f"moved {row['x'] - x:+.3f} of half a range, sd {row['sd_x']:.2f}"
        said(f"{row['name']:32} {row['start']:.5g} -> {row['value']:.5g}, {moved}")
    for name, was, now in zip(kept["experiments"], kept["before"], kept["residuals"], strict=True):
        said(f"{'  ' if abs(now) <= 1.0 else '! '}{name:40} {was:6.2f} -> {now:6.2f}")
    if not asked.check:
        written(kept)
        return
    name, far = found.farthest()
    limit = f"a rerun to the same set moves none by more than {calibration.SAME:g}"
    said(f"moved most: {name}, by {far:.2f} of its standard deviation; {limit}")
    if far > calibration.SAME:
        raise SystemExit("calibrate: this is not the set that is kept")


if __name__ == "__main__":
    main()
