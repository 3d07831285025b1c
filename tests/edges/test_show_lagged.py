"""`show --at ROW,COLUMN`: one number of a lagged table back to its cell, whatever form it was written in."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import lstmprep
from lstmprep.cli import run

# two keys interleaved and out of order, so that no row stands where it stood
TABLE = "k,t,a,y\n" + "".join(
    f"{k},2024-01-{d:02},{d + 10 * i},{d * d + 100 * i}\n" for d in (3, 1, 2, 6, 5, 4, 7, 8) for i, k in enumerate("uv")
)
FORMS = ["lags.csv", "lags.parquet", "lags.npy"]
LINE = "--group-by k --time t -f a,y --target y --lags 1,3 --horizon 2"


@pytest.fixture
def shown(tmp_path, monkeypatch, capsys):
    """Makes a lagged table, explains a number of it; what was printed in one line, or the error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("d.csv").write_text(TABLE, encoding="utf-8")

    def typed(line: str, code: int = 0, *, made: str | None = None) -> str:
        if made is not None:
            assert run(["lag", "d.csv", *shlex.split(made), "-q", "--overwrite"]) == 0
        capsys.readouterr()
        assert run(["show", *shlex.split(line)]) == code
        seen = capsys.readouterr()
        return " ".join((seen.out if code == 0 else seen.err).split())

    return typed


def the_line(key: str, day: int) -> int:
    """The line of the file on which a row stands."""
    return (
        1
        + 1
        + TABLE.splitlines()[1:].index(next(x for x in TABLE.splitlines() if x.startswith(f"{key},2024-01-{day:02}")))
    )


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("column", "ahead", "source", "words"),
    [
        ("a(t-3)", -3, "a", "feature a, 3 rows before row t"),
        ("y(t-1)", -1, "y", "feature y, 1 row before row t"),
        ("y(t)", 0, "y", "target y, row t itself"),
        ("y(t+1)", 1, "y", "target y, 1 row after row t"),
    ],
)
def test_a_number_of_a_lagged_table_is_explained_by_its_cell(shown, name, column, ahead, source, words):
    shown(name, made=f"{LINE} -o {name}")
    columns = ["a(t-3)", "y(t-3)", "a(t-1)", "y(t-1)", "y(t)", "y(t+1)"]

    for row, (key, day) in enumerate([(k, d) for k in "uv" for d in (4, 5, 6, 7)]):
        text = shown(f"{name} --at '{row},{column}'")

        at, base = day + ahead, 10 if source == "a" else 100
        value = (at if source == "a" else at * at) + base * (key == "v")
        number = columns.index(column)
        assert f"X[{row}, {number}] = {value} " in text
        assert f"column {column}: {words} (float32)" in text
        line = the_line(key, at)
        assert f"from d.csv, row {line - 1} (line {line}) the cell of column {source}: '{value}'" in text
        assert ("row t k " + key in text) == (name != "lags.npy")
        assert shown(f"{name} --at {row},{number}") == text


def test_without_a_group_and_a_target_it_is_the_row_itself_that_is_named(shown):
    text = shown("lags.csv --at '1,a(t)'", made="-f a --lags 0-2 -o lags.csv")

    assert "row 1 of 14 (row 2 of lags.csv), column a(t): feature a, row t itself" in text
    assert "from d.csv, row 4 (line 5) the cell of column a: '11'" in text


@pytest.mark.parametrize("name", FORMS[:2])
@pytest.mark.parametrize("way", ["", "--log a,y", "--difference 1", "--scale-by-group"])
@pytest.mark.parametrize("column", ["a(t-1)", "y(t)"])
def test_each_change_on_the_way_is_named_and_ends_at_the_number(shown, name, way, column):
    """Rows of a part are counted in the part; features and targets have numbers of their own."""
    line = f"--group-by k --time t -f a,y --target y --lags 1 --scale standard --scale-target --split 0.6,0.4 {way} -o {name}"

    text = shown(f"{name} --split test --at '4,{column}'", made=line)

    value = float(re.search(r"^X_test\[4, \d\] = (\S+)", text)[1])
    x, shift, factor, done = map(
        float, re.search(r"standard scaling by train rows.*?: \((\S+) - (\S+)\) / (\S+) = (\S+)", text).groups()
    )
    assert done == pytest.approx(value, rel=1e-5, abs=1e-6)
    assert (x - shift) / factor == pytest.approx(value, rel=1e-3, abs=1e-4)
    made = lstmprep.load(name).test.X
    assert made[4, ["a(t-1)", "y(t-1)", "y(t)"].index(column)] == pytest.approx(value)
    assert ("by train rows of v" in text) == (way == "--scale-by-group")
    assert ("logarithm of" in text) == ("log" in way)
    assert ("less the value 1 rows before" in text) == ("difference" in way)
    at = int(re.search(r"row (\d+) \(line", text)[1])
    source = TABLE.splitlines()[at].split(",")
    assert f"the cell of column {column[0]}: '{source[{'a': 2, 'y': 3}[column[0]]]}'" in text


def test_without_the_source_the_number_and_its_row_are_told(shown):
    shown("lags.csv", made=f"{LINE} -o lags.csv")
    Path("d.csv").rename("e.csv")

    text = shown("lags.csv --at '0,a(t-3)'")

    assert "X[0, 0] = 1 " in text
    assert "the source is not at hand: --table FILE finds the row" in text
    assert "from e.csv, row 3 (line 4)" in shown("lags.csv --at '0,a(t-3)' --table e.csv")


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("x", "--at 'x' is not ROW,COLUMN Give a row, counted from 0, and a column: --at '0,a(t-3)'."),
        ("0,a(t-2)", "no column 'a(t-2)' Did you mean 'a(t-"),
        ("0,6", "there is no column 6: the table has 6 columns of numbers, 0 to 5"),
        ("8,y(t)", "there is no row 8: the lagged table has 8 rows, 0 to 7 The last is --at '7,y(t)'."),
        ("0,1,a", "this output is a lagged table: its samples are its rows, and have no timesteps Give a row"),
    ],
)
def test_what_is_no_cell_is_answered_with_one_that_is(shown, name, at, words):
    assert words in shown(f"{name} --at '{at}'", 2, made=f"{LINE} -o {name}")
    assert "X[7, 4] = " in shown(f"{name} --at '7,y(t)'")
