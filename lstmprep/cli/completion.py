"""What the TAB key offers: files for inputs and outputs, choices, and the columns of the file already typed.

    lstmprep window data.csv --target te<TAB>     temp
    lstmprep window data.csv --features a,b<TAB>  a,b  a,bb        after a comma the next name
    lstmprep explain few<TAB>                     few-samples

Scripts for the shells are Click's; ``lstmprep --completion bash`` prints one.
"""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

SHELLS = ("bash", "zsh", "fish")
COLUMNS = ("COL", "COLS")  # metavars of options that name columns
FILES = ("FILE", "PLACE", "OUT", "PRED.npy", "INPUT...", "[INPUT...]", "OUT|INPUT...")
CODES = ("CODE", "[CODE]")
MOST = 500


def columns(ctx: click.Context, incomplete: str) -> list[Any]:
    """The columns of the first input that is typed already; nothing when it cannot be read."""
    inputs = ctx.params.get("inputs") or [a for a in ctx.args if not a.startswith("-")]
    done, comma, begun = incomplete.rpartition(",")
    known = _names(inputs[0]) if inputs and inputs[0] != "-" else []
    names = [n for n in known if n.startswith(begun) and n not in done.split(",")]
    return [CompletionItem(f"{done}{comma}{name}") for name in names[:MOST] if name.isprintable()]


def _names(path: str) -> list[str]:
    """The header of a file; a key press never shows an error."""
    try:
        from lstmprep.parts import Reading
        from lstmprep.sources import open_source

        return list(open_source(path, Reading()).names)
    except Exception:  # noqa: BLE001 (whatever is wrong with the file is said when the command runs)
        return []


def offered(metavar: str | None, ctx: click.Context, incomplete: str) -> list[Any]:
    """What an option or an argument of this kind takes: columns, codes, files, or nothing that could be known."""
    if metavar in CODES:
        return codes(ctx, incomplete)
    if metavar in COLUMNS:
        return columns(ctx, incomplete)
    return files(incomplete) if metavar in FILES else []


def codes(ctx: click.Context, incomplete: str) -> list[Any]:
    """The codes that can be explained, each with its sentence where the shell shows one; a second word is none."""
    from lstmprep.explain import pages

    if any(not word.startswith("-") for word in ctx.params.get("code") or ctx.args):
        return []
    return [CompletionItem(p.code, help=p.title) for p in pages().values() if p.code.startswith(incomplete)]


def files(incomplete: str) -> list[Any]:
    """Leave it to the shell, which knows the files."""
    return [CompletionItem(incomplete, type="file")]


def script(shell: str, group: click.Command) -> str:
    """What a shell must read once to know this command.

    Parameters
    ----------
    shell : {"bash", "zsh", "fish"}
    group : click.Command
    """
    kind = get_completion_class(shell)
    assert kind is not None
    made = kind(group, {}, "lstmprep", "_LSTMPREP_COMPLETE")
    return made.source_template % made.source_vars()
