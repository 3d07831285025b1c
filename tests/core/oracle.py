"""What the arrays must be, by the obvious loop: one sample after the other, one step after the other.

Written to be read, not to be fast; takes nothing from the product. Rows count from 0 and are rows of the
table as it was given; None stands for a step, or an answer, that does not exist. Settings are those of
`lstmprep.window`, those that are not given left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

FEATURES = ("a", "b")


@dataclass
class Sample:
    """One sample: its sequence, and the source row of every step and of every answer."""

    key: str
    inputs: list[int | None]
    answers: list[int | None]


def offsets(s: dict[str, Any]) -> list[int]:
    """Rows from the first step to each step."""
    if s.get("lags"):
        return sorted(max(s["lags"]) - lag for lag in s["lags"])
    return [step * s.get("dilation", 1) for step in range(s["timesteps"])]


def lead_of(s: dict[str, Any], answer: str | None) -> int:
    """Rows from the last step to the first answer."""
    if s.get("lags"):
        return min(s["lags"])
    return s.get("lead", 1 if answer == "target" else 0)


def asks(s: dict[str, Any], answer: str | None) -> bool:
    """Whether a sample has answers on rows of its own."""
    return answer in ("target", "label") and not s.get("latest")


def span(s: dict[str, Any], answer: str | None) -> int:
    """Rows from the first step to the last row a sample needs, both counted."""
    behind = max(0, lead_of(s, answer) + s.get("horizon", 1) - 1) if asks(s, answer) else 0
    return offsets(s)[-1] + 1 + behind


def starts(n: int, s: dict[str, Any], answer: str | None) -> list[int]:
    """The first row of every window of a sequence of n rows; below 0 it hangs over the front."""
    cover, need = offsets(s)[-1] + 1, span(s, answer)
    stride = cover if s.get("no_overlap") else s.get("stride", 1)
    if s.get("latest"):
        return [n - cover] if s.get("partial") or n >= cover else []
    if s.get("anchor") == "end":
        return [at for at in range(n) if at + need <= n and (n - need - at) % stride == 0]
    if s.get("partial"):
        return [at for at in range(1 - cover, n, stride) if at + need <= n]
    found = [at for at in range(0, n, stride) if at + need <= n]
    if s.get("leftover") == "pad":
        behind, following = (found[-1] + cover, found[-1] + stride) if found else (0, 0)
        if behind < n and following < n:  # a row is left over, and the next window would hold it
            found.append(following)
    return found


def sample(key: str, rows: list[int], at: int, s: dict[str, Any], answer: str | None) -> Sample:
    """The sample that starts at a position of a sequence."""

    def row(position: int) -> int | None:
        return rows[position] if 0 <= position < len(rows) else None

    steps = [at + o for o in offsets(s)]
    real = [p for p in steps if 0 <= p < len(rows)]
    lead, rule = lead_of(s, answer), s.get("label_at", "last")
    if not asks(s, answer):
        stands: list[int | None] = []
    elif s.get("target_mode") == "per-step":
        stands = [row(p + lead) if p in real else None for p in steps]
    elif rule == "first":
        stands = [row(real[0] + lead)]
    elif rule in ("mode", "any", "strict"):
        stands = [row(p + lead) for p in real]
    else:
        stands = [row(real[-1] + lead + k) for k in range(s.get("horizon", 1))]
    return Sample(key, [row(p) for p in steps], stands)


def sequences(table: dict[str, list[Any]], group: str | None, time: str | None) -> list[tuple[str, list[int]]]:
    """(key, rows in time order), keys in the order of numbers."""
    found: dict[str, list[int]] = {}
    for row in range(len(next(iter(table.values())))):
        found.setdefault(table[group][row] if group else "", []).append(row)
    keys = sorted(found, key=lambda k: (float(k or 0), k))
    return [(k, sorted(found[k], key=lambda r: table[time][r]) if time else found[k]) for k in keys]


def missing(cell: Any) -> bool:
    """Whether a cell holds no value."""
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def cells_of(one: Sample, table: dict[str, list[Any]], answer: str | None, *, future: bool = False) -> list[Any]:
    """Every cell that a sample holds, inputs and answers."""
    columns = [{"target": "y", "label": "lab"}[answer]] if one.answers and answer else []
    columns += ["b"] * (future and bool(columns))
    rows = [r for r in one.inputs if r is not None]
    cells = [table[f][r] for r in rows for f in FEATURES]
    return cells + [table[c][r] for r in one.answers if r is not None for c in columns]


def possible(table: dict[str, list[Any]], s: dict[str, Any], answer: str | None) -> list[Sample]:
    """Every sample there could be, sequence after sequence."""
    group, time = ("key" if s.get("group_by") else None), ("t" if s.get("time") else None)
    return [
        sample(key, rows, at, s, answer)
        for key, rows in sequences(table, group, time)
        for at in starts(len(rows), s, answer)
    ]


def samples(table: dict[str, list[Any]], s: dict[str, Any], answer: str | None) -> list[Sample]:
    """Every sample that holds no missing value."""
    future = bool(s.get("future"))
    return [
        one for one in possible(table, s, answer) if not any(map(missing, cells_of(one, table, answer, future=future)))
    ]


def arrays(found: list[Sample], table: dict[str, list[Any]], s: dict[str, Any], answer: str | None) -> dict[str, Any]:
    """X, y, lengths and mask of these samples."""
    pad = s.get("pad_value", 0.0)
    x = [[[pad if r is None else table[f][r] for f in FEATURES] for r in one.inputs] for one in found]
    out = {
        "X": x,
        "lengths": [sum(r is not None for r in one.inputs) for one in found],
        "mask": [[r is not None for r in one.inputs] for one in found],
    }
    if s.get("latest"):
        answer = None
    if answer == "target":
        y = [[pad if r is None else table["y"][r] for r in one.answers] for one in found]
        alone = s.get("target_mode") != "per-step" and (s.get("horizon", 1) == 1 or s.get("flat_y"))
        out["y"] = y if alone else [[[v] for v in row] for row in y]
    if answer == "label":
        out["y"] = [codes(one, table, s) for one in found]
    if answer == "input":
        out["y"] = [window[::-1] if s.get("reverse_target") else window for window in x]
    if s.get("future") and asks(s, answer):
        out["future"] = [[[pad if r is None else table["b"][r]] for r in one.answers] for one in found]
    return {name: np.array(values) for name, values in out.items()}


def codes(one: Sample, table: dict[str, list[Any]], s: dict[str, Any]) -> Any:
    """The class of a sample: its place among the sorted classes, or 0 and 1 for each class; -1 is no class."""
    classes = sorted({c for c in table["lab"] if c is not None})
    seen = [-1 if r is None else classes.index(table["lab"][r]) for r in one.answers]
    found: Any = seen
    if s.get("target_mode") != "per-step" and s.get("horizon", 1) == 1:
        found = label_of([c for c in seen if c >= 0], s.get("label_at", "last"))
    if not s.get("one_hot"):
        return found
    return [[float(c == k) for k in range(len(classes))] for c in (found if isinstance(found, list) else [found])][
        slice(None) if isinstance(found, list) else 0
    ]


def label_of(seen: list[int], rule: str) -> int:
    """One class for the classes of a window, oldest first."""
    if rule == "first":
        return seen[0]
    if rule == "any":
        return max(seen)
    if rule == "mode":
        most = max(seen.count(c) for c in seen)
        return next(c for c in reversed(seen) if seen.count(c) == most)
    return seen[-1]


def index(found: list[Sample]) -> dict[str, list[Any]]:
    """Key, rows and steps of every sample, as the index tells them."""

    def end(rows: list[int | None], at: int) -> int | None:
        real = [r for r in rows if r is not None]
        return real[at] if real else None

    return {
        "sample": list(range(len(found))),
        "key": [one.key for one in found],
        "first_row": [end(one.inputs, 0) for one in found],
        "last_row": [end(one.inputs, -1) for one in found],
        "target_first_row": [end(one.answers, 0) for one in found],
        "target_last_row": [end(one.answers, -1) for one in found],
        "steps": [sum(r is not None for r in one.inputs) for one in found],
    }
