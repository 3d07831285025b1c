"""Inputs that a URL names: fetched once, read like any other, and never needed otherwise."""

from __future__ import annotations

import builtins
import os
import sys
import threading
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pytest
from pyarrow import parquet

import lstmprep
from lstmprep.cli import run
from lstmprep.errors import LstmprepError, RecipeError, StorageError
from lstmprep.urls import is_url, name_in

TEXT = b"a,b\n1,2\n3,4\n5,6\n"


@pytest.fixture
def place(request: pytest.FixtureRequest) -> str:
    """A folder in memory, of this test alone."""
    return f"memory://{request.node.name}"


def put(url: str, data: bytes) -> str:
    with fsspec.open(url, "wb") as stream:
        stream.write(data)
    return url


def test_a_url_gives_what_the_file_gives(tmp_path: Path, place: str) -> None:
    (tmp_path / "t.csv").write_bytes(TEXT)
    url = put(f"{place}/data/t.csv", TEXT)
    here, there = lstmprep.window(tmp_path / "t.csv", timesteps=2), lstmprep.window(url, timesteps=2)

    assert there.X.tobytes() == here.X.tobytes()
    assert there.manifest["source"] == here.manifest["source"]
    assert there.manifest["source"][0]["name"] == "t.csv"
    assert lstmprep.window((tmp_path / "t.csv").as_uri(), timesteps=2).X.tobytes() == here.X.tobytes()


def test_several_urls_are_sequences_and_a_second_table_may_be_one(place: str) -> None:
    urls = [put(f"{place}/w{k}.csv", b"a\n%d\n%d\n" % (k, k)) for k in (10, 2)]
    labels = put(f"{place}/labels.csv", b"file,label\nw2,x\nw10,y\n")
    data = lstmprep.window(urls, timesteps=2, file_as="sequence", labels=labels)

    assert data.index()["file"].to_pylist() == ["w2", "w10"]
    assert data.manifest["classes"] == ["x", "y"]


def test_the_command_line_takes_a_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    url = put(f"{place}/t.csv", TEXT)

    assert run(["window", url, "-t", "2", "-o", "out"]) == 0
    assert "t.csv: 3 rows" in capsys.readouterr().err
    assert run(["window", url.replace("t.csv", "gone.csv"), "-t", "2", "-o", "out2"]) == 4
    assert "gone.csv: the URL cannot be fetched" in capsys.readouterr().err


def refused(url: str) -> LstmprepError:
    with pytest.raises(LstmprepError) as found:
        lstmprep.window(url, timesteps=1)
    assert len(str(found.value).splitlines()) == 2
    return found.value


def without(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "fsspec")

    found = refused("https://example.org/t.csv")
    assert isinstance(found, RecipeError)
    assert "pip install 'lstmprep[remote]'" in found.fix


def test_without_the_library_of_a_protocol_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "paramiko")

    assert "paramiko" in str(refused("sftp://example.org/t.csv"))


def test_a_protocol_that_nobody_knows_is_refused() -> None:
    assert "there is no way to fetch 'nosuch://'" in str(refused("nosuch://x/t.csv"))


def test_a_fetch_that_fails_is_told_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise ValueError("no luck at https://me:secret@example.org/t.csv")

    monkeypatch.setattr(fsspec, "open", fail)
    found = refused("https://me:secret@example.org/t.csv")

    assert isinstance(found, StorageError)
    assert "no luck at https://example.org" in str(found)
    assert "secret" not in str(found)


def test_no_path_is_taken_for_a_url_and_no_library_is_imported_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", lambda n, *a, **k: real(n, *a, **k) if n != "fsspec" else 1 / 0)
    (tmp_path / "a:b.csv").write_bytes(TEXT)

    assert lstmprep.window(tmp_path / "a:b.csv", timesteps=1).X.shape == (3, 1, 2)
    assert "no such file" in str(refused("simplecache::http:/x.csv"))


@pytest.mark.parametrize(
    ("text", "url", "name"),
    [
        ("https://h/a.csv", True, "a.csv"), ("s3://bucket/k/a.parquet", True, "a.parquet"), ("HTTP://h/a.csv?x=1#y", True, "a.csv"),
        ("https://h", True, "remote"), ("https://h/dir/", True, "dir"), ("https://[/a", True, "remote"), ("c:/x/a.csv", False, ""),
        ("data//a.csv", False, ""), ("://a", False, ""), ("1http://a", False, ""),
    ],
)  # fmt: skip
def test_what_is_a_url_and_what_it_names(text: str, url: bool, name: str) -> None:  # noqa: FBT001
    assert is_url(text) == url
    if url:
        assert name_in(text) == name


def test_parquet_through_a_named_pipe_is_kept_and_read(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"a": [1.0, 2.0, 3.0]}), tmp_path / "t.parquet")
    os.mkfifo(tmp_path / "pipe")
    threading.Thread(
        target=lambda: (tmp_path / "pipe").write_bytes((tmp_path / "t.parquet").read_bytes()), daemon=True
    ).start()

    assert lstmprep.window(tmp_path / "pipe", timesteps=2).X[:, :, 0].tolist() == [[1.0, 2.0], [2.0, 3.0]]
