"""A table whose rows are samples (`reshape --lag-columns`, `--steps`), divided and scaled: against the obvious loop."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, RecipeError

LAGS = {"lag_columns": "{name}{lag}"}


def wide(rows: int, *, steps: int = 3, classes: str = "uvw") -> pa.Table:
    """Two features of `steps` lags, an answer, a class; a value is its address."""
    columns = {
        f"{n}{k}": [100.0 * j + 10 * i - k for i in range(rows)]
        for j, n in enumerate("ab")
        for k in range(1, steps + 1)
    }
    columns["y"] = [2.5 * i for i in range(rows)]
    columns["k"] = [classes[i % len(classes)] for i in range(rows)]
    return pa.table(columns)


def samples(table: pa.Table, steps: int = 3) -> np.ndarray:
    """(rows, steps, 2), oldest first, by the obvious loop."""
    found = table.to_pydict()
    return np.array([[[found[f"{n}{k}"][i] for n in "ab"] for k in range(steps, 0, -1)] for i in range(table.num_rows)])


@given(
    rows=st.integers(6, 20),
    steps=st.integers(1, 4),
    split=st.sampled_from(["0.5,0.5", "0.5,0.25,0.25", "rows:3,2"]),
    embargo=st.integers(0, 1),
    scale=st.sampled_from(["none", "standard", "minmax", "robust", "maxabs"]),
)
def test_rows_are_divided_in_their_order_and_scaled_by_those_of_train(rows, steps, split, embargo, scale):
    table = wide(rows, steps=steps)
    settings = {"exclude": "k", "target": "y", "split": split, "embargo": embargo, "scale": scale, "dtype": "float64"}
    settings["scale_target"] = scale != "none"
    fractions = [float(v) for v in split.removeprefix("rows:").split(",")]
    ends = [int(e) for e in np.floor(np.cumsum(fractions) * (1 if "rows" in split else rows) + 1e-9)]
    bounds = list(zip([0, *ends], ends, strict=False))
    bounds = [(a, b - embargo * (i + 1 < len(bounds))) for i, (a, b) in enumerate(bounds)]
    if any(a >= b for a, b in bounds):
        with pytest.raises(DataError, match="has no row"):
            lstmprep.reshape(table, **LAGS, **settings)
        return

    made = lstmprep.reshape(table, **LAGS, **settings)

    x, y = samples(table, steps), np.array(table["y"].to_pylist())[:, None]
    shift, factor = learned(x[: bounds[0][1]].reshape(-1, 2), scale)
    y_shift, y_factor = learned(y[: bounds[0][1]], scale)
    parts = made.parts()
    assert list(parts) == (["train", "test"] if len(bounds) == 2 else ["train", "val", "test"])
    for (name, part), (a, b) in zip(parts.items(), bounds, strict=True):
        np.testing.assert_allclose(part.X, (x[a:b] - shift) * factor, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(part.y, (y[a:b] - y_shift) * y_factor, rtol=1e-12, atol=1e-12)
        assert made.index(name)["first_row"].to_pylist() == list(range(a, b))
        assert made.index(name)["target_first_row"].to_pylist() == list(range(a, b))
        assert made.manifest["splits"][name]["rows"] == b - a
        np.testing.assert_allclose(made.invert(part.y, split=name)["prediction"].to_numpy(), y[a:b, 0], atol=1e-9)
    told = made.manifest["rows"]
    assert (told["read"], told["used_as_input"]) == (rows, sum(b - a for a, b in bounds))
    assert told["used_as_input"] + sum(u["rows"] for u in told["unused"]) == rows


def learned(train: np.ndarray, scale: str) -> tuple[np.ndarray, np.ndarray]:
    """(what is taken away, what is multiplied by), as the documentation of scikit-learn says."""
    low, high = train.min(axis=0), train.max(axis=0)
    quarters = np.quantile(train, [0.25, 0.5, 0.75], axis=0)
    shift, spread = {
        "none": (0 * low, low * 0 + 1),
        "standard": (train.mean(axis=0), train.std(axis=0)),
        "minmax": (low, high - low),
        "robust": (quarters[1], quarters[2] - quarters[0]),
        "maxabs": (0 * low, np.abs(train).max(axis=0)),
    }[scale]
    return shift, np.divide(1, spread, out=np.zeros_like(spread) + (scale == "none"), where=spread != 0)


@given(rows=st.integers(9, 30), seed=st.integers(0, 5), stratify=st.booleans(), shuffle=st.booleans())
def test_rows_dealt_out_by_chance_are_each_in_one_part_with_their_own_class(rows, seed, stratify, shuffle):
    table = wide(rows)
    how = {
        "split": "0.6,0.4",
        "split_by": "random",
        "seed": seed,
        "stratify": stratify,
        "shuffle": shuffle,
        "unknown": "code",
    }

    made = lstmprep.reshape(table, **LAGS, exclude="y", label="k", **how)

    assert made.manifest == lstmprep.reshape(table, **LAGS, exclude="y", label="k", **how).manifest
    x, classes = samples(table), table["k"].to_pylist()
    taken = []
    for name in ("train", "test"):
        part, index = made.parts()[name], made.index(name)["first_row"].to_pylist()
        np.testing.assert_array_equal(part.X, x[index].astype(np.float32))
        assert [made.manifest["classes"][c] for c in part.y if c >= 0] == [
            classes[i] for i, c in zip(index, part.y, strict=True) if c >= 0
        ]
        taken += index
    assert sorted(taken) == list(range(rows))
    if stratify:
        shares = [np.bincount(made.parts()[n].y, minlength=3).tolist() for n in ("train", "test")]
        assert all(abs(a - 0.6 * (a + b)) < 1.5 for a, b in zip(*shares, strict=True))


def test_a_class_that_the_rows_of_train_lack_is_named_with_its_row_of_the_table():
    table = wide(12, classes="uuuuuuuuuuvw")

    with pytest.raises(
        DataError,
        match=r"row 11, column k: the class 'v' stands in test and not in train, which has u; test holds v, w",
    ):
        lstmprep.reshape(table, **LAGS, exclude="y", label="k", split="0.5,0.5")

    made = lstmprep.reshape(table, **LAGS, exclude="y", label="k", split="0.5,0.5", unknown="drop")
    assert made.index("test")["first_row"].to_pylist() == [6, 7, 8, 9]
    assert made.manifest["rows"]["unused"] == [
        {"reason": "only in samples left out for a class that train lacks", "rows": 2, "first": 10, "last": 11}
    ]
    coded = lstmprep.reshape(table, **LAGS, exclude="y", label="k", split="0.5,0.5", unknown="code")
    assert coded.test.y.tolist() == [0, 0, 0, 0, -1, -1]


def test_new_rows_are_scaled_and_coded_by_what_train_has_taught(tmp_path):
    made = lstmprep.reshape(
        wide(12), **LAGS, exclude="y", label="k", split="0.5,0.5", scale="minmax", output=tmp_path / "out"
    )
    new = wide(4)

    again = lstmprep.apply(tmp_path / "out", new)

    np.testing.assert_array_equal(again.X, made.train.X[:4])
    np.testing.assert_array_equal(again.y, made.train.y[:4])
    with pytest.raises(DataError, match=r"row 4, column k: the class 'z' is none of the output, which has u, v, w"):
        lstmprep.apply(tmp_path / "out", wide(4, classes="uvwz"))


def test_folds_walk_forward_over_rows():
    made = lstmprep.reshape(wide(9), **LAGS, exclude="k,y", folds=2, scale="standard")

    assert [made.index(p)["first_row"].to_pylist() for p in made.manifest["splits"]] == [
        [0, 1, 2],
        [3, 4, 5],
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8],
    ]
    np.testing.assert_allclose([made.fold0.train.X.mean(), made.fold1.train.X.mean()], 0, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shape": "-1,2,8", "split": "0.5,0.5"}, "--split needs rows that are samples: --lag-columns or --steps\n.*window --no-overlap"),
        ({"series_as": "samples", "folds": 2}, "--folds needs rows that are samples"),
        ({"series_as": "samples", "scale": "standard"}, "--scale needs rows that are samples"),
        ({"series_in": "rows", "shuffle": True}, "--shuffle needs rows that are samples"),
        ({**LAGS, "split": "2020-01-01"}, "--split names times, and there is no --time\n  Give fractions"),
        ({**LAGS, "split": "0.5,0.5", "split_by": "group"}, "--split-by 'group' is not one of its choices\n.*sequence, random"),
        ({**LAGS, "context": True}, "has no setting 'context'"),
        ({**LAGS, "scale_by_group": True}, "has no setting 'scale_by_group'"),
    ],
    ids=["shape", "folds", "scale", "shuffle", "times", "group", "context", "by_group"],
)  # fmt: skip
def test_what_cannot_be_divided_is_refused_with_what_can(settings, words):
    with pytest.raises(RecipeError, match=words):
        lstmprep.reshape(wide(6).drop_columns(["k"]), **settings)


def test_a_part_without_a_row_is_refused():
    with pytest.raises(DataError, match="train has no row: the table has 1 row") as refused:
        lstmprep.reshape(wide(1), exclude="k", split="0.5,0.5", **LAGS)

    assert "Use parts of one row or more" in str(refused.value)
