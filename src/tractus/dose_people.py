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
from tractus.tables import Variant, variant, varied

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
    if samples:
        uncertainty.draws(samples, seed)  # refused before anything is calculated
    say = progress or (lambda fraction, words: None)
    say(0.0, "initial state: regular days")
    usual = person(patient, level)
    if not samples:
        return Population(usual, [(None, usual)], share, samples, seed)

    def one() -> tuple[Variant | None, Person]:
        return variant(), person(patient, level)

    def count(done: int, total: int) -> None:
        say(done / total, f"{done} of {total} possible persons")

    # persons, not models: what the model misses is the same for all of them
    drawn = uncertainty.over_draws(samples, seed, one, count, spare=1, without="model")
    return Population(usual, drawn, share, samples, seed, samples - len(drawn))
