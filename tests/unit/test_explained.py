"""Pictures for patients: well-formed, to scale, with a text in their place."""

import math
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from tractus.levels import VERTEBRAE
from tractus.report.explained import (
    SLIP,
    WORN,
    pair_picture,
    section_picture,
    spine_picture,
    standing,
)

WORDS = {"cervical": "neck", "thoracic": "chest", "lumbar": "<loins>", "sacrum": "s"}


def test_the_spine_stands_in_its_curve() -> None:
    bodies = standing()
    assert [b["name"] for b in bodies] == ["S1", *reversed(VERTEBRAE)]
    angle = {b["name"]: math.degrees(b["angle"]) for b in bodies}
    assert angle["S1"] == pytest.approx(36.0)
    assert -16 < angle["T12"] < -8  # the lordosis of the loins turns it back
    assert angle["T1"] > 15  # and the kyphosis of the chest forwards
    assert 0.50 < bodies[-1]["z"] - bodies[0]["z"] < 0.65  # m


def test_spine_picture_names_regions_and_nerves() -> None:
    picture = ET.fromstring(spine_picture({**WORDS, "spine_alt": "alt"}))
    shown = [node.text for node in picture.iter() if node.tag.endswith("text")]
    assert {"neck", "chest", "<loins>", "L5", "C8", "T1"} <= set(shown)
    assert picture.attrib["aria-label"] == "alt"


@pytest.mark.parametrize(
    ("draw", "kinds"),
    [
        (section_picture, ("healthy", "bulge", "herniation", "stenosis")),
        (pair_picture, ("healthy", "worn", "slip")),
    ],
)
def test_each_condition_has_its_own_picture(
    draw: Callable[[str, str], str], kinds: tuple[str, ...]
) -> None:
    made = [draw(kind, 'a "quoted" & <alt>') for kind in kinds]
    assert len(set(made)) == len(kinds)
    for picture in made:
        assert ET.fromstring(picture).attrib["role"] == "img"
    assert 0 < SLIP < 0.25 < WORN < 1  # a slip of grade 1, a disc that lost height
