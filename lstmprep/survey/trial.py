"""Which key keeps the sequences apart: tried, when nobody named one.

A key is right when no time stands twice inside a sequence. All columns that could be one are
followed in one more pass over them and the time alone; the coarsest that is right wins, and no
key at all is the coarsest.
"""

from __future__ import annotations

from collections.abc import Callable

from lstmprep.errors import LstmprepError
from lstmprep.ingest.clock import Clock
from lstmprep.ingest.faults import Restart
from lstmprep.records import record
from lstmprep.sources.base import As, Source
from lstmprep.survey.keys import Keys
from lstmprep.survey.order import Order

MOST = 8


@record(frozen=True)
class Guess:
    """The time and the key that a table seems to have; None where nothing speaks for one."""

    time: str | None = None
    key: str | None = None
    twice: bool = False  # no key keeps equal times apart


def tried(source: Source, clock_for: Callable[[tuple[str, ...]], Clock], time: str, keys: list[str]) -> Guess | None:
    """The coarsest of these keys under which no time stands twice; None when the times are no times.

    Parameters
    ----------
    source : Source
    clock_for : callable
        The reader of time columns.
    time : str
    keys : list of str
        Coarsest first.
    """
    clocks: dict[str, Clock] = {}
    choices: list[tuple[str, ...]] = [(), *((k,) for k in keys[:MOST])]
    wanted: dict[str, As] = dict.fromkeys([time, *keys[:MOST]], "text")
    while True:
        orders = {c: Order(clocks.setdefault("".join(c), clock_for((time,))), Keys(c)) for c in choices}
        try:
            for chunk in source.chunks(wanted):
                for choice, order in list(orders.items()):
                    try:
                        order.take(chunk)
                    except LstmprepError:
                        del orders[choice]
            for choice, order in orders.items():
                order.settle(source)
                if not order.twice:
                    return Guess(time, choice[0] if choice else None)
        except Restart:
            continue
        return Guess(time, twice=True) if () in orders else None
