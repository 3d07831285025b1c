"""Input files: finding them, telling what they are by their first bytes, reading them once.

A file is looked at before it is read: what a person calls `data.csv` may be a zip, a web
page, or a pointer to a file that was never fetched. Digests are taken over pieces of
64 MiB (the digest of the pieces' digests, in order), so that pieces may be read in any order.

Knows bytes and names; nothing of rows or columns.
"""

from __future__ import annotations

import io
import os
import re
import select
import stat
import sys
import weakref
from typing import Any, Self

from lstmprep.errors import DataError, RecipeError, StorageError, Where
from lstmprep.records import record
from lstmprep.remote import remote
from lstmprep.urls import is_url

PIECE = 64 << 20
SUFFIXES = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".parquet": "parquet", ".pq": "parquet", ".parq": "parquet",
    ".feather": "feather", ".arrow": "feather", ".ipc": "feather", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".npy": "npy", ".h5": "hdf5", ".hdf5": "hdf5", ".hdf": "hdf5",
}  # fmt: skip
PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd"}
_READ = {b"PAR1": "parquet", b"ARROW1": "feather", b"\x93NUMPY": "npy", b"\x89HDF\r\n\x1a\n": "hdf5"}
_NAMES = {"parquet": "Parquet", "feather": "Feather", "npy": "NumPy", "hdf5": "HDF5"}
_REFUSED: list[tuple[bytes, str, str]] = [
    (
        b"PK\x03\x04",
        "a zip file or an Excel workbook",
        "Save the sheet as CSV, or unpack it first: unzip -p FILE | lstmprep window - ...",
    ),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save the sheet as CSV."),
    (b"%PDF", "a PDF", "Export the table as CSV."),
    (b"\x89HDF", "an HDF5 file", "Leave --input-format out, or say --input-format hdf5."),
    (b"\x93NUMPY", "a NumPy array", "Leave --input-format out, or say --input-format npy."),
    (
        b"SQLite format",
        "an SQLite database",
        "Export the table: sqlite3 -csv -header FILE 'select * from t' | lstmprep window - ...",
    ),
    (b"\xfd7zXZ", "an xz file", "Unpack it on the way: xz -dc FILE | lstmprep window - ..."),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "Fetch the file first: git lfs pull."),
    (b"\xff\xfe\x00\x00", "text in UTF-32", "Name the encoding: --encoding utf-32."),
    (b"\x00\x00\xfe\xff", "text in UTF-32", "Name the encoding: --encoding utf-32."),
    (b"\xff\xfe", "text in UTF-16", "Name the encoding: --encoding utf-16."),
    (b"\xfe\xff", "text in UTF-16", "Name the encoding: --encoding utf-16."),
    (b"\x7fELF", "a program", "Give the file that holds the table."),
    (b"\x80\x04\x95", "a Python pickle, which is never loaded", "Save the table as CSV or Parquet."),
    (b"\x80\x05\x95", "a Python pickle, which is never loaded", "Save the table as CSV or Parquet."),
]


@record(frozen=True)
class Stamp:
    """What tells that a file is still the same."""

    size: int
    changed: int
    node: int
    touched: int


class InputFile:
    """One file of the input, or standard input kept in a file without a name.

    Parameters
    ----------
    path : str
        As the user gave it; ``-`` is standard input.
    name : str
        As it is called in messages and the manifest: never an absolute path.
    folder : str
        The name of the folder it lies in, without what is above.
    """

    def __init__(self, path: str, name: str, folder: str = "") -> None:
        self.path, self.folder = path, os.fsencode(folder).decode("utf-8", "backslashreplace")
        self.name = os.fsencode(name).decode("utf-8", "backslashreplace")  # a name may be no text at all
        self.known_digest: str | None = None
        self.kept: Any = None  # the file without a name, when its bytes do not stand under its path
        if path == "-":
            self._keep_stdin()
        elif is_url(path):
            with remote(path, self.name) as stream:
                self._keep(stream)
        elif stat.S_ISFIFO(self._mode()) or stat.S_ISCHR(self._mode()):
            with self.open() as pipe:  # a pipe can be read once only
                self._keep(pipe)
        self.stamp = self._stamp()

    def _mode(self) -> int:
        try:
            return os.stat(self.path).st_mode
        except OSError as error:
            raise StorageError.from_os(error, "read it", where=Where(file=self.name)) from error

    def _keep_stdin(self) -> None:
        if sys.stdin is not None and sys.stdin.isatty():
            raise RecipeError("standard input is a terminal", fix="Feed a table: lstmprep window - ... < data.csv")
        self._keep(sys.stdin.buffer if sys.stdin is not None else io.BytesIO())

    def _keep(self, stream: Any) -> None:
        import tempfile

        kept = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the input)
        weakref.finalize(self, kept.close)
        where = Where(file=self.name)
        while piece := self._next(stream, where):
            try:
                kept.write(piece)
                kept.flush()
            except OSError as error:
                raise StorageError.from_os(error, "keep what a pipe gives", where=where) from error
        self.kept = kept

    def _next(self, stream: Any, where: Where) -> bytes:
        try:
            return _next_of(stream)
        except OSError as error:
            if is_url(self.path):
                raise  # answered where it was asked for
            raise StorageError.from_os(error, "read it", where=where) from error

    def _stamp(self) -> Stamp:
        try:
            found = os.fstat(self.kept.fileno()) if self.kept else os.stat(self.path)
        except OSError as error:
            raise StorageError.from_os(error, "read it", where=Where(file=self.name)) from error
        return Stamp(found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)

    def open(self) -> Any:
        """The bytes from the start."""
        try:
            if self.kept:
                return io.BufferedReader(_Kept(self.kept.fileno()))
            return open(self.path, "rb")
        except OSError as error:
            raise StorageError.from_os(error, "read it", where=Where(file=self.name)) from error

    def head(self, n: int = 4096) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return self._read(stream, n)

    def _read(self, stream: Any, n: int) -> bytes:
        try:
            found: bytes = stream.read(n)
        except OSError as error:
            raise StorageError.from_os(error, "read it", where=Where(file=self.name)) from error
        return found

    def require_unchanged(self) -> None:
        """Refuse a result made from a file that was written to meanwhile."""
        if self._stamp() != self.stamp:
            raise StorageError(
                "the file changed while it was read",
                fix="Run again once nothing writes to it.",
                where=Where(file=self.name),
            )

    def digest(self) -> str:
        """``xxh3:...`` of the bytes, over pieces of 64 MiB."""
        if self.known_digest is None:
            with self.watched() as stream:
                while self._read(stream, 1 << 20):
                    pass
        assert self.known_digest is not None
        return self.known_digest

    def watched(self) -> _Watched:
        """The bytes from the start; whoever reads them to the end has made the digest on the way."""
        return _Watched(self)


class _Watched:
    """A file whose digest is known once it is read."""

    def __init__(self, file: InputFile) -> None:
        from lstmprep.digest import Digest

        self._file, self._raw, self._digest = file, file.open(), Digest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def read(self, n: int) -> bytes:
        piece: bytes = self._raw.read(n)
        if piece:
            self._digest.update(piece)
        else:
            self._file.known_digest = self._digest.text()
        return piece

    def close(self) -> None:
        self._raw.close()


def _next_of(stream: Any) -> bytes:
    """What a pipe has now; waits for it in short sleeps: a signal that comes right before a long one would not be heard in it."""
    if isinstance(stream, io.BufferedReader) and hasattr(select, "poll"):
        waiting = select.poll()
        waiting.register(stream.fileno(), select.POLLIN)
        while not waiting.poll(500):
            pass
        return stream.read1(1 << 20)
    found: bytes = stream.read(1 << 20)
    return found


class _Kept(io.RawIOBase):
    """Standard input as it was kept, read at a place of its own."""

    def __init__(self, handle: int) -> None:
        self._handle, self._at = handle, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: os.fstat(self._handle).st_size}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, into: Any) -> int:
        piece = os.pread(self._handle, len(into), self._at)
        into[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def format_of(file: InputFile, asked: str | None) -> str:
    """The format of a file: as asked, else by content, else by suffix.

    Raises
    ------
    DataError
        If the content is something that is no table here.
    """
    head = file.head(512)
    if asked in ("csv", "tsv", "jsonl"):
        return asked
    for magic, name in _READ.items():
        if head.startswith(magic):
            return name
    where = Where(file=file.name)
    stem = file.name.lower()
    for packed in (".gz", ".bz2", ".zst"):
        stem = stem.removesuffix(packed)
    by_name = asked or SUFFIXES.get(os.path.splitext(stem)[1])
    if by_name in _NAMES:
        raise DataError(
            f"this is not a valid {_NAMES[by_name]} file",
            fix="Check how it was written or copied; give --input-format csv if it is text.",
            where=where,
        )
    if not head:
        raise DataError("the file is empty (0 bytes)", fix="Give a file with a header and rows.", where=where)
    return by_name or "csv"


def refuse_strangers(head: bytes, name: str, *, encoding: str = "utf-8", json: bool = False) -> None:
    """Answer bytes that are no delimited text with what they are."""
    wide = encoding.lower().replace("-", "").replace("_", "").startswith(("utf16", "utf32"))
    if head.startswith(b"PK\x03\x04") and name.lower().endswith(".npz"):
        raise DataError(
            "this is an archive of arrays (.npz)",
            fix="Give one of its arrays: np.save('x.npy', np.load(FILE)['x']).",
            where=Where(file=name),
        )
    for magic, what, fix in _REFUSED:
        if head.startswith(magic) and not (wide and "UTF-" in what):
            raise DataError(f"this is {what}", fix=fix, where=Where(file=name))
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise DataError(
            "this is a web page or XML, not a table",
            fix="Download the file itself, and look at it before you use it.",
            where=Where(file=name),
        )
    if not json and (start.startswith(b"{") or re.match(rb"\[\s*[\[{]", start)):
        raise DataError(
            "this is JSON, not delimited text",
            fix="One object per line is read with --input-format jsonl; other JSON must be made a table first.",
            where=Where(file=name),
        )
