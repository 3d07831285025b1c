"""``lstmprep check``: whether an output is whole, consistent and free of leaks, and what a model expects."""

from __future__ import annotations

import sys
from typing import Any

import click

from lstmprep.cli.help import Described
from lstmprep.cli.options import Flag, Operand
from lstmprep.cli.streams import printable, require_stdout

FOUND = 1
EXAMPLES = [
    ("prove an output", "lstmprep check sunspots.lstm"),
    ("against a model with Input(shape=(10, 1)) and Dense(1)", "lstmprep check sunspots.lstm --expect 10,1 --expect-output 1"),
    ("make every value again from the table, and compare", "lstmprep check sunspots.lstm --table sample_data/sunspots.csv"),
]  # fmt: skip


def _check(paths: tuple[str, ...], **values: Any) -> None:
    from lstmprep.cli.progress import bar

    require_stdout()
    from lstmprep import api

    with bar(values["progress"]) as told:
        checked = api.check(
            *paths,
            expect=values["expect"],
            expect_output=values["expect_output"],
            table=list(values["table"]) or None,
            progress=told,
        )
    if values["json"]:
        from lstmprep.manifest import dumps

        sys.stdout.buffer.write(dumps(checked.to_json()).encode())
    elif not values["quiet"]:
        encoding = getattr(sys.stdout, "encoding", None)
        sys.stdout.write("".join(printable(line, encoding) + "\n" for line in checked.lines()))
    if not checked.ok:
        raise click.exceptions.Exit(FOUND)


def _options() -> list[click.Parameter]:
    model, proof, run = "Against a model", "Proof", "This run"
    return [
        Operand(["paths"], nargs=-1, required=True, metavar="OUT"),
        Flag(["--expect"], heading=model, basic=True, metavar="T,F", help="Input shape of the model: timesteps and features."),
        Flag(["--expect-output"], heading=model, basic=True, type=int, metavar="N", help="Units of the model's last layer."),
        Flag(
            ["--table"],
            heading=proof,
            basic=True,
            multiple=True,
            metavar="FILE",
            help="The source: the output is made again from it and compared, statistics of the train rows included.  "
            "[default: the files of the manifest, where they are found]",
        ),
        Flag(["--json"], heading=run, basic=True, is_flag=True, help="Findings and proofs as JSON."),
        Flag(["-q", "--quiet"], heading=run, basic=True, is_flag=True, help="Say nothing; the exit code is the answer."),
        Flag(["--progress/--no-progress"], heading=run, basic=False, default=None, help="A progress bar.  [default: on a terminal]"),
    ]  # fmt: skip


command = Described(
    "check",
    callback=_check,
    options=_options,
    help="Prove an output whole, consistent and free of leaks: digests, shapes, values, padding, index, rows and statistics.\n\n"
    "OUT is an output folder, its .npz, .npy or manifest; or X.npy and y.npy without a manifest. "
    "Exit code 1 and one line per finding when anything is wrong; otherwise what was proved.",
    short_help="Prove an output whole, consistent and leak-free.",
    examples=EXAMPLES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
