"""A picture: its numbers, its drawing, its bytes.

data -> subject (numbers, title) -> draw -> figure -> bytes of PNG, SVG or PDF
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from lstmprep.audit.trusted import trusting
from lstmprep.errors import RecipeError
from lstmprep.plotting.ask import asked
from lstmprep.plotting.draw.canvas import FORMATS, THEMES, drawing, pixels, require_matplotlib
from lstmprep.plotting.subject import Progress, of_output, of_table, output_of
from lstmprep.records import record
from lstmprep.urls import bare
from lstmprep.wording import quoted, shown

MODULE_OF = {
    "windows": "windows",
    "sample": "steps",
    "split": "parts",
    "lengths": "lengths",
    "missing": "gaps",
    "lookback": "past",
    "scaled": "spread",
}


@record(frozen=True, eq=False)
class Drawn:
    """A picture that was drawn.

    Attributes
    ----------
    kind : str
    numbers : object
        What it shows; its ``title`` says what was found.
    figure : matplotlib.figure.Figure
    """

    kind: str
    numbers: Any
    figure: Any

    def file(self, suffix: str) -> bytes:
        """The bytes of a file: ``png``, ``svg`` or ``pdf``."""
        return pixels(self.figure, suffix)


def picture(data: Any, settings: Mapping[str, Any], progress: Progress | None = None) -> Drawn:
    """Draw one picture of an output or a table.

    Parameters
    ----------
    data : path of an output; or path, paths or table
    settings : mapping
        As `lstmprep.plotting.ask` declares them.
    progress : callable or None
        Called with (rows read, 0) while a table is read.

    Raises
    ------
    LstmprepError
        If matplotlib is not installed, or what is asked for cannot be drawn.
    """
    wanted, table = asked(settings)
    require_matplotlib()
    output = output_of(data)
    if output is None:
        kind, numbers = of_table(data, wanted, table, progress)
    else:
        kind, numbers = of_output(output, wanted, table)
    return Drawn(kind, numbers, figure_of(kind, numbers, wanted.theme))


@trusting
def plot(
    data: Any,
    *,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> Any:
    """Draw a picture of an output, or of a table that is not prepared yet.

    Parameters
    ----------
    data : path of an output; or path, paths, pandas or polars DataFrame, pyarrow.Table, (rows, columns) array
        It is not changed.
    output : path or None
        Also write it there: ``.png``, ``.svg`` or ``.pdf``, the same bytes every time.
    overwrite : bool
        Replace a file that exists.
    progress : callable or None
        Called with (rows read, 0) while a table is read.
    **settings
        The long options of ``lstmprep plot`` with underscores: kind, sample, split, theme; for a table
        also lookback, group_by, time, timesteps, ...

    Returns
    -------
    matplotlib.figure.Figure
        Made without pyplot: it can be saved again, or shown in a notebook.

    Raises
    ------
    RecipeError
        If matplotlib is not installed, or the picture has no meaning for this output.
    DataError
        If the values of the table forbid it.
    StorageError
        If something cannot be read or written.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from lstmprep import window
    >>> out = os.path.join(tempfile.mkdtemp(), "out")
    >>> data = window(np.arange(20.0).reshape(10, 2), timesteps=4, stride=2, output=out)
    >>> figure = plot(out, kind="windows")
    >>> figure.get_suptitle()
    '4 samples of 4 steps from 10 rows: each shares 2 steps with the next; every row is used'
    """
    if output is None:
        return picture(data, settings, progress).figure
    from lstmprep.sinks.single import FilePlace

    suffix = format_of(os.fspath(output))
    place = FilePlace(os.fspath(output), _paths(data), overwrite=overwrite)
    drawn = picture(data, settings, progress)
    made = drawn.file(suffix)
    place.write(lambda stream: stream.write(made))
    return drawn.figure


def _paths(data: Any) -> list[str]:
    """What may not be written over."""
    given = data if isinstance(data, (list, tuple)) else [data]
    return [os.fspath(d) for d in given if isinstance(d, (str, os.PathLike))]


def figure_of(kind: str, numbers: Any, theme: str = "light") -> Any:
    """The figure of a picture whose numbers are known."""
    with drawing():
        return import_module(f"lstmprep.plotting.draw.{MODULE_OF[kind]}").draw(numbers, THEMES[theme])


def format_of(name: str) -> str:
    """``png``, ``svg`` or ``pdf``, by the name of the file.

    Raises
    ------
    RecipeError
        If it is none of them.

    Examples
    --------
    >>> format_of("a/b.SVG")
    'svg'
    """
    stem, suffix = os.path.splitext(name)
    if suffix.lower()[1:] in FORMATS:
        return suffix.lower()[1:]
    stem = shown(stem or "picture")
    raise RecipeError(
        f"--output {quoted(name)}: a picture is written as .png, .svg or .pdf",
        fix=f"Give {stem}.png, {stem}.svg, {stem}.pdf, or - for PNG on standard output.",
    )


def standing(inputs: Sequence[str], kind: str | None) -> str:
    """The name of a picture that nobody named: that of its subject and of its kind, in the working folder.

    Examples
    --------
    >>> standing(["a/data.lstm/"], "split"), standing(["b.csv"], None), standing(["-"], "missing")
    ('data-split.png', 'b.png', 'table-missing.png')
    """
    base = os.path.basename(bare(inputs[0]).rstrip("/"))
    if base in ("manifest.json", "index.parquet"):
        base = os.path.basename(os.path.dirname(os.path.abspath(bare(inputs[0]))))
    stem = base.removesuffix(".manifest.json").partition(".")[0].strip("*?[]") or "table"
    stem = "table" if stem == "-" else stem
    return f"{stem}-{kind}.png" if kind else f"{stem}.png"
