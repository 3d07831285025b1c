"""Units to processes of this machine, started afresh: one unit at a time, one thread each.

worker  <- (fn, unit)    a pipe that ends tells that its worker did; the unit is done again
        -> (done, answer)
"""

from __future__ import annotations

import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any, cast

from lstmprep.engines import MOST_DEATHS, LostError

PATIENCE = 5.0  # seconds until a worker that is to end is made to


def _serve(pipe: Connection) -> None:
    """The life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it hears of it, and closes the pipe
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            fn, unit = pipe.recv()
            try:
                answer = True, fn(unit)
            except Exception as error:  # noqa: BLE001 (raised again where the work was asked for)
                answer = False, error
            pipe.send(answer)


class Workers:
    """So many workers, as many as there are cores when none are given."""

    def __init__(self, workers: int | None, *_: Any) -> None:
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
                    message = ForkingPickler.dumps((fn, busy[pipe][1]))
                    with suppress(BrokenPipeError, ConnectionResetError):  # where nobody reads, the pipe will say so
                        pipe.send_bytes(message)
                for pipe in cast(list[Connection], wait(list(busy))):
                    process, unit = busy.pop(pipe)
                    try:
                        done, answer = pipe.recv()
                    except (EOFError, OSError):
                        process.join()
                        deaths[unit] += 1
                        if deaths[unit] == MOST_DEATHS:
                            code = process.exitcode
                            raise LostError(unit, f"signal {-code}" if code < 0 else f"exit {code}") from None
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
        deque(self.map_unordered(plan, range(self._most)), 0)

    def close(self) -> None:
        while self._idle:
            pipe, process = self._idle.pop()
            pipe.close()
            process.join(PATIENCE)
            process.kill()


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
