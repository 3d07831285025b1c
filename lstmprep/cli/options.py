"""Flags from settings: kind, help, default and environment variable, declared where they are used.

A value comes from the command line, else the environment, else ``--recipe``, else the default.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import click

from lstmprep.errors import located
from lstmprep.serde import Setting, convert
from lstmprep.sizes import bytes_of

RUN = "This run"
OFTEN = ("delimiter", "decimal", "na_values", "time_format")  # of reading a later table
ROOM = 36  # characters of choices that fit before the help of an option


class Typed(click.ParamType[Any]):
    """Reads a setting's value; what is wrong is said in the words of the flag."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.name = setting.kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value as the setting's own type."""
        if self.setting.many:
            return value
        variable = f"LSTMPREP_{ctx.info_name}_{self.setting.name}".upper() if ctx else ""
        with located(file=variable if variable and os.environ.get(variable) == value else None):
            return convert(self.setting, value)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Choices are spelled out where there is room."""
        spelled = "|".join(self.setting.choices)
        return (spelled if len(spelled) <= ROOM else "NAME") if spelled else None

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """The choices that begin like this."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(c) for c in self.setting.choices if c.startswith(incomplete)]


class Size(click.ParamType[Any]):
    """Bytes with a unit."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number of bytes."""
        return value if isinstance(value, int) else bytes_of(str(value), param.opts[-1] if param else "the size")


class Flag(click.Option):
    """An option with a heading, shown in the short help or only in the long one."""

    def __init__(self, *args: Any, heading: str, basic: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heading, self.basic = heading, basic

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Choices, columns of the file that is typed already, files."""
        from lstmprep.cli.completion import offered

        return super().shell_complete(ctx, incomplete) or offered(self.metavar, ctx, incomplete)

    def value_from_envvar(self, ctx: click.Context) -> Any:
        """A list from the environment is one text: names may hold blanks."""
        if self.multiple:
            found = self.resolve_envvar_value(ctx)
            return None if found is None else (found,)
        return super().value_from_envvar(ctx)


def option_of(setting: Setting) -> Flag:
    """The flag of a setting."""
    about: dict[str, Any] = {
        "heading": setting.heading,
        "basic": setting.basic,
        "default": None,
        "help": _help(setting),
    }
    names = [setting.name, *([setting.short] if setting.short else [])]
    if setting.kind == "flag":
        both = f"{setting.flag}/--no-{setting.flag[2:]}" if setting.default else setting.flag
        return Flag([*names, both], is_flag=True, **about)
    return Flag([*names, setting.flag], type=Typed(setting), multiple=setting.many, metavar=setting.metavar, **about)


class Operand(click.Argument):
    """An argument; the TAB key completes it by what it stands for."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Files, or the codes that can be explained."""
        from lstmprep.cli.completion import offered

        return offered(self.metavar, ctx, incomplete)


def _help(setting: Setting) -> str:
    text = setting.help
    if len("|".join(setting.choices)) > ROOM:
        text = f"{text} One of {', '.join(setting.choices)}."
    told = setting.kind != "flag" and setting.default not in (None, ()) and "[default" not in text
    return f"{text}  [default: {setting.default}]" if told else text


def typed_inputs(*, required: bool) -> click.Argument:
    """The files that a command reads."""
    metavar = "INPUT..." if required else "[INPUT...]"
    return Operand(["inputs"], nargs=-1, required=required, metavar=metavar)


def run_options(places: str) -> list[Flag]:
    """What concerns one run only, and is no part of the recipe."""

    def flag(*names: str, basic: bool = True, **kwargs: Any) -> Flag:
        return Flag(list(names), heading=RUN, basic=basic, default=None, **kwargs)

    return [
        flag(
            "-o",
            "--output",
            metavar="PLACE",
            help=places,
        ),
        flag("--overwrite", is_flag=True, help="Replace an output of lstmprep that exists."),
        flag("--dry-run", is_flag=True, help="Show what would be written, and write nothing."),
        flag("--json", is_flag=True, help="The manifest (or with --dry-run the plan) on standard output."),
        flag(
            "--recipe",
            metavar="FILE",
            help="Values for any option from TOML, JSON or a manifest; flags win.",
        ),
        flag(
            "--show-config",
            basic=False,
            is_flag=True,
            help="Show every setting and where its value came from; nothing is run.",
        ),
        flag("-q", "--quiet", is_flag=True, help="No report, only errors."),
        flag("-v", "--verbose", basic=False, is_flag=True, help="Also every column's part and every guess."),
        flag("--progress/--no-progress", basic=False, help="A progress bar.  [default: on a terminal]"),
        flag(
            "--fsync",
            basic=False,
            is_flag=True,
            help="Wait until the disk has everything before the output gets its name.",
        ),
        flag(
            "--resume",
            basic=False,
            is_flag=True,
            help="Keep what is finished when the run ends early, and begin with what an earlier run kept.",
        ),
        flag(
            "--memory-limit",
            basic=False,
            type=Size(),
            metavar="SIZE",
            help="Memory for rows, for example 256MiB; more rows stand in files beside the output.",
        ),
        flag(
            "--workers",
            basic=False,
            type=int,
            metavar="N",
            help="Cores to use; the output is the same.  [default: as many as help]",
        ),
        flag(
            "--engine",
            basic=False,
            type=click.Choice(["local", "processes", "dask"]),
            help="Who writes the arrays; the output is the same.  [default: local]",
        ),
        flag(
            "--scheduler",
            basic=False,
            metavar="ADDRESS",
            help="Dask's scheduler, for example tcp://host:8786.  [default: one of its own, on this machine]",
        ),
        flag("--scheduler-file", basic=False, metavar="FILE", help="The file in which the scheduler says where it is."),
    ]


def given_flags(values: dict[str, Any], settings: list[Setting]) -> dict[str, Any]:
    """The settings that the command line or the environment gives."""
    return {s.name: values[s.name] for s in settings if values.get(s.name) not in (None, ())}


def reading_settings(heading: str) -> list[Setting]:
    """How a later table is read, as far as it may be written otherwise than that of the output."""
    from lstmprep.commands import every_setting
    from lstmprep.earlier import READING

    known = {s.name: s for s in every_setting()}
    said = {n: known[n].help.partition("  [default")[0] for n in READING}
    return [
        replace(known[n], help=said[n], default=None, heading=heading, basic=n in OFTEN, short=None) for n in READING
    ]
