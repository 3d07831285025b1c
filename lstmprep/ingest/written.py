"""Times that are written in another way than ISO 8601: by ``--time-format``, or as numbers of several columns."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.arrow import buffer, matches
from lstmprep.errors import DataError, RecipeError, Where
from lstmprep.wording import quoted, shown

Times = NDArray[Any]


def styled(cells: pa.Array, style: str, unit: str, first: int) -> Times:
    """Texts read by the marks of strptime, as int64 in `unit`; those with ``%z`` in UTC.

    Raises
    ------
    RecipeError
        If the marks mean nothing.
    DataError
        If a text is not written like that.
    """
    import pandas as pd

    try:
        when = pd.to_datetime(
            pd.Series(cells.to_pylist(), dtype=object), format=style, errors="coerce", utc="%z" in style
        )
    except (ValueError, re.error) as error:
        raise RecipeError(
            f"--time-format {quoted(style)} is not understood: {error}",
            fix="Use the marks of strptime: %Y %m %d %H %M %S.",
        ) from None
    far = {}
    for at in np.flatnonzero(when.isna().to_numpy()).tolist():  # few, or pandas 2 and years before 1678
        far[at] = far_time(str(cells[at]), style)
        if far[at] is None:
            raise DataError(
                f"{quoted(cells[at])} is not a time written as {quoted(style)}",
                fix="Mend the cell, or the marks in --time-format (%Y %m %d %H %M %S).",
                where=Where(row=first + at),
            )
    plain = when.dt.tz_localize(None) if "%z" in style else when
    out = plain.to_numpy(dtype=f"datetime64[{unit}]")
    if far:
        out = out.copy()
        out[list(far)] = list(far.values())
    return out.view(np.int64)


def named_zone(cells: pa.Array, style: str) -> str | None:
    """The first offset from UTC, other than none, that texts of times name: in ISO 8601, or where a style has ``%z``.

    Examples
    --------
    >>> named_zone(pa.array(["2020-01-01T12:00Z", "2020-01-01T13:00+01:00"]), "")
    '+01:00'
    >>> named_zone(pa.array(["+0000 2020-07-01", "-0430 2020-07-01"]), "%z %Y-%m-%d")
    '-0430'
    """
    before, mark, behind = style.partition("%z")
    if style and not mark:
        return None
    from pyarrow import compute

    if not style and len(cells) and compute.all(compute.ends_with(cells, pattern="Z")).as_py():
        return None  # as a rule, and quickly seen
    ends = re.sub(r"%.", ".*", re.escape(behind)) + "$"
    begins = "^.*" if before else "^" if style else r"^[0-9-]+[T ].*"
    offsets = compute.extract_regex(
        cells, f"{begins}(?P<zone>[+-][0-9]{{2}}(:?[0-9]{{2}})?(:[0-9]{{2}})?){ends}".replace("(:", "(?::")
    )
    zones = compute.struct_field(offsets, "zone").drop_null()
    other = zones.filter(compute.invert(compute.match_substring_regex(zones, "^[+-][0:]*$")))
    return str(other[0]) if len(other) else None


def far_time(text: str, style: str) -> np.datetime64 | None:
    """A time in UTC that pandas 2 cannot hold, outside the years 1678 to 2261; None when the text is no such time.

    Examples
    --------
    >>> str(far_time("29/02/1600", "%d/%m/%Y")), far_time("31/12/2020", "%d/%m/%Y")
    ('1600-02-29T00:00:00.000000', None)
    """
    try:
        found = datetime.strptime(text, style)  # noqa: DTZ007 (a zone, where the style has one, is taken into account below)
    except ValueError:
        return None
    if 1678 <= found.year <= 2261:
        return None
    return np.datetime64(found.replace(tzinfo=None) - (found.utcoffset() or timedelta()), "us")


def whole_numbers(cells: pa.Array, name: str, first: int) -> NDArray[np.int64]:
    """Years, months, hours, ... from texts.

    Raises
    ------
    DataError
        If a text is no whole number.
    """
    from pyarrow import compute

    whole = matches(cells, r"^[0-9]{1,6}(\.0*)?$")
    if not whole.all():
        at = int(np.argmin(whole))
        raise DataError(
            f"{quoted(cells[at])} is no {name}",
            fix="Give whole numbers, or one column with the whole time.",
            where=Where(row=first + at, column=name),
        )
    return buffer(compute.cast(compute.cast(cells, pa.float64()), pa.int64()), "i8")


def cast(array: pa.Array, kind: pa.DataType, first: int) -> pa.Array:
    """Another type for the same times; the first that it cannot hold is named."""
    try:
        return array.cast(kind)
    except pa.ArrowInvalid as error:
        reason = shown(" ".join(str(error).split()), 120)
        raise DataError(
            f"a time is beyond what can be kept: {reason}",
            fix="Mend the cell, or store the times as timestamps of microseconds.",
            where=Where(row=first),
        ) from None
