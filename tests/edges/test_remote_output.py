"""Outputs behind a URL: a store of our own on loopback, memory, and a web server; the bytes of a local run, or nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, feather, fs, parquet

import lstmprep
from lstmprep import remote
from lstmprep.cli import run as command_line
from lstmprep.errors import LstmprepError, StorageError, Where
from lstmprep.loaders import mirror
from lstmprep.recipe import from_flat
from lstmprep.remote import Folder
from lstmprep.sinks import recipe_at
from lstmprep.sinks.away import SHARD, UNFINISHED
from lstmprep.sinks.hidden import KEPT, signature
from tests.edges.test_engines import contents
from tests.test_memory import GROWTH, HELD, peak_of

HOST, DEADLINE = "127.0.0.1", 60.0
ROWS = 400
ASKED = ["window", "t.csv", "-t", "4", "--target", "b", "--split", "0.7,0.3", "-q", "--shard-size", "2KiB"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a store."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    asked = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", HOST, "-p", str(port)]
    process = subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + DEADLINE
    while True:
        try:
            socket.create_connection((HOST, port), 1).close()
            break
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
    yield f"http://{HOST}:{port}"
    process.kill()
    process.wait(10)


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A new bucket of this test alone."""
    for name, value in {
        "AWS_ENDPOINT_URL": server, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "word", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    name = f"bucket-{abs(hash(request.node.nodeid)):x}"
    fs.S3FileSystem(allow_bucket_creation=True, endpoint_override=server).create_dir(name)
    return name


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a table, and a folder for temporary files that is looked at."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    text = "".join(f"{i},{i * i % 97},{'xyz'[i % 3]}\n" for i in range(ROWS))
    Path("t.csv").write_text(f"a,b,k\n{text}")
    return tmp_path


@pytest.fixture
def memory(request: pytest.FixtureRequest) -> str:
    """A folder in memory, of this test alone."""
    return f"memory://{abs(hash(request.node.nodeid)):x}"


def held(url: str) -> dict[str, bytes]:
    """Every file of a folder behind a URL."""
    folder = Folder(url)
    return {name: folder.read(name) or b"" for name in folder.files()}


def keys(bucket: str) -> list[str]:
    """Everything that stands in a bucket, what stands for a folder included."""
    files, path = fs.FileSystem.from_uri(f"s3://{bucket}")
    return [f.path for f in files.get_file_info(fs.FileSelector(path, recursive=True))]


@pytest.mark.parametrize(
    "means", [[], ["--engine", "processes", "--workers", "2"], ["--folds", "2", "--split-by", "time"]]
)
def test_a_store_holds_the_bytes_of_a_local_run_in_shards_and_the_disk_nothing(bucket, desk, capfd, means):
    asked = [a for a in ASKED if a not in ("--split", "0.7,0.3")] if "--folds" in means else ASKED
    assert command_line([*asked, *means, "-o", "local"]) == 0
    assert command_line([*asked, *means, "-o", f"s3://{bucket}/runs/out/"]) == 0

    wanted = contents(desk / "local")
    assert held(f"s3://{bucket}/runs/out") == wanted
    assert len(wanted) > 8
    assert sorted(p.name for p in desk.iterdir()) == ["local", "t.csv", "tmp"]
    assert list((desk / "tmp").iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_ten_times_the_shards_take_no_more_memory(bucket, desk):
    peaks: dict[int, int] = {}
    for rows in (100_000, 1_000_000):
        np.save(desk / "t.npy", np.random.default_rng(1).normal(size=(rows, 4)))
        line = ["window", "t.npy", "-t", "8", "-q", "--shard-size", "4MiB", "-o", f"s3://{bucket}/{rows}"]
        looks = []
        for _ in range(2):
            asked = [sys.executable, "-m", "lstmprep", *line, "--overwrite"]
            child = subprocess.Popen(asked, env={**os.environ, **HELD})
            looks.append(peak_of(child))
            assert child.returncode == 0
        peaks[rows] = min(looks)

    print(peaks)
    assert len(Folder(f"s3://{bucket}/1000000").files()) > 30
    assert peaks[1_000_000] < GROWTH * peaks[100_000], peaks


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_workers_of_dask_send_the_same_shards(bucket, desk):
    assert command_line([*ASKED, "-o", "local"]) == 0
    assert command_line([*ASKED, "--engine", "dask", "--workers", "2", "-o", f"s3://{bucket}/out"]) == 0

    assert held(f"s3://{bucket}/out") == contents(desk / "local")
    assert [p.name for p in (desk / "tmp").iterdir() if "lstmprep" in p.name] == []


def test_every_verb_reads_an_output_where_it_is(bucket, desk, capsys):
    out = f"s3://{bucket}/out"
    assert command_line([*ASKED, "-o", "local"]) == 0
    made = lstmprep.window("t.csv", timesteps=4, target="b", split=(0.7, 0.3), shard_size="2KiB", output=out)
    local = lstmprep.load("local")

    assert np.array_equal(made.train.X, local.train.X)
    assert np.array_equal(lstmprep.load(f"{out}/manifest.json").test.y, local.test.y)
    assert made.index("test").equals(local.index("test"))
    assert lstmprep.check(out).ok
    again = lstmprep.apply(out, "t.csv", output=f"s3://{bucket}/again")
    assert again.X.shape == (ROWS - 4, 4, 2)
    assert lstmprep.invert(out, np.asarray(local.test.y), split="test").num_rows == len(local.test.y)
    lstmprep.convert(out, "back", shard_size="2KiB")
    assert contents(desk / "back") == contents(desk / "local")
    lstmprep.convert("local", f"s3://{bucket}/sent", shard_size="2KiB")
    assert held(f"s3://{bucket}/sent") == contents(desk / "local")
    assert command_line(["show", out, "--sample", "3"]) == 0
    assert "sample 3 of" in capsys.readouterr().out
    assert command_line(["check", out]) == 0
    assert command_line(["inspect", "t.csv"]) == 0


def test_files_come_when_they_are_needed_and_once(memory, desk, monkeypatch):
    assert command_line([*ASKED, "-o", f"{memory}/out"]) == 0
    fetched: list[str] = []
    real = Folder.fetch
    monkeypatch.setattr(Folder, "fetch", lambda self, name, path: fetched.append(name) or real(self, name, path))

    data = lstmprep.load(f"{memory}/out")
    assert fetched == []
    assert data.train.X[0].shape == (4, 2)
    assert data.train.X[1].shape == (4, 2)
    assert fetched == ["X_train-00000.npy"]
    assert data.index().num_rows == len(data.train.X) + len(data.test.X)
    assert np.asarray(data.train.X).shape == data.train.X.shape
    assert fetched.count("X_train-00000.npy") == 1

    assert command_line([*ASKED, "-o", f"{memory}/out", "--overwrite", "--dtype", "float64"]) == 0
    assert lstmprep.load(f"{memory}/out").train.X.dtype == np.float64


def test_a_damaged_shard_is_found(memory, desk, capsys):
    assert command_line([*ASKED, "-o", f"{memory}/out"]) == 0
    folder = Folder(f"{memory}/out")
    shard = bytearray(folder.read("X_train-00001.npy") or b"")
    shard[-1] ^= 1
    (desk / "shard").write_bytes(shard)
    folder.put_file("X_train-00001.npy", desk / "shard")

    assert command_line(["check", f"{memory}/out"]) == 1
    assert "X_train-00001.npy" in capsys.readouterr().out
    folder.remove(["X_train-00001.npy"])
    assert command_line(["check", f"{memory}/out"]) == 1
    assert "X_train-00001.npy: the file is gone" in capsys.readouterr().out
    mirror.forget()
    with pytest.raises(StorageError, match="a file of the output is gone"):
        np.asarray(lstmprep.load(f"{memory}/out").train.X)


def test_shards_of_256_mib_are_asked_for_when_nobody_says_and_the_manifest_tells(memory, desk):
    lstmprep.window("t.csv", timesteps=4, output=f"{memory}/out")
    lstmprep.window("t.csv", timesteps=4, output="local", shard_size="256MiB")

    assert SHARD == 256 << 20
    assert held(f"{memory}/out") == contents(desk / "local")
    assert json.loads(held(f"{memory}/out")["manifest.json"])["recipe"]["shard_size"] == SHARD
    assert recipe_at(from_flat({"timesteps": 4}), "file:///data/out").arrays.shard_size is None


def watched(monkeypatch: pytest.MonkeyPatch, then: Callable[[str], None] = lambda _: None) -> list[str]:
    """The names of what is sent, in order; `then` is called before each."""
    sent: list[str] = []
    real = Folder.put

    def put(self: Folder, name: str, source: Any) -> None:
        then(name)
        real(self, name, source)
        sent.append(name)

    monkeypatch.setattr(Folder, "put", put)
    return sent


def test_the_manifest_is_the_last_that_is_sent(memory, desk, monkeypatch):
    sent = watched(monkeypatch)
    assert command_line([*ASKED, "-o", f"{memory}/out"]) == 0

    assert sent[0] == UNFINISHED
    assert sent[-2:] == ["index.parquet", "manifest.json"]
    assert UNFINISHED not in held(f"{memory}/out")


def failing(name: str) -> Callable[[str], None]:
    def then(sent: str) -> None:
        if sent == name:
            raise StorageError(f"{name} cannot be written: the line is dead", fix="Mend the line.")

    return then


@pytest.mark.parametrize("name", ["X_train-00001.npy", "index.parquet", "manifest.json"])
def test_a_run_that_fails_leaves_nothing_behind_a_url(bucket, desk, monkeypatch, capsys, name):
    watched(monkeypatch, failing(name))

    assert command_line([*ASKED, "-o", f"s3://{bucket}/some/where/out"]) == 4

    assert capsys.readouterr().err == f"lstmprep: {name} cannot be written: the line is dead\n  Mend the line.\n"
    assert keys(bucket) == []
    assert list((desk / "tmp").iterdir()) == []


def test_a_table_that_is_refused_leaves_the_output_that_was_there(bucket, desk, capsys):
    out = f"s3://{bucket}/out"
    assert command_line([*ASKED, "-o", out]) == 0
    before = held(out)

    assert command_line(["window", "t.csv", "-t", "4000", "-o", out, "--overwrite"]) == 3
    assert command_line([*ASKED, "-o", out]) == 4
    assert "the output exists" in capsys.readouterr().err
    assert held(out) == before


def test_what_is_replaced_goes_whole_and_nothing_else_is_ever_replaced(memory, desk, capsys):
    out = f"{memory}/out"
    assert command_line([*ASKED, "-o", out]) == 0
    assert command_line(["window", "t.csv", "-t", "4", "-q", "-o", out, "--overwrite"]) == 0
    assert sorted(held(out)) == ["X-00000.npy", "index.parquet", "manifest.json"]

    (desk / "mine").write_bytes(b"mine")
    Folder(out).put_file("mine.txt", desk / "mine")
    assert command_line([*ASKED, "-o", out, "--overwrite"]) == 4
    assert "files that lstmprep did not write: mine.txt" in capsys.readouterr().err
    Folder(f"{memory}/other").put_file("mine.txt", desk / "mine")
    assert command_line([*ASKED, "-o", f"{memory}/other"]) == 4
    assert "the folder holds files already" in capsys.readouterr().err
    assert held(f"{memory}/other") == {"mine.txt": b"mine"}


def test_a_killed_run_is_no_output_and_the_next_one_takes_its_files_away(bucket, desk, capsys):
    out = f"s3://{bucket}/out"
    code = (
        "import os, signal\nfrom lstmprep.remote import Folder\nreal = Folder.put\ndef put(self, name, source):\n"
        "    if name == 'y_train-00000.npy': os.kill(os.getpid(), signal.SIGKILL)\n    real(self, name, source)\n"
        f"Folder.put = put\nfrom lstmprep.cli import run\nrun({[*ASKED, '-o', out]!r})\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=DEADLINE).returncode == -signal.SIGKILL
    left = held(out)
    assert "X_train-00000.npy" in left
    assert "manifest.json" not in left
    with pytest.raises(StorageError, match="there is no output here"):
        lstmprep.load(out)

    assert command_line(["window", "t.csv", "-t", "4", "-q", "-o", out]) == 0
    assert sorted(held(out)) == ["X-00000.npy", "index.parquet", "manifest.json"]
    assert list((desk / "tmp").iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"])
def test_a_run_that_is_stopped_takes_away_what_it_had_sent(bucket, desk, number, code):
    np.save(desk / "t.npy", np.zeros((400_000, 4)))
    line = ["window", "t.npy", "-t", "8", "-q", "--shard-size", "256KiB", "-o", f"s3://{bucket}/a/out"]
    program = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from lstmprep.__main__ import main; main()"
    child = subprocess.Popen([sys.executable, "-c", program, *line], stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + DEADLINE
    while not any(k.endswith("X-00003.npy") for k in keys(bucket)):
        assert child.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)
    child.send_signal(number)

    assert "Traceback" not in child.communicate(timeout=DEADLINE)[1]
    assert child.returncode == code
    assert keys(bucket) == []
    assert list((desk / "tmp").iterdir()) == []


def test_what_a_killed_run_left_goes_though_the_next_one_is_refused(bucket, desk):
    Folder(f"s3://{bucket}/out").put_file("X-00000.npy", desk / "t.csv")
    (desk / "mark").write_text(json.dumps({"by": KEPT, "files": ["X-00000.npy", "manifest.json"]}))
    Folder(f"s3://{bucket}/out").put_file(UNFINISHED, desk / "mark")

    assert command_line(["window", "t.csv", "-t", "4000", "-q", "-o", f"s3://{bucket}/out"]) == 3
    assert held(f"s3://{bucket}/out") == {}


def test_a_mark_that_was_left_beside_a_manifest_makes_no_output_of_less_worth(memory, desk, capsys):
    assert command_line([*ASKED, "-o", f"{memory}/out"]) == 0
    before = held(f"{memory}/out")
    (desk / "mark").write_text(json.dumps({"by": KEPT, "files": [*before]}))
    Folder(f"{memory}/out").put_file(UNFINISHED, desk / "mark")

    assert command_line([*ASKED, "-o", f"{memory}/out"]) == 4
    assert "the output exists" in capsys.readouterr().err
    assert held(f"{memory}/out") == before | {UNFINISHED: (desk / "mark").read_bytes()}
    assert command_line([*ASKED, "-o", f"{memory}/out", "--overwrite"]) == 0
    assert held(f"{memory}/out") == before


def test_a_run_that_ends_early_is_finished_by_the_next_one_with_resume(bucket, desk, monkeypatch, capsys):
    out = f"s3://{bucket}/out"
    assert command_line([*ASKED, "-o", "local"]) == 0
    with monkeypatch.context() as patch:
        sent = watched(patch, failing("y_train-00000.npy"))
        assert command_line([*ASKED, "-o", out, "--resume"]) == 4
    done = [n for n in sent if n.endswith(".npy")]
    assert len(done) > 2
    assert set(held(out)) == {*done, UNFINISHED}
    with pytest.raises(StorageError, match="there is no output here"):
        lstmprep.load(out)
    (desk / "other").write_bytes(b"no shard")
    Folder(out).put_file(done[1], desk / "other")
    Folder(out).remove([done[2]])

    assert command_line([*ASKED, "-o", out, "--resume", "--dtype", "float64"]) == 2
    assert "was begun with no --dtype, and not --dtype float64" in capsys.readouterr().err
    assert set(held(out)) == {*done, UNFINISHED} - {done[2]}
    with monkeypatch.context() as patch:
        again = watched(patch)
        assert command_line([*ASKED, "-o", out, "--resume"]) == 0

    assert held(out) == contents(desk / "local")
    assert {done[1], done[2]} <= set(again)
    assert not {done[0], *done[3:]} & set(again)
    assert list((desk / "tmp").iterdir()) == []


def test_without_resume_what_was_kept_goes(bucket, desk, monkeypatch):
    out = f"s3://{bucket}/out"
    with monkeypatch.context() as patch:
        watched(patch, failing("y_train-00000.npy"))
        assert command_line([*ASKED, "-o", out, "--resume"]) == 4

    assert command_line(["window", "t.csv", "-t", "4", "-q", "-o", out]) == 0
    assert sorted(held(out)) == ["X-00000.npy", "index.parquet", "manifest.json"]
    assert list((desk / "tmp").iterdir()) == []


@pytest.mark.parametrize("at", ["X_train-00001.npy", "index.parquet"])
def test_of_two_runs_to_one_place_the_later_one_goes_on(memory, desk, monkeypatch, capsys, at):
    out = f"{memory}/out"

    def other(name: str) -> None:
        if name == at:
            monkeypatch.undo()
            monkeypatch.chdir(desk)
            about = {"by": signature(), "files": [*held(out)]}
            (desk / "mark").write_text(json.dumps(about))
            Folder(out).put_file(UNFINISHED, desk / "mark")

    watched(monkeypatch, other)
    assert command_line([*ASKED, "-o", out]) == 4

    assert capsys.readouterr().err.splitlines()[0].endswith("another run has begun to write there")
    left = held(out)
    assert left[UNFINISHED] == (desk / "mark").read_bytes()
    assert "X_train-00000.npy" in left
    assert "manifest.json" not in left


def test_a_run_that_is_at_it_is_not_disturbed(memory, desk, capsys):
    about = json.dumps({"by": signature(), "files": ["X-00000.npy"]})
    (desk / "mark").write_text(about)
    for name in (UNFINISHED, "X-00000.npy"):
        Folder(f"{memory}/out").put_file(name, desk / "mark")

    assert command_line([*ASKED, "-o", f"{memory}/out"]) == 4
    assert "another run writes there" in capsys.readouterr().err
    assert command_line([*ASKED, "-o", f"{memory}/out", "--overwrite"]) == 0
    assert UNFINISHED not in held(f"{memory}/out")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["-o", "s3://bucket/out.npz"], "behind a URL an output is a folder of shards"),
        (["-o", "s3://bucket/out.csv"], "behind a URL an output is a folder of shards"),
        (["-o", "https://me:secret@example.org/out"], "http and https can be read, not written to"),
        (["-o", "s3://key:secret@bucket/out", "--store", "series"], "arrays are cut into shards, and --shard-size and --store series exclude"),
        (["-o", "s3://bucket/out.npz?token=secret"], "behind a URL an output is a folder of shards"),
    ],
)  # fmt: skip
def test_what_no_store_takes_is_refused_before_the_network_is_asked(desk, capsys, more, said):
    assert command_line(["window", "t.csv", "-t", "4", *more]) == 2

    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 2
    assert "secret" not in told


def test_a_lagged_table_is_no_output_of_shards(desk, capsys):
    assert command_line(["lag", "t.csv", "--lags", "1", "-o", "s3://bucket/out"]) == 2
    assert "a lagged table is not written behind a URL" in capsys.readouterr().err


def test_a_dry_run_asks_nobody(desk, capsys):
    assert command_line([*ASKED[:4], "-o", "s3://no-such-bucket/out", "--dry-run"]) == 0
    assert "dry run: nothing written" in capsys.readouterr().err


def test_a_url_of_this_machine_is_a_path(desk):
    lstmprep.window("t.csv", timesteps=4, output=(desk / "out").as_uri())
    assert sorted(p.name for p in (desk / "out").iterdir()) == ["X.npy", "index.parquet", "manifest.json"]
    assert lstmprep.load((desk / "out").as_uri()).X.shape == (ROWS - 3, 4, 2)


def test_no_host_and_no_password_is_told_or_written_down(bucket, desk, capsys):
    Folder(f"s3://{bucket}/data").put_file("t.csv", desk / "t.csv")
    (desk / "labels.csv").write_text("k,label\nx,1\ny,2\nz,1\n")
    Folder(f"s3://{bucket}/data").put_file("labels.csv", desk / "labels.csv")
    secret = f"s3://key:secret@{bucket}"
    asked = [
        "window",
        f"{secret}/data/t.csv",
        "-t",
        "3",
        "--group-by",
        "k",
        "--labels",
        f"{secret}/data/labels.csv",
        "--label-key",
        "k",
    ]
    (desk / "here").mkdir()
    os.chdir(desk / "here")

    assert command_line([*asked, "-v", "--json", "-o", f"{secret}/out"]) == 0
    told = capsys.readouterr()
    assert command_line([*asked, "-q", "-o", f"{secret}/out"]) == 4
    assert command_line(["show", f"{secret}/out"]) == 0
    assert command_line(["check", f"{secret}/out"]) == 0
    assert command_line([*asked, "--show-config"]) == 0
    more = capsys.readouterr()

    written = b"".join(held(f"s3://{bucket}/out").values())
    made = json.loads(held(f"s3://{bucket}/out")["manifest.json"])
    assert [s["name"] for s in made["source"]] == ["t.csv", "labels.csv"]
    assert made["recipe"]["labels"] == "labels.csv"
    for text in (told.out, told.err, more.out, more.err, written.decode("latin-1")):
        assert "secret" not in text
    assert bucket not in told.out
    assert bucket.encode() not in written


@pytest.mark.parametrize("store", ["bucket", "memory"])
def test_a_folder_and_a_pattern_behind_a_url_are_read_like_those_of_this_machine(store, desk, request):
    where = request.getfixturevalue(store)
    url = f"s3://{where}/lake/day data" if store == "bucket" else f"{where}/day data"
    (desk / "day data" / "sub").mkdir(parents=True)
    for k, name in enumerate(["p10.parquet", "p9.parquet", "sub/ü #1.parquet", "_no.parquet", "readme.txt"]):
        path = desk / "day data" / name
        if path.suffix == ".txt":
            path.write_text("text")
        else:
            parquet.write_table(pa.table({"a": np.arange(20.0) + 100 * k}), path)
        Folder(url).put_file(name, path)

    lstmprep.window("day data", timesteps=4, output="here")
    lstmprep.window(f"{url}/", timesteps=4, output="there")
    assert contents(desk / "there") == contents(desk / "here")
    assert [s["name"] for s in lstmprep.load("there").manifest["source"]] == [
        "day data/p9.parquet", "day data/p10.parquet", "day data/sub/ü #1.parquet",
    ]  # fmt: skip
    lstmprep.window("day data/p*.parquet", timesteps=4, file_as="table", output="some")
    lstmprep.window(f"{url}/p*.parquet", timesteps=4, file_as="table", output="some-there")
    assert contents(desk / "some-there") == contents(desk / "some")
    for none, said in ((f"{url}/x*.parquet", "nothing there matches"), (f"{url}/none/", "holds no Parquet files")):
        with pytest.raises(StorageError, match=said) as told:
            lstmprep.window(none, timesteps=4)
        assert len(str(told.value).splitlines()) == 2


@pytest.mark.parametrize("kind", ["csv", "parquet", "feather", "npy", "jsonl"])
def test_every_format_is_read_from_a_url(memory, desk, kind):
    table = pa.table({"c0": np.arange(50.0), "c1": np.arange(50.0) ** 2})
    path = desk / f"u.{kind}"
    if kind == "jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in table.to_pylist()))
    elif kind == "npy":
        np.save(path, np.stack([table[c].to_numpy() for c in table.column_names], axis=1))
    else:
        {"csv": csv.write_csv, "parquet": parquet.write_table, "feather": feather.write_feather}[kind](table, str(path))
    Folder(f"{memory}/data").put_file(path.name, path)

    here, there = lstmprep.window(path, timesteps=3), lstmprep.window(f"{memory}/data/u.{kind}", timesteps=3)
    assert there.X.tobytes() == here.X.tobytes()
    assert there.manifest == here.manifest


def test_files_of_one_name_are_told_apart_without_their_hosts(memory, desk):
    Folder(f"{memory}/a").put_file("t.csv", desk / "t.csv")
    Folder(f"{memory}/b").put_file("t.csv", desk / "t.csv")
    host = memory.partition("://")[2]
    made = lstmprep.window([f"{memory}/a/t.csv", f"{memory}/b/t.csv"], timesteps=3, features="a", file_as="sequence")

    assert [s["name"] for s in made.manifest["source"]] == ["a/t.csv", "b/t.csv"]
    assert host not in json.dumps(made.manifest)


@pytest.mark.parametrize(
    ("url", "kind", "path"),
    [
        ("s3://bucket/x?region=eu-west-1", "S3FileSystem", "bucket/x"), ("gs://anonymous@bucket/a b.csv", "GcsFileSystem", "bucket/a b.csv"),
        ("gcs://anonymous@bucket/x", "GcsFileSystem", "bucket/x"), ("abfs://box@account.dfs.core.windows.net/a/x", "AzureFileSystem", "box/a/x"),
        ("abfss://box@account.dfs.core.windows.net/x", "AzureFileSystem", "box/x"), ("memory://bucket/x", "PyFileSystem", "/bucket/x"),
    ],
)  # fmt: skip
def test_each_kind_of_address_has_its_store(url, kind, path):
    found, where = remote._system(url, Where())
    assert (type(found).__name__, where) == (kind, path)


def test_the_web_has_no_folders(desk, capsys):
    assert command_line(["window", "https://me:secret@example.org/data/", "-t", "4", "-o", "x"]) == 2
    told = capsys.readouterr().err
    assert "tells nobody what a folder holds" in told
    assert "secret" not in told


def test_the_place_of_a_table_is_not_replaced_by_what_is_made_of_it(desk, capsys):
    assert command_line(["window", "s3://bucket/data/t.csv", "-t", "3", "-o", "s3://bucket/data"]) == 4
    assert "the output would replace the input" in capsys.readouterr().err


@pytest.fixture
def web(desk: Path) -> Iterator[str]:
    """A web server over the working folder."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer((HOST, 0), partial(Silent, directory=str(desk))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_address[1]}"
        server.shutdown()


def test_an_output_on_the_web_is_read_and_tokens_are_not_told(desk, web, capsys):
    assert command_line([*ASKED, "-o", "out"]) == 0
    assert command_line([*ASKED[:4], "-q", "-o", "one.npz"]) == 0
    assert np.array_equal(lstmprep.load(f"{web}/out").train.X, lstmprep.load("out").train.X)
    assert np.array_equal(lstmprep.load(f"{web}/out?token=secret").test.y, lstmprep.load("out").test.y)
    assert np.array_equal(lstmprep.load(f"{web}/one.npz").X, lstmprep.load("one.npz").X)
    assert command_line(["check", f"{web}/out"]) == 0
    capsys.readouterr()

    for gone in (
        ["check", f"{web}/none?token=secret"],
        ["window", f"{web}/none.csv?token=secret", "-t", "2", "-o", "x"],
    ):
        assert command_line(gone) == 4
        told = capsys.readouterr().err
        assert len(told.splitlines()) == 2
        assert "secret" not in told
    assert command_line(["window", f"{web}/t.csv?token=secret", "-t", "2"]) == 0
    assert (desk / "t.lstm").is_dir()
    assert "secret" not in (desk / "t.lstm" / "manifest.json").read_text()


@pytest.mark.parametrize("asked", [["window", "s3://bucket/t.csv", "-t", "2", "-o", "x"], ["window", "t.csv", "-t", "2", "-o", "s3://bucket/x"], ["check", "s3://bucket/x"]])  # fmt: skip
@pytest.mark.slow
def test_a_network_that_is_not_there_is_two_lines(desk, bucket, monkeypatch, capsys, asked):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{HOST}:9")

    assert command_line(asked) == 4

    told = capsys.readouterr().err
    assert len(told.splitlines()) == 2
    assert "NETWORK_CONNECTION" in told
    assert sorted(p.name for p in desk.iterdir()) == ["t.csv", "tmp"]
    assert list((desk / "tmp").iterdir()) == []


def test_what_came_here_goes_with_the_process(memory, desk):
    lstmprep.window("t.csv", timesteps=4, output=(desk / "out").as_uri())
    code = (
        "import fsspec, lstmprep, os\n"
        f"fs = fsspec.filesystem('memory')\nfs.put({str(desk / 'out')!r}, '/out', recursive=True)\n"
        "data = lstmprep.load('memory://out')\nprint(data.X.shape, os.listdir(os.environ['TMPDIR']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=DEADLINE, check=True)

    assert "lstmprep-" in done.stdout
    assert list((desk / "tmp").iterdir()) == []


def test_a_process_that_was_forked_leaves_what_came_here(tmp_path):
    mirror._gone(tmp_path, os.getpid() + 1)
    assert tmp_path.is_dir()
    mirror._gone(tmp_path, os.getpid())
    assert not tmp_path.exists()


def test_an_error_of_the_library_is_told_without_what_is_secret(monkeypatch):
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError("no luck at https://me:se/cret@example.org/t.csv?sig=secret")

    monkeypatch.setattr("lstmprep.remote._system", fail)
    with pytest.raises(LstmprepError) as told:
        lstmprep.load("s3://key:secret@bucket/out")
    assert "no luck at https://example.org/t.csv" in str(told.value)
    assert "secret" not in str(told.value)
    assert len(str(told.value).splitlines()) == 2
