"""The rows of train, val and test, a lane per sequence or fold.

EWR  [ train ............ ]//[ val ]//[ test ]      // taken by --embargo
JFK  [ train ............ ]//[ val ]//[ test ]      inputs and targets apart, where inputs reach back
"""

from __future__ import annotations

from dataclasses import field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.loaders.index import Block, batches_of, blocks, key_numbers
from lstmprep.records import record
from lstmprep.showing.output import Output
from lstmprep.wording import counted, listed, name_of

LANES = 24
PIECES = 200  # of one part in one lane
Ends = NDArray[np.float64]


@record(eq=False)
class Lane:
    """One sequence or one fold.

    Attributes
    ----------
    inputs, targets : dict of str to (pieces, 2) array
        Where rows of a part begin and end, by its name.
    """

    name: str
    inputs: dict[str, Ends] = field(default_factory=dict)
    targets: dict[str, Ends] = field(default_factory=dict)

    def reach(self, part: str) -> tuple[float, float]:
        """Where the rows of a part begin and end: those of its targets, or without them of its inputs."""
        found = self.targets.get(part, self.inputs[part])
        return float(found[0, 0]), float(found[-1, 1])


@record(frozen=True, eq=False)
class Parts:
    """What a picture of a split shows.

    Attributes
    ----------
    names : list of str
        The parts, in order.
    taken : list of (int, float, float)
        (lane, begin, end) of rows that ``--embargo`` took.
    by_rows : bool
        Whether places are rows of the table, else times.
    ticks : list of (float, str)
        Instants of the axis in words; empty where places are numbers.
    more : int
        Lanes that are not shown.
    """

    title: str
    about: str
    names: list[str]
    lanes: list[Lane]
    taken: list[tuple[int, float, float]]
    axis: str
    by_rows: bool
    ticks: list[tuple[float, str]]
    more: int


def parts(output: Output) -> Parts:
    """The rows of every part of an output that was split; it has an index."""
    made = output.made
    folds = any("/" in name for name in output.splits)
    clock = made["order"]["time"] and made["order"]["kind"] != "text"
    keys = [] if folds else made["sequences"]["keys"]
    ids = _keys(output, keys) if keys else {}
    chosen = _chosen(len(ids))
    lanes: dict[Any, Lane] = {}
    for block in blocks(batches_of(output.index_path)):
        fold, _, part = block.split.rpartition("/")
        rank = key_numbers(block.table, keys, ids) if keys else np.zeros(block.rows, np.int64)
        ends = {w: _ends(block, w, clock=bool(clock), slack=_slack(output, clock=bool(clock))) for w in ("", "target_")}
        for number in np.unique(rank).tolist():
            if keys and number not in chosen:
                continue
            lane = lanes.setdefault(fold or number, Lane(fold or ""))
            for store, found in ((lane.inputs, ends[""]), (lane.targets, ends["target_"])):
                if found is not None:
                    _put(store, part, found[rank == number])
    texts = {number: ", ".join(name_of(k) for k in key) for key, number in ids.items()}
    for number, lane in lanes.items():
        lane.name = lane.name or texts.get(number, "all rows")
    ordered = list(lanes.values())
    return Parts(
        title=_title(output, folds=folds)
        + _apart(output, ordered, folds=folds, whole=folds or len(ids) == len(chosen)),
        about=_about(output),
        names=list(dict.fromkeys(n.rpartition("/")[2] for n in output.splits)),
        lanes=ordered,
        taken=_taken(ordered, made["recipe"].get("embargo")),
        axis=listed(made["order"]["time"]) if clock else "row of the table",
        by_rows=not clock,
        ticks=_ticks(output, ordered, clock=bool(clock)),
        more=len(ids) - len(chosen) if keys else 0,
    )


def _keys(output: Output, keys: list[str]) -> dict[tuple[str, ...], int]:
    """Sequences in the order in which the index has them."""
    ids: dict[tuple[str, ...], int] = {}
    for block in blocks(batches_of(output.index_path)):
        key_numbers(block.table, keys, ids)
    return ids


def _chosen(n: int) -> set[int]:
    return set(range(n)) if n <= LANES else set(np.linspace(0, n - 1, LANES).astype(int).tolist())


def _slack(output: Output, *, clock: bool) -> float:
    """From one row to the next."""
    spacing = output.made["order"].get("spacing") or {}
    return float(spacing.get("median") or 0) if clock else 1.0


def _ends(block: Block, which: str, *, clock: bool, slack: float) -> Ends | None:
    """(samples, 2) begin and end of the rows of each sample; NaN where it has none."""
    if clock:
        low, high = block.times(f"{which}first_time"), block.times(f"{which}last_time")
    else:
        low, high = block.ints(f"{which}first_row"), block.ints(f"{which}last_row")
    rows = block.ints(f"{which}first_row")
    if low is None or high is None or rows is None:
        return None
    out = np.stack([np.asarray(low, np.float64), np.asarray(high, np.float64) + slack], axis=1)
    return out[rows >= 0]


def _put(store: dict[str, Ends], part: str, fresh: Ends) -> None:
    """Join pieces that touch; when there are very many, also those that lie closest together."""
    ends = np.concatenate([store[part], fresh]) if part in store else fresh
    if not len(ends):
        return
    ends = ends[np.argsort(ends[:, 0], kind="stable")]
    until = np.maximum.accumulate(ends[:, 1])
    gaps = np.append(np.inf, ends[1:, 0] - until[:-1])
    at = np.flatnonzero(gaps > 0)
    if len(at) > PIECES:
        at = np.sort(np.argsort(-gaps, kind="stable")[:PIECES])
    store[part] = np.stack([ends[at, 0], until[np.append(at[1:], len(ends)) - 1]], axis=1)


def _taken(lanes: list[Lane], embargo: Any) -> list[tuple[int, float, float]]:
    """Between two parts of a lane, what the embargo took."""
    out = []
    for i, lane in enumerate(lanes if embargo else []):
        reach = sorted(lane.reach(p) for p in lane.inputs)
        starts = {lane.reach(p)[0]: float(lane.inputs[p][0, 0]) for p in lane.inputs}
        for (_, end), (begin, _) in pairwise(reach):
            low = min(begin, max(starts[begin], end)) if starts[begin] >= end else begin
            out += [(i, end, low)] if low > end else []
    return out


def _title(output: Output, *, folds: bool) -> str:
    made = output.made
    counts = {n: p["samples"] for n, p in made["splits"].items()}
    if folds:
        n = len({k.partition("/")[0] for k in counts})
        first = {k.partition("/")[2]: v for k, v in list(counts.items())[-2:]}
        return f"{counted(n, 'fold')}; samples of the last: {', '.join(f'{k} {v:,}' for k, v in first.items())}"
    total = sum(counts.values()) or 1
    told = [f"{k} {v:,} ({v / total:.0%})" for k, v in counts.items()]
    return f"{', '.join(told)} of {counted(total, 'sample')}"


def _apart(output: Output, lanes: list[Lane], *, folds: bool, whole: bool) -> str:
    """Whether the parts share rows, where all of them can be seen."""
    if output.made["recipe"].get("context"):
        return "; inputs of later parts reach back into rows of earlier ones, targets do not"
    if not whole or not all(_disjoint(lane) for lane in lanes):
        return ""
    return f"; no row is in two parts{' of a fold' if folds else ''}"


def _disjoint(lane: Lane) -> bool:
    """Whether no piece of one part meets a piece of another.

    Examples
    --------
    >>> train, test = np.array([[0.0, 4.0], [8.0, 9.0]]), np.array([[4.0, 8.0]])
    >>> _disjoint(Lane("", {"train": train, "test": test})), _disjoint(Lane("", {"train": train, "test": test - 1}))
    (True, False)
    """
    told = [(*ends, part) for of in (lane.inputs, lane.targets) for part, all_ in of.items() for ends in all_.tolist()]
    low, high, names = zip(*sorted(told), strict=True)
    until = -np.inf
    owner = ""
    for begin, end, name in zip(low, high, names, strict=True):
        if begin < until and name != owner:
            return False
        if end > until:
            until, owner = end, name
    return True


def _about(output: Output) -> str:
    given, made = output.made["recipe"], output.made
    by = given.get("split_by")
    out = [f"--split {','.join(map(str, given['split']))}"] if given.get("split") else []
    out += [f"by {by}"] if by else []
    if given.get("embargo"):
        out.append(f"{counted(int(given['embargo']), 'row')} of embargo before each later part")
    out += ["inputs may reach back into the part before (--context)"] if given.get("context") else []
    unused = sum(u["rows"] for u in made["rows"]["unused"])
    out += [f"{counted(unused, 'row')} in no sample"] if unused else []
    return " · ".join(out)


def _ticks(output: Output, lanes: list[Lane], *, clock: bool) -> list[tuple[float, str]]:
    """Six instants of the axis in words."""
    ends = [e for lane in lanes for e in (*lane.inputs.values(), *lane.targets.values())]
    order = output.made["order"]
    if not clock or not ends or order["kind"] != "instant":
        return []
    low, high = min(float(e[0, 0]) for e in ends), max(float(e[-1, 1]) for e in ends)
    at = np.linspace(low, high, 6)
    unit = order["unit"] or "ns"
    whole = at.astype(np.int64).view(f"M8[{unit}]")
    day = np.timedelta64(1, "D")
    fine: Any = "D" if (whole[-1] - whole[0]) > 5 * day else "m"
    texts = np.datetime_as_string(whole, unit=fine)
    return [(float(v), str(t).replace("T", " ")) for v, t in zip(at, texts, strict=True)]
