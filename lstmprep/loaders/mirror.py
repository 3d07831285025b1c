"""Outputs that a URL names, read like any other: a file comes here when it is first needed, and stays till the process ends.

s3://bucket/out  ->  a folder for temporary files: manifest.json now, the index and each shard when they are asked for
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from lstmprep.errors import StorageError, Where
from lstmprep.remote import Folder
from lstmprep.urls import bare, is_url, local_path, name_in, scheme_of

_OF_ONE_FILE = (".npz", ".npy", ".safetensors", ".h5", ".hdf5")
_known: dict[str, Path] = {}  # by URL
_away: dict[Path, Folder] = {}  # by the folder here


def at_hand(out: str | os.PathLike[str]) -> Path:
    """The path of an output; of one that a URL names, where its files come to.

    Raises
    ------
    StorageError
        If the network does not answer.
    """
    text = os.fspath(out)
    if not is_url(text):
        return Path(out)
    if scheme_of(text) == "file":
        return Path(local_path(text))
    name = name_in(text)
    one = name.endswith("manifest.json") or os.path.splitext(name)[1] in _OF_ONE_FILE
    folder = _above(text) if one else text
    stem = os.path.splitext(name)[0]
    manifest = name if name.endswith(".json") else f"{stem}.manifest.json" if one else "manifest.json"
    return _mirror(folder, manifest) / (name if one else "")


def forget() -> None:
    """Look at what is opened from here on as it is now, also where it came here before."""
    _known.clear()


def _above(url: str) -> str:
    """The folder of a file; what stands behind the path stays there."""
    end = len(url) - len(url.partition("?")[2]) - ("?" in url)
    return url[:end].rstrip("/").rpartition("/")[0] + url[end:]


def _mirror(url: str, manifest: str) -> Path:
    """The folder that stands for a URL here: a new one when there is another manifest now."""
    store = Folder(url)
    made = store.read(manifest)
    path = _known.get(url)
    if path is not None and (path / manifest).is_file() and (path / manifest).read_bytes() == made:
        return path
    if made is None:
        raise StorageError(
            "there is no output here (no manifest)",
            fix="Give the folder that lstmprep wrote.",
            where=Where(file=bare(url)),
        )
    path = Path(tempfile.mkdtemp(prefix="lstmprep-"))
    atexit.register(_gone, path, os.getpid())
    (path / manifest).write_bytes(made)
    _known[url], _away[path] = path, store
    return path


def _gone(path: Path, process: int) -> None:
    if os.getpid() == process:  # a process that was forked has it from this one
        shutil.rmtree(path, ignore_errors=True)


def is_mirror(folder: Path) -> bool:
    """Whether files of a folder come when they are asked for."""
    return folder in _away


def here(path: Path) -> Path:
    """The path of a file of an output, which is fetched if it must be and can be."""
    for folder in (path.parent, path.parent.parent):
        store = _away.get(folder)
        if store is not None and not path.exists():
            path.parent.mkdir(exist_ok=True)
            store.fetch(path.relative_to(folder).as_posix(), path)
    return path


__all__ = ["at_hand", "forget", "here", "is_mirror"]
