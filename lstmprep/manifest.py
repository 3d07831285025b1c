"""The manifest: what was done, well enough to check it and to do it again.

    recipe + plan + facts of the way  ->  plain JSON with a stable order of keys
                                          (no clock, no host, no absolute path)

`manifest.schema.json` beside this module describes it; a test holds every manifest against it.
"""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import lstmprep
from lstmprep.errors import RecipeError, StorageError, Where, did_you_mean
from lstmprep.plan import Plan
from lstmprep.recipe import spelled, to_flat
from lstmprep.wording import quoted

VERSION = 1
MOST_KEYS = 100
DEEPEST = 64


@dataclass
class About:
    """What the manifest says beyond the plan."""

    sources: list[dict[str, Any]]
    feature_names: list[str]
    target_names: list[str]
    classes: list[str] | None
    categories: dict[str, list[str]]
    order: dict[str, Any]
    missing: dict[str, Any]
    times: tuple[Any, Any] | None
    notes: list[dict[str, str]] = field(default_factory=list)


def manifest(plan: Plan, about: About, files: dict[str, str] | None, digests: dict[str, str] | None) -> dict[str, Any]:
    """The manifest of a plan; without files and digests it is what ``--dry-run`` shows.

    Returns
    -------
    dict
        Plain JSON values, keys in a fixed order.
    """
    recipe, frame = plan.recipe, plan.frame
    names = [s["name"] for s in about.sources]
    out: dict[str, Any] = {
        "lstmprep": lstmprep.__version__,
        "manifest_version": VERSION,
        "command": shlex.join(["lstmprep", recipe.command, *_shown_inputs(plan, names), *spelled(recipe)]),
        "recipe": {"command": recipe.command, **_without_places(to_flat(recipe))},
        "source": about.sources,
        "samples": plan.samples,
        "timesteps": frame.timesteps,
        "features": len(about.feature_names),
        "feature_names": about.feature_names,
        "targets": about.target_names,
        "classes": about.classes,
        "arrays": {a.name: _array(a, files, digests) for a in plan.arrays},
        "input_shape": [frame.timesteps, len(about.feature_names)],
        "splits": {"all": _split(plan, about)},
        "rows": {
            "read": plan.ledger.read,
            "used_as_input": plan.ledger.used_as_input,
            "used_as_target": plan.ledger.used_as_target,
            "unused": [{"reason": u.reason, "rows": u.rows, "first": u.first, "last": u.last} for u in plan.ledger.unused],
        },
        "sequences": _sequences(plan),
        "fitted": {"categories": about.categories} if about.categories else {},
        "padding": _padding(plan),
        "order": about.order,
        "missing": about.missing,
        "notes": about.notes,
        "hints": _hints(plan, about),
    }
    return out


def _shown_inputs(plan: Plan, names: list[str]) -> list[str]:
    """Names of the inputs; those of second tables are options of their own."""
    second = {os.path.basename(p) for p in (plan.recipe.columns.labels, plan.recipe.columns.target_file) if p}
    return [n for n in names if n not in second or n == names[0]]


def _without_places(flat: dict[str, Any]) -> dict[str, Any]:
    """Paths of second tables without the folders of this machine."""
    return {k: os.path.basename(v) if k in ("labels", "target_file") and os.path.isabs(v) else v for k, v in flat.items()}


def _array(array: Any, files: dict[str, str] | None, digests: dict[str, str] | None) -> dict[str, Any]:
    out: dict[str, Any] = {"file": files[array.name]} if files is not None else {}
    out |= {"shape": list(array.shape), "dtype": str(array.dtype), "axes": array.axes, "bytes": array.bytes}
    if array.same_as is not None:
        out["same_as"] = array.same_as
    if digests is not None:
        out["digest"] = digests[array.same_as or array.name]
    return out


def _split(plan: Plan, about: About) -> dict[str, Any]:
    first, last = about.times or (None, None)
    return {"samples": plan.samples, "rows": plan.panel.rows, "first_time": first, "last_time": last}


def _sequences(plan: Plan) -> dict[str, Any]:
    panel, lengths = plan.panel, plan.segments.lengths
    per = np.bincount(plan.runs.sequence, weights=plan.runs.count, minlength=len(lengths)).astype(np.int64)
    samples: dict[str, Any] = {"min": int(per.min()), "median": float(np.median(per)), "max": int(per.max())}
    if panel.keys and len(per) <= MOST_KEYS:
        samples["by_key"] = {panel.key_text(i): int(n) for i, n in enumerate(per)}
    return {
        "keys": list(panel.keys),
        "count": len(lengths),
        "lengths": {"min": int(lengths.min()), "median": float(np.median(lengths)), "max": int(lengths.max())},
        "samples": samples,
        "skipped": [{"key": panel.key_text(s), "rows": rows, "reason": "shorter than one sample"} for s, rows in plan.skipped[:MOST_KEYS]],
        "skipped_count": len(plan.skipped),
    }


def _padding(plan: Plan) -> dict[str, Any] | None:
    if not plan.padded:
        return None
    window = plan.recipe.window
    side = "pre" if window.partial else "post" if window.leftover == "pad" else None
    value = 0.0 if window.pad_value is None else window.pad_value
    return {"side": side, "value": value if np.isfinite(value) else str(value), "batch_samples": plan.samples - plan.runs.total}


def _hints(plan: Plan, about: About) -> dict[str, str]:
    x = plan.arrays[0]
    shape = "(" + ", ".join(str(n) for n, axis in zip(x.shape, x.axes, strict=True) if axis != "samples") + ("," if len(x.shape) == 2 else "") + ")"  # noqa: PLR2004
    first = "False" if plan.recipe.layout.layout == "time-first" else "True"
    keras = f"Input(shape={shape})"
    torch = f"nn.LSTM(input_size={len(about.feature_names)}, batch_first={first})"
    if plan.recipe.layout.layout == "channels-first":
        torch = f"nn.Conv1d(in_channels={len(about.feature_names)}, ...)"
    if about.classes and plan.array("y"):
        keras += f", Dense({len(about.classes)})"
    return {"keras": keras, "torch": torch}


def dumps(made: dict[str, Any]) -> str:
    """The manifest as text."""
    return json.dumps(made, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read(path: str) -> dict[str, Any]:
    """A manifest from a file, checked as far as reading it needs.

    Raises
    ------
    StorageError
        If there is none.
    RecipeError
        If it is no manifest of this version.
    """
    made = read_json(path)
    if "manifest_version" not in made or "arrays" not in made:
        raise RecipeError("this is no manifest of lstmprep", fix="Give the output folder, its .npz, or its manifest.", where=Where(file=path))
    check_version(made, path)
    return made


def check_version(made: dict[str, Any], path: str) -> None:
    """Refuse what a later version has written."""
    found = made.get("manifest_version")
    if found != VERSION:
        raise RecipeError(f"manifest_version is {quoted(found)}, and this is lstmprep {lstmprep.__version__}, which reads version {VERSION}", fix="Install the lstmprep that wrote it, or write it again.", where=Where(file=path))


def read_json(path: str) -> dict[str, Any]:
    """A JSON object from a file: no doubled keys, no bottomless nesting, no numbers beyond reason."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [k for k, _ in pairs]
        double = next((k for i, k in enumerate(keys) if k in keys[:i]), None)
        if double is not None:
            raise RecipeError(f"the key {quoted(double)} stands twice", fix="Keep one of them.", where=Where(file=path))
        return dict(pairs)

    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
    except OSError as error:
        raise StorageError.from_os(error, "read it", where=Where(file=path)) from error
    except UnicodeDecodeError:
        raise RecipeError("this is not UTF-8 text", fix="Give a JSON or TOML file.", where=Where(file=path)) from None
    try:
        found = json.loads(text, object_pairs_hook=once)
    except RecursionError:
        raise RecipeError("the JSON is nested too deep", fix=f"A recipe or manifest has no more than {DEEPEST} levels.", where=Where(file=path)) from None
    except ValueError as error:
        raise RecipeError(f"this is not JSON: {error}", fix="Mend the text there.", where=Where(file=path)) from None
    if not isinstance(found, dict):
        raise RecipeError("this is JSON, but no object", fix='A recipe is an object: {"timesteps": 10}.', where=Where(file=path))
    return found


def recipe_of(path: str, command: str, names: list[str]) -> dict[str, Any]:
    """The settings that a TOML or JSON recipe, or a manifest, gives.

    Parameters
    ----------
    path : str
        Ends in ``.toml`` for TOML; anything else is JSON.
    command : str
        The command that asks; a recipe of another one is refused.
    names : list of str
        Settings there are.

    Raises
    ------
    RecipeError
        If a key is unknown, doubled, or of another command or version.
    """
    flat = _toml(path) if path.endswith(".toml") else read_json(path)
    if "manifest_version" in flat:
        check_version(flat, path)
        flat = flat.get("recipe") or {}
    if not isinstance(flat, dict):
        raise RecipeError("the recipe is no table of settings", fix="Write one key per setting: timesteps = 10.", where=Where(file=path))
    out = {}
    for key, value in flat.items():
        name = key.replace("-", "_")
        if name == "command":
            if value != command:
                raise RecipeError(f"this is a recipe of the command {quoted(value)}", fix=f"Run lstmprep {command if value is None else value} with it.", where=Where(file=path))
            continue
        if name not in names:
            raise RecipeError(f"there is no setting {quoted(key)}", fix=f"{did_you_mean(name, names)}A recipe has the long options of lstmprep {command}, without the dashes.", where=Where(file=path))
        if name in ("labels", "target_file") and isinstance(value, str) and (os.path.isabs(value) or ".." in value.replace("\\", "/").split("/")):
            raise RecipeError(f"{key} {quoted(value)} leads out of this folder", fix=f"Name the file on the command line: --{name.replace('_', '-')} FILE.", where=Where(file=path))
        out[name] = value
    return out


def _toml(path: str) -> dict[str, Any]:
    import tomllib

    try:
        with open(path, "rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        raise StorageError.from_os(error, "read it", where=Where(file=path)) from error
    except RecursionError:
        raise RecipeError("the TOML is nested too deep", fix="A recipe has one key per setting.", where=Where(file=path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"this is not TOML: {error}", fix="Write one key per setting: timesteps = 10.", where=Where(file=path)) from None
