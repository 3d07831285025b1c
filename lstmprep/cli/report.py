"""What a person reads after a run: shapes, rows, files, notes, and the next line to type.

data.csv: 100 rows, 3 columns
X  (90, 10, 3)  samples, timesteps, features  float32  10.5 KiB   features a, b, y (y: its own past)
rows: 100 read, 99 used as input, 90 as target; rows 1-10 are never a target, row 100 never an input
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmprep.borders import scaling_text
from lstmprep.notes import rows_text
from lstmprep.urls import bare
from lstmprep.wording import counted, listed, name_of, size_of

if TYPE_CHECKING:
    from lstmprep.framing import Framing
    from lstmprep.run import Done
    from lstmprep.sources.base import Source


def report(done: Done, place: str | None, *, dry_run: bool, verbose: bool) -> list[str]:
    """The lines of the report.

    Parameters
    ----------
    done : Done
    place : str or None
        Where the output went, as the user named it.
    dry_run : bool
        Whether nothing was written.
    verbose : bool
        Also every column's part and every guess.
    """
    lines = [*_sources(done), *_arrays(done), rows_text(done.plan)]
    if scaled := scaling_text(done.plan.fitted, noun="step" if done.plan.panel.by_row else "row"):
        lines.append(scaled)
    if verbose:
        lines += _parts(done)
    notes = done.manifest["notes"]
    lines += [f"note: {n['text']}" for n in notes]
    if len(notes) > 1:
        lines.append(f"{len(notes)} notes")
    if dry_run:
        lines.append(f"dry run: nothing written; {size_of(done.plan.bytes)} would be")
    elif place == "-":
        lines.append("wrote to standard output")
    elif place is not None:
        folder = len(done.files) > 1 and done.files[-1] == "manifest.json"
        shown = name_of(bare(place).rstrip("/")) + "/: " if folder else ""
        lines.append(f"wrote {shown}{', '.join(map(name_of, done.files))}")
    hints = done.manifest["hints"]
    lines.append(f"Keras {hints['keras']} · PyTorch {hints['torch']}")
    return lines


def _sources(done: Done) -> list[str]:
    columns = counted(done.read.columns, "column")
    main, *second = done.read.sources
    parts = getattr(main, "parts", [main])
    name = name_of(parts[0].name) if parts[0].name != "-" else "standard input"
    if len(parts) > 1:
        name = f"{counted(len(parts), 'file')} ({listed([p.name for p in parts], 3)})"
    also = "".join(f"; {_use_of(s, done)} {name_of(s.name)}" for s in second)
    return [f"{name}: {counted(done.read.rows, 'row')}, {columns}{also}"]


def _use_of(source: Source, done: Done) -> str:
    """What a second table is there for."""
    if any(source is join.right for join in done.read.joins):
        return "joined"
    if any(source is file for file in done.read.timed.files):
        return "sections of"
    return "labels from" if done.plan.recipe.columns.labels else "targets from"


def _arrays(done: Done) -> list[str]:
    table = []
    for array in done.plan.arrays:
        shape = "(" + ", ".join(f"{n}" for n in array.shape) + ("," if len(array.shape) == 1 else "") + ")"
        size = _size(array)
        table.append([array.name, shape, ", ".join(array.axes), str(array.dtype), size, " " + _about(done, array)])
    widths = [max(len(r[i]) for r in table) for i in range(5)]
    return ["  ".join(c.ljust(w) for c, w in zip(r, [*widths, 0], strict=True)).rstrip() for r in table]


def _size(array: Any) -> str:
    if array.same_as:
        return f"same as {array.same_as}"
    return size_of(array.bytes) if array.stored else "a view"


def _about(done: Done, array: Any) -> str:
    read, window = done.read, done.plan.recipe.framing
    if array.role in ("X", "values"):
        return _of_inputs(done)
    if array.role == "y" and read.classes is not None:
        return f"{counted(len(read.classes), 'class', 'classes')}: {listed(read.classes, 8)}"
    if array.role == "y" and read.target_names:
        return (
            f"{'target' if len(read.target_names) == 1 else 'targets'} {listed(read.target_names, 8)}, {_ahead(window)}"
        )
    if array.role == "y":
        return "X with the steps reversed" if window.reverse_target else "the input itself"
    names = {"static": read.roles.static, "future": read.roles.future}.get(array.role)
    return (
        listed(names, 8)
        if names
        else {
            "lengths": "real steps of each sample",
            "row_splits": "where each sample begins, and where the last one ends",
            "mask": "True on real steps",
            "series": "every row once",
            "starts": "first row of each sample",
        }.get(array.role, "")
    )


def _of_inputs(done: Done) -> str:
    """What stands in X."""
    read = done.read
    if done.plan.recipe.framing.tabular:
        heading = done.plan.heading
        only_numbers = any(f.endswith((".npy", ".npz")) for f in done.files)
        return listed(heading.numbers if only_numbers else heading.names, 8)
    if read.panel.folded is not None and read.panel.folded.kind == "series":
        return f"each column a sample: {listed(read.panel.keys['series'].to_pylist(), 8)}"
    past = f" ({listed(read.roles.past)}: its own past)" if read.roles.past else ""
    return f"{'feature' if len(read.feature_names) == 1 else 'features'} {listed(read.feature_names, 8)}{past}"


def _ahead(framing: Framing) -> str:
    """Where the targets of a sample stand."""
    if framing.kind == "pad":
        at = "first" if framing.label_rule == "first" else "last"
        return "of each step" if framing.target_mode == "per-step" else f"of the {at} step"
    lead, horizon = framing.lead_for("target"), framing.horizon or 1
    if horizon > 1:
        return f"{lead:,} to {lead + horizon - 1:,} rows ahead"
    return "of the same row" if lead == 0 else f"{counted(lead, 'row')} ahead"


def _parts(done: Done) -> list[str]:
    read = done.read
    made = f"framed {counted(done.plan.framed, 'sample')}, kept {done.plan.samples:,}, {size_of(done.plan.bytes)} of arrays"
    lines = [f"phases: read {counted(read.rows, 'row')}, {made}"]
    if read.roles.keys:
        lengths = done.manifest["sequences"]["lengths"]
        lines.append(
            f"sequences: {len(done.plan.panel.starts):,} by {listed(read.roles.keys)}, {lengths['min']:,} to {lengths['max']:,} rows"
        )
    if read.clock:
        splits = list(done.manifest["splits"].values())
        first, last = splits[0]["first_time"], splits[-1]["last_time"]
        lines.append(f"time: {listed(read.roles.time)}, {read.clock.kind}s from {first} to {last}")
    for name in dict.fromkeys(read.roles.numeric_features):
        facts = read.facts[name]
        lines.append(
            f"column {name_of(name)}: a feature, {facts.low:.6g} to {facts.high:.6g}"
            + (f", {counted(facts.missing, 'missing value')}" if facts.missing else "")
        )
    for name, why in read.roles.left_out.items():
        lines.append(f"column {name_of(name)}: left out, {why}")
    return lines
