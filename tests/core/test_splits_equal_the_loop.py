"""Splits and scaling, the whole way from a table to arrays, against the obvious loop; and what must never be shared."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

import lstmprep
from lstmprep import DataError
from tests.conftest import arrow_table, tables, windows
from tests.core import oracle

Rows = list[int]
NAMES = {2: ["train", "test"], 3: ["train", "val", "test"]}


def ends_of(shares: list[int], n: int) -> list[int]:
    """Where parts of so many hundredths of n rows end."""
    return [n * sum(shares[: i + 1]) // 100 for i in range(len(shares))]


def bounds(table: dict[str, list[Any]], s: dict[str, Any], shares: list[int]) -> list[tuple[str, Rows, list[int]]]:
    """(key, rows, where parts end) of every sequence: at one instant when rows have a time, else by its own rows."""
    group, time = ("key" if s.get("group_by") else None), ("t" if s.get("time") else None)
    found = oracle.sequences(table, group, time)
    if time is None or s.get("split_by") == "sequence":
        return [(key, rows, ends_of(shares, len(rows))) for key, rows in found]
    when = sorted(table["t"])
    edges = [when[e] if e < len(when) else math.inf for e in ends_of(shares, len(when))]
    return [(key, rows, [sum(table["t"][r] < edge for r in rows) for edge in edges]) for key, rows in found]


def expected(table: dict[str, list[Any]], s: dict[str, Any], answer: str | None, shares: list[int]) -> dict[str, Any]:
    """Samples of every part, and the rows of train."""
    names = NAMES[len(shares)]
    out: dict[str, Any] = {name: [] for name in names}
    train: Rows = []
    for key, rows, ends in bounds(table, s, shares):
        begins = [0, *ends[:-1]]
        for i, name in enumerate(names):
            first, stop = begins[i], ends[i]
            if i + 1 < len(names):
                stop = max(first, stop - s.get("embargo", 0))
            if name == "train":
                train += rows[first:stop]
            if first < stop:
                out[name] += part(
                    key, rows, (begins[max(i - 1, 0)], first, stop), s, answer, back=bool(s.get("context")) and i > 0
                )
    return out | {"rows": train}


def part(
    key: str, rows: Rows, at: tuple[int, int, int], s: dict[str, Any], answer: str | None, *, back: bool
) -> list[Any]:
    """The samples of one part: windows over the rows that inputs may take, their answers in the part itself."""
    before, first, stop = at
    steps = oracle.offsets(s)
    cover = steps[-1] + 1
    asks = oracle.asks(s, answer)
    ahead = oracle.lead_of(s, answer) if asks else 0
    early = asks and (s.get("target_mode") == "per-step" or s.get("label_at") in ("first", "mode", "any", "strict"))
    reach = (0 if early else cover - 1) + ahead
    floor = max(before, first - reach) if back else first
    run = rows[floor:stop]
    begins = oracle.starts(len(run), s, answer)
    if back and s.get("partial") and not early:
        stride = cover if s.get("no_overlap") else s.get("stride", 1)
        every = oracle.starts(len(run), {**s, "stride": 1, "no_overlap": False}, answer)
        begins = [b for b in every if floor + b + cover - 1 + ahead >= first][::stride]
    made = [oracle.sample(key, run, b, s, answer) for b in begins]
    own = set(rows[first:stop])
    for one in made:  # the loop's own claim: whatever is answered lies in the part
        assert {r for r in one.answers if r is not None} <= own
    return made


@st.composite
def cases(draw: st.DrawFn) -> Any:
    answer = draw(st.sampled_from([None, "target", "label", "input"]))
    s = {k: v for k, v in draw(windows(answer)).items() if k != "latest"}
    if not (s.get("partial") or s.get("leftover")):
        s.pop("pad_value", None)
    s |= {"features": list(oracle.FEATURES)}
    s |= draw(st.sampled_from([{"group_by": ["key"], "time": ["t"]}, {"group_by": ["key"]}, {}]))
    s |= {"target": {"target": ["y"]}, "label": {"label": "lab", "unknown": "code"}}.get(answer, {})
    if s.get("label_at") in ("mode", "any", "strict"):
        s["unknown"] = "error"
    shares = draw(st.sampled_from([[50, 50], [60, 40], [29, 71], [50, 25, 25], [80, 10, 10]]))
    s["split"] = [f"{share / 100}" for share in shares]
    s["embargo"] = draw(st.sampled_from([0, 0, 1, 3]))
    s["context"] = answer != "input" and s.get("leftover") != "pad" and draw(st.booleans())
    if "time" in s:
        s["split_by"] = draw(st.sampled_from([None, "time", "sequence"]))
    return draw(tables()), {k: v for k, v in s.items() if v is not None}, answer, shares


def made(table: dict[str, list[Any]], s: dict[str, Any], wanted: dict[str, Any]) -> Any:
    """The output, where every part has a sample; else the refusal is looked at and the case is over."""
    refused = []
    try:
        data = lstmprep.window(arrow_table(table), **s)
    except DataError as error:
        refused.append(str(error))
    full = all(samples for name, samples in wanted.items() if name != "rows")
    for text in refused:  # classes that the train of so small a table lacks, or a part without room
        lacks = "stands in" in text and "label" in s and s.get("unknown") == "error"
        assert lacks or (not full and "a sample needs" in text), text
    assume(not refused)
    assert full
    return data


@given(case=cases())
def test_every_part_holds_the_samples_of_the_obvious_loop(case):
    table, s, answer, shares = case
    wanted = expected(table, s, answer, shares)

    data = made(table, s, wanted)

    told = data.index().to_pydict()
    at = 0
    for name in NAMES[len(shares)]:
        found = wanted[name]
        arrays = oracle.arrays(found, table, {**s, "one_hot": False}, answer)
        assert np.array_equal(getattr(data, name).X, arrays["X"]), name
        assert data.arrays[f"X_{name}"] is getattr(data, name).X
        if answer in ("target", "input"):
            assert np.array_equal(data.arrays[f"y_{name}"], arrays["y"]), name
        index = oracle.index(found)
        here = {column: values[at : at + len(found)] for column, values in told.items()}
        assert set(here["split"]) == {name} and here["sample"] == list(range(len(found)))
        for column, values in index.items():
            if column in here and column not in ("split", "sample"):
                assert here[column] == values, (name, column)
        assert data.index(name).num_rows == data.manifest["splits"][name]["samples"] == len(found)
        at += len(found)


@given(case=cases())
def test_no_row_is_shared_and_every_row_is_accounted_for(case):
    """Inputs and targets of train are nobody else's; with context a later part reads the rows before, and answers its own."""
    table, s, answer, shares = case
    wanted = expected(table, s, answer, shares)

    data = made(table, s, wanted)

    inputs, answers = {}, {}
    for name in NAMES[len(shares)]:
        inputs[name] = {r for one in wanted[name] for r in one.inputs if r is not None}
        answers[name] = {r for one in wanted[name] for r in one.answers if r is not None}
    for i, early in enumerate(NAMES[len(shares)]):
        for late in NAMES[len(shares)][i + 1 :]:
            assert not answers[early] & (answers[late] | inputs[late]) or s["context"]
            assert not answers[early] & answers[late] and not inputs[early] & answers[late]
            assert s["context"] or not inputs[early] & inputs[late]
    rows = data.manifest["rows"]
    every, asked = set().union(*inputs.values()), set().union(*answers.values())
    if answer == "input":
        asked = every
    assert (rows["used_as_input"], rows["used_as_target"]) == (len(every), len(asked))
    assert sum(u["rows"] for u in rows["unused"]) == len(table["t"]) - len(every | asked)
    assert len({u["reason"] for u in rows["unused"]}) == len(rows["unused"])
    if s["context"]:
        own = {n: {r for one in wanted[n] for r in one.inputs if r is not None} for n in inputs}
        starts = {r for key, seq, ends in bounds(table, s, shares) for r in seq}
        assert starts >= set().union(*own.values())
        for i, (name, about) in enumerate(data.manifest["splits"].items()):
            mine = {r for _, seq, ends in bounds(table, s, shares) for r in seq[[0, *ends][i] : ends[i]]}
            assert about["context_rows"] == len(inputs[name] - mine), name


@given(case=cases())
def test_the_windows_that_a_border_costs_are_counted(case):
    """Those of the undivided sequences with rows on both sides, or on rows that --embargo takes."""
    table, s, answer, shares = case
    s = {k: v for k, v in s.items() if k not in ("partial", "leftover", "pad_value")} | {"context": False}
    crossing = 0
    for _, rows, ends in bounds(table, s, shares):
        for begin in oracle.starts(len(rows), s, answer) if 0 < ends[0] < ends[1] else []:
            last = begin + oracle.span(s, answer) - 1
            crossing += begin < ends[0] and last >= ends[0] - s.get("embargo", 0)

    data = made(table, s, expected(table, s, answer, shares))

    told = next(n["text"] for n in data.manifest["notes"] if n["code"] == "split")
    assert f": {crossing} window{'' if crossing == 1 else 's'} of " in told, (crossing, told)


def test_a_window_is_counted_where_the_embargo_leaves_the_next_part_no_row_of_its_sequence():
    """Of three rows on one clock the second is taken before val, and the third, the only one of val, before test."""
    table = {"key": ["8"] * 3 + ["9"] * 7, "t": [0, 1, 2, *range(7)], "a": [float(i) for i in range(10)]}
    asked = {"timesteps": 1, "features": ["a"], "group_by": ["key"], "time": ["t"]}

    data = lstmprep.window(arrow_table(table), **asked, split=["0.5", "0.25", "0.25"], embargo=1)

    told = [n["text"] for n in data.manifest["notes"] if n["code"] == "split"]
    assert "train | val at 2" in told[0]
    assert ": 2 windows of 1 row that would cross" in told[0]
    assert ": 1 window of 1 row that would cross" in told[1]


METHODS = ["standard", "minmax", "robust", "maxabs"]


def learned(method: str, column: list[float]) -> tuple[float, float]:
    """(shift, factor) as scikit-learn's scalers have them, the formulas typed out; a constant becomes 0 by all of them."""
    v = np.array(column)
    if (v == v[0]).all():
        return float(v[0]), 1.0
    shift, factor = {
        "standard": (v.mean(), v.std()),
        "minmax": (v.min(), v.max() - v.min()),
        "robust": (np.quantile(v, 0.5), np.quantile(v, 0.75) - np.quantile(v, 0.25)),
        "maxabs": (0.0, np.abs(v).max()),
    }[method]
    return float(shift), float(factor) or 1.0


@given(
    case=cases(), method=st.sampled_from(METHODS), by_group=st.booleans(), target=st.booleans(), other=st.sampled_from([None, *METHODS, "none"])
)  # fmt: skip
def test_values_are_scaled_by_the_rows_of_train_alone(case, method, by_group, target, other):
    table, s, answer, shares = case
    wanted = expected(table, s, answer, shares)
    assume(wanted["rows"])
    s |= {"scale": method, "dtype": "float64"}
    s["scale_by_group"] = by_group = by_group and bool(s.get("group_by"))
    s["scale_target"] = target = target and answer == "target"
    if other:
        s["scale_columns"] = [f"{other}:b"]
    how = {"a": method, "b": other or method, **({"y": method} if target else {})}

    data = made(table, s, wanted)

    def value(name: str, row: int) -> float:
        if how.get(name, "none") == "none":
            return table[name][row]
        pool = [r for r in wanted["rows"] if not by_group or table["key"][r] == table["key"][row]] or wanted["rows"]
        shift, factor = learned(how[name], [table[name][r] for r in pool])
        return (table[name][row] - shift) / factor

    scaled = {n: [value(n, r) for r in range(len(table["t"]))] if n in "aby" else c for n, c in table.items()}
    for name in NAMES[len(shares)]:
        arrays = oracle.arrays(wanted[name], scaled, {**s, "one_hot": False}, answer)
        np.testing.assert_allclose(getattr(data, name).X, arrays["X"], rtol=1e-9, atol=1e-9)
        if answer in ("target", "input"):
            np.testing.assert_allclose(getattr(data, name).y, arrays["y"], rtol=1e-9, atol=1e-9)


@given(case=cases(), method=st.sampled_from(METHODS), scale=st.floats(-1e3, 1e3))
def test_rows_outside_train_change_nothing_that_is_learned(case, method, scale):
    table, s, answer, shares = case
    wanted = expected(table, s, answer, shares)
    assume(wanted["rows"])
    s |= {"scale": method}
    other = {
        n: [v if n not in "ab" or r in set(wanted["rows"]) else v * scale for r, v in enumerate(c)]
        for n, c in table.items()
    }

    one, two = made(table, s, wanted), made(other, s, wanted)

    assert one.manifest["fitted"] == two.manifest["fitted"]
    if not s["context"] and answer != "label":
        assert one.train.X.tobytes() == two.train.X.tobytes()


@given(table=tables(), method=st.sampled_from(METHODS), by_group=st.booleans(), order=st.randoms(use_true_random=False))
def test_the_order_of_rows_and_groups_in_the_file_leaves_no_trace(table, method, by_group, order):
    s = {
        "timesteps": 1,
        "features": ["a", "b"],
        "group_by": ["key"],
        "time": ["t"],
        "scale": method,
        "scale_by_group": by_group,
    }
    places = list(range(len(table["t"])))
    order.shuffle(places)
    mixed = {n: [c[i] for i in places] for n, c in table.items()}

    one, two = lstmprep.window(arrow_table(table), **s), lstmprep.window(arrow_table(mixed), **s)

    assert one.X.tobytes() == two.X.tobytes()
    assert one.manifest["fitted"] == two.manifest["fitted"]
