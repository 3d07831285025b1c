"""FAULTS 27-32: cells that are missing, text, infinite, too large, of another type later on, or all the same.

The right answer is the number that stands there, or a refusal that says which cell is odd.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lstmprep.sources import blocks
from tests.faults.conftest import Desk

MISSING = ["", " ", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "#N/A", '""', '"NA"', " NA "]
NO_NUMBERS = [
    "?", "-", "--", ".", "nil", "na?", "missing", "abc", "0x10", "5_0", "\u22125", "\u0665", "\uff15", "1e", "1.2.3", "1 2", "+-1",
    "12%", "\u20ac5", "5kg", "True?", "1/2", "infinity and beyond", "1,2",
]  # fmt: skip


def table(cells: list[str], name: str = "v") -> str:
    """A column of these cells beside one of whole numbers."""
    return f"{name},w\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells))


def quoted(cell: str) -> str:
    return f'"{cell}"' if "," in cell else cell


# -- 27: missing cells ---------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", MISSING)
def test_27_a_missing_cell_of_any_spelling_is_counted_and_placed(desk: Desk, cell: str) -> None:
    desk.write("t.csv", table(["1", "2", cell, "4", cell, "6"]))

    said = desk.refused("t.csv", "-t", "2", code=3)

    assert "row 3 (line 4), column v: 2 missing values" in said
    assert "--missing drop" in said


def test_27_missing_values_are_counted_column_by_column(desk: Desk) -> None:
    desk.write("t.csv", "a,b\n1,\n2,5\n,\n")

    said = desk.refused("t.csv", "-t", "1", code=3)

    assert "row 1 (line 2), column b: 2 missing values" in said
    assert "a 1" in said


def test_27_nulls_and_nans_of_parquet_are_missing_alike(desk: Desk) -> None:
    desk.parquet("t.parquet", {"v": pa.array([1.0, None, float("nan"), 4.0])})

    assert "row 2, column v: 2 missing values" in desk.refused("t.parquet", "-t", "1", code=3)


def test_27_dropping_leaves_out_the_samples_that_hold_one_and_says_so(desk: Desk) -> None:
    desk.write("t.csv", table(["1", "2", "NA", "4", "5", "6"]))

    done = desk.works("t.csv", "-t", "2", "--missing", "drop")

    assert done.X[:, :, 0].tolist() == [[1, 2], [4, 5], [5, 6]]
    assert "2 samples" in done.report
    assert {"reason", "rows"} <= set(done.manifest["rows"]["unused"][0])


def test_27_a_text_for_missing_that_is_named_is_missing_and_no_other_is(desk: Desk) -> None:
    desk.write("t.csv", table(["1", "?", "nil", "4"]))

    assert "'nil'" in desk.refused("t.csv", "-t", "1", "--na-values", "?", "--missing", "drop", code=3)
    done = desk.works("t.csv", "-t", "1", "--na-values", "?,nil", "--missing", "drop")
    assert done.X[:, 0, 0].tolist() == [1, 4]


# -- 28: text in numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", NO_NUMBERS)
def test_28_text_among_numbers_is_refused_with_its_line_and_cell(desk: Desk, cell: str) -> None:
    desk.write("t.csv", table(["1", "2", "3", quoted(cell), "5"]))

    said = desk.refused("t.csv", "-t", "2", "-f", "v,w", code=3)

    assert "row 4 (line 5), column v: " in said
    assert cell[:1] in said or "\\u" in said


@pytest.mark.parametrize("cell", ["?", "5_0", "\u0665", "abc", "1,2"])
def test_28_text_in_a_column_of_strings_is_refused_in_parquet_too(desk: Desk, cell: str) -> None:
    desk.parquet("t.parquet", {"v": ["1", "2", cell, "4"], "w": [1, 2, 3, 4]})

    assert "row 3" in desk.refused("t.parquet", "-t", "2", "-f", "v,w", code=3)


@pytest.mark.parametrize("cell", ["5", " 5", "5 ", '"5"', '" 5 "', "+5", "5.0", "5e0", "0.5e1", "05", "5.", "50E-1"])
def test_28_a_number_in_any_honest_spelling_is_that_number(desk: Desk, cell: str) -> None:
    desk.write("t.csv", table(["1", cell, "3"]))

    assert desk.works("t.csv", "-t", "1").X[:, 0, 0].tolist() == [1, 5, 3]


# -- 29: infinities and values beyond the type ---------------------------------------------------------


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity", "1e999", "-1e999", "INF", "+inf", "1e309"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_29_an_infinity_is_refused_in_every_type(desk: Desk, cell: str, dtype: str) -> None:
    desk.write("t.csv", table(["1", cell, "3"]))

    assert "row 2 (line 3), column v" in desk.refused("t.csv", "-t", "1", "--dtype", dtype, code=3)


@pytest.mark.parametrize(
    ("cell", "dtype", "wider"),
    [("1e39", "float32", "float64"), ("-3.5e38", "float32", "float64"), ("70000", "float16", "float32"), ("65520", "float16", "float32")],
)  # fmt: skip
def test_29_a_value_beyond_the_output_type_is_refused_and_kept_in_a_wider_one(
    desk: Desk, cell: str, dtype: str, wider: str
) -> None:
    desk.write("t.csv", table(["1", cell, "3"]))

    said = desk.refused("t.csv", "-t", "1", "--dtype", dtype, code=3)
    assert "row 2 (line 3), column v" in said
    assert f"--dtype {wider}" in said
    assert desk.works("t.csv", "-t", "1", "--dtype", wider).X[1, 0, 0] == np.dtype(wider).type(float(cell))


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), 1e300])
def test_29_infinities_and_large_values_of_parquet_are_refused(desk: Desk, value: float) -> None:
    desk.parquet("t.parquet", {"v": [1.0, value, 3.0]})

    assert "row 2, column v" in desk.refused("t.parquet", "-t", "1", code=3)


def test_29_the_largest_value_of_a_type_is_kept(desk: Desk) -> None:
    largest = float(np.finfo("float32").max)
    desk.parquet("t.parquet", {"v": [1.0, largest, -largest]})

    assert desk.works("t.parquet", "-t", "1").X.ravel().tolist() == [1, largest, -largest]


# -- 30: whole numbers that a float cannot hold --------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("number", "dtype", "said"),
    [(2**24 + 1, "float32", True), (2**24, "float32", False), (2**53 + 1, "float64", True), (2**52, "float64", False), (1_700_000_001, "float32", True)],
)  # fmt: skip
def test_30_a_whole_number_that_the_type_cannot_hold_is_said(
    desk: Desk, form: str, number: int, dtype: str, *, said: bool
) -> None:
    values = [number - 7, number - 3, number]
    if form == "csv":
        name = desk.write("t.csv", table([str(v) for v in values]))
    else:
        name = desk.parquet("t.parquet", {"v": pa.array(values, pa.int64()), "w": [0, 1, 2]})

    done = desk.works(name, "-t", "1", "-f", "v", "--dtype", dtype)

    assert ("v holds whole numbers that " in done.report) is said
    assert (f"that {dtype} does not" in done.report) is said


# -- 31: the type changes late -------------------------------------------------------------------------


@pytest.mark.parametrize("late", ["0.5", "1e3", "9223372036854775808", "-7"])
def test_31_numbers_of_another_kind_late_in_the_file_are_read_as_if_seen_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 64)
    rows = [str(i) for i in range(200)]
    desk.write("late.csv", table([*rows, late]))
    desk.write("first.csv", table([late, *rows]))

    end = desk.works("late.csv", "-t", "1", "-f", "v", out="a").X
    start = desk.works("first.csv", "-t", "1", "-f", "v", out="b").X

    assert end[-1, 0, 0] == start[0, 0, 0] == np.float32(float(late))
    assert np.array_equal(end[:-1], start[1:])


@pytest.mark.parametrize("late", ["x", "yes", "2024-01-01", "?"])
def test_31_text_late_in_a_column_of_numbers_is_named_wherever_it_stands(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 64)
    rows = [str(i) for i in range(200)]
    desk.write("t.csv", table([*rows, late, *rows]))

    assert f"row 201 (line 202), column v: '{late}'" in desk.refused("t.csv", "-t", "1", "-f", "v", code=3)


def test_31_a_key_that_looks_like_a_number_until_late_keeps_its_text(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 64)
    keys = [*(["007"] * 60), *(["7"] * 60), *(["x7"] * 2)]
    desk.write("t.csv", table(keys, "k"))

    done = desk.works("t.csv", "-t", "2", "--group-by", "k")

    assert done.manifest["sequences"]["count"] == 3
    assert len(done.X) == 59 + 59 + 1


# -- 32: constant columns, columns without a value, booleans -------------------------------------------


@pytest.mark.parametrize("scale", ["standard", "minmax", "robust", "maxabs"])
@pytest.mark.parametrize("value", ["5", "0", "-3", "1e-30"])
def test_32_a_column_that_is_always_the_same_is_never_divided_by_0(desk: Desk, scale: str, value: str) -> None:
    desk.write("t.csv", table([value] * 6))

    done = desk.either("t.csv", "-t", "2", "--scale", scale, codes={3})

    if not isinstance(done, str):
        assert np.isfinite(done.X).all()
        assert np.unique(done.X[:, :, 0]).size == 1
        assert "constant" in done.report or "always" in done.report or "equal" in done.report or "same" in done.report


@pytest.mark.parametrize("kind", ["csv", "null", "float"])
def test_32_a_column_without_a_value_is_refused_or_left_out_and_said(desk: Desk, kind: str) -> None:
    if kind == "csv":
        name = desk.write("t.csv", table([""] * 4))
    else:
        nothing = pa.nulls(4) if kind == "null" else pa.array([None] * 4, pa.float64())
        name = desk.parquet("t.parquet", {"v": nothing, "w": [0, 1, 2, 3]})

    done = desk.either(name, "-t", "2", codes={3})

    if isinstance(done, str):
        assert "column v" in done
    else:
        assert done.manifest["feature_names"] == ["w"]
        assert "v" in done.report


@pytest.mark.parametrize("scale", ["none", "standard"])
def test_32_booleans_are_0_and_1_in_every_spelling(desk: Desk, scale: str) -> None:
    desk.write("t.csv", table(["true", "False", "TRUE", "false"]))
    desk.parquet("t.parquet", {"v": [True, False, True, False], "w": [0, 1, 2, 3]})

    text = desk.works("t.csv", "-t", "1", "--scale", scale, out="a").X
    typed = desk.works("t.parquet", "-t", "1", "--scale", scale, out="b").X

    assert np.array_equal(text, typed)
    assert text[:, 0, 0].tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("at", [0, 3, 150])
def test_32_true_and_false_among_numbers_are_refused_where_the_first_stands(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 64)
    cells = [str(i) for i in range(200)]
    cells[at] = "true"
    desk.write("t.csv", table(cells))

    said = desk.refused("t.csv", "-t", "1", "-f", "v", code=3)

    assert f"row {at + 1} (line {at + 2}), column v: " in said
    assert "true and false" in said
