"""Cells that hold several numbers: every spelling of a list, and lists that do not fit together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather, parquet

import lstmprep
from lstmprep.arrow import texts
from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.ingest.lists import lists
from lstmprep.sources import arrow as typed
from lstmprep.sources import blocks

VECTORS = [[1.5, -2.0, 3.0], [4.0, 5.25, 6.0], [7.0, 8.0, 9.0], [10.0, 11.0, 12.5]]


def csv_of(cells: list[str], folder: Path, name: str = "v.csv") -> Path:
    path = folder / name
    path.write_text("id,vec\n" + "".join(f'{i},"{c}"\n' for i, c in enumerate(cells)))
    return path


def spelled(style: str, row: list[float]) -> str:
    words = [repr(v) for v in row]
    return {
        "json": f"[{', '.join(words)}]", "tight": f"[{','.join(words)}]", "numpy": f"[ {'  '.join(words)} ]", "bare": " ".join(words),
        "tuple": f"({', '.join(words)})", "semicolons": ";".join(words), "bars": " | ".join(words), "tabs": "\t".join(words),
        "braces": "{" + ",".join(words) + "}", "airy": f"  [ {' , '.join(words)} ]  ", "plus": " ".join(f"+{v}" if v > 0 else str(v) for v in row),
    }[style]  # fmt: skip


STYLES = ["json", "tight", "numpy", "bare", "tuple", "semicolons", "bars", "tabs", "braces", "airy", "plus"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("block", [40, 1 << 20])
def test_every_spelling_of_a_list_is_the_numbers_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: str, block: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", block)
    path = csv_of([spelled(style, row) for row in VECTORS], tmp_path)
    data = lstmprep.window(path, timesteps=1, vector="vec", exclude="id", dtype="float64")

    assert data.manifest["feature_names"] == ["vec_0", "vec_1", "vec_2"]
    assert data.X[:, 0].tolist() == VECTORS


def arrow_lists() -> dict[str, pa.Array]:
    flat = pa.array([v for row in VECTORS for v in row])
    return {
        "list": pa.array(VECTORS), "large list": pa.array(VECTORS, pa.large_list(pa.float32())), "fixed": pa.array(VECTORS, pa.list_(pa.float64(), 3)),
        "sliced": pa.array([[0.0] * 3, *VECTORS]).slice(1), "sliced fixed": pa.array([[0.0] * 3, *VECTORS], pa.list_(pa.float64(), 3)).slice(1),
        "halves": pa.array([np.array(r, np.float16) for r in VECTORS], pa.list_(pa.float16())),
        "tensor": pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float64(), [3]), pa.FixedSizeListArray.from_arrays(flat, 3)),
        "texts": pa.array([[repr(v) for v in row] for row in VECTORS]),
    }  # fmt: skip


@pytest.mark.parametrize("kind", arrow_lists())
@pytest.mark.parametrize("batch", [1, 3, 1 << 16])
def test_lists_of_arrow_of_every_type_are_spread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, batch: int
) -> None:
    monkeypatch.setattr(typed, "BATCH", batch)
    table = pa.table({"vec": arrow_lists()[kind], "z": [0.0, 1.0, 2.0, 3.0]})
    inputs: list[Any] = [table]
    if kind != "tensor":
        feather.write_feather(table, tmp_path / "v.feather")
        inputs.append(tmp_path / "v.feather")
    if kind not in ("tensor", "halves"):
        parquet.write_table(table, tmp_path / "v.parquet")
        inputs.append(tmp_path / "v.parquet")

    for data in inputs:
        found = lstmprep.window(data, timesteps=1, vector="vec", dtype="float64")
        assert found.manifest["feature_names"] == ["vec_0", "vec_1", "vec_2", "z"]
        assert found.X[:, 0, :3].tolist() == VECTORS


def test_json_lists_may_become_fractions_further_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 40)
    rows = [[1, 2], None, [3, 4], [5.5, 6], [7, None], [9, 1]]
    path = tmp_path / "v.jsonl"
    path.write_text("".join(json.dumps({"vec": row}) + "\n" for row in rows))
    data = lstmprep.window(path, timesteps=1, vector="vec", missing="drop")

    assert data.X[:, 0].tolist() == [[1, 2], [3, 4], [5.5, 6], [9, 1]]


@given(
    rows=st.lists(
        st.one_of(st.none(), st.lists(st.integers(-99, 99), min_size=2, max_size=2)), min_size=1, max_size=20
    ),
    style=st.sampled_from(["arrow", "json", "bare"]),
    holes=st.booleans(),
)
def test_cells_that_are_missing_are_missing_in_every_place(rows: Any, style: str, holes: Any) -> None:
    cells = pa.array(rows, pa.list_(pa.int64())) if style == "arrow" else None
    if cells is None:
        words = ["" if r is None else str(r) if style == "json" else " ".join(map(str, r)) for r in rows]
        cells = texts(words)
    found = lists(cells, [""])
    expected = [v for r in rows if r is not None for v in r]

    assert found.lengths.tolist() == [-1 if r is None else 2 for r in rows]
    assert found.values.tolist() == expected
    assert found.rows.tolist() == [i for i, r in enumerate(rows) if r is not None for _ in r]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["[1,2,3]", "[4,5]"], r"v.csv, row 2 \(line 3\), column vec: the list holds 2 numbers, the first one 3"),
        (["[1,2]", "[3,x]"], r"v.csv, row 2 \(line 3\), column vec: 'x' in the list is not a number"),
        (["[1,2]", "[1,2"], r"row 2 \(line 3\), column vec: '\[1,2' is not a list of numbers"),
        (["[1,2]", "[[1,2]]"], r"row 2 .*is not a list"),
        (["1,2", "[]"], r"row 2 .*holds 0 numbers, the first one 2"),
        (["[]", "1"], r"row 1 .*the list is empty"),
        (["", "NA"], "column vec: no cell holds a list"),
        (["[1,2]", "[1,,2]"], r"row 2 .*holds 3 numbers"),
        (["[1,2]", "[1,2,]"], r"row 2 .*holds 3 numbers"),
        (["[1,2]", "[1,inf]"], r"row 2 \(line 3\), column vec_1: 'inf' is infinite"),
        (["[1,2]", "[1,]"], r"row 2 \(line 3\), column vec_1: 1 missing value"),
        (["[1,2]", ""], r"row 2 \(line 3\), column vec_0: 1 missing value"),
        (["[1,2]", "[1,1e39]"], r"row 2 \(line 3\), column vec_1: .*beyond the largest float32"),
        (["[1,2]", "[1,5_0]"], r"'5_0' in the list is not a number"),
    ],
)
@pytest.mark.parametrize("block", [24, 1 << 20])
def test_a_list_that_does_not_fit_is_named_by_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: list[str], said: str, block: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", block)
    with pytest.raises(LstmprepError, match=said) as refused:
        lstmprep.window(csv_of(cells, tmp_path), timesteps=1, vector="vec")
    assert refused.value.exit_code == 3
    assert len(str(refused.value).splitlines()) == 2


def test_a_list_of_another_length_in_arrow_is_named(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"vec": [[1.0, 2.0], [3.0], None]}), tmp_path / "v.parquet")

    with pytest.raises(DataError, match=r"v.parquet, row 2, column vec: the list holds 1 number, the first one 2"):
        lstmprep.window(tmp_path / "v.parquet", timesteps=1, vector="vec")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"vec": [1.0, 2.0]}, "one value in a cell and no list"),
        ({"vec": [[{"a": 1}]]}, "struct"),
        ({"vec": [[[1.0]]]}, "not numbers"),
        ({"vec": pa.array([[0]], pa.list_(pa.timestamp("s")))}, "timestamp"),
        ({"vec": [[1.0]], "vec_0": [2.0]}, "a column 'vec_0', and the table has one"),
        ({"other": [[1.0]]}, "there is no column 'vec'"),
    ],
)
def test_a_column_that_cannot_be_spread_is_answered(table: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said) as refused:
        lstmprep.window(pa.table(table), timesteps=1, vector="vec")
    assert len(str(refused.value).splitlines()) == 2


def test_numbers_with_other_marks_keep_them_to_themselves(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("vec;k\n[1,5; 2,5];a\n1.000,5 2;b\n".replace("; 2", " 2"))
    data = lstmprep.window(path, timesteps=1, vector="vec", delimiter=";", decimal=",", thousands=".")

    assert data.X[:, 0].tolist() == [[1.5, 2.5], [1000.5, 2]]
    spaced = csv_of(["1 000|2", "3|4 000"], tmp_path)
    assert lstmprep.window(spaced, timesteps=1, vector="vec", exclude="id", thousands=" ").X[:, 0].tolist() == [
        [1000, 2],
        [3, 4000],
    ]


def test_whole_numbers_beyond_the_type_of_the_output_are_said() -> None:
    data = lstmprep.window(pa.table({"vec": [[1, 2**53 + 1]]}), timesteps=1, vector="vec", dtype="float64")

    assert "precision" in [n["code"] for n in data.manifest["notes"]]


TABLE = {"k": ["a", "a", "b"], "p": [1.0, 2.0, 3.0], "vec": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "q": [7.0, 8.0, 9.0]}


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, ["p", "vec_0", "vec_1", "q"]),
        ({"features": "p"}, ["p", "vec_0", "vec_1"]),
        ({"features": "q,vec"}, ["q", "vec_0", "vec_1"]),
        ({"features": "vec_1,p"}, ["vec_1", "p", "vec_0"]),
        ({"features": "vec_*"}, ["vec_0", "vec_1"]),
        ({"features": "p..vec"}, ["p", "vec_0", "vec_1"]),
        ({"features": "vec..q"}, ["vec_0", "vec_1", "q"]),
        ({"exclude": "vec_0"}, ["p", "vec_1", "q"]),
        ({"exclude": "vec", "features": "p"}, ["p"]),
    ],
)
def test_a_vector_is_chosen_whole_or_by_its_places(settings: dict[str, Any], names: list[str]) -> None:
    data = lstmprep.window(pa.table(TABLE), timesteps=1, group_by="k", vector="vec", **settings)

    assert data.manifest["feature_names"] == names


def test_a_vector_is_a_target_with_a_column_for_each_place() -> None:
    data = lstmprep.window(pa.table(TABLE), timesteps=1, group_by="k", vector="vec", target="vec", features="p")

    assert data.y.tolist() == [[3, 4]]
    assert data.manifest["targets"] == ["vec_0", "vec_1"]
    assert data.manifest["feature_names"] == ["p"]


def test_a_vector_names_no_class() -> None:
    with pytest.raises(RecipeError, match="--label 'vec' is 2 columns: vec_0, vec_1"):
        lstmprep.window(pa.table(TABLE), timesteps=1, vector="vec", label="vec")


def test_a_vector_is_named_by_globs_and_many(tmp_path: Path) -> None:
    table = {"e1": [[1.0], [2.0]], "e2": ["3 4", "5 6"], "x": [0.0, 1.0]}
    data = lstmprep.window(pa.table(table), timesteps=1, vector="e*")

    assert data.manifest["feature_names"] == ["e1_0", "e2_0", "e2_1", "x"]
    assert data.manifest["recipe"]["vector"] == ["e*"]
    assert data.X[:, 0].tolist() == [[1, 3, 4, 0], [2, 5, 6, 1]]


def test_vectors_of_several_files_have_one_length(tmp_path: Path) -> None:
    one, two = csv_of(["[1,2]"], tmp_path, "a.csv"), csv_of(["[1,2]", "[1,2,3]"], tmp_path, "b.csv")

    with pytest.raises(DataError, match=r"b.csv, row 2 \(line 3\), column vec: the list holds 3"):
        lstmprep.window([str(one), str(two)], timesteps=1, vector="vec", file_as="table")
    data = lstmprep.window([str(one), str(one).replace("a.csv", "a.csv")][:1], timesteps=1, vector="vec")
    assert data.manifest["source"][0]["name"] == "a.csv"
