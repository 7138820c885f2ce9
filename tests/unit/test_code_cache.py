"""Which compiled code is loaded before it is asked for."""

import os

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


def test_an_empty_folder_has_no_code(tmp_path):
    assert lately_used(tmp_path) == []
