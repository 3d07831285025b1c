"""Every N rows of a sequence become one: against the plain loop; what has no meaning is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import RecipeError
from lstmprep.ingest import downsample as module
from lstmprep.recipe import from_flat
from tests.conftest import arrow_table, tables
from tests.core import oracle

LOOP = {
    "mean": np.mean, "std": np.std, "sum": np.sum, "min": np.min, "max": np.max,
    "first": lambda block: block[0], "last": lambda block: block[-1],
}  # fmt: skip


@given(
    table=tables(), size=st.integers(2, 5), hows=st.lists(st.sampled_from(sorted(LOOP)), min_size=1, max_size=3, unique=True),
    block=st.sampled_from([1, 4, 1 << 15]), gap=st.sampled_from([None, "2"]),
)  # fmt: skip
def test_steps_are_the_blocks_of_the_loop(table, size, hows, block, gap):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        data = lstmprep.pad(
            arrow_table(table), group_by="key", time="t", features="a,b", target="y", target_mode="per-step",
            downsample=size, aggregate=",".join(hows), dtype="float64", max_gap=gap,
        )  # fmt: skip

    names = [f"{n}_{h}" if len(hows) > 1 else n for n in "ab" for h in hows]
    assert data.manifest["feature_names"] == names
    for i, (_, rows) in enumerate(oracle.sequences(table, "key", "t")):
        blocks = [rows[k : k + size] for k in range(0, len(rows), size)]
        assert data.lengths[i] == len(blocks)
        for k, one in enumerate(blocks):
            wanted = [LOOP[h](np.array([table[n][r] for r in one])) for n in "ab" for h in hows]
            assert np.allclose(data.X[i, k], wanted, rtol=1e-12, atol=1e-9)
            assert data.y[i, k, 0] == table["y"][one[-1]]
    told = data.index().to_pylist()
    ends = [(rows[0], rows[-1]) for _, rows in oracle.sequences(table, "key", "t")]
    assert [(r["first_row"], r["last_row"]) for r in told] == ends
    answers = [rows[min(size, len(rows)) - 1] for _, rows in oracle.sequences(table, "key", "t")]
    assert gap or [(r["target_first_row"], r["target_last_row"]) for r in told] == [
        (first, last) for first, (_, last) in zip(answers, ends, strict=True)
    ]
    rows = data.manifest["rows"]
    assert rows["read"] == rows["used_as_input"] == len(table["t"])
    assert rows["used_as_target"] == int(data.lengths.sum())


def test_labels_and_times_are_those_of_the_last_row_of_a_step():
    table = {"k": ["a"] * 5, "t": [0, 1, 2, 3, 4], "v": [1.0, 2.0, 3.0, 4.0, 5.0], "c": list("xyxyx")}

    data = lstmprep.pad(arrow_table(table), group_by="k", time="t", label="c", target_mode="per-step", downsample=2)

    assert data.y.tolist() == [[1, 1, 0]]
    assert data.index()["last_time"].to_pylist() == [4]


def test_a_row_that_is_the_answer_is_the_last_of_its_step():
    table = {"k": list("aaaaabb"), "t": list(range(7)), "v": list(range(7)), "y": list(range(7))}

    data = lstmprep.pad(arrow_table(table), group_by="k", time="t", features="v", target="y", downsample=2, timesteps=2)

    rows = data.manifest["rows"]
    assert data.y.tolist() == [[4], [6]]
    assert (rows["used_as_input"], rows["used_as_target"], rows["unused"][0]["rows"]) == (5, 2, 2)
    assert data.index()["target_first_row"].to_pylist() == data.index()["target_last_row"].to_pylist() == [4, 6]
    assert data.invert(data.y)["target_row"].to_pylist() == [4, 6]


def test_a_block_that_lacks_a_value_lacks_its_own():
    table = {"k": ["a", "a", "b", "b"], "v": [1.0, float("nan"), 3.0, 5.0]}

    data = lstmprep.pad(arrow_table(table), group_by="k", downsample=2, missing="drop")

    assert data.X.tolist() == [[[4.0]]]


def test_numbers_that_are_large_and_close_together_keep_their_digits():
    table = {"k": ["a"] * 4, "v": [1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3]}

    data = lstmprep.pad(arrow_table(table), group_by="k", downsample=4, aggregate="std", dtype="float64")

    assert data.X[0, 0, 0] == np.std([0, 1, 2, 3])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"downsample": 1}, "--downsample is 1"),
        ({"aggregate": "mean"}, "--aggregate needs --resample or --downsample"),
        (
            {"downsample": 2, "aggregate": "mean:v"},
            "--aggregate mean:v goes by column, and with --downsample every column has the same",
        ),
        ({"downsample": 2, "aggregate": "count"}, "--aggregate 'count' is not one of its choices"),
        ({"downsample": 2, "resample": "3", "time": "t"}, "--resample and --downsample exclude each other"),
        ({"downsample": 2, "aggregate": "median"}, "--aggregate 'median' is not one of its choices"),
        ({"downsample": 2, "aggregate": "mean,mean"}, "--aggregate mean,mean names one twice"),
        ({"downsample": 2, "categorical": "c"}, "--downsample and --categorical exclude each other"),
        ({"downsample": 2, "pivot": "p", "time": "t"}, "--downsample and --pivot exclude each other"),
    ],
)
def test_blocks_that_have_no_meaning_are_refused(settings, words):
    with pytest.raises(RecipeError, match=words):
        from_flat(settings, command="pad")
