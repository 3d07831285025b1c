"""``lstmprep report``: one self-contained page about an output."""

from __future__ import annotations

import sys
from typing import Any

import click

from lstmprep.cli.help import Described
from lstmprep.cli.options import RUN, Flag, Operand

EXAMPLES = [
    ("a page about an output, with its pictures", "lstmprep report sunspots.lstm -o report.html"),
]


def _report(out: str, **values: Any) -> None:
    from lstmprep.cli.streams import require_stdout, tell
    from lstmprep.reporting.figures import can_draw
    from lstmprep.reporting.page import MISSING, name_of_output, page, place_of_page
    from lstmprep.showing.output import Output
    from lstmprep.wording import place_of

    name, place = values["output"], None
    if name == "-":
        require_stdout()
    elif name is not None:
        place = place_of_page(name, [out], overwrite=bool(values["overwrite"]))
    output = Output(out)
    if name is None:
        name = f"{name_of_output(output).partition('.')[0]}.html"
        place = place_of_page(name, [out], overwrite=bool(values["overwrite"]))
    data = page(output).encode()
    if place is None:
        sys.stdout.buffer.write(data)
        return
    place.write(lambda stream: stream.write(data))
    if not values["quiet"]:
        tell(*([] if can_draw() else [f"note: {MISSING}"]), f"wrote {place_of(name)}")


def _options() -> list[click.Parameter]:
    return [
        Operand(["out"], metavar="OUT"),
        Flag(["-o", "--output"], heading=RUN, basic=True, default=None, metavar="FILE", help="NAME.html, or - for standard output.  [default: NAME.html in the working folder]"),
        Flag(["--overwrite"], heading=RUN, basic=True, default=None, is_flag=True, help="Replace a file that exists."),
        Flag(["-q", "--quiet"], heading=RUN, basic=True, default=None, is_flag=True, help="No report, only errors."),
    ]  # fmt: skip


command = Described(
    "report",
    callback=_report,
    options=_options,
    help="Describe an output on one page of HTML: the command, its pictures, arrays, what became of every row, parts and notes.\n\n"
    "OUT is an output folder, its .npz, .npy or manifest. The page stands alone: no script, nothing that is fetched. "
    "Its pictures need matplotlib (pip install 'lstmprep[plot]'); without it the page has none, and says so.",
    short_help="One self-contained HTML page about an output.",
    examples=EXAMPLES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
