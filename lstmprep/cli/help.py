"""Help by headings: the twenty or so options most people need, and with ``--help-all`` every one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click


class Described(click.Command):
    """A command whose options stand under headings, with examples at the end."""

    _made: list[click.Parameter]

    def __init__(
        self,
        *args: Any,
        options: Callable[[], list[click.Parameter]],
        examples: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples, self._options = examples, options

    @property
    def params(self) -> list[click.Parameter]:
        """The parameters, made when somebody asks: the group's own help needs none of them."""
        if not self._made:
            everything = click.Option(
                ["--help-all"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_all,
                help="Show every option.",
            )
            self._made = [*self._options(), everything]
        return self._made

    @params.setter
    def params(self, made: list[click.Parameter]) -> None:
        self._made = made

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """Both names, whoever asks: Click keeps what the first asker's context said."""
        return ["-h", "--help"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options by heading, in the order they are declared."""
        whole = bool(ctx.meta.get("lstmprep.all"))
        groups: dict[str, list[tuple[str, str]]] = {}
        hidden = 0
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is None or isinstance(param, click.Argument):
                continue
            if not (whole or getattr(param, "basic", True)):
                hidden += 1
                continue
            groups.setdefault(getattr(param, "heading", "Help"), []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)
        if hidden:
            formatter.write_paragraph()
            formatter.write_text(f"{hidden} more options: --help-all.")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples that run on sample_data/."""
        with formatter.section("Examples"):
            for i, (what, line) in enumerate(self.examples):
                if i:
                    formatter.write_paragraph()
                formatter.write_text(f"# {what}")
                for piece in _wrapped(line, formatter.width - formatter.current_indent):
                    formatter.write(f"{' ' * formatter.current_indent}{piece}\n")


def _wrapped(line: str, width: int) -> list[str]:
    """A command line cut before its options, each piece but the last ending in a backslash: it can still be pasted."""
    words = re.split(r" (?=-)", line)
    pieces = [words[0]]
    for word in words[1:]:
        if len(pieces[-1]) + len(word) + 3 > width:
            pieces.append(f"  {word}")
        else:
            pieces[-1] += f" {word}"
    return [*(f"{p} \\" for p in pieces[:-1]), pieces[-1]]


def _show_all(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001
    if value and not ctx.resilient_parsing:
        ctx.meta["lstmprep.all"] = True
        click.echo(ctx.get_help())
        ctx.exit()
