"""From a number of X back to the cell it came from: the plan is made again on the source.

    manifest -> recipe ─┐
    source at hand ─────┴─> ingest -> plan -> rows of the sample -> file, row, line, text

Nothing is written; the source must be the one that was read (its digest is compared).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmprep.audit.again import find_source
from lstmprep.errors import DataError, LstmprepError, Where
from lstmprep.execute import Filler
from lstmprep.planning import planned
from lstmprep.records import record
from lstmprep.showing.output import Output
from lstmprep.sources.base import Source
from lstmprep.stores import Shelf
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
    """What the recipe does to a value between its cell and X, in words and in order; scaling apart."""
    recipe, fitted = output.made["recipe"], output.made["fitted"]
    out = [
        words.format(", ".join(map(str, value)) if isinstance(value, list) else value)
        for key, words in (
            ("resample", "put on a regular grid, every {}"),
            ("aggregate", "rows of one step together: {}"),
            ("fill", "empty steps filled: {}"),
        )
        if (value := recipe.get(key))
    ]
    if recipe.get("missing") in ("ffill", "interpolate", "mean"):
        out.append(f"filled where it is missing: {recipe['missing']}")
    if _logged(output, feature):
        out.append(f"logarithm of {feature}")
    if recipe.get("difference"):
        out.append(f"less the value {recipe['difference']} rows before")
    if recipe.get("detrend"):
        out.append(f"less its {recipe['detrend']} trend")
    numbers = _fitted({k: v for k, v in fitted.items() if k not in ("scaling", "range")}, feature)
    return out + [f"{path}: {told}" for path, told in numbers]


def _logged(output: Output, feature: str) -> bool:
    """Whether a feature is replaced by its logarithm."""
    recipe, fitted = output.made["recipe"], output.made["fitted"]
    return feature in (fitted["log"] if isinstance(fitted.get("log"), list) else recipe.get("log") or ())


def scaled(
    output: Output, feature: str, cell: float | None, stored: float, row: Mapping[str, Any], *, answer: bool = False
) -> str | None:
    """The scaling of a value worked out: ``(13 - 13.5) / 1.70783 = -0.29277``; None when it is not scaled, or there are folds.

    Parameters
    ----------
    output : Output
    feature : str
    cell : float or None
        The number in the cell; where something was done to it before, what was scaled is told from what is stored.
    stored : float
    row : mapping
        The row of the index: whose numbers they are, with ``--scale-by-group``.
    answer : bool
        Whether the value is that of a target.
    """
    about, whose = _numbers_of(output, feature, row, "targets" if answer else "features")
    if about is None:
        return None
    scaler, recipe = Scaler.from_json([about]), output.made["recipe"]
    shift, factor = scaler.shift.item(), scaler.factor.item()
    value, whence = cell, ""
    if value is not None and _logged(output, feature):
        value, whence = math.log(value) if value > 0 else None, f" of the logarithm of {value:.10g}"
    changed = any(recipe.get(k) for k in ("resample", "downsample", "difference", "detrend"))
    if value is None or changed:
        value, whence = stored * factor + shift, " of what came of it"
    done = (value - shift) / factor
    return f"{about['method']} scaling by train rows{whose}{whence}: ({value:.10g} - {shift:.6g}) / {factor:.6g} = {done:.9g}"


def _numbers_of(output: Output, feature: str, row: Mapping[str, Any], of: str) -> tuple[dict[str, Any] | None, str]:
    """(what scaled a feature, whose rows it was learned from)."""
    scaling = output.made["fitted"].get("scaling", {})
    every = scaling.get(of, {}).get(feature)
    groups = scaling.get("by_group", {})
    key = [str(row.get(k)) for k in output.made["sequences"]["keys"]]
    if every is None or "method" not in every:
        return None, ""
    if feature not in groups.get(of, {}) or key not in groups["keys"]:
        return every, ""
    at, own = groups["keys"].index(key), groups[of][feature]
    return {n: v[at] if isinstance(v, list) else v for n, v in own.items()}, f" of {', '.join(key)}"


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


def number_in(output: Output, text: str | None) -> float | None:
    """The number that a cell of the source holds, read with the marks of the recipe; None when it is none.

    Parameters
    ----------
    output : Output
    text : str or None
    """
    recipe = output.made["recipe"]
    plain = (text or "").strip().strip('"').replace(recipe.get("thousands") or "\0", "")
    found = cast(plain.replace(recipe.get("decimal") or ".", "."), np.float64)
    return None if found is None or math.isnan(found) else float(found)


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
