"""Phantoms that several tests share, and files made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tractus.imaging.phantom import LUMBAR, Gap, Phantom, Vertebra
from tractus.imaging.volume import Volume

LUMBAR_IDS = {name: 24 - i for i, name in enumerate(LUMBAR)}
"""VerSe's numbers."""


def lumbar() -> Phantom:
    """Five lumbar bodies with wedges of their own; discs with wedges and slips."""
    return Phantom(
        vertebrae=[
            Vertebra(30, 25),
            Vertebra(29, 26),
            Vertebra(28, 27),
            Vertebra(27, 27),
            Vertebra(26, 28),
        ],
        gaps=[Gap(10, 9, 2), Gap(11, 7, -1), Gap(11, 5, -2), Gap(9, 3, 0)],
        tilt=20.0,
    )


def write_nifti(path: Path, volume: Volume, kind: type = np.uint8) -> Path:
    """A volume as a NIfTI file."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(volume.array.transpose(2, 1, 0).astype(kind))
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
    image.SetSpacing([float(s) for s in volume.spacing])
    image.SetOrigin([float(x) for x in lps[:3, 3]])
    image.SetDirection((lps[:3, :3] / volume.spacing).ravel().tolist())
    sitk.WriteImage(image, str(path))
    return path


IDS = {"L5": 24, "L4": 23, "L3": 22}


def short(body: Vertebra | None = None) -> Phantom:
    """Three lumbar bodies, quick to draw and to measure."""
    bodies = [body or Vertebra(29, 27)] * 3
    return Phantom(["L5", "L4", "L3"], bodies, [Gap(11, 6), Gap(10, 4)], tilt=12.0)


def changed(volume: Volume, numbers: dict[int, int]) -> Volume:
    """A map whose labels have other numbers."""
    array = np.zeros_like(volume.array)
    for old, new in numbers.items():
        array[volume.array == old] = new
    return Volume(array, volume.affine, volume.name)
