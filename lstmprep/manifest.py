"""The manifest: what was done, well enough to check it and to do it again.

    recipe + plan + facts of the way  ->  plain JSON with a stable order of keys
                                          (no clock, no host, no absolute path)

`manifest.schema.json` beside this module describes it; a test holds every manifest against it.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from dataclasses import asdict, field, replace
from typing import Any

import numpy as np

import lstmprep
from lstmprep.arrays import Part
from lstmprep.folded import Folded
from lstmprep.framing.frame import Segments
from lstmprep.hints import hints_of
from lstmprep.papers import VERSION
from lstmprep.plan import Plan
from lstmprep.recipe import Recipe, spelled, to_flat
from lstmprep.records import record
from lstmprep.taught import Taught
from lstmprep.timing import SECOND
from lstmprep.urls import called, is_url

MOST_KEYS = 100
Files = dict[str, str | list[str]]  # of each array: one, or its shards


@record(eq=False)
class About:
    """What the manifest says beyond the plan."""

    sources: list[dict[str, Any]]
    feature_names: list[str]
    target_names: list[str]
    classes: list[str] | None
    categories: dict[str, list[str]]
    order: dict[str, Any]
    missing: dict[str, Any]
    span: Callable[[Segments], tuple[Any, Any]] | None  # first and last time of some rows
    notes: list[dict[str, str]] = field(default_factory=list)
    index: str | None = None  # the digest of the index, once it is written
    taught: Taught | None = None
    vocabulary: int | None = None  # rows of an embedding of the tokens


def manifest(plan: Plan, about: About, files: Files | None, digests: dict[str, str] | None) -> dict[str, Any]:
    """The manifest of a plan; without files and digests it is what ``--dry-run`` shows.

    Returns
    -------
    dict
        Plain JSON values, keys in a fixed order.
    """
    recipe = plan.recipe
    timesteps = None if recipe.framing.ragged or recipe.framing.bucket else plan.frame.timesteps
    names = [s["name"] for s in about.sources]
    out: dict[str, Any] = {
        "lstmprep": lstmprep.__version__,
        "manifest_version": VERSION,
        "command": shlex.join(_command(plan, about, names)),
        "recipe": about.taught.made["recipe"]
        if about.taught
        else {"command": recipe.command, **to_flat(without_places(recipe))},
        **({"applied": about.taught.applied} if about.taught else {}),
        "source": about.sources,
        "samples": plan.samples,
        "timesteps": timesteps,
        "features": len(about.feature_names),
        "feature_names": about.feature_names,
        "targets": about.taught.made["targets"] if about.taught else about.target_names,
        "classes": about.taught.made["classes"] if about.taught else about.classes,
        "arrays": {a.name: entry_of(a, files, digests) | _columns(plan) for a in plan.arrays},
        **_index(plan, about),
        "input_shape": [timesteps, len(about.feature_names)],
        "splits": _splits(plan.parts, about),
        "rows": {
            "read": plan.ledger.read,
            "used_as_input": plan.ledger.used_as_input,
            "used_as_target": plan.ledger.used_as_target,
            "unused": [
                {"reason": u.reason, "rows": u.rows, "first": u.first, "last": u.last} for u in plan.ledger.unused
            ],
        },
        "sequences": _sequences(plan),
        "fitted": plan.fitted,
        "padding": _padding(plan),
        "order": about.order,
        "missing": about.missing,
        "notes": about.notes,
        "hints": hints_of(plan, len(about.feature_names), about.classes, about.vocabulary),
    }
    return out


def _index(plan: Plan, about: About) -> dict[str, Any]:
    """What is said of the index, where there is one."""
    if not plan.recipe.arrays.index or plan.recipe.framing.tabular:
        return {}
    return {"index": {"rows": plan.samples} | ({"digest": about.index} if about.index else {})}


def _command(plan: Plan, about: About, names: list[str]) -> list[str]:
    """The words that make this output again."""
    if about.taught is not None:
        return ["lstmprep", "apply", about.taught.name, *names, *about.taught.words]
    words = spelled(without_places(plan.recipe))
    return ["lstmprep", plan.recipe.command, *_shown_inputs(plan, names), *words]


def _shown_inputs(plan: Plan, names: list[str]) -> list[str]:
    """Names of the inputs; those of second tables are options of their own."""
    second = {called(p) for p in plan.recipe.second_tables.values()}
    return [f"./{n}" if n.startswith("-") and n != "-" else n for n in names if n not in second or n == names[0]]


def without_places(recipe: Recipe) -> Recipe:
    """The recipe with second tables named without the folders of this machine, or the hosts of others."""
    named = recipe.second_tables.items()
    bare = {n: called(path) for n, path in named if os.path.isabs(path) or is_url(path)}
    changed: dict[str, Any] = {}
    for part, names in SECOND.items():
        if some := {n: bare[n] for n in names if n in bare}:
            changed[part] = replace(getattr(recipe, part), **some)
    return replace(recipe, **changed) if changed else recipe


def entry_of(array: Any, files: Files | None, digests: dict[str, str] | None) -> dict[str, Any]:
    """What the manifest says of an array."""
    file = (files or {}).get(array.name)
    out: dict[str, Any] = {"file": file} if isinstance(file, str) else {}
    out |= {"shape": list(array.shape), "dtype": str(array.dtype), "axes": array.axes, "bytes": array.bytes}
    if array.same_as is not None:
        out["same_as"] = array.same_as
    if array.view is not None:
        return out | {"view": asdict(array.view)}
    if isinstance(file, list):
        return out | {"shards": _shards(array, file, digests or {})}
    digest = (digests or {}).get(array.same_as or array.name)
    return out | ({"digest": digest} if digest else {}) | ({"of_samples": True} if array.of_samples else {})


def _shards(array: Any, files: list[str], digests: dict[str, str]) -> list[dict[str, Any]]:
    """The files of an array that is cut into several."""
    shards = zip(files, array.shards(), strict=True)
    return [
        {"file": f, "samples": s.samples, "bytes": s.bytes} | ({"digest": d} if (d := digests.get(s.name)) else {})
        for f, (s, _, _) in shards
    ]


def _columns(plan: Plan) -> dict[str, Any]:
    """The names of a table's columns."""
    return {"columns": list(plan.heading.numbers)} if plan.recipe.framing.tabular else {}


def _splits(parts: list[Part], about: About) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for part in parts:  # buckets of one split share its rows
        name = f"{part.cut.folder}{part.cut.name}"
        if name in out:
            out[name]["samples"] += part.samples
        else:
            out[name] = _split(part, about)
    return out


def _split(part: Part, about: About) -> dict[str, Any]:
    segments, folded = part.cut.segments, part.panel.folded
    whole = folded is not None and not part.panel.by_row
    rows = folded.rows if folded is not None and whole else int(segments.lengths.sum()) // part.panel.first_of(1)
    first, last = about.span(segments) if about.span is not None else (None, None)
    out = {"samples": part.samples, "rows": rows, "first_time": first, "last_time": last}
    return {**out, "context_rows": part.context_rows} if part.recipe.split.context else out


def _sequences(plan: Plan) -> dict[str, Any]:
    panel = plan.panel
    if panel.folded is not None and panel.by_row:
        return _rows_as_sequences(plan, panel.folded)
    per = np.zeros(len(panel.starts), np.int64)
    for part in plan.parts:
        np.add.at(per, part.runs.sequence, part.runs.count)
    told = per if panel.keys and len(per) <= MOST_KEYS else per[:0]
    by_key = [{"key": panel.key(i), "samples": int(n)} for i, n in enumerate(told)]
    samples = _spread(per) | ({"by_key": by_key} if by_key else {})
    del per  # of very many sequences one array at a time
    return {
        "keys": list(panel.keys),
        "count": len(panel.starts),
        "lengths": _spread(panel.lengths),
        "samples": samples,
        "skipped": [
            {"key": panel.key(s), "rows": rows, "reason": plan.recipe.framing.words.skipped} for s, rows in plan.skipped
        ],
        "skipped_count": plan.left_short,
    }


def _rows_as_sequences(plan: Plan, folded: Folded) -> dict[str, Any]:
    """Where a row of the table is a sequence of its own."""
    each = folded.n // plan.frame.timesteps
    gone = folded.rows - plan.kept // each
    few, middle = 0 if gone else each, each if gone * 2 < folded.rows else each / 2 if gone * 2 == folded.rows else 0
    return {
        "keys": [],
        "count": folded.rows,
        "lengths": {"min": folded.n, "median": float(folded.n), "max": folded.n},
        "samples": {"min": few, "median": float(middle), "max": each},
        "skipped": [],
        "skipped_count": 0,
    }


def _spread(values: Any) -> dict[str, Any]:
    """The smallest, the middle (the mean of the two in the middle), the largest; the values are sorted in place."""
    values.sort()  # np.median would import masked arrays
    n = len(values)
    middle = (int(values[(n - 1) // 2]) + int(values[n // 2])) / 2
    return {"min": int(values[0]), "median": middle, "max": int(values[-1])}


def _padding(plan: Plan) -> dict[str, Any] | None:
    if not plan.padded:
        return None
    framing, found = plan.recipe.framing, plan.padding
    value = 0.0 if framing.pad_value is None else framing.pad_value
    out: dict[str, Any] = {
        "side": framing.padding_side,
        "value": value if np.isfinite(value) else str(value),
        "batch_samples": plan.samples - plan.kept,
    }
    if found is None:
        return out
    row = int(plan.panel.source(found.first_rows)[0]) if found.like_padding else None
    return out | {
        "truncating": framing.truncating,
        "steps": found.steps,
        "padded": {"sequences": found.sequences_padded, "steps": found.steps_padded, "share": round(found.share, 6)},
        "cut": {"sequences": found.sequences_cut, "rows": found.rows_cut},
        "rows_like_padding": {"rows": found.like_padding, "first": row, "free_value": found.free_value},
    }


def dumps(made: dict[str, Any]) -> str:
    """The manifest as text: objects indented, lists of plain values on one line.

    Examples
    --------
    >>> print(dumps({"shape": [7, 3], "a": {}}), end="")
    {
      "shape": [7, 3],
      "a": {}
    }
    """
    return _spelled_out(made, "") + "\n"


def _spelled_out(value: Any, indent: str) -> str:
    plain = not isinstance(value, (dict, list)) or not value
    if plain or (isinstance(value, list) and not any(isinstance(v, (dict, list)) for v in value)):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    inner = indent + "  "
    if isinstance(value, list):
        return f"[\n{inner}" + f",\n{inner}".join(_spelled_out(v, inner) for v in value) + f"\n{indent}]"
    pairs = [f"{json.dumps(k, ensure_ascii=False)}: {_spelled_out(v, inner)}" for k, v in value.items()]
    return f"{{\n{inner}" + f",\n{inner}".join(pairs) + f"\n{indent}}}"
