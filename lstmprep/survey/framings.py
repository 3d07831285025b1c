"""Which framings a table allows: samples, rows left over and bytes, for several lengths of a sample.

    sliding   every row starts a window        blocks   windows that do not overlap
    whole     one sample per sequence, padded to the longest (`pad`)

Counted by the framing that `window` uses, from the lengths of the sequences alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.framing.base import Answer
from lstmprep.framing.frame import Segments
from lstmprep.framing.window import Window

DEFAULT = (10, 24, 50)
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
    longest, total = int(lengths.max()), int(lengths.sum())
    rows = [
        {
            "timesteps": t,
            **{kind: _counted(lengths, t, features * size, answer, kind) for kind in ("sliding", "blocks")},
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


def _counted(lengths: Ints, steps: int, row_bytes: int, answer: Answer | None, kind: str) -> dict[str, Any]:
    """One framing: a window longer than every sequence is not framed at all, whatever its length."""
    if steps > int(lengths.max()):
        return {"samples": 0, "leftover": int(lengths.sum()), "sequences": 0, "bytes": 0}
    window = Window(timesteps=steps, no_overlap=kind == "blocks")
    frame = window.frame(answer)
    stops = np.cumsum(lengths)
    segments = Segments(np.arange(len(lengths)), stops - lengths, stops)
    runs = window.runs(segments, frame)
    samples = int(runs.count.sum())
    return {
        "samples": samples,
        "leftover": int(window.rest(segments, frame).sum()),
        "sequences": int((runs.count > 0).sum()),
        "bytes": samples * steps * row_bytes,
    }
