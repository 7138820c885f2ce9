"""A made-up Plan to test its faces; numbers have plausible sizes and no meaning."""

from types import SimpleNamespace

from tractus.dose_comparison import Tried
from tractus.dose_found import Dose
from tractus.effect import read_effect
from tractus.patient import Patient
from tractus.planning import Option, Plan
from tractus.screening import screen
from unit.fake_comparison import dataset, fake_comparison


def fake_dose(method="traction-table", reached=True, persons=8, **changes):
    """A dose of 13 % of body weight for 10 min."""
    values = {
        "method": method,
        "step": {"do": method, "force": "13 % bw", "for": "10 min"},
        "key": "force",
        "strength": 13.0,
        "unit": "% bw",
        "minutes": 10.0,
        "level": "L4-L5",
        "quantity": "height",
        "target": 1e-4,
        "reached": reached,
        "hindered": "" if reached else "annulus",
        "effect": {"pressure": (3e4, 2e4, 4e4), "height": (1.5e-4, 1e-4, 2e-4)},
        "usual": {"pressure": 3e4, "height": 1.5e-4},
        "met": persons - 1 if reached else 0,
        "persons": persons,
        "applied": 82.0,
        "use": {"ligament": 0.4, "annulus": 0.07, "facet": 14.0},
        "limits": {"ligament": 0.7, "annulus": 0.12, "facet": 570.0},
        "cost": 0.7,
        "runs": 20,
    }
    return Dose(**values | changes)


def option(dose, patient, lang="en"):
    """An option around a dose."""
    verdict = screen(patient, lang=lang).methods[dose.method]
    few = (2, 3)
    return Option(
        dose.method, verdict.status, verdict.reasons, "D", "made up", dose, few, (2, 4), "s", ""
    )


def fake_plan(examples, name="simple.yaml", *, reached=True, **changes):
    """A plan with the traction table, which may reach the effect, and heat, which does not."""
    patient = Patient.read(examples / name).model_copy(update={"name": "A <b> person"})
    warm = {"do": "heat", "temperature": "40 degC", "for": "10 min"}
    heat = fake_dose("heat", False, 1, step=warm, key="temperature", strength=40.0, unit="degC")
    dose = fake_dose(reached=reached)
    options = (option(dose, patient), option(heat, patient))
    spread = {"pressure": (3e4, 2e4, 4e4), "height": (1.5e-4, 1e-4, 2e-4)}
    tried = Tried(dose.step, 10.0, spread, spread, 82.0, 8, 8)
    values = {
        "patient": patient,
        "level": "L4-L5",
        "effect": read_effect("0.1 mm"),
        "screening": screen(patient),
        "options": options,
        "closed": {},
        "shown": options[0],
        "progression": ((0.5, dose.step, 5e-5), (1.0, dose.step, 1.5e-4)),
        "people": SimpleNamespace(drawn=[None] * 8, samples=8, share=0.8, seed=0, lost=1),
        "run": dataset(20, -0.03, 0.2),
        "lying": dataset(20, 0.0, 0.0),
        "outline": fake_comparison().outline,
        "compared": (tried, tried),
    }
    return Plan(**values | changes)
