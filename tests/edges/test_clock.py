"""Times: however they are written or stored, the index gives the right instants back and rows stand in their order."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import lstmprep
from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.sources import arrow as typed
from lstmprep.sources import blocks

UTC = dt.UTC


def at(*parts: int) -> dt.datetime:
    """A wall clock."""
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


EPOCH = at(1970, 1, 1)
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
wall = st.datetimes(at(1600, 1, 1), at(9999, 12, 31, 23, 59, 59, 999999))
zones = st.integers(-14 * 60, 14 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))


def micros(when: dt.datetime) -> int:
    """Microseconds since 1970, of the instant or of the wall clock."""
    if when.tzinfo is not None:
        when = when.astimezone(UTC).replace(tzinfo=None)
    return (when - EPOCH) // dt.timedelta(microseconds=1)


def csv_of(path: Path, columns: dict[str, list[Any]]) -> Path:
    """A file of these columns and a column `a` that counts the rows; every cell in quotes."""
    rows = zip(*columns.values(), range(len(next(iter(columns.values())))), strict=True)
    lines = [",".join('"' + str(c).replace('"', '""') + '"' for c in row) for row in rows]
    path.write_text(",".join([*columns, "a"]) + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def times(table: Any, time: Any = "t", **settings: Any) -> tuple[list[int], pa.DataType]:
    """(the time of every row as the number stored, its type); rows must stand in the order of their times."""
    settings = {"timesteps": 1, "features": "a", "time": time, "on_duplicate": "first", **settings}
    data = lstmprep.window(table, **settings)
    index = data.index()
    column = index["first_time"]
    whole = pa.float64() if pa.types.is_floating(column.type) else pa.int64()
    numbers = column.cast(whole).to_pylist()
    assert numbers == sorted(numbers)
    assert data.X.ravel().tolist() == index["first_row"].to_pylist()
    by_row = dict(zip(index["first_row"].to_pylist(), numbers, strict=True))
    return [by_row[r] for r in sorted(by_row)], column.type


NAIVE, AWARE = pa.timestamp("us"), pa.timestamp("us", tz="UTC")


# ---- text in ISO 8601 ----


@pytest.mark.parametrize(
    ("cell", "year_to_second", "micro"),
    [
        ("2020-01-31", (2020, 1, 31), 0), ("2020-02-29", (2020, 2, 29), 0), ("2000-02-29 12:00", (2000, 2, 29, 12), 0), ("2020-01-31T05", (2020, 1, 31, 5), 0), ("2020-01-31 05:06", (2020, 1, 31, 5, 6), 0),
        ("2020-01-31T05:06:07", (2020, 1, 31, 5, 6, 7), 0), ("2020-01-31 05:06:07.5", (2020, 1, 31, 5, 6, 7), 500000), ("2020-01-31T05:06:07.123456", (2020, 1, 31, 5, 6, 7), 123456),
        ("1600-02-29T23:59:59.999999", (1600, 2, 29, 23, 59, 59), 999999), ("9999-12-31T23:59:59.999999", (9999, 12, 31, 23, 59, 59), 999999), ("1582-10-15", (1582, 10, 15), 0),
        ("0001-01-01", (1, 1, 1), 0), (" 2020-01-31 ", (2020, 1, 31), 0), ("1969-12-31T23:59:59", (1969, 12, 31, 23, 59, 59), 0), ("1900-02-28", (1900, 2, 28), 0),
        ("2020-06", (2020, 6, 1), 0),
    ],
)  # fmt: skip
def test_a_wall_clock_in_iso_is_that_instant_without_a_zone(
    tmp_path: Path, cell: str, year_to_second: tuple[int, ...], micro: int
) -> None:
    expected = micros(at(*year_to_second)) + micro  # type: ignore[misc]

    assert times(csv_of(tmp_path / "t.csv", {"t": [cell]})) == ([expected], NAIVE)


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        ("2020-01-31T05:06:07Z", "2020-01-31T05:06:07"), ("2020-01-31 05:06Z", "2020-01-31T05:06:00"), ("2020-01-31T05:06:07+01:00", "2020-01-31T04:06:07"), ("2020-01-31T05:06:07-0530", "2020-01-31T10:36:07"),
        ("2020-01-31 05:06:07+01", "2020-01-31T04:06:07"), ("2020-03-01T00:30:00+01:00", "2020-02-29T23:30:00"), ("2020-01-01T00:00:00.25-00:00", "2020-01-01T00:00:00.250000"),
        ("1999-12-31T23:00:00-01:00", "2000-01-01T00:00:00"), ("2020-01-31T05:06:07+14:00", "2020-01-30T15:06:07"),
    ],
)  # fmt: skip
def test_an_instant_with_a_zone_is_kept_in_utc(tmp_path: Path, cell: str, utc: str) -> None:
    assert times(csv_of(tmp_path / "t.csv", {"t": [cell]})) == ([micros(dt.datetime.fromisoformat(utc))], AWARE)


@given(
    when=st.lists(wall, min_size=1, max_size=20), form=st.sampled_from(["T", " "]), size=st.sampled_from([40, 1 << 20])
)
def test_any_wall_clock_comes_back(
    tmp_path_factory: pytest.TempPathFactory, when: list[dt.datetime], form: str, size: int
) -> None:
    cells = [w.isoformat(form) for w in when]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        found, kind = times(csv_of(tmp_path_factory.getbasetemp() / "t.csv", {"t": list(dict.fromkeys(cells))}))

    assert found == list(dict.fromkeys(map(micros, when)))
    assert kind == NAIVE


@given(when=st.lists(st.tuples(wall.filter(lambda w: 1601 < w.year < 9999), zones), min_size=1, max_size=20))
def test_offsets_may_differ_from_row_to_row_and_rows_stand_in_the_order_of_instants(
    tmp_path_factory: pytest.TempPathFactory, when: list[tuple[dt.datetime, dt.timezone]]
) -> None:
    aware = list({micros(w): w for w in (w.replace(tzinfo=z) for w, z in when)}.values())
    found, kind = times(csv_of(tmp_path_factory.getbasetemp() / "t.csv", {"t": [w.isoformat() for w in aware]}))

    assert found == [micros(w) for w in aware]
    assert kind == AWARE


def test_the_hour_that_comes_twice_in_autumn_is_two_instants_with_offsets_and_refused_without(tmp_path: Path) -> None:
    wall_clock = ["2020-10-25T01:30:00", "2020-10-25T02:30:00", "2020-10-25T02:30:00", "2020-10-25T03:30:00"]
    offsets = ["+02:00", "+02:00", "+01:00", "+01:00"]
    aware = [w + o for w, o in zip(wall_clock, offsets, strict=True)]

    found, _ = times(csv_of(tmp_path / "t.csv", {"t": aware}), on_duplicate="error")

    assert np.diff(found).tolist() == [3600 * 10**6] * 3
    with pytest.raises(DataError, match=r"the time 2020-10-25 02:30:00 stands twice, first on row 2") as refused:
        times(csv_of(tmp_path / "t.csv", {"t": wall_clock}), on_duplicate="error")
    assert refused.value.where.row == 3


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_nanoseconds_are_kept(tmp_path: Path, form: str) -> None:
    numbers = [1_600_000_000_000_000_001, 1_600_000_000_000_000_000, 1_600_000_000_123_456_789]
    if form == "parquet":
        table: Any = pa.table({"t": pa.array(numbers, pa.timestamp("ns")), "a": [0, 1, 2]})
    else:
        cells = [str(np.array(n, np.int64).view("M8[ns]")) for n in numbers]
        table = csv_of(tmp_path / "t.csv", {"t": cells})

    assert times(table) == (numbers, pa.timestamp("ns"))


def test_nanoseconds_that_come_late_in_the_file_are_kept_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 64)
    cells = ["2020-01-01", *(f"2020-01-02T00:00:{i:02d}" for i in range(9)), "2020-01-03T00:00:00.000000001"]
    found, kind = times(csv_of(tmp_path / "t.csv", {"t": cells}))

    assert kind == pa.timestamp("ns")
    assert found == [int(np.datetime64(c, "ns").astype(np.int64)) for c in cells]


NO_ISO = [
    "x", "2020-1-1", "2020/01/01", "01/02/2020", "1.2.2020", "2020-W01-1", "2020-001", "2020-02-30", "2019-02-29", "1900-02-29", "2020-13-01", "2020-00-10", "2020-01-32", "2020-01-00",
    "2020-01-01T25:00", "2020-01-01T24:00", "2020-01-01T05:60", "2020-01-01T05:30:60", "2020-01-01T5:30", "2020-01-01  05:30", "2020-01-01T05:30:15,5", "2020-01-01T05:30 +0100", "2020-01-01T05:30:00 UTC",
    "12020-01-01", "-2020-01-01", "Jan 5 2020", "5 Jan 2020", "tomorrow", "2020-01-01T05:30+25:00", "2020-01-01T05:30+01:60", "20-01-01", "2020-01-01T", "2020-01-0\u0661", "1e5 s",
]  # fmt: skip


@pytest.mark.parametrize("cell", NO_ISO)
@pytest.mark.parametrize("size", [48, 1 << 20])
def test_text_that_is_no_time_is_refused_on_its_own_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str, size: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", size)
    cells = [f"2020-01-{i:02d}" for i in range(1, 10)]
    with pytest.raises(DataError, match="is not a time in ISO 8601") as refused:
        times(csv_of(tmp_path / "t.csv", {"t": [*cells[:7], cell, *cells[7:]]}))

    where = refused.value.where
    assert (where.file, where.row, where.line, where.column) == ("t.csv", 8, 9, "t")
    assert f"'{cell}'" in str(refused.value)


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("01/02/2020", ["%d/%m/%Y", "%m/%d/%Y"]), ("31.12.2020 05:06", ["%d.%m.%Y %H:%M", "%m.%d.%Y %H:%M"]), ("1-2-20", ["%d-%m-%y", "%m-%d-%y"]), ("1/2/2020 1:05 PM", ["%d/%m/%Y %I:%M %p", "%m/%d/%Y %I:%M %p"]),
        ("10/03/2004 18.00.00", ["%d/%m/%Y %H.%M.%S", "%m/%d/%Y %H.%M.%S"]), ("Jan 5 2020", ["%b %d %Y"]), ("2020/01/31", ["%Y/%m/%d"]), ("2020-1-5", ["%Y-%m-%d"]),
    ],
)  # fmt: skip
def test_day_and_month_are_never_guessed_but_the_format_that_reads_them_is_named(
    tmp_path: Path, cell: str, advice: list[str]
) -> None:
    path = csv_of(tmp_path / "t.csv", {"t": [cell]})
    with pytest.raises(DataError) as refused:
        times(path)

    assert "--time-format" in refused.value.fix
    for style in advice:
        assert f"'{style}'" in refused.value.fix
    assert any(works(path, style) for style in advice)


def works(path: Path, style: str) -> bool:
    try:
        times(path, time_format=style)
    except DataError:
        return False
    return True


@pytest.mark.parametrize("cell", ["", " ", "NA", "null", "NaN", "None"])
def test_a_row_without_a_time_is_refused(tmp_path: Path, cell: str) -> None:
    for others in (["2020-01-01", "2020-01-02"], ["1", "2"], ["1.5", "2"]):
        with pytest.raises(DataError, match="the time is missing") as refused:
            times(csv_of(tmp_path / "t.csv", {"t": [*others, cell]}), missing="drop")
        assert (refused.value.where.row, refused.value.where.line) == (3, 4)


@pytest.mark.parametrize("size", [40, 1 << 20])
@pytest.mark.parametrize("first", ["naive", "aware"])
def test_times_with_and_without_a_zone_do_not_mix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, first: str
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", size)
    zone = ["", "Z"] if first == "naive" else ["Z", ""]
    cells = [f"2020-01-01T05:00:{i:02d}{zone[i >= 7]}" for i in range(9)]
    with pytest.raises(DataError, match=f"{'has' if first == 'naive' else 'lacks'} a time zone") as refused:
        times(csv_of(tmp_path / "t.csv", {"t": cells}))

    assert (refused.value.where.row, refused.value.where.line) == (8, 9)


# ---- types ----


@pytest.mark.parametrize("unit", PER_SECOND)
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Paris", "America/New_York", "+05:30"])
def test_timestamps_of_every_unit_and_zone_come_back_as_instants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unit: str, zone: str | None
) -> None:
    monkeypatch.setattr(typed, "BATCH", 2)
    seconds = [0, -1, 951_782_400, 4_102_444_800, -3_000_000_000]
    numbers = [s * PER_SECOND[unit] + (k if unit != "s" else 0) for k, s in enumerate(seconds)]
    table = pa.table({"t": pa.array(numbers, pa.timestamp(unit, zone)), "a": range(5)})
    kept = "ns" if unit == "ns" else "us"
    expected = [n * PER_SECOND[kept] // PER_SECOND[unit] for n in numbers]

    assert times(table) == (expected, pa.timestamp(kept, "UTC" if zone else None))
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=2)
    assert times(tmp_path / "t.parquet")[0] == expected


@pytest.mark.parametrize(
    "array",
    [
        pa.array([18321, -141428, 2932896], pa.date32()), pa.array([18321 * 86_400_000, -141428 * 86_400_000, 2932896 * 86_400_000], pa.date64()),
        pa.array([18321 * 86_400, -141428 * 86_400, 2932896 * 86_400], pa.timestamp("s")).dictionary_encode(),
    ],
    ids=lambda a: str(a.type),
)  # fmt: skip
def test_dates_are_their_midnights_from_1582_to_9999(array: pa.Array) -> None:
    days = [18321, -141428, 2932896]  # 29 February 2020, 15 October 1582, 31 December 9999

    assert times(pa.table({"t": array, "a": range(3)})) == ([d * 86_400 * 10**6 for d in days], NAIVE)


def test_a_timestamp_that_cannot_be_kept_is_refused_with_its_column() -> None:
    with pytest.raises(DataError) as refused:
        times(pa.table({"t": pa.array([0, 2**62], pa.timestamp("s")), "a": [0, 1]}))

    assert refused.value.where.column == "t"


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1, 2], pa.time32("s")), pa.array([1, 2], pa.duration("us")), pa.array([True, False]), pa.array([b"a", b"b"]), pa.array([[1], [2]]), pa.array([{"a": 1}, {"a": 2}]),
    ],
    ids=lambda a: str(a.type),
)  # fmt: skip
def test_a_type_that_is_no_time_is_refused_by_name(array: pa.Array) -> None:
    with pytest.raises(LstmprepError) as refused:
        times(pa.table({"t": array, "a": [0, 1]}))

    assert refused.value.where.column == "t"
    assert str(array.type).partition("<")[0].partition("[")[0] in str(refused.value)


@pytest.mark.parametrize(
    "array",
    [pa.array([0, None], pa.timestamp("us")), pa.array([0, None], pa.date32()), pa.array([1, None]), pa.array([1.0, None]), pa.array([1.0, float("nan")]), pa.array(["1", None]), pa.array([1.0, float("inf")])],
    ids=str,
)  # fmt: skip
def test_a_null_time_is_refused_on_its_row(array: pa.Array) -> None:
    with pytest.raises(DataError, match="the time is missing") as refused:
        times(pa.table({"t": array, "a": [0, 1]}), missing="drop")

    assert (refused.value.where.row, refused.value.where.column) == (2, "t")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_parts_whose_timestamps_have_other_units_are_one_clock(tmp_path: Path, order: tuple[int, int]) -> None:
    one, two = ["2020-01-02", "2020-01-04"], ["2020-01-01", "2020-01-03"]
    parquet.write_table(pa.table({"t": np.array(one, "M8[ns]"), "a": [1, 3]}), tmp_path / f"p{order[0]}.parquet")
    if order[0]:
        parquet.write_table(pa.table({"t": np.array(two, "M8[us]"), "a": [0, 2]}), tmp_path / "p0.parquet")
    else:
        (tmp_path / "p1.csv").write_text("t,a\n" + "".join(f"{t},{a}\n" for t, a in zip(two, [0, 2], strict=True)))
    data = lstmprep.window(str(tmp_path / "p*"), timesteps=1, file_as="table", time="t")

    assert data.X.ravel().tolist() == [0, 1, 2, 3]
    assert np.diff(data.index()["first_time"].cast(pa.int64()).to_numpy()).tolist() == [86_400 * 10**9] * 3


def test_parts_with_and_without_a_zone_are_refused(tmp_path: Path) -> None:
    for name, kind in (("p0", pa.timestamp("us")), ("p1", pa.timestamp("us", "UTC"))):
        parquet.write_table(pa.table({"t": pa.array([0, 1], kind), "a": [0, 1]}), tmp_path / f"{name}.parquet")
    with pytest.raises(DataError, match="has a time zone, unlike the times before it") as refused:
        lstmprep.window(str(tmp_path / "p*"), timesteps=1, file_as="table", time="t")

    assert refused.value.where.file == "p1.parquet"


# ---- numbers: an order, not an instant ----


@given(
    values=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20, unique=True),
    size=st.sampled_from([32, 1 << 20]), form=st.sampled_from(["csv", "int64", "text"]),
)  # fmt: skip
def test_whole_numbers_order_the_rows_and_come_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[int], size: int, form: str
) -> None:
    if form == "csv":
        values = [v // 10 for v in values]  # up to 18 digits are whole numbers in text
        values = list(dict.fromkeys(values))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        patch.setattr(typed, "BATCH", max(1, size // 32))
        if form == "csv":
            table: Any = csv_of(tmp_path_factory.getbasetemp() / "t.csv", {"t": values})
        else:
            table = pa.table({"t": pa.array(values, pa.int64()), "a": range(len(values))})
        assert times(table) == (values, pa.int64())


@given(
    values=st.lists(st.floats(-1e300, 1e300).filter(lambda v: v != 0), min_size=1, max_size=20, unique=True),
    plus=st.booleans(),
)
def test_fractions_order_the_rows_and_come_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], *, plus: bool
) -> None:
    values = [*values, 0.5] if 0.5 not in values else values
    cells = [("+" if plus and v > 0 else "") + repr(v) for v in values]

    assert times(csv_of(tmp_path_factory.getbasetemp() / "t.csv", {"t": cells})) == (values, pa.float64())
    assert times(pa.table({"t": values, "a": range(len(values))})) == (values, pa.float64())


def test_a_fraction_late_in_the_file_makes_all_times_fractions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 24)
    cells = [*map(str, range(20, 0, -1)), "0.5", "20.5", "30"]

    assert times(csv_of(tmp_path / "t.csv", {"t": cells})) == ([*map(float, cells)], pa.float64())


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint8(), pa.uint32(), pa.float32(), pa.float16(), pa.decimal128(25, 1)])
def test_numbers_of_every_type_order_the_rows(kind: pa.DataType) -> None:
    values: list[Any] = [3, 1, 2]
    if kind == pa.float16():
        values = [np.float16(v) for v in values]
    table = pa.table({"t": pa.array(values, pa.int64() if pa.types.is_decimal(kind) else kind).cast(kind), "a": range(3)})  # fmt: skip

    assert times(table)[0] == [3, 1, 2]


@pytest.mark.parametrize("odd", ["x", "2020-01-01", "1,5", "1 2", "0x1"])
@pytest.mark.parametrize("size", [32, 1 << 20])
def test_a_text_among_numbers_is_refused_on_its_own_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str, size: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", size)
    cells = [str(i) for i in range(1, 40)]
    with pytest.raises(DataError) as refused:
        times(csv_of(tmp_path / "t.csv", {"t": [*cells[:30], odd, *cells[30:]]}))

    assert (refused.value.where.row, refused.value.where.line) == (31, 32)
    assert f"'{odd}'" in refused.value.what


@pytest.mark.parametrize("size", [48, 1 << 20])
def test_a_number_among_dates_is_refused_on_its_own_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", size)
    cells = [f"2020-01-{i:02d}" for i in range(1, 20)]
    with pytest.raises(DataError, match="'20200115' is not a time") as refused:
        times(csv_of(tmp_path / "t.csv", {"t": [*cells[:15], "20200115", *cells[15:]]}))

    assert refused.value.where.row == 16


# ---- several columns ----


def test_a_date_and_a_time_are_one_instant(tmp_path: Path) -> None:
    columns = {"Date": ["2020-01-02", "2020-01-01", "2020-01-01"], "Time": ["00:00", "23:59:59.5", "05:06:07"]}
    expected = ["2020-01-02T00:00:00", "2020-01-01T23:59:59.500000", "2020-01-01T05:06:07"]
    path = csv_of(tmp_path / "t.csv", columns)

    assert times(path, ["Date", "Time"]) == ([micros(dt.datetime.fromisoformat(e)) for e in expected], NAIVE)
    assert times(path, "Date,Time") == times(path, ["Date", "Time"])


def test_a_date_and_a_time_of_parquet_are_one_instant() -> None:
    table = pa.table({
        "d": pa.array([dt.date(2020, 2, 29), dt.date(1999, 12, 31)]), "t": pa.array([dt.time(5, 6, 7), dt.time(0)]), "a": [0, 1],
    })  # fmt: skip
    expected = [micros(at(2020, 2, 29, 5, 6, 7)), micros(at(1999, 12, 31))]

    assert times(table, ["d", "t"]) == (expected, NAIVE)


@given(
    when=st.lists(st.datetimes(at(1000, 1, 1), at(9999, 12, 31)), min_size=1, max_size=12),
    depth=st.integers(2, 6),
    form=st.sampled_from(["csv", "ints", "floats", "padded"]),
)
def test_year_month_day_hour_minute_second_are_one_instant(
    tmp_path_factory: pytest.TempPathFactory, when: list[dt.datetime], depth: int, form: str
) -> None:
    names = ["Year", "month", "DAY", "hr", "min", "second"][:depth]
    parts = [list(w.timetuple()[:depth]) for w in when]
    parts = [list(p) for p in dict.fromkeys(map(tuple, parts))]
    expected = [micros(at(*(p + [1] * (3 - len(p))))) for p in parts]  # type: ignore[arg-type]
    columns: dict[str, list[Any]] = {n: [p[i] for p in parts] for i, n in enumerate(names)}
    if form in ("csv", "padded"):
        columns = {n: [f" {v:02d} " if form == "padded" else v for v in c] for n, c in columns.items()}
        table: Any = csv_of(tmp_path_factory.getbasetemp() / "t.csv", columns)
    else:
        table = pa.table({n: pa.array(c, pa.int32() if form == "ints" else pa.float64()) for n, c in columns.items()})
        table = table.append_column("a", pa.array(range(len(parts))))

    assert times(table, names) == (expected, NAIVE)


def test_a_date_and_an_hour_are_one_instant(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "t.csv", {"date": ["2020-01-02", "2020-01-01"], "hour": ["0", "23"], "minute": ["5", "7"]})

    assert times(path, "date,hour") == ([micros(at(2020, 1, 2)), micros(at(2020, 1, 1, 23))], NAIVE)
    assert times(path, "date,hour,minute")[0] == [
        micros(at(2020, 1, 2, 0, 5)),
        micros(at(2020, 1, 1, 23, 7)),
    ]
    table = pa.table({"date": [dt.date(2020, 2, 29)], "hour": [7], "a": [0]})
    assert times(table, "date,hour") == ([micros(at(2020, 2, 29, 7))], NAIVE)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"year": 2020, "month": 13, "day": 1}, "13 is no month"), ({"year": 2020, "month": 0, "day": 1}, "0 is no month"), ({"year": 2019, "month": 2, "day": 29}, "no day 29 in 2019-02"),
        ({"year": 1900, "month": 2, "day": 29}, "no day 29 in 1900-02"), ({"year": 2020, "month": 4, "day": 31}, "no day 31"), ({"year": 2020, "month": 1, "day": 0}, "0 is no day"),
        ({"year": 98, "month": 1, "day": 1}, "98 is no year"), ({"year": 20200, "month": 1, "day": 1}, "20200 is no year"), ({"year": 2020, "month": 1, "day": 1, "hour": 24}, "24 is no hour"),
        ({"year": 2020, "month": 1, "day": 1, "hour": 1, "minute": 60}, "60 is no minute"), ({"date": "2020-01-01", "hour": 25}, "25 is no hour"), ({"year": 2020, "month": "x", "day": 1}, "'x' is no month"),
        ({"year": 2020, "month": "1.5", "day": 1}, "'1.5' is no month"), ({"year": 2020, "month": -1, "day": 1}, "'-1' is no month"), ({"year": 2020, "month": "", "day": 1}, "the time is missing"),
        ({"date": "2020-02-30", "hour": 1}, "'2020-02-30' is not a time"), ({"year": 2020, "month": "Jan", "day": 1}, "'Jan' is no month"),
    ],
)  # fmt: skip
def test_parts_that_make_no_time_are_refused_on_their_row(tmp_path: Path, columns: dict[str, Any], said: str) -> None:
    good = {"year": 2020, "month": 1, "day": 1, "hour": 0, "minute": 0, "date": "2020-01-01"}
    table = {n: [good[n] if n != "day" else i + 1 for i in range(3)] + [v] for n, v in columns.items()}
    with pytest.raises(DataError, match=said) as refused:
        times(csv_of(tmp_path / "t.csv", table), list(columns))

    assert (refused.value.where.row, refused.value.where.line) == (4, 5)


@pytest.mark.parametrize(
    "names",
    [["month", "day"], ["year", "day", "month"], ["day", "month", "year"], ["hour", "minute"], ["year", "year2"]],
)
def test_columns_that_cannot_make_a_time_are_refused_at_once(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises((RecipeError, DataError)) as refused:
        times(csv_of(tmp_path / "t.csv", {n: ["1", "2"] for n in names}), names)

    assert refused.value.fix


# ---- --time-format ----


@pytest.mark.parametrize(
    ("style", "cell", "iso"),
    [
        ("%d/%m/%Y", "02/01/2020", "2020-01-02"), ("%m/%d/%Y", "02/01/2020", "2020-02-01"), ("%d.%m.%Y %H:%M", "31.12.1999 23:59", "1999-12-31T23:59"), ("%Y%m%d", "20200229", "2020-02-29"),
        ("%Y%m%d%H%M%S", "20200229050607", "2020-02-29T05:06:07"), ("%b %d %Y", "Jan 05 2018", "2018-01-05"), ("%d %B %Y", "5 March 2018", "2018-03-05"), ("%m/%d/%Y %I:%M %p", "01/31/2020 1:05 PM", "2020-01-31T13:05"),
        ("%Y-%m-%dT%H:%M:%S.%f", "2020-01-01T00:00:00.25", "2020-01-01T00:00:00.250000"), ("%d/%m/%Y %H.%M.%S", "10/03/2004 18.00.00", "2004-03-10T18:00"), ("%y-%m-%d", "98-01-05", "1998-01-05"),
        ("%Y %j", "2020 060", "2020-02-29"), ("%Y/%m/%d", "1600/02/29", "1600-02-29"), ("%Y/%m/%d", "9999/12/31", "9999-12-31"), ("%d/%m/%Y", "1/2/2020", "2020-02-01"), ("%Y", "1849", "1849-01-01"),
    ],
)  # fmt: skip
def test_a_stated_format_reads_the_time(tmp_path: Path, style: str, cell: str, iso: str) -> None:
    expected = micros(dt.datetime.fromisoformat(iso))

    assert times(csv_of(tmp_path / "t.csv", {"t": [cell]}), time_format=style) == ([expected], NAIVE)


def test_a_format_with_offsets_gives_instants_in_utc(tmp_path: Path) -> None:
    cells = ["01/02/2020 05:00 +0100", "01/02/2020 05:00 -0530", "01/02/2020 05:00 Z"]
    found, kind = times(csv_of(tmp_path / "t.csv", {"t": cells}), time_format="%d/%m/%Y %H:%M %z")

    assert kind == AWARE
    assert found == [micros(dt.datetime.fromisoformat(f"2020-02-01T{h}")) for h in ("04:00", "10:30", "05:00")]


def test_a_format_over_two_columns_has_a_blank_between_them(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "t.csv", {"Date": ["10/03/2004", "09/03/2004"], "Time": ["18.00.00", "19.30.15"]})

    found, _ = times(path, "Date,Time", time_format="%d/%m/%Y %H.%M.%S")
    assert found == [micros(at(2004, 3, 10, 18)), micros(at(2004, 3, 9, 19, 30, 15))]


@pytest.mark.parametrize("size", [64, 1 << 20])
def test_a_cell_of_another_format_is_refused_on_its_own_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", size)
    cells = [f"{d:02d}/01/2020" for d in range(1, 31)]
    for odd in ("01/13/2020", "30/02/2020", "2020-01-01", "01/01/2020 05:00", "x"):
        with pytest.raises(DataError, match="is not a time written as '%d/%m/%Y'") as refused:
            times(csv_of(tmp_path / "t.csv", {"t": [*cells[:20], odd, *cells[20:]]}), time_format="%d/%m/%Y")
        assert (refused.value.where.row, refused.value.where.line) == (21, 22)
        assert f"'{odd}'" in refused.value.what


@pytest.mark.parametrize("style", ["%Q", "%d/%d/%Y", "%", "nothing"])
def test_a_format_that_makes_no_sense_is_refused(tmp_path: Path, style: str) -> None:
    with pytest.raises(LstmprepError, match=r"--time-format|is not a time written as"):
        times(csv_of(tmp_path / "t.csv", {"t": ["01/02/2020"]}), time_format=style)


# ---- what the manifest says ----


def test_the_manifest_tells_kind_unit_zone_and_span(tmp_path: Path) -> None:
    cells = ["2020-01-02T00:00:00Z", "2020-01-01T00:00:00.5Z"]
    made = lstmprep.window(csv_of(tmp_path / "t.csv", {"t": cells}), timesteps=1, time="t").manifest

    assert {k: made["order"][k] for k in ("time", "kind", "unit", "zone", "rows_out_of_order", "sorted")} == {
        "time": ["t"], "kind": "instant", "unit": "us", "zone": "UTC", "rows_out_of_order": 1, "sorted": True,
    }  # fmt: skip
    assert made["splits"]["all"]["first_time"] == "2020-01-01 00:00:00.5Z"
    assert made["splits"]["all"]["last_time"] == "2020-01-02 00:00:00Z"


def test_a_bare_number_is_an_order_in_the_manifest(tmp_path: Path) -> None:
    made = lstmprep.window(csv_of(tmp_path / "t.csv", {"t": [1701, 1700]}), timesteps=1, time="t").manifest

    assert (made["order"]["kind"], made["order"]["unit"], made["order"]["zone"]) == ("integer", None, None)
    assert (made["splits"]["all"]["first_time"], made["splits"]["all"]["last_time"]) == (1700, 1701)


def test_unix_seconds_above_2_to_the_53_stay_apart() -> None:
    values = [2**53 + 1, 2**53, 2**53 + 2]

    assert times(pa.table({"t": values, "a": range(3)}), on_duplicate="error") == (values, pa.int64())


def test_fractions_and_whole_numbers_compare_as_numbers() -> None:
    cells = [Fraction(1, 2), Fraction(3), Fraction(-7, 4)]

    assert times(pa.table({"t": [float(c) for c in cells], "a": range(3)}))[0] == [0.5, 3.0, -1.75]
