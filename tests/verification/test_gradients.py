"""Slopes through the engine against differences of whole runs."""

from __future__ import annotations

import numpy as np
import pytest

from tractus.engine import march, memory
from tractus.evidence import experiments, gradients
from tractus.evidence.calibration import predictions
from tractus.tables import number, table, varied, with_values

NAMES = ["annulus_shear_modulus", "nucleus_charge", "fibre_angle_front_lumbar"]


@pytest.mark.parametrize("name", ["heuer-2007-idp-flexion-7.5", "van-der-veen-2013-creep"])
def test_slopes_are_those_of_whole_runs(name, monkeypatch):
    monkeypatch.setattr(memory, "TOLERANCE", march.EXACT)  # differences magnify what is left
    known = experiments.load(experiments.packaged())
    one = next(e for e in known if e.id == name)
    values = {str(row["name"]): number(row, "value") for row in table("parameters")}
    (value,), (slopes,) = gradients.predict([one], values, NAMES)
    with varied(with_values(values)):
        assert value == pytest.approx(predictions([one])[0], rel=1e-6)
    for parameter, slope in zip(NAMES, slopes, strict=True):
        h = 1e-3 * values[parameter]
        found = []
        for v in (values[parameter] + h, values[parameter] - h):
            with varied(with_values({**values, parameter: v})):
                found.append(predictions([one])[0])
        expected = (found[0] - found[1]) / (2 * h)
        scale = max(abs(expected), 1e-3 * abs(value) / values[parameter])
        assert abs(slope - expected) < 0.01 * scale, parameter
    assert np.isfinite(slopes).all()
