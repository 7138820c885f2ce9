"""The page of a measured scan: whole in itself, warnings first, planes and numbers drawn."""

from __future__ import annotations

import json
import re
import struct
import zlib
from datetime import date

import numpy as np
import pytest

from scan_cases import LUMBAR_IDS, lumbar
from tractus.geometry import Number
from tractus.imaging.scan import of_volume
from tractus.imaging.surface import surface
from tractus.imaging.volume import Volume, shape_field
from tractus.report.png import png
from tractus.report.scan import number
from tractus.report.scan_page import eye, scan_html


@pytest.fixture(scope="module")
def page() -> str:
    labels = lumbar().draw(LUMBAR_IDS, (3.0, 3.0, 3.0))
    image = Volume(labels.array * 10.0, labels.affine, "image")
    return scan_html(of_volume(labels, image, "verse"), day=date(2026, 11, 1))


def test_warnings_come_first(page: str) -> None:
    places = [page.index(f'<section id="{name}"') for name in ("warnings", "sections", "discs")]
    assert places == sorted(places)
    assert "voxels of 3 x 3 x 3 mm" in page[places[0] : places[1]]


def test_page_fetches_nothing(page: str) -> None:
    outside = page[: page.index("<script>")]
    assert not re.findall(r'(?:src|href)="(?!data:|#)', outside)
    assert page.count("Research and education software, not a medical device.") == 2


def test_numbers_and_planes_are_drawn(page: str) -> None:
    first = page[page.index("<svg") : page.index("</svg>")]
    assert first.count('class="plane"') == 10  # two of each body
    assert first.count('class="bar"') == 12  # three of each disc
    assert re.search(r"L4-L5  \d+\.\d ± \d\.\d mm", first)


def test_bones_are_meshes(page: str) -> None:
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert data
    traces = json.loads(data[1])["data"]
    assert {t["name"] for t in traces} == {"L5", "L4", "L3", "L2", "L1"}
    assert all(max(t["i"]) < len(t["x"]) for t in traces)


def test_long_spines_are_seen_whole() -> None:
    """The camera stands so far away that the ends of the spine are in the picture."""
    near, far = (np.array(eye([np.array([[-40.0, -50, -h], [40, 50, h]])])) for h in (60.0, 300.0))
    for place, height in ((near, 60.0), (far, 300.0)):
        extent = np.array([80.0, 100.0, 2 * height])
        tall = extent[2] / np.prod(extent) ** (1 / 3)
        assert tall < 2 * np.tan(np.deg2rad(22.5)) * 1.1 * np.linalg.norm(place)
    assert np.linalg.norm(far) > 1.5 * np.linalg.norm(near)


def test_no_number_is_minus_nothing() -> None:
    assert number(Number(value=-0.04, sd=0.6)) == "0.0 ± 0.6"


def test_surface_of_a_ball_is_closed_and_round() -> None:
    at = np.stack(np.meshgrid(*[np.arange(25.0)] * 3, indexing="ij"), -1)
    ball = (np.linalg.norm(at - 12.0, axis=-1) < 9.0).astype(np.uint8)
    points, faces = surface(shape_field(Volume(ball, np.eye(4))), 2.0)
    a, b, c = (points[faces[:, k]] - 12.0 for k in range(3))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0  # positive: faces look out
    assert volume == pytest.approx(4 / 3 * np.pi * 9.0**3, rel=0.1)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    assert set(np.unique(edges, axis=0, return_counts=True)[1]) == {2}


def test_nothing_has_no_surface() -> None:
    points, faces = surface(Volume(np.zeros((4, 4, 4)), np.eye(4)), 1.0)
    assert points.shape == faces.shape == (0, 3)


def test_png_holds_its_pixels() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    made = png(pixels)
    assert struct.unpack(">II", made[16:24]) == (3, 2)
    start = made.index(b"IDAT") + 4
    raw = zlib.decompress(made[start : made.index(b"IEND")])
    assert raw == b"\0" + pixels[0].tobytes() + b"\0" + pixels[1].tobytes()
