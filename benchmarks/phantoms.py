"""How far measured spines are from known ones: `python benchmarks/phantoms.py` writes the record.

A lumbar spine of elliptical bodies with wedges, slips and a lordosis of its own is drawn on grids
of many voxel sizes, slice directions and places, measured as any label map is, and compared with
what was drawn.  docs/records/phantoms.json feeds the table in docs/scan.md.
"""

import json
from pathlib import Path

import numpy as np

from tractus.imaging.phantom import LUMBAR, Gap, Phantom, Vertebra
from tractus.imaging.scan import of_volume
from tractus.imaging.volume import Floats

RECORD = Path(__file__).resolve().parent.parent / "docs" / "records" / "phantoms.json"
PLACES = 4
GRIDS = {
    "0.7 mm cubes": (0.7, 0.7, 0.7),
    "1 mm cubes": (1.0, 1.0, 1.0),
    "1.5 mm cubes": (1.5, 1.5, 1.5),
    "2 mm cubes": (2.0, 2.0, 2.0),
    "3 mm cubes": (3.0, 3.0, 3.0),
    "3 mm axial slices": (0.8, 0.8, 3.0),
    "5 mm axial slices": (0.8, 0.8, 5.0),
    "3 mm sagittal slices": (3.0, 0.8, 0.8),
    "5 mm sagittal slices": (5.0, 0.8, 0.8),
    "3 mm coronal slices": (0.8, 3.0, 0.8),
    "1 mm cubes, oblique": (1.0, 1.0, 1.0),
    "3 mm sagittal slices, oblique": (3.0, 0.8, 0.8),
}
VERSE = {name: 24 - i for i, name in enumerate(LUMBAR)}
BODIES = ((30, 25), (29, 26), (28, 27), (27, 27), (26, 28))
GAPS = ((10, 9, 2), (11, 7, -1), (11, 5, -2), (9, 3, 0))


def phantom() -> Phantom:
    """Five bodies [mm in front and behind] and four discs [mm, deg, mm]."""
    return Phantom(
        vertebrae=[Vertebra(float(front), float(back)) for front, back in BODIES],
        gaps=[Gap(*map(float, g)) for g in GAPS],
        tilt=20.0,
    )


def oblique() -> Floats:
    """Directions (3, 3) of a grid that is turned about all axes."""
    turn = np.eye(3)
    for axis, degrees in ((0, 12.0), (1, -9.0), (2, 15.0)):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        i, j = (k for k in range(3) if k != axis)
        one = np.eye(3)
        one[i, i], one[i, j], one[j, i], one[j, j] = c, -s, s, c
        turn = turn @ one
    return turn


def errors(name: str, generator: np.random.Generator) -> dict[str, list[tuple[float, float]]]:
    """Error and stated sd of every number of one kind, on one grid at random places."""
    spine = phantom()
    frames = spine.frames()
    out: dict[str, list[tuple[float, float]]] = {}
    turn = oblique() if "oblique" in name else None
    for _ in range(PLACES):
        labels = spine.draw(VERSE, GRIDS[name], turn=turn, offset=list(generator.random(3)))
        found = of_volume(labels, convention="verse").geometry
        for i, gap in enumerate(spine.gaps):
            level = f"{LUMBAR[i + 1]}-{LUMBAR[i]}"
            disc = found.discs[level]
            apart = float(np.linalg.norm(frames[i + 1].origin - frames[i].origin))
            for kind, number, truth in (
                ("disc height, mean", disc.height.mean, gap.height),
                ("disc height, middle", disc.height.middle, gap.height),
                ("disc wedge", disc.wedge, gap.wedge),
                ("slip", disc.slip, gap.slip),
                ("spacing", found.spacing.get(level), apart),
            ):
                if number is not None:
                    out.setdefault(kind, []).append((number.value - truth, number.sd))
        for body_name, body in zip(LUMBAR, spine.vertebrae, strict=True):
            height = found.vertebrae[body_name].height.mean
            truth = 0.5 * (body.front + body.back)
            out.setdefault("body height, mean", []).append((height.value - truth, height.sd))
    return out


def main() -> None:
    """Measure all and write the record."""
    generator = np.random.default_rng(1)
    record = {}
    for name in GRIDS:
        rows = {}
        for kind, pairs in errors(name, generator).items():
            off, sd = np.array(pairs).T
            rows[kind] = {
                "bias": round(float(off.mean()), 2),
                "spread": round(float(off.std()), 2),
                "sd": round(float(np.median(sd)), 2),
                "within": round(float((np.abs(off) <= 2 * sd).mean()), 2),
                "n": len(off),
            }
        record[name] = rows
        print(name, rows, flush=True)
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
