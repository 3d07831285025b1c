"""``lstmprep convert``: the same output in another store or format, bit-identical."""

from __future__ import annotations

import sys
from typing import Any

import click

from lstmprep.cli.help import Described
from lstmprep.cli.options import Flag, Operand, Size
from lstmprep.cli.streams import require_stdout, tell

FORMATS = ("npy", "npz", "parquet", "zarr", "safetensors", "hdf5")  # as in lstmprep.formats, which help does not load
EXAMPLES = [
    ("every row once instead of every window, and the same X of them", "lstmprep convert sunspots.lstm -o rows --store series"),
    ("one file that other libraries read", "lstmprep convert sunspots.lstm -o tensors.safetensors"),
    ("files of equally many samples", "lstmprep convert sunspots.lstm -o cut --shard-size 4KiB"),
]  # fmt: skip


def _convert(out: str, **values: Any) -> None:
    from lstmprep.cli.progress import bar

    if values["json"]:
        require_stdout()
    from lstmprep.converting import Wanted, written_again

    wanted = Wanted(
        store=values["store"],
        to=values["to"],
        shard_size=values["shard_size"],
        overwrite=bool(values["overwrite"]),
        fsync=bool(values["fsync"]),
    )
    with bar(values["progress"]) as told:
        done = written_again(out, values["output"], wanted, told)
    if not values["quiet"]:
        tell(*_report(done, values["output"]))
    if values["json"]:
        from lstmprep.manifest import dumps

        sys.stdout.buffer.write(dumps(done.manifest).encode())


def _report(done: Any, output: str) -> list[str]:
    from lstmprep.showing.words import arrays
    from lstmprep.wording import name_of

    table = arrays(done.manifest)
    widths = [max(len(r[i]) for r in table) for i in range(6)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in table]
    folder = f"{name_of(output.rstrip('/'))}/: " if done.files[-1] == "manifest.json" else ""
    return [*lines, f"wrote {folder}{', '.join(map(name_of, done.files))}"]


def _options() -> list[click.Parameter]:
    how, run = "How it lies", "This run"
    return [
        Operand(["out"], required=True, metavar="OUT"),
        Flag(["--store"], heading=how, basic=True, type=click.Choice(["windows", "series"]), help="Every window, or every row once and where windows start.  [default: as it is]"),
        Flag(["--to"], heading=how, basic=True, type=click.Choice(FORMATS), metavar="NAME", help=f"The format: {', '.join(FORMATS)}.  [default: by the suffix of the name, else npy]"),
        Flag(["--shard-size"], heading=how, basic=True, type=Size(), metavar="SIZE", help="Cut every array into files X-00000.npy, ... of this size at most.  [default: one file for an array]"),
        Flag(["-o", "--output"], heading=run, basic=True, required=True, metavar="NEW", help="New folder, or a file NAME.npz, .npy, .safetensors, .h5."),
        Flag(["--overwrite"], heading=run, basic=True, is_flag=True, help="Replace an output of lstmprep that exists."),
        Flag(["--json"], heading=run, basic=True, is_flag=True, help="The manifest on standard output."),
        Flag(["-q", "--quiet"], heading=run, basic=True, is_flag=True, help="No report, only errors."),
        Flag(["--progress/--no-progress"], heading=run, basic=False, default=None, help="A progress bar.  [default: on a terminal]"),
        Flag(["--fsync"], heading=run, basic=False, is_flag=True, help="Wait until the disk has everything before the output gets its name."),
    ]  # fmt: skip


command = Described(
    "convert",
    callback=_convert,
    options=_options,
    help="Write an output again in another store or format: the same values, bit by bit, and the same manifest but for where they lie.\n\n"
    "OUT is the output (folder, one file, or manifest). Shards are joined unless --shard-size cuts them. The formats zarr and hdf5 "
    "need their library: pip install 'lstmprep[zarr]', 'lstmprep[hdf5]'.",
    short_help="The same output in another store or format.",
    examples=EXAMPLES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
