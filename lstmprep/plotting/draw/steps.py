"""One sample: a panel per feature, or a map when there are many."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmprep.plotting.draw.canvas import INPUT, TARGET, Theme, key, sheet, short, styled, titled, unused
from lstmprep.plotting.steps import PANELS, Steps
from lstmprep.plotting.thin import thinned
from lstmprep.wording import counted


def draw(found: Steps, theme: Theme) -> Any:
    """A picture of one sample."""
    return _panels(found, theme) if len(found.names) <= PANELS else _map(found, theme)


def _panels(found: Steps, theme: Theme) -> Any:
    n = len(found.names)
    figure = sheet(1.2 + 1.15 * n + (0.6 if n == 1 else 0), theme)
    panels = figure.subplots(n, 1, sharex=True, squeeze=False)[:, 0]
    steps = np.arange(len(found.values))
    few = len(steps) <= 60
    for j, axes in enumerate(panels):
        styled(axes, theme)
        x, y = thinned(steps, np.where(found.padded, np.nan, found.values[:, j]))
        axes.plot(x, y, color=INPUT, linewidth=1.3, marker="o" if few else "", markersize=3.5)
        mine = [(s, v) for i, s, v in found.answers if i == j]
        if mine:
            axes.plot(*zip(*mine, strict=True), color=TARGET, linestyle="none", marker="D", markersize=5, zorder=4)
        for low, high in padded_runs(found.padded):
            axes.axvspan(low - 0.5, high - 0.5, zorder=0, **unused())
        axes.set_ylabel(short(found.names[j]), rotation=0, ha="right", va="center")
        axes.margins(y=0.15)
        axes.locator_params(axis="y", nbins=4)
        if j < n - 1:
            axes.spines["bottom"].set_visible(False)
            axes.tick_params(bottom=False)
    panels[-1].set_xlabel("timestep")
    reach = max([len(steps) - 1, *(s for _, s, _ in found.answers)])
    panels[-1].set_xlim(-0.5, reach + 0.5)
    panels[-1].xaxis.get_major_locator().set_params(integer=True)
    titled(figure, found.title, found.about, theme)
    words = [("inputs", {"color": INPUT, "linestyle": "-", "marker": "o" if few else "", "markersize": 3.5})]
    if found.answers:
        words.append(("target", {"color": TARGET, "linestyle": "none", "marker": "D", "markersize": 5}))
    if found.padded.any():
        words.append(("padding", unused()))
    figure.align_ylabels(panels)
    if len(words) > 1:
        key(panels[0], words, theme)
    return figure


def _map(found: Steps, theme: Theme) -> Any:
    """Features down, steps across; each feature from its least to its greatest value."""
    n = len(found.names)
    figure = sheet(1.5 + 0.22 * n, theme)
    axes = styled(figure.subplots(), theme)
    values = np.where(found.padded[:, None], np.nan, found.values).T
    steps = values.shape[1]
    if steps > 1000:
        values = values[:, np.linspace(0, steps - 1, 1000).astype(int)]
    low = np.nanmin(np.where(np.isnan(values), np.inf, values), axis=1)
    high = np.nanmax(np.where(np.isnan(values), -np.inf, values), axis=1)
    with np.errstate(invalid="ignore"):
        shades = (values - low[:, None]) / np.where(high > low, high - low, 1)[:, None]
    picture = axes.imshow(
        np.ma.masked_invalid(shades), aspect="auto", cmap="cividis", vmin=0, vmax=1, interpolation="nearest",
        extent=(-0.5, steps - 0.5, n - 0.5, -0.5),
    )  # fmt: skip
    for a, b in padded_runs(found.padded):
        axes.axvspan(a - 0.5, b - 0.5, **unused())
    axes.set_yticks(range(n), [short(name) for name in found.names])
    right = axes.secondary_yaxis("right")
    right.set_yticks(range(n), [_range(a, b) for a, b in zip(low, high, strict=True)])
    right.tick_params(colors=theme.ink, labelcolor=theme.ink, length=0, labelsize=8)
    right.spines["right"].set_visible(False)
    axes.set_xlabel("timestep")
    axes.xaxis.get_major_locator().set_params(integer=True)
    bar = figure.colorbar(picture, ax=axes, ticks=[0, 1], shrink=0.6, aspect=12, pad=0.02)
    bar.ax.set_yticklabels(["least", "greatest"], color=theme.ink)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    more = f"{counted(found.more, 'feature')} more" if found.more else ""
    titled(figure, found.title, " · ".join(t for t in (found.about, more) if t), theme)
    if found.padded.any():
        key(axes, [("padding", unused())], theme)
    return figure


def padded_runs(padded: Any) -> list[tuple[int, int]]:
    """Stretches of padding as ``low <= step < high``.

    Examples
    --------
    >>> padded_runs(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(padded, np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _range(low: float, high: float) -> str:
    return f"{low:.4g} to {high:.4g}" if np.isfinite([low, high]).all() else "no values"
