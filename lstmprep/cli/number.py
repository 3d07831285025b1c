"""What `lstmprep show --at` prints: one number of X, the cell it came from, what was done on the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmprep.cli.pages import width, wrapped
from lstmprep.cli.sample import require_step, value_text
from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.showing.lagged import is_lagged
from lstmprep.showing.output import Output
from lstmprep.showing.sample import Sample, sample_of
from lstmprep.showing.trace import Origin, number_in, origin, scaled, steps_between
from lstmprep.wording import counted, listed, name_of, place_of, quoted, shown


def number_page(output: Output, at: str, split: str | None, files: list[str] | None) -> list[str]:
    """One number of X: what it is, where it comes from, and what was done to it on the way."""
    if is_lagged(output):
        from lstmprep.cli.lagged import lagged_page

        return lagged_page(output, at, split, files)
    part = output.split(split)
    number, step, feature = _address(output, at)
    sample = sample_of(output, number, part)
    require_step(sample, step)
    name = output.made["feature_names"][feature]
    value = sample.values[step, feature]
    wide = width()
    array = "X" if part == "all" else f"X_{part}"
    out = [
        f"{array}[{number}, {step}, {feature}] = {value_text(value)}",
        *wrapped(
            "",
            f"sample {number}, step {step} of {len(sample.values)}, feature {name_of(name)} ({value.dtype})",
            wide,
            indent=0,
        ),
    ]
    if sample.mask is not None and not sample.mask[step]:
        return [*out, "this step is padding: no row stands behind it"]
    source = origin(output, number, part, files)
    row = source.rows[step] if source is not None else sample.rows[step]
    if row is None:
        return [*out, *wrapped("", _unknown(sample), wide, indent=0)]
    place = output.made["source"][0]["name"]
    if source is None:
        out.append(f"from row {row + 1:,} of {name_of(place)}")
        out += wrapped("", "the file is not at hand: --table FILE shows its line and its text", wide, indent=0)
    else:
        out += traced(output, source, row, name, value)
    return out + on_the_way(output, source, row, name, value, sample.about)


def on_the_way(
    output: Output,
    source: Origin | None,
    row: int,
    name: str,
    value: Any,
    about: dict[str, Any],
    *,
    answer: bool = False,
) -> list[str]:
    """What was done between a cell and the number that is stored, a line each; scaling worked out."""
    wide, out = width(), []
    for words in steps_between(output, name):
        out += wrapped("on the way", shown(words, 400), wide)
    cell = None if source is None else number_in(output, source.text(row, name))
    said = None if source is None else scaled(output, name, cell, float(value), about, answer=answer)
    return out + (wrapped("on the way", said, wide) if said is not None else [])


def traced(output: Output, source: Origin, row: int, name: str, value: Any) -> list[str]:
    """File, row, line and text of the cell that a number came from."""
    where = source.where(row, name)
    if where.row is None:  # no row of the table stands in that cell
        where = source.where(row)
    line = f" (line {where.line:,})" if where.line else ""
    out = [f"from {place_of(where.file or '')}, row {where.row:,}{line}"]
    text = source.text(row, name)
    column, klass = name, None
    if text is None:
        column, _, klass = name.partition("=")
        text = source.text(row, column) if klass else None
    if text is None:
        return [*out, f"{name_of(name)} is no column of the table: it was made on the way"]
    out.append(f"the cell of column {name_of(column)}: {quoted(text.strip())}")
    if klass:
        return [*out, f"1 where it is {quoted(klass)}, else 0"]
    plain = number_in(output, text)
    if plain is not None and value.dtype.type(plain) == value:
        out.append(f"read as the number {value_text(np.float64(plain))}, stored as {value.dtype}: {value_text(value)}")
    else:
        out.append(f"stored as {value.dtype}: {value_text(value)}")
    return out


def _unknown(sample: Sample) -> str:
    first, last = sample.about.get("first_row"), sample.about.get("last_row")
    if first is None:
        return "the output has no index, and the source is not at hand: --table FILE finds the row"
    low, high = min(first, last), max(first, last)
    return f"its row is one of {low + 1:,} to {high + 1:,} of the source, whose rows were put in order: --table FILE finds it"


def _address(output: Output, at: str) -> tuple[int, int, int]:
    """(sample, step, feature) of ``S,T,FEATURE``.

    Raises
    ------
    RecipeError
        If it is no such address; exchanged axes are answered with the right order.
    """
    names = output.made["feature_names"]
    words = [w.strip() for w in at.split(",", 2)]
    form = "Give sample, step and feature: --at 2,1," + (name_of(names[0]) if names else "0") + "."
    if len(words) != 3:
        raise RecipeError(f"--at {quoted(at)} is not S,T,FEATURE", fix=form)
    if words[2] not in names and words[1] in names and _whole(words[2]):
        raise RecipeError(
            f"--at {quoted(at)} has step and feature exchanged",
            fix=f"The axes are sample, timestep, feature: --at {words[0]},{words[2]},{name_of(words[1])}.",
        )
    if not _whole(words[0]) or not _whole(words[1]):
        raise RecipeError(f"--at {quoted(at)} is not S,T,FEATURE", fix=form)
    sample, step = int(words[0]), int(words[1])
    if words[2] in names:
        return sample, step, names.index(words[2])
    if not _whole(words[2]):
        raise RecipeError(
            f"there is no feature {quoted(words[2])}",
            fix=f"{did_you_mean(words[2], names)}The features are {listed(names)}.",
        )
    feature = int(words[2])
    if feature >= len(names):
        steps = output.made["timesteps"] or 0
        swapped = (
            " Step and feature look exchanged: the axes are sample, timestep, feature."
            if feature < steps and step < len(names)
            else ""
        )
        raise RecipeError(
            f"there is no feature {feature}: there are {counted(len(names), 'feature')}, 0 to {len(names) - 1}",
            fix=f"The features are {listed(names)}.{swapped}",
        )
    return sample, step, feature


def _whole(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 19
