"""The generated pages are those of the code as it is, and the changelog knows the version.

A stale page is mended by ``make docs``.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import lstmprep
from lstmprep.cli import cli, run

ROOT = Path(__file__).parents[1]
PAGES = ("lstmprep/manifest.schema.json", "docs/cli.md", "docs/manifest.md")


def made(root: Path, *args: str, cwd: Path | None = None, **env: str) -> tuple[int, str]:
    """Exit code and words of docs/make.py of a tree."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith("LSTMPREP")}
    end = subprocess.run(
        [sys.executable, root / "docs" / "make.py", *args],
        cwd=cwd or root,
        env={**kept, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    return end.returncode, end.stdout + end.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The pages, what makes them, and the sample data, in a tree of their own."""
    for name in ("docs/make.py", "docs/pictures.md", "pyproject.toml", *PAGES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    shutil.copytree(ROOT / "docs" / "pictures", tmp_path / "docs" / "pictures")
    return tmp_path


def texts(root: Path) -> dict[str, str]:
    """The pages as they stand."""
    return {name: (root / name).read_text(encoding="utf-8") for name in PAGES}


def blocks(page: str, tag: str) -> list[str]:
    """The fenced blocks of a page that bear a tag."""
    return re.findall(rf"^```{tag}\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_generated_pages_are_up_to_date():
    assert made(ROOT, "--check") == (0, "")


@pytest.mark.parametrize(
    "env",
    [
        {"COLUMNS": "37", "TERM": "dumb", "NO_COLOR": "1"},
        {"COLUMNS": "250", "FORCE_COLOR": "1", "LANG": "C", "LC_ALL": "C"},
        {"LSTMPREP_WINDOW_STRIDE": "7", "LSTMPREP_WINDOW_DTYPE": "float64"},
    ],
    ids=str,
)
def test_the_pages_depend_on_no_terminal_no_folder_and_no_settings(env, tmp_path):
    assert made(ROOT, "--check", cwd=tmp_path, **env) == (0, "")


@pytest.mark.parametrize("name", PAGES)
def test_check_names_a_stale_page_and_writes_nothing(name, copy):
    text = (copy / name).read_text(encoding="utf-8")
    (copy / name).write_text(text.replace("Steps in one sample", "Steps of old", 1), encoding="utf-8")
    before = texts(copy)
    assert (before != texts(ROOT)) == ("Steps in one sample" in text)

    code, said = made(copy, "--check")

    assert (code, said) == (1, f"{name} is stale: run make docs\n")
    assert texts(copy) == before


def test_check_names_a_page_that_is_missing(copy):
    (copy / "docs/cli.md").unlink()

    assert made(copy, "--check") == (1, "docs/cli.md is stale: run make docs\n")
    assert not (copy / "docs/cli.md").exists()


def test_pages_are_written_anew_where_they_are_stale(copy):
    (copy / "docs/cli.md").unlink()
    (copy / "docs/manifest.md").write_text("old\n", encoding="utf-8")

    assert made(copy) == (0, "docs/cli.md written\ndocs/manifest.md written\n")
    assert texts(copy) == texts(ROOT)
    assert made(copy) == (0, "")


def drawn(page: Path) -> dict[str, bytes]:
    """The pictures that the commands of a page draw, in the working folder."""
    for line in re.findall(r"^\$ lstmprep (.*)$", page.read_text(encoding="utf-8").replace("\\\n", " "), re.MULTILINE):
        assert run(shlex.split(line)) == 0, line
    return {p.name: p.read_bytes() for p in Path().glob("*.png")}


def size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG, from its header."""
    assert png.startswith(b"\x89PNG")
    wide, high = struct.unpack(">II", png[16:24])
    return wide, high


def test_the_pictures_of_the_pages_are_those_that_their_commands_draw(tmp_path, monkeypatch):
    """To the byte with the matplotlib that drew them; in number and size with another."""
    import matplotlib as mpl

    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    monkeypatch.chdir(tmp_path)
    kept = {p.name: p.read_bytes() for p in (ROOT / "docs" / "pictures").iterdir()}

    made_now = drawn(ROOT / "docs" / "pictures.md")

    assert set(made_now) == set(kept)
    assert {n: size(p) for n, p in made_now.items()} == {n: size(p) for n, p in kept.items()}
    pinned = re.search(r'"matplotlib==([^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))[1]
    if mpl.__version__ == pinned:
        assert [n for n in kept if made_now[n] != kept[n]] == []


def test_every_picture_stands_on_the_page_of_its_command_and_is_small():
    page = (ROOT / "docs" / "pictures.md").read_text(encoding="utf-8")

    for path in (ROOT / "docs" / "pictures").iterdir():
        assert re.search(rf"-o {path.name}$", page, re.MULTILINE)
        assert f"](pictures/{path.name})" in page
        assert path.stat().st_size < 100_000


def test_an_option_that_the_script_does_not_know_is_refused(copy):
    code, said = made(copy, "--chek")

    assert code == 2
    assert "no such option --chek" in said


def test_every_option_of_the_long_help_stands_in_the_page_of_the_command_line():
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    params = [p for command in cli.commands.values() for p in command.params]
    options = [o for p in params for o in (*p.opts, *p.secondary_opts) if o.startswith("-")]
    documented = set(re.findall(r"`(--?[a-z][a-z-]*)", page))

    assert len(options) > 60
    assert set(options) - documented == {"--help-all"}


def test_the_page_of_the_command_line_shows_the_help_of_the_group():
    (help_of_group,) = [b for b in blocks("docs/cli.md", "text") if "Commands:" in b]

    assert help_of_group.startswith("Usage: lstmprep [OPTIONS] COMMAND [ARGS]...\n")
    assert all(re.search(rf"^  {name} ", help_of_group, re.MULTILINE) for name in cli.commands)
    assert max(map(len, help_of_group.splitlines())) <= 100


def test_the_page_of_the_manifest_shows_every_field_of_the_schema():
    schema = json.loads((ROOT / "lstmprep/manifest.schema.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs/manifest.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| \S.* \| \S.* \|$", page, re.MULTILINE)
    nested = {n: p["properties"] for n, p in schema["properties"].items() if n != "recipe" and "properties" in p}
    parts = [p["properties"] for p in schema["$defs"].values() if "properties" in p]

    wanted = [*schema["properties"], *(f"{n}.{k}" for n, part in nested.items() for k in part)]
    assert rows == [*wanted, *(k for part in parts for k in part)]


def test_the_example_of_the_manifest_is_one_of_this_version():
    (example,) = blocks("docs/manifest.md", "json")

    assert json.loads(example)["lstmprep"] == lstmprep.__version__


def test_the_newest_heading_of_the_changelog_names_the_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = [h for h in re.findall(r"^## +(.*)$", text, re.MULTILINE) if h != "[Unreleased]"]

    newest = re.fullmatch(r"\[?([0-9][\w.]*)\]? - \d{4}-\d{2}-\d{2}", headings[0])
    assert newest, headings[0]
    assert newest[1] == lstmprep.__version__
