"""Words as columns: names, positions, ranges, globs, lists, groups, and what names nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.errors import RecipeError
from lstmprep.naming import resolve, still_named
from tests.conftest import names

ABC = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("tokens", "present", "found"),
    [
        (["a"], ABC, ["a"]),
        (["c,a"], ABC, ["c", "a"]),
        (["c", "a"], ABC, ["c", "a"]),
        (["b..d"], ABC, ["b", "c", "d"]),
        ([" b .. c "], ABC, ["b", "c"]),
        (["a..a"], ABC, ["a"]),
        (["#2"], ABC, ["b"]),
        (["#4,#1"], ABC, ["d", "a"]),
        (["t*"], ["t2", "x", "t1"], ["t2", "t1"]),
        (["t?"], ["t2", "x", "t10"], ["t2"]),
        (["t[12]"], ["t2", "t3", "t1"], ["t2", "t1"]),
        (["t*,x"], ["t2", "x", "t1"], ["t2", "t1", "x"]),
        (["t*", "t1"], ["t2", "x", "t1"], ["t2", "t1"]),
        (["a..c", "b..d"], ABC, ["a", "b", "c", "d"]),
        (["a..b,b..c"], ABC, ["a", "b", "c"]),
        (["a,b"], ["a", "b", "a,b"], ["a,b"]),
        (["#1"], ["x", "#1"], ["#1"]),
        (["a..b"], ["a", "b", "a..b"], ["a..b"]),
        (["te*"], ["te*", "ten"], ["te*"]),
        ([" a "], ["a"], ["a"]),
        ([" a "], ["a", " a "], [" a "]),
        (["b,#1"], ABC, ["b", "a"]),
        ([], ABC, []),
    ],
)
def test_tokens_name_columns_in_the_order_asked_for(tokens, present, found):
    assert list(resolve(tokens, present, "--features")) == found


GROUPS = {"v": ("v_0", "v_1"), "a..b": ("c",)}


@pytest.mark.parametrize(
    ("tokens", "found"),
    [
        (["v"], ["v_0", "v_1"]),
        ([" v "], ["v_0", "v_1"]),
        (["c,v"], ["c", "v_0", "v_1"]),
        (["v_1", "v"], ["v_1", "v_0"]),
        (["a..v"], ["a", "v_0", "v_1"]),
        (["v..c"], ["v_0", "v_1", "c"]),
        (["v..v"], ["v_0", "v_1"]),
        (["a..b"], ["c"]),
    ],
)
def test_a_name_may_stand_for_a_group_of_columns(tokens, found):
    assert list(resolve(tokens, ["a", "v_0", "v_1", "c"], "--features", GROUPS)) == found


def test_groups_are_among_the_names_that_are_offered():
    with pytest.raises(RecipeError, match="no column 'vv'") as refused:
        resolve(["vv"], ["a", "v_0"], "--features", GROUPS)
    assert "The table has: a, v_0, v, a..b" in refused.value.fix


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["z"], "there is no column 'z'"),
        (["a,z"], "there is no column 'z'"),
        (["d..b"], "the range 'd..b' runs backwards"),
        (["a..z"], r"there is no column 'a\.\.z'"),
        (["#0"], "there is no column '#0'"),
        (["#5"], "there is no column '#5'"),
        (["#\u00b2"], "there is no column '#\u00b2'"),
        (["#" + "1" * 5000], "there is no column '#1111"),
        (["z*"], r"no column matches 'z\*'"),
        (["a", "a"], "--features asks for column 'a' twice"),
        (["a,a"], "column 'a' is asked for twice"),
        (["a,b", "b"], "--features asks for column 'b' twice"),
        ([""], "there is no column ''"),
        (["a,"], "there is no column ''"),
    ],
)
def test_a_token_that_names_no_column_or_one_twice_is_refused(tokens, words):
    with pytest.raises(RecipeError, match=words) as refused:
        resolve(tokens, ABC, "--features")
    assert refused.value.fix


def test_a_misspelt_column_is_answered_with_the_nearest_and_with_all():
    with pytest.raises(RecipeError) as refused:
        resolve(["tmp"], ["temp", "pressure"], "--features")
    assert refused.value.fix == "Did you mean 'temp'? The table has: temp, pressure."


def test_a_misspelt_name_with_brackets_is_answered_with_the_nearest():
    """A unit in brackets looks like a glob."""
    with pytest.raises(RecipeError) as refused:
        resolve(["temp [F]"], ["temp [C]", "rain"], "--features")
    assert "Did you mean 'temp [C]'?" in refused.value.fix


@given(present=st.lists(names, min_size=1, max_size=5, unique=True), data=st.data())
def test_every_column_can_be_named_whatever_it_is_called(present, data):
    """Names win over patterns, so repeating the option always works."""
    wanted = data.draw(st.lists(st.sampled_from(present), unique=True))

    assert list(resolve(wanted, present, "--features")) == wanted


def test_a_name_of_no_column_stays_for_the_option_that_will_refuse_it():
    assert still_named(["z", "y,x1", "x2"], ["x1", "x2"], ["y"]) == ("z", "x1", "x2")
