"""What `lstmprep show` prints of a manifest, a sample, a step.

step  row  t   a   b            rows of the source count from 1, steps and samples from 0
   0    1  0   1  11
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmprep.cli.pages import bar_of_window, cut, is_plain, table, width, wrapped
from lstmprep.errors import RecipeError
from lstmprep.showing.output import Output
from lstmprep.showing.sample import Sample, sample_of
from lstmprep.showing.trace import Origin, origin
from lstmprep.showing.words import arrays, told
from lstmprep.wording import counted, listed, name_of, place_of, quoted, shown

HEAD, TAIL = 40, 10


def value_text(value: Any) -> str:
    """A stored number with the digits that its type has.

    Examples
    --------
    >>> value_text(np.float32(0.1)), value_text(np.float32(104)), value_text(np.int64(3)), value_text(np.float32(1e20))
    ('0.1', '104', '3', '1e+20')
    """
    if np.isfinite(value) and abs(value) < 1e15 and value == int(value):
        return str(int(value))
    return str(value)


def manifest_page(output: Output) -> list[str]:
    """The manifest in words."""
    wide = width()
    made = output.made
    rows = arrays(made)
    lines = table(rows, right=set())
    if max(map(len, lines)) > wide:
        lines = table([[r[0], r[1], r[3], r[4]] for r in rows], right=set())
    out = [f"{place_of(output.out)}: lstmprep {shown(made['lstmprep'])}", *lines, ""]
    for head, text in told(made):
        out += wrapped(head, text, wide)
    return out


def sample_page(output: Output, number: int, split: str | None, step: int | None, files: list[str] | None) -> list[str]:
    """One sample, or one step of it, as a table."""
    part = output.split(split)
    sample = sample_of(output, number, part)
    source = origin(output, number, part, files)
    if source is not None:
        sample.rows = source.rows
    if step is not None:
        return _step_page(output, sample, step, source)
    wide = width()
    out = [*_title(output, sample, wide), ""]
    out += _steps(output, sample, source, wide)
    out += ["", *_answer(output, sample, wide)]
    diagram = bar_of_window(*_reach(sample, source), wide, plain=is_plain())
    return out + (["", *diagram] if diagram else [])


def _title(output: Output, sample: Sample, wide: int) -> list[str]:
    of = f"of {output.samples(sample.split)}" + ("" if sample.split == "all" else f" of {name_of(sample.split)}")
    keys = [f"{name_of(k)} {quoted(sample.about[k])}" for k in output.made["sequences"]["keys"] if k in sample.about]
    first, last = sample.about.get("first_row"), sample.about.get("last_row")
    said = [f"shape ({sample.values.shape[0]}, {sample.values.shape[1]})", *keys]
    if first is not None and last is not None:
        said.append(f"rows {first + 1:,} to {last + 1:,} of the source")
    if sample.about.get("first_time") is not None:
        said.append(f"time {sample.about['first_time']} to {sample.about['last_time']}")
    return wrapped("", f"sample {sample.number} {of}: {', '.join(said)}", wide, indent=0)


def _steps(output: Output, sample: Sample, source: Origin | None, wide: int) -> list[str]:
    """A line per step, a column per feature; what does not fit is counted."""
    names = output.made["feature_names"]
    time = output.made["order"]["time"] if source is not None else []
    rows = [["step", "row", *[cut(n, 16) for n in time], *[cut(n, 16) for n in names]]]
    total = len(sample.values)
    steps = list(range(total)) if total <= HEAD + TAIL else [*range(HEAD), *range(total - TAIL, total)]
    for i in steps:
        row = sample.rows[i] if i < len(sample.rows) else None
        line = [str(i), _row_text(sample, i, row)]
        line += [_cell(source, row, n) for n in time]
        line += [_stored(sample, i, j) for j in range(sample.values.shape[1])]
        rows.append(line)
    fits = len(rows[0])
    lines = table(rows, right=set(range(fits)))
    while max(map(len, lines)) > wide and fits > 3:
        fits -= 1
        lines = table([r[:fits] for r in rows], right=set(range(fits)))
    if total > len(steps):
        lines.insert(HEAD + 1, f"... {total - len(steps):,} steps more")
    hidden = len(rows[0]) - fits
    if hidden:
        lines.append(f"{counted(hidden, 'more feature')} ({listed(names[-hidden:], 6)}): --step J shows all of a step")
    return lines


def _row_text(sample: Sample, step: int, row: int | None) -> str:
    if row is not None:
        return f"{row + 1:,}"
    padded = sample.mask is not None and not sample.mask[step]
    return "padding" if padded else "?"


def _cell(source: Origin | None, row: int | None, column: str) -> str:
    return "" if source is None or row is None else cut(source.text(row, column) or "", 20)


def _stored(sample: Sample, step: int, feature: int) -> str:
    text = value_text(sample.values[step, feature])
    return f"({text})" if sample.observed is not None and not sample.observed[step, feature] else text


def _answer(output: Output, sample: Sample, wide: int) -> list[str]:
    made = output.made
    if sample.y is None:
        return ["y           none"]
    y = np.asarray(sample.y)
    first, last = sample.about.get("target_first_row"), sample.about.get("target_last_row")
    rows = ""
    if first is not None and last is not None:
        rows = f"row {first + 1:,}: " if first == last else f"rows {first + 1:,} to {last + 1:,}: "
    if made["classes"] and y.ndim == 0:
        code = int(y)
        name = name_of(made["classes"][code]) if 0 <= code < len(made["classes"]) else "none"
        return wrapped("y", f"{rows}{code}, the class {name}", wide)
    flat = [value_text(v) for v in y.ravel()[:200]]
    names = made["targets"]
    if len(flat) == len(names):
        text = ", ".join(f"{name_of(n)} {v}" for n, v in zip(names, flat, strict=True))
    else:
        text = f"{' '.join(flat)} of shape {y.shape}" + (f" ({listed(names)})" if names else "")
    return wrapped("y", rows + text + (" ..." if y.size > 200 else ""), wide)


def _reach(sample: Sample, source: Origin | None) -> tuple[list[int], list[int]]:
    """(rows of the steps, rows of the answer) as places on a line."""
    steps = [r for r in sample.rows if r is not None]
    first, last = sample.about.get("target_first_row"), sample.about.get("target_last_row")
    answers = source.answers if source is not None else []
    if not answers and first is not None and last is not None and last - first < 10_000:
        answers = list(range(first, last + 1))
    return (steps, answers) if len(steps) == len(sample.values) else ([], [])


def _step_page(output: Output, sample: Sample, step: int, source: Origin | None) -> list[str]:
    """One step: a line per feature."""
    require_step(sample, step)
    wide = width()
    row = sample.rows[step]
    place = "" if row is None else f", row {row + 1:,} of the source" + _line(source, row)
    if row is None and sample.mask is not None and not sample.mask[step]:
        place = ", padding"
    rows = [["feature", "value", *(["text in the source"] if source is not None else [])]]
    for j, name in enumerate(output.made["feature_names"]):
        line = [cut(name, 40), _stored(sample, step, j)]
        if source is not None:
            line.append(cut(source.text(row, name) or "" if row is not None else "", 30))
        rows.append(line)
    head = f"sample {sample.number}, step {step} of {len(sample.values)}{place}"
    return [*wrapped("", head, wide, indent=0), "", *table(rows, right={1})]


def _line(source: Origin | None, row: int) -> str:
    if source is None:
        return ""
    place = source.where(row)
    return f" (line {place.line:,})" if place.line else ""


def require_step(sample: Sample, step: int) -> None:
    """Refuse a step that is not there.

    Raises
    ------
    RecipeError
        With the last one there is, and the order of the axes where that may be what went wrong.
    """
    steps, features = sample.values.shape
    if 0 <= step < steps:
        return
    swapped = (
        f" The sample has {features} features: did you mean a feature? The axes are sample, timestep, feature."
        if step < features
        else ""
    )
    raise RecipeError(
        f"there is no step {step}: a sample has {counted(steps, 'timestep')}, 0 to {steps - 1}",
        fix=f"Use a step of {steps - 1} or less.{swapped}",
    )
