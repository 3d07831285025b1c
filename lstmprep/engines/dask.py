"""Units to the workers of Dask, on any machine that sees the folder of the output. Futures alone, one a worker."""

from __future__ import annotations

import json
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any

from lstmprep.engines import LostError
from lstmprep.errors import RecipeError, StorageError, Where
from lstmprep.wording import shown

TIMEOUT = 10  # seconds until a scheduler that does not answer is not there
PATIENCE = 30.0  # seconds without any worker
OWN: dict[str, Any] = {"threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None, "silence_logs": 50}
PICKLE = "distributed.protocol.pickle"  # as Dask packs what it sends
INSTALL = "Install it: pip install 'lstmprep[dask]'."
START = "Start one: dask scheduler, then dask worker --nthreads 1 with its address on every machine."


class Workers:
    """The workers of a scheduler; without one, as many processes on this machine as there are cores."""

    def __init__(self, workers: int | None, scheduler: str | None = None, scheduler_file: str | None = None) -> None:
        try:
            distributed: Any = import_module("distributed")
        except ModuleNotFoundError:
            raise RecipeError("--engine dask needs Dask, and it is not installed", fix=INSTALL) from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self._client: Any = None
        scheduler = scheduler if scheduler_file is None else _address(scheduler_file)
        self._own: Any = None if scheduler else distributed.LocalCluster(workers or len(os.sched_getaffinity(0)), **OWN)
        self._place = scheduler or "a cluster of its own"
        lacking = "no scheduler answers within 10 seconds"
        try:
            self._client = distributed.Client(self._own or scheduler, timeout=TIMEOUT, set_as_default=False)
            lacking = "the scheduler has no worker"
            self._client.wait_for_workers(1, timeout=TIMEOUT)
        except (OSError, ValueError, TypeError) as error:
            self.close()
            self._fail(lacking, START, error)

    def map_unordered(self, fn: Callable[[Any], Any], units: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        packed = import_module(PICKLE).dumps(fn)  # here, and once: what it needs may have to be written down first
        waiting, running, done = deque(units), dict[str, tuple[Any, Any]](), SimpleQueue[Any]()
        alive, run = time.monotonic(), os.urandom(8).hex()
        try:
            while waiting or running:
                room = len(self._workers())
                alive = time.monotonic() if room else alive
                if time.monotonic() - alive > PATIENCE:
                    self._fail("all workers are gone", START)
                while waiting and len(running) < room:
                    unit = waiting.popleft()
                    future = self._client.submit(_done, packed, unit, key=f"lstmprep-{run}-{len(waiting)}", pure=False)
                    running[future.key] = future, unit
                    future.add_done_callback(done.put)
                try:
                    future = done.get(timeout=1)
                except Empty:
                    continue
                _, unit = running.pop(future.key)
                yield unit, self._answer(future, unit)
        finally:
            self._client.cancel([future for future, _ in running.values()])

    def _workers(self) -> Any:
        try:
            return self._client.nthreads()
        except (OSError, TimeoutError, RuntimeError) as error:
            self._fail("the scheduler went away", "Start it and run again.", error)

    def _answer(self, future: Any, unit: Any) -> Any:
        try:
            return future.result(timeout=TIMEOUT)
        except Exception as error:
            if (last := getattr(error, "last_worker", None)) is not None:  # a KilledWorker
                raise LostError(unit, f"the last one was {last.address}") from None
            if isinstance(error, TimeoutError) and future.status != "error" and self._workers():
                return self._answer(future, unit)  # its worker died before it told: another is at it
            if future.status != "error":
                self._fail("the scheduler or every worker went away", "Start it and run again.", error)
            raise

    def preflight(self, plan: Callable[[Any], Any]) -> None:
        for worker, said in sorted(self._client.run(plan, None, on_error="return").items()):
            if isinstance(said, BaseException):
                what = getattr(said, "what", f"it cannot do this work: {shown(said, 160)}")
                fix = getattr(said, "fix", "Install the same lstmprep on every machine.")
                raise StorageError(f"--engine dask, worker {worker}: {what}", fix=fix) from said

    def close(self) -> None:
        for part in filter(None, (self._client, self._own)):
            part.close(timeout=5)

    def _fail(self, what: str, fix: str, error: Exception | None = None) -> Any:
        raise StorageError(f"--engine dask, {self._place}: {what}", fix=fix) from error


def _done(packed: bytes, unit: Any) -> Any:
    """On a worker: one unit."""
    return import_module(PICKLE).loads(packed)(unit)


def _address(path: str) -> str:
    """The address that a scheduler has written into a file."""
    try:
        with open(path, encoding="utf-8") as stream:
            return str(json.load(stream)["address"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"there is no address of a scheduler in it: {shown(getattr(error, 'strerror', None) or error, 80)}"
        fix = "Give the file that dask scheduler --scheduler-file writes."
        raise StorageError(what, fix=fix, where=Where(file=path)) from error
