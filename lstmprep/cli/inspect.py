"""``lstmprep inspect``: what a table holds, which framings it allows, what would go wrong."""

from __future__ import annotations

import sys
from typing import Any

import click

from lstmprep.cli.help import Described
from lstmprep.cli.streams import ABSENT, tell
from lstmprep.errors import RecipeError, StorageError

EXAMPLES = [
    ("what is in it, and what would go wrong", "lstmprep inspect sample_data/weather_hourly.csv --time time_hour --group-by origin"),
    ("how far to look back", "lstmprep inspect sample_data/sunspots.csv --time YEAR --lookback SUNACTIVITY --max-lag 30"),
    ("samples without a file", "lstmprep inspect --rows 600 --columns 10 --timesteps 10,24,50"),
]  # fmt: skip


def _inspect(inputs: tuple[str, ...], **values: Any) -> None:
    from lstmprep.cli.options import given_flags
    from lstmprep.survey.findings import survey
    from lstmprep.survey.settings import ask_of, survey_settings

    ask = ask_of(given_flags(values, survey_settings()))
    if not inputs and ask.look.rows is None:
        raise RecipeError(
            "there is no table to look at",
            fix="Give a file, for example lstmprep inspect data.csv, or count without one: --rows 600 --columns 10.",
        )
    if "stdout" in ABSENT:
        raise StorageError("standard output is closed", fix="Open standard output: the survey is written there.")
    from lstmprep.cli.progress import bar

    with bar(values["progress"]) as told:
        found = survey(
            list(inputs) or None, ask, None if told is None else lambda done, total: told("reading", done, total)
        )
    if values["json"]:
        from lstmprep.manifest import dumps

        sys.stdout.buffer.write(dumps(found).encode())
        return
    from lstmprep.cli.pages import show
    from lstmprep.cli.survey import messages, page

    show(*page(found))
    if not values["quiet"]:
        tell(*messages(found))


def _options() -> list[click.Parameter]:
    from lstmprep.cli.options import RUN, Flag, option_of, typed_inputs
    from lstmprep.survey.settings import survey_settings

    def flag(*names: str, **kwargs: Any) -> Flag:
        return Flag(list(names), heading=RUN, default=None, **kwargs)

    return [
        typed_inputs(required=False),
        *(option_of(s) for s in survey_settings()),
        flag("--json", basic=True, is_flag=True, help="All of it as JSON on standard output."),
        flag("-q", "--quiet", basic=True, is_flag=True, help="No warnings, only the tables and errors."),
        flag("--progress/--no-progress", basic=False, help="A progress bar.  [default: on a terminal]"),
    ]


command = Described(
    "inspect",
    callback=_inspect,
    options=_options,
    help="Look at a table before it is framed; writes nothing.\n\n"
    "Columns, order, sequences, the framings it allows, what would go wrong, and the command to begin with.",
    short_help="What a table holds, which framings it allows, what would go wrong.",
    examples=EXAMPLES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
