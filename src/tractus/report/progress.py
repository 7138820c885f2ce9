"""Progress on standard error: a bar on a terminal, sparse lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[float, str], None]
PATIENCE_S = 2.0  # nothing is said before that when the output is not a terminal
SPARSE_S = 10.0  # and then one line in that time


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """A callable (fraction done, text) that shows how far the work is."""
    if sys.stderr.isatty():
        with _bar(title) as report:
            yield report
    else:
        yield _lines(title)


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    bar = RichProgress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(title, total=1.0)

        def report(fraction: float, text: str) -> None:
            bar.update(task, completed=fraction, description=f"{title}: {text}" if text else title)

        yield report


def _lines(title: str) -> Progress:
    started = last = time.monotonic()

    def report(fraction: float, text: str) -> None:
        nonlocal last
        now = time.monotonic()
        first = last == started
        if now - last < (PATIENCE_S if first else SPARSE_S):
            return
        last = now
        print(f"{title}: {100 * fraction:.0f} % {text}".rstrip(), file=sys.stderr, flush=True)

    return report
