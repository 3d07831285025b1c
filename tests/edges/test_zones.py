"""Zones and epochs: what a clock on the wall shows, and when it shows it, against `zoneinfo` row by row."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.ingest.zones import Zone
from tests.edges.test_clock import at, micros, times

NAMES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
    "Africa/Casablanca",
]
MICRO = 10**6
#: The clocks of three zones go forward, and back: (zone, left out, comes twice, offsets before and after going back).
WEEKENDS = [
    ("Europe/Berlin", "2020-03-29T02:30", "2020-10-25T02:30", ("+02:00", "+01:00")),
    ("America/New_York", "2021-03-14T02:30", "2021-11-07T01:30", ("-04:00", "-05:00")),
    ("Australia/Lord_Howe", "2020-10-04T02:15", "2020-04-05T01:45", ("+11:00", "+10:30")),
    ("Europe/Berlin", "2050-03-27T02:30", "2050-10-30T02:30", ("+02:00", "+01:00")),
]


def wall_of(seconds: int, zone: zoneinfo.ZoneInfo) -> int:
    """What the clock shows, in microseconds."""
    when = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    return micros(when.astimezone(zone).replace(tzinfo=None))


@given(
    name=st.sampled_from(NAMES),
    seconds=st.lists(
        st.one_of(st.integers(-11_676_000_000, 253_402_000_000), st.integers(1_500_000_000, 1_700_000_000)),
        min_size=1,
        max_size=20,
    ),
)
def test_clocks_on_the_wall_are_those_of_zoneinfo_from_1600_to_9999(name: str, seconds: list[int]) -> None:
    found = Zone(name).walls(np.array(seconds) * MICRO, MICRO)

    assert found.tolist() == [wall_of(s, zoneinfo.ZoneInfo(name)) for s in seconds]


@given(
    name=st.sampled_from(NAMES),
    minutes=st.lists(st.integers(26_000_000, 27_500_000), min_size=1, max_size=30),
    far=st.booleans(),
)
def test_a_wall_clock_is_one_instant_or_two_or_none(name: str, minutes: list[int], far: bool) -> None:  # noqa: FBT001
    zone = zoneinfo.ZoneInfo(name)
    minutes = [m + far * 40_000_000 for m in minutes]
    found, twice, never = Zone(name).instants(np.array(minutes) * 60 * MICRO, MICRO)

    for m, instant, two, none in zip(minutes, found.tolist(), twice, never, strict=True):
        wall = at(1970, 1, 1) + dt.timedelta(minutes=m)
        candidates = sorted({micros(wall.replace(tzinfo=zone, fold=k)) for k in (0, 1)})
        real = [c for c in candidates if wall_of(c // MICRO, zone) == micros(wall)]
        assert (two, none) == (len(real) == 2, not real)
        assert none or instant == real[0]


@pytest.mark.parametrize(("zone", "gap", "fold", "offsets"), WEEKENDS)
def test_an_hour_that_is_left_out_or_comes_twice_is_named(
    zone: str, gap: str, fold: str, offsets: tuple[str, str]
) -> None:
    for cell, words in ((gap, "is on no clock"), (fold, "comes twice")):
        with pytest.raises(DataError, match=words) as refused:
            times(pa.table({"t": [cell[:11] + "00:00", cell], "a": [0, 1]}), timezone=zone)
        assert zone in refused.value.what
        assert refused.value.where.row == 2
        assert refused.value.where.column == "t"
    assert offsets[0] in refused.value.fix
    both = [fold + o for o in offsets]
    assert len(set(times(pa.table({"t": both, "a": [0, 1]}))[0])) == 2


@pytest.mark.parametrize(("zone", "gap", "fold", "offsets"), WEEKENDS)
def test_rows_around_a_change_of_clocks_are_as_far_apart_as_they_were(
    zone: str, gap: str, fold: str, offsets: Any
) -> None:
    hours = [f"{fold[:10]}T00:00", f"{fold[:10]}T04:00"]
    found, kind = times(pa.table({"t": hours, "a": [0, 1]}), timezone=zone)

    shift = {"Australia/Lord_Howe": 30}.get(zone, 60)
    assert np.diff(found).tolist() == [(4 * 60 + shift) * 60 * MICRO]
    assert kind == pa.timestamp("us", "UTC")
    zoned = zoneinfo.ZoneInfo(zone)
    assert found == [micros(dt.datetime.fromisoformat(h).replace(tzinfo=zoned)) for h in hours]


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"t": pa.array([0, 86_400_000_000], pa.timestamp("us")), "a": [0, 1]}), pa.table({"t": pa.array([0, 1], pa.date32()), "a": [0, 1]}),
        pa.table({"t": ["1970-01-01", "1970-01-02"], "a": [0, 1]}), pa.table({"y": [1970, 1970], "m": [1, 1], "d": [1, 2], "a": [0, 1]}),
    ],
)  # fmt: skip
def test_every_way_to_write_a_local_time_is_read_in_the_zone(table: pa.Table) -> None:
    if "y" in table.column_names:
        table = table.rename_columns(["year", "month", "day", "a"])
        found, _ = times(table, ("year", "month", "day"), timezone="America/New_York")
    else:
        found, _ = times(table, timezone="America/New_York")

    assert found == [5 * 3600 * MICRO, 29 * 3600 * MICRO]


def test_a_format_is_read_in_the_zone_and_an_offset_wins_over_it() -> None:
    local = pa.table({"t": ["01.07.2020 12:00"], "a": [0]})
    zoned = pa.table({"t": ["01.07.2020 12:00 +0000"], "a": [0]})
    noon = micros(at(2020, 7, 1, 12))

    assert times(local, time_format="%d.%m.%Y %H:%M", timezone="Europe/Berlin")[0] == [noon - 2 * 3600 * MICRO]
    assert times(zoned, time_format="%d.%m.%Y %H:%M %z", timezone="Europe/Berlin")[0] == [noon]
    assert times(pa.table({"t": ["2020-07-01T12:00Z"], "a": [0]}), timezone="Europe/Berlin")[0] == [noon]


@pytest.mark.parametrize(
    ("cell", "instant"),
    [("1600-02-29T12:00", (1600, 2, 29, 11, 6, 32)), ("9999-12-31T12:00", (9999, 12, 31, 11)), ("2400-02-29T12:00", (2400, 2, 29, 11)), ("0001-01-01T12:00", (1, 1, 1, 11, 6, 32))],
)  # fmt: skip
def test_far_years_and_leap_days_have_their_instants(cell: str, instant: tuple[int, ...]) -> None:
    assert times(pa.table({"t": [cell], "a": [0]}), timezone="Europe/Berlin")[0] == [micros(at(*instant))]


@pytest.mark.parametrize(
    ("name", "hint"), [("Europe/Berln", "Europe/Berlin"), ("Berlin", "Europe/Berlin"), ("new york", "America/New_York"), ("../etc/passwd", "IANA"), ("", "IANA"), ("x\0y", "text"), ("/etc", "IANA")]
)  # fmt: skip
def test_an_unknown_zone_is_refused_with_the_nearest_ones(name: str, hint: str) -> None:
    with pytest.raises(RecipeError) as refused:
        times(pa.table({"t": ["2020-01-01"], "a": [0]}), timezone=name)

    assert hint in refused.value.fix


def test_plain_numbers_have_no_zone() -> None:
    for values in ([1, 2], [0.5, 1.5], ["1", "2"]):
        with pytest.raises(RecipeError, match="--timezone is for times of a clock"):
            times(pa.table({"t": values, "a": [0, 1]}), timezone="UTC")


# ---- numbers that are instants ----


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("form", [str, int, float])
def test_numbers_of_a_unit_are_instants(unit: str, form: Any) -> None:
    per = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    seconds = [1_600_000_000, -5, 0, 951_782_400]
    found, kind = times(pa.table({"t": [form(s * per) for s in seconds], "a": range(4)}), time_unit=unit)
    kept = "ns" if unit == "ns" else "us"

    assert kind == pa.timestamp(kept, "UTC")
    assert found == [s * {"us": MICRO, "ns": 10**9}[kept] for s in seconds]


@pytest.mark.parametrize(
    ("cell", "unit", "expected"),
    [("1600000000.123456", "s", 1_600_000_000_123_456), ("0.5", "ms", 500), ("1.5", "us", 2), ("-62135596800", "s", micros(at(1, 1, 1))), ("253402300799", "s", micros(at(9999, 12, 31, 23, 59, 59))), ("2.5e9", "s", 25 * 10**14)],
)  # fmt: skip
def test_fractions_and_the_ends_of_the_calendar_are_kept(cell: str, unit: str, expected: int) -> None:
    assert times(pa.table({"t": [cell], "a": [0]}), time_unit=unit)[0] == [expected]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1_600_000_000_000, "s", "--time-unit ms would read it"), (253_402_300_800, "s", "--time-unit ms"), (2**62, "s", "--time-unit ns"), (1e19, "ms", "Mend the cell"), (1e30, "ns", "1677 to 2262"),
        (-(2**63), "ns", "1677 to 2262"), (float("inf"), "s", "no place"), (float("nan"), "s", "no place"),
    ],
)  # fmt: skip
def test_numbers_beyond_the_calendar_are_refused_and_a_likelier_unit_is_named(
    value: float, unit: str, words: str
) -> None:
    with pytest.raises(DataError) as refused:
        times(pa.table({"t": [value, value], "a": [0, 1]}), time_unit=unit)

    assert words in refused.value.fix
    assert refused.value.where.row == 1


@pytest.mark.parametrize("cell", ["2020-01-01", "x", "1_0", "0x10"])
def test_text_is_no_number_of_seconds(cell: str) -> None:
    with pytest.raises(DataError, match=f"'{cell}' is not a number of seconds") as refused:
        times(pa.table({"t": ["5", cell], "a": [0, 1]}), time_unit="s")

    assert refused.value.where.row == 2


def test_a_unit_is_for_numbers() -> None:
    with pytest.raises(RecipeError, match="--time-unit is for numbers, and the column holds timestamp"):
        times(pa.table({"t": pa.array([0], pa.timestamp("s")), "a": [0]}), time_unit="s")


# ---- steps and holes ----


def told(table: pa.Table, **settings: Any) -> dict[str, Any]:
    """`order` of the manifest."""
    order: dict[str, Any] = lstmprep.window(table, time="t", features="a", timesteps=1, **settings).manifest["order"]
    return order


def test_the_manifest_tells_how_even_the_steps_are_and_where_they_were_cut() -> None:
    table = pa.table({"t": [0, 60, 120, 600, 660], "a": range(5)})
    order = told(table, time_unit="s", max_gap="2min", timezone="Europe/Berlin")

    assert order["spacing"] == {
        "steps": 4, "min": 60 * MICRO, "median": 60 * MICRO, "max": 480 * MICRO, "uneven": 1, "uneven_share": 0.25,
        "rates": [{"step": 60 * MICRO, "sequences": 1}],
    }  # fmt: skip
    assert (order["max_gap"], order["holes"], order["timezone"]) == ("2min", 1, "Europe/Berlin")


@pytest.mark.parametrize(
    ("times_of", "settings", "words"),
    [
        ([0, 1, 2], {"max_gap": "2h"}, "--max-gap '2h' is a length of time, and the times are plain numbers"),
        (["2020-01-01", "2020-01-02"], {"max_gap": "2"}, "--max-gap '2' has no unit, and the times are instants"),
    ],
)
def test_a_step_must_be_of_the_kind_of_the_times(times_of: list[Any], settings: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        told(pa.table({"t": times_of, "a": range(len(times_of))}), **settings)


def test_uneven_steps_are_refused_only_if_asked_and_the_advice_works() -> None:
    table = pa.table({"k": ["x", "x", "x", "y", "y", "y"], "t": [0, 1, 2, 0, 1, 5], "a": range(6)})
    with pytest.raises(LstmprepError) as refused:
        lstmprep.window(table, time="t", group_by="k", timesteps=1, require_even=True)

    assert "the step from 1 to 5 is 4 in the sequence y, unlike the usual 1 (1 uneven step of 4)" in str(refused.value)
    assert refused.value.where.row == 6
    data = lstmprep.window(table, time="t", group_by="k", timesteps=2, require_even=True, max_gap="1")
    assert data.X[:, :, 0].tolist() == [[0, 1], [1, 2], [3, 4]]
    even = pa.table({"t": [0.1 * i for i in range(50)], "a": range(50)})
    assert lstmprep.window(even, time="t", timesteps=1, require_even=True).X.shape == (50, 1, 1)


def test_rows_in_too_short_stretches_are_accounted_for() -> None:
    table = pa.table({"t": [0, 1, 2, 9, 20, 21, 22], "a": range(7)})
    data = lstmprep.window(table, time="t", features="a", timesteps=3, max_gap="3")

    unused = data.manifest["rows"]["unused"]
    assert [(u["reason"], u["rows"], u["first"]) for u in unused] == [
        ("in a stretch between two cuts that is shorter than one sample", 1, 3)
    ]
    notes = {n["code"]: n["text"] for n in data.manifest["notes"]}
    assert notes["holes-cut"].startswith("2 holes above --max-gap 3 cut the rows")
    assert "1 row left over" in notes["holes-cut"]


@pytest.mark.parametrize(
    ("columns", "code", "words"),
    [
        ({"t": [*range(20), *range(60, 80)]}, "holes", "1 step of 39 above twice the usual 1, the longest 41 after 19"),
        ({"t": [0, 2, 3, 5, 6, 8, 9, 11]}, "uneven", "1 to 2, 43% unlike the usual 2"),
        ({"t": [*range(0, 20, 2), *range(0, 50, 5)], "k": ["x"] * 10 + ["y"] * 10}, "mixed-rates", "2 in 1 sequence, 5 in 1 sequence"),
    ],
)  # fmt: skip
def test_what_is_odd_about_the_steps_is_said(columns: dict[str, Any], code: str, words: str) -> None:
    table = pa.table({**columns, "a": range(len(columns["t"]))})
    settings = {"group_by": "k"} if "k" in columns else {}
    notes = {
        n["code"]: n["text"]
        for n in lstmprep.window(table, time="t", features="a", timesteps=2, **settings).manifest["notes"]
    }

    assert words in notes[code]


@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4), limit=st.integers(1, 4), steps=st.integers(1, 4), seed=st.integers(0, 99)
)  # fmt: skip
def test_no_window_bridges_a_hole_and_none_is_lost(sizes: list[int], limit: int, steps: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [(k, t) for k, n in enumerate(sizes) for t in np.cumsum(rng.integers(1, 6, n)).tolist()]
    obvious = []
    for k in range(len(sizes)):
        own = [t for key, t in rows if key == k]
        obvious += [
            [k * 100 + t for t in own[i : i + steps]]
            for i in range(len(own) - steps + 1)
            if all(b - a <= limit for a, b in zip(own[i : i + steps], own[i + 1 : i + steps], strict=False))
        ]
    rng.shuffle(rows)
    table = pa.table({"k": [k for k, _ in rows], "t": [t for _, t in rows], "a": [k * 100 + t for k, t in rows]})
    try:
        data = lstmprep.window(table, group_by="k", time="t", features="a", timesteps=steps, max_gap=str(limit))
    except DataError:
        assert not obvious
        return

    assert data.X[:, :, 0].tolist() == obvious
