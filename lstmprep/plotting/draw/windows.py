"""The series with the first window shaded, and a bar per sample under it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from lstmprep.plotting.draw.canvas import INPUT, TARGET, Theme, key, shade, sheet, short, styled, titled, unused
from lstmprep.plotting.windows import Windows
from lstmprep.wording import counted


def draw(found: Windows, theme: Theme) -> Any:
    """A picture of windows."""
    bars = len(found.numbers) + (1 if found.between else 0)
    below = min(max(0.17 * bars, 0.6), 4.4)
    figure = sheet(2.7 + below, theme)
    top, under = figure.subplots(2, 1, sharex=True, height_ratios=[1.7, below])
    for axes in (top, under):
        styled(axes, theme)
    top.plot(found.rows, found.values, color=theme.ink, linewidth=0.9, zorder=3)
    top.set_ylabel(short(found.name, 22))
    top.margins(y=0.08)
    first = int(found.places[0])
    for low, high, look in _spans(found, theme):
        begin = max(first + low, float(found.starts[0]) if look["facecolor"] == INPUT else -np.inf)
        top.axvspan(begin, max(first + high, begin), zorder=1, **{**look, "alpha": 0.45})
    for low, high in found.left:
        top.axvspan(low, high, zorder=0, **unused())
    _bars(under, found, theme)
    _axis(under, found)
    top.tick_params(labelbottom=False, bottom=False)
    top.spines["bottom"].set_visible(False)
    titled(figure, found.title, found.about, theme)
    key(top, _words(found, theme), theme, loc="lower left", bbox_to_anchor=(0.0, -0.16))
    return figure


def _runs(offsets: Any) -> list[tuple[float, float]]:
    """Offsets as stretches ``low <= row < high``."""
    cuts = np.flatnonzero(np.diff(offsets) > 1) + 1
    return [(float(p[0]), float(p[-1]) + 1) for p in np.split(np.asarray(offsets), cuts) if len(p)]


def _between(found: Windows) -> list[tuple[float, float]]:
    """Rows of one sample that it does not take, between its first and its last."""
    rows = np.unique(np.concatenate([found.inputs, found.targets])).astype(int)
    return [(float(a) + 1, float(b)) for a, b in pairwise(rows.tolist()) if b - a > 1]


def _over(found: Windows) -> bool:
    """Whether a target is an input too."""
    return bool(np.isin(found.targets, found.inputs).any())


def _spans(found: Windows, theme: Theme) -> list[tuple[float, float, dict[str, Any]]]:
    """The stretches of one sample and their looks, as offsets."""
    out = [(a, b, shade(INPUT)) for a, b in _runs(found.inputs)]
    out += [(a, b, unused()) for a, b in _between(found)]
    out += [(a, b, shade(TARGET, "////", ink=theme.ground)) for a, b in _runs(found.targets)]
    return out


def _bars(axes: Any, found: Windows, theme: Theme) -> None:
    labels, at = [], []
    over = _over(found)
    for i, (number, place) in enumerate(zip(found.numbers.tolist(), found.places.tolist(), strict=True)):
        y = i + (1 if found.between and i >= found.head else 0)
        labels.append(f"{number:,}")
        at.append(y)
        for low, high, look in _spans(found, theme):
            half = over and look["facecolor"] == TARGET
            band = (y - 0.38, 0.38 if half else 0.76)
            begin, end = place + low, place + high
            if look["facecolor"] == INPUT:
                _padding(axes, begin, end, (found.starts[i], found.stops[i]), band)
                begin, end = max(begin, float(found.starts[i])), min(end, float(found.stops[i]))
            if end > begin:
                axes.broken_barh([(begin, end - begin)], band, **look)
    if found.between:
        axes.text(
            (found.low + found.high) / 2, found.head, f"{counted(found.between, 'sample')} more",
            ha="center", va="center", fontsize=8, color=theme.ink,
        )  # fmt: skip
    last = at[-1]
    axes.set_ylim(last + 0.7, -0.7)
    step = max(1, -(-len(at) // 10))
    some = [i for i in range(len(at)) if i % step == 0 and (i == 0 or len(at) - 1 - i >= step)]
    some += [len(at) - 1] if len(at) - 1 not in some else []
    axes.set_yticks([at[i] for i in some], [labels[i] for i in some])
    axes.set_ylabel("sample")
    axes.tick_params(axis="y", length=0)


def _padding(axes: Any, begin: float, end: float, real: tuple[int, int], band: tuple[float, float]) -> None:
    """The steps of a bar that are no rows."""
    for low, high in ((begin, min(end, float(real[0]))), (max(begin, float(real[1])), end)):
        if high > low:
            axes.broken_barh([(low, high - low)], band, **unused())


def _axis(axes: Any, found: Windows) -> None:
    reach = found.high - found.low
    axes.set_xlim(found.low - 0.005 * reach, found.high + 0.005 * reach)
    if found.ticks:
        axes.set_xticks([p for p, _ in found.ticks], [t for _, t in found.ticks])
    else:
        places = np.unique(np.linspace(found.low, found.high - 1, 7).astype(int))
        axes.set_xticks(places + 0.5, [f"{p + 1:,}" for p in places])
    axes.set_xlabel(found.axis)


def _words(found: Windows, theme: Theme) -> list[tuple[str, dict[str, Any]]]:
    out = [(f"inputs: {counted(len(found.inputs), 'step')}", shade(INPUT))]
    between = int(sum(b - a for a, b in _between(found)))
    padded = (found.stops - found.starts < found.inputs[-1] + 1).any()
    words = [f"gap: {counted(between, 'row')}"] if between else []
    words += ["padding"] if padded else []
    words += ["left over"] if found.left else []
    if words:
        out.append((", ".join(words), unused()))
    if len(found.targets):
        same = ", inputs too" if _over(found) else ""
        out.append((f"targets: {counted(len(found.targets), 'step')}{same}", shade(TARGET, "////", ink=theme.ground)))
    return out
