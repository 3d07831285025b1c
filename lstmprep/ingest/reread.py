"""Numbers of a panel read once more from the files of the table: the same cells, through the same hands.

    first pass   cells -> float64 -> kept type -> panel          -> scaled, cast
    once more    cells -> float64 -> kept type ------------------> scaled, cast      rows from any row on

Only for rows that stand in the panel as they stand in the table. What was rewritten in another way than
by scale and type is no longer what would be read, and is known by its array.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from lstmprep.columns import Roles
from lstmprep.ingest.numbers import ColumnFacts
from lstmprep.ingest.rows import Rows
from lstmprep.ingest.spelled import Spelled
from lstmprep.panel import Array, Panel
from lstmprep.parts import Reading
from lstmprep.records import record
from lstmprep.sources.again import Again, Seen, again_of
from lstmprep.sources.base import Source
from lstmprep.transforms.affine import Affine, Owners, rescaled


@record(frozen=True, eq=False)
class Numbers:
    """One array of the panel: its columns, the type they are kept in, what is done to them, and what comes of it."""

    names: tuple[str, ...]
    kept: str
    dtype: str
    affine: Affine | None = None
    made: Any = None

    def of(self, values: dict[str, Any], group: Any) -> Array:
        """Rows of the columns, scaled and in their type."""
        out = np.empty((len(values[self.names[0]]), len(self.names)), self.kept)
        for j, name in enumerate(self.names):
            out[:, j] = values[name]
        if self.affine is None and self.kept == self.dtype:
            return out
        cast = np.empty(out.shape, self.dtype)
        rescaled(out, self.affine, group, None, cast)
        return cast


@record(frozen=True, eq=False)
class Reread:
    """Numbers of a panel, from the files.

    Parameters
    ----------
    again : Again
    spelled : Spelled
    features, targets, future : Numbers or None
    """

    again: Again
    spelled: Spelled
    features: Numbers | None
    targets: Numbers | None
    future: Numbers | None

    @property
    def files(self) -> tuple[Seen, ...]:
        """The files of the table."""
        return self.again.files

    def holds(self, role: str, values: Any) -> bool:
        """Whether these values of a panel are what would be read."""
        numbers = getattr(self, role)
        return numbers is not None and numbers.made is values  # none of them once it was sent

    def scaled(self, role: str, values: Any, affine: Any) -> Reread:
        """The same, of values that were scaled, or cast, to these."""
        numbers = replace(getattr(self, role), affine=affine, dtype=values.dtype.str, made=values)
        return replace(self, **{role: numbers})

    def sent(self, roles: list[str]) -> Reread:
        """The same for these alone, without any value."""
        bare = {role: replace(getattr(self, role), made=None) for role in roles}
        return replace(self, **{"features": None, "targets": None, "future": None} | bare)

    def rows(self, roles: list[str], low: int, panel: Panel) -> Iterator[tuple[int, dict[str, Array]]]:
        """From row `low` on: (first row, values of each role), some thousand rows at a time."""
        chosen: dict[str, Numbers] = {role: getattr(self, role) for role in roles}
        names = list(dict.fromkeys(name for n in chosen.values() for name in n.names))
        grouped = any(n.affine is not None and len(n.affine.shift) > 1 for n in chosen.values())
        owners = Owners(panel.starts) if grouped else None
        for chunk in self.again.chunks(dict.fromkeys(names, "number"), low):
            first, stop = max(low, chunk.first), chunk.first + chunk.rows
            if first >= stop:  # the piece that holds row `low` begins before it
                continue
            columns = {n: chunk.columns[n].slice(first - chunk.first) for n in names}
            values = {n: self.spelled.floats(columns[n], ColumnFacts(), first) for n in names}
            group = owners.of(first, stop) if owners is not None else None
            yield first, {role: n.of(values, group) for role, n in chosen.items()}


def reread_of(source: Source, reading: Reading, rows: Rows, roles: Roles) -> Reread | None:
    """How the numbers of a pass are read once more; None where the source cannot be entered in its midst."""
    again = again_of(source, reading)
    if again is None:
        return None
    stores = {
        "features": (roles.numeric_features, rows.features),
        "targets": (roles.targets, rows.targets),
        "future": (roles.future, rows.future),
    }
    numbers = {
        role: Numbers(tuple(names), store.dtype.str, store.dtype.str, None, store.view()) if names else None
        for role, (names, store) in stores.items()
    }
    return Reread(again, Spelled.of(reading), **numbers)
