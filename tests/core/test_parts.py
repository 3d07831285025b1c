"""Reading, columns, order and arrays: what they refuse by themselves, and what they make of a value."""

from __future__ import annotations

import pytest

from lstmprep.errors import RecipeError
from lstmprep.parts import Columns, Order, Reading


@pytest.mark.parametrize(
    ("part", "settings", "words"),
    [
        (Reading, {"delimiter": ""}, "--delimiter '' is not one mark"),
        (Reading, {"delimiter": ";;"}, "--delimiter ';;' is not one mark"),
        (Reading, {"delimiter": "a"}, "--delimiter 'a' is not one mark"),
        (Reading, {"delimiter": '"'}, "--delimiter '\"' is not one mark"),
        (Reading, {"delimiter": "\n"}, r"--delimiter '\\n' is not one mark"),
        (Reading, {"decimal": "\u066b"}, "--decimal '\u066b' is not one mark"),
        (Reading, {"decimal": "5"}, "--decimal '5' is not one mark"),
        (Reading, {"thousands": "-"}, "--thousands '-' is not one mark"),
        (Reading, {"thousands": "\u200b"}, "is not one mark"),
        (Reading, {"thousands": "U+0661"}, "--thousands '\u0661' is not one mark"),
        (Reading, {"thousands": "U+FFFFFF"}, "--thousands 'U.FFFFFF' is not one mark"),
        (Reading, {"decimal": ",", "thousands": ","}, "--decimal and --thousands are the same mark ','"),
        (Reading, {"decimal": ";", "delimiter": ";"}, "--decimal and --delimiter are the same mark ';'"),
        (Reading, {"encoding": "utf-99"}, "there is no encoding 'utf-99'"),
        (Reading, {"encoding": "a\0b"}, "there is no encoding"),
        (Reading, {"encoding": "base64"}, "there is no encoding 'base64'"),
        (Columns, {"target": ("y",), "label": "l"}, "--target and --label exclude each other"),
        (Columns, {"target": ("y",), "labels": "l.csv"}, "--target and --label exclude each other"),
        (Columns, {"target_file": "y.csv"}, "--target-file needs --target"),
        (Columns, {"label_key": ("k",)}, "--label-key needs --labels"),
        (Columns, {"label_from": "parent", "label": "l"}, "--label-from and --label exclude each other"),
        (Columns, {"label_from": "parent", "labels": "l"}, "--label-from and --labels exclude each other"),
        (Columns, {"label_from": "parent", "target": ("y",)}, "--label-from and --target exclude each other"),
        (Order, {"time_format": "%Y"}, "--time-format needs --time"),
        (Order, {"on_duplicate": "first"}, "--on-duplicate needs --time"),
        (Order, {"pivot": "k"}, "--pivot needs --time"),
    ],
)
def test_settings_that_mean_nothing_are_refused_by_the_name_of_the_flag(part, settings, words):
    with pytest.raises(RecipeError, match=words) as refused:
        part(**settings)
    assert refused.value.fix.endswith(".")


@pytest.mark.parametrize(("given", "mark"), [("\\t", "\t"), ("tab", "\t"), ("TAB", "\t"), ("\t", "\t"), (";", ";")])
def test_a_tab_can_be_written_in_words(given, mark):
    assert Reading(delimiter=given).delimiter == mark


def test_texts_that_mean_missing_are_the_usual_ones_and_those_named():
    usual = ["", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "#N/A"]

    assert Reading().missing_texts == usual
    assert Reading(na_values=("?,-", "nil")).missing_texts == [*usual, "?", "-", "nil"]
    assert Reading(na_values=('"a,b", c',)).missing_texts == [*usual, "a,b", "c"]


@pytest.mark.parametrize(
    ("settings", "numbers"),
    [
        ({}, []),
        ({"na_values": ("-200,?,1e3",)}, [-200.0, 1000.0]),
        ({"na_values": ('"1,5"', "2.5"), "decimal": ","}, [1.5, 2.5]),
        ({"na_values": ("9.999", "1.2.3"), "decimal": ",", "thousands": "."}, [9999.0, 123.0]),
        ({"na_values": ("5_0", "\u0663", "")}, []),
        ({"na_values": ("a\nb", "7\r")}, [7.0]),
    ],
)
def test_numbers_that_mean_missing_are_numbers_in_any_column(settings, numbers):
    assert Reading(**settings).missing_numbers == numbers


@pytest.mark.parametrize(
    ("settings", "answer"),
    [({}, None), ({"target": ("y",)}, "target"), ({"label": "l"}, "label"), ({"labels": "l.csv"}, "label")],
)
def test_what_a_sample_is_answered_with(settings, answer):
    assert Columns(**settings).answer == answer


def test_a_second_table_is_read_alike_but_for_its_format():
    reading = Reading(input_format="npy", dataset="x", file_as="sequence", delimiter=";", encoding="latin-1")

    assert reading.second == Reading(delimiter=";", encoding="latin-1")
