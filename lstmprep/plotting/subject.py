"""What a picture is made of: an output or a table, the kinds it has, and the numbers of one.

OUT      windows  sample  split  lengths  scaled      as far as the output has what they show
INPUT    missing  lookback  lengths
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from lstmprep.errors import RecipeError
from lstmprep.loaders.files import places
from lstmprep.plotting import gaps, lengths, parts, past, spread, steps, windows
from lstmprep.plotting.ask import Picture, survey_of
from lstmprep.showing.output import Output
from lstmprep.survey.findings import survey
from lstmprep.urls import called, is_url
from lstmprep.wording import listed, name_of, place_of

OF_OUTPUTS = ("", ".lstm", ".json", ".npz", ".safetensors")  # ends of URLs that are looked at as outputs
OF_TABLE = ("lookback", "lengths", "missing")
Progress = Callable[[int, int], None]


def output_of(data: Any) -> Output | None:
    """The output that a path names; None for a table."""
    one = data[0] if isinstance(data, (list, tuple)) and len(data) == 1 else data
    if not isinstance(one, (str, os.PathLike)):
        return None
    path = os.fspath(one)
    if path == "-" or (is_url(path) and os.path.splitext(called(path))[1] not in OF_OUTPUTS):
        return None
    if not places(path)[1].is_file():
        return None
    return Output(path)


def kinds_of(output: Output) -> list[str]:
    """The pictures that an output has, the most telling one first.

    Parameters
    ----------
    output : Output
    """
    made = output.made
    arrays, command = made["arrays"], made["recipe"]["command"]
    steps_there = any("timesteps" in a["axes"] for a in arrays.values()) or "row_splits" in str(list(arrays))
    indexed = output.index_path.is_file() and made["samples"] > 0
    tokens = any(a["dtype"].startswith("int") for n, a in arrays.items() if n.rpartition("/")[2].startswith("X"))
    unequal = any(n.rpartition("/")[2].startswith(("lengths", "row_splits", "X_len")) for n in arrays)
    out = ["lengths"] if unequal and indexed and command == "pad" else []
    out += ["windows"] if command == "window" and indexed and steps_there else []
    out += ["split"] if indexed and list(made["splits"]) != ["all"] else []
    out += ["sample"] if steps_there and made["samples"] and command != "lag" else []
    out += ["scaled"] if made["samples"] and not tokens and (steps_there or command == "lag") else []
    out += ["lengths"] if unequal and indexed and command != "pad" else []
    return out


def of_output(output: Output, picture: Picture, table: dict[str, Any]) -> tuple[str, Any]:
    """(kind, numbers) of a picture of an output.

    Raises
    ------
    RecipeError
        If the output has no such picture, part or sample.
    """
    for name in table:
        raise RecipeError(
            f"--{name.replace('_', '-')} is about a table, and {place_of(output.out)} is an output",
            fix="Leave it out, or give the table that is to be drawn.",
        )
    kinds = kinds_of(output)
    kind = picture.kind or (kinds[0] if kinds else "windows")
    if kind not in kinds:
        raise _no_such_picture(output, kind, kinds)
    part = output.split(picture.split[0] if picture.split else None)
    sample = picture.sample or 0
    if kind in ("windows", "sample"):
        output.require_sample(sample, part)
        return kind, windows.windows(output, sample, part) if kind == "windows" else steps.steps(output, sample, part)
    if kind == "split":
        return kind, parts.parts(output)
    return kind, lengths.lengths_of_output(output) if kind == "lengths" else spread.spread(output)


def _no_such_picture(output: Output, kind: str, kinds: list[str]) -> RecipeError:
    """Why, and what there is instead."""
    made = output.made
    if kind in ("missing", "lookback"):
        name = made["source"][0]["name"]
        table = name_of(name) if name not in ("-", "table") else "data.csv"
        column = f" --lookback {name_of((made['targets'] or made['feature_names'] or ['COL'])[0])}"
        return RecipeError(
            f"--kind {kind} is drawn of a table, and {place_of(output.out)} is an output",
            fix=f"Give the table: lstmprep plot {table} --kind {kind}{column if kind == 'lookback' else ''}.",
        )
    why = {
        "windows": "its samples are no windows" if made["recipe"]["command"] != "window" else "it has no index",
        "split": "it has no split" if output.index_path.is_file() else "it has no index",
        "lengths": "its samples are of one length",
        "sample": "it has no samples of timesteps",
        "scaled": "its numbers are codes",
    }[kind]
    have = f"It has {listed(kinds)}." if kinds else "It has no picture."
    return RecipeError(f"--kind {kind} has no meaning for {place_of(output.out)}: {why}", fix=have)


def of_table(data: Any, picture: Picture, table: dict[str, Any], progress: Progress | None) -> tuple[str, Any]:
    """(kind, numbers) of a picture of a table.

    Raises
    ------
    RecipeError
        If a table has no such picture, or the column to look back on is not named.
    """
    kind = picture.kind or ("lookback" if table.get("lookback") else "lengths" if table.get("group_by") else "missing")
    if kind not in OF_TABLE:
        raise RecipeError(
            f"--kind {kind} is drawn of an output, and this is a table",
            fix="Make one first: lstmprep window data.csv --timesteps 10 -o out, then lstmprep plot out. "
            f"A table has {listed(OF_TABLE)}.",
        )
    if picture.sample is not None:
        raise RecipeError("--sample is about an output, and this is a table", fix="Leave it out.")
    if kind == "lookback" and not table.get("lookback"):
        raise RecipeError("--kind lookback needs a column", fix="Name it: --lookback COL.")
    if kind != "lookback" and table.get("lookback"):
        raise RecipeError(f"--lookback is not drawn by --kind {kind}", fix="Use --kind lookback, or leave it out.")
    ask = survey_of(table | ({"split": picture.split} if picture.split else {}))
    if kind == "lengths":
        found = survey(data, ask, progress, whole=True)
        if found["lengths"] is None:
            raise RecipeError("the sequences cannot be told apart", fix="Name their key with --group-by.")
        return kind, lengths.lengths_of_table(found["lengths"], found["sequences"]["keys"], ask.look.timesteps)
    found = survey(data, ask, progress)
    return kind, past.past(found["lookback"]) if kind == "lookback" else gaps.gaps(found)
