"""What a URL names: a file to be read, or a folder that files are put into. The network is used for nothing else.

    s3, gs, abfs     pyarrow knows them
    https, ...       fsspec, with a library for each (the extra ``remote``)
    file             a path of this machine

A store has no renaming: a file is there once all of it was sent, or absent.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from lstmprep.errors import LstmprepError, RecipeError, StorageError, Where
from lstmprep.urls import bare, below, local_path, scheme_of
from lstmprep.wording import quoted, shown

ARROW = {"s3": "s3", "gs": "gs", "gcs": "gs", "abfs": "abfs", "abfss": "abfss"}
AT_ONCE = 16  # files that are taken away at one time
BLOCK = 8 << 20
_CHECK = "Check the address and the network, or download the file and give its path."


@contextmanager
def remote(url: str, name: str) -> Iterator[Any]:
    """The bytes behind a URL.

    Raises
    ------
    RecipeError
        If nothing installed can fetch it.
    StorageError
        If it cannot be fetched.
    """
    where = Where(file=name)
    with _answered("the URL cannot be fetched", _CHECK, where, scheme_of(url)), _opened(url, where) as stream:
        yield stream


def _opened(url: str, where: Where) -> Any:
    scheme = scheme_of(url)
    if scheme == "file":
        return open(local_path(url), "rb")
    if scheme in ARROW:
        files, path = _system(url, where)
        return files.open_input_stream(path, compression=None)
    return _fsspec(scheme, where).open(url, "rb")


def _fsspec(scheme: str, where: Where) -> Any:
    """The library, once it is sure to know what this begins with."""
    try:
        import fsspec
    except ImportError:
        raise RecipeError(
            "this is a URL, and fsspec, which knows such addresses, is not installed",
            fix="Install it: pip install 'lstmprep[remote]'. Or use a file of this machine.",
            where=where,
        ) from None
    if scheme not in fsspec.available_protocols():
        raise RecipeError(
            f"there is no way to fetch {quoted(scheme + '://')}",
            fix="Use https, s3, gs, abfs, ... or a path.",
            where=where,
        )
    return fsspec


def _system(url: str, where: Where) -> tuple[Any, str]:
    """The file system that a URL lies in, as pyarrow has it, and the path in it."""
    from pyarrow import fs

    scheme = scheme_of(url)
    if scheme in ARROW:
        plain = re.sub(r"[^!-~]", lambda odd: quote(odd[0]), url[len(scheme) :])  # blanks and letters of other scripts
        found: tuple[Any, str] = fs.FileSystem.from_uri(ARROW[scheme] + plain)
        return found
    system, path = _fsspec(scheme, where).core.url_to_fs(url)
    return fs.PyFileSystem(fs.FSSpecHandler(system)), path


@contextmanager
def _answered(what: str, fix: str, where: Where, scheme: str) -> Iterator[None]:
    """Whatever a library raises becomes one answer."""
    try:
        yield
    except LstmprepError:
        raise
    except ImportError as error:
        raise RecipeError(
            f"{quoted(scheme)} URLs need a library that is not installed: {shown(_plain(error), 120)}",
            fix="Install it, or use a file of this machine.",
            where=where,
        ) from None
    except Exception as error:  # every library has errors of its own
        raise StorageError(f"{what}: {shown(_plain(error), 160)}", fix=fix, where=where) from error


def _plain(error: BaseException) -> str:
    """The reason in one line; users, passwords and queries of addresses are left out."""
    text = " ".join(str(error).split()) or type(error).__name__
    return re.sub(r"(://[^\s?'\"]*)\?[^\s'\"]*", r"\1", re.sub(r"//[^\s'\"]*@", "//", text))


class Folder:
    """A folder that a URL names: its files by their names, ``fold0/X_train-00000.npy``.

    Parameters
    ----------
    url : str
    """

    def __init__(self, url: str) -> None:
        self.url, self.name = url, bare(url)
        self._found: tuple[Any, str] | None = None
        self._where = Where(file=self.name)

    def __reduce__(self) -> Any:
        return Folder, (self.url,)  # whoever it is sent to has rights of its own

    def _asked(self, what: str) -> Any:
        fix = "Check the address, the rights and the network, then run again."
        return _answered(what, fix, self._where, scheme_of(self.url))

    def _at(self, name: str = "") -> tuple[Any, str]:
        """The file system, and the path of a file in it."""
        if self._found is None:
            files, path = _system(self.url, self._where)
            self._found = files, path.rstrip("/")
        files, root = self._found
        if scheme_of(self.url) in ("http", "https"):  # what stands behind the path stays there
            parts = urlsplit(self.url)
            return files, parts._replace(path=f"{parts.path.rstrip('/')}/{name}").geturl()
        return files, f"{root}/{name}" if name else root

    def files(self) -> dict[str, int]:
        """The files in it, and the bytes of each."""
        with self._asked("the folder cannot be looked at"):
            return self._below(self._at()[1])

    def _below(self, path: str, *, deep: bool = True) -> dict[str, int]:
        from pyarrow import fs

        files, root = self._at()
        found = files.get_file_info(fs.FileSelector(path, recursive=deep, allow_not_found=True))
        return {f.path[len(root) :].strip("/"): f.size or 0 for f in found if f.type == fs.FileType.File or not deep}

    def url_of(self, name: str) -> str:
        """The URL of one of its files."""
        return below(self.url, quote(name) if scheme_of(self.url) in ARROW else name)

    def fetch(self, name: str, path: Path) -> bool:
        """Bring a file to a path of this machine; whether there is one."""
        part = path.with_name(f"{os.urandom(8).hex()}.part")
        try:
            with self._asked(f"{name} cannot be fetched"):
                files, where = self._at(name)
                try:
                    source = files.open_input_stream(where, compression=None)
                except FileNotFoundError:
                    return False
                with source, open(part, "xb", buffering=0) as to:
                    _copied(source, to)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return True

    def read(self, name: str) -> bytes | None:
        """A small file; None when there is none."""
        with self._asked(f"{name} cannot be fetched"):
            files, where = self._at(name)
            try:
                with files.open_input_stream(where, compression=None) as source:
                    found: bytes = source.read()
            except FileNotFoundError:
                return None
            return found

    def blocks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, some megabytes at a time; none when there is no such file."""
        with self._asked(f"{name} cannot be fetched"):
            files, where = self._at(name)
            try:
                source = files.open_input_stream(where, compression=None)
            except FileNotFoundError:
                return
            with source:
                while data := source.read(BLOCK):
                    yield data

    def put(self, name: str, source: Any) -> None:
        """Send a file that is open for reading; a half of it is taken away again."""
        with self._asked(f"{name} cannot be written"):
            files, where = self._at(name)
            sink = files.open_output_stream(where, compression=None)
            try:
                _copied(source, sink)
                sink.close()
            except BaseException:
                with suppress(Exception):
                    sink.close()
                with suppress(Exception):
                    files.delete_file(where)
                raise

    def put_file(self, name: str, path: Path) -> None:
        """Send a file of this machine."""
        with open(path, "rb", buffering=0) as source:
            self.put(name, source)

    def missing(self) -> list[str]:
        """The folder and those above it, as far as they are not there: what goes again with the last file."""
        from pyarrow import fs

        with self._asked("the folder cannot be looked at"):
            files, path = self._at()
            above = [path]
            while above[-1].count("/") > 1:
                above.append(above[-1].rpartition("/")[0])
            return [f.path for f in files.get_file_info(above) if f.type == fs.FileType.NotFound]

    def remove(self, names: Iterable[str], missing: Iterable[str] = ()) -> None:
        """Take files away, as far as they are there, and what folders they leave empty.

        Parameters
        ----------
        names : iterable of str
        missing : iterable of str
            What `missing` told before the first file was put there.
        """
        from concurrent.futures import ThreadPoolExecutor

        with self._asked("files cannot be taken away"):
            files, root = self._at()
            here = self._below(root)
            gone = [n for n in names if n in here]
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda n: files.delete_file(f"{root}/{n}"), gone))
            inner = {f"{root}/{n.rpartition('/')[0]}" for n in gone if "/" in n}
            for folder in [*inner, *missing]:  # some stores note a folder when its last file goes
                if not self._below(folder, deep=False):
                    with suppress(FileNotFoundError):
                        files.delete_dir(folder)


def _copied(source: Any, to: Any) -> None:
    while data := source.read(BLOCK):
        left = memoryview(data)
        while left:
            left = left[to.write(left) or len(left) :]
