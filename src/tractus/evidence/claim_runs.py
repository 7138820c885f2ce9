"""Runs that claims are read from (data/claims/runs.yaml), each simulated once."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from tractus import files, regimen, simulation
from tractus.errors import InputError, nearest
from tractus.initial import Run, Subject, begin
from tractus.patient import parse_subject
from tractus.regimen import ResolvedStep
from tractus.simulation import Progress
from tractus.tables import Variant, variant

if TYPE_CHECKING:
    import xarray

WORKERS = 2


@dataclass(frozen=True)
class Planned:
    """A person and what is done, checked but not simulated."""

    key: str
    who: str
    subject: Subject
    steps: tuple[ResolvedStep, ...]


def planned() -> dict[str, Planned]:
    """All runs by key. Raises InputError for a file that names what does not exist."""
    return _planned_with(variant())


@functools.lru_cache(maxsize=4)
def _planned_with(now: Variant | None) -> dict[str, Planned]:
    """The runs with the defaults of a variant of the tables."""
    del now  # its tables are those read within
    where = "data/claims/runs.yaml"
    content = (resources.files("tractus") / "data/claims/runs.yaml").read_text(encoding="utf-8")
    raw = files.as_mapping(files.parse_yaml(content, where), where)
    files.check_keys(raw, ("people", "before", "after", "runs"), where, tuple(raw))
    people = {k: parse_subject(v, f"{where}: {k}") for k, v in raw["people"].items()}
    return {k: _planned(k, v, people, raw, f"{where}: {k}") for k, v in raw["runs"].items()}


def _planned(
    key: str, given: Any, people: dict[str, Subject], raw: dict[str, Any], where: str
) -> Planned:
    run = files.as_mapping(given, where)
    files.check_keys(run, ("who", "session", "regimen"), where, ("who",))
    if run["who"] not in people:
        raise InputError(f"{where}: who '{run['who']}'; {nearest(run['who'], people)}")
    if ("session" in run) == ("regimen" in run):
        raise InputError(f"{where}: one of session and regimen is needed")
    around = [raw["before"], run.get("session"), raw["after"]]
    subject = people[run["who"]]
    steps = regimen.parse(run.get("regimen", around), mass=subject.mass, where=where)
    return Planned(key, run["who"], subject, steps)


def simulated(
    keys: Iterable[str], progress: Progress | None = None
) -> dict[str, xarray.Dataset | InputError]:
    """Response of each run, or why it has none; one person stays in one thread."""
    wanted = sorted((planned()[k] for k in set(keys)), key=lambda p: p.who)
    groups = [list(same) for _, same in itertools.groupby(wanted, lambda p: p.who)]
    done: dict[str, xarray.Dataset | InputError] = {}

    def person(same: Sequence[Planned]) -> None:
        begun: dict[str, Run] = {}
        for one in same:
            done[one.key] = _run(one, begun)
            if progress:
                progress(len(done) / len(wanted), f"{len(done)} of {len(wanted)} runs")

    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            jobs = [pool.submit(person, same) for same in _halved(groups)]
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return done


def drawn(keys: Iterable[str]) -> dict[str, xarray.Dataset | InputError]:
    """The same in this thread alone, for a variant of the tables. Raises InputError for a run."""
    begun: dict[str, Run] = {}
    done: dict[str, xarray.Dataset | InputError] = {}
    for key in keys:
        one = planned()[key]
        found = _run(one, begun)
        if isinstance(found, InputError):
            raise found
        done[key] = found
    return done


def _run(one: Planned, begun: dict[str, Run]) -> xarray.Dataset | InputError:
    """Response of a run; its first step is taken from `begun` where another run began with it."""
    first = f"{one.who} {one.steps[0]!r}"
    try:
        if first not in begun:
            begun[first] = simulation.follow(begin(one.subject), one.steps[:1])
        run = simulation.follow(begun[first], one.steps[1:])
        return run.response(simulation.nutrients(run))
    except InputError as error:
        return error


def _halved(groups: list[list[Planned]]) -> list[list[Planned]]:
    """Groups in halves, longest first, so that the threads end together."""
    halves = [part for g in groups for part in (g[::2], g[1::2]) if part]
    return sorted(halves, key=len, reverse=True)
