"""The whole way of a reshape, against NumPy's own on the same numbers: values, index, ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, RecipeError
from lstmprep.folded import Folded
from lstmprep.framing import Reshape
from lstmprep.framing.frame import Segments
from lstmprep.panel import Panel
from lstmprep.recipe import from_flat
from tests.conftest import arrow_table, tables

sizes = st.tuples(st.integers(1, 12), st.integers(1, 4))


def numbers(rows: int, columns: int) -> np.ndarray:
    """A table in which a value is its address."""
    return np.arange(rows * columns, dtype=np.float64).reshape(rows, columns)


def divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


def rows_of(made: lstmprep.Prepared) -> list[tuple[int, int]]:
    """First and last row of every sample, from the index."""
    index = made.index()
    return list(zip(index.column("first_row").to_pylist(), index.column("last_row").to_pylist(), strict=True))


def closes(made: lstmprep.Prepared, rows: int) -> None:
    """Every row is used, and used once."""
    told = made.manifest["rows"]
    assert (told["read"], told["used_as_input"], told["unused"]) == (rows, rows, [])
    assert made.manifest["splits"]["all"]["rows"] == rows


@given(size=sizes, data=st.data())
def test_a_stated_shape_is_that_of_numpy(size, data):
    table = numbers(*size)
    t = data.draw(st.sampled_from(divisors(size[0])))
    shape = [size[0] // t, t, size[1]]
    open_ = data.draw(st.sampled_from([None, 0, 1, 2]))
    asked = [-1 if i == open_ else n for i, n in enumerate(shape)]

    made = lstmprep.reshape(table, shape=asked)

    np.testing.assert_array_equal(made.X, table.reshape(shape))
    assert rows_of(made) == [(i * t, i * t + t - 1) for i in range(shape[0])]
    assert made.manifest["input_shape"] == shape[1:]
    closes(made, size[0])


@given(size=sizes, data=st.data())
def test_a_column_as_a_sample_is_the_table_turned(size, data):
    table, (rows, columns) = numbers(*size), size
    t = data.draw(st.sampled_from(divisors(rows)))
    settings = {"shape": (-1, t, 1)} if t < rows else {}

    made = lstmprep.reshape(table, series_as="samples", **settings)

    np.testing.assert_array_equal(made.X, table.T.reshape(-1, t, 1))
    per = rows // t
    assert made.index().column("series").to_pylist() == [f"c{c}" for c in range(columns) for _ in range(per)]
    assert rows_of(made) == [(i * t, i * t + t - 1) for _ in range(columns) for i in range(per)]
    assert made.manifest["feature_names"] == ["value"]
    assert made.manifest["sequences"]["count"] == columns
    closes(made, rows)


@given(size=sizes, data=st.data())
def test_series_in_rows_are_the_table_on_its_side(size, data):
    table, (rows, columns) = numbers(*size), size
    t = data.draw(st.sampled_from(divisors(columns)))

    beside = lstmprep.reshape(table, series_in="rows", shape=(-1, t, rows))
    apart = lstmprep.reshape(table, series_in="rows", series_as="samples", shape=(-1, t, 1))

    np.testing.assert_array_equal(beside.X, table.T.reshape(-1, t, rows))
    np.testing.assert_array_equal(apart.X, table.reshape(-1, t, 1))
    assert rows_of(beside) == [(0, rows - 1)] * (columns // t)
    assert rows_of(apart) == [(r, r) for r in range(rows) for _ in range(columns // t)]
    assert beside.manifest["feature_names"] == [f"r{i}" for i in range(rows)]
    assert apart.manifest["sequences"]["count"] == rows
    assert apart.manifest["sequences"]["samples"]["max"] == columns // t
    closes(beside, rows)
    closes(apart, rows)


def test_rows_stand_in_the_order_of_time_whatever_their_order_in_the_file():
    table = pa.table({"t": [3, 1, 2, 2], "a": [30.0, 10.0, 20.0, 99.0], "b": [3.0, 1.0, 2.0, 9.0]})
    settings: dict[str, Any] = {"time": "t", "on_duplicate": "first"}

    beside = lstmprep.reshape(table, series_as="features", **settings)
    apart = lstmprep.reshape(table, series_as="samples", **settings)

    assert beside.X.tolist() == [[[10, 1], [20, 2], [30, 3]]]
    assert apart.X[:, :, 0].tolist() == [[10, 20, 30], [1, 2, 3]]
    for made in (beside, apart):
        rows = made.manifest["rows"]
        assert (rows["read"], rows["used_as_input"], [u["rows"] for u in rows["unused"]]) == (4, 3, [1])
        assert rows_of(made) == [(1, 0)] * len(made.X)
        assert set(made.index().column("last_time").to_pylist()) == {3}
        assert made.manifest["splits"]["all"] == {"samples": len(made.X), "rows": 3, "first_time": 1, "last_time": 3}


@given(table=tables(), lags=st.lists(st.integers(0, 4), min_size=1, max_size=4, unique=True))
def test_the_lagged_table_back_in_three_dimensions_is_what_window_gives(table, lags):
    """reshape --lag-columns on the output of lag equals window --lags; with lags from 1 on, y too."""
    frame = arrow_table(table)
    shared: dict[str, Any] = {"group_by": "key", "time": "t", "features": "b,a", "lags": lags}
    answer = {"target": "y"} if min(lags) else {}
    try:
        wanted = lstmprep.window(frame, **shared, **answer)
        lagged = lstmprep.lag(frame, **shared, **answer)
    except DataError:
        return
    drawn = lagged.table().select(sorted(lagged.table().column_names, key=hash))

    made = lstmprep.reshape(
        lagged.table() if len(lags) % 2 else drawn,
        lag_columns="{name}(t-{lag})",
        exclude="key,t",
        **({"target": "y(t)"} if answer else {}),
    )

    order = [made.manifest["feature_names"].index(n) for n in ("b", "a")]
    np.testing.assert_array_equal(made.X[:, :, order], wanted.X)
    if answer:
        np.testing.assert_array_equal(made.y, wanted.y)
    closes(made, len(lagged.X))


@given(rows=st.integers(1, 9), names=st.integers(1, 3), steps=st.integers(1, 4), data=st.data())
def test_a_row_is_a_sample_with_its_own_answer_and_its_own_static_values(rows, names, steps, data):
    columns = [f"{'abc'[f]}{k}" for f in range(names) for k in range(steps)]
    values = {c: np.arange(rows) * 100.0 + i for i, c in enumerate(columns)}
    other = {"s": np.arange(rows) * 1.5, "y": np.arange(rows) - 7.0, "kind": [f"k{r % 2}" for r in range(rows)]}
    stood = data.draw(st.permutations([*columns, *other]))
    table = pa.table({c: {**values, **other}[c] for c in stood})
    shared: dict[str, Any] = {"lag_columns": "{name}{lag}", "static": "s"}

    made = lstmprep.reshape(table, target="y", exclude="kind", **shared)
    tiled = lstmprep.reshape(table, label="kind", exclude="y", static_mode="tile", **shared)

    found = made.manifest["feature_names"]
    wanted = np.array([[[values[f"{n}{k}"][r] for n in found] for k in reversed(range(steps))] for r in range(rows)])
    np.testing.assert_array_equal(made.X, wanted)
    assert made.y[:, 0].tolist() == other["y"].tolist()
    assert made.static[:, 0].tolist() == other["s"].tolist()
    assert rows_of(made) == [(r, r) for r in range(rows)]
    assert made.manifest["rows"]["used_as_target"] == rows
    closes(made, rows)
    assert tiled.manifest["feature_names"] == [*found, "s"]
    np.testing.assert_array_equal(tiled.X[:, :, :-1], wanted)
    np.testing.assert_array_equal(tiled.X[:, :, -1], np.repeat(other["s"][:, None], steps, axis=1))
    assert [tiled.manifest["classes"][c] for c in tiled.y] == other["kind"]


@given(holes=st.lists(st.booleans(), min_size=1, max_size=9), answers=st.lists(st.booleans(), min_size=9, max_size=9))
def test_rows_that_hold_a_missing_value_are_left_out_and_named(holes, answers):
    n = len(holes)
    gone = [a or b for a, b in zip(holes, answers, strict=False)]
    table = pa.table(
        {
            "a1": [None if h else float(i) for i, h in enumerate(holes)],
            "a0": [float(i) for i in range(n)],
            "y": [None if h else float(i) for i, h in enumerate(answers[:n])],
        }
    )
    settings: dict[str, Any] = {"steps": "a=a1,a0", "target": "y", "missing": "drop"}
    if all(gone):
        with pytest.raises(DataError, match="holds a missing value"):
            lstmprep.reshape(table, **settings)
        return

    made = lstmprep.reshape(table, **settings)

    kept = [i for i in range(n) if not gone[i]]
    assert made.X[:, 1, 0].tolist() == kept
    assert made.y[:, 0].tolist() == kept
    assert rows_of(made) == [(i, i) for i in kept]
    rows, sequences = made.manifest["rows"], made.manifest["sequences"]
    assert (rows["read"], rows["used_as_input"]) == (n, len(kept))
    assert sum(u["rows"] for u in rows["unused"]) == n - len(kept)
    assert [(u["first"], u["last"]) for u in rows["unused"]] == (
        [(gone.index(True), n - 1 - gone[::-1].index(True))] if any(gone) else []
    )
    per = sorted(int(not g) for g in gone)
    assert (sequences["count"], sequences["samples"]["min"]) == (n, per[0])
    assert sequences["samples"]["median"] == (per[(n - 1) // 2] + per[n // 2]) / 2


def files(folder: Path, tables_: list[np.ndarray]) -> list[Path]:
    """A file for each table, in natural order of their names."""
    paths = [folder / f"m{i + 1}.csv" for i in range(len(tables_))]
    for path, table in zip(paths, tables_, strict=True):
        path.write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in table))
    return paths


@pytest.mark.parametrize("count", [1, 2, 11])
def test_files_are_samples_or_steps(tmp_path, count):
    """m2 stands before m10."""
    each = [numbers(6, 2) + 1000 * i for i in range(count)]
    paths = files(tmp_path, each)

    samples = lstmprep.reshape(paths, file_as="sample")
    blocks = lstmprep.reshape(paths, file_as="sample", shape=(-1, 3, 2))
    steps = lstmprep.reshape(paths, file_as="timestep")

    np.testing.assert_array_equal(samples.X, np.stack(each))
    np.testing.assert_array_equal(blocks.X, np.stack(each).reshape(-1, 3, 2))
    np.testing.assert_array_equal(steps.X, np.stack(each).reshape(1, count, 12))
    assert steps.manifest["feature_names"][:3] == ["a@0", "b@0", "a@1"]
    assert rows_of(steps) == [(0, 6 * count - 1)]
    assert rows_of(samples) == [(6 * i, 6 * i + 5) for i in range(count)]
    closes(samples, 6 * count)
    closes(steps, 6 * count)


def test_a_file_has_one_label_and_one_static_value(tmp_path):
    for name, kind in (("x.csv", "up"), ("y.csv", "down")):
        (tmp_path / name).write_text(f"a,kind,size\n1,{kind},{len(kind)}\n2,{kind},{len(kind)}\n")
    paths = sorted(tmp_path.glob("*.csv"))

    made = lstmprep.reshape(paths, file_as="sample", label="kind", static="size")

    assert [made.manifest["classes"][c] for c in made.y] == ["up", "down"]
    assert made.static.tolist() == [[2], [4]]
    (tmp_path / "y.csv").write_text("a,kind,size\n1,up,2\n2,down,2\n")
    with pytest.raises(
        DataError, match=r"the label changes inside the sequence y: 'up', then 'down'\n.*lstmprep window --label-at"
    ):
        lstmprep.reshape(paths, file_as="sample", label="kind", static="size")


@pytest.mark.parametrize("how", ["sample", "timestep"])
def test_files_of_unequal_length_are_named(tmp_path, how):
    paths = files(tmp_path, [numbers(3, 2), numbers(3, 2), numbers(2, 2), numbers(4, 2)])

    with pytest.raises(
        DataError, match=r"m3.csv: the file has 2 rows, and m1.csv has 3 \(2 of 4 files differ from it\)"
    ):
        lstmprep.reshape(paths, file_as=how)
    with pytest.raises(DataError, match=r"m3.csv: the file has 2 rows, and m1.csv has 3\n"):
        lstmprep.reshape(paths[:3], file_as=how)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "nothing says what becomes samples, timesteps and features"),
        ({"shape": (1, 2)}, "--shape 1,2 has 2 numbers, and a shape has 3: samples, timesteps, features"),
        ({"shape": (-1, -1, 2)}, "--shape -1,-1,2 leaves more than one -1 open"),
        ({"shape": (0, 1, 2)}, "neither -1 nor 1 or more"),
        ({"shape": "a"}, "--shape 'a' is not a whole number"),
        ({"shape": ()}, "--shape '()' is not a list of whole numbers"),
        ({"shape": {}}, "is not a list of whole numbers"),
        ({"shape": 3}, "--shape 3 has 1 numbers"),
        ({"shape": (1, 2, 2), "series_as": "samples"}, "--series-as samples makes samples of 1 feature"),
        ({"lag_columns": "{name}"}, "--lag-columns '{name}' has no {lag}"),
        ({"lag_columns": "{lag}{name}{name}"}, "has {name} twice"),
        ({"steps": "p1..p3"}, "--steps 'p1..p3' is not NAME=COLS"),
        ({"steps": "=p"}, "is not NAME=COLS"),
        ({"steps": "p="}, "is not NAME=COLS"),
        ({"steps": "p=p1", "shape": (1, 1, 1)}, "--steps and --shape exclude each other"),
        ({"steps": "p=p1", "lag_columns": "{name}{lag}"}, "--lag-columns and --steps exclude each other"),
        ({"lag_columns": "{name}{lag}", "series_in": "rows"}, "--lag-columns and --series-in rows exclude each other"),
        ({"steps": "p=p1", "file_as": "sample"}, "--steps and --steps exclude" * 0 + "exclude each other"),
        ({"file_as": "sample", "series_in": "rows"}, "--file-as sample and --series-in rows exclude each other"),
        ({"file_as": "timestep", "series_as": "samples"}, "--file-as timestep and --series-as exclude each other"),
        ({"file_as": "timestep", "time": "t"}, "--file-as timestep and --time exclude each other"),
        ({"series_in": "rows", "time": "t"}, "--series-in rows and --time exclude each other"),
        ({"steps": "p=p1", "time": "t"}, "--steps and --time exclude each other"),
        ({"steps": "p=p1", "features": "a"}, "--steps and --features exclude each other"),
        ({"shape": (1, 1, 1), "static": "a"}, "--shape and --static exclude each other"),
        ({"shape": (1, 1, 1), "target": "a"}, "--shape and --target exclude each other"),
        ({"series_as": "samples", "label": "a"}, "--series-as and --label exclude each other"),
        ({"file_as": "sample", "target": "a"}, "--file-as sample and --target exclude each other"),
        ({"shape": (1, 1, 1), "missing": "drop"}, "--shape and --missing drop exclude each other"),
        ({"shape": (1, 1, 1), "static_mode": "tile"}, "--static-mode tile needs --static"),
        ({"file_as": "sample", "static": "a", "static_mode": "tile"}, "--static-mode tile needs --static"),
        ({"shape": (1, 1, 1), "group_by": "a"}, "there is no setting 'group_by'"),
        ({"file_as": "sequence"}, "--file-as 'sequence' is not one of its choices"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_in_the_words_of_the_flags(settings, words):
    with pytest.raises(RecipeError) as refused:
        from_flat(settings, command="reshape")
    assert words in str(refused.value)


def test_other_commands_do_not_know_what_a_file_is_to_a_reshape():
    with pytest.raises(RecipeError, match=r"--file-as 'sample' is not one of its choices\n.*table, sequence"):
        from_flat({"timesteps": 1, "file_as": "sample"})


def test_several_files_need_to_be_told_what_they_are(tmp_path):
    with pytest.raises(
        RecipeError, match=r"part of one table or a sample or a timestep of its own\n.*--file-as sample or timestep"
    ):
        lstmprep.reshape(files(tmp_path, [numbers(2, 2)] * 2), shape=(1, 4, 2))


def test_a_missing_value_is_answered_with_what_can_be_done():
    table = pa.table({"a": [1.0, None]})

    with pytest.raises(DataError, match="Fill the cells first: a stated shape holds every value"):
        lstmprep.reshape(table, shape=(1, 2, 1))
    with pytest.raises(DataError, match="--missing drop"):
        lstmprep.reshape(table, steps="v=a")
    with pytest.raises(DataError, match="row 2, column b: the static value is missing"):
        lstmprep.reshape(pa.table({"a": [1.0, 2.0], "b": [1.0, None]}), steps="v=a", static="b")


def test_the_steps_of_a_sample_are_known_once_the_table_is_read():
    framing = Reshape(shape=(-1, 2, 1)).cut_to(2)
    segments = Segments(np.array([0]), np.array([0]), np.array([7]))

    frame = framing.frame("target")

    assert (frame.inputs.tolist(), frame.targets.tolist()) == ([0, 1], [1])
    assert framing.runs(segments, frame).starts(np.arange(3)).tolist() == [0, 2, 4]
    assert framing.rest(segments, frame).tolist() == [1]
    assert framing.frame(None).targets.tolist() == []


@pytest.mark.parametrize(
    ("folded", "panel_rows", "first", "last"),
    [
        (Folded("steps", 2, 2), 4, [0, 0, 1, 1], [0, 0, 1, 1]),
        (Folded("series", 2), 4, [0, 1, 0, 1], [0, 1, 0, 1]),
        (Folded("rows", 4, 2), 2, [0, 2], [1, 3]),
        (Folded("all", 3), 2, [0, 0], [2, 2]),
    ],
)
def test_rows_of_the_panel_hold_rows_of_the_table(folded, panel_rows, first, last):
    rows, zero = np.arange(panel_rows), np.zeros(1, np.int64)
    panel = Panel(np.zeros((panel_rows, 1)), zero, zero + panel_rows, {}, folded=folded)
    panel.times = np.arange(folded.rows) * 10

    assert panel.source(rows).tolist() == first
    assert panel.source(rows, last=True).tolist() == last
    assert panel.when(rows).tolist() == [10 * r for r in first]
    assert panel.once(rows).tolist() == (first if folded.kind == "steps" else rows.tolist())
    assert panel.moved
