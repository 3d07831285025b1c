"""The hidden places in which outputs are made: how they are called, and which of them nobody works in any more.

.out-<crc>.lstmprep-<host>-<pid>-<start>-<chance>       signed by the run that works there
"""

from __future__ import annotations

import os
import socket
import zlib
from pathlib import Path

MARK = ".lstmprep-"
KEPT = "kept-"  # of a run that ended, what it had finished


def hidden_prefix(name: str) -> str:
    """How the hidden places of an output begin; long names are cut, and told apart by a number."""
    short = os.fsencode(name)
    return f".{short[:60].decode(errors='ignore')}-{zlib.crc32(short):08x}{MARK}"


def left_behind(folder: Path, prefix: str) -> list[Path]:
    """The hidden places of runs that are dead."""
    try:
        return [p for p in folder.iterdir() if p.name.startswith(prefix) and is_dead(p.name[len(prefix) :])]
    except OSError:
        return []


def signature() -> str:
    """Host, process and chance: who made a hidden folder."""
    host = zlib.crc32(socket.gethostname().encode())
    return f"{host:08x}-{os.getpid()}-{_born(os.getpid())}-{os.urandom(4).hex()}"


def _born(pid: int) -> str:
    """When a process began, as the system counts; empty where it does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def is_dead(signature: str) -> bool:
    """Whether the process of this host that signed a folder is gone."""
    if signature.startswith(KEPT):
        return True
    host, _, rest = signature.partition("-")
    pid, _, rest = rest.partition("-")
    if host != f"{zlib.crc32(socket.gethostname().encode()):08x}" or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return _born(int(pid)) != rest.partition("-")[0]
