"""``lstmprep invert``: predictions back to rows, times, groups, classes and original units."""

from __future__ import annotations

import sys
from typing import Any

import click

from lstmprep.cli.help import Described
from lstmprep.cli.options import Flag, Operand, given_flags, option_of, reading_settings
from lstmprep.cli.streams import require_stdout, tell
from lstmprep.errors import RecipeError

OTHERWISE = "Where --table is written otherwise"
EXAMPLES = [
    ("one row per prediction, with what happened beside it; y itself stands for the predictions", "lstmprep invert sunspots.lstm sunspots.lstm/y.npy -o pred.csv"),
    ("one row per predicted row, the mean of all its predictions", "lstmprep invert sunspots.lstm sunspots.lstm/y.npy --combine mean -o mean.parquet"),
    ("true values from the table, or a later one", "lstmprep invert sunspots.lstm sunspots.lstm/y.npy --table sample_data/sunspots.csv -o later.csv"),
]  # fmt: skip


def _invert(out: str, pred: str, **values: Any) -> None:
    stdout = values["output"] == "-"
    if stdout or values["json"]:
        require_stdout()
    if stdout and values["json"]:
        raise RecipeError("--json and -o - both write to standard output", fix="Leave one of them out.")
    from lstmprep.inverse import inverse_of
    from lstmprep.loaders.arrays import load
    from lstmprep.sinks.rows import RowsPlace, write_rows

    table = list(values["table"]) or None
    place = None
    if not stdout:
        place = RowsPlace(values["output"], [out, pred, *(table or [])], overwrite=bool(values["overwrite"]))
    reading = given_flags(values, reading_settings(OTHERWISE))
    back = inverse_of(load(out), pred, split=values["split"], table=table, combine=values["combine"], reading=reading)
    if place is None:
        write_rows(sys.stdout.buffer, "csv", back.schema, back.batches())
    else:
        kind = place.kind
        place.write(lambda stream: write_rows(stream, kind, back.schema, back.batches()))
    errors = back.errors.told() if back.errors is not None else []
    if not values["quiet"]:
        tell(*_report(back, errors, values["output"], table=table is not None))
    if values["json"]:
        from lstmprep.manifest import dumps

        sys.stdout.buffer.write(dumps({"output": values["output"], "rows": back.rows, "errors": errors}).encode())


def _report(back: Any, errors: list[dict[str, Any]], output: str, *, table: bool) -> list[str]:
    from lstmprep.wording import counted, listed, name_of

    lines = [f"{counted(back.rows, 'row')}: {', '.join(map(name_of, back.schema.names))}"]
    for e in errors[:20]:
        step = f", step {e['step']}" if any(o["step"] > 1 for o in errors) else ""
        told = f"{e['right']:.1%} right" if "right" in e else f"MAE {e['mae']:.6g}, RMSE {e['rmse']:.6g}"
        lines.append(f"{name_of(e['target'])}{step}: {told}, of {counted(e['predictions'], 'prediction')}")
    if len(errors) > 20:
        lines.append(f"{len(errors) - 20:,} more (--json has them all)")
    lost = back.errors.lost if back.errors is not None else 0
    if not errors and not lost:
        lines.append(
            "no true values are known: the table does not hold the rows that were predicted"
            if table
            else "no true values are known: name a table that has them with --table"
        )
    if lost:
        lines.append(f"note: {counted(lost, 'prediction')} missing (NaN, or a code below 0): left out of the errors")
    if back.unplaced:
        lines.append(
            f"note: {counted(back.unplaced, 'row')} without target_row: the index knows the first and the last step of a sample; "
            "--table with the table that the output was made from tells the steps between"
        )
    lines.append("wrote to standard output" if output == "-" else f"wrote {listed([output])}")
    return lines


def _options() -> list[click.Parameter]:
    back, run = "The way back", "This run"
    return [
        Operand(["out"], required=True, metavar="OUT"),
        Operand(["pred"], required=True, metavar="PRED.npy"),
        Flag(["--split"], heading=back, basic=True, metavar="NAME", help="The part that was predicted: train, val, test, fold0/test."),
        Flag(["--table"], heading=back, basic=True, multiple=True, metavar="FILE", help="A table with the true values.  [default: those in y]"),
        Flag(
            ["--combine"],
            heading=back,
            basic=True,
            type=click.Choice(["none", "mean"]),
            default="none",
            show_default=True,
            help="A row that several samples predict: each prediction, or their mean.",
        ),
        *(option_of(s) for s in reading_settings(OTHERWISE)),
        Flag(["-o", "--output"], heading=run, basic=True, required=True, metavar="FILE", help="NAME.csv, NAME.parquet, or - for CSV on standard output."),
        Flag(["--overwrite"], heading=run, basic=True, is_flag=True, help="Replace a file that exists."),
        Flag(["--json"], heading=run, basic=True, is_flag=True, help="The errors per target and step on standard output."),
        Flag(["-q", "--quiet"], heading=run, basic=True, is_flag=True, help="No report, only errors."),
    ]  # fmt: skip


command = Described(
    "invert",
    callback=_invert,
    options=_options,
    help="Bring predictions back to rows, times, groups, classes and original units.\n\n"
    "OUT is the output that was predicted (folder, .npz, .npy, lagged table or manifest), PRED.npy the predictions of every sample of one part, "
    "in the order of X. A --table is read as that of the output was; options of reading say where it differs.",
    short_help="Predictions back to rows, times, classes and units.",
    examples=EXAMPLES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
