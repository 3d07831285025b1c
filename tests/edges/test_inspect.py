"""`inspect` on tables as they come: facts of columns, order against the obvious loop, warnings, a command that works."""

from __future__ import annotations

import json
import os
import shlex
import statistics
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.cli import run
from lstmprep.errors import DataError, RecipeError
from lstmprep.sources import arrow as arrow_sources
from lstmprep.survey import order as order_module
from lstmprep.survey.findings import inspect

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in [n for n in os.environ if n.startswith("LSTMPREP")]:
        monkeypatch.delenv(name)


def csv(text: str, name: str = "d.csv") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def column(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(c for c in found["columns"] if c["name"] == name)


def codes(found: dict[str, Any]) -> set[str]:
    return {w["code"] for w in found["warnings"]}


def said(found: dict[str, Any], code: str) -> str:
    return next(w["text"] for w in found["warnings"] if w["code"] == code)


# ---------------------------------------------------------------- columns


def test_the_facts_of_every_column():
    found = inspect(csv("n,w,b,t,e,m\n1,1.5,true,x,,3\n2,,false,y,,n/a?\n3,-2.5,true,x,,5\n4,0,true,x,,6\n"))

    assert {c["name"]: c["type"] for c in found["columns"]} == {
        "n": "whole number",
        "w": "number",
        "b": "true/false",
        "t": "text",
        "e": "empty",
        "m": "mixed",
    }
    assert (column(found, "w")["min"], column(found, "w")["max"]) == (-2.5, 1.5)
    assert (column(found, "w")["missing"], column(found, "w")["first_missing"]) == (1, {"row": 1, "line": 3})
    assert column(found, "w")["mean"] == pytest.approx(-1 / 3)
    assert column(found, "w")["std"] == pytest.approx(np.std([1.5, -2.5, 0]))
    assert column(found, "m")["odd"] == {"cell": "n/a?", "count": 1, "row": 1, "line": 3}
    assert column(found, "t")["distinct"] == 2
    assert column(found, "e")["missing"] == 4


@pytest.mark.parametrize(("cells", "constant"), [("5,5,5", True), ("5,,5", True), ("5,6,5", False), ("x,x,x", True)])
def test_a_constant_column_is_one_value_besides_what_is_missing(cells, constant):
    found = inspect(csv("k,c\n" + "".join(f"{i},{c}\n" for i, c in enumerate(cells.split(",")))))

    assert column(found, "c")["constant"] == constant
    assert ("constant" in codes(found)) == (constant and "x" not in cells)


def test_an_infinite_value_is_told_and_not_refused():
    found = inspect(csv("a\n1\n1e999\n3\n"))

    assert column(found, "a")["infinite"] == {"count": 1, "row": 1, "line": 3}
    assert column(found, "a")["max"] == 3
    assert "infinite" in codes(found)


def test_named_missing_values_are_missing():
    found = inspect(csv("a\n1\n-200\n?\n4\n"), na_values=["-200", "?"])

    assert column(found, "a")["missing"] == 2
    assert (column(found, "a")["min"], column(found, "a")["max"]) == (1, 4)


def test_types_of_arrow_are_told_by_their_own_names():
    when = pa.array(np.array(["2020-01-02", "2020-01-01"], "M8[D]"))
    table = pa.table({"when": when, "list": [[1], [2]], "x": pa.array([1, None], pa.int16()), "nothing": pa.nulls(2)})

    found = inspect(table)

    assert column(found, "list")["type"].startswith("list")
    assert column(found, "when")["min"] == "2020-01-01"
    assert column(found, "nothing")["type"] == "empty"
    assert found["order"]["time"] == ["when"]
    assert found["order"]["out_of_order"] == 1


def test_numbers_written_with_other_marks_are_read_as_asked():
    found = inspect(csv("a;b\n1.000,5;2\n2.000,5;3\n"), delimiter=";", decimal=",", thousands=".")

    assert column(found, "a")["max"] == 2000.5


def test_the_parts_of_columns_follow_what_is_asked():
    found = inspect(
        csv("t,g,a,b,c,y\n" + "1,u,1,2,3,4\n2,u,2,3,4,5\n"), time="t", group_by="g", target="y", exclude="b"
    )

    assert {c["name"]: c["part"] for c in found["columns"]} == {
        "t": "time",
        "g": "key",
        "a": "feature",
        "b": "excluded",
        "c": "feature",
        "y": "target",
    }
    assert found["framings"]["features"] == 3
    assert inspect("d.csv", features="a,b")["framings"]["features"] == 2


# ---------------------------------------------------------------- order


@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(0, 1)), min_size=1, max_size=40),
    batch=st.integers(1, 9),
    piece=st.sampled_from([1, 3, order_module.PIECE]),
)
def test_order_and_sequences_are_those_of_the_obvious_loop(rows, batch, piece):
    keys, times, values = (list(c) for c in zip(*rows, strict=True))
    table = pa.table({"k": [f"k{k}" for k in keys], "t": times, "v": [float(v) for v in values]})
    before, arrow_sources.BATCH, order_module.PIECE = (arrow_sources.BATCH, order_module.PIECE), batch, piece
    try:
        found = inspect(table, time="t", group_by="k")
    finally:
        arrow_sources.BATCH, order_module.PIECE = before

    groups = defaultdict(list)
    for key, time in zip(keys, times, strict=True):
        groups[key].append(time)
    back = sum(b < a for g in groups.values() for a, b in pairwise(g))
    steps = [b - a for g in groups.values() for a, b in pairwise(sorted(g))]
    order, apart = found["order"], [s for s in steps if s]
    assert (order["out_of_order"], order["sorted"]) == (back, back == 0)
    assert order["duplicates"] == steps.count(0)
    assert order["spacing"]["min"] == (min(apart) if apart else None)
    assert order["spacing"]["max"] == (max(apart) if apart else None)
    assert (order["first"], order["last"]) == (min(times), max(times))
    assert found["sequences"]["count"] == len(groups)
    lengths = [len(g) for g in groups.values()]
    assert found["sequences"]["lengths"] == {
        "min": min(lengths),
        "median": statistics.median(lengths),
        "max": max(lengths),
    }
    for which, rows_there in (("shortest", min(lengths)), ("longest", max(lengths))):
        assert (
            found["sequences"][which]["rows"] == len(groups[int(found["sequences"][which]["key"][0][1:])]) == rows_there
        )
    runs = 1 + sum(a != b for a, b in pairwise(keys))
    assert found["sequences"]["interleaved"] == (runs > len(groups))
    assert order["repeated_rows"] == sum(
        (a, x) == (b, y) for a, b, x, y in zip(keys, keys[1:], values, values[1:], strict=False)
    )


@pytest.mark.parametrize(
    ("header", "row", "time"),
    [
        ("no,year,month,day,hour,v", "{i},2020,1,{d},{h},{i}", ["year", "month", "day", "hour"]),
        ("Hour,v,Month,Day,Year", "{h},{i},1,{d},2020", ["Year", "Month", "Day", "Hour"]),
        ("Date,Time,v", "2020-01-0{d},{h:02d}:00,{i}", ["Date", "Time"]),
        ("clock,v,day", "{h:02d}:00:00,{i},2020-01-0{d}", ["day", "clock"]),
    ],
)
def test_parts_of_an_instant_are_taken_together_and_the_suggestion_runs(header, row, time):
    found = inspect(
        csv(header + "\n" + "".join(row.format(i=i * i, d=1 + i // 24, h=i % 24) + "\n" for i in range(72)))
    )

    assert (found["order"]["time"], found["order"]["spacing"]["even"]) == (time, True)
    assert run(shlex.split(found["suggestion"])[1:]) == 0


def test_dates_are_taken_for_the_time_and_it_is_said():
    found = inspect(csv("day,v\n2020-01-01,1\n2020-01-02,2\n2020-01-04,3\n"))

    assert found["order"]["assumed"]
    assert "assumed-time" in codes(found)
    assert found["order"]["spacing"]["min"] == 86_400_000_000
    assert not found["order"]["spacing"]["even"]


def test_a_date_that_is_none_takes_the_assumption_back():
    found = inspect(csv("day,v\n2020-01-01,1\nsoon,2\n"))

    assert found["order"] is None
    assert "no-order" in codes(found)
    assert found["refused"] == []


def test_a_time_that_window_would_refuse_is_told_with_its_place():
    found = inspect(csv("day,v\n2020-01-01,1\nsoon,2\n2020-01-03,3\n"), time="day")

    assert found["order"] is None
    assert "row 2 (line 3)" in found["refused"][0]["text"]
    assert "'soon'" in found["refused"][0]["text"]
    assert column(found, "v")["max"] == 3
    with pytest.raises(DataError, match="soon"):
        lstmprep.window("d.csv", time="day", timesteps=1)


def test_an_empty_key_is_told_with_its_place():
    found = inspect(csv("k,v\na,1\n,2\n"), group_by="k")

    assert "row 2 (line 3), column k: the key is empty" in found["refused"][0]["text"]
    assert found["sequences"] is None
    assert found["framings"] is None


def test_a_time_that_turns_from_whole_numbers_to_others_is_read_again():
    found = inspect(pa.table({"t": pa.chunked_array([[1.0, 2.0], [2.5]]), "v": [1, 2, 3]}), time="t")

    assert found["order"]["spacing"]["min"] == 0.5


def test_files_that_are_sequences_have_their_own_lengths():
    for i, n in enumerate((3, 5)):
        csv("v\n" + "1\n" * n, f"walk{i}.csv")

    found = inspect(["walk0.csv", "walk1.csv"], file_as="sequence")

    assert found["sequences"]["count"] == 2
    assert [found["sequences"][k]["rows"] for k in ("shortest", "longest")] == [3, 5]
    assert [s["rows"] for s in found["source"]] == [3, 5]


# ---------------------------------------------------------------- warnings and the command to begin with

TABLES = {
    "houses": "size,rooms\n200,3\n150,1\n270,4\n320,3\n",
    "ids": "id,t,v\n" + "".join(f"s{k},{t},{k * 10 + t}\n" for k in (1, 2) for t in range(6)),
    "users": "datetime,user_id,f\n2018-01-01,0,1\n2018-01-20,0,3\n2018-01-01,1,1\n2018-02-25,1,3\n",
    "panel": "day,shop,v\n" + "".join(f"2020-01-{d + 1:02},{s},{d + s}\n" for d in range(9) for s in range(3)),
    "holes": "t,a,b\n" + "".join(f"{i},{i * i},{'' if i % 9 == 4 else i}\n" for i in range(30)),
    "odd": "a\n" + "".join("n/a?\n" if i == 11 else f"{i * 7 % 5}\n" for i in range(30)),
    "constant": "a,c\n" + "".join(f"{i * i},5\n" for i in range(20)),
    "status": "t,state,v\n" + "".join(f"{i},{'on' if i % 4 else 'off'},{i * i}\n" for i in range(20)),
    "twice": "t,v\n" + "".join(f"{i // 2},{i * i}\n" for i in range(20)),
    "back": "t,v\n" + "".join(f"{(i * 7) % 20},{i * i}\n" for i in range(20)),
    "one": "v\n" + "".join(f"{i * 3 % 7}\n" for i in range(3)),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_command_to_begin_with_works(name, capsys):
    found = inspect(csv(TABLES[name]))

    code = run([*shlex.split(found["suggestion"])[1:], "-o", "out"])

    assert code == 0, capsys.readouterr().err
    assert len(lstmprep.load("out").X) >= 1


@pytest.mark.parametrize("table", ["sunspots", "weather_hourly", "watch_exercises"])
def test_the_command_to_begin_with_works_on_real_tables(table, capsys):
    found = inspect(str(ROOT / "sample_data" / f"{table}.csv"))

    assert run([*shlex.split(found["suggestion"])[1:], "-o", "out"]) == 0, capsys.readouterr().err
    assert len(lstmprep.load("out").X) > 50


@pytest.mark.parametrize("target", [["kind"], ["kind", "v"]])
def test_the_command_to_begin_with_predicts_classes_where_a_text_is_the_target(target, capsys):
    table = csv("t,kind,v\n" + "".join(f"{i},{'ab'[i % 2]},{i * i % 7}\n" for i in range(30)))
    words = shlex.split(inspect(table, target=target)["suggestion"])

    assert run([*words[1:], "-o", "out", "-q"]) == 0, capsys.readouterr().err
    assert lstmprep.load("out").manifest["classes"] == ["a", "b"]


@pytest.mark.parametrize("features", [["kind"], ["kind", "v"]])
def test_the_command_to_begin_with_makes_features_of_a_text_that_is_asked_for(features, capsys):
    table = csv("t,kind,v\n" + "".join(f"{i},{'ab'[i % 2]},{i * i % 7}\n" for i in range(30)))
    words = shlex.split(inspect(table, features=features)["suggestion"])

    assert run([*words[1:], "-o", "out", "-q"]) == 0, capsys.readouterr().err
    assert lstmprep.load("out").manifest["feature_names"][:2] == ["kind=a", "kind=b"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ids", "--time t --group-by id"),
        ("users", "--time datetime --group-by user_id"),
        ("panel", "--time day --group-by shop"),
        ("holes", "--missing drop"),
        ("odd", "--na-values 'n/a?'"),
        ("constant", "--exclude c"),
        ("status", "window d.csv --time t --timesteps"),
        ("back", "--time t"),
    ],
)
def test_the_command_to_begin_with_names_what_it_saw(name, words):
    assert words in inspect(csv(TABLES[name]))["suggestion"]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("houses", "no-order", "order of the file"),
        ("ids", "key-like", "--group-by id"),
        ("odd", "odd-cell", "row 12 (line 13)"),
        ("holes", "missing", "b 3"),
        ("constant", "constant", "c"),
        ("one", "too-short", "10, 24, 50"),
        ("houses", "one-sequence", "one sample"),
    ],
)
def test_what_would_go_wrong_is_said(name, code, words):
    assert words in said(inspect(csv(TABLES[name])), code)


def test_a_named_time_warns_of_disorder_and_doubles():
    assert "row 4 (line 5)" in said(inspect(csv(TABLES["back"]), time="t"), "sorted")
    assert "10 rows" in said(inspect(csv(TABLES["twice"]), time="t"), "duplicates")
    assert "--on-duplicate last" in inspect("d.csv", time="t")["suggestion"]


@pytest.mark.parametrize(
    ("text", "settings", "told", "option"),
    [
        ("a,b\nx,y\nz,w\nz,v\n", {}, "a is text, b is text", "--categorical a"),
        ("t,a\n1,x\n2,z\n5,z\n", {"time": "t"}, "t is the time, a is text", "--time t --categorical a"),
        ("c,n\n5,1\n5,2\n5,3\n", {}, "c is constant, n is taken for the time", "--features c"),
        ("c,n\n5,1\n5,2\n6,3\n7,4\n", {"time": "c"}, "c is the time, n is a count of the rows", "--features n"),
        ("c,n\n5,1\n5,2\n5,3\n", {"exclude": "c"}, "c is excluded, n is taken for the time", "--features n"),
        ("k,e\na,\na,\nb,\n", {"group_by": "k"}, "k is a key, e is empty", None),
        ("user_id,s\n7,x\n9,x\n7,y\n3,y\n", {}, "user_id is ", "--features user_id"),
        ("time\n1.5\n2.5\n4\n", {}, "time is taken for the time", "--features time"),
        (",".join(f"c{i}" for i in range(20)) + "\n" + ",".join("x" * 20) + "\n", {}, "c7 is text and 12 more", "c0"),
    ],
)
def test_a_table_without_a_feature_has_no_command_and_it_is_said_why_and_what_makes_one(
    text, settings, told, option, capsys
):
    found = inspect(csv(text), **settings)

    assert found["suggestion"] is None
    none = found["no_suggestion"]
    assert none["text"].startswith("no column can be a feature: ") and told in none["text"]
    line = "".join(f" --{k.replace('_', '-')} {v}" for k, v in settings.items())
    assert run(["inspect", "d.csv", *shlex.split(line)]) == 0
    assert f"no command to begin with: {none['text']}\n  {none['fix']}" in capsys.readouterr().err
    if option is None:
        assert "lstmprep window" not in none["fix"]
        return
    command = none["fix"][none["fix"].index("lstmprep window") :]
    assert option in command
    assert run([*shlex.split(command)[1:], "-o", "out"]) == 0, capsys.readouterr().err
    if "--features" in command:  # who names it has a command, and it works
        again = inspect("d.csv", **{k: v for k, v in settings.items() if k != "exclude"}, features=option.split()[-1])
        assert run([*shlex.split(again["suggestion"])[1:], "-o", "out2"]) == 0, capsys.readouterr().err


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("text", "settings", "error", "words"),
    [
        ("a,b\n1,2\n", {"time": "c"}, RecipeError, "'c'"),
        ("a,b\n1,2\n", {"lookback": "c"}, RecipeError, "'c'"),
        ("a,b\n1,2\n2,3\n", {"lookback": "a", "time": "a"}, RecipeError, "the time"),
        ("a,b\n", {}, DataError, "0 rows"),
        ("a,b\n1,2\n3\n", {}, DataError, "row 2"),
        ("1,2\n3,4\n", {}, RecipeError, "--no-header"),
        ("a,a\n3,4\n", {}, RecipeError, "twice"),
    ],
)
def test_what_is_no_table_is_refused(text, settings, error, words):
    with pytest.raises(error, match=words):
        inspect(csv(text), **settings)


def test_the_look_back_follows_the_order_that_was_named():
    """Shuffled rows, two keys: the same as of the table in order."""
    wave = np.tile([0.0, 1, 0, -1], 10)
    rows = [(k, t, wave[t]) for k in "ab" for t in range(40)]
    ordered = pa.table({n: [r[i] for r in rows] for i, n in enumerate(("k", "t", "v"))})
    mixed = ordered.take(pa.array(np.random.default_rng(0).permutation(80)))
    settings = {"time": "t", "group_by": "k", "lookback": "v", "max_lag": 6}

    assert inspect(mixed, **settings)["lookback"] == inspect(ordered, **settings)["lookback"]


# ---------------------------------------------------------------- the door


@pytest.mark.parametrize("columns", [60, 72, 80, 100])
@pytest.mark.parametrize(
    "table", ["sunspots.csv --time YEAR --lookback SUNACTIVITY", "weather_hourly.csv", "watch_exercises.csv"]
)
def test_a_page_never_overflows_the_terminal(table, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    os.symlink(ROOT / "sample_data", "sample_data")

    assert run(["inspect", *f"sample_data/{table}".split()]) == 0

    assert max(map(len, capsys.readouterr().out.splitlines())) <= columns


def test_tables_go_to_standard_output_and_messages_to_standard_error(capsys):
    assert run(["inspect", csv(TABLES["ids"])]) == 0
    seen = capsys.readouterr()

    assert "timesteps" in seen.out
    assert "warning" not in seen.out
    assert "begin with: lstmprep window d.csv" in seen.err
    assert run(["inspect", "d.csv", "-q"]) == 0
    assert capsys.readouterr() == (seen.out, "")


def test_json_is_what_python_returns(capsys):
    assert run(["inspect", csv(TABLES["holes"]), "--time", "t", "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(inspect("d.csv", time="t")))


def test_a_survey_writes_nothing(capsys):
    csv(TABLES["panel"])

    assert run(["inspect", "d.csv", "--time", "day", "--lookback", "v"]) == 0

    assert os.listdir() == ["d.csv"]


def test_nothing_to_look_at_is_answered_with_two_ways(capsys):
    assert run(["inspect", "--timesteps", "3"]) == 2
    assert "--rows 600" in capsys.readouterr().err


def test_names_and_cells_are_printed_escaped(capsys):
    csv("a\x1b[31m,t\n1,\x1b[31mred\n2,\x1b[31mred\n")
    csv("a\x1b[31m,v\n1,2\n1,5\n1,3\n", "e.csv")  # a constant column is named in the command

    for name, word in (("d.csv", "no command to begin with"), ("e.csv", "begin with: lstmprep window e.csv --exclude")):
        assert run(["inspect", name]) == 0

        seen = capsys.readouterr()
        assert word in seen.err
        assert "\x1b" not in seen.out + seen.err


def test_many_columns_are_cut_on_the_page_and_whole_in_json(capsys):
    n = 1500
    csv(",".join(f"c{i}" for i in range(n)) + "\n" + (",".join("1" for _ in range(n)) + "\n") * 3)

    assert run(["inspect", "d.csv", "-q"]) == 0
    assert "and 1,300 more columns" in capsys.readouterr().out
    assert len(inspect("d.csv")["columns"]) == n


# ---------------------------------------------------------------- look-back on train alone, and on pipes


def lookback_of(values, **how):
    return inspect(np.asarray(values, float)[:, None], lookback="c0", max_lag=6, **how)["lookback"]


@pytest.mark.parametrize("split", ["0.6,0.4", "0.6,0.2,0.2", "60,40"])
def test_a_look_back_with_a_split_is_that_of_the_train_rows_alone(split):
    values = np.random.default_rng(0).normal(size=100).cumsum()
    values[60:] += 1e3 * np.arange(40)  # what test holds must not be seen

    found = lookback_of(values, split=split)

    alone = lookback_of(values[:60])
    assert found == alone | {"rows": 60, "part": "train"}
    assert found["acf"] != lookback_of(values)["acf"]


def test_every_sequence_has_train_rows_of_its_own():
    rng = np.random.default_rng(1)
    rows = [(key, t, v) for key in range(3) for t, v in enumerate(rng.normal(size=40).cumsum())]
    train = [r for r in rows if r[1] < 30]

    found = inspect(np.array(rows), group_by="c0", time="c1", lookback="c2", max_lag=5, split="0.75,0.25")["lookback"]

    assert found == inspect(np.array(train), group_by="c0", time="c1", lookback="c2", max_lag=5)["lookback"] | {
        "rows": 90,
        "part": "train",
    }


def test_a_lag_beyond_the_train_rows_is_refused():
    with pytest.raises(DataError, match="--max-lag 6 looks back further"):
        lookback_of(np.arange(10.0) % 3, split="0.5,0.5")


def test_a_split_without_a_look_back_is_refused():
    with pytest.raises(RecipeError, match="--split is for --lookback"):
        inspect(np.ones((9, 1)), split="0.7,0.3")


def test_a_look_back_reads_a_pipe_as_it_reads_the_file(capsys, monkeypatch):
    path = csv("t,v\n" + "".join(f"{i},{(i * 7) % 5}\n" for i in range(60)))
    line = ["--time", "t", "--lookback", "v", "--max-lag", "4", "--json"]
    assert run(["inspect", path, *line]) == 0
    wanted = json.loads(capsys.readouterr().out)["lookback"]

    with open(path, "rb") as pipe:
        monkeypatch.setattr("sys.stdin", type("Pipe", (), {"buffer": pipe, "isatty": lambda _: False})())
        assert run(["inspect", "-", *line]) == 0

    assert json.loads(capsys.readouterr().out)["lookback"] == wanted


# ---------------------------------------------------------------- cells that are no features

LONG = "t,id,f1,f2\n" + "".join(f"{t},{k},{t * 7 % 5},{ord(k) + t}\n" for t in range(40) for k in "pqr")
LISTS = "t,v,y\n" + "".join(f'{t},"[{t}, {t * t % 7}, {t % 3}]",{t * 5 % 9}\n' for t in range(40))
IDS = "doc,ids,kind\n" + "".join(
    f"d{i},{' '.join(str(3 + k) for k in range(i + 1))},{'ab'[i % 2]}\n" for i in range(12)
)
SHAPED = {
    "pivot": (LONG, {"time": "t", "pivot": "id"}, ["f1@p", "f2@p", "f1@q", "f2@q", "f1@r", "f2@r"], "became 40, one for each t"),
    "some": (LONG, {"time": "t", "pivot": "id", "features": "f1@p,f1@q"}, ["f1@p", "f1@q"], "became 40"),
    "groups": (LONG, {"time": "t", "pivot": "id", "features": "f2", "target": "f1@p"}, ["f2@p", "f2@q", "f2@r"], "became 40"),
    "vector": (LISTS, {"time": "t", "vector": "v"}, ["v_0", "v_1", "v_2", "y"], "v becomes 3 columns"),
    "lists": (LISTS, {"time": "t", "vector": "v", "features": "v_0,v_2"}, ["v_0", "v_2", "v_1"], "v becomes 3 columns"),
}  # fmt: skip


@pytest.mark.parametrize("how", SHAPED)
def test_framings_are_those_of_the_columns_that_a_run_has(how):
    text, settings, features, words = SHAPED[how]
    csv(text)

    found = inspect("d.csv", timesteps=[5], **settings)

    made = lstmprep.window("d.csv", timesteps=5, **settings)
    assert words in found["shaped"]["text"]
    assert found["shaped"]["feature_names"] == features == made.manifest["feature_names"]
    told = found["framings"]["timesteps"][0]["sliding"]
    assert (told["samples"], told["bytes"]) == (made.manifest["samples"], made.X.nbytes)
    assert found["sequences"]["lengths"]["max"] == 40
    assert found["refused"] == []
    assert not {"odd-cell", "duplicates", "key-like"} & {w["code"] for w in found["warnings"]}


def test_ids_of_tokens_are_counted_as_steps_of_one_sample_a_row():
    csv(IDS)

    found = inspect("d.csv", tokens="ids", label="kind")

    made = lstmprep.pad("d.csv", tokens="ids", label="kind")
    assert found["shaped"]["text"] == "ids holds 78 ids in 12 rows"
    assert found["framings"]["timesteps"] == []
    assert found["framings"]["whole"] == {"samples": 12, "timesteps": 12, "padding": 0.4583, "bytes": made.X.nbytes}
    assert {c["name"]: c["part"] for c in found["columns"]} == {"doc": "left out", "ids": "tokens", "kind": "label"}


@pytest.mark.parametrize("how", ["pivot", "vector", "groups"])
def test_the_command_to_begin_with_spells_what_cells_are(how, capsys):
    text, settings, _, _ = SHAPED[how]
    csv(text)

    words = shlex.split(inspect("d.csv", **settings)["suggestion"])

    assert {"--pivot", "id"} <= set(words) if "pivot" in settings else {"--vector", "v"} <= set(words)
    assert run([*words[1:], "-o", "out", "-q"]) == 0


def test_a_command_for_tokens_pads(capsys):
    csv(IDS)
    words = shlex.split(inspect("d.csv", tokens="ids", label="kind")["suggestion"])

    assert words == ["lstmprep", "pad", "d.csv", "--label", "kind", "--tokens", "ids"]
    assert run([*words[1:], "-o", "out", "-q"]) == 0


def test_double_and_missing_cells_of_a_pivot_are_named():
    csv(LONG + "39,q,1,1\n")
    assert inspect("d.csv", time="t", pivot="id")["refused"][0]["text"] == (
        "d.csv, row 121 (line 122), column id: the key q has two rows at 39, the first is row 119"
    )
    csv(LONG.replace("3,q,1,116\n", ""))
    found = inspect("d.csv", time="t", pivot="id")
    assert found["refused"] == []
    assert [w["text"] for w in found["warnings"] if w["code"] == "missing"] == [
        "2 values missing after --pivot, the first: the key q has no row at 3; --missing says what becomes of them"
    ]


def test_a_list_of_another_length_is_told_as_what_a_run_would_refuse():
    csv(LISTS.replace('"[7, 0, 1]"', '"[7, 0]"'))

    found = inspect("d.csv", time="t", vector="v")

    assert "row 8 (line 9), column v: the list holds 2 numbers, the first one 3" in found["refused"][0]["text"]
    assert found["framings"] is None
    with pytest.raises(DataError, match="the list holds 2 numbers"):
        lstmprep.window("d.csv", time="t", vector="v", timesteps=3)


def test_the_look_back_of_a_wide_column_is_that_of_the_column_alone():
    csv(LONG)
    csv("t,f1\n" + "".join(f"{t},{t * 7 % 5}\n" for t in range(40)), "q.csv")

    wide = inspect("d.csv", time="t", pivot="id", lookback="f1@q", max_lag=4, split="0.6,0.4")["lookback"]

    alone = inspect("q.csv", time="t", lookback="f1", max_lag=4, split="0.6,0.4")["lookback"]
    assert wide | {"column": "f1"} == alone


def test_what_cannot_be_looked_at_together_is_refused():
    csv(IDS)
    with pytest.raises(RecipeError, match="--tokens and --lookback exclude each other"):
        inspect("d.csv", tokens="ids", lookback="ids")
    with pytest.raises(RecipeError, match="--pivot needs --time"):
        inspect("d.csv", pivot="doc")


def test_with_named_features_a_target_is_no_feature_unless_it_is_named():
    csv("a,b,y\n" + "".join(f"{i},{i * i % 7},{i % 5}\n" for i in range(30)))
    for features in ("a", "a,y"):
        made = lstmprep.window("d.csv", timesteps=5, features=features, target="y")
        told = inspect("d.csv", timesteps=[5], features=features, target="y")["framings"]
        assert told["features"] == made.X.shape[2]
        assert told["timesteps"][0]["sliding"]["bytes"] == made.X.nbytes


def test_rows_that_differ_in_a_column_with_odd_cells_do_not_repeat():
    csv("a,b\n" + "".join(f"1,{'?' if i == 3 else i}\n" for i in range(30)))

    assert "repeated-rows" not in {w["code"] for w in inspect("d.csv")["warnings"]}


def test_steps_of_one_length_are_not_called_uneven_for_times_that_stand_twice(capsys):
    assert run(["inspect", csv("t,v\n2024-01-01,1\n2024-01-01,2\n2024-01-02,3\n")]) == 0

    told = " ".join(capsys.readouterr().out.split())
    assert "min 1 d, median 1 d, max 1 d; even, but for times that stand twice" in told
    assert "uneven" not in told
