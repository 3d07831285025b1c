"""Tokens, pivot and classes of files: what they need and exclude."""

from __future__ import annotations

import math

import pytest

from lstmprep.errors import RecipeError
from lstmprep.framing import Layout
from lstmprep.parts import Columns, Order, Reading
from lstmprep.tabular import Tokens, check_files, check_pivot

TIMED = Order(time=("t",), pivot="k")


@pytest.mark.parametrize(
    ("columns", "order", "pad", "words"),
    [
        ({"features": ("a",)}, {}, None, "--tokens and --features exclude"),
        ({"exclude": ("a",)}, {}, None, "--tokens and --exclude exclude"),
        ({"categorical": ("a",)}, {}, None, "--tokens and --categorical exclude"),
        ({"vector": ("a",)}, {}, None, "--tokens and --vector exclude"),
        ({"future": ("a",)}, {}, None, "--tokens and --future exclude"),
        ({"target": ("a",), "target_file": "a"}, {}, None, "--tokens and --target-file exclude"),
        ({}, {"time": ("t",), "pivot": "a"}, None, "--tokens and --pivot exclude"),
        ({}, {"time": ("t",), "on_duplicate": "mean"}, None, "--on-duplicate mean has no mean of tokens"),
        ({}, {}, 0.5, "--pad-value 0.5 is no token id"),
        ({}, {}, math.nan, "--pad-value nan is no token id"),
        ({}, {}, -math.inf, "--pad-value -inf is no token id"),
        ({}, {}, 2.0**31, "is no token id"),
    ],
)
def test_tokens_leave_no_room_for_other_features(columns, order, pad, words):
    with pytest.raises(RecipeError, match=words) as refused:
        Tokens(tokens="ids").check(Columns(**columns), Order(**order), pad)
    assert refused.value.fix


def test_what_goes_with_tokens_passes():
    columns = Columns(label="l", static=("s",))
    for spec in (Tokens(tokens="ids", keep_feature_axis=True), Tokens()):
        spec.check(columns, Order(group_by=("k",), time=("t",), on_duplicate="last"), -1.0)
    Tokens().check(Columns(features=("a",)), TIMED, 0.5, computes="--scale")
    with pytest.raises(RecipeError, match="--tokens and --scale exclude"):
        Tokens(tokens="ids").check(Columns(), Order(), None, computes="--scale")
    with pytest.raises(RecipeError, match="--keep-feature-axis needs --tokens"):
        Tokens(keep_feature_axis=True)


def test_a_pivot_and_a_layout_of_keys_need_each_other_in_one_way():
    check_pivot(TIMED, Columns(categorical=("c",)), Layout())
    check_pivot(TIMED, Columns(), Layout(layout="panel"))
    check_pivot(Order(), Columns(target=("y",), target_file="f"), Layout())
    with pytest.raises(RecipeError, match="--layout panel needs --pivot"):
        check_pivot(Order(), Columns(), Layout(layout="panel"))
    with pytest.raises(RecipeError, match="--layout panel and --categorical exclude"):
        check_pivot(TIMED, Columns(categorical=("c",)), Layout(layout="panel"))
    with pytest.raises(RecipeError, match="--pivot and --target-file exclude"):
        check_pivot(TIMED, Columns(target=("y",), target_file="f"), Layout())


@pytest.mark.parametrize("file_as", [None, "table"])
def test_a_class_from_the_folder_needs_files_that_are_sequences(file_as):
    check_files(Reading(file_as="sequence"), Columns(label_from="parent"))
    check_files(Reading(file_as=file_as), Columns(label="l"))
    with pytest.raises(RecipeError, match="--label-from needs --file-as sequence"):
        check_files(Reading(file_as=file_as), Columns(label_from="parent"))
