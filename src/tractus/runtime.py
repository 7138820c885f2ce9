"""JAX as the engine needs it: double precision, and compiled code kept between processes.

Compiling takes seconds, so what is compiled is kept in the user's cache folder: small pieces by
JAX itself, the engine's few large functions as finished executables (no tracing either;
`code_cache`).  The cache is a bonus: whatever goes wrong with it, the code is compiled anew.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tractus import code_cache

OPTIONS = {"xla_cpu_use_fusion_emitters": False}  # the older emitter: half the time to compile


def prepare() -> None:
    """Switch JAX to double precision, unless decided already, and its cache on."""
    import jax

    if "JAX_ENABLE_X64" not in os.environ:
        jax.config.update("jax_enable_x64", True)
    with contextlib.suppress(Exception):  # lines of the sources make compiled code slow to load
        jax.config.update("jax_traceback_in_locations_limit", 0)
        jax.config.update("jax_include_full_tracebacks_in_locations", False)
    root = code_cache.folder()
    if root is None or jax.config.values.get("jax_compilation_cache_dir"):
        return
    with contextlib.suppress(Exception):
        jax.config.update("jax_compilation_cache_dir", str(root / "jax"))
        # by default only what took over a second is kept
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def load() -> None:
    """Load JAX, then compiled code in a thread beside all that is imported next."""
    prepare()
    code_cache.preload()


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

        root = code_cache.folder()
        if root is None or jax.default_backend() != "cpu":
            return None
        made_of = code_cache.sources(self.__module__) + repr(key).encode()
        digest = hashlib.sha256(made_of).hexdigest()[:32]
        return root / f"{self.__name__}-{digest}.xla"  # type: ignore[attr-defined]

    def _load(self, key: Any, args: Any) -> Any:
        """Executable from the folder, tried once; None where there is none that works."""
        import jax

        with contextlib.suppress(Exception):
            file = self._file(key)
            if file is None or not file.exists():
                return None
            _wake_lapack()
            found = code_cache.read(file)
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
                code_cache.keep(made, file)
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


__all__ = ["Compiled", "beside", "load", "prepare"]
