"""The search of one method's dose: the least force and time for enough possible persons.

The usual person's sessions over range and time give the shape of the answer; then every possible
person has sessions at a strength that is moved by the secant until the asked share of them reaches
the effect within the limits of data/limits.csv.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence

import numpy as np

from tractus import uncertainty
from tractus.disc_shape import Floats
from tractus.dose_found import Dose, Span
from tractus.dose_people import Population
from tractus.dose_runs import (
    QUANTITIES,
    Course,
    Person,
    failed,
    for_level,
    limits,
    session,
    step_of,
)
from tractus.effect import Effect
from tractus.errors import InputError

LEVELS = 3  # strengths at which the usual person's answer is drawn
MOST_MOVES = 5  # of the strength, each a session of every possible person
LESS = 0.85  # strength against the last where a limit is passed
EQUILIBRIUM = "equilibrium"  # what hinders where a stronger session finds none
FAR = 0.5  # share of the target below which the usual person's best ends the search


class Search:
    """The search of one method's dose."""

    def __init__(
        self, people: Population, span: Span, effect: Effect, careful: bool = False
    ) -> None:
        self.people, self.span, self.effect = people, span, effect
        self.quantity, self.allowed = effect.quantity, limits(careful)
        self.runs = 0

    def dose(self) -> Dose:
        """The dose, or the best within ranges and limits where the effect is out of reach."""
        if self._hopeless():
            return self._usual_only(*self._best()[:2], self.effect.amount or 0.0)
        target = self._target()
        places = self._places(target)
        for strength, minutes in places:
            found = self._move(strength, minutes, target)
            if found:
                return self._told(*found, minutes, target, True)
        strength, minutes, most, _ = self._best()
        if most < FAR * target:
            return self._usual_only(strength, minutes, target)
        courses = self._all(strength, minutes)
        for _ in range(MOST_MOVES):
            if self._kept(courses, minutes) >= self.people.needed or not self.span.key:
                break
            strength = max(self._round(LESS * strength), self.span.low)
            courses = self._all(strength, minutes)
        enough = self._met(courses, minutes, target) >= self.people.needed
        return self._told(strength, courses, minutes, target, enough)

    def _hopeless(self) -> bool:
        """Whether the strongest session, within the limits, is far from the effect."""
        course = self.strongest[1]
        wanted = FAR * (self.effect.amount or 0.0)
        return bool(
            np.max(course.effect[self.quantity]) < wanted
            and self._worst(course.taken(self.span.minutes[-1])) <= 1.0
        )

    def _usual_only(self, strength: float, minutes: float, target: float) -> Dose:
        """The best of the usual person, where no other is worth the time."""
        alone = self._run(self.people.usual, strength, minutes)
        return self._told(strength, [alone], minutes, target, False, alone)

    @functools.cached_property
    def strongest(self) -> tuple[float, Course]:
        """The usual person's strongest and longest session."""
        return self.span.high, self._run(self.people.usual, self.span.high)

    @functools.cached_property
    def shape(self) -> list[tuple[float, Course]]:
        """The usual person's sessions of the longest time, by strength."""
        span = self.span
        if not span.key or self._hopeless():
            return [self.strongest]
        weaker = np.linspace(span.low, span.high, LEVELS)[:-1]
        return [
            *((float(s), self._run(self.people.usual, float(s))) for s in weaker),
            self.strongest,
        ]

    def _run(self, who: Person, strength: float, minutes: float | None = None) -> Course:
        span = self.span
        longest = minutes or span.minutes[-1]
        chosen = strength if span.key else None
        step = step_of(span.method, span.key, chosen, span.unit, longest)
        self.runs += 1
        times = [t for t in span.minutes if t < longest]
        try:
            return session(who, for_level(step, who.level), times)
        except InputError:  # the body slides, or a part gives way
            return failed(longest)

    def _all(self, strength: float, minutes: float) -> list[Course]:
        return self.people.each(lambda who: self._run(who, strength, minutes))

    def _grid(self) -> list[tuple[float, float, float, bool]]:
        """Strength, minutes, the usual person's effect, and whether limits hold, over the range."""
        span = self.span
        known = [s for s, _ in self.shape]
        count = round((span.high - span.low) / span.step) + 1 if span.key else 1
        strengths = np.linspace(span.low, span.high, count) if len(known) > 1 else known
        out = []
        for t in span.minutes:
            effects = [c.at(t, self.quantity) for _, c in self.shape]
            worst = [self._worst(c.taken(t)) for _, c in self.shape]
            for s in strengths:
                kept = float(np.interp(s, known, worst)) <= 1.0
                out.append((float(s), t, float(np.interp(s, known, effects)), kept))
        return out

    def _worst(self, taken: Mapping[str, float]) -> float:
        return max(taken[key] / top for key, top in self.allowed.items())

    def _target(self) -> float:
        """Target in SI; of a share, that share of the most that the usual person can have."""
        if self.effect.amount is not None:
            return self.effect.amount
        most = max((e for _, _, e, kept in self._grid() if kept), default=0.0)
        return max((self.effect.share or 0.0) * most, 0.0)

    def _places(self, target: float) -> list[tuple[float, float]]:
        """Where to begin: least force and time for the usual person; then at its strongest time.

        The cost is the sum of both as shares of their ranges' ends: a choice.
        """
        fits = [(s, t) for s, t, e, kept in self._grid() if kept and e >= target > 0.0]
        if not fits:
            return []
        first = min(fits, key=lambda place: (self._cost(*place), place[1]))
        second = (first[0], self._best()[1])
        return list(dict.fromkeys((first, second)))

    def _cost(self, strength: float, minutes: float) -> float:
        return strength / (self.span.high or 1.0) + minutes / self.span.minutes[-1]

    def _best(self) -> tuple[float, float, float, bool]:
        """Place of the usual person's largest effect within the limits (a row of `_grid`)."""
        grid = self._grid()
        inside = [place for place in grid if place[3]] or [min(grid, key=lambda p: p[0])]
        return max(inside, key=lambda p: (round(p[2], 9), -p[0], -p[1]))

    def _move(
        self, strength: float, minutes: float, target: float
    ) -> tuple[float, list[Course]] | None:
        """Least strength at which enough persons reach the target; None where there is none."""
        span, known = self.span, {}
        good: tuple[float, list[Course]] | None = None
        for _ in range(MOST_MOVES):
            courses = self._all(strength, minutes)
            known[strength] = np.array([c.at(minutes, self.quantity) for c in courses])
            if self._met(courses, minutes, target) >= self.people.needed:
                good = (strength, courses) if not good or strength < good[0] else good
            elif self._kept(courses, minutes) < self.people.needed:
                return good
            if not span.key:
                return good
            after = self._round(self._secant(known, minutes, target))
            after = min(max(after, span.low), span.high)
            if good and after >= good[0]:
                return good
            if after in known:
                after = strength + span.step if not good else good[0] - span.step
                if after in known or not span.low <= after <= span.high:
                    return good
            strength = after
        return good

    def _secant(self, known: Mapping[float, Floats], minutes: float, target: float) -> float:
        """Strength at which enough persons should reach the target, from sessions so far."""
        tried = sorted(known)
        needs = []
        for i in range(len(known[tried[0]])):
            effects = [float(known[s][i]) for s in tried]
            needs.append(self._strength(tried, effects, minutes, target))
        return sorted(needs)[self.people.needed - 1]

    def _strength(
        self, tried: Sequence[float], effects: Sequence[float], minutes: float, target: float
    ) -> float:
        """Where one person's effect is the target: between or beyond what was tried."""
        if len(tried) > 1:
            near = np.argsort(np.abs(np.array(effects) - target))[:2]
            (s0, e0), (s1, e1) = ((tried[k], effects[k]) for k in near)
            if abs(e1 - e0) > 1e-12:
                return float(np.clip(s0 + (target - e0) * (s1 - s0) / (e1 - e0), 0.0, 1e6))
        known = [s for s, _ in self.shape]
        usual = [c.at(minutes, self.quantity) for _, c in self.shape]
        here = float(np.interp(tried[0], known, usual))
        if here <= 0.0 or effects[0] <= 0.0:
            return self.span.high
        grid = np.linspace(known[0], known[-1], 400)
        scaled = np.interp(grid, known, usual) * effects[0] / here
        above = np.flatnonzero(scaled >= target)
        return float(grid[above[0]]) if above.size else self.span.high

    def _round(self, strength: float) -> float:
        """Up to the next step of the range."""
        span = self.span
        return round(span.low + span.step * math.ceil((strength - span.low) / span.step - 1e-6), 9)

    def _kept(self, courses: Sequence[Course], minutes: float) -> int:
        return sum(self._worst(c.taken(minutes)) <= 1.0 for c in courses)

    def _met(self, courses: Sequence[Course], minutes: float, target: float) -> int:
        return sum(
            c.at(minutes, self.quantity) >= target > 0.0 and self._worst(c.taken(minutes)) <= 1.0
            for c in courses
        )

    def _told(
        self,
        strength: float,
        courses: Sequence[Course],
        minutes: float,
        target: float,
        ok: bool,
        usual: Course | None = None,
    ) -> Dose:
        span, level = self.span, self.people.usual.level
        chosen = strength if span.key else None
        step = for_level(step_of(span.method, span.key, chosen, span.unit, minutes), level)
        usual = usual or self._run(self.people.usual, strength, minutes)
        standing = [c for c in courses if not c.failed] or courses
        taken = {k: [c.taken(minutes)[k] for c in standing] for k in self.allowed}
        return Dose(
            span.method,
            step,
            span.key,
            chosen,
            span.unit,
            minutes,
            level,
            self.quantity,
            target,
            ok,
            "" if ok else self._hindrance(strength, minutes),
            {q: uncertainty.interval([c.at(minutes, q) for c in courses]) for q in QUANTITIES},
            {q: usual.at(minutes, q) for q in QUANTITIES},
            self._met(courses, minutes, target),
            len(courses),
            float(np.median([c.applied for c in courses])),
            {k: float(np.median(v)) for k, v in taken.items()},
            self.allowed,
            self._cost(strength, minutes),
            self.runs,
        )

    def _hindrance(self, strength: float, minutes: float) -> str:
        """The limit that forbids a stronger session of the usual person, "" where none does."""
        stronger = [c for s, c in self.shape if s > strength + 1e-9 or not self.span.key]
        for course in stronger:
            if course.failed:
                return EQUILIBRIUM
            over = {k: course.taken(minutes)[k] / top for k, top in self.allowed.items()}
            worst = max(over, key=lambda k: over[k])
            if over[worst] > 1.0:
                return worst
        return ""
