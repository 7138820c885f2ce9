"""The report in a real browser: nothing fails, nothing is fetched, nothing is cut off."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tractus.report.html import report_html
from unit.fake_comparison import METHODS, fake_comparison

BROWSER = next(
    (p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")

COLLECT = """<script>
window.faults = [];
window.addEventListener("error", (e) => window.faults.push(String(e.message)));
</script>"""
PROBE = """<script>
window.addEventListener("load", () => setTimeout(() => {
  const by = (id) => document.getElementById(id);
  const fill = () => document.querySelector("#spine-method .disc.target").getAttribute("fill");
  const pick = (id, value) => { by(id).value = value; by(id).dispatchEvent(new Event("change")); };
  const first = { now: by("now").textContent, fill: fill() };
  pick("method", "backrack");
  const chosen = { now: by("now").textContent, fill: fill() };
  pick("show", "difference");
  const difference = fill();
  by("time").value = 0;
  by("time").dispatchEvent(new Event("input"));
  const probe = document.createElement("pre");
  probe.id = "probe";
  probe.textContent = JSON.stringify({
    faults: window.faults, first, chosen, difference, start: by("now").textContent,
    cells: document.querySelectorAll("#levels tbody tr").length,
    plots: [...document.querySelectorAll(".plot")].map((p) => p.querySelectorAll("svg").length),
    fetched: performance.getEntriesByType("resource").map((r) => r.name),
    width: innerWidth, overflow: document.documentElement.scrollWidth,
  });
  document.body.append(probe);
}, 500));
</script>"""


def probe(folder: Path, width: int) -> dict[str, Any]:
    """Open the report at a width of `width` pixels and return what its probe saw."""
    html = report_html(fake_comparison())
    html = html.replace("<head>", "<head>" + COLLECT, 1).replace("</body>", PROBE + "</body>")
    (folder / "report.html").write_text(html, encoding="utf-8")
    # A window cannot be as narrow as a phone; a frame can.
    frame = (
        f'<iframe id="f" src="report.html" style="width:{width}px;height:900px;border:0"></iframe>'
        "<script>const wait = setInterval(() => {"
        ' const seen = document.getElementById("f").contentDocument?.getElementById("probe");'
        " if (!seen) return; clearInterval(wait);"
        ' document.body.append(Object.assign(document.createElement("pre"),'
        ' {id: "copy", textContent: seen.textContent})); }, 200);</script>'
    )
    (folder / "frame.html").write_text(frame)
    command = [
        *(BROWSER or "", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
        *("--disable-background-networking", "--allow-file-access-from-files"),
        *(f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=60000"),
        *(f"--window-size={max(width, 800)},1000", "--dump-dom", f"file://{folder}/frame.html"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r'<pre id="copy">(.*?)</pre>', done.stdout, flags=re.S)
    assert found, done.stdout[-2000:]
    result: dict[str, Any] = json.loads(unescape(found.group(1)))
    return result


@pytest.mark.parametrize("width", [1280, 390])
def test_report_works_at_desktop_and_phone_width(tmp_path: Path, width: int) -> None:
    seen = probe(tmp_path, width)
    assert seen["faults"] == []
    assert seen["fetched"] == []
    assert seen["width"] == width
    assert seen["overflow"] <= width
    assert len(seen["plots"]) == 6
    assert min(seen["plots"]) >= 1
    assert seen["cells"] == 23
    assert seen["first"]["now"].startswith(f"Traction table, {METHODS['traction-table'][0]:.1f}")
    assert seen["chosen"]["now"].startswith("Backrack")
    assert len({seen["first"]["fill"], seen["chosen"]["fill"], seen["difference"]}) == 3
    assert "standing before" in seen["start"]
