"""`--store series`: the rows once and the starts of samples are the same X, without the copies."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, RecipeError
from lstmprep.series import Windows
from tests.conftest import arrow_table, batchings, tables, windows


@given(
    table=tables(holes=0.1), batching=batchings(),
    case=st.sampled_from([None, "target", "label", "input"]).flatmap(lambda a: st.tuples(st.just(a), windows(a))),
)  # fmt: skip
def test_both_stores_hold_the_same_arrays(table, batching, case):
    answer, settings = case
    settings |= batching | {"features": ["a", "b"], "group_by": ["key"], "time": ["t"], "missing": "drop"}
    settings |= {"target": {"target": ["y"]}, "label": {"label": "lab"}}.get(answer, {})
    if settings.pop("lags", None):
        settings["timesteps"] = 2
    for name, padding in (("partial", True), ("leftover", "pad"), ("batch_remainder", "pad")):
        if settings.get(name) == padding:  # padded steps are no rows of the table
            del settings[name]
    settings.pop("pad_value", None)
    try:
        copied = lstmprep.window(arrow_table(table), **settings)
    except DataError:
        assume(False)

    viewed = lstmprep.window(arrow_table(table), **settings, store="series")

    assert set(viewed.arrays) == {*copied.arrays, "series", "starts"}
    for name, array in copied.arrays.items():
        assert np.array_equal(np.asarray(viewed.arrays[name]), array, equal_nan=True), name
        assert viewed.arrays[name].dtype == array.dtype
    assert len(viewed.series) == len(table["t"])
    assert viewed.index().to_pydict() == copied.index().to_pydict()


@pytest.mark.parametrize("place", ["out", "out.npz"])
def test_it_is_read_back_from_disk_as_a_view(tmp_path, place):
    rows = np.arange(80.0).reshape(40, 2)

    found = lstmprep.window(rows, timesteps=6, stride=2, target="c1", store="series", output=tmp_path / place)
    copied = lstmprep.window(rows, timesteps=6, stride=2, target="c1")

    assert np.array_equal(found.X, copied.X)
    assert not found.X.flags.writeable
    assert np.shares_memory(found.X, found.series)
    assert found.manifest["arrays"]["X"]["view"] == {"series": "series", "starts": "starts", "dilation": 1}
    assert "file" not in found.manifest["arrays"]["X"]


def test_the_order_of_the_groups_in_the_file_is_not_in_the_series():
    one = {"k": ["b"] * 3 + ["a"] * 4, "v": [4.0, 5, 6, 0, 1, 2, 3]}
    two = {"k": ["a"] * 4 + ["b"] * 3, "v": [0.0, 1, 2, 3, 4, 5, 6]}

    found = [lstmprep.window(arrow_table(t), timesteps=2, group_by="k", store="series") for t in (one, two)]

    assert found[0].series[:, 0].tolist() == [0, 1, 2, 3, 4, 5, 6]
    for name in ("series", "starts"):
        assert found[0].arrays[name].tobytes() == found[1].arrays[name].tobytes()


def test_shuffled_samples_are_windows_to_index():
    found = lstmprep.window(np.arange(30.0)[:, None], timesteps=3, shuffle=True, store="series")

    assert isinstance(found.X, Windows)
    assert np.array_equal(found.X[:, 0, 0], found.starts)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"partial": True}, "--partial"), ({"leftover": "pad", "no_overlap": True}, "--leftover pad"),
        ({"batch_size": 7, "batch_remainder": "pad"}, "--batch-remainder pad"), ({"layout": "time-first"}, "--layout time-first"),
        ({"subsequences": 2}, "--subsequences"), ({"timesteps": None, "lags": [1, 2, 4], "target": "c0"}, "--lags"),
    ],
)  # fmt: skip
def test_what_no_view_can_hold_is_refused(more, said):
    settings = {k: v for k, v in ({"timesteps": 4} | more).items() if v is not None}
    with pytest.raises(RecipeError, match=said) as refused:
        lstmprep.window(np.arange(30.0)[:, None], **settings, store="series")
    assert "--store" in str(refused.value)


@pytest.mark.parametrize("starts", [[0, 1, 99], [-1, 0, 1], [0, 1, 8]])
def test_starts_outside_the_rows_are_refused(tmp_path, starts):
    lstmprep.window(np.arange(10.0)[:, None], timesteps=3, stride=3, store="series", output=tmp_path / "out")
    np.save(tmp_path / "out" / "starts.npy", np.array(starts, np.int64))

    with pytest.raises(DataError, match="manifest says"):
        lstmprep.load(tmp_path / "out")


@pytest.mark.parametrize(
    "damage",
    [
        {"view": {"series": "nothing", "starts": "starts", "dilation": 1}}, {"shape": [3, 0, 1]}, {"shape": [3, 3]},
        {"shape": [3, 3, 2]}, {"shape": [2, 3, 1]}, {"view": {"series": "series", "starts": "series", "dilation": 1}},
        {"view": {"series": "series", "starts": "starts", "dilation": 4}},
    ],
)  # fmt: skip
def test_a_manifest_that_misdescribes_the_view_is_refused(tmp_path, damage):
    lstmprep.window(np.arange(10.0)[:, None], timesteps=3, stride=3, store="series", output=tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    made = json.loads(path.read_text())
    made["arrays"]["X"] |= damage
    path.write_text(json.dumps(made))

    with pytest.raises(DataError, match="not what the manifest says"):
        lstmprep.load(tmp_path / "out")


@pytest.mark.parametrize(
    "view", [3, {}, {"series": "series", "starts": "starts"}, {"series": "series", "starts": 1, "dilation": 1}, {"series": "series", "starts": "starts", "dilation": True}]
)  # fmt: skip
def test_a_manifest_with_a_view_of_another_kind_is_none_of_ours(tmp_path, view):
    lstmprep.window(np.arange(10.0)[:, None], timesteps=3, store="series", output=tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    made = json.loads(path.read_text())
    made["arrays"]["X"]["view"] = view
    path.write_text(json.dumps(made))

    with pytest.raises(RecipeError, match="not described"):
        lstmprep.load(tmp_path / "out")
