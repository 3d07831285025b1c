"""Which column plays which part: tokens, ranges, globs, positions, defaults, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.columns import assign, resolve
from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.recipe import from_flat
from lstmprep.sources.base import Described
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


def roles(looks: dict[str, str], *, typed: bool = True, own: tuple[str, ...] = (), **settings: Any) -> Any:
    """The parts of columns that look like this."""
    described = {n: Described(look, type="string" if look == "text" else look) for n, look in looks.items()}
    return assign(
        from_flat({"timesteps": None if "lags" in settings else 2, **settings}),
        list(looks),
        described,
        typed=typed,
        own=own,
    )


NUMBERS = dict.fromkeys(["k", "t", "x", "y", "z"], "number")


def test_by_default_every_column_of_numbers_that_is_nothing_else_is_a_feature():
    looks = {
        "k": "text",
        "t": "number",
        "x": "number",
        "flag": "bool",
        "s": "number",
        "name": "text",
        "when": "time",
        "y": "number",
    }

    found = roles(looks, group_by="k", time="t", target="y", static="s")

    assert found.features == ("x", "flag", "y")
    assert (found.keys, found.time, found.static, found.targets) == (("k",), ("t",), ("s",), ("y",))
    assert found.left_out == {"name": "string", "when": "time"}
    assert found.past == ("y",), "the target's own past is an input, and said"
    assert found.tentative == {"x", "flag"}


def test_what_is_asked_for_is_taken_as_it_is():
    found = roles(NUMBERS, features=["z", "x"], target="y")

    assert found.features == ("z", "x")
    assert found.left_out == {} and found.past == () and found.tentative == frozenset()


def test_at_lead_0_the_answer_is_no_feature():
    assert roles(NUMBERS, target="y").features == ("k", "t", "x", "y", "z")
    assert roles(NUMBERS, target="y", lead=0).features == ("k", "t", "x", "z")
    assert roles(NUMBERS, label="y").features == ("k", "t", "x", "z")
    assert roles(NUMBERS, label="y", lead=1).features == ("k", "t", "x", "z"), "a label is a class, no number"
    assert roles(NUMBERS, target="y", lags=[0, 1]).features == ("k", "t", "x", "z")


def test_exclude_and_categorical_change_the_features():
    looks = {"x": "number", "c": "text", "z": "number"}

    assert roles(looks, exclude="x").features == ("z",)
    assert roles(looks, categorical="c").features == ("x", "z", "c")
    assert roles(looks, categorical="c").numeric_features == ("x", "z")
    assert roles(looks, features=["c", "x"], categorical="c").features == ("c", "x")
    assert roles(looks, features="*", exclude="z", categorical="c").features == ("x", "c")
    assert roles(looks, categorical="c", exclude="c").features == ("x", "z")


def test_a_column_without_a_type_may_turn_out_to_be_numbers_or_text():
    """A first look at text is no verdict: an empty column is tried, a text is read for numbers."""
    looks = {"x": "number", "empty": "empty", "word": "text"}

    found = roles(looks, typed=False)
    assert found.features == ("x", "empty") and found.unread == ("word",)
    assert found.left_out == {"word": "text"}
    typed = roles(looks)
    assert typed.features == ("x",) and typed.unread == ()


def test_columns_without_a_name_are_no_features_by_default():
    found = roles({"#1": "number", "x": "number"})

    assert found.features == ("x",) and found.left_out == {"#1": "it has no name"}
    assert roles({"#1": "number", "x": "number"}, features="#1").features == ("#1",)


def test_keys_that_the_reading_adds_are_keys():
    assert roles({"x": "number"}, own=("file",)).keys == ("file",)


def test_columns_of_second_tables_are_not_looked_for_here():
    found = roles({"k": "text", "x": "number"}, group_by="k", labels="l.csv", label="no such column")
    assert found.label is None
    assert roles({"x": "number"}, target="elsewhere", target_file="y.csv").targets == ()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"features": ["x", "y"], "target": "y", "lead": 0}, "'y' is the answer.*leaks at lead 0"),
        ({"features": ["x", "y"], "label": "y"}, "'y' is the answer.*leaks at lead 0"),
        ({"categorical": "y", "label": "y"}, "column 'y' is the answer"),
        ({"features": ["x", "k"], "group_by": "k"}, "column 'k' is a key of the sequences and no feature"),
        ({"categorical": "y", "label": "y", "exclude": "y"}, "column 'y' is the answer and cannot be --categorical"),
        ({"categorical": "k", "group_by": "k"}, "column 'k' is a key of the sequences and no feature"),
        ({"future": "y", "target": "y"}, "column 'y' is the target and cannot be known beforehand"),
        ({"group_by": "z", "time": "q"}, "there is no column 'q'"),
    ],
)
def test_parts_that_exclude_each_other_are_refused(settings, words):
    with pytest.raises(RecipeError, match=words) as refused:
        roles(NUMBERS, **settings)
    assert refused.value.fix.endswith(".")


@pytest.mark.parametrize(
    ("cell", "fix"),
    [
        (" -1,5", "If the comma marks decimals, add --decimal ','."),
        ("-1,500", "If the comma marks thousands, add --thousands ','; if it marks decimals, --decimal ','."),
        ("1,230.25", "If the comma marks thousands, add --thousands ','."),
        ("1.013,2", "If the number is written in the European way, add --thousands . --decimal ','."),
    ],
)
def test_numbers_with_other_marks_are_answered_with_the_options_that_read_them(cell, fix):
    looks = {"b": Described("text", example="x"), "a": Described("text", example=cell)}
    with pytest.raises(DataError, match=rf"'{re.escape(cell)}' is not a number") as refused:
        assign(from_flat({"timesteps": 2}), ["b", "a"], looks, typed=False)
    assert refused.value.where.column == "a"
    assert refused.value.fix == fix


@pytest.mark.parametrize("part", ["time", "group_by", "exclude"])
def test_a_column_with_another_part_is_not_taken_for_the_feature_that_lacks(part):
    looks = {"a": Described("text", example="1,5"), "b": Described("text", example="x")}
    with pytest.raises(DataError, match="no column is left to be a feature"):
        assign(from_flat({"timesteps": 2, part: "a"}), ["a", "b"], looks, typed=False)


def test_one_column_of_numbers_in_a_row_is_answered_with_the_delimiter():
    looks = {"a b": Described("text", example="1 2")}
    with pytest.raises(DataError, match="'1 2' is not a number") as refused:
        assign(from_flat({"timesteps": 2}), ["a b"], looks, typed=False)
    assert "--delimiter ' '" in refused.value.fix


@pytest.mark.parametrize(
    ("looks", "settings"),
    [
        ({"name": "text", "t": "number"}, {"time": "t"}),
        ({"k": "number", "s": "number", "f": "number", "y": "number", "l": "number"}, {"group_by": "k", "static": "s", "future": "f", "label": "l", "exclude": "y"}),
        ({"x": "number"}, {"features": "x", "exclude": "x"}),
    ],
)  # fmt: skip
def test_no_feature_at_all_is_refused_with_the_part_of_every_column(looks, settings):
    with pytest.raises(LstmprepError, match="no column is left to be a feature") as refused:
        roles(looks, **settings)
    assert all(name in refused.value.what for name in looks)
    assert isinstance(refused.value, DataError)
    assert "--features" in refused.value.fix


HOSTILE = "x\x1b[31m"


@pytest.mark.parametrize(
    ("names_of", "settings"),
    [
        ([HOSTILE, "a"], {"features": [f"{HOSTILE}..a", f"a..{HOSTILE}"]}),
        ([HOSTILE, "a"], {"features": [HOSTILE, HOSTILE]}),
        ([HOSTILE, "a"], {"features": [HOSTILE, "a"], "target": HOSTILE, "lead": 0}),
        ([HOSTILE, "a"], {"categorical": HOSTILE, "label": HOSTILE, "exclude": HOSTILE}),
        ([HOSTILE, "a"], {"features": [HOSTILE], "group_by": HOSTILE}),
        ([HOSTILE, "a"], {"future": HOSTILE, "target": HOSTILE}),
        ([HOSTILE], {"group_by": HOSTILE}),
        (["a"], {"features": HOSTILE}),
        (["a"], {"features": f"{HOSTILE}*"}),
    ],
)
def test_names_are_never_printed_raw(names_of, settings):
    with pytest.raises(LstmprepError) as refused:
        roles(dict.fromkeys(names_of, "number"), **settings)
    assert all(line.isprintable() for line in str(refused.value).split("\n")), repr(str(refused.value))
