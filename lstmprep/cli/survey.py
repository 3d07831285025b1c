"""A survey as a person reads it: columns, order, sequences, framings, look-back; then warnings."""

from __future__ import annotations

from typing import Any

from lstmprep.cli.pages import bar, course, cut, gaps, is_plain, short, table, width, wrapped
from lstmprep.survey.order import duration
from lstmprep.wording import counted, listed, name_of, quoted, shown, size_of

MOST_COLUMNS = 200
LONG = 1 << 16  # a command is shown whole
_SHORT = {"whole number": "whole", "true/false": "bool"}


def page(found: dict[str, Any]) -> list[str]:
    """The tables of a survey."""
    wide, plain = width(), is_plain()
    out: list[str] = []
    if "columns" in found:
        out += [*_head(found, wide), "", *_columns(found, wide, plain=plain), "", *_order(found, wide)]
    if found["framings"] is not None:
        out += [*([""] if out else []), *_framings(found["framings"], wide)]
    if "lookback" in found:
        out += ["", *_lookback(found["lookback"], wide, plain=plain)]
    return out


def messages(found: dict[str, Any]) -> list[str]:
    """Warnings, what would be refused, and the command to begin with."""
    out = [f"would be refused: {r['text']}\n  {r['fix']}" for r in found.get("refused", [])]
    out += [f"warning: {w['text']}" for w in found.get("warnings", [])]
    if found.get("suggestion"):
        out.append(f"begin with: {shown(found['suggestion'], LONG)}")
    elif none := found.get("no_suggestion"):
        out.append(f"no command to begin with: {shown(none['text'], LONG)}\n  {shown(none['fix'], LONG)}")
    return out


def _head(found: dict[str, Any], wide: int) -> list[str]:
    parts = found["source"]
    name = "standard input" if parts[0]["name"] == "-" else name_of(parts[0]["name"])
    if len(parts) > 1:
        name = f"{counted(len(parts), 'file')} ({listed([p['name'] for p in parts], 3)})"
    size = sum(p["bytes"] for p in parts)
    facts = [counted(found["rows"], "row"), counted(len(found["columns"]), "column"), parts[0]["format"]]
    return wrapped("", f"{name}: {', '.join([*facts, *([size_of(size)] if size else [])])}", wide, indent=0)


def _columns(found: dict[str, Any], wide: int, *, plain: bool) -> list[str]:
    columns = found["columns"][:MOST_COLUMNS]
    room = wide // 5
    rows = [["column", "type", "missing", "min", "max"]]
    for about in columns:
        kind = _SHORT.get(about["type"], about["type"])
        missing = f"{about['missing']:,}" if about["missing"] else "-"
        if isinstance(about["min"], str) or about["type"] == "text":
            rows.append([cut(about["name"], room), cut(kind, 10), missing, "", ""])
        else:
            rows.append([cut(about["name"], room), cut(kind, 10), missing, short(about["min"]), short(about["max"])])
    lines = table(rows, right={2, 3, 4})
    used = max(map(len, lines))
    out = [f"{lines[0].ljust(used)}  rows 1 to {found['rows']:,}"]
    for about, line in zip(columns, lines[1:], strict=True):
        out += _column(about, line, used, wide, found["rows"], plain=plain)
    if len(found["columns"]) > MOST_COLUMNS:
        out.append(f"and {len(found['columns']) - MOST_COLUMNS:,} more columns: --json tells of all")
    return out


def _column(about: dict[str, Any], line: str, used: int, wide: int, rows: int, *, plain: bool) -> list[str]:
    """One line, and a second for what is missing or odd."""
    room = wide - used - 2
    if about["course"] and not isinstance(about["min"], str):
        end = course(about["course"], room, plain=plain)
    elif isinstance(about["min"], str):
        end = cut(f"{about['min']} to {about['max']}", room)
    else:
        different = "" if about["distinct"] is None else f"{about['distinct']:,} different, "
        end = cut(f"{different}first {quoted(about['example'])}", room)
    out = [f"{line.ljust(used)}  {end}"]
    if about["constant"]:
        out.append("  constant")
    if about["odd"]:
        odd = about["odd"]
        out.append(f"  {counted(odd['count'], 'cell')} no number, the first {quoted(odd['cell'])}, {_at(odd)}")
    if about.get("infinite"):
        out.append(f"  {counted(about['infinite']['count'], 'infinite value')}, the first {_at(about['infinite'])}")
    if about["missing"]:
        share = 100 * about["missing"] / rows
        said = f"  missing {share:.1f} %, first {_at(about['first_missing'])}"
        out.append(f"{said.ljust(used)}  {gaps(about['gaps'], room, plain=plain)}")
    return out


def _at(place: dict[str, Any]) -> str:
    return f"row {place['row'] + 1:,}" + (f" (line {place['line']:,})" if place["line"] else "")


def _order(found: dict[str, Any], wide: int) -> list[str]:
    out: list[str] = []
    order = found["order"]
    if order is not None:
        unit, space = order["unit"], order["spacing"]
        taken = ", taken for the time" if order["assumed"] else ""
        out += wrapped("time", f"{listed(order['time'])}{taken}: {order['first']} to {order['last']}", wide)
        said = ["sorted" if order["sorted"] else f"not sorted: {counted(order['out_of_order'], 'row')} out of order"]
        said.append(
            f"{counted(order['duplicates'], 'row')} of a time that stands twice"
            if order["duplicates"]
            else "no time twice"
        )
        out += wrapped("order", "; ".join(said), wide)
        if space["min"] is not None:
            low, middle, high, usual = (duration(space[k], unit) for k in ("min", "median", "max", "usual"))
            share = 100 * space["usual_share"]
            even = "even" if space["even"] else f"uneven: {share:.3g} % are {usual}, {space['different']:,} different"
            if not space["even"] and space["min"] == space["max"]:
                even = "even, but for times that stand twice"
            about = "" if space["exact"] else " (within 0.5 %)"
            out += wrapped("spacing", f"min {low}, median {middle}, max {high}{about}; {even}", wide)
    if "shaped" in found:
        out += wrapped("shaped", found["shaped"]["text"], wide)
    sequences = found["sequences"]
    if sequences is not None:
        out += wrapped("sequences", _lengths(sequences), wide)
    return out


def _lengths(sequences: dict[str, Any]) -> str:
    lengths, n = sequences["lengths"], sequences["count"]
    if n == 1 and not sequences["keys"]:
        return f"1: {counted(lengths['max'], 'row')}; a key named with --group-by would make more"
    by = f"{n:,} by {listed(sequences['keys'])}"
    mixed = "; their rows are interleaved" if sequences["interleaved"] else ""
    return f"{by}: {lengths['min']:,} to {lengths['max']:,} rows, median {lengths['median']:,.10g}{mixed}"


def _framings(framed: dict[str, Any], wide: int) -> list[str]:
    ahead = ", target one row ahead" if framed["answer"] == "target" else ""
    features = counted(framed["features"], "feature")
    rows = [["timesteps", "sliding", "left over", "bytes", "blocks", "left over", "bytes"]]
    for told in framed["timesteps"]:
        line = [f"{told['timesteps']:,}"]
        for kind in ("sliding", "blocks"):
            line += [f"{told[kind]['samples']:,}", f"{told[kind]['leftover']:,}", size_of(told[kind]["bytes"])]
        rows.append(line)
    whole = framed["whole"]
    shape = f"({whole['samples']}, {whole['timesteps']}, {framed['features']})"
    padding = f", {100 * whole['padding']:.0f} % padding" if whole["padding"] else ""
    if len(rows) == 1:
        said = f"one sample per sequence, {framed['dtype']}, padded: {shape}{padding}, {size_of(whole['bytes'])}"
        return wrapped("whole", said, wide)
    lines = table(rows, right=set(range(7)), gap="   ")
    if max(map(len, lines)) > wide:
        lines = table([r[:6] for r in rows], right=set(range(6)), gap=" ")
    return [
        *wrapped(
            "",
            f"samples of {features}, {framed['dtype']}{ahead}: sliding (stride 1), blocks (no overlap)",
            wide,
            indent=0,
        ),
        *lines,
        *wrapped("whole", f"one sample per sequence, padded: {shape}{padding}, {size_of(whole['bytes'])}", wide),
    ]


def _lookback(told: dict[str, Any], wide: int, *, plain: bool) -> list[str]:
    lags = counted(told["max_lag"], "lag")
    head = f"{name_of(told['column'])}: {counted(told['values'], 'value')}{' of train' if 'part' in told else ''}, {lags}; noise stays within {told['bound']:.3f}"
    rows = [["lag", "ACF", "PACF", "mutual inf."]]
    numbers = zip(told["acf"], told["pacf"], told["mutual_information"], strict=True)
    rows += [[f"{lag}", f"{r:.2f}", f"{p:.2f}", f"{i:.3f}"] for lag, (r, p, i) in enumerate(numbers, 1)]
    lines = table(rows, right={0, 1, 2, 3})
    room = wide - len(lines[0]) - 2
    out = [*wrapped("lookback", head, wide), f"{lines[0]}  {'ACF'.rjust(room // 2 + 1)}"]
    for i, line in enumerate(lines[1:]):
        out.append(f"{line}  {bar(told['acf'][i], room - 1 - room % 2, plain=plain)}")
    for candidate in told["candidates"]:
        out += wrapped("candidate", f"--timesteps {candidate['timesteps']}: {candidate['reason']}", wide)
    return [*out, *wrapped("caveat", told["caveat"], wide)]
