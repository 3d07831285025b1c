"""Which columns are the steps of which feature: by name, whatever their order, every hole named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.errors import RecipeError
from lstmprep.framing import Lag, Reshape, Window
from lstmprep.steps import Steps, of_lags, of_specs, steps_of

bare = st.text(st.characters(categories=["Ll", "Lu"]), min_size=1, max_size=3)


@given(
    names=st.lists(bare, min_size=1, max_size=4, unique=True),
    lags=st.lists(st.integers(0, 12), min_size=1, max_size=5, unique=True),
    pattern=st.sampled_from(["{name}{lag}", "{name}(t-{lag})", "{name}_lag{lag}", "lag {lag} of {name}"]),
    data=st.data(),
)
def test_steps_are_found_by_name_oldest_first_in_whatever_order_the_columns_stand(names, lags, pattern, data):
    wanted = {(n, k): pattern.replace("{name}", n).replace("{lag}", str(k)) for n in names for k in lags}
    columns = data.draw(st.permutations([*wanted.values(), "other", "9"]))

    found = of_lags(pattern, columns)

    assert sorted(found.names) == sorted(names)
    assert found.lags == tuple(sorted(lags, reverse=True))
    assert found.table == tuple(tuple(wanted[n, k] for n in found.names) for k in sorted(lags, reverse=True))


@pytest.mark.parametrize(
    ("pattern", "columns", "names", "table"),
    [
        ("{name}{lag}", "A,A1,B1,B", "A,B", ["A1,B1", "A,B"]),
        ("{name}{lag}", "B1,s,A,A1,B", "B,A", ["B1,A1", "B,A"]),
        ("{name}{lag}", "p01,p02,p10", "p", ["p10", "p02", "p01"]),
        ("{name}{lag}", "x21,x22", "x", ["x22", "x21"]),
        ("{name}(t-{lag})", "a(t-1),a(t),y", "a", ["a(t-1)", "a(t)"]),
        ("{name}(t-{lag})", "a(t),b(t)", "a,b", ["a(t),b(t)"]),
        ("{name}(t-{lag})", "a(t-1),a(t-0)", "a", ["a(t-1)", "a(t-0)"]),
        ("{name}(t-{lag})", "a(t-1),a,a(t+1)", "a", ["a(t-1)", "a"]),
        ("{name}(t-{lag})", "say (hi)(t-2),say (hi)(t-1)", "say (hi)", ["say (hi)(t-2)", "say (hi)(t-1)"]),
        ("{name}.{lag}", "a.b.1,a.b.2", "a.b", ["a.b.2", "a.b.1"]),
        ("{lag}{name}", "1a,2a", "a", ["2a", "1a"]),
    ],
)
def test_names_are_read_as_the_pattern_writes_them(pattern, columns, names, table):
    """A bare name, and one whose lag is left out, are lag 0 of a name that has other lags; other columns are none."""
    found = of_lags(pattern, columns.split(","))

    assert list(found.names) == names.split(",")
    assert [",".join(step) for step in found.table] == table


@pytest.mark.parametrize(
    ("columns", "words", "fix"),
    [
        (
            "A,A1,A3,B,B1,B2,B3",
            "column A2 is not there: A has lags 0, 1, 3, B has lags 0, 1, 2, 3",
            "--exclude 'A3,A1,A'",
        ),
        ("A,A1,A2,A3,B,B1,B2", "column B3 is not there", "--exclude 'B2,B1,B'"),
        ("A1,A2,B2", "column B1 is not there: A has lags 1, 2, B has lag 2", "--exclude 'B2'"),
        ("A,A1,B1,B2,C1", "columns A2, B, C2, C are not there", "--exclude"),
        ("a,b", "no column is named like '{name}{lag}'", "The columns are a, b"),
        ("p1,p01", "columns 'p1' and 'p01' are both lag 1 of p", "--exclude 'p01'"),
        ("a1,a0,a", "columns 'a0' and 'a' are both lag 0 of a", "--exclude 'a'"),
    ],
)
def test_holes_unequal_depth_and_doubles_are_named(columns, words, fix):
    with pytest.raises(RecipeError) as refused:
        of_lags("{name}{lag}", columns.split(","))
    assert words in str(refused.value)
    assert fix in str(refused.value)


def test_a_dash_before_the_lag_does_not_make_every_column_a_lag():
    with pytest.raises(RecipeError, match="no column is named like"):
        of_lags("{name}-{lag}", ["a_1", "a_2", "id"])
    assert of_lags("{name}-{lag}", ["id", "a-2", "a-1", "a"]).table == (("a-2",), ("a-1",), ("a",))


TABLE = ["p10", "p2", "p1", "q1", "q2", "p01", "p02", "a..b", "x,y", "z"]


@pytest.mark.parametrize(
    ("specs", "names", "table"),
    [
        (["p=p1,p2,p10"], ["p"], ["p1", "p2", "p10"]),
        (["p=p1..p2"], ["p"], ["p1", "p2"]),
        (["p=p2..p1"], ["p"], ["p2", "p1"]),
        (["p=p01..p02"], ["p"], ["p01", "p02"]),
        (["p=p?,p10"], ["p"], ["p1", "p2", "p10"]),
        (["p=p1,p2", "q = q1..q2"], ["p", "q"], ["p1,q1", "p2,q2"]),
        (["n=a..b"], ["n"], ["a..b"]),
        (["n=x,y"], ["n"], ["x,y"]),
        (["n=z"], ["n"], ["z"]),
    ],
    ids=str,
)
def test_columns_are_the_steps_in_the_order_in_which_they_are_named(specs, names, table):
    """A range counts by number and a glob stands in natural order, wherever the columns stand."""
    found = of_specs(specs, TABLE)

    assert list(found.names) == names
    assert [",".join(step) for step in found.table] == table
    assert found.lags == ()


@pytest.mark.parametrize(
    ("specs", "words"),
    [
        (["p=p1..p3"], "there is no column 'p3'"),
        (["p=p1..p99"], "the range p1..p99 has 99 columns, and the table 10"),
        (["p=p1..q2"], "--steps cannot count from 'p1' to 'q2'"),
        (["p=p1..z"], "--steps cannot count from 'p1' to 'z'"),
        (["p=z..p1"], "--steps cannot count from 'z' to 'p1'"),
        (["p=p1", "p=p2"], "--steps gives 'p' twice"),
        (["p=p1,p1"], "--steps names column 'p1' twice"),
        (["p=p1", "q=p1"], "--steps names column 'p1' twice"),
        (["p=p1,p2", "q=q1"], "p has 2 steps and q has 1"),
        (["p=nope"], "there is no column 'nope'"),
    ],
    ids=str,
)
def test_steps_that_are_none_are_refused(specs, words):
    with pytest.raises(RecipeError) as refused:
        of_specs(specs, TABLE)
    assert words in str(refused.value)


def test_columns_that_are_something_else_are_no_steps():
    table = ["a1", "a2", "b1"]

    assert steps_of(Window(timesteps=1), table, set()) is None
    assert steps_of(Lag(lags=(1,)), table, set()) is None
    assert steps_of(Reshape(lag_columns="{name}{lag}"), table, {"b1"}) == Steps(("a",), (("a2",), ("a1",)), (2, 1))
    assert steps_of(Reshape(steps=("a=a1,a2",)), table, {"b1"}) == Steps(("a",), (("a1",), ("a2",)))
    with pytest.raises(RecipeError, match="column 'a1' is a step of --steps and something else too"):
        steps_of(Reshape(steps=("a=a1,a2",)), table, {"a1"})


def test_columns_that_are_the_same_at_every_step_stand_at_the_end_of_each():
    assert Steps(("a", "b"), (("a1", "b1"), ("a", "b"))).columns(("s",)) == ("a1", "b1", "s", "a", "b", "s")


def test_an_answer_among_lags_is_told_how_to_be_one():
    with pytest.raises(RecipeError) as refused:
        of_lags("{name}(t-{lag})", ["a(t-1)", "y(t)"])
    assert "columns a(t), y(t-1) are not there" in str(refused.value)
    assert "leave y out with --exclude 'y(t)', or make it the answer with --target" in str(refused.value)
