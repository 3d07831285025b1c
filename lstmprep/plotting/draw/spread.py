"""Histograms of the parts over one another, a panel per feature."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmprep.plotting.draw.canvas import INPUT, LINE_OF_PART, OF_PART, TARGET, Theme, key, sheet, short, styled, titled
from lstmprep.plotting.spread import Spread

OTHERS = [INPUT, "#E69F00", "#009E73", TARGET]
LINES = ["-", "--", ":", "-."]


def draw(found: Spread, theme: Theme) -> Any:
    """A picture of distributions."""
    n = len(found.names)
    across = min(n, 2 if n in (2, 4) else 3)
    down = -(-n // across)
    figure = sheet(1.3 + 1.45 * down, theme)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for axes in panels[n:]:
        axes.set_visible(False)
    for j in range(n):
        axes = styled(panels[j], theme)
        for k, part in enumerate(found.parts):
            color, line = look(part, k)
            shares = found.shares[j][part]
            if k == 0:
                axes.stairs(shares, found.edges[j], fill=True, color=color, alpha=0.35, linewidth=0)
            axes.stairs(shares, found.edges[j], color=color, linestyle=line, linewidth=1.2 if k == 0 else 1.6)
        axes.set_xlabel(short(found.names[j], 30))
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_ylim(0, max(np.max(list(found.shares[j].values())) * 1.08, 1e-9))
        axes.locator_params(axis="x", nbins=5)
    titled(figure, found.title, found.about, theme)
    words = [
        (part, {"color": look(part, k)[0], "linestyle": look(part, k)[1], "linewidth": 2})
        for k, part in enumerate(found.parts)
    ]
    if len(words) > 1:
        key(panels[across - 1], words, theme)
    return figure


def look(part: str, k: int) -> tuple[str, str]:
    """(colour, line) of a part: its own, or by its place among folds."""
    return OF_PART.get(part, OTHERS[k]), LINE_OF_PART.get(part, LINES[k])
