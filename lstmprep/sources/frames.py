"""Tables that a caller holds in memory, as Arrow tables: pandas, polars, pyarrow."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from lstmprep.errors import DataError, RecipeError
from lstmprep.wording import shown


def table_of(data: Any) -> pa.Table:
    """An Arrow table from a frame; the caller's object is not changed.

    Raises
    ------
    RecipeError
        If the object is none of those.
    """
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    module = type(data).__module__.partition(".")[0]
    try:
        if module in ("pandas", "polars") and type(data).__name__ == "Series":
            data = (
                data.to_frame("c0") if data.name in (None, "") else data.to_frame()
            )  # a series, named as a bare array is
        if module == "pandas" and hasattr(data, "columns"):
            if data.index.name is None and data.index.dtype.kind == "M" and "index" not in data.columns:
                data = data.rename_axis("index")  # what pandas' own reset_index calls it
            named = [n for n in data.index.names if n is not None]
            return pa.Table.from_pandas(data.reset_index(named) if named else data, preserve_index=False)
        if module == "polars" and hasattr(data, "to_arrow") and hasattr(data, "width"):
            return data.to_arrow()
    except (pa.ArrowException, TypeError, ValueError) as error:
        reason = shown(" ".join(str(error).split()), 160)
        raise DataError(f"the frame cannot be read: {reason}", fix="Give every column one type and one name.") from None
    raise RecipeError(
        f"{type(data).__name__} is no table",
        fix="Give a path, a pandas or polars DataFrame or Series, a pyarrow.Table or a NumPy array.",
    )
