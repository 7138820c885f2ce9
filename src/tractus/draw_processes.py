"""Draws in processes of their own.

In one process the threads of the engine's library wait for each other: two processes take a fifth
less time than two threads (docs/performance.md).  A process is asked and answers in pickles over
pipes, so that nothing of a person is written; it ends when the pipe does.
"""

from __future__ import annotations

import contextlib
import copyreg
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from types import MappingProxyType
from typing import Any, TypeVar

from tractus import code_cache, uncertainty
from tractus.errors import InputError
from tractus.tables import varied

Found = TypeVar("Found")

PROCESSES = 2
MANY = 8  # draws from which on they are worth the two seconds that a process takes to begin


def over_draws(
    count: int,
    seed: int,
    work: Callable[[], Found],
    report: Callable[[int, int], None] | None = None,
    without: str = "",
) -> list[Found]:
    """As `uncertainty.over_draws`, for `work` that can be pickled.

    In threads where draws are few, and where no compiled code is kept between processes.
    """
    if count < MANY or code_cache.folder() is None:
        return uncertainty.over_draws(count, seed, work, report, without=without)
    numbers, lock, found = iter(range(count)), Lock(), {}

    def feed(process: subprocess.Popen[bytes]) -> None:
        _send(process, (work, count, seed, without))
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            _send(process, number)
            answer = _answer(process)
            with lock:
                found[number] = answer
                done = len(found)
            if report:
                report(done, count)

    with _started() as processes, ThreadPoolExecutor(len(processes)) as pool:
        jobs = [pool.submit(feed, process) for process in processes]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            for process in processes:
                process.kill()
            raise
    return uncertainty.kept([found[number] for number in range(count)])


@contextlib.contextmanager
def _started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that wait for work; gone at the end."""
    where = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    alone = {"NPROC": "1", "PJRT_NPROC": "1"}  # threads of the engine's library
    command = [sys.executable, "-m", "tractus.draw_processes"]
    processes = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **where, **alone},
            start_new_session=True,  # an interrupt is for the asking process, which ends these
        )
        for _ in range(PROCESSES)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _mapping(content: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(content)


# steps of a regimen hold such mappings, which pickle does not know by itself
copyreg.pickle(MappingProxyType, lambda m: (_mapping, (dict(m),)))


def _send(process: subprocess.Popen[bytes], message: Any) -> None:
    assert process.stdin is not None
    pickle.dump(message, process.stdin)
    process.stdin.flush()


def _answer(process: subprocess.Popen[bytes]) -> Any:
    """What a process found, or its InputError.  Raises any other error of it."""
    assert process.stdout is not None
    try:
        answer = pickle.load(process.stdout)
    except EOFError:
        raise RuntimeError(f"a process for draws ended with {process.wait()}") from None
    if isinstance(answer, BaseException) and not isinstance(answer, InputError):
        raise answer
    return answer


def _serve() -> None:
    """Answer until the pipe ends."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed must not come between the answers
    from tractus.runtime import prepare

    prepare()
    work, *which = pickle.load(asked)
    every = uncertainty.draws(*which)
    while True:
        try:
            number = pickle.load(asked)
        except EOFError:
            return
        try:
            with varied(every[number]):
                found = work()
        except Exception as error:  # told to the process that asked
            found = error
        pickle.dump(found, answers)
        answers.flush()


if __name__ == "__main__":
    _serve()
