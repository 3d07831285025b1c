"""A run that ended early is finished by the next one: what is done stays, when it is still right and of the same plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lstmprep import digest, run
from lstmprep.cli import run as command_line
from lstmprep.engines.local import Workers as Local
from lstmprep.errors import StorageError
from tests.edges.test_engines import contents

ASKED = ["window", "t.csv", "-t", "4", "--target", "b", "-q"]


class Ends(Local):
    """Does some units, counts them, and then the disk fails."""

    def __init__(self, units: int) -> None:
        self.left, self.done = units, 0

    def map_unordered(self, fn: Any, units: Any) -> Iterator[tuple[Any, Any]]:
        for unit, answer in super().map_unordered(fn, units):
            if not self.left:
                raise StorageError("the disk has gone", fix="Find it.")
            self.left -= 1
            self.done += 1
            yield unit, answer


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(digest, "PIECE", 1024)
    Path("t.csv").write_text("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(300)))
    return tmp_path


def carried_out(monkeypatch: pytest.MonkeyPatch, units: int, *more: str) -> tuple[int, int]:
    """The exit code, and how many units were done."""
    engine = Ends(units)
    monkeypatch.setattr(run, "engine_of", lambda *_: engine)
    code = command_line([*ASKED, *more])
    monkeypatch.undo()
    return code, engine.done


@pytest.mark.parametrize("more", [[], ["--shard-size", "1KiB"], ["--digest", "none"], ["--digest", "sha256"]])
def test_the_next_run_does_what_is_left_and_no_byte_tells(desk, more):
    def begun(units: int, *options: str) -> tuple[int, int]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(digest, "PIECE", 1024)
            return carried_out(patch, units, *options)

    code, whole = begun(10**6, "-o", "wanted", *more)
    assert code == 0
    assert begun(3, "-o", "out", "--resume", *more) == (4, 3)
    assert begun(2, "-o", "out", "--resume", *more) == (4, 2)
    assert not Path("out").exists()

    assert begun(10**6, "-o", "out", "--resume", *more) == (0, whole - 5)

    assert contents(desk / "out") == contents(desk / "wanted")
    assert sorted(p.name for p in desk.iterdir()) == ["out", "t.csv", "wanted"]


def begun(*options: str, units: int = 3) -> tuple[int, int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "PIECE", 1024)
        return carried_out(patch, units, *options)


def kept(desk: Path) -> list[Path]:
    return [p for p in desk.iterdir() if p.name.startswith(".out")]


def test_what_is_no_longer_right_is_done_again(desk):
    begun("-o", "wanted", units=10**6)
    begun("-o", "out", "--resume")
    file = kept(desk)[0] / "new" / "X.npy"
    held = bytearray(file.read_bytes())
    held[1500] ^= 1  # in the second piece
    file.write_bytes(held)

    assert begun("-o", "out", "--resume", units=10**6)[0] == 0

    assert contents(desk / "out") == contents(desk / "wanted")


def test_the_last_line_of_a_journal_may_be_torn(desk):
    begun("-o", "wanted", units=10**6)
    begun("-o", "out", "--resume")
    journal = kept(desk)[0] / "journal"
    journal.write_text(journal.read_text()[:-9])

    _, whole = begun("-o", "other", units=10**6)
    assert begun("-o", "out", "--resume", units=10**6) == (0, whole - 2)
    assert contents(desk / "out") == contents(desk / "wanted")


@pytest.mark.parametrize(("more", "said"), [
    (["-t", "5"], "--timesteps 4, and not --timesteps 5"), (["--dtype", "float64"], "no --dtype, and not --dtype float64"),
    (["--shuffle"], "no --shuffle, and not --shuffle"),
])  # fmt: skip
def test_another_plan_is_refused_by_the_option_that_differs(desk, capsys, more, said):
    begun("-o", "out", "--resume")
    before = {str(p) for p in kept(desk)[0].rglob("*")}
    capsys.readouterr()

    assert begun("-o", "out", "--resume", *more) == (2, 0)

    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"lstmprep: out: --resume: the unfinished output was begun with {said}"
    assert told[1] == "  Give the same as before, or leave --resume out: then it begins anew."
    assert {p.name for p in kept(desk)[0].rglob("*")} == {Path(p).name for p in before}
    assert begun("-o", "out", "--resume", units=10**6)[0] == 0


def test_other_rows_are_refused(desk, capsys):
    begun("-o", "out", "--resume")
    Path("t.csv").write_text("a,b\n" + "".join(f"{i},{i}\n" for i in range(300)))

    assert begun("-o", "out", "--resume") == (3, 0)

    assert "begun with other rows than those of t.csv" in capsys.readouterr().err


def test_without_the_option_nothing_is_kept_and_what_was_kept_goes(desk):
    assert begun("-o", "out")[0] == 4
    assert kept(desk) == []
    begun("-o", "out", "--resume")
    assert len(kept(desk)) == 1

    _, whole = begun("-o", "out", units=10**6)

    assert kept(desk) == []
    assert whole > 3


@pytest.mark.parametrize("place", ["out.npz", "-"])
def test_one_stream_cannot_be_resumed(desk, capsys, place):
    assert command_line([*ASKED, "--resume", "-o", place]) == 2

    assert "--resume writes files piece by piece" in capsys.readouterr().err
    assert [p.name for p in desk.iterdir()] == ["t.csv"]
