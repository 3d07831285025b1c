"""Comfort at the command line: completion, manual pages, where a value came from, colours."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from lstmprep.cli import cli, run
from lstmprep.cli.streams import COLOR, colored


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [n for n in os.environ if n.startswith("LSTMPREP") or n in ("NO_COLOR", "FORCE_COLOR")]:
        monkeypatch.delenv(name)
    Path("d.csv").write_text("t,temp,tempo,wind speed\n1,2,3,4\n2,3,4,5\n3,4,5,6\n", encoding="utf-8")
    yield
    COLOR[0] = "auto"


# ---------------------------------------------------------------- completion


def offered(line: str) -> list[str]:
    """What the TAB key offers at the end of a line."""
    *words, last = shlex.split(line) if not line.endswith(" ") else [*shlex.split(line), ""]
    return [item.value for item in ShellComplete(cli, {}, "lstmprep", "_X").get_completions(words[1:], last)]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("lstmprep win", ["window"]),
        ("lstmprep window d.csv --target te", ["temp", "tempo"]),
        ("lstmprep window d.csv --target ", ["t", "temp", "tempo", "wind speed"]),
        ("lstmprep window d.csv --features temp,te", ["temp,tempo"]),
        ("lstmprep window d.csv --group-by w", ["wind speed"]),
        ("lstmprep inspect d.csv --lookback w", ["wind speed"]),
        ("lstmprep window d.csv --missing d", ["drop"]),
        ("lstmprep window nothing.csv --target te", []),
        ("lstmprep window --target te", []),
        ("lstmprep explain few-s", ["few-samples"]),
        ("lstmprep explain few-samples ", []),
    ],
)
def test_tab_offers_commands_choices_and_the_columns_of_the_file(line, values):
    assert offered(line) == values


@pytest.mark.parametrize(
    "line",
    [
        "lstmprep window d",
        "lstmprep window d.csv -o ou",
        "lstmprep inspect d",
        "lstmprep show d",
        "lstmprep plot d",
        "lstmprep report d",
        "lstmprep check d",
        "lstmprep convert d",
        "lstmprep apply out d",
        "lstmprep invert out d",
    ],
)
def test_files_are_left_to_the_shell(line):
    *words, last = shlex.split(line)
    found = ShellComplete(cli, {}, "lstmprep", "_X").get_completions(words[1:], last)

    assert [(item.type, item.value) for item in found] == [("file", last)]


def test_every_code_is_offered_with_its_sentence_and_without_numpy():
    code = (
        "import sys; from click.shell_completion import ShellComplete; from lstmprep.cli import cli;"
        "found = ShellComplete(cli, {}, 'lstmprep', '_X').get_completions(['explain'], '');"
        "heavy = {'numpy', 'pyarrow', 'pandas', 'matplotlib'} & set(sys.modules);"
        "from lstmprep.explain import pages; all_ = pages();"
        "print([i.value for i in found] == list(all_), all(i.help == all_[i.value].title for i in found), heavy)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "True", "set()"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(shell, capsys):
    assert run(["--completion", shell]) == 0

    script = capsys.readouterr().out
    assert f"_LSTMPREP_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=script.encode(), check=False).returncode == 0


# ---------------------------------------------------------------- manual pages


@pytest.mark.parametrize("name", ["lstmprep", *cli.commands])
def test_every_command_has_a_manual_page(name, capsys):
    assert run(["--man", name]) == 0

    page = capsys.readouterr().out
    assert page.startswith('.TH "LSTMPREP')
    assert all(f".SH {head}" in page for head in ("NAME", "SYNOPSIS", "DESCRIPTION"))
    assert not re.search(r"^'", page, re.MULTILINE), "a line that roff would take for a request"
    if name != "lstmprep":
        flags = {o for p in cli.commands[name].params for o in p.opts if o.startswith("--") and o != "--help-all"}
        assert all(flag.replace("-", "\\-") in page for flag in flags)


def test_a_manual_page_that_is_not_there_is_answered_with_those_that_are(capsys):
    assert run(["--man", "windw"]) == 2
    assert "Did you mean 'window'" in capsys.readouterr().err


# ---------------------------------------------------------------- where a value came from


def test_every_value_says_where_it_came_from(capsys, monkeypatch):
    Path("r.toml").write_text('target = "temp"\nstride = 4\ntimesteps = 9\n', encoding="utf-8")
    monkeypatch.setenv("LSTMPREP_WINDOW_STRIDE", "2")

    assert run(shlex.split("window d.csv --timesteps 3 --recipe r.toml --show-config")) == 0

    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in capsys.readouterr().out.splitlines()}
    assert rows["timesteps"] == ["3", "command line"]
    assert rows["stride"] == ["2", "environment LSTMPREP_WINDOW_STRIDE"]
    assert rows["target"] == ["temp", "recipe r.toml"]
    assert rows["dtype"] == ["float32", "default"]
    assert rows["group_by"] == ["-", "default"]
    assert sorted(os.listdir()) == ["d.csv", "r.toml"], "nothing is run"


# ---------------------------------------------------------------- colours


@pytest.mark.parametrize(
    ("env", "option", "bright"),
    [
        ({}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1"}, ["--color", "never"], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
        ({"FORCE_COLOR": "0"}, [], False),
    ],
)
def test_messages_are_in_colour_when_it_is_asked_for(env, option, bright, capsys, monkeypatch):
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    assert run([*option, "window", "d.csv", "-t", "9"]) == 3

    seen = capsys.readouterr().err
    assert ("\x1b[1;31mlstmprep:\x1b[0m" in seen) == bright
    assert re.sub(r"\x1b\[[0-9;]*m", "", seen).startswith("lstmprep: d.csv")


def test_a_terminal_has_colours_unless_it_is_told_otherwise(monkeypatch):
    class Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

    assert colored(Terminal())
    monkeypatch.setenv("TERM", "dumb")
    assert not colored(Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colored(Terminal())


def test_data_on_standard_output_is_never_in_colour(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert run(["inspect", "d.csv"]) == 0

    assert "\x1b" not in capsys.readouterr().out
