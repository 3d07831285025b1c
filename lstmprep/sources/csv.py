"""Delimited text (CSV, TSV), a few megabytes at a time, with stated column types.

    block of whole records -> pyarrow.csv (types stated, never guessed) -> columns

Where Arrow cannot parse a number, the column is read as text from that block on, and the
ingest turns text into numbers or names the cell. Nothing is inferred, so that the same
cell means the same wherever in the file it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lstmprep.errors import DataError, RecipeError, Where, located
from lstmprep.marks import decimal_comma, lines_above
from lstmprep.sources import heading
from lstmprep.sources.ahead import aside, in_pairs, require_threads
from lstmprep.sources.base import As, Chunk, Described, Look
from lstmprep.sources.blocks import OPENING, Block, blocks, is_plain, line_at, lines_in, opening, records
from lstmprep.sources.files import InputFile
from lstmprep.sources.parsed import Parser, Types, odd_columns
from lstmprep.wording import counted, listed, shown

if TYPE_CHECKING:
    from lstmprep.parts import Reading

_COLUMN = re.compile(r"In CSV column #(\d+)")
MOST_RETRIES = 4
_TRUTH = ("true", "false")


class CsvSource:
    """A delimited text file.

    Parameters
    ----------
    file : InputFile
    reading : Reading
        Delimiter, decimal mark, encoding, header and texts for missing values.
    tabbed : bool
        Whether TAB is the delimiter when none is given.

    Raises
    ------
    DataError
        If there is no header, or it names a column twice.
    """

    format = "csv"

    def __init__(self, file: InputFile, reading: Reading, *, tabbed: bool = False) -> None:
        self.file, self.name, self.bytes = file, file.name, file.stamp.size
        self.rows = 0
        self._delimiter = reading.delimiter or ("\t" if tabbed else ",")
        self._reading = reading
        self.missing = reading.missing_texts
        self._marks: list[int] = []  # first row of each block
        self._bytes: list[tuple[int, int]] = []  # where each block begins in the text, and its bytes
        with located(file=self.name):
            first = opening(file, reading.encoding, self._delimiter)
            found, self._skip = heading.names(first, self._delimiter, reading, self.name)
            self.names = heading.distinct(found)
            self._number = {name: str(i) for i, name in enumerate(self.names)}  # what Arrow calls each column
            self._seen = first[self._skip : self._skip + OPENING]
        self._parser = Parser(len(self.names), self._delimiter, reading.decimal, self.missing)

    def looks_headerless(self) -> bool:
        """Whether the header line looks like data: numbers and dates only, or mostly decimals."""
        return not self._reading.no_header and heading.is_data(self.names)

    def look(self) -> dict[str, Described]:
        """What each column seems to hold in its first rows; the ingest checks the rest."""
        rows: list[list[str]] = []
        for _, cells in records(self._seen, self._delimiter):
            if len(cells) == len(self.names):
                rows.append(cells)
            if len(rows) == 200:
                break
        return {name: self._described([r[i].strip() for r in rows]) for i, name in enumerate(self.names)}

    def _described(self, cells: list[str]) -> Described:
        real = [c.strip('"').strip() for c in cells if c.strip('"') not in self.missing]
        if not real:
            return Described("empty")
        look: Look = "text"
        if sum(self._is_number(c) for c in real) * 2 > len(real):
            look = "number"
        elif all(c.lower() in _TRUTH for c in real):
            look = "bool"
        return Described(look, "text", real[0])

    def _is_number(self, cell: str) -> bool:
        if self._reading.thousands:
            cell = cell.replace(self._reading.thousands, "")
        return bool(
            heading.NUMBER.match(cell.replace(self._reading.decimal, ".") if self._reading.decimal != "." else cell)
        )

    def chunks(self, wanted: Mapping[str, As]) -> Iterator[Chunk]:
        """The rows in order; a column of numbers comes as float64, or as text once a cell is odd."""
        types = self._types(wanted)
        row, self._marks, self._bytes = 0, [], []
        require_threads()
        for first, second in in_pairs(blocks(self.file, self._reading.encoding, self._delimiter)):
            then = dict(types)
            beside = self._beside(second, then) if second is not None else None
            try:
                for block, made in ((first, None), (second, beside)):
                    if block is None:
                        continue
                    table = self._table(block, types, row, made if types == then else None)
                    self._marks.append(row)
                    self._bytes.append((block.offset, len(block.data)))
                    if table is not None and table.num_rows:
                        yield self._chunk(row, table, wanted)
                        row += table.num_rows
            finally:
                if beside is not None:
                    beside()
        self.rows = row

    def places(self) -> list[tuple[int, int, int]] | None:
        """First row, first byte and bytes of every block of the last pass; None where the text is not the bytes of the file."""
        plain = self.file.kept is None and is_plain(self.file, self._reading.encoding)
        return [(row, *at) for row, at in zip(self._marks, self._bytes, strict=True)] if plain else None

    def piece(self, wanted: Mapping[str, As], at: int, size: int) -> Iterator[Chunk]:
        """The rows of one block, counted from its first."""
        with self.file.open() as stream:
            mark = stream.read(len(BOM_UTF8)) == BOM_UTF8
            stream.seek(at + (len(BOM_UTF8) if mark else 0))
            data = stream.read(size)
        table = self._table(Block(data, at, 0), self._types(wanted), 0, None)
        if table is not None and table.num_rows:
            yield self._chunk(0, table, wanted)

    def _types(self, wanted: Mapping[str, As]) -> Types:
        """What Arrow is to make of each column, by its number."""
        numbers = pa.float64() if self._reading.thousands is None else pa.string()
        return {self._number[name]: numbers if kind == "number" else pa.string() for name, kind in wanted.items()}

    def _chunk(self, row: int, table: pa.Table, wanted: Mapping[str, As]) -> Chunk:
        return Chunk(row, table.num_rows, {n: _one(table.column(self._number[n])) for n in wanted})

    def _beside(self, block: Block, types: Types) -> Callable[[], pa.Table | None]:
        """Parse a block in a thread; there is no table where anything is odd, which is for `_parsed` to say."""
        data = self._below_header(block)
        return aside(lambda: self._parser.plain(data, types, quoted=block.quoted))

    def _table(
        self, block: Block, types: Types, row: int, made: Callable[[], pa.Table | None] | None
    ) -> pa.Table | None:
        """The rows of a block, which may have been parsed already; None where nothing stands in it but empty lines."""
        data = self._below_header(block)
        if not data or (len(self.names) > 1 and data[0] in b"\r\n" and not data.strip(b"\r\n")):
            return None
        table = made() if made is not None else None
        return self._parsed(data, types, row, block) if table is None else table

    def _below_header(self, block: Block) -> bytes:
        skip = self._skip - block.offset
        return block.data[skip:] if skip > 0 else block.data

    def _line(self, block: Block) -> int:
        """The line on which the rows of a block begin."""
        first = line_at(self.file, self._reading.encoding, self._delimiter, block.number)
        return first + block.lines - lines_in(self._below_header(block))

    def _parsed(self, data: bytes, types: Types, row: int, block: Block) -> pa.Table:
        """One block as a table; a column whose numbers Arrow cannot parse becomes text for good."""
        for failures in count():
            if failures == MOST_RETRIES:  # of a hundred thousand columns, each would cost a reading of the block
                types |= dict.fromkeys(types, pa.string())
            try:
                table = self._parser.table(data, types, quoted=block.quoted)
            except pa.ArrowInvalid as error:
                text = str(error)
                found = _COLUMN.match(text)
                if found is None or "UTF8" in text or types.get(self._type_key(types, int(found[1]))) == pa.string():
                    raise self._unreadable(data, text, row, self._line(block)) from None
                types[self._type_key(types, int(found[1]))] = pa.string()
                continue
            odd = odd_columns(table, types)
            if not odd:
                return table
            types |= dict.fromkeys(odd, pa.string())
        raise AssertionError("unreachable: text is always read")

    @staticmethod
    def _type_key(types: Types, number: int) -> str:
        """Arrow counts the columns of the file."""
        return str(number) if str(number) in types else list(types)[min(number, len(types) - 1)]

    def _unreadable(self, data: bytes, reason: str, row: int, line: int) -> DataError:
        """The first record of a block that has too few or too many cells, or is no UTF-8."""
        if "UTF8" in reason:
            for i, text in enumerate(data.splitlines()):
                try:
                    text.decode()
                except UnicodeDecodeError as error:
                    return DataError(
                        f"the text is not UTF-8: byte {text[error.start]:#04x}",
                        fix="Name the encoding, for example --encoding latin-1 or cp1252.",
                        where=Where(self.name, line=line + i),
                    )
        width = len(self.names)
        for i, (at, cells) in enumerate(self._rows_of(data)):
            if len(cells) != width:
                fix = "Mend the line: a row may not be shorter or longer than the header."
                comma = width == 1 and decimal_comma(self._delimiter.join(cells), self._delimiter)
                if comma:
                    fix = comma
                elif row + i == 0:
                    fix = f"{lines_above(line + at)} Without a header use --no-header."
                return DataError(
                    f"the row has {counted(len(cells), 'value')}, the header {counted(width, 'name')}",
                    fix=fix,
                    where=Where(self.name, row=row + i + 1, line=line + at),
                )
        return DataError(
            f"the text cannot be parsed: {shown(reason, 200)}",
            fix="Look at the quotes and line ends there.",
            where=Where(self.name, line=line),
        )

    def _rows_of(self, data: bytes) -> Iterator[tuple[int, list[str]]]:
        """(line within the block, cells) of the records Arrow counts as rows."""
        for at, cells in records(data, self._delimiter):
            if cells or len(self.names) == 1:
                yield at, cells or [""]

    def _record(self, row: int) -> tuple[int | None, list[str] | None]:
        """The line on which a row stands, and its cells, where the file can be read again."""
        n = bisect_right(self._marks, row) - 1
        line = 1
        for i, block in enumerate(blocks(self.file, self._reading.encoding, self._delimiter)):
            if i == n:
                data = self._below_header(block)
                line += block.lines - lines_in(data)
                for k, (at, cells) in enumerate(self._rows_of(data)):
                    if k == row - self._marks[n]:
                        return line + at, cells
            line += block.lines
        return None, None

    def where(self, row: int, column: str | None = None) -> Where:
        """File, row and line (both from 1) of a row that was read."""
        return Where(self.name, row=row + 1, line=self._record(row)[0], column=column)

    def cell(self, row: int, column: str) -> str | None:
        """The text of a cell as it stands in the file."""
        cells = self._record(row)[1]
        return None if cells is None else cells[self.names.index(column)]

    def headerless(self) -> RecipeError:
        """The answer to a first line of numbers."""
        return RecipeError(
            f"the first line looks like data, not like names: {listed(self.names, 6)}",
            fix="If the file has no header, add --no-header; if these are names, choose columns with --features.",
            where=Where(self.name),
        )

    def digest(self) -> str | None:
        """The digest of the file's bytes."""
        return self.file.digest()

    def require_unchanged(self) -> None:
        """Refuse if the file was written to since it was opened."""
        self.file.require_unchanged()


def _one(column: Any) -> Any:
    """A column of one block as one array."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
