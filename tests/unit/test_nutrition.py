"""Laws of nutrition against their published numbers; what a disc's shape and endplates do."""

import numpy as np
import pytest

from engine_cases import man
from tractus import Specimen, nutrition, response, simulate, simulation, spine
from tractus.tables import parameter
from tractus.tissue import nutrition as law
from tractus.tissue.disc import SLICES
from tractus.tissue.nutrition import GLUCOSE, LACTATE, OXYGEN

LEVEL = 1  # L4-L5
NAMES = list(nutrition.UNITS)


def at(kilopascal: float, lactate: float, glucose: float) -> np.ndarray:
    return np.array([kilopascal * 1e3 * parameter("oxygen_solubility"), lactate, glucose])


def hourly(c: np.ndarray) -> np.ndarray:
    """Rates (3,) [nmol per million cells and hour]."""
    return law.rates(c, nutrition.cells())[0] / 1e-15 * 3600.0


def test_the_published_rates_by_hand():
    """T017, T018 at 5 kPa and pH 7.4 - 1/11.11 of a unit per mM, glucose plenty."""
    oxygen, lactate, glucose = hourly(at(5.0, 1.111, 1e6))
    a = 7.3 - 4.95
    assert -oxygen == pytest.approx(7.28 * a * 5.0 / (1.46 + 5.0 + 4.03 * a), rel=1e-6)
    assert lactate == pytest.approx(np.exp(-2.47 + 0.93 * 7.3 + 0.16 * 5 - 0.0058 * 25), rel=1e-5)
    assert glucose == pytest.approx(-lactate / 2.0)


def test_cells_use_nothing_that_is_not_there():
    assert hourly(at(0.0, 3.0, 2.0))[OXYGEN] == 0.0
    assert hourly(at(2.0, 3.0, 0.0))[[LACTATE, GLUCOSE]] == pytest.approx(0.0)


def test_acid_slows_cells():
    sweet, sour = hourly(at(2.0, 1.0, 4.0)), hourly(at(2.0, 6.0, 4.0))
    assert np.all(np.abs(sour) < np.abs(sweet))


def test_slopes_are_those_of_the_rates():
    c, cells = at(1.5, 3.0, 0.3), nutrition.cells()
    _, slope = law.rates(c, cells)
    for j in range(3):
        h = 1e-6 * c[j]
        step = h * np.eye(3)[j]
        found = (law.rates(c + step, cells)[0] - law.rates(c - step, cells)[0]) / (2 * h)
        assert found == pytest.approx(slope[:, j], rel=1e-6, abs=1e-25)


def test_oxygen_diffuses_in_squeezed_annulus_as_measured():
    """T002 to T004, Yuan 2009: 1.43, 1.05, 0.77e-9 m2/s at 4.7, 14.2, 23.7 % of strain."""
    free, n0 = parameter("diffusivity_oxygen"), 0.8  # bovine annulus
    for strain, low, high in ((0.0468, 0.9, 1.7), (0.142, 0.7, 1.4), (0.237, 0.6, 1.1)):
        n = (n0 - strain) / (1.0 - strain)  # only water leaves
        assert low * 1e-9 < law.diffusivity(free, np.array(n)) < high * 1e-9


def discs_as(grade: int = 1, **changes: float) -> nutrition.Discs:
    """Discs of a man of one grade, with factors on what they hold."""
    made = nutrition.discs_of(of(grade), usual(grade))
    return made._replace(**{k: getattr(made, k) * v for k, v in changes.items()})


def of(grade: int) -> spine.Spine:
    return spine.of(man(discs={"all": {"grade": grade}}))


def usual(grade: int = 1, height: float = 1.0, nucleus: float = 1.15) -> nutrition.Course:
    """Discs at rest: nucleus swollen, annulus a little; `height` stretches them at equal area."""
    d = of(grade).system.disc
    free, solid = np.asarray(d.volume), np.asarray(d.volume * d.solid)
    full = [free[:, :SLICES].sum(1) * nucleus, free[:, SLICES:].sum(1) * 1.05]
    wet = [full[0] - solid[:, :SLICES].sum(1), full[1] - solid[:, SLICES:].sum(1)]
    sizes = [np.asarray(d.nucleus_height), full[0], wet[0], full[1], wet[1]]
    return nutrition.Course(np.zeros(1), *(v[None] * height for v in sizes))


def extremes(d: nutrition.Discs, now: nutrition.Course, fine: int = 1) -> dict[str, float]:
    values = nutrition.extremes(nutrition.begin(d, now, fine), fine)[:, LEVEL]
    return dict(zip(NAMES, values, strict=True))


def worse(then: dict[str, float], now: dict[str, float]) -> bool:
    return (
        then["oxygen_min"] < now["oxygen_min"]
        and then["glucose_min"] < now["glucose_min"]
        and then["lactate_max"] > now["lactate_max"]
    )


HEALTHY = extremes(discs_as(), usual())


def test_a_closed_endplate_starves_the_disc():
    found = [extremes(discs_as(exchange=e), usual()) for e in (0.3, 0.6, 1.0)]
    assert worse(found[0], found[1])
    assert worse(found[1], found[2])


def test_more_cells_starve_themselves():
    assert worse(extremes(discs_as(cells=1.3), usual()), HEALTHY)


def test_a_taller_disc_of_equal_cell_density_is_worse_off():
    assert worse(extremes(discs_as(cells=1.2), usual(height=1.2)), HEALTHY)


def test_losing_water_at_equal_height_is_worse():
    """Nutrients pass less easily, and the cells stand closer."""
    assert worse(extremes(discs_as(), usual(nucleus=1.0)), HEALTHY)


def test_a_low_disc_with_closed_endplates_is_no_better_fed_than_a_healthy_one():
    """Grade 5: half the exchange takes what the short way gives."""
    degenerated = extremes(discs_as(5), usual(5))
    opened = extremes(discs_as(5, exchange=2.0), usual(5))
    assert worse(degenerated, opened)
    assert degenerated["glucose_min"] < 1.05 * HEALTHY["glucose_min"]


def test_a_finer_grid_changes_little():
    fine = extremes(discs_as(), usual(), 2)
    for name in NAMES:
        assert HEALTHY[name] == pytest.approx(fine[name], rel=0.015)


def test_a_course_keeps_its_mean():
    """Trapezoids between readings; still before the first and after the last."""
    time = np.array([0.0, 10.0, 30.0])
    course = nutrition.Course(time, *([np.array([[1.0], [2.0], [6.0]])] * 5))
    assert course.mean(0.0, 30.0).height[0, 0] == pytest.approx((15.0 + 80.0) / 30.0)
    assert course.mean(20.0, 40.0).height[0, 0] == pytest.approx((50.0 + 60.0) / 20.0)
    assert course.mean(5.0, 6.0).height[0, 0] == pytest.approx(1.55)


@pytest.fixture(scope="module")
def course(morning):
    return response.course(morning.spine, morning.readings)


def test_in_the_middle_of_a_healthy_nucleus_it_is_as_published(man):
    """T024: oxygen 0.5 to 1.5 kPa, glucose 0.8 to 1.5 mM, lactate 2 to 5 mM in models of L4-L5."""
    day = response.course(man.spine, man.day)
    usual = day.mean(0.0, 86400.0)
    oxygen, lactate, glucose = nutrition.begin(nutrition.discs_of(man.spine, usual), usual)[
        LEVEL, 0, 0
    ]
    assert 500.0 < oxygen / parameter("oxygen_solubility") < 1500.0
    assert 2.0 < lactate < 5.0
    assert 0.8 < glucose < 1.5


def test_nutrients_stand_in_every_response_and_do_not_depend_on_the_times_asked_for(morning):
    subject, steps = morning.spine.subject, [{"do": "standing", "for": "1 h"}]
    whole, asked = simulate(subject, steps), simulate(subject, steps, times=[600.0, 3600.0])
    for name, unit in nutrition.UNITS.items():
        assert whole[name].dims == ("time", "level")
        assert whole[name].attrs["units"] == unit
        assert np.all(whole[name] > 0.0)
        assert asked[name][-1].values == pytest.approx(whole[name][-1].values, rel=1e-9)


def test_standing_takes_oxygen_from_the_low_discs(morning):
    found = simulation.nutrients(morning)
    assert found["oxygen_min"][-1, LEVEL] < found["oxygen_min"][0, LEVEL]


def test_a_day_repeats_itself(man):
    """The last regular day leaves the discs as the next one ends: within 1 %."""
    day = response.course(man.spine, man.day)
    again = nutrition.nutrients(man.spine, day, day, [57600.0, 86400.0])
    first = nutrition.nutrients(man.spine, day, nutrition.Course(*(v[:1] for v in day)), [3.0])
    for name in nutrition.UNITS:
        assert again[name][-1] == pytest.approx(first[name][0], rel=0.01)


def test_half_the_steps_move_what_standing_takes_by_less_than_one_percent(
    morning, course, monkeypatch
):
    def taken():
        day = response.course(morning.spine, morning.day)
        found = nutrition.nutrients(morning.spine, day, course, [3600.0])["oxygen_min"][:, LEVEL]
        return found[-1] - found[0]

    coarse = taken()
    monkeypatch.setattr(nutrition, "STEP", nutrition.STEP / 2.0)
    assert taken() == pytest.approx(coarse, rel=0.01)


def test_a_specimen_is_supplied_as_in_the_body():
    cut = Specimen(level="L4-L5", parts="disc", grade=1)
    pressed = simulate(cut, [{"do": "bench", "force": "-500 N", "for": "1 h"}])
    for name in nutrition.UNITS:
        assert np.all(np.isfinite(pressed[name]))
    assert pressed["oxygen_min"][-1] < pressed["oxygen_min"][0]
