"""Label maps to measure `tractus scan` on: `python benchmarks/scan_files.py lumbar|trunk|large F`.

lumbar: five vertebrae in voxels of 3 mm; trunk: T1 to L5 in voxels of 1 mm; large: the same in
512 x 512 x 600 voxels. Numbers of VerSe.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from tractus.imaging.phantom import Gap, Phantom, Vertebra
from tractus.imaging.volume import Floats, Volume

NAMES = ("L5", "L4", "L3", "L2", "L1", *(f"T{i}" for i in range(12, 0, -1)))
IDS = {name: 24 - i for i, name in enumerate(NAMES)}
LARGE = (512, 512, 600)


def spine(count: int) -> Phantom:
    """The lowest `count` vertebrae, smaller towards the neck."""
    lumbar = [Vertebra(28.0, 27.0)] * 5
    chest = [Vertebra(22 - 0.3 * i, 22.5 - 0.3 * i, 18 - 0.3 * i, 14 - 0.2 * i) for i in range(12)]
    gaps = [Gap(10.0, 5.0)] * 5 + [Gap(6.0, -3.0)] * 11
    return Phantom(NAMES[:count], (lumbar + chest)[:count], gaps[: count - 1], tilt=20.0)


def larger(volume: Volume, shape: tuple[int, ...]) -> Volume:
    """The volume in the middle of a grid of `shape`, with another organ beside it."""
    array = np.zeros(shape, volume.array.dtype)
    array[: shape[0] // 12] = 90
    start = [(n - m) // 2 for n, m in zip(shape, volume.array.shape, strict=True)]
    box = tuple(slice(s, s + m) for s, m in zip(start, volume.array.shape, strict=True))
    array[box] = volume.array
    affine = volume.affine.copy()
    affine[:3, 3] = volume.world(-np.array(start, float))
    return Volume(array, affine)


def write(volume: Volume, path: Path) -> None:
    """A NIfTI file of a volume."""
    image: Any = sitk.GetImageFromArray(volume.array.transpose(2, 1, 0))
    left: Floats = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
    image.SetSpacing([float(s) for s in volume.spacing])
    image.SetOrigin([float(x) for x in left[:3, 3]])
    image.SetDirection((left[:3, :3] / volume.spacing).ravel().tolist())
    sitk.WriteImage(image, str(path))


def main() -> None:
    """Draw what is asked for."""
    kind, path = sys.argv[1], Path(sys.argv[2])
    if kind == "lumbar":
        write(spine(5).draw(IDS, (3.0, 3.0, 3.0)), path)
        return
    trunk = spine(17).draw(IDS, (1.0, 1.0, 1.0))
    write(larger(trunk, LARGE) if kind == "large" else trunk, path)


if __name__ == "__main__":
    main()
