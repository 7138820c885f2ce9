"""The report: what stands in it, what must never stand in it, and the drawing's geometry."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tractus.comparison_summary import fits
from tractus.patient import Patient
from tractus.report import conditions, evidence, sections
from tractus.report.curves import MOST_TIMES, method_interval, pair
from tractus.report.failure import failure_values, shares
from tractus.report.figures import bars_figure, time_figure
from tractus.report.html import all_curves, report_html, script_json
from tractus.report.rows import QUANTITIES, cell, number, same_sentence, verdict
from tractus.report.spine_drawing import box, colour, disc, joints, quadrilateral
from tractus.report.texts import texts
from tractus.tables import table
from unit.fake_comparison import METHODS, dataset, fake_comparison, outline, quantity

EXAMPLES = Path(__file__).parents[2] / "examples"
FORBIDDEN = ("cure", "repair", "regenerate", "safe for everyone", "no side effects", "guaranteed")


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(fake_comparison(), day=date(2026, 1, 2))


def without_scripts(html: str) -> str:
    return re.sub(r"<script.*?</script>", "", html, flags=re.S)


def test_page_is_self_contained(page: str) -> None:
    assert page.count("<script>") == 2
    assert page.count("plotly.js v") <= 2
    assert not re.search(r'<script[^>]* src=|<link|@import|<img|url\(\s*["\']?http', page[:60_000])
    assert page.count('<script type="application/json" id="data">') == 1


def test_page_names_every_method_level_and_the_sentence(page: str) -> None:
    text = without_scripts(page)
    words = texts("en")
    for identifier in METHODS:
        assert words.method(identifier) in text
    for part in ("L4-L5", "C2-C3", "45 years", "1.74 m", "70 kg", "2026-01-02"):
        assert part in text
    assert text.count("Research and education software, not a medical device.") >= 3
    assert "NICE NG59" in text
    assert "standing relaxed" in text
    assert "Laminectomy" in text


def test_page_is_accessible(page: str) -> None:
    text = without_scripts(page)
    assert '<html lang="en">' in text
    assert 'name="viewport"' in text
    assert text.count("<h1") == 1
    for tag in re.findall(r"<svg[^>]*>", text):
        assert 'role="img"' in tag
        assert "aria-label=" in tag
    assert all("scope=" in tag for tag in re.findall(r"<th[ >][^>]*", text))
    named = set(re.findall(r' id="([^"]+)"', text))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', text)) <= named
    assert len(re.findall(r' id="([^"]+)"', text)) == len(named)


def test_page_escapes_what_people_write() -> None:
    comparison = fake_comparison(["heat"])
    comparison.patient.name = "<script>alert(1)</script>&"
    comparison.notes = ["</script><b>x"]
    html = report_html(comparison)
    assert "alert(1)</script>" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<b>x" not in html


def test_json_cannot_close_its_script_and_has_no_nan() -> None:
    assert "<" not in script_json({"a": "</script>"})
    comparison = fake_comparison(["heat"])
    comparison.runs["heat"]["intradiscal_pressure"].values[-5, 3] = np.nan
    html = report_html(comparison)
    found = re.search(r'id="data">(.*?)</script>', html, flags=re.S)
    assert found
    data = json.loads(found.group(1))
    assert None in data["curves"]["heat"]["method"]["levels"][3]


def test_sections_without_content_are_absent() -> None:
    comparison = fake_comparison(["heat"], recorded=False)
    comparison.summary["operations"] = []
    text = without_scripts(report_html(comparison))
    assert 'id="recorded"' not in text
    assert 'id="operations"' not in text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_texts_are_complete_and_promise_nothing(lang: str) -> None:
    for row in table("strings"):
        english, other = str(row["en"] or ""), str(row[lang] or "")
        assert other, row["key"]
        if english:
            assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", other))
        assert not any(word in other.lower() for word in FORBIDDEN), row["key"]


def test_spanish_page_is_spanish() -> None:
    text = without_scripts(report_html(fake_comparison(["heat"]), lang="es"))
    assert '<html lang="es">' in text
    assert "no es un producto sanitario" in text
    assert "Lying down" not in text


def test_another_language_is_refused() -> None:
    with pytest.raises(ValueError, match="en, es"):
        texts("fr")


@pytest.mark.parametrize(
    ("pressure", "height", "expected"),
    [
        (-0.02, 0.1, "adds"),
        (-0.02, 0.0, "adds"),
        (0.0, 0.1, "adds"),
        (0.009, -0.049, "same"),
        (0.02, 0.1, "mixed"),
        (0.02, 0.0, "less"),
        (0.0, -0.1, "less"),
        (None, 0.1, "unknown"),
    ],
)
def test_verdict(pressure: float | None, height: float, expected: str) -> None:
    entry = {"pressure_change_MPa": quantity(pressure), "height_change_mm": quantity(height)}
    assert verdict(entry) == expected


def test_report_says_where_lying_down_does_as_much() -> None:
    summary = fake_comparison().summary
    sentence = same_sentence(summary, texts("en"))
    assert sentence.startswith("Lying down does as much as Roller table")
    assert "Traction table" not in sentence
    assert same_sentence({"methods": summary["methods"][:1]}, texts("en")) == ""


def test_cells_with_intervals_and_without() -> None:
    entry: dict[str, Any] = {"pressure_change_MPa": {"median": -0.04, "low": -0.06, "high": -0.01}}
    assert cell(entry, QUANTITIES[0]) == "-0.040 (-40) [-0.060, -0.010]"
    assert cell({}, QUANTITIES[0]) == "–"
    assert number(-0.0001, 2) == "0.00"
    assert number(math.nan, 2) == "–"


def test_curves_start_with_the_method_and_stay_small() -> None:
    run, baseline = dataset(20, -0.05, 0.3), dataset(20, 0.0, 0.0)
    assert method_interval(run) == (14400.0, 15600.0)
    both = pair(run, baseline, "L4-L5")
    assert both["end"] == 20
    assert both["t"][0] == -30
    assert both["t"][-1] == 80
    assert all(a < b for a, b in pairwise(both["t"]))
    assert len(both["t"]) <= MOST_TIMES + 1
    last = max(i for i, t in enumerate(both["t"]) if t <= 20)
    expected = run["intradiscal_pressure"].sel(level="L4-L5", time=15600).item() / 1e6
    assert both["method"]["pressure"][last] == pytest.approx(expected, rel=1e-4)
    assert both["lying"]["pressure"][last] == pytest.approx(0.117, abs=0.003)


def test_figures_hold_lying_beside_every_method() -> None:
    comparison, words = fake_comparison(), texts("en")
    curves = all_curves(comparison)
    figure = time_figure(curves, "pressure", "MPa", words)
    assert len(figure["data"]) == 2 * len(METHODS)
    assert [t["visible"] for t in figure["data"][1::2]].count(True) == 1
    bars = bars_figure(comparison.summary["methods"], "height_change_mm", "mm", words)["data"][0]
    assert bars["x"] == [row[2] for row in METHODS.values()]
    assert "error_x" not in bars


def test_bars_show_intervals_where_there_are() -> None:
    entry = fake_comparison(["heat"]).summary["methods"][0]
    entry["height_change_mm"] = {"median": 0.3, "low": 0.1, "high": 0.6}
    error = bars_figure([entry], "height_change_mm", "mm", texts("en"))["data"][0]["error_x"]
    assert error["array"] == pytest.approx([0.3])
    assert error["arrayminus"] == pytest.approx([0.2])


def test_shares_of_failure() -> None:
    comparison = fake_comparison(["traction-table"])
    run, entry = comparison.runs["traction-table"], comparison.summary["methods"][0]
    found = shares(run, "L4-L5", entry)
    start, stop = method_interval(run)
    force = run["axial_force"].sel(level="L4-L5", time=slice(start + 1e-6, stop))
    assert found["compression"] == pytest.approx(-force.min().item() / 5000)
    assert found["tension"] == 0
    assert found["ligament"] == pytest.approx(0.165)
    assert failure_values("C5-C6")["tension"]["value"] == 569
    assert all(row["source"] and row["status"] for row in table("failure"))


def test_discs_lie_between_the_endplates_to_scale() -> None:
    bodies = outline()["bodies"]
    assert len(bodies) == 26
    named = joints(bodies[:-1])
    assert named[0][0] == "L5-S1"
    assert len(named) == 24  # 23 discs and C1-C2
    for _, lower, upper in named[:23]:
        corners = disc(lower, upper)
        assert math.dist(corners[0], corners[1]) == pytest.approx(960 * lower["width"])
        assert 1 < math.dist(corners[1], corners[2]) < 20
        assert corners[1][0] > corners[0][0]  # forward is to the right
        assert corners[2][1] < corners[1][1]  # up is up
    left, top, width, height = box(bodies)
    for body in bodies[:-1]:
        for x, y in quadrilateral(body):
            assert left < x < left + width
            assert top < y < top + height


def test_colours_follow_the_pressure() -> None:
    light = [sum(int(colour(p, 1.0)[i : i + 2], 16) for i in (1, 3, 5)) for p in (0, 0.2, 0.5, 1)]
    assert light == sorted(light, reverse=True)
    assert colour(-0.5, 1.0) != colour(0.5, 1.0)
    assert colour(None, 1.0) == "#dddddd"


def test_signs_and_prediction_rules_stand_in_the_report() -> None:
    patient = Patient.read(EXAMPLES / "caution.yaml")
    told = fits(patient)
    assert told["roots"][0]["name"] == "S1"
    assert {rule["rule"] for rule in told["predictions"]} == {"cai", "fritz"}
    html = conditions.section_of(patient, texts("es"))
    assert texts("es")("fits_roots") in html
    assert "Cai et al. 2009" in html
    assert "Dolor o adormecimiento" in html  # signs in words, not keys


def test_evidence_is_spanish_in_spanish() -> None:
    summary = fake_comparison(["heat", "traction-table"]).summary
    html = sections.evidence(summary, texts("es"))
    assert "lumbalgia aguda" in html
    assert "no ofrecer tracción" in html
    spanish = evidence.published(summary, texts("es"))
    assert "revisión Cochrane, 32 ensayos" in spanish
    assert "en contra" in spanish
    assert " to " not in spanish.replace(" to 1", "")
