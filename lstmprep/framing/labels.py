"""Which label a window gets, from the labels of its rows.

codes of one window, oldest first   a b b a
last a   first a   mode: tie 2:2 -> the latest of the winners, a   any: the larger   strict: refused
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import DataError
from lstmprep.framing.answers import answer_rows
from lstmprep.framing.frame import Frame, Runs
from lstmprep.wording import counted, listed

BLOCK = 1 << 16


def label_of(codes: NDArray[Any], valid: NDArray[np.bool_], rule: str, classes: int) -> NDArray[np.int64]:
    """One code per window.

    Parameters
    ----------
    codes : (windows, rows) int
        Codes of the rows, oldest first.
    valid : (windows, rows) bool
        False on rows that are padding; every window has one that is not.
    rule : {"last", "first", "mode", "any", "strict"}
    classes : int
        Number of classes.

    Examples
    --------
    >>> codes = np.array([[0, 1, 1, 0]]); ok = np.ones_like(codes, bool)
    >>> [int(label_of(codes, ok, r, 2)[0]) for r in ("last", "first", "mode", "any")]
    [0, 0, 0, 1]
    """
    m, n = codes.shape
    at = np.arange(m)
    newest = n - 1 - np.argmax(valid[:, ::-1], axis=1)
    if rule in ("last", "strict"):
        return np.asarray(codes[at, newest], np.int64)
    if rule == "first":
        return np.asarray(codes[at, np.argmax(valid, axis=1)], np.int64)
    if rule == "any":
        return np.asarray(np.where(valid, codes, -1).max(axis=1), np.int64)
    out = np.empty(m, np.int64)
    step = max(1, (1 << 22) // max(classes, 1))
    for i in range(0, m, step):
        c, ok = codes[i : i + step], valid[i : i + step]
        k = np.arange(len(c))[:, None]
        votes = np.bincount((k * classes + c)[ok], minlength=len(c) * classes).reshape(len(c), classes)
        winning = ok & (votes[k, np.where(ok, c, 0)] == votes.max(axis=1)[:, None])
        latest = n - 1 - np.argmax(winning[:, ::-1], axis=1)
        out[i : i + step] = c[np.arange(len(c)), latest]
    return out


def check_labels(labels: NDArray[Any], runs: Runs, frame: Frame, rule: str, classes: list[str]) -> None:
    """Refuse labels that the rule cannot decide.

    Raises
    ------
    DataError
        If `any` meets more than two classes, or `strict` a window of mixed labels.
    """
    if rule == "any" and len(classes) > 2:
        raise DataError(
            f"--label-at any asks whether a label occurs, and there are {counted(len(classes), 'class', 'classes')}: {listed(classes)}",
            fix="Use --label-at mode or last, or a label of two classes.",
        )
    if rule != "strict":
        return
    mixed, first, hangs = 0, -1, runs.hangs(frame)
    step = max(1, BLOCK // frame.timesteps)
    for i in range(0, runs.total, step):
        samples = np.arange(i, min(i + step, runs.total), dtype=np.int64)
        run = runs.run_of(samples)
        rows, valid = answer_rows(runs, frame, runs.starts(samples, run), run, hangs=hangs)
        codes = labels[rows]
        low = np.where(valid, codes, 1 << 30).min(axis=1)
        high = np.where(valid, codes, -1).max(axis=1)
        wrong = np.flatnonzero(low != high)
        mixed += len(wrong)
        if len(wrong) and first < 0:
            first = i + int(wrong[0])
    if mixed:
        raise DataError(
            f"{counted(mixed, 'window holds', 'windows hold')} more than one label, the first is sample {first}",
            fix="Choose one of them with --label-at mode, last or first, or use windows that end where the label changes.",
        )
