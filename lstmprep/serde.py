"""A setting is declared once, on the frozen record that uses it.

`setting` gives a field of a record its default, help and kind; from that follow the
flag, the recipe key, the Python keyword and the spelling back. `build` reads plain
data (flags, TOML, JSON, keywords) into such a record and says what is wrong with
it in the words of the flag.

Knows nothing of Click, files or tables.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping
from typing import Any, Literal

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.records import record
from lstmprep.sizes import bytes_of, shortest
from lstmprep.wording import listed, quoted

Kind = Literal["int", "size", "length", "float", "text", "flag", "choice", "list", "ints", "words", "dims"]
MOST = 100_000  # numbers that a range may stand for
EXAMPLES = {
    "int": "10",
    "size": "256MiB",
    "length": "10 or max",
    "float": "0 or -1",
    "text": "a text",
    "ints": "1,2,7",
    "list": "a,b",
    "flag": "true or false",
    "words": "0.7,0.3",
    "dims": "-1,10,2",
}


@record(frozen=True, kw_only=True)
class Setting:
    """What a flag, a recipe key and a keyword have in common."""

    name: str
    kind: Kind
    help: str
    default: Any
    heading: str
    basic: bool
    metavar: str | None
    short: str | None
    choices: tuple[str, ...]

    @property
    def flag(self) -> str:
        """``--time-format`` for ``time_format``."""
        return "--" + self.name.replace("_", "-")

    @property
    def many(self) -> bool:
        """Whether the flag may repeat."""
        return self.kind == "list"


def setting(
    kind: Kind,
    help: str,
    *,
    default: Any = None,
    heading: str,
    basic: bool = False,
    metavar: str | None = None,
    short: str | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Declare a setting on a record: kind, help and all that its flag needs."""
    if kind in ("list", "ints", "words", "dims") and default is None:
        default = ()
    if kind == "flag" and default is None:
        default = False
    about = {
        "kind": kind,
        "help": help,
        "heading": heading,
        "basic": basic,
        "metavar": metavar,
        "short": short,
        "choices": choices,
    }
    return dataclasses.field(default=default, metadata=about)


def settings_of(cls: type) -> list[Setting]:
    """The settings a record declares, in its own order."""
    return [
        Setting(name=f.name, default=f.default, **f.metadata) for f in dataclasses.fields(cls) if "kind" in f.metadata
    ]


def build(cls: type, data: Mapping[str, Any]) -> Any:
    """The record that this plain data spells; keys that are not its own are the caller's business."""
    given = {s.name: convert(s, data[s.name]) for s in settings_of(cls) if data.get(s.name) is not None}
    return cls(**given)


def given(spec: Any) -> dict[str, Any]:
    """The settings that differ from their defaults, as plain JSON values.

    Examples
    --------
    >>> from lstmprep.framing import Window
    >>> given(Window(timesteps=3))
    {'timesteps': 3}
    """
    out = {}
    for s in settings_of(type(spec)):
        value = getattr(spec, s.name)
        if value != s.default:
            out[s.name] = list(value) if isinstance(value, tuple) else plain(value)
    return out


def plain(value: Any) -> Any:
    """JSON has no NaN and no infinity: they are spelled out."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def convert(s: Setting, value: Any) -> Any:
    """A value from a flag, a file or Python as the setting's own type."""
    readers = {
        "int": _int,
        "size": _size,
        "length": _length,
        "float": _float,
        "text": _text,
        "flag": _flag,
        "choice": _choice,
        "list": _list,
        "ints": _ints,
        "words": _words,
        "dims": _dims,
    }
    return readers[s.kind](s, value)


def spell(s: Setting, value: Any) -> list[str]:
    """The words of a command line that give this setting this value."""
    if s.kind == "flag":
        return [s.flag] if value else ["--no-" + s.name.replace("_", "-")]
    if s.kind == "list":
        return [word for v in value for word in ([f"{s.flag}={v}"] if v.startswith("-") else [s.flag, v])]
    if s.kind == "size":
        return [s.flag, shortest(value)]
    text = ",".join(map(str, value)) if s.kind in ("ints", "words", "dims") else str(value)
    return [f"{s.flag}={text}"] if text.startswith("-") and s.kind in ("text", "words", "dims") else [s.flag, text]


def _wrong(s: Setting, value: Any, want: str, example: str | None = None) -> RecipeError:
    return RecipeError(
        f"{s.flag} {quoted(value)} is not {want}",
        fix=f"Give {s.flag} {want}, for example {example or EXAMPLES[s.kind]}.",
    )


def _int(s: Setting, value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and value != int(value if math.isfinite(value) else 0)):
        raise _wrong(s, value, "a whole number")
    try:
        found = int(str(value) if len(str(value)) <= 40 else "") if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        raise _wrong(s, value, "a whole number") from None
    if (
        not -(2**62) < found < 2**62
        or (isinstance(value, str) and not value.strip().lstrip("+-").isascii())
        or "_" in str(value)
    ):
        raise _wrong(s, value, "a whole number of a sensible size")
    return found


def _size(s: Setting, value: Any) -> int:
    """Bytes, as a number or with a unit."""
    found = bytes_of(value, s.flag) if isinstance(value, str) else _int(s, value)
    if not 0 < found < 10**15:
        raise _wrong(s, value, "a size")
    return found


def _length(s: Setting, value: Any) -> int | str:
    """A whole number, or a word that stands for one."""
    if isinstance(value, str) and value.strip()[:1].isalpha():
        return _text(s, value.strip().lower())
    return _int(s, value)


def _float(s: Setting, value: Any) -> float:
    try:
        if isinstance(value, bool) or "_" in str(value) or not str(value).isascii():
            raise ValueError
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise _wrong(s, value, "a number") from None
    if math.isinf(found) and any(c.isdigit() for c in str(value)):
        raise _wrong(s, value, "a number below 1.8e308")
    return found


def _text(s: Setting, value: Any) -> str:
    value = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(value, (str, int, float)) or isinstance(value, bool) or _is_broken(str(value)):
        raise _wrong(s, value, "a text")
    return str(value)


def _flag(s: Setting, value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise _wrong(s, value, "true or false", "true")


def _choice(s: Setting, value: Any) -> str:
    if isinstance(value, str) and value in s.choices:
        return value
    raise RecipeError(
        f"{s.flag} {quoted(value)} is not one of its choices",
        fix=f"{did_you_mean(str(value), list(s.choices))}The choices are {listed(s.choices)}.",
    )


def _list(s: Setting, value: Any) -> tuple[str, ...]:
    items = (value,) if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)) or not all(
        isinstance(v, (str, int)) and not isinstance(v, bool) for v in items
    ):
        raise _wrong(s, value, "a list of texts")
    if any(_is_broken(str(v)) for v in items):
        raise _wrong(s, value, "a list of texts")
    return tuple(str(v) for v in items)


def _words(s: Setting, value: Any) -> tuple[str, ...]:
    """``0.7,0.3`` in one text; from Python also numbers and dates one by one."""
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]
    out = []
    for item in items:
        text = item.isoformat() if hasattr(item, "isoformat") else item
        if not isinstance(text, (str, int, float)) or isinstance(text, bool) or _is_broken(str(text)):
            raise _wrong(s, value, "a list of numbers or dates")
        out.append(str(text).strip())
    return tuple(out)


def _is_broken(text: str) -> bool:
    """Whether a text holds what no file and no name can: NUL, or half a character."""
    return "\0" in text or any("\ud800" <= c <= "\udfff" and not "\udc80" <= c <= "\udcff" for c in text)


def _dims(s: Setting, value: Any) -> tuple[int, ...]:
    """``-1,10,2``: the lengths of axes."""
    items = value.split(",") if isinstance(value, str) else [value] if isinstance(value, int) else value
    if not isinstance(items, (list, tuple)) or not items:
        raise _wrong(s, value, "a list of whole numbers")
    return tuple(_int(s, item) for item in items)


def _ints(s: Setting, value: Any) -> tuple[int, ...]:
    """``1,2,7`` and ranges ``1-3``."""
    items = value.split(",") if isinstance(value, str) else [value] if isinstance(value, int) else value
    if not isinstance(items, (list, tuple)) or not items:
        raise _wrong(s, value, "a list of whole numbers")
    out: list[int] = []
    for item in items:
        first, dash, last = str(item).strip().partition("-")
        if (
            isinstance(item, bool)
            or not first.isascii()
            or not first.isdigit()
            or (dash and not (last.isascii() and last.isdigit()))
        ):
            raise _wrong(s, item, "a whole number of rows, 0 or more, or a range", "1,2,7 or 1-3")
        low, high = int(first[:20]), int((last or first)[:20])
        if high < low:
            raise _wrong(s, item, "a range from a smaller to a larger number", f"{high}-{low}")
        if high - low > MOST or high > 2**40:
            raise _wrong(s, item, f"a range of {MOST:,} numbers or fewer", "1-3")
        out.extend(range(low, high + 1))
    return tuple(out)
