"""What a survey tells: facts, order, sequences, framings, warnings, a command to begin with; writes nothing.

    source -> scan (one pass) -> records of columns, order, lengths -> framings, warnings, a command
                    lookback: one column as a panel -> ACF, PACF, mutual information

What `window` would refuse is told here, not refused, where that is possible.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

import lstmprep
from lstmprep.divide import divide
from lstmprep.errors import RecipeError, located
from lstmprep.ingest import ingest
from lstmprep.naming import resolve
from lstmprep.panel import Panel
from lstmprep.planning import times_of_split
from lstmprep.recipe import from_flat
from lstmprep.serde import settings_of
from lstmprep.sources import open_source
from lstmprep.sources.several import FILE_KEY, Several
from lstmprep.stores import Shelf
from lstmprep.survey import advice
from lstmprep.survey.columns import record
from lstmprep.survey.framings import framings_of, tally
from lstmprep.survey.lookback import look_back
from lstmprep.survey.scan import Progress, Scan, scanned
from lstmprep.survey.settings import SHARED, Ask, ask_of
from lstmprep.survey.shaped import Shaped, shaped
from lstmprep.survey.warnings import warnings_of

VERSION = 1


def survey(inputs: Any, ask: Ask, progress: Progress | None = None, *, whole: bool = False) -> dict[str, Any]:
    """Everything `inspect` tells, as plain JSON values.

    Parameters
    ----------
    inputs : path, paths, table, or None
        None counts for ``ask.look.rows`` rows without a file.
    ask : Ask
    progress : callable or None
        Called with (rows read, 0).
    whole : bool
        Also ``lengths``: the rows of every sequence, as an array (None where they cannot be told).

    Raises
    ------
    LstmprepError
        If the input cannot be read, or a column that is named does not exist.

    Examples
    --------
    >>> found = survey(None, ask_of({"rows": 600, "columns": 10, "timesteps": [7]}))
    >>> found["framings"]["timesteps"][0]["sliding"]["samples"]
    594
    """
    look = ask.look
    head: dict[str, Any] = {"lstmprep": lstmprep.__version__, "survey_version": VERSION}
    if look.rows is not None:
        if inputs is not None:
            raise RecipeError("--rows counts without a file, and a file is given", fix="Leave one of them out.")
        told = framings_of(np.array([look.rows]), look.columns or 1, timesteps=look.timesteps, dtype=ask.arrays.dtype)
        return head | {"rows": look.rows, "framings": told}
    source = open_source(inputs, ask.reading, grouped=bool(ask.order.group_by))
    with located(file=source.name):
        if look.lookback is not None and not ask.reshapes:
            resolve([look.lookback], source.names, "--lookback")
        found = scanned(source, ask, progress)
    rows = shaped(source, ask, found.time, found.problems)
    told = head | _told(found, ask, _names(inputs), rows)
    return told | {"lengths": _lengths(found, ask, rows)} if whole else told


def inspect(data: Any = None, *, progress: Progress | None = None, **settings: Any) -> dict[str, Any]:
    """What a table holds, which framings it allows, what would go wrong; writes nothing.

    Parameters
    ----------
    data : path, paths, pandas or polars DataFrame, pyarrow.Table, (rows, columns) array, or None
        The table; it is not changed. None with `rows` and `columns` counts without a table.
    progress : callable or None
        Called with (rows read, 0).
    **settings
        The long options of ``lstmprep inspect`` with underscores: timesteps, time, group_by, lookback, ...

    Returns
    -------
    dict
        Plain JSON values, as ``lstmprep inspect --json`` prints them: columns, order, sequences, framings,
        warnings, suggestion (and where there is none, no_suggestion: why, and what to do), lookback.

    Raises
    ------
    RecipeError
        If a setting is unknown, or names a column that is not there.
    DataError
        If the input is no table.
    StorageError
        If it cannot be read.

    Examples
    --------
    >>> found = inspect(np.arange(20.0).reshape(10, 2), timesteps=[3])
    >>> found["rows"], found["framings"]["timesteps"][0]["blocks"]["samples"]
    (10, 3)
    """
    return survey(data, ask_of(settings), progress)


def _names(inputs: Any) -> list[str]:
    """The inputs as they were typed; nothing for a table in memory."""
    given = [inputs] if isinstance(inputs, (str, os.PathLike)) else inputs if isinstance(inputs, (list, tuple)) else []
    return [os.fspath(i) for i in given if isinstance(i, (str, os.PathLike))]


def _lengths(found: Scan, ask: Ask, rows: Shaped | None) -> Any:
    """(sequences,) rows of each; None where they cannot be told."""
    return rows.lengths if rows is not None else None if ask.reshapes else found.lengths


def _told(found: Scan, ask: Ask, names: list[str], rows: Shaped | None) -> dict[str, Any]:
    parts = found.source.parts if isinstance(found.source, Several) else [found.source]
    records = [record(c, found.rows, found.where) for c in found.columns.values()]
    part = advice.roles(found, ask, records)
    for about in records:
        about["part"] = part[about["name"]]
    features = len(rows.features) if rows else _features(ask, found.source.names, part)
    guess = advice.guessed(found, ask, records)
    lengths = _lengths(found, ask, rows)
    framed = None
    if lengths is not None:
        framed = framings_of(
            lengths,
            features,
            timesteps=ask.look.timesteps,
            answer=ask.columns.answer,
            dtype="int32" if ask.tokens.tokens is not None else ask.arrays.dtype,
            windows=ask.tokens.tokens is None,
        )
    out = {
        "source": [{"name": p.name, "format": p.format, "rows": p.rows, "bytes": p.bytes} for p in parts],
        "rows": found.rows,
        "columns": records,
        "order": _order(found),
        **({"shaped": rows.to_json()} if rows else {}),
        "sequences": _sequences(found, lengths, rows.panel if rows else None),
        "framings": framed,
        "warnings": warnings_of(found, records, framed, part, guess, rows),
        "refused": [{"text": str(e).partition("\n")[0], "fix": e.fix} for e in found.problems],
        "suggestion": advice.suggestion(found, ask, records, part, guess, names),
    }
    if out["suggestion"] is None:
        out["no_suggestion"] = advice.why_none(found, ask, records, part, guess, names)
    if ask.look.lookback is not None:
        out["lookback"] = _lookback(found, ask)
    return out


def _features(ask: Ask, names: list[str], part: dict[str, str]) -> int:
    """Columns of X: the past of a target among them, unless features are named without it."""
    asked = resolve(ask.columns.features, names, "--features")
    return sum(p == "feature" or (p == "target" and (not asked or n in asked)) for n, p in part.items())


def _order(found: Scan) -> dict[str, Any] | None:
    order = found.order
    if order is None or order.clock is None:
        return None
    clock, spacing = order.clock, order.spacing
    instant = clock.kind == "instant"
    usual, times = spacing.usual() if spacing.total else (None, 0)
    low, high = order.low, order.high
    return {
        "time": list(found.time),
        "assumed": found.assumed,
        "kind": clock.kind,
        "unit": clock.unit if instant else None,
        "first": clock.text(low) if instant else low.item(),
        "last": clock.text(high) if instant else high.item(),
        "sorted": not order.out_of_order,
        "out_of_order": order.out_of_order,
        "duplicates": order.twice,
        "repeated_rows": found.repeated,
        "spacing": {
            "min": spacing.low,
            "median": spacing.quantile(0.5),
            "max": spacing.high,
            "usual": usual,
            "usual_share": round(times / spacing.total, 6) if spacing.total else None,
            "different": spacing.different,
            "even": spacing.total > 0 and spacing.low == spacing.high and not order.twice,
            "exact": spacing.exact,
        },
    }


def _sequences(found: Scan, lengths: Any, panel: Panel | None) -> dict[str, Any] | None:
    if lengths is None:
        return None
    n = len(lengths)
    different, times = tally(lengths)
    low, high = different[np.searchsorted(np.cumsum(times), [(n - 1) // 2, n // 2], side="right")]
    order = found.order
    out: dict[str, Any] = {
        "keys": list(found.keys if panel is None else panel.keys),
        "count": n,
        "lengths": {
            "min": int(different[0]),
            "median": (int(low) + int(high)) / 2,
            "max": int(different[-1]),
        },
        "interleaved": bool(order is not None and found.keys and order.runs > n),
    }
    if panel is not None:
        return out | ({"interleaved": False} if panel.pivot else {})
    if order is not None and found.keys:
        first, last = int(np.argmin(lengths)), n - 1 - int(np.argmax(lengths[::-1]))
        out["shortest"] = {"key": order.keys.key(first), "rows": int(lengths[first])}
        out["longest"] = {"key": order.keys.key(last), "rows": int(lengths[last])}
    return out


def _lookback(found: Scan, ask: Ask) -> dict[str, Any]:
    """One column as a panel, sequences apart and in time order, and what it says of its past."""
    column = ask.look.lookback or ""
    column = column if ask.reshapes else resolve([column], found.source.names, "--lookback")[0]
    if column in found.keys or column in found.time:
        raise RecipeError(
            f"--lookback {column} is {'a key' if column in found.keys else 'the time'} of the rows",
            fix="Name a column of measurements.",
        )
    flat: dict[str, Any] = {"timesteps": 1, "features": [column], "missing": "drop", "dtype": "float64"}
    flat |= {"time": list(found.time), "vector": list(ask.columns.vector)}
    flat["group_by"] = list(ask.order.group_by) or [k for k in found.keys if k not in (FILE_KEY, ask.order.pivot)]
    if found.time and ask.order.pivot is None:
        flat["on_duplicate"] = "last"
    for name in ("order", "reading", "split"):
        spec = getattr(ask, name)
        flat |= {
            s.name: list(v) if isinstance(v, tuple) else v
            for s in settings_of(SHARED[name][0])
            if s.name not in flat and (v := getattr(spec, s.name)) != s.default
        }
    recipe = from_flat(flat)
    read = ingest(found.source, recipe, Shelf())  # the source that is open: a pipe can be read once only
    panel = read.panel
    with located(file=found.source.name):
        starts, stops = panel.starts, panel.stops
        if recipe.split.active:
            cuts = divide(recipe, panel, times=times_of_split(recipe, read)).cuts
            train = next(c for c in cuts if c.name == "train").segments
            starts, stops = train.starts, train.stops
        with located(column=column):
            told = look_back(panel.features[:, 0], starts, stops, column=column, max_lag=ask.look.max_lag)
    return told | {"rows": int(stops.sum() - starts.sum()), "part": "train"} if recipe.split.active else told
