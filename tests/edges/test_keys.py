"""Keys and classes: every text a code, one order whatever order they come in, nothing merged and nothing lost."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import lstmprep
from lstmprep.arrow import texts as arrow_texts
from lstmprep.errors import DataError, LstmprepError
from lstmprep.ingest import keys as module
from lstmprep.ingest import near
from lstmprep.ingest.begins import Begins, first_empty, may_begin, run_of, run_starts
from lstmprep.ingest.keys import Coder, as_text, canonical_order
from lstmprep.sources.base import Chunk
from lstmprep.stores import Shelf

numbers = st.one_of(
    st.integers(-(10**18) + 1, 10**18 - 1).map(str), st.integers(-30, 30).map(str), st.decimals(-99, 99, places=2, allow_nan=False).map(str),
    st.sampled_from(["007", "7", "07", "7.0", "7.", "+7", "-0", "0", "1e2", "100", ".5", "0.5", "00"]),
)  # fmt: skip
words = st.one_of(
    st.sampled_from(
        [
            "a",
            "B",
            "b",
            "",
            " a",
            "ä",
            "名",
            "NA",
            "None",
            "a,b",
            "10",
            "9",
            "x" * 40,
            "\U0001f389",
            "\uffff",
            "é",
            "e\u0301",
        ]
    ),
    st.text(max_size=5),
)


def canonical(items: list[str]) -> list[str]:
    """Numbers in the order of numbers, equal ones by text; if one is no number, all by code point."""
    distinct = sorted(set(items))
    try:
        return sorted(distinct, key=Decimal) if all(t[-1:] not in "_ " and t.isascii() for t in distinct) else distinct
    except ArithmeticError:
        return distinct


def pieces(items: list[str], cuts: list[int]) -> list[list[str]]:
    """The items cut at these places."""
    bounds = sorted({0, len(items), *(c % (len(items) + 1) for c in cuts)})
    return [items[a:b] for a, b in itertools.pairwise(bounds)]


@given(
    items=st.lists(numbers, min_size=1, max_size=60) | st.lists(words, min_size=1, max_size=60),
    cuts=st.lists(st.integers(0, 100), max_size=8), pending=st.sampled_from([1, 2, 7, 1 << 17]), limit=st.sampled_from([0, 1 << 20]),
)  # fmt: skip
def test_codes_count_the_distinct_texts_in_their_order_however_they_come(
    items: list[str], cuts: list[int], pending: int, limit: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PENDING", pending)
        coder = Coder(Shelf(limit=limit))
        for piece in pieces(items, cuts):
            coder.add(arrow_texts(["out of sight", *piece]).slice(1))
            assert coder._waiting < max(pending, 2 * len(coder._known)), "texts wait, but not for ever"
        found, codes = coder.finish()

    distinct = canonical(items)
    assert found.to_pylist() == distinct
    assert codes.dtype == np.int32
    assert codes.tolist() == [distinct.index(t) for t in items]


@given(distinct=st.integers(1, 40), rounds=st.integers(1, 30), pending=st.sampled_from([1, 5, 20]))
def test_what_waits_follows_the_distinct_texts_and_not_the_rows(distinct: int, rounds: int, pending: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PENDING", pending)
        coder, most = Coder(Shelf()), 0
        for _ in range(rounds):
            coder.add(arrow_texts([f"k{i}" for i in range(distinct)]))
            most = max(most, sum(map(len, coder._pending)) + len(coder._known))

    assert most <= max(pending, 2 * distinct) + distinct


def test_no_text_at_all_has_no_code() -> None:
    found, codes = Coder(Shelf()).finish()

    assert found.to_pylist() == []
    assert codes.tolist() == []


@given(items=st.lists(numbers, unique=True, max_size=40))
def test_numbers_stand_in_the_order_of_numbers(items: list[str]) -> None:
    order = canonical_order(arrow_texts(items)).tolist()

    assert [items[i] for i in order] == sorted(sorted(items), key=Decimal)


@given(items=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), unique=True, max_size=40))
def test_texts_stand_in_the_order_of_code_points(items: list[str]) -> None:
    items = [*items, "no number"]

    assert [items[i] for i in canonical_order(arrow_texts(items)).tolist()] == sorted(items)


@pytest.mark.parametrize(
    ("items", "ordered"),
    [
        (["10", "9", "2"], ["2", "9", "10"]), (["7", "007", "08", "6"], ["6", "007", "7", "08"]), (["10", "9", "x"], ["10", "9", "x"]), (["-1", "-10", "0"], ["-10", "-1", "0"]),
        (["1e2", "99", "101"], ["99", "1e2", "101"]), (["9007199254740993", "9007199254740992", "9007199254740994"], ["9007199254740992", "9007199254740993", "9007199254740994"]),
        (["-999999999999999936", "-999999999999999937", "0.00"], ["-999999999999999937", "-999999999999999936", "0.00"]), (["1e400", "1e399", "2.0"], ["2.0", "1e399", "1e400"]),
        (["1e99999999999999999999", "1e99999999999999999998", "1"], ["1", "1e99999999999999999998", "1e99999999999999999999"]),
        (["+7", "7", "6"], ["6", "+7", "7"]), (["2", "10", "1_0"], ["10", "1_0", "2"]), (["2", "10", "\u0665"], ["10", "2", "\u0665"]),
        (["b", "B", "a", "_"], ["B", "_", "a", "b"]), (["2.5", "10", "2.25"], ["2.25", "2.5", "10"]), (["nan", "1", "2"], ["1", "2", "nan"]), (["inf", "10", "9"], ["10", "9", "inf"]),
    ],
)  # fmt: skip
def test_the_order_of_keys_by_example(items: list[str], ordered: list[str]) -> None:
    table = pa.table({"k": items, "a": [float(i) for i in range(len(items))]})

    assert [items[i] for i in canonical_order(arrow_texts(items)).tolist()] == ordered
    data = lstmprep.window(table, timesteps=1, group_by="k")
    assert data.index()["k"].to_pylist() == ordered
    assert data.X.ravel().tolist() == [items.index(k) for k in ordered]
    classes = lstmprep.window(table, timesteps=1, label="k", features="a", missing="drop").manifest["classes"]
    assert classes == [k for k in ordered if k != "nan"]


# ---- runs of one key ----


@given(
    rows=st.lists(st.tuples(st.sampled_from(["a", "b", ""]), st.sampled_from(["x", "y"])), min_size=1, max_size=30),
    cuts=st.lists(st.integers(0, 100), max_size=6),
)  # fmt: skip
def test_a_run_begins_where_the_key_differs_from_the_row_before_also_across_chunks(
    rows: list[tuple[str, str]], cuts: list[int]
) -> None:
    expected = [i for i in range(len(rows)) if i == 0 or rows[i] != rows[i - 1]]
    previous: list[str | None] = [None, None]
    found, at = [], 0
    for piece in pieces(["|".join(r) for r in rows], cuts):
        columns = [arrow_texts(["?", *c]).slice(1) for c in zip(*(p.split("|") for p in piece), strict=True)]
        found += (run_starts(columns, previous) + at).tolist()
        previous, at = [str(c[-1]) for c in columns], at + len(piece)

    assert found == expected


@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=40),
    runs=st.lists(st.integers(1, 6), max_size=40), cuts=st.lists(st.integers(0, 100), max_size=6),
    kinds=st.tuples(*[st.sampled_from(["int8", "uint64", "string", "double", "decimal"])] * 2), number=st.integers(1, 2),
)  # fmt: skip
def test_rows_have_the_keys_of_their_runs_however_these_are_written_down(
    rows: list[tuple[int, int]], runs: list[int], cuts: list[int], kinds: tuple[str, str], number: int
) -> None:
    """Runs that are long or short, by turns: stretches are counted, and rows with another key than the one before told."""
    rows = [row for row, n in itertools.zip_longest(rows, runs[: len(rows)], fillvalue=1) for _ in range(n)]
    names = ("a", "b")[:number]
    source = SimpleNamespace(name="t", names=names, where=None)
    begins, changed, at = Begins(source, names, Shelf(limit=64)), [], 0  # type: ignore[arg-type]
    for piece in pieces(list(range(len(rows))), cuts):
        cells = zip(*(rows[i] for i in piece), strict=True)
        made = {name: typed([0, *of], kind).slice(1) for name, of, kind in zip("ab", cells, kinds, strict=True)}
        changed += begins.take(Chunk(at, len(piece), made)).tolist()
        at += len(piece)

    keys, where = begins.finish()

    seen = [row[: len(names)] for row in rows]
    assert changed == [i == 0 or seen[i] != seen[i - 1] for i in range(len(seen))]
    assert begins.stretches == sum(changed)
    run = run_of(where, np.arange(len(rows)))
    found = [[str(texts[int(codes[r])]) for texts, codes in keys.values()] for r in run]
    assert found == [[str(as_text(typed([v], kinds[j]))[0]) for j, v in enumerate(row)] for row in seen]


def typed(cells: Any, kind: str) -> pa.Array:
    """Whole numbers as an array of a type; a decimal has no plain form."""
    if kind == "decimal":
        return pa.array(cells, pa.decimal128(5, 1))
    return pa.array(cells, pa.int64()).cast(pa.type_for_alias(kind))


def test_the_keys_of_many_chunks_are_looked_at_together(monkeypatch):
    """A chunk of long sequences has a handful of keys: what is done once a chunk is not done for each handful."""
    looks = []
    take = module.Rising.take
    monkeypatch.setattr(module.Rising, "take", lambda self, cells: looks.append(len(cells)) or take(self, cells))
    coder = Coder(Shelf())
    for i in range(0, 6_000, 10):
        coder.add(arrow_texts([str(k) for k in range(i, i + 10)]))

    found, codes = coder.finish()

    assert len(looks) == 2
    assert sum(looks) == 6_000
    assert found.to_pylist() == [str(k) for k in range(6_000)]
    assert codes.tolist() == list(range(6_000))


def test_the_first_empty_cell_is_found_in_any_slice() -> None:
    cells = pa.array(["a", "", None, "b", "", "c"])

    assert [first_empty(cells.slice(i)) for i in range(6)] == [1, 0, 0, 1, 0, -1]
    assert first_empty(cells.slice(0, 1)) == -1
    assert first_empty(cells.slice(0, 0)) == -1


# ---- keys of every type ----

DAY = dt.date(2020, 2, 29)
KEYS: dict[str, tuple[pa.Array, list[str]]] = {
    "string": (pa.array(["b", "a", "007", "7", "NA", "None", "nan"]), ["b", "a", "007", "7", "NA", "None", "nan"]),
    "large_string": (pa.array(["b", "x y"], pa.large_string()), ["b", "x y"]),
    "string_view": (pa.array(["b", "a long text that is stored elsewhere"], pa.string_view()), ["b", "a long text that is stored elsewhere"]),
    "string with blanks around": (pa.array([" b", "a "]), ["b", "a"]),
    "string_view with blanks around": (pa.array([" b", "a "], pa.string_view()), ["b", "a"]),
    "dictionary": (pa.array(["b", "a", "b"]).dictionary_encode(), ["b", "a", "b"]),
    "int8": (pa.array([-3, 7], pa.int8()), ["-3", "7"]), "int64": (pa.array([2**53 + 1, 2**53]), ["9007199254740993", "9007199254740992"]),
    "uint64": (pa.array([2**64 - 1, 2**64 - 2], pa.uint64()), ["18446744073709551615", "18446744073709551614"]),
    "float64": (pa.array([3.0, -0.5, 1e16, 0.1]), ["3", "-0.5", "1e+16", "0.1"]), "float32": (pa.array([3.0, -0.5], pa.float32()), ["3", "-0.5"]),
    "float16": (pa.array([np.float16(3), np.float16(-0.5)], pa.float16()), ["3", "-0.5"]),
    "bool": (pa.array([True, False]), ["true", "false"]), "date32": (pa.array([DAY]), ["2020-02-29"]), "date64": (pa.array([DAY], pa.date64()), ["2020-02-29"]),
    "decimal128": (pa.array([Decimal("1.50")], pa.decimal128(5, 2)), ["1.50"]),
    "timestamp": (pa.array([1582952400], pa.timestamp("s")), ["2020-02-29 05:00:00"]),
    "run ends": (pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["u", "v"])), ["u", "u", "v"]),
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_a_key_of_any_type_is_its_text_sliced_anywhere(name: str) -> None:
    array, expected = KEYS[name]

    for first in range(len(array)):
        assert as_text(array.slice(first)).to_pylist() == expected[first:]
    data = lstmprep.window(pa.table({"k": array, "a": np.arange(len(array)) + 0.5}), timesteps=1, group_by="k")
    assert sorted(data.index()["k"].to_pylist()) == sorted(expected)


@pytest.mark.parametrize(
    ("array", "row"),
    [
        (pa.array(["a", None]), 2), (pa.array(["a", "b", ""]), 3), (pa.array(["a", " \t"]), 2), (pa.array([1, None]), 2), (pa.array([1.0, float("nan")]), 2), (pa.nulls(2), 1),
        (pa.array(["a", None]).dictionary_encode(), 2), (pa.array([True, None]), 2), (pa.array([None, DAY]), 1), (pa.array(["a", None], pa.string_view()), 2),
    ],
    ids=lambda v: str(getattr(v, "type", v)),
)  # fmt: skip
def test_a_row_without_a_key_is_refused(array: pa.Array, row: int) -> None:
    with pytest.raises(DataError, match="the key is empty") as refused:
        lstmprep.window(pa.table({"k": array, "a": [1.0] * len(array)}), timesteps=1, group_by="k")

    assert (refused.value.where.row, refused.value.where.column) == (row, "k")


@pytest.mark.parametrize("array", [pa.array([[1]]), pa.array([{"a": 1}]), pa.array([b"a"])], ids=lambda a: str(a.type))
def test_a_key_that_has_no_text_is_refused_by_its_type(array: pa.Array) -> None:
    with pytest.raises(LstmprepError, match=r"column k: the column holds"):
        lstmprep.window(pa.table({"k": array, "a": [1.0]}), timesteps=1, group_by="k")


def test_an_empty_key_in_a_csv_is_named_by_row_and_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('k,a\nx,1\n"y\ny",2\n" ",3\n')
    with pytest.raises(DataError) as refused:
        lstmprep.window(tmp_path / "t.csv", timesteps=1, group_by="k")

    assert "t.csv, row 3 (line 5), column k: the key is empty" in str(refused.value)


@pytest.mark.parametrize(
    "values",
    [
        [3, 11, 3, 2], [2**53, 2**53 + 1, 2**53 + 2, 2**53], [True, False, True, True], ["007", "7", "7", "07"], ["NA", "None", "null", "nan"],
        [DAY, DAY + dt.timedelta(1), DAY, dt.date(1999, 1, 1)], ["a b", "a,b", 'a"b', "a\nb"], [-(2**62), 2**62, 2**62 + 1, 0],
    ],
    ids=str,
)  # fmt: skip
def test_keys_of_csv_and_parquet_are_the_same(tmp_path: Path, values: list[Any]) -> None:
    cells = [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
    lines = ['"' + c.replace('"', '""') + f'",{i}' for i, c in enumerate(cells)]
    (tmp_path / "t.csv").write_text("k,a\n" + "\n".join(lines) + "\n")
    parquet.write_table(pa.table({"k": values, "a": range(len(values))}), tmp_path / "t.parquet")
    both = [lstmprep.window(tmp_path / f"t.{kind}", timesteps=1, group_by="k") for kind in ("csv", "parquet")]

    assert both[0].index() == both[1].index()
    assert both[0].X.tobytes() == both[1].X.tobytes()
    assert set(both[0].index()["k"].to_pylist()) == set(cells)


# ---- several keys ----


@given(
    rows=st.lists(st.tuples(*[st.sampled_from(["1", "10", "9", "x"])] * 3), min_size=1, max_size=25),
    pending=st.sampled_from([1, 4, 1 << 17]), batch=st.sampled_from([1, 3, 1 << 16]),
)  # fmt: skip
def test_several_keys_stand_in_the_order_of_the_first_then_the_second_then_the_third(
    rows: list[tuple[str, str, str]], pending: int, batch: int
) -> None:
    columns = list(zip(*rows, strict=True))
    orders = [canonical(list(c)) for c in columns]
    expected = sorted(range(len(rows)), key=lambda i: ([o.index(v) for o, v in zip(orders, rows[i], strict=True)], i))
    table = pa.table({f"k{j}": list(c) for j, c in enumerate(columns)} | {"a": [float(i) for i in range(len(rows))]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PENDING", pending)
        patch.setattr("lstmprep.sources.arrow.BATCH", batch)
        data = lstmprep.window(table, timesteps=1, group_by=["k0", "k1", "k2"])

    assert data.X.ravel().tolist() == expected
    index = data.index().to_pydict()
    assert list(zip(index["k0"], index["k1"], index["k2"], strict=True)) == [rows[i] for i in expected]


def test_keys_whose_texts_joined_are_one_stay_two_sequences() -> None:
    table = pa.table({"p": ["a, b", "a", "a"], "q": ["c", "b, c", "b, c"], "a": [1.0, 2.0, 3.0]})
    data = lstmprep.window(table, timesteps=1, group_by=["p", "q"])

    assert data.manifest["sequences"]["count"] == 2
    assert {tuple(e["key"]): e["samples"] for e in data.manifest["sequences"]["samples"]["by_key"]} == {
        ("a, b", "c"): 1, ("a", "b, c"): 2,
    }  # fmt: skip


def test_eight_keys_of_three_hundred_texts_each_stay_apart() -> None:
    made = np.random.default_rng(7)
    columns = {f"k{j}": [str(v) for v in made.permutation(300).repeat(2)] for j in range(8)}
    data = lstmprep.window(pa.table(columns | {"a": np.arange(600.0)}), timesteps=2, group_by=list(columns))
    index = data.index().to_pydict()

    assert len(data.X) == 300
    for sample in range(300):
        row = index["first_row"][sample]
        assert [index[k][sample] for k in columns] == [columns[k][row] for k in columns]
        assert index["last_row"][sample] == row + 1


def test_a_million_rows_of_one_key_cost_one_text() -> None:
    coder = Coder(Shelf())
    block = arrow_texts(["one"]).take(pa.array(np.zeros(1 << 17, np.int32)))
    for _ in range(8):
        coder.add(block)
    found, codes = coder.finish()

    assert found.to_pylist() == ["one"]
    assert len(codes) == 1 << 20
    assert not codes.any()


# ---- rows that have to become text ----


@given(
    kind=st.sampled_from(["text", "large", "int", "float", "day", "coded", "truth", "half"]),
    cells=st.lists(st.sampled_from([None, 0, 0, 0, 1, 1, 2]), min_size=1, max_size=40),
    first=st.integers(0, 3),
)
def test_a_row_that_is_not_turned_into_text_has_the_key_of_the_row_before(
    kind: str, cells: list[int | None], first: int
) -> None:
    made = {
        "text": pa.array([None if c is None else ("a", " a", "")[c] for c in cells]),
        "large": pa.array([None if c is None else "xyz"[c] for c in cells], pa.large_string()),
        "int": pa.array(cells, pa.int16()),
        "float": pa.array([None if c is None else (0.0, -0.0, float("nan"))[c] for c in cells]),
        "day": pa.array([None if c is None else DAY + dt.timedelta(c) for c in cells]),
        "coded": pa.DictionaryArray.from_arrays(pa.array(cells, pa.int8()), pa.array(["a", "a", "b"])),
        "truth": pa.array([None if c is None else c > 0 for c in cells]),
        "half": pa.array([None if c is None else c for c in cells], pa.decimal128(5, 1)),
    }
    column = made[kind].slice(first)
    if not len(column):
        return
    keys = as_text(column).to_pylist()

    some = may_begin([column, pa.array([1] * len(column))])

    kept = range(len(column)) if some is None else some.tolist()
    assert kept[0] == 0
    assert {i for i in range(1, len(keys)) if keys[i] != keys[i - 1]} <= set(kept)


def test_long_runs_of_one_key_become_text_once() -> None:
    for column in (
        pa.array([5] * 9 + [6]), pa.array(["a"] * 9 + ["b"]), pa.array(["a"] * 9 + ["b"]).dictionary_encode(),
        pa.array([DAY] * 9 + [DAY + dt.timedelta(1)]), pa.array([0.5] * 9 + [1.5]),
    ):  # fmt: skip
        assert may_begin([column]).tolist() == [0, 9]  # type: ignore[union-attr]


# ---- keys that rise ----


@given(
    items=st.lists(numbers | words, unique=True, min_size=1, max_size=40),
    cuts=st.lists(st.integers(0, 100), max_size=8), limit=st.sampled_from([0, 1 << 20]), again=st.booleans(), whole=st.booleans(),
    few=st.sampled_from([1, 3, 1 << 12]),
)  # fmt: skip
def test_keys_in_order_have_the_codes_that_looking_them_up_gives(items, cuts, limit, again, whole, few):
    ordered = sorted({str(len(i)) for i in items}, key=int) if whole else canonical(items)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW", few)
        coder, looked_up = Coder(Shelf(limit=limit)), Coder(Shelf())
        looked_up._rising = None
        for piece in [*pieces(ordered, cuts), ordered[: again * 3]]:
            for one in (coder, looked_up):
                one.add(arrow_texts(["out of sight", *piece]).slice(1))

        (found, codes), (expected, other) = coder.finish(), looked_up.finish()

    assert found.to_pylist() == expected.to_pylist() == ordered
    assert codes.tolist() == other.tolist()


@pytest.mark.parametrize(
    "chunks", [[["1", "2"], ["3", "10"]], [["a", "b"], ["c"]], [["2", "10"], ["b", "c"]], [[""], ["x"]]]
)
def test_keys_that_rise_are_not_looked_up(chunks, monkeypatch):
    monkeypatch.setattr(module, "_FEW", 1)
    coder = Coder(Shelf(limit=0))
    for chunk in chunks:
        coder.add(arrow_texts(chunk))

    rises = coder._rising is not None
    assert coder.finish()[0].to_pylist() == canonical([t for chunk in chunks for t in chunk])
    assert rises == (chunks != [["2", "10"], ["b", "c"]])


# ---- keys that are whole numbers ----

wholes = st.integers(-50, 50) | st.integers(-(2**63), 2**63 - 1)


@given(
    items=st.lists(st.integers(-50, 50), max_size=60) | st.lists(wholes, max_size=60), tail=st.lists(words, max_size=4),
    cuts=st.lists(st.integers(0, 100), max_size=8), pending=st.sampled_from([1, 7, 1 << 17]), few=st.sampled_from([1, 3, 1 << 12]),
    span=st.sampled_from([2, 30, 1 << 21]), limit=st.sampled_from([0, 1 << 20]),
)  # fmt: skip
def test_whole_numbers_have_the_codes_of_their_texts(items, tail, cuts, pending, few, span, limit):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PENDING", pending)
        patch.setattr(module, "_FEW", few)
        patch.setattr(near, "SPAN", span)
        numbered, spelled = Coder(Shelf(limit=limit)), Coder(Shelf())
        for piece in pieces(items, cuts):
            numbered.add(pa.array([0, *piece], pa.int64()).slice(1))
            spelled.add(arrow_texts([str(i) for i in piece]))
        for coder in (numbered, spelled) if tail else ():  # a second file, whose keys are texts
            coder.add(arrow_texts(tail))
        if tail:
            numbered.add(pa.array(items, pa.int64()))
            spelled.add(arrow_texts([str(i) for i in items]))

        (found, codes), (expected, other) = numbered.finish(), spelled.finish()

    assert found.to_pylist() == expected.to_pylist()
    assert codes.tolist() == other.tolist()


@pytest.mark.parametrize(("spread", "hashed"), [(1, 0), (1 << 20, 1)])
def test_whole_numbers_near_each_other_are_not_looked_up(spread, hashed, monkeypatch):
    folds = []
    fold = Coder._fold
    monkeypatch.setattr(Coder, "_fold", lambda self: folds.append(self._waiting) or fold(self))
    coder, row = Coder(Shelf()), np.arange(5_000, dtype=np.int64) * spread
    for _ in range(3):
        coder.add(pa.array(row[::-1]))

    found, codes = coder.finish()
    assert (len(found), codes[:2].tolist()) == (5_000, [4_999, 4_998])
    assert bool(sum(folds)) == hashed
