"""Filling arrays: the strided way, the gathering way and the row numbers are one; blocks of any size; progress."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lstmprep import fill, laid
from lstmprep.errors import DataError, LstmprepError
from lstmprep.execute import Filler, execute
from lstmprep.plan import Plan, make_plan
from lstmprep.recipe import from_flat
from lstmprep.sinks import to_memory
from tests.conftest import batchings, lengths, panel_of, windows


def plan_of(
    sizes: list[int], settings: dict[str, Any], *, features: int = 2, gap: int = 0, dtype: str = "float32"
) -> Plan:
    """A plan over sequences of these lengths."""
    panel = panel_of(sizes, features, dtype=dtype, gap=gap)
    return make_plan(
        from_flat({"dtype": dtype, **settings}), panel, read=panel.rows, removed=np.empty(0, np.int64),
        classes=["a", "b", "c"], features=features,
    )  # fmt: skip


def filled(plan: Plan, buffer: int = 1 << 19, few: int = 24, many: int = fill.MANY) -> dict[str, np.ndarray]:
    """Every array, written in blocks of about `buffer` bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid, "BUFFER", buffer)
        patch.setattr(laid, "FEW", few)
        patch.setattr(fill, "MANY", many)
        return to_memory(plan)


def by_row_numbers(plan: Plan) -> np.ndarray:
    """X, every step fetched by its row number."""
    rows, real, _ = Filler(plan.parts[0]).steps(0, plan.samples)
    pad = plan.recipe.framing.pad_value
    return np.where(real[..., None], plan.panel.features[rows], np.float32(0 if pad is None else pad)).astype(
        plan.panel.features.dtype
    )


ways = st.sampled_from([
    {}, {"shuffle": True}, {"batch_size": 3, "batch_remainder": "pad"}, {"batch_size": 3, "batch_remainder": "drop"},
    {"shuffle": True, "batch_size": 4, "batch_remainder": "pad"},
])  # fmt: skip
many_short = st.lists(st.integers(1, 6), min_size=20, max_size=60)
few_long = st.lists(st.integers(40, 120), min_size=1, max_size=3)


@given(
    sizes=many_short | few_long, settings=windows(), way=ways, gap=st.sampled_from([0, 0, 3]),
    features=st.integers(1, 3), dtype=st.sampled_from(["float16", "float32", "float64"]),
    buffer=st.sampled_from([1, 100, 1000, 1 << 19]), few=st.sampled_from([0, 2, 24, 10**6]), many=st.sampled_from([0, 3, 10**6]),
)  # fmt: skip
def test_the_strided_way_and_the_row_numbers_give_the_same_bytes(
    sizes, settings, way, gap, features, dtype, buffer, few, many
):
    """`few` turns the strided copy of stretches on (0) and off (10**6), `many` the way that brings dilated rows together; gaps stand for rows of no sequence."""
    if way.get("batch_remainder") == "pad":
        settings = settings | {"pad_value": 3.0}
    try:
        plan = plan_of(sizes, settings | way, features=features, dtype=dtype)
    except DataError:
        assume(False)
    if gap:
        plan = _with_gaps(plan, sizes, settings | way, gap, features, dtype)

    found = filled(plan, buffer, few, many)["X"]

    assert found.shape == (plan.samples, plan.frame.timesteps, features)
    assert found.dtype == dtype
    assert found.tobytes() == by_row_numbers(plan).tobytes()


def _with_gaps(plan: Plan, sizes: list[int], settings: dict[str, Any], gap: int, features: int, dtype: str) -> Plan:
    """The same plan over a panel with rows between the sequences (their ledger does not close, so it is not asked)."""
    panel = panel_of(sizes, features, dtype=dtype, gap=gap)
    shift = panel.starts - plan.panel.starts
    part = plan.parts[0]
    runs = part.runs
    by = {name: getattr(runs, name) + shift[runs.sequence] for name in ("first", "floor", "ceiling")}
    plan.panel = part.panel = panel
    part.runs = type(runs)(runs.sequence, count=runs.count, stride=runs.stride, **by)
    return plan


@given(
    sizes=lengths, buffer=st.sampled_from([1, 64, 777]), layout=st.sampled_from(["batch-first", "time-first"]),
    case=st.sampled_from([None, "target", "label", "input"]).flatmap(lambda a: st.tuples(st.just(a), windows(a))),
    batching=batchings(),
)  # fmt: skip
def test_the_size_of_a_block_changes_no_array(sizes, case, batching, buffer, layout):
    answer, settings = case
    settings |= batching | {"layout": layout} | {"target": {"target": ["y"]}, "label": {"label": "l"}}.get(answer, {})
    if settings.get("label_at") == "any":
        settings["label_at"] = "mode"
    try:
        plan = plan_of(sizes, settings)
    except DataError:
        assume(False)

    whole, pieces = filled(plan), filled(plan, buffer)

    assert set(whole) == {a.name for a in plan.arrays}
    for name, array in whole.items():
        assert array.shape == plan.array(name).shape and array.dtype == plan.array(name).dtype
        assert array.tobytes() == pieces[name].tobytes(), name


@given(sizes=lengths, buffer=st.sampled_from([1, 64, 1 << 19]))
def test_static_values_stand_once_a_sample_and_not_on_padding(sizes, buffer):
    panel = panel_of(sizes)
    panel.static = np.arange(len(sizes) * 2.0).reshape(-1, 2)
    settings = {"timesteps": 1, "batch_size": 4, "batch_remainder": "pad", "pad_value": -1, "static": ["s", "u"]}
    plan = make_plan(
        from_flat(settings), panel, read=panel.rows, removed=np.empty(0, np.int64), classes=None, features=2
    )

    found = filled(plan, buffer)["static"]

    of_row = np.repeat(panel.static, sizes, axis=0).astype(np.float32)
    assert np.array_equal(found[: len(of_row)], of_row)
    assert (found[len(of_row) :] == -1).all()


@pytest.mark.parametrize("stride", [1, 2, 3, 4, 6, 8, 9])
@pytest.mark.parametrize("dilation", [2, 3, 4, 6, 50])
def test_windows_of_steps_that_lie_apart_are_the_rows_that_they_name(dilation, stride):
    """Strides that share a divisor with the dilation, that are a multiple of it, that are larger; two sequences in a block."""
    plan = plan_of([900, 700], {"timesteps": 8, "dilation": dilation, "stride": stride}, features=3)

    found = filled(plan, buffer=20_000, many=3)["X"]

    assert found.tobytes() == by_row_numbers(plan).tobytes()


def test_a_single_window_at_the_very_end_of_the_panel_is_read_inside_it():
    """A strided view must not reach behind the last row."""
    plan = plan_of([1, 5], {"timesteps": 5})

    assert np.array_equal(filled(plan)["X"][0], plan.panel.features[1:6])


@pytest.mark.parametrize("few", [0, 10**6])
def test_dilated_windows_of_one_column_are_the_rows_apart(few):
    plan = plan_of([12], {"timesteps": 3, "dilation": 4}, features=1)

    assert filled(plan, few=few)["X"][..., 0].tolist() == [[i * 10, i * 10 + 40, i * 10 + 80] for i in range(4)]


@pytest.mark.parametrize("reverse", [False, True])
def test_an_autoencoder_by_step_answers_with_the_steps_of_its_own_window(reverse):
    plan = plan_of([6], {"timesteps": 3, "target_mode": "input", "reverse_target": reverse, "layout": "time-first"})

    found = filled(plan, buffer=64)

    windows_ = np.stack([plan.panel.features[i : i + 3] for i in range(4)])
    assert np.array_equal(found["X"], np.moveaxis(windows_, 1, 0))
    assert np.array_equal(found["y"], np.moveaxis(windows_[:, ::-1] if reverse else windows_, 1, 0))


def test_a_block_is_about_as_large_as_the_buffer():
    plan = plan_of([1000], {"timesteps": 10})
    array = plan.array("X")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid, "BUFFER", 8000)
        sizes = [block.nbytes for block in Filler(plan.parts[0]).blocks(array)]

    assert sum(sizes) == array.bytes
    assert max(sizes) == 8000


def test_progress_ends_at_the_bytes_of_the_plan_and_never_runs_back():
    plan = plan_of([50, 60], {"timesteps": 4, "target": ["y"], "partial": True})
    told: list[tuple[int, int]] = []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid, "BUFFER", 256)
        execute(plan, lambda _, blocks: [len(b) for b in blocks], lambda done, total: told.append((done, total)))

    assert told[-1] == (plan.bytes, plan.bytes)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_an_array_that_is_another_one_is_not_written_twice():
    plan = plan_of([9], {"timesteps": 3, "target_mode": "input"})
    written: list[str] = []

    execute(plan, lambda array, blocks: written.append(array.name) or list(blocks))

    assert written == ["X"]
    assert plan.array("y").same_as == "X"
    assert to_memory(plan)["y"] is not None and plan.bytes == plan.array("X").bytes


def test_an_error_of_the_writer_passes_through():
    plan = plan_of([9], {"timesteps": 3})

    def refuse(_array: Any, _blocks: Any) -> None:
        raise DataError("no")

    with pytest.raises(LstmprepError, match="no"):
        execute(plan, refuse)


def test_an_answer_that_is_padding_holds_the_pad_value():
    plan = plan_of(
        [4],
        {
            "timesteps": 3,
            "target": ["y"],
            "target_mode": "per-step",
            "dilation": 2,
            "partial": True,
            "lead": 1,
            "pad_value": -9.0,
        },
    )

    found = filled(plan)

    starts = range(-4, -1)
    assert found["y"][..., 0].tolist() == [[-(s + k + 1) if s + k >= 0 else -9 for k in (0, 2, 4)] for s in starts]
