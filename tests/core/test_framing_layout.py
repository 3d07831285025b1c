"""Layouts: the same numbers as batch-first, moved as NumPy moves them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import RecipeError
from lstmprep.framing import Layout
from tests.conftest import arrow_table, batchings, tables, windows
from tests.core import oracle


def moved(x: np.ndarray, layout: str, parts: int | None) -> np.ndarray:
    """X (samples, timesteps, features) as another layout holds it."""
    n, t, f = x.shape
    if layout == "time-first":
        return np.moveaxis(x, 1, 0)
    if layout == "channels-first":
        return np.moveaxis(x, 2, 1)
    if layout == "flat":
        return x.reshape(n, t * f)
    if layout == "convlstm":
        return x.reshape(n, parts, 1, t // parts, f)
    return x.reshape(n, parts, t // parts, f) if parts else x


layouts = st.sampled_from(["batch-first", "time-first", "channels-first", "flat", "convlstm"])


@given(
    table=tables(), layout=layouts, data=st.data(),
    case=st.sampled_from([None, "target", "label", "input"]).flatmap(lambda a: st.tuples(st.just(a), windows(a))),
    batching=batchings(),
)  # fmt: skip
def test_a_layout_holds_the_numbers_of_batch_first_moved_as_numpy_moves_them(table, layout, data, case, batching):
    answer, settings = case
    settings |= {"features": ["a", "b"], "group_by": ["key"], "time": ["t"]} | batching
    settings |= {"target": {"target": ["y"]}, "label": {"label": "lab"}}.get(answer, {})
    steps = len(oracle.offsets(settings))
    parts = None
    if layout == "convlstm" or (layout == "batch-first" and data.draw(st.booleans())):
        parts = data.draw(st.sampled_from([n for n in range(1, steps + 1) if steps % n == 0]))
        settings["subsequences"] = parts
    found = oracle.samples(table, settings, answer)
    if len(found) < settings.get("batch_size", 1):
        return
    plain: dict[str, Any] = {k: v for k, v in settings.items() if k != "subsequences"}

    one = lstmprep.window(arrow_table(table), **plain)
    two = lstmprep.window(arrow_table(table), layout=layout, **settings)

    assert np.array_equal(two.X, moved(one.X, layout, parts))
    assert two.X.flags.c_contiguous
    assert list(two.X.shape) == two.manifest["arrays"]["X"]["shape"]
    if answer == "input" and not settings.get("latest"):
        assert np.array_equal(two.y, moved(one.y, layout, parts))
    elif "y" in one.arrays:
        by_step = layout == "time-first" and settings.get("target_mode") == "per-step"
        assert np.array_equal(two.y, np.moveaxis(one.y, 1, 0) if by_step else one.y)
        assert two.manifest["arrays"]["y"]["axes"][0] == ("timesteps" if by_step else "samples")
    for name in {"lengths", "mask"} & set(one.arrays):
        assert np.array_equal(one.arrays[name], two.arrays[name])


@given(layout=layouts, n=st.integers(0, 4), t=st.integers(1, 8), f=st.integers(1, 3), data=st.data())
def test_axes_shape_and_block_of_a_layout_agree(layout, n, t, f, data):
    parts = data.draw(st.sampled_from([p for p in range(1, t + 1) if t % p == 0]))
    cut = layout == "convlstm" or (layout == "batch-first" and data.draw(st.booleans()))
    spec = Layout(layout=layout, subsequences=parts if cut else None)
    block = np.arange(n * t * f).reshape(n, t, f)

    spec.check(t)
    assert len(spec.axes()) == len(spec.shape_of(n, t, f))
    assert spec.shape_of(n, t, f) == moved(block, layout, parts if cut else None).shape
    if layout != "time-first":  # its blocks are written step by step
        assert np.array_equal(spec.arranged(block), moved(block, layout, parts if cut else None))


def test_a_layout_says_the_names_of_its_axes():
    assert Layout().axes() == ["samples", "timesteps", "features"]
    assert Layout(subsequences=2).axes() == ["samples", "subsequences", "timesteps", "features"]
    assert Layout(layout="convlstm", subsequences=2).axes() == [
        "samples",
        "subsequences",
        "rows",
        "timesteps",
        "features",
    ]
    assert Layout(layout="channels-first").axes() == ["samples", "features", "timesteps"]
    assert Layout(layout="time-first").axes() == ["timesteps", "samples", "features"]
    assert Layout(layout="flat").axes() == ["samples", "timesteps*features"]
    assert Layout(layout="panel").axes() == ["samples", "timesteps", "keys", "features"]


def test_a_panel_has_the_features_of_each_key_side_by_side():
    block, layout = np.arange(24).reshape(2, 2, 6), Layout(layout="panel")

    assert layout.shape_of(2, 2, 6, keys=3) == (2, 2, 3, 2)
    assert layout.arranged(block, keys=3)[1, 0].tolist() == [[12, 13], [14, 15], [16, 17]]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"subsequences": 0}, "--subsequences is 0"),
        ({"layout": "convlstm"}, "--layout convlstm needs --subsequences"),
        ({"layout": "flat", "subsequences": 2}, "--subsequences and --layout flat exclude each other"),
        ({"layout": "time-first", "subsequences": 1}, "--subsequences and --layout time-first exclude"),
        ({"layout": "channels-first", "subsequences": 2}, "--subsequences and --layout channels-first exclude"),
        ({"layout": "panel", "subsequences": 2}, "--subsequences and --layout panel exclude"),
    ],
)
def test_layouts_that_mean_nothing_are_refused_by_the_name_of_the_flag(settings, words):
    with pytest.raises(RecipeError, match=words):
        Layout(**settings)


@pytest.mark.parametrize(("t", "n", "near"), [(10, 4, "--timesteps 8 or 12"), (3, 5, "--timesteps 5")])
def test_timesteps_that_cannot_be_cut_are_refused_with_those_that_can(t, n, near):
    with pytest.raises(RecipeError, match=f"--timesteps {t} cannot be cut into --subsequences {n}") as refused:
        Layout(subsequences=n).check(t)
    assert refused.value.fix == f"Use {near}."
