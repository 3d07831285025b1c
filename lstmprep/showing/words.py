"""The manifest in words: what was made, of what, and what a person should know about it.

Each line is a heading and a text; the terminal wraps them. Everything that came from a file is
escaped before it is shown.
"""

from __future__ import annotations

import re
from typing import Any

from lstmprep.notes import LAG_NAME
from lstmprep.wording import counted, listed, name_of, number, shown, size_of, span_of

Line = tuple[str, str]
MOST = 12


def told(made: dict[str, Any]) -> list[Line]:
    """The manifest as (heading, text)."""
    return [
        ("made by", shown(made["command"], 2000)),
        *_sources(made),
        *_columns(made),
        *_splits(made),
        *_sequences(made),
        *_rows(made),
        *_order(made),
        *_fitted(made),
        *[("note", shown(n["text"], 2000)) for n in made["notes"]],
        *_swapped(made),
        ("hint", shown(f"Keras {made['hints']['keras']} · PyTorch {made['hints']['torch']}", 400)),
    ]


def arrays(made: dict[str, Any]) -> list[list[str]]:
    """Arrays as rows of a table: name, shape, axes, type, size, file."""
    out = []
    for name, about in made["arrays"].items():
        shape = "(" + ", ".join(map(str, about["shape"])) + ("," if len(about["shape"]) == 1 else "") + ")"
        size = f"same as {about['same_as']}" if about.get("same_as") else size_of(about["bytes"])
        shards = [s["file"] for s in about.get("shards", [])]
        where = about.get("file") or ("a view" if about.get("view") else "")
        where = f"{shards[0]}..{shards[-1]}" if len(shards) > 1 else shards[0] if shards else where
        out.append([shown(name), shape, ", ".join(about["axes"]), about["dtype"], shown(size), shown(where)])
    return out


def _sources(made: dict[str, Any]) -> list[Line]:
    out = []
    for source in made["source"][:MOST]:
        name = "standard input" if source["name"] == "-" else name_of(source["name"])
        out.append(
            (
                "source",
                f"{name}, {shown(source['format'])}, {counted(source['rows'], 'row')}, {size_of(source['bytes'])}",
            )
        )
    if len(made["source"]) > MOST:
        out.append(("source", f"and {len(made['source']) - MOST:,} more"))
    return out


def _columns(made: dict[str, Any]) -> list[Line]:
    steps = made["timesteps"]
    shape = f"{counted(steps, 'timestep')} of " if steps is not None else "samples of their own length, "
    out = [("sample", f"{counted(made['samples'], 'sample')}; {shape}{counted(made['features'], 'feature')}")]
    out.append(("features", listed(made["feature_names"], 40)))
    if made["targets"]:
        out.append(("targets", listed(made["targets"], 40)))
    if made["classes"]:
        codes = ", ".join(f"{i} {name_of(c)}" for i, c in enumerate(made["classes"][:20]))
        more = f" and {len(made['classes']) - 20:,} more" if len(made["classes"]) > 20 else ""
        out.append(("classes", f"{codes}{more}"))
    return out


def _splits(made: dict[str, Any]) -> list[Line]:
    if list(made["splits"]) == ["all"]:
        return []
    out = []
    for name, part in made["splits"].items():
        times = "" if part.get("first_time") is None else f", {shown(part['first_time'])} to {shown(part['last_time'])}"
        out.append((shown(name), f"{counted(part['samples'], 'sample')} of {counted(part['rows'], 'row')}{times}"))
    return out


def _sequences(made: dict[str, Any]) -> list[Line]:
    about = made["sequences"]
    lengths = about["lengths"]
    by = f" by {listed(about['keys'])}" if about["keys"] else ""
    out = [
        (
            "sequences",
            f"{about['count']:,}{by}, {lengths['min']:,} to {lengths['max']:,} rows"
            if about["count"] > 1
            else f"1{by} of {counted(lengths['max'], 'row')}",
        )
    ]
    if about["skipped_count"]:
        some = [", ".join(s["key"]) for s in about["skipped"][:5]]
        out.append(
            ("left out", f"{counted(about['skipped_count'], 'sequence')} shorter than one sample: {listed(some)}")
        )
    return out


def _rows(made: dict[str, Any]) -> list[Line]:
    rows = made["rows"]
    said = f"{rows['read']:,} read, {rows['used_as_input']:,} used as input"
    said += f", {rows['used_as_target']:,} as target" if made["targets"] or made["classes"] else ""
    out = [("rows", said)]
    for entry in rows["unused"]:
        place = span_of(entry["first"], entry["last"])
        whole = entry["last"] - entry["first"] + 1 == entry["rows"]
        out.append(
            (
                "unused",
                f"{counted(entry['rows'], 'row')}, {shown(entry['reason'], 200)} ({'' if whole else 'among '}{place})",
            )
        )
    return out


def _order(made: dict[str, Any]) -> list[Line]:
    order, missing = made["order"], made["missing"]
    out = []
    if order["time"]:
        sorted_ = (
            f"sorted ({counted(order['rows_out_of_order'], 'row')} out of order)"
            if order["sorted"]
            else "in order as read"
        )
        zone = f", {shown(order['zone'])}" if order["zone"] else ""
        out.append(("time", f"{listed(order['time'])} ({shown(order['kind'])}{zone}), {sorted_}"))
    else:
        out.append(("order", "that of the file"))
    if order["shuffled"]:
        out.append(("samples", "shuffled"))
    if order["stateful"]:
        out.append(("samples", "row k of a batch continues row k of the batch before"))
    if missing["cells"]:
        cells = ", ".join(f"{name_of(k)} {v:,}" for k, v in list(missing["cells"].items())[:MOST])
        left = f"; {counted(missing['samples_left_out'], 'sample')} left out" if missing["samples_left_out"] else ""
        out.append(("missing", f"{cells} ({shown(missing['policy'])}){left}"))
    padding = made["padding"]
    if padding:
        side = f"{padding['side']}, " if padding.get("side") else ""
        out.append(("padding", f"{side}with {shown(padding['value'])}; mask is False there"))
    return out


def _fitted(made: dict[str, Any]) -> list[Line]:
    """What was learned, a line per kind."""
    out = []
    for kind, value in made["fitted"].items():
        if isinstance(value, dict):
            parts = [f"{name_of(k)} ({_numbers(v)})" for k, v in list(value.items())[:MOST]]
            more = f" and {len(value) - MOST:,} more" if len(value) > MOST else ""
            out.append(("learned", f"{shown(kind)}: {', '.join(parts)}{more}"))
        else:
            out.append(("learned", f"{shown(kind)}: {_numbers(value)}"))
    return out


def _numbers(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{shown(k)} {_numbers(v)}" for k, v in list(value.items())[:MOST])
    if isinstance(value, list):
        return listed([_numbers(v) for v in value], MOST)
    if isinstance(value, float):
        return f"{value:.6g}"
    return shown(number(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def _swapped(made: dict[str, Any]) -> list[Line]:
    """Features whose names count: they are likely the steps, and the axes exchanged."""
    names = made["feature_names"]
    steps = looks_like_steps(names)
    if not steps:
        return []
    return [
        (
            "axes?",
            f"the feature names count ({name_of(names[0])} to {name_of(names[-1])}): steps of one series? Then the axes are exchanged, and lstmprep reshape makes timesteps of them",
        )
    ]


def looks_like_steps(names: list[str]) -> bool:
    """Whether these names are one name and the numbers of steps.

    Examples
    --------
    >>> looks_like_steps(["p1", "p2", "p3"]), looks_like_steps(["a", "b", "c"]), looks_like_steps(["x(t-2)", "x(t-1)"])
    (True, False, True)
    """
    if len(names) > 1 and all(LAG_NAME.search(n) for n in names):
        return len({LAG_NAME.sub("", n) for n in names}) == 1
    parts = [re.fullmatch(r"(\D*)(\d{1,6})", n) for n in names]
    if len(names) < 3 or not all(parts):
        return False
    heads = {p[1] for p in parts if p}
    counts = [int(p[2]) for p in parts if p]
    return len(heads) == 1 and heads != {"c"} and counts == list(range(counts[0], counts[0] + len(counts)))
