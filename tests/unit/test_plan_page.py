"""The documents of a plan, from a made-up one."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tractus.report import plan_terminal, terminal
from tractus.report.export import write_json
from tractus.report.plan_chart import chart
from tractus.report.plan_page import clinician_html, patient_html
from tractus.report.texts import texts
from unit.fake_plan import fake_plan
from unit.test_plan import FORBIDDEN

VOID = ("meta", "br", "img", "link", "input")


class Balance(HTMLParser):
    """Every tag is closed by its own."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("page", [clinician_html, patient_html])
@pytest.mark.parametrize("reached", [True, False])
def test_documents(examples: Path, lang, page, reached):
    html = page(fake_plan(examples, reached=reached), lang=lang)
    balance = Balance()
    balance.feed(html)
    assert balance.open == []
    assert f'<html lang="{lang}">' in html
    assert "A &lt;b&gt; person" in html
    assert "<script" not in html
    assert "@media print" in html
    assert texts(lang)("disclaimer") in html
    assert 'class="emergency"' in html
    words = re.sub(r"<style>.*?</style>", "", html, flags=re.S).lower()
    assert not [word for word in FORBIDDEN if word in words]


def test_clinician_sees_doses_sources_and_figures(examples: Path):
    html = clinician_html(fake_plan(examples))
    for said in (
        "found no equilibrium in this model: 1",
        "82 N (13 % bw)", "7/8", "Vanti et al. 2023", "NICE NG59", "SPORT", "Panjabi", "not ranked",
    ):  # fmt: skip
        assert said in html, said
    assert html.count('<svg class="chart"') == 2
    assert html.count('class="spine"') == 2


def test_patient_sees_no_sources_but_what_trials_say(examples: Path):
    html = patient_html(fake_plan(examples))
    assert "Vanti" not in html
    assert "strong pulls did no better" in html
    assert "the least dose" not in html
    assert html.count('class="spine"') == 1


def test_out_of_reach_is_said(examples: Path):
    plan = fake_plan(examples, reached=False)
    assert "No method that is open to this person reaches the effect" in clinician_html(plan)
    assert "does not reach the chosen effect" in clinician_html(plan)
    assert "clearly more for the disc L4-L5 than lying down" in patient_html(plan)


def test_cautions_are_shown_in_the_language_of_the_page(examples: Path):
    plan = fake_plan(examples, "caution.yaml")
    assert "una vértebra desplazada no es motivo de tracción" in clinician_html(plan, lang="es")
    assert "una vértebra desplazada no es motivo de tracción" in patient_html(plan, lang="es")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_terminal(examples: Path, capsys, lang):
    plan_terminal.plan(fake_plan(examples), texts(lang), terminal.console())
    out = capsys.readouterr().out
    assert "82 N (13 % bw)" in out
    assert "0.15 mm [0.10, 0.20]" in out
    assert texts(lang)("plan_compared") in out


def test_json(examples: Path, tmp_path: Path):
    plan = fake_plan(examples)
    write_json(plan.as_dict(), tmp_path / "plan.json")
    data = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert data["target_level"] == "L4-L5"
    assert data["reached"] is True
    first, second = data["options"]
    assert first["regimen"][0] == {"do": "traction-table", "force": "13 % bw", "for": "10 min"}
    assert set(second["effect"]["height"]) == {"median"}
    assert {"stop", "home", "adjunct", "surgery"} <= set(data)


def test_chart_survives_gaps_and_flat_lines():
    line = {"pressure": [0.1, None, 0.1], "height": [10.0, 10.0, 10.0]}
    both = {"t": [-1.0, 5.0, 10.0], "end": 10.0, "method": line, "lying": line}
    for key in ("pressure", "height"):
        assert "polyline" in chart(both, key, "axis", "name", texts("en"))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_trials_say_of_dose_stands_in_both_languages(examples: Path, lang):
    html = clinician_html(fake_plan(examples), lang=lang)
    assert all(name in html for name in ("Vanti et al. 2023", "Schimmel", "Meszaros"))
    advice = texts(lang)("plan_you_guideline")
    assert advice in patient_html(fake_plan(examples), lang=lang)
