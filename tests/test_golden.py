"""What the command line prints, as text files a person can read: tests/golden/*.txt.

A case is a remark, then commands after ``$``, each followed by all it printed (stdout and stderr
as a terminal would show them) and its exit code. The commands of one case run one after the
other in a folder that holds ``sample_data/`` and the tables of tests/golden/tables.

    pytest tests/test_golden.py --update-golden      writes every case anew: read the difference
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstmprep.cli import run

HERE = Path(__file__).parent
CASES = sorted((HERE / "golden").glob("*.txt"))
COMMAND = "$ lstmprep"

each_case = pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A newcomer's folder: sample data, small tables, 80 columns, no settings from outside."""
    shutil.copytree(HERE / "golden" / "tables", tmp_path, dirs_exist_ok=True)
    (tmp_path / "sample_data").symlink_to(HERE.parent / "sample_data")
    for name in [n for n in os.environ if n.startswith("LSTMPREP")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield tmp_path
    for number, handler in before.items():
        signal.signal(number, handler)


def printed(command: str) -> str:
    """A command and all it printed, as it stands in a case."""
    terminal = io.BytesIO()
    screen = io.TextIOWrapper(terminal, "utf-8", write_through=True)
    with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
        code = run(shlex.split(command.removeprefix(COMMAND)))
    text = terminal.getvalue().decode()
    return f"{command}\n{text}[exit {code}]\n"


def replayed(text: str) -> str:
    """A case with its commands carried out again."""
    remark, *rest = re.split(r"^(?=\$ )", text, flags=re.MULTILINE)
    return remark + "\n".join(printed(one.split("\n", 1)[0]) for one in rest)


@each_case
def test_the_command_line_prints_what_the_case_says(case, folder, request):
    before = case.read_text(encoding="utf-8")

    seen = replayed(before)
    if request.config.getoption("--update-golden", default=False):
        case.write_text(seen, encoding="utf-8")

    assert seen == case.read_text(encoding="utf-8")


@each_case
def test_a_case_says_what_it_shows_and_types_commands(case):
    text = case.read_text(encoding="utf-8")

    assert text.startswith("# ")
    assert text.count(f"\n{COMMAND}") == text.count("\n$ ") >= 1


@each_case
def test_a_case_freezes_no_fault_of_our_own(case):
    text = case.read_text(encoding="utf-8")

    assert set(re.findall(r"^\[exit (\d+)\]$", text, re.MULTILINE)) <= {"0", "1", "2", "3", "4"}
    assert not re.search(r"Traceback|this is a bug|\x1b|\r|[ \t]$", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 250


@each_case
def test_every_error_of_a_case_is_two_lines_where_what_and_what_to_do(case):
    for one in re.split(r"^\$ ", case.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        _, *said, end = one.strip().split("\n")
        if end == "[exit 1]":  # what check has found: a line each
            assert one.startswith("lstmprep check")
            assert all(re.fullmatch(r"\S.*: .*[.]", line) for line in said)
        elif end != "[exit 0]":
            assert len(said) == 2
            assert re.fullmatch(r"lstmprep: \S.*[^.]", said[0])
            assert re.fullmatch(r"  [A-Zy-].*[.?]", said[1])
