"""From an output to a training loop in one line: what `Prepared` offers each framework.

data.keras("train")  data.torch("train")  data.jax_batches("train")  data.to_hf("folder")
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lstmprep.loaders.batches import Part


class Feeds:
    """Loaders of an output; `Prepared` has them."""

    manifest: dict[str, Any]
    arrays: Mapping[str, Any]
    path: str | None

    def feed(self, split: str | None = None) -> Part:
        """The arrays of one part, as the loaders take them: samples first, by role.

        Parameters
        ----------
        split : str or None
            ``train``, ``val``, ``test``; None is the whole output, or its first part.
        """
        return Part(self.manifest, self.arrays, split, self.path)

    def keras(
        self,
        split: str | None = None,
        *,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int | None = None,
        inputs: Sequence[str] = ("X",),
        **workers: Any,
    ) -> Any:
        """Whole batches for ``model.fit`` of Keras 3.

        Parameters
        ----------
        split : str or None
            ``train``, ``val``, ``test``; None is the whole output, or its first part.
        batch_size : int
        shuffle : bool
            Another order every epoch.
        seed : int or None
            Makes those orders the same in every run.
        inputs : sequence of str
            Arrays that go into the model: ``("X", "static")`` for a model with two inputs.
        **workers
            Of `keras.utils.PyDataset`: workers, use_multiprocessing, max_queue_size.

        Returns
        -------
        keras.utils.PyDataset
            Its items are (X, y), with padding (X, y, sample weights): the mask per step, or per sample.

        Raises
        ------
        RecipeError
            If there is no such part or array, or Keras is not installed.
        """
        from lstmprep.loaders.keras import keras_batches

        return keras_batches(
            self.feed(split), batch_size=batch_size, shuffle=shuffle, seed=seed, inputs=inputs, **workers
        )

    def torch(self, split: str | None = None, *, inputs: Sequence[str] = ("X",)) -> Any:
        """Samples for a `torch.utils.data.DataLoader`.

        Parameters
        ----------
        split : str or None
            ``train``, ``val``, ``test``; None is the whole output, or its first part.
        inputs : sequence of str
            Arrays that come before the answer in each item.

        Returns
        -------
        torch.utils.data.Dataset
            Its items are (X, y), with padding (X, y, lengths); its `packed` is a ``collate_fn`` that packs sequences.

        Raises
        ------
        RecipeError
            If there is no such part or array, or PyTorch is not installed.
        """
        from lstmprep.loaders.torch import torch_dataset

        return torch_dataset(self.feed(split), inputs=inputs)

    def jax_batches(
        self,
        split: str | None = None,
        *,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int | None = None,
        epoch: int = 0,
        drop: bool = False,
    ) -> Iterator[tuple[Any, ...]]:
        """One epoch of batches as JAX arrays: (X, y), with padding (X, y, lengths).

        Parameters
        ----------
        split : str or None
            ``train``, ``val``, ``test``; None is the whole output, or its first part.
        batch_size : int
        shuffle : bool
        seed : int or None
            With `epoch` it decides the order.
        epoch : int
        drop : bool
            Leave out a last batch that is not full, so that a compiled step sees one shape.

        Raises
        ------
        RecipeError
            If there is no such part, or JAX is not installed.
        """
        from lstmprep.loaders.others import jax_batches

        return jax_batches(self.feed(split), batch_size=batch_size, shuffle=shuffle, seed=seed, epoch=epoch, drop=drop)

    def to_hf(self, folder: str | os.PathLike[str]) -> dict[str, str]:
        """Write a Parquet file per part that Hugging Face datasets (and any Parquet reader) take: a row per sample.

        Parameters
        ----------
        folder : path
            A new or empty folder.

        Returns
        -------
        dict of str to str
            The file of each part: ``datasets.load_dataset("parquet", data_files=...)``.

        Raises
        ------
        StorageError
            If the folder holds files already, or cannot be written to.

        Examples
        --------
        >>> import lstmprep, numpy as np, tempfile
        >>> data = lstmprep.window(np.arange(10.0)[:, None], timesteps=3)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sorted(data.to_hf(folder))
        ['all']
        """
        from lstmprep.loaders.others import to_hf

        return to_hf({name: self.feed(name) for name in self.manifest["splits"]}, folder)
