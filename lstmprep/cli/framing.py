"""What the framing commands share: flags -> recipe -> one run -> report.

A command of this kind is its name, its words and its examples (`framing_command`).
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from lstmprep.cli.help import Described
from lstmprep.cli.streams import ABSENT, require_stdout, tell
from lstmprep.errors import RecipeError, StorageError
from lstmprep.urls import called, is_url

if TYPE_CHECKING:
    from lstmprep.recipe import Recipe
    from lstmprep.run import Done
    from lstmprep.taught import Taught

PLACES = "Folder, .npz, .npy, URL of a folder, or - for standard output.  [default: INPUT.lstm/]"
ENDS = {"lag": ".lags.csv"}  # of the output that nobody named


def _framed(command: str, inputs: tuple[str, ...], values: dict[str, Any]) -> None:
    from lstmprep.cli.options import given_flags
    from lstmprep.commands import settings_of_command
    from lstmprep.recipe import from_flat

    settings = settings_of_command(command)
    flat = given_flags(values, settings)
    read: dict[str, Any] = {}
    if values["recipe"]:
        from lstmprep.papers import recipe_of

        read = recipe_of(values["recipe"], command, settings)
    if values["show_config"]:
        from lstmprep.cli.config import show_config

        require_stdout()
        show_config(click.get_current_context(), settings, flat, read, values["recipe"] or "")
        return
    flat = {**read, **flat}
    carried_out(command, inputs, from_flat(flat, command=command), values)


def carried_out(
    command: str, inputs: tuple[str, ...], recipe: Recipe, values: dict[str, Any], taught: Taught | None = None
) -> None:
    """One run of a recipe, as the flags of this run say, and its report."""
    output = (
        values["output"]
        if values["output"] is not None
        else _default_output(inputs, ENDS.get(recipe.command, ".lstm/"), dry_run=bool(values["dry_run"]))
    )
    stream = _stdout(command, recipe.command, values) if output == "-" else None
    if "stdout" in ABSENT and (stream is not None or values["json"]):
        raise StorageError("standard output is closed", fix="Give -o a name, or open standard output.")

    from lstmprep.cli.progress import bar
    from lstmprep.run import Place, run
    from lstmprep.scratch import keep_warm, one_heap

    one_heap()
    keep_warm()
    place = Place(
        output=output,
        stream=stream,
        overwrite=bool(values["overwrite"]),
        dry_run=bool(values["dry_run"]),
        fsync=bool(values["fsync"]),
        memory_limit=values["memory_limit"],
        workers=values["workers"],
        engine=values["engine"] or "local",
        resume=bool(values["resume"]),
        scheduler=values["scheduler"],
        scheduler_file=values["scheduler_file"],
    )
    with bar(values["progress"]) as told:
        done = run(list(inputs), recipe, place, told, taught)
    _show(done, output, values)


def _show(done: Done, output: str | None, values: dict[str, Any]) -> None:
    from lstmprep.cli.report import report

    if not values["quiet"]:
        tell(*report(done, output, dry_run=bool(values["dry_run"]), verbose=bool(values["verbose"])))
    if values["json"]:
        from lstmprep.manifest import dumps

        sys.stdout.buffer.write(dumps(done.manifest).encode())


def _default_output(inputs: tuple[str, ...], ending: str, *, dry_run: bool) -> str | None:
    """``data.lstm/`` in the working directory, for ``data.csv``."""
    if (
        len(inputs) == 1
        and inputs[0] != "-"
        and not any(c in inputs[0].partition("?" if is_url(inputs[0]) else "\0")[0] for c in "*?[")
    ):
        name = called(inputs[0])
        for packed in (".gz", ".bz2", ".zst"):
            name = name.removesuffix(packed)
        return f"{os.path.splitext(name)[0] or name}{ending}"
    if dry_run:
        return None
    raise RecipeError(
        "--output is missing, and there is no one file to name it after",
        fix=f"Say where to write: {'-o NAME.csv, -o NAME.parquet' if ending != '.lstm/' else '-o NAME for a folder, -o NAME.npz'}, or -o - for standard output.",
    )


def _stdout(command: str, made: str, values: dict[str, Any]) -> Any:
    if values["json"] and not values["dry_run"]:
        raise RecipeError("--json and -o - both write to standard output", fix="Leave one of them out.")
    tabular = made in ENDS  # text
    if sys.stdout is not None and sys.stdout.isatty() and not values["dry_run"] and not tabular:
        raise RecipeError(
            "arrays are not written to a terminal",
            fix=f"Send them somewhere: lstmprep {command} ... -o - > X.npy, or give -o a name.",
        )
    return sys.stdout.buffer


def framing_command(name: str, about: str, short: str, examples: list[tuple[str, str]], places: str = "") -> Described:
    """A command that frames tables: its flags are the settings of its recipe.

    Parameters
    ----------
    name : str
        As in `commands.COMMANDS`.
    about, short : str
        One line for its own help, one for the group's.
    examples : list of (what, command line)
    places : str
        What -o takes, when it is not a place for tensors.
    """

    def options() -> list[click.Parameter]:
        from lstmprep.cli.options import option_of, run_options, typed_inputs
        from lstmprep.commands import settings_of_command

        inputs = typed_inputs(required=True)
        return [inputs, *(option_of(s) for s in settings_of_command(name)), *run_options(places or PLACES)]

    def callback(inputs: tuple[str, ...], **values: Any) -> None:
        _framed(name, inputs, values)

    return Described(
        name,
        callback=callback,
        options=options,
        help=f"{about}\n\n"
        "INPUT is a CSV or Parquet file, several of them, a glob, a folder of Parquet, a URL, or - for standard input.",
        short_help=short,
        examples=examples,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
