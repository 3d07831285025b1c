"""Whether a manifest is what its JSON Schema says: types, names, choices, as far as ours goes.

The schema that ships with the package is the one home of this; what it says of a field holds
here by itself. Only the words that our schema uses are understood, and another one is refused by a test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from lstmprep.wording import quoted, shown

WORDS = frozenset(
    [
        "$defs",
        "$id",
        "$ref",
        "$schema",
        "title",
        "description",
        "type",
        "const",
        "enum",
        "properties",
        "required",
        "additionalProperties",
        "propertyNames",
        "minProperties",
        "items",
        "minItems",
        "maxItems",
        "pattern",
        "minLength",
        "minimum",
    ]
)
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "null": (type(None),),
}  # fmt: skip
_LONGEST = 2000  # patterns are tried on this much of a text


def schema() -> dict[str, Any]:
    """The JSON Schema of the manifest."""
    found: dict[str, Any] = json.loads((files("lstmprep") / "manifest.schema.json").read_text(encoding="utf-8"))
    return found


def faults(made: Any, part: dict[str, Any], whole: dict[str, Any], path: str = "manifest") -> Iterator[tuple[str, str]]:
    """(field, what is wrong with it) for everything that is not as the schema says.

    Examples
    --------
    >>> list(faults({"a": 1}, {"properties": {"a": {"type": "string"}}}, {}))
    [('manifest.a', 'it is 1 and should be a string')]
    """
    if "$ref" in part:
        part = {**whole["$defs"][part["$ref"].rpartition("/")[2]], **{k: v for k, v in part.items() if k != "$ref"}}
    wrong = _wrong(made, part)
    if wrong:
        yield path, wrong
        return
    if isinstance(made, list) and "items" in part:
        for i, value in enumerate(made):
            yield from faults(value, part["items"], whole, f"{path}[{i}]")
    if isinstance(made, dict):
        yield from _object(made, part, whole, path)


def _object(made: dict[str, Any], part: dict[str, Any], whole: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name in part.get("required", ()):
        if name not in made:
            yield path, f"{quoted(name)} is missing"
    free = part.get("additionalProperties", True)
    for name, value in made.items():
        place = f"{path}.{shown(name)}"
        allowed = part.get("propertyNames", {})
        if name in part.get("properties", {}):
            yield from faults(value, part["properties"][name], whole, place)
        elif free is False or _wrong(name, allowed):
            yield place, "there is no such field"
        elif isinstance(free, dict):
            yield from faults(value, free, whole, place)


def _wrong(made: Any, part: dict[str, Any]) -> str:  # noqa: PLR0911 (one line per word of the schema)
    """What is wrong with the value itself, or nothing."""
    kinds = part.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(made, kind) for kind in kinds):
        return f"it is {_told(made)} and should be {' or '.join(('an ' if k[0] in 'aio' else 'a ') + k for k in kinds)}"
    if "const" in part and not _same(made, part["const"]):
        return f"it is {_told(made)} and should be {_told(part['const'])}"
    if "enum" in part and not any(_same(made, one) for one in part["enum"]):
        return f"it is {_told(made)} and should be one of {', '.join(_told(one) for one in part['enum'])}"
    if isinstance(made, str) and ("pattern" in part and not re.search(part["pattern"], made[:_LONGEST])):
        return f"it is {_told(made)}, which is not of the form {part['pattern']}"
    length = len(made) if isinstance(made, (str, list, dict)) else None
    for word, low in (("minLength", True), ("minItems", True), ("minProperties", True), ("maxItems", False)):
        if length is not None and word in part and (length < part[word] if low else length > part[word]):
            return f"it has {length} entries and should have {'at least' if low else 'at most'} {part[word]}"
    if "minimum" in part and isinstance(made, (int, float)) and not made >= part["minimum"]:
        return f"it is {_told(made)} and should be at least {part['minimum']}"
    return ""


def _is(made: Any, kind: str) -> bool:
    if isinstance(made, bool):
        return kind == "boolean"
    return isinstance(made, _TYPES[kind])


def _same(made: Any, other: Any) -> bool:
    return type(made) is type(other) and bool(made == other)


def _told(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", type(None): "null", bool: str(value).lower()}
    return kinds.get(type(value)) or (quoted(value) if isinstance(value, str) else shown(value))
