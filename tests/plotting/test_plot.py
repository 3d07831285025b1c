"""`lstmprep plot`: the same bytes every time, honest refusals, nothing left behind, hostile names as text."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import xml.dom.minidom
from pathlib import Path

import numpy as np
import pytest

import lstmprep
from lstmprep.cli import run

ROOT = Path(__file__).parents[2]
TEN = "t,a,b,y\n" + "".join(f"{i},{i + 1},{i + 11},{i + 101}\n" for i in range(10))
WINDOW = "window ten.csv --time t --features a,b --target y --timesteps 3 -q"
SAID = "7 samples of 3 steps from 10 rows: each shares 2 steps with the next, the target is the next row"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in [n for n in os.environ if n.startswith("LSTMPREP")]:
        monkeypatch.delenv(name)
    (tmp_path / "ten.csv").write_text(TEN)
    return tmp_path


@pytest.fixture
def typed(capsys):
    """Types a command; what it said on standard error."""

    def type_(line: str, code: int = 0) -> str:
        capsys.readouterr()
        assert run(shlex.split(line)) == code, capsys.readouterr().err
        return capsys.readouterr().err

    return type_


def apart(line: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lstmprep", *shlex.split(line)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def files() -> set[str]:
    return {str(p) for p in Path().rglob("*") if p.is_file()}


# ---------------------------------------------------------------- bytes


@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG\r\n"), ("svg", b"<?xml"), ("pdf", b"%PDF-")])
def test_the_same_command_gives_the_same_bytes_wherever_and_whenever(suffix, magic, typed, place):
    typed(f"{WINDOW} -o out")
    (place / "matplotlibrc").write_text("font.size: 20\naxes.grid: True\nsvg.fonttype: path\nfigure.dpi: 30\n")

    seen = set()
    for k, env in enumerate(
        [
            {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C", "MATPLOTLIBRC": str(place)},
            {"PYTHONHASHSEED": "2", "TZ": "UTC", "COLUMNS": "40", "SOURCE_DATE_EPOCH": "1"},
        ]
    ):
        done = apart(f"plot out -o {k}.{suffix} -q", **env)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        seen.add((place / f"{k}.{suffix}").read_bytes())

    (only,) = seen
    assert only.startswith(magic)
    assert not re.search(rb"20[2-9]\d-\d\d-\d\d|CreationDate|matplotlib\.org", only)


def test_a_picture_goes_to_standard_output_alone_and_never_to_a_terminal(typed, monkeypatch, place):
    typed(f"{WINDOW} -o out")

    done = apart("plot out -o -")
    assert done.stdout.startswith(b"\x89PNG") and done.stderr == b""

    monkeypatch.setattr(os, "isatty", lambda _: True)
    with open("screen", "wb") as screen:
        monkeypatch.setattr(sys, "stdout", os.fdopen(screen.fileno(), "w", closefd=False))
        assert run(["plot", "out", "-o", "-"]) == 2
    assert Path("screen").read_bytes() == b""


def test_drawing_needs_no_display_and_leaves_pyplot_alone(typed):
    typed(f"{WINDOW} -o out")
    code = (
        "import sys; from lstmprep.cli import run; code = run(['plot', 'out', '-q']); "
        "print(code, [m for m in sys.modules if m.startswith('matplotlib.pyplot')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT), "DISPLAY": ":99"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "0 []\n", done.stderr


def test_settings_of_a_caller_are_left_as_they_were(typed):
    import matplotlib as mpl

    typed(f"{WINDOW} -o out")
    before = dict(mpl.rcParams)

    figure = lstmprep.plot("out", kind="sample", output="a.svg")

    assert dict(mpl.rcParams) == before
    assert figure.get_suptitle().startswith("Sample 0: 3 steps")
    assert Path("a.svg").exists()


# ---------------------------------------------------------------- the door


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("plot out --kind split", 2, ["--kind split", "it has no split", "It has windows, sample, scaled"]),
        ("plot out --kind lengths", 2, ["of one length", "It has windows"]),
        ("plot out --kind missing", 2, ["drawn of a table", "lstmprep plot ten.csv --kind missing"]),
        ("plot out --kind lookback", 2, ["lstmprep plot ten.csv --kind lookback --lookback y"]),
        ("plot out --kind window", 2, ["Did you mean 'windows'"]),
        ("plot out --lookback a", 2, ["--lookback is about a table", "out is an output"]),
        ("plot out --sample 7", 2, ["there is no sample 7", "--sample 6"]),
        ("plot out --sample -1", 2, ["--sample is -1"]),
        ("plot out --split train", 2, ["'train'", "no split"]),
        ("plot ten.csv --kind windows", 2, ["drawn of an output", "A table has lookback, lengths, missing"]),
        ("plot ten.csv --kind lookback", 2, ["needs a column", "--lookback COL"]),
        ("plot ten.csv --kind missing --lookback a", 2, ["--lookback is not drawn"]),
        ("plot ten.csv --sample 2", 2, ["--sample is about an output"]),
        ("plot ten.csv --kind lookback --lookback aa", 2, ["no column 'aa'"]),
        ("plot out -o a.jpg", 2, ["'a.jpg'", "a.png"]),
        ("plot out -o nowhere/a.png", 4, ["'nowhere'"]),
        ("plot out -o ten.csv.png --theme blue", 2, ["'blue'"]),
        ("plot nothing", 4, ["no such file"]),
        ("plot", 2, ["Usage: lstmprep plot"]),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_can_be(line, code, words, typed):
    typed(f"{WINDOW} -o out")
    before = files()

    said = typed(line, code)

    for word in words:
        assert word in said, said
    assert files() == before


def test_a_picture_that_exists_is_kept(typed):
    typed(f"{WINDOW} -o out")
    Path("a.png").write_bytes(b"mine")

    assert "--overwrite" in typed("plot out -o a.png", 4)
    assert Path("a.png").read_bytes() == b"mine"
    typed("plot out -o a.png --overwrite")
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("line", "name"),
    [("plot out", "out.png"), ("plot out --kind sample", "out-sample.png"), ("plot ./ten.csv --kind missing", "ten-missing.png"), ("plot out/manifest.json", "out.png")],
)  # fmt: skip
def test_a_picture_that_nobody_names_has_the_name_of_its_subject(line, name, typed):
    typed(f"{WINDOW} -o out")

    assert f"wrote {name}" in typed(line)
    assert Path(name).exists()


def test_the_report_says_what_the_title_says(typed):
    typed(f"{WINDOW} -o out")

    assert typed("plot out").splitlines() == [f"{SAID}; every row is used", "wrote out.png"]
    assert typed("plot out -q --overwrite") == ""


def test_without_matplotlib_the_extra_that_brings_it_is_named(typed):
    typed(f"{WINDOW} -o out")
    code = "import sys; sys.modules['matplotlib'] = None; from lstmprep.cli import run; sys.exit(run(['plot', 'out']))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "lstmprep: pictures need matplotlib, which is not installed",
        "  Install it: pip install 'lstmprep[plot]'. Without it, lstmprep inspect and show draw in the terminal.",
    ]
    assert not Path("out.png").exists()


def test_names_are_text_and_nothing_else(typed, place):
    """Mathematics, markup, escapes and letters that the font lacks."""
    names = ["$\\frac{a}$", "<script>alert(1)</script>", "a\x1b[31mb", "温度", "_under & ]]>"]
    values = np.arange(100.0).reshape(20, 5)
    import pyarrow as pa

    table = pa.table({n: values[:, i] for i, n in enumerate(names)})
    lstmprep.window(table, timesteps=4, target=names[0], output="out")

    for kind in ("windows", "sample", "scaled"):
        typed(f"plot out --kind {kind} -o {kind}.svg -q")
        typed(f"plot out --kind {kind} -o {kind}.png -q")
        page = Path(f"{kind}.svg").read_text(encoding="utf-8")
        xml.dom.minidom.parseString(page)
        assert "<script" not in page and "\x1b" not in page
    assert "温度" in Path("sample.svg").read_text(encoding="utf-8")
    assert "$\\frac{a}$" in Path("sample.svg").read_text(encoding="utf-8")


def test_text_in_an_svg_is_text(typed):
    typed(f"{WINDOW} -o out")

    typed("plot out -o a.svg")

    page = Path("a.svg").read_text(encoding="utf-8")
    assert SAID.partition(", the")[0] in page
    assert len(page) < 60_000


def test_python_draws_a_table_in_memory():
    figure = lstmprep.plot(np.array([[1.0], [np.nan], [3.0]]), kind="missing")

    assert figure.get_suptitle() == "1 of 3 cells is missing (33.3%): c0 33.3%"
    with pytest.raises(lstmprep.RecipeError, match="plot\\(\\) has no setting 'kinds'"):
        lstmprep.plot("out", kinds="missing")
