"""FAULTS 33-37: times out of order, twice, in two senses; keys that are missing, look alike or come back.

The right answer is the samples of the rows sorted by instant within their key, or a refusal that names the cell.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from tests.faults.conftest import Desk, command, require_clean


def rows(*lines: str, header: str = "t,v") -> str:
    """A table of these lines."""
    return "\n".join([header, *lines]) + "\n"


def samples(done: object) -> list[list[float]]:
    """The values of the first feature, a list a sample."""
    return done.X[:, :, 0].tolist()  # type: ignore[attr-defined, no-any-return]


# -- 33: rows out of order -----------------------------------------------------------------------------


@pytest.mark.parametrize("order", [[2, 0, 1, 3], [3, 2, 1, 0], [0, 2, 1, 3]])
def test_33_rows_out_of_order_are_sorted_and_that_is_said(desk: Desk, order: list[int]) -> None:
    desk.write("t.csv", rows(*(f"2024-01-0{i + 1},{10 * i}" for i in order)))

    done = desk.works("t.csv", "-t", "2", "--time", "t")

    assert samples(done) == [[0, 10], [10, 20], [20, 30]]
    assert "sorted" in done.report or "order" in done.report


def test_33_a_group_that_runs_backwards_is_sorted_in_itself(desk: Desk) -> None:
    lines = [*(f"a,{i},{i}" for i in range(3)), *(f"b,{i},{10 + i}" for i in (2, 1, 0))]
    desk.write("t.csv", rows(*lines, header="k,t,v"))

    assert samples(desk.works("t.csv", "-t", "3", "--group-by", "k", "--time", "t")) == [[0, 1, 2], [10, 11, 12]]


def test_33_numbers_as_text_are_sorted_as_numbers(desk: Desk) -> None:
    desk.write("t.csv", rows("10,3", "9,2", "1,1", "100,4"))

    assert samples(desk.works("t.csv", "-t", "4", "--time", "t")) == [[1, 2, 3, 4]]


# -- 34: one time twice, and clocks that change --------------------------------------------------------


@pytest.mark.parametrize("again", ["2024-01-02", "2024-01-02T00:00:00", "2024-01-02 00:00"])
def test_34_a_time_that_stands_twice_is_refused_with_its_row(desk: Desk, again: str) -> None:
    desk.write("t.csv", rows("2024-01-01,1", "2024-01-02,2", f"{again},3", "2024-01-04,4"))

    said = desk.refused("t.csv", "-t", "2", "--time", "t", code=3)

    assert "row 3 (line 4)" in said or "row 2 (line 3)" in said
    assert "--on-duplicate" in said


def test_34_one_time_in_two_groups_is_no_double(desk: Desk) -> None:
    desk.write("t.csv", rows("a,1,1", "b,1,2", "a,2,3", "b,2,4", header="k,t,v"))

    assert samples(desk.works("t.csv", "-t", "2", "--group-by", "k", "--time", "t")) == [[1, 3], [2, 4]]


def test_34_aware_times_stand_in_the_order_of_instants(desk: Desk) -> None:
    desk.write("t.csv", rows("2024-01-01T12:00+05:00,1", "2024-01-01T08:00Z,2", "2024-01-01T04:00-06:00,3"))

    assert samples(desk.works("t.csv", "-t", "3", "--time", "t")) == [[1, 2, 3]]  # 07:00, 08:00, 10:00


def test_34_the_same_instant_in_two_zones_is_a_double(desk: Desk) -> None:
    desk.write("t.csv", rows("2024-01-01T12:00+01:00,1", "2024-01-01T11:00Z,2", "2024-01-01T13:00Z,3"))

    assert "--on-duplicate" in desk.refused("t.csv", "-t", "2", "--time", "t", code=3)


@pytest.mark.parametrize(
    "lines", [["2024-01-01T12:00Z,1", "2024-01-02T12:00,2"], ["2024-01-01,1", "2024-01-02T12:00+02:00,2"]]
)
def test_34_aware_and_naive_times_in_one_column_are_refused(desk: Desk, lines: list[str]) -> None:
    desk.write("t.csv", rows(*lines, "2024-01-05T00:00,3"))

    assert "column t" in desk.refused("t.csv", "-t", "2", "--time", "t", code=3)


def test_34_the_hour_that_comes_twice_is_refused_with_its_row(desk: Desk) -> None:
    desk.write("t.csv", rows("2024-10-27 01:30,1", "2024-10-27 02:30,2", "2024-10-27 03:30,3", "2024-10-27 04:30,4"))

    said = desk.refused("t.csv", "-t", "2", "--time", "t", "--timezone", "Europe/Berlin", code=3)

    assert "row 2 (line 3), column t" in said


def test_34_the_hour_that_never_comes_is_refused_with_its_row(desk: Desk) -> None:
    desk.write("t.csv", rows("2024-03-31 01:30,1", "2024-03-31 02:30,2", "2024-03-31 03:30,3"))

    said = desk.refused("t.csv", "-t", "2", "--time", "t", "--timezone", "Europe/Berlin", code=3)

    assert "row 2 (line 3), column t" in said


# -- 35: dates in other forms --------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["08/01/2024", "01.08.2024", "8/1/24", "01-08-2024"])
def test_35_day_and_month_are_never_guessed(desk: Desk, first: str) -> None:
    desk.write("t.csv", rows(f"{first},1", f"{first.replace('1', '2', 1)},2", f"{first.replace('1', '3', 1)},3"))

    assert "--time-format" in desk.refused("t.csv", "-t", "2", "--time", "t", code={2, 3})


def test_35_the_format_that_is_named_is_used(desk: Desk) -> None:
    desk.write("t.csv", rows("02/01/2024,2", "01/02/2024,32", "01/01/2024,1"))

    by_day = desk.works("t.csv", "-t", "3", "--time", "t", "--time-format", "%d/%m/%Y", out="d")
    by_month = desk.works("t.csv", "-t", "3", "--time", "t", "--time-format", "%m/%d/%Y", out="m")

    assert samples(by_day) == [[1, 2, 32]]
    assert samples(by_month) == [[1, 32, 2]]


@pytest.mark.parametrize(
    "cell",
    ["2024-02-30", "2024-13-01", "2023-02-29", "2024-01-01T24:01", "2024-01-01T12:60", "yesterday", "", "NA", "01.02.2024", "2024-W05-8", "10:30", "0000-00-00"],
)  # fmt: skip
def test_35_a_day_that_is_none_or_another_form_is_refused_where_it_stands(desk: Desk, cell: str) -> None:
    desk.write("t.csv", rows("2024-01-01,1", "2024-01-02,2", f"{cell},3", "2024-01-04,4"))

    assert "row 3 (line 4), column t" in desk.refused("t.csv", "-t", "2", "--time", "t", code=3)


def test_35_a_leap_second_is_refused_or_stands_between_its_neighbours(desk: Desk) -> None:
    desk.write("t.csv", rows("2016-12-31T23:59:59,1", "2016-12-31T23:59:60,2", "2017-01-01T00:00:01,3"))

    done = desk.either("t.csv", "-t", "3", "--time", "t", codes={3})

    assert "row 2" in done if isinstance(done, str) else samples(done) == [[1, 2, 3]]


@pytest.mark.parametrize(
    "years", [("0001-01-01", "0100-01-01", "9999-12-31"), ("1066-10-14", "1677-01-01", "2262-12-31")]
)
def test_35_far_years_are_refused_or_in_order_and_come_back(desk: Desk, years: tuple[str, ...]) -> None:
    desk.write("t.csv", rows(*(f"{y},{i}" for i, y in enumerate(years))))

    done = desk.either("t.csv", "-t", "3", "--time", "t", codes={3})

    if isinstance(done, str):
        assert "column t" in done
    else:
        assert samples(done) == [[0, 1, 2]]


@pytest.mark.parametrize("value", [-1.0, 0.0, 1e18])
def test_35_a_bare_number_is_an_order_and_no_instant(desk: Desk, value: float) -> None:
    desk.write("t.csv", rows(f"{value},1", f"{value + 1e6},2", f"{value + 2e6},3"))

    assert samples(desk.works("t.csv", "-t", "3", "--time", "t")) == [[1, 2, 3]]
    assert desk.refused("t.csv", "-t", "2", "--time", "t", "--resample", "1h", code={2, 3})


# -- 36: keys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", " ", '""'])
def test_36_an_empty_key_is_refused_with_its_row(desk: Desk, key: str) -> None:
    desk.write("t.csv", rows("a,1", f"{key},2", "a,3", header="k,v"))

    assert "row 2 (line 3), column k" in desk.refused("t.csv", "-t", "1", "--group-by", "k", code=3)


def test_36_a_null_key_of_parquet_is_refused_with_its_row(desk: Desk) -> None:
    desk.parquet("t.parquet", {"k": ["a", None, "a"], "v": [1.0, 2.0, 3.0]})

    assert "row 2, column k" in desk.refused("t.parquet", "-t", "1", "--group-by", "k", code=3)


def test_36_keys_that_are_spelled_like_nothing_are_keys(desk: Desk) -> None:
    keys = ["NA", "None", "null", "nan", "N/A", "NaN"]
    desk.write("t.csv", rows(*(f"{k},{i}" for i, k in enumerate(keys)), header="k,v"))

    done = desk.works("t.csv", "-t", "1", "--group-by", "k")

    assert done.manifest["sequences"]["count"] == len(done.X) == 6


@pytest.mark.parametrize("typed", [False, True])
def test_36_keys_that_differ_in_zeros_case_or_the_last_of_17_digits_are_apart(desk: Desk, *, typed: bool) -> None:
    keys = ["007", "7", "7.0", "A", "a", "9007199254740993", "9007199254740992", "e\u0301", "\u00e9"]
    if typed:
        name = desk.parquet("t.parquet", {"k": keys, "v": [float(i) for i in range(9)]})
    else:
        name = desk.write("t.csv", rows(*(f"{k},{i}" for i, k in enumerate(keys)), header="k,v"))

    done = desk.works(name, "-t", "1", "--group-by", "k")

    assert done.manifest["sequences"]["count"] == 9
    assert sorted(done.X.ravel().tolist()) == list(range(9))


def test_36_ids_beside_a_null_stay_apart_and_the_null_is_refused(desk: Desk) -> None:
    ids = [9007199254740993, 9007199254740992, None]
    desk.parquet("t.parquet", {"k": pa.array(ids, pa.int64()), "v": [1.0, 2.0, 3.0]})
    desk.parquet("u.parquet", {"k": pa.array(ids[:2], pa.int64()), "v": [1.0, 2.0]})

    assert "row 3, column k" in desk.refused("t.parquet", "-t", "1", "--group-by", "k", code=3)
    assert desk.works("u.parquet", "-t", "1", "--group-by", "k").manifest["sequences"]["count"] == 2


def test_36_categories_without_a_row_are_no_groups(desk: Desk) -> None:
    keys = pa.DictionaryArray.from_arrays(pa.array([2, 0, 2], pa.int8()), ["a", "never", "c", "nor this"])
    desk.parquet("t.parquet", {"k": keys, "v": [1.0, 2.0, 3.0]})

    done = desk.works("t.parquet", "-t", "1", "--group-by", "k")

    assert done.manifest["sequences"]["count"] == 2
    assert done.X.ravel().tolist() == [2, 1, 3]


# -- 37: groups that interleave, come back, or are too short -------------------------------------------


@pytest.mark.parametrize("order", ["aabbcc", "abcabc", "aabbab", "cbacba"])
def test_37_windows_never_cross_from_one_group_into_another(desk: Desk, order: str) -> None:
    own = dict.fromkeys("abc", 0)
    lines = []
    for k in order:
        lines.append(f"{k},{100 * 'abc'.index(k) + own[k]}")
        own[k] += 1
    desk.write("t.csv", rows(*lines, header="k,v"))

    found = samples(desk.works("t.csv", "-t", "2", "--group-by", "k"))

    wanted = [[100 * i + j, 100 * i + j + 1] for i, k in enumerate("abc") for j in range(own[k] - 1)]
    assert found == wanted


def test_37_groups_that_are_too_short_are_counted_aloud_and_named(desk: Desk) -> None:
    lines = ["a,1", "b,2", "b,3", "b,4", "c,5", "c,6"]
    desk.write("t.csv", rows(*lines, header="k,v"))

    done = desk.works("t.csv", "-t", "3", "--group-by", "k")

    assert samples(done) == [[2, 3, 4]]
    assert "2 sequences" in done.report or "2 of 3 sequences" in done.report
    assert sum(u["rows"] for u in done.manifest["rows"]["unused"]) == 3
    assert len(done.manifest["sequences"]["skipped"]) >= 1


def test_37_groups_that_are_all_too_short_are_refused_with_the_longest(desk: Desk) -> None:
    desk.write("t.csv", rows("a,1", "b,2", "b,3", header="k,v"))

    said = desk.refused("t.csv", "-t", "3", "--group-by", "k", code=3)

    assert "2 rows" in said
    assert "--timesteps 2" in said


def test_37_sequences_longer_than_the_padded_length_are_counted_aloud(desk: Desk) -> None:
    desk.write("t.csv", rows("a,1", "b,2", "b,3", "b,4", header="k,v"))

    said = command("pad", "t.csv", "-t", "2", "--group-by", "k", "-o", "out")

    assert said.code == 0
    require_clean(said.err)
    assert "1 sequence" in said.err and "cut" in said.err
    assert np.load("out/X.npy")[:, :, 0].tolist() == [[1, 0], [3, 4]]


def test_37_times_typed_as_dates_and_as_text_give_one_order(desk: Desk) -> None:
    days = [dt.date(2024, 1, 3), dt.date(2023, 12, 31), dt.date(2024, 1, 2)]
    desk.parquet("t.parquet", {"t": days, "v": [3.0, 1.0, 2.0]})
    desk.write("t.csv", rows(*(f"{d},{v}" for d, v in zip(days, (3, 1, 2), strict=True))))

    typed, text = (desk.works(n, "-t", "3", "--time", "t", out=n[-3:]) for n in ("t.parquet", "t.csv"))

    assert samples(typed) == samples(text) == [[1, 2, 3]]


FAR = {
    "nanoseconds": pa.array([-(2**63), 0, 2**63 - 1], pa.timestamp("ns")),
    "microseconds": pa.array([-(2**63), 0, 2**63 - 1], pa.timestamp("us")),
    "days": pa.array([-(2**31), 0, 2**31 - 1], pa.date32()),
}


@pytest.mark.parametrize("kind", FAR)
def test_35_times_beyond_every_calendar_are_shown_and_refused_or_in_order(desk: Desk, kind: str) -> None:
    desk.parquet("t.parquet", {"t": FAR[kind].take(pa.array([2, 0, 1])), "v": [3.0, 1.0, 2.0]})

    looked = command("inspect", "t.parquet")
    assert looked.code == 0, looked.err
    require_clean(looked.err)
    done = desk.either("t.parquet", "-t", "3", "--time", "t", codes={3})
    assert "column t" in done if isinstance(done, str) else samples(done) == [[1, 2, 3]]
    assert desk.refused("t.parquet", "-t", "2", "--time", "t", "--resample", "1h", code=3)
