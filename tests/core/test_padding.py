"""What was padded and cut, counted; real steps that look like padding, with a value that works."""

from __future__ import annotations

import numpy as np
import pytest

from lstmprep import padding as module
from lstmprep.padding import Padding
from lstmprep.plan import Plan, make_plan
from lstmprep.recipe import from_flat
from tests.conftest import panel_of, plan_of


def planned(features: list[list[float]], sizes: list[int], dtype: str = "float32", **settings: object) -> Plan:
    panel = panel_of(sizes, len(features[0]), dtype=dtype)
    panel.features = np.array(features, dtype)
    recipe = from_flat({"dtype": dtype, **settings}, command="pad")
    return make_plan(
        recipe, panel, read=panel.rows, removed=np.empty(0, np.int64), classes=None, features=len(features[0])
    )


def found(*args: object, **settings: object) -> Padding:
    plan = planned(*args, **settings)  # type: ignore[arg-type]
    assert plan.padding is not None
    return plan.padding


def test_sequences_rows_and_the_share_of_the_tensor_are_counted():
    p = plan_of([6, 2, 4], command="pad", timesteps=4).padding

    assert (p.samples, p.steps, p.sequences_padded, p.steps_padded, p.sequences_cut, p.rows_cut) == (3, 12, 1, 2, 1, 2)
    assert p.share == pytest.approx(1 / 6)


def test_nothing_is_padded_without_padding():
    p = plan_of([6, 2, 4], command="pad", ragged=True).padding

    assert (p.steps, p.steps_padded, p.rows_cut, p.share) == (12, 0, 0, 0.0)
    assert Padding().share == 0.0


def test_windows_have_no_such_account():
    assert plan_of([6], timesteps=2, partial=True).padding is None


def test_a_row_that_is_the_pad_value_in_every_feature_is_found_and_a_half_one_is_not():
    p = found([[1, 2], [0, 5], [0, 0], [7, 0]], [2, 2])

    assert (p.like_padding, p.first_like_padding, p.free_value) == (1, 2, -1.0)


def test_rows_that_are_cut_off_do_not_matter():
    rows = [[0.0], [1.0], [2.0], [3.0]]

    assert found(rows, [4], timesteps=3).like_padding == 0
    assert found(rows, [4], timesteps=3, truncating="post").like_padding == 1


def test_the_first_row_is_the_first_of_the_table_whatever_the_order_of_sequences(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 2)
    panel = panel_of([2, 2, 2], 1)
    panel.features = np.array([[0], [1], [0], [1], [0], [1]], "float32")
    panel.source_rows = np.array([2, 3, 0, 1, 4, 5])

    plan = make_plan(
        from_flat({}, command="pad"), panel, read=6, removed=np.empty(0, np.int64), classes=None, features=1
    )

    assert (plan.padding.like_padding, plan.padding.first_like_padding) == (3, 2)
    assert plan.padding.first_rows.tolist() == [2]


@pytest.mark.parametrize(
    ("rows", "free"),
    [
        ([0.0, 5.0], -1.0),
        ([0.0, -1.0], -10.0),
        ([0.0, -1.0, -10.0, -99.0, -999.0], -1000.0),
        ([0.0, -1.0, -10.0, -99.0, -999.0, -3e38], None),
    ],
)
def test_the_value_that_is_offered_is_no_row(rows, free):
    p = found([[v] for v in rows], [len(rows)])

    assert p.free_value == free


def test_a_value_that_the_type_cannot_hold_is_not_offered():
    p = found([[0.0], [-1.0], [-10.0], [-99.0], [-999.0], [-60000.0]], [6], "float16")

    assert p.free_value is None


def test_without_a_clash_no_value_is_looked_for():
    p = found([[1.0], [2.0]], [2])

    assert (p.like_padding, p.free_value, p.first_rows.tolist()) == (0, None, [])
