"""Where an output may go: refused before any work when the place cannot take it.

Only an output of ours is ever replaced, links are never written through, and what a killed
run left beside the place is removed once its process is dead.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from typing import Any

from lstmprep.errors import RecipeError, StorageError, Where
from lstmprep.remote import Folder
from lstmprep.sinks.hidden import hidden_prefix, left_behind
from lstmprep.sinks.publish import recover, remove_folder
from lstmprep.wording import listed, quoted, shown

OTHER_FORMATS = (".csv", ".parquet", ".tsv", ".json", ".h5", ".hdf5", ".zarr", ".txt", ".pt", ".pkl")
STDOUT = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
JOURNAL = "journal"  # of a run that ended, the list of what it had finished
OWN_FILES = ("manifest.json", "index.parquet")
TENSORS, TABLES = ("folder", "npz", "npy"), ("csv", "parquet", "npy")  # kinds of output: of samples, of rows


class Target:
    """Where an output goes: a folder, or one file (``NAME.npz``, ``NAME.npy``, ``NAME.csv``) with others beside it.

    Parameters
    ----------
    name : str
        As the user gave it.
    inputs : list of str
        Paths that may not be overwritten.
    overwrite : bool
        Whether an output of ours may be replaced.
    dry_run : bool
        Nothing will be written: what stands there is in nobody's way.
    tabular : bool
        Whether the output is a table of rows.
    resume : bool
        What an earlier run left unfinished is kept, as `unfinished`.
    kind : str or None
        ``folder``, or the suffix of the one file; None is what the name says.

    Attributes
    ----------
    told : str
        The place in a message.
    disk : str
        The place whose disk is written to.

    Raises
    ------
    StorageError
        If the place cannot take an output, or holds one already.
    """

    store: Folder | None = None  # behind a URL

    def __init__(
        self,
        name: str,
        inputs: list[str],
        *,
        overwrite: bool,
        dry_run: bool = False,
        tabular: bool = False,
        resume: bool = False,
        kind: str | None = None,
    ) -> None:
        self._resume = resume
        self.unfinished: list[Path] = []
        trimmed = name.rstrip("/") or name
        if not trimmed or "\0" in trimmed or os.path.basename(trimmed) in ("", ".", ".."):
            raise RecipeError(
                f"--output {quoted(name)} names no place", fix="Give a new folder, or a name that ends in .npz or .npy."
            )
        self.path, self.name, self.overwrite = Path(trimmed), name, overwrite
        self.told = self.disk = str(self.path)
        self.kind = kind or self._kind(tabular=tabular)
        self.parent = self.path.parent
        stem = trimmed.removesuffix(f".{self.kind}")
        self.manifest = Path(stem + ".manifest.json") if self.kind != "folder" else self.path / "manifest.json"
        self.index = Path(stem + ".index.parquet") if self.kind != "folder" else self.path / "index.parquet"
        self.hidden_prefix = hidden_prefix(self.path.name)
        # the name each made file gets
        self.finals = {self.path.name: self.path, "index.parquet": self.index, "manifest.json": self.manifest}
        try:
            self._check(inputs, dry_run=dry_run)
        except OSError as error:
            raise StorageError.from_os(error, "write it", where=Where(file=str(self.path))) from error

    def _kind(self, *, tabular: bool) -> str:
        """``folder``, ``npz``, ``npy``, ``csv`` or ``parquet``, by the name."""
        suffix, stem = self.path.suffix, shown(self.path.stem)
        if tabular:
            if suffix[1:] not in TABLES:
                raise RecipeError(
                    f"--output {quoted(self.name)}: a lagged table is written as .csv, .parquet or .npy",
                    fix=f"Give {stem}.csv, {stem}.parquet or {stem}.npy (the numbers alone), or - for CSV on standard output.",
                )
            return suffix[1:]
        if suffix in OTHER_FORMATS:
            raise RecipeError(
                f"--output {quoted(self.name)}: tensors are not written as {suffix}",
                fix=f"Give a folder, {stem}.npz or {stem}.npy.",
            )
        return suffix[1:] if suffix[1:] in TENSORS[1:] else "folder"

    def _check(self, inputs: list[str], *, dry_run: bool) -> None:
        where = Where(file=str(self.path))
        if not self.parent.is_dir():
            kind = "is a file" if self.parent.exists() else "does not exist"
            raise StorageError(
                f"the folder {quoted(self.parent)} {kind}",
                fix=f"Make it first (mkdir -p {quoted(self.parent)}), or choose another place with -o."
                if kind != "is a file"
                else "Choose another place with -o.",
                where=where,
            )
        for path in inputs:
            if path != "-" and self._holds(path):
                raise StorageError(
                    "the output would replace the input", fix="Choose another place with -o.", where=where
                )
        for place in self._places():
            if place.is_symlink():
                here = "standard output with -o -" if str(place) in STDOUT else quoted(os.path.realpath(place))
                raise StorageError(
                    "the output is a symbolic link, and links are never written through",
                    fix=f"{'W' if str(place) in STDOUT else 'Remove the link, or w'}rite to {here}.",
                    where=Where(file=str(place)),
                )
        if not os.access(self.parent, os.W_OK | os.X_OK):
            raise StorageError(
                f"the folder {quoted(self.parent)} cannot be written to",
                fix="Change the permissions, or choose another place with -o.",
                where=where,
            )
        if dry_run:
            return
        self._clear_dead()
        there = [p for p in self._places() if p.exists()]
        if there:
            self._require_leave(there)

    def _require_leave(self, there: list[Path]) -> None:
        """Refuse to replace what nobody asked to, and what is not ours; --overwrite is offered where it would do."""
        fix = "Add --overwrite to replace it, or choose another place with -o."
        try:
            self._require_ours(there)
        except StorageError as error:
            if self.overwrite:
                raise
            fix = f"Choose another place with -o; --overwrite would be refused too: {error.what}."
        if not self.overwrite:
            raise StorageError("the output exists", fix=fix, where=Where(file=str(there[0])))

    def _holds(self, path: str) -> bool:
        real, mine = os.path.realpath(path), os.path.realpath(self.path)
        return (
            real == mine
            or real.startswith(mine + os.sep)
            or real in (os.path.realpath(self.manifest), os.path.realpath(self.index))
        )

    def _places(self) -> list[Path]:
        return [self.path] if self.kind == "folder" else [self.path, self.manifest, self.index]

    def _require_ours(self, there: list[Path]) -> None:
        """Only an output of ours is ever replaced."""
        if self.kind != "folder":
            made = _manifest_of(self.manifest)
            ours = {a.get("file") for a in made.values() if isinstance(a, dict)} == {self.path.name}
            if any(p.is_dir() for p in there) or not ours:
                raise StorageError(
                    "this is no output of lstmprep under this name (its manifest does not say so) and is not replaced",
                    fix="Choose another place with -o, or remove it yourself.",
                    where=Where(file=str(there[0])),
                )
            return
        if not self.path.is_dir():
            raise StorageError(
                "this is a file, not an output folder",
                fix="Choose another place with -o, or remove it yourself.",
                where=Where(file=str(self.path)),
            )
        known = self._listed()
        unknown = [n for n in sorted(_inside(self.path)) if n not in known]
        if unknown:
            raise StorageError(
                f"the folder holds files that lstmprep did not write: {listed(unknown, 5)}",
                fix="Choose another place with -o, or move them away.",
                where=Where(file=str(self.path)),
            )

    def _listed(self) -> set[str]:
        """Files that the manifest in the folder names."""
        made = _manifest_of(self.manifest)
        return {f for a in made.values() for f in files_of(a)} | set(OWN_FILES) if made else set()

    def _clear_dead(self) -> None:
        """Remove what a killed run left here; put back what it was about to replace."""
        for place in left_behind(self.parent, self.hidden_prefix):
            recover(place, self.path, self.finals if self.kind != "folder" else {})
            if self._resume and (place / JOURNAL).is_file() and (place / "new").is_dir():
                self.unfinished.append(place)
            else:
                remove_folder(place)


def _inside(folder: Path) -> Iterator[str]:
    """What a folder holds, ``fold0/X_train.npy`` for what stands in a folder of it; an empty or a deeper one by its own name."""
    for place in folder.iterdir():
        files = list(place.iterdir()) if place.is_dir() and not place.is_symlink() else []
        plain = bool(files) and all(f.is_symlink() or not f.is_dir() for f in files)
        yield from (f"{place.name}/{f.name}" for f in files) if plain else (place.name,)


def files_of(about: Any) -> list[str]:
    """The files that an entry of a manifest names."""
    shards = about.get("shards") if isinstance(about, dict) else None
    held = [about, *(shards if isinstance(shards, list) else [])]
    return [a["file"] for a in held if isinstance(a, dict) and isinstance(a.get("file"), str)]


def _manifest_of(path: Path) -> dict[str, Any]:
    """The arrays that a manifest of ours describes; nothing when it is none."""
    try:
        return arrays_in(path.read_bytes()) if path.is_file() else {}  # a pipe would be waited for
    except OSError:
        return {}


def arrays_in(manifest: bytes) -> dict[str, Any]:
    """The arrays that a manifest of ours describes; nothing when it is none."""
    try:
        made = json.loads(manifest)
        found = made["arrays"] if "lstmprep" in made and "manifest_version" in made else {}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def require_other(out: str, output: str) -> None:
    """Refuse to write new rows over the output that they are prepared like.

    Raises
    ------
    StorageError
        If it would be replaced.
    """
    if os.path.realpath(output) in protected([out]):
        raise StorageError(
            "the new output would replace the one that it learns from",
            fix="Choose another place with -o.",
            where=Where(file=output),
        )


def protected(inputs: list[str]) -> set[str]:
    """Real paths that no output may replace: inputs, the files of a folder, all that belongs to an output."""
    out: set[str] = set()
    for path in (
        os.path.realpath(found) for name in inputs for found in ([name] if os.path.lexists(name) else glob(name))
    ):
        stem = path + os.sep if os.path.isdir(path) else os.path.splitext(path)[0] + "."
        stem = path.removesuffix("manifest.json") if path.endswith("manifest.json") else stem
        made = _manifest_of(Path(stem + "manifest.json"))
        files = [f for about in made.values() for f in files_of(about)]
        if not made and os.path.isdir(path):
            files = os.listdir(path)
        out |= {path, *(stem + own for own in OWN_FILES), *(os.path.join(os.path.dirname(stem), f) for f in files)}
    return out
