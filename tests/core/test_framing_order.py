"""Batches: whole ones, shuffled ones, and stateful lanes, read off the index of what is written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lstmprep
from lstmprep import scratch
from lstmprep.errors import DataError, RecipeError
from lstmprep.framing import Batching, Window, lanes
from tests.conftest import arrow_table, lengths, tables, windows
from tests.core import oracle
from tests.core.test_framing_window import segments_of

WAYS = {"both": {"group_by": ["key"], "time": ["t"]}}


def framed(table: dict[str, list[Any]], settings: dict[str, Any]) -> Any:
    return lstmprep.window(arrow_table(table), features=["a", "b"], group_by="key", time="t", **settings)


def case_of(answer: str | None) -> st.SearchStrategy[tuple[str | None, dict[str, Any]]]:
    named: dict[str | None, dict[str, Any]] = {"target": {"target": ["y"]}, "label": {"label": "lab"}}
    return st.tuples(st.just(answer), windows(answer).map(lambda s: s | named.get(answer, {})))


cases = st.sampled_from([None, "target", "label", "input"]).flatmap(case_of)


@given(table=tables(), case=cases, seed=st.integers(0, 5))
def test_shuffled_samples_are_the_samples_in_another_order(table, case, seed):
    answer, settings = case
    assume(oracle.samples(table, settings | WAYS["both"], answer))

    plain, mixed = framed(table, settings), framed(table, settings | {"shuffle": True, "seed": seed})

    one, two = plain.index().to_pydict(), mixed.index().to_pydict()
    columns = [n for n in one if n != "sample"]
    places = {tuple(one[n][i] for n in columns): i for i in range(len(one["sample"]))}
    order = [places[tuple(two[n][i] for n in columns)] for i in range(len(one["sample"]))]
    assert sorted(order) == list(range(len(order)))
    for name, array in plain.arrays.items():
        assert np.array_equal(mixed.arrays[name], array[order]), name
    again = framed(table, settings | {"shuffle": True, "seed": seed})
    assert all(np.array_equal(again.arrays[n], mixed.arrays[n]) for n in mixed.arrays)


def test_another_seed_is_another_order():
    table = {"a": [float(i) for i in range(200)]}
    orders = {
        tuple(lstmprep.window(arrow_table(table), timesteps=1, shuffle=True, seed=s).X.ravel().tolist())
        for s in range(4)
    }
    assert len(orders) == 4


@given(table=tables(), case=cases, size=st.integers(1, 6), shuffle=st.booleans())
def test_drop_leaves_out_the_newest_samples_that_fill_no_batch(table, case, size, shuffle):
    answer, settings = case
    found = oracle.samples(table, settings | WAYS["both"], answer)
    asked = settings | {"batch_size": size, "batch_remainder": "drop", "shuffle": shuffle}
    whole = found[: len(found) // size * size]
    assume(found)
    if not whole:
        with pytest.raises(DataError, match=rf"fill no batch of {size}"):
            framed(table, asked)
        return

    data = framed(table, asked)

    expected = oracle.arrays(whole, table, settings, answer)
    order = np.argsort(_ranks(data, whole)) if shuffle else slice(None)
    for name, array in data.arrays.items():
        assert np.array_equal(array[order], expected[name]), name


def _ranks(data: Any, whole: list[oracle.Sample]) -> list[int]:
    """The number of each shuffled sample in the loop's order."""
    told = data.index().to_pydict()
    names = [n for n in oracle.index(whole) if n in told and n != "sample"]
    loop = oracle.index(whole)
    places = {tuple(loop[n][i] for n in names): i for i in range(len(whole))}
    return [places[tuple(told[n][i] for n in names)] for i in range(len(whole))]


@given(table=tables(), case=cases, size=st.integers(1, 6), shuffle=st.booleans())
def test_pad_fills_the_last_batch_with_samples_that_are_all_padding(table, case, size, shuffle):
    answer, settings = case
    settings |= {"pad_value": -5.0}
    found = oracle.samples(table, settings | WAYS["both"], answer)
    assume(found)

    data = framed(table, settings | {"batch_size": size, "batch_remainder": "pad", "shuffle": shuffle})

    n, more = len(found), -len(found) % size
    expected = oracle.arrays(found, table, settings, answer)
    for name, array in data.arrays.items():
        assert len(array) == n + more
        real = array[:n]
        if not shuffle:
            assert np.array_equal(real, expected[name]), name
        classes = name == "y" and answer == "label"
        blank = {"lengths": 0, "mask": False}.get(name, (0 if settings.get("one_hot") else -1) if classes else -5.0)
        assert (array[n:] == blank).all(), name
    padded = settings.get("partial") or settings.get("leftover") or more
    assert ("lengths" in data.arrays) == bool(padded)
    told = data.index().to_pydict()
    assert all(told[c][n:] == [None] * more for c in told if c == "key" or c.endswith(("_row", "_time")))
    if more:
        assert told["steps"][n:] == [0] * more


@given(table=tables(), case=cases, size=st.integers(2, 6))
def test_error_refuses_samples_that_fill_no_batch_and_names_sizes_that_fit(table, case, size):
    answer, settings = case
    found = oracle.samples(table, settings | WAYS["both"], answer)
    assume(found)
    asked = settings | {"batch_size": size, "batch_remainder": "error"}
    if len(found) % size == 0:
        assert len(framed(table, asked).arrays["X"]) == len(found)
        return
    with pytest.raises(DataError, match=rf"of {size} \(--batch-size\) and {len(found) % size} over") as refused:
        framed(table, asked)
    if "Batches of" in refused.value.fix:
        sizes = refused.value.fix.removeprefix("Batches of ").partition(" fit")[0].split(" or ")
        assert all(len(found) % int(s) == 0 for s in sizes)


@given(table=tables(), case=cases, size=st.integers(1, 6))
def test_keep_changes_nothing(table, case, size):
    answer, settings = case
    assume(oracle.samples(table, settings | WAYS["both"], answer))

    plain, kept = framed(table, settings), framed(table, settings | {"batch_size": size})

    assert all(np.array_equal(plain.arrays[n], kept.arrays[n]) for n in plain.arrays)


stateful = st.fixed_dictionaries({"timesteps": st.integers(1, 3), "dilation": st.sampled_from([1, 1, 2])})


@given(table=tables(), settings=stateful, size=st.integers(1, 4))
def test_a_row_of_a_batch_continues_the_same_row_of_the_batch_before(table, settings, size):
    """One sequence is cut into lanes; of several each row stays with its own until the whole batch changes."""
    asked = settings | {"no_overlap": True}
    found = oracle.samples(table, asked | WAYS["both"], None)
    keys = {one.key for one in found}
    assume(found)
    if 1 < len(keys) < size or (len(keys) == 1 and len(found) < size):
        with pytest.raises(DataError, match=rf"batches of {size}|fill no batch of {size}"):
            framed(table, asked | {"batch_size": size, "stateful": True})
        return

    data = framed(table, asked | {"batch_size": size, "stateful": True})

    told = data.index().to_pydict()
    n = len(told["sample"])
    assert n % size == 0
    place = {(o.key, o.inputs[0]): (o.key, i) for i, o in enumerate(found)}
    rows = [place[told["key"][i], told["first_row"][i]] for i in range(n)]
    assert len(set(rows)) == n, "no window stands twice"
    expected = oracle.arrays([found[i] for _, i in rows], table, asked, None)["X"]
    assert np.array_equal(data.X, expected)
    for b in range(size, n, size):
        follows = [
            rows[b + k][1] == rows[b + k - size][1] + 1 and rows[b + k][0] == rows[b + k - size][0] for k in range(size)
        ]
        fresh = [rows[b + k] == min(r for r in place.values() if r[0] == rows[b + k][0]) for k in range(size)]
        assert all(follows) or (all(fresh) and not any(follows)), "all rows of a batch change together"
        if not all(follows):
            assert len({rows[b + k][0] for k in range(size)}) == size


@given(sizes=lengths, t=st.integers(1, 3), size=st.integers(1, 4))
def test_stateful_lanes_keep_as_many_windows_as_sets_of_like_length_can(sizes, t, size):
    """Sequences are taken longest first, `size` at a time, each set as long as its shortest."""
    window = Window(timesteps=t, no_overlap=True)
    frame = window.frame(None)
    runs = window.runs(segments_of(sizes), frame).without_empty()
    counts = sorted((n // t for n in sizes if n // t), reverse=True)
    assume(len(counts) >= size or len(counts) == 1)
    kept = (
        counts[0] // size * size
        if len(counts) == 1
        else sum(counts[i + size - 1] * size for i in range(0, len(counts) - size + 1, size))
    )
    assume(kept)

    _, order, samples = Batching(batch_size=size, stateful=True).arranged(runs, frame)

    assert samples == kept == len(order)
    assert sorted(order.tolist()) == list(range(kept))


def test_stateful_lanes_of_one_sequence_are_the_drawing():
    """Lane 0: windows 0 1 2, lane 1: windows 3 4 5; a batch takes one of each."""
    data = lstmprep.window(np.arange(12.0)[:, None], timesteps=2, no_overlap=True, batch_size=2, stateful=True)

    assert data.X[..., 0].tolist() == [[0, 1], [6, 7], [2, 3], [8, 9], [4, 5], [10, 11]]


def test_fewer_sequences_than_rows_of_a_batch_are_refused_with_the_batch_that_works():
    window = Window(timesteps=1, no_overlap=True)
    frame = window.frame(None)

    with pytest.raises(DataError, match=r"--stateful with 2 .* cannot fill batches of 3") as refused:
        Batching(batch_size=3, stateful=True).arranged(window.runs(segments_of([4, 4]), frame), frame)
    assert refused.value.fix == "Use --batch-size 2 or less."


def test_stateful_needs_windows_that_follow_one_another():
    with pytest.raises(RecipeError, match="--stateful needs windows that follow one another") as refused:
        lstmprep.window(np.arange(12.0)[:, None], timesteps=2, batch_size=2, stateful=True)
    assert refused.value.fix == "Add --no-overlap."


@pytest.mark.parametrize(
    ("sizes", "size", "refused"),
    [([6], 4, True), ([6], 3, False), ([6, 6], 2, False), ([6, 4], 2, True), ([6, 6, 6], 2, True)],
)
def test_stateful_with_remainder_error_refuses_every_window_that_would_be_lost(sizes, size, refused):
    window = Window(timesteps=1, no_overlap=True)
    frame = window.frame(None)
    runs = window.runs(segments_of(sizes), frame)
    batching = Batching(batch_size=size, stateful=True, batch_remainder="error")

    if refused:
        with pytest.raises(DataError, match="--batch-size"):
            batching.arranged(runs, frame)
    else:
        assert batching.arranged(runs, frame)[2] == sum(sizes)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"batch_size": 0}, "--batch-size is 0"),
        ({"seed": -1}, "--seed is -1"),
        ({"stateful": True}, "--stateful needs --batch-size"),
        ({"batch_remainder": "drop"}, "--batch-remainder needs --batch-size"),
        ({"batch_size": 2, "stateful": True, "shuffle": True}, "--stateful and --shuffle exclude each other"),
        (
            {"batch_size": 2, "stateful": True, "batch_remainder": "keep"},
            "--stateful and --batch-remainder keep exclude",
        ),
        ({"batch_size": 2, "stateful": True, "batch_remainder": "pad"}, "--stateful and --batch-remainder pad exclude"),
    ],
)
def test_orders_that_mean_nothing_are_refused_by_the_name_of_the_flag(settings, words):
    with pytest.raises(RecipeError, match=words):
        Batching(**settings)


def test_the_remainder_is_kept_unless_the_model_is_stateful():
    assert Batching().remainder == "keep"
    assert Batching(batch_size=2, stateful=True).remainder == "drop"
    assert Batching(batch_size=2, batch_remainder="pad").remainder == "pad"


def test_lanes_that_no_window_fills_are_refused_with_a_size_that_fits():
    table = {"a": [float(i) for i in range(6)]}

    with pytest.raises(DataError, match="3 samples fill no batch of 4") as refused:
        lstmprep.window(arrow_table(table), timesteps=2, no_overlap=True, batch_size=4, stateful=True)

    assert refused.value.fix == "Use --batch-size 3 or less."


@pytest.mark.parametrize("samples", [0, 1, 7, scratch.MANY, scratch.MANY + 1, 200_000])
def test_many_samples_are_drawn_as_numpy_draws_them(samples):
    wanted = np.random.Generator(np.random.PCG64(5)).permutation(samples)

    assert np.array_equal(Batching(shuffle=True, seed=5).drawn(samples), wanted)


def test_samples_that_fill_no_batch_are_not_all_left_out():
    with pytest.raises(DataError, match="3 samples fill no batch of 4") as refused:
        lstmprep.window(np.arange(8.0)[:, None], timesteps=6, batch_size=4, batch_remainder="drop")

    assert "Use --batch-size 3 or less" in str(refused.value)
    assert len(lstmprep.window(np.arange(8.0)[:, None], timesteps=6, batch_size=3, batch_remainder="drop").X) == 3


def test_what_fills_the_last_batch_stands_behind_the_samples_however_they_are_shuffled():
    rows = np.arange(1.0, 9)[:, None]
    made = lstmprep.window(rows, timesteps=5, batch_size=3, batch_remainder="pad", shuffle=True, seed=1)

    assert sorted(made.X[:4, :, 0].tolist()) == [list(range(i, i + 5)) for i in range(1, 5)]
    assert made.X[4:].tolist() == np.zeros((2, 5, 1)).tolist()


@pytest.mark.parametrize("many", [1, 3, 1 << 16])
@given(counts=st.lists(st.integers(1, 6), min_size=2, max_size=12), size=st.integers(1, 4))
def test_lanes_are_those_of_the_loop_whatever_is_made_at_a_time(many, counts, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lanes, "MANY", many)
        patch.setattr(scratch, "MANY", many)
        kept, order = lanes.of_several(np.array(counts), size)
        alone = lanes.of_one(counts[0], size)

    longest = sorted(range(len(counts)), key=lambda run: -counts[run])
    sets = [longest[i : i + size] for i in range(0, len(counts) - size + 1, size)]
    stay = {run: min(counts[r] for r in one) for one in sets for run in one}
    begins = np.cumsum([0, *(stay.get(run, 0) for run in range(len(counts)))])
    assert kept.tolist() == [stay.get(run, 0) for run in range(len(counts))]
    assert order.tolist() == [begins[run] + k for one in sets for k in range(stay[one[0]]) for run in one]
    length = counts[0] // size
    assert alone.tolist() == [lane * length + k for k in range(length) for lane in range(size)]
