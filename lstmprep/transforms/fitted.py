"""Scaling as the manifest keeps it: fitted numbers back to shifts and factors, for new rows and for the way back.

    fitted.scaling   features {a: {method, mean, std}}   targets ...   future ...
                     by_group keys [[n], [s]]  features {a: {method, mean [..], std [..]}}

A column without an entry stays as it is; a group without one has the numbers of all rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lstmprep.errors import DataError
from lstmprep.transforms.affine import Affine
from lstmprep.transforms.scalers import LEARNED, Scaler

Fitted = Mapping[str, Any]


def affine_of(
    scaling: Fitted, role: str, names: Sequence[str], keys: Sequence[Sequence[str]] | None = None
) -> Affine | None:
    """Shift and factor of some columns.

    Parameters
    ----------
    scaling : mapping
        ``fitted.scaling`` of a manifest, or of one fold.
    role : {"features", "targets", "future"}
    names : sequence of str
        The columns, in their order.
    keys : sequence of key texts, optional
        The sequences, where each has its own numbers.

    Returns
    -------
    Affine or None
        Of one group, or of every sequence; None where nothing is scaled.

    Raises
    ------
    DataError
        If what is fitted is no scaling.

    Examples
    --------
    >>> fitted = {"targets": {"y": {"method": "minmax", "rows": 9, "min": 2.0, "max": 6.0}}}
    >>> affine_of(fitted, "targets", ["y"]).back(np.array([[0.5]]))
    array([[4.]])
    """
    told = scaling.get(role) or {}
    if not any(n in told for n in names):
        return None
    own = (scaling.get("by_group") or {}) if keys is not None else {}
    groups = len(keys) if own and keys is not None else 1
    shift, factor = np.zeros((groups, len(names))), np.ones((groups, len(names)))
    for j, name in enumerate(names):
        if name in told:
            one = _scaler(told[name])
            shift[:, j], factor[:, j] = one.shift[0, 0], one.factor[0, 0]
    if own and keys is not None:
        _by_group(own, role, names, keys, shift, factor)
    return Affine(shift, factor)


def _by_group(
    own: Fitted, role: str, names: Sequence[str], keys: Sequence[Sequence[str]], shift: Any, factor: Any
) -> None:
    """Numbers of the groups that have some of their own."""
    place = {tuple(key): i for i, key in enumerate(own["keys"])}
    at = np.array([place.get(tuple(key), -1) for key in keys], np.int64)
    for j, name in enumerate(names):
        about = (own.get(role) or {}).get(name)
        if about is None:
            continue
        method, about = about["method"], _spread_out(about)
        rows = np.array([about["rows"]], np.float64).T
        several = Scaler(method, rows, {n: np.array([about[n]], np.float64).T for n in LEARNED[method]})
        known = (at >= 0) & (rows[np.maximum(at, 0), 0] > 0)
        shift[known, j] = several.shift[at[known], 0]
        factor[known, j] = several.factor[at[known], 0]


def _scaler(about: Any) -> Scaler:
    if not isinstance(about, dict) or about.get("method") not in LEARNED:
        raise DataError("what is fitted is no scaling", fix="Write the output again.")
    return Scaler.from_json([_spread_out(about)])


def _spread_out(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """``maxabs`` as manifests once had it, one number without the two ends: as if it were both of them."""
    if about["method"] != "maxabs" or "maxabs" not in about:
        return about
    most = about["maxabs"]
    least = [-m for m in most] if isinstance(most, list) else -most if isinstance(most, (int, float)) else most
    return {**about, "min": least, "max": most}
