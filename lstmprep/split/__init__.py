"""Which rows belong to which part of the output; cut before windows are made.

spec      the settings, and what the text of --split means
cut       one part: segments, and how far its inputs may reach back
bounds    where parts begin in every sequence: one clock, or its own rows
folds     the same for walk-forward folds
by_key    whole units to parts: groups, sections, samples
reach     samples whose inputs reach back before their part
cutting   segments of the parts out of all that

Pure numpy; knows lengths and times, never a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmprep.split.spec import Split

if TYPE_CHECKING:  # the settings alone, as help needs them, come without numpy
    from lstmprep.split.cut import Cut, whole

__all__ = ["Cut", "Split", "whole"]


def __getattr__(name: str) -> Any:
    """What needs numpy, on first use."""
    if name in ("Cut", "whole"):
        from lstmprep.split import cut

        return getattr(cut, name)
    raise AttributeError(f"module 'lstmprep.split' has no attribute {name!r}")
