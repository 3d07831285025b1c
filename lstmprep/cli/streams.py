"""Standard streams as they really are: absent, closed, full, or unable to show a character.

A report that cannot be shown never spoils a run; data that cannot be written ends it.
"""

from __future__ import annotations

import os
import sys

ABSENT: set[str] = set()
COLOR: list[str] = ["auto"]  # --color of this run
_HEADS = {"lstmprep:": "1;31", "note:": "33", "warning:": "33", "would be refused:": "31", "begin with:": "1"}


def have_streams() -> None:
    """A process may be started without streams; reports then go nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            ABSENT.add(name)
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 (lives as long as the process)


def require_stdout() -> None:
    """Refuse when there is no standard output, and the answer belongs there."""
    from lstmprep.errors import StorageError

    if "stdout" in ABSENT:
        raise StorageError("standard output is closed", fix="Open standard output, or send it to a file.")


def tell(*lines: str) -> None:
    """Lines on standard error, in what it can show; quiet when nobody can read them."""
    try:
        bright = colored(sys.stderr)
        for line in lines:
            safe = printable(line, getattr(sys.stderr, "encoding", None))
            sys.stderr.write((painted(safe) if bright else safe) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        silence(sys.stderr)


def colored(stream: object) -> bool:
    """Whether a stream is shown in colour: as ``--color`` says, else FORCE_COLOR, else NO_COLOR, else on a terminal."""
    if COLOR[0] != "auto":
        return COLOR[0] == "always"
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    if os.environ.get("NO_COLOR"):
        return False
    return bool(getattr(stream, "isatty", lambda: False)()) and os.environ.get("TERM") != "dumb"


def painted(line: str) -> str:
    r"""The line with its first word in colour, when that says what kind of line it is.

    Examples
    --------
    >>> painted("note: one sample")
    '\x1b[33mnote:\x1b[0m one sample'
    >>> painted("X  (90, 10, 3)")
    'X  (90, 10, 3)'
    """
    head = next((h for h in _HEADS if line.startswith(h)), None)
    return line if head is None else f"\x1b[{_HEADS[head]}m{head}\x1b[0m{line[len(head) :]}"


def printable(line: str, encoding: str | None) -> str:
    r"""The line in what the terminal can show.

    Examples
    --------
    >>> printable("a · ß", "ascii")
    'a | \\xdf'
    """
    if encoding is not None and encoding.lower().replace("-", "") in ("utf8", "utf16"):
        return line.encode("utf-8", "backslashreplace").decode()
    return line.replace(" · ", " | ").encode("ascii", "backslashreplace").decode()


def silence(stream: object) -> None:
    """Point a stream at nothing, so that the interpreter's last flush is quiet."""
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, stream.fileno())  # type: ignore[attr-defined]
        os.close(sink)
    except (OSError, ValueError, AttributeError):
        return
