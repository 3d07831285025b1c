"""Delimited text as blocks of whole records.

    bytes  ->  unpack (gz, bz2, zst)  ->  transcode to UTF-8  ->  cut after the last record end
               a newline inside quotes ends no record: it has an odd number of quotes before it

Each block knows its place, so a record that cannot be read is found in one block. Lines are counted for messages alone.
Memory is one block and the piece before it, however large the file.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import sys
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from typing import Any

import numpy as np

from lstmprep.errors import DataError, StorageError, Where
from lstmprep.marks import wide_encoding
from lstmprep.records import record
from lstmprep.sources.files import PACKED, InputFile, refuse_strangers
from lstmprep.sources.quotes import LINE_END, open_after, places, record_end, stray_quote
from lstmprep.wording import quoted

BLOCK = 1 << 20
OPENING = 1 << 16
LONGEST_RECORD = 256 << 20


@record(frozen=True, eq=False)
class Block:
    """Whole records: their bytes, their place in the text, how many blocks are before them, and whether a quote may be among them."""

    data: bytes
    offset: int
    number: int
    quoted: bool = True

    @property
    def lines(self) -> int:
        """Line ends, counted when somebody asks: only messages do."""
        return lines_in(self.data)


def text_stream(file: InputFile, encoding: str, *, json: bool = False) -> Any:
    """The file's text as bytes in UTF-8, unpacked, without a byte order mark."""
    import pyarrow as pa

    head = file.head(512)
    packed = next((kind for magic, kind in PACKED.items() if head.startswith(magic)), None)
    if packed:
        with pa.CompressedInputStream(pa.PythonFile(file.open(), mode="r"), packed) as inside:
            head = _read(inside, 512, file.name)
    refuse_strangers(head, file.name, encoding=encoding, json=json)
    raw: Any = file.open() if packed else file.watched()
    if packed:
        raw = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), packed)
    plain = codecs.lookup(encoding).name in ("utf-8", "ascii")
    return raw if plain else _Transcoded(raw, encoding, file.name)


def is_plain(file: InputFile, encoding: str) -> bool:
    """Whether the text is the bytes of the file: neither packed nor of another encoding."""
    return codecs.lookup(encoding).name in ("utf-8", "ascii") and not file.head(8).startswith(tuple(PACKED))


class _Transcoded:
    """Text of another encoding, as UTF-8."""

    def __init__(self, raw: Any, encoding: str, name: str) -> None:
        self._raw, self._name, self._encoding = raw, name, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def read(self, n: int) -> bytes:
        piece = _read(self._raw, n, self._name)
        try:
            text = self._decoder.decode(piece, final=not piece)
        except UnicodeError as error:
            raise DataError(
                f"the text is not {self._encoding}: {error}",
                fix="Name the right encoding with --encoding.",
                where=Where(file=self._name),
            ) from None
        return text.encode() if text or not piece else self.read(n)

    def close(self) -> None:
        self._raw.close()


def _read(stream: Any, n: int, name: str) -> bytes:
    try:
        found: bytes = stream.read(n)
    except EOFError:
        raise _cut_short(name) from None
    except OSError as error:
        if error.errno is None:  # the unpacker's own words, not the system's
            raise _cut_short(name) from error
        raise StorageError.from_os(error, "read it", where=Where(file=name)) from error
    return found


def _cut_short(name: str) -> DataError:
    return DataError(
        "the packed file is damaged or cut short",
        fix="Copy or download it again, and test it with gzip -t, bzip2 -t or zstd -t.",
        where=Where(file=name),
    )


def blocks(
    file: InputFile, encoding: str, delimiter: str | None, first: int | None = None
) -> Generator[Block, None, None]:
    """The records of a file, some megabytes at a time.

    Parameters
    ----------
    file : InputFile
    encoding : str
    delimiter : str or None
        What stands between cells; None for lines of JSON, where quotes hold no newline.
    first : int or None
        Bytes of the first block, where little is wanted.

    Raises
    ------
    DataError
        If the bytes are no text, a packed file is cut short, or a quote is never closed.
    """
    stream = text_stream(file, encoding, json=delimiter is None)
    try:
        data, offset, number, half = b"", 0, 0, False
        plain, size = True, min(first or BLOCK, BLOCK)  # whether LF alone ends a record, wherever it stands

        def here(at: int) -> Where:
            return Where(file.name, line=line_at(file, encoding, delimiter, number) + lines_in(data[:at]))

        while True:
            piece, size = _read(stream, size, file.name), BLOCK
            last = not piece
            if half and piece.startswith(b"\n"):  # of a CRLF whose CR ended the last block
                piece, offset = piece[1:], offset + 1
            half = half and last
            if not offset and not data:
                piece = piece.removeprefix(codecs.BOM_UTF8)
            plain = plain and b"\r" not in piece and (delimiter is None or b'"' not in piece)
            nul = b"\0" in piece
            if plain and not nul and (end := piece.rfind(b"\n") + 1):
                whole = b"".join((data, memoryview(piece)[:end]))
                yield Block(whole, offset, number, quoted=False)
                offset, number, data = offset + len(whole), number + 1, piece[end:]
                continue
            data = data + piece if data else piece
            if nul:
                raise _no_text(here(data.index(b"\0")), b"" if offset else data[:512])
            cut = _cut(data, delimiter, here, last=last)
            if cut:
                block = data[:cut]
                half = block.endswith(b"\r") and cut == len(data)
                cut += block.endswith(b"\r") and data.startswith(b"\n", cut)
                yield Block(block, offset, number)
                offset, number, data = offset + cut, number + 1, data[cut:]
                plain = b"\r" not in data and (delimiter is None or b'"' not in data)
            if last:
                return
    finally:
        stream.close()


def line_at(file: InputFile, encoding: str, delimiter: str | None, number: int) -> int:
    """The line (from 1) on which a block begins, by the block's number; the text before it is read again."""
    return 1 + sum(block.lines for block in islice(blocks(file, encoding, delimiter), number))


def _cut(data: bytes, delimiter: str | None, here: Callable[[int], Where], *, last: bool) -> int:
    """The bytes of whole records that text begins with; 0 when the first one is not over."""
    newline = _newline_of(data, delimiter)
    quotes = None if delimiter is None else places(data)
    if delimiter is None:
        cut, opened = data.rfind(newline) + 1, -1
    else:
        cut, opened = record_end(data, newline, delimiter.encode(), quotes)
    if (last and opened >= 0) or (not cut and len(data) > LONGEST_RECORD):
        raise DataError(
            "a quote is opened here and never closed",
            fix='Close it, or write a quote inside a cell twice: "".',
            where=here(max(opened, 0)),
        )
    cut = len(data) if last else cut
    stray = -1 if delimiter is None else stray_quote(data, cut, delimiter.encode(), quotes)
    if stray >= 0:
        behind = data[stray + 1 : stray + 2].decode("ascii", "replace")
        other = (
            f" If {quoted(behind)} stands between the cells, add --delimiter {quoted(behind)}."
            if behind in ";|\t"
            else ""
        )
        raise DataError(
            "a quote closes a cell here, and more of the cell stands behind it",
            fix=f'Look for the quote that opened it: a quote inside a cell is written twice, "".{other}',
            where=here(stray),
        )
    return cut


def _newline_of(piece: bytes, delimiter: str | None) -> bytes:
    """LF (also after CR) or CR: how the first record ends."""
    if b"\r" not in piece:
        return b"\n"
    end, opened = 0, -1
    while end == 0 or (opened >= 0 and end < len(piece)):
        start, end = end, next_line(piece, end)
        opened = open_after(piece, start, end, delimiter.encode(), opened) if delimiter else -1
    return b"\r" if piece[end - 1 : end] == b"\r" else b"\n"


def lines_in(data: bytes) -> int:
    """Line ends: LF, CRLF or CR, each one."""
    count = int(
        np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    )  # bytes.count is slow where there are many
    return count + data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else count


def _no_text(where: Where, head: bytes) -> DataError:
    fix = "The file is binary, damaged, or in another encoding: mend it, or name the encoding with --encoding."
    wide = wide_encoding(head)
    fix = f"This looks like text of another encoding: --encoding {wide}." if wide else fix
    return DataError("there is a NUL byte, which no text holds", fix=fix, where=where)


def opening(file: InputFile, encoding: str, delimiter: str) -> bytes:
    """The first records of a file, some ten thousand bytes or all there are."""
    found = b""
    with contextlib.closing(blocks(file, encoding, delimiter, first=4 * OPENING)) as pieces:
        try:
            for block in pieces:
                found += block.data
                if len(found) >= next_line(found, 0) + OPENING:  # below the header, which may be long
                    break
        except DataError:  # the pass will come to it, and know the row
            if not found:
                raise
    return found


def records(data: bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line within the block from 0, cells) of every record, blank lines as an empty list."""
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline=""), delimiter=delimiter)
    line = 0
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num
    except csv.Error as error:
        raise DataError(f"the line cannot be read: {error}", fix="Mend the line.", where=Where(line=line + 1)) from None


def first_record(data: bytes, delimiter: str, name: str) -> tuple[list[str], int]:
    """The cells of the first record that is not blank, and the bytes it takes."""
    at = 0
    while at < len(data):
        end, opened = at, -1
        while end == at or (opened >= 0 and end < len(data)):
            start, end = end, next_line(data, end)
            opened = open_after(data, start, end, delimiter.encode(), opened)
        head = data[at:end].rstrip(b"\r\n")
        if head.strip():
            try:
                text = head.decode("utf-8")
            except UnicodeDecodeError as error:
                raise DataError(
                    f"the header is not UTF-8: byte {head[error.start]:#04x} at place {error.start + 1}",
                    fix="Name the encoding, for example --encoding latin-1 or cp1252.",
                    where=Where(file=name),
                ) from None
            cells = next(iter(records(text.encode(), delimiter)))[1]
            return [_bare(c) for c in cells], end
        at = end
    return [], len(data)


def next_line(data: bytes, at: int) -> int:
    """The place behind the next line end: LF, CRLF or CR."""
    found = LINE_END.search(data, at)
    return found.end() if found else len(data)


def _bare(cell: str) -> str:
    """A cell without the blanks, and the quotes behind blanks, around it."""
    cell = cell.strip()
    return cell[1:-1].strip() if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
