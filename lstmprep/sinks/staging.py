"""Nothing half-done under a final name: everything is made beside it and moved in one step.

    .out.lstmprep-<host>-<pid>-<start>-<chance>/    written here, on the target's own disk
        X.npy ... manifest.json (last)
    rename -> out/                                  whole, or absent

A run that was killed may leave the hidden folder; the next run to the same place removes it
once its process is dead, and puts back an output that was being replaced.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lstmprep.errors import RecipeError, StorageError, Where
from lstmprep.wording import listed, quoted, size_of

MARK = ".lstmprep-"
OWN_FILES = ("manifest.json", "index.parquet")


class Target:
    """Where an output goes: a folder, ``NAME.npz`` or ``NAME.npy`` with files beside it.

    Parameters
    ----------
    name : str
        As the user gave it.
    inputs : list of str
        Paths that may not be overwritten.
    overwrite : bool
        Whether an output of ours may be replaced.

    Raises
    ------
    StorageError
        If the place cannot take an output, or holds one already.
    """

    def __init__(self, name: str, inputs: list[str], *, overwrite: bool) -> None:
        trimmed = name.rstrip("/") or name
        if not trimmed or "\0" in trimmed or os.path.basename(trimmed) in ("", ".", ".."):
            raise RecipeError(f"--output {quoted(name)} names no place", fix="Give a new folder, or a name that ends in .npz or .npy.")
        self.path, self.name, self.overwrite = Path(trimmed), name, overwrite
        suffix = self.path.suffix
        self.kind = suffix[1:] if suffix in (".npz", ".npy") and not name.endswith("/") else "folder"
        if self.kind == "folder" and suffix in (".csv", ".parquet", ".tsv", ".json", ".h5", ".hdf5", ".zarr", ".txt", ".pt", ".pkl"):
            raise RecipeError(f"--output {quoted(name)}: tensors are not written as {suffix}", fix=f"Give a folder, {self.path.stem}.npz or {self.path.stem}.npy.")
        self.parent = self.path.parent
        stem = trimmed.removesuffix(f".{self.kind}")
        self.manifest = Path(stem + ".manifest.json") if self.kind != "folder" else self.path / "manifest.json"
        self.index = Path(stem + ".index.parquet") if self.kind != "folder" else self.path / "index.parquet"
        self._check(inputs)

    def _check(self, inputs: list[str]) -> None:
        where = Where(file=str(self.path))
        if not self.parent.is_dir():
            kind = "is a file" if self.parent.exists() else "does not exist"
            raise StorageError(f"the folder {quoted(self.parent)} {kind}", fix=f"Make it first (mkdir -p {quoted(self.parent)}), or choose another place with -o." if kind != "is a file" else "Choose another place with -o.", where=where)
        for path in inputs:
            if path != "-" and self._holds(path):
                raise StorageError("the output would replace the input", fix="Choose another place with -o.", where=where)
        for place in self._places():
            if place.is_symlink():
                raise StorageError("the output is a symbolic link, and links are never written through", fix=f"Remove the link, or write to {quoted(os.path.realpath(place))}.", where=Where(file=str(place)))
        self._clear_dead()
        there = [p for p in self._places() if p.exists()]
        if there and not self.overwrite:
            raise StorageError("the output exists", fix="Add --overwrite to replace it, or choose another place with -o.", where=Where(file=str(there[0])))
        if there:
            self._require_ours(there)
        if not os.access(self.parent, os.W_OK | os.X_OK):
            raise StorageError(f"the folder {quoted(self.parent)} cannot be written to", fix="Change the permissions, or choose another place with -o.", where=where)

    def _holds(self, path: str) -> bool:
        real, mine = os.path.realpath(path), os.path.realpath(self.path)
        return real == mine or real.startswith(mine + os.sep) or real in (os.path.realpath(self.manifest), os.path.realpath(self.index))

    def _places(self) -> list[Path]:
        return [self.path] if self.kind == "folder" else [self.path, self.manifest, self.index]

    def _require_ours(self, there: list[Path]) -> None:
        """Only an output of ours is ever replaced."""
        if self.kind != "folder":
            strangers = [p for p in there if p.is_dir()]
            if strangers or (self.path in there and self.manifest not in there):
                raise StorageError("this is no output of lstmprep (it has no manifest) and is not replaced", fix="Choose another place with -o, or remove it yourself.", where=Where(file=str((strangers or [self.path])[0])))
            return
        if not self.path.is_dir():
            raise StorageError("this is a file, not an output folder", fix="Choose another place with -o, or remove it yourself.", where=Where(file=str(self.path)))
        files = sorted(p.name for p in self.path.iterdir())
        strangers = [n for n in files if n not in self._listed()]
        if strangers and files != []:
            raise StorageError(f"the folder holds files that lstmprep did not write: {listed(strangers, 5)}", fix="Choose another place with -o, or move them away.", where=Where(file=str(self.path)))

    def _listed(self) -> set[str]:
        """Files that the manifest in the folder names."""
        try:
            made = json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
            names = {str(a.get("file")) for a in made["arrays"].values()} if "lstmprep" in made else set()
        except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
            return set()
        return names | set(OWN_FILES)

    def _clear_dead(self) -> None:
        """Remove what a killed run left here; put back what it was about to replace."""
        prefix = f".{self.path.name[:100]}{MARK}"
        try:
            left = [p for p in self.parent.iterdir() if p.name.startswith(prefix)]
        except OSError:
            return
        for place in left:
            if not _is_dead(place.name[len(prefix) :]):
                continue
            saved = place / "replaced"
            if saved.exists() and not self.path.exists() and self.kind == "folder":
                with contextlib.suppress(OSError):
                    saved.rename(self.path)
            shutil.rmtree(place, ignore_errors=True)


def _signature() -> str:
    host = zlib.crc32(socket.gethostname().encode())
    return f"{host:08x}-{os.getpid()}-{_born(os.getpid())}-{os.urandom(4).hex()}"


def _born(pid: int) -> str:
    """When a process began, as the system counts; empty where it does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _is_dead(signature: str) -> bool:
    """Whether the process of this host that signed a folder is gone."""
    host, _, rest = signature.partition("-")
    pid, _, rest = rest.partition("-")
    if host != f"{zlib.crc32(socket.gethostname().encode()):08x}" or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return _born(int(pid)) != rest.partition("-")[0]


class Staging:
    """The hidden folder of one run; gone, whatever happens, when the block ends.

    Parameters
    ----------
    target : Target
    fsync : bool
        Wait until the disk has everything before the output gets its name.
    """

    def __init__(self, target: Target, *, fsync: bool = False) -> None:
        self.target, self._fsync = target, fsync
        self.folder = target.parent / f".{target.path.name[:100]}{MARK}{_signature()}"

    def __enter__(self) -> Staging:
        with writing(self.target):
            self.folder.mkdir()
            (self.folder / "new").mkdir()
        return self

    def __exit__(self, *args: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def require_room(self, needed: int) -> None:
        """Refuse before the first byte when the disk cannot hold the output."""
        free = shutil.disk_usage(self.target.parent).free
        if needed > free:
            raise StorageError(f"the output needs {size_of(needed)} and the disk has {size_of(free)} free: no space", fix="Use a larger --stride, fewer columns or --dtype float16, or write to another disk with -o.", where=Where(file=str(self.target.path)))

    def file(self, name: str) -> Path:
        """The path under which a file of the output is made."""
        return self.folder / "new" / name

    def create(self, name: str, fill: Callable[[Any], None]) -> None:
        """Make a file, unbuffered, and hand it to a function that fills it."""
        with writing(self.target), open(self.file(name), "xb", buffering=0) as stream:
            fill(stream)
            if self._fsync:
                os.fsync(stream.fileno())

    def publish(self, names: list[str]) -> None:
        """Give the output its name; files in this order, the manifest last."""
        with writing(self.target):
            if self._fsync:
                _sync_folder(self.folder / "new")
            if self.target.kind == "folder":
                self._publish_folder()
            else:
                self._publish_files(names)
            if self._fsync:
                _sync_folder(self.target.parent)

    def _publish_folder(self) -> None:
        path, saved = self.target.path, self.folder / "replaced"
        replacing = self.target.overwrite and path.is_dir() and not path.is_symlink()
        if replacing:
            path.rename(saved)
        try:
            if path.exists() or path.is_symlink():  # an empty folder would be replaced without a word
                raise FileExistsError(17, "another run wrote it meanwhile")
            (self.folder / "new").rename(path)
        except BaseException:
            if replacing:
                saved.rename(path)
            raise

    def _publish_files(self, names: list[str]) -> None:
        placed: list[Path] = []
        finals = {names[-1]: self.target.manifest, "index.parquet": self.target.index}
        if self.target.overwrite:
            self.target.manifest.unlink(missing_ok=True)
            if "index.parquet" not in names:
                self.target.index.unlink(missing_ok=True)
        try:
            for name in names:
                final = finals.get(name, self.target.path)
                if self.target.overwrite:
                    os.replace(self.file(name), final)
                else:
                    _move_new(self.file(name), final)
                placed.append(final)
        except BaseException:
            for final in placed:
                final.unlink(missing_ok=True)
            raise


def _move_new(made: Path, final: Path) -> None:
    """Rename, but never onto a file that another run has put there."""
    try:
        os.link(made, final)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if final.exists():
            raise FileExistsError(17, "another run wrote it meanwhile") from None
        os.replace(made, final)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def writing(target: Target | None) -> Any:
    """Whatever the disk refuses becomes one answer."""
    try:
        yield
    except OSError as error:
        where = Where(file=str(target.path)) if target else Where(file="standard output")
        if isinstance(error, (FileExistsError, IsADirectoryError)) or error.errno == 39:
            raise StorageError("the output exists: another run wrote it meanwhile", fix="Add --overwrite to replace it, or choose another place with -o.", where=where) from error
        if isinstance(error, BrokenPipeError):
            raise
        raise StorageError.from_os(error, "write it", where=where) from error
