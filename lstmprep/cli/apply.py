"""``lstmprep apply``: the same preparation on new data, with the numbers learned before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from lstmprep.cli.help import Described
from lstmprep.cli.options import Flag

if TYPE_CHECKING:
    from lstmprep.serde import Setting

OTHERWISE = "Where the new rows are written otherwise"
_OFTEN = ("delimiter", "decimal", "na_values", "time_format")
EXAMPLES = [
    ("the newest window of every sequence: the input of a live prediction", "lstmprep apply sunspots.lstm sample_data/sunspots.csv --latest -o newest"),
    ("new rows that are written in another way", "lstmprep apply sunspots.lstm sample_data/sunspots.csv --na-values '?' -o again"),
    ("all windows of new rows, with y where the target is present", "lstmprep apply sunspots.lstm sample_data/sunspots.csv -o again.npz"),
]  # fmt: skip


def _apply(out: str, inputs: tuple[str, ...], **values: Any) -> None:
    from lstmprep.cli.framing import carried_out
    from lstmprep.cli.options import given_flags
    from lstmprep.loaders.arrays import manifest_of
    from lstmprep.taught import Taught
    from lstmprep.urls import called

    made = manifest_of(out)
    name = called(out)
    reading = given_flags(values, _reading())
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


def _reading() -> list[Setting]:
    """How new rows are read, as far as they may differ from those of the output."""
    from lstmprep.commands import every_setting
    from lstmprep.earlier import READING

    known = {s.name: s for s in every_setting()}
    said = {n: known[n].help.partition("  [default")[0] for n in READING}
    return [
        replace(known[n], help=said[n], default=None, heading=OTHERWISE, basic=n in _OFTEN, short=None) for n in READING
    ]


def _options() -> list[click.Parameter]:
    from lstmprep.cli.framing import PLACES
    from lstmprep.cli.options import option_of, run_options

    what = "What is made"
    return [
        click.Argument(["out"], required=True, metavar="OUT"),
        click.Argument(["inputs"], nargs=-1, required=True, metavar="INPUT..."),
        Flag(["--latest"], heading=what, basic=True, is_flag=True, help="Only the newest window of every sequence, without y."),
        Flag(["--no-target"], heading=what, basic=True, is_flag=True, help="X alone, of all windows, also where the target is present."),
        Flag(["--fold"], heading=what, basic=True, type=int, metavar="N", help="Of an output with folds, the one whose numbers count.  [default: the last]"),
        *(option_of(s) for s in _reading()),
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
