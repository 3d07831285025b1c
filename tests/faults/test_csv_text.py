"""FAULTS 19-26: text that is no table, a table that is odd, and tables in other clothes.

The oracle is Python's csv module: it says how many rows a text has and what stands in them.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import itertools
import random
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lstmprep.sources import blocks
from tests.faults.conftest import Desk, ramp, windows, zipped

ROWS = "".join(f"{i},{2 * i}\n" for i in range(6))


def zst(data: bytes) -> bytes:
    """Packed with zstd."""
    return pa.compress(data, codec="zstd", asbytes=True)


@pytest.fixture(params=[None, 7, 64], ids=["block", "block of 7", "block of 64"])
def size(request, monkeypatch):
    """Files are read in pieces of so many bytes: the size of a piece may change nothing."""
    if request.param:
        monkeypatch.setattr(blocks, "BLOCK", request.param)
    return request.param


# -- 19: ragged rows ---------------------------------------------------------------------------------

RAGGED = {
    "short": ("a,b,c\n1,2,3\n4,5,6\n7,8\n9,10,11\n", "row 3 (line 4)"),
    "long": ("a,b,c\n1,2,3\n4,5,6\n7,8,9,0\n9,10,11\n", "row 3 (line 4)"),
    "first row short": ("a,b,c\n1,2\n4,5,6\n", "row 1 (line 2)"),
    "last row short": ("a,b,c\n1,2,3\n4,5,6\n7,8", "row 3 (line 4)"),
    "last row cut": ("a,b,c\n1,2,3\n4,5,6\n7", "row 3 (line 4)"),
    "header short": ("a,b\n1,2,3\n4,5,6\n", "row 1 (line 2)"),
    "header long": ("a,b,c,d\n1,2,3\n4,5,6\n", "row 1 (line 2)"),
    "trailing comma on every row": ("a,b\n1,2,\n3,4,\n5,6,\n", "row 1 (line 2)"),
    "trailing comma on one row": ("a,b\n1,2\n3,4,\n5,6\n", "row 2 (line 3)"),
    "trailing comma on the header": ("a,b,\n1,2\n3,4\n5,6\n", "row 1 (line 2)"),
    "comma line": ("a,b\n1,2\n,,\n5,6\n", "row 2 (line 3)"),
    "one value": ("a,b\n1,2\n3\n5,6\n", "row 2 (line 3)"),
    "blanks alone": ("a,b\n1,2\n   \n5,6\n", "row 2 (line 3)"),
    "one column, two values": ("a\n1\n2,3\n4\n", "row 2 (line 3)"),
    "after blank lines": ("a,b\n\n1,2\n\n\n3,4\n5\n", "row 3 (line 7)"),
    "after quoted line ends": ('a,s,b\n1,"x\ny",2\n3,"\n\n",4\n5,6\n', "row 3 (line 7)"),
    "after CRLF in quotes": ('a,s,b\r\n1,"x\r\ny",2\r\n5,6\r\n', "row 2 (line 4)"),
    "lines that end in CR": ("a,b\r1,2\r3,4\r5\r6,7\r", "row 3 (line 4)"),
    "shifted": ("a,b,c\n1,2,3\n,4,5,6\n7,8,9\n", "row 2 (line 3)"),
    "a comma inside a number": ("a,b\n1,2\n3,4,5\n6,7\n", "row 2 (line 3)"),
    "a header that spans lines": ('"a\nx",b\n1,2\n3\n', "row 2 (line 4)"),
}


@pytest.mark.parametrize("what", RAGGED)
def test_19_a_row_of_another_length_is_refused_with_row_and_line(desk, size, what):
    text, where = RAGGED[what]
    desk.write("t.csv", text)
    assert where in desk.refused("t.csv", "-t", "1", "-o", "out", code=3)


@pytest.mark.parametrize("what", ["short", "long", "header short", "trailing comma on every row", "shifted"])
def test_19_a_ragged_row_is_refused_whatever_columns_are_asked_for(desk, what):
    text, where = RAGGED[what]
    desk.write("t.csv", text)
    for argv in (["-f", "a"], ["-f", "b"], ["--target", "a"], ["--group-by", "a", "-f", "b"], ["--missing", "drop"]):
        assert where in desk.refused("t.csv", "-t", "1", *argv, "-o", "out", code=3)


def test_19_a_ragged_row_deep_in_the_file_is_named(desk):
    rows = [f"{i},{i}" for i in range(700_000)]
    rows[654_320] = "1,2,3"
    desk.write("t.csv", "a,b\n" + "\n".join(rows) + "\n")
    err = desk.refused("t.csv", "-t", "1", "-o", "out", code=3)
    assert "row 654,321 (line 654,322)" in err and "3 values" in err and "2 names" in err


@pytest.mark.parametrize("line", ["1,2,3,4", "1,2", ",", ",,,", '"1,2,3"'])
def test_19_ragged_rows_are_refused_without_a_header_too(desk, size, line):
    desk.write("t.csv", f"1,2,3\n4,5,6\n{line}\n7,8,9\n")
    assert "row 3 (line 3)" in desk.refused("t.csv", "-t", "1", "--no-header", "-o", "out", code=3)


# -- 20: bytes that are no text ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tail", [b"\0", b"\0\0\0\0", b"\0" * 5000, b"\x1a\0", b"1,\0\n", b"1,2\0\n", b"\n\0\n", b"\0" * (3 << 20)]
)
def test_20_nul_bytes_are_refused_with_their_line(desk, tail):
    desk.write("t.csv", ("a,b\n" + ROWS).encode() + tail)
    err = desk.refused("t.csv", "-t", "2", "-o", "out", code=3)
    assert "NUL" in err and ("line 8" in err or "line 9" in err)


@pytest.mark.parametrize("place", [0, 1, 4, 20])
def test_20_a_nul_byte_anywhere_is_refused(desk, place):
    data = ("a,b\n" + ROWS).encode()
    desk.write("t.csv", data[:place] + b"\0" + data[place:])
    desk.refused("t.csv", "-t", "2", "-o", "out", code=3)


@pytest.mark.parametrize("head", ["a,b\n" + ROWS, "a\n1\n2\n3\n"])
@pytest.mark.parametrize("tail", ["\x1a", "\x1a\n", "\x1a\r\n"])
def test_20_ctrl_z_at_the_end_is_never_one_more_row(desk, size, head, tail):
    desk.write("t.csv", head + tail)
    found = desk.either("t.csv", "-t", "1", codes={3})
    if not isinstance(found, str):
        assert found.rows == head.count("\n") - 1


@pytest.mark.parametrize("seed", range(40))
def test_20_random_bytes_are_refused(desk, seed):
    chance = random.Random(seed)
    desk.write("t.csv", chance.randbytes(chance.choice([1, 3, 30, 3000])))
    desk.refused("t.csv", "-t", "1", "-o", "out", code={2, 3})
    desk.refused("-", "-t", "1", "-o", "out", code={2, 3}, stdin=chance.randbytes(200))


@pytest.mark.parametrize(
    "character", ["\x00", "\x01", "\x07", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\u2028"]
)
@pytest.mark.parametrize("at", ["{}1", "1{}", "{}"])
def test_20_a_control_character_in_a_number_is_refused_or_a_blank(desk, character, at):
    desk.write("t.csv", f"a,b\n1,2\n{at.format(character)},3\n1,4\n1,5\n")
    found = desk.either("t.csv", "-t", "1", codes={3})
    if not isinstance(found, str):
        assert found.X[:, 0, 0].tolist() == [1, 1, 1, 1]


# -- 21: encodings ---------------------------------------------------------------------------------------

NAMES = "größe,naïve\n1,2\n3,4\n5,6\n"


def test_21_a_byte_order_mark_is_no_part_of_the_first_name(desk, size):
    desk.write("t.csv", b"\xef\xbb\xbf" + ramp(5).encode())
    assert desk.works("t.csv", "-t", "2", "-f", "a").manifest["feature_names"] == ["a"]
    desk.write("q.csv", b'\xef\xbb\xbf"a",b\n1,2\n3,4\n')
    assert desk.works("q.csv", "-t", "2", "-f", "a", out="q").X.tolist() == [[[1], [3]]]
    desk.write("n.csv", b"\xef\xbb\xbf1,2\n3,4\n")
    assert desk.works("n.csv", "-t", "2", "--no-header", out="n").X.tolist() == [[[1, 2], [3, 4]]]


@pytest.mark.parametrize(
    ("encoding", "option"),
    [
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("utf-8-sig", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("latin-1", "latin-1"),
        ("latin-1", "ISO-8859-1"),
        ("cp1252", "cp1252"),
        ("cp850", "cp850"),
        ("utf-7", "utf-7"),
    ],
)
def test_21_an_encoding_that_is_named_is_read_right(desk, size, encoding, option):
    desk.write("t.csv", NAMES.encode(encoding))
    done = desk.works("t.csv", "-t", "2", "--encoding", option)
    assert done.manifest["feature_names"] == ["größe", "naïve"]
    assert done.X.tolist() == [[[1, 2], [3, 4]], [[3, 4], [5, 6]]]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "utf-32-be"])
def test_21_utf_16_and_32_are_read_or_refused_by_name(desk, encoding):
    desk.write("t.csv", NAMES.encode(encoding))
    found = desk.either("t.csv", "-t", "2", codes={2, 3})
    if isinstance(found, str):
        assert "--encoding" in found
    else:
        assert found.manifest["feature_names"] == ["größe", "naïve"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_21_wide_text_without_a_mark_is_named_by_its_encoding_and_read_by_it(desk, encoding):
    desk.write("t.csv", NAMES.encode(encoding))
    err = desk.refused("t.csv", "-t", "2", code=3)
    assert f"--encoding {encoding}." in err
    assert desk.works("t.csv", "-t", "2", "--encoding", encoding).manifest["feature_names"] == ["größe", "naïve"]


@pytest.mark.parametrize("data", [b"a,b\n1,\x002\n3,4\n", b"\0\0\0\0a,b\n1,2\n", b"a\0,b\0\n"])
def test_21_other_nul_bytes_are_not_taken_for_an_encoding(desk, data):
    desk.write("t.csv", data)
    assert "--encoding utf" not in desk.refused("t.csv", "-t", "2", code=3)


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
@pytest.mark.parametrize("options", [[], ["--no-header"], ["--delimiter", ";"]])
def test_24_the_line_that_tells_a_spreadsheet_the_delimiter_is_named_and_the_rest_read(desk, mark, options):
    rest = f"a{mark}b\r\n1{mark}2\r\n3{mark}4\r\n"
    desk.write("t.csv", f"sep={mark}\r\n{rest}")
    err = desk.refused("t.csv", "-t", "2", *options, code=3)
    assert "tail -n +2" in err

    [*_, told, _] = err.split()
    desk.write("rest.csv", rest)
    assert desk.works("rest.csv", "-t", "2", "--delimiter", told.strip("'")).X.tolist() == [[[1, 2], [3, 4]]]


@pytest.mark.parametrize(
    ("data", "byte", "line"),
    [
        (b"a,k\n1,caf\xe9\n2,x\n", "0xe9", "line 2"),
        (b"a,k\n1,x\n2,y\n3,\xff\n", "0xff", "line 4"),
        (b"a,k\n1,x\n\n\n2,\xc3(\n", "0xc3", "line 5"),
        (b'a,k\n1,"x\n\ny"\n2,\xed\xa0\x80\n', "0xed", "line 5"),
        (b"a,k\n1,\xf4\x90\x80\x80\n", "0xf4", "line 2"),
        (b"a,k\n1,x\n2,\xc3", "0xc3", "line 3"),
        (b"gr\xf6\xdfe,k\n1,x\n", "0xf6", ""),
    ],
)
@pytest.mark.parametrize("argv", [["--group-by", "k"], ["--label", "k"], ["--categorical", "k"]])
def test_21_bytes_that_are_no_utf_8_are_named_with_their_line(desk, size, data, byte, line, argv):
    desk.write("t.csv", data)
    err = desk.refused("t.csv", "-t", "1", *argv, "-o", "out", code=3)
    assert "UTF-8" in err and byte in err and "--encoding" in err and line in err


def test_21_latin_1_in_a_column_nobody_asked_for_leaves_the_numbers_right(desk):
    desk.write("t.csv", b"a,k\n1,caf\xe9\n2,x\n3,y\n")
    found = desk.either("t.csv", "-t", "2", "-f", "a", codes={3})
    if not isinstance(found, str):
        assert found.X.tolist() == [[[1], [2]], [[2], [3]]]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\xff\xfea\0,\0b\0\n\0001", "utf-16"),
        ("a,b\n1,2\n".encode("utf-16-le") + b"\x00\xd8\n\0", "utf-16-le"),
        (b"a,b\n1,2\n", "utf-16"),
        (b"a,b\n1,2\n", "utf-32"),
        (b"a,b\n1,\x81\n", "cp1252"),
        (b"a,b\n1,\xe9\n", "ascii"),
    ],
)
def test_21_text_that_is_not_in_the_named_encoding_is_refused(desk, data, encoding):
    desk.write("t.csv", data)
    desk.refused("t.csv", "-t", "1", "--label", "b", "--encoding", encoding, "-o", "out", code={2, 3})


CODECS = [
    "base64",
    "hex",
    "rot13",
    "zip",
    "zlib",
    "uu",
    "quopri",
    "bz2",
    "undefined",
    "idna",
    "punycode",
    "mbcs",
    "nonesuch",
]


@pytest.mark.parametrize("name", [*CODECS, "", " ", "utf-8\0", "../../x", "x" * 1000, "utf-8;rm", "🦄"])
def test_21_a_codec_that_is_no_encoding_of_text_is_refused(desk, name):
    desk.write("t.csv", ramp(5))
    found = desk.either("t.csv", "-t", "2", "--encoding", name, codes={2, 3})
    if not isinstance(found, str):  # idna and punycode may read plain ASCII
        assert np.array_equal(found.X, windows([[10 * r, 10 * r + 1] for r in range(5)], 2))


# -- 22: line ends and quotes -----------------------------------------------------------------------------

ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("columns", ["a", "ab"])
@pytest.mark.parametrize("last", [True, False], ids=["closed", "open"])
def test_22_every_line_end_counts_the_same_rows(desk, size, end, columns, last):
    text = ramp(30, columns).replace("\n", ENDS[end])
    desk.write("t.csv", text if last else text.rstrip("\r\n"))
    done = desk.works("t.csv", "-t", "2")
    assert done.rows == 30
    assert np.array_equal(done.X, windows([[10 * r + j for j in range(len(columns))] for r in range(30)], 2))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("columns", ["a", "ab"])
def test_22_mixed_line_ends_count_the_same_rows(desk, size, seed, columns):
    chance = random.Random(seed)
    lines = ramp(20, columns).splitlines()
    desk.write("t.csv", "".join(line + chance.choice(["\n", "\r\n", "\r"]) for line in lines))
    done = desk.works("t.csv", "-t", "1")
    assert done.X[:, 0, 0].tolist() == [10 * r for r in range(20)]


def test_22_a_change_of_line_ends_far_into_the_file_makes_no_row(desk):
    desk.write("t.csv", "a\r" + "1\r" * 1_200_000 + "2\r\n3\n4\r5\r\n")
    done = desk.works("t.csv", "-t", "1", "--no-index")
    assert done.rows == 1_200_004
    assert done.X[-5:, 0, 0].tolist() == [1, 2, 3, 4, 5]


QUOTED = {
    "line ends in quotes": 'a,s,b\n1,"x\ny",2\n3,"\n",4\n5,"z\n\n",6\n',
    "rows in quotes": 'a,s,b\n1,"x\n7,8,9\n",2\n3,"1,2,3\n4,5,6",4\n',
    "CRLF in quotes": 'a,s,b\r\n1,"x\r\ny",2\r\n3,z,4\r\n',
    "CR in quotes": 'a,s,b\n1,"x\ry",2\n3,z,4\n',
    "quotes in quotes": 'a,s,b\n1,"say ""hi""",2\n3,"""",4\n5,"""a"",b",6\n',
    "commas in quotes": 'a,s,b\n1,",",2\n3,",,,",4\n',
    "numbers in quotes": '"a","s","b"\n"1","x","2"\n"3","y","4"\n',
    "empty quotes": 'a,s,b\n1,"",2\n3,"",4\n',
    "an inch": 'a,s,b\n1,5" pipe,2\n3,6" pipe,4\n5,x,6\n',
    "an inch and a line end": 'a,s,b\n1,5" pipe,2\n3,"x\n7,8,9",4\n5,x,6\n',
    "an inch after a line end": 'a,s,b\n1,"x\n7,8,9",2\n3,5" pipe,4\n5,"y\n1,2,3",6\n',
    "inches alone": 'a,s,b\n1,5",2\n3,7",4\n5,9",6\n',
    "one inch": 'a,s,b\n1,5",2\n3,7,4\n5,9,6\n',
    "an inch at the end": 'a,b,s\n1,2,x\n3,4,y\n5,6,7"\n',
    "an inch in the header": 'a,5" s,b\n1,x,2\n3,"y\nz",4\n',
    "single quotes": "a,s,b\n1,'x,2\n3,y',4\n",
    "quotes in the header": '"a","s\nt","b"\n1,x,2\n3,y,4\n',
    "other marks": "a,s,b\n1,«x»,2\n3,\u201cy\u201d,4\n",
    "backslashes": 'a,s,b\n1,x\\,2\n3,"y\\\\",4\n',
}  # fmt: skip


@pytest.mark.parametrize("what", QUOTED)
def test_22_quotes_hold_what_they_hold_and_rows_are_counted_right(desk, size, what):
    text = QUOTED[what]
    body = [r for r in csv.reader(io.StringIO(text, newline="")) if r][1:]
    number = [body[0].index(c) for c in ("1", "2")]
    desk.write("t.csv", text)
    done = desk.works("t.csv", "-t", "1", "-f", "a", "-f", "b")
    assert done.rows == len(body)
    assert done.X[:, 0].tolist() == [[float(row[j]) for j in number] for row in body]


def test_22_quoted_line_ends_over_several_blocks_are_counted_right(desk):
    text = 'a,s\n0,5" pipe\n' + "".join(f'{i},"x\n{i},y"\n' for i in range(1, 200_000))
    desk.write("t.csv", text)
    done = desk.works("t.csv", "-t", "1", "-f", "a", "--no-index")
    assert np.array_equal(done.X[:, 0, 0], np.arange(200_000, dtype="f4"))


UNCLOSED = {
    "in the first row": 'a,s,b\n1,"x,2\n3,y,4\n5,z,6\n',
    "in the last row": 'a,s,b\n1,x,2\n3,y,4\n5,z,"6\n',
    "in the last cell": 'a,s,b\n1,x,2\n3,y,"',
    "in the header": 'a,"s,b\n1,x,2\n3,y,4\n',
    "at the very start": '"a,s,b\n1,x,2\n3,y,4\n',
    "after closed ones": 'a,s,b\n1,"x",2\n3,"y",4\n5,"z,6\n7,w,8\n',
    "alone": 'a,s,b\n1,x,2\n"\n',
    "after an inch": 'a,s,b\n1,5" x,2\n3,"y,4\n5,z,6\n',
}


@pytest.mark.parametrize("what", UNCLOSED)
def test_22_a_quote_that_is_never_closed_is_refused_with_its_line(desk, size, what):
    text = UNCLOSED[what]
    desk.write("t.csv", text)
    err = desk.refused("t.csv", "-t", "1", "-f", "a", "-o", "out", code={2, 3})
    opened = max(i for i, line in enumerate(text.split("\n"), 1) if '"' in line)
    assert f"line {opened}" in err or opened == 1
    assert "quote" in err


def test_22_a_quote_that_swallows_rows_up_to_the_next_one_is_refused(desk):
    """Behind a closing quote stands a delimiter or a line end, else it closed nothing."""
    desk.write("t.csv", 'a,s,b\n1,"x,2\n3,"y,4\n5,z,6\n')
    desk.refused("t.csv", "-t", "1", "-f", "a", "-o", "out", code=3)


def test_22_an_open_quote_in_the_header_of_a_long_file_is_refused_soon(desk):
    import time

    desk.write("t.csv", '"a,b\n' + "1,2\n" * 400_000 + '3,4"\n')
    begun = time.process_time()
    desk.refused("t.csv", "-t", "1", "-o", "out", code={2, 3})
    assert time.process_time() - begun < 10, "minutes are quadratic, not slow"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,s,b\n1,"x\ny",2\n3,z,four\n5,w,6\n7,w,8\n', "row 2 (line 4)"),
        ('a,s,b\r\n1,"x\r\ny",2\r\n3,z,four\r\n5,w,6\r\n7,w,8\r\n', "row 2 (line 4)"),
        ('a,s,b\n\n\n1,"x\n\n\ny",2\n\n3,z,four\n5,w,6\n7,w,8\n', "row 2 (line 9)"),
        ('a,s,b\r1,"x\ny",2\r3,z,four\r5,w,6\r7,w,8\r', "row 2 (line 4)"),
        ('"a","s\n",b\n1,x,2\n3,z,four\n5,w,6\n7,w,8\n', "row 2 (line 4)"),
        ('a,s,b\n1,5" x,2\n3,z,four\n5,w,6\n7,w,8\n', "row 2 (line 3)"),
        ('a,s,b\n1,"x\n5,6,7",2\n3,5" z,four\n5,w,6\n7,w,8\n', "row 2 (line 4)"),
    ],
)
def test_22_rows_and_lines_in_messages_are_right_behind_quoted_line_ends(desk, size, text, line):
    desk.write("t.csv", text)
    err = desk.refused("t.csv", "-t", "1", "-o", "out", code=3)
    assert line in err and "'four'" in err


def test_22_blank_lines_are_no_rows_and_in_one_column_never_vanish(desk, size):
    desk.write("t.csv", "\n\na,b\n\n1,2\n\n\n3,4\n\n")
    done = desk.works("t.csv", "-t", "1")
    assert done.rows == 2
    desk.write("one.csv", "a\n1\n\n3\n4\n")
    assert "row 2 (line 3)" in desk.refused("one.csv", "-t", "1", "-o", "one", code=3)


def test_22_blank_lines_by_the_million_in_one_column_never_vanish(desk):
    blank = 5 << 20
    desk.write("t.csv", "a\n1\n" + "\n" * blank + "2\n3\n")
    found = desk.either("t.csv", "-t", "1", "--missing", "drop", "--no-index", codes={3})
    if not isinstance(found, str):
        assert found.rows == blank + 3


# -- 23: names ---------------------------------------------------------------------------------------------

DOUBLE = {
    "twice": "a,a",
    "twice, apart": "a,b,a",
    "spaced": "a, a",
    "spaced behind": "a,a ",
    "tab": "a,a\t",
    "quoted": 'a,"a"',
    "quoted blank": 'a," a "',
    "no-break space": "a,a\u00a0",
    "composed": "\u00e9,e\u0301",
    "byte order mark": "\ufeffa,a",
}


@pytest.mark.parametrize("what", DOUBLE)
@pytest.mark.parametrize("argv", [[], ["-f", "a"], ["-f", "b"], ["-f", "#1"]])
def test_23_a_name_that_stands_twice_is_refused(desk, what, argv):
    width = DOUBLE[what].count(",") + 1
    desk.write("t.csv", DOUBLE[what] + "\n" + (",".join(["1"] * width) + "\n") * 4)
    assert "twice" in desk.refused("t.csv", "-t", "2", *argv, "-o", "out", code=2)


def test_23_names_that_differ_in_case_or_look_alike_are_each_their_own(desk):
    desk.write("t.csv", "temp,Temp,TEMP,t\u0435mp\n" + "1,2,3,4\n" * 3)
    for i, name in enumerate(["temp", "Temp", "TEMP", "t\u0435mp"]):
        done = desk.works("t.csv", "-t", "1", "-f", name, out=f"out{i}")
        assert done.X[0, 0].tolist() == [i + 1]
    err = desk.refused("t.csv", "-t", "1", "-f", "tEMP", "-o", "x", code=2)
    assert "Did you mean" in err


@pytest.mark.parametrize("header", ["a,", ",a", "a,,", ' ,a,""'])
def test_23_columns_without_a_name_are_refused_or_left_out_and_said(desk, header):
    width = header.count(",") + 1
    desk.write("t.csv", header + "\n" + (",".join(["1"] * width) + "\n") * 4)
    found = desk.either("t.csv", "-t", "2", codes={2, 3})
    if not isinstance(found, str):
        assert found.manifest["feature_names"] == ["a"]
        assert "no name" in found.report


@pytest.mark.parametrize("header", ["a,#2", "#1,a", "a,", "#2,"])
def test_23_a_column_called_like_a_place_is_never_another(desk, header):
    desk.write("t.csv", header + "\n5,7\n6,8\n")
    found = desk.either("t.csv", "-t", "1", "-f", "#2", codes={2, 3})
    if not isinstance(found, str):
        names = header.split(",")
        at = names.index("#2") if "#2" in names else 1
        assert found.X[:, 0, 0].tolist() == [[5, 6], [7, 8]][at]


def test_23_names_that_pandas_would_make_are_names_like_others(desk):
    desk.write("t.csv", "a,a.1,Unnamed: 0,index\n1,2,3,4\n5,6,7,8\n")
    done = desk.works("t.csv", "-t", "2")
    assert done.manifest["feature_names"] == ["a", "a.1", "Unnamed: 0", "index"]


# -- 24: what is no table ------------------------------------------------------------------------------------

HEADERLESS = {
    "numbers": "1,2\n3,4\n5,6\n7,8\n",
    "negative numbers": "-1,+2\n3,4\n5,6\n7,8\n",
    "exponents": "1e3,2\n3,4\n5,6\n7,8\n",
    "one column": "1\n2\n3\n4\n",
    "a date and numbers": "2020-01-01,2\n2020-01-02,4\n2020-01-03,6\n",
    "a time and numbers": "2020-01-01T00:00,2\n2020-01-01T01:00,4\n2020-01-01T02:00,6\n",
    "numbers with a hole": "1.5,NA,2\n3,4,5\n5,6,7\n",
    "quoted numbers": '"1","2"\n"3","4"\n',
    "text and decimals": "bob,1.5,2.5\nann,3.5,4.5\njoe,5.5,6.5\n",
}


@pytest.mark.parametrize("what", HEADERLESS)
def test_24_a_file_without_a_header_is_refused_and_read_when_that_is_said(desk, what):
    desk.write("t.csv", HEADERLESS[what])
    assert "--no-header" in desk.refused("t.csv", "-t", "1", "-o", "out", code=2)
    done = desk.works("t.csv", "-t", "1", "--no-header", "--missing", "drop")
    assert done.rows == HEADERLESS[what].count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "bob,1,2\nann,3,4\njoe,5,6\ntim,7,8\n",
        "true,5\nfalse,6\ntrue,7\n",
        "x1,5,7\nx2,3,4\nx3,5,6\n",
        "NA,5\n3,6\n4,7\n",
    ],
)
def test_24_a_first_line_that_may_be_data_is_refused_or_spoken_of(desk, text):
    desk.write("t.csv", text)
    found = desk.either("t.csv", "-t", "1", codes={2, 3})
    said = found if isinstance(found, str) else found.report
    assert "--no-header" in said or "first line" in said or "header" in said


ODD = {
    "a title": ("Report of the year\na,b\n" + ROWS, "header"),
    "a title and a blank line": ("Report of the year\n\na,b\n" + ROWS, "header"),
    "a title with commas": ("Report,\na,b\n" + ROWS, "'a'"),
    "a comment above": ("# made by hand\na,b\n" + ROWS, "header"),
    "a comment below": ("a,b\n" + ROWS + "# made by hand\n" + ROWS, "row 7 (line 8)"),
    "a comment with a comma": ("a,b\n" + ROWS + "# made, by hand\n" + ROWS, "row 7 (line 8)"),
    "a repeated header": ("a,b\n" + ROWS + "a,b\n" + ROWS, "header stands here again"),
    "units below the names": ("a,b\nm/s,degC\n" + ROWS, "'m/s'"),
    "a line of dashes": ("a,b\n----,----\n" + ROWS, "'----'"),
    "a total in a number": ("a,b\n" + ROWS + "Total,30\n", "'Total'"),
    "a footer": ("a,b\n" + ROWS + "Source: the office\n", "row 7 (line 8)"),
    "sep=": ("sep=,\na,b\n" + ROWS, "spreadsheet"),
    "sep=;": ("sep=;\na;b\n" + ROWS.replace(",", ";"), "--delimiter ';'"),
    "a prompt": ("$ cat t.csv\na,b\n" + ROWS, "header"),
    "an error page": ("Error: not found\n", "header"),
}


@pytest.mark.parametrize("what", ODD)
def test_24_lines_that_are_no_rows_are_refused_with_what_is_odd(desk, what):
    text, odd = ODD[what]
    desk.write("t.csv", text)
    err = desk.refused("t.csv", "-t", "2", "-o", "out", code={2, 3})
    assert odd in err or (odd == "header" and ("name" in err or "row" in err))


@pytest.mark.parametrize("above", ["# one\n", "# one\n# two\n", "Export\nStation: 5\n\n", '"a\nb"\n\nplace\n'])
def test_24_the_command_that_leaves_out_lines_above_the_header_reads_the_rest(desk, above):
    desk.write("t.csv", above + "t,a\n1,5\n2,6\n3,7\n")
    err = desk.refused("t.csv", "-t", "2", "-o", "out", code=3)
    line = int(re.search(r"tail -n \+(\d+) FILE", err)[1])
    assert line == above.count("\n") + 1
    desk.write("rest.csv", "".join(Path("t.csv").read_text().splitlines(keepends=True)[line - 1 :]))
    assert desk.works("rest.csv", "-t", "2").X.tolist() == [[[1, 5], [2, 6]], [[2, 6], [3, 7]]]


def test_24_a_row_of_units_below_the_names_is_spoken_of(desk):
    desk.write("t.csv", "t,temp,wind\n,degC,m/s\n1,5,6\n2,6,7\n3,7,8\n")
    err = desk.refused("t.csv", "-t", "2", "-o", "out", code=3)
    assert (
        "row 1 (line 2), column temp: 'degC' is not a number" in err and "If the line holds units, take it out" in err
    )


@pytest.mark.parametrize(("mark", "cell"), [("$", "${}.50"), ("€", "{} €"), ("%", "{}%"), ("£", "£ {}")])
def test_25_the_mark_of_a_unit_is_named_and_reads_once_it_is_gone(desk, mark, cell):
    desk.write("t.csv", "v\n" + "".join(cell.format(n) + "\n" for n in range(4)))
    err = desk.refused("t.csv", "-t", "2", "-o", "out", code=3)
    assert f"'{cell.format(0)}' is not a number" in err and f"sed 's/[{mark}]//g'" in err
    desk.write("u.csv", Path("t.csv").read_text().replace(mark, ""))
    assert desk.works("u.csv", "-t", "2").X.shape == (3, 2, 1)


def test_32_all_empty_columns_are_named_at_once(desk):
    desk.write("t.csv", "a,b,c,d\n" + "1,,2,\n" * 4)
    err = desk.refused("t.csv", "-t", "2", "-f", "a..d", "-o", "out", code=3)
    assert "column b" in err and "so is d" in err and "--exclude b --exclude d" in err
    assert desk.works("t.csv", "-t", "2", "--exclude", "b", "--exclude", "d").X.shape == (3, 2, 2)


@pytest.mark.parametrize("last", ["Total,18", "Sum,18", ",18", "Average,6"])
def test_24_a_total_line_below_a_column_of_text_is_refused_or_spoken_of(desk, last):
    desk.write("t.csv", f"day,v\n2020-01-01,5\n2020-01-02,6\n2020-01-03,7\n{last}\n")
    found = desk.either("t.csv", "-t", "2", codes={3})
    said = found if isinstance(found, str) else found.report
    assert "row 4" in said


def test_24_a_total_line_as_a_key_or_a_time_is_refused_or_spoken_of(desk):
    desk.write("t.csv", "k,v\na,5\na,6\nb,7\nb,8\nTotal,26\n")
    assert "Total" in desk.works("t.csv", "-t", "2", "--group-by", "k").report
    err = desk.refused("t.csv", "-t", "1", "--time", "k", "-o", "x", code=3)
    assert "line 2" in err
    desk.write("d.csv", "day,v\n2020-01-01,5\n2020-01-02,6\nTotal,11\n")
    assert "row 3 (line 4)" in desk.refused("d.csv", "-t", "1", "--time", "day", "-o", "x", code=3)


# -- 25: other marks -----------------------------------------------------------------------------------------

MARKS = {"semicolon": ";", "tab": "\t", "bar": "|"}


@pytest.mark.parametrize("what", MARKS)
def test_25_another_delimiter_is_refused_with_the_option_that_reads_it(desk, size, what):
    mark = MARKS[what]
    desk.write("t.csv", ramp(6, "abc").replace(",", mark))
    err = desk.refused("t.csv", "-t", "2", "-o", "out", code=2)
    assert "--delimiter" in err
    done = desk.works("t.csv", "-t", "2", "--delimiter", mark)
    assert done.X.shape == (5, 2, 3) and done.X[4, 1].tolist() == [50, 51, 52]


@pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS)
def test_25_another_delimiter_is_seen_behind_a_comma_in_a_name(desk, mark):
    desk.write(
        "t.csv", mark.join(["a", "temp, outdoor", "c"]) + "\n" + mark.join("123") + "\n" + mark.join("456") + "\n"
    )
    assert f"add --delimiter {mark!r}" in desk.refused("t.csv", "-t", "1", "-o", "out", code=2).replace("TAB", "\\t")
    assert desk.works("t.csv", "-t", "1", "--delimiter", mark).X[:, 0].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_25_marks_in_names_are_names_where_the_rows_have_none(desk):
    desk.write("t.csv", "a|1,b|2\n1,2\n3,4\n")
    assert desk.works("t.csv", "-t", "1").manifest["feature_names"] == ["a|1", "b|2"]


@pytest.mark.parametrize("mark", [";", "|", "\t", ":", "^", "~", " ", "#", "!", "&", "*", "\\", "'", "`", "\x1f"])
def test_25_any_delimiter_that_is_asked_for_is_used(desk, mark):
    desk.write("t.csv", ramp(6, "abc").replace(",", mark))
    done = desk.works("t.csv", "-t", "2", f"--delimiter={mark}")
    assert done.X[4, 1].tolist() == [50, 51, 52]


@pytest.mark.parametrize("mark", ["", ",,", "\n", "\r", '"', "a", "1", "é", "\0"[:0], "+", "-"])
def test_25_a_mark_that_cannot_part_cells_is_usage(desk, mark):
    desk.write("t.csv", ramp(6))
    desk.refused("t.csv", "-t", "2", f"--delimiter={mark}", "-o", "out", code=2)
    desk.refused("t.csv", "-t", "2", f"--decimal={mark}", "-o", "out", code=2)
    desk.refused("t.csv", "-t", "2", f"--thousands={mark}", "-o", "out", code=2)


HINTED = {
    "decimal commas": ("a;b\n1,5;2\n2,5;3\n3,25;4\n", ["--delimiter", ";"], "--decimal", ["--decimal", ","], 1.5),
    "quoted decimal commas": ('a,b\n"1,5",2\n"2,5",3\n', [], "--decimal", ["--decimal", ",", "--delimiter", ","], None),
    "thousands": ('a,b\n"1,500",2\n"2,500",3\n', [], "--thousands", ["--thousands", ","], 1500),
    "thousands in some": ('a,b\n999,2\n"1,500",2\n"2,500,000.5",3\n', [], "--thousands", ["--thousands", ","], 999),
    "european": (
        "a;b\n1.500,5;2\n2.500,5;3\n",
        ["--delimiter", ";"],
        "--decimal",
        ["--thousands", ".", "--decimal", ","],
        1500.5,
    ),
    "decimal commas in some": ("a;b\n1;2\n2,5;3\n3;4\n4;4\n", ["--delimiter", ";"], "--decimal", ["--decimal", ","], 1),
}


@pytest.mark.parametrize("what", HINTED)
def test_25_decimal_commas_and_thousands_are_refused_with_the_option_that_reads_them(desk, size, what):
    text, argv, hint, option, first = HINTED[what]
    desk.write("t.csv", text)
    assert hint in desk.refused("t.csv", "-t", "2", *argv, "-o", "out", code=3)
    assert hint in desk.refused("t.csv", "-t", "2", *argv, "-f", "a", "-o", "out", code=3)
    if first is not None:
        assert desk.works("t.csv", "-t", "1", *argv, *option).X[0, 0, 0] == first


def test_25_decimal_commas_in_one_column_name_the_option(desk):
    desk.write("t.csv", "v\n1,5\n2,5\n3,5\n")
    err = desk.refused("t.csv", "-t", "1", "-o", "out", code=3)
    assert "--decimal" in err or "--delimiter" in err


CLOTHED = [
    "$5",
    "5 €",
    "£5.00",
    "5%",
    "5 kg",
    "1 500",
    "1'500",
    "1\u00a0500",
    "1\u202f500",
    "(5)",
    "5-",
    "~5",
    "≈5",
    "5,0",
    "#5",
]


@pytest.mark.parametrize("cell", CLOTHED)
def test_25_numbers_in_clothes_are_refused_or_left_out_and_said(desk, cell):
    desk.write("t.csv", "a,b\n" + f'"{cell}",1\n' * 5)
    err = desk.refused("t.csv", "-t", "2", "-f", "a", "-o", "out", code=3)
    assert "row 1 (line 2)" in err
    found = desk.either("t.csv", "-t", "2", codes={3})
    if not isinstance(found, str):
        assert found.manifest["feature_names"] == ["b"]
        assert "note:" in found.report and "a (text" in found.report


@pytest.mark.parametrize("cell", CLOTHED)
def test_25_one_number_in_clothes_among_bare_ones_is_refused_with_its_line(desk, cell):
    desk.write("t.csv", "a,b\n1,1\n2,2\n" + f'"{cell}",3\n' + "4,4\n5,5\n")
    assert "row 3 (line 4)" in desk.refused("t.csv", "-t", "2", "-o", "out", code=3)


@pytest.mark.parametrize(
    "bad", ["1,50", "15,00", "1,5000", ",500", "1,,500", "1500,000", "1,500,00", "1,500.5.5", "0,50x"]
)
def test_25_thousands_in_the_wrong_place_are_no_number(desk, bad):
    desk.write("t.csv", f'a,b\n"1,500",1\n"{bad}",2\n"3,000",3\n999,4\n')
    assert "row 2 (line 3)" in desk.refused("t.csv", "-t", "1", "--thousands", ",", "-o", "out", code=3)


@pytest.mark.parametrize("mark", list("!#$%&()*/:;<=>?@[]^_`{|}~' "))
def test_25_any_mark_for_thousands_is_taken_as_it_stands(desk, mark):
    desk.write("t.csv", f"a,b\n1{mark}500,1\n2,2\n3{mark}000{mark}000,3\n")
    done = desk.works("t.csv", "-t", "1", f"--thousands={mark}")
    assert done.X[:, 0, 0].tolist() == [1500, 2, 3_000_000]


def test_25_a_point_is_no_decimal_mark_when_the_comma_is(desk):
    desk.write("t.csv", "a;b\n1,5;1\n1.5;2\n2,5;3\n")
    err = desk.refused("t.csv", "-t", "1", "--delimiter", ";", "--decimal", ",", "-o", "out", code=3)
    assert "row 2 (line 3)" in err


# -- 26: other clothes ---------------------------------------------------------------------------------------

STRANGERS: dict[str, tuple[bytes, str]] = {
    "zip": (zipped(**{"t.csv": ramp(5).encode()}), "zip"),
    "xlsx": (zipped(**{"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), "Excel"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Excel"),
    "html": (b"<!DOCTYPE html>\n<html><body>404, not found</body></html>\n", "web page"),
    "html, spaced": (b"\n\n  <HTML>\n<head>,</head></HTML>\n", "web page"),
    "html behind a mark": (b"\xef\xbb\xbf<html>a,b</html>\n", "web page"),
    "xml": (b'<?xml version="1.0"?>\n<a>1,2</a>\n', "XML"),
    "json": (b'{"a": [1, 2], "b": [3, 4]}\n', "JSON"),
    "json rows": (b'[{"a": 1, "b": 2},\n {"a": 3, "b": 4}]\n', "JSON"),
    "json lists": (b"[[1, 2],\n[3, 4]]\n", "JSON"),
    "json lines": (b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', "JSON"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "LFS"),
    "pdf": (b"%PDF-1.7\n1 0 obj\n", "PDF"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ""),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + b"\0" * 60, "HDF5"),
    "npy": (b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }" + b" " * 60 + b"\n", "cut short"),
    "sqlite": (b"SQLite format 3\0" + b"\0" * 90, "SQLite"),
    "xz": (b"\xfd7zXZ\0" + b"\0" * 60, "xz"),
    "pickle": (b"\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94.", "pickle"),
    "elf": (b"\x7fELF" + b"\0" * 60, ""),
    "tar": (b"t.csv" + b"\0" * 95 + b"0000644\0" + b"\0" * 400, ""),
    "parquet that is text": (b"PAR1,b\n1,2\n3,4\n", "Parquet"),
    "feather that is text": (b"ARROW1,b\n1,2\n3,4\n", "Feather"),
    "an rtf": (b"{\\rtf1\\ansi a,b}\n", ""),
    "an image in text": (b"P3\n2 2\n255\n", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", STRANGERS)
@pytest.mark.parametrize("name", ["t.csv", "t", "t.data", "-"])
def test_26_what_is_no_table_is_refused_and_called_by_its_name(desk, what, name):
    content, called = STRANGERS[what]
    if name != "-":
        desk.write(name, content)
    err = desk.refused(name, "-t", "2", "-o", "out", code={2, 3}, stdin=content if name == "-" else b"")
    assert called in err


@pytest.mark.parametrize("what", ["zip", "html", "json", "lfs", "pickle", "xlsx"])
@pytest.mark.parametrize("pack", ["gz", "bz2", "zst"])
def test_26_strangers_in_a_pack_are_called_by_their_name(desk, what, pack):
    content, called = STRANGERS[what]
    packed = {"gz": gzip.compress, "bz2": bz2.compress, "zst": zst}[pack](content)
    desk.write(f"t.csv.{pack}", packed)
    assert called in desk.refused(f"t.csv.{pack}", "-t", "2", "-o", "out", code=3)


NO_COLUMNS = {
    "nothing": b"",
    "text": b"a,b\n1,2\n3,4\n",
    "packed text": gzip.compress(b"a,b\n1,2\n"),
    "the mark of Parquet": b"PAR1",
    "both marks of Parquet": b"PAR1PAR1",
    "the mark of Feather": b"ARROW1",
}


@pytest.mark.parametrize("name", ["t.parquet", "t.pq", "t.feather", "t.arrow"])
@pytest.mark.parametrize("what", NO_COLUMNS)
def test_26_text_that_is_called_parquet_or_feather_is_refused(desk, name, what):
    desk.write(name, NO_COLUMNS[what])
    err = desk.refused(name, "-t", "1", "-o", "out", code=3)
    assert "Parquet" in err or "Feather" in err or "empty" in err


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t", "t.dat", "t.csv.bak"])
def test_26_a_parquet_file_with_another_suffix_is_read_by_its_content(desk, name):
    desk.parquet(name, {"a": [1.0, 2.0, 3.0]})
    assert desk.works(name, "-t", "2").X[:, :, 0].tolist() == [[1, 2], [2, 3]]


PACKS = {"gz": gzip.compress, "bz2": bz2.compress, "zst": zst}


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("name", ["t.csv.{}", "t.csv", "t.{}", "t.tsv.{}", "t", "T.CSV.{}"])
def test_26_packed_tables_are_read_whatever_they_are_called(desk, size, pack, name):
    text = ramp(20)
    called = name.format(pack if name.islower() else pack.upper())
    desk.write(called, PACKS[pack]((text.replace(",", "\t") if "tsv" in called else text).encode()))
    assert np.array_equal(desk.works(called, "-t", "3").X, windows([[10 * r, 10 * r + 1] for r in range(20)], 3))


@pytest.mark.parametrize("name", ["t.tsv", "t.tab", "T.TSV"])
def test_26_a_tsv_is_read_by_its_suffix(desk, name):
    desk.write(name, ramp(6).replace(",", "\t"))
    assert desk.works(name, "-t", "2").X.shape == (5, 2, 2)


@pytest.mark.parametrize("pack", PACKS)
def test_26_members_of_a_pack_are_all_read(desk, pack):
    text = ramp(300).encode()
    cuts = [0, 1, 500, 501, 2000, len(text)]
    desk.write(f"t.csv.{pack}", b"".join(PACKS[pack](text[a:b]) for a, b in itertools.pairwise(cuts)))
    assert desk.works(f"t.csv.{pack}", "-t", "3").rows == 300


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9, 0.99, -1, -2, -4, -7, -8, -9])
def test_26_a_pack_that_is_cut_is_refused(desk, pack, share):
    whole = PACKS[pack](ramp(3000).encode())
    desk.write(f"t.csv.{pack}", whole[: int(len(whole) * share) if share > 0 else share])
    err = desk.refused(f"t.csv.{pack}", "-t", "3", "-o", "out", code=3)
    assert "cut short" in err or "damaged" in err


@pytest.mark.parametrize("pack", ["gz", "bz2"])
def test_26_a_pack_with_a_flipped_bit_is_refused_or_the_same(desk, pack):
    """gzip and bzip2 carry checksums."""
    chance = random.Random(8)
    whole = PACKS[pack](ramp(2000).encode())
    for _ in range(40):
        data = bytearray(whole)
        data[chance.randrange(10, len(data))] ^= 1 << chance.randrange(8)
        desk.write(f"t.csv.{pack}", bytes(data))
        found = desk.either(f"t.csv.{pack}", "-t", "3", codes={2, 3})
        if not isinstance(found, str):
            assert np.array_equal(found.X, windows([[10 * r, 10 * r + 1] for r in range(2000)], 3))
            shutil.rmtree("out")


@pytest.mark.parametrize("tail", [b"x", b"\0", b"\0" * 600, b"a,b\n1,2\n"])
def test_26_rubbish_behind_a_pack_is_refused_or_no_row(desk, tail):
    desk.write("t.csv.gz", gzip.compress(ramp(9).encode()) + tail)
    found = desk.either("t.csv.gz", "-t", "3", codes={3})
    if not isinstance(found, str):
        assert found.rows == 9


# -- all of it, by chance ------------------------------------------------------------------------------------

CELLS = [
    "1", "2", "-3.5", "1e3", "NA", "", "x", '"5"', '"a,b"', '"x\ny"', '"x\r\n7,8"', '"q""q"', '5" p', '""', " 7 ", ' "8"',
    "+9", "\t", "é", "true", '"1\n2,3"', "0x1", "1_0", "\u0661", '"', "'", "inf", "1e999", "\x1a", "#", "a", "b",
]  # fmt: skip
TEXTS = ["x", "y", '"a,b"', '"l\nm"', '"7,8\n9,1"', '"q""q"', '5" p', "z", '""']


def mutant(chance: random.Random) -> bytes:
    """A small table with something wrong in it, or nothing."""
    width, wild = chance.choice([1, 1, 2, 2, 3, 4]), chance.choice([0, 0, 0.03, 0.1])
    end, mixed = chance.choice(["\n", "\n", "\r\n", "\r"]), chance.random() < 0.2
    numeric = [chance.random() < 0.7 for _ in range(width)]
    lines = [",".join("abcd"[:width])]
    for row in range(chance.randint(0, 12)):
        plain = [str(row * 10 + j) if numeric[j] else chance.choice(TEXTS) for j in range(width)]
        cells = [chance.choice(CELLS) if chance.random() < wild else c for c in plain]
        if chance.random() < wild / 3:
            cells = chance.choice([[*cells, "1"], cells[:-1], [*cells, ""], ["", *cells]])
        lines.append(",".join(cells))
    text = "".join(line + (chance.choice(["\n", "\r\n", "\r", "\n\n"]) if mixed else end) for line in lines)
    data = bytearray((text if chance.random() < 0.8 else text.rstrip("\r\n")).encode())
    if chance.random() < 0.15 and data:
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.choice(b'\0\x1a\xff",\n\r\xc3 ;0')
    return bytes(data)


def fuzz(desk: Desk, monkeypatch: Any, seed: int, rounds: int) -> None:
    """Mutants: the exit code is a known one, the rows are those csv counts, and the block size changes nothing."""
    chance = random.Random(seed)
    plain = blocks.BLOCK
    for _ in range(rounds):
        data = mutant(chance)
        desk.write("t.csv", data)
        answers = []
        for size in (plain, chance.choice([7, 13, 29])):
            monkeypatch.setattr(blocks, "BLOCK", size)
            found = desk.either("t.csv", "-t", "1", "--missing", "drop", codes={2, 3, 4})
            answers.append(found if isinstance(found, str) else (found.rows, found.X.tobytes()))
            shutil.rmtree("out", ignore_errors=True)
        assert isinstance(answers[0], str) == isinstance(answers[1], str), data
        if isinstance(answers[0], str):
            continue
        assert answers[0] == answers[1], data
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig", "replace"), newline="")))
        header = next(i for i, row in enumerate(rows) if row)
        width = len(rows[header])
        body = [row for row in rows[header + 1 :] if row or width == 1]
        assert answers[0][0] == len(body), data
        assert all(len(row) == width for row in body if row), data


@pytest.mark.parametrize("seed", range(4))
def test_19_to_26_mutants_of_tables_are_refused_or_read_right(desk, monkeypatch, seed):
    fuzz(desk, monkeypatch, seed, 60)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 112))
def test_19_to_26_thousands_of_mutants_are_refused_or_read_right(desk, monkeypatch, seed):
    fuzz(desk, monkeypatch, seed, 500)
