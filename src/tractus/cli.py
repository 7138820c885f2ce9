"""The command `tractus`: compare, simulate, scan, screen, plan, validate, claims, list, doctor.

Heavy libraries are imported inside the commands, so that `tractus --help` answers at once.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from tractus.errors import InputError
from tractus.report.outputs import OutputError, Outputs

MISSED = 1
BAD_INPUT = 2
INTERRUPTED = 130
DISCLAIMER = "Research and education software, not a medical device."

app = typer.Typer(
    name="tractus",
    help=f"Open simulator of spinal decompression. {DISCLAIMER}",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

PatientFile = Annotated[Path, typer.Argument(metavar="PATIENT", help="patient file (YAML)")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="write the numbers here")]
Lang = Annotated[str, typer.Option("--lang", metavar="en|es", help="language")]
MOST_SAMPLES = 4096
Samples = Annotated[
    int, typer.Option("--samples", metavar="N", help="draws for 90 % intervals; 0 for none")
]
Seed = Annotated[int, typer.Option("--seed", metavar="S", help="seed of the draws")]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0, 2 for bad input, 130 after Ctrl-C."""
    prepare_environment()
    try:
        code = app(args=arguments, prog_name="tractus", standalone_mode=False)
    except (InputError, OutputError) as error:
        return _refuse(str(error))
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        return _closed_pipe()
    except OSError as error:
        return _refuse(str(error))
    except Exception as error:
        message = getattr(error, "format_message", None)  # a usage error of Typer
        if message is None:
            raise
        return _refuse(message() + " (see tractus --help)")
    if code == INTERRUPTED:
        print("stopped; nothing was written", file=sys.stderr)
    return code if isinstance(code, int) else 0


def command() -> NoReturn:
    """Run the command and leave at once: taking the engine apart would take half a second."""
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # closed by the reader
            stream.flush()
    os._exit(code)


def prepare_environment() -> None:
    """Settings that must stand before NumPy and JAX load; what is set already stays.

    One thread per small solve: with many, OpenBLAS runs them 10 to 80 times slower.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def _refuse(message: str) -> int:
    print(f"tractus: {' '.join(message.split())}", file=sys.stderr)
    return BAD_INPUT


def _closed_pipe() -> int:
    """The reader of the output went away (`tractus methods | head`): end quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _version(wanted: bool) -> None:
    if wanted:
        try:
            print(version("tractus"))
        except PackageNotFoundError:
            print("not installed")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """The command without a subcommand prints its help."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command(short_help="Compare every method with simply lying down.")
def compare(
    patient: PatientFile,
    methods: Annotated[
        str | None, typer.Option("--methods", metavar="a,b", help="only these methods")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="report.html, summary.json, response.nc go here"),
    ] = None,
    samples: Samples = 0,
    seed: Seed = 0,
    lang: Lang = "en",
    json: Json = None,
) -> None:
    """Compare every way of decompressing one spine with simply lying down."""
    _check_samples(samples)
    words = _texts(lang)
    chosen = _listed(methods)
    with Outputs() as outputs:
        places = _stage_folder(outputs, out)
        summary_place = outputs.stage(json) if json else None
        _file(patient, "patient")
        _begin_loading()
        result = _run_comparison(_patient(patient), chosen, samples, seed)
        if places:
            _write_comparison(result, places, lang)
        if summary_place:
            _export().write_json(result.summary, summary_place)
        written = outputs.commit()
    from tractus.report import terminal

    terminal.comparison(result, words, terminal.console())
    _say_written(written)


@app.command(short_help="Simulate a regimen on one spine or specimen.")
def simulate(
    patient: PatientFile,
    regimen: Annotated[Path, typer.Argument(metavar="REGIMEN", help="list of steps (YAML)")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="F.nc|F.csv", help="write the response here")
    ] = None,
    samples: Samples = 0,
    json: Json = None,
) -> None:
    """Simulate a regimen on one patient or specimen: what every disc does over time."""
    _check_samples(samples)
    if out is not None and out.suffix not in (".nc", ".csv"):
        raise InputError(f"--out {out}: the name must end in .nc (NetCDF) or .csv")
    _file(patient, "patient")
    _file(regimen, "regimen")
    _begin_loading()
    from tractus.patient import read_subject
    from tractus.regimen import parse

    subject = read_subject(patient)
    specimen = hasattr(subject, "parts")
    steps = parse(regimen, mass=subject.mass, specimen=specimen)
    with Outputs() as outputs:
        place = outputs.stage(out) if out else None
        summary_place = outputs.stage(json) if json else None
        response = _run_simulation(subject, regimen, samples)
        rows = _export().step_summary(response)
        if place and out:
            write = _export().write_csv if out.suffix == ".csv" else _export().write_netcdf
            write(response, place)
        if summary_place:
            names = [{"step": i, "do": step.do} for i, step in enumerate(steps, start=1)]
            data = {"patient": str(patient), "regimen": names, "steps": rows}
            _export().write_json(data, summary_place)
        written = outputs.commit()
    from tractus.report import terminal

    out_console = terminal.console()
    terminal.steps(rows, [step.do for step in steps], out_console)
    out_console.print(DISCLAIMER)
    _say_written(written)


@app.command(short_help="Measure a segmented scan of the spine.")
def scan(
    labels: Annotated[
        Path,
        typer.Argument(
            metavar="LABELS",
            help="label map (NIfTI, MHA, NRRD), DICOM SEG, or a geometry file (JSON)",
        ),
    ],
    image: Annotated[
        Path | None,
        typer.Option("--image", metavar="I", help="the image: a file, or a folder of DICOM"),
    ] = None,
    convention: Annotated[
        str | None,
        typer.Option(
            "--convention",
            metavar="C",
            help="what the numbers mean, such as verse; verse:L5 names the lowest vertebra",
        ),
    ] = None,
    posture: Annotated[
        str, typer.Option("--posture", help="of the person scanned: supine, prone, standing, side")
    ] = "supine",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="F.json", help="write the geometry here")
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", metavar="F.html", help="write a page to look at here")
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option(
            "--earlier", metavar="F.json", help="geometry of an earlier scan: say what changed"
        ),
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="write the changes since --earlier here"),
    ] = None,
) -> None:
    """Measure vertebrae and discs of a segmented scan, each number with its uncertainty."""
    for path, end in ((out, ".json"), (page, ".html")):
        if path is not None and path.suffix != end:
            raise InputError(f"{path}: the name must end in {end}")
    from tractus.report import change

    before = change.earlier_geometry(earlier) if earlier else None
    if json and not before:
        raise InputError("--json writes what changed and needs --earlier; --out is the geometry")
    with Outputs() as outputs:
        places = [outputs.stage(p) if p else None for p in (out, page, json)]
        if labels.suffix == ".json":
            if image or convention or page:
                raise InputError(f"{labels}: is measured already; give --image and --page the scan")
            geometry = change.measured_geometry(labels)
        else:
            from tractus.imaging.scan import scan as run

            found = run(labels, image, convention, posture)
            geometry = found.geometry
            if places[1]:
                from tractus.report.scan_page import scan_html

                places[1].write_text(scan_html(found), encoding="utf-8")
        changed = change.changed(before, geometry) if before else None
        if places[0]:
            geometry.write(places[0])
        if places[2] and changed:
            _export().write_json(changed.as_dict(), places[2])
        written = outputs.commit()
    from tractus.report import scan as show
    from tractus.report import terminal

    show.print_scan(geometry, terminal.console())
    if changed:
        change.print_change(changed, terminal.console())
    print(DISCLAIMER)
    _say_written(written)


@app.command(short_help="Say which methods the answers of a patient allow.")
def screen(
    patient: PatientFile,
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="DATE", help="screen again for a session of this day"),
    ] = None,
    lang: Lang = "en",
    json: Json = None,
) -> None:
    """Screen one patient: per method allowed, caution, refer, stop or unknown, with reasons."""
    words = _texts(lang)
    person = _patient(patient)
    from tractus import screening
    from tractus.report import screening as face
    from tractus.report import terminal

    with Outputs() as outputs:
        place = outputs.stage(json) if json else None
        result = screening.screen(person, lang=lang, session=session)
        if place:
            _export().write_json(result.as_dict(), place)
        written = outputs.commit()
    face.screening(person, result, words, terminal.console())
    _say_written(written)


@app.command(short_help="Options and doses for one screened person.")
def plan(
    patient: PatientFile,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="plan.html, plan-patient.html, plan.json go here"
        ),
    ] = None,
    lang: Lang = "en",
    json: Json = None,
    level: Annotated[
        str | None, typer.Option("--level", metavar="L4-L5", help="target level")
    ] = None,
    effect: Annotated[
        str,
        typer.Option("--effect", metavar="TEXT", help="30 kPa, 0.2 mm, or a share: 60 % [height]"),
    ] = "0.1 mm",
    methods: Annotated[
        str | None, typer.Option("--methods", metavar="a,b", help="only these methods")
    ] = None,
    share: Annotated[
        float, typer.Option("--share", metavar="%", help="of possible persons that must reach it")
    ] = 80.0,
    dose: Annotated[
        list[str] | None,
        typer.Option("--dose", metavar="STEP", help="compare: '{do: heat, for: 20 min}'; repeat"),
    ] = None,
    samples: Annotated[
        int, typer.Option("--samples", metavar="N", help="possible persons; 0 for the usual one")
    ] = 8,
    seed: Seed = 0,
) -> None:
    """Options for a clinician to consider: the least dose of each method that reaches an effect."""
    _check_samples(samples)
    words = _texts(lang)
    chosen = _listed(methods)
    person = _patient(patient)
    from tractus.admission import NotPlanned, asked, check_screened
    from tractus.screening import screen as screened

    try:
        check_screened(screened(person, lang=lang), lang)
    except NotPlanned as refused:
        for question in asked(refused.questions, lang):
            print(question, file=sys.stderr)
        raise
    with Outputs() as outputs:
        places = _stage_folder(outputs, out, ("plan.html", "plan-patient.html", "plan.json"))
        if json:
            places["json"] = outputs.stage(json)
        result = _run_plan(
            person, level=level, effect=effect, methods=chosen, samples=samples, seed=seed,
            share=share / 100.0, lang=lang, against=dose or (),
        )  # fmt: skip
        _write_plan(result, places, lang)
        written = outputs.commit()
    from tractus.report import plan_terminal, terminal

    plan_terminal.plan(result, words, terminal.console())
    _say_written(written)


@app.command(short_help="Hold the model against published experiments.")
def validate(
    experiments: Annotated[
        Path | None, typer.Option("--experiments", metavar="DIR", help="folder of experiment files")
    ] = None,
    json: Json = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="exit code 1 where calibration misses its band")
    ] = False,
    samples: Samples = 0,
) -> None:
    """Run published experiments and say which predictions lie in their bands."""
    with Outputs() as outputs:
        place = outputs.stage(json) if json else None
        result = _run_validation(experiments, samples)
        entries = result.as_list()
        if place:
            _export().write_json(entries, place)
        written = outputs.commit()
    from tractus.report import terminal, validation

    out_console = terminal.console()
    validation.validation(entries, out_console)
    out_console.print(DISCLAIMER)
    _say_written(written)
    for line in result.faults:
        _refuse(line)
    missed = any(e["use"] == "calibration" and not e["within"] for e in entries)
    if result.faults or (strict and missed):
        raise typer.Exit(BAD_INPUT if result.faults else MISSED)


@app.command(short_help="Test what vendors claim about decompression.")
def claims(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="only these, with their numbers")
    ] = None,
    samples: Samples = 0,
    seed: Seed = 0,
    lang: Lang = "en",
    json: Json = None,
) -> None:
    """Test claims about decompression: by simulation, by arithmetic or in the literature."""
    _check_samples(samples)
    words = _texts(lang)
    with Outputs() as outputs:
        place = outputs.stage(json) if json else None
        answers = _run_claims(ids or [], lang, samples, seed)
        if place:
            _export().write_json([answer.as_dict() for answer in answers], place)
        written = outputs.commit()
    from tractus.report import claims as face
    from tractus.report import terminal

    face.claims(answers, words, terminal.console(), numbers=bool(ids))
    _say_written(written)


@app.command(short_help="List the methods, or the keys of one.")
def methods(
    identifier: Annotated[str | None, typer.Argument(metavar="[ID]", help="one method")] = None,
    json: Json = None,
) -> None:
    """List the methods, or one with its keys, ranges and sources."""
    from tractus.report import listing

    listing.methods(identifier, json)


@app.command(short_help="List the parameters of the model.")
def parameters(
    sources: Annotated[bool, typer.Option("--sources", help="with the source of each")] = False,
    json: Json = None,
) -> None:
    """List every parameter of the model with its unit and status."""
    from tractus.report import listing

    listing.parameters(sources, json)


@app.command()
def doctor(json: Json = None) -> None:
    """Say what is installed and whether it works."""
    from tractus.report import doctor as check

    if not check.doctor(json):
        raise typer.Exit(1)


def _check_samples(samples: int) -> None:
    if not 0 <= samples <= MOST_SAMPLES:
        raise InputError(f"--samples {samples}: allowed are 0 (no interval) to {MOST_SAMPLES}")


def _texts(lang: str) -> Any:
    from tractus.report.texts import LANGUAGES, texts

    if lang not in LANGUAGES:
        raise InputError(f"--lang {lang}: allowed are {', '.join(LANGUAGES)}")
    return texts(lang)


def _listed(methods: str | None) -> list[str] | None:
    """Ids between commas; None where the option is absent."""
    if methods is None:
        return None
    found = [word.strip() for word in methods.split(",")]
    if not all(found):
        raise InputError(f"--methods {methods!r}: give ids between commas, see tractus methods")
    return list(dict.fromkeys(found))


def _file(path: Path, what: str) -> Path:
    """`path`, where it is a file."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; the {what} must be a file")
    if not path.exists():
        raise InputError(f"{path}: no such file; the {what} must be a YAML file")
    return path


def _patient(path: Path) -> Any:
    from tractus.patient import Patient

    patient = Patient.read(_file(path, "patient"))
    for warning in patient.warnings:
        print(f"note: {path}: {warning}", file=sys.stderr)
    return patient


COMPARISON = ("report.html", "summary.json", "response.nc")


def _stage_folder(
    outputs: Outputs, out: Path | None, names: tuple[str, ...] = COMPARISON
) -> dict[str, Path]:
    """Temporary places of files in a folder, those of a comparison where none are named."""
    if out is None:
        return {}
    if out.exists() and not out.is_dir():
        raise OutputError(f"--out {out}: is a file; give a folder")
    return {name: outputs.stage(out / name) for name in names}


def _run_comparison(patient: Any, chosen: list[str] | None, samples: int, seed: int) -> Any:
    from tractus import compare as run
    from tractus.report.progress import progress

    with progress("compare") as report:
        return run(patient, chosen, samples=samples, seed=seed, progress=report)


def _run_plan(patient: Any, **options: Any) -> Any:
    from tractus.report.progress import progress

    _begin_loading()
    from tractus.planning import plan as run

    with progress("plan") as report:
        return run(patient, progress=report, **options)


def _begin_loading() -> None:
    """Load JAX, then compiled code in a thread beside all other imports."""
    from tractus import runtime

    runtime.prepare()
    runtime.preload()


def _run_simulation(subject: Any, regimen: Path, samples: int) -> Any:
    from tractus import simulate as run
    from tractus.report.progress import progress

    with progress("simulate") as report:
        return run(subject, regimen, samples=samples, progress=report)


def _run_validation(folder: Path | None, samples: int) -> Any:
    from tractus.report.progress import progress

    _begin_loading()
    from tractus.evidence.validation import validate as run

    with progress("validate") as report:
        return run(folder, samples=samples, progress=report)


def _run_claims(ids: list[str], lang: str, samples: int, seed: int) -> Any:
    from tractus import runtime
    from tractus.report.progress import progress

    runtime.prepare()
    runtime.preload()
    from tractus.evidence.claims import claims as run

    with progress("claims") as report:
        return run(ids, lang=lang, samples=samples, seed=seed, progress=report)


def _write_comparison(result: Any, places: Mapping[str, Path], lang: str) -> None:
    from tractus.report.html import report_html

    export = _export()
    places["report.html"].write_text(report_html(result, lang=lang), encoding="utf-8")
    export.write_json(result.summary, places["summary.json"])
    export.write_comparison(result, places["response.nc"])


def _write_plan(result: Any, places: Mapping[str, Path], lang: str) -> None:
    from tractus.report import plan_page

    pages = {"plan.html": plan_page.clinician_html, "plan-patient.html": plan_page.patient_html}
    for name, place in places.items():
        if name in pages:
            place.write_text(pages[name](result, lang=lang), encoding="utf-8")
        else:
            _export().write_json(result.as_dict(lang), place)


def _export() -> Any:
    from tractus.report import export

    return export


def _say_written(places: list[Path]) -> None:
    if places:
        print("written: " + ", ".join(map(str, places)))
