"""Cutting text into blocks: rows, cells and lines are those of Python's csv module, wherever the blocks end."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from lstmprep.errors import DataError
from lstmprep.parts import Reading
from lstmprep.sources import blocks as module
from lstmprep.sources import open_source, quotes
from lstmprep.sources.ahead import ahead
from lstmprep.sources.base import Chunk
from lstmprep.sources.blocks import OPENING, blocks, first_record, line_at, lines_in, opening
from lstmprep.sources.csv import CsvSource
from lstmprep.sources.files import InputFile
from lstmprep.sources.quotes import places, record_end, stray_quote

words = st.text(st.sampled_from(list("ab \t,;\"'\n\ré名🎉|\\#")), max_size=8)
ends = st.sampled_from(["\n", "\r\n", "\r"])


def written(cell: str, delimiter: str, *, quote: bool) -> str:
    """A cell as a text file holds it; a quote inside a bare cell may stay as it is."""
    must = any(c in cell for c in (delimiter, "\n", "\r")) or cell[:1] == '"'
    return '"' + cell.replace('"', '""') + '"' if quote or must else cell


@st.composite
def texts(draw: st.DrawFn, *, plain: bool = False, narrow: int = 1) -> tuple[str, str]:
    """(delimited text, delimiter): quotes, line breaks in cells, blank lines, any line end, with or without a last one.

    Plain text has no carriage returns.
    """
    delimiter, end = draw(st.sampled_from([",", ";", "\t", "|"])), "\n" if plain else draw(ends)
    width = draw(st.integers(narrow, 4))
    cells = words.map(lambda w: w.replace("\r", " ")) if plain else words
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), max_size=12))
    out = end * draw(st.integers(0, 2)) if width > 1 else ""
    out += delimiter.join(f"n{i}" for i in range(width)) + end
    for row in rows:
        out += delimiter.join(written(c, delimiter, quote=draw(st.booleans())) for c in row) + end
        if width > 1 and draw(st.integers(0, 5)) == 0:
            out += end
    return (out.removesuffix(end) if rows and draw(st.booleans()) else out), delimiter


def by_the_csv_module(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """(line from 1, cells) of every record, blank lines left out where there are several columns."""
    reader, out, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [], 0
    for cells in reader:
        out.append((line + 1, cells))
        line = reader.line_num
    while out and not out[0][1]:
        del out[0]
    width = len(out[0][1]) if out else 0
    return [(line, cells or [""]) for line, cells in out if cells or width == 1]


def source_of(data: bytes, delimiter: str, folder: str) -> CsvSource:
    path = Path(folder) / "data.csv"
    path.write_bytes(data)
    source = open_source(path, Reading(delimiter=delimiter))
    assert isinstance(source, CsvSource)
    return source


def read(source: CsvSource) -> list[list[str]]:
    rows: list[list[str]] = []
    for chunk in source.chunks(dict.fromkeys(source.names, "text")):
        assert chunk.first == len(rows)
        rows += map(list, zip(*(chunk.columns[n].to_pylist() for n in source.names), strict=True))
    assert source.rows == len(rows)
    return rows


@given(made=texts(), beyond=st.integers(0, 60))
@example(made=('a,b\r1,"x\ny"\r2,5" pipe\r"3",z\r"4\n",w\r', ","), beyond=60)
def test_rows_cells_and_lines_are_those_of_the_csv_module(made: tuple[str, str], beyond: int) -> None:
    text, delimiter = made
    (_, names), *expected = by_the_csv_module(text, delimiter)
    head = text.index(names[-1]) + len(names[-1]) + 2  # the first block reaches behind the header
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", head + beyond)
        source = source_of(text.encode(), delimiter, folder)
        rows = read(source)

        assert source.names == names
        assert rows == [cells for _, cells in expected]
        assert [source.where(i).line for i in range(len(rows))] == [line for line, _ in expected]
        last = names[-1]
        assert [source.cell(i, last) for i in range(len(rows))] == [cells[-1] for _, cells in expected]


@given(
    text=st.lists(st.sampled_from([*'a",\n', '",', ',"', '"\n', '\n"', "a,a\n", '""']), max_size=16).map("".join),
    size=st.integers(4, 20),
)
@settings(max_examples=300)
def test_any_text_is_read_as_the_csv_module_reads_it_or_refused(text: str, size: int) -> None:
    text = "x,y\n" + text
    _, *expected = by_the_csv_module(text, ",")
    whole = all(len(cells) == 2 for _, cells in expected) and not is_open(text) and not is_stray(text)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", size)
        if whole:
            assert read(source_of(text.encode(), ",", folder)) == [cells for _, cells in expected]
            return
        with pytest.raises(DataError) as refused:
            read(source_of(text.encode(), ",", folder))
    ragged = next(((i, line) for i, (line, cells) in enumerate(expected) if len(cells) != 2), None)
    if ragged and not is_open(text) and not is_stray(text):
        assert (refused.value.where.row, refused.value.where.line) == (ragged[0] + 1, ragged[1])


odd_rows = st.sampled_from(
    [
        "1,2",
        "1,2",
        "3.5,-4",
        "x,1",
        "1,nan(1)",
        "-nan,",
        '"5","6"',
        "7",
        "1,2,3",
        "",
        '"8,9',
        'a"b,1',
        "\0,1",
        "\xff,1",
        ",",
        '"u"v,1',
    ]
)


@given(rows=st.lists(odd_rows, max_size=14), size=st.integers(4, 30), end=st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=300)
def test_blocks_that_are_parsed_two_at_a_time_give_the_same_chunks_and_the_same_refusal(
    rows: list[str], size: int, end: str
) -> None:
    """What a block changes for the next ones (a column of text), and which of two faults is told, follow the order of the file."""

    def outcome(read: Callable[[Iterator[Chunk]], Iterator[Chunk]]) -> list[object]:
        out = list[object]()
        try:
            source = source_of(text.encode("latin-1"), ",", folder)
            for chunk in read(source.chunks({"x": "number", "y": "number"})):
                out += [chunk.first, chunk.rows, *(str(column) for column in chunk.columns.values())]
        except DataError as error:
            return [*out, str(error)]
        return [*out, source._marks]

    text = end.join(["x,y", *rows, ""])
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", size)
        assert outcome(ahead) == outcome(lambda chunks: chunks)


def is_stray(text: str) -> bool:
    """Whether a closing quote has more of the cell behind it: what the csv module refuses when it is strict."""
    try:
        list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return "expected after" in str(error)
    return False


@given(text=st.lists(st.sampled_from([*'a",\n', '",', ',"', '"\n', "\r", '""', '" ,']), max_size=16).map("".join))
def test_a_closing_quote_with_more_of_the_cell_behind_it_is_found(text: str) -> None:
    """Blanks behind it are no part of the cell, unlike in the strict csv module."""
    assert (stray_quote(text.encode(), len(text), b",") >= 0) == is_stray(text.replace('" ,', '",'))


def is_open(text: str) -> bool:
    """Whether a quote is still open at the end: the obvious loop, character by character."""
    return states(text)[-1] == "quoted" if text else False


def states(text: str, delimiter: str = ",") -> list[str]:
    """Where the reader is after each character: at the start of a cell, in a bare one, in quotes, behind a quote in quotes."""
    state, out = "start", []
    for c in text:
        if state == "quoted":
            state = "closing" if c == '"' else "quoted"
        elif state == "closing" and c == '"':
            state = "quoted"
        elif c in (delimiter, "\n"):
            state = "start"
        elif state == "start" and c == '"':
            state = "quoted"
        else:
            state = "bare"
        out.append(state)
    return out


@given(text=st.lists(st.sampled_from([*'a",\n', '",', ',"', '"\n', '\n"', '""']), max_size=30).map("".join))
@settings(max_examples=400)
def test_a_block_ends_behind_the_last_newline_that_stands_outside_quotes(text: str) -> None:
    outside = [i + 1 for i, (c, s) in enumerate(zip(text, states(text), strict=True)) if c == "\n" and s == "start"]

    end, opened = record_end(text.encode(), b"\n", b",")

    assert end == (outside[-1] if outside else 0)
    assert (opened >= 0) == is_open(text)
    if opened >= 0:
        assert text[opened] == '"'
        assert states(text)[opened] == "quoted"
        assert all(s in ("quoted", "closing") for s in states(text)[opened:])


@given(made=texts(plain=True), size=st.integers(1, 200))
def test_blocks_are_the_file_cut_at_ends_of_records(made: tuple[str, str], size: int) -> None:
    text, delimiter = made
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "data.csv"
        path.write_bytes(text.encode())
        patch.setattr(module, "BLOCK", size)
        file = InputFile(str(path), "data.csv")
        found = list(blocks(file, "utf-8", delimiter))
        lines = [line_at(file, "utf-8", delimiter, block.number) for block in found]

    assert b"".join(b.data for b in found) == text.encode()
    at, line = 0, 1
    for block, said in zip(found, lines, strict=True):
        assert (block.offset, said, block.lines) == (at, line, block.data.count(b"\n"))
        assert block is found[-1] or not is_open_in(block.data.decode(), delimiter)
        at, line = at + len(block.data), line + block.lines


def is_open_in(text: str, delimiter: str) -> bool:
    return states(text, delimiter)[-1] == "quoted"


@given(pieces=st.lists(st.sampled_from(["\n", "\r\n", "\r", "a", "é"]), max_size=20))
def test_lines_are_counted_whatever_ends_them(pieces: list[str]) -> None:
    text = "a".join(pieces)

    assert lines_in(text.encode()) == len(io.StringIO(text + "x", newline="").readlines()) - 1


@given(
    made=texts(plain=True, narrow=2),
    place=st.integers(0, 100),
    cells=st.sampled_from([1, 3, 5]),
    size=st.integers(0, 60),
)
def test_a_row_too_long_or_too_short_is_named_by_row_and_line(
    made: tuple[str, str], place: int, cells: int, size: int
) -> None:
    text, delimiter = made
    (_, names), *rows = by_the_csv_module(text, delimiter)
    assume(len(names) != cells)
    head = text.index(names[-1]) + len(names[-1]) + 2
    at = place % (len(rows) + 1)
    line = rows[at][0] if at < len(rows) else (len(io.StringIO(text).readlines()) + 1)
    lines = (text if text.endswith("\n") else text + "\n").split("\n")
    broken = "\n".join([*lines[: line - 1], delimiter.join("z" * cells), *lines[line - 1 :]])
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", head + size)
        source = source_of(broken.encode(), delimiter, folder)
        with pytest.raises(DataError, match=f"the row has {cells} value.*, the header {len(names)} names") as refused:
            read(source)

    assert (refused.value.where.row, refused.value.where.line) == (at + 1, line)


@pytest.mark.parametrize("size", [8, 9, 10, 11, 12, 13, 40])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_line_of_a_quote_that_is_never_closed_is_named(tmp_path: Path, size: int, end: str) -> None:
    lines = ["a,b", "1,2", '"x\ny",3', "", '4,"open', "5,6", "7,8"]
    text = end.join(lines).replace("\n", end) if end == "\r" else end.join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", size)
        source = source_of(text.encode(), ",", str(tmp_path))
        with pytest.raises(DataError, match="a quote is opened here and never closed") as refused:
            read(source)

    assert refused.value.where.line == 6


@pytest.mark.parametrize("size", range(6, 40))
def test_letters_of_several_bytes_may_lie_across_the_border_of_a_block(tmp_path: Path, size: int) -> None:
    rows = [["né", "名🎉"], ["ü" * 9, "𝄞"], ["", "ß"]] * 3
    text = "a,b\n" + "".join(",".join(r) + "\n" for r in rows)
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"):
        path = tmp_path / encoding
        path.write_bytes(text.encode(encoding))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "BLOCK", size)
            source = open_source(path, Reading(encoding=encoding))
            assert isinstance(source, CsvSource)
            assert source.names == ["a", "b"]
            assert read(source) == rows


@pytest.mark.parametrize("size", [8, 16, 1 << 20])
def test_a_byte_that_is_no_utf_8_is_named_by_line_and_encoding(tmp_path: Path, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", size)
        source = source_of(b"a,b\n1,2\n3,4\nx,\xe9\n5,6\n", ",", str(tmp_path))
        with pytest.raises(DataError, match="byte 0xe9") as refused:
            read(source)

    assert refused.value.where.line == 4
    assert "--encoding" in refused.value.fix


def test_text_that_ends_in_the_middle_of_a_letter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cut").write_bytes("a,b\n1,2\n".encode("utf-16")[:-1])
    with pytest.raises(DataError, match="not utf-16"):
        list(open_source(tmp_path / "cut", Reading(encoding="utf-16")).chunks({"a": "text"}))


def test_blank_lines_in_a_table_of_one_column_are_empty_cells(tmp_path: Path) -> None:
    for size in (4, 5, 6, 100):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "BLOCK", size)
            source = source_of(b"a\n1\n\n\n\n\n\n2\n\n", ",", str(tmp_path))
            assert [r[0] for r in read(source)] == ["1", "", "", "", "", "", "2", ""]
            assert [source.where(i).line for i in range(8)] == [2, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    ("data", "names", "taken"),
    [
        (b"a,b\n1,2\n", ["a", "b"], 4), (b"\n \n\r\na,b\r\n1", ["a", "b"], 10), (b'"x\ny",b\n1', ["x\ny", "b"], 8),
        (b'"a ""q""", b \n', ['a "q"', "b"], 14), (b"a", ["a"], 1), (b"", [], 0), (b"\n\n", [], 2), (b'a, "b"\n', ["a", "b"], 7),
        (b"a,,\n", ["a", "", ""], 4), (b'a"b,c"\n', ['a"b', 'c"'], 7),
    ],
)  # fmt: skip
def test_the_header_is_the_first_record_that_is_not_blank(data: bytes, names: list[str], taken: int) -> None:
    assert first_record(data, ",", "x") == (names, taken)


@pytest.mark.parametrize("header", [3, 300_000], ids=["short", "long"])
def test_a_first_look_at_a_long_text_takes_a_piece_below_the_header(tmp_path: Path, header: int) -> None:
    text = (",".join("n" * (header // 3) + str(i) for i in range(3)) + "\n").encode() + b"1,2,3\n" * 600_000
    below = text.index(b"\n") + 1

    found = opening(source_of(text, ",", str(tmp_path)).file, "utf-8", ",")

    assert text.startswith(found)
    assert below + OPENING <= len(found) <= below + OPENING + max(4 * OPENING, module.BLOCK * (header > 4 * OPENING))


@given(
    text=st.lists(st.sampled_from([*'a",\n', '",', ',"', '"\n', '\n"', '""', '" ,']), max_size=20).map("".join),
    few=st.integers(0, 6),
)
def test_few_quotes_are_found_one_by_one_and_many_at_once(text: str, few: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quotes, "FEW", few)
        assert places(text.encode()).tolist() == [i for i, c in enumerate(text) if c == '"']


def test_a_cell_may_be_longer_than_many_blocks(tmp_path: Path) -> None:
    long = "x\n" * 5000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", 64)
        source = source_of(f'a,b\n1,"{long}"\n2,3\n'.encode(), ",", str(tmp_path))

        assert read(source) == [["1", long], ["2", "3"]]
        assert source.where(1).line == 2 + 5001
        assert source.cell(0, "b") == long
