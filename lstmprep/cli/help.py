"""Help by headings: the twenty or so options most people need, and with ``--help-all`` every one."""

from __future__ import annotations

from typing import Any

import click

from lstmprep.cli.options import Flag


class Described(click.Command):
    """A command whose options stand under headings, with examples at the end."""

    def __init__(self, *args: Any, examples: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples
        everything = click.Option(
            ["--help-all"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_all,
            help="Show every option.",
        )
        self.params.append(everything)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options by heading, in the order they are declared."""
        whole = bool(ctx.meta.get("lstmprep.all"))
        groups: dict[str, list[tuple[str, str]]] = {}
        hidden = 0
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is None or isinstance(param, click.Argument):
                continue
            if isinstance(param, Flag) and not (whole or param.basic):
                hidden += 1
                continue
            groups.setdefault(param.heading if isinstance(param, Flag) else "Help", []).append(record)
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
                formatter.write(f"{' ' * formatter.current_indent}{line}\n")


def _show_all(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001
    if value and not ctx.resilient_parsing:
        ctx.meta["lstmprep.all"] = True
        click.echo(ctx.get_help())
        ctx.exit()
