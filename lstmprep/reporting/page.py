"""The page about an output: its sections in their order, and the verb report.

output -> manifest in words, ledger, notes, arrays, pictures -> one HTML file
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lstmprep.audit.trusted import trusting
from lstmprep.reporting.figures import can_draw, figures
from lstmprep.reporting.markup import code, items, pairs, paragraph, section, table, text, whole
from lstmprep.showing.output import Output
from lstmprep.showing.words import arrays, told
from lstmprep.wording import counted, listed, name_of, shown, size_of, span_of

MOST_BYTES = 290_000
ROWS, NOTES = 60, 40
MISSING = "Pictures need matplotlib: pip install 'lstmprep[plot]', then make the page again."
OWN_PLACE = ("made by", "source", "sample", "note", "unused", "hint", "train", "val", "test")


@trusting
def report(
    out: str | os.PathLike[str], *, output: str | os.PathLike[str] | None = None, overwrite: bool = False
) -> str:
    """Describe an output on one page of HTML that stands alone: no script, nothing that is fetched.

    Parameters
    ----------
    out : path
        An output folder, its ``.npz``, ``.npy`` or manifest.
    output : path or None
        Also write the page there: ``.html``.
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    str
        The page, the same for the same output; without matplotlib it has no pictures, and says so.

    Raises
    ------
    RecipeError
        If the name of the page does not end in ``.html``.
    DataError
        If the output is damaged.
    StorageError
        If something cannot be read or written.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from lstmprep import window
    >>> out = os.path.join(tempfile.mkdtemp(), "out")
    >>> data = window(np.arange(20.0).reshape(10, 2), timesteps=3, target="c1", output=out)
    >>> "<h1>out: 7 samples of 3 timesteps, 2 features</h1>" in report(out)
    True
    """
    place = None
    if output is not None:
        place = place_of_page(os.fspath(output), [os.fspath(out)], overwrite=overwrite)
    made = page(Output(os.fspath(out)))
    if place is not None:
        data = made.encode()
        place.write(lambda stream: stream.write(data))
    return made


def place_of_page(name: str, inputs: list[str], *, overwrite: bool) -> Any:
    """Where the page goes.

    Raises
    ------
    RecipeError
        If the name does not end in ``.html``.
    StorageError
        If the place cannot take it, or holds a file already.
    """
    from lstmprep.errors import RecipeError
    from lstmprep.sinks.single import FilePlace
    from lstmprep.wording import quoted

    stem, suffix = os.path.splitext(name)
    if suffix.lower() not in (".html", ".htm"):
        raise RecipeError(
            f"--output {quoted(name)}: the page is written as .html",
            fix=f"Give {shown(stem or 'report')}.html, or - for standard output.",
        )
    return FilePlace(name, inputs, overwrite=overwrite)


def page(output: Output) -> str:
    """The whole page, smaller than 300 kB: pictures that do not fit are named with their command."""
    made = output.made
    name = name_of_output(output)
    head = f"<h1>{text(_title(name, made), 300)}</h1>\n" + paragraph(_lead(made), "lead")
    rest = [
        section("The command", code(made["command"]), paragraph(_first_layers(made))),
        section("Arrays", _arrays(made)),
        section("What became of every row", _ledger(made)),
        section("Parts", _parts(made)),
        section("Good to know", _notes(made)),
        section("In words", pairs(_words(made))),
        section("Source", _source(made)),
    ]
    foot = (
        f"<footer>Made by lstmprep {text(made['lstmprep'])}. Proof: <code>lstmprep check {text(name)}</code></footer>\n"
    )
    room = MOST_BYTES - len(whole(name, head + "".join(rest) + foot).encode())
    pictures = section("Pictures", _pictures(output, name, room))
    return whole(f"{name}: lstmprep", "\n".join([head, rest[0], pictures, *rest[1:], foot]))


def name_of_output(output: Output) -> str:
    """What the output is called, without its folder.

    An output has the same page wherever it stands.
    """
    path = Path(output.out)
    if path.name in ("manifest.json", "", ".", ".."):
        return os.path.basename(os.path.abspath(path.parent if path.name == "manifest.json" else path)) or "output"
    return path.name


def _title(name: str, made: dict[str, Any]) -> str:
    steps = f" of {counted(made['timesteps'], 'timestep')}" if made["timesteps"] else ""
    return f"{name}: {counted(made['samples'], 'sample')}{steps}, {counted(made['features'], 'feature')}"


def _lead(made: dict[str, Any]) -> str:
    names = [s["name"] for s in made["source"]]
    out = [f"Prepared from {listed(names, 4)}", f"features {listed(made['feature_names'], 12)}"]
    out += [f"target {listed(made['targets'], 6)}"] if made["targets"] else []
    out += [f"classes {listed(made['classes'], 12)}"] if made["classes"] else []
    return "; ".join(out) + "."


def _first_layers(made: dict[str, Any]) -> str:
    return f"First layer: Keras {made['hints']['keras']}; PyTorch {made['hints']['torch']}."


def _arrays(made: dict[str, Any]) -> str:
    rows = arrays(made)
    out = table(["array", "shape", "axes", "type", "size", "file"], rows[:ROWS])
    return out + (paragraph(f"and {len(rows) - ROWS:,} more") if len(rows) > ROWS else "")


def _ledger(made: dict[str, Any]) -> str:
    """Rows used and unused; the last line is the sum."""
    rows = made["rows"]
    unused = rows["unused"]
    used = rows["read"] - sum(u["rows"] for u in unused)
    told_ = f"input of a sample {rows['used_as_input']:,}, target {rows['used_as_target']:,}"
    lines: list[list[object]] = [["used", f"{used:,}", told_]]
    for entry in unused[:ROWS]:
        among = "" if entry["last"] - entry["first"] + 1 == entry["rows"] else "among "
        lines.append([entry["reason"], f"{entry['rows']:,}", f"{among}{span_of(entry['first'], entry['last'])}"])
    lines.append(["read", f"{rows['read']:,}", ""])
    return table(["rows", "number", "which"], lines, numbers=[1], total=True)


def _parts(made: dict[str, Any]) -> str:
    if list(made["splits"]) == ["all"]:
        return ""
    lines = [
        [name, f"{p['samples']:,}", f"{p['rows']:,}", _time(p.get("first_time")), _time(p.get("last_time"))]
        for name, p in list(made["splits"].items())[:ROWS]
    ]
    return table(["part", "samples", "rows", "first time", "last time"], lines, numbers=[1, 2])


def _time(value: Any) -> str:
    return "" if value is None else str(value)


def _notes(made: dict[str, Any]) -> str:
    notes = [(n["code"], n["text"]) for n in made["notes"]]
    more = f"and {len(notes) - NOTES:,} more" if len(notes) > NOTES else ""
    how = "Half a page on each: lstmprep explain CODE." if notes else "Nothing: no note was made."
    return items(notes[:NOTES]) + paragraph(" ".join(t for t in (more, how) if t))


def _words(made: dict[str, Any]) -> list[tuple[str, object]]:
    parts = set(made["splits"])
    return [(k, v) for k, v in told(made) if k not in OWN_PLACE and k not in parts]


def _source(made: dict[str, Any]) -> str:
    lines = [
        [name_of(s["name"]), s["format"], f"{s['rows']:,}", size_of(s["bytes"]), s.get("digest") or ""]
        for s in made["source"][:ROWS]
    ]
    out = table(["file", "format", "rows", "size", "digest"], lines, numbers=[2])
    return out + (paragraph(f"and {len(made['source']) - ROWS:,} more") if len(made["source"]) > ROWS else "")


def _pictures(output: Output, name: str, room: int) -> str:
    if not can_draw():
        return paragraph(MISSING)
    out = []
    for kind, markup in figures(output):
        size = len(markup.encode())
        if size > room:
            out.append(
                paragraph(f"{kind} is too large for this page: lstmprep plot {name} --kind {kind} -o {kind}.png")
            )
            continue
        room -= size
        out.append(markup)
    return "\n".join(out) if out else paragraph("This output has no pictures.")
