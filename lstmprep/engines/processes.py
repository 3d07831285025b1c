"""Units to processes of this machine, started afresh: one unit at a time, one thread each.

worker  <- (fn, unit)    a pipe that ends tells that its worker did; the unit is done again
        -> (done, answer)
"""

from __future__ import annotations

import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any, cast

from lstmprep.engines import MOST_DEATHS, LostError

PATIENCE = 5.0  # seconds until a worker that is to end is made to


def _serve(pipe: Connection) -> None:
    """The life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it hears of it, and closes the pipe
    while True:
        try:
            fn, unit = pipe.recv()
        except EOFError:
            return
        answer: tuple[bool, Any]
        try:
            answer = True, fn(unit)
        except Exception as error:  # noqa: BLE001 (raised again where the work was asked for)
            answer = False, error
        try:
            pipe.send(answer)
        except OSError:
            return


class Processes:
    """So many workers, as many as there are cores when none are given."""

    def __init__(self, workers: int | None) -> None:
        self._most = workers or len(os.sched_getaffinity(0))
        self._idle: list[tuple[Any, Any]] = []

    def map_unordered(self, fn: Callable[[Any], Any], units: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        waiting, deaths = deque(units), Counter[Any]()
        busy: dict[Connection, tuple[Any, Any]] = {}
        try:
            while waiting or busy:
                while waiting and len(busy) < self._most:
                    pipe, process = self._idle.pop() if self._idle else _started()
                    busy[pipe] = process, waiting.popleft()
                    _give(pipe, fn, busy[pipe][1])
                for pipe in cast(list[Connection], wait(list(busy))):
                    process, unit = busy.pop(pipe)
                    try:
                        done, answer = pipe.recv()
                    except (EOFError, OSError):
                        process.join()
                        deaths[unit] += 1
                        if deaths[unit] == MOST_DEATHS:
                            raise LostError(unit, _how(process.exitcode)) from None
                        waiting.appendleft(unit)
                        continue
                    self._idle.append((pipe, process))
                    if not done:
                        raise answer
                    yield unit, answer
        finally:
            for pipe, (process, _) in busy.items():
                process.kill()
                process.join()
                pipe.close()

    def preflight(self, plan: Callable[[Any], Any]) -> None:
        for _ in self.map_unordered(plan, range(self._most)):
            pass

    def close(self) -> None:
        for pipe, _ in self._idle:
            pipe.close()
        for _, process in self._idle:
            process.join(PATIENCE)
            process.kill()
        self._idle.clear()


def _started() -> tuple[Any, Any]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # the worker is born deaf to it
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return ours, process


def _give(pipe: Any, fn: Callable[[Any], Any], unit: Any) -> None:
    """Send a unit; where nobody reads, the pipe will say so."""
    message = ForkingPickler.dumps((fn, unit))
    try:
        pipe.send_bytes(message)
    except OSError:
        return


def _how(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit {code}"
