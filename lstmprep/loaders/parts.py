"""The arrays of one part of an output, or of one fold, by their bare names.

data.train.X            X_train
data.fold0.test.y       fold0/y_test
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmprep.panel import Array


class Arrays:
    """The arrays of one part, or of one fold, by their bare names.

    Examples
    --------
    >>> import lstmprep, numpy as np
    >>> data = lstmprep.window(np.arange(20.0)[:, None], timesteps=3, split=(0.7, 0.3))
    >>> data.train.X.shape, data.test.X.shape
    ((12, 3, 1), (4, 3, 1))
    """

    def __init__(self, arrays: Mapping[str, Array], folder: str, splits: list[str], split: str = "") -> None:
        self._arrays, self._folder, self._split = arrays, folder, split
        self._splits = [k.removeprefix(folder) for k in splits if k.startswith(folder)]
        ending = f"_{split}" if split else ""
        self.arrays = {
            name.removeprefix(folder).removesuffix(ending): array
            for name, array in arrays.items()
            if name.startswith(folder) and name.endswith(ending)
        }

    def parts(self) -> dict[str, Arrays]:
        """The parts of a fold."""
        full = [self._folder + k for k in self._splits]
        return {k: Arrays(self._arrays, self._folder, full, k) for k in self._splits if not self._split}

    def __getattr__(self, name: str) -> Any:
        arrays = self.__dict__.get("arrays", {})
        if name in arrays:
            return arrays[name]
        parts = self.parts() if "_splits" in self.__dict__ else {}
        if name in parts:
            return parts[name]
        raise AttributeError(f"this part has no array {name!r}; it has {', '.join([*parts, *arrays])}")

    def __repr__(self) -> str:
        return f"Arrays({', '.join(f'{n} {tuple(a.shape)}' for n, a in self.arrays.items())})"
