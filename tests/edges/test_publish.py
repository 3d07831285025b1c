"""The last step of a run, stopped at every place: the output is the old one or the new one, whole, or there is none."""

from __future__ import annotations

import contextlib
import errno
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lstmprep
from lstmprep.errors import StorageError
from lstmprep.sinks.hidden import MARK, signature
from lstmprep.sinks.staging import Staging
from lstmprep.sinks.target import Target

NAMES = ["out", "out.npz", "out.npy"]
OLD, NEW = np.arange(20.0)[:, None], np.arange(100.0, 140.0)[:, None]
LONG = "a" * 100
REAL = {"link": os.link, "rename": Path.rename, "unlink": Path.unlink}


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


class Steps:
    """What the run asks of the disk while it publishes: each step counted, one of them refused.

    Parameters
    ----------
    last : int
        How many steps are done before the stop.
    stop : exception
        What the step after them meets. After `Killed` no other step is done; where a link is refused, so is the
        rename that is tried in its place.
    """

    def __init__(self, last: int, stop: BaseException) -> None:
        self.count, self.last, self.stop = 0, last, stop
        self.no_link = False

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any) -> Any:
            self.count += 1
            again = isinstance(self.stop, Killed) or (self.no_link and name == "rename")
            if self.count == self.last + 1 or (self.count > self.last and again):
                self.no_link = name == "link"
                raise self.stop
            return real(*args)

        return step


@contextmanager
def stopped(after: int, stop: BaseException, *, links: bool = True) -> Iterator[Steps]:
    """Steps of the disk are counted, and the one after so many meets the stop."""
    steps = Steps(after, stop)
    with pytest.MonkeyPatch.context() as patch:
        for name, place in (("link", os), ("rename", Path), ("unlink", Path)):
            real = REAL[name] if links or name != "link" else without_links
            patch.setattr(place, name, steps.wrap(name, real))
        if isinstance(stop, Killed):
            patch.setattr(Staging, "__exit__", lambda *_: None)
        yield steps


def without_links(*_: Any) -> None:
    raise OSError(errno.EPERM, "operation not permitted")


def write(place: Path, values: Any, *, overwrite: bool = False, index: bool = True) -> None:
    lstmprep.window(values, timesteps=3, output=place, overwrite=overwrite, index=index)


def standing(folder: Path) -> dict[str, bytes]:
    """Every file that a person sees."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.relative_to(folder).parts[0].startswith(".")
    }


def hidden(folder: Path) -> list[Path]:
    return [p for p in folder.iterdir() if p.name.startswith(".")]


def host() -> str:
    return signature().partition("-")[0]


def bury(folder: Path) -> None:
    """The process that left its hidden folder here is another one now, and dead."""
    for place in hidden(folder):
        REAL["rename"](place, folder / f"{place.name.partition(MARK)[0]}{MARK}{host()}-{os.getpid()}-1-0badcafe")


def both(folder: Path, name: str, **settings: Any) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files of the old and of the new output."""
    found = []
    for values, extra in ((OLD, {}), (NEW, settings)):
        place = folder / f"wanted{len(found)}"
        place.mkdir()
        write(place / name, values, **extra)
        found.append(standing(place))
    return found[0], found[1]


@pytest.mark.parametrize("index", [True, False])
@pytest.mark.parametrize("replacing", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_the_run_after_a_kill_finds_the_old_output_or_the_new_one_whole(
    tmp_path: Path, name: str, *, replacing: bool, index: bool
) -> None:
    old, new = both(tmp_path, name, index=index)
    seen, after, done = set(), 0, False
    while not done:
        folder = tmp_path / f"after{after}"
        folder.mkdir()
        if replacing:
            write(folder / name, OLD)
        with stopped(after, Killed()) as steps:
            try:
                write(folder / name, NEW, overwrite=replacing, index=index)
            except Killed:
                pass
            else:
                done = steps.count <= after
        bury(folder)
        Target(str(folder / name), [], overwrite=True)  # what every run does first

        assert hidden(folder) == []
        assert standing(folder) in ((old, new) if replacing else ({}, new))
        seen.add("new" if standing(folder) == new else "before")
        after += 1
    assert seen == {"before", "new"}


@pytest.mark.parametrize("name", NAMES)
def test_a_recovery_that_is_killed_itself_is_finished_by_the_next_run(tmp_path: Path, name: str) -> None:
    old, new = both(tmp_path, name)
    for after in range(2 if name == "out" else 6):
        for again in range(3):
            folder = tmp_path / f"after{after}and{again}"
            folder.mkdir()
            write(folder / name, OLD)
            with stopped(after, Killed()), pytest.raises(Killed):
                write(folder / name, NEW, overwrite=True)
            bury(folder)
            with stopped(again, Killed()), contextlib.suppress(Killed):
                Target(str(folder / name), [], overwrite=True)
            Target(str(folder / name), [], overwrite=True)

            assert hidden(folder) == []
            assert standing(folder) in (old, new)


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_manifest_that_stands_after_a_kill_has_all_its_files_beside_it(tmp_path: Path, name: str) -> None:
    old, new = both(tmp_path, name)
    for after in range(6):
        folder = tmp_path / f"after{after}"
        folder.mkdir()
        write(folder / name, OLD)
        with stopped(after, Killed()), pytest.raises(Killed):
            write(folder / name, NEW, overwrite=True)

        there = standing(folder)
        assert "out.manifest.json" not in there or there in (old, new)


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("replacing", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_when_the_disk_refuses_a_step_all_is_as_before(
    tmp_path: Path, name: str, *, replacing: bool, links: bool
) -> None:
    after = 0
    while True:
        folder = tmp_path / f"after{after}"
        folder.mkdir()
        if replacing:
            write(folder / name, OLD)
        before = standing(folder)
        with stopped(after, OSError(errno.EIO, "input/output error"), links=links) as steps:
            try:
                write(folder / name, NEW, overwrite=replacing)
            except StorageError:
                assert standing(folder) == before
            else:
                assert lstmprep.load(folder / name).X[0, 0, 0] == 100
                assert len(standing(folder)) == 3
        assert hidden(folder) == []
        after += 1
        if steps.count < after:  # all steps were done
            return


@pytest.mark.parametrize("replacing", [True, False])
@pytest.mark.parametrize("name", NAMES[1:])
def test_without_links_the_run_after_a_kill_leaves_no_mixture(tmp_path: Path, name: str, *, replacing: bool) -> None:
    old, new = both(tmp_path, name)
    for after in range(13):
        folder = tmp_path / f"after{after}"
        folder.mkdir()
        if replacing:
            write(folder / name, OLD)
        with stopped(after, Killed(), links=False), contextlib.suppress(Killed):
            write(folder / name, NEW, overwrite=replacing)
        bury(folder)  # a run that got through dies before it has cleaned up
        Target(str(folder / name), [], overwrite=True)

        assert hidden(folder) == []
        assert standing(folder) in ((old, new) if replacing else ({}, new))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_taken_while_the_run_was_busy_is_refused_and_kept(tmp_path: Path, name: str) -> None:
    target = Target(str(tmp_path / name), [], overwrite=False)
    with Staging(target) as staging:
        files = ["X.npy", "manifest.json"] if name == "out" else [name, "index.parquet", "manifest.json"]
        for file in files:
            staging.create(file, lambda stream: stream.write(b"mine"))
        write(tmp_path / name, OLD)
        before = standing(tmp_path)
        with pytest.raises(StorageError, match="another run wrote it meanwhile"):
            staging.publish(files)

    assert standing(tmp_path) == before
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_hidden_folders_of_live_and_of_unknown_processes_are_left_alone(tmp_path: Path, name: str) -> None:
    other = f"{zlib.crc32(b'another host'):08x}"
    assert other != host()
    mine = [signature(), f"{other}-1-1-00000000", "", "notes", f"{host()}-x-1-0", f"{host()}"]
    for place in mine:
        (tmp_path / f".{name}{MARK}{place}").mkdir()
        (tmp_path / f".{name}{MARK}{place}" / "kept").write_text(place)
    (tmp_path / f".other{MARK}{host()}-{os.getpid()}-1-0badcafe").mkdir()
    before = {p.name for p in hidden(tmp_path)}

    write(tmp_path / name, OLD)

    assert {p.name for p in hidden(tmp_path)} == before
    assert [(tmp_path / f".{name}{MARK}{p}" / "kept").read_text() for p in mine] == mine


@pytest.mark.parametrize("suffix", ["", ".npz"])
def test_names_that_begin_alike_do_not_take_what_a_killed_run_saved_for_another(tmp_path: Path, suffix: str) -> None:
    one, two = tmp_path / f"{LONG}1{suffix}", tmp_path / f"{LONG}2{suffix}"
    write(one, OLD)
    before = standing(tmp_path)
    with stopped(1 if not suffix else 3, Killed()), pytest.raises(Killed):
        write(one, NEW, overwrite=True)
    bury(tmp_path)

    write(two, NEW)
    Target(str(one), [], overwrite=True)

    assert {n: data for n, data in standing(tmp_path).items() if n.startswith(f"{LONG}1")} == before
    assert lstmprep.load(two).X[0, 0, 0] == 100


@pytest.mark.parametrize("first", ["out.npz", "out.npy"])
def test_an_output_is_not_replaced_by_one_of_another_kind_that_shares_its_manifest(tmp_path: Path, first: str) -> None:
    second = {"out.npz": "out.npy", "out.npy": "out.npz"}[first]
    write(tmp_path / first, OLD)

    with pytest.raises(StorageError):
        write(tmp_path / second, NEW, overwrite=True)

    assert lstmprep.load(tmp_path / first).X[0, 0, 0] == 0


def test_an_output_of_folds_is_replaced_and_a_strange_file_inside_a_fold_is_not(tmp_path):
    """Files of folds stand one folder deeper; what is not in the manifest is nobody's to take away."""
    out = tmp_path / "out"
    again = {"timesteps": 2, "folds": 2, "output": out, "overwrite": True}
    lstmprep.window(OLD, timesteps=2, folds=3, output=out)

    lstmprep.window(NEW, **again)
    assert sorted(p.name for p in out.iterdir()) == ["fold0", "fold1", "index.parquet", "manifest.json"]
    assert lstmprep.load(out).fold1.test.X.max() == NEW.max()

    for strange in (out / "fold0" / "mine.txt", out / "fold1" / "deep" / "mine.txt", out / "empty"):
        strange.parent.mkdir(exist_ok=True)
        strange.mkdir() if strange.name == "empty" else strange.write_text("mine")
        with pytest.raises(StorageError, match="did not write") as refused:
            lstmprep.window(OLD, **again)
        assert strange.relative_to(out).parts[0] in refused.value.what
        assert strange.exists()
        strange.rmdir() if strange.is_dir() else strange.unlink()
    (out / "fold1" / "deep").rmdir()
    write(out, OLD, overwrite=True)
    assert sorted(p.name for p in out.iterdir()) == ["X.npy", "index.parquet", "manifest.json"]
