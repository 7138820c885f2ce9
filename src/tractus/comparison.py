"""Every way of decompressing one spine, against lying down for the same time."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tractus import draw_processes, uncertainty
from tractus.comparison_runs import (
    BEFORE,
    OPERATED,
    Session,
    is_about,
    longest_beside,
    lying_down,
    lying_place,
    operation,
    read_times,
    recorded_value,
    session,
)
from tractus.comparison_summary import (
    fits,
    method_entry,
    notes_of,
    operation_entry,
    outline,
    quantities,
)
from tractus.engine.march import ROUGH
from tractus.engine.memory import Memory
from tractus.errors import InputError, nearest
from tractus.initial import Run, begin
from tractus.patient import Patient
from tractus.readings import changes, plain, readings
from tractus.regimen import OPERATIONS
from tractus.screening import screen
from tractus.simulation import Progress, follow, resolve
from tractus.tables import table

if TYPE_CHECKING:
    import xarray

METHODS = (
    "traction-table", "inversion-table", "manual-traction", "flexion-distraction", "roller-table",
    "detensor-mat", "detensor-mattress", "lumbarest-mat", "backrack", "stretching",
    "positional-traction", "cervical-traction", "heat",
)  # fmt: skip
"""The thirteen methods that a person can have as one session."""
WORKERS = 2


@dataclass(frozen=True)
class Comparison:
    """What each method adds to lying down, with the runs behind it.

    summary: the content of summary.json; runs and baselines: the response of standing 4 h, the
    method (or lying), standing 1 h, by method; outline: bodies of the standing spine; recorded:
    published and predicted values where this person was measured; notes: what it rests on.
    """

    patient: Patient
    summary: dict[str, Any]
    runs: dict[str, xarray.Dataset]
    baselines: dict[str, xarray.Dataset]
    outline: dict[str, Any]
    recorded: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Counted:
    """Progress over many runs at once."""

    def __init__(self, total: int, report: Progress | None) -> None:
        self.total, self.done, self.report = total, 0, report

    def __call__(self, text: str) -> None:
        self.done += 1
        if self.report:
            self.report(min(self.done / self.total, 1.0), text)


def chosen_methods(patient: Patient, methods: Sequence[str] | None) -> tuple[str, ...]:
    """Ids to compare: those asked for, or all that fit the complaint.

    Raises InputError for an unknown id and for one that is not a single session.
    """
    region = patient.complaint.region if patient.complaint else None
    if methods is None:
        neck = region in ("cervical", None)
        return tuple(m for m in METHODS if neck or m != "cervical-traction")
    for name in methods:
        if name not in METHODS and name != "gravity-mat":
            raise InputError(f"methods: '{name}' is not one to compare; {nearest(name, METHODS)}")
    return tuple(dict.fromkeys(methods))


def compare(
    patient: Patient,
    methods: Sequence[str] | None = None,
    *,
    samples: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Compare methods for a patient: 4 h standing, the session, 1 h standing.

    Changes are against lying down for the same time, read at the end of the last hold.  With
    `samples` every quantity is the median and the 90 % interval over that many draws of what is
    not known (`uncertainty`); the curves stay those of the tables.  Raises InputError for unknown
    methods.
    """
    if samples:
        uncertainty.draws(samples, seed)  # refused before anything is calculated
    if not isinstance(patient, Patient):
        raise InputError("compare needs a patient; a specimen has no posture to lie down in")
    ids = chosen_methods(patient, methods)
    lines = [row for row in table("recorded") if is_about(patient, row)]
    count = _Counted(6 + len(ids) + len(OPERATIONS) + len(lines), progress)
    if progress:
        progress(0.0, "initial state: regular days")
    start = begin(patient)
    count("4 h standing")
    morning = follow(start, resolve(patient, [{"do": "standing", "for": f"{BEFORE} s"}]))
    count("sessions")
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            sessions = {m: pool.submit(session, morning, m, count) for m in ids}
            operated = {o: pool.submit(operation, morning, o, count) for o in OPERATIONS}
            recorded = [pool.submit(recorded_value, start, row, count) for row in lines]
            done = _results(sessions)
            reads = read_times(morning, done)
            rest = {p: pool.submit(lying_down, morning, p, at, count) for p, at in reads.items()}
            lines_done = [f.result() for f in recorded]
            found = _gathered(morning, done, _results(rest), _results(operated), lines_done)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return _with_intervals(found, ids, samples, seed, progress) if samples else found


def _with_intervals(
    found: Comparison, ids: Sequence[str], samples: int, seed: int, progress: Progress | None
) -> Comparison:
    """The comparison with medians and 90 % intervals over draws."""
    target = str(found.summary["target_level"])

    def count(done: int, total: int) -> None:
        if progress:
            progress(done / total, f"{done} of {total} samples")

    draw = functools.partial(numbers, found.patient, target, ids)
    drawn = draw_processes.over_draws(samples, seed, draw, count)
    for part, values in quantities(found.summary):
        for key in values:
            middle, low, high = uncertainty.interval([d[part][key] for d in drawn])
            values[key].update(median=middle, low=low, high=high)
    found.summary["samples"] = {"count": len(drawn), "seed": seed}
    notes = [n for n in found.notes if "no interval is given" not in n]
    said = (
        f"Medians and 90 % intervals over {len(drawn)} of {samples} draws (seed {seed}) of what is "
        "not known of a person, of the parameters and of devices, and of what the model itself "
        "misses (data/uncertainty.csv)."
    )
    return replace(found, notes=[*notes, said])


def numbers(patient: Patient, target: str, ids: Sequence[str]) -> dict[str, dict[str, float]]:
    """Numbers of a comparison by part of the summary; in one thread, with longer steps."""

    def silent(_: str) -> None:
        return None

    memory = Memory(ROUGH)
    start = replace(begin(patient), target=target, memory=memory)
    before = resolve(patient, [{"do": "standing", "for": f"{BEFORE} s"}])
    morning = follow(start, before, swift=True)
    sessions = {m: session(morning, m, silent, swift=True) for m in ids}
    reads = read_times(morning, sessions)
    rest = {p: lying_down(morning, p, at, silent, swift=True) for p, at in reads.items()}
    longest = longest_beside(sessions, target)
    out = {"lying": readings(rest[lying_place(longest)], longest.read_at, target)}
    entries = {
        m: changes(s.run, rest[lying_place(s)], s.read_at, s.level) for m, s in sessions.items()
    }
    for o in OPERATIONS:
        run = operation(morning, o, silent, swift=True)
        entries[o] = operation_entry(morning, o, run, rest[OPERATED])
    for name, entry in entries.items():
        out[name] = {k: float(v["median"] or 0.0) for k, v in entry.items() if isinstance(v, dict)}
    return out


def _results(futures: Mapping[Any, Future[Any]]) -> dict[Any, Any]:
    return {key: future.result() for key, future in futures.items()}


def _gathered(
    morning: Run,
    sessions: Mapping[str, Session],
    rest: Mapping[tuple[str, float], xarray.Dataset],
    operations: Mapping[str, xarray.Dataset],
    recorded: list[dict[str, Any]],
) -> Comparison:
    patient = morning.spine.subject
    assert isinstance(patient, Patient)
    target = str(morning.target)
    who, longest = screen(patient), longest_beside(sessions, target)
    lying = {m: rest[lying_place(s)] for m, s in sessions.items()}
    baseline = readings(rest[lying_place(longest)], longest.read_at, target)
    summary = {
        "patient": patient.model_dump(mode="json", exclude_none=True),
        "target_level": target,
        "baseline": {
            "lying": {
                "minutes": (longest.read_at - morning.time) / 60.0,
                **{key: plain(value) for key, value in baseline.items()},
            }
        },
        "methods": [method_entry(m, s, lying[m], who) for m, s in sessions.items()],
        "operations": [
            operation_entry(morning, o, r, rest[OPERATED]) for o, r in operations.items()
        ],
        "fits": fits(patient),
    }
    return Comparison(
        patient,
        summary,
        {m: s.run for m, s in sessions.items()},
        lying,
        outline(morning.spine),
        recorded,
        notes_of(patient, morning, target),
    )
