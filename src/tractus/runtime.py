"""JAX as the engine needs it: double precision, and compiled code kept between processes.

Compiling takes seconds, so what is compiled is kept in the user's cache folder: small pieces by
JAX itself, the engine's few large functions as finished executables (no tracing either).  The
cache is a bonus: whatever goes wrong with it, the code is compiled anew.

TRACTUS_CACHE names another folder or, as `off`, none; JAX_COMPILATION_CACHE_DIR is honoured.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import os
import pickle
import platform
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

KEPT = 24  # executables that stay in the folder
OPTIONS = {"xla_cpu_use_fusion_emitters": False}  # the older emitter: half the time to compile
OFF = ("off", "0", "none", "no", "false")


def prepare() -> None:
    """Switch JAX to double precision, unless decided already, and its cache on."""
    import jax

    if "JAX_ENABLE_X64" not in os.environ:
        jax.config.update("jax_enable_x64", True)
    with contextlib.suppress(Exception):  # lines of the sources make compiled code slow to load
        jax.config.update("jax_traceback_in_locations_limit", 0)
        jax.config.update("jax_include_full_tracebacks_in_locations", False)
    root = folder()
    if root is None or jax.config.values.get("jax_compilation_cache_dir"):
        return
    with contextlib.suppress(Exception):
        jax.config.update("jax_compilation_cache_dir", str(root / "jax"))
        # by default only what took over a second is kept
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


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


TRACED = (
    "engine/*.py",
    "tissue/*.py",
    "rotation.py",
    "runtime.py",
)  # what compiled code is made of


@functools.cache
def _sources(module: str) -> bytes:
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


class Compiled:
    """A function compiled once per set of shapes, its executables kept between processes.

    Within another transformation of JAX it is the function itself.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        import jax

        functools.update_wrapper(self, function)
        self.jitted = jax.jit(function)
        self._known: dict[Any, Any] = {}
        self._last: Any = None  # executable
        self._lock = threading.Lock()

    def __call__(self, *args: Any) -> Any:
        """Result for arrays and floats."""
        if self._last is not None:
            with contextlib.suppress(TypeError):  # of other shapes, or within a transformation
                return self._last(*args)
        key = _key(args)
        if key is None:
            return self.jitted(*args)
        self._last = self._known.get(key) or self.executable(*args)
        return self._last(*args)

    def executable(self, *args: Any) -> Any:
        """Executable for arguments of these shapes: known, kept from before, or compiled now."""

        key = _key(args)
        with self._lock:
            if key not in self._known:
                self._known[key] = self._load(key, args) or self._compile(key, args)
            return self._known[key]

    def _file(self, key: Any) -> Path | None:
        import jax

        root = folder()
        if root is None or jax.default_backend() != "cpu":
            return None
        digest = hashlib.sha256(_sources(self.__module__) + repr(key).encode()).hexdigest()[:32]
        return root / f"{self.__name__}-{digest}.xla"  # type: ignore[attr-defined]

    def _load(self, key: Any, args: Any) -> Any:
        """Executable from the folder, tried once; None where there is none that works."""
        import jax

        with contextlib.suppress(Exception):
            file = self._file(key)
            if file is None or not file.exists():
                return None
            _wake_lapack()
            found = _early.pop(file).result() if file in _early else _loaded(_content(file))
            jax.block_until_ready(found(*args))
            os.utime(file)
            return found
        return None

    def _compile(self, key: Any, args: Any) -> Any:
        import jax

        lowered = self.jitted.lower(*args)
        if jax.default_backend() != "cpu":
            return lowered.compile()
        with _unshared() as fresh:
            try:
                made = lowered.compile(compiler_options=dict(OPTIONS))
            except Exception:  # another XLA, without these options
                made = lowered.compile()
        with contextlib.suppress(Exception):
            file = self._file(key)
            if file is not None and fresh():
                _keep(made, file)
        return made


@contextlib.contextmanager
def _unshared() -> Iterator[Callable[[], bool]]:
    """Compile without leaving a trace in JAX's own cache; the answer is whether all was new.

    What JAX has read from its cache cannot be written out again: it lacks its kernels.
    """
    from jax import monitoring

    hits: list[str] = []

    def listen(event: str, **_: Any) -> None:
        if event == "/jax/compilation_cache/cache_hits":
            hits.append(event)

    monitoring.register_event_listener(listen)
    try:
        _unkept.enter()
        yield lambda: not hits
    finally:
        _unkept.leave()
        with contextlib.suppress(Exception):
            monitoring.unregister_event_listener(listen)


class _Unkept:
    """JAX's cache takes nothing while one or more threads are within."""

    NAME = "jax_persistent_cache_min_compile_time_secs"

    def __init__(self) -> None:
        self._lock, self._within, self._before = threading.Lock(), 0, 0.0

    def enter(self) -> None:
        import jax

        with self._lock:
            if not self._within:
                self._before = jax.config.values[self.NAME]
                jax.config.update(self.NAME, 1e9)
            self._within += 1

    def leave(self) -> None:
        import jax

        with self._lock:
            self._within -= 1
            if not self._within:
                jax.config.update(self.NAME, self._before)


_unkept = _Unkept()


def _key(args: Any) -> Any:
    """Structure and shapes; None where something is traced."""
    import jax

    leaves, tree = jax.tree.flatten(args)
    if any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
        return None
    return tree, tuple([getattr(leaf, "shape", ()) for leaf in leaves])


_early: dict[Path, Future[Any]] = {}


def preload() -> None:
    """Begin to load, in a thread of its own, the newest executable of every function.

    In the order in which they were first used the last time, which their files' times tell.
    """
    root = folder()
    if root is None or _early:
        return
    pool = ThreadPoolExecutor(1, "tractus-preload")
    known = sorted(root.glob("*.xla"), key=lambda f: f.stat().st_mtime_ns)
    newest = {f.name.rsplit("-", 1)[0]: f for f in known}
    for file in sorted(newest.values(), key=lambda f: f.stat().st_mtime_ns):
        with contextlib.suppress(Exception):
            _early[file] = pool.submit(_loaded, _content(file))
    pool.shutdown(wait=False)


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


@functools.cache
def _wake_lapack() -> None:
    """Let JAX find LAPACK, which it does on lowering and an executable from before needs."""
    import jax
    import jax.numpy as jnp

    try:
        from jaxlib import lapack

        lapack.prepare_lapack_call("potrf", jnp.float64)
    except (ImportError, AttributeError, TypeError):  # another JAX
        jax.jit(jnp.linalg.cholesky).lower(jnp.eye(2))


def beside(*modules: str) -> None:
    """Begin to import modules in a thread of its own; who imports one next waits for it."""

    def fetch() -> None:
        for name in modules:
            with contextlib.suppress(ImportError):  # who needs it will say so
                importlib.import_module(name)

    threading.Thread(target=fetch, daemon=True).start()


def _keep(made: Any, file: Path) -> None:
    """Write an executable whole or not at all; the least used ones make room."""
    from jax.experimental import serialize_executable

    body = zlib.compress(pickle.dumps(serialize_executable.serialize(made)), 1)
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(hashlib.sha256(body).digest() + body)
    Path(name).replace(file)
    old = sorted(file.parent.glob("*.xla"), key=lambda f: f.stat().st_mtime, reverse=True)
    for spare in old[KEPT:]:
        spare.unlink(missing_ok=True)


__all__ = ["Compiled", "beside", "folder", "preload", "prepare"]
