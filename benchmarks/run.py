"""Measure Tractus against its budgets: `python benchmarks/run.py [--write] [--only NAME ...]`.

Whole processes are timed by the clock, with the peak of their memory. "First time" runs with
caches in an empty folder, "cached" is the best of three runs after it. With --write the table goes
into docs/performance.md. These are measurements, not tests: nothing here fails for being slow.
"""

import argparse
import importlib.metadata
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
MARKS = ("<!-- measured: begin -->", "<!-- measured: end -->")
PATIENT = "examples/wilke-man.yaml"
MANY = "examples/office-worker.yaml"
SESSION = """
import sys, time, tractus
patient = tractus.Patient.read("examples/wilke-man.yaml")
pattern = sys.argv[1] if len(sys.argv) > 1 else "static"
regimen = [{"do": "traction-table", "force": "30 % bw", "pattern": pattern, "for": "30 min"}]
def once():
    start = time.perf_counter()
    tractus.simulate(patient, regimen)["intradiscal_pressure"].values
    return time.perf_counter() - start
once()
print(min(once() for _ in range(5)))
"""


@dataclass(frozen=True)
class Run:
    """One finished process: wall time in s, peak resident memory in GB, what it printed."""

    seconds: float
    gigabytes: float
    output: str


@dataclass(frozen=True)
class Measure:
    """A row of the table: value against what must and what should hold (None: no such bound)."""

    name: str
    text: str
    unit: str
    must: float
    aim: float | None
    value: Callable[["Bench"], float]


class Bench:
    """Runs commands from the repository with caches in a folder of their own."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self._runs: dict[str, Run] = {}

    def _environment(self, cache: Path) -> Mapping[str, str]:
        cache.mkdir(exist_ok=True)
        folders = ("XDG_CACHE_HOME", "JAX_COMPILATION_CACHE_DIR", "TRACTUS_CACHE")
        return {**os.environ, **dict.fromkeys(folders, str(cache))}

    def process(self, *arguments: str, cache: str = "warm") -> Run:
        """Run Python with arguments; raises RuntimeError with its last words where it fails."""
        log = self.scratch / "log"
        environment = self._environment(self.scratch / cache)
        command = [sys.executable, *arguments]
        with log.open("wb") as file:
            actions = [
                (os.POSIX_SPAWN_DUP2, file.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, file.fileno(), 2),
            ]
            start = time.perf_counter()
            process = os.posix_spawn(sys.executable, command, environment, file_actions=actions)
            _, status, usage = os.wait4(process, 0)
            seconds = time.perf_counter() - start
        output = log.read_text(encoding="utf-8", errors="replace")
        if status:
            raise RuntimeError(" ".join(arguments[:4]) + " failed: " + output.strip()[-300:])
        scale = 1e9 if sys.platform == "darwin" else 1e9 / 1024  # ru_maxrss in B or in KiB
        return Run(seconds, usage.ru_maxrss / scale, output)

    def best(self, *arguments: str, times: int = 3) -> Run:
        """Best of some runs after one that fills the caches; measured once per command."""
        key = " ".join(arguments)
        if key not in self._runs:
            self.process(*arguments)
            runs = [self.process(*arguments) for _ in range(times)]
            self._runs[key] = min(runs, key=lambda run: run.seconds)
        return self._runs[key]

    def help(self) -> Run:
        """`tractus --help`."""
        return self.best("-m", "tractus", "--help", times=5)

    def simulate_arguments(self) -> tuple[str, ...]:
        """`tractus simulate` of a traction session."""
        regimen, out = "examples/traction-session.yaml", str(self.scratch / "session.nc")
        return ("-m", "tractus", "simulate", PATIENT, regimen, "--out", out)

    def compare(self) -> Run:
        """`tractus compare`, all methods."""
        return self.best("-m", "tractus", "compare", MANY, "--out", str(self.scratch / "out"))

    def scan(self, kind: str) -> Run:
        """`tractus scan` of a phantom (see scan_files.py), with its page."""
        labels, page = self.scratch / f"{kind}.nii.gz", self.scratch / "scan.html"
        if not labels.is_file():
            self.process("benchmarks/scan_files.py", kind, str(labels))
        command = ("-m", "tractus", "scan", str(labels), "--convention", "verse")
        return self.best(*command, "--page", str(page), times=1)

    def session(self, pattern: str) -> float:
        """One 30 min session in a process whose engine is warm, s."""
        return float(self.process("-c", SESSION, pattern).output.split()[-1])


MEASURES = (
    Measure("help", "`tractus --help`", "s", 0.3, None, lambda b: b.help().seconds),
    Measure(
        "session",
        "one 30 min session on the whole spine, engine warm, steady pull",
        "s",
        0.5,
        0.15,
        lambda b: b.session("static"),
    ),
    Measure(
        "session-intermittent",
        "the same, 22 holds with rests between them",
        "s",
        0.5,
        0.15,
        lambda b: b.session("intermittent"),
    ),
    Measure(
        "simulate-first",
        "`tractus simulate`, whole process, first time ever",
        "s",
        30,
        15,
        lambda b: b.process(*b.simulate_arguments(), cache="cold").seconds,
    ),
    Measure(
        "simulate",
        "`tractus simulate`, whole process, cached",
        "s",
        3,
        2,
        lambda b: b.best(*b.simulate_arguments()).seconds,
    ),
    Measure(
        "compare",
        "`tractus compare`, all methods, cached",
        "s",
        20,
        8,
        lambda b: b.compare().seconds,
    ),
    Measure("memory", "memory of `compare`", "GB", 2, 1, lambda b: b.compare().gigabytes),
    Measure(
        "scan",
        "`tractus scan` with its page, lumbar map of 3 mm",
        "s",
        5,
        None,
        lambda b: b.scan("lumbar").seconds,
    ),
    Measure(
        "scan-trunk",
        "the same, T1 to L5 in voxels of 1 mm",
        "s",
        30,
        None,
        lambda b: b.scan("trunk").seconds,
    ),
    Measure(
        "scan-memory",
        "memory of the same, 512 x 512 x 600 voxels",
        "GB",
        2,
        None,
        lambda b: b.scan("large").gigabytes,
    ),
)


def row(measure: Measure, bench: Bench) -> str:
    """One line of the table; a run that fails says so in its place."""
    aim = "" if measure.aim is None else f"{measure.aim:g} {measure.unit}"
    bounds = f"| {measure.text} | {measure.must:g} {measure.unit} | {aim} |"
    try:
        value = measure.value(bench)
    except RuntimeError as error:
        print(f"{measure.name}: {error}", file=sys.stderr)
        return f"{bounds} did not run | |"
    ratio = value / measure.must
    print(f"{measure.name}: {value:.3g} {measure.unit}, {ratio:.2f} of what must hold", flush=True)
    return f"{bounds} {value:.2g} {measure.unit} | {ratio:.2f} |"


def measured(names: list[str]) -> str:
    """The table of all measures, or of those named, with what it was measured on."""
    version = importlib.metadata.version
    where = (
        f"Measured with Tractus {version('tractus')}, Python {platform.python_version()}, "
        f"JAX {version('jax')}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores. "
        "A ratio below 1 keeps the budget."
    )
    head = "| what | must | aim | measured | ratio to must |\n|---|---|---|---|---|"
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch))
        rows = [row(m, bench) for m in MEASURES if not names or m.name in names]
    return "\n".join(["", where, "", head, *rows, ""])


def write(text: str) -> None:
    """Put the table between its marks in docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text(before + MARKS[0] + "\n" + text + "\n" + MARKS[1] + after, encoding="utf-8")


def main() -> int:
    """Measure, print, and with --write record; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="record in docs/performance.md")
    names = [measure.name for measure in MEASURES]
    parser.add_argument("--only", nargs="+", default=[], choices=names, help="measure only these")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write records the whole table; leave out --only")
    os.chdir(ROOT)
    text = measured(options.only)
    print(text)
    if options.write:
        write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
