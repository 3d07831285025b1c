"""Sources whose columns already have types: Parquet, Feather, and tables in memory.

Parquet is read one row group at a time, page by page, without read-ahead: by default the
library would hold about the whole file. Page checksums are verified where the file has them.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

import pyarrow as pa

from lstmprep.arrow import cell_text
from lstmprep.errors import DataError, LstmprepError, RecipeError, StorageError, Where
from lstmprep.sources.base import As, Chunk, Described, Look
from lstmprep.sources.files import InputFile
from lstmprep.wording import quoted, shown

BATCH = 1 << 14
TEXT = 16 << 20  # bytes of one text column at a time
LISTS = 16 << 20  # bytes of the lists of one batch


class TypedSource(ABC):
    """Rows from record batches of one schema."""

    format = "table"
    bytes = 0

    def __init__(self, name: str, schema: pa.Schema) -> None:
        self.name, self.schema, self.names, self.rows = name, schema, [str(n) for n in schema.names], 0
        seen: set[str] = set()
        for column in self.names:
            if column in seen:
                raise RecipeError(
                    f"two columns are called {quoted(column)}", fix="Rename one of them.", where=Where(file=name)
                )
            seen.add(column)

    @abstractmethod
    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """The rows of these columns, some ten thousand at a time."""
        ...

    def look(self) -> dict[str, Described]:
        """What each column holds, from its type."""
        return {name: Described(*_look(self.schema.field(i).type)) for i, name in enumerate(self.names)}

    def chunks(self, wanted: Mapping[str, As]) -> Iterator[Chunk]:
        """The rows in order, in the types of the source."""
        row = 0
        for chunk in chunked(self.batches(list(wanted)), wanted):
            yield chunk
            row = chunk.first + chunk.rows
        self.rows = row

    def where(self, row: int, column: str | None = None) -> Where:
        """File and row (from 1)."""
        return Where(self.name, row=row + 1, column=column)

    def cell(self, row: int, column: str) -> str | None:
        """The cell as text."""
        at = 0
        for batch in self.batches([column]):
            if row < at + batch.num_rows:
                return cell_text(batch.column(0)[row - at])
            at += batch.num_rows
        return None

    def digest(self) -> str | None:
        """Tables in memory have no bytes of their own."""
        return None

    def require_unchanged(self) -> None:  # noqa: B027 (a member that reads a file looks at it)
        """A table in memory is the caller's own."""


def _look(kind: pa.DataType) -> tuple[Look, str]:
    """What a type is good for, and its name."""
    from pyarrow import types as t

    text = str(kind)
    while t.is_dictionary(kind) or t.is_run_end_encoded(kind):
        kind = kind.value_type
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if t.is_integer(kind) or t.is_floating(kind) or t.is_decimal(kind):
        return "number", text
    if t.is_boolean(kind):
        return "bool", text
    if t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind):
        return "text", text
    if t.is_timestamp(kind) or t.is_date(kind):
        return "time", text
    return ("empty" if t.is_null(kind) else "other"), text


class FileSource(TypedSource):
    """A typed file on disk."""

    def __init__(self, file: InputFile, schema: pa.Schema) -> None:
        super().__init__(file.name, schema)
        self.file, self.bytes = file, file.stamp.size

    def digest(self) -> str | None:
        """The digest of the file's bytes."""
        return self.file.digest()

    def require_unchanged(self) -> None:
        """Refuse if the file was written to since it was opened."""
        self.file.require_unchanged()


class ParquetSource(FileSource):
    """A Parquet file."""

    format = "parquet"

    def __init__(self, file: InputFile) -> None:
        with readable(file.name, "Parquet"):
            self._meta = self._open(file).schema_arrow
        super().__init__(file, self._meta)

    @staticmethod
    def _open(file: InputFile, coded: list[str] | None = None) -> Any:
        from pyarrow import parquet

        source = file.open() if file.kept else file.path
        return parquet.ParquetFile(
            source, pre_buffer=False, buffer_size=1 << 16, page_checksum_verification=True, read_dictionary=coded
        )

    def places(self) -> list[tuple[int, int, int]] | None:
        """First row and number of every row group."""
        if self.file.kept is not None:
            return None
        with readable(self.name, "Parquet"), self._open(self.file) as parquet:
            rows = [parquet.metadata.row_group(i).num_rows for i in range(parquet.num_row_groups)]
        return [(first, i, 1) for i, first in enumerate(accumulate(rows[:-1], initial=0)) if rows]

    def piece(self, wanted: Mapping[str, As], at: int, size: int) -> Iterator[Chunk]:
        """The rows of so many row groups, counted from the first."""
        return chunked(self.batches(list(wanted), list(range(at, at + size))), wanted)

    def _texts(self, columns: list[str]) -> list[str]:
        """Columns of text: read as codes and a dictionary, as they are stored, however long the texts."""
        held = dict(zip(self.names, self.schema.types, strict=True))
        kinds = {name: held[name] for name in columns}
        return [name for name, kind in kinds.items() if pa.types.is_string(kind) or pa.types.is_large_string(kind)]

    def batches(self, columns: list[str], groups: list[int] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of these columns, of some row groups or all; the others are never unpacked."""
        with readable(self.name, "Parquet"), self._open(self.file, self._texts(columns)) as parquet:
            if not columns:
                yield from bare_rows(parquet.metadata.num_rows)
                return
            size = self._batch_size(parquet.metadata, columns)
            for batch in parquet.iter_batches(batch_size=size, row_groups=groups, columns=columns, use_threads=False):
                chosen = batch.select(columns)
                for column in chosen.columns:  # texts may be no UTF-8, and codes may point nowhere
                    if not pa.types.is_primitive(column.type):
                        column.validate(full=True)
                yield chosen

    def _batch_size(self, meta: Any, columns: list[str]) -> int:
        """Rows of one batch: fewer where a cell is a list, which may be long."""
        if not any(pa.types.is_nested(self.schema.field(name).type) for name in columns):
            return BATCH
        largest = max(
            (g.total_byte_size // max(1, g.num_rows) for g in map(meta.row_group, range(meta.num_row_groups))),
            default=0,
        )
        return max(1, min(BATCH, LISTS // max(1, largest)))


class FeatherSource(FileSource):
    """A Feather (Arrow IPC) file."""

    format = "feather"

    def __init__(self, file: InputFile) -> None:
        with readable(file.name, "Feather"), file.open() as stream:
            schema = pa.ipc.open_file(stream).schema
        super().__init__(file, schema)

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """The rows of these columns."""
        with readable(self.name, "Feather"), self.file.open() as stream:
            reader = pa.ipc.open_file(stream)
            for i in range(reader.num_record_batches):
                batch = reader.get_batch(i).select(columns)
                for at in range(0, batch.num_rows, BATCH):
                    yield batch.slice(at, BATCH)


class FrameSource(TypedSource):
    """A table in memory: pandas, polars or pyarrow."""

    def __init__(self, table: pa.Table, name: str = "table") -> None:
        super().__init__(name, table.schema)
        self._table = table

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """The rows of these columns; nothing is copied."""
        if not columns:
            yield from bare_rows(self._table.num_rows)
            return
        yield from self._table.select(columns).to_batches(max_chunksize=BATCH)


def chunked(batches: Iterator[pa.RecordBatch], wanted: Mapping[str, As]) -> Iterator[Chunk]:
    """The rows of batches as chunks, fewer rows where texts are long."""
    row = 0
    for batch in batches:
        rows = rows_at_once(batch)
        for at in range(0, batch.num_rows, rows):
            piece = batch.slice(at, rows) if rows < batch.num_rows else batch
            yield Chunk(row + at, piece.num_rows, {name: piece.column(i) for i, name in enumerate(wanted)})
        row += batch.num_rows


def rows_at_once(batch: pa.RecordBatch) -> int:
    """Rows whose texts fit into memory once they are written out: a dictionary may hold a few huge ones."""
    rows = BATCH
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and len(column.dictionary):
            each = column.dictionary.nbytes // len(column.dictionary)
            if each > TEXT // BATCH:
                rows = min(rows, max(1, TEXT // longest(column.dictionary)))
    return rows


def longest(texts: pa.Array) -> int:
    """Bytes of the longest value."""
    from pyarrow import compute

    try:
        most = int(compute.max(compute.binary_length(texts)).as_py() or 0)
    except pa.ArrowException:  # of a fixed width
        most = int(texts.nbytes // len(texts))
    return max(1, most)


def bare_rows(rows: int) -> Iterator[pa.RecordBatch]:
    """So many rows of no column."""
    for at in range(0, rows, BATCH):
        yield pa.record_batch([pa.nulls(min(BATCH, rows - at))], names=[""]).select([0])


_NO_ROOM = re.compile("launch worker thread|malloc of size|realloc of size|bad_alloc|out of memory", re.IGNORECASE)


@contextmanager
def readable(name: str, kind: str) -> Iterator[None]:
    """Whatever a reader raises about broken bytes becomes one answer."""
    try:
        yield
    except (LstmprepError, MemoryError, ImportError):
        raise
    except OSError as error:
        if error.errno is not None:
            raise StorageError.from_os(error, "read it", where=Where(file=name)) from error
        raise _broken(name, kind, error) from error
    except Exception as error:  # corrupt bytes raise UnicodeDecodeError, OverflowError and more, not only ArrowInvalid
        if _NO_ROOM.search(str(error)):
            raise MemoryError from error
        raise _broken(name, kind, error) from error


def _broken(name: str, kind: str, error: Exception) -> DataError:
    reason = shown(" ".join(str(error).split()), 160)
    return DataError(
        f"this is not a valid {kind} file, or it is damaged: {reason}",
        fix="Copy or write the file again.",
        where=Where(file=name),
    )
