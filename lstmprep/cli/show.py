"""``lstmprep show``: the manifest in words, one sample as a table, one number explained."""

from __future__ import annotations

from typing import Any

import click

from lstmprep.cli.help import Described
from lstmprep.cli.options import Flag, Operand
from lstmprep.cli.streams import require_stdout
from lstmprep.errors import RecipeError

EXAMPLES = [
    ("what is in an output", "lstmprep show sunspots.lstm"),
    ("one sample as a table", "lstmprep show sunspots.lstm --sample 0"),
    ("where one number comes from: sample 2, step 1, feature SUNACTIVITY", "lstmprep show sunspots.lstm --at 2,1,SUNACTIVITY"),
    ("and of a lagged table: row 2, column SUNACTIVITY(t-1)", "lstmprep show sunspots.csv --at '2,SUNACTIVITY(t-1)' --table sample_data/sunspots.csv"),
]  # fmt: skip


def _show(out: str, **values: Any) -> None:
    require_stdout()
    if values["at"] is not None and (values["sample"] is not None or values["step"] is not None):
        raise RecipeError("--at names a sample and a step of its own", fix="Leave --sample and --step out, or --at.")
    if values["step"] is not None and values["sample"] is None:
        raise RecipeError("--step needs --sample", fix="Name the sample too: --sample 0 --step 0.")
    from lstmprep.cli import sample as pages
    from lstmprep.cli.pages import show
    from lstmprep.showing.output import Output

    output = Output(out)
    table = list(values["table"]) or None
    if values["split"] is not None:
        output.split(values["split"])  # whether there is such a part
        if values["sample"] is None and values["at"] is None:
            raise RecipeError(
                "--split is for --sample and --at", fix="Name a sample too: --sample 0; the whole output has all parts."
            )
    if values["at"] is not None:
        from lstmprep.cli.number import number_page

        lines = number_page(output, values["at"], values["split"], table)
    elif values["sample"] is not None:
        lines = pages.sample_page(output, values["sample"], values["split"], values["step"], table)
    elif values["json"]:
        lines = []
    else:
        lines = pages.manifest_page(output)
    if values["json"]:
        _json(output, values)
        return
    show(*lines)


def _json(output: Any, values: dict[str, Any]) -> None:
    import sys

    from lstmprep.manifest import dumps

    if values["sample"] is not None or values["at"] is not None:
        raise RecipeError(
            "--json shows the manifest alone", fix="Leave --sample, --step and --at out, or read the arrays in Python."
        )
    sys.stdout.buffer.write(dumps(output.made).encode())


def _options() -> list[click.Parameter]:
    look, run = "What to show", "This run"
    return [
        Operand(["out"], metavar="OUT"),
        Flag(["--sample"], heading=look, basic=True, type=int, metavar="K", help="One sample as a table, counting from 0."),
        Flag(["--step"], heading=look, basic=True, type=int, metavar="J", help="One timestep of it, a line per feature."),
        Flag(["--at"], heading=look, basic=True, metavar="S,T,FEATURE", help="Explain one number: sample, step, and a feature by name or number; of a lagged table ROW,COLUMN."),
        Flag(["--split"], heading=look, basic=True, metavar="NAME", help="The part that samples are counted in: train, val or test.  [default: the first]"),
        Flag(
            ["--table"],
            heading=look,
            basic=True,
            multiple=True,
            metavar="FILE",
            help="The source, for rows, lines and texts.  [default: the files of the manifest, where they are found]",
        ),
        Flag(["--json"], heading=run, basic=True, is_flag=True, help="The manifest as JSON."),
    ]  # fmt: skip


command = Described(
    "show",
    callback=_show,
    options=_options,
    help="Show an output: what it holds in words, one sample as a table, one number and where it comes from.\n\n"
    "OUT is an output folder, its .npz, .npy or manifest.",
    short_help="The manifest in words, one sample as a table, one number explained.",
    examples=EXAMPLES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
