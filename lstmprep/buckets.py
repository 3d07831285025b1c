"""Samples sorted by length into sets of arrays: every sequence in a tensor about as long as itself.

    lengths   3 12 5 11        exact: X_len3 X_len5 X_len11 X_len12
    --bucket 6                 X_len6 (samples 0, 2)   X_len12 (samples 1, 3)

A bucket is a piece of a part: a frame of its own length, and the numbers its samples have among all.
Pure numpy; knows lengths, never a value.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmprep.errors import DataError
from lstmprep.framing.base import Answer
from lstmprep.framing.frame import Frame, Ints, Runs, Segments
from lstmprep.framing.pad import Pad
from lstmprep.records import record
from lstmprep.wording import counted

MOST = 1000  # sets of arrays


@record(frozen=True, eq=False)
class Bucket:
    """The samples of one length: their frame, their runs in every stage, and their numbers among all samples kept."""

    length: int
    frame: Frame
    stages: list[Runs]
    numbers: Ints


def buckets(pad: Pad, answer: Answer | None, stages: list[Runs]) -> Iterator[Bucket]:
    """The samples by length.

    Parameters
    ----------
    pad : Pad
        With its length fitted and `bucket` set.
    answer : {"target", "label"} or None
        What a sample is answered with.
    stages : list of Runs
        One sample per run: those there could be, down to those that are kept.

    Raises
    ------
    DataError
        If there are more lengths than sets of arrays can be.

    Examples
    --------
    >>> a = np.array
    >>> runs = Runs(a([0, 1]), a([0, 3]), a([1, 1]), a([0, 3]), a([3, 8]), 5)
    >>> [(b.length, b.numbers) for b in buckets(Pad(timesteps=5, bucket=2), None, [runs])]
    [(4, array([0])), (5, array([1]))]
    """
    sizes = [_sizes(pad, runs) for runs in stages]
    kept = np.unique(sizes[-1])
    if len(kept) > MOST:
        step = -(-int(kept[-1]) // 20)
        raise DataError(
            f"--bucket {pad.bucket} makes {counted(len(kept), 'set')} of arrays, one for each length",
            fix=f"Take lengths together with --bucket {step}, or use --ragged.",
        )
    # a sample left out may be the only one of its length: it is counted with the next longer ones
    ranks = [np.searchsorted(kept, s).clip(max=len(kept) - 1) for s in sizes]
    orders = [np.argsort(r, kind="stable") for r in ranks]
    bounds = [np.searchsorted(r[o], np.arange(len(kept) + 1)) for r, o in zip(ranks, orders, strict=True)]
    for k, length in enumerate(kept.tolist()):
        fitted = pad.cut_to(length)
        frame = fitted.frame(answer)
        chosen = [o[b[k] : b[k + 1]] for o, b in zip(orders, bounds, strict=True)]
        runs = [_again(fitted, frame, s.chosen(c)) for s, c in zip(stages, chosen, strict=True)]
        yield Bucket(length, frame, runs, chosen[-1])


def _sizes(pad: Pad, runs: Runs) -> Ints:
    """(runs,) the length of the bucket of each sample."""
    sizes: Ints = runs.ceiling - runs.floor
    if isinstance(pad.bucket, int):
        sizes = -(-sizes // pad.bucket) * pad.bucket
    assert isinstance(pad.timesteps, int)
    return np.minimum(sizes, pad.timesteps)


def _again(pad: Pad, frame: Frame, runs: Runs) -> Runs:
    """The same samples in a frame of another length."""
    return pad.runs(Segments(runs.sequence, runs.floor, runs.ceiling), frame)
