"""Cells become numbers: every text that `float` takes as a plain number, and no other; every Arrow type of numbers."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import parquet

import lstmprep
from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.ingest.numbers import ColumnFacts, bare, floats
from lstmprep.parts import MISSING

NUMBERS = [
    "0", "-0", "+0", "1", "-1", "+1", "007", "00", "1.", ".5", "+.5", "-.5", "1.5", "+1.5", "1e5", "1E5", "1e+5", "1e-5", "1.e5", ".5e5", "+1.5E-05",
    "123456789012345678901234567890", "0.1", "1e308", "-1e308", "1e-400", "-1e-400", "1e-320", "0e999", "000001.5000",
]  # fmt: skip
NO_NUMBERS = [
    "x", "1x", "x1", "1,5", "1 5", "1_000", "5_0", "0x10", "0b1", "1e", "e5", "1e5.5", "1.5.5", "--1", "+-1", "++1", "- 1", "1-", "1+", ".", "-", "+", "-.", "?", "nil",
    "1d5", "1f", "1L", "10%", "$5", "5 kg", "1/2", "12:30", "2020-01-01", "\u2212" + "5", "\uff11", "\u0665", "\u0661.5", "\u00b2", "1\u00a0000", "yes", "no", "t", "f", "on",
    "-nan", "+nan", "nan(1)", "nan()", "#NAN", "Null", "NONE", "NAN", "na", "N.A.", "missing", "true1", "1true", "\ufeff1", "1\u200b", "(5)", "5-", "1e5e5", "\u221e",
]  # fmt: skip
INFINITE = ["inf", "-inf", "+inf", "Inf", "INF", "infinity", "-Infinity", "1e999", "-1e309", "iNf", "infINITY"]
GONE = [*MISSING]


def column(path: Path, cells: list[str], **settings: Any) -> list[float]:
    """The column of these cells as float64, read from CSV; row numbers stand beside, every cell in quotes."""
    rows = [f'{i},"' + c.replace('"', '""') + '"' for i, c in enumerate(cells)]
    path.write_text("row,v\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return one(path, **settings)


def one(table: Any, **settings: Any) -> list[float]:
    """Column v of a table as float64; a missing value leaves its row out."""
    data = lstmprep.window(table, **{"timesteps": 1, "features": "v", "dtype": "float64", **settings})
    found: list[float] = data.X.ravel().tolist()
    return found


def same(a: float, b: float) -> bool:
    """Equal, the sign of zero counted."""
    return a == b and math.copysign(1, a) == math.copysign(1, b)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "t.csv"


# A column of plain numbers is parsed as such, one with a leading plus as text: a cell must mean the same in both.
BESIDE = pytest.mark.parametrize("beside", ["1", "+1"], ids=["among plain numbers", "among texts"])
PADS = [("", ""), (" ", ""), ("", " "), ("\t", "  ")]


@BESIDE
@pytest.mark.parametrize("text", NUMBERS)
def test_a_text_that_is_a_number_is_that_number(table: Path, text: str, beside: str) -> None:
    padded = [a + text + b for a, b in PADS]

    found = column(table, [beside, *padded, beside])

    assert found[0] == found[-1] == 1.0
    assert all(same(v, float(text)) for v in found[1:-1]), found


@BESIDE
@pytest.mark.parametrize("text", NO_NUMBERS)
def test_a_text_that_is_no_number_is_refused_with_row_line_and_cell(table: Path, text: str, beside: str) -> None:
    with pytest.raises(DataError, match="is not a number") as refused:
        column(table, [beside, beside, text, beside], missing="drop")

    where = refused.value.where
    assert (where.file, where.row, where.line, where.column) == ("t.csv", 3, 4, "v")
    assert refused.value.fix


@BESIDE
@pytest.mark.parametrize("text", INFINITE)
def test_an_infinite_number_is_refused_with_row_and_line(table: Path, text: str, beside: str) -> None:
    with pytest.raises(DataError, match=r"is infinite|is beyond the largest|is not a number") as refused:
        column(table, [beside, text, beside], missing="drop")

    assert (refused.value.where.row, refused.value.where.line) == (2, 3)
    assert text in str(refused.value)


@BESIDE
@pytest.mark.parametrize("text", GONE)
def test_every_spelling_of_a_missing_value_is_missing(table: Path, text: str, beside: str) -> None:
    cells = [beside, text, f" {text} ", beside]

    assert column(table, cells, missing="drop") == [1.0, 1.0]
    with pytest.raises(DataError, match="2 missing values, the first here") as refused:
        column(table, cells)
    assert refused.value.where.row == 2


def test_more_texts_may_be_named_as_missing(table: Path) -> None:
    cells = ["1", "?", "-", " nil ", "-999", "3"]

    assert column(table, cells, missing="drop", na_values=["?,-", "nil", "-999"]) == [1.0, 3.0]


def test_a_comma_in_the_text_of_a_missing_value_is_written_in_quotes(table: Path) -> None:
    assert column(table, ["1", "n,a", "3"], missing="drop", na_values=['"n,a"']) == [1.0, 3.0]


@pytest.mark.parametrize("form", ["csv", "csv with plus", "parquet", "frame"])
def test_a_number_named_as_missing_is_missing_however_it_is_stored(tmp_path: Path, form: str) -> None:
    values = pa.table({"v": [1.5, -999.0, 3.5]})
    place: Any = tmp_path / "t"
    if form == "parquet":
        parquet.write_table(values, place)
    elif form == "frame":
        place = values
    else:
        place.write_text("row,v\n1,1.5\n2,-999.0\n3,3.5\n".replace("1.5", "+1.5" if "plus" in form else "1.5"))

    assert one(place, na_values=["-999"], missing="drop") == [1.5, 3.5]


@pytest.mark.parametrize("dtype", [pa.int16(), pa.int64(), pa.float32(), pa.decimal128(25, 2)])
def test_a_number_named_as_missing_is_missing_in_every_type(dtype: pa.DataType) -> None:
    assert one(pa.table({"v": pa.array([1, -999, 3]).cast(dtype)}), na_values=["-999"], missing="drop") == [1.0, 3.0]


PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def meaning(cell: str) -> float | str | None:
    """What a cell is: a number, None where it is missing, or why it is refused."""
    cell = cell.strip()
    if cell in MISSING:
        return None
    if cell.lower() in ("true", "false"):
        return float(cell.lower() == "true")
    if not PLAIN.fullmatch(cell):
        return "infinite" if cell.lower().lstrip("+-") in ("inf", "infinity") else "no number"
    return float(cell) if math.isfinite(float(cell)) else "infinite"


@given(
    cell=st.text(st.sampled_from("0123456789+-.eE_ "), max_size=7)
    | st.text(st.sampled_from("naifNAIFtyruesld()+-1/#"), max_size=6)
    | st.from_regex(PLAIN, fullmatch=True).map(lambda c: c[:40])
    | st.sampled_from([*MISSING, "-nan", "NAN", "+NaN", "nan(2)", "1e308", "1e309", "9" * 400, "-" + "9" * 309, "True", "fALSE"]),
    beside=st.sampled_from(["1", "+1"]), quoted=st.booleans(),
)  # fmt: skip
def test_any_cell_means_one_thing(
    tmp_path_factory: pytest.TempPathFactory, cell: str, beside: str, *, quoted: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "cell.csv"
    mark = '"' if quoted else ""
    path.write_text(f"row,v\n1,{beside}\n2,{mark}{cell}{mark}\n3,0\n")
    wanted = meaning(cell)
    if isinstance(wanted, str):
        with pytest.raises(DataError) as refused:
            one(path, missing="drop")
        assert (refused.value.where.row, refused.value.where.column) == (2, "v")
        return

    found = one(path, missing="drop")
    assert found == [1.0, *([] if wanted is None else [wanted]), 0.0]
    if wanted is not None:
        assert same(found[1], wanted)


def test_true_and_false_are_one_and_zero_in_any_case(table: Path) -> None:
    assert column(table, ["true", "FALSE", "True", " false ", "fAlSe"]) == [1, 0, 1, 0, 0]


def test_true_and_false_may_stand_beside_one_and_zero(table: Path) -> None:
    assert column(table, ["true", "0", "1", "false"]) == [1, 0, 1, 0]


def test_true_and_false_do_not_mix_with_other_numbers(table: Path) -> None:
    with pytest.raises(DataError, match="mixes true and false with other numbers"):
        column(table, ["true", "0", "2", "false"])


# ---- marks ----


@pytest.mark.parametrize(
    ("text", "marks", "value"),
    [
        ("1,5", {"decimal": ","}, 1.5), ("-1,5e3", {"decimal": ","}, -1500.0), (",5", {"decimal": ","}, 0.5), ("7", {"decimal": ","}, 7.0),
        ("1,234", {"thousands": ","}, 1234.0), ("1,234.5", {"thousands": ","}, 1234.5), ("-1,234,567", {"thousands": ","}, -1234567.0),
        ("1234.5", {"thousands": ","}, 1234.5), ("1.234,5", {"thousands": ".", "decimal": ","}, 1234.5), ("1234,5", {"thousands": ".", "decimal": ","}, 1234.5),
        ("1 234,5", {"thousands": " ", "decimal": ","}, 1234.5), ("1'234.5", {"thousands": "'"}, 1234.5), ("1_234", {"thousands": "_"}, 1234.0),
        ("+1,5", {"decimal": ","}, 1.5), ("+1,234.5", {"thousands": ","}, 1234.5), ("1:5", {"decimal": ":"}, 1.5),
    ],
)  # fmt: skip
def test_decimal_and_thousands_marks_are_those_asked_for(
    table: Path, text: str, marks: dict[str, str], value: float
) -> None:
    assert column(table, ["1", text, "2"], **marks) == [1.0, value, 2.0]


@BESIDE
@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("1.5", {"decimal": ","}), ("1,234.5", {"decimal": ","}), ("12,34", {"thousands": ","}), ("1,23,456", {"thousands": ","}), ("1,2345", {"thousands": ","}),
        (",123", {"thousands": ","}), ("1,234,", {"thousands": ","}), ("1.234", {"decimal": ",", "thousands": " "}), ("1.23,4", {"thousands": ".", "decimal": ","}),
        ("1234,567.8", {"thousands": ","}), ("1.5,234", {"thousands": ","}), ("1·5", {"decimal": ","}), ("1,5", {"thousands": "'"}), ("1,,5", {"decimal": ","}),
    ],
)  # fmt: skip
def test_marks_in_the_wrong_place_are_refused(table: Path, text: str, marks: dict[str, str], beside: str) -> None:
    with pytest.raises(DataError, match="is not a number") as refused:
        column(table, [beside, text, beside], **marks)

    assert refused.value.where.row == 2


@pytest.mark.parametrize(
    ("cell", "option"),
    [("2,5", "--decimal ','"), ("1,234", "--thousands ','"), ("1,234.5", "--thousands ','"), ("1.234,5", "--thousands . --decimal ','"), ("?", "--na-values '?'")],
)  # fmt: skip
def test_the_option_that_would_read_a_cell_is_named(table: Path, cell: str, option: str) -> None:
    with pytest.raises(DataError) as refused:
        column(table, ["1", cell, "3"])

    assert option in refused.value.fix


@pytest.mark.parametrize("cells", [["2,5", "3,5"], ["1,234", "5,678"], ["1.234,5", "2,5"]])
def test_a_whole_column_with_other_marks_is_never_left_out_in_silence(table: Path, cells: list[str]) -> None:
    with pytest.raises(DataError, match="is not a number") as refused:
        column(table, cells, features="row,v")
    assert "--decimal" in refused.value.fix or "--thousands" in refused.value.fix
    with pytest.raises(DataError, match="is not a number"):
        lstmprep.window(table, timesteps=1)


# ---- exactness ----


def hard() -> list[str]:
    """Texts whose nearest float64 is easily missed: 17 digits, halves between two floats, the smallest, the largest."""
    out = [
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "4.9406564584124654e-324",
        "2.4703282292062328e-324",
        "1.7976931348623157e308",
        "9007199254740993",
    ]
    out += [
        "0.1",
        "0.2",
        "0.3",
        "1.15",
        "2.675",
        "1.005",
        "123456789.123456789",
        "5e-324",
        "1e23",
        "8.5e22",
        "9.5367431640625e-07",
        "6.0221407599999999e23",
    ]
    for x in (1.0, 1.1, 1e-10, 123456.789, 2.0**60, 1e300, 5e-320):
        half = Fraction(x) + (Fraction(math.nextafter(x, math.inf)) - Fraction(x)) / 2
        digits = f"{Decimal(half.numerator) / Decimal(half.denominator):.60e}"
        out += [digits, repr(x), repr(math.nextafter(x, 0))]
    return out  # fmt: skip


@BESIDE
def test_float64_is_the_nearest_to_the_text(table: Path, beside: str) -> None:
    texts = hard()

    found = column(table, [beside, *texts])[1:]

    assert found == [float(t) for t in texts]


@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30), plus=st.booleans())
@example(values=[1.7976931348623157e308, -1.7976931348623157e308], plus=False)
def test_what_repr_writes_comes_back_from_csv_and_parquet(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], *, plus: bool
) -> None:
    folder = tmp_path_factory.getbasetemp()
    texts = [("+" if plus and math.copysign(1, v) > 0 else "") + repr(v) for v in values]

    found = column(folder / "numbers.csv", texts)
    parquet.write_table(pa.table({"v": values}), folder / "numbers.parquet")

    assert np.array(found).tobytes() == np.array(values).tobytes()
    assert np.array(one(folder / "numbers.parquet")).tobytes() == np.array(values).tobytes()


@given(values=st.lists(st.floats(-3.4e38, 3.4e38), min_size=1, max_size=30))
def test_float32_is_the_float64_rounded_once(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    folder = tmp_path_factory.getbasetemp()
    column(folder / "numbers.csv", [repr(v) for v in values])
    expected = np.array(values).astype(np.float32)

    for place in (folder / "numbers.csv", pa.table({"v": values})):
        found = lstmprep.window(place, timesteps=1, features="v").X
        assert found.dtype == np.float32
        assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("dtype", "largest", "beyond"),
    [("float32", 3.4028234663852886e38, 3.5e38), ("float16", 65504.0, 65520.0), ("float16", 65504.0, -70000.0)],
)
def test_the_largest_number_of_the_output_is_kept_and_the_next_refused(
    table: Path, dtype: str, largest: float, beyond: float
) -> None:
    assert column(table, ["1", repr(largest)], dtype=dtype) == [1.0, largest]
    with pytest.raises(DataError, match=f"beyond the largest {dtype}") as refused:
        column(table, ["1", "2", repr(beyond)], dtype=dtype)
    assert refused.value.where.row == 3
    assert "--dtype" in refused.value.fix


# ---- whole numbers that a float does not hold ----


def inexact(data: Any) -> bool:
    return any(n["code"] == "precision" for n in data.manifest["notes"])


@pytest.mark.parametrize("form", ["csv", "csv with plus", "int64", "uint64", "decimal"])
@pytest.mark.parametrize(
    ("dtype", "value", "said"),
    [
        ("float32", 2**24, False), ("float32", 2**24 + 1, True), ("float32", 2**24 + 2, False), ("float32", -(2**24) - 1, True), ("float32", 2**30, False),
        ("float32", 2**53 + 1, True), ("float64", 2**24 + 1, False), ("float64", 2**53 - 1, False), ("float64", 2**53 + 1, True), ("float64", 2**60 + 1, True),
        ("float16", 2**11, False), ("float16", 2**11 + 1, True),
    ],
)  # fmt: skip
def test_a_whole_number_that_is_stored_as_another_is_said(
    table: Path, form: str, dtype: str, value: int, *, said: bool
) -> None:
    if form == "uint64" and value < 0:
        value = -value
    settings: dict[str, Any] = {"timesteps": 1, "features": "v", "dtype": dtype}
    if form.startswith("csv"):
        table.write_text(f"row,v\n1,{'+' if 'plus' in form else ''}1\n2,{value}\n")
        data = lstmprep.window(table, **settings)
    else:
        kind = {"int64": pa.int64(), "uint64": pa.uint64(), "decimal": pa.decimal128(30, 0)}[form]
        cells = [Decimal(1), Decimal(value)] if form == "decimal" else [1, value]
        data = lstmprep.window(pa.table({"v": pa.array(cells, kind)}), **settings)

    assert inexact(data) == said


def test_the_note_names_the_number_that_is_lost(table: Path) -> None:
    column(table, ["1", "16777216", "16777217"])
    data = lstmprep.window(table, timesteps=1, features="v")
    [note] = [n["text"] for n in data.manifest["notes"] if n["code"] == "precision"]

    assert "16777217" in note
    assert "float64" in note


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_float64_is_not_offered_for_a_number_that_it_does_not_hold(table: Path, dtype: str) -> None:
    column(table, ["1", "12345678901234567891"])
    data = lstmprep.window(table, timesteps=1, features="v", dtype=dtype)
    [note] = [n["text"] for n in data.manifest["notes"] if n["code"] == "precision"]

    assert "use --dtype float64" not in note
    assert note.endswith("keep such ids as keys")


def test_large_floats_that_are_no_whole_numbers_of_a_table_are_not_called_lost() -> None:
    assert not inexact(lstmprep.window(pa.table({"v": [1.5, 2.5e6 + 0.25]}), timesteps=1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_column_with_fractions_holds_no_whole_numbers_that_could_be_lost(table: Path, dtype: str) -> None:
    column(table, ["100000001", "1.5", "3e20"])
    assert not inexact(lstmprep.window(table, timesteps=1, features="v", dtype=dtype))
    table.write_text("row,v\n1,100000001\n2,\n3,12345678901234567891\n")
    assert inexact(lstmprep.window(table, timesteps=1, features="v", dtype=dtype, missing="drop"))


# ---- types of Arrow ----


def arrays() -> dict[str, tuple[pa.Array, list[float | None]]]:
    """Every type of numbers, with nulls: (array, values)."""
    some: list[Any] = [3, None, 0, 7, None, 1, 2, None, 9, 5, 4]
    out: dict[str, Any] = {}
    for kind in (
        pa.int8(),
        pa.int16(),
        pa.int32(),
        pa.int64(),
        pa.uint8(),
        pa.uint16(),
        pa.uint32(),
        pa.uint64(),
        pa.float32(),
        pa.float64(),
    ):
        out[str(kind)] = (pa.array(some, kind), some)
    out["float16"] = (pa.array([None if v is None else np.float16(v) for v in some], pa.float16()), some)
    halves = [None if v is None else v + 0.25 for v in some]
    out["float16 halves"] = (pa.array([None if v is None else np.float16(v) for v in halves], pa.float16()), halves)
    decimals = [None if v is None else Decimal(v).scaleb(-1) for v in some]
    tenths = [None if v is None else v / 10 for v in some]
    out["decimal128"] = (pa.array(decimals, pa.decimal128(12, 3)), tenths)
    out["decimal256"] = (pa.array(decimals, pa.decimal256(60, 4)), tenths)
    flags = [None if v is None else v % 2 == 1 for v in some]
    out["bool"] = (pa.array(flags), [None if v is None else float(v) for v in flags])
    out["null"] = (pa.nulls(len(some)), [None] * len(some))
    texts = [None if v is None else f" {v}.5 " for v in some]
    answers = [None if v is None else v + 0.5 for v in some]
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        out[str(kind)] = (pa.array(texts, kind), answers)
    out["dictionary of int"] = (pa.array(some, pa.int16()).dictionary_encode(), some)
    out["dictionary of text"] = (pa.array(texts).dictionary_encode(), answers)
    out["dictionary with a null in it"] = (
        pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 0, 1, 1, 0, 0, 1, 0, 1]), pa.array([5.5, None])),
        [5.5, None, None, 5.5, None, None, 5.5, 5.5, None, 5.5, None],
    )
    ends, values = pa.array([2, 3, 7, 11], pa.int32()), pa.array([1.5, None, -2.0, 8.0])
    out["run ends"] = (pa.RunEndEncodedArray.from_arrays(ends, values), [1.5] * 2 + [None] + [-2.0] * 4 + [8.0] * 4)
    out["extension"] = (Metres.of(pa.array(some, pa.int32())), some)
    return out  # fmt: skip


class Metres(pa.ExtensionType):
    """A type of somebody's own, stored as int32."""

    def __init__(self) -> None:
        super().__init__(pa.int32(), "tests.metres")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: pa.DataType, serialized: bytes) -> Metres:
        return cls()

    @classmethod
    def of(cls, storage: pa.Array) -> pa.Array:
        return pa.ExtensionArray.from_storage(cls(), storage)


def floats_of(array: pa.Array) -> list[float | None]:
    return [None if math.isnan(v) else v for v in floats(array, ColumnFacts(), 0, list(MISSING)).tolist()]


@pytest.mark.parametrize("name", arrays())
def test_every_type_of_numbers_gives_its_numbers_sliced_anywhere(name: str) -> None:
    array, values = arrays()[name]

    for first in range(len(values) + 1):
        for stop in range(first, len(values) + 1):
            assert floats_of(array.slice(first, stop - first)) == values[first:stop]
    assert floats_of(array.slice(1).slice(2, 5)) == values[3:8]


@pytest.mark.parametrize("name", arrays())
def test_every_type_of_numbers_can_be_a_feature_of_a_table_in_chunks(name: str) -> None:
    array, values = arrays()[name]
    table = pa.table({"v": pa.chunked_array([array.slice(1, 4), array.slice(5, 0), array.slice(5)]), "w": values[1:]})
    table = table.set_column(1, "w", pa.array([float(i) for i in range(len(values) - 1)]))
    real = [v for v in values[1:] if v is not None]
    if not real:
        with pytest.raises(DataError, match=r"empty|missing"):
            one(table)
        return

    assert one(table, missing="drop") == real


@pytest.mark.parametrize("name", sorted(set(arrays()) - {"run ends", "extension", "decimal256", "null"}))
def test_every_type_of_numbers_comes_back_from_parquet(tmp_path: Path, name: str) -> None:
    array, values = arrays()[name]
    try:
        parquet.write_table(pa.table({"v": array}), tmp_path / "t.parquet", row_group_size=4)
    except pa.ArrowNotImplementedError:  # a type that this version of Parquet cannot hold
        parquet.write_table(pa.table({"v": bare(array).cast(pa.string())}), tmp_path / "t.parquet", row_group_size=4)

    assert one(tmp_path / "t.parquet", missing="drop") == [v for v in values if v is not None]


@given(
    unscaled=st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=40), scale=st.integers(0, 15),
    wide=st.booleans(),
)  # fmt: skip
@example(unscaled=[115, 30, 2675, 10**17 - 1], scale=2, wide=False)
def test_a_decimal_is_the_float_nearest_to_it(unscaled: list[int], scale: int, *, wide: bool) -> None:
    values = [Decimal(n).scaleb(-scale) for n in unscaled]
    kind = pa.decimal256(50, scale) if wide else pa.decimal128(38, scale)

    assert one(pa.table({"v": pa.array(values, kind)})) == [float(v) for v in values]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1, 2], pa.timestamp("us")), pa.array([1, 2], pa.date32()), pa.array([1, 2], pa.time32("s")), pa.array([1, 2], pa.duration("s")), pa.array([b"a", b"b"]),
        pa.array([[1.0], [2.0]]), pa.array([{"a": 1}, {"a": 2}]), pa.array([b"ab", b"cd"], pa.binary(2)), pa.array([1, 2], pa.timestamp("ns", "UTC")),
        pa.array([[1.0, 2.0]] * 2, pa.list_(pa.float64(), 2)), pa.array([1, 2], pa.timestamp("s")).dictionary_encode(),
    ],
    ids=lambda a: str(a.type),
)  # fmt: skip
def test_a_type_that_holds_no_numbers_is_refused_by_name_or_left_out_with_a_note(array: pa.Array) -> None:
    table = pa.table({"v": array, "w": [1.0, 2.0]})
    with pytest.raises(LstmprepError, match="the column holds") as refused:
        one(table)
    assert isinstance(refused.value, RecipeError)
    assert refused.value.where.column == "v"

    data = lstmprep.window(table, timesteps=1)
    assert data.manifest["feature_names"] == ["w"]
    assert any("v (" in n["text"] for n in data.manifest["notes"])


@pytest.mark.parametrize(
    ("array", "advice"),
    [
        (pa.array([[1, 2], [3, 4]]), "--vector makes a column of each"),
        (pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float32(), 2)), "--vector makes a column of each"),
        (pa.array([[[1.0]], [[2.0]]]), "make a column of each first"),
        (pa.array([{"x": 1}, {"x": 2}]), "make a column of each first"),
        (pa.array([1, 2], pa.timestamp("s")), "name it with --time, or"),
        (pa.array([1, 2], pa.time64("us")), "--time DATE,TIME"),
        (pa.array([1, 2], pa.duration("s")), "make it seconds first"),
    ],
)
def test_a_type_that_holds_no_numbers_is_answered_with_what_takes_it(array: pa.Array, advice: str) -> None:
    """A length of time, or a time of day, is no time: --time alone would be refused as well."""
    with pytest.raises(RecipeError) as refused:
        one(pa.table({"v": array, "w": [1.0, 2.0]}))

    assert advice in str(refused.value)


def test_the_advice_on_lists_and_times_of_day_is_carried_out() -> None:
    table = pa.table(
        {
            "v": [[1, 2], [3, 4]],
            "date": pa.array([18262, 18262], pa.date32()),
            "clock": pa.array([7200, 3600], pa.time32("s")),
            "w": [1.0, 2.0],
        }
    )
    with pytest.raises(RecipeError, match="--time DATE,TIME"):
        lstmprep.window(table, timesteps=1, features="w", time="clock")

    data = lstmprep.window(table, timesteps=1, features="w", time=["date", "clock"], vector="v")

    assert data.X[:, 0, 0].tolist() == [2.0, 1.0]
    assert data.manifest["feature_names"][1:] == ["v_0", "v_1"]


def test_what_stands_under_a_null_is_never_read() -> None:
    under = np.array([1.0, np.inf, 1e300, 4.0])
    valid = pa.py_buffer(np.packbits(np.array([True, False, False, True]), bitorder="little"))
    array = pa.Array.from_buffers(pa.float64(), 4, [valid, pa.py_buffer(under)])

    assert one(pa.table({"v": array}), missing="drop", dtype="float32") == [1.0, 4.0]


def test_nan_is_a_missing_value_in_every_source() -> None:
    import pandas as pd
    import polars as pl

    values = [1.0, math.nan, 3.0]
    for table in (pa.table({"v": values}), pd.DataFrame({"v": values}), pl.DataFrame({"v": values}), np.array(values)):
        name = "c0" if isinstance(table, np.ndarray) else "v"
        assert one(table, features=name, missing="drop") == [1.0, 3.0]
        with pytest.raises(DataError, match="1 missing value, the first here") as refused:
            one(table, features=name)
        assert refused.value.where.row == 2


def test_a_type_that_changes_late_in_the_file_means_the_same_as_if_it_were_seen_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lstmprep.sources import blocks

    monkeypatch.setattr(blocks, "BLOCK", 64)
    cells = [*map(str, range(40)), "+1.5", "1e3", " 7 ", "", "NA", "8."]
    expected = [*map(float, range(40)), 1.5, 1000.0, 7.0, 8.0]

    assert column(tmp_path / "a.csv", cells, missing="drop") == expected
    assert column(tmp_path / "b.csv", cells[::-1], missing="drop") == expected[::-1]


@pytest.mark.parametrize("last", ["x", "nan(1)", "1e999", "inf", ""])
def test_a_fault_in_a_late_block_is_named_by_its_own_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    from lstmprep.sources import blocks

    monkeypatch.setattr(blocks, "BLOCK", 50)
    for beside in ("1", "+1"):
        with pytest.raises(DataError) as refused:
            column(tmp_path / "a.csv", [beside] * 33 + [last, beside])
        assert (refused.value.where.row, refused.value.where.line) == (34, 35)
