"""`tractus validate`: experiments run through `simulate`, each prediction against its band."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tractus import draw_processes, simulation, uncertainty
from tractus.errors import InputError
from tractus.evidence import experiments, measure
from tractus.evidence.experiments import Experiment, Fault, Use
from tractus.simulation import Progress

if TYPE_CHECKING:
    import xarray

WORKERS = 2
SEED = 0  # of the draws


@dataclass(frozen=True)
class Verdict:
    """One experiment as in the JSON of `validate`, in the unit of the published value."""

    id: str
    study: str | None = None
    use: Use | None = None
    unit: str | None = None
    published: float | None = None
    accept: tuple[float, float] | None = None
    predicted: float | None = None
    low: float | None = None
    high: float | None = None
    within: bool = False
    error: str | None = None


@dataclass(frozen=True)
class Validation:
    """Verdicts in the order of the files, and a line for each file or experiment not readable."""

    verdicts: list[Verdict]
    faults: list[str]

    def as_list(self) -> list[dict[str, Any]]:
        """The content of the JSON file."""
        return [asdict(verdict) for verdict in self.verdicts]


def validate(
    folder: Path | None = None, *, samples: int = 0, progress: Progress | None = None
) -> Validation:
    """Run all experiments of a folder (by default the packaged ones).

    Predictions are those of the tables; draws (`samples`) give the intervals.  A bad file or a run
    that fails becomes a verdict with `error`, and the others still run.  Raises InputError for a
    folder without experiments and for a number of samples that is not allowed.
    """
    if samples:
        uncertainty.draws(samples, SEED)
    found = experiments.load(folder or experiments.packaged())
    runs = [one for one in found if isinstance(one, Experiment)]
    done = _all(runs, progress)
    if samples:
        done = _with_intervals(runs, done, samples, progress)
    verdicts = [
        Verdict(one.id, one.study, one.use, error=one.error)
        if isinstance(one, Fault)
        else done[one.id]
        for one in found
    ]
    return Validation(verdicts, [one.error for one in found if isinstance(one, Fault)])


def _all(runs: Sequence[Experiment], progress: Progress | None) -> dict[str, Verdict]:
    """Verdicts by id. One subject stays in one thread, so that its initial state is found once."""
    done: dict[str, Verdict] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            jobs = [pool.submit(_person, same) for same in alike(runs, subject_of)]
            for job in as_completed(jobs):
                done.update((verdict.id, verdict) for verdict in job.result())
                if progress:
                    progress(len(done) / len(runs), f"{len(done)} of {len(runs)} experiments")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return done


def _with_intervals(
    runs: Sequence[Experiment],
    done: Mapping[str, Verdict],
    samples: int,
    progress: Progress | None,
) -> dict[str, Verdict]:
    """Verdicts with the intervals over draws; an error where too many draws find nothing."""

    def count(number: int, total: int) -> None:
        if progress:
            progress(number / total, f"{number} of {total} samples")

    good = [one for one in runs if done[one.id].error is None]
    drawn = draw_processes.over_draws(samples, SEED, functools.partial(_draw, good), count)
    out = dict(done)
    for one in good:
        values = [draw[one.id] for draw in drawn if one.id in draw]
        lost = samples - len(values)
        if lost > uncertainty.LOST * samples:
            said = f"{lost} of {samples} samples find no equilibrium"
            out[one.id] = replace(_published(one), error=said)
        else:
            out[one.id] = spread(done[one.id], values)
    return out


def _draw(runs: Sequence[Experiment]) -> dict[str, float]:
    """Predictions of one draw by id, those of runs without equilibrium left out."""
    found: dict[str, float] = {}
    for same in by_run(runs):
        with contextlib.suppress(InputError):
            data = simulation.sampled(same[0].subject, same[0].steps, asked(same))
            found |= {one.id: float(predicted(one, data)) for one in same}
    return found


def subject_of(one: Experiment) -> str:
    """What tells subjects apart."""
    return repr(one.subject)


def regimen_of(one: Experiment) -> str:
    """What tells regimens apart."""
    return repr(one.steps)


def alike(runs: Iterable[Experiment], by: Callable[[Experiment], str]) -> list[list[Experiment]]:
    """Experiments in groups that share something."""
    groups: dict[str, list[Experiment]] = {}
    for one in runs:
        groups.setdefault(by(one), []).append(one)
    return list(groups.values())


def by_run(mine: Iterable[Experiment]) -> Iterator[list[Experiment]]:
    """Experiments that one run answers, those on one subject after each other."""
    for person in alike(mine, subject_of):
        yield from alike(person, regimen_of)


def asked(same: Sequence[Experiment]) -> list[float]:
    """Times [s] at which the run of experiments is read, in order, each once."""
    return distinct(
        measure.instant(w, one.steps) for one in same for w in one.measure.states.values()
    )


def _person(runs: list[Experiment]) -> list[Verdict]:
    """Verdicts of experiments on one subject."""
    return [v for same in by_run(runs) for v in _run(same)]


def _run(same: Sequence[Experiment]) -> list[Verdict]:
    """Verdicts of experiments that one run answers."""
    try:
        data = simulation.simulate(same[0].subject, same[0].steps, times=asked(same))
        return [judged(one, float(predicted(one, data))) for one in same]
    except Exception as error:  # whatever a run ends in, the others still run
        line = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
        return [replace(_published(one), error=" ".join(line.split())) for one in same]


def predicted(one: Experiment, data: xarray.Dataset) -> npt.NDArray[np.float64]:
    """What a response says of an experiment, in the published unit: () or (samples,)."""
    return measure.predict(one.measure, one.subject, one.steps, data) / one.scale


def distinct(times: Iterable[float]) -> list[float]:
    """Times [s] in order, each once."""
    kept: list[float] = []
    for time in sorted(times):
        if not kept or time - kept[-1] > measure.SAME_TIME:
            kept.append(time)
    return kept


def judged(one: Experiment, value: float) -> Verdict:
    """Whether a prediction, in the published unit, is in its band; one not finite is out."""
    if not math.isfinite(value):
        return replace(_published(one), error="the prediction is not finite")
    within = one.accept[0] <= value <= one.accept[1]
    return replace(_published(one), predicted=value, within=within)


def spread(verdict: Verdict, values: Sequence[float]) -> Verdict:
    """The verdict with the interval over draws where it has finite ends."""
    _, low, high = uncertainty.interval(values)
    return replace(verdict, low=_finite(low), high=_finite(high))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _published(one: Experiment) -> Verdict:
    """The published side of a verdict."""
    said = one.published
    return Verdict(one.id, one.study, one.use, said.unit, said.value, one.accept)
