"""Every source gives the same table: names, rows, cells, addresses, bytes of X, whatever the sizes of its blocks."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from pyarrow import parquet

import lstmprep
from lstmprep.digest import Digest
from lstmprep.errors import DataError, RecipeError, StorageError
from lstmprep.ingest.keys import as_text
from lstmprep.ingest.numbers import ColumnFacts, floats
from lstmprep.parts import MISSING, Reading
from lstmprep.sources import arrow as typed
from lstmprep.sources import blocks, open_source
from lstmprep.sources.ahead import ahead
from lstmprep.sources.base import Source
from lstmprep.sources.several import Several
from tests.edges.source_suite import MEMBERS, ROWS, TABLE, Given, arrow_of, csv_text

BLOCKS = [48, 200]  # bytes; the smallest is about a record


@pytest.fixture(params=MEMBERS)
def given(request: pytest.FixtureRequest, tmp_path: Path) -> Given:
    """The table, as one member holds it."""
    return MEMBERS[request.param](tmp_path)


@pytest.fixture(params=BLOCKS)
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Blocks of so many bytes, batches of a few rows."""
    monkeypatch.setattr(blocks, "BLOCK", request.param)
    monkeypatch.setattr(typed, "BATCH", max(1, request.param // 48))
    return int(request.param)


def opened(given: Given) -> Source:
    return open_source(given.inputs, Reading(**given.reading), grouped=True)


def numbers_of(table: dict[str, list[Any]]) -> list[str]:
    return [n for n, column in table.items() if not isinstance(column[0], str)]


def read(source: Source, given: Given) -> dict[str, list[Any]]:
    """All rows, every column as what it is, chunk after chunk; first rows must follow each other."""
    numbers = numbers_of(given.table)
    marks = (given.reading.get("decimal", "."), None)
    out: dict[str, list[Any]] = {n: [] for n in given.table}
    at = 0
    for chunk in source.chunks({n: "number" if n in numbers else "text" for n in given.table}):
        assert chunk.first == at
        assert set(chunk.columns) == set(given.table)
        for name, cells in chunk.columns.items():
            assert len(cells) == chunk.rows
            if name in numbers:
                out[name] += floats(cells, ColumnFacts(), at, list(MISSING), marks).tolist()
            else:
                out[name] += as_text(cells).to_pylist()
        at += chunk.rows
    assert source.rows == at
    return out


def test_names_are_those_of_the_table(given: Given, block: int) -> None:
    source = opened(given)

    assert source.names == [n for n in given.table if n != "file"]


def test_chunks_add_up_to_every_row_in_order(given: Given, block: int) -> None:
    assert read(opened(given), given) == given.table


def test_reading_twice_gives_the_same(given: Given) -> None:
    source = opened(given)

    assert read(source, given) == read(source, given)


def test_asking_for_no_column_still_counts_the_rows(given: Given, block: int) -> None:
    source = opened(given)

    assert sum(chunk.rows for chunk in source.chunks({})) == ROWS
    assert source.rows == ROWS


def test_columns_come_in_the_order_they_are_asked_for(given: Given) -> None:
    source = opened(given)
    names = numbers_of(given.table)[::-1]
    found = [list(chunk.columns) for chunk in source.chunks(dict.fromkeys(names, "number"))]

    assert found
    assert all(columns == names for columns in found)


def test_a_row_knows_its_file_its_number_and_its_line(given: Given, block: int) -> None:
    source = opened(given)
    read(source, given)

    for row in range(ROWS):
        where = source.where(row, "temp")
        assert where.column == "temp"
        if given.files is None:
            assert where.row == row + 1
            assert where.file == source.name
        else:
            assert (where.file, where.row) == (given.files[row][0], given.files[row][1] + 1)
        if given.lines is not None:
            assert where.line == given.lines[row]


def test_a_cell_is_told_as_it_stands(given: Given, block: int) -> None:
    source = opened(given)
    read(source, given)

    for name in source.names:
        for row in (0, 1, 4, 10, 11, 12, 29, 30, ROWS - 1):
            assert source.cell(row, name) == given.cell(given.table[name][row]), (name, row)


def test_the_first_look_tells_numbers_from_text(given: Given) -> None:
    looks = opened(given).look()

    assert all(looks[n].look in ("number", "bool") for n in numbers_of(given.table))
    assert all(looks[n].look in ("text", "number") for n in looks if n not in numbers_of(given.table))


def test_x_is_the_same_byte_for_byte(given: Given, block: int) -> None:
    numbers = numbers_of(given.table)
    settings: dict[str, Any] = {"timesteps": 3, "features": numbers[1:], "time": [numbers[0]], "on_duplicate": "first"}
    keys = [n for n in given.table if n not in numbers]
    reference = lstmprep.window(arrow_of(given.table), **settings, group_by=keys)
    asked = {**settings, **given.reading, "group_by": [k for k in keys if k != "file"]}

    found = lstmprep.window(given.inputs, **asked)

    assert found.X.dtype == np.float32
    assert found.X.shape == reference.X.shape
    assert len(found.X) > 0
    if "file" not in keys:
        assert found.X.tobytes() == reference.X.tobytes()
    else:  # files stand in natural order, texts by code point
        assert sorted(x.tobytes() for x in found.X) == sorted(x.tobytes() for x in reference.X)
    assert sorted(found.index()["first_row"].to_pylist()) == sorted(reference.index()["first_row"].to_pylist())


def test_a_file_that_was_written_to_meanwhile_is_refused(given: Given) -> None:
    source = opened(given)
    source.require_unchanged()

    for path in given.paths:
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        with pytest.raises(StorageError, match="changed while it was read"):
            source.require_unchanged()
        path.write_bytes(before)


def test_the_digest_is_that_of_the_bytes(given: Given) -> None:
    source = opened(given)
    parts = source.parts if isinstance(source, Several) else [source]
    for part in parts:
        expected = None
        if given.paths:
            digest = Digest()
            digest.update(next(p for p in given.paths if part.name.endswith(p.name)).read_bytes())
            expected = digest.text()
        assert part.digest() == expected


def test_the_input_is_left_as_it_was(given: Given) -> None:
    before = [p.read_bytes() for p in given.paths]
    numbers = numbers_of(given.table)
    copy = given.inputs.copy() if hasattr(given.inputs, "copy") and not given.paths else None

    lstmprep.window(given.inputs, timesteps=2, features=numbers, **given.reading)

    assert [p.read_bytes() for p in given.paths] == before
    if copy is not None and type(copy).__module__.startswith("pandas"):
        assert copy.equals(given.inputs)
        assert list(copy.index.names) == list(given.inputs.index.names)
    elif isinstance(copy, np.ndarray):
        assert np.array_equal(copy, given.inputs)
    elif type(given.inputs).__module__.startswith("polars"):
        assert given.inputs.to_dict(as_series=False) == TABLE


def test_bytes_are_those_of_the_files(given: Given) -> None:
    assert opened(given).bytes == sum(p.stat().st_size for p in given.paths)


def test_a_frame_that_is_filtered_or_sliced_gives_the_rows_it_has() -> None:
    import pandas as pd

    frame = pd.DataFrame(TABLE)
    some = frame[frame["on"]]

    assert lstmprep.window(some, timesteps=1, features="temp").X.ravel().tolist() == some["temp"].tolist()
    assert (
        lstmprep.window(arrow_of(TABLE).slice(7, 5), timesteps=1, features="temp").X.ravel().tolist()
        == TABLE["temp"][7:12]
    )
    array = np.array(TABLE["temp"])[::-2]
    assert lstmprep.window(array, timesteps=1).X.ravel().tolist() == array.tolist()
    assert lstmprep.window(np.asfortranarray(np.eye(3)), timesteps=1).X[:, 0].tolist() == np.eye(3).tolist()


def test_a_parquet_file_written_from_a_frame_gives_its_named_index_back(tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0]}, index=pd.date_range("2020-01-01", periods=3, name="when"))
    frame[::-1].to_parquet(tmp_path / "frame.parquet")
    data = lstmprep.window(tmp_path / "frame.parquet", timesteps=1, time="when")

    assert data.manifest["feature_names"] == ["a"]
    assert data.X.ravel().tolist() == [1.0, 2.0, 3.0]


def test_a_series_is_a_table_of_one_column_and_its_instants_are_the_column_index() -> None:
    import pandas as pd
    import polars as pl

    days = pd.date_range("2020-01-01", periods=3)
    for series, name in [
        (pd.Series([1.0, 2, 3], name="v"), "v"),
        (pd.Series([1.0, 2, 3]), "c0"),
        (pd.Series([1.0, 2, 3], name=0), "0"),
        (pl.Series("v", [1.0, 2, 3]), "v"),
        (pl.Series([1.0, 2, 3]), "c0"),
    ]:
        data = lstmprep.window(series, timesteps=1)
        assert (data.manifest["feature_names"], data.X.ravel().tolist()) == ([name], [1, 2, 3])
    given = pd.DataFrame({0: [3.0, 2, 1], 1: [4, 5, 6]}, index=days[::-1])
    data = lstmprep.window(given, timesteps=1, time="index", features=[0], target=1)
    assert (data.X.ravel().tolist(), data.y.ravel().tolist()) == ([1, 2], [5, 4])
    assert given.index.name is None and list(given.columns) == [0, 1]
    shifted = pd.DataFrame({"v": [1.0, 2, 3]}, index=[5, 7, 9])  # rows that a filter left: no column
    assert lstmprep.window(shifted, timesteps=1).manifest["feature_names"] == ["v"]


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "float16", "float32", "float64", "bool", ">f4", ">i8"])
def test_arrays_of_every_type_of_number_are_read(dtype: str) -> None:
    array = np.array([[0, 1], [1, 0], [1, 1]]).astype(dtype)

    assert lstmprep.window(array, timesteps=1).X[:, 0].tolist() == [[0, 1], [1, 0], [1, 1]]


def test_a_masked_cell_is_missing() -> None:
    masked = np.ma.masked_array([[1.0], [2.0], [3.0]], mask=[[0], [1], [0]])

    assert lstmprep.window(masked, timesteps=1, missing="drop").X.ravel().tolist() == [1.0, 3.0]
    with pytest.raises(DataError, match="missing"):
        lstmprep.window(masked, timesteps=1)


def no_tables() -> dict[str, Any]:
    import pandas as pd
    import polars as pl

    return {
        "a grouped frame": pd.DataFrame({"a": [1.0]}).groupby("a"), "an index": pd.Index([1.0]), "none": None, "a dict": {"a": [1]},
        "a list of numbers": [1.0, 2.0], "no files": [], "three axes": np.zeros((2, 2, 2)), "complex": np.zeros(3, complex), "texts": np.array(["a"]),
        "objects": np.array([object()]), "a scalar": np.array(3.0), "a number": 3, "bytes": b"a,b",
        "an index that contradicts a column of its name": pd.DataFrame({"a": [1.0]}, index=pd.Index([7], name="a")),
        "names twice": pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]), "a column of mixed objects": pd.DataFrame({"a": [1, "x", 2.5]}),
        "a polars query": pl.LazyFrame({"a": [1.0]}), "no rows": np.zeros((0, 2)), "no columns": np.zeros((2, 0)),
        "a frame without rows": pd.DataFrame({"a": []}), "a frame without columns": pd.DataFrame(),
    }  # fmt: skip


@pytest.mark.parametrize("name", no_tables())
def test_what_is_no_table_is_refused_in_two_lines(name: str) -> None:
    with pytest.raises((RecipeError, DataError)) as refused:
        lstmprep.window(no_tables()[name], timesteps=1)

    assert 2 <= len(str(refused.value).splitlines()) <= 3


# ---- several files ----


def write(folder: Path, **texts: str) -> list[str]:
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return [str(folder / name.replace("__", ".")) for name in texts]


def test_files_stand_in_natural_order_as_parts_and_as_sequences(tmp_path: Path) -> None:
    paths = write(tmp_path, walk10__csv="a\n10\n", walk2__csv="a\n2\n", walk1__csv="a\n1\n", Walk3__csv="a\n3\n")
    table = lstmprep.window(paths, timesteps=1, file_as="table")
    sequences = lstmprep.window(paths, timesteps=1, file_as="sequence")

    assert table.X.ravel().tolist() == [3, 1, 2, 10]
    assert sequences.index()["file"].to_pylist() == ["Walk3", "walk1", "walk2", "walk10"]
    assert sequences.X.ravel().tolist() == [3, 1, 2, 10]


def test_a_name_stands_before_the_same_name_with_a_number(tmp_path: Path) -> None:
    """The dot before a suffix is no part of the order: walk, walk2, walk10, as a folder of Parquet and as a glob too."""
    values = {"walk10": 10, "walk2": 2, "walk": 0, "walk-b": 1}
    for name, value in values.items():
        (tmp_path / f"{name}.csv").write_text(f"a\n{value}\n")
        parquet.write_table(pa.table({"a": [value]}), tmp_path / f"{name}.parquet")
    paths = [str(tmp_path / f"{name}.csv") for name in values]

    for given in (paths, str(tmp_path / "*.csv"), str(tmp_path)):
        data = lstmprep.window(given, timesteps=1, file_as="sequence")
        keys = [key.rpartition("/")[2] for key in data.index()["file"].to_pylist()]
        assert keys == ["walk", "walk2", "walk10", "walk-b"]
        assert data.X.ravel().tolist() == [0, 2, 10, 1]


def test_two_files_of_one_stem_are_two_sequences(tmp_path: Path) -> None:
    paths = write(tmp_path, w__csv="a\n1\n2\n3\n", w__tsv="a\n10\n20\n30\n")
    data = lstmprep.window(paths, timesteps=2, file_as="sequence")

    assert data.X[..., 0].tolist() == [[1, 2], [2, 3], [10, 20], [20, 30]]
    assert len(set(data.index()["file"].to_pylist())) == 2


def test_files_of_one_name_in_two_folders_are_two_sequences(tmp_path: Path) -> None:
    for folder, value in (("north", 1), ("south", 5)):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, day__csv=f"a\n{value}\n{value + 1}\n")
    data = lstmprep.window(str(tmp_path / "*" / "day.csv"), timesteps=2, file_as="sequence")

    assert data.X[..., 0].tolist() == [[1, 2], [5, 6]]
    assert data.index()["file"].to_pylist() == ["north/day", "south/day"]


def test_columns_of_parts_may_stand_in_another_order(tmp_path: Path) -> None:
    paths = write(tmp_path, p1__csv="a,b\n1,2\n", p2__csv="b,a\n4,3\n")

    assert lstmprep.window(paths, timesteps=2, file_as="table").X.tolist() == [[[1, 2], [3, 4]]]


def test_parts_of_several_formats_are_one_table(tmp_path: Path) -> None:
    paths = write(tmp_path, p1__csv="a,k\n1,x\n", p3__jsonl='{"a": 3, "k": "x"}\n')
    parquet.write_table(pa.table({"a": [2], "k": ["x"]}), tmp_path / "p2.parquet")
    data = lstmprep.window([*paths, str(tmp_path / "p2.parquet")], timesteps=3, group_by="k")

    assert data.X.ravel().tolist() == [1, 2, 3]
    assert [s["format"] for s in data.manifest["source"]] == ["csv", "parquet", "jsonl"]


@pytest.mark.parametrize(
    ("second", "said"),
    [("a,c\n1,2\n", "lacks b"), ("a,b,c\n1,2,3\n", "also has c"), ("a\n1\n", "lacks b"), ("A,b\n1,2\n", "lacks a")],
)
def test_parts_with_other_columns_are_refused_by_name(tmp_path: Path, second: str, said: str) -> None:
    paths = write(tmp_path, p1__csv="a,b\n1,2\n", p2__csv=second)

    with pytest.raises(DataError, match=f"p2.csv: .*{said}"):
        lstmprep.window(paths, timesteps=1, file_as="table")


def test_a_fault_in_a_later_part_names_that_file_and_its_own_row(tmp_path: Path) -> None:
    paths = write(tmp_path, p1__csv="a\n1\n2\n", p2__csv="a\n3\n4\nx\n")

    with pytest.raises(DataError) as refused:
        lstmprep.window(paths, timesteps=1, file_as="table")
    assert "p2.csv, row 3 (line 4), column a: 'x' is not a number" in str(refused.value)


def test_a_part_without_rows_is_refused(tmp_path: Path) -> None:
    paths = write(tmp_path, p1__csv="a\n1\n2\n", p2__csv="a\n")

    with pytest.raises(DataError, match=r"p2.csv: the file has no rows"):
        lstmprep.window(paths, timesteps=1, file_as="table")


# ---- columns by choice ----


@drawn(
    chosen=st.permutations(range(7)),
    count=st.integers(1, 7),
    odd=st.integers(0, 6),
    size=st.sampled_from([30, 1 << 20]),
)
def test_each_chosen_column_keeps_its_cells_whichever_of_them_must_be_read_as_text(
    tmp_path_factory: pytest.TempPathFactory, chosen: list[int], count: int, odd: int, size: int
) -> None:
    rows = [[100 * i + j for j in range(7)] for i in range(9)]
    cells = [
        [f"+{v}" if j == odd and i % 4 == 2 else f" {v} " for j, v in enumerate(row)] for i, row in enumerate(rows)
    ]
    names = [f"n{j}" for j in chosen[:count]]
    [path] = write(
        tmp_path_factory.getbasetemp(),
        wide__csv="".join(",".join(r) + "\n" for r in [[f"n{j}" for j in range(7)], *cells]),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        found = lstmprep.window(path, timesteps=1, features=names).X[:, 0]

    assert found.tolist() == [[row[j] for j in chosen[:count]] for row in rows]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_column_may_be_feature_and_time_key_or_class_at_once(tmp_path: Path, kind: str) -> None:
    table = {"t": [3, 1, 2], "c": [7, 8, 7], "a": [30, 10, 20]}
    path = tmp_path / f"t.{kind}"
    if kind == "csv":
        path.write_text(csv_text(table))
    else:
        parquet.write_table(arrow_of(table), path)
    data = lstmprep.window(path, timesteps=1, features="t,c,a", time="t", label="c", lead=1)

    assert data.X[:, 0].tolist() == [[1, 8, 10], [2, 7, 20]]
    assert data.manifest["classes"] == ["7", "8"]
    assert data.y.tolist() == [0, 0]


# ---- JSON lines ----


def test_a_key_that_an_object_lacks_is_a_missing_value(tmp_path: Path) -> None:
    [path] = write(tmp_path, d__jsonl='{"a": 1, "b": 2}\n{"b": 3}\n\n{"b": 5, "a": 4}\n')

    assert lstmprep.window(path, timesteps=1, missing="drop").X[:, 0].tolist() == [[1, 2], [4, 5]]


def test_texts_that_look_like_dates_stay_keys_of_their_own(tmp_path: Path) -> None:
    [path] = write(tmp_path, d__jsonl='{"a": 1, "k": "2020-01-01 00:00:00"}\n{"a": 2, "k": "2020-01-01"}\n')

    assert lstmprep.window(path, timesteps=1, group_by="k").index()["k"].to_pylist() == [
        "2020-01-01",
        "2020-01-01 00:00:00",
    ]


def test_times_in_json_may_have_parts_of_a_second_on_some_lines(tmp_path: Path) -> None:
    [path] = write(tmp_path, d__jsonl='{"a": 1, "t": "2020-01-01"}\n{"a": 2, "t": "2020-01-01T05:00:00.5"}\n')

    assert lstmprep.window(path, timesteps=2, time="t").X.ravel().tolist() == [1, 2]


@pytest.mark.parametrize("size", [40, 1 << 20])
def test_a_line_of_json_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", size)
    [path] = write(tmp_path, d__jsonl='{"a": 1, "b": 2}\n' * 10 + '{"a": 1, "b"}\n' + '{"a": 1, "b": 2}\n')

    with pytest.raises(DataError) as refused:
        lstmprep.window(path, timesteps=1)
    assert refused.value.where.line == 11


@pytest.mark.parametrize("size", [32, 1 << 20])
def test_a_line_of_json_whose_key_has_another_type_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Arrow counts rows from 0 within what it is given, and blank lines are none."""
    monkeypatch.setattr(blocks, "BLOCK", size)
    [path] = write(tmp_path, d__jsonl='{"a": 1, "b": 2}\n\n' * 10 + '{"a": "x", "b": 2}\n' + '{"a": 1, "b": 2}\n')

    with pytest.raises(DataError) as refused:
        lstmprep.window(path, timesteps=1)
    assert refused.value.where.line == 21
    assert "in row" not in refused.value.what


def test_a_key_that_appears_late_in_the_file_is_not_lost_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 64)
    lines = '{"a": 1, "z": null}\n' * 10 + '{"a": 2, "z": 5}\n' + '{"a": 2, "b": 3, "z": 5}\n'
    [path] = write(tmp_path, d__jsonl=lines)
    try:
        data = lstmprep.window(path, timesteps=1, missing="drop")
    except DataError as refused:
        assert "b" in refused.what  # noqa: PT017 (either answer will do)
    else:
        assert data.manifest["feature_names"] == ["a", "z", "b"]


def test_csv_and_its_packed_forms_are_told_by_content_not_by_name(tmp_path: Path) -> None:
    import gzip

    plain = csv_text({"a": [1, 2, 3]}).encode()
    for name, data in {"x.dat": plain, "y.csv": gzip.compress(plain), "z": gzip.compress(plain)}.items():
        (tmp_path / name).write_bytes(data)
        assert lstmprep.window(tmp_path / name, timesteps=3).X.ravel().tolist() == [1, 2, 3]


def test_several_packed_pieces_in_one_file_are_read_to_the_end(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a\n1\n") + gzip.compress(b"2\n3\n"))

    assert lstmprep.window(tmp_path / "x.csv.gz", timesteps=3).X.ravel().tolist() == [1, 2, 3]


# ---- standard input, reading ahead ----


class Piped:
    """Standard input that holds these bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)

    def isatty(self) -> bool:
        return False


@pytest.mark.parametrize("name", ["csv", "tsv", "csv.gz", "csv.zst", "parquet", "feather", "jsonl"])
def test_standard_input_gives_what_the_file_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    given = MEMBERS[name](tmp_path)
    form = {"csv.gz": None, "csv.zst": None}.get(name, name)
    numbers = numbers_of(given.table)
    settings: dict[str, Any] = {
        "timesteps": 3,
        "features": numbers,
        "input_format": form,
        "group_by": "key",
        **given.reading,
    }
    expected = lstmprep.window(given.inputs, **settings)
    monkeypatch.setattr("sys.stdin", Piped(given.paths[0].read_bytes()))

    found = lstmprep.window("-", **settings)

    assert found.X.tobytes() == expected.X.tobytes()
    assert found.manifest["source"][0]["digest"] == expected.manifest["source"][0]["digest"]


@pytest.mark.parametrize("name", ["csv", "jsonl", "parquet", "files as one table"])
def test_reading_ahead_gives_the_same_and_its_thread_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    given = MEMBERS[name](tmp_path)
    settings: dict[str, Any] = {"timesteps": 3, "features": numbers_of(given.table), "group_by": "key", **given.reading}
    expected = lstmprep.window(given.inputs, **settings)
    monkeypatch.setattr(blocks, "BLOCK", 100)
    monkeypatch.setattr(typed, "BATCH", 3)
    monkeypatch.setattr("lstmprep.ingest.rows.WORTH_A_THREAD", 0)
    before = threading.active_count()

    found = lstmprep.window(given.inputs, **settings)

    assert found.X.tobytes() == expected.X.tobytes()
    assert threading.active_count() == before


@pytest.mark.parametrize("row", [1, 5, 77, 199])
def test_a_fault_met_while_reading_ahead_is_named_by_its_own_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 32)
    monkeypatch.setattr("lstmprep.ingest.rows.WORTH_A_THREAD", 0)
    cells = [str(i) for i in range(200)]
    cells[row] = "x"
    [path] = write(tmp_path, t__csv="a\n" + "\n".join(cells) + "\n")
    before = threading.active_count()
    with pytest.raises(DataError, match="'x' is not a number") as refused:
        lstmprep.window(path, timesteps=1, features="a")

    assert (refused.value.where.row, refused.value.where.line) == (row + 1, row + 2)
    assert threading.active_count() == before


def test_a_busy_machine_makes_what_is_asked_for_and_nothing_ahead() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for i in range(6):
            made.append(i)
            yield i

    busy = True
    taken = ahead(items(), lambda: busy)
    assert next(taken) == 0
    time.sleep(0.1)
    assert made == [0]
    assert next(taken) == 1
    busy = False
    for _ in range(100):
        if len(made) > 3:
            break
        time.sleep(0.02)
    assert made[:4] == [0, 1, 2, 3]  # one is held, one waits to be handed over
    assert list(taken) == [2, 3, 4, 5]


def test_what_a_reader_raises_ahead_arrives_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise DataError("no more", fix="None.")

    found = []
    with pytest.raises(DataError, match="no more"):
        found.extend(ahead(items()))
    taken = ahead(iter(range(1000)))

    assert [next(taken), next(taken)] == [0, 1]
    before = threading.active_count()
    taken.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before - 1


# ---- the class of a file from its folder ----


def folders(place: Path, **files: str) -> None:
    """``run__a="v\\n1\\n"`` is the file run/a.csv."""
    for name, text in files.items():
        folder, _, stem = name.rpartition("__")
        where = place / folder.replace("__", "/")
        where.mkdir(parents=True, exist_ok=True)
        (where / f"{stem}.csv").write_text(text)


def test_a_file_has_the_class_of_its_folder(tmp_path: Path) -> None:
    folders(tmp_path, walk__w2="v\n2\n2\n", walk__w10="v\n10\n10\n", run__r1="v\n1\n1\n")
    data = lstmprep.window(str(tmp_path / "*" / "*.csv"), timesteps=2, file_as="sequence", label_from="parent")

    assert data.manifest["classes"] == ["run", "walk"]
    assert data.index()["file"].to_pylist() == ["r1", "w2", "w10"]
    assert data.y.tolist() == [0, 1, 1]
    assert str(tmp_path) not in str(data.manifest)


def test_files_of_one_name_keep_apart_and_their_keys_say_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders(tmp_path, a__walk__1="v\n1\n", a__run__1="v\n2\n", a__run__2="v\n3\n")
    monkeypatch.chdir(tmp_path / "a" / "run")
    inputs = ["1.csv", "2.csv", "../walk/1.csv"]
    data = lstmprep.window(inputs, timesteps=1, file_as="sequence", label_from="parent")

    assert data.index()["file"].to_pylist() == ["run/1", "run/2", "walk/1"]
    assert data.y.tolist() == [0, 0, 1]
    assert data.X.ravel().tolist() == [2, 3, 1]


def test_the_folder_is_the_one_of_the_link_not_of_what_it_points_to(tmp_path: Path) -> None:
    folders(tmp_path, store__1="v\n1\n", walk__0="v\n5\n")
    (tmp_path / "walk" / "1.csv").symlink_to(tmp_path / "store" / "1.csv")
    data = lstmprep.window(str(tmp_path / "walk" / "*.csv"), timesteps=1, file_as="sequence", label_from="parent")

    assert data.manifest["classes"] == ["walk"]


def test_a_folder_of_parquet_takes_classes_from_the_folders_in_it(tmp_path: Path) -> None:
    for name, value in (("x/walk/1", 1.0), ("x/run/1", 2.0)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.table({"v": [value]}), tmp_path / f"{name}.parquet")
    data = lstmprep.window(tmp_path / "x", timesteps=1, file_as="sequence", label_from="parent")

    assert data.index()["file"].to_pylist() == ["x/run/1", "x/walk/1"]
    assert data.manifest["classes"] == ["run", "walk"]


def test_classes_of_folders_go_with_a_pivot(tmp_path: Path) -> None:
    folders(tmp_path, walk__1="t,k,v\n1,a,1\n1,b,2\n", run__2="t,k,v\n1,b,4\n1,a,3\n")
    data = lstmprep.window(
        str(tmp_path / "*" / "*.csv"), timesteps=1, file_as="sequence", label_from="parent", pivot="k", time="t"
    )

    assert data.X[:, 0].tolist() == [[1, 2], [3, 4]]
    assert [data.manifest["classes"][c] for c in data.y] == ["walk", "run"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"file_as": None}, "--label-from needs --file-as sequence"),
        ({"file_as": "table"}, "--label-from needs --file-as sequence"),
        ({"label": "v"}, "--label-from and --label exclude"),
        ({"target": "v"}, "--label-from and --target exclude"),
        ({"labels": "l.csv"}, "--label-from and --labels exclude"),
    ],
)
def test_a_class_from_the_folder_needs_files_and_is_the_only_answer(tmp_path: Path, settings: Any, said: str) -> None:
    folders(tmp_path, walk__1="v\n1\n")
    asked = {"file_as": "sequence", "label_from": "parent", "timesteps": 1} | settings

    with pytest.raises(RecipeError, match=said):
        lstmprep.window(tmp_path / "walk" / "1.csv", **asked)


def test_a_file_in_no_folder_and_a_column_of_that_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = {"file_as": "sequence", "label_from": "parent", "timesteps": 1}
    folders(tmp_path, walk__1="v,folder\n1,x\n")

    with pytest.raises(DataError, match="a column 'folder'"):
        lstmprep.window(tmp_path / "walk" / "1.csv", **settings)
    monkeypatch.setattr("sys.stdin", Piped(b"v\n1\n"))
    with pytest.raises(DataError, match="standard input: the file lies in no folder"):
        lstmprep.window("-", **settings)


def test_a_second_table_is_told_by_its_own_format(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(4.0))
    (tmp_path / "y.csv").write_text("y\n5\n6\n7\n8\n")
    data = lstmprep.window(
        tmp_path / "x.npy", timesteps=2, input_format="npy", target="y", target_file=str(tmp_path / "y.csv")
    )

    assert data.y.ravel().tolist() == [7, 8]


@pytest.mark.parametrize(
    "verb", [lstmprep.inspect, lambda given: lstmprep.window(given, timesteps=2)], ids=["inspect", "window"]
)
def test_an_output_is_no_table(tmp_path, verb):
    lstmprep.window(np.arange(8.0), timesteps=2, output=tmp_path / "out")

    with pytest.raises(
        RecipeError, match=r"this is an output of lstmprep.*\n.*lstmprep show .*out.*lstmprep apply .*out NEW.csv"
    ):
        verb(str(tmp_path / "out"))


def test_a_folder_with_a_manifest_of_others_is_read(tmp_path):
    parquet.write_table(pa.table({"v": [1.0, 2.0, 3.0]}), tmp_path / "a.parquet")
    (tmp_path / "manifest.json").write_text('{"files": ["a.parquet"]}')

    assert lstmprep.window(str(tmp_path), timesteps=2).X.shape == (2, 2, 1)


@pytest.mark.parametrize(
    ("cells", "fix"),
    [
        ("Z1,Z2,Z1", "Classes are predicted with --label v; --target takes numbers."),
        ("on,off,on", "Classes are predicted with --label v; --target takes numbers."),
        ("1,2,?,4,?", "Mend the cell, or name the text with --na-values '?' to read it as missing."),
    ],
    ids=["codes", "words", "odd"],
)
def test_a_target_of_text_is_a_label_and_one_with_odd_cells_is_not(tmp_path, cells, fix):
    (tmp_path / "d.csv").write_text("u,v\n" + "".join(f"1,{c}\n" for c in cells.split(",")))

    with pytest.raises(DataError) as refused:
        lstmprep.window(str(tmp_path / "d.csv"), timesteps=1, features="u", target="v")
    assert refused.value.fix == fix
