"""A large map is measured within the memory of a small computer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scan_cases import IDS, short, write_nifti
from tractus.imaging.volume import Volume

SHAPE = (512, 512, 600)
SCAN = """
import sys
from pathlib import Path
from tractus.cli import main
code = main(sys.argv[1:])
lines = Path("/proc/self/status").read_text().splitlines()
peak = next(line for line in lines if line.startswith("VmHWM"))
print("peak", int(peak.split()[1]) / 1024**2)
sys.exit(code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory as Linux tells it")
def test_large_map_stays_below_two_gigabytes(tmp_path: Path) -> None:
    small = short().draw(IDS, (1.0, 1.0, 1.0))
    array = np.zeros(SHAPE, np.uint8)
    array[:60] = 90  # another organ
    start = (200, 150, 100)
    box = tuple(slice(s, s + n) for s, n in zip(start, small.array.shape, strict=True))
    array[box] = small.array
    path = write_nifti(tmp_path / "large.nii.gz", Volume(array, small.affine), np.float32)
    command = [sys.executable, "-c", SCAN, "scan", str(path), "--convention", "verse"]
    command += ["--page", str(tmp_path / "scan.html")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "L4-L5" in done.stdout
    assert float(done.stdout.split("peak")[1]) < 2.0
