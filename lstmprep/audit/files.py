"""The files of an output, opened with suspicion: there, no links, inside its folder, their digests those of the manifest."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any

from lstmprep.audit.findings import Checked
from lstmprep.audit.stored import BrokenError, Stored, lying, stored
from lstmprep.audit.values import digest_of, file_digest
from lstmprep.digest import kind_of
from lstmprep.errors import LstmprepError, RecipeError
from lstmprep.loaders.files import damaged
from lstmprep.loaders.formats import is_other, other
from lstmprep.loaders.mirror import here
from lstmprep.panel import Array
from lstmprep.records import record
from lstmprep.shards import Shards
from lstmprep.wording import counted, quoted, shown

SUFFIXES = (".npz", ".safetensors", ".h5", ".hdf5", ".zarr", ".parquet")  # files of several arrays


@record(eq=False)
class Files:
    """The files of an output that could be opened: arrays, and tables of rows."""

    arrays: dict[str, Stored] = field(default_factory=dict)
    tables: dict[str, Path] = field(default_factory=dict)

    def array(self, name: str | None) -> Array | None:
        """The values of one, in their shape."""
        found = self.arrays.get(name or "")
        return None if found is None else found.array()

    def digest(self, name: str) -> str:
        """The digest of what lies there, for an array that has none of its own."""
        return digest_of(self.arrays[name]) if name in self.arrays else file_digest(self.tables[name])


def opened(base: Path, made: dict[str, Any], out: Checked) -> Files:
    """Open what the manifest names: headers, sizes, digests."""
    files, told = Files(), 0
    for name, about in made["arrays"].items():
        if "view" in about or ("same_as" in about and "file" not in about):
            continue
        where = shown(about.get("file", name))
        if where.endswith((".csv", ".parquet")) and "columns" in about:  # a table of rows, not an array
            path = _place(base, name, about, out)
            if path is not None:
                files.tables[name] = path
                told += held(where, about, made, out, lambda kind, path=path: file_digest(path, kind))  # type: ignore[misc]
            continue
        if "shards" in about:
            told += _shards(base, name, made, files, out)
            continue
        one = _opened(base, name, about, out)
        if one is None:
            continue
        files.arrays[name] = one
        if about.get("same_as") is None:
            told += held(_named(where, name), about, made, out, lambda kind, one=one: digest_of(one, kind))  # type: ignore[misc]
    if undigested(made):
        out.open.append("digests (written with --digest none)")
    elif told and not out.findings:
        out.proved.append(f"digests: {counted(told, 'array')}, byte for byte what was written")
    return files


def _shards(base: Path, name: str, made: dict[str, Any], files: Files, out: Checked) -> bool:
    """Open the files of an array that is cut into several; whether all of them are what was written."""
    about, found, whole = made["arrays"][name], [], True
    if "samples" not in about["axes"]:
        out.found(
            "shape", f"manifest.arrays.{shown(name)}", "it is cut into files, and none of its axes is named samples"
        )
        return False
    axis = about["axes"].index("samples")
    for shard in about["shards"]:
        shape = [*about["shape"][:axis], shard["samples"], *about["shape"][axis + 1 :]]
        one = _opened(base, name, about | {"file": shard["file"], "shape": shape}, out)
        if one is not None:
            whole &= held(shown(shard["file"]), shard, made, out, lambda kind, one=one: digest_of(one, kind))  # type: ignore[misc]
            found.append(one)
    if len(found) < len(about["shards"]) or sum(f.shape[axis] for f in found) != about["shape"][axis]:
        return False
    lengths = [f.shape[axis] for f in found]
    joined = Shards([f.array for f in found], lengths, tuple(about["shape"]), found[0].dtype, axis)
    files.arrays[name] = lying(found[0].file, joined)
    return whole


def undigested(made: dict[str, Any]) -> bool:
    """Whether an output was written without digests."""
    return bool(made["recipe"].get("digest") == "none")


def held(where: str, about: dict[str, Any], made: dict[str, Any], out: Checked, digest: Callable[[str], str]) -> bool:
    """Hold bytes against their digest; whether they are what was written.

    Parameters
    ----------
    where : str
        The file, for the finding.
    about : dict
        What the manifest says of it.
    made : dict
        The manifest.
    out : Checked
    digest : callable
        For a kind of digest: that of the bytes as they are.
    """
    told = about.get("digest")
    if told is None:
        if not undigested(made):
            out.found("digest", where, "the manifest has no digest of it")
        return False
    if digest(kind_of(told)) != told:
        out.found("digest", where, "its bytes are not those that were written (the digest differs)")
        return False
    return True


def _named(file: str, name: str) -> str:
    return f"{file}, {name}" if file.endswith(SUFFIXES) else file


def _place(base: Path, name: str, about: dict[str, Any], out: Checked) -> Path | None:
    """Where a file lies, when it is there and inside the output."""
    file = about.get("file", "")
    where = _named(shown(file), name)
    parts = Path(file).parts
    path: Path = base / file
    if (
        not file
        or os.path.isabs(file)
        or len(parts) > 2
        or any(p in ("..", ".") or "\\" in p or "\0" in p for p in parts)
    ):
        out.found(
            "path",
            f"manifest.arrays.{name}",
            f"{quoted(file)} is no file of the output",
            "Nothing outside the folder of an output is read: write the output again.",
        )
        return None
    if path.is_symlink() or (len(parts) == 2 and path.parent.is_symlink()):
        out.found("path", where, "this is a symbolic link, which an output never has")
        return None
    if not (path.is_dir() if path.suffix == ".zarr" else here(path).is_file()):
        out.found("gone", where, "the file is gone")
        return None
    return path


def _opened(base: Path, name: str, about: dict[str, Any], out: Checked) -> Stored | None:
    path = _place(base, name, about, out)
    if path is None:
        return None
    where = _named(shown(about["file"]), name)
    if is_other(path):
        return _other(path, where, name, about, out)
    try:
        one = stored(path, about.get("same_as", name) if path.suffix == ".npz" else None)
    except BrokenError as error:
        out.found("file", where, str(error))
        return None
    except OSError as error:
        out.found("file", where, f"it cannot be read: {(error.strerror or str(error)).lower()}")
        return None
    if list(one.shape) != about["shape"] or str(one.dtype) != about["dtype"] or one.fortran:
        out.found(
            "shape",
            where,
            f"it holds {one.shape} {one.dtype}, and the manifest says {tuple(about['shape'])} {about['dtype']}",
        )
        return None
    return one


def _other(path: Path, where: str, name: str, about: dict[str, Any], out: Checked) -> Stored | None:
    """An array of another format."""
    try:
        with damaged(path):
            return lying(path, other(path, about.get("same_as", name), about))
    except RecipeError:  # the library is not installed
        raise
    except LstmprepError as error:
        out.found("file", where, error.what)
        return None
