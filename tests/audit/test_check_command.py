"""`lstmprep check` at the door: exit codes, streams, JSON."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from lstmprep.cli import cli
from tests.audit.made import edit, written


@pytest.fixture
def out(tmp_path):
    return written(tmp_path, target="y")


def checked(*words):
    return CliRunner().invoke(cli, ["check", *map(str, words)])


def test_what_was_proved_stands_on_standard_output(out):
    said = checked(out)

    assert said.exit_code == 0
    assert "nothing found" in said.stdout
    assert said.stderr == ""


def test_each_finding_is_a_line_and_the_exit_code_is_1(out):
    (out / "y.npy").unlink()
    edit(out, lambda m: m.update(samples=3))

    said = checked(out)

    assert said.exit_code == 1
    assert len(said.stdout.splitlines()) == 2
    assert "y.npy: the file is gone" in said.stdout


def test_quiet_leaves_the_exit_code(out):
    assert (checked(out, "-q").stdout, checked(out, "-q").exit_code) == ("", 0)
    assert (checked(out, "-q", "--expect", "2,4").stdout, checked(out, "-q", "--expect", "2,4").exit_code) == ("", 1)


def test_json_says_the_same(out):
    said = checked(out, "--json", "--expect", "2,4")

    told = json.loads(said.stdout)
    assert said.exit_code == 1
    assert (told["ok"], [f["code"] for f in told["findings"]]) == (False, ["expect"])
    assert json.loads(checked(out, "--json").stdout)["ok"]


def test_the_source_may_be_named(out, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    (tmp_path / "t.parquet").rename(tmp_path / "u.parquet")

    assert "open: statistics" in checked(out).stdout
    assert "source: every value" in checked(out, "--table", tmp_path / "u.parquet").stdout


def test_nothing_heavy_is_imported_for_bare_arrays(tmp_path):
    np.save(tmp_path / "X.npy", np.zeros((400, 100, 50), "f4"))
    code = (
        "import sys, lstmprep; c = lstmprep.check('X.npy'); assert c.ok; "
        "print([m for m in ('pandas', 'torch') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_closed_pipe_ends_quietly(out):
    line = f"{sys.executable} -m lstmprep check {out} | true"

    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)

    assert done.stderr == ""
