"""The manifest: what was done, well enough to do it again; its numbers agree with the arrays."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lstmprep
from lstmprep.cli import cli
from lstmprep.cli.options import given_flags
from lstmprep.commands import settings_of_command
from lstmprep.digest import Digest
from lstmprep.errors import DataError
from lstmprep.manifest import dumps
from lstmprep.recipe import from_flat
from tests.conftest import arrow_table, batchings, tables, windows

KEYS = [
    "lstmprep", "manifest_version", "command", "recipe", "source", "samples", "timesteps", "features", "feature_names",
    "targets", "classes", "arrays", "index", "input_shape", "splits", "rows", "sequences", "fitted", "padding", "order", "missing",
    "notes", "hints",
]  # fmt: skip


def recipe_of(words: list[str]) -> Any:
    """The recipe of a spelled command, its inputs left out."""
    context = cli.commands["window"].make_context("window", words[2:])
    return from_flat(given_flags(context.params, settings_of_command()))


@given(
    table=tables(holes=0.1), batching=batchings(),
    case=st.sampled_from([None, "target", "label", "input"]).flatmap(lambda a: st.tuples(st.just(a), windows(a))),
)  # fmt: skip
def test_the_manifest_agrees_with_the_arrays_and_gives_the_recipe_back(table, case, batching):
    answer, settings = case
    settings |= batching | {"features": ["a", "b"], "group_by": ["key"], "time": ["t"], "missing": "drop"}
    settings |= {"target": {"target": ["y"]}, "label": {"label": "lab"}}.get(answer, {})
    try:
        data = lstmprep.window(arrow_table(table), **settings)
    except DataError:
        assume(False)

    made = data.manifest

    assert list(made) == [k for k in KEYS if k != "index" or settings.get("index", True)]
    assert (made["samples"], made["timesteps"], made["features"]) == data.X.shape
    assert made["input_shape"] == list(data.X.shape[1:])
    for name, array in data.arrays.items():
        told = made["arrays"][name]
        assert (tuple(told["shape"]), told["dtype"], told["bytes"]) == (array.shape, str(array.dtype), array.nbytes)
        assert len(told["axes"]) == array.ndim
    assert made["arrays"].keys() == data.arrays.keys()
    recipe = dict(made["recipe"])
    assert recipe.pop("command") == "window"
    assert from_flat(recipe) == from_flat(settings) == recipe_of(shlex.split(made["command"]))
    rows = made["rows"]
    assert (
        rows["read"]
        == len(table["t"])
        >= rows["used_as_input"] + sum(u["rows"] for u in rows["unused"]) - rows["used_as_target"]
    )
    assert json.loads(dumps(made)) == made


@given(table=tables(), t=st.integers(1, 4))
def test_sequences_are_counted(table, t):
    counts = {k: table["key"].count(k) for k in sorted(set(table["key"]), key=int)}
    assume(max(counts.values()) >= t)

    told = lstmprep.window(arrow_table(table), timesteps=t, features="a", group_by="key", time="t").manifest[
        "sequences"
    ]

    sizes, per = list(counts.values()), [max(0, n - t + 1) for n in counts.values()]
    assert told["keys"] == ["key"] and told["count"] == len(counts)
    assert told["lengths"] == {"min": min(sizes), "median": float(np.median(sizes)), "max": max(sizes)}
    assert {k: told["samples"][k] for k in ("min", "median", "max")} == {
        "min": min(per), "median": float(np.median(per)), "max": max(per),
    }  # fmt: skip
    assert told["samples"]["by_key"] == [{"key": [k], "samples": n} for k, n in zip(counts, per, strict=True)]
    assert told["skipped"] == [
        {"key": [k], "rows": n, "reason": "shorter than one sample"} for k, n in counts.items() if n < t
    ]
    assert told["skipped_count"] == len(told["skipped"])


@pytest.mark.parametrize(
    ("settings", "padding"),
    [
        ({}, None),
        ({"partial": True}, {"side": "pre", "value": 0.0, "batch_samples": 0}),
        ({"leftover": "pad", "no_overlap": True, "pad_value": -1}, {"side": "post", "value": -1.0, "batch_samples": 0}),
        ({"batch_size": 4, "batch_remainder": "pad"}, {"side": None, "value": 0.0, "batch_samples": 1}),
        ({"partial": True, "pad_value": "nan"}, {"side": "pre", "value": "nan", "batch_samples": 0}),
        ({"partial": True, "pad_value": "-inf"}, {"side": "pre", "value": "-inf", "batch_samples": 0}),
    ],
)
def test_padding_is_told_and_json_holds_it(settings, padding):
    made = lstmprep.window(
        np.arange(10.0)[:, None], timesteps=4 if "batch_size" not in settings else 8, **settings
    ).manifest

    assert made["padding"] == padding
    assert json.loads(dumps(made)) == made


@pytest.mark.parametrize(
    ("settings", "layer"),
    [
        ({}, "nn.LSTM"),
        ({"label": "c2"}, "nn.LSTM"),
        ({"layout": "time-first"}, "nn.LSTM"),
        ({"layout": "flat"}, "nn.Linear"),
        ({"layout": "channels-first"}, "nn.Conv1d"),
        ({"subsequences": 2}, "nn.LSTM"),
        ({"layout": "convlstm", "subsequences": 2}, "nn.LSTM"),
    ],
)
def test_hints_fit_the_array_that_is_written(settings, layer):
    """The layer that is offered takes X as it is, or as the hint moves it."""
    values = np.arange(30.0).reshape(10, 3)
    values[:, 2] = np.arange(10) % 3
    data = lstmprep.window(values, timesteps=4, features=["c0", "c1"], **settings)

    hints, x = data.manifest["hints"], data.X

    shape = re.search(r"Input\(shape=\((.*?),?\)\)", hints["keras"])
    if shape:
        assert tuple(map(int, shape[1].split(","))) == x.shape[1:]
    else:
        assert "X.swapaxes(0, 1)" in hints["keras"] and x.swapaxes(0, 1).shape[1:] == (4, 2)
    assert ("Dense(3)" in hints["keras"]) == ("label" in settings)
    flat = re.match(r"X\.flatten\((\d), (\d)\) for ", hints["torch"])
    if flat:
        low, high = int(flat[1]), int(flat[2])
        x = x.reshape(*x.shape[:low], -1, *x.shape[high + 1 :])
    assert layer in hints["torch"]
    taken = int(re.search(r"(?:input_size|in_features|in_channels)=(\d+)", hints["torch"])[1])
    assert x.shape[1 if layer == "nn.Conv1d" else -1] == taken
    assert x.ndim == (2 if layer == "nn.Linear" else 3)
    if layer == "nn.LSTM":
        assert ("batch_first=False" in hints["torch"]) == (settings.get("layout") == "time-first")


def test_times_and_classes_are_told():
    table = {"t": ["2020-01-02", "2020-01-01", "2020-01-03"], "a": [1.0, 2.0, 3.0], "lab": ["b", "a", "b"]}

    made = lstmprep.window(arrow_table(table), timesteps=1, time="t", label="lab").manifest

    assert made["classes"] == ["a", "b"] and made["targets"] == []
    assert made["splits"]["all"]["first_time"].startswith("2020-01-01")
    assert made["splits"]["all"]["last_time"].startswith("2020-01-03")
    assert made["order"]["rows_out_of_order"] == 1 and made["order"]["sorted"] is True


def test_the_categories_of_a_column_are_fitted_numbers():
    table = {"c": ["x", "y", "x"], "a": [1.0, 2.0, 3.0]}

    made = lstmprep.window(arrow_table(table), timesteps=1, categorical="c").manifest

    assert made["fitted"] == {"categories": {"c": ["x", "y"]}, "range": {"a": [1.0, 3.0]}}
    assert made["feature_names"] == ["a", "c=x", "c=y"]


def test_second_tables_lose_their_folders_and_stay_options(tmp_path):
    place = tmp_path / "classes.csv"
    place.write_text("key,class\nu,1\nv,2\n")
    table = arrow_table({"key": ["u", "v"], "a": [1.0, 2.0]})

    made = lstmprep.window(table, timesteps=1, group_by="key", labels=str(place)).manifest

    assert made["recipe"]["labels"] == "classes.csv"
    assert str(tmp_path) not in dumps(made), "no absolute path is written"
    assert [s["name"] for s in made["source"]] == ["table", "classes.csv"]
    words = shlex.split(made["command"])
    assert words.count("table") == 1 and words[words.index("--labels") + 1] == "classes.csv"
    assert words[:3] == ["lstmprep", "window", "table"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(made=st.dictionaries(st.text(), values, max_size=3))
def test_the_text_of_a_manifest_is_json_of_the_same_values_in_the_same_order(made):
    text = dumps(made)

    assert json.loads(text) == made
    assert list(json.loads(text)) == list(made)
    assert text.endswith("\n") and "\n\n" not in text.replace("\\n", "")


def test_an_output_that_is_written_names_its_files_and_their_digests(tmp_path):
    made = lstmprep.window(
        np.arange(20.0).reshape(10, 2), timesteps=3, target_mode="input", output=tmp_path / "out"
    ).manifest

    x, y = made["arrays"]["X"], made["arrays"]["y"]
    assert x["file"] == y["file"] == "X.npy" and y["same_as"] == "X"
    assert x["digest"] == y["digest"] and x["digest"].startswith("xxh3:")
    digest = Digest()
    digest.update((tmp_path / "out" / "X.npy").read_bytes())
    assert digest.text() == x["digest"]


def test_a_number_that_json_lacks_is_never_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"x": float("nan")})


@pytest.mark.parametrize("name", ["-x.csv", "--timesteps.csv", "a b.csv", "it's.csv"])
def test_the_command_of_an_oddly_named_file_can_be_typed_again(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("a\n1\n2\n3\n")

    words = shlex.split(lstmprep.window(f"./{name}", timesteps=2).manifest["command"])

    assert recipe_of(words) == from_flat({"timesteps": 2})
    context = cli.commands["window"].make_context("window", words[2:])
    assert lstmprep.window(context.params["inputs"][0], timesteps=2).X.shape == (2, 2, 1)
