"""`lstmprep.window` against the obvious loop: samples, answers, padding and index, over random settings and tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep import DataError
from tests.conftest import arrow_table, tables, windows
from tests.core import oracle

ANSWERS = [None, "target", "label", "input"]
FORMS = {"arrow": arrow_table, "pandas": pd.DataFrame}


@st.composite
def cases(draw: st.DrawFn, *, holes: float = 0.0, answers: list[Any] = ANSWERS) -> tuple[Any, dict[str, Any], Any]:
    """A table, settings that frame it, and what a sample is answered with."""
    answer = draw(st.sampled_from(answers))
    settings = draw(windows(answer)) | {"features": list(oracle.FEATURES)}
    settings |= draw(st.sampled_from([{"group_by": ["key"], "time": ["t"]}, {"group_by": ["key"]}, {}]))
    settings |= {"target": {"target": ["y"]}, "label": {"label": "lab"}}.get(answer, {})
    if answer in ("target", "label") and "label_at" not in settings and draw(st.booleans()):
        settings["future"] = ["b"]
    if holes:
        settings["missing"] = "drop"
    return draw(tables(holes=holes)), settings, answer


def check(table: dict[str, list[Any]], settings: dict[str, Any], answer: str | None, form: str) -> None:
    """Every array and every column of the index is the loop's."""
    found = oracle.samples(table, settings, answer)
    if not found:
        with pytest.raises(DataError, match=r"a sample needs|holds a missing value|left to be a feature|is empty"):
            lstmprep.window(FORMS[form](table), **settings)
        return

    data = lstmprep.window(FORMS[form](table), **settings)

    expected = oracle.arrays(found, table, settings, answer)
    for name in data.arrays:
        assert data.arrays[name].shape == expected[name].shape, name
        assert np.array_equal(data.arrays[name], expected[name]), name
    padded = bool(settings.get("partial") or settings.get("leftover"))
    assert set(data.arrays) == set(expected) - (set() if padded else {"lengths", "mask"})
    told = data.index().to_pydict()
    for name, values in oracle.index(found).items():
        if name in told:
            assert told[name] == values, name
    assert ("target_first_row" in told) == oracle.asks(settings, answer)
    assert ("steps" in told) == padded
    assert data.manifest["samples"] == len(found)


@pytest.mark.parametrize("form", FORMS)
@given(case=cases())
def test_arrays_and_index_are_those_of_the_obvious_loop(case, form):
    check(*case, form)


@given(case=cases(holes=0.2))
def test_missing_drop_leaves_out_the_samples_that_the_loop_leaves_out(case):
    check(*case, "arrow")


@given(case=cases(answers=["target", "label"], holes=0.1), shape=st.sampled_from(["lags", "dilation"]))
def test_missing_drop_sees_the_rows_of_lags_and_dilated_windows_only(case, shape):
    """Rows between the steps may be missing: no sample takes them."""
    table, settings, answer = case
    settings = {k: v for k, v in settings.items() if k not in ("timesteps", "dilation", "lags", "lead")}
    padded = settings.get("leftover") == "pad"
    settings |= (
        {"lags": [0 if padded else 1, 4]}
        if shape == "lags"
        else {"timesteps": 2, "dilation": 3, "lead": 0 if padded else 1}
    )
    check(table, settings, answer, "arrow")


@given(case=cases(), dtype=st.sampled_from(["float16", "float32", "float64"]))
def test_the_type_of_the_output_changes_no_whole_number(case, dtype):
    table, settings, answer = case
    found = oracle.samples(table, settings, answer)
    if found:
        data = lstmprep.window(arrow_table(table), dtype=dtype, **settings)
        assert data.X.dtype == dtype
        assert np.array_equal(data.X, oracle.arrays(found, table, settings, answer)["X"])


@given(case=cases())
def test_rows_anywhere_in_the_file_give_the_same_samples_as_rows_in_order(case):
    """With key and time the order of the file is no information."""
    table, settings, answer = case
    settings |= {"group_by": ["key"], "time": ["t"]}
    order = sorted(range(len(table["t"])), key=lambda r: (int(table["key"][r]), table["t"][r]))
    tidy = {name: [column[r] for r in order] for name, column in table.items()}
    if oracle.samples(table, settings, answer):
        one, two = (lstmprep.window(arrow_table(t), **settings) for t in (table, tidy))
        assert all(np.array_equal(one.arrays[name], two.arrays[name]) for name in one.arrays)


@given(table=tables(), policy=st.sampled_from(["first", "last", "mean"]), data=st.data())
def test_of_rows_of_one_time_the_first_the_last_or_the_mean_is_framed(table, policy, data):
    """Averaged rows stand on the row of the first of them; classes have no mean."""
    n = len(table["t"])
    again = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=6))
    for name, column in table.items():
        table[name] = column + [
            column[r]
            if name in ("key", "t")
            else data.draw(st.sampled_from(["n", "p"] if name == "lab" else [1.0, 8.0]))
            for r in again
        ]
    groups: dict[tuple[str, int], list[int]] = {}
    for row, at in enumerate(zip(table["key"], table["t"], strict=True)):
        groups.setdefault(at, []).append(row)
    stands = {at: rows[-1] if policy == "last" else rows[0] for at, rows in groups.items()}
    single = {name: [column[r] for r in stands.values()] for name, column in table.items()}
    if policy == "mean":
        for name in ("a", "b", "y"):
            single[name] = [sum(table[name][r] for r in rows) / len(rows) for rows in groups.values()]
    settings = {"timesteps": 2, "partial": True, "features": ["a", "b"], "group_by": ["key"], "time": ["t"]}
    answer = data.draw(st.sampled_from(["target", "label"])) if policy != "mean" else "target"
    asked = settings | ({"target": "y", "lead": 0} if answer == "target" else {"label": "lab"})

    made = lstmprep.window(arrow_table(table), on_duplicate=policy, **asked)

    found = oracle.samples(single, asked, answer)
    expected = oracle.arrays(found, single, asked, answer)
    assert np.array_equal(made.X, expected["X"].astype(np.float32))
    assert np.array_equal(made.y, expected["y"].astype(made.y.dtype))
    source = list(stands.values())
    assert made.index()["first_row"].to_pylist() == [source[r] for r in oracle.index(found)["first_row"]]


@given(table=tables())
def test_the_label_of_a_sequence_stands_on_each_of_its_windows(table, tmp_path_factory):
    """--labels: one class per key, from a second table."""
    keys = sorted(set(table["key"]), key=int)
    place = tmp_path_factory.mktemp("labels") / "labels.csv"
    place.write_text("key,class\n" + "".join(f"{k},{'xyz'[int(k) % 3]}\n" for k in reversed(keys)))

    data = lstmprep.window(arrow_table(table), timesteps=1, group_by="key", features="a", labels=str(place))

    classes = sorted({"xyz"[int(k) % 3] for k in keys})
    assert data.manifest["classes"] == classes
    assert [classes[code] for code in data.y] == ["xyz"[int(k) % 3] for k in data.index()["key"].to_pylist()]


def test_the_first_sample_of_a_partial_window_is_one_real_step():
    """The growing prefixes, typed out."""
    table = {"a": [1.0, 2.0, 3.0], "y": [10.0, 20.0, 30.0]}

    data = lstmprep.window(arrow_table(table), timesteps=2, partial=True, target="y", lead=0, features="a")

    assert data.X[..., 0].tolist() == [[0, 1], [1, 2], [2, 3]]
    assert data.y.tolist() == [[10], [20], [30]]
    assert data.lengths.tolist() == [1, 2, 2]
    assert data.mask.tolist() == [[False, True], [True, True], [True, True]]
    assert data.lengths.dtype == np.int32 and data.mask.dtype == bool


def test_lags_are_rows_back_from_the_first_target_row():
    """Oldest first, whatever the order they are named in; the smallest is the lead."""
    table = {"a": [float(i) for i in range(20)], "y": [float(i) for i in range(20)]}

    data = lstmprep.window(arrow_table(table), lags="1,7,2,14", target="y", features="a")

    assert data.X[:, :, 0].tolist() == [[t - 14, t - 7, t - 2, t - 1] for t in range(14, 20)]
    assert data.y[:, 0].tolist() == list(range(14, 20))


def test_what_is_handed_in_is_not_changed():
    frame = pd.DataFrame({"a": [3.0, 1.0, 2.0], "t": [2, 0, 1]})
    before = frame.copy(deep=True)

    data = lstmprep.window(frame, timesteps=2, time="t", features="a")
    data.X[:] = -1

    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("settings", [{}, {"partial": True}, {"dilation": 2}, {"shuffle": True}])
def test_an_array_in_memory_may_be_written_to_without_touching_the_input(settings):
    values = np.arange(24.0).reshape(12, 2)
    before = values.copy()

    lstmprep.window(values, timesteps=3, dtype="float64", **settings).X[:] = -1

    assert np.array_equal(values, before)
