"""Published experiments: files of docs/experiments.md as checked objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from pydantic import Field

from tractus import regimen
from tractus.errors import InputError, nearest, show
from tractus.evidence import measure as measures
from tractus.evidence.measure import Checked, Measure, checked
from tractus.files import as_mapping, check_keys, read_yaml
from tractus.patient import Specimen, Subject, parse_subject
from tractus.regimen import ResolvedStep

Use: TypeAlias = Literal["calibration", "validation"]
USES: tuple[Use, ...] = get_args(Use)

KEYS = ("id", "title", "patient", "segment", "regimen", "measure", "published", "accept", "note")
REQUIRED = ("id", "title", "regimen", "measure", "published", "accept")

ONE_MAN = {"Wilke": (1999, 2001)}
"""Papers on one person count as one study: first author and years."""


class Source(Checked):
    """The paper that reports the measurement."""

    authors: str
    year: int = Field(ge=1900, le=2100)
    journal: str
    doi: str | None = None

    @property
    def study(self) -> str:
        """First author and year; papers on the same person share one name."""
        first = re.split(r"[,;]| et al", self.authors)[0].strip()
        name = re.sub(r"\s+[A-Z]{1,4}$", "", first)  # without initials
        years = ONE_MAN.get(name, ())
        return f"{name} {'/'.join(map(str, years)) if self.year in years else self.year}"


class Published(Checked):
    """The measured value in its unit, with the spread between persons or specimens."""

    value: float
    unit: str
    sd: float | None = Field(default=None, ge=0.0)
    n: int | None = Field(default=None, ge=1)


@dataclass(frozen=True)
class Experiment:
    """A published measurement: who, what was done, what was read, and what counts as right."""

    id: str
    title: str
    source: Source
    use: Use
    subject: Subject
    steps: tuple[ResolvedStep, ...]
    measure: Measure
    published: Published
    accept: tuple[float, float]
    scale: float
    """One unit of the published value in what `measure.predict` returns."""
    note: str = ""

    @property
    def study(self) -> str:
        """The study that the experiment belongs to."""
        return self.source.study


@dataclass(frozen=True)
class Fault:
    """A file or an experiment that cannot be used, with the line that says why."""

    id: str
    error: str
    study: str | None = None
    use: Use | None = None


Found: TypeAlias = Experiment | Fault


def packaged() -> Path:
    """Folder of the experiments that come with the program."""
    return Path(str(resources.files("tractus") / "data" / "experiments"))


def load(folder: Path) -> list[Found]:
    """Experiments of all YAML files of a folder, in the order of their names.

    What is wrong in a file becomes a Fault in its place. Raises InputError for a folder that
    does not exist or holds no experiments.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; experiments are the YAML files of a folder")
    files = sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml"))
    if not files:
        raise InputError(f"{folder}: no experiments; a file is named *.yaml")
    found: list[Found] = []
    seen: dict[str, Path] = {}
    for file in files:
        for one in read(file):
            first = seen.setdefault(one.id, file)
            known = any(one.id == other.id for other in found)
            found.append(_again(one, file, first) if known else one)
    return found


def _again(one: Found, file: Path, first: Path) -> Fault:
    line = f"{file}: id '{one.id}' again (first in {first.name}); ids differ in a folder"
    return Fault(one.id, line, one.study, one.use)


def read(file: Path) -> list[Found]:
    """Experiments of one file; what cannot be used is a Fault, the others stand."""
    try:
        raw = as_mapping(read_yaml(file), str(file))
        check_keys(raw, ("source", "use", "experiments"), str(file), ("source", "use"))
        source = checked(Source, raw["source"], f"{file}: source")
        use, items = _use(raw["use"], file), raw.get("experiments")
        if not isinstance(items, list) or not items:
            raise InputError(f"{file}: experiments {show(items)}; a list of experiments is needed")
    except InputError as error:
        return [Fault(file.stem, str(error))]
    return [_one(item, source, use, f"{file.stem}-{i}", file) for i, item in enumerate(items, 1)]


def _use(value: object, file: Path) -> Use:
    for known in USES:
        if value == known:
            return known
    raise InputError(f"{file}: use {show(value)}; {nearest(value, USES)}")


def _one(raw: object, source: Source, use: Use, usual: str, file: Path) -> Found:
    """An experiment, or why it is none; `usual` names one without a proper id."""
    given = raw.get("id") if isinstance(raw, dict) else None
    name = given if isinstance(given, str) and given.strip() else usual
    try:
        return _experiment(as_mapping(raw, f"{file}: {name}"), source, use, f"{file}: {name}")
    except InputError as error:
        return Fault(name, str(error), source.study, use)


def _experiment(raw: Mapping[str, Any], source: Source, use: Use, where: str) -> Experiment:
    check_keys(raw, KEYS, where, REQUIRED)
    for key in ("id", "title", "note"):
        if not isinstance(raw.get(key) or "", str):
            raise InputError(f"{where}: {key} {show(raw[key])} is not text")
    subject = _subject(raw, where)
    if not isinstance(raw["regimen"], list):
        raise InputError(f"{where}: regimen {show(raw['regimen'])} is not a list of steps")
    steps = regimen.parse(
        raw["regimen"],
        mass=subject.mass,
        specimen=isinstance(subject, Specimen),
        where=f"{where}: regimen",
    )
    measure = measures.parse(raw["measure"], subject, steps, f"{where}: measure")
    published = checked(Published, raw["published"], f"{where}: published")
    return Experiment(
        id=raw["id"],
        title=raw["title"],
        source=source,
        use=use,
        subject=subject,
        steps=steps,
        measure=measure,
        published=published,
        accept=_band(raw["accept"], f"{where}: accept"),
        scale=measures.scale(measure, published.unit, subject, f"{where}: published"),
        note=raw.get("note") or "",
    )


def _subject(raw: Mapping[str, Any], where: str) -> Subject:
    given = [key for key in ("patient", "segment") if raw.get(key) is not None]
    if len(given) != 1:
        raise InputError(f"{where}: one of patient and segment is needed; given: {given or 'none'}")
    inner = raw[given[0]]
    return parse_subject({"segment": inner} if given == ["segment"] else inner, where)


def _band(value: object, where: str) -> tuple[float, float]:
    """Lowest and highest prediction that counts as right."""
    numbers = value if isinstance(value, list) else []
    if len(numbers) != 2 or not all(type(x) in (int, float) for x in numbers):
        raise InputError(f"{where}: {show(value)}; allowed: [low, high] in the published unit")
    low, high = map(float, numbers)
    if not low < high:
        raise InputError(f"{where}: {show(value)}; low must be below high")
    return low, high
