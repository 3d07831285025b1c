"""How long sequences are, and what one length for all of them costs.

steps    |  #        of an output: real steps of each sample; those that were cut stand at the cut
         | ###  |    of a table: rows of each sequence, and what a cut there would lose
         |_####_|_#   the cut
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.loaders.index import batches_of, blocks
from lstmprep.records import record
from lstmprep.showing.output import Output
from lstmprep.wording import counted, listed

BARS = 40
Ints = NDArray[np.int64]


@record(frozen=True, eq=False)
class Lengths:
    """What a picture of lengths shows.

    Attributes
    ----------
    edges : (bars + 1,) int64
        A bar counts lengths ``edges[i] <= length < edges[i + 1]``.
    counts : (bars,) int64
    cuts : list of (int, str)
        Lengths at which sequences are cut, and what that costs.
    """

    title: str
    about: str
    edges: Ints
    counts: Ints
    cuts: list[tuple[int, str]]
    noun: str


def lengths_of_output(output: Output) -> Lengths:
    """Real steps of the samples of an output that may be padded or ragged."""
    tally = _steps(output)
    made = output.made
    padding = made["padding"] or {}
    length = made["timesteps"]
    n = int(tally.sum())
    cut = padding.get("cut") or {}
    said = f"{counted(n, 'sample')} of {_range(tally)}"
    lost = int(cut.get("rows", 0))
    if lost:
        share = lost / max(made["rows"]["read"], 1)
        said += f"; {counted(int(cut['sequences']), 'sequence')} cut: {counted(lost, 'row')} lost ({share:.1%})"
    steps = n * length if length else padding.get("steps", 0)
    padded = steps - int((np.arange(len(tally)) * tally).sum())
    if steps:
        said += f"; padding is {padded / steps:.1%} of X" if padded else "; no padding"
    cuts = [] if length is None else [(int(length), f"timesteps {length:,}")]
    edges, counts = _bars(tally)
    return Lengths(said, _about(made), edges, counts, cuts, "samples")


def lengths_of_table(lengths: Ints, keys: list[str], wanted: tuple[int, ...]) -> Lengths:
    """Rows of the sequences of a table, and what the lengths asked for would cost.

    Parameters
    ----------
    lengths : (sequences,) int64
    keys : list of str
    wanted : tuple of int
        Lengths to cut at.

    Examples
    --------
    >>> found = lengths_of_table(np.array([2, 4, 6]), ["id"], (4,))
    >>> found.title
    '3 sequences of 2 to 6 rows; at 4 timesteps 1 is cut (16.7% of the rows lost), padding is 16.7% of X'
    """
    tally = np.bincount(lengths)
    by = f" by {listed(keys)}" if keys else ""
    said = f"{counted(len(lengths), 'sequence')} of {_range(tally, 'row')}"
    cuts = []
    for length in wanted[:3]:
        over = int((lengths > length).sum())
        lost = int(np.maximum(lengths - length, 0).sum()) / max(int(lengths.sum()), 1)
        waste = int(np.maximum(length - lengths, 0).sum()) / max(length * len(lengths), 1)
        told = f"{over:,} {'is' if over == 1 else 'are'} cut ({lost:.1%} of the rows lost), padding is {waste:.1%} of X"
        cuts.append((int(length), f"{length:,}: {over:,} cut, {lost:.1%} lost, {waste:.1%} padding"))
        said += f"; at {counted(length, 'timestep')} {told if len(wanted) == 1 else told.partition(' (')[0]}"
    edges, counts = _bars(tally)
    return Lengths(said, f"sequences{by}" if by else "", edges, counts, cuts, "sequences")


def _steps(output: Output) -> Ints:
    """(longest + 1,) how many samples have so many real steps."""
    tally = np.zeros(1, np.int64)
    for block in blocks(batches_of(output.index_path)):
        steps = block.ints("steps")
        if steps is None:
            first, last = block.ints("first_row"), block.ints("last_row")
            assert first is not None and last is not None
            steps = last - first + 1
        more = np.bincount(steps[block.real()], minlength=len(tally))
        more[: len(tally)] += tally
        tally = more
    return tally


def _range(tally: Ints, noun: str = "step") -> str:
    found = np.flatnonzero(tally)
    low, high = (int(found[0]), int(found[-1])) if len(found) else (0, 0)
    return counted(low, noun) if low == high else f"{low:,} to {counted(high, noun)}"


def _bars(tally: Ints) -> tuple[Ints, Ints]:
    """Lengths in at most `BARS` bars of one width.

    Examples
    --------
    >>> edges, counts = _bars(np.array([0, 2, 0, 1]))
    >>> edges.tolist(), counts.tolist()
    ([1, 2, 3, 4], [2, 0, 1])
    """
    found = np.flatnonzero(tally)
    if not len(found):
        return np.array([0, 1]), np.array([0])
    low, high = int(found[0]), int(found[-1])
    size = -(-(high - low + 1) // BARS)
    edges = np.arange(high + 1, low - size, -size)[::-1]  # the longest end a bar: that is where a cut is
    whole = np.concatenate([np.zeros(size, np.int64), tally])
    return edges, np.add.reduceat(whole, edges[:-1] + size)


def _about(made: dict[str, Any]) -> str:
    padding, given = made["padding"] or {}, made["recipe"]
    out = []
    if padding.get("truncating"):
        oldest = "oldest" if padding["truncating"] == "pre" else "newest"
        out.append(f"--truncating {padding['truncating']}: the {oldest} rows go")
    if padding.get("side"):
        out.append(f"padded {'before the first' if padding['side'] == 'pre' else 'after the last'} real step")
    out += ["ragged: no padding"] if given.get("ragged") else []
    out += [f"--bucket {given['bucket']}: an array per length"] if given.get("bucket") else []
    return " · ".join(out)
