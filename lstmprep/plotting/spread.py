"""How the values of X are distributed in each part: whether later parts look like train.

temp   train  .:|||:.        histograms of the same classes, each part as a share of its own values
       test      .:|||:.     evenly chosen samples when there are very many
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lstmprep.records import record
from lstmprep.showing.output import Output
from lstmprep.showing.sample import values_of
from lstmprep.wording import counted, name_of

PANELS = 9
CLASSES = 40
MOST = 200_000  # values of one part
SAMPLES = 2000
FOLDS = 4  # parts beside train that are told apart
Floats = NDArray[np.float64]


@record(frozen=True, eq=False)
class Spread:
    """What a picture of distributions shows.

    Attributes
    ----------
    names : list of str
        Features.
    edges : list of (classes + 1,) arrays
    shares : list of dict of str to (classes,) array
        By feature and part: the share of its values in each class.
    """

    title: str
    about: str
    names: list[str]
    parts: list[str]
    edges: list[Floats]
    shares: list[dict[str, Floats]]


def spread(output: Output) -> Spread:
    """The values of X, part by part."""
    names = _names(output)
    parts = [s for s in output.splits if output.samples(s)][:FOLDS]
    found = {part: _values(output, part, len(names)) for part in parts}
    first = found[parts[0]]
    moved = _moved(found, parts)
    shown = sorted(range(len(names)), key=lambda j: -moved[j])[:PANELS] if len(names) > PANELS else range(len(names))
    chosen = sorted(shown)
    edges, shares = [], []
    for j in chosen:
        real = {p: v[:, j][np.isfinite(v[:, j])] for p, v in found.items()}
        edge = _edges(np.concatenate(list(real.values())))
        edges.append(edge)
        shares.append({p: np.histogram(v, edge)[0] / max(len(v), 1) for p, v in real.items()})
    return Spread(
        title=_title(output, names, moved, parts),
        about=_about(names, len(chosen), len(first)),
        names=[name_of(names[j]) for j in chosen],
        parts=parts,
        edges=edges,
        shares=shares,
    )


def _names(output: Output) -> list[str]:
    """The columns of X: features, or those of a lagged table."""
    for about in output.made["arrays"].values():
        if "columns" in about:
            return list(about["columns"])
    return list(output.made["feature_names"])


def _values(output: Output, part: str, features: int) -> Floats:
    """(steps, features) of evenly chosen samples; padding left out, NaN where nothing was observed."""
    n = output.samples(part)
    first = _rows(output, 0, part, features)
    room = max(1, min(SAMPLES, MOST // max(len(first) * features, 1)))
    numbers = range(n) if n <= room else np.unique(np.linspace(0, n - 1, room).astype(np.int64)).tolist()
    return np.concatenate([_rows(output, int(k), part, features) for k in numbers])


def _rows(output: Output, number: int, part: str, features: int) -> Floats:
    x = output.array("X", part)
    if x is not None and "timesteps" not in output.axes("X", part) and np.ndim(x) == 2:
        return np.asarray(x[number], np.float64).reshape(-1, features)
    values = np.asarray(values_of(output, number, part), np.float64).reshape(-1, features)
    observed = output.array("observed", part)
    if observed is not None:
        values = np.where(np.asarray(observed[number]).reshape(values.shape), values, np.nan)
    mask = output.array("mask", part)
    return values if mask is None or len(mask) <= number else values[np.asarray(mask[number], bool)]


def _moved(found: dict[str, Floats], parts: list[str]) -> list[float]:
    """How far the mean of the last part lies from that of the first, in deviations of the first."""
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = [_mean(found[p]) for p in (parts[0], parts[-1])]
        wide = np.sqrt(_mean((found[parts[0]] - middle[0]) ** 2))
        out = np.where(wide > 0, (middle[1] - middle[0]) / np.where(wide > 0, wide, 1), 0.0)
    return [float(abs(v)) if np.isfinite(v) else 0.0 for v in out]


def _mean(values: Floats) -> Floats:
    real = np.isfinite(values)
    out: Floats = np.where(real, values, 0.0).sum(axis=0) / np.maximum(real.sum(axis=0), 1)
    return out


def _edges(values: Floats) -> Floats:
    """Classes that hold all values, outliers included.

    Examples
    --------
    >>> _edges(np.array([0.0, 4.0]))[[0, -1]].tolist()
    [0.0, 4.0]
    """
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, CLASSES + 1)


def _title(output: Output, names: list[str], moved: list[float], parts: list[str]) -> str:
    scaling = output.made["fitted"].get("scaling", {}).get("features", {})
    methods = list(dict.fromkeys(v.get("method", "by group") for v in scaling.values() if isinstance(v, dict)))
    head = f"Scaled ({', '.join(methods)}) by train rows" if methods else "Not scaled"
    if len(parts) < 2:
        return f"{head}: the values of {counted(len(names), 'feature')}"
    j = int(np.argmax(moved))
    if moved[j] < 0.1:
        return f"{head}: {parts[-1]} looks like {parts[0]}"
    return (
        f"{head}: the mean of {name_of(names[j])} in {parts[-1]} is {moved[j]:.1f} deviations from that of {parts[0]}"
    )


def _about(names: list[str], drawn: int, values: int) -> str:
    some = f"{drawn} of {counted(len(names), 'feature')}, those that differ most; " if drawn < len(names) else ""
    return f"{some}share of the values of each part, {counted(values, 'step')} of the first looked at"
