"""Rows left over, found by arithmetic: the same account as that of marks on every row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lstmprep import ledger as ledger_module
from lstmprep import leftover as module
from lstmprep.errors import DataError
from lstmprep.ledger import Ledger
from lstmprep.plan import make_plan
from lstmprep.recipe import from_flat
from tests.conftest import panel_of, windows

pads = st.fixed_dictionaries(
    {"timesteps": st.sampled_from(["max", "p50", 1, 2, 4]), "padding": st.sampled_from(["pre", "post"]), "truncating": st.sampled_from(["pre", "post"]), "min_steps": st.integers(1, 4)},
    optional={"target": st.just(["y"]), "target_mode": st.sampled_from(["sequence", "per-step"])},
)  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, dict[str, Any], list[int], bool]:
    """(command, settings, lengths of sequences, whether rows of the table are in another order)."""
    command = draw(st.sampled_from(["window", "pad"]))
    answer = draw(st.sampled_from([None, "target"]))
    settings = draw(pads) if command == "pad" else draw(windows(answer)) | ({"target": ["y"]} if answer else {})
    if "target" not in settings:
        settings.pop("target_mode", None)
    return command, settings, draw(st.lists(st.integers(1, 9), min_size=1, max_size=6)), draw(st.booleans())


def ledger_of(command: str, settings: dict[str, Any], lengths: list[int], *, moved: bool) -> Ledger:
    panel = panel_of(lengths)
    if moved:
        panel.source_rows = np.random.default_rng(len(lengths)).permutation(panel.rows)
    recipe = from_flat(settings, command=command)
    return make_plan(recipe, panel, read=panel.rows, removed=[], classes=None, features=2).ledger


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Whether each account was found by arithmetic."""
    told: list[bool] = []

    def watched(*args: Any) -> Any:
        found = module.leftover(*args)
        told.append(found is not None)
        return found

    monkeypatch.setattr(ledger_module, "leftover", watched)
    yield told
    assert any(told)


@given(case=cases(), block=st.sampled_from([1, 3, 1 << 17]))
@example(case=("window", {"timesteps": 2, "stride": 3, "target": ["y"], "lead": 4}, [5, 9, 1], False), block=3)
@example(case=("window", {"timesteps": 1, "lead": 0, "target": ["y"], "stride": 2}, [1, 3], True), block=1)
@example(
    case=("pad", {"timesteps": 2, "truncating": "post", "padding": "pre", "min_steps": 2}, [1, 2, 5], True), block=3
)
def test_arithmetic_and_marks_give_the_same_account(case, block):
    command, settings, lengths, moved = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        try:
            found = ledger_of(command, settings, lengths, moved=moved)
        except DataError:
            assume(False)
        patch.setattr(ledger_module, "leftover", lambda *_: None)
        marked = ledger_of(command, settings, lengths, moved=moved)

    assert vars(found).keys() == vars(marked).keys()
    for name in ("read", "used_as_input", "used_as_target", "used"):
        assert getattr(found, name) == getattr(marked, name)
    assert [vars(u) for u in found.unused] == [vars(u) for u in marked.unused]


@pytest.mark.parametrize(
    ("command", "settings"),
    [("window", {"timesteps": 3, "target": ["y"], "lead": 3}), ("window", {"timesteps": 2, "no_overlap": True}), ("pad", {"timesteps": 4, "target": ["y"]}), ("pad", {"target": ["y"], "target_mode": "per-step"})],
)  # fmt: skip
def test_usual_accounts_need_no_mark(counted, command, settings):
    ledger_of(command, settings, [9, 7, 2, 8], moved=True)

    assert counted == [True]


def test_rows_between_windows_that_lie_apart_are_marked(monkeypatch):
    monkeypatch.setattr(ledger_module, "leftover", lambda *args: found.append(module.leftover(*args)))
    found: list[Any] = []

    told = ledger_of("window", {"timesteps": 2, "stride": 3}, [8, 1], moved=False)

    assert found == [None]
    assert [(u.rows, u.first, u.last) for u in told.unused] == [(2, 2, 5), (1, 8, 8)]
