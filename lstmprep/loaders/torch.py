"""Samples for a `DataLoader` of PyTorch: one gather per batch, memory maps opened by each worker.

    loader = DataLoader(data.torch("train"), batch_size=32, shuffle=True, num_workers=2)
    for X, y in loader: ...                                   (X, y, lengths) where steps are padded

    DataLoader(train, batch_size=32, collate_fn=train.packed)  X as a PackedSequence

The class is made when PyTorch is there: nothing else needs PyTorch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lstmprep.errors import RecipeError
from lstmprep.loaders.batches import Part
from lstmprep.wording import listed, quoted

_MADE: dict[str, Any] = {}


def torch_dataset(part: Part, *, inputs: Sequence[str] = ("X",)) -> Any:
    """A `torch.utils.data.Dataset` of one part.

    Parameters
    ----------
    part : Part
    inputs : sequence of str
        Arrays that come before the answer in each item: ``("X", "static")``.

    Raises
    ------
    RecipeError
        If an array that is asked for is not there, or PyTorch is not installed.
    """
    for name in inputs:
        if not part.has(name):
            raise RecipeError(f"this part has no array {quoted(name)}", fix=f"It has {listed(list(part.axes))}.")
    return _class()(part, tuple(inputs))


def _class() -> Any:
    """The class, made once."""
    if "TorchSamples" in _MADE:
        return _MADE["TorchSamples"]
    try:
        import torch
    except ImportError as error:
        raise RecipeError("PyTorch is not installed", fix="Install it: pip install 'lstmprep[torch]'.") from error

    class TorchSamples(torch.utils.data.Dataset):  # type: ignore[misc]
        """Samples of one part as tensors: X, y, and where steps are padded the number of real ones."""

        def __init__(self, part: Part, inputs: tuple[str, ...]) -> None:
            self.part = part
            self.names = [*inputs, *(n for n in ("y", "lengths") if part.has(n))]

        def __len__(self) -> int:
            return len(self.part)

        def batch(self, samples: Any) -> tuple[Any, ...]:
            """Some samples, each array as one tensor."""
            out = []
            for name in self.names:
                taken = self.part.take(name, samples)
                out.append(torch.from_numpy(taken.astype(np.int64) if name == "lengths" else taken))
            return tuple(out)

        def __getitem__(self, index: int) -> Any:
            n = len(self)
            if not -n <= index < n:
                raise IndexError(index)
            found = tuple(tensor[0] for tensor in self.batch([index % n]))
            return found[0] if len(found) == 1 else found

        def __getitems__(self, indices: list[int]) -> list[Any]:
            """The samples of a batch out of one gather; a DataLoader asks for this."""
            tensors = self.batch(indices)
            if len(tensors) == 1:
                return list(tensors[0])
            return list(zip(*tensors, strict=True))

        def packed(self, items: list[Any]) -> tuple[Any, ...]:
            """A collate function: X as a `PackedSequence`, then the other arrays; samples without a real step are left out.

            An answer per step is packed as well, in the same order.
            """
            from torch.nn.utils.rnn import pack_padded_sequence

            if "lengths" not in self.names:
                raise RecipeError(
                    "nothing is padded, so there is nothing to pack", fix="Use the DataLoader without collate_fn."
                )
            columns = [torch.stack(c) for c in zip(*items, strict=True)]
            lengths = columns[self.names.index("lengths")]
            real = lengths > 0
            columns, lengths = [c[real] for c in columns], lengths[real]
            steps = {n for n in self.names if "timesteps" in self.part.axes[n]}
            out: list[Any] = []
            for name, column in zip(self.names, columns, strict=True):
                if name in steps:
                    moved = _leftmost(column, lengths) if self.part.padding_side == "pre" else column
                    out.append(pack_padded_sequence(moved, lengths, batch_first=True, enforce_sorted=False))
                elif name != "lengths":
                    out.append(column)
            return tuple(out)

    def _leftmost(column: Any, lengths: Any) -> Any:
        """Samples padded before their steps, with the padding moved behind them: packing takes the first steps."""
        n, steps = column.shape[:2]
        rows = (torch.arange(steps)[None, :] + (steps - lengths)[:, None]) % steps
        return column[torch.arange(n)[:, None], rows]

    TorchSamples.__module__, TorchSamples.__qualname__ = __name__, "TorchSamples"  # where a worker finds it
    _MADE["TorchSamples"] = TorchSamples
    return TorchSamples


def __getattr__(name: str) -> Any:
    if name == "TorchSamples":
        return _class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
