"""Which framings a table allows: samples, rows left over and bytes, for several lengths of a sample.

    sliding   every row starts a window        blocks   windows that do not overlap
    whole     one sample per sequence, padded to the longest (`pad`)

Counted by the framing that `window` uses, from the lengths of the sequences alone: each different length once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.framing.base import Answer
from lstmprep.framing.frame import Segments
from lstmprep.framing.window import Window

DEFAULT = (10, 24, 50)
PIECE = 1 << 16
Ints = NDArray[np.int64]


def framings_of(
    lengths: Ints,
    features: int,
    *,
    timesteps: tuple[int, ...] = (),
    answer: Answer | None = None,
    dtype: str = "float32",
    windows: bool = True,
) -> dict[str, Any]:
    """Samples, leftover and bytes of every framing.

    Parameters
    ----------
    lengths : (sequences,) int64
        Rows of each sequence.
    features : int
        Columns of X.
    timesteps : tuple of int
        Lengths of a sample; empty means `DEFAULT`.
    answer : {"target", "label"} or None
        What a sample is answered with: a target stands one row ahead.
    dtype : str
    windows : bool
        Whether anything but the whole is framed; ids of tokens are not.

    Examples
    --------
    >>> found = framings_of(np.array([600]), 10, timesteps=(24,))
    >>> found["timesteps"][0]["sliding"]
    {'samples': 577, 'leftover': 0, 'sequences': 1, 'bytes': 553920}
    """
    size = np.dtype(dtype).itemsize
    different, times = tally(lengths)
    longest, total = int(different[-1]), int((different * times).sum())
    rows = [
        {
            "timesteps": t,
            **{kind: _counted(different, times, t, features * size, answer, kind) for kind in ("sliding", "blocks")},
        }
        for t in (timesteps or DEFAULT) * windows
    ]
    whole = {
        "samples": len(lengths),
        "timesteps": longest,
        "padding": round(1 - total / (longest * len(lengths)), 4) if longest else 0.0,
        "bytes": len(lengths) * longest * features * size,
    }
    return {"features": features, "dtype": dtype, "answer": answer, "timesteps": rows, "whole": whole}


def tally(lengths: Ints, less: Ints | None = None) -> tuple[Ints, Ints]:
    """(different lengths, rising; how many sequences have each); they are few even where sequences are very many.

    A length is given, or as the end of its sequence and, `less`, its beginning.

    Examples
    --------
    >>> [part.tolist() for part in tally(np.array([7, 3, 7]))]
    [[3, 7], [1, 2]]
    """
    different, times = np.zeros(0, np.int64), np.zeros(0, np.int64)
    for first in range(0, len(lengths), PIECE):
        some = lengths[first : first + PIECE]
        more, counts = np.unique(some if less is None else some - less[first : first + PIECE], return_counts=True)
        different, place = np.unique(np.concatenate([different, more]), return_inverse=True)
        # numbers of sequences are whole and far below 2**53
        times = np.bincount(place, np.concatenate([times, counts])).astype(np.int64)
    return different, times


def _counted(
    lengths: Ints, times: Ints, steps: int, row_bytes: int, answer: Answer | None, kind: str
) -> dict[str, Any]:
    """One framing: a window longer than every sequence is not framed at all, whatever its length."""
    if steps > int(lengths[-1]):
        return {"samples": 0, "leftover": int((lengths * times).sum()), "sequences": 0, "bytes": 0}
    window = Window(timesteps=steps, no_overlap=kind == "blocks")
    frame = window.frame(answer)
    stops = np.cumsum(lengths)
    segments = Segments(np.arange(len(lengths)), stops - lengths, stops)  # one of each length
    runs = window.runs(segments, frame)
    samples = int((runs.count * times).sum())
    return {
        "samples": samples,
        "leftover": int((window.rest(segments, frame) * times).sum()),
        "sequences": int(times[runs.count > 0].sum()),
        "bytes": samples * steps * row_bytes,
    }
