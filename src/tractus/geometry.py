"""Measured geometry of one spine: the file that `tractus scan` writes and a patient file names.

Lengths [mm] and angles [deg] as in the file; axes are rows right, anterior, cranial in the
right-anterior-superior millimetres of the image.  Reading it needs no library of scans.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tractus.errors import InputError
from tractus.files import as_mapping, build, check_keys

UNITS = {"length": "mm", "angle": "deg", "area": "mm2", "volume": "ml"}
POSTURES = ("supine", "prone", "standing", "side")
EXTRA_BONES = ("T13", "L6", "L7")
LARGEST = 4_000_000
"""Bytes of the largest geometry file that is read."""


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )


class Number(_Part):
    """A measured number and its standard deviation."""

    value: float
    sd: float = Field(ge=0.0)


class Heights(_Part):
    """Heights [mm] in front, in the middle and behind in the mid-sagittal strip; mean of all."""

    anterior: Number | None = None
    middle: Number | None = None
    posterior: Number | None = None
    mean: Number

    @model_validator(mode="after")
    def _possible(self) -> Heights:
        for name, number in self:
            if number is not None and not 0.0 < number.value < 60.0:
                raise InputError(f"height, {name}: {number.value:g} mm is not possible")
        return self


class Vertebra(_Part):
    """A vertebral body."""

    centroid: Annotated[list[float], Field(min_length=3, max_length=3)]
    axes: Annotated[
        list[Annotated[list[float], Field(min_length=3, max_length=3)]],
        Field(min_length=3, max_length=3),
    ]
    height: Heights
    wedge: Number
    volume: Number


class Label(_Part):
    """A disc as its own label draws it, lower than from bone to bone."""

    height: Heights
    area: Number


class Disc(_Part):
    """A disc: from bone to bone (gap), or as it was labelled (label)."""

    kind: Literal["gap", "label"]
    height: Heights
    area: Number
    wedge: Number | None = None
    slip: Number | None = None
    labelled: Label | None = None

    @model_validator(mode="after")
    def _possible(self) -> Disc:
        if not 50.0 < self.area.value < 4000.0:
            raise InputError(f"area {self.area.value:g} mm2 is not possible; allowed: 50 to 4000")
        if self.wedge is not None and abs(self.wedge.value) > 45.0:
            raise InputError(f"wedge {self.wedge.value:g} deg is not possible; allowed: -45 to 45")
        return self


class Curve(_Part):
    """An angle [deg] between the upper plate of one vertebra and a plate of another."""

    upper: str = Field(alias="from")
    lower: str = Field(alias="to")
    value: Number


class Geometry(_Part):
    """What a scan showed of one spine."""

    convention: str
    posture: Literal["supine", "prone", "standing", "side"]
    units: Mapping[str, str]
    vertebrae: Mapping[str, Vertebra]
    discs: Mapping[str, Disc]
    spacing: Mapping[str, Number]
    lordosis: Curve | None = None
    kyphosis: Curve | None = None
    scoliosis: Curve | None = None
    canal: Mapping[str, Number] | None = None
    foramen: Mapping[str, Mapping[str, Number]] | None = None
    date: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    """Day of the scan where somebody has written it down; no tool adds one."""
    warnings: list[str] = Field(default_factory=list)

    @classmethod
    def read(cls, path: str | Path) -> Geometry:
        """The geometry in a JSON file. Raises InputError in one line."""
        return cls.parse(_json(Path(path)), str(path))

    @classmethod
    def parse(cls, mapping: object, where: str = "geometry") -> Geometry:
        """A geometry from the content of a file; `where` names it in errors."""
        raw = as_mapping(mapping, where)
        needed = ("convention", "posture", "units", "vertebrae", "discs", "spacing")
        check_keys(raw, [f.alias or n for n, f in cls.model_fields.items()], where, needed)
        if as_mapping(raw["units"], f"{where}: units") != UNITS:
            raise InputError(f"{where}: units must be {json.dumps(UNITS)}")
        return build(cls, {k: v for k, v in raw.items() if v is not None}, where)

    def as_dict(self) -> dict[str, Any]:
        """Content of the file; what was not measured is absent."""
        return dict(self.model_dump(by_alias=True, exclude_none=True))

    def write(self, path: Path) -> None:
        """Write the file."""
        text = json.dumps(self.as_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        path.write_text(_compact(text) + "\n", encoding="utf-8")

    def levels(self) -> Iterator[tuple[str, Disc]]:
        """Discs from the lowest up."""
        return iter(self.discs.items())


def _json(path: Path) -> object:
    """Content of a JSON file. Raises InputError."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; `tractus scan` writes one")
    if path.stat().st_size > LARGEST:
        raise InputError(f"{path}: larger than {LARGEST // 1_000_000} MB")
    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid JSON: {error}") from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping whose keys differ."""
    out = dict(pairs)
    if len(out) < len(pairs):
        raise ValueError("a key stands twice in one mapping")
    return out


def _compact(text: str) -> str:
    """JSON with numbers of one list, and of one measurement, on one line."""
    out: list[str] = []
    joined = ""
    for line in text.split("\n"):
        word = line.strip()
        if joined:
            joined += word if word[0] in "]}" else f" {word}" if joined[-1] == "," else word
            if word[0] in "]}":
                out.append(joined)
                joined = ""
        elif word.endswith(("[", "{")) and _small(word):
            joined = line
        else:
            out.append(line)
    return "\n".join(out)


def _small(word: str) -> bool:
    """Whether what opens here holds numbers alone."""
    small = ("centroid", "value", "anterior", "middle", "posterior", "mean", "wedge", "volume")
    return any(word.startswith(f'"{name}"') for name in (*small, "area", "slip")) or word == "["


def rounded(value: float, digits: int = 2) -> float:
    """A number as it is written; nan is refused earlier."""
    return float(round(value, digits)) if math.isfinite(value) else math.nan
