"""ACF over PACF, with the bound of noise and the lengths worth trying."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmprep.plotting.draw.canvas import GAP, INPUT, TARGET, Theme, sheet, styled, titled
from lstmprep.plotting.past import Past


def draw(found: Past, theme: Theme) -> Any:
    """A picture of a look-back."""
    figure = sheet(4.4, theme)
    panels = figure.subplots(2, 1, sharex=True)
    lags = np.arange(1, len(found.acf) + 1)
    few = len(lags) <= 120
    for axes, values, name in zip(panels, (found.acf, found.pacf), ("ACF", "PACF"), strict=True):
        styled(axes, theme)
        axes.axhspan(-found.bound, found.bound, color=GAP, alpha=0.3, linewidth=0, zorder=0)
        axes.axhline(0, color=theme.ink, linewidth=0.8)
        axes.vlines(lags, 0, values, color=INPUT, linewidth=2.2 if few else 0.8)
        if few:
            axes.plot(lags, values, color=INPUT, linestyle="none", marker="o", markersize=3.5)
        axes.set_ylabel(name)
        low, high = min(values.min(), -found.bound), max(values.max(), found.bound)
        axes.set_ylim(max(low - 0.12, -1.08), min(high + 0.3, 1.3))
        axes.set_xlim(0, len(lags) + 1)
        for lag, _ in found.candidates:
            axes.axvline(lag, color=TARGET, linestyle="--", linewidth=1.0, zorder=1)
    _candidates(panels[0], found, theme)
    panels[1].set_xlabel("lag (rows back)")
    panels[1].xaxis.get_major_locator().set_params(integer=True)
    panels[1].annotate(
        "within the bound: as noise", (len(lags) + 1, found.bound), xytext=(0, 3), textcoords="offset points",
        ha="right", va="bottom", fontsize=8, color=theme.ink,
    )  # fmt: skip
    titled(figure, found.title, found.about, theme)
    return figure


def _candidates(axes: Any, found: Past, theme: Theme) -> None:
    """The lengths to try, at the head of their lines; one that would touch the one before stands lower."""
    reach, last, level = len(found.acf), -1e9, 0
    for lag, _ in sorted(found.candidates):
        level = (level + 1) % 3 if lag - last < reach * 0.05 else 0
        last = lag
        axes.annotate(
            f"{lag}", (lag, axes.get_ylim()[1]), xytext=(3, -10 * level), textcoords="offset points",
            ha="left", va="top", color=theme.ink, fontweight="bold",
        )  # fmt: skip
