"""How far a column depends on its own past: ACF, PACF, mutual information, and lengths worth trying.

    r(k) = sum (x[t] - m)(x[t+k] - m) / sum (x[t] - m)^2       pairs inside one sequence only
    PACF by Durbin and Levinson from r; white noise stays within 1.96 / sqrt(n)
    mutual information of x[t] and x[t+k], in classes of equal frequency, less its bias

Two passes over one column of the panel, block by block; pairs with a missing value are left out.
Sources: Box, Jenkins, Reinsel: Time Series Analysis, ch. 2 and 3 (ACF, PACF, the bound of Bartlett);
Roulston (1999), doi 10.1016/S0167-2789(98)00269-3 (the bias of the mutual information).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import DataError
from lstmprep.survey.framings import tally
from lstmprep.wording import counted, number

BLOCK = 1 << 16
CLASSES = 8
EDGES_FROM = 1 << 18  # values, at the most, from which the edges of the classes are taken
DEFAULT_LAG = 40
CAVEAT = (
    "ACF and PACF see linear dependence only, one lag at a time; mutual information sees any, but is rougher. "
    "None of them sees what several columns or lags do together: take the candidates as a start and compare them on validation data."
)
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def look_back(values: Any, starts: Ints, stops: Ints, *, column: str, max_lag: int | None) -> dict[str, Any]:
    """The dependence of a column on its past, and the look-backs it speaks for.

    Parameters
    ----------
    values : (rows,) array
        NaN stands for a missing value.
    starts, stops : (sequences,) int64
        Rows of each sequence, in time order; rows outside of them are not looked at.
    column : str
        Its name, for messages.
    max_lag : int or None
        Rows to go back at the most; None is 40, or half of the longest sequence.

    Raises
    ------
    DataError
        If the lag is longer than any sequence, or the column does not vary.

    Examples
    --------
    >>> wave = np.tile([0.0, 1.0, 0.0, -1.0], 25)
    >>> found = look_back(wave, np.array([0]), np.array([100]), column="v", max_lag=8)
    >>> found["acf"][1], found["acf"][3], found["candidates"][0]["timesteps"]
    (-0.98, 0.96, 4)
    """
    if (starts[1:] < starts[:-1]).any():
        in_place = np.argsort(starts)
        starts, stops = starts[in_place], stops[in_place]
    lengths, times = tally(stops, starts)
    longest = int(lengths[-1])
    if max_lag is None:
        max_lag = max(1, min(DEFAULT_LAG, longest // 2))
    if max_lag >= longest:
        what = "the table has" if len(starts) == 1 else f"the longest of {len(starts):,} sequences has"
        raise DataError(
            f"--max-lag {max_lag} looks back further than the rows reach: {what} {counted(longest, 'row')}",
            fix=f"Use --max-lag {longest - 1} or less (half of the rows, {max(1, longest // 2)}, tells more)."
            if longest > 1
            else "Give a longer table.",
        )
    if int((lengths * times).sum()) < len(values):
        values = _Within(values, starts, stops)
    n, mean, low, high = _moments(values)
    if n == 0 or low == high:
        state = "has no values" if n == 0 else f"is constant ({number(low)}): it has no variation to look back on"
        raise DataError(f"the column {state}", fix="Look at another column with --lookback.")
    edges = _edges(values)
    possible = np.array([int((np.maximum(lengths - lag, 0) * times).sum()) for lag in range(max_lag + 1)])
    acf, pairs, information = _lags(values, starts, stops, mean, edges, possible)
    pacf = _durbin(acf)
    bound = 1.96 / np.sqrt(n)
    limit = [_chance(len(edges) + 1, p) for p in pairs]
    out = {
        "column": column,
        "values": n,
        "max_lag": max_lag,
        "bound": round(float(bound), 6),
        "acf": [round(float(r), 6) for r in acf],
        "pacf": [round(float(r), 6) for r in pacf],
        "mutual_information": [round(float(i), 6) for i in information],
        "information_bound": [round(b, 6) for b in limit],
    }
    return out | {"candidates": _candidates(acf, pacf, information, limit, bound), "caveat": CAVEAT}


class _Within:
    """The values of some rows, in rising stretches, those of the others missing; a slice at a time."""

    def __init__(self, values: NDArray[Any], starts: Ints, stops: Ints) -> None:
        self._values, self._starts, self._stops = values, starts, stops

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, part: slice) -> Floats:
        rows = np.arange(*part.indices(len(self)))
        at = np.searchsorted(self._starts, rows, side="right") - 1
        inside = (at >= 0) & (rows < self._stops[np.maximum(at, 0)])
        return np.where(inside, self._values[part], np.nan)


def _moments(values: Any) -> tuple[int, float, float, float]:
    """(values, mean, least, greatest)."""
    count, total, low, high = 0, 0.0, np.inf, -np.inf
    for first in range(0, len(values), BLOCK):
        block = np.asarray(values[first : first + BLOCK], np.float64)
        real = block[~np.isnan(block)]
        if len(real):
            count, total = count + len(real), total + float(real.sum())
            low, high = min(low, float(real.min())), max(high, float(real.max()))
    return count, total / max(count, 1), low, high


def _edges(values: Any) -> Floats:
    """Where classes of equal frequency begin; from evenly spaced values where there are very many."""
    step = max(1, -(-len(values) // EDGES_FROM))
    some = np.asarray(values[::step], np.float64)
    some = some[~np.isnan(some)]
    return np.unique(np.quantile(some, np.arange(1, CLASSES) / CLASSES))


def _lags(
    values: Any, starts: Ints, stops: Ints, mean: float, edges: Floats, possible: Ints
) -> tuple[Floats, Ints, Floats]:
    """(r, pairs, mutual information) of the lags from 1 on; `possible` are the pairs of each lag from 0 on, were no value missing."""
    k, max_lag = len(edges) + 1, len(possible) - 1
    products, pairs = np.zeros(max_lag + 1), np.zeros(max_lag + 1, np.int64)
    joint = np.zeros((max_lag, k * k), np.int64)
    for first in range(0, len(values), BLOCK):
        x = np.asarray(values[first : first + BLOCK + max_lag], np.float64) - mean
        gone = np.isnan(x)
        code = np.searchsorted(edges, x + mean, side="right")
        x = np.where(gone, 0.0, x)
        rows = np.arange(first, min(first + BLOCK, len(values)))
        left = stops[np.searchsorted(starts, rows, side="right") - 1] - rows  # rows of the sequence from here on
        for lag in range(max_lag + 1):  # a lag at a time, all rows of the block at once
            m = max(min(len(rows), len(x) - lag), 0)
            real = ~(gone[:m] | gone[lag : lag + m]) & (left[:m] > lag)
            products[lag] += float((x[:m] * real) @ x[lag : lag + m])
            pairs[lag] += int(real.sum())
            if lag:
                joint[lag - 1] += np.bincount((code[:m] * k + code[lag : lag + m])[real], minlength=k * k)
    # with missing values each sum is raised to the pairs it would have had
    lost = pairs[0] / max(int(possible[0]), 1)
    scale = np.where(pairs > 0, possible * lost / np.maximum(pairs, 1), 0.0)
    acf = (products * scale)[1:] / products[0]
    return acf, pairs[1:], np.array([_information(j.reshape(k, k)) for j in joint])


def _information(table: Ints) -> float:
    """Mutual information in nats of a table of counts, less its bias."""
    n = int(table.sum())
    if not n:
        return 0.0
    joint = table / n
    one, two = joint.sum(1, keepdims=True), joint.sum(0, keepdims=True)
    real = joint > 0
    found = float((joint[real] * np.log(joint[real] / (one * two)[real])).sum())
    bias = (int(real.sum()) - int((one > 0).sum()) - int((two > 0).sum()) + 1) / (2 * n)
    return max(found - max(bias, 0.0), 0.0)


def _chance(classes: int, pairs: int) -> float:
    """What independent values exceed once in twenty times: chi squared / (2 n), by Wilson and Hilferty, less its mean."""
    free = max((classes - 1) ** 2, 1)
    spread = 2 / (9 * free)
    return float(free * ((1 - spread + 1.645 * spread**0.5) ** 3 - 1) / (2 * max(pairs, 1)))


def _durbin(acf: Floats) -> Floats:
    """Partial autocorrelations from autocorrelations (Durbin, Levinson)."""
    out = np.zeros(len(acf))
    phi = np.zeros(0)
    left = 1.0
    for k in range(len(acf)):
        if left <= 1e-12:  # the past explains the column wholly
            break
        last = (acf[k] - phi @ acf[:k][::-1]) / left
        phi = np.append(phi - last * phi[::-1], last)
        left *= 1 - last * last
        out[k] = np.clip(last, -1.0, 1.0)
    return out


def _candidates(
    acf: Floats, pacf: Floats, information: Floats, limit: list[float], bound: float
) -> list[dict[str, Any]]:
    """Look-backs that the numbers speak for, each with its reason."""
    out: dict[int, str] = {}
    n = len(acf)
    peaks = [k for k in range(1, n - 1) if acf[k] > max(bound, acf[k - 1]) and acf[k] >= acf[k + 1]]
    if peaks:
        period = min((k for k in peaks if acf[k] >= 0.9 * max(acf[p] for p in peaks)), default=peaks[0]) + 1
        out[period] = f"one period: the ACF peaks at lag {period} ({acf[period - 1]:.2f})"
        if 2 * period <= n:
            out[2 * period] = f"two periods of {period}"
    inside = np.flatnonzero(np.abs(acf) <= bound)
    if len(inside) and inside[0] > 0:
        k = int(inside[0])
        out.setdefault(k, f"the ACF is within the bound from lag {k + 1} on")
    beyond = np.flatnonzero(np.abs(pacf) > bound)
    straight = int(np.argmin(np.append(np.abs(pacf) > bound, False)))
    if straight:
        out.setdefault(
            straight, f"the PACF is beyond the bound up to lag {straight}: further lags add little that is linear"
        )
    elif len(beyond):
        k = int(beyond[-1]) + 1
        out.setdefault(k, f"the last lag whose PACF is beyond the bound is {k}")
    told = np.flatnonzero(information > np.asarray(limit))
    if (
        len(told) and told[-1] + 1 < n
    ):  # beyond chance up to the end speaks for a greater --max-lag, not for that length
        out.setdefault(int(told[-1]) + 1, f"the mutual information is beyond chance up to lag {told[-1] + 1}")
    if not out:
        return [{"timesteps": 1, "reason": "no lag is beyond the bound: this column says little about its own future"}]
    return [{"timesteps": k, "reason": why} for k, why in out.items()]
