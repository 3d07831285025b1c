"""An output opened for looking: its manifest checked, its parts, arrays and index by sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lstmprep.audit.trusted import require_schema
from lstmprep.errors import DataError, RecipeError, StorageError, Where
from lstmprep.loaders.arrays import Prepared, load
from lstmprep.loaders.batches import array_name
from lstmprep.loaders.files import places
from lstmprep.loaders.mirror import here
from lstmprep.urls import bare
from lstmprep.wording import counted, listed, name_of, quoted


class Output:
    """An output, and where its files are.

    Parameters
    ----------
    out : str
        Folder, ``.npz``, ``.npy`` or manifest.

    Raises
    ------
    StorageError
        If there is none.
    DataError
        If the manifest is not what its schema says, or a file is damaged.
    """

    def __init__(self, out: str) -> None:
        if Path(out).is_file() and Path(out).suffix == ".npy" and not places(out)[1].exists():
            raise StorageError(
                "this array has no manifest beside it",
                fix="Give the folder that lstmprep wrote, or look at bare arrays with lstmprep check X.npy.",
                where=Where(file=out),
            )
        self.out = bare(out)
        self.base, self.manifest_path, self._index_path = places(out)
        self.data: Prepared = load(out)
        self.made: dict[str, Any] = self.data.manifest
        require_schema(self.made, str(self.manifest_path))

    @property
    def index_path(self) -> Path:
        """The file of the index, whether there is one or not."""
        return here(self._index_path)

    @property
    def splits(self) -> list[str]:
        """Names of the parts, in order."""
        return list(self.made["splits"])

    def split(self, asked: str | None) -> str:
        """A part by its name; the first when none is asked for.

        Raises
        ------
        RecipeError
            If there is no such part.
        """
        if asked is None:
            return self.splits[0]
        if asked not in self.splits:
            have = listed(self.splits) if self.splits != ["all"] else "no split"
            raise RecipeError(f"there is no part {quoted(asked)}", fix=f"The output has {have}.")
        return asked

    def array(self, role: str, split: str) -> Any:
        """An array of a part, ``X`` or ``X_train``; None when there is none."""
        return self.data.arrays.get(array_name(role, split))

    def axes(self, role: str, split: str) -> list[str]:
        """Names of the axes of an array."""
        found: list[str] = self.made["arrays"][array_name(role, split)]["axes"]
        return found

    def samples(self, split: str) -> int:
        """Samples of a part."""
        return int(self.made["splits"][split]["samples"])

    def require_sample(self, sample: int, split: str) -> None:
        """Refuse a sample that is not there.

        Raises
        ------
        RecipeError
            With the last one there is.
        """
        n = self.samples(split)
        if not 0 <= sample < n:
            part = "" if split == "all" else f" of {name_of(split)}"
            raise RecipeError(
                f"there is no sample {sample}: the output has {counted(n, 'sample')}{part}, 0 to {n - 1}"
                if n
                else f"there is no sample {sample}: the output has none{part}",
                fix=f"Use --sample {max(n - 1, 0)} or less." if n else "Look at another part with --split.",
            )

    def index_row(self, sample: int, split: str) -> dict[str, Any] | None:
        """The index of one sample as plain values; None when there is no index.

        Only the group of rows that holds it is read.
        """
        if not self.index_path.exists() or self.index_path.is_symlink():
            return None
        if not self.index_path.is_file():
            raise DataError(
                "the index is no file", fix="Write the output again.", where=Where(file=str(self.index_path))
            )
        from pyarrow import parquet

        from lstmprep.sources.arrow import readable

        before = sum(self.samples(s) for s in self.splits[: self.splits.index(split)])
        at = before + sample
        with readable(str(self.index_path), "Parquet"), parquet.ParquetFile(self.index_path) as file:
            for group in range(file.metadata.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if at < rows:
                    found: dict[str, Any] = file.read_row_group(group).slice(at, 1).to_pylist()[0]
                    return found
                at -= rows
        raise DataError(
            "the index has fewer rows than the manifest says",
            fix="Write the output again.",
            where=Where(file=str(self.index_path)),
        )
