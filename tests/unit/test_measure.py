"""What is read off a response, and the shares in band."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from experiment_cases import STEPS, SUBJECT
from tractus.evidence import measure as measures
from tractus.evidence.shares import misses_first, totals


@pytest.mark.parametrize(
    ("step", "time", "seconds"),
    [
        (1, "start", 1.0),
        (1, "end", 3600.0),
        (3, "0 s", 3600.0),
        (3, "start", 3610.0),  # its ramp takes 10 s
        (3, "30 s", 3630.0),
        (3, "end", 4200.0),
    ],
)
def test_instants(step: int, time: str, seconds: float) -> None:
    assert measures.instant(measures.When(step=step, time=time), STEPS) == seconds


STATES = {"at": 4200.0, "from": 3600.0, "of": 1800.0, "base": 1.0}
PRESSURE = {
    "L3-L4": {"at": 3.0, "from": 2.0, "of": 6.0, "base": 1.0},
    "L4-L5": {"at": 5.0, "from": 2.0, "of": 14.0, "base": 4.0},
}
WHEN = {
    "at": {"step": 3, "time": "end"},
    "from": {"step": 1, "time": "end"},
    "of": {"step": 1, "time": "30 min"},
    "base": {"step": 1, "time": "start"},
}


def response(samples: int = 0) -> xr.Dataset:
    """Made-up readings at the four states; sample i adds i to the pressure."""
    names = sorted(STATES, key=lambda name: STATES[name])
    pressure = np.array([[PRESSURE[level][n] for level in PRESSURE] for n in names])
    height = np.array([[[1.0, 2.0, 3.0, 4.0]] * 2] * 4)
    area = np.array([[[1.0, 3.0]] * 2] * 4)
    dims: tuple[str, ...] = ("time", "level")
    if samples:
        pressure = pressure[..., None] + np.arange(samples)
        dims = (*dims, "sample")
    return xr.Dataset(
        {
            "intradiscal_pressure": (dims, pressure),
            "disc_height": (("time", "level", "site"), height),
            "foramen_area": (("time", "level", "side"), area),
            "muscle_activity": (("time", "region"), np.array([[0.1, 0.2, 0.3]] * 4)),
        },
        {
            "time": [STATES[name] for name in names],
            "level": list(PRESSURE),
            "site": ["anterior", "middle", "posterior", "mean"],
            "side": ["left", "right"],
            "region": ["cervical", "thoracic", "lumbar"],
        },
    )


def predicted(states: str, samples: int = 0, **keys: Any) -> Any:
    """Prediction of a measure at some of the states, of the pressure by default."""
    raw = {"quantity": "intradiscal_pressure", **{n: WHEN[n] for n in states.split()}, **keys}
    measure = measures.parse(raw, SUBJECT, STEPS, "measure")
    return measures.predict(measure, SUBJECT, STEPS, response(samples))


@pytest.mark.parametrize(
    ("states", "form", "value"),
    [
        ("at", "value", 5.0),
        ("at from", "value", 3.0),
        ("at from", "percent", 150.0),
        ("at from of", "share", 3.0 / 12.0),
        ("at from of base", "share", 3.0 / 10.0),
        ("at from of base", "share-recovered", -3.0 / 10.0),
    ],
)
def test_every_form(states: str, form: str, value: float) -> None:
    assert predicted(states, level="L4-L5", **{"as": form}) == pytest.approx(value)


@pytest.mark.parametrize(
    ("across", "value"), [("mean", 100.0), ("min", 50.0), ("max", 150.0), ("sum", 4.0)]
)
def test_form_of_each_level_first_then_across(across: str, value: float) -> None:
    form = "value" if across == "sum" else "percent"
    found = predicted("at from", levels=["L3-L4", "L4-L5"], across=across, **{"as": form})
    assert found == pytest.approx(value)


def test_components_and_their_defaults() -> None:
    height = {"quantity": "disc_height", "level": "L4-L5"}
    foramen = {"quantity": "foramen_area", "level": "L4-L5"}
    assert predicted("at", **height) == 4.0
    assert predicted("at", **height, site="posterior") == 3.0
    assert predicted("at", **foramen) == 2.0
    assert predicted("at", **foramen, side="right") == 3.0
    assert predicted("at", quantity="muscle_activity", region="lumbar") == 0.3


def test_every_sample_has_its_prediction() -> None:
    assert predicted("at", level="L4-L5").shape == ()
    found = predicted("at", samples=3, level="L4-L5")
    assert found == pytest.approx(float(predicted("at", level="L4-L5")) + np.arange(3))


@pytest.mark.parametrize(
    ("quantity", "form", "unit", "one"),
    [
        ("intradiscal_pressure", "value", "kPa", 1e3),
        ("intradiscal_pressure", "value", "mmHg", 133.322),
        ("disc_height", "value", "mm", 1e-3),
        ("foramen_area", "value", "mm2", 1e-6),
        ("disc_volume", "value", "mm3", 1e-9),
        ("disc_volume", "value", "cm3", 1e-6),
        ("axial_force", "value", "% bw", 0.8 * 9.80665),
        ("annulus_strain_max", "value", "%", 0.01),
        ("oxygen_min", "value", "kPa", 1e3),
        ("lactate_max", "value", "mmol/l", 1.0),
        ("axial_force", "percent", "%", 1.0),
        ("axial_force", "share", "%", 0.01),
        ("axial_force", "share", "1", 1.0),
    ],
)
def test_units(quantity: str, form: Any, unit: str, one: float) -> None:
    at = measures.When(step=1, time="end")
    measure = measures.Measure(quantity=quantity, at=at, form=form)
    assert measures.scale(measure, unit, SUBJECT) == pytest.approx(one, rel=1e-5)


def test_a_study_of_many_readings_weighs_as_much_as_one_of_a_single_reading() -> None:
    rows = [("a", True), ("a", True), ("a", True), ("b", False)]
    entries = [{"use": "validation", "study": s, "within": w} for s, w in rows]
    (total,) = totals([*entries, {"use": None, "study": None, "within": False}])
    assert (total.share.within, total.share.of, total.by_study) == (3, 4, 0.5)
    assert [entry["study"] for entry in misses_first(entries)] == ["b", "a", "a", "a"]
