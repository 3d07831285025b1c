"""An output behind a URL: shards, then the index, then the manifest. Without a manifest there is no output.

    .unfinished.json     first: what will stand there, and who is at it      gone once the manifest stands
    X-00000.npy ...      as they are done, each whole or absent
    index.parquet
    manifest.json        last

A store renames nothing, so files have their names at once; a run that fails takes them away again, and what a killed
one had put the next run knows by its mark. What is being made stands in the folder for temporary files.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Self

from lstmprep.errors import RecipeError, StorageError, Where
from lstmprep.recipe import Recipe
from lstmprep.remote import Folder
from lstmprep.sinks.hidden import KEPT, MARK, is_dead, signature
from lstmprep.sinks.publish import undisturbed
from lstmprep.sinks.staging import Staging, free_bytes
from lstmprep.sinks.target import JOURNAL, OTHER_FORMATS, OWN_FILES, Target, arrays_in, files_of
from lstmprep.urls import bare, is_url, name_in, scheme_of
from lstmprep.wording import listed, quoted, size_of

SHARD = 256 << 20  # when nobody says how large
UNFINISHED = ".unfinished.json"
MANIFEST = "manifest.json"


def in_shards(recipe: Recipe, url: str) -> Recipe:
    """The recipe of an output behind a URL, where files are shards.

    Raises
    ------
    RecipeError
        If its arrays have no samples to be cut between.
    """
    if recipe.framing.tabular:
        raise RecipeError(
            f"--output {quoted(bare(url))}: a lagged table is not written behind a URL",
            fix=f"Write it here with -o {name_in(url)}.csv, and copy the file.",
        )
    if recipe.arrays.shard_size is not None:
        return recipe
    try:
        return replace(recipe, arrays=replace(recipe.arrays, shard_size=SHARD))
    except RecipeError as error:
        raise RecipeError(
            f"--output {quoted(bare(url))}: behind a URL arrays are cut into shards, and {error.what}",
            fix="Write a folder of this machine, and copy it; or leave the other option out.",
        ) from None


class AwayTarget(Target):
    """A folder that a URL names.

    Parameters
    ----------
    url : str
    inputs : list of str
        Paths and URLs that may not be overwritten.
    overwrite, dry_run, resume : bool
        As for any target; a dry run does not ask the network.

    Raises
    ------
    RecipeError
        If no output can be written to such a URL.
    StorageError
        If there is one already, or the store cannot be asked.
    """

    store: Folder

    def __init__(
        self, url: str, inputs: list[str], *, overwrite: bool, dry_run: bool = False, resume: bool = False
    ) -> None:
        self.name, self.overwrite, self.kind, self.told = url, overwrite, "folder", bare(url)
        self.unfinished: list[Path] = []
        self._resume = resume
        self.store = Folder(url)
        self.there: list[str] = []  # all that stands there, which is ours
        self.dead: list[str] = []  # what of it a run has left that is gone
        self._refuse(inputs)
        short = name_in(url)
        self.parent = Path(tempfile.gettempdir())
        self.path, self.disk = self.parent / short, str(self.parent)
        self.finals = {}
        self.hidden_prefix = f".{short[:60]}-{zlib.crc32(self.told.encode()):08x}{MARK}"
        if not dry_run:
            self._clear_dead()
            self._look()

    def _refuse(self, inputs: list[str]) -> None:
        suffix = os.path.splitext(self.told)[1]
        if scheme_of(self.name) in ("http", "https"):
            raise RecipeError(
                f"--output {quoted(self.told)}: http and https can be read, not written to",
                fix="Give a folder of a store (s3://, gs://, abfs://), or one of this machine.",
            )
        if suffix in (".npz", ".npy", *OTHER_FORMATS):
            raise RecipeError(
                f"--output {quoted(self.told)}: behind a URL an output is a folder of shards",
                fix=f"Give a folder: {self.told.removesuffix(suffix)}/, with --shard-size for the size of its files.",
            )
        if any(bare(i) == self.told or bare(i).startswith(f"{self.told}/") for i in inputs if is_url(i)):
            raise StorageError(
                "the output would replace the input",
                fix="Choose another place with -o.",
                where=Where(file=self.told),
            )

    def _look(self) -> None:
        """Refuse what stands there, or take note of what goes."""
        there = self.store.files()
        mine = self._unfinished(there)
        if (MANIFEST in there or not mine.issuperset(there)) and not self.overwrite:
            raise StorageError(
                "the output exists" if MANIFEST in there else "the folder holds files already",
                fix="Add --overwrite to replace an output of lstmprep, or choose another place with -o.",
                where=Where(file=self.told),
            )
        made = arrays_in(self.store.read(MANIFEST) or b"") if MANIFEST in there else {}
        known = {f for a in made.values() for f in files_of(a)} | mine | (set(OWN_FILES) if made else set())
        if unknown := sorted(set(there) - known):
            raise StorageError(
                f"the folder holds files that lstmprep did not write: {listed(unknown, 5)}",
                fix="Choose another place with -o, or move them away.",
                where=Where(file=self.told),
            )
        self.there = [n for n in there if n != UNFINISHED]
        self.dead = [] if MANIFEST in there else [n for n in self.there if n in mine]

    def _unfinished(self, there: Iterable[str]) -> set[str]:
        """What a run that is gone had begun to put there."""
        if UNFINISHED not in there:
            return set()
        try:
            told = json.loads(self.store.read(UNFINISHED) or b"{}")
            by, names = str(told["by"]), {str(n) for n in told["files"]}
        except (ValueError, KeyError, TypeError):
            by, names = "", set()
        if MANIFEST not in there and not self.overwrite and not is_dead(by):
            raise StorageError(
                "another run writes there, or one on another machine was killed",
                fix="Wait for it; or add --overwrite to take away what it has put there.",
                where=Where(file=self.told),
            )
        return {*names, UNFINISHED}


class Away(Staging):
    """One run to a folder behind a URL.

    Parameters
    ----------
    target : AwayTarget
    fsync : bool
    resume : bool
        Begin with what an earlier run of this machine had sent, and leave there what this one has when it ends early.
    """

    target: AwayTarget
    store: Folder

    def __init__(self, target: AwayTarget, *, fsync: bool = False, resume: bool = False) -> None:
        super().__init__(target, fsync=fsync, resume=resume)
        self.store = target.store
        self._names: list[str] = []
        self._missing: list[str] = []
        self._by = signature()
        self._whole = self._marked = False
        self._kept = bool(target.unfinished and target.dead)

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self._missing = self.store.missing()
            self._mark(self._by)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *args: object) -> None:
        with undisturbed(), contextlib.suppress(StorageError):  # the next run knows what is left by its mark
            if self._whole:
                self.store.remove([UNFINISHED])
            elif self._marked and self._keep and (self.folder / JOURNAL).is_file():
                self._mark(KEPT)
            elif self._marked:
                self.store.remove([MANIFEST] if self._names else [])
                self.store.remove([*self._names, *self.target.dead, UNFINISHED], self._missing)
        super().__exit__(*args)

    def _mark(self, by: str) -> None:
        about = {"by": by, "files": [*self._names, *self.target.there]}
        with self.writing(), tempfile.TemporaryFile() as file:
            file.write(json.dumps(about).encode())
            file.seek(0)
            self._marked = True
            self.store.put(UNFINISHED, file)

    def _require_alone(self) -> None:
        """Leave all as it is when another run has begun there meanwhile: its mark has taken the place of ours."""
        try:
            by = json.loads(self.store.read(UNFINISHED) or b"{}").get("by")
        except (ValueError, AttributeError):
            by = None
        if by != self._by:
            self._marked = False
            raise StorageError(
                "another run has begun to write there",
                fix="Wait for it, or choose another place with -o.",
                where=Where(file=self.target.told),
            )

    def begin(self, names: list[str]) -> None:
        """Take away what is replaced, the manifest first: from here on there is the new output or none."""
        self._require_alone()
        self._names = [*names, *OWN_FILES]
        self._mark(self._by)
        gone = [n for n in self.target.there if not (self._kept and n in names)]
        if gone:
            self.store.remove([MANIFEST])
            self.store.remove(gone)

    def require_room(self, needed: int, beside: int = 0, each: int | None = None) -> None:
        """Refuse when the folder for temporary files cannot hold what is being made."""
        free = free_bytes(self.target.parent)
        kept = beside + min(needed, len(os.sched_getaffinity(0)) * (each or needed))
        if kept > free:
            raise StorageError(
                f"the run keeps {size_of(kept)} in the folder for temporary files, and its disk has {size_of(free)} free: no space",
                fix="Use a smaller --shard-size, or name a folder on another disk with TMPDIR.",
                where=Where(file=str(self.target.parent)),
            )

    def publish(self, names: list[str]) -> None:
        """Send what is left, the manifest last."""
        made = self.file("")
        rest = [p.relative_to(made).as_posix() for p in sorted(made.rglob("*")) if p.is_file()]
        if not self._names:
            self.begin(rest)
        for name in (n for n in rest if n != MANIFEST):
            self.store.put_file(name, self.file(name))
        self._require_alone()
        with undisturbed():
            self.store.put_file(MANIFEST, self.file(MANIFEST))
            self._whole, self._keep = True, False
