"""README and docs are tests: what a page shows is what happens.

    ```console          every `$ ` command is carried out, all it prints is compared
    ```python           carried out in order, one namespace for a page; what it prints must stand
    ```text             in the block `text` that follows at once
    ```toml recipe.toml the block is a file of that name, for the commands after it
    ```json             must be JSON
    ```sh               installation and make: not run, but the targets must exist

A page has a folder of its own with sample_data/ in it. ``--update-golden`` writes what is printed
into the pages: read the difference. Blocks that import torch or keras run in the slow tests alone.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import lstmprep
from lstmprep import ledger
from lstmprep.cli import cli, run
from lstmprep.split import cutting

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
FRAMEWORKS = re.compile(r"^\s*(?:import|from) (?:torch|keras)\b", re.MULTILINE)
NEEDS_A_SHELL = re.compile(r"[|<>&;*?$]")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Piece:
    """Prose, or a fenced block with its language and the name of the file that it is."""

    text: str
    line: int
    language: str = ""
    name: str = ""


def pieces(page: str) -> list[Piece]:
    """A page cut at its fences; put together again it is the page."""
    out, at, line = [], 0, 1
    for found in re.finditer(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        out.append(Piece(page[at : found.start(3)], line))
        line += out[-1].text.count("\n")
        out.append(Piece(found[3], line, found[1], found[2] or ""))
        at, line = found.end(3), line + found[3].count("\n")
    return [*out, Piece(page[at:], line)]


def blocks(path: Path) -> list[Piece]:
    return [p for p in pieces(path.read_text(encoding="utf-8")) if p.language]


def called(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_page = pytest.mark.parametrize("path", PAGES, ids=called)
each_text = pytest.mark.parametrize(
    "path",
    [*PAGES, *(ROOT / n for n in ("CONTRIBUTING.md", "CHANGELOG.md", "sample_data/README.md", "tests/README.md"))],
    ids=called,
)


# ---------------------------------------------------------------- carried out


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A newcomer's folder: sample data, 80 columns, no settings from outside; lstmprep and python on the path."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "sample_data").symlink_to(ROOT / "sample_data")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, what in (("lstmprep", "-m lstmprep "), ("python", "")):
        (programs / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {what}"$@"\n')
        (programs / name).chmod(0o755)
    for name in [n for n in os.environ if n.startswith("LSTMPREP")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.chdir(home)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield home
    for number, handler in before.items():
        signal.signal(number, handler)


def printed(command: str) -> tuple[str, int]:
    """All that a command prints, as a terminal would show it, and its exit code."""
    words = command.replace("\\\n", " ")
    if not words.startswith("lstmprep ") or NEEDS_A_SHELL.search(words):
        done = subprocess.run(
            words, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return done.stdout, done.returncode
    terminal = io.BytesIO()
    screen = io.TextIOWrapper(terminal, "utf-8", write_through=True)
    with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
        code = run(shlex.split(words)[1:])
    return terminal.getvalue().decode(), code


def commands(body: str) -> list[str]:
    """The commands of a console block; one that ends in a backslash goes on in the next line."""
    return [c.rstrip("\n") for c in re.findall(r"^\$ ((?:.*\\\n)*.*\n)", body, re.MULTILINE)]


def console(body: str) -> str:
    """A console block with its commands carried out; ``echo $?`` asks for the exit code before it."""
    out, code = [], 0
    for command in commands(body):
        text, code = (f"{code}\n", 0) if command == "echo $?" else printed(command)
        found = code == 1 and command.startswith("lstmprep check")  # which says what it has found, and that is no error
        assert (code != 0 and not found) == text.startswith("lstmprep: "), f"{command}\n{text}[exit {code}]"
        out.append(f"$ {command}\n{text}")
    return "".join(out)


def python(piece: Piece, page: str, namespace: dict[str, Any]) -> str:
    """What a Python block prints; faults name the page and the line."""
    code = compile("\n" * (piece.line - 1) + piece.text, page, "exec", dont_inherit=True)
    with contextlib.redirect_stdout(io.StringIO()) as screen:
        exec(code, namespace)
    return screen.getvalue()


def replayed(page: str, name: str, *, frameworks: bool) -> str:
    """A page with everything on it carried out again, in the working folder."""
    done: list[str] = []
    namespace: dict[str, Any] = {"__name__": "__main__"}
    said = ""  # by the Python block before, until it is found on the page
    for piece in pieces(page):
        text = piece.text
        if piece.language == "text" and said:
            text, said = said, ""
        elif piece.language or re.sub(r"^```.*", "", text, flags=re.MULTILINE).strip():
            assert not said, f"{name}: what the block before line {piece.line} prints stands nowhere: {said!r}"
        if piece.name:
            Path(piece.name).write_text(text, encoding="utf-8")
        elif piece.language == "console":
            text = console(text)
        elif piece.language == "python" and (frameworks or not FRAMEWORKS.search(text)):
            said = python(piece, name, namespace)
        done.append(text)
    return "".join(done)


def compare(path: Path, folder: Path, request: pytest.FixtureRequest, *, frameworks: bool) -> None:
    shown = path.read_text(encoding="utf-8")

    seen = replayed(shown, path.name, frameworks=frameworks)
    if request.config.getoption("--update-golden", default=False) and seen != shown:
        path.write_text(seen, encoding="utf-8")
        shown = seen

    assert seen == shown


@each_page
def test_what_a_page_shows_is_what_happens(path, folder, request):
    compare(path, folder, request, frameworks=False)


@pytest.mark.slow
@pytest.mark.filterwarnings("default::DeprecationWarning")  # of the frameworks themselves
@pytest.mark.parametrize("path", [p for p in PAGES if FRAMEWORKS.search(p.read_text(encoding="utf-8"))], ids=called)
def test_what_a_page_does_with_keras_and_pytorch_happens(path, folder, request):
    compare(path, folder, request, frameworks=True)


def test_the_reader_of_pages_finds_every_block_and_loses_nothing():
    page = "# A\n\n```console\n$ ls \\\n  -l\nx\n$ cat y\n```\n\n```toml a.toml\nb = 1\n```\nend\n"

    found = pieces(page)

    assert "".join(p.text for p in found) == page
    assert [(p.language, p.name, p.line) for p in found if p.language] == [("console", "", 4), ("toml", "a.toml", 11)]
    assert commands(found[1].text) == ["ls \\\n  -l", "cat y"]


def test_the_runner_of_pages_sees_a_number_that_is_not_so(folder):
    page = "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n"

    assert replayed(page, "page", frameworks=False) == page.replace("3", "2")


def test_the_runner_of_pages_compares_what_a_command_prints(folder):
    page = "```console\n$ lstmprep --version\nlstmprep 9\n$ printf 'a\\n' \\\n    | cat\n```\n"

    seen = replayed(page, "page", frameworks=False)

    assert seen == page.replace("lstmprep 9", f"lstmprep {lstmprep.__version__}").replace("| cat\n", "| cat\na\n")


def test_the_runner_of_pages_knows_the_exit_code_of_the_command_before(folder):
    seen = replayed("```console\n$ lstmprep widow\n$ echo $?\n0\n$ echo $?\n```\n", "page", frameworks=False)

    assert re.fullmatch(
        r"```console\n\$ lstmprep widow\nlstmprep: .*\n  .*\n\$ echo \$\?\n2\n\$ echo \$\?\n0\n```\n", seen
    )


def test_the_runner_of_pages_stops_at_a_command_that_fails_in_silence(folder):
    with pytest.raises(AssertionError, match=r"cmp a b"):
        replayed("```console\n$ cmp a b\n```\n", "page", frameworks=False)


# ---------------------------------------------------------------- what is not run


@each_page
def test_every_fence_is_of_a_kind_that_is_run_or_declared_not_to_be(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n```") + text.startswith("```") == 2 * len(blocks(path)), "a fence without a language"

    for block in blocks(path):
        assert block.name or block.language in ("console", "python", "sh", "text", "json"), f"line {block.line}"
        if block.language == "json":
            json.loads(block.text)


@each_page
def test_a_block_that_is_not_run_only_installs_makes_or_starts_tests(path):
    first_words = re.compile(
        r"make |\.ci/run|git clone |cd |python3? -m venv |\. \.venv|pip install |export |pytest |python docs/make\.py"
    )
    for block in blocks(path):
        if block.language == "sh":
            for line in filter(None, block.text.split("\n")):
                assert first_words.match(line), line


@each_text
def test_make_makes_what_a_page_says(path):
    for target in re.findall(r"(?:`|^)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), f"make {target}"


def test_extras_that_pages_install_exist():
    named = {e for path in PAGES for e in re.findall(r"\.\[([a-z,]+)\]", path.read_text(encoding="utf-8"))}

    assert {e for names in named for e in names.split(",")} <= set(PYPROJECT["project"]["optional-dependencies"])


# ---------------------------------------------------------------- README


def test_the_readme_opens_with_the_two_commands():
    first = blocks(README)[0]

    assert first.language == "sh"
    assert [line.split("#")[0].strip() for line in first.text.strip().split("\n")] == ["make demo", "make test"]
    assert README.read_text(encoding="utf-8").index("make demo") < 300


def test_the_first_command_of_the_readme_is_the_one_of_make_demo():
    first = next(c for b in blocks(README) if b.language == "console" for c in commands(b.text) if "lstmprep" in c)
    line = re.search(r"^demo:.*?^\t\$\(BIN\)/(lstmprep .*?)$", MAKEFILE, re.MULTILINE | re.DOTALL)[1]
    place = re.search(r"^DEMO := (\S+)$", MAKEFILE, re.MULTILINE)[1]

    assert shlex.split(first.replace("\\\n", " ")) == shlex.split(line.replace("$(DEMO)", place))


def test_the_drawing_of_the_readme_shows_the_numbers_of_the_table():
    drawing = next(b.text for b in blocks(README) if b.language == "text")
    X = dict(re.findall(r"X\[(\d)\] = (\[\[.*?\]\])", drawing))
    y = dict(re.findall(r"y\[(\d)\] = (\[.*?\])", drawing))
    data = lstmprep.window(
        ROOT / "sample_data" / "sunspots.csv",
        time="YEAR",
        target="SUNACTIVITY",
        timesteps=int(re.search(r"--timesteps (\d)", drawing)[1]),
    )

    assert {int(k): json.loads(v) for k, v in X.items()} == {k: data.X[k].tolist() for k in range(3)}
    assert {int(k): json.loads(v) for k, v in y.items()} == {k: data.y[k].tolist() for k in range(3)}


def test_the_readme_mentions_every_command():
    text = README.read_text(encoding="utf-8")

    assert [name for name in cli.commands if f"lstmprep {name}" not in text] == []


def test_what_the_readme_says_is_not_there_yet_is_all_that_is_not_there_yet():
    later = set(
        re.findall(
            r"`([a-z]+)`",
            README.read_text(encoding="utf-8").partition("## What it does not do yet")[2].partition("\n## ")[0],
        )
    )

    planned = {"pad", "reshape", "inspect", "apply", "invert", "check", "show", "plot", "report", "convert"}
    assert later == planned - set(cli.commands)


def test_the_readme_trains_a_keras_and_a_pytorch_model():
    code = "\n".join(b.text for b in blocks(README) if b.language == "python")

    assert "import keras" in code and "import torch" in code


# ---------------------------------------------------------------- words that must be true

FOREIGN = {
    "--update-golden",
    "--hypothesis-profile",
    "--check",
    "--write",
    "--rounds",
    "--only",
    "--group",
    "--nworkers",
    "--nthreads",
    "--protocol",
    "--question",
}  # of pytest, make.py, bench.py, pip, dask, make


@each_text
def test_no_page_names_an_option_that_does_not_exist(path):
    every = (cli, *cli.commands.values())
    options = {o for command in every for p in command.params for o in (*p.opts, *p.secondary_opts)}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", path.read_text(encoding="utf-8")))

    assert named - options - FOREIGN - {"--help", "--version"} == set()


@each_text
def test_links_lead_somewhere(path):
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        place = (path.parent / file).resolve() if file else path
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(place), target


def anchors(path: Path) -> set[str]:
    """The anchors that headings get."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_the_index_of_the_docs_names_every_page():
    text = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")

    assert [called(p) for p in PAGES if p.name != "README.md" and f"]({p.name})" not in text] == []


def test_the_architecture_page_names_every_module_and_no_other():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = next(b.text for b in pieces(text) if b.text.startswith("lstmprep/"))
    named, path = set(), []
    for line in rooms.split("\n")[1:]:
        found = re.match(r"((?:  ){1,3})(\w+)(/?)  ", line)
        if found:
            path[len(found[1]) // 2 - 1 :] = [found[2]]  # a room in a room stands deeper
            named |= set() if found[3] else {"/".join(path)}
    package = ROOT / "lstmprep"
    there = {
        p.relative_to(package).with_suffix("").as_posix() for p in package.rglob("*.py") if p.name != "__init__.py"
    }

    assert named == there


def test_the_page_of_outputs_explains_every_note_and_every_reason():
    import ast

    text = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
    homes = (
        "notes.py",
        "timenotes.py",
        "padnotes.py",
        "tablenotes.py",
        "borders.py",
        "prepare/scale.py",
        "prepare/classes.py",
    )
    trees = [ast.parse((ROOT / "lstmprep" / n).read_text(encoding="utf-8")) for n in homes]
    pairs = [
        n.elts[0].value
        for tree in trees
        for n in ast.walk(tree)
        if isinstance(n, ast.Tuple) and len(n.elts) == 2 and isinstance(n.elts[0], ast.Constant)
    ]
    codes = {c for c in pairs if isinstance(c, str)}
    reasons = {v for home in (ledger, cutting) for k, v in vars(home).items() if k.isupper() and isinstance(v, str)}

    assert len(codes) > 18 and len(reasons) > 8
    assert [c for c in sorted(codes) if f"| `{c}` |" not in text] == []
    assert set(re.findall(r"^\| `([a-z-]+)` \|", text.split("## Notes")[1].split("\n## ")[0], re.MULTILINE)) == codes
    assert [r for r in sorted(reasons) if f"| {r} |" not in text] == []


def test_the_page_of_files_lists_every_text_that_means_missing():
    from lstmprep.parts import FORMATS, MISSING

    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")

    assert [m for m in MISSING if m and f"`{m}`" not in text] == []
    assert [f for f in FORMATS if f"`{f}`" not in text] == []


def test_the_page_of_the_sample_data_has_the_sizes_right():
    rows = re.findall(
        r"^\| \[(\w+\.csv)\]\(\1\) \| (\d+) \| (\d+) \|",
        (ROOT / "sample_data" / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    tables = sorted((ROOT / "sample_data").glob("*.csv"))

    assert sorted(name for name, _, _ in rows) == [t.name for t in tables]
    for name, lines, columns in rows:
        text = (ROOT / "sample_data" / name).read_text(encoding="utf-8").splitlines()
        assert (len(text) - 1, text[0].count(",") + 1) == (int(lines), int(columns)), name
