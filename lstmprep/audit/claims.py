"""What a manifest says of itself: whether its numbers agree with one another.

samples = sum over the splits     shape x axes = samples, timesteps, features     bytes = shape x type
rows read = used + unused         the command = the words of its recipe

Looks at no array.
"""

from __future__ import annotations

import math
import re
import shlex
from dataclasses import field
from typing import Any

import numpy as np

from lstmprep.audit.findings import Checked
from lstmprep.audit.schema import faults, schema
from lstmprep.records import record
from lstmprep.wording import counted, listed, quoted

MOST = 20  # findings about one manifest that are worth reading
_NAME = re.compile(
    r"(?:(?P<fold>[^/]+)/)?(?P<role>X|y|lengths|mask|observed|static|future|values|row_splits|series|starts)(?:_(?P<part>.+))?\Z"
)


@record(eq=False)
class Group:
    """Arrays that share their samples: one part of the output.

    Attributes
    ----------
    part : str
        ``train``, ``fold0/test``, ...; empty when the output is not split.
    arrays : dict of str to str
        Role (``X``, ``y``, ``mask``) -> name of the array.
    """

    part: str
    arrays: dict[str, str] = field(default_factory=dict)

    def name(self, role: str) -> str | None:
        """The array of a role."""
        return self.arrays.get(role)


def groups_of(names: list[str]) -> list[Group]:
    """Arrays by the part they belong to.

    Examples
    --------
    >>> [(g.part, g.arrays) for g in groups_of(["X_train", "y_train", "X_test"])]
    [('train', {'X': 'X_train', 'y': 'y_train'}), ('test', {'X': 'X_test'})]
    """
    out: dict[str, Group] = {}
    for name in names:
        found = _NAME.match(name)
        if found is None:
            continue
        part = "/".join(p for p in (found["fold"], found["part"]) if p)
        out.setdefault(part, Group(part)).arrays[found["role"]] = name
    return list(out.values())


def sane(made: dict[str, Any], out: Checked) -> bool:
    """Whether the manifest is what its schema says; only then is it worth looking further."""
    whole = schema()
    seen = 0
    for path, wrong in faults(made, whole, whole):
        out.found("manifest", path, wrong, "Write the output again, or undo what was changed in the manifest.")
        seen += 1
        if seen == MOST:
            break
    return not seen


def agree(made: dict[str, Any], out: Checked) -> None:
    """Findings where two numbers of the manifest contradict each other."""
    _counts(made, out)
    for name, about in made["arrays"].items():
        _array(name, about, made, out)
    _ledger(made["rows"], out)
    _names(made, out)


def samples_of(about: dict[str, Any]) -> int | None:
    """Samples of an array, by the name of its axes."""
    axes = about["axes"]
    return about["shape"][axes.index("samples")] if "samples" in axes and len(axes) == len(about["shape"]) else None


def _counts(made: dict[str, Any], out: Checked) -> None:
    splits = made["splits"]
    total = sum(s["samples"] for s in splits.values())
    if total != made["samples"]:
        out.found("count", "manifest.samples", f"{made['samples']:,}, and its splits have {total:,}")
    for group in groups_of(list(made["arrays"])):
        counts = {n: samples_of(made["arrays"][n]) for n in group.arrays.values()}
        known = {n: c for n, c in counts.items() if c is not None}
        if len(set(known.values())) > 1:
            told = ", ".join(f"{n} {c:,}" for n, c in known.items())
            out.found("count", "manifest.arrays", f"samples differ: {told}")
        cuts = {n: [s["samples"] for s in a["shards"]] for n in known if "shards" in (a := made["arrays"][n])}
        if any(c != next(iter(cuts.values())) for c in cuts.values()):
            out.found("count", "manifest.arrays", f"{listed(list(cuts))} are not cut at the same samples")
        part = group.part or "all"
        if part in splits and known and splits[part]["samples"] not in known.values():
            first = next(iter(known))
            out.found(
                "count",
                f"manifest.splits.{part}",
                f"{splits[part]['samples']:,} samples, and {first} has {known[first]:,}",
            )


def _array(name: str, about: dict[str, Any], made: dict[str, Any], out: Checked) -> None:
    where, shape, axes = f"manifest.arrays.{name}", about["shape"], about["axes"]
    size = math.prod(shape) * np.dtype(about["dtype"]).itemsize
    if size != about["bytes"]:
        out.found(
            "shape",
            where,
            f"shape {tuple(shape)} {about['dtype']} takes {size:,} bytes, and bytes says {about['bytes']:,}",
        )
    if len(axes) != len(shape):
        out.found(
            "shape", where, f"shape {tuple(shape)} has {len(shape)} axes, and {len(axes)} are named: {listed(axes)}"
        )
        return
    if "shards" in about:
        _shards(where, about, out)
    same = about.get("same_as")
    if same is not None and made["arrays"].get(same, {}).get("shape") != shape:
        out.found("shape", where, f"it is the same as {same}, and has another shape")
    role = _NAME.match(name)
    if role is not None and role["role"] == "X":
        _x(name, about, made, out)


def _shards(where: str, about: dict[str, Any], out: Checked) -> None:
    """The files of an array against its samples, and against one another."""
    shards, samples = about["shards"], samples_of(about)
    if sum(s["samples"] for s in shards) != samples:
        out.found(
            "shape", where, f"its shards hold {sum(s['samples'] for s in shards):,} samples, and it has {samples}"
        )
        return
    one = about["bytes"] // max(samples or 0, 1)
    for k, shard in enumerate(shards):
        if shard["bytes"] != shard["samples"] * one:
            out.found(
                "shape",
                f"{where}.shards[{k}]",
                f"{shard['samples']} samples of {one:,} bytes, and bytes says {shard['bytes']:,}",
            )
    if (
        len({s["samples"] for s in shards[:-1]} | {shards[0]["samples"]}) > 1
        or shards[-1]["samples"] > shards[0]["samples"]
    ):
        out.found("shape", where, "its shards are not equal")


def _x(name: str, about: dict[str, Any], made: dict[str, Any], out: Checked) -> None:
    """The axes of X against the three integers of the manifest."""
    length = dict(zip(about["axes"], about["shape"], strict=True))
    steps, features = made["timesteps"], made["features"]
    found_features = length.get("features")
    found_steps = length.get("timesteps", steps) * (length.get("subsequences") or 1)
    product = length.get("timesteps*features")
    where = f"manifest.arrays.{name}"
    if product is not None and steps is not None and product != steps * features:
        out.found(
            "shape", where, f"{product} columns, and {steps} timesteps of {features} features are {steps * features}"
        )
    if found_features is not None and found_features != features:
        out.found(
            "shape", where, f"shape {tuple(about['shape'])} has {found_features} features, and features says {features}"
        )
    if steps is not None and "_len" not in name and found_steps is not None and found_steps != steps:
        out.found(
            "shape", where, f"shape {tuple(about['shape'])} has {found_steps} timesteps, and timesteps says {steps}"
        )


def _ledger(rows: dict[str, Any], out: Checked) -> None:
    used = rows["read"] - sum(u["rows"] for u in rows["unused"])
    low, high = max(rows["used_as_input"], rows["used_as_target"]), rows["used_as_input"] + rows["used_as_target"]
    if not low <= used <= high:
        out.found(
            "ledger", "manifest.rows",
            f"{rows['read']:,} read less the unused are {used:,}, and {rows['used_as_input']:,} are used as input and {rows['used_as_target']:,} as target",
        )  # fmt: skip
    for entry in rows["unused"]:
        if (
            not 0 <= entry["first"] <= entry["last"] < rows["read"]
            or entry["last"] - entry["first"] + 1 < entry["rows"]
        ):
            out.found(
                "ledger",
                "manifest.rows.unused",
                f"{counted(entry['rows'], 'row')} from {entry['first']} to {entry['last']} of {rows['read']:,}",
            )


def _names(made: dict[str, Any], out: Checked) -> None:
    names = made["feature_names"]
    if len(names) != made["features"]:
        out.found("shape", "manifest.feature_names", f"{len(names)} names, and features says {made['features']}")
    shape = made["input_shape"]
    if shape is not None and None not in shape and shape != [made["timesteps"], made["features"]]:
        out.found(
            "shape",
            "manifest.input_shape",
            f"{shape}, and timesteps and features are {[made['timesteps'], made['features']]}",
        )
    from lstmprep.errors import LstmprepError
    from lstmprep.recipe import from_flat, spelled

    flat = dict(made["recipe"])
    command = flat.pop("command")
    try:
        words = spelled(from_flat(flat, command=command))
    except LstmprepError as error:
        out.found("recipe", "manifest.recipe", error.what)
        return
    try:
        told = shlex.split(made["command"])
    except ValueError:
        told = []
    if "applied" in made:
        if told[:2] != ["lstmprep", "apply"]:
            out.found("recipe", "manifest.command", "it is not that of an output of lstmprep apply")
    elif told[:2] != ["lstmprep", command] or told[len(told) - len(words) :] != words:
        out.found("recipe", "manifest.command", f"it does not spell the recipe, which is {quoted(shlex.join(words))}")
