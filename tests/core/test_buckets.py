"""Samples sorted by length into sets of arrays."""

from __future__ import annotations

import numpy as np
import pytest

from lstmprep import buckets as module
from lstmprep.errors import DataError
from lstmprep.ledger import MISSING
from lstmprep.plan import make_plan
from lstmprep.recipe import from_flat
from tests.conftest import panel_of, plan_of


def shapes(sizes: list[int], **settings: object) -> dict[str, tuple[int, ...]]:
    plan = plan_of(sizes, command="pad", **settings)
    return {a.name: a.shape for a in plan.arrays if a.role == "X"}


def test_there_is_a_set_of_arrays_for_each_length_that_occurs():
    assert shapes([3, 1, 3, 2], bucket="exact") == {"X_len1": (1, 1, 2), "X_len2": (1, 2, 2), "X_len3": (2, 3, 2)}


def test_lengths_up_to_a_multiple_share_one_and_the_last_ends_at_the_longest_sample():
    assert shapes([3, 1, 12, 5], bucket=5) == {"X_len5": (3, 5, 2), "X_len12": (1, 12, 2)}
    assert shapes([3, 1, 12, 5], bucket=5, timesteps=20) == {"X_len5": (3, 5, 2), "X_len15": (1, 15, 2)}
    assert shapes([3, 1, 12, 5], bucket=5, timesteps=7) == {"X_len5": (3, 5, 2), "X_len7": (1, 7, 2)}


def test_samples_keep_the_numbers_they_have_without_buckets():
    plan = plan_of([3, 1, 3, 2], command="pad", bucket="exact")

    assert [p.numbers.tolist() for p in plan.parts] == [[1], [3], [0, 2]]


def test_rows_of_a_length_that_only_samples_left_out_have_are_accounted_for():
    panel = panel_of([3, 1, 2])
    panel.features[5] = np.nan
    recipe = from_flat({"bucket": "exact", "missing": "drop"}, command="pad")

    plan = make_plan(recipe, panel, read=6, removed=np.empty(0, np.int64), classes=None, features=2)

    assert [p.frame.timesteps for p in plan.parts] == [1, 3]
    assert (plan.framed, plan.dropped, plan.kept) == (3, 1, 2)
    assert [(u.reason, u.rows) for u in plan.ledger.unused] == [(MISSING, 2)]


def test_more_sets_of_arrays_than_anyone_can_use_are_refused_with_a_width_that_works(monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)

    with pytest.raises(DataError, match="--bucket exact makes 4 sets of arrays") as refused:
        shapes([3, 1, 40, 2], bucket="exact")

    assert "--bucket 2" in refused.value.fix
    assert len(shapes([3, 1, 4, 2], bucket=2)) == 2
