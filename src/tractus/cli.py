"""The command `tractus`: compare, simulate, scan, screen, plan, validate, claims, list, doctor.

Here stand the options of every command; `commands/` holds what it does.  Heavy libraries are
imported inside the commands, so that `tractus --help` answers at once.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from tractus.commands.shared import DISCLAIMER, refuse
from tractus.errors import InputError
from tractus.report.outputs import OutputError

INTERRUPTED = 130

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
        return refuse(str(error))
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        return _closed_pipe()
    except OSError as error:
        return refuse(str(error))
    except Exception as error:
        message = getattr(error, "format_message", None)  # a usage error of Typer
        if message is None:
            raise
        return refuse(message() + " (see tractus --help)")
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
    from tractus.commands.compare import run

    run(patient, methods, out, samples, seed, lang, json)


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
    from tractus.commands.simulate import run

    run(patient, regimen, out, samples, json)


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
    from tractus.commands.scan import run

    run(labels, image, convention, posture, out, page, earlier, json)


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
    from tractus.commands.screen import run

    run(patient, session, lang, json)


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
    from tractus.commands.plan import run

    run(patient, out, lang, json, level, effect, methods, share, dose, samples, seed)


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
    from tractus.commands.validate import run

    run(experiments, json, strict, samples)


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
    from tractus.commands.claims import run

    run(ids, samples, seed, lang, json)


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
