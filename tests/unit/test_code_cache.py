"""Which compiled code is loaded before it is asked for."""

import os
from pathlib import Path

import pytest

from tractus import code_cache, response
from tractus.code_cache import LATELY, lately_used


def made(folder, name, time):
    file = folder / f"{name}.xla"
    file.write_bytes(b"")
    os.utime(file, (time, time))
    return file


def test_code_is_loaded_in_the_order_of_its_last_use(tmp_path):
    made(tmp_path, "advance-old", 1000.0)
    made(tmp_path, "solved-1", 2000.0 - 2 * LATELY)
    read, first, advance = (
        made(tmp_path, name, time)
        for name, time in (("read-1", 2000.0), ("anchor-1", 1998.0), ("advance-new", 1999.0))
    )
    assert lately_used(tmp_path) == [first, advance, read]


@pytest.mark.parametrize("name", ["response.py", "ligaments.py", "engine/step.py"])
def test_code_that_was_traced_from_other_files_has_another_key(name, tmp_path, monkeypatch):
    here = Path(code_cache.__file__).parent
    for file in {f for pattern in code_cache.TRACED for f in here.glob(pattern)}:
        copy = tmp_path / file.relative_to(here)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    monkeypatch.setattr(code_cache, "__file__", str(tmp_path / "code_cache.py"))
    key = code_cache.sources.__wrapped__
    before = key(response.__name__)
    (tmp_path / name).write_text("CHANGED = True\n", encoding="utf-8")
    assert key(response.__name__) != before


def test_an_empty_folder_has_no_code(tmp_path):
    assert lately_used(tmp_path) == []
