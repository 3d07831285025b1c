"""The instants that --split names, in the unit of the table's own times.

2019-01-01              as the times are kept: microseconds of UTC, or of a clock on the wall
at:700                  a number, where times are numbers
01/06/2019              as --time-format says, where it says how
"""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from lstmprep.errors import RecipeError
from lstmprep.ingest.clock import Clock
from lstmprep.wording import listed, quoted

_SHORT = {r"\d{4}\Z": "-01-01", r"\d{4}-\d{2}\Z": "-01"}


def split_times(clock: Clock, words: tuple[str, ...]) -> list[Any]:
    """The places in time where later parts begin.

    Parameters
    ----------
    clock : Clock
        The clock that has read the table.
    words : tuple of str
        The texts in ``--split``.

    Raises
    ------
    RecipeError
        If a text is no time of this clock, or the times do not rise.

    Examples
    --------
    >>> clock = Clock(("t",), None); clock.kind = "integer"
    >>> split_times(clock, ("6.5", "9"))
    [7, 9]
    """
    read = _instant if clock.kind == "instant" else _place
    found = [read(clock, w) for w in words]
    if any(a >= b for a, b in pairwise(found)):
        raise RecipeError(
            f"--split {quoted(','.join(words))}: the times do not rise", fix="Name the earlier one first."
        )
    return found


def _place(clock: Clock, word: str) -> Any:
    try:
        value = float(word) if word.isascii() and "_" not in word else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RecipeError(
            f"--split {quoted(word)} is no number, and the times in {listed(clock.columns)} are numbers",
            fix="Write --split at:700,900 with times of the table, or give fractions (0.7,0.3) or rows.",
        )
    return math.ceil(value) if clock.kind == "integer" else value


def _instant(clock: Clock, word: str) -> int:
    text = word
    for pattern, rest in _SHORT.items():
        text = text + rest if re.match(pattern, text) else text
    for aware in (False, True):
        try:
            when = pa.array([text]).cast(pa.timestamp(clock.unit, tz="UTC" if aware else None))
        except pa.ArrowInvalid:
            continue
        if aware and not clock.aware:
            raise RecipeError(
                f"--split {quoted(word)} has a time zone, and the times in {listed(clock.columns)} have none",
                fix="Write it without a zone.",
            )
        return int(np.frombuffer(when.buffers()[1], np.int64, 1)[0])
    if clock.style is not None:
        return _styled(clock, word)
    raise RecipeError(
        f"--split {quoted(word)} is not a time",
        fix="Write it as 2019-01-31 or 2019-01-31T05:00.",
    )


def _styled(clock: Clock, word: str) -> int:
    import pandas as pd

    style = clock.style or ""
    when = pd.to_datetime([word], format=style, errors="coerce", utc="%z" in style)
    if when.isna()[0]:
        raise RecipeError(
            f"--split {quoted(word)} is not a time",
            fix=f"Write it as 2019-01-31 or 2019-01-31T05:00, or like the table as {quoted(style)}.",
        )
    return int(when.tz_localize(None).to_numpy(dtype=f"datetime64[{clock.unit}]").view(np.int64)[0])
