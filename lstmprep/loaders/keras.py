"""Whole batches for `fit` of Keras 3: a `keras.utils.PyDataset`, with weights of 0 on padding.

    model.fit(data.keras("train", batch_size=32, shuffle=True), epochs=10, workers=2)

The class is made when Keras is there: nothing else needs Keras.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lstmprep.errors import RecipeError
from lstmprep.loaders.batches import Part, orders, require_size
from lstmprep.wording import listed, quoted

_MADE: dict[str, Any] = {}


def keras_batches(
    part: Part,
    *,
    batch_size: int = 32,
    shuffle: bool = False,
    seed: int | None = None,
    inputs: Sequence[str] = ("X",),
    **workers: Any,
) -> Any:
    """A `keras.utils.PyDataset` of one part.

    Parameters
    ----------
    part : Part
    batch_size : int
    shuffle : bool
        Another order every epoch.
    seed : int or None
        Makes those orders the same in every run.
    inputs : sequence of str
        Arrays that go into the model: ``("X", "static")`` for a model with two inputs.
    **workers
        Of `PyDataset`: workers, use_multiprocessing, max_queue_size.

    Raises
    ------
    RecipeError
        If an array that is asked for is not there, or Keras is not installed.
    """
    require_size(batch_size)
    for name in inputs:
        if not part.has(name):
            raise RecipeError(f"this part has no array {quoted(name)}", fix=f"It has {listed(list(part.axes))}.")
    return _class()(part, batch_size, seed, tuple(inputs), shuffle=shuffle, **workers)


def weights(part: Part, samples: Any) -> Any:
    """Weights that leave padding out of the loss: per step where the answer has steps, else per sample; None without padding.

    Parameters
    ----------
    part : Part
    samples : indices or slice

    Returns
    -------
    (samples, timesteps) or (samples,) float32, or None
    """
    if not (part.has("mask") and part.has("y")):
        return None
    mask = part.take("mask", samples)
    if "timesteps" in part.axes["y"]:
        return mask.astype(np.float32)
    return mask.any(axis=1).astype(np.float32)


def _class() -> Any:
    """The class, made once."""
    if "KerasBatches" in _MADE:
        return _MADE["KerasBatches"]
    try:
        import keras
    except ImportError as error:
        raise RecipeError("Keras is not installed", fix="Install it: pip install 'lstmprep[keras]'.") from error

    class KerasBatches(keras.utils.PyDataset):  # type: ignore[misc]
        """Whole batches of one part."""

        def __init__(
            self,
            part: Part,
            batch_size: int,
            seed: int | None,
            inputs: tuple[str, ...],
            *,
            shuffle: bool,
            **workers: Any,
        ) -> None:
            super().__init__(**workers)
            self.part, self.batch_size, self.shuffle, self.seed, self.inputs = part, batch_size, shuffle, seed, inputs
            self.epoch = 0
            self._order = orders(len(part), shuffle=shuffle, seed=seed, epoch=0)

        def __len__(self) -> int:
            return (len(self.part) + self.batch_size - 1) // self.batch_size

        def __getitem__(self, index: int) -> Any:
            if not 0 <= index < len(self):
                raise IndexError(index)
            first = index * self.batch_size
            stop = min(first + self.batch_size, len(self.part))
            samples: Any = slice(first, stop) if self._order is None else self._order[first:stop]
            taken = [self.part.take(name, samples) for name in self.inputs]
            x = taken[0] if len(taken) == 1 else tuple(taken)
            if not self.part.has("y"):
                return (x,)
            y = self.part.take("y", samples)
            weight = weights(self.part, samples)
            return (x, y) if weight is None else (x, y, weight)

        def on_epoch_end(self) -> None:
            """Another order for the next epoch."""
            self.epoch += 1
            self._order = orders(len(self.part), shuffle=self.shuffle, seed=self.seed, epoch=self.epoch)

    KerasBatches.__module__, KerasBatches.__qualname__ = __name__, "KerasBatches"  # where a worker finds it
    _MADE["KerasBatches"] = KerasBatches
    return KerasBatches


def __getattr__(name: str) -> Any:
    if name == "KerasBatches":
        return _class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
