"""Figure, colours, titles and bytes: what all pictures share.

Colours are those of Okabe and Ito (2008), told apart by colour-blind readers; in grey they differ in
lightness, and nothing is said by colour alone. The same picture gives the same bytes: no date, a fixed
salt for the names in an SVG, nothing from the reader's own settings of matplotlib.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lstmprep.errors import RecipeError
from lstmprep.records import record

INPUT, TARGET, VAL, TEST, GAP = "#0072B2", "#D55E00", "#E69F00", "#009E73", "#9aa0a6"
OF_PART = {"train": INPUT, "val": VAL, "test": TEST, "all": INPUT}
MARK_OF_PART = {"train": "", "val": "////", "test": "xxx", "all": ""}
LINE_OF_PART = {"train": "-", "val": "--", "test": ":", "all": "-"}
HATCH = "//////"
WIDTH, DPI = 9.0, 110
FORMATS = ("png", "svg", "pdf")
METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}
SETTINGS: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "axes.linewidth": 0.8,
    "hatch.linewidth": 0.6,
    "text.parse_math": False,
    "text.usetex": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "lstmprep",
    "pdf.fonttype": 42,
    "path.simplify": True,
}


@record(frozen=True)
class Theme:
    """Ground and ink; the other colours are the same on both."""

    ground: str
    ink: str


LIGHT, DARK = Theme("#ffffff", "#222222"), Theme("#1e1e1e", "#e6e6e6")
THEMES = {"light": LIGHT, "dark": DARK}


def require_matplotlib() -> None:
    """Refuse when there is nothing to draw with.

    Raises
    ------
    RecipeError
        With the extra that brings it.
    """
    try:
        import matplotlib.figure  # noqa: F401 (only whether it is there)
    except ModuleNotFoundError:
        raise RecipeError(
            "pictures need matplotlib, which is not installed",
            fix="Install it: pip install 'lstmprep[plot]'. Without it, lstmprep inspect and show draw in the terminal.",
        ) from None


@contextmanager
def drawing() -> Iterator[None]:
    """Matplotlib as it comes, with the settings of our pictures; a glyph that the font lacks is a box, no warning."""
    import matplotlib as mpl

    settings: Any = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith("backend") and k in mpl.rcParams}
    with warnings.catch_warnings(), mpl.rc_context(settings | SETTINGS):
        warnings.simplefilter("ignore")
        yield


def sheet(height: float, theme: Theme) -> Any:
    """An empty figure of README width."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained", facecolor=theme.ground)
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.06)  # type: ignore[union-attr,call-arg]
    return figure


def titled(figure: Any, title: str, about: str, theme: Theme) -> None:
    """The finding in bold over the whole picture, what it rests on under it; long lines are wrapped."""
    import textwrap

    lines = textwrap.wrap(title, 96)[:3]
    more = textwrap.wrap(about, 124)[:3]
    head = figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=11, fontweight="bold", color=theme.ink)
    head.set_in_layout(True)
    if more:
        first = figure.axes[0] if figure.axes else None
        if first is not None:
            first.set_title("\n".join(more), loc="left", fontsize=9, color=theme.ink, pad=8)


def styled(axes: Any, theme: Theme) -> Any:
    """Axes in the ink of the theme."""
    axes.set_facecolor(theme.ground)
    for spine in axes.spines.values():
        spine.set_color(theme.ink)
    axes.tick_params(colors=theme.ink, labelcolor=theme.ink, length=3)
    axes.xaxis.label.set_color(theme.ink)
    axes.yaxis.label.set_color(theme.ink)
    return axes


def key(axes: Any, entries: Sequence[tuple[str, dict[str, Any]]], theme: Theme, **place: Any) -> None:
    """What the shades mean: patches with their words, in one line over the axes."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    marks: list[Any] = []
    for label, look in entries:
        if "linestyle" in look:
            marks.append(Line2D([], [], label=label, **look))
        else:
            marks.append(Patch(label=label, **look))
    where = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "ncols": len(marks), **place}
    axes.legend(
        handles=marks, frameon=False, fontsize=9, labelcolor=theme.ink, handlelength=1.4, columnspacing=1.4,
        borderaxespad=0.2, **where,
    )  # fmt: skip


def key_below(figure: Any, entries: Sequence[tuple[str, dict[str, Any]]], theme: Theme) -> None:
    """The same under the whole picture."""
    from matplotlib.patches import Patch

    figure.legend(
        handles=[Patch(label=label, **look) for label, look in entries], loc="outside lower left",
        ncols=len(entries), frameon=False, labelcolor=theme.ink, handlelength=1.4, columnspacing=1.4,
    )  # fmt: skip


def short(text: str, most: int = 24) -> str:
    """A name that fits beside an axis.

    Examples
    --------
    >>> short("temperature", 8)
    'tempera…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def shade(color: str, hatch: str = "", *, alpha: float = 1.0, ink: str = "#ffffff") -> dict[str, Any]:
    """A filled patch; hatched in the colour of the ground, so that it reads in grey."""
    return {"facecolor": color, "edgecolor": ink if hatch else "none", "hatch": hatch, "linewidth": 0, "alpha": alpha}


def unused() -> dict[str, Any]:
    """Rows that nothing takes: hatched grey."""
    return {"facecolor": "none", "edgecolor": GAP, "hatch": HATCH, "linewidth": 0}


def pixels(figure: Any, kind: str, *, transparent: bool = False) -> bytes:
    """The figure as a file of this kind, the same bytes every time."""
    stream = io.BytesIO()
    with drawing():
        figure.savefig(stream, format=kind, metadata=METADATA[kind], transparent=transparent)
    return stream.getvalue()


Draw = Callable[[Any, Theme], Any]
