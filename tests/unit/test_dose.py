"""The search of a dose on made-up answers, its tables, and the effect that is asked for."""

import pytest

import dose_cases
from tractus import dose
from tractus.dose_runs import limits
from tractus.effect import read_effect
from tractus.errors import InputError
from tractus.levels import LEVELS
from tractus.regimen import rows
from tractus.tables import STATUSES, number, table, text


@pytest.mark.parametrize("name", ["doses", "limits", "plan"])
def test_every_row_has_a_source_and_a_status(name):
    for row in table(name):
        assert text(row, "source")
        assert row["status"] in STATUSES


def test_doses_lie_within_the_ranges_of_the_methods():
    from tractus.regimen import parse

    for row in table("doses"):
        for end in ("low", "high"):
            step = {"do": text(row, "method"), "for": f"{number(row, f'minutes_{end}'):g} min"}
            if row["key"]:
                step[text(row, "key")] = f"{number(row, end):g} {text(row, 'unit')}"
            if text(row, "regions") == "cervical" and step["do"] == "manual-traction":
                step["region"] = "cervical"
            parse([step], mass=70.0)
        assert {text(r, "key") for r in rows(text(row, "method"))} >= {"for", text(row, "key")} - {
            ""
        }


def test_every_level_has_a_method():
    assert all(dose.spans(level) for level in LEVELS)


def test_limits_are_below_what_breaks():
    assert set(limits()) == {"ligament", "annulus", "facet"}
    assert 0.0 < limits()["ligament"] < 1.0
    assert all(limits(careful=True)[key] < top for key, top in limits().items())


@pytest.mark.parametrize(
    ("given", "quantity", "amount", "share"),
    [
        ("30 kPa", "pressure", 3e4, None),
        ("0.03 MPa", "pressure", 3e4, None),
        ("0.2 mm", "height", 2e-4, None),
        ("60 %", "pressure", None, 0.6),
        ("60 % height", "height", None, 0.6),
    ],
)
def test_effects(given, quantity, amount, share):
    effect = read_effect(given)
    assert effect.quantity == quantity
    assert effect.amount == (None if amount is None else pytest.approx(amount))
    assert effect.share == (None if share is None else pytest.approx(share))


@pytest.mark.parametrize(
    "given", ["", "much", "30", "30 N", "-5 kPa", "0 %", "120 %", "9 m", "nan kPa"]
)
def test_bad_effects(given):
    with pytest.raises(InputError, match="effect"):
        read_effect(given)


def test_least_strength_that_enough_persons_need(monkeypatch):
    """Falls of 40 to 120 kPa at 60 % of body weight, 30 kPa wanted in 4 of 5 persons."""
    gains = [40.0, 60.0, 80.0, 100.0, 120.0]
    found = dose_cases.found(monkeypatch, gains, "30 kPa")
    assert found.reached
    assert found.met >= 4
    assert found.strength == pytest.approx(60.0 * (30.0 / 60.0) ** 2, abs=1.01)
    assert found.minutes == 10.0


def test_all_persons_need_more_than_most(monkeypatch):
    gains = [40.0, 60.0, 80.0, 100.0, 120.0]
    most = dose_cases.found(monkeypatch, gains, "30 kPa", share=0.6)
    everyone = dose_cases.found(monkeypatch, gains, "30 kPa", share=1.0)
    assert everyone.reached
    assert most.strength < everyone.strength


def test_out_of_reach_gives_the_best(monkeypatch):
    found = dose_cases.found(monkeypatch, [40.0, 50.0, 60.0], "70 kPa")
    assert not found.reached
    assert found.strength == 60.0
    assert found.effect["pressure"][0] == pytest.approx(5e4)
    assert found.hindered == ""


def test_far_out_of_reach_is_tried_on_the_usual_person_alone(monkeypatch):
    found = dose_cases.found(monkeypatch, [4.0, 5.0, 6.0], "70 kPa")
    assert not found.reached
    assert (found.met, found.persons) == (0, 1)


def test_a_limit_hinders(monkeypatch):
    """Ligaments would be stretched beyond their limit before the effect is there."""
    found = dose_cases.found(monkeypatch, [40.0, 50.0, 60.0], "45 kPa", ligament=0.8)
    assert not found.reached
    assert found.hindered == "ligament"
    assert found.use["ligament"] <= limits()["ligament"]
    assert found.strength < 60.0


def test_a_share_of_the_most(monkeypatch):
    found = dose_cases.found(monkeypatch, [100.0, 100.0], "50 %")
    assert found.reached
    assert found.target == pytest.approx(5e4)
    assert found.strength == pytest.approx(15.0, abs=1.01)


def test_a_method_under_caution_keeps_stricter_limits(monkeypatch):
    gains = [40.0, 50.0, 60.0]
    usual = dose_cases.found(monkeypatch, gains, "27 kPa", ligament=0.7)
    strict = dose_cases.found(
        monkeypatch, gains, "27 kPa", ligament=0.7, careful=["traction-table"]
    )
    assert usual.reached
    assert not strict.reached
    assert strict.hindered == "ligament"
    assert strict.use["ligament"] <= limits(careful=True)["ligament"]


def test_a_session_without_equilibrium_reaches_nothing(monkeypatch):
    """Stronger sessions slide: the dose is found below, and what slides is no error."""
    found = dose_cases.found(monkeypatch, [60.0, 60.0], "30 kPa", slides=0.6)
    assert found.reached
    assert found.strength == pytest.approx(15.0, abs=1.01)
    beyond = dose_cases.found(monkeypatch, [60.0, 60.0], "50 kPa", slides=0.6)
    assert not beyond.reached
    assert beyond.hindered == "equilibrium"
    assert beyond.strength <= 36.0
