"""The persons that one patient may be: the usual one, and draws of what is not known."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tractus import uncertainty
from tractus.dose_runs import Course, Person, person
from tractus.errors import InputError
from tractus.patient import Patient
from tractus.simulation import Progress
from tractus.tables import Variant, varied

SAMPLES = 8  # possible persons where none is asked for: few, since a person waits
SHARE = 0.8  # of them that must reach the effect
WORKERS = 2


@dataclass
class Population:
    """The usual person, and the possible ones with the tables that each of them is made of."""

    usual: Person
    drawn: list[tuple[Variant | None, Person]]
    share: float
    samples: int
    seed: int
    lost: int = 0

    @property
    def needed(self) -> int:
        """How many must reach the effect."""
        return max(math.ceil(self.share * len(self.drawn) - 1e-9), 1)

    def each(self, work: Callable[[Person], Course]) -> list[Course]:
        """What `work` gives for every possible person, each under its own tables."""

        def one(pair: tuple[Variant | None, Person]) -> Course:
            with varied(pair[0]):
                return work(pair[1])

        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(one, self.drawn))


def population(
    patient: Patient,
    level: str,
    samples: int = SAMPLES,
    seed: int = 0,
    share: float = SHARE,
    progress: Progress | None = None,
) -> Population:
    """The persons that this patient may be.  Raises InputError for numbers that are not allowed."""
    if not 0.0 < share <= 1.0:
        raise InputError(f"share {100 * share:g} %: allowed are above 0 up to 100 %")
    variants = uncertainty.draws(samples, seed) if samples else ()
    say = progress or (lambda fraction, words: None)
    say(0.0, "initial state: regular days")
    usual = person(patient, level)
    drawn: list[tuple[Variant | None, Person]] = []
    done = 0

    def one(variant: Variant) -> Person | InputError:
        nonlocal done
        try:
            with varied(variant):
                found: Person | InputError = person(patient, level)
        except InputError as error:
            found = error
        done += 1
        say(done / samples, f"{done} of {samples} possible persons")
        return found

    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(one, variants))
    drawn = [(v, f) for v, f in zip(variants, found, strict=True) if isinstance(f, Person)]
    lost = len(found) - len(drawn)
    if lost > max(uncertainty.LOST * samples, 1) or (lost and not drawn):
        first = next(error for error in found if isinstance(error, InputError))
        raise InputError(f"{lost} of {samples} samples find no equilibrium; the first: {first}")
    return Population(usual, drawn or [(None, usual)], share, samples, seed, lost)
