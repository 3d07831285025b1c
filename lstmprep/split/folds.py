"""Walk-forward folds: each test is later than its train, and later than the test before it.

    K = 3, n = 12 rows: tests of n // (K + 1) = 3 rows at the end
      fold0   t t t|v v v . . . . . .         t train   v test
      fold1   t t t t t t|v v v . . .         expanding: all rows before the test
      fold2   t t t t t t t t t|v v v
      fold2   . . . . . t t t t|v v v         --fold-train 4: rolling, the newest 4 of them

Sizes as `sklearn.model_selection.TimeSeriesSplit`: the rows that do not divide go to the first train.

Pure numpy.
"""

from __future__ import annotations

import numpy as np

from lstmprep.errors import DataError
from lstmprep.framing.frame import Ints
from lstmprep.panel import Panel
from lstmprep.split.bounds import at_instants, instants
from lstmprep.wording import counted


def ranks(n: int, folds: int, train: int | None, embargo: int = 0) -> list[tuple[int, int, int]]:
    """(first row of train, first of test, end of test) of every fold of n rows.

    Examples
    --------
    >>> ranks(12, 3, None)
    [(0, 3, 6), (0, 6, 9), (0, 9, 12)]
    >>> ranks(12, 3, 4, embargo=1)[2]
    (4, 9, 12)
    """
    size = n // (folds + 1)
    begins = [n - (folds - i) * size for i in range(folds)]
    return [(0 if train is None else max(0, b - embargo - train), b, b + size) for b in begins]


def fold_bounds(
    panel: Panel, folds: int, train: int | None, *, embargo: int, common: bool, need: int = 1
) -> list[Ints]:
    """Where train and test of every fold begin and end, in every sequence.

    Parameters
    ----------
    panel : Panel
    folds : int
    train : int or None
        Rows of a rolling train: of every sequence, or with one clock of all sequences together.
    embargo : int
        Rows of every sequence that will be taken from the end of train.
    common : bool
        One instant for all sequences.
    need : int
        Rows of one sample, for the number of folds that would work.

    Returns
    -------
    list of (sequences, 3) int64
        First row of train, first row of test, end of test.

    Raises
    ------
    DataError
        If there are too few rows for so many folds.

    Notes
    -----
    A sequence of K rows or fewer has no test row in any fold: all of it is train.
    """
    if common and len(panel.starts) > 1:
        total = int(panel.lengths.sum())
        _require(total, folds, "the table has", int(panel.lengths.max()) // need - 1)
        asked = ranks(total, folds, train)
        edges = instants(panel, [r for fold in asked for r in fold])
        return [at_instants(panel, edges[3 * i : 3 * i + 3])[:, 1:] for i in range(folds)]
    n = panel.lengths
    who = f"the longest of {len(n):,} sequences has" if len(n) > 1 else "the table has"
    _require(int(n.max()), folds, who, int(n.max()) // need - 1)
    size = n // (folds + 1)
    out = []
    for i in range(folds):
        test = n - (folds - i) * size
        first = np.zeros_like(n) if train is None else np.maximum(0, test - embargo - train)
        out.append(panel.starts[:, None] + np.stack([first, test, test + size], axis=1))
    return out


def _require(n: int, folds: int, who: str, most: int) -> None:
    if n <= folds:
        raise DataError(
            f"--folds {folds} needs {counted(folds + 1, 'row')} at the least, {who} {n:,}",
            fix=f"Use --folds {most} or fewer." if most > 0 else "Give longer sequences, or fewer --timesteps.",
        )
