"""One command carried out many times over, with one thing going wrong each time: what `drill.py` found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.faults.conftest import Desk, command, ramp

DRILL = Path(__file__).with_name("drill.py")
CLEANING = {"os.remove", "os.rmdir", "os.scandir", "open"}  # steps after an output has its name


def tables(tmp: Path, prepare: list[str] | None = None) -> Path:
    """A folder with two tables, and what a command made of them before."""
    desk = Desk(tmp / "template")
    desk.folder.mkdir()
    desk.write("a.csv", ramp(40))
    desk.write("b.csv", ramp(30))
    if prepare:
        before = os.getcwd()
        os.chdir(desk.folder)
        assert command(*prepare).code == 0
        os.chdir(before)
    return desk.folder


class Child:
    """One child of a drill: how it ended, and the folder it left."""

    def __init__(self, said: dict[str, Any], place: Path) -> None:
        self.code, self.err, self.out, self.step = said["code"], said["err"], said["out"].encode(), said["step"]
        self.name = f"child {said['n']} ({self.step})"
        self.desk = Desk(place / str(said["n"]))

    def holds(self, *, hidden: bool = True) -> dict[str, Any]:
        """Bytes by name; times differ from child to child."""
        return {n: c[:2] for n, c in self.desk.snapshot().items() if hidden or ".lstmprep-" not in n}


class Drill:
    """All children of a drill, the folder before, and the folder of a run that nothing disturbed."""

    def __init__(
        self, tmp: Path, argv: list[str], fault: str, *, template: Path | None = None, rooms: list[int] | None = None
    ) -> None:
        desk = Desk(template or tables(tmp))
        self.argv = argv
        self.before = {n: c[:2] for n, c in desk.snapshot().items()}
        spec = {
            "argv": argv,
            "template": str(desk.folder),
            "place": str(tmp / "children"),
            "fault": fault,
            "rooms": rooms or [],
        }
        (tmp / "children").mkdir()
        done = subprocess.run(
            [sys.executable, "-W", "ignore", DRILL],
            input=json.dumps(spec),
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        self.children = [Child(json.loads(line), tmp / "children") for line in done.stdout.splitlines()]
        last = self.children.pop()
        assert last.code == 0 and not last.step, "the drill ends with a run that nothing disturbed"
        self.whole = last.holds()
        assert self.children, "something went wrong at least once"
