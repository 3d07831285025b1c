"""`lstmprep report`: one page that stands alone, the same every time, whatever the names in the data."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.cli import run
from lstmprep.reporting import page as pages
from lstmprep.showing.output import Output

ROOT = Path(__file__).parents[2]
VOID = {"meta", "br", "img", "link", "hr", "input"}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    for name in [n for n in os.environ if n.startswith("LSTMPREP")]:
        monkeypatch.delenv(name)
    return tmp_path


class Seen(HTMLParser):
    """Tags, attributes and text of a page; tags must close in order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def stands_alone(page: str) -> Seen:
    """The page parsed, once nothing on it runs, is fetched, or leads out of it."""
    seen = Seen(page)
    assert len(page.encode()) < 300_000
    assert not {"script", "iframe", "object", "embed", "link", "base", "form"} & {t for t, _ in seen.tags}
    for tag, attributes in seen.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name.endswith(("src", "href")):
                assert value.startswith(("#", "data:image/png;base64,")), (tag, value[:80])
            if name != "xmlns" and not name.startswith("xmlns:"):
                assert not re.search(r"https?:|javascript:|url\((?!#)", value or ""), (tag, name, value)
    assert "@import" not in page
    ids = [a["id"] for _, a in seen.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for target in re.findall(r'(?:href="#|url\(#)([^")]+)', page):
        assert target in ids
    return seen


def made(line: str) -> str:
    assert run(shlex.split(line)) == 0
    return Path("report.html").read_text(encoding="utf-8")


WEATHER = (
    "window sample_data/weather_hourly.csv --time time_hour --group-by origin --features temp,dewp --target temp "
    "--timesteps 24 --split 0.7,0.15,0.15 --embargo 24 --scale standard -q -o weather.lstm"
)
OUTPUTS = {
    "windows": "window sample_data/sunspots.csv --time YEAR --target SUNACTIVITY --timesteps 10 --stride 7 -q -o out",
    "parts": WEATHER.replace("weather.lstm", "out"),
    "padded": "pad sample_data/watch_exercises.csv --group-by series --label label --timesteps 120 -q -o out",
    "npz": "window sample_data/sunspots.csv --timesteps 10 -q -o out.npz",
    "no index": "window sample_data/sunspots.csv --timesteps 10 --no-index -q -o out",
    "lagged": "lag sample_data/sunspots.csv --lags 1-3 --target SUNACTIVITY -q -o out.csv",
    "reshaped": "reshape sample_data/sunspots.csv --shape -1,3,2 -q -o out",
    "folds": "window sample_data/sunspots.csv --timesteps 10 --folds 12 -q -o out",
    "random": "window sample_data/sunspots.csv --timesteps 1 --split 0.5,0.5 --split-by random -q -o out",
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_a_page_stands_alone_whatever_the_output(case):
    run(shlex.split(OUTPUTS[case]))
    place = OUTPUTS[case].rpartition(" ")[2]

    seen = stands_alone(made(f"report {place} -o report.html -q"))

    manifest = Output(place).made
    assert manifest["command"] in seen.text
    assert f"{manifest['rows']['read']:,}" in seen.text
    pictures = [a["aria-label"] for t, a in seen.tags if t == "svg"]
    assert pictures and all(pictures)


def test_the_page_tells_what_the_manifest_tells():
    run(shlex.split(WEATHER))

    seen = stands_alone(made("report weather.lstm -o report.html -q"))

    output = Output("weather.lstm")
    for name, about in output.made["arrays"].items():
        assert f"{name} ({', '.join(map(str, about['shape']))})" in seen.text
    for entry in output.made["rows"]["unused"]:
        assert f"{entry['reason']} {entry['rows']:,}" in seen.text
    for note in output.made["notes"]:
        assert f"{note['code']} {note['text']}" in seen.text
    for part in output.made["splits"].values():
        assert f"{part['samples']:,} {part['rows']:,} {part['first_time']}" in seen.text
    assert output.made["source"][0]["digest"] in seen.text
    assert [a["id"] for t, a in seen.tags if t == "figure"] == ["windows", "split", "sample", "scaled"]


def test_the_rows_of_the_ledger_add_up_to_those_that_were_read():
    run(shlex.split(OUTPUTS["windows"]))

    seen = stands_alone(made("report out -o report.html -q"))

    table = seen.text.split("What became of every row")[1].split("Good to know")[0]
    numbers = [int(n.replace(",", "")) for n in re.findall(r"(?:used|window|windows) ([\d,]+) ", table)]
    assert sum(numbers) == 309
    assert "read 309" in table


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a\x1b[31m\x00b",
    "]]></svg><svg onload=x>",
    "&lt;b&gt; ${x}",
]


def test_names_and_cells_from_data_are_text(place):
    values = np.arange(100.0).reshape(20, 5)
    table = pa.table({n: values[:, i] for i, n in enumerate(HOSTILE)} | {"</title><script>": ["<b>k"] * 20})
    lstmprep.window(table, timesteps=4, target=HOSTILE[0], group_by="</title><script>", output="<b> & 'x'")

    page = lstmprep.report("<b> & 'x'", output="report.html")

    assert page == Path("report.html").read_text(encoding="utf-8")
    seen = stands_alone(page)
    assert "\x1b" not in page and "\x00" not in page
    assert "<script>alert(1)</script>" in seen.text
    assert not {"img", "b"} & {t for t, _ in seen.tags}


def test_the_same_output_has_the_same_page_wherever_it_stands(place):
    run(shlex.split(WEATHER))
    (place / "deep").mkdir()
    shutil.copytree("weather.lstm", "deep/weather.lstm")

    pages_ = set()
    for out, env in (("weather.lstm", {"TZ": "Asia/Tokyo"}), ("deep/weather.lstm", {"LC_ALL": "C", "PYTHONHASHSEED": "3"}), (str(place / "weather.lstm" / "manifest.json"), {"COLUMNS": "40"})):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "lstmprep", "report", out, "-o", "-"],
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
            capture_output=True,
            check=True,
        )
        assert done.stderr == b""
        pages_.add(done.stdout)

    assert len(pages_) == 1
    (page,) = pages_
    assert str(place).encode() not in page


def test_without_matplotlib_there_is_a_page_and_it_says_what_is_wanting():
    run(shlex.split(OUTPUTS["windows"]))
    code = "import sys; sys.modules['matplotlib'] = None; from lstmprep.cli import run; sys.exit(run(['report', 'out', '-o', 'report.html']))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert "note: Pictures need matplotlib: pip install 'lstmprep[plot]'" in done.stderr
    seen = stands_alone(Path("report.html").read_text(encoding="utf-8"))
    assert "Pictures need matplotlib: pip install 'lstmprep[plot]'" in seen.text
    assert "svg" not in {t for t, _ in seen.tags}
    assert "309" in seen.text


def test_pictures_that_do_not_fit_are_named_with_their_command(monkeypatch):
    run(shlex.split(OUTPUTS["windows"]))
    monkeypatch.setattr(pages, "MOST_BYTES", len(made("report out -o report.html -q")) - 2000)

    seen = stands_alone(made("report out -o report.html -q --overwrite"))

    assert "scaled is too large for this page: lstmprep plot out --kind scaled -o scaled.png" in seen.text
    assert [a["id"] for t, a in seen.tags if t == "figure"] == ["windows", "sample"]


def test_an_output_of_very_many_columns_and_files_still_fits():
    values = np.random.default_rng(0).normal(size=(200, 120))
    lstmprep.window(values, timesteps=5, folds=12, scale="standard", output="out")

    stands_alone(made("report out -o report.html -q"))


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("report out -o report.pdf", 2, ["'report.pdf'", "report.html"]),
        ("report out -o out.html", 4, ["the output exists", "--overwrite"]),
        ("report out -o nowhere/a.html", 4, ["'nowhere'"]),
        ("report nothing", 4, ["nothing", "no output"]),
        ("report sample_data/sunspots.csv", 4, ["no output"]),
        ("report", 2, ["Usage: lstmprep report"]),
    ],
)
def test_a_page_that_cannot_be_made_is_refused(line, code, words, capsys):
    run(shlex.split(OUTPUTS["windows"]))
    Path("out.html").write_text("mine")
    capsys.readouterr()

    assert run(shlex.split(line)) == code

    said = capsys.readouterr().err
    for word in words:
        assert word in said
    assert Path("out.html").read_text() == "mine"
    assert sorted(p.name for p in Path().glob("*.html")) == ["out.html"]


def test_a_page_that_nobody_names_has_the_name_of_its_output(capsys):
    run(shlex.split(OUTPUTS["windows"].replace("-o out", "-o spots.lstm")))
    capsys.readouterr()

    assert run(["report", "spots.lstm"]) == 0

    assert re.fullmatch(r"wrote spots\.html\n", capsys.readouterr().err)
    assert run(["report", "spots.lstm", "--overwrite", "-q"]) == 0
    assert capsys.readouterr().err == ""


def test_on_paper_neither_a_picture_nor_a_table_is_cut_by_the_edge_of_a_page():
    from lstmprep.reporting.markup import STYLE

    paper = STYLE.split("@media print {")[1].split("\n}")[0]
    kept = next(line for line in paper.splitlines() if "break-inside: avoid" in line)

    assert {"figure", "table", "tr", "li"} == set(kept.partition("{")[0].replace(",", " ").split())
    assert "h2 { break-after: avoid; }" in paper
