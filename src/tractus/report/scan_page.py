"""The page of a measured scan: warnings first, then sections, bones in space and tables."""

from __future__ import annotations

from datetime import date
from string import Template
from typing import Any

import numpy as np

from tractus.imaging.scan import Scan
from tractus.imaging.surface import surface
from tractus.imaging.views import Kind, view
from tractus.imaging.volume import shape_field
from tractus.report import scan as words
from tractus.report.html import package_version, part, script_json
from tractus.report.markup import element, row, section, table
from tractus.report.scan_views import box_width, view_svg

DISCLAIMER = "Research and education software, not a medical device."
MOST = 60_000
"""Points of all bones together."""
KINDS: tuple[Kind, ...] = ("sagittal", "coronal")
BONE = "#e3d3b4"
SACRUM = "#c9b38c"
DISC = "#a9cfae"
LIGHT = {"x": 2000, "y": 3000, "z": 2000}
EYE = np.array([1.7, 1.0, 0.25])
"""From where the bones are seen, towards their middle, in units of Plotly's scene."""
SIGHT = 0.9
"""Height of the scene that is seen, as a share of the distance, with a margin."""


def scan_html(scan: Scan, *, day: date | None = None) -> str:
    """The page of a scan, with everything it needs inside. `day` is the printed date."""
    from plotly.offline import get_plotlyjs

    page = Template(part("scan.html"))
    return page.substitute(
        title=element("", f"Measured spine: {scan.name}"),
        disclaimer=element("", DISCLAIMER),
        sections="\n".join(
            (_warnings(scan), _summary(scan), _sections(scan), _bones(), *_tables(scan))
        ),
        made=element("", f"Made with Tractus {package_version()} on {day or date.today()}."),
        data=script_json(bones_figure(scan)),
        css=part("page.css") + part("scan.css"),
        plotly=get_plotlyjs(),
    )


def _warnings(scan: Scan) -> str:
    lines = scan.geometry.warnings
    if not lines:
        return section("warnings", "Warnings", element("p", "None."))
    items = "".join(element("li", line) for line in lines)
    return section("warnings", "Warnings", f'<ul class="warnings">{items}</ul>')


def _summary(scan: Scan) -> str:
    found = scan.geometry
    told = element("p", words.read_line(found))
    curves = "".join(
        f"<div>{element('dt', name)}{element('dd', value)}</div>"
        for name, value in words.curve_lines(found)
    )
    return told + (f'<dl class="who">{curves}</dl>' if curves else "")


def _sections(scan: Scan) -> str:
    figures = "".join(_figure(scan, kind) for kind in KINDS)
    behind = "the image" if scan.image is not None else "the labels, as no image was given"
    lead = f"Drawn on {behind}; both follow the line of the spine. ± is one standard deviation."
    stage = f'<div class="sections">{figures}</div>'
    return section("sections", "Sections", element("p", lead, class_="lead"), stage)


def _caption(scan: Scan, kind: Kind) -> str:
    if kind == "coronal":
        return "Coronal" + (": distance of neighbouring centres" if scan.geometry.spacing else "")
    kinds = {disc.kind for disc in scan.geometry.discs.values()}
    how = " from bone to bone" if kinds == {"gap"} else ""
    return "Mid-sagittal" + (f": discs{how} (a front, m middle, p back)" if kinds else "")


def _figure(scan: Scan, kind: Kind) -> str:
    shown = view(scan, kind)
    w = box_width(shown)
    style = f"flex: {w:.0f} {w:.0f} 0"  # one scale for both sections
    words = element("figcaption", _caption(scan, kind))
    return f'<figure style="{style}">{view_svg(scan, shown)}{words}</figure>'


def _bones() -> str:
    plot = '<div class="plot" id="bones" role="img" aria-label="bones in space"></div>'
    lead = "The labels as surfaces, to turn and zoom."
    return section("space", "In space", element("p", lead, class_="lead"), plot)


def _tables(scan: Scan) -> list[str]:
    out = []
    for identifier, title, (head, rows) in (
        ("discs", words.disc_title(scan.geometry), words.disc_rows(scan.geometry)),
        ("bodies", "Vertebral bodies", words.body_rows(scan.geometry)),
    ):
        if rows:
            lines = [row(first, cells) for first, *cells in rows]
            made = table(head, lines, label=title, numeric=range(1, len(head)))
            out.append(section(identifier, title, made))
    canal = [(k, words.number(n, 0)) for k, n in (scan.geometry.canal or {}).items()]
    if canal:
        head = ["level", "canal (mm2)"]
        lines = [row(level, [area]) for level, area in canal]
        out.append(section("canal", "Canal", table(head, lines, label="Canal", numeric=[1])))
    return out


def bones_figure(scan: Scan) -> dict[str, Any]:
    """Vertebrae and sacrum as meshes for Plotly, no finer than the page can carry."""
    masks = dict(scan.parts.vertebrae or scan.parts.discs)
    if scan.parts.sacrum is not None:
        masks["S1"] = scan.parts.sacrum
    fields = {name: shape_field(mask) for name, mask in masks.items()}
    step = max(2.0, *(float(f.spacing.min()) for f in fields.values()))
    meshes = {name: surface(field, step) for name, field in fields.items()}
    while sum(len(points) for points, _ in meshes.values()) > MOST:
        step *= 1.25
        meshes = {name: surface(field, step) for name, field in fields.items()}
    traces = [_mesh(name, *mesh) for name, mesh in meshes.items() if len(mesh[0])]
    axis = {"visible": False}
    camera = {"eye": dict(zip("xyz", eye([p for p, _ in meshes.values()]), strict=True))}
    scene = {"aspectmode": "data", "xaxis": axis, "yaxis": axis, "zaxis": axis, "camera": camera}
    margin = {"l": 0, "r": 0, "t": 0, "b": 0}
    layout = {"scene": scene, "height": 560, "margin": margin, "showlegend": False}
    return {"data": traces, "layout": layout}


def eye(points: list[Any]) -> list[float]:
    """Where the camera stands so that all points (n, 3) [mm] of every bone are in the picture.

    Plotly scales the scene so that the geometric mean of its three extents is one.
    """
    extent = np.ptp(np.concatenate([p for p in points if len(p)]), axis=0)
    extent = extent / np.prod(extent) ** (1 / 3)
    away = max(float(np.linalg.norm(EYE)), extent[2] / SIGHT + 0.5 * float(extent[:2].max()))
    return [round(float(x), 3) for x in EYE / np.linalg.norm(EYE) * away]


def _mesh(name: str, points: Any, faces: Any) -> dict[str, Any]:
    x, y, z = (np.round(points[:, k], 1).tolist() for k in range(3))
    i, j, k = (faces[:, n].tolist() for n in range(3))
    colour = DISC if "-" in name else SACRUM if name == "S1" else BONE
    light = {"ambient": 0.5, "diffuse": 0.8, "specular": 0.1, "roughness": 0.9}
    return {
        "type": "mesh3d", "x": x, "y": y, "z": z, "i": i, "j": j, "k": k, "name": name,
        "color": colour, "hoverinfo": "name", "lighting": light, "lightposition": LIGHT,
    }  # fmt: skip
