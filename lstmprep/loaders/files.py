"""The files of an output: where they lie, and each opened only when it is what the manifest says.

Nothing outside the folder of an output is opened, no link is followed, nothing is unpickled; whatever a damaged
file makes a library raise becomes one answer.
"""

from __future__ import annotations

import errno
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lstmprep.errors import DataError, LstmprepError, StorageError, Where, located
from lstmprep.loaders.mirror import at_hand, here, is_mirror
from lstmprep.panel import Array
from lstmprep.shards import Shards
from lstmprep.wording import listed, quoted, shown

AGAIN = "Write the output again."
HEADER = 1 << 16
REFUSED = (errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM)  # the system's own words
_FOLD = re.compile(r"fold[0-9]{1,6}")


def places(out: str | os.PathLike[str]) -> tuple[Path, Path, Path]:
    """(folder of the arrays, manifest, index); of an output behind a URL, where its files come to."""
    path = at_hand(out)
    if path.name.endswith(".manifest.json"):
        return path.parent, path, path.parent / (path.name.removesuffix(".manifest.json") + ".index.parquet")
    if path.name == "manifest.json":
        return path.parent, path, path.parent / "index.parquet"
    if path.suffix in (".npz", ".npy", ".csv", ".parquet", ".safetensors", ".h5", ".hdf5") and not path.is_dir():
        return path.parent, path.with_name(path.stem + ".manifest.json"), path.with_name(path.stem + ".index.parquet")
    return path, path / "manifest.json", path / "index.parquet"


def inside(base: Path, name: Any, array: str) -> Path:
    """A file of the output: nothing outside its folder is opened, whatever the manifest says."""
    return _there(_named(base, name, array))


def _named(base: Path, name: Any, array: str) -> Path:
    text = name if isinstance(name, str) else ""
    folder, slash, bare = text.rpartition("/")
    plain = os.path.basename(bare) == bare and bare not in ("", ".", "..")
    if not plain or (slash and not _FOLD.fullmatch(folder)):
        raise DataError(
            f"the manifest gives {quoted(name)} as the file of {array}, which is no file of the output",
            fix="Write the output again.",
            where=Where(file=str(base)),
        )
    if slash:
        refuse_link(base / folder)
    return base / text


def _there(file: Path) -> Path:
    refuse_link(here(file))
    if not file.exists():
        raise StorageError("a file of the output is gone", fix="Write the output again.", where=Where(file=str(file)))
    return file


def refuse_link(file: Path) -> None:
    """An output is never reached through a link, and a pipe in it is not waited for."""
    if file.is_symlink():
        raise DataError("this is a symbolic link, which an output never has", fix=AGAIN, where=Where(file=str(file)))
    if file.exists() and not (file.is_file() or file.is_dir()):
        raise DataError("this is a pipe, a socket or a device, and no file", fix=AGAIN, where=Where(file=str(file)))


def mapped(file: Path, about: dict[str, Any]) -> Array:
    """A .npy as a memory map, once its header agrees with the manifest; what is changed stays in memory."""
    with file.open("rb") as stream:
        require_header(stream, about, file)
    found: Array = np.load(file, mmap_mode="c", allow_pickle=False)
    return found


def joined(base: Path, about: dict[str, Any], name: str) -> Shards:
    """An array that is cut into files: each is opened when it is needed, once its header agrees with the manifest."""
    shape, lengths = about["shape"], [s["samples"] for s in about["shards"]]
    axis = about["axes"].index("samples")
    if len(about["axes"]) != len(shape) or sum(lengths) != shape[axis]:
        raise DataError(
            f"the shards of {name} hold {sum(lengths):,} samples, and its shape is {tuple(shape)}", fix=AGAIN
        )
    pieces = []
    for shard in about["shards"]:
        own = about | {"shape": [*shape[:axis], shard["samples"], *shape[axis + 1 :]]}
        file = _named(base, shard.get("file"), name)
        pieces.append(partial(_shard, file if is_mirror(base) else _there(file), own))
    return Shards(pieces, lengths, tuple(shape), np.dtype(about["dtype"]), axis)


def _shard(file: Path, about: dict[str, Any]) -> Array:
    with damaged(file):
        return mapped(_there(file), about)


def member(file: Path, name: str, about: dict[str, Any]) -> Array:
    """A member of an .npz, read once its header and size agree with the manifest."""
    import zipfile

    with zipfile.ZipFile(file) as packed:
        members = {m.filename: m for m in packed.infolist()}
        if f"{name}.npy" not in members:
            raise DataError(f"there is no array {quoted(name)} in it; it has {listed(list(members))}", fix=AGAIN)
        with packed.open(f"{name}.npy") as stream:
            require_header(stream, about, file)
        size = math.prod(about["shape"]) * np.dtype(about["dtype"]).itemsize
        if members[f"{name}.npy"].file_size > size + HEADER:
            raise DataError(f"{name} is larger than the manifest says", fix=AGAIN)
        with packed.open(f"{name}.npy") as stream:
            found: Array = np.lib.format.read_array(stream, allow_pickle=False)
    return found


def require_header(stream: Any, about: dict[str, Any], file: Path) -> None:
    """The header alone: a shape is compared before anything is given room."""
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise DataError(f"the array is of format {version}, not (1, 0)", fix=AGAIN, where=Where(file=str(file)))
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    if list(shape) != about["shape"] or str(dtype) != about["dtype"] or fortran:
        raise DataError(
            f"the file holds {shape} {dtype}, and the manifest says {tuple(about['shape'])} {about['dtype']}",
            fix=AGAIN,
            where=Where(file=str(file)),
        )


def read_index(path: Path) -> Any:
    """The index as a table, None when there is none."""
    with damaged(path):
        if not here(path).exists():
            return None
        refuse_link(path)
        from pyarrow import parquet

        return parquet.ParquetFile(path).read()


@contextmanager
def damaged(file: Path) -> Iterator[None]:
    """Whatever reading a damaged file raises becomes one answer."""
    with located(file=str(file)):
        try:
            yield
        except (LstmprepError, MemoryError, ImportError):  # a library that finds no room is no damage
            raise
        except Exception as error:  # zip, zlib, struct, Arrow and NumPy each have their own
            if isinstance(error, OSError) and error.errno in REFUSED:
                raise StorageError.from_os(error, "read it") from error
            reason = shown(" ".join(str(error).split()), 160)
            raise DataError(f"the file is damaged or no output of lstmprep: {reason}", fix=AGAIN) from error
