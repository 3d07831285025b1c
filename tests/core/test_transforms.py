"""What is learned from train rows: the textbook formulas, whatever the blocks and the groups."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.errors import DataError, RecipeError
from lstmprep.transforms import Scaling, moments, pieces, quantiles, scalers
from lstmprep.transforms.pieces import TrainRows, taken
from lstmprep.transforms.scalers import LEARNED, Scaler

NAN = float("nan")
METHODS = list(LEARNED)
numbers = st.one_of(st.integers(-50, 50).map(float), st.floats(-1e6, 1e6), st.just(NAN))


@st.composite
def trains(draw):
    """(values, rows): groups side by side in one order, somewhere in the table, some without a row."""
    sizes = draw(st.lists(st.lists(st.integers(0, 9), max_size=3), min_size=1, max_size=5))
    flat = [(g, n) for g, some in enumerate(sizes) for n in some]
    gaps = [draw(st.integers(0, 2)) for _ in flat]
    places = draw(st.permutations(range(len(flat))))
    starts, at = [0] * len(flat), 0
    for i in places:
        starts[i] = at + gaps[i]
        at = starts[i] + flat[i][1]
    width = draw(st.integers(1, 3))
    values = np.array(draw(st.lists(numbers, min_size=(at + 1) * width, max_size=(at + 1) * width)))
    rows = TrainRows(
        np.array(starts, np.int64), np.array(starts, np.int64) + np.array([n for _, n in flat], np.int64),
        np.array([g for g, _ in flat], np.int64), len(sizes),
    )  # fmt: skip
    return values.reshape(at + 1, width), rows


def members(values, rows, group):
    """The values of one group, column by column, by the obvious loop; missing ones left out."""
    found = [
        values[r]
        for a, b, g in zip(rows.starts, rows.stops, rows.owner, strict=True)
        if g == group
        for r in range(a, b)
    ]
    return [[row[j] for row in found if not math.isnan(row[j])] for j in range(values.shape[1])]


def textbook(method, column):
    """(shift, factor) in the words of a statistics book; population deviation, linear quantiles."""
    n, ordered = len(column), sorted(column)

    def quantile(q):
        low = math.floor(q * (n - 1))
        high = min(low + 1, n - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (q * (n - 1) - low)

    mean = math.fsum(column) / n
    found = {
        "standard": (mean, math.sqrt(math.fsum((x - mean) ** 2 for x in column) / n)),
        "minmax": (ordered[0], ordered[-1] - ordered[0]),
        "robust": (quantile(0.5), quantile(0.75) - quantile(0.25)),
        "maxabs": (0.0, max(abs(x) for x in column)),
    }[method]
    constant = ordered[0] == ordered[-1] and method in ("standard", "maxabs")  # becomes 0 with every method
    return (ordered[0], 1.0) if constant else (found[0], found[1] or 1.0)


@given(case=trains(), size=st.integers(1, 8))
def test_pieces_hold_every_row_once_in_the_order_of_the_groups(case, size):
    values, rows = case
    wanted = [r for a, b in zip(rows.starts, rows.stops, strict=True) for r in range(a, b)]
    owners = [g for a, b, g in zip(rows.starts, rows.stops, rows.owner, strict=True) for _ in range(a, b)]
    got, whose = [], []

    for which, begins, groups in rows.pieces(size):
        some = np.arange(len(values))[which]
        got += some.tolist()
        whose += np.repeat(groups, np.diff(np.append(begins, len(some)))).tolist()
        assert len(some) == size or len(got) == len(wanted)
        assert len(set(groups.tolist())) == len(groups)

    assert (got, whose) == (wanted, owners)
    assert rows.total == len(wanted)
    assert rows.counts().tolist() == [owners.count(g) for g in range(rows.groups)]


@given(
    case=trains(),
    method=st.sampled_from(METHODS),
    size=st.sampled_from([1, 3, 1 << 14]),
    held=st.sampled_from([1, 7, 1 << 22]),
)
def test_scalers_learn_what_the_textbook_says(case, method, size, held):
    values, rows = case
    columns = np.arange(values.shape[1])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", size)
        patch.setattr(moments, "PIECE", size)
        patch.setattr(moments, "CELLS", size * 2)
        patch.setattr(quantiles, "HELD", held)
        found = Scaler.fit(method, values, rows, columns)

    for g in range(rows.groups):
        for j, column in enumerate(members(values, rows, g)):
            assert found.rows[g, j] == len(column)
            if not column:
                assert all(math.isnan(v[g, j]) or n in {"mean", "std"} for n, v in found.learned.items())
                continue
            shift, factor = textbook(method, column)
            scale = max(map(abs, column))
            assert found.shift[g, j] == pytest.approx(shift, rel=1e-12, abs=1e-12 * scale)
            assert found.factor[g, j] == pytest.approx(factor, rel=1e-9, abs=1e-7 * scale)


@given(case=trains(), method=st.sampled_from(METHODS))
def test_numbers_do_not_depend_on_what_else_is_in_the_table(case, method):
    """Where rows stand, what stands between them and beside them leaves no trace."""
    values, rows = case
    one = Scaler.fit(method, values, rows.together(), np.array([0]))
    order = np.concatenate(
        [np.arange(a, b) for a, b in zip(rows.starts, rows.stops, strict=True)] or [np.empty(0, int)]
    )
    packed = np.column_stack([values[order, 0], np.zeros(len(order))])
    plain = TrainRows(np.array([0]), np.array([len(order)]), np.array([0]), 1)

    other = Scaler.fit(method, packed, plain, np.array([0]))

    assert {n: v.tobytes() for n, v in one.learned.items()} == {n: v.tobytes() for n, v in other.learned.items()}


@given(column=st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60), share=st.floats(0, 1))
def test_quantiles_are_those_of_numpy(column, share):
    values = np.array(column)[:, None]
    rows = TrainRows(np.array([0]), np.array([len(column)]), np.array([0]), 1)

    found = quantiles.quantiles(values, rows, np.array([0]), (share,))[1][0, 0, 0]

    assert found == np.quantile(values[:, 0], share)


@given(value=st.floats(-1e200, 1e200), n=st.integers(1, 40), method=st.sampled_from(["standard", "minmax", "robust"]))
def test_a_constant_becomes_zero_exactly(value, n, method):
    values = np.full((n, 1), value)
    rows = TrainRows(np.array([0]), np.array([n]), np.array([0]), 1)

    found = Scaler.fit(method, values, rows, np.array([0]))

    assert ((values - found.shift) / found.factor == 0).all()


def test_a_large_group_without_a_value_has_no_quantile(monkeypatch):
    monkeypatch.setattr(quantiles, "HELD", 2)
    rows = TrainRows(np.array([0]), np.array([4]), np.array([0]), 1)

    n, found = quantiles.quantiles(np.full((4, 1), NAN), rows, np.array([0]), (0.5,))

    assert n.tolist() == [[0]] and np.isnan(found).all()


@pytest.mark.parametrize("held", [2, 1 << 22])
def test_the_room_for_values_changes_no_quantile(monkeypatch, held):
    monkeypatch.setattr(quantiles, "HELD", held)
    column = np.array([7.0, NAN, 1.0, 4.0, NAN, 2.0])
    rows = TrainRows(np.array([0]), np.array([6]), np.array([0]), 1)

    n, found = quantiles.quantiles(column[:, None], rows, np.array([0]), (0.0, 0.25, 0.5, 1.0))

    assert n.tolist() == [[4]]
    assert found[:, 0, 0].tolist() == [1, 1.75, 3, 7]


@pytest.mark.parametrize("held", [1, 3, 1 << 22])
def test_groups_have_their_own_quantiles_whether_they_are_ranked_alone_or_together(monkeypatch, held):
    monkeypatch.setattr(quantiles, "HELD", held)
    column = np.array([7.0, NAN, 1.0, NAN, NAN, 4.0, 2.0, 3.0])
    rows = TrainRows(np.array([0, 3, 5]), np.array([3, 5, 8]), np.array([0, 1, 2]), 3)

    n, found = quantiles.quantiles(column[:, None], rows, np.array([0]), (0.0, 0.5, 1.0))

    assert n.tolist() == [[2], [0], [3]]
    np.testing.assert_array_equal(found[:, :, 0], [[1, NAN, 2], [4, NAN, 3], [7, NAN, 4]])


def test_merged_moments_keep_their_digits_far_from_zero():
    values = 1e9 + np.arange(100_000.0)[:, None] % 7
    rows = TrainRows(np.array([0]), np.array([100_000]), np.array([0]), 1)

    found = moments.moments(values, rows, np.array([0]))

    assert found.mean[0, 0] == pytest.approx(1e9 + np.mean(np.arange(100_000) % 7), rel=1e-15)
    assert found.std[0, 0] == pytest.approx(np.std(np.arange(100_000) % 7), rel=1e-12)


def test_moments_of_no_rows_are_of_none():
    empty = np.array([], np.int64)

    found = moments.moments(np.zeros((3, 2)), TrainRows(empty, empty, empty, 2), np.array([0, 1]))

    assert found.n.tolist() == [[0, 0], [0, 0]] and np.isnan(found.low).all()


def test_some_columns_of_some_rows_are_taken_side_by_side():
    values = np.arange(12.0).reshape(4, 3)

    assert taken(values, slice(1, 3), np.array([2, 0])).tolist() == [[5, 8], [3, 6]]
    assert taken(values, np.array([3, 0]), np.array([0, 1, 2])).tolist() == [[9, 0], [10, 1], [11, 2]]


@given(case=trains(), method=st.sampled_from(METHODS))
def test_learned_numbers_go_to_json_and_back_without_loss(case, method):
    values, rows = case
    found = Scaler.fit(method, np.nan_to_num(values), rows.together(), np.arange(values.shape[1]))
    names = [f"c{j}" for j in range(values.shape[1])]
    if not rows.total:
        return

    told = json.loads(json.dumps(found.to_json(names)))
    again = Scaler.from_json([told[n] for n in names])

    assert again.method == method and (again.rows == found.rows).all()
    assert again.shift.tobytes() == found.shift.tobytes() and again.factor.tobytes() == found.factor.tobytes()


@pytest.mark.parametrize("value", [None, "4", True, NAN])
def test_a_fitted_number_that_is_none_is_refused(value):
    with pytest.raises(DataError, match="fitted mean"):
        Scaler.from_json([{"method": "standard", "rows": 3, "mean": value, "std": 1.0}])


def test_a_group_without_values_takes_the_numbers_of_all():
    values = np.array([[1.0, NAN], [3.0, 5.0], [8.0, 9.0]])
    rows = TrainRows(np.array([0, 1]), np.array([1, 3]), np.array([0, 1]), 2)
    own, every = (Scaler.fit("minmax", values, r, np.array([0, 1])) for r in (rows, rows.together()))

    found = own.filled(every)

    assert found.shift.tolist() == [[1, 5], [3, 5]]
    assert found.factor.tolist() == [[1, 4], [5, 4]]
    assert found.rows.tolist() == [[1, 0], [2, 2]]


def test_a_column_without_a_value_and_values_too_far_apart_are_named():
    rows = TrainRows(np.array([0]), np.array([2]), np.array([0]), 1)
    values = np.array([[1.0, NAN, -1.7e308], [2.0, NAN, 1.7e308]])

    with pytest.raises(DataError, match="b has no value in the train rows") as gone:
        Scaler.fit("standard", values, rows, np.array([0, 1])).require_finite(["a", "b"])
    with pytest.raises(DataError, match="values of c lie too far apart"):
        Scaler.fit("minmax", values, rows, np.array([0, 2])).require_finite(["a", "c"])
    with pytest.raises(DataError, match="values of c lie too far apart"):
        Scaler.fit("standard", values, rows, np.array([2])).require_finite(["c"])
    Scaler.fit("maxabs", values, rows, np.array([0, 2])).require_finite(["a", "c"])
    assert "--scale-columns none:b" in gone.value.fix


@pytest.mark.parametrize(("settings", "words"), [
    ({"scale_columns": ("a,b",)}, ["names no method", "minmax:a,b"]),
    ({"scale_columns": ("minmax:",)}, ["names no method"]),
    ({"scale_columns": ("minmx:a",)}, ["no method 'minmx'", "Did you mean 'minmax'"]),
    ({"scale_target": True}, ["--scale-target needs --scale"]),
    ({"scale_by_group": True, "scale_columns": ("none:a",)}, ["--scale-by-group needs --scale"]),
])  # fmt: skip
def test_scaling_refuses_what_means_nothing(settings, words):
    with pytest.raises(RecipeError) as error:
        Scaling(**settings)

    assert all(w in str(error.value) for w in words)


def test_methods_may_stand_in_one_text():
    found = Scaling(scale_columns=("standard:a,b, minmax:c", "none:te*"), scale_by_group=True)

    assert found.chosen == (("standard", "a,b"), ("minmax", "c"), ("none", "te*"))
    assert found.scales and not Scaling().scales and Scaling(scale="robust").scales
    assert scalers.LEARNED.keys() == {"standard", "minmax", "robust", "maxabs"}


@pytest.mark.parametrize("column", [[3.0, np.nan, 1.0, 2.0], [np.nan, 5.0], [np.nan, np.nan]])
def test_what_is_missing_has_no_rank(column):
    rows = TrainRows(np.array([0]), np.array([len(column)]), np.array([0]), 1)

    n, found = quantiles.quantiles(np.array(column)[:, None], rows, np.array([0]), (0.0, 0.5, 1.0))

    real = [v for v in column if not math.isnan(v)]
    assert n.tolist() == [[len(real)]]
    expected = np.quantile(real, [0, 0.5, 1]) if real else np.full(3, np.nan)
    np.testing.assert_array_equal(found[:, 0, 0], expected)
