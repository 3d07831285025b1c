"""Which column plays which part: what is named, what is taken by default, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lstmprep.columns import assign
from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.recipe import from_flat
from lstmprep.sources.base import Described


def roles(
    looks: dict[str, str], *, typed: bool = True, own: tuple[str, ...] = (), groups: Any = None, **settings: Any
) -> Any:
    """The parts of columns that look like this."""
    described = {n: Described(look, type="string" if look == "text" else look) for n, look in looks.items()}
    return assign(
        from_flat({"timesteps": None if "lags" in settings else 2, **settings}),
        list(looks),
        described,
        typed=typed,
        own=own,
        groups=groups,
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


def test_a_table_without_columns_is_called_that():
    with pytest.raises(DataError, match="the table has no columns") as refused:
        roles({})
    assert refused.value.fix == "Give a table that holds columns of numbers."


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


SPREAD = {"a": "number", "v_0": "number", "v_1": "number", "k": "text"}


@pytest.mark.parametrize(
    ("settings", "features"),
    [
        ({}, ("a", "v_0", "v_1")),
        ({"features": "a"}, ("a", "v_0", "v_1")),
        ({"features": "a", "exclude": "v_1"}, ("a", "v_0")),
        ({"features": "a", "static": "v_0"}, ("a", "v_1")),
        ({"features": "a", "target": "v"}, ("a",)),
        ({"features": "a", "categorical": "k"}, ("a", "k", "v_0", "v_1")),
    ],
)
def test_a_vector_is_among_the_features_unless_it_is_something_else(settings, features):
    found = roles(SPREAD, groups={"v": ("v_0", "v_1")}, vector="v", **settings)

    assert found.features == features


def test_a_label_is_one_column():
    with pytest.raises(RecipeError, match="--label 'v' is 2 columns: v_0, v_1"):
        roles(SPREAD, groups={"v": ("v_0", "v_1")}, label="v")
