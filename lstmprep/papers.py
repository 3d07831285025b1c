"""Recipes and manifests from files: read with suspicion, refused by name.

TOML, JSON or a manifest  ->  flat settings      no doubled keys, no bottomless nesting,
no other version, no path out of this folder
"""

from __future__ import annotations

import json
import os
from typing import Any

import lstmprep
from lstmprep.elsewhere import setting_meant
from lstmprep.errors import RecipeError, StorageError, Where, located
from lstmprep.serde import Setting, convert
from lstmprep.timing import SECOND
from lstmprep.wording import quoted, shown

VERSION = 1
DEEPEST = 64
LONGEST_NUMBER = 400  # digits in text, bits in memory


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
        raise RecipeError(
            "this is no manifest of lstmprep",
            fix="Give the output folder, its .npz, or its manifest.",
            where=Where(file=path),
        )
    check_version(made, path)
    arrays = made["arrays"]
    if not isinstance(arrays, dict) or not arrays or not all(_is_array(a) for a in arrays.values()):
        raise RecipeError(
            "its arrays are not described as lstmprep does", fix="Write the output again.", where=Where(file=path)
        )
    return made


def _is_array(about: Any) -> bool:
    """Whether an entry says where an array is, and its shape and type."""
    return (
        isinstance(about, dict)
        and (
            isinstance(about.get("file"), str)
            or _is_view(about.get("view"))
            or isinstance(about.get("same_as"), str)
            or _are_shards(about.get("shards"), about)
        )
        and isinstance(about.get("shape"), list)
        and all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in about["shape"])
        and about.get("dtype") in ("float16", "float32", "float64", "int32", "int64", "bool")
        and isinstance(about.get("same_as", ""), str)
    )


def _are_shards(shards: Any, about: dict[str, Any]) -> bool:
    """Whether an entry says in which files the samples of an array stand."""
    return (
        isinstance(shards, list)
        and bool(shards)
        and isinstance(about.get("axes"), list)
        and "samples" in about["axes"]
        and all(
            isinstance(s, dict)
            and isinstance(s.get("samples"), int)
            and not isinstance(s["samples"], bool)
            and s["samples"] >= 0
            for s in shards
        )
    )


def _is_view(view: Any) -> bool:
    """Whether an entry says of which rows an array is a view."""
    return (
        isinstance(view, dict)
        and isinstance(view.get("series"), str)
        and isinstance(view.get("starts"), str)
        and isinstance(view.get("dilation"), int)
        and not isinstance(view["dilation"], bool)
        and view["dilation"] > 0
    )


def check_version(made: dict[str, Any], path: str) -> None:
    """Refuse what a later version has written."""
    found = made.get("manifest_version")
    if found != VERSION or isinstance(found, bool):
        raise RecipeError(
            f"manifest_version is {quoted(found)}, and this is lstmprep {lstmprep.__version__}, which reads version {VERSION}",
            fix="Install the lstmprep that wrote it, or write it again.",
            where=Where(file=path),
        )


def read_json(path: str) -> dict[str, Any]:
    """A JSON object from a file: no doubled keys, no bottomless nesting, no numbers beyond reason."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise RecipeError(
                    f"the key {quoted(key)} stands twice", fix="Keep one of them.", where=Where(file=path)
                )
            seen.add(key)
        return dict(pairs)

    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
    except OSError as error:
        raise StorageError.from_os(error, "read it", where=Where(file=path)) from error
    except UnicodeDecodeError:
        raise RecipeError("this is not UTF-8 text", fix="Give a JSON or TOML file.", where=Where(file=path)) from None
    try:
        found = json.loads(text, object_pairs_hook=once, parse_int=_short_int)
    except RecursionError:
        raise RecipeError(
            "the JSON is nested too deep",
            fix=f"A recipe or manifest has no more than {DEEPEST} levels.",
            where=Where(file=path),
        ) from None
    except ValueError as error:
        raise RecipeError(f"this is not JSON: {error}", fix="Mend the text there.", where=Where(file=path)) from None
    _require_sane(found, path)
    if not isinstance(found, dict):
        raise RecipeError(
            "this is JSON, but no object", fix='A recipe is an object: {"timesteps": 10}.', where=Where(file=path)
        )
    return found


def _short_int(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(f"a number of {len(digits):,} digits")
    return int(digits)


def _require_sane(found: Any, path: str) -> None:
    """Refuse nesting and numbers that no paper of ours has."""
    level = [found]
    for _ in range(DEEPEST):
        if any(isinstance(v, int) and v.bit_length() > LONGEST_NUMBER for v in level):
            raise RecipeError("there is a number beyond all sizes", fix="Mend it.", where=Where(file=path))
        level = [c for v in level for c in (v.values() if isinstance(v, dict) else v if isinstance(v, list) else ())]
        if not level:
            return
    raise RecipeError(
        f"it is nested more than {DEEPEST} levels deep", fix="A recipe has one key per setting.", where=Where(file=path)
    )


def _require_near(key: str, value: str, path: str) -> None:
    """A file that a recipe names must lie in the working folder: the recipe may be a stranger's."""
    here = os.path.realpath(os.getcwd())
    if (
        value == "-"
        or "\0" in value
        or not value.isprintable()
        or not os.path.realpath(value).startswith(here + os.sep)
    ):
        raise RecipeError(
            f"{key} {quoted(value)} leads out of this folder",
            fix=f"Name the file on the command line: --{key.replace('_', '-')} FILE.",
            where=Where(file=path),
        )


def recipe_of(path: str, command: str, settings: list[Setting]) -> dict[str, Any]:
    """The settings that a TOML or JSON recipe, or a manifest, gives.

    Parameters
    ----------
    path : str
        Ends in ``.toml`` for TOML; anything else is JSON.
    command : str
        The command that asks; a recipe of another one is refused.
    settings : list of Setting
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
        raise RecipeError(
            "the recipe is no table of settings",
            fix="Write one key per setting: timesteps = 10.",
            where=Where(file=path),
        )
    known = {s.name: s for s in settings}
    out = {}
    for key, value in flat.items():
        name = key.replace("-", "_")
        if name == "command":
            if value != command:
                raise RecipeError(
                    f"this is a recipe of the command {quoted(value)}",
                    fix=f"Give it to lstmprep {shown(value)}, or a recipe of {command} to this one.",
                    where=Where(file=path),
                )
            continue
        if name not in known:
            raise RecipeError(
                f"there is no setting {quoted(key)}",
                fix=f"{setting_meant(name, list(known))}A recipe has the long options of lstmprep {command}, without the dashes.",
                where=Where(file=path),
            )
        if name in {n for names in SECOND.values() for n in names} and isinstance(value, str):
            _require_near(name, value, path)
        if name in out:
            raise RecipeError(
                f"the setting {quoted(name)} stands twice", fix="Keep one of them.", where=Where(file=path)
            )
        with located(file=path):
            out[name] = convert(known[name], value)
    return out


def _toml(path: str) -> dict[str, Any]:
    import tomllib

    try:
        with open(path, "rb") as stream:
            found = tomllib.load(stream)
    except OSError as error:
        raise StorageError.from_os(error, "read it", where=Where(file=path)) from error
    except RecursionError:
        raise RecipeError(
            "the TOML is nested too deep", fix="A recipe has one key per setting.", where=Where(file=path)
        ) from None
    except ValueError as error:  # also a number of thousands of digits, which int() refuses
        raise RecipeError(
            f"this is not TOML: {error}", fix="Write one key per setting: timesteps = 10.", where=Where(file=path)
        ) from None
    _require_sane(found, path)
    return found
