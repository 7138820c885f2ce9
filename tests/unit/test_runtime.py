"""Compiled code and results kept between processes: a bonus that never makes a run fail."""

from types import MappingProxyType

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tractus import runtime


def solved(a):
    return jnp.linalg.cholesky(a) * 2.0


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "folder", lambda: tmp_path)
    return tmp_path


def test_an_executable_is_kept_and_found_again(place):
    a = 4.0 * np.eye(3)
    assert np.allclose(runtime.Compiled(solved)(a), 4.0 * np.eye(3))
    assert len(list(place.glob("solved-*.xla"))) == 1
    again = runtime.Compiled(solved)
    again._compile = None  # type: ignore[method-assign, assignment]
    assert np.allclose(again(a), 4.0 * np.eye(3))


@pytest.mark.parametrize("spoilt", [b"", b"not an executable", b"x" * 5000])
def test_a_spoilt_file_is_compiled_anew(place, spoilt):
    a = 9.0 * np.eye(2)
    runtime.Compiled(solved)(a)
    next(place.glob("solved-*.xla")).write_bytes(spoilt)
    assert np.allclose(runtime.Compiled(solved)(a), 6.0 * np.eye(2))


def test_without_a_folder_everything_is_compiled(monkeypatch):
    monkeypatch.setattr(runtime, "folder", lambda: None)
    assert np.allclose(runtime.Compiled(solved)(np.eye(2)), 2.0 * np.eye(2))


def test_within_a_transformation_it_is_the_function_itself(place):
    both = jnp.stack([jnp.eye(2), 4.0 * jnp.eye(2)])
    compiled = runtime.Compiled(solved)
    compiled(np.eye(2))
    assert np.allclose(jax.vmap(compiled)(both)[1], 4.0 * np.eye(2))


def test_a_result_is_kept_under_its_key(place):
    calls = []

    def make():
        calls.append(1)
        return MappingProxyType({"a": 1.0}), jnp.arange(3.0)

    runtime.kept("thing", "one", make)
    row, numbers = runtime.kept("thing", "one", make)
    assert (dict(row), list(numbers), len(calls)) == ({"a": 1.0}, [0.0, 1.0, 2.0], 1)
    runtime.kept("thing", "two", make)
    assert len(calls) == 2
    next(place.glob("thing-*.kept")).write_bytes(b"spoilt")
    assert runtime.kept("thing", "one", make)[0]["a"] == 1.0


def test_only_the_last_used_stay(place, monkeypatch):
    monkeypatch.setattr(runtime, "KEPT", 2)
    for key in "abcd":
        runtime.kept("thing", key, lambda: 1)
    assert len(list(place.glob("*.kept"))) == 2


@pytest.mark.parametrize("off", ["off", "OFF", "0"])
def test_the_cache_can_be_switched_off(monkeypatch, off):
    monkeypatch.setenv("TRACTUS_CACHE", off)
    assert runtime.folder.__wrapped__() is None


def test_a_folder_that_cannot_be_made_is_none(monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("TRACTUS_CACHE", str(blocked))
    assert runtime.folder.__wrapped__() is None
