"""Workers of Dask as processes of their own, over TCP on loopback: the same bytes, also when one is killed in mid-run."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import distributed
import numpy as np
import psutil
import pyarrow as pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyarrow import csv, parquet

from lstmprep import digest
from lstmprep.cli import run as command_line
from lstmprep.engines import LostError, dask, engine_of
from lstmprep.engines.local import Workers
from lstmprep.errors import DataError, StorageError
from lstmprep.ingest import apart, looked, piecewise
from lstmprep.place import Place
from lstmprep.recipe import from_flat
from lstmprep.run import run
from lstmprep.sinks.ready import Ready
from lstmprep.sources import blocks
from tests.edges.test_engines import contents
from tests.tasks import Deadly, ended, refused

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Dask's own warnings
DEADLINE = 60.0
HOST = "127.0.0.1"


def module(name: str, *args: str) -> subprocess.Popen[bytes]:
    """One of Dask's programs, silent, with its files in no folder of ours."""
    code = f"from distributed.cli.{name} import main; main()"
    asked = [sys.executable, "-W", "ignore", "-c", code, *args]
    return subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours and its children, by their numbers, with a deadline."""
    try:
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    except psutil.NoSuchProcess:
        family = []
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    _, left = psutil.wait_procs(family, timeout=5)
    for one in left:
        one.kill()
    assert not psutil.wait_procs(left, timeout=10)[1]


def until(done: Callable[[], Any]) -> Any:
    """What `done` finds, within the deadline."""
    end = time.monotonic() + DEADLINE
    while not (found := done()):
        assert time.monotonic() < end, "the deadline has passed"
        time.sleep(0.05)
    return found


class Cluster:
    """A scheduler and two workers."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.file, self.workers = folder / "scheduler.json", []
        place = ["--host", HOST, "--port", "0", "--no-dashboard"]
        self.scheduler = module("dask_scheduler", *place, "--scheduler-file", str(self.file))
        until(self.file.exists)
        self.address = until(self._address)
        for i in range(2):
            own = ["--nthreads", "1", "--no-dashboard", "--local-directory", str(folder / f"worker-{i}")]
            self.workers.append(module("dask_worker", self.address, "--host", HOST, *own, *options))
        with distributed.Client(self.address, timeout=DEADLINE, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=DEADLINE)
            self.pids = set(client.run(os.getpid).values())

    def _address(self) -> str | None:
        try:
            return json.loads(self.file.read_text())["address"]
        except ValueError:
            return None

    def stop(self) -> None:
        """The workers first: one whose scheduler went away has been seen to stay."""
        for process in [*self.workers, self.scheduler]:
            stop(process)


@pytest.fixture(params=["with a nanny", "without a nanny"])
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    options = ["--no-nanny"] if request.param == "without a nanny" else []
    made = Cluster(tmp_path_factory.mktemp("cluster"), *options)
    yield made
    made.stop()


def rows(n: int = 20_000) -> pa.Table:
    numbers = np.random.default_rng(3).normal(size=(n, 4))
    return pa.table({"k": np.arange(n) % 7, **{c: numbers[:, i] for i, c in enumerate("abcd")}})


RECIPES = {
    "windows": {
        "timesteps": 32,
        "target": "d",
        "group_by": "k",
        "split": "0.7,0.3",
        "scale": "standard",
        "shuffle": True,
    },
    "shards": {"timesteps": 32, "target": "d", "group_by": "k", "shard_size": 1 << 20},
}


@pytest.mark.parametrize("name", RECIPES)
def test_two_workers_write_what_one_loop_writes_though_one_is_killed(cluster, tmp_path, monkeypatch, name):
    monkeypatch.setattr(digest, "PIECE", 1 << 19)
    recipe, killed = from_flat(RECIPES[name]), []

    def kill(phase: str, done: int, total: int) -> None:
        if phase == "writing" and not killed and done > total // 10:
            killed.append(min(cluster.pids))
            os.kill(killed[0], signal.SIGKILL)

    run(rows(), recipe, Place(output=str(tmp_path / "local")))
    run(rows(), recipe, Place(output=str(tmp_path / "cluster"), engine="dask", scheduler=cluster.address), kill)

    assert len(killed) == 1
    assert not psutil.pid_exists(killed[0]) or psutil.Process(killed[0]).status() == psutil.STATUS_ZOMBIE
    wanted = contents(tmp_path / "local")
    assert len(wanted) > 5
    assert contents(tmp_path / "cluster") == wanted
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cluster", "local"]


def test_nobody_is_killed_and_the_file_of_the_scheduler_names_it(tmp_path, monkeypatch):
    monkeypatch.setattr(digest, "PIECE", 1 << 19)
    two = Cluster(tmp_path)
    (tmp_path / "out").mkdir()
    try:
        run(rows(), from_flat(RECIPES["windows"]), Place(output=str(tmp_path / "out" / "local")))
        place = Place(output=str(tmp_path / "out" / "cluster"), engine="dask", scheduler_file=str(two.file))
        run(rows(), from_flat(RECIPES["windows"]), place)
    finally:
        two.stop()

    folders = [str(tmp_path / "out" / name) for name in ("local", "cluster")]
    assert subprocess.run(["diff", "-r", *folders], capture_output=True, check=True, timeout=DEADLINE).stdout == b""


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_two_workers_read_a_file_themselves_though_one_is_killed(cluster, tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(digest, "PIECE", 1 << 19)
    write = {"csv": csv.write_csv, "parquet": lambda t, p: parquet.write_table(t, p, row_group_size=3000)}[suffix]
    write(rows().sort_by("k"), tmp_path / f"t.{suffix}")
    recipe, killed = from_flat(RECIPES["windows"] | {"shuffle": False}), []

    def kill(phase: str, done: int, total: int) -> None:
        if phase == "writing" and not killed and done > total // 10:
            killed.append(min(cluster.pids))
            os.kill(killed[0], signal.SIGKILL)

    monkeypatch.chdir(tmp_path)
    run(f"t.{suffix}", recipe, Place(output="local"))
    run(f"t.{suffix}", recipe, Place(output="cluster", engine="dask", scheduler=cluster.address), kill)

    assert len(killed) == 1
    assert contents(tmp_path / "cluster") == contents(tmp_path / "local")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_two_workers_look_at_the_numbers_themselves_though_one_is_killed(cluster, tmp_path, monkeypatch, suffix):
    for module, size in ((apart, "LEAST"), (looked, "VALUES"), (piecewise, "VALUES")):
        monkeypatch.setattr(module, size, 0 if size == "LEAST" else 4000)
    monkeypatch.setattr(blocks, "BLOCK", 1 << 16)
    write = {"csv": csv.write_csv, "parquet": lambda t, p: parquet.write_table(t, p, row_group_size=1000)}[suffix]
    write(rows().sort_by("k"), tmp_path / f"t.{suffix}")
    recipe, killed, seen = from_flat(RECIPES["windows"] | {"shuffle": False}), [], [0]
    asked: list[str] = []
    real = dask.Workers.map_unordered
    monkeypatch.setattr(
        dask.Workers, "map_unordered", lambda self, fn, units: asked.append(type(fn).__name__) or real(self, fn, units)
    )

    def kill(phase: str, done: int, total: int) -> None:
        if phase == "reading" and not killed and done < seen[-1]:  # rows are counted anew: by those who work
            killed.append(min(cluster.pids))
            os.kill(killed[0], signal.SIGKILL)
        seen.append(done)

    monkeypatch.chdir(tmp_path)
    run(f"t.{suffix}", recipe, Place(output="local"))
    run(f"t.{suffix}", recipe, Place(output="cluster", engine="dask", scheduler=cluster.address), kill)

    assert len(killed) == 1
    assert asked == ["Looking", "_Piecewise", "Writing"]
    assert contents(tmp_path / "cluster") == contents(tmp_path / "local")


def test_a_run_whose_workers_all_died_is_finished_by_another_engine(tmp_path, monkeypatch):
    monkeypatch.setattr(digest, "PIECE", 1 << 16)
    monkeypatch.setattr(dask, "PATIENCE", 2.0)
    (tmp_path / "out").mkdir()
    out, recipe, two = tmp_path / "out", from_flat(RECIPES["windows"]), Cluster(tmp_path, "--no-nanny")

    def kill(phase: str, done: int, total: int) -> None:
        if phase == "writing" and done > total // 4:
            for pid in two.pids:
                if psutil.pid_exists(pid):
                    os.kill(pid, signal.SIGKILL)

    try:
        with pytest.raises(
            StorageError, match=rf"--engine dask, tcp://{HOST}:\d+: .*(all workers are gone|every worker went away)"
        ):
            run(rows(), recipe, Place(output=str(out / "x"), engine="dask", scheduler=two.address, resume=True), kill)
    finally:
        two.stop()
    kept = next(p for p in out.iterdir() if p.name.startswith(".x"))
    done = len((kept / "journal").read_text().splitlines()) - 1
    assert done > 2

    units: list[int] = []
    real = Workers.map_unordered
    monkeypatch.setattr(
        Workers, "map_unordered", lambda self, fn, left: units.append(len(left)) or real(self, fn, left)
    )
    run(rows(), recipe, Place(output=str(out / "x"), resume=True))
    run(rows(), recipe, Place(output=str(out / "local")))
    assert units[0] == units[1] - done
    assert contents(out / "x") == contents(out / "local")


def test_a_scheduler_without_workers_is_named(tmp_path, capsys):
    file = tmp_path / "scheduler.json"
    scheduler = module("dask_scheduler", "--host", HOST, "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    (tmp_path / "t.csv").write_text("a\n1\n2\n3\n")
    try:
        until(file.exists)
        asked = ["window", str(tmp_path / "t.csv"), "-t", "2", "--engine", "dask", "--scheduler-file", str(file)]
        assert command_line([*asked, "-o", str(tmp_path / "out")]) == 4
    finally:
        stop(scheduler)

    told = capsys.readouterr().err.splitlines()
    assert re.fullmatch(rf"lstmprep: --engine dask, tcp://{HOST}:\d+: the scheduler has no worker", told[0])
    assert len(told) == 2
    assert sorted(p.name for p in tmp_path.iterdir() if "out" in p.name) == []


def certificate(folder: Path) -> dict[str, str]:
    """A key and a certificate that vouches for itself, as Dask's settings in the environment."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    begin = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    whole = (
        (folder / "cert.pem", made.public_bytes(Encoding.PEM)),
        (
            folder / "key.pem",
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        ),
    )
    for path, text in whole:
        path.write_bytes(text)
    files = {"CERT": str(whole[0][0]), "KEY": str(whole[1][0])}
    sides = {f"{side}__{n}": file for side in ("CLIENT", "SCHEDULER", "WORKER") for n, file in files.items()}
    return {f"DASK_DISTRIBUTED__COMM__TLS__{n}": file for n, file in (sides | {"CA_FILE": files["CERT"]}).items()}


def test_a_scheduler_behind_tls_is_one_like_any_other(tmp_path, monkeypatch):
    for name, value in certificate(tmp_path).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(500)))
    file = tmp_path / "scheduler.json"
    place = ["--host", HOST, "--port", "0", "--no-dashboard", "--protocol", "tls"]
    started = [module("dask_scheduler", *place, "--scheduler-file", str(file))]
    asked = [sys.executable, "-m", "lstmprep", "window", str(tmp_path / "t.csv"), "-t", "4", "-q"]
    try:
        until(lambda: file.exists() and file.read_text().rstrip().endswith("}"))
        address = json.loads(file.read_text())["address"]
        assert address.startswith("tls://")
        own = ["--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(tmp_path / "worker")]
        started.insert(0, module("dask_worker", address, *own))
        asked += ["--engine", "dask", "--scheduler"]
        subprocess.run([*asked, address, "-o", str(tmp_path / "far")], check=True, timeout=DEADLINE)
        plain = [*asked, address.replace("tls", "tcp"), "-o", str(tmp_path / "none")]
        refused = subprocess.run(plain, check=False, timeout=DEADLINE, capture_output=True, text=True)
    finally:
        for process in started:
            stop(process)

    assert (refused.returncode, len(refused.stderr.splitlines())) == (4, 2)
    run(str(tmp_path / "t.csv"), from_flat({"timesteps": 4}), Place(output=str(tmp_path / "near")))
    assert contents(tmp_path / "far") == contents(tmp_path / "near")


@pytest.fixture
def own() -> Iterator[Any]:
    engine = engine_of("dask", 2)
    yield engine
    engine.close()


def test_a_cluster_of_ones_own_does_the_units_and_names_the_deadly_one(own):
    assert sorted(own.map_unordered(abs, range(-5, 5))) == [(i, abs(i)) for i in range(-5, 5)]
    with pytest.raises(DataError, match="3 is too much"):
        list(own.map_unordered(refused, range(50)))
    with pytest.raises(LostError) as told:
        list(own.map_unordered(ended, range(8)))
    assert told.value.unit == 3


def test_a_unit_that_ends_four_workers_of_dask_is_named_with_its_rows(own, tmp_path, monkeypatch):
    monkeypatch.setattr(digest, "PIECE", 4096)
    real = own.map_unordered
    own.map_unordered = lambda fn, units: real(Deadly(fn, units[1]), units)
    monkeypatch.setattr("lstmprep.run.engine_of", lambda *_: own)

    with pytest.raises(StorageError) as told:
        run(pa.table({"a": np.arange(500.0)}), from_flat({"timesteps": 4}), Place(output=str(tmp_path / "out")))

    assert re.fullmatch(
        r"X.npy, samples 248-496 \(rows 249-500 of the table\): this unit ended its worker 4 times"
        rf" \(the last one was tcp://{HOST}:\d+\)",
        told.value.what,
    )
    assert list(tmp_path.iterdir()) == []


def test_every_worker_is_asked_before_any_work(own, tmp_path):
    own.preflight(Ready(tmp_path))
    with pytest.raises(
        StorageError, match=rf"--engine dask, worker tcp://{HOST}:\d+: this worker has numpy .*, and the run 0.1"
    ):
        own.preflight(Ready(tmp_path, Ready(tmp_path).__reduce__()[1][1] | {"numpy": "0.1"}))
    with pytest.raises(StorageError, match="does not see the folder"):
        own.preflight(Ready(tmp_path / "elsewhere" / "hidden"))
    assert list(tmp_path.iterdir()) == []


def test_a_scheduler_that_is_not_there_is_named_and_nothing_is_left(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("a\n1\n2\n3\n")
    begun = time.monotonic()

    assert command_line(["window", "t.csv", "-t", "2", "--engine", "dask", "--scheduler", f"tcp://{HOST}:9"]) == 4

    assert time.monotonic() - begun < 3 * DEADLINE
    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"lstmprep: --engine dask, tcp://{HOST}:9: no scheduler answers within 10 seconds"
    assert len(told) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]
