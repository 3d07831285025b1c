"""``lstmprep apply``: the same preparation on new data, with the numbers learned before."""

from __future__ import annotations

from typing import Any

import click

from lstmprep.cli.help import Described
from lstmprep.cli.options import Flag, Operand

OTHERWISE = "Where the new rows are written otherwise"
EXAMPLES = [
    ("the newest window of every sequence: the input of a live prediction", "lstmprep apply sunspots.lstm sample_data/sunspots.csv --latest -o newest"),
    ("new rows that are written in another way", "lstmprep apply sunspots.lstm sample_data/sunspots.csv --na-values '?' -o again"),
    ("all windows of new rows, with y where the target is present", "lstmprep apply sunspots.lstm sample_data/sunspots.csv -o again.npz"),
]  # fmt: skip


def _apply(out: str, inputs: tuple[str, ...], **values: Any) -> None:
    from lstmprep.cli.framing import carried_out
    from lstmprep.cli.options import given_flags, reading_settings
    from lstmprep.loaders.arrays import manifest_of
    from lstmprep.sinks.target import require_other
    from lstmprep.taught import Taught
    from lstmprep.urls import called

    made = manifest_of(out)
    if values["output"] not in (None, "-"):
        require_other(out, values["output"])
    name = called(out)
    reading = given_flags(values, reading_settings(OTHERWISE))
    taught = Taught(
        made,
        name=name,
        latest=bool(values["latest"]),
        target=not values["no_target"],
        fold=values["fold"],
        reading=reading,
    )
    recipe = taught.in_force(target=taught.target)
    carried_out("apply", inputs, recipe, values, taught)


def _options() -> list[click.Parameter]:
    from lstmprep.cli.framing import PLACES
    from lstmprep.cli.options import option_of, reading_settings, run_options

    what = "What is made"
    return [
        Operand(["out"], required=True, metavar="OUT"),
        Operand(["inputs"], nargs=-1, required=True, metavar="INPUT..."),
        Flag(["--latest"], heading=what, basic=True, is_flag=True, help="Only the newest window of every sequence, without y."),
        Flag(["--no-target"], heading=what, basic=True, is_flag=True, help="X alone, of all windows, also where the target is present."),
        Flag(["--fold"], heading=what, basic=True, type=int, metavar="N", help="Of an output with folds, the one whose numbers count.  [default: the last]"),
        *(option_of(s) for s in reading_settings(OTHERWISE)),
        *(f for f in run_options(PLACES) if f.name != "recipe"),
    ]  # fmt: skip


command = Described(
    "apply",
    callback=_apply,
    options=_options,
    help="Prepare new data as an output was prepared, with the numbers learned then.\n\n"
    "OUT is the output (folder, .npz, .npy or manifest), INPUT the new rows: columns in any order. "
    "Split and shuffle of the recipe do not count: there is one X, in order, and y where the target is present. "
    "New rows are read as those of the output were; options of reading say where they differ.",
    short_help="The same preparation on new data.",
    examples=EXAMPLES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
