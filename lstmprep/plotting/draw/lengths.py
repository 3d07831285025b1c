"""A histogram of lengths, with the cuts."""

from __future__ import annotations

from typing import Any

from lstmprep.plotting.draw.canvas import INPUT, TARGET, Theme, sheet, styled, titled
from lstmprep.plotting.lengths import Lengths


def draw(found: Lengths, theme: Theme) -> Any:
    """A picture of lengths."""
    figure = sheet(3.2, theme)
    axes = styled(figure.subplots(), theme)
    edges = found.edges - 0.5  # a length stands in the middle of its bar, a cut between two of them
    wide = edges[1:] - edges[:-1]
    axes.bar(edges[:-1], found.counts, width=wide * 0.94, align="edge", color=INPUT, linewidth=0)
    axes.set_xlabel(f"{'rows' if found.noun == 'sequences' else 'real steps'} of a {found.noun[:-1]}")
    axes.set_ylabel(found.noun)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.xaxis.get_major_locator().set_params(integer=True)
    cuts = [(cut + 0.5, text) for cut, text in found.cuts]
    low, high = min([edges[0], *(c - 1 for c, _ in cuts)]), max([edges[-1], *(c for c, _ in cuts)])
    room = max((high - low) * 0.03, 1.0)
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(0, max(found.counts.max() * (1.15 + 0.12 * len(cuts)), 1))
    for k, (cut, text) in enumerate(cuts):
        axes.axvline(cut, color=TARGET, linestyle="--", linewidth=1.4)
        right = cut - low < (high - low) * 0.55
        axes.annotate(
            text, (cut, axes.get_ylim()[1] * (0.97 - 0.09 * k)), xytext=(6 if right else -6, 0),
            textcoords="offset points", ha="left" if right else "right", va="top", color=theme.ink,
        )  # fmt: skip
    titled(figure, found.title, found.about, theme)
    return figure
