"""Rows of a table changed in place: for the scripts that write what they found."""

import csv
import io
from collections.abc import Callable
from pathlib import Path


def changed(file: Path, change: Callable[[dict[str, str]], None]) -> None:
    """Change rows of a CSV file, leaving all other lines as they are."""
    lines = file.read_bytes().decode("utf-8").splitlines(keepends=True)
    head = next(csv.reader([lines[0].rstrip("\r\n")]))
    for i, line in enumerate(lines[1:], 1):
        bare = line.rstrip("\r\n")
        row = dict(zip(head, next(csv.reader([bare])), strict=True))
        before = dict(row)
        change(row)
        if row != before:
            out = io.StringIO()
            csv.writer(out, lineterminator="").writerow(row.values())
            lines[i] = out.getvalue() + line[len(bare) :]
    file.write_bytes("".join(lines).encode("utf-8"))
