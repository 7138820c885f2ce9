"""Draws in processes find what draws in threads find."""

from __future__ import annotations

import functools
import subprocess

import pytest

from tractus import draw_processes, uncertainty
from tractus.errors import InputError
from tractus.levels import check_level
from tractus.tables import parameter

DRAWN = functools.partial(parameter, "fibre_modulus_outer")


@pytest.fixture(autouse=True)
def kept_code(monkeypatch, tmp_path):
    monkeypatch.setattr(draw_processes.code_cache, "folder", lambda: tmp_path)


def test_processes_find_what_threads_find_and_tell_how_far_they_are():
    told = []
    found = draw_processes.over_draws(9, 3, DRAWN, lambda *part: told.append(part))
    assert found == uncertainty.over_draws(9, 3, DRAWN)
    assert len(set(found)) > 4
    assert sorted(told) == [(k, 9) for k in range(1, 10)]


def test_an_error_in_a_process_is_raised_here():
    with pytest.raises(KeyError, match="nothing"):
        draw_processes.over_draws(9, 0, functools.partial(parameter, "nothing"))


def test_too_many_draws_without_equilibrium_are_refused():
    with pytest.raises(InputError, match="9 of 9 samples find no equilibrium"):
        draw_processes.over_draws(9, 0, functools.partial(check_level, "L9-S1", "level"))


@pytest.mark.parametrize("folder", [True, False])
def test_few_draws_and_those_without_kept_code_stay_here(folder, monkeypatch):
    count = 3 if folder else 9
    if not folder:
        monkeypatch.setattr(draw_processes.code_cache, "folder", lambda: None)
    monkeypatch.setattr(subprocess, "Popen", None)
    found = draw_processes.over_draws(count, 0, DRAWN)
    assert found == uncertainty.over_draws(count, 0, DRAWN)
