"""JSON, one object per line, some megabytes at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pyarrow as pa
from pyarrow import json as pajson

from lstmprep.errors import DataError, Where, located
from lstmprep.sources.arrow import _look
from lstmprep.sources.base import As, Chunk, Described
from lstmprep.sources.blocks import blocks
from lstmprep.sources.files import InputFile
from lstmprep.wording import quoted, shown

_ROW = re.compile(r"\.? in row ([0-9]+)\Z")  # Arrow counts from 0, in a block


class JsonlSource:
    """A file of JSON objects; a key that an object lacks is a missing value."""

    format = "jsonl"

    def __init__(self, file: InputFile) -> None:
        self.file, self.name, self.bytes, self.rows = file, file.name, file.stamp.size, 0
        self._marks: list[tuple[int, int, int, int]] = []  # first row, first line, rows, lines of each block
        with located(file=self.name):
            first = next(self._blocks(), (b"", 0))[0]
            if not first.strip():
                raise DataError("the file is empty (no lines)", fix="Give a file with one JSON object per line.")
            found = self._parsed(first, None, 0).schema
            # a text that looks like a time stays a text
            self._schema = pa.schema([(f.name, pa.string() if pa.types.is_temporal(f.type) else f.type) for f in found])
        self.names = list(self._schema.names)

    def _blocks(self) -> Iterator[tuple[bytes, int]]:
        """Whole lines: quotes in JSON are escaped with a backslash and hold no bare newline."""
        rest, line = b"", 1
        for block in blocks(self.file, "utf-8", None):
            data = rest + block.data
            cut = data.rfind(b"\n") + 1
            rest = data[cut:]
            if cut:
                yield data[:cut], line
                line += data[:cut].count(b"\n")
        if rest.strip():
            yield rest, line

    def _parsed(self, data: bytes, schema: pa.Schema | None, line: int) -> pa.Table:
        try:
            return pajson.read_json(
                pa.BufferReader(data),
                read_options=pajson.ReadOptions(block_size=len(data) + 1, use_threads=False),
                parse_options=pajson.ParseOptions(
                    explicit_schema=schema, unexpected_field_behavior="error" if schema else "infer"
                ),
            )
        except pa.ArrowInvalid as error:
            told = _ROW.search(str(error))
            reason = shown(" ".join(_ROW.sub("", str(error)).split()), 160)
            raise DataError(
                f"a line cannot be read: {reason}",
                fix="Every line is one JSON object whose keys keep one type; mend the line.",
                where=Where(self.name, line=_line_of(data, line or 1, int(told[1]) if told else 0)),
            ) from None

    def look(self) -> dict[str, Described]:
        """What each key holds, from the first lines."""
        return {name: Described(*_look(self._schema.field(name).type)) for name in self.names}

    def chunks(self, wanted: Mapping[str, As]) -> Iterator[Chunk]:
        """The rows in order, numbers as float64."""
        schema = pa.schema([(f.name, _wide(f.type, wanted.get(f.name))) for f in self._schema])
        row, self._marks = 0, []
        for data, line in self._blocks():
            table = self._parsed(data, schema, line)
            self._marks.append((row, line, table.num_rows, len(data.splitlines())))
            yield Chunk(row, table.num_rows, {name: table.column(name).combine_chunks() for name in wanted})
            row += table.num_rows
        self.rows = row

    def where(self, row: int, column: str | None = None) -> Where:
        """File and row, both from 1."""
        first, line, rows, lines = next((m for m in reversed(self._marks) if m[0] <= row), (0, 0, 0, -1))
        return Where(self.name, row=row + 1, line=line + row - first if rows == lines else None, column=column)

    def cell(self, row: int, column: str) -> str | None:
        """The value as text."""
        for chunk in self.chunks({column: "raw"}):
            if row < chunk.first + chunk.rows:
                return quoted(chunk.columns[column][row - chunk.first])[1:-1]
        return None

    def digest(self) -> str | None:
        """The digest of the file's bytes."""
        return self.file.digest()

    def require_unchanged(self) -> None:
        """Refuse if the file was written to since it was opened."""
        self.file.require_unchanged()


def _wide(kind: pa.DataType, asked: As | None) -> pa.DataType:
    """The type of a key: whole numbers on the first lines may be followed by fractions."""
    if (
        asked == "raw"
        and pa.types.is_list(kind)
        and (pa.types.is_integer(kind.value_type) or pa.types.is_null(kind.value_type))
    ):
        return pa.list_(pa.float64())
    return pa.float64() if pa.types.is_integer(kind) and asked == "number" else kind


def _line_of(data: bytes, line: int, row: int) -> int:
    """The first line that is no JSON object; else that of a row of the block, from 0."""
    import json

    rows = []
    for i, text in enumerate(data.splitlines()):
        try:
            fits = not text.strip() or isinstance(json.loads(text), dict)
        except (ValueError, RecursionError):
            fits = False
        if not fits:
            return line + i
        rows += [line + i] * bool(text.strip())
    return rows[min(row, len(rows) - 1)]
