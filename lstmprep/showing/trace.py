"""From a number of X back to the cell it came from: the plan is made again on the source.

    manifest -> recipe ─┐
    source at hand ─────┴─> ingest -> plan -> rows of the sample -> file, row, line, text

Nothing is written; the source must be the one that was read (its digest is compared).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmprep.audit.again import find_source
from lstmprep.errors import DataError, LstmprepError, Where
from lstmprep.execute import Filler
from lstmprep.panel import Shelf
from lstmprep.planning import planned
from lstmprep.records import record
from lstmprep.showing.output import Output
from lstmprep.sources.base import Source
from lstmprep.taught import again, effective
from lstmprep.transforms.scalers import Scaler
from lstmprep.wording import quoted


@record(eq=False)
class Origin:
    """The source of an output, read again.

    Attributes
    ----------
    source : Source
    rows : (timesteps,) list of int or None
        Rows of the source that the steps of the sample came from; None on padding.
    answers : list of int
        Rows that its answer came from.
    """

    source: Source
    rows: list[int | None]
    answers: list[int]

    def where(self, row: int, column: str | None = None) -> Where:
        """File, row and line of a row."""
        return self.source.where(row, column)

    def text(self, row: int, column: str) -> str | None:
        """The text of a cell as it stands in the file; None when the table has no such column."""
        return self.source.cell(row, column) if column in self.source.names else None


def origin(output: Output, sample: int, split: str, table: list[str] | None) -> Origin | None:
    """Where a sample came from; None when the source is not at hand.

    Parameters
    ----------
    output : Output
    sample, split
        Which one.
    table : list of str or None
        The source; None looks for the names of the manifest, here and beside the output.

    Raises
    ------
    DataError
        If a table that was named is not the one that was read.
    """
    made = output.made
    inputs = table or find_source(made, output.base)
    if not inputs:
        return None
    try:
        recipe = effective(made)
        plan, read = planned(inputs, recipe, Shelf(), None, again(made))
    except LstmprepError:
        if table:
            raise
        return None
    if not _same(made, read.source_parts()):
        if table:
            raise DataError(
                f"{quoted(table[0])} is not the table that was read (its digest differs)",
                fix="Give the table as it was, or leave --table out.",
            )
        return None
    part = next((p for p in plan.parts if p.cut.folder + p.cut.name == split), None)
    if part is None or sample >= part.samples:
        return None
    filler = Filler(part)
    rows, real, _ = filler.steps(sample, sample + 1)
    answers, told, _ = filler.answers(sample, sample + 1)
    source = part.panel.source(rows[0])
    steps = [int(r) if ok else None for r, ok in zip(source, real[0], strict=True)]
    targets = [int(r) for r in part.panel.source(answers[0][told[0]])] if answers.size else []
    return Origin(read.sources[0], steps, targets)


def _same(made: Mapping[str, Any], parts: list[Source]) -> bool:
    """Whether these are the bytes that were read."""
    was = [s.get("digest") for s in made["source"]]
    now = [p.digest() for p in parts]
    return len(was) == len(now) and all(a is None or b is None or a == b for a, b in zip(was, now, strict=True))


def steps_between(output: Output, feature: str) -> list[str]:
    """What the recipe does to a value between its cell and X, in words and in order."""
    recipe, fitted = output.made["recipe"], output.made["fitted"]
    out = []
    for key, words in (
        ("resample", "put on a regular grid, every {}"),
        ("aggregate", "rows of one step together: {}"),
        ("fill", "empty steps filled: {}"),
        ("log", "logarithm of {}"),
        ("difference", "less the value {} rows before"),
        ("detrend", "less its {} trend"),
    ):
        if recipe.get(key):
            value = recipe[key]
            out.append(words.format(", ".join(map(str, value)) if isinstance(value, list) else value))
    if recipe.get("missing") in ("ffill", "interpolate", "mean"):
        out.append(f"filled where it is missing: {recipe['missing']}")
    numbers = _fitted({k: v for k, v in fitted.items() if k != "scaling"}, feature)
    out += [f"{path}: {told}" for path, told in numbers]
    return out


def scaled(output: Output, feature: str, value: float) -> str | None:
    """The scaling of a value worked out: ``(13 - 13.5) / 1.70783 = -0.29277``; None when its numbers are not one set."""
    about = output.made["fitted"].get("scaling", {}).get("features", {}).get(feature)
    if not isinstance(about, dict) or "method" not in about:
        return None
    scaler = Scaler.from_json([about])
    shift, factor = scaler.shift.item(), scaler.factor.item()
    done = (value - shift) / factor
    return f"{about['method']} scaling by train rows: ({value:.10g} - {shift:.6g}) / {factor:.6g} = {done:.9g}"


def _fitted(found: Any, feature: str, path: str = "") -> list[tuple[str, str]]:
    """Entries of the fitted numbers that stand under the name of a feature."""
    if not isinstance(found, dict):
        return []
    out = []
    for key, value in found.items():
        here = f"{path} {key}".strip()
        if key == feature:
            told = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
            out.append((path or "fitted", told))
        else:
            out += _fitted(value, feature, here)
    return out


def cast(text: str, dtype: Any) -> Any:
    """The number that a text is, in the type of the output; None when it is none.

    Examples
    --------
    >>> cast("0.1", np.float32).tobytes() == np.float32(0.1).tobytes(), cast("n/a", np.float32)
    (True, None)
    """
    try:
        return np.dtype(dtype).type(float(text))
    except ValueError:
        return None
