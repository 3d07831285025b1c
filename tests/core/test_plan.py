"""The plan: shapes and bytes before anything is written, and all that is refused there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lstmprep.arrays import ArrayPlan
from lstmprep.errors import DataError
from lstmprep.plan import describe_skipped, make_plan
from lstmprep.recipe import from_flat
from lstmprep.sinks import to_memory
from tests.conftest import batchings, lengths, panel_of, plan_of, windows
from tests.core import oracle


def shape_of(settings: dict[str, Any], answer: str | None, n: int) -> dict[str, tuple[int, ...]]:
    """Shapes by the table of the contract."""
    t, k = len(oracle.offsets(settings)), settings.get("horizon", 1)
    out: dict[str, tuple[int, ...]] = {"X": (n, t, 2)}
    per_step = settings.get("target_mode") == "per-step"
    if answer == "target":
        out["y"] = (n, t, 1) if per_step else (n, 1) if k == 1 else (n, k) if settings.get("flat_y") else (n, k, 1)
    if answer == "label":
        out["y"] = (n, t) if per_step else (n,) if k == 1 else (n, k)
        out["y"] += (3,) * bool(settings.get("one_hot"))
    if answer == "input":
        out["y"] = (n, t, 2)
    if settings.get("latest"):
        out.pop("y", None)
    return out


@given(
    case=st.sampled_from([None, "target", "label", "input"]).flatmap(lambda a: st.tuples(st.just(a), windows(a))),
    sizes=lengths, batching=batchings(), dtype=st.sampled_from(["float16", "float32", "float64"]),
)  # fmt: skip
def test_shapes_and_bytes_are_those_of_the_contract_and_of_what_is_written(case, sizes, batching, dtype):
    answer, settings = case
    settings |= batching | {"dtype": dtype} | {"target": {"target": ["y"]}, "label": {"label": "l"}}.get(answer, {})
    if settings.get("label_at") == "any":
        settings["label_at"] = "first"
    total = sum(len(oracle.starts(n, settings, answer)) for n in sizes)
    size = settings.get("batch_size", 1)
    rest = {"drop": -(total % size), "pad": -total % size}.get(settings.get("batch_remainder", "keep"), 0)
    assume(total + rest)

    plan = plan_of(sizes, **settings)

    n = total + rest
    assert plan.samples == n
    shapes = shape_of(settings, answer, n)
    padded = bool(settings.get("partial") or settings.get("leftover")) or rest > 0
    if padded:
        shapes |= {"lengths": (n,), "mask": (n, len(oracle.offsets(settings)))}
    assert plan.padded == padded
    assert {a.name: a.shape for a in plan.arrays} == shapes
    made = to_memory(plan)
    for array in plan.arrays:
        assert made[array.name].dtype == array.dtype and made[array.name].nbytes == array.bytes
        assert len(array.axes) == len(array.shape)
    assert plan.bytes == sum(made[a.name].nbytes for a in plan.arrays if a.same_as is None)
    assert plan.array("no such array") is None


def test_sizes_are_counted_in_whole_numbers_without_end():
    assert ArrayPlan("X", (10**9, 10**9, 10**9), np.dtype("f8"), []).bytes == 8 * 10**27


def test_classes_are_codes_and_one_hot_is_numbers():
    assert plan_of([9], timesteps=2, label="l").array("y").dtype == np.int64
    assert plan_of([9], timesteps=2, label="l", one_hot=True).array("y").dtype == np.float32


@pytest.mark.parametrize(
    ("settings", "shape", "axes"),
    [
        ({"target": "y"}, (2, 8, 1), ["timesteps", "samples", "targets"]),
        ({"label": "l"}, (2, 9), ["timesteps", "samples"]),
        ({"label": "l", "one_hot": True}, (2, 9, 3), ["timesteps", "samples", "classes"]),
    ],
)
def test_answers_per_step_follow_the_axes_of_time_first(settings, shape, axes):
    plan = plan_of([10], timesteps=2, target_mode="per-step", layout="time-first", **settings)

    assert (plan.array("y").shape, plan.array("y").axes) == (shape, axes)


def test_future_stands_on_the_rows_of_the_answer():
    panel = panel_of([9])
    panel.future = np.zeros((9, 3), np.float32)
    recipe = from_flat({"timesteps": 2, "target": "y", "horizon": 4, "future": ["f", "g", "h"]})
    plan = make_plan(recipe, panel, read=9, removed=np.empty(0, np.int64), classes=None, features=2)

    assert plan.array("future").shape == (4, 4, 3)
    latest = make_plan(
        from_flat({"timesteps": 2, "target": "y", "latest": True, "future": ["f", "g", "h"]}),
        panel, read=9, removed=np.empty(0, np.int64), classes=None, features=2,
    )  # fmt: skip
    assert latest.array("future") is None


def test_samples_that_all_hold_a_missing_value_are_refused():
    panel = panel_of([6])
    panel.features[2] = np.nan
    with pytest.raises(DataError, match=r"every one of the 2 samples holds a missing value") as refused:
        make_plan(
            from_flat({"timesteps": 5, "missing": "drop"}), panel, read=6, removed=np.empty(0, np.int64), classes=None,
            features=2,
        )  # fmt: skip
    assert refused.value.fix.startswith("1 row of 6 has one")


@given(
    block=st.sampled_from([1, 3, 1 << 18]),
    holes=st.sets(st.integers(0, 11), max_size=5),
    what=st.sampled_from(["features", "targets", "future", "labels"]),
)
def test_missing_values_are_found_in_features_targets_future_and_labels(block, holes, what):
    """Piece by piece; what no sample is answered with is not looked at."""
    panel = panel_of([5, 7])
    panel.future = np.zeros((12, 1), np.float32)
    getattr(panel, what)[list(holes)] = -1 if what == "labels" else np.nan
    settings = {"timesteps": 1, "lead": 0, "missing": "drop"} | (
        {"label": "l"} if what == "labels" else {"target": "y", "future": "f"}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lstmprep.framing.drop.BLOCK", block)
        made = make_plan(
            from_flat(settings), panel, read=12, removed=np.empty(0, np.int64), classes=["a"] * 3, features=2
        )
        unasked = make_plan(
            from_flat({"timesteps": 1, "missing": "drop"}),
            panel,
            read=12,
            removed=np.empty(0, np.int64),
            classes=None,
            features=2,
        )

    assert made.samples == 12 - len(holes)
    assert (made.missing_rows, made.dropped) == (len(holes), len(holes))
    assert unasked.samples == (12 - len(holes) if what == "features" else 12)


def test_sequences_shorter_than_a_sample_are_told():
    plan = plan_of([3, 9, 1, 9], timesteps=4)
    assert plan.skipped == [(0, 3), (2, 1)]
    assert describe_skipped(plan) == "s0 (3 rows), s2 (1 row)"
    assert describe_skipped(plan, most=1) == "s0 (3 rows) and 1 more"


def test_the_labels_of_sequences_need_no_rows_behind_the_window():
    panel = panel_of([3, 3])
    panel.sequence_labels, panel.labels = np.array([1, 0], np.int32), None
    plan = make_plan(
        from_flat({"timesteps": 3, "labels": "l.csv", "group_by": "k"}), panel, read=6, removed=np.empty(0, np.int64),
        classes=["n", "p"], features=2,
    )  # fmt: skip
    assert to_memory(plan)["y"].tolist() == [1, 0]
