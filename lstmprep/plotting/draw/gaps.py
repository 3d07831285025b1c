"""A map of missing cells: columns down, rows of the table across."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmprep.plotting.draw.canvas import TARGET, Theme, sheet, short, styled, titled
from lstmprep.plotting.gaps import Gaps


def draw(found: Gaps, theme: Theme) -> Any:
    """A picture of missing cells."""
    from matplotlib.colors import LinearSegmentedColormap

    n = len(found.names)
    figure = sheet(1.5 + 0.24 * max(n, 2), theme)
    axes = styled(figure.subplots(), theme)
    faint = "#f0f0f0" if theme.ground == "#ffffff" else "#3a3a3a"
    scale = LinearSegmentedColormap.from_list("missing", ["#f6c9a5", TARGET])
    scale.set_bad(faint)
    shares = np.ma.masked_less_equal(found.shares, 0)
    picture = axes.imshow(
        shares, aspect="auto", cmap=scale, vmin=0, vmax=1, interpolation="nearest",
        extent=(0.5, found.rows + 0.5, n - 0.5, -0.5),
    )  # fmt: skip
    axes.set_yticks(range(n), [short(name) for name in found.names])
    axes.tick_params(axis="y", length=0)
    for y in range(1, n):
        axes.axhline(y - 0.5, color=theme.ground, linewidth=2)
    right = axes.secondary_yaxis("right")
    right.set_yticks(range(n), [f"{m:,} ({m / found.rows:.1%})" if m else "none" for m in found.missing])
    right.tick_params(colors=theme.ink, labelcolor=theme.ink, length=0)
    right.spines["right"].set_visible(False)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_xlabel("row of the table")
    axes.xaxis.set_major_formatter(lambda v, _: f"{v:,.0f}")
    axes.xaxis.get_major_locator().set_params(integer=True)
    if any(found.missing):
        bar = figure.colorbar(picture, ax=axes, ticks=[0, 0.5, 1], shrink=min(1.0, 0.9), aspect=14, pad=0.02)
        bar.ax.set_yticklabels(["0%", "50%", "100%"], color=theme.ink)
        bar.set_label("missing", color=theme.ink)
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0)
    titled(figure, found.title, found.about, theme)
    return figure
