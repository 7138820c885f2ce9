"""Quantities at the border."""

import math

import pytest

from tractus.errors import InputError
from tractus.units import convert, quantity


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("20 min", "time", 1200.0),
        ("8 h", "time", 28800.0),
        ("1.78 m", "length", 1.78),
        ("178 cm", "length", 1.78),
        ("6 mm", "length", 0.006),
        ("81 kg", "mass", 81.0),
        ("-1000 N", "force", -1000.0),
        ("5 kN", "force", 5000.0),
        ("45 kgf", "force", 441.29925),
        ("200 lbf", "force", 889.6443230521),
        ("7.5 N m", "moment", 7.5),
        ("180 deg", "angle", math.pi),
        ("40 degC", "temperature", 313.15),
        ("-100 mmHg", "pressure", -13332.2387415),
        ("0.5 MPa", "pressure", 5e5),
        ("30 %", "fraction", 0.3),
        ("20 mm/s", "speed", 0.02),
        ("180 deg/s", "angular-speed", math.pi),
        ("40 N/mm", "stiffness", 40000.0),
        ("1e2 N", "force", 100.0),
    ],
)
def test_quantity_is_si(text: str, kind: str, expected: float) -> None:
    assert quantity(text, kind, where="x") == pytest.approx(expected, rel=1e-9)


def test_percent_of_body_weight() -> None:
    assert quantity("30 % bw", "force", where="x", bw=800.0) == pytest.approx(240.0)
    with pytest.raises(InputError, match="unit '% bw'"):
        quantity("30 % bw", "force", where="x")


@pytest.mark.parametrize(
    "bad",
    [
        "5",
        "5N",
        "N",
        "",
        "nan N",
        "inf N",
        "1e999 N",
        "017 N",
        "0x10 N",
        "1_000 N",
        "1,5 N",
        "5 mm",
        "5 newton",
        "__import__('os') N",
        "5 N; 6 N",
        "5 * 3 N",
        5,
        5.0,
        None,
        True,
        ["5 N"],
        float("nan"),
        "٥ N",
        "5\nN",
    ],
)
def test_refused_in_one_line_that_lists_units(bad: object) -> None:
    with pytest.raises(InputError) as caught:
        quantity(bad, "force", where="patient.yaml: force")
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("patient.yaml: force")
    assert "kgf" in line or "finite" in line


def test_convert_trusts_tables() -> None:
    assert convert(30.0, "% bw", "force", bw=1000.0) == pytest.approx(300.0)
    assert convert(3.0, "1", "fraction") == 3.0
    with pytest.raises(ValueError, match="body weight"):
        convert(30.0, "% bw", "force")
