"""One command many times over, with one thing going wrong at its n-th step: a script of its own.

    python drill.py < spec        a warm process forks one child per n; the n-th step of the child goes wrong
    spec                          {"argv", "template", "place", "fault", "rooms", "steps"}
    PLACE/0, PLACE/1, ...         the folder each child worked in, as it was left
    stdout                        one JSON object per child: code, out, err, step

A step is what touches the disk below the folder: opening, making, renaming, linking, removing (seen by
an audit hook), reading and writing (files opened by Python are wrapped), fsync. The drill ends with the
first child that reaches its end before its n-th step. With the fault ``room`` nothing goes wrong by itself: no
file of the n-th child can grow beyond the n-th of the rooms.
"""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
from typing import Any

SEEN = {"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "os.scandir", "os.listdir", "os.truncate"}
NEEDS_ROOM = {"open to write", "write", "os.mkdir", "fsync"}


class Drill:
    """Counts the steps of one child; the n-th goes wrong."""

    def __init__(self, fault: str, n: int, folder: str, steps: list[str]) -> None:
        self.fault, self.n, self.folder, self.wanted = fault, n, folder, steps
        self.count, self.step, self.armed = 0, "", False

    def take(self, step: str) -> None:
        """One step; what the fault does to it."""
        if not self.armed or (self.wanted and step not in self.wanted):
            return
        if self.fault == "room" or (self.fault == "full" and step not in NEEDS_ROOM):
            return
        self.count += 1
        if self.count - 1 < self.n or (self.count - 1 > self.n and self.fault != "full"):
            return
        self.step = self.step or step
        if self.fault in ("SIGKILL", "SIGINT", "SIGTERM"):
            os.kill(os.getpid(), getattr(signal, self.fault))
        else:
            number = errno.ENOSPC if self.fault == "full" else getattr(errno, self.fault)
            raise OSError(number, os.strerror(number))

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        """See the calls that name a path below the folder."""
        if not self.armed or event not in SEEN:
            return
        path = args[0]
        if not isinstance(path, (str, bytes)):
            return
        text = os.path.abspath(os.fsdecode(path))
        if not text.startswith(self.folder):
            return
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        self.take("open to write" if writes else event)

    def wrap(self) -> None:
        """Let files that Python opens, temporary ones and fsync count too."""
        take = self.take

        class Watched(io.FileIO):
            def write(self, data: Any) -> int | None:
                take("write")
                return super().write(data)

            def readinto(self, buffer: Any) -> int | None:
                take("read")
                return super().readinto(buffer)

        plain, fsync, temporary = builtins.open, os.fsync, tempfile.TemporaryFile

        def opened(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **options: Any) -> Any:
            if "b" not in mode or isinstance(file, int) or not os.path.abspath(file).startswith(self.folder):
                return plain(file, mode, buffering, *args, **options)
            raw = Watched(file, mode.replace("b", ""))
            return raw if buffering == 0 else io.BufferedReader(raw) if mode == "rb" else io.BufferedWriter(raw)

        def synced(handle: int) -> None:
            take("fsync")
            fsync(handle)

        def kept(*args: Any, **options: Any) -> Any:
            real = temporary(*args, **options)
            copy = Watched(os.dup(real.fileno()), "r+")
            real.close()
            return copy

        builtins.open, os.fsync, tempfile.TemporaryFile = opened, synced, kept


def child(spec: dict[str, Any], n: int, folder: str, report: str) -> None:
    """Work in the folder until the end, or until the n-th step."""
    from lstmprep.cli import run

    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    os.chdir(folder)
    signal.alarm(60)
    drill = Drill(spec["fault"], n, folder, spec.get("steps", []))
    sys.addaudithook(drill.hook)
    drill.wrap()
    sys.stdout, sys.stderr = out, err
    drill.armed = True
    if spec["fault"] == "room" and n < len(spec["rooms"]):
        drill.step = f"files of {spec['rooms'][n]} bytes"
        resource.setrlimit(resource.RLIMIT_FSIZE, (spec["rooms"][n], resource.RLIM_INFINITY))
    try:
        code = run(spec["argv"])
    except BaseException as error:  # noqa: BLE001 (the test says what it thinks of it)
        code = 99
        err.write(f"{type(error).__name__}: {error}")
    drill.armed = False
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    out.flush()
    err.flush()
    said = {
        "code": code,
        "out": out.buffer.getvalue().decode(),
        "err": err.buffer.getvalue().decode(),
        "step": drill.step,
    }  # type: ignore[attr-defined]
    with open(report, "w", encoding="utf-8") as stream:
        json.dump(said, stream)


def main() -> None:
    """Fork child after child."""
    import numpy as np  # noqa: F401 (warm)
    import pyarrow.csv
    import pyarrow.parquet  # noqa: F401

    import lstmprep.api
    import lstmprep.cli
    import lstmprep.sinks.index
    import lstmprep.sinks.single  # noqa: F401

    spec = json.load(sys.stdin)
    for n in range(500):
        folder, report = os.path.join(spec["place"], str(n)), os.path.join(spec["place"], f"{n}.json")
        shutil.copytree(spec["template"], folder, symlinks=True)
        pid = os.fork()
        if not pid:
            try:
                child(spec, n, folder, report)
            finally:
                os._exit(0)
        _, status = os.waitpid(pid, 0)
        ended = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if ended:
            said = {"code": ended, "out": "", "err": "", "step": spec["fault"]}
        else:
            with open(report, encoding="utf-8") as stream:
                said = json.load(stream)
        print(json.dumps({"n": n, **said}), flush=True)
        if not said["step"]:
            return


if __name__ == "__main__":
    main()
