"""Batches of one part of an output, samples first, whatever the order of the axes in the files.

    part "train"   X (samples, timesteps, features)  y  lengths  mask  ...
    take([7, 2])   the same arrays with two samples, copied out of the memory map in one gather

What framework loaders share. A `Part` travels to worker processes as the name of the output: each
opens a memory map of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import DataError, RecipeError
from lstmprep.series import some
from lstmprep.wording import listed, quoted

Array = NDArray[Any]
ROLES = ("X", "y", "lengths", "mask", "observed", "static", "future")


def array_name(role: str, split: str) -> str:
    """The name of an array of a part: ``X``, ``X_train``, ``fold0/X_train``.

    Examples
    --------
    >>> array_name("X", "all"), array_name("y", "train"), array_name("X", "fold0/test")
    ('X', 'y_train', 'fold0/X_test')
    """
    folder, slash, name = split.rpartition("/")
    return f"{folder}{slash}{role}" + ("" if name == "all" else f"_{name}")


class Part:
    """The arrays of one part.

    Parameters
    ----------
    manifest : dict
    arrays : mapping of str to array
        All arrays of the output, by name.
    split : str or None
        ``train``, ``val``, ``test``; None is the whole output, or its first part.
    path : str or None
        Where the output can be opened again; None for one in memory.

    Raises
    ------
    RecipeError
        If there is no such part.
    DataError
        If its samples are of different lengths, which no array of batches holds.
    """

    def __init__(
        self, manifest: Mapping[str, Any], arrays: Mapping[str, Array], split: str | None, path: str | None = None
    ) -> None:
        splits = list(manifest["splits"])
        if split is None:
            split = splits[0]
        if split not in splits:
            have = listed(splits) if splits != ["all"] else "one part: leave the name out"
            raise RecipeError(f"this output has no part {quoted(split)}", fix=f"It has {have}.")
        self.split, self.path = split, path
        self.axes = {r: list(manifest["arrays"][n]["axes"]) for r in ROLES if (n := array_name(r, split)) in arrays}
        self._answers = self._behind(manifest, split)
        if "X" not in self.axes:
            raise DataError(
                "this output has no array X of one length",
                fix="Write it with pad, so that all samples have one length; ragged values are read with load().",
            )
        self.padding_side = (manifest.get("padding") or {}).get("side")
        self._arrays: dict[str, Array] | None = self._of(arrays)

    def _behind(self, manifest: Mapping[str, Any], split: str) -> int | None:
        """The column of a lagged table where the answers begin: they are y, and none of X."""
        about = manifest["arrays"].get(array_name("X", split)) or {}
        if "columns" not in about:
            return None
        inputs = manifest["timesteps"] * manifest["features"]
        if inputs >= len(about["columns"]):
            return None
        self.axes["y"] = ["samples", "targets"]
        return int(inputs)

    def _of(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The arrays of this part by role."""
        at = self._answers
        if at is None:
            return {r: arrays[array_name(r, self.split)] for r in self.axes}
        rows = arrays[array_name("X", self.split)]
        return {"X": rows[:, :at], "y": rows[:, at:]}

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if self.path is not None:
            state["_arrays"] = None
        return state

    @property
    def arrays(self) -> dict[str, Array]:
        """The arrays by role, opened when a worker asks for the first time."""
        if self._arrays is None:
            from lstmprep.loaders.arrays import load

            assert self.path is not None
            self._arrays = self._of(load(self.path).arrays)
        return self._arrays

    def __len__(self) -> int:
        return int(self.arrays["X"].shape[self.axes["X"].index("samples")])

    def has(self, role: str) -> bool:
        """Whether the part has such an array."""
        return role in self.axes

    def take(self, role: str, samples: Sequence[int] | Array | slice) -> Array:
        """Some samples of an array, samples first, in memory of their own.

        Parameters
        ----------
        role : str
            ``X``, ``y``, ``mask``, ...
        samples : indices or slice
        """
        array, axis = self.arrays[role], self.axes[role].index("samples")
        if isinstance(samples, slice):
            index = (slice(None),) * axis + (samples,)
            found = np.array(array[index])
        else:
            found = np.asarray(some(array, np.asarray(samples, np.int64), axis))
        return np.ascontiguousarray(np.moveaxis(found, axis, 0)) if axis else found

    def lengths(self, samples: Sequence[int] | Array | slice) -> NDArray[np.int64] | None:
        """(samples,) real steps of each; None when nothing is padded."""
        return self.take("lengths", samples).astype(np.int64) if self.has("lengths") else None


def orders(n: int, *, shuffle: bool, seed: int | None, epoch: int) -> NDArray[np.int64] | None:
    """The order of an epoch: a permutation that seed and epoch decide, or None for the order as written."""
    if not shuffle:
        return None
    entropy = None if seed is None else [seed, epoch]
    return np.random.default_rng(entropy).permutation(n)


def batches(n: int, size: int, order: NDArray[np.int64] | None, *, drop: bool = False) -> Iterator[Any]:
    """Sample numbers of batch after batch: slices in the order as written, else indices.

    Examples
    --------
    >>> list(batches(5, 2, None))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    for first in range(0, n - n % size if drop else n, size):
        stop = min(first + size, n)
        yield slice(first, stop) if order is None else order[first:stop]


def require_size(batch_size: int) -> None:
    """Refuse a batch of nothing."""
    if isinstance(batch_size, bool) or batch_size < 1:
        raise RecipeError(f"batch_size is {batch_size}", fix="Give the samples of one batch, 1 or more.")
