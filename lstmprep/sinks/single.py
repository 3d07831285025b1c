"""One file, whole under its name or absent: made beside its place, named in one step.

.pred.csv-<crc>.lstmprep-<host>-<pid>-...   beside the target
 pred.csv                                   in one step, when everything is there
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lstmprep.errors import RecipeError, StorageError, Where
from lstmprep.sinks.hidden import hidden_prefix, left_behind, signature
from lstmprep.sinks.publish import undisturbed
from lstmprep.sinks.target import protected
from lstmprep.sinks.whole import Whole
from lstmprep.wording import quoted


class FilePlace:
    """Where one file goes.

    Parameters
    ----------
    name : str
    inputs : list of str
        Paths that may not be overwritten.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    RecipeError
        If the name is none.
    StorageError
        If the place cannot take it, or holds a file already.
    """

    def __init__(self, name: str, inputs: list[str], *, overwrite: bool) -> None:
        if not os.path.basename(name) or "\0" in name:
            raise RecipeError(f"--output {quoted(name)} names no file", fix="Give the name of a new file.")
        self.path, self.overwrite = Path(name), overwrite
        self._prefix = hidden_prefix(self.path.name)
        where = Where(file=name)
        try:
            if not self.path.parent.is_dir():
                raise StorageError(
                    f"the folder {quoted(self.path.parent)} does not exist",
                    fix="Make it first, or choose another place with -o.",
                    where=where,
                )
            if self.path.is_symlink() or (self.path.exists() and not self.path.is_file()):
                raise StorageError(
                    "this is a link or no file, and is not written through",
                    fix="Choose another place with -o.",
                    where=where,
                )
            if os.path.realpath(name) in protected(inputs):
                raise StorageError(
                    "the output would replace an input", fix="Choose another place with -o.", where=where
                )
            self._clear_dead()
            if self.path.exists() and not overwrite:
                raise StorageError(
                    "the output exists",
                    fix="Add --overwrite to replace it, or choose another place with -o.",
                    where=where,
                )
            if not os.access(self.path.parent, os.W_OK | os.X_OK):
                raise StorageError(
                    f"the folder {quoted(self.path.parent)} cannot be written to",
                    fix="Choose another place with -o.",
                    where=where,
                )
        except OSError as error:
            raise StorageError.from_os(error, "write it", where=where) from error

    def _clear_dead(self) -> None:
        """Remove what killed runs left here; the file itself may have its name already."""
        for left in left_behind(self.path.parent, self._prefix):
            with contextlib.suppress(OSError):
                left.unlink()

    def write(self, fill: Callable[[Any], None]) -> None:
        """Hand a stream to a function that fills it, and give the file its name when that is done."""
        hidden = self.path.parent / f"{self._prefix}{signature()}"
        try:
            try:
                with open(hidden, "xb", buffering=0) as stream:
                    fill(Whole(stream))
                with undisturbed():
                    if self.overwrite:
                        hidden.replace(self.path)
                    else:
                        os.link(hidden, self.path)
            except FileExistsError as error:
                raise StorageError(
                    "the output exists: another run wrote it meanwhile",
                    fix="Add --overwrite to replace it.",
                    where=Where(file=str(self.path)),
                ) from error
            except OSError as error:
                raise StorageError.from_os(error, "write it", where=Where(file=str(self.path))) from error
        finally:
            with undisturbed(), contextlib.suppress(OSError):
                hidden.unlink(missing_ok=True)
