"""A made-up answer to sessions, so that the search of a dose is tested without the engine."""

from types import SimpleNamespace

import numpy as np

from tractus import dose, dose_search
from tractus.dose_people import Population
from tractus.dose_runs import Course
from tractus.effect import read_effect
from tractus.errors import InputError

KILO = 1e3


def population(gains, share=0.8):
    """Persons whose fall of pressure is `gain` kPa at the full strength of a method."""
    made = [SimpleNamespace(level="L4-L5", gain=gain) for gain in gains]
    usual = SimpleNamespace(level="L4-L5", gain=float(np.median(gains)))
    return Population(usual, [(None, person) for person in made], share, len(made), 0)


def answer(ligament=0.4, top=60.0, slides=1.0):
    """A session: the fall grows with the root of the strength; ligaments with the strength."""

    def session(who, step, minutes=(), swift=True):
        part = float(str(step["force"]).split()[0]) / top
        if part > slides:
            raise InputError("the body slides")
        last = float(step["for"].split()[0])
        times = np.array([*minutes, last])
        fall = KILO * who.gain * np.sqrt(part) * np.ones_like(times)
        use = {"ligament": ligament * (0.5 + part), "annulus": 0.05, "facet": 10.0}
        ones = np.ones_like(times)
        effect = {"pressure": fall, "height": fall * 1e-8}
        return Course(times, effect, {k: v * ones for k, v in use.items()}, 600.0 * part)

    return session


def found(monkeypatch, gains, effect, share=0.8, careful=(), **answers):
    """Dose of the traction table for made-up persons."""
    monkeypatch.setattr(dose_search, "session", answer(**answers))
    people, method = population(gains, share), "traction-table"
    return dose.find(people, [method], read_effect(effect), careful=careful)[method]
