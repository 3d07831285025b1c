"""The ledger of rows: read = used + unused, every row once, by brute force over the samples that are written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lstmprep
from lstmprep import ledger as module
from lstmprep import leftover as leftover_module
from lstmprep import rowmarks
from lstmprep.framing import frame as frame_module
from lstmprep.framing.frame import Runs
from lstmprep.ledger import AFTER, BATCH, BEFORE, BETWEEN, DOUBLE, LATEST, MISSING, SHORT, Unused
from lstmprep.plan import make_plan
from lstmprep.recipe import from_flat
from lstmprep.rowmarks import Marks
from lstmprep.run import Done, Place, run
from tests.conftest import arrow_table, batchings, panel_of, tables, windows
from tests.core import oracle


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, list[Any]], dict[str, Any], str | None]:
    """A table with holes and doubled times, and settings that lose rows in every way there is."""
    answer = draw(st.sampled_from([None, "target", "label", "input"]))
    settings = draw(windows(answer)) | {"features": list(oracle.FEATURES), "missing": "drop"}
    settings |= {"target": {"target": ["y"]}, "label": {"label": "lab"}}.get(answer, {})
    settings |= draw(st.sampled_from([{"group_by": ["key"], "time": ["t"]}, {"group_by": ["key"]}, {}]))
    if draw(st.booleans()):
        settings |= draw(batchings())
    table = draw(tables(holes=draw(st.sampled_from([0.0, 0.2]))))
    if settings.get("time"):
        settings["on_duplicate"] = draw(st.sampled_from(["first", "last", *(["mean"] if answer != "label" else [])]))
        for row in draw(st.lists(st.integers(0, len(table["t"]) - 1), max_size=4)):
            for column in table.values():
                column.append(column[row])
    return table, settings, answer


def doubled(table: dict[str, list[Any]], settings: dict[str, Any]) -> set[int]:
    """Rows that are left out for another row of the same key and time."""
    if not settings.get("time"):
        return set()
    seen: dict[tuple[str, int], int] = {}
    gone = set()
    for row, at in enumerate(zip(table["key"], table["t"], strict=True)):
        if at in seen:
            gone.add(seen[at] if settings["on_duplicate"] == "last" else row)
        if at not in seen or settings["on_duplicate"] == "last":
            seen[at] = row
    return gone


def planned(table: dict[str, list[Any]], settings: dict[str, Any]) -> Done:
    return run(arrow_table(table), from_flat(settings), Place())


@given(case=cases(), tiny=st.booleans())
def test_every_row_is_used_or_stands_in_the_ledger_with_its_reason(case, tiny):
    table, settings, answer = case
    gone = doubled(table, settings)
    rows_left = [r for r in range(len(table["t"])) if r not in gone]
    kept = {name: [column[r] for r in rows_left] for name, column in table.items()}
    there = oracle.possible(kept, settings, answer)
    whole = oracle.samples(kept, settings, answer)
    size = settings.get("batch_size", 1)
    left = whole[: len(whole) // size * size] if settings.get("batch_remainder") == "drop" else whole
    assume(left)

    with pytest.MonkeyPatch.context() as patch:
        if tiny:
            for block in (module, rowmarks, leftover_module):
                patch.setattr(block, "BLOCK", 3)
            patch.setattr(frame_module, "_PIECE", 2)
        done = planned(table, settings)

    def rows(found: list[oracle.Sample], side: str) -> set[int]:
        return {rows_left[r] for one in found for r in getattr(one, side) if r is not None}

    told, expected = done.plan.ledger, {}
    inputs, answers = rows(left, "inputs"), rows(left, "answers")
    mirrored = settings.get("target_mode") == "input" and not settings.get("latest")
    assert told.read == len(table["t"])
    assert told.used_as_input == len(inputs)
    assert told.used_as_target == (len(inputs) if mirrored else len(answers))
    assert told.used == len(inputs | answers)
    framed = rows(there, "inputs") | rows(there, "answers")
    good = rows(whole, "inputs") | rows(whole, "answers")
    for row in range(len(table["t"])):
        if row in inputs | answers:
            continue
        if row in gone:
            reason = DOUBLE
        elif row in framed:
            reason = BATCH if row in good else MISSING
        else:
            reason = _place(row, rows_left, kept, settings, answer)
        expected.setdefault(reason, []).append(row)
    assert {u.reason: (u.rows, u.first, u.last) for u in told.unused} == {
        reason: (len(at), min(at), max(at)) for reason, at in expected.items()
    }
    assert told.read == told.used + sum(u.rows for u in told.unused)
    assert [u.first for u in told.unused] == sorted(u.first for u in told.unused)


def _place(row: int, rows_left: list[int], kept: dict[str, Any], s: dict[str, Any], answer: str | None) -> str:
    """Why no window holds a row: by where it lies in its sequence."""
    group, time = ("key" if s.get("group_by") else None), ("t" if s.get("time") else None)
    order = next(rows for _, rows in oracle.sequences(kept, group, time) if rows_left.index(row) in rows)
    begun = oracle.starts(len(order), s, answer)
    if not begun:
        return SHORT
    at = order.index(rows_left.index(row))
    if at < begun[0]:
        return LATEST if s.get("latest") else BEFORE
    return AFTER if at >= begun[-1] + oracle.span(s, answer) else BETWEEN


@given(
    low=st.lists(st.integers(0, 60), min_size=1, max_size=600),
    long=st.integers(1, 9),
    block=st.sampled_from([1, 7, 1 << 20]),
)
def test_many_intervals_mark_the_rows_that_a_loop_marks(low, long, block):
    """Few are marked one by one, many by counting where they begin and end."""
    high = [min(a + long, 64) for a in low]
    expected = np.zeros(64, np.uint8)
    for a, b in zip(low, high, strict=True):
        expected[a:b] |= 2

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rowmarks, "BLOCK", block)
        marks = Marks(64, None)
        marks._many(np.array(low), np.array(high), 2)

    assert np.array_equal(marks.flags, expected)


def test_many_short_runs_mark_what_a_loop_marks():
    """Some hundreds of runs are marked by counting, through the same door as a few."""
    first = np.arange(0, 3000, 7)
    runs = Runs(np.arange(len(first)), first, np.full(len(first), 2), first, first + 5, stride=3)
    marks = Marks(3010, None)

    marks.cover(runs, np.array([0, 1]), 1)

    taken = {int(a) + k * 3 + o for a in first for k in (0, 1) for o in (0, 1) if k * 3 + o < 5}
    assert np.flatnonzero(marks.flags).tolist() == sorted(taken)


def test_marks_of_many_rows_lie_in_a_file_without_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr(rowmarks, "BLOCK", 8)
    marks = Marks(20, str(tmp_path))
    runs = Runs(*(np.array([v]) for v in (0, 2, 300, 0, 20)), stride=1)

    marks.cover(runs, np.array([0, 5]), 4)

    assert isinstance(marks.flags, np.memmap) and list(tmp_path.iterdir()) == []
    assert marks.flags.tolist() == [0, 0] + [4] * 18


def test_reasons_keep_their_first_and_last_row_whatever_the_order():
    found = Unused("because")
    for rows in ([7, 3], [], [5], [1, 9]):
        found.add(np.array(rows, np.int64))

    assert (found.rows, found.first, found.last) == (5, 1, 9)


def ledger_of(values: dict[str, list[Any]], **settings: Any) -> dict[str, tuple[int, int, int]]:
    done = planned(values, settings)
    told = done.plan.ledger
    assert told.by_reason("no such reason") is None
    assert all(told.by_reason(u.reason) is u for u in told.unused)
    return {u.reason: (u.rows, u.first, u.last) for u in told.unused}


def test_every_reason_typed_out():
    ten = {"a": [float(i) for i in range(10)]}
    holes = {"a": [*range(4), None, *range(5, 10)]}
    groups = {"a": [float(i) for i in range(5)], "key": ["x", "x", "x", "x", "z"]}
    doubles = {"a": [1.0, 2.0, 3.0, 4.0], "t": [0, 1, 1, 2]}

    assert ledger_of(ten, timesteps=4, no_overlap=True) == {AFTER: (2, 8, 9)}
    assert ledger_of(ten, timesteps=4, no_overlap=True, anchor="end") == {BEFORE: (2, 0, 1)}
    assert ledger_of(ten, timesteps=2, stride=4) == {BETWEEN: (4, 2, 7)}
    assert ledger_of(ten, timesteps=4, latest=True) == {LATEST: (6, 0, 5)}
    assert ledger_of(holes, timesteps=3, missing="drop", no_overlap=True) == {MISSING: (3, 3, 5), AFTER: (1, 9, 9)}
    assert ledger_of(ten, timesteps=4, no_overlap=True, batch_size=2, batch_remainder="drop") == {AFTER: (2, 8, 9)}
    assert ledger_of(ten, timesteps=3, no_overlap=True, batch_size=2, batch_remainder="drop") == {
        BATCH: (3, 6, 8),
        AFTER: (1, 9, 9),
    }
    assert ledger_of(groups, timesteps=3, group_by="key", features="a") == {SHORT: (1, 4, 4)}
    assert ledger_of(doubles, timesteps=2, time="t", on_duplicate="first", features="a") == {DOUBLE: (1, 2, 2)}
    assert ledger_of(doubles, timesteps=2, time="t", on_duplicate="last", features="a") == {DOUBLE: (1, 1, 1)}
    assert ledger_of(doubles, timesteps=2, time="t", on_duplicate="mean", features="a") == {DOUBLE: (1, 2, 2)}


@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5), t=st.integers(1, 2), size=st.integers(1, 3))
def test_a_stateful_run_accounts_for_the_windows_that_fill_no_lane(sizes, t, size):
    table = {"key": [str(i) for i, n in enumerate(sizes) for _ in range(n)]}
    table["a"] = [float(i) for i in range(len(table["key"]))]
    counts = [n // t for n in sizes if n // t]
    assume(len(counts) == 1 <= size <= (counts or [0])[0] or len(counts) >= size > 0)

    done = planned(
        table,
        {"timesteps": t, "no_overlap": True, "group_by": "key", "batch_size": size, "stateful": True, "features": "a"},
    )

    told = done.plan.ledger
    lost = (sum(counts) - done.plan.samples) * t
    assert told.used == told.used_as_input == done.plan.samples * t
    assert told.read == told.used + sum(u.rows for u in told.unused)
    assert (told.by_reason(BATCH) or Unused(BATCH)).rows == lost


def test_rows_of_the_table_are_counted_where_a_row_of_the_panel_stands_for_several():
    panel = panel_of([3])
    panel.source_rows, panel.source_bounds = np.array([0, 2, 4, 5, 6, 7]), np.array([0, 2, 3, 6])
    panel.left_out = [("of no use", np.array([1, 3]))]
    made = make_plan(from_flat({"timesteps": 2}), panel, read=8, removed=[], classes=None, features=2)

    assert (made.ledger.used_as_input, made.ledger.used) == (6, 6)
    assert [(u.reason, u.rows, u.first, u.last) for u in made.ledger.unused] == [("of no use", 2, 1, 3)]
    made = make_plan(
        from_flat({"timesteps": 2, "anchor": "end", "stride": 2}), panel, read=8, removed=[], classes=None, features=2
    )
    assert (made.ledger.used_as_input, made.ledger.unused[0].rows) == (4, 2)


@pytest.mark.parametrize("block", [1, 2, 1 << 17])
def test_a_row_of_the_table_that_is_several_rows_of_the_panel_counts_once(monkeypatch, block):
    """Used if one of them is used; else it stands under the reason of the first."""
    monkeypatch.setattr(module, "BLOCK", block)
    panel = panel_of([6, 2])
    panel.source_rows, panel.units = np.array([3, 3, 0, 0, 0, 1, 2, 2]), np.array([0, 2, 5, 6, 8])
    made = make_plan(
        from_flat({"timesteps": 3, "stride": 9}), panel, read=4, removed=[], classes=None, features=2
    ).ledger  # fmt: skip

    assert (made.used_as_input, made.used) == (2, 2)
    assert [(u.rows, u.first, u.last, u.reason) for u in made.unused] == [(1, 1, 1, AFTER), (1, 2, 2, SHORT)]


def test_rows_are_told_by_their_own_sequence_where_sequences_do_not_stand_in_the_order_of_their_keys():
    table = pa.table(
        {
            "k": ["c"] * 4 + ["a"] * 5 + ["b"],
            "v": pa.array([0.0, None, 2, 3, 4, 5, 6, 7, 8, 9]),
        }
    )
    made = lstmprep.window(table, group_by="k", timesteps=2, no_overlap=True, missing="drop")

    left = {u["reason"]: (u["rows"], u["first"], u["last"]) for u in made.manifest["rows"]["unused"]}
    assert left == {
        "only in samples left out for a missing value": (2, 0, 1),
        "left over after the last window": (1, 8, 8),
        "the sequence is shorter than one sample": (1, 9, 9),
    }
