"""Lanes of sequences or folds, each part in its colour; targets over inputs where both count."""

from __future__ import annotations

from typing import Any

from lstmprep.plotting.draw.canvas import (
    MARK_OF_PART,
    OF_PART,
    Theme,
    key_below,
    shade,
    sheet,
    short,
    styled,
    titled,
    unused,
)
from lstmprep.plotting.parts import Parts
from lstmprep.wording import counted


def draw(found: Parts, theme: Theme) -> Any:
    """A picture of a split."""
    n = len(found.lanes)
    figure = sheet(1.8 + max(0.3 * n, 0.5), theme)
    axes = styled(figure.subplots(), theme)
    halves = _apart(found)
    for i, lane in enumerate(found.lanes):
        for part, ends in lane.inputs.items():
            _bar(axes, ends, (i, 0.42) if halves else (i - 0.4, 0.8), part, theme, alpha=0.45 if halves else 1.0)
        for part, ends in lane.targets.items() if halves else ():
            _bar(axes, ends, (i - 0.42, 0.42), part, theme)
    for i, low, high in found.taken:
        axes.broken_barh([(low, high - low)], (i - 0.42, 0.84), **unused())
    axes.set_ylim(n - 0.4, -0.6)
    axes.set_yticks(range(n), [short(lane.name) for lane in found.lanes])
    axes.tick_params(axis="y", length=0)
    if found.ticks:
        axes.set_xticks([p for p, _ in found.ticks], [t for _, t in found.ticks])
    elif found.by_rows:
        axes.xaxis.set_major_formatter(lambda v, _: f"{v + 1:,.0f}" if v >= 0 else "")
    axes.set_xlabel(found.axis)
    more = f"{n} of {counted(n + found.more, 'sequence')} shown" if found.more else ""
    how = "targets in the upper half, inputs in the lower" if halves else ""
    titled(figure, found.title, " · ".join(t for t in (found.about, how, more) if t), theme)
    words = [(p, _look(p, theme)) for p in found.names]
    words += [("embargo", unused())] if found.taken else []
    key_below(figure, words, theme)
    return figure


def _apart(found: Parts) -> bool:
    """Whether targets lie outside the inputs of their part, so that the two are worth telling apart."""
    for lane in found.lanes:
        for part, ends in lane.targets.items():
            mine = lane.inputs.get(part)
            if len(ends) and (mine is None or not len(mine) or float(ends[-1, 1]) > float(mine[-1, 1])):
                return True
    return False


def _look(part: str, theme: Theme) -> dict[str, Any]:
    return shade(OF_PART.get(part, OF_PART["all"]), MARK_OF_PART.get(part, ""), ink=theme.ground)


def _bar(axes: Any, ends: Any, band: tuple[float, float], part: str, theme: Theme, *, alpha: float = 1.0) -> None:
    pieces = [(float(a), float(b - a)) for a, b in ends]
    axes.broken_barh(pieces, band, **{**_look(part, theme), "alpha": alpha})
