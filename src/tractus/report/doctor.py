"""`tractus doctor`: what is installed, and a small simulation that shows whether it works."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tractus.report.export import write_json
from tractus.report.outputs import Outputs
from tractus.report.terminal import console, grid

PACKAGES = (
    *("tractus", "numpy", "scipy", "jax", "jaxlib", "equinox", "xarray", "h5netcdf", "h5py"),
    *("pydantic", "pint", "PyYAML", "plotly", "typer", "rich"),
)
SPECIMEN = {"segment": {"level": "L4-L5", "parts": "disc", "grade": 1}}
BENCH = [{"do": "bench", "force": "-500 N", "for": "1 min"}]


def doctor(json: Path | None) -> bool:
    """Print the findings; returns whether every check passed."""
    with Outputs() as outputs:
        place = outputs.stage(json) if json else None
        findings = [*_versions(), *_settings()]
        checks = [_check("tables", _tables), _check("jax in double precision", _x64)]
        checks.append(_check("self test", _self_test))
        if place:
            entries = [{"what": w, "found": f, "ok": ok} for w, f, ok in [*findings, *checks]]
            write_json(entries, place)
        outputs.commit()
    out = console()
    lines = [
        [w, f, "" if ok is None else "ok" if ok else "FAILS"] for w, f, ok in findings + checks
    ]
    out.print(grid(["what", "found", ""], lines, text=range(3)))
    return all(ok for _, _, ok in checks)


Finding = tuple[str, str, bool | None]


def _versions() -> list[Finding]:
    found: list[Finding] = [
        ("python", platform.python_version(), None),
        ("platform", f"{platform.platform()}, {os.cpu_count()} cores", None),
    ]
    for name in PACKAGES:
        try:
            found.append((name, version(name), None))
        except PackageNotFoundError:
            found.append((name, "not installed", None))
    return found


def _settings() -> list[Finding]:
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "JAX_PLATFORMS")
    return [(name, os.environ.get(name, "not set"), None) for name in names]


def _check(what: str, function: Callable[[], tuple[str, bool]]) -> Finding:
    try:
        found, ok = function()
    except Exception as error:  # a diagnosis must not end in the fault that it looks for
        found, ok = f"{type(error).__name__}: {' '.join(str(error).split())}"[:160], False
    return what, found, ok


def _tables() -> tuple[str, bool]:
    from tractus.tables import names, table

    rows = {name: len(table(name)) for name in names()}
    return ", ".join(f"{name} {count}" for name, count in rows.items()), all(rows.values())


def _x64() -> tuple[str, bool]:
    _load_engine()
    import jax

    cache = jax.config.values["jax_compilation_cache_dir"] or "none"
    device = jax.devices()[0].platform
    on = bool(jax.config.values["jax_enable_x64"])
    return f"{'yes' if on else 'no'}, device {device}, compilation cache {cache}", on


def _load_engine() -> None:
    """Import what sets up JAX."""
    import tractus

    _ = tractus.simulate


def _self_test() -> tuple[str, bool]:
    """A disc of L4-L5 under 500 N for a minute: it must lose height and carry pressure."""
    from tractus import simulate
    from tractus.patient import parse_subject

    started = time.perf_counter()
    response = simulate(parse_subject(SPECIMEN), BENCH)
    seconds = time.perf_counter() - started
    pressure = float(response["intradiscal_pressure"].values[-1].ravel()[0]) / 1e6
    height = response["disc_height"].values
    change = 1e3 * float(height[-1].mean() - height[0].mean())
    ok = 0.1 < pressure < 1.5 and change < 0
    return f"L4-L5 disc, 500 N: {pressure:.2f} MPa, {change:+.2f} mm, {seconds:.1f} s", ok
