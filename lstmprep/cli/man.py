"""Manual pages, made from what ``--help-all`` is made of.

lstmprep --man lstmprep > lstmprep.1         lstmprep --man window > lstmprep-window.1
"""

from __future__ import annotations

import click

import lstmprep


def page(group: click.Group, name: str | None) -> str:
    """A manual page in roff.

    Parameters
    ----------
    group : click.Group
    name : str or None
        A command; None is the program itself.
    """
    with click.Context(group, info_name="lstmprep") as top:
        if name is None:
            commands = [(n, c.get_short_help_str(200)) for n, c in sorted(group.commands.items())]
            return _page(
                top, group, "lstmprep", {"COMMANDS": [(f"lstmprep\\-{n}(1)", about) for n, about in commands]}, []
            )
        command = group.commands[name]
        with click.Context(command, info_name=name, parent=top) as inner:
            groups: dict[str, list[tuple[str, str]]] = {}
            for param in command.get_params(inner):
                found = None if isinstance(param, click.Argument) else param.get_help_record(inner)
                if found is not None:
                    groups.setdefault(getattr(param, "heading", "Help").upper(), []).append(
                        (_plain(found[0]), found[1])
                    )
            examples = getattr(command, "examples", [])
            return _page(inner, command, f"lstmprep-{name}", groups, examples)


def _page(
    ctx: click.Context,
    command: click.Command,
    title: str,
    groups: dict[str, list[tuple[str, str]]],
    examples: list[tuple[str, str]],
) -> str:
    usage = " ".join(command.get_usage(ctx).split()).removeprefix("Usage: ")
    lines = [
        f'.TH "{title.upper()}" "1" "" "lstmprep {lstmprep.__version__}" "lstmprep"',
        ".SH NAME",
        f"{_plain(title)} \\- {_plain(command.get_short_help_str(200).rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {_plain(usage)}",
        ".SH DESCRIPTION",
    ]
    for paragraph in (command.help or "").split("\n\n"):
        lines += [".PP", _plain(" ".join(paragraph.split()))]
    for heading, records in groups.items():
        lines.append(f'.SH "{_plain(heading)}"')
        for name, about in records:
            lines += [".TP", f".B {name}", _plain(" ".join(about.split()))]
    if examples:
        lines.append(".SH EXAMPLES")
        for what, line in examples:
            lines += [".TP", _plain(what), ".nf", _plain(line), ".fi"]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Text that roff takes as it is."""
    safe = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{safe}" if safe.startswith((".", "'")) else safe
