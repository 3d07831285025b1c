"""Reading one step ahead: the next chunk is parsed while the last one is stored.

    reader of blocks   b0 b1 | b2 b3 | ...      b1 is parsed beside b0
    whoever stores            t0 t1 | t2 ...    one chunk behind

Parsing leaves Python's lock, so a second core works beside the first; one core loses nothing.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
_HERE = threading.local()
WORTH_A_THREAD = 4 << 20  # bytes of a source from which reading ahead pays


def require_threads(count: int = 3) -> None:
    """Make sure that a parser can start its threads: where it cannot, it would end the process.

    Their stacks are kept by the system for the threads that come.

    Raises
    ------
    MemoryError
        If there is no room for so many.
    """
    done = threading.Event()
    started = []
    try:
        for _ in range(count):
            thread = threading.Thread(target=done.wait, daemon=True)
            thread.start()
            started.append(thread)
    except RuntimeError:
        raise MemoryError("no room for a thread") from None
    finally:
        done.set()
        for thread in started:
            thread.join()


def ahead(items: Iterator[T], busy: Callable[[], bool] = bool) -> Iterator[T]:
    """The same items in the same order, made by a thread that is one item ahead.

    Whatever the items raise is raised here; when nobody asks for more, the thread ends. As long as others are `busy`
    with what came before, the second core is left to them: items are made when they are asked for, by `in_pairs` one
    at a time.

    Examples
    --------
    >>> list(ahead(iter([1, 2, 3])))
    [1, 2, 3]
    """
    made: queue.Queue[tuple[list[T], BaseException | None]] = queue.Queue(maxsize=1)
    stopped, asked = threading.Event(), threading.Event()

    def wanted() -> bool:
        while busy() and not asked.wait(0.01):
            if stopped.is_set():
                return False
        asked.clear()
        return True

    def offer(entry: tuple[list[T], BaseException | None]) -> bool:
        while not stopped.is_set():
            try:
                made.put(entry, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        _HERE.idle = lambda: not busy()
        try:
            while wanted():
                item = list(islice(items, 1))
                if not offer((item, None)):
                    break
                if not item:
                    return
            if isinstance(items, Generator):
                items.close()  # what it has begun ends before this thread does
        except BaseException as error:  # noqa: BLE001 (handed over, not handled)
            offer(([], error))

    worker = threading.Thread(target=work, daemon=True)
    try:
        worker.start()
    except RuntimeError:  # no room for a thread: then without
        yield from items
        return
    try:
        while True:
            asked.set()
            found, error = made.get()
            if error is not None:
                raise error
            if not found:
                return
            yield found[0]
    finally:
        stopped.set()
        worker.join()


def in_pairs(items: Iterator[T]) -> Iterator[tuple[T, T | None]]:
    """Two items at a time where they are made ahead by an idle machine, the second None where there is none; else one at a time.

    What the second one raises is raised once the first one is done with.

    Examples
    --------
    >>> list(in_pairs(iter("abc"))), list(ahead(in_pairs(iter("abc"))))
    ([('a', None), ('b', None), ('c', None)], [('a', 'b'), ('c', None)])
    >>> list(ahead(in_pairs(iter("abc")), busy=lambda: True))
    [('a', None), ('b', None), ('c', None)]
    """
    for first in items:
        second, fault = None, None
        if getattr(_HERE, "idle", bool)():
            try:
                second = next(items, None)
            except BaseException as error:  # noqa: BLE001 (raised below, in its turn)
                fault = error
        yield first, second
        if fault is not None:
            raise fault


def aside(work: Callable[[], T]) -> Callable[[], T | None]:
    """Begin some work in a thread; what is returned waits for it and gives its result, None when it failed or found no room.

    Examples
    --------
    >>> aside(lambda: 7)(), aside(lambda: 1 // 0)()
    (7, None)
    """
    made: list[T] = []

    def go() -> None:
        with contextlib.suppress(Exception):
            made.append(work())

    worker = threading.Thread(target=go, daemon=True)
    try:
        worker.start()
    except RuntimeError:  # no room for a thread
        return lambda: None

    def wait() -> T | None:
        worker.join()
        return made[0] if made else None

    return wait
