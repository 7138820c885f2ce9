"""A listed number that does nothing is a lie: every parameter changes what the engine gets."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import numpy as np
import pytest

from engine_cases import man
from table_cases import parameters, stand_in
from tractus import initial, methods, nutrition, regimen, response, spine
from tractus.methods import operations
from tractus.tables import _parameters, number, table, text
from tractus.tissue.disc import SLICES

PERSON = {
    "complaint": {"region": "lumbar", "pain": 5},
    "discs": {
        "L4-L5": {
            "grade": 3,
            "herniation": {"site": "posterolateral-left", "size": "6 mm"},
            "stenosis": "20 %",
            "listhesis": "3 mm",
        }
    },
}
STEPS = [
    *({"do": text(row, "id"), "for": "1 min"} for row in table("postures")),
    {"do": "lifting", "style": "squat", "for": "1 min"},
    {"do": "traction-table"},
    {"do": "inversion-table", "oscillation": "5 deg"},
    {"do": "gravity-mat", "heat": "40 degC", "rotation": "5 deg"},
    *({"do": "backrack", "exercise": e} for e in ("knees-up", "bridge", "tilt")),
    {"do": "roller-table"},
    {"do": "flexion-distraction", "level": "L4-L5"},
    {"do": "manual-traction", "level": "L4-L5"},
    {"do": "cervical-traction"},
    {"do": "cervical-traction", "device": "over-door", "position": "seated"},
    {"do": "cervical-traction", "device": "manual"},
    *(
        {"do": "stretching", "exercise": e}
        for e in (
            "knees-to-chest",
            "prone-extension",
            "supine-extension",
            "child-pose",
            "cat-camel",
        )
    ),
    {"do": "positional-traction"},
]


@functools.cache
def person() -> spine.Spine:
    return spine.of(man(**PERSON))


def numbers(tree: object) -> np.ndarray:
    """All numbers of a tree of arrays, in order."""
    leaves = [np.ravel(np.asarray(leaf, float)) for leaf in jax.tree.leaves(tree)]
    return np.concatenate(leaves)


def of_spine() -> np.ndarray:
    made = spine.of(man(**PERSON))
    return np.append(numbers(made.system), made.weight_scale)


def of_woman() -> np.ndarray:
    return numbers(spine.of(man(**PERSON).model_copy(update={"sex": "female"})).system.disc)


def of_gauge() -> np.ndarray:
    return numbers(response.gauge_of(person()))


def of_mean_day() -> np.ndarray:
    return numbers(initial.mean_day(person()).values)


def of_operation(do: str) -> np.ndarray:
    usual = 0.75 if do == "laminectomy" else 0.2
    keys = {"level": "L4-L5", "side": "left", "removed": usual}
    done = operations.operate(person(), do, keys)
    return np.concatenate(
        [numbers(done.system), done.canal_gain, done.foramen_gain.ravel(), done.protrusion]
    )


def of_plan(i: int) -> np.ndarray:
    subject = person().subject
    step = regimen.parse([STEPS[i]], mass=subject.mass)[0]
    keys = dict(step.parameters)
    made = methods.planner(step.do)(person(), step.do, step.duration or 0.0, step.ramp, keys)
    loads = [made.rest, *(item.load for item in made.intervals[:6])]
    parts = [[*v.values.values(), v.clamp, v.offset, v.curve, np.array([v.tilt])] for v in loads]
    times = np.array([item.duration for item in made.intervals[:6]])
    return np.append(numbers(parts), times)


def of_nutrition() -> np.ndarray:
    made = person()
    volume = np.asarray(made.system.disc.volume)
    height, nucleus = np.asarray(made.system.disc.nucleus_height), volume[:, :SLICES].sum(1)
    annulus = volume[:, SLICES:].sum(1)
    sizes = (height, nucleus, 0.8 * nucleus, annulus, 0.7 * annulus)
    usual = nutrition.Course(np.zeros(1), *(v[None] for v in sizes))
    return nutrition.extremes(nutrition.begin(nutrition.discs_of(made, usual), usual)).ravel()


GROUPS: list[Callable[[], np.ndarray]] = [
    *(functools.partial(of_plan, i) for i in range(len(STEPS))),
    *(functools.partial(of_operation, do) for do in regimen.OPERATIONS),
    of_gauge,
    of_nutrition,
    of_mean_day,
    of_spine,
    of_woman,
]


class Seen(dict[str, float]):
    """Parameters that note which of them were read."""

    names: set[str]

    def __getitem__(self, key: str) -> float:
        self.names.add(key)
        return super().__getitem__(key)


@functools.cache
def readers() -> dict[str, list[int]]:
    """Groups that read each parameter."""
    out: dict[str, list[int]] = {}
    person()
    for i, group in enumerate(GROUPS):
        seen = Seen(_parameters())
        seen.names = set()
        with stand_in(seen):
            group()
        for name in seen.names:
            out.setdefault(name, []).append(i)
    return out


@pytest.mark.parametrize("row", table("parameters"), ids=lambda r: r["name"])
def test_every_parameter_changes_what_the_engine_gets(row):
    name, value = text(row, "name"), number(row, "value")
    low, high = number(row, "low"), number(row, "high")
    assert low <= value <= high, f"{name} {value} outside {low} to {high}"
    groups = readers().get(name, [])
    assert groups, f"{name} is read by nothing"
    other = high if high != value else low
    for i in groups:
        before = GROUPS[i]()
        with parameters(**{name: other}):
            after = GROUPS[i]()
        if before.shape != after.shape or not np.array_equal(before, after):
            return
    pytest.fail(f"{name} is read but changes nothing")


def test_sources_and_status_stand_in_every_row():
    for row in table("parameters"):
        assert text(row, "source"), row["name"]
        assert row["status"] in ("seen", "recalled", "derived", "guess"), row["name"]
