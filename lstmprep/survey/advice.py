"""What a survey makes of what it saw: the part of every column, the likely time and key, the command it would type."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

from lstmprep.notes import ID_NAME
from lstmprep.survey.scan import Scan, clock_for
from lstmprep.survey.settings import Ask
from lstmprep.survey.shaped import of_long
from lstmprep.survey.trial import Guess, tried
from lstmprep.wording import name_of

MOST = 8  # columns that are told one by one
TIME_NAMES = {
    "time",
    "t",
    "ts",
    "timestamp",
    "datetime",
    "date",
    "day",
    "week",
    "month",
    "year",
    "hour",
    "step",
    "minute",
    "second",
}


def roles(found: Scan, ask: Ask, records: list[dict[str, Any]]) -> dict[str, str]:
    """What each column would be to ``window``: time, key, target, label, feature, or why it is left out."""
    from lstmprep.naming import resolve

    names = found.source.names
    asked, exclude = (
        resolve(of_long(ask.columns.features, ask), names, "--features"),
        resolve(of_long(ask.columns.exclude, ask) if ask.order.pivot is None else (), names, "--exclude"),
    )
    targets = resolve(of_long(ask.columns.target, ask), names, "--target")
    lists = resolve(ask.columns.vector, names, "--vector")
    tokens = resolve([ask.tokens.tokens], names, "--tokens") if ask.tokens.tokens is not None else ()
    label = resolve([ask.columns.label], names, "--label") if ask.columns.label is not None else ()
    out = {}
    for about in records:
        name = about["name"]
        if name in found.time:
            out[name] = "time"
        elif name in found.keys:
            out[name] = "key"
        elif name in label:
            out[name] = "label"
        elif name in exclude:
            out[name] = "excluded"
        elif name in targets:
            out[name] = "target"
        elif tokens:
            out[name] = "tokens" if name in tokens else "left out"
        elif name in lists and not asked:
            out[name] = "feature"
        elif asked:
            out[name] = "feature" if name in asked else "left out"
        elif about["type"] in ("number", "whole number", "true/false", "empty", "mixed") or _is_number_type(about):
            out[name] = "feature"
        else:
            out[name] = "left out"
    return out


def _is_number_type(about: dict[str, Any]) -> bool:
    return about["mean"] is not None and about["type"] != "text"


def guessed(found: Scan, ask: Ask, records: list[dict[str, Any]]) -> Guess:
    """The time and the key that this table seems to have, where nobody named them."""
    times = [found.time[0]] if len(found.time) == 1 else [] if found.time else time_candidates(found, records)[:2]
    if ask.tokens.tokens is not None:
        return Guess()
    if found.keys or ask.reading.file_as == "sequence":
        return Guess(time=times[0] if times else None)
    hits = []
    for time in times:
        keys = [k for k in key_candidates(found, records) if k != time]
        hit = tried(found.source, lambda names: clock_for(names, ask), time, keys)
        if hit is not None and not hit.twice:
            return hit
        hits += [hit] if hit is not None else []
    if hits:
        return hits[0]
    names = [] if times else [k for k in key_candidates(found, records) if ID_NAME.search(k)]
    return Guess(time=times[0] if times else None, key=names[0] if names else None)


def key_candidates(found: Scan, records: list[dict[str, Any]]) -> list[str]:
    """Columns that may name sequences, the likeliest and coarsest first: texts, ids, numbers in blocks, whole numbers."""
    out = []
    for about in records:
        name, n = about["name"], about["distinct"]
        if name in (*found.keys, *found.time) or n is None or not 1 < n <= found.rows / 2 or about["missing"]:
            continue
        likely = about["type"] == "text" or ID_NAME.search(name) or found.columns[name].changes == n - 1
        if about["type"] in ("text", "whole number"):
            out.append((not likely, n, name))
    return [name for *_, name in sorted(out, key=lambda found: found[:2])]


def time_candidates(found: Scan, records: list[dict[str, Any]]) -> list[str]:
    """Columns that look like the time: instants, else a name of time, else a count of the rows."""
    free = [a for a in records if a["name"] not in found.keys and found.columns[a["name"]].facts.numbers]
    numbers = [a for a in free if a["type"] in ("whole number", "number") and not a["constant"] and not a["missing"]]
    named = [a["name"] for a in numbers if a["name"].casefold() in TIME_NAMES]
    return named or [a["name"] for a in numbers if counts_rows(found, a["name"])]


def counts_rows(found: Scan, name: str) -> bool:
    """Whether a column is a count of the rows."""
    facts = found.columns[name].facts
    return bool(facts.numbers > 1 and facts.whole and facts.rising and facts.high - facts.low == found.rows - 1)


def suggestion(
    found: Scan, ask: Ask, records: list[dict[str, Any]], part: dict[str, str], guess: Guess, inputs: list[str]
) -> str | None:
    """The ``window`` command that this table asks for; None when no column can be a feature."""
    by_name = {a["name"]: a for a in records}
    targets = [n for n, p in part.items() if p == "target"]
    classes = [n for n in targets if by_name[n]["type"] == "text"]
    if classes:  # texts are classes, and no numbers to come; a y holds one or the other
        ask = replace(ask, columns=replace(ask.columns, target=(), label=classes[0]))
        part = part | dict.fromkeys(targets, "feature") | dict.fromkeys(classes, "label")
    named = [n for n, p in part.items() if p == "feature"] if ask.columns.features else []
    keys = [k for k in found.keys if k != ask.order.pivot] or [k for k in (guess.key,) if k and k not in named]
    times = list(found.time) or [t for t in (guess.time,) if t and t not in named]
    used = [n for n, p in part.items() if p in ("feature", "target") and n not in (*keys, *times)]
    useless = [n for n in used if _useless(found, by_name[n]) and part[n] == "feature" and n not in named]
    left = [n for n in used if n not in useless]
    if ask.tokens.tokens is not None:
        words = ["lstmprep", "pad", *(inputs or ["-"])]
        words += [w for t in found.time for w in ("--time", t)]
        return shlex.join([*words, *(w for k in keys for w in ("--group-by", k)), *_given(ask)])
    if not left:
        return None
    words = ["lstmprep", "window", *(inputs or ["-"])]
    words += [w for t in times for w in ("--time", t)]
    words += [w for k in keys if k != "file" or "file" in found.source.names for w in ("--group-by", k)]
    words += _given(ask)
    words += [w for n in useless for w in ("--exclude", n)]
    words += [w for n in left if by_name[n]["type"] == "text" and part[n] == "feature" for w in ("--categorical", n)]
    texts = sorted({by_name[n]["odd"]["cell"] for n in left if by_name[n]["odd"]})
    words += [w for t in texts[:3] for w in ("--na-values", t)]
    steps = _steps(found, ask, keys, by_name)
    words += ["--timesteps", str(steps)]
    if any(by_name[n]["missing"] or by_name[n]["odd"] for n in left):
        words += ["--missing", "drop"]
    if guess.twice or (found.order is not None and found.order.twice and keys == list(found.keys)):
        words += ["--on-duplicate", "last"]
    return shlex.join(words)


def _steps(found: Scan, ask: Ask, keys: list[str], by_name: dict[str, dict[str, Any]]) -> int:
    """Timesteps that give samples: the first asked for that fits, else 10, else half of the rows of a sequence."""
    ahead = 1 if ask.columns.target else 0
    lengths = found.lengths
    if lengths is not None and keys == list(found.keys):
        longest = int(lengths.max())
    else:  # the longest sequence of a guessed key is as long as the mean one at least
        longest = max(found.rows // max(by_name[keys[0]]["distinct"] or 1, 1), 1) if keys else found.rows
    holes = any(a["missing"] or a["odd"] for a in by_name.values() if a["type"] != "text")
    most = min(longest, found.whole) if holes else longest
    return next((t for t in ask.look.timesteps if t + ahead <= most), min(10, max((most - ahead + 1) // 2, 1)))


def why_none(
    found: Scan, ask: Ask, records: list[dict[str, Any]], part: dict[str, str], guess: Guess, inputs: list[str]
) -> dict[str, str]:
    """Why there is no command to begin with, column by column, and what would make one.

    Returns
    -------
    dict of str
        ``text`` and ``fix``, as of an error.
    """
    told = [f"{name_of(a['name'])} is {_not_used(found, a, part, guess)}" for a in records]
    more = f" and {len(told) - MOST:,} more" if len(told) > MOST else ""
    numbers = [a["name"] for a in records if part[a["name"]] == "feature" and a["type"] != "empty"]
    texts = [a for a in records if a["type"] == "text" and part[a["name"]] == "left out" and not a["missing"]]
    start = ["lstmprep", "window", *(inputs or ["-"]), *_given(ask)]
    start += [w for t in found.time for w in ("--time", t)]
    start += [w for k in found.keys if k != "file" or "file" in found.source.names for w in ("--group-by", k)]
    start += ["--on-duplicate", "last"] if found.order is not None and found.order.twice else []
    steps = str(_steps(found, ask, list(found.keys), {a["name"]: a for a in records}))
    if numbers and not ask.columns.features:
        command = shlex.join([*start, "--features", numbers[0], "--timesteps", steps])
        fix = f"If one of them is a feature, name it: {command}"
    elif texts:
        least = min(texts, key=lambda a: a["distinct"] or found.rows)["name"]
        fix = "Numbers that are written otherwise are read with --decimal, --thousands and --na-values; of classes, features are made: "
        fix += shlex.join([*start, "--categorical", least, "--timesteps", steps])
    else:
        fix = "Give a table with a column of numbers that change."
    return {"text": f"no column can be a feature: {', '.join(told[:MOST])}{more}", "fix": fix}


def _not_used(found: Scan, about: dict[str, Any], part: dict[str, str], guess: Guess) -> str:
    """What a column is instead of a feature."""
    name = about["name"]
    if part[name] in ("time", "key", "label", "tokens"):
        return {"time": "the time", "key": "a key", "label": "the label", "tokens": "tokens"}[part[name]]
    if name in (guess.time, guess.key):
        return "taken for the time" if name == guess.time else "taken for a key"
    if part[name] == "excluded" or about["type"] in ("text", "empty"):
        return "excluded" if part[name] == "excluded" else about["type"]
    return _useless(found, about) or "not among --features"


def _useless(found: Scan, about: dict[str, Any]) -> str:
    """Why a feature tells a model nothing: constant, empty, an id, a count of the rows; empty where it may tell something."""
    if about["type"] == "empty":
        return "empty"
    if about["constant"]:
        return "constant"
    if counts_rows(found, about["name"]):
        return "a count of the rows"
    return "an id" if about["type"] == "whole number" and ID_NAME.search(about["name"]) else ""


def _given(ask: Ask) -> list[str]:
    """What was asked for about reading and columns, spelled again."""
    from lstmprep.serde import settings_of, spell

    out: list[str] = []
    for spec in (ask.reading, ask.columns, ask.tokens):
        for s in settings_of(type(spec)):
            value = getattr(spec, s.name)
            if value != s.default:
                out += spell(s, value)
    for name in ("time_format",):
        value = getattr(ask.order, name)
        if value is not None:
            out += ["--time-format", value]
    return [*out, *(["--pivot", ask.order.pivot] if ask.order.pivot is not None else [])]
