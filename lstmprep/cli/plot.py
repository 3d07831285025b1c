"""``lstmprep plot``: a picture of an output or of a table, as PNG, SVG or PDF."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from lstmprep.cli.help import Described
from lstmprep.cli.options import RUN, Flag
from lstmprep.errors import RecipeError

EXAMPLES = [
    ("where the samples lie", "lstmprep plot sunspots.lstm -o windows.png"),
    ("one sample", "lstmprep plot sunspots.lstm --kind sample --sample 40 -o sample.svg"),
    ("how far to look back, of a table", "lstmprep plot sample_data/sunspots.csv --kind lookback --lookback SUNACTIVITY --time YEAR -o lookback.png"),
]  # fmt: skip


def _plot(inputs: tuple[str, ...], **values: Any) -> None:
    from lstmprep.cli.options import given_flags
    from lstmprep.cli.progress import bar
    from lstmprep.cli.streams import require_stdout, tell
    from lstmprep.plotting.ask import asked, picture_settings
    from lstmprep.plotting.picture import format_of, picture, standing
    from lstmprep.sinks.single import FilePlace

    settings = given_flags(values, picture_settings())
    wanted, _ = asked(settings)
    name = values["output"] or standing(list(inputs), wanted.kind)
    place = None
    if name == "-":
        _require_room(require_stdout)
    else:
        suffix = format_of(name)
        place = FilePlace(name, list(inputs), overwrite=bool(values["overwrite"]))
    with bar(values["progress"]) as told:
        drawn = picture(
            list(inputs), settings, None if told is None else lambda done, total: told("reading", done, total)
        )
    if place is None:
        sys.stdout.buffer.write(drawn.file("png"))
        return
    data = drawn.file(suffix)
    place.write(lambda stream: stream.write(data))
    if not values["quiet"]:
        from lstmprep.wording import place_of

        tell(drawn.numbers.title, f"wrote {place_of(name)}")


def _require_room(require_stdout: Any) -> None:
    """A picture is never written to a terminal."""
    require_stdout()
    if os.isatty(sys.stdout.fileno()):
        raise RecipeError(
            "a picture is not written to a terminal", fix="Name a file with -o, or send standard output to one."
        )


def _options() -> list[click.Parameter]:
    from lstmprep.cli.options import option_of, typed_inputs
    from lstmprep.plotting.ask import picture_settings

    def flag(*names: str, **kwargs: Any) -> Flag:
        return Flag(list(names), heading=RUN, default=None, **kwargs)

    inputs = typed_inputs(required=True)
    inputs.metavar = "OUT|INPUT..."
    return [
        inputs,
        *(option_of(s) for s in picture_settings()),
        flag("-o", "--output", basic=True, metavar="FILE", help="NAME.png, NAME.svg, NAME.pdf, or - for PNG on standard output.  [default: NAME.png or NAME-KIND.png in the working folder]"),
        flag("--overwrite", basic=True, is_flag=True, help="Replace a file that exists."),
        flag("-q", "--quiet", basic=True, is_flag=True, help="No report, only errors."),
        flag("--progress/--no-progress", basic=False, help="A progress bar.  [default: on a terminal]"),
    ]  # fmt: skip


command = Described(
    "plot",
    callback=_plot,
    options=_options,
    help="Draw an output, or a table that is not prepared yet. Its title says what was found.\n\n"
    "Of OUT, an output folder, its .npz, .npy or manifest: windows (the series, and a bar per sample), sample (one of them), "
    "split (the rows of train, val and test), scaled (how the values of each part are distributed), lengths (of padded samples). "
    "Of INPUT, a table: missing (its cells), lengths (of its sequences, and what --timesteps would cut), lookback (how far a column depends on its past).\n\n"
    "Needs matplotlib: pip install 'lstmprep[plot]'.",
    short_help="Pictures of an output or a table (PNG, SVG, PDF).",
    examples=EXAMPLES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
