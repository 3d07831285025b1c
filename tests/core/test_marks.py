"""Cells written with other marks: the option that is offered reads them."""

from __future__ import annotations

import shlex

import pytest

import lstmprep
from lstmprep.marks import decimal_comma, delimiter_hint, hint_for, lines_above, number_hint, wide_encoding


def offered(hint: str) -> dict[str, str]:
    """The options of the first advice, as keywords."""
    words = shlex.split(hint.split(";", maxsplit=1)[0].partition("add ")[2].rstrip("."))
    return {flag.removeprefix("--"): value for flag, value in zip(words[::2], words[1::2], strict=True)}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1,234", 1234), ("-1,234,567", -1234567), ("1,230.25", 1230.25), ("+1,000.", 1000), ("2,5", 2.5), (",5", 0.5), ("1234,5", 1234.5),
        ("1.013,2", 1013.2), ("-12.345.678,25", -12345678.25), ("1 234", 1234), ("1 234 567,5", 1234567.5), ("1'234.5", 1234.5), ("1_000", 1000),
        ("1\u00a0234\u00a0567,5", 1234567.5), ("-1\u202f234,5", -1234.5), ("1\u2019234.5", 1234.5), ("1\u2009234", 1234),
    ],
)  # fmt: skip
def test_the_options_that_are_offered_read_the_number(tmp_path, cell, value):
    (tmp_path / "t.csv").write_text(f"x;z\n{cell};{cell}\n")

    data = lstmprep.window(
        tmp_path / "t.csv", timesteps=1, delimiter=";", dtype="float64", **offered(number_hint(cell))
    )

    assert data.X.ravel().tolist() == [value, value]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "a",
        "12.5",
        "1e5",
        "1,2,3",
        "12,34.5",
        "1.2.3",
        "1.23,4",
        "12 34",
        "1 234'567",
        "1234 567",
        "x,5",
        "1,5x",
        "\u0661,5",
    ],
)
def test_what_is_no_number_by_any_marks_is_offered_none(cell):
    assert number_hint(cell) == ""


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_delimiter_inside_the_cell_is_offered_unless_it_is_in_use(mark):
    assert repr(mark) in delimiter_hint(f"1{mark}2", ",")
    assert delimiter_hint(f"1{mark}2", mark) == ""


@pytest.mark.parametrize("cell", ["1 2", "-1 +2.5 3e5", "1   2", ".5 1."])
def test_numbers_in_a_row_are_parted_by_blanks(tmp_path, cell):
    """Columns that were made even with blanks need them squeezed first."""
    hint = delimiter_hint(cell, ",")

    assert "--delimiter ' '" in hint
    assert ("tr -s ' '" in hint) == ("  " in cell)
    assert delimiter_hint(cell, " ") == ""


@pytest.mark.parametrize("cell", ["a b", "1", "1 b", " ", "1 2 "])
def test_words_and_single_numbers_are_not_taken_apart(cell):
    assert delimiter_hint(cell, ",") == ""


@pytest.mark.parametrize(
    ("cell", "words"),
    [("1,5", "--decimal"), ("1;5", "--delimiter"), ("n/a?", "--na-values 'n/a?'"), ("", "--na-values ''")],
)
def test_one_answer_is_given_for_every_cell(cell, words):
    assert words in hint_for(cell, ",")


@pytest.mark.parametrize(
    ("line", "delimiter", "taken"),
    [("1,5", ",", True), ("-2,25", ",", True), ("1;5", ";", False), ("a,b", ",", False), ("1,2,3", ",", False)],
)
def test_a_decimal_comma_is_suspected_where_the_delimiter_is_one(line, delimiter, taken):
    assert decimal_comma(line, delimiter) == (
        "If the comma marks decimals, add --delimiter ';' --decimal ','." if taken else ""
    )


def test_what_stands_above_a_header_is_left_out_by_the_command_that_is_offered():
    assert "tail -n +3 FILE | lstmprep window -" in lines_above(3)


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["a,b\n1,2\n", "größe;naïve\n1;2\n"])
def test_wide_text_is_known_by_its_empty_bytes(name, text):
    assert wide_encoding(text.encode(name)) == name


@pytest.mark.parametrize("head", [b"", b"a", b"a,b\n", b"a\0b,", b"\0\0\0\0", b"a\0,\0\0\0\0\0"])
def test_other_bytes_are_no_wide_text(head):
    assert wide_encoding(head) == ""
