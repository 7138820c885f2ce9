"""Who lies on the table: a patient, or a specimen on the bench."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_serializer,
    model_validator,
)

from tractus import disc_heights, scan_checks, scan_findings, units
from tractus.answers import Given, check_questions, read_answers
from tractus.errors import InputError, show
from tractus.files import as_mapping, build, check_keys, read_yaml
from tractus.findings import known, questions, scan_lines
from tractus.geometry import Geometry
from tractus.levels import GROUPS, LEVELS, REGION_OF, hint
from tractus.signs import asked_signs, known_signs
from tractus.tables import number, table

REFERENCE_HEIGHT = 1.78
REFERENCE_MASS = 78.0
SPECIMEN_AGE = 40
"""Age [years] of a specimen whose age is not given; it only decides an absent grade."""

# what is refused, and what is only warned about: (lowest, highest)
POSSIBLE = {"height": (1.0, 2.3), "mass": (30.0, 250.0), "BMI": (11.0, 70.0)}
USUAL = {"height": (1.45, 2.05), "mass": (42.0, 150.0), "BMI": (16.0, 40.0)}
_UNIT = {"height": "m", "mass": "kg", "BMI": "kg/m2"}


def _si(kind: str, name: str) -> BeforeValidator:
    """Text with a unit becomes SI; a plain number in Python is SI already."""

    def convert(value: object) -> object:
        return units.quantity(value, kind, where=name) if isinstance(value, str) else value

    return BeforeValidator(convert)


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True
    )


Length: TypeAlias = Annotated[float, _si("length", "height")]
Mass: TypeAlias = Annotated[float, _si("mass", "mass")]


class Herniation(_Model):
    """A protrusion: its site and how far it reaches beyond the posterior rim [m]."""

    site: Literal[
        "median",
        "posterolateral-left",
        "posterolateral-right",
        "foraminal-left",
        "foraminal-right",
        "extraforaminal-left",
        "extraforaminal-right",
    ]
    size: Annotated[float, _si("length", "size"), Field(ge=0.0, le=0.020)]

    @property
    def side(self) -> str | None:
        """left, right, or None for a median one."""
        return None if self.site == "median" else self.site.rsplit("-", 1)[1]


class Disc(_Model):
    """What is known of a disc; what is absent follows from the group, or from age."""

    grade: int | None = Field(default=None, ge=1, le=5)
    herniation: Herniation | None = None
    stenosis: Annotated[float, _si("fraction", "stenosis"), Field(ge=0.0, le=0.8)] | None = None
    """Share of the canal's area that bone and ligament have taken."""
    listhesis: Annotated[float, _si("length", "listhesis"), Field(ge=-0.01, le=0.02)] | None = None
    """Slip of the upper vertebra [m], forwards positive."""


class Complaint(_Model):
    """What the person came with."""

    region: Literal["cervical", "thoracic", "lumbar"] | None = None
    pain: float | None = Field(default=None, ge=0.0, le=10.0)
    radiation: str | None = Field(default=None, max_length=200)
    weeks: float | None = Field(default=None, ge=0.0, le=5200.0)


class _Body(_Model):
    """Sex, age and size, with the checks that hold for everyone."""

    sex: Literal["male", "female"]
    age: int = Field(ge=18, le=100)
    height: Length
    mass: Mass

    @model_validator(mode="after")
    def _possible(self) -> _Body:
        for name, value in self._sizes().items():
            low, high = POSSIBLE[name]
            if not low <= value <= high:
                raise InputError(
                    f"{name} {value:.4g} {_UNIT[name]} is not possible; allowed: {low:g} to "
                    f"{high:g} {_UNIT[name]}"
                )
        return self

    def _sizes(self) -> dict[str, float]:
        return {"height": self.height, "mass": self.mass, "BMI": self.bmi}

    @property
    def bmi(self) -> float:
        """Body mass index [kg/m2]."""
        return self.mass / self.height**2

    @property
    def body_weight(self) -> float:
        """Weight [N]."""
        return self.mass * units.GRAVITY

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is possible but unusual, one line each."""
        lines = []
        for name, value in self._sizes().items():
            low, high = USUAL[name]
            if not low <= value <= high:
                lines.append(
                    f"{name} {value:.4g} {_UNIT[name]} is unusual (usual: {low:g} to {high:g}); "
                    "the tables of geometry and mass come from average adults"
                )
        return tuple(lines)


def _scan(value: object) -> object:
    """A geometry, from a file where it is named."""
    if isinstance(value, str | Path):
        return Geometry.read(value)
    return Geometry.parse(value) if isinstance(value, Mapping) else value


class Patient(_Body):
    """A person. Quantities are SI numbers; in Python they may also be text with a unit.

    geometry: what `tractus scan` measured, as a Geometry, its content or its file.
    """

    name: str | None = Field(default=None, max_length=200)
    complaint: Complaint | None = None
    findings: Mapping[str, Given] = Field(default_factory=dict)
    signs: Mapping[str, Given] = Field(default_factory=dict)
    discs: Mapping[str, Disc] = Field(default_factory=dict)
    geometry: Annotated[Geometry | None, BeforeValidator(_scan)] = None

    @classmethod
    def read(cls, path: str | Path) -> Patient:
        """The patient in a YAML file. Raises InputError in one line."""
        return cls.parse(read_yaml(path), str(path), Path(path).parent)

    @classmethod
    def parse(
        cls, mapping: object, where: str = "patient", folder: str | Path | None = None
    ) -> Patient:
        """A patient from the content of a file; `where` names it in errors.

        The file of a scan is sought from `folder`, in which the patient's file lies.
        """
        raw = as_mapping(mapping, where)
        check_keys(raw, list(cls.model_fields), where, ("sex", "age", "height", "mass"))
        values = {key: value for key, value in raw.items() if value is not None}
        _sizes(values, where)
        _nested(values, where)
        if "geometry" in values:
            values["geometry"] = _geometry(values["geometry"], where, Path(folder or "."))
        return build(cls, values, where)

    @field_serializer("geometry")
    def _written(self, geometry: Geometry | None) -> dict[str, Any] | None:
        return geometry.as_dict() if geometry else None

    @model_validator(mode="after")
    def _scan_fits(self) -> Patient:
        if self.geometry is not None:
            scan_checks.check(self.geometry, self.height / REFERENCE_HEIGHT)
        return self

    @model_validator(mode="after")
    def _known_discs(self) -> Patient:
        for key in self.discs:
            if key not in LEVELS and key not in GROUPS:
                raise InputError(f"discs: unknown level '{key}'; {_level_hint(key)}")
        return self

    @model_validator(mode="after")
    def _findings_agree(self) -> Patient:
        check_questions(self.findings, questions(), "findings")
        check_questions(self.signs, asked_signs(), "signs")
        if self.findings or self.signs:
            known(self)
            known_signs(self)
        return self

    def grade(self, level: str) -> int:
        """Pfirrmann grade of a disc: given for level, group or all, else by height or age."""
        return self.sourced_grade(level)[0]

    def sourced_grade(self, level: str) -> tuple[int, str]:
        """Grade of a disc, and where it comes from: given, height (on a scan) or age."""
        for disc in self._given(level):
            if disc.grade is not None:
                return disc.grade, "given"
        usual = grade_at_age(level, self.age)
        found = self._suggested(level, usual)
        return (found.grade, "height") if found and found.grade != usual else (usual, "age")

    def _suggested(self, level: str, usual: int) -> disc_heights.Suggestion | None:
        return disc_heights.suggested(self.geometry, level, self.height / REFERENCE_HEIGHT, usual)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is possible but unusual, and what a scan says beyond sizes, one line each."""
        lines = list(super().warnings)
        if self.geometry is None:
            return tuple(lines)
        lines += scan_checks.doubts(self.geometry, self.height / REFERENCE_HEIGHT)
        for level in LEVELS:
            usual = grade_at_age(level, self.age)
            found = self._suggested(level, usual)
            grade, source = self.sourced_grade(level)
            given = grade if source == "given" else None
            lines += [n] if found and (n := disc_heights.note(level, found, given, usual)) else []
        return (*lines, *scan_lines(self))

    def herniation(self, level: str) -> Herniation | None:
        """Herniation of a disc, None where none is given."""
        return next((d.herniation for d in self._given(level) if d.herniation), None)

    def stenosis(self, level: str) -> float:
        """Share of the canal's area that is lost at a level."""
        return next((d.stenosis for d in self._given(level) if d.stenosis is not None), 0.0)

    def listhesis(self, level: str) -> float:
        """Slip of the upper vertebra [m], forwards positive."""
        given = next((d.listhesis for d in self._given(level) if d.listhesis is not None), None)
        return scan_findings.listhesis(self.geometry, level) if given is None else given

    def _given(self, level: str) -> list[Disc]:
        keys = (level, REGION_OF[level], "all")
        return [self.discs[key] for key in keys if key in self.discs]


class Specimen(_Body):
    """A disc or a motion segment on the bench, by default of a man of 1.78 m and 78 kg."""

    sex: Literal["male", "female"] = "male"
    age: int = Field(default=SPECIMEN_AGE, ge=18, le=100)
    height: Length = REFERENCE_HEIGHT
    mass: Mass = REFERENCE_MASS
    level: str
    parts: Literal["disc", "segment"] = "segment"
    given_grade: int | None = Field(default=None, ge=1, le=5, alias="grade")

    model_config = ConfigDict(populate_by_name=True)

    @classmethod
    def parse(cls, mapping: object, where: str = "segment") -> Specimen:
        """A specimen from `{segment: {...}}` or from what stands in it."""
        raw = as_mapping(mapping, where)
        if "geometry" in raw:
            raise InputError(f"{where}: a segment takes no geometry; give it to a patient")
        if "segment" in raw:
            inner = as_mapping(raw.pop("segment"), f"{where}: segment")
            check_keys(raw, ["segment", "sex", "age", "height", "mass"], where)
            raw = {**raw, **inner}
        known = ["level", "parts", "grade", "sex", "age", "height", "mass"]
        check_keys(raw, known, where, ("level",))
        values = {key: value for key, value in raw.items() if value is not None}
        _sizes(values, where)
        return build(cls, values, where)

    @model_validator(mode="after")
    def _known_level(self) -> Specimen:
        if self.level not in LEVELS:
            raise InputError(f"level: unknown level '{self.level}'; {_level_hint(self.level)}")
        return self

    def grade(self, level: str | None = None) -> int:
        """Pfirrmann grade, given or by age."""
        return self.given_grade or grade_at_age(level or self.level, self.age)

    def herniation(self, level: str | None = None) -> None:
        """Specimens have none."""


Subject: TypeAlias = Patient | Specimen


def parse_subject(
    mapping: object, where: str = "patient", folder: str | Path | None = None
) -> Subject:
    """A specimen where there is a `segment`, else a patient; `folder` as of `Patient.parse`."""
    raw = as_mapping(mapping, where)
    return Specimen.parse(raw, where) if "segment" in raw else Patient.parse(raw, where, folder)


def read_subject(path: str | Path) -> Subject:
    """The patient or specimen in a YAML file."""
    return parse_subject(read_yaml(path), str(path), Path(path).parent)


def grade_at_age(level: str, age: int) -> int:
    """Usual Pfirrmann grade of a disc at an age (data/grade_by_age.csv)."""
    for row in table("grade_by_age"):
        if level in str(row["levels"]).split("|") and number(row, "age_low") <= age <= number(
            row, "age_high"
        ):
            return int(number(row, "grade"))
    raise InputError(f"no usual grade for {level} at {age} years")


def _level_hint(key: object) -> str:
    return hint(key, GROUPS)


def _sizes(values: dict[str, Any], where: str) -> None:
    """Height and mass of a file must carry units."""
    for key, kind in (("height", "length"), ("mass", "mass")):
        if key in values:
            values[key] = units.quantity(values[key], kind, where=f"{where}: {key}")


def _nested(values: dict[str, Any], where: str) -> None:
    """Check the keys of nested mappings, and turn their quantities into SI."""
    if "complaint" in values:
        inner = as_mapping(values["complaint"], f"{where}: complaint")
        check_keys(inner, list(Complaint.model_fields), f"{where}: complaint")
        values["complaint"] = inner
    if "findings" in values:
        values["findings"] = read_answers(values["findings"], questions(), f"{where}: findings")
    if "signs" in values:
        values["signs"] = read_answers(values["signs"], asked_signs(), f"{where}: signs")
    if "discs" in values:
        discs = as_mapping(values["discs"], f"{where}: discs")
        values["discs"] = {key: _disc(disc, key, where) for key, disc in discs.items()}


def _geometry(raw: object, where: str, folder: Path) -> Geometry:
    """The geometry that a file names, or that stands in it."""
    if isinstance(raw, Geometry):
        return raw
    if isinstance(raw, Mapping):
        return Geometry.parse(raw, f"{where}: geometry")
    if not isinstance(raw, str | Path) or not str(raw).strip():
        raise InputError(
            f"{where}: geometry {show(raw)} is no file name; give the JSON file that "
            "`tractus scan` writes, by its path from this file"
        )
    try:
        return Geometry.read(folder / raw)
    except InputError as error:
        raise InputError(f"{where}: geometry: {error}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{where}: geometry {show(str(raw))} cannot be read: {error}") from None


_BOUNDS = {
    "size": ("length", "0 mm", "20 mm"),
    "stenosis": ("fraction", "0 %", "80 %"),
    "listhesis": ("length", "-10 mm", "20 mm"),
}


def _bounded(raw: Mapping[str, Any], name: str, where: str) -> float:
    """A quantity of a disc in SI, within its range."""
    kind, *bounds = _BOUNDS[name]
    value = units.quantity(raw[name], kind, where=f"{where}: {name}")
    low, high = (units.quantity(bound, kind, where=name) for bound in bounds)
    if not low <= value <= high:
        raise InputError(
            f"{where}: {name} {show(raw[name])} is out of range; "
            f"allowed: {bounds[0]} to {bounds[1]}"
        )
    return value


def _disc(raw: object, key: str, where: str) -> dict[str, Any]:
    where = f"{where}: discs, {key}"
    if key not in LEVELS and key not in GROUPS:
        raise InputError(f"{where}: unknown level; {_level_hint(key)}")
    disc = as_mapping(raw, where)
    check_keys(disc, list(Disc.model_fields), where)
    for name in ("stenosis", "listhesis"):
        if disc.get(name) is not None:
            disc[name] = _bounded(disc, name, where)
    if disc.get("herniation") is not None:
        inner = as_mapping(disc["herniation"], f"{where}: herniation")
        check_keys(inner, ["site", "size"], f"{where}: herniation", ("site", "size"))
        disc["herniation"] = {**inner, "size": _bounded(inner, "size", f"{where}: herniation")}
    return disc
