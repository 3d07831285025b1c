"""A desk for hostile users: a folder, commands run in it, and the two answers a command may give.

`Desk.refused` holds every refusal to one standard; `Desk.works` every success. Both compare the
whole folder before and after, so that nothing is left, touched or written beside the output.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import lstmprep
from lstmprep.cli import run

Content = tuple[Any, ...]


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: bytes
    err: str


def command(*argv: str, stdin: bytes = b"") -> Said:
    """``lstmprep ARGV`` in this process, with streams of its own; signals are as before afterwards."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8", newline="")
    given = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(n) for n in numbers]
    before, sys.stdin = sys.stdin, given
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(list(argv))
            err.flush()
    finally:
        sys.stdin = before
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)
    return Said(code, out.buffer.getvalue(), err.buffer.getvalue().decode())  # type: ignore[attr-defined]


def snapshot(folder: Path) -> dict[str, Content]:
    """Every path below a folder: its bytes and time, its target when it is a link."""
    found: dict[str, Content] = {}
    for path in sorted(folder.rglob("*")):
        name = os.fspath(path.relative_to(folder))
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif path.is_file():
            found[name] = ("file", path.read_bytes(), path.stat().st_mtime_ns)
        else:
            found[name] = ("folder",)
    return found


def require_clean(err: str) -> None:
    """No traceback, no fault of our own, no library's warning, nothing that could steer a terminal."""
    assert "Traceback" not in err
    assert "this is a bug" not in err
    assert "Warning" not in err
    raw = [c for c in err if c != "\n" and not c.isprintable()]
    assert not raw, f"printed raw: {raw}"
    assert all(len(line) < 2000 for line in err.splitlines()), "a message is cut, however long the data are"


def require_refusal(said: Said, codes: set[int]) -> None:
    """Where, what and what to do on two to four lines of standard error, and nothing else."""
    assert said.code in codes, f"exit {said.code}: {said.err}"
    require_clean(said.err)
    lines = said.err.splitlines()
    assert 2 <= len(lines) <= 4, said.err
    assert lines[0].startswith("lstmprep: ")
    assert said.out == b""


def arrays_of(place: Path) -> dict[str, np.ndarray]:
    """The arrays of an output, read with NumPy alone and without pickle."""
    if place.suffix == ".npz":
        with np.load(place, allow_pickle=False) as packed:
            return {name: packed[name] for name in packed.files}
    if place.suffix == ".npy":
        return {"X": np.load(place, allow_pickle=False)}
    return {p.stem: np.load(p, allow_pickle=False) for p in sorted(place.glob("*.npy"))}


class Desk:
    """A folder to work in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """A path in the folder."""
        return self.folder / name

    def write(self, name: str, content: str | bytes) -> str:
        """A file with these bytes; its name."""
        self.path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def parquet(self, name: str, table: pa.Table | dict[str, Any], **options: Any) -> str:
        """A Parquet file of this table; its name."""
        parquet.write_table(table if isinstance(table, pa.Table) else pa.table(table), self.path(name), **options)
        return name

    def snapshot(self) -> dict[str, Content]:
        """What the folder holds."""
        return snapshot(self.folder)

    def run(self, *argv: str, stdin: bytes = b"") -> Said:
        """``lstmprep window ARGV``."""
        return command("window", *argv, stdin=stdin)

    def refused(self, *argv: str, code: int | set[int], stdin: bytes = b"") -> str:
        """The command is refused and the folder is as before; what was said."""
        before = self.snapshot()
        said = self.run(*argv, stdin=stdin)
        require_refusal(said, {code} if isinstance(code, int) else code)
        assert self.snapshot() == before
        return said.err

    def works(self, *argv: str, out: str = "out", stdin: bytes = b"") -> Done:
        """The command writes a whole output there and touches nothing else."""
        before = self.snapshot()
        said = self.run(*argv, *([] if {"-o", "--output"} & {*argv} else ["-o", out]), stdin=stdin)
        assert said.code == 0, said.err
        require_clean(said.err)
        assert said.out == b""
        after = self.snapshot()
        stem = out.removesuffix(".npz").removesuffix(".npy")
        own = {
            n for n in after if n in (out, f"{stem}.manifest.json", f"{stem}.index.parquet") or n.startswith(f"{out}/")
        }
        assert {n: c for n, c in after.items() if n not in own} == before
        return Done(said.err, self.path(out))

    def either(self, *argv: str, codes: set[int], out: str = "out", stdin: bytes = b"") -> Done | str:
        """The command is refused with one of these codes, or works: a `Done`, else what was said."""
        before = self.snapshot()
        said = self.run(*argv, "-o", out, stdin=stdin)
        if said.code:
            require_refusal(said, codes)
            assert self.snapshot() == before
            return said.err
        require_clean(said.err)
        return Done(said.err, self.path(out))


class Done:
    """An output that was written."""

    def __init__(self, report: str, place: Path) -> None:
        self.report, self.place = report, place
        self.manifest: dict[str, Any] = lstmprep.load(place).manifest
        self.arrays = arrays_of(place)

    @property
    def X(self) -> np.ndarray:
        """The inputs."""
        return self.arrays["X"]

    @property
    def y(self) -> np.ndarray:
        """The answers."""
        return self.arrays["y"]

    @property
    def rows(self) -> int:
        """Rows that were read."""
        return int(self.manifest["rows"]["read"])

    def bytes(self) -> dict[str, bytes]:
        """Every file of the output."""
        return {n: c[1] for n, c in snapshot(self.place).items() if c[0] == "file"}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An empty folder that is the working directory."""
    for name in [n for n in os.environ if n.startswith("LSTMPREP_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield Desk(tmp_path)
    # a killed or failed run may not leave a hidden folder, whatever the test looked at
    assert not [p for p in tmp_path.rglob(".*lstmprep-*") if p.is_dir()]


def ramp(rows: int, columns: str = "ab") -> str:
    """A table of whole numbers: row r, column j holds 10 * r + j."""
    lines = [",".join(columns)]
    lines += [",".join(str(10 * r + j) for j in range(len(columns))) for r in range(rows)]
    return "\n".join(lines) + "\n"


def windows(values: list[list[float]], steps: int) -> np.ndarray:
    """The obvious loop, as float32."""
    return np.array([values[i : i + steps] for i in range(len(values) - steps + 1)], "float32")


def zipped(**members: bytes) -> bytes:
    """A zip file in memory."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()
