"""The last step of a run: what was made gets its name, and what it replaces goes, or neither.

    .out.lstmprep-.../new/        X.npy ... manifest.json        made, whole
    .out.lstmprep-.../replaced/   the output that was there      put back unless the new one is whole

A folder is renamed. Files are linked under their names one by one, the manifest last: a link that
shares its file with one in ``new/`` was placed by this run, which is how the next run can tell what a
killed one had done. Signals wait meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

Finals = dict[str, Path]


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that would end the run are not heard inside: what was begun is finished."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
    before = {n: signal.signal(n, signal.SIG_IGN) for n in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def place_folder(hidden: Path, path: Path, *, overwrite: bool) -> None:
    """Rename the made folder to its name; an output that was there is kept until that is done.

    Raises
    ------
    OSError
        If the name is taken, or the system refuses; everything is as before then.
    """
    saved = hidden / "replaced"
    replacing = overwrite and path.is_dir() and not path.is_symlink()
    if replacing:
        path.rename(saved)
    try:
        if path.exists() or path.is_symlink():  # an empty folder would be replaced without a word
            raise FileExistsError(errno.EEXIST, "another run wrote it meanwhile")
        (hidden / "new").rename(path)
    except BaseException:
        if replacing:
            saved.rename(path)
        raise


def place_files(hidden: Path, finals: Finals, names: list[str], *, overwrite: bool) -> None:
    """Link made files under their names, in this order; files that were there are kept until that is done."""
    saved = hidden / "replaced"
    saved.mkdir()
    try:
        for final in reversed(finals.values()) if overwrite else ():  # the manifest goes first: it vouches for the rest
            if final.exists():
                final.rename(saved / final.name)
        for name in names:
            _place(hidden, name, finals[name])
    except BaseException:
        take_back(hidden, finals)
        raise


def _place(hidden: Path, name: str, final: Path) -> None:
    made = hidden / "new" / name
    try:
        os.link(made, final)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: what was moved is noted before it is
        if final.exists():
            raise FileExistsError(errno.EEXIST, "another run wrote it meanwhile") from None
        (hidden / f"moved-{name}").touch()
        made.rename(final)


def _placed(hidden: Path, name: str, final: Path) -> bool:
    """Whether the file under the final name was put there by this run."""
    made = hidden / "new" / name
    if made.exists():
        return final.exists() and final.samefile(made)
    return (hidden / f"moved-{name}").exists() and final.exists()


def take_back(hidden: Path, finals: Finals) -> None:
    """Remove the files that a run had placed, and put back those it was about to replace."""
    for name, final in finals.items():
        saved = hidden / "replaced" / final.name
        with contextlib.suppress(OSError):
            if _placed(hidden, name, final):
                final.unlink()
            if saved.exists() and not final.exists():
                saved.rename(final)


def remove_folder(folder: Path) -> None:
    """Take a hidden folder away, as far as the system lets us."""
    try:
        folder.rmdir()  # as a rule all that was in it has its name
    except OSError:
        import shutil

        shutil.rmtree(folder, ignore_errors=True)


def recover(hidden: Path, path: Path, finals: Finals) -> None:
    """Bring the names to what they were before a run that died, unless it had finished."""
    if path in finals.values():
        if not _placed(hidden, "manifest.json", finals["manifest.json"]):
            take_back(hidden, finals)
        return
    saved = hidden / "replaced"
    if saved.exists() and not path.exists():
        with contextlib.suppress(OSError):
            saved.rename(path)
