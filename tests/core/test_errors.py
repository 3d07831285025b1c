"""Errors: two lines, an address filled in on the way up, the exit code by who can mend it."""

from __future__ import annotations

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.errors import (
    DataError,
    LstmprepError,
    RecipeError,
    StorageError,
    Where,
    did_you_mean,
    located,
)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Where(), ""),
        (Where("a.csv"), "a.csv"),
        (Where("a b.csv"), "'a b.csv'"),
        (Where("a.csv", row=1234), "a.csv, row 1,234"),
        (Where("a.csv", row=42, line=43, column="temp"), "a.csv, row 42 (line 43), column temp"),
        (Where("a.csv", line=7), "a.csv, line 7"),
        (Where(column="x y"), "column 'x y'"),
        (Where("\x1b[31m.csv"), "'\\x1b[31m.csv'"),
    ],
)
def test_an_address_is_written_as_far_as_it_is_known(where, text):
    assert str(where) == text.replace("'\\x1b[31m.csv'", "\\x1b[31m.csv")


def test_an_error_is_where_and_what_and_then_what_to_do():
    error = DataError("'x' is not a number", fix="Mend the cell.", where=Where("a.csv", row=2))

    assert str(error) == "a.csv, row 2: 'x' is not a number\n  Mend the cell."
    assert str(RecipeError("no", fix="Do.")) == "no\n  Do."
    assert str(RecipeError("no")) == "no"
    assert (error.what, error.fix, error.where.row) == ("'x' is not a number", "Mend the cell.", 2)


def test_the_exit_code_says_who_can_mend_it():
    codes = {RecipeError: 2, DataError: 3, StorageError: 4}
    assert {kind: kind.exit_code for kind in codes} == codes
    assert all(issubclass(kind, LstmprepError) for kind in codes)


def test_each_layer_adds_what_it_knows_and_the_inner_one_wins():
    def read() -> None:
        with located(file="outer.csv", row=1), located(column="temp", row=7, line=8), located():
            raise DataError("no", where=Where(file="inner.csv"))

    with pytest.raises(DataError) as raised:
        read()

    assert raised.value.where == Where("inner.csv", row=7, line=8, column="temp")


def test_other_errors_pass_untouched():
    with pytest.raises(KeyError), located(file="a.csv"):
        raise KeyError("k")


parts = st.tuples(*[st.none() | st.text(min_size=1, max_size=3)] * 2, *[st.none() | st.integers(1, 9)] * 2)


@given(mine=parts, theirs=parts)
def test_gaps_of_an_address_are_filled_and_nothing_is_overwritten(mine, theirs):
    one, two = (Where(file=p[0], column=p[1], row=p[2], line=p[3]) for p in (mine, theirs))

    both = one.or_else(two)

    for name in ("file", "column", "row", "line"):
        expected = getattr(two, name) if getattr(one, name) is None else getattr(one, name)
        assert getattr(both, name) == expected


@pytest.mark.parametrize(
    ("word", "choices", "answer"),
    [
        ("tmp", ["temp", "pressure"], "Did you mean 'temp'? "),
        ("TEMP", ["temp", "pressure"], "Did you mean 'temp'? "),
        ("zzz", ["temp", "pressure"], ""),
        ("humidity_in", ["humidity_inside_the_house", "t"], "Did you mean 'humidity_inside_the_house'? "),
        ("temperature", ["temp"], "Did you mean 'temp'? "),
        ("colr1", ["color1", "color2"], "Did you mean 'color1' or 'color2'? "),
        ("t", ["temp"], ""),
        ("x", [], ""),
        ("ab", ["", "xy"], ""),
    ],
)
def test_a_misspelt_word_is_answered_with_the_nearest_choices(word, choices, answer):
    assert did_you_mean(word, choices) == answer


def test_a_column_that_is_not_there_is_answered_with_the_nearest_and_with_all():
    error = RecipeError.no_such_column("tmp", ["temp", "x y"])

    assert str(error) == "there is no column 'tmp'\n  Did you mean 'temp'? The table has: temp, 'x y'."


@pytest.mark.parametrize(
    ("number", "what", "fix"),
    [
        (errno.ENOSPC, "no space", "Free some space"),
        (errno.EDQUOT, "quota", "quota"),
        (errno.EACCES, "permission denied", "permissions"),
        (errno.EPERM, "not permitted", "permissions"),
        (errno.EROFS, "read-only", "can be written to"),
        (errno.ENOMEM, "memory", "fewer columns"),
        (errno.EIO, "input/output error", "Check the path and the disk"),
    ],
)
def test_what_the_system_refuses_is_said_in_our_words_with_a_way_out(number, what, fix):
    error = StorageError.from_os(OSError(number, os.strerror(number)), "write it", where=Where("out"))

    assert error.what.startswith("cannot write it: ") and what in error.what
    assert fix in error.fix
    assert str(error.where) == "out"


def test_an_error_of_the_system_without_words_still_has_a_name():
    assert StorageError.from_os(OSError(), "read it").what == "cannot read it: oserror"
    assert StorageError.from_os(OSError("odd"), "read it").what == "cannot read it: odd"
