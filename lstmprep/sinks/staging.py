"""Nothing half-done under a final name: everything is made beside it, then published in one step.

.out.lstmprep-<host>-<pid>-<start>-<chance>/    written here, on the target's own disk
new/X.npy ... new/manifest.json (last)
publish -> out/                                 whole, or absent
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from lstmprep.errors import StorageError, Where
from lstmprep.remote import Folder
from lstmprep.sinks.hidden import KEPT, signature
from lstmprep.sinks.journal import Journal
from lstmprep.sinks.publish import place_files, place_folder, remove_folder, undisturbed
from lstmprep.sinks.target import JOURNAL, Target
from lstmprep.sinks.whole import Whole
from lstmprep.wording import size_of

if TYPE_CHECKING:
    from lstmprep.sinks.early import Early
    from lstmprep.sinks.gathered import Gathered


class Staging:
    """The hidden folder of one run; gone, whatever happens, when the block ends.

    Parameters
    ----------
    target : Target
    fsync : bool
        Wait until the disk has everything before the output gets its name.
    resume : bool
        Begin with what an earlier run had finished, and keep what this one has when it ends early.
    """

    store: Folder | None = None  # where shards are sent to as they are done
    early: Early | Gathered | None = None  # who writes before there is a plan

    def __init__(self, target: Target, *, fsync: bool = False, resume: bool = False) -> None:
        self.target, self.fsync, self._keep = target, fsync, resume
        self.journal: Journal | None = None
        self.folder = target.parent / f"{target.hidden_prefix}{signature()}"

    def __enter__(self) -> Self:
        try:
            with writing(self.target):
                if not self._taken_over():
                    self.folder.mkdir()
                    (self.folder / "new").mkdir()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *args: object) -> None:
        with undisturbed():
            if self.early is not None:
                self.early.stop()
            if self.journal is not None:
                self.journal.close()
            if self._keep and (self.folder / JOURNAL).is_file():
                kept = self.target.parent / f"{self.target.hidden_prefix}{KEPT}{os.urandom(4).hex()}"
                with contextlib.suppress(OSError):
                    self.folder.rename(kept)
            remove_folder(self.folder)

    def _taken_over(self) -> bool:
        """Make the newest unfinished output this run's own, without what was but half done."""
        if not self.target.unfinished:
            return False
        for place in sorted(self.target.unfinished, key=lambda p: p.stat().st_mtime, reverse=True):
            if self.folder.exists():
                remove_folder(place)
                continue
            with contextlib.suppress(OSError):  # another run was quicker
                place.rename(self.folder)
        for path in [
            *self.folder.glob("*.part"),
            *(self.folder / n for n in ("rows", "new/index.parquet", "new/manifest.json")),
        ]:
            path.unlink(missing_ok=True)
        return self.folder.exists()

    def note(self, about: dict[str, Any]) -> None:
        """Keep a journal of what is finished, if that is wanted."""
        if self._keep:
            with writing(self.target):
                self.journal = Journal(self.folder / JOURNAL, about, self.target.told)

    def require_room(self, needed: int, beside: int = 0, each: int | None = None) -> None:
        """Refuse before the first byte when the disk cannot hold the output.

        Parameters
        ----------
        needed : int
            Bytes of the output.
        beside : int
            Bytes that the run keeps for its workers meanwhile.
        each : int or None
            Bytes of a file at the most, where they are sent away as they are done.
        """
        free = free_bytes(self.target.parent) + (self.early.held if self.early is not None else 0)
        if needed + beside > free:
            kept = f", {size_of(beside)} for the rows of its workers," if beside else ""
            raise StorageError(
                f"the output needs {size_of(needed)}{kept} and the disk has {size_of(free)} free: no space",
                fix="Use a larger --stride, fewer columns or --dtype float16, or write to another disk with -o.",
                where=Where(file=self.target.told),
            )

    def begin(self, names: list[str]) -> None:
        """Files of these names are written from here on."""

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Whatever the disk refuses inside becomes one answer."""
        return writing(self.target)

    def file(self, name: str) -> Path:
        """The path under which a file of the output is made."""
        return self.folder / "new" / name

    def create(self, name: str, fill: Callable[[Any], None]) -> None:
        """Make a file, unbuffered, and hand it to a function that fills it."""
        with writing(self.target):
            self.file(name).parent.mkdir(exist_ok=True)
        with writing(self.target), open(self.file(name), "xb", buffering=0) as stream:
            fill(Whole(stream))
            if self.fsync:
                os.fsync(stream.fileno())

    def replace(self, name: str, fill: Callable[[Any], None]) -> None:
        """Make a file that has its name once it is whole; made twice it is the same file."""
        part = f"{name}.{os.urandom(4).hex()}.part"
        self.create(part, fill)
        with writing(self.target):
            self.file(part).replace(self.file(name))

    def settle(self, folder: Path) -> None:
        """Wait, when that is asked for, until the disk has every file of a folder that a library wrote."""
        for place in (p for p in folder.rglob("*") if self.fsync):
            _sync_folder(place)

    def publish(self, names: list[str]) -> None:
        """Give the output its name; files in this order, the manifest last."""
        target = self.target
        self._keep = False
        with writing(target), undisturbed():
            if self.fsync:
                for inner in (self.folder / "new").glob("*/"):
                    _sync_folder(inner)
                _sync_folder(self.folder / "new")
            if target.kind == "folder":
                place_folder(self.folder, target.path, overwrite=target.overwrite)
            else:
                place_files(self.folder, target.finals, names, overwrite=target.overwrite)
            if self.fsync:
                with contextlib.suppress(OSError):  # the output stands, whole: only its name may come late to the disk
                    _sync_folder(target.parent)


def free_bytes(folder: Path) -> int:
    """What the disk of a folder has left for us."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def writing(target: Target | None, doing: str = "write it") -> Iterator[None]:
    """Whatever the disk refuses becomes one answer.

    Parameters
    ----------
    target : Target or None
        The output; None is the folder for temporary files.
    doing : str
        What could not be done.
    """
    try:
        yield
    except OSError as error:
        import tempfile

        where = Where(file=target.disk if target else tempfile.gettempdir())
        if isinstance(error, (FileExistsError, IsADirectoryError)) or error.errno == errno.ENOTEMPTY:
            raise StorageError(
                "the output exists: another run wrote it meanwhile",
                fix="Add --overwrite to replace it, or choose another place with -o.",
                where=where,
            ) from error
        raise StorageError.from_os(error, doing, where=where) from error
