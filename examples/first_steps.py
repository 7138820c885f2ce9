"""Pressure in one disc after a morning upright and two minutes prone. Run from the repository."""

import tractus

patient = tractus.Patient.read("examples/wilke-man.yaml")
morning = [{"do": "standing", "for": "4 h"}, {"do": "lying-prone", "for": "2 min"}]
day = tractus.simulate(patient, morning)
pressure = day.intradiscal_pressure.sel(level="L4-L5") / 1e6  # MPa
print(f"upright {pressure.sel(time=4 * 3600).item():.2f} MPa, prone {pressure[-1].item():.2f} MPa")
