"""Numbers back to the units of the table: what was done to the targets, undone in the opposite order."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmprep.inverse.asked import Asked, Floats
from lstmprep.inverse.changes import Changed
from lstmprep.inverse.live import Live
from lstmprep.loaders.index import Block, key_numbers
from lstmprep.transforms.affine import Affine
from lstmprep.transforms.fitted import affine_of


class Back:
    """The way back of the targets of one output.

    Parameters
    ----------
    made : dict
        Its manifest, with every number that was fitted.
    asked : Asked
    live : Live or None
        Where answers beyond the table stand.
    """

    def __init__(self, made: dict[str, Any], asked: Asked, live: Live | None = None) -> None:
        self._keys = list(made["sequences"]["keys"])
        self._names, self._role = asked.names, "features" if asked.inputs else "targets"
        fitted = made["fitted"]
        folds = {fold: about.get("scaling") or {} for fold, about in (fitted.get("folds") or {}).items()}
        self._scaling: dict[str, Any] = {"": fitted.get("scaling") or {}, **folds}
        self._changed = Changed(made, asked, live)
        self.computes = self._changed.any or any(self._names_scaled(s) for s in self._scaling.values())

    def _names_scaled(self, scaling: Any) -> bool:
        return any(n in (scaling.get(self._role) or {}) for n in self._names)

    def numbers(self, values: Floats, block: Block) -> Floats:
        """(samples, steps, targets) in the units of the table."""
        values = self._unscaled(values, block)
        return self._changed.undone(values, block) if self._changed.any else values

    def _unscaled(self, values: Floats, block: Block) -> Floats:
        scaling = self._scaling.get(block.split.rpartition("/")[0], {})
        if not self._names_scaled(scaling):
            return values
        if not scaling.get("by_group"):
            affine = affine_of(scaling, self._role, self._names)
            assert affine is not None
            return affine.back(values)
        ids: dict[tuple[str, ...], int] = {}
        group = key_numbers(block.table, self._keys, ids)
        several = affine_of(scaling, self._role, self._names, list(ids))
        assert isinstance(several, Affine)
        return np.asarray(values * several.factor[group][:, None, :] + several.shift[group][:, None, :])
