"""Units to the workers of Dask, on any machine that sees the folder of the output. Futures alone, one a worker."""

from __future__ import annotations

import json
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import Any

from lstmprep.engines import LostError
from lstmprep.errors import LstmprepError, RecipeError, StorageError, Where
from lstmprep.wording import quoted, shown

TIMEOUT = 10  # seconds until a scheduler that does not answer is not there
PATIENCE = 30.0  # seconds without any worker
START = "Start one: dask scheduler, then dask worker --nthreads 1 with its address on every machine."


class Dask:
    """The workers of a scheduler; without one, as many processes on this machine as there are cores."""

    def __init__(self, workers: int | None, scheduler: str | None, scheduler_file: str | None) -> None:
        try:
            import distributed as found
        except ImportError:
            raise RecipeError(
                "--engine dask needs Dask, and it is not installed", fix="Install it: pip install 'lstmprep[dask]'."
            ) from None
        distributed: Any = found  # it tells no types
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self._cluster: Any = None
        if scheduler_file is not None:
            scheduler = _address(scheduler_file)
        if scheduler is None:
            n = workers or len(os.sched_getaffinity(0))
            self._cluster = distributed.LocalCluster(
                n_workers=n,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
        self._place = scheduler or "a cluster of its own"
        try:
            self._client: Any = distributed.Client(self._cluster or scheduler, timeout=TIMEOUT, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            self._fail("no scheduler answers within 10 seconds", START, error)
        try:
            self._client.wait_for_workers(1, timeout=TIMEOUT)
        except TimeoutError as error:
            self.close()
            self._fail("the scheduler has no worker", START, error)

    def map_unordered(self, fn: Callable[[Any], Any], units: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        packed = _pickle().dumps(fn)  # here, and once: what it needs may have to be written down first
        waiting, running = deque(units), dict[str, tuple[Any, Any]]()
        done: SimpleQueue[Any] = SimpleQueue()
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
        from distributed import KilledWorker

        try:
            return future.result(timeout=TIMEOUT)
        except KilledWorker as error:
            raise LostError(unit, f"the last one was {error.last_worker.address}") from None
        except Exception as error:
            if future.status in ("cancelled", "lost"):
                self._fail("the scheduler went away", "Start it and run again.", error)
            raise

    def preflight(self, plan: Callable[[Any], Any]) -> None:
        for worker, said in sorted(self._client.run(plan, None, on_error="return").items()):
            if isinstance(said, LstmprepError):
                raise type(said)(f"--engine dask, worker {worker}: {said.what}", fix=said.fix, where=said.where)
            if isinstance(said, BaseException):
                what = f"--engine dask, worker {worker} cannot do this work: {shown(str(said), 160)}"
                raise StorageError(what, fix="Install the same lstmprep on every machine.") from said

    def close(self) -> None:
        for part in (getattr(self, "_client", None), self._cluster):
            if part is not None:
                part.close(timeout=5)

    def _fail(self, what: str, fix: str, error: Exception | None = None) -> Any:
        raise StorageError(f"--engine dask, {self._place}: {what}", fix=fix) from error


def _done(packed: bytes, unit: Any) -> Any:
    """On a worker: one unit."""
    return _pickle().loads(packed)(unit)


def _pickle() -> Any:
    """As Dask packs what it sends."""
    from distributed.protocol import pickle

    return pickle


def _address(path: str) -> str:
    """The address that a scheduler has written into a file."""
    try:
        with open(path, encoding="utf-8") as stream:
            return str(json.load(stream)["address"])
    except OSError as error:
        raise StorageError.from_os(error, "read the scheduler's file", where=Where(file=path)) from error
    except (ValueError, KeyError, TypeError):
        raise StorageError(
            f"{quoted(path)} is no scheduler's file", fix="Give the file that dask scheduler --scheduler-file writes."
        ) from None
