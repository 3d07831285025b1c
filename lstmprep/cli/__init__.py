"""The command line: the group of commands and the one door for errors.

    flags -> recipe -> verb -> report          every error a person can mend: two lines, an exit code

Exit codes: 0 done, 2 usage or recipe, 3 the data, 4 storage, 130 and 143 stopped by a signal,
141 the reader of standard output went away, 70 a fault of our own.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Any

import click

import lstmprep
from lstmprep.cli.apply import command as apply
from lstmprep.cli.check import command as check
from lstmprep.cli.convert import command as convert
from lstmprep.cli.explain import command as explain
from lstmprep.cli.html import command as html
from lstmprep.cli.inspect import command as inspect
from lstmprep.cli.invert import command as invert
from lstmprep.cli.lag import command as lag
from lstmprep.cli.pad import command as pad
from lstmprep.cli.plot import command as plot
from lstmprep.cli.reshape import command as reshape
from lstmprep.cli.show import command as show
from lstmprep.cli.streams import COLOR, have_streams, silence, tell
from lstmprep.cli.window import command as window
from lstmprep.elsewhere import called_here, setting_meant
from lstmprep.errors import LstmprepError, RecipeError, did_you_mean
from lstmprep.wording import listed, quoted, shown

EXAMPLE_OF = {
    "apply": "Give an output and a table, for example lstmprep apply data.lstm new.csv. ",
    "check": "Give an output, for example lstmprep check data.lstm. ",
    "convert": "Give an output and a new name, for example lstmprep convert data.lstm -o data.npz. ",
    "plot": "Give an output or a table, for example lstmprep plot data.lstm -o windows.png. ",
    "report": "Give an output, for example lstmprep report data.lstm -o report.html. ",
    "invert": "Give an output and its predictions, for example lstmprep invert data.lstm pred.npy -o pred.csv. ",
}
# no room for a thread, in Arrow's or Python's words, or for a library, in the loader's
STARVED = ("thread", "memory", "failed to map segment")
INTERRUPTED, PIPE_GONE, TERMINATED, OURS = 130, 141, 143, 70


class Terminated(BaseException):
    """The process was asked to end."""


def _colors(ctx: click.Context, param: click.Parameter, value: str | None) -> None:  # noqa: ARG001
    COLOR[0] = value or "auto"


def _completion(ctx: click.Context, param: click.Parameter, value: str | None) -> None:  # noqa: ARG001
    if value is not None and not ctx.resilient_parsing:
        from lstmprep.cli.completion import script

        click.echo(script(value, cli))
        ctx.exit()


def _man(ctx: click.Context, param: click.Parameter, value: str | None) -> None:  # noqa: ARG001
    if value is None or ctx.resilient_parsing:
        return
    from lstmprep.cli.man import page

    if value != "lstmprep" and value not in cli.commands:
        raise RecipeError(
            f"there is no command {quoted(value)}",
            fix=f"{did_you_mean(value, list(cli.commands))}The pages are lstmprep, {', '.join(sorted(cli.commands))}.",
        )
    click.echo(page(cli, None if value == "lstmprep" else value), nl=False)
    ctx.exit()


@click.group(
    name="lstmprep",
    context_settings={
        "auto_envvar_prefix": "LSTMPREP",
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
    epilog="lstmprep COMMAND --help shows the options of a command.",
)
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    is_eager=True,
    expose_value=False,
    callback=_colors,
    help="Colours in messages.  [default: on a terminal, unless NO_COLOR is set]",
)
@click.option(
    "--completion",
    type=click.Choice(["bash", "zsh", "fish"]),
    is_eager=True,
    expose_value=False,
    callback=_completion,
    help="Print the script that completes commands, options and columns.",
)
@click.option(
    "--man",
    metavar="COMMAND",
    is_eager=True,
    expose_value=False,
    callback=_man,
    help="Print the manual page of a command, or of lstmprep.",
)
@click.version_option(lstmprep.__version__, prog_name="lstmprep", message="%(prog)s %(version)s")
def cli() -> None:
    """Tables to tensors [samples, timesteps, features] for LSTMs and other sequence models."""


for _command in (apply, check, convert, explain, inspect, invert, lag, pad, plot, html, reshape, show, window):
    cli.add_command(_command)


def run(argv: list[str]) -> int:
    """Carry out a command line; the exit code."""
    have_streams()
    _listen()
    code = _guarded(argv)
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        silence(sys.stdout)
        return code or _unwritable(error)
    return code


def _invoked(argv: list[str]) -> int:
    """Parse and call, without Click's own door: it would take a closed pipe for a success of 1."""
    if "_LSTMPREP_COMPLETE" in os.environ:
        return int(cli.main(argv, prog_name="lstmprep", standalone_mode=False) or 0)
    try:
        with cli.make_context("lstmprep", list(argv)) as context:
            cli.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return 0


def _guarded(argv: list[str]) -> int:  # noqa: PLR0911 (one line per kind of end)
    try:
        return _invoked(argv)
    except LstmprepError as error:
        _say(*str(error).split("\n", 1))
        if sys.stderr.isatty():  # where a person reads, and can ask
            from lstmprep.explain import code_of

            tell(f"  More: lstmprep explain {code_of(error)}")
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        tell(error.format_message())
        return error.exit_code
    except click.UsageError as error:
        return _usage(error, argv)
    except click.ClickException as error:
        _say(error.format_message())
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted")
        return INTERRUPTED
    except Terminated:
        _say("terminated")
        return TERMINATED
    except MemoryError:
        return _starved()
    except OSError as error:  # files have their own answers: what is left are the standard streams
        silence(sys.stdout)
        return _unwritable(error)
    except Exception as error:  # noqa: BLE001 (the last door: no traceback for anyone who did not ask)
        return _bug(error)


def _unwritable(error: Exception) -> int:
    """The reader of standard output went away, or it takes no more."""
    if isinstance(error, BrokenPipeError):
        return PIPE_GONE
    if isinstance(error, FileNotFoundError) and "temporary" in str(error):  # Python's words, with all that it tried
        _say("there is no room for a temporary file", "Free some space, or name another folder with TMPDIR.")
        return 4
    reason = getattr(error, "strerror", None) or "it is closed"
    _say(f"standard output cannot be written to: {reason.lower()}", "Send it to another place.")
    return 4


def _usage(error: click.UsageError, argv: list[str]) -> int:
    """What Click says, on our two lines."""
    what = shown(error.format_message().partition("Did you mean")[0].strip(" (."), 300)
    known = next((a for a in argv if a in cli.commands), None)
    guess = ""
    if isinstance(error, click.NoSuchOption):
        owners = [n for n in cli.commands if n != known and error.option_name in _options_of(cli.commands[n])]
        mine = _options_of(cli.commands[known] if known else cli)
        guess = (
            f"{error.option_name} belongs to {listed(owners)}. "
            if known and owners and called_here(error.option_name, mine) is None
            else setting_meant(error.option_name, mine)
        )
    elif isinstance(error, click.exceptions.NoSuchCommand):
        guess = did_you_mean(error.command_name, list(cli.commands))
    elif isinstance(error, click.MissingParameter) and known:
        guess = EXAMPLE_OF.get(known, f"Give a table, for example lstmprep {known} data.csv --timesteps 10. ")
    path = f"lstmprep {known}" if known else "lstmprep"
    _say(what[:1].lower() + what[1:], f"{guess}See {path} --help.")
    return error.exit_code


def _options_of(command: click.Command) -> list[str]:
    return [o for p in command.params for o in p.opts if o.startswith("--")]


def _starved() -> int:
    _say(
        "there is too little memory",
        "Frame fewer columns at a time, use --dtype float16, or a machine with more memory.",
    )
    return 4


def _bug(error: Exception) -> int:
    if any(word in str(error).lower() for word in STARVED):
        return _starved()
    if os.environ.get("LSTMPREP_DEBUG") == "1":
        raise error
    text = " ".join(str(error).split())
    _say(
        f"this is a bug in lstmprep: {type(error).__name__}: {shown(text, 200)}",
        "Run again with LSTMPREP_DEBUG=1 to see where, and report it with the command.",
    )
    return OURS


def _say(what: str, fix: str = "") -> None:
    """Two lines on standard error."""
    tell(f"lstmprep: {what}", *([f"  {fix.strip()}"] if fix else []))


def _listen() -> None:
    """The first signal ends the run in order; later ones do not disturb the cleaning."""

    def once(number: int, _frame: FrameType | None) -> Any:
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, once)
