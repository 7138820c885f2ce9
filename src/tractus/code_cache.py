"""Compiled code as files in the user's cache folder: executables kept between processes.

TRACTUS_CACHE names another folder or, as `off`, none; JAX_COMPILATION_CACHE_DIR is honoured.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import pickle
import platform
import sys
import tempfile
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

KEPT = 24  # executables that stay in the folder
LATELY = 120.0  # s before the last use of any within which one counts as used with it
OFF = ("off", "0", "none", "no", "false")
TRACED = (
    "engine/*.py",
    "tissue/*.py",
    "joints.py",
    "ligaments.py",
    "response.py",
    "rotation.py",
    "system.py",
    "code_cache.py",
    "runtime.py",
)  # what compiled code is made of

_early: dict[Path, Future[Any]] = {}


@functools.cache
def folder() -> Path | None:
    """Folder of the cache, made where needed; None where there is none or it cannot be written."""
    asked = os.environ.get("TRACTUS_CACHE", "")
    given = os.environ.get("JAX_COMPILATION_CACHE_DIR", "")
    if asked.lower() in OFF or os.environ.get("JAX_ENABLE_COMPILATION_CACHE", "").lower() in OFF:
        return None
    try:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        root = Path(asked or given or Path(home) / "tractus") / f"code-{_machine()}"
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return root
    except (OSError, RuntimeError):
        return None


def _machine() -> str:
    """Short name of this kind of processor: compiled code does not run on others."""
    text = platform.machine() + platform.processor()
    with contextlib.suppress(OSError):
        wanted = ("flags", "Features", "model name", "CPU part")
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        text += "".join(sorted({line for line in lines if line.startswith(wanted)}))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@functools.cache
def sources(module: str) -> bytes:
    """Digest of all that decides what a module's functions compile to, but for the shapes."""
    import jax
    import jaxlib

    here = Path(__file__).parent
    files = {f for pattern in TRACED for f in here.glob(pattern)}
    files.add(Path(str(sys.modules[module].__file__)))
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + file.read_bytes())
    flags = os.environ.get("XLA_FLAGS", "")
    said = (jax.__version__, jaxlib.__version__, sys.version, flags, jax.config.jax_enable_x64)  # type: ignore[attr-defined]
    digest.update(repr(said).encode())
    return digest.digest()


def preload() -> None:
    """Begin to load, in a thread of its own, the executables that were used lately."""
    root = folder()
    if root is None or _early:
        return
    pool = ThreadPoolExecutor(1, "tractus-preload")
    for file in lately_used(root):
        with contextlib.suppress(Exception):
            _early[file] = pool.submit(_loaded, _content(file))
    pool.shutdown(wait=False)


def lately_used(root: Path) -> list[Path]:
    """Newest executable of every function, in the order of first use, which file times tell.

    Without those that the last process had no use for: a large one would keep all others waiting.
    """
    used = {file: file.stat().st_mtime for file in root.glob("*.xla")}
    known = sorted(used, key=used.__getitem__)
    newest = {file.name.rsplit("-", 1)[0]: file for file in known}
    last = max(used.values(), default=0.0)
    return [file for file in known if file in newest.values() and used[file] > last - LATELY]


def read(file: Path) -> Any:
    """Executable of a file; raises where it is damaged or was made by another JAX."""
    return _early.pop(file).result() if file in _early else _loaded(_content(file))


def _content(file: Path) -> tuple[bytes, Any, Any]:
    """Code and structures of arguments and results; raises where it is not what was written."""
    raw = file.read_bytes()
    if hashlib.sha256(raw[32:]).digest() != raw[:32]:
        raise ValueError(f"{file.name} is damaged")
    code, given, found = pickle.loads(zlib.decompress(raw[32:]))
    return code, given, found


def _loaded(content: tuple[bytes, Any, Any]) -> Any:
    """Executable from the content of a file."""
    from jax.experimental import serialize_executable

    return serialize_executable.deserialize_and_load(*content)


def write_whole(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    Path(name).replace(file)


def keep(made: Any, file: Path) -> None:
    """Write an executable; the least used ones make room."""
    from jax.experimental import serialize_executable

    body = zlib.compress(pickle.dumps(serialize_executable.serialize(made)), 1)
    write_whole(file, hashlib.sha256(body).digest() + body)
    old = sorted(file.parent.glob("*.xla"), key=lambda f: f.stat().st_mtime, reverse=True)
    for spare in old[KEPT:]:
        spare.unlink(missing_ok=True)


__all__ = ["folder", "keep", "lately_used", "preload", "read", "sources", "write_whole"]
