"""What a worker must have before any work is given to it: the same libraries, and the folder of the output."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import lstmprep
from lstmprep.errors import StorageError
from lstmprep.records import record
from lstmprep.remote import Folder


def versions() -> dict[str, str]:
    """What the bytes of an output could depend on.

    Examples
    --------
    >>> sorted(versions())
    ['lstmprep', 'numpy', 'pyarrow', 'python']
    """
    from importlib.metadata import version  # brings what no run on this machine needs

    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, "lstmprep": lstmprep.__version__} | {n: version(n) for n in ("numpy", "pyarrow")}


@record(frozen=True)
class Ready:
    """A question to every worker: are you as the one who asks.

    Parameters
    ----------
    folder : Path
        Where the rows stand and the files are made; its name is unlike any other.
    asked : dict of str to str or None
        The versions of the one who asks; None are those of the process that sends it.
    store : Folder or None
        Where shards are to be sent.
    """

    folder: Path
    asked: dict[str, str] | None = None
    store: Folder | None = None

    def __reduce__(self) -> Any:
        return Ready, (self.folder, self.asked or versions(), self.store)

    def __call__(self, _: object) -> None:
        """Refuse what would give other bytes, or none.

        Raises
        ------
        StorageError
        """
        mine = versions()
        for name, wanted in (self.asked or {}).items():
            if mine[name] != wanted:
                raise StorageError(
                    f"this worker has {name} {mine[name]}, and the run {wanted}",
                    fix=f"Install the same on every machine: {name} {wanted}.",
                )
        if not self.folder.is_dir():
            raise StorageError(
                f"this worker does not see the folder {self.folder.parent}",
                fix="Write to a folder that every machine has under the same path: a shared file system.",
            )
        mark = self.folder / f"{os.urandom(8).hex()}.part"
        try:
            mark.touch(exist_ok=False)
            mark.unlink()
        except OSError as error:
            raise StorageError.from_os(error, f"write to the folder {self.folder.parent}") from error
        if self.store is not None:
            self.store.put(mark.name, io.BytesIO(b"\n"))
            self.store.remove([mark.name])
