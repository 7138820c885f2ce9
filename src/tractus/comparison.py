"""Every way of decompressing one spine, against lying down for the same time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tractus import regimen, response, uncertainty
from tractus import spine as spines
from tractus.conditions import conditions, roots
from tractus.errors import InputError, nearest
from tractus.initial import Run, begin, region_target
from tractus.levels import REGION_OF
from tractus.patient import Patient
from tractus.prediction import predictions
from tractus.regimen import OPERATIONS, ResolvedStep
from tractus.screening import Screening, screen
from tractus.simulation import Progress, follow, resolve
from tractus.spine import Spine
from tractus.tables import number, table, text

if TYPE_CHECKING:
    import xarray

Quantity: TypeAlias = dict[str, float | None]

METHODS = (
    "traction-table", "inversion-table", "manual-traction", "flexion-distraction", "roller-table",
    "detensor-mat", "detensor-mattress", "lumbarest-mat", "backrack", "stretching",
    "positional-traction", "cervical-traction", "heat",
)  # fmt: skip
"""The thirteen methods that a person can have as one session."""
BEFORE, AFTER = 4 * 3600.0, 3600.0  # s of standing before a session and after it
OPERATED = ("lying-supine", 1200.0)  # posture after an operation, and s at which it is read
WORKERS = 2


@dataclass(frozen=True)
class Comparison:
    """What each method adds to lying down, with the runs behind it.

    summary: the content of summary.json; runs and baselines: the response of standing 4 h, the
    method (or lying), standing 1 h, by method; outline: bodies of the standing spine; recorded:
    published and predicted values where this person was measured; notes: what it rests on.
    """

    patient: Patient
    summary: dict[str, Any]
    runs: dict[str, xarray.Dataset]
    baselines: dict[str, xarray.Dataset]
    outline: dict[str, Any]
    recorded: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Counted:
    """Progress over many runs at once."""

    def __init__(self, total: int, report: Progress | None) -> None:
        self.total, self.done, self.report = total, 0, report

    def __call__(self, text: str) -> None:
        self.done += 1
        if self.report:
            self.report(min(self.done / self.total, 1.0), text)


def chosen_methods(patient: Patient, methods: Sequence[str] | None) -> tuple[str, ...]:
    """Ids to compare: those asked for, or all that fit the complaint.

    Raises InputError for an unknown id and for one that is not a single session.
    """
    region = patient.complaint.region if patient.complaint else None
    if methods is None:
        neck = region in ("cervical", None)
        return tuple(m for m in METHODS if neck or m != "cervical-traction")
    for name in methods:
        if name not in METHODS and name != "gravity-mat":
            raise InputError(f"methods: '{name}' is not one to compare; {nearest(name, METHODS)}")
    return tuple(dict.fromkeys(methods))


def compare(
    patient: Patient,
    methods: Sequence[str] | None = None,
    *,
    samples: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Compare methods for a patient (DESIGN 4.4): 4 h standing, the session, 1 h standing.

    Changes are against lying down for the same time, read at the end of the last hold.  With
    `samples` every quantity is the median and the 90 % interval over that many draws of what is
    not known (`uncertainty`); the curves stay those of the tables.  Raises InputError for unknown
    methods.
    """
    if samples:
        uncertainty.draws(samples, seed)  # refused before anything is calculated
    if not isinstance(patient, Patient):
        raise InputError("compare needs a patient; a specimen has no posture to lie down in")
    ids = chosen_methods(patient, methods)
    lines = [row for row in table("recorded") if _is(patient, row)]
    count = _Counted(6 + len(ids) + len(OPERATIONS) + len(lines), progress)
    if progress:
        progress(0.0, "initial state: regular days")
    start = begin(patient)
    count("4 h standing")
    morning = follow(start, resolve(patient, [{"do": "standing", "for": f"{BEFORE} s"}]))
    count("sessions")
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            sessions = {m: pool.submit(_session, morning, m, count) for m in ids}
            operated = {o: pool.submit(_operated, morning, o, count) for o in OPERATIONS}
            recorded = [pool.submit(_recorded, start, row, count) for row in lines]
            done = _results(sessions)
            reads = _reads(morning, done)
            rest = {p: pool.submit(_lying, morning, p, at, count) for p, at in reads.items()}
            lines_done = [f.result() for f in recorded]
            found = _gathered(morning, done, _results(rest), _results(operated), lines_done)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return _with_intervals(found, ids, samples, seed, progress) if samples else found


def _with_intervals(
    found: Comparison, ids: Sequence[str], samples: int, seed: int, progress: Progress | None
) -> Comparison:
    """The comparison with medians and 90 % intervals over draws."""
    target = str(found.summary["target_level"])

    def count(done: int, total: int) -> None:
        if progress:
            progress(done / total, f"{done} of {total} samples")

    def draw() -> dict[str, dict[str, float]]:
        return numbers(found.patient, target, ids)

    drawn = uncertainty.over_draws(samples, seed, draw, count)
    for part, values in _quantities(found.summary):
        for key in values:
            middle, low, high = uncertainty.interval([d[part][key] for d in drawn])
            values[key].update(median=middle, low=low, high=high)
    found.summary["samples"] = {"count": len(drawn), "seed": seed}
    notes = [n for n in found.notes if "no interval is given" not in n]
    said = f"Medians and 90 % intervals over {len(drawn)} of {samples} draws (seed {seed}) of what "
    said += "is not known of a person, of the parameters and of devices (data/uncertainty.csv)."
    return replace(found, notes=[*notes, said])


def _quantities(summary: Mapping[str, Any]) -> list[tuple[str, dict[str, Quantity]]]:
    """Every quantity of a summary, by the part that it stands in."""
    parts = {"lying": summary["baseline"]["lying"]}
    parts |= {e["id"]: e for e in (*summary["methods"], *summary["operations"])}
    return [
        (name, {k: v for k, v in part.items() if isinstance(v, dict) and "median" in v})
        for name, part in parts.items()
    ]


def numbers(patient: Patient, target: str, ids: Sequence[str]) -> dict[str, dict[str, float]]:
    """Numbers of a comparison by part of the summary; in one thread, with longer steps."""

    def silent(_: str) -> None:
        return None

    start = replace(begin(patient), target=target)
    before = resolve(patient, [{"do": "standing", "for": f"{BEFORE} s"}])
    morning = follow(start, before, swift=True)
    sessions = {m: _session(morning, m, silent, swift=True) for m in ids}
    reads = _reads(morning, sessions)
    rest = {p: _lying(morning, p, at, silent, swift=True) for p, at in reads.items()}
    longest = _longest(sessions, target)
    out = {"lying": readings(rest[_place(longest)], longest.read_at, target)}
    entries = {m: changes(s.run, rest[_place(s)], s.read_at, s.level) for m, s in sessions.items()}
    for o in OPERATIONS:
        run = _operated(morning, o, silent, swift=True)
        entries[o] = _operation(morning, o, run, rest[OPERATED])
    for name, entry in entries.items():
        out[name] = {k: float(v["median"] or 0.0) for k, v in entry.items() if isinstance(v, dict)}
    return out


def _longest(sessions: Mapping[str, _Session], target: str) -> _Session:
    """The session beside which lying down is described."""
    return max(sessions.values(), key=lambda s: (s.level == target, s.read_at))


def _results(futures: Mapping[Any, Future[Any]]) -> dict[Any, Any]:
    return {key: future.result() for key, future in futures.items()}


@dataclass(frozen=True)
class _Session:
    """A method's run, with standing before and after."""

    step: ResolvedStep
    level: str
    run: xarray.Dataset
    read_at: float  # s of the end of the last hold


def _step(morning: Run, mapping: dict[str, Any]) -> ResolvedStep:
    return resolve(morning.spine.subject, [mapping])[0]


def _method_step(morning: Run, method: str) -> tuple[ResolvedStep, str]:
    """The usual session of a method for this person, and the level it is read at."""
    target = str(morning.target)
    mapping: dict[str, Any] = {"do": method}
    if method == "manual-traction" and REGION_OF[target] == "cervical":
        mapping["region"] = "cervical"
    if method == "cervical-traction" and REGION_OF[target] != "cervical":
        assert isinstance(morning.spine.subject, Patient)
        target = region_target(morning.spine.subject, "cervical")
    return _step(morning, mapping), target


def _session(
    morning: Run, method: str, count: Callable[[str], None], swift: bool = False
) -> _Session:
    """A method for its usual time, then standing."""
    step, level = _method_step(morning, method)
    run = follow(morning, [step, _standing(morning)], swift=swift)
    data = response.dataset(run.spine, list(run.readings))
    inside = (data["step"].values == morning.steps + 1) & (data["held"].values > 0)
    count(method)
    return _Session(step, level, data, float(data["time"].values[inside][-1]))


def _standing(morning: Run) -> ResolvedStep:
    return _step(morning, {"do": "standing", "for": f"{AFTER} s"})


def _place(session: _Session) -> tuple[str, float]:
    """Posture and time [s] of lying down in place of a session."""
    seated = session.step.parameters.get("position") == "seated"
    return "sitting" if seated else "lying-supine", float(session.step.duration or 0.0)


def _reads(morning: Run, sessions: Mapping[str, _Session]) -> dict[tuple[str, float], list[float]]:
    """Times [s] at which every way of lying down is read."""
    reads = {OPERATED: [morning.time + OPERATED[1]]}
    for session in sessions.values():
        reads.setdefault(_place(session), []).append(session.read_at)
    return reads


def _lying(
    morning: Run,
    place: tuple[str, float],
    also: Sequence[float],
    count: Callable[[str], None],
    swift: bool = False,
) -> xarray.Dataset:
    """Lying down for a time, then standing; read also where sessions of that time are."""
    posture, duration = place
    step = _step(morning, {"do": posture, "for": f"{duration} s"})
    run = follow(morning, [step, _standing(morning)], also=sorted(set(also)), swift=swift)
    count(f"lying down for {duration / 60:g} min")
    return response.dataset(run.spine, list(run.readings))


def _operated(
    morning: Run, operation: str, count: Callable[[str], None], swift: bool = False
) -> xarray.Dataset:
    """An operation at the target level, then lying down and standing as without it."""
    lying = {"do": OPERATED[0], "for": f"{OPERATED[1]} s"}
    steps = resolve(morning.spine.subject, [{"do": operation}, lying])
    run = follow(morning, [*steps, _standing(morning)], swift=swift)
    count(operation)
    return response.dataset(run.spine, list(run.readings))


def _operation(
    morning: Run, operation: str, run: xarray.Dataset, lying: xarray.Dataset
) -> dict[str, Any]:
    """An operation's entry against the same time without it."""
    level = str(morning.target)
    grade, note = evidence(operation)
    return {
        "id": operation,
        "level": level,
        **changes(run, lying, morning.time + OPERATED[1], level),
        "evidence": grade,
        "evidence_note": note,
    }


def _is(patient: Patient, row: Any) -> bool:
    """Whether a row of data/recorded.csv is about this person."""
    size = (number(row, "age"), number(row, "height_m"), number(row, "mass_kg"))
    same = np.allclose(size, (patient.age, patient.height, patient.mass))
    return bool(same) and row["sex"] == patient.sex


def _recorded(start: Run, row: Any, count: Callable[[str], None]) -> dict[str, Any]:
    """One published value with the prediction beside it."""
    steps: list[dict[str, Any]] = []
    if text(row, "before"):
        steps.append({"do": text(row, "before"), "for": f"{number(row, 'before_hours')} h"})
    keys = dict(part.split("=", 1) for part in text(row, "keys").split("|") if part)
    steps.append({"do": text(row, "do"), "for": f"{number(row, 'minutes')} min", **keys})
    run = follow(start, resolve(start.spine.subject, steps))
    data = response.dataset(run.spine, list(run.readings))
    value = data["intradiscal_pressure"].isel(time=-1).sel(level=row["level"])
    count(text(row, "label"))
    return {
        "label": f"{row['level']}, {row['label']}",
        "published": number(row, "published_MPa"),
        "predicted": float(value) / 1e6,
        "unit": "MPa",
        "source": text(row, "source"),
    }


def evidence(method: str) -> tuple[str, str]:
    """Letter and note of a method's evidence (data/evidence.csv)."""
    for row in table("evidence"):
        if row["id"] == method:
            return text(row, "letter"), text(row, "note")
    return "E", "no entry in the table of evidence"


def _plain(value: float | None) -> Quantity:
    return {"median": value, "low": None, "high": None}


@functools.cache
def _failure_strains() -> dict[tuple[str, str], float]:
    return {
        (text(row, "level"), text(row, "ligament")): number(row, "failure_strain")
        for row in table("ligaments")
    }


def ligament_share(data: xarray.Dataset, step: int) -> float:
    """Largest ligament strain of a step over its failure strain, all levels."""
    strain = data["ligament_strain"].values[data["step"].values == step].max(0)
    fail = _failure_strains()
    shares = [
        strain[i, k] / fail[(str(level), str(rope))]
        for i, level in enumerate(data["level"].values)
        for k, rope in enumerate(data["ligament"].values)
        if (str(level), str(rope)) in fail
    ]
    return float(max(shares))


def readings(data: xarray.Dataset, read_at: float, level: str) -> dict[str, float]:
    """Absolute values at a level: at `read_at` [s], and height at the end of the run."""
    d = data.sel(level=level).sel(time=read_at, method="nearest")
    end = data.sel(level=level).isel(time=-1)
    step = int(d["step"])
    return {
        "pressure_MPa": float(d["intradiscal_pressure"]) / 1e6,
        "height_mm": float(d["disc_height"].sel(site="mean")) * 1e3,
        "height_after_1h_standing_mm": float(end["disc_height"].sel(site="mean")) * 1e3,
        "stature_mm": float(d["stature"]) * 1e3,
        "foramen_area_mm2": float(d["foramen_area"].mean()) * 1e6,
        "canal_area_mm2": float(d["canal_area"]) * 1e6,
        "axial_force_N": float(d["axial_force"]),
        "max_ligament_strain_fraction_of_failure": ligament_share(data, step),
        "muscle_activity": float(d["muscle_activity"].sel(region=REGION_OF[level])),
    }


def changes(
    run: xarray.Dataset, lying: xarray.Dataset, read_at: float, level: str
) -> dict[str, Quantity]:
    """The quantities of summary.json for a run against lying down."""
    a, b = readings(run, read_at, level), readings(lying, read_at, level)

    def share(key: str) -> float:
        return 100.0 * (a[key] / b[key] - 1.0)

    values = {
        "pressure_change_MPa": a["pressure_MPa"] - b["pressure_MPa"],
        "height_change_mm": a["height_mm"] - b["height_mm"],
        "height_change_after_1h_standing_mm": a["height_after_1h_standing_mm"]
        - b["height_after_1h_standing_mm"],
        "stature_change_mm": a["stature_mm"] - b["stature_mm"],
        "foramen_area_change_percent": share("foramen_area_mm2"),
        "canal_area_change_percent": share("canal_area_mm2"),
        "axial_force_N": a["axial_force_N"],
        "max_ligament_strain_fraction_of_failure": a["max_ligament_strain_fraction_of_failure"],
        "muscle_activity": a["muscle_activity"],
    }
    return {key: _plain(value) for key, value in values.items()}


def _entry(method: str, s: _Session, lying: xarray.Dataset, who: Screening) -> dict[str, Any]:
    grade, note = evidence(method)
    return {
        "id": method,
        "level": s.level,
        "parameters": regimen.described(s.step),
        "minutes": float(s.step.duration or 0.0) / 60.0,
        **changes(s.run, lying, s.read_at, s.level),
        "evidence": grade,
        "evidence_note": note,
        "allowed": who.methods[method].status,
        "reasons": [vars(reason) for reason in who.methods[method].reasons],
    }


def _gathered(
    morning: Run,
    sessions: Mapping[str, _Session],
    rest: Mapping[tuple[str, float], xarray.Dataset],
    operations: Mapping[str, xarray.Dataset],
    recorded: list[dict[str, Any]],
) -> Comparison:
    patient = morning.spine.subject
    assert isinstance(patient, Patient)
    target = str(morning.target)
    longest = _longest(sessions, target)
    lying = {m: rest[_place(s)] for m, s in sessions.items()}
    baseline = readings(rest[_place(longest)], longest.read_at, target)
    summary = {
        "patient": patient.model_dump(mode="json", exclude_none=True),
        "target_level": target,
        "baseline": {
            "lying": {
                "minutes": (longest.read_at - morning.time) / 60.0,
                **{key: _plain(value) for key, value in baseline.items()},
            }
        },
        "methods": [_entry(m, s, lying[m], screen(patient)) for m, s in sessions.items()],
        "operations": [_operation(morning, o, r, rest[OPERATED]) for o, r in operations.items()],
        "fits": fits(patient),
    }
    return Comparison(
        patient,
        summary,
        {m: s.run for m, s in sessions.items()},
        lying,
        outline(morning.spine),
        recorded,
        _notes(patient, morning, target),
    )


def fits(patient: Patient) -> dict[str, Any]:
    """Roots and conditions that the signs fit, and the rules that predict a response."""
    found = {"roots": roots(patient), "conditions": conditions(patient)}
    told = {name: [asdict(fit) for fit in listed] for name, listed in found.items()}
    return {**told, "predictions": [asdict(rule) for rule in predictions(patient)]}


def outline(spine: Spine) -> dict[str, Any]:
    """Bodies of the spine in quiet standing: centre x, z [m], pitch [rad], depth and height [m]."""
    curve = spines.standing_curve(spine)
    slope = spine.slope
    place, turn = spines.chain(spine, curve, slope)
    bodies = []
    for i, (name, row) in enumerate(zip(spine.bodies, spine.body_rows, strict=True)):
        bodies.append(
            {
                "name": name,
                "x": float(place[i, 0]),
                "z": float(place[i, 2]),
                "angle": float(2.0 * np.arctan2(turn[i, 2], turn[i, 0])),
                "width": number(row, "depth_mm") * 1e-3 * spine.width,
                "height": number(row, "height_mm") * 1e-3 * spine.tall,
            }
        )
    return {"bodies": bodies}


def _notes(patient: Patient, morning: Run, target: str) -> list[str]:
    """What the comparison rests on, one sentence each."""
    told = {"height": " by its height on the scan", "given": " given", "age": ""}
    known = zip(morning.spine.levels, morning.spine.grades, strict=True)
    near = [(level, grade) for level, grade in known if REGION_OF[level] == REGION_OF[target]]
    grades = ", ".join(f"{v} {grade}{told[patient.sourced_grade(v)[1]]}" for v, grade in near)
    return [
        *patient.warnings,
        f"Read at {target}: the herniated or most degenerated disc of the region complained of.",
        f"Disc grades (Pfirrmann), usual at this age where nothing else is said: {grades}.",
        "Before every session: regular days (16 h standing, 8 h lying), then 4 h standing; after "
        "it 1 h standing. Lying down in its place follows the same clock.",
        "Numbers are read at the end of the last hold; one set of parameters from "
        "data/parameters.csv holds for everything; no interval is given without samples.",
        "Friction answers to changes of a load; what the body does slowly afterwards (swelling, "
        "creep) passes under an unchanged shear force.",
        "Weak points: tension of a whole lumbar segment, stiffness and angle of the ribs of mats, "
        "size of nodules and rollers and the size of muscle tone are guesses with wide ranges.",
        "Methods that the screening stops are computed and shown all the same.",
    ]
