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
from lstmprep.cli.window import command as window
from lstmprep.errors import LstmprepError
from lstmprep.wording import shown

INTERRUPTED, PIPE_GONE, TERMINATED, OURS = 130, 141, 143, 70


class Terminated(BaseException):
    """The process was asked to end."""


@click.group(
    name="lstmprep",
    context_settings={
        "auto_envvar_prefix": "LSTMPREP",
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
    epilog="lstmprep COMMAND --help shows the options of a command.",
)
@click.version_option(lstmprep.__version__, prog_name="lstmprep", message="%(prog)s %(version)s")
def cli() -> None:
    """Tables to tensors [samples, timesteps, features] for LSTMs and other sequence models."""


cli.add_command(window)


def run(argv: list[str]) -> int:
    """Carry out a command line; the exit code."""
    _have_streams()
    _listen()
    code = _guarded(argv)
    try:
        sys.stdout.flush()
    except OSError as error:
        _silence_stdout()
        if isinstance(error, BrokenPipeError):
            return code or PIPE_GONE
        _say("standard output cannot be written to: no space left or closed", "Send it somewhere else.")
        return code or 4
    return code


def _guarded(argv: list[str]) -> int:  # noqa: PLR0911 (one line per kind of end)
    try:
        found = cli.main(argv, prog_name="lstmprep", standalone_mode=False)
    except LstmprepError as error:
        _say(*str(error).split("\n", 1))
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.UsageError as error:
        return _usage(error)
    except click.ClickException as error:
        _say(error.format_message())
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; nothing was written")
        return INTERRUPTED
    except Terminated:
        _say("terminated; nothing was written")
        return TERMINATED
    except BrokenPipeError:
        _silence_stdout()
        return PIPE_GONE
    except MemoryError:
        _say(
            "there is too little memory",
            "Frame fewer columns at a time, use --dtype float16, or a machine with more memory.",
        )
        return 4
    except Exception as error:  # noqa: BLE001 (the last door: no traceback for anyone who did not ask)
        return _bug(error)
    return found if isinstance(found, int) else 0


def _usage(error: click.UsageError) -> int:
    """What Click says, on our two lines."""
    message = error.format_message()
    what, _, hint = message.partition("Did you mean")
    path = error.ctx.command_path if error.ctx else "lstmprep"
    near = f"Did you mean{hint} " if hint else ""
    _say(what.strip().rstrip("."), f"{near}See {path} --help.")
    return error.exit_code


def _bug(error: Exception) -> int:
    if os.environ.get("LSTMPREP_DEBUG") == "1":
        raise error
    text = " ".join(str(error).split())
    _say(
        f"this is a bug in lstmprep: {type(error).__name__}: {shown(text, 200)}",
        "Run again with LSTMPREP_DEBUG=1 to see where, and report it with the command.",
    )
    return OURS


def _say(what: str, fix: str = "") -> None:
    """Two lines on standard error, in what it can show."""
    try:
        click.echo(f"lstmprep: {what}", err=True)
        if fix:
            click.echo(f"  {fix.strip()}", err=True)
    except OSError:
        return


def _have_streams() -> None:
    """A process may be started without streams; writing then goes nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 (lives as long as the process)


def _silence_stdout() -> None:
    """Point standard output at nothing, so that the interpreter's last flush is quiet."""
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)
    except (OSError, ValueError):
        return


def _listen() -> None:
    """The first signal ends the run in order; later ones do not disturb the cleaning."""

    def once(number: int, _frame: FrameType | None) -> Any:
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, once)
