"""`tractus scan`: a segmented scan measured."""

from __future__ import annotations

from pathlib import Path

from tractus.commands.shared import DISCLAIMER, say_written
from tractus.errors import InputError
from tractus.report import export
from tractus.report.outputs import Outputs


def run(
    labels: Path,
    image: Path | None,
    convention: str | None,
    posture: str,
    out: Path | None,
    page: Path | None,
    earlier: Path | None,
    json: Path | None,
) -> None:
    """Measure, write, show.  Raises InputError for what is not a segmented scan."""
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
            from tractus.imaging.scan import scan

            found = scan(labels, image, convention, posture)
            geometry = found.geometry
            if places[1]:
                from tractus.report.scan_page import scan_html

                places[1].write_text(scan_html(found), encoding="utf-8")
        changed = change.changed(before, geometry) if before else None
        if places[0]:
            geometry.write(places[0])
        if places[2] and changed:
            export.write_json(changed.as_dict(), places[2])
        written = outputs.commit()
    from tractus.report import scan as show
    from tractus.report import terminal

    show.print_scan(geometry, terminal.console())
    if changed:
        change.print_change(changed, terminal.console())
    print(DISCLAIMER)
    say_written(written)
