"""The documents of a plan in a real browser: nothing is cut off, nothing fetched, both print."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from tractus.report.plan_page import clinician_html, patient_html
from unit.fake_plan import fake_plan

BROWSER = next(
    (p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")

PROBE = """<script>
window.addEventListener("load", () => {
  const probe = document.createElement("pre");
  probe.id = "probe";
  probe.textContent = JSON.stringify({
    width: innerWidth, overflow: document.documentElement.scrollWidth,
    fetched: performance.getEntriesByType("resource").map((r) => r.name),
    flat: [...document.querySelectorAll("svg")].filter((s) => s.clientHeight < 40).length,
  });
  document.body.append(probe);
});
</script>"""


def browse(folder: Path, name: str, *options: str) -> str:
    """What the browser gives for a page of a folder."""
    command = [
        *(BROWSER or "", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
        *("--disable-background-networking", f"--user-data-dir={folder / 'profile'}"),
        *(*options, f"file://{folder}/{name}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("page", [clinician_html, patient_html])
@pytest.mark.parametrize("width", [1280, 640])
def test_nothing_is_cut_off(examples: Path, tmp_path: Path, lang, page, width):
    html = page(fake_plan(examples, "caution.yaml"), lang=lang)
    html = html.replace("</body>", PROBE + "</body>")
    (tmp_path / "plan.html").write_text(html, encoding="utf-8")
    dom = browse(tmp_path, "plan.html", f"--window-size={width},900", "--dump-dom")
    seen = json.loads(unescape(re.findall(r'<pre id="probe">(.*?)</pre>', dom, flags=re.S)[0]))
    assert seen["overflow"] <= seen["width"] == width
    assert seen["fetched"] == []
    assert seen["flat"] == 0


@pytest.mark.parametrize("page", [clinician_html, patient_html])
def test_it_prints(examples: Path, tmp_path: Path, page):
    """A few pages of A4, not one endless one and not a page per line."""
    (tmp_path / "plan.html").write_text(page(fake_plan(examples)), encoding="utf-8")
    browse(tmp_path, "plan.html", f"--print-to-pdf={tmp_path / 'plan.pdf'}")
    pages = re.findall(rb"/Type\s*/Page[^s]", (tmp_path / "plan.pdf").read_bytes())
    assert 2 <= len(pages) <= 9
