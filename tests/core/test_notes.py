"""Notes: each mistake is told once, in words with numbers; a table without one is not bothered."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError
from lstmprep.notes import rows_text
from lstmprep.recipe import from_flat
from lstmprep.run import Place, run
from tests.conftest import arrow_table, tables, windows
from tests.core import oracle

RNG = np.random.default_rng(5)


def plain(rows: int = 60) -> dict[str, list[Any]]:
    """A table that nothing is to be said about."""
    return {"t": list(range(rows)), "a": RNG.normal(size=rows).tolist(), "y": RNG.normal(size=rows).tolist()}


def notes(table: dict[str, list[Any]], **settings: Any) -> dict[str, str]:
    told = lstmprep.window(arrow_table(table), **{"timesteps": 5, "time": "t", **settings}).manifest["notes"]
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", n["code"]) and not n["text"].endswith(".") for n in told)
    return {n["code"]: n["text"] for n in told}


def test_a_table_without_a_mistake_has_no_notes():
    assert notes(plain(), target="y") == {}


def changed(**columns: Any) -> dict[str, list[Any]]:
    return {**plain(), **{n: list(v) for n, v in columns.items()}}


@pytest.mark.parametrize(
    ("table", "settings", "code", "words"),
    [
        (plain(), {"time": None, "exclude": "t"}, "no-order", ["no --time is given"]),
        (changed(t=[1, 0, *range(2, 60)]), {}, "sorted", ["1 row earlier than the row before", "sorted by t"]),
        (changed(t=[0, 0, 1, 1, *range(2, 58)]), {"on_duplicate": "first"}, "duplicates", ["2 rows", "--on-duplicate first"]),
        (changed(t=[0, 0, 1, 1, *range(2, 58)]), {"on_duplicate": "mean"}, "duplicates", ["2 times averaged"]),
        (changed(k=["u"] * 57 + ["v"] * 3), {"group_by": "k"}, "too-short", ["1 of 2 sequences", "5 rows of one sample", "v (3 rows)"]),
        (changed(a=[1.0, None] + [float(i * i) for i in range(58)]), {"missing": "drop"}, "missing-dropped", ["2 samples of 56 left out", "1 row"]),
        (plain(), {"timesteps": 60}, "one-sample", ["one sample only"]),
        (plain(), {"stride": 5}, "few-samples", ["12 samples: fewer than a usual batch of 32"]),
        (plain(), {"batch_size": 64}, "few-samples", ["56 samples: fewer than --batch-size 64"]),
        (plain(), {"timesteps": 1}, "one-step", ["one timestep"]),
        (plain(500), {"timesteps": 400}, "long-window", ["400 timesteps"]),
        (plain(), {"batch_size": 33, "batch_remainder": "drop"}, "batch-dropped", ["23 samples left out", "batch of 33"]),
        (plain(), {"batch_size": 33, "batch_remainder": "pad"}, "batch-padded", ["10 samples of padding"]),
        (changed(k=["u"] * 30 + ["v"] * 30), {"group_by": "k", "no_overlap": True, "batch_size": 2, "stateful": True}, "reset-states", ["index.parquet tells"]),
        (changed(name=["x"] * 60), {}, "left-out", ["name (string", "no features by default"]),
        (changed(a=[2.5] * 60), {}, "constant", ["constant", "a"]),
        (changed(y=[2.5] * 60), {"target": "y"}, "constant-target", ["the target is constant (2.5): y"]),
        (changed(lab=["x"] * 60), {"label": "lab"}, "constant-target", ["one class only: x"]),
        (changed(**{"a(t-1)": RNG.normal(size=60)}), {}, "lag-names", ["a(t-1)", "--lag-columns"]),
        (changed(a_lag2=RNG.normal(size=60)), {}, "lag-names", ["a_lag2"]),
        (changed(user_id=RNG.permutation(60)), {}, "id-feature", ["user_id", "--group-by", "--exclude"]),
        (changed(customerID=RNG.permutation(60)), {}, "id-feature", ["customerID"]),
        (changed(n=range(60)), {"time": None, "exclude": "t"}, "counter-feature", ["n counts the rows", "--exclude"]),
        (changed(a=[2**24 + 1, *range(59)]), {}, "precision", ["float32", "16777217", "--dtype float64"]),
        (changed(a=[2**53 + 1, *range(59)]), {"dtype": "float64"}, "precision", ["float64", "keys"]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_numbers(table, settings, code, words):
    told = notes(table, **settings)

    assert code in told
    for word in words:
        assert word in told[code], told[code]


def test_states_are_reset_also_where_a_hole_cuts_one_sequence():
    holes = changed(a=[None if i in (20, 40) else float(i * i % 7) for i in range(60)])
    asked = {"timesteps": 3, "no_overlap": True, "missing": "drop", "stateful": True}

    assert "reset-states" in notes(holes, batch_size=1, **asked)
    assert "reset-states" not in notes(plain(), batch_size=2, **asked)


@pytest.mark.parametrize(
    ("table", "settings"),
    [
        (plain(), {"timesteps": 60, "latest": True}),
        (changed(idea=RNG.normal(size=60), width=RNG.permutation(60)), {}),
        (changed(k=["u"] * 30 + ["v"] * 30), {"group_by": "k", "partial": True, "timesteps": 40}),
        (plain(), {"batch_size": 8, "batch_remainder": "drop"}),
    ],
)
def test_what_is_no_mistake_is_not_told(table, settings):
    assert notes(table, **settings) == {}


def test_many_columns_that_are_left_out_are_counted():
    table = changed(**{f"word{i}": ["x"] * 60 for i in range(11)})
    assert notes(table)["left-out"].endswith("and 3 more")


@given(
    table=tables(shuffled=False),
    case=st.sampled_from([None, "target", "label"]).flatmap(lambda a: st.tuples(st.just(a), windows(a))),
    whole=st.booleans(),
)  # fmt: skip
def test_the_line_about_rows_says_true_numbers_and_true_rows(table, case, whole):
    answer, settings = case
    settings |= {"features": ["a", "b"]} | ({} if whole else {"group_by": ["key"]})
    settings |= {"target": {"target": ["y"]}, "label": {"label": "lab"}}.get(answer, {})
    try:
        plan = run(arrow_table(table), from_flat(settings), Place(dry_run=True)).plan
    except DataError:
        assume(False)

    line = rows_text(plan)

    found = oracle.samples(table, settings, answer)
    inputs = {r for one in found for r in one.inputs if r is not None}
    targets = {r for one in found for r in one.answers if r is not None}
    assert line.startswith(f"rows: {len(table['t'])} read, {len(inputs)} used as input")
    assert (f", {len(targets)} as target" in line) == oracle.asks(settings, answer)
    for what, used in (("target", targets), ("input", inputs)):
        for low, high in re.findall(rf"rows? (\d+)(?:-(\d+))? (?:(?:is|are) )?never an? {what}", line):
            assert not used & set(range(int(low) - 1, int(high or low))), line
    for rows, low, high in re.findall(r"(\d+) rows? unused, [^(;]*\((?:from )?rows? (\d+)(?:(?:-| to )(\d+))?\)", line):
        idle = [r for r in range(int(low) - 1, int(high or low)) if r not in inputs | targets]
        assert int(rows) <= len(idle) and int(low) - 1 in idle and int(high or low) - 1 in idle


def test_the_line_about_rows_is_the_one_of_the_contract():
    values = np.arange(100.0)[:, None]
    plan = run(values, from_flat({"timesteps": 10, "target": "c0"}), Place(dry_run=True)).plan

    assert rows_text(plan) == (
        "rows: 100 read, 99 used as input, 90 as target; rows 1-10 are never a target, row 100 never an input"
    )


def test_rows_that_are_unused_stand_there_with_their_reason():
    values = np.arange(10.0)[:, None]
    plan = run(values, from_flat({"timesteps": 2, "stride": 4}), Place(dry_run=True)).plan

    assert rows_text(plan) == ("rows: 10 read, 6 used as input; 4 rows unused, between two windows (from row 3 to 8)")


@pytest.mark.parametrize(
    ("at", "value"), [(5_000, 5_000.25), (5_000, 4_998.0), (90_000, 90_000.25), (99_999, 99_999.5)], ids=str
)
def test_a_column_counts_the_rows_only_if_all_of_it_does(at, value):
    counter = np.arange(100_000.0)
    assert "counter-feature" in {n["code"] for n in lstmprep.window(counter, timesteps=2).manifest["notes"]}

    counter[at] = value
    assert "counter-feature" not in {n["code"] for n in lstmprep.window(counter, timesteps=2).manifest["notes"]}


@pytest.mark.parametrize(
    ("columns", "settings", "keyed"),
    [
        ({}, {}, False),  # measurements and their time alone
        ({"site": ["x", "y"] * 30}, {}, True),
        ({"site": [1, 2] * 30}, {}, True),
        ({"n": range(60)}, {}, False),  # it counts the rows
        ({"site": ["x"] * 60}, {"group_by": "site"}, False),
        ({"lab": ["x"] * 60}, {"label": "lab"}, False),
    ],
)
def test_a_key_is_advised_for_one_sample_only_where_a_column_may_be_one(columns, settings, keyed):
    table = arrow_table({n: v for n, v in changed(**columns).items() if n in ("t", "a", *columns)})
    told = {n["code"]: n["text"] for n in lstmprep.pad(table, time="t", **settings).manifest["notes"]}

    assert ("--group-by" in told["one-sample"]) == keyed
    assert ("lstmprep window makes many samples" in told["one-sample"]) != keyed


def test_lags_that_no_column_holds_are_named():
    table = arrow_table({f"{n}{lag}": [1.0, 2.0, 4.0] for n in "ab" for lag in (1, 2, 5)})
    told = {n["code"]: n["text"] for n in lstmprep.reshape(table, lag_columns="{name}{lag}").manifest["notes"]}

    assert "the lags 5, 2, 1: no columns are there for those between (3,4)" in told["lag-gaps"]


@pytest.mark.parametrize("steps", [3, 4, 9])
def test_the_target_of_a_padded_sample_is_its_last_real_row(steps):
    table = arrow_table({"a": [1.0, 2.0, 4.0], "y": [1.0, 2.0, 4.0]})
    for command, settings in (("pad", {}), ("window", {"lead": 0, "leftover": "pad"})):
        recipe = from_flat({"features": ["a"], "target": ["y"], "timesteps": steps, **settings}, command=command)
        line = rows_text(run(table, recipe, Place(dry_run=True)).plan)
        assert line == "rows: 3 read, 3 used as input, 1 as target; rows 1-2 are never a target"


@pytest.mark.parametrize(("lead", "rows"), [(1, "2 rows"), (3, "4 rows")])
def test_what_the_shortest_partial_sample_needs_counts_the_rows_of_its_answer(lead, rows):
    table = arrow_table({"k": list("aaaaab"), "a": [1.0] * 6, "y": [1.0] * 6})
    settings = {"features": "a", "target": "y", "lead": lead, "timesteps": 3, "partial": True}
    told = lstmprep.window(table, group_by="k", **settings).manifest["notes"]

    short = next(n["text"] for n in told if n["code"] == "too-short")
    assert short == f"1 of 2 sequences is shorter than the {rows} of one sample and left out: b (1 row)"
