"""Every error and note has its page, and every page says what to do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import lstmprep
from lstmprep.cli import cli, run
from lstmprep.errors import DataError, LstmprepError, RecipeError, StorageError
from lstmprep.explain import GENERAL, code_of, page_of, pages

PACKAGE = Path(lstmprep.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
SPEAK_OF_NOTES = re.compile(r"notes|warnings|borders|scale|classes|findings|edges|sections|grid|resample|missing|holes")
CODE = re.compile(r"[a-z]+(-[a-z]+)*\Z")
KINDS = {"RecipeError": RecipeError, "DataError": DataError, "StorageError": StorageError}

each_page = pytest.mark.parametrize("page", pages().values(), ids=lambda page: page.code)


def note_codes() -> dict[str, str]:
    """Codes of notes and warnings, by the pairs (code, sentence) in the modules that make them."""
    out = {}
    for path in MODULES:
        if path.parent.name in ("showing", "cli", "explain") or not SPEAK_OF_NOTES.search(path.stem):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Tuple) and len(node.elts) == 2 and is_sentence(node.elts[1]):
                code = node.elts[0]
                if isinstance(code, ast.Constant) and isinstance(code.value, str) and CODE.match(code.value):
                    out[code.value] = path.name
    return out


def is_sentence(node: ast.expr) -> bool:
    text = ast.unparse(node)
    return isinstance(node, (ast.JoinedStr, ast.Constant)) and " " in text and text[0] in "f'\""


def found_codes() -> set[str]:
    """Codes of the findings of `check`."""
    out = set()
    for path in (PACKAGE / "audit").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "found":
                code = node.args[0]
                out |= {n.value for n in ast.walk(code) if isinstance(n, ast.Constant) and CODE.match(str(n.value))}
    return out


def raised() -> list[tuple[type[LstmprepError], str]]:
    """Every message in the code, with X where a value stands."""
    out = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args:
                text = node.args[0]
                if isinstance(text, ast.JoinedStr):
                    said = "".join(str(v.value) if isinstance(v, ast.Constant) else "X" for v in text.values)
                    out.append((KINDS[node.func.id], said))
                elif isinstance(text, ast.Constant):
                    out.append((KINDS[node.func.id], str(text.value)))
    return out


def test_every_note_has_a_page():
    codes = note_codes()

    assert len(codes) > 25
    assert {code: where for code, where in codes.items() if code not in pages()} == {}


def test_every_finding_of_check_has_a_page():
    assert len(found_codes()) > 10
    assert found_codes() - set(pages()) == set()


def test_every_error_has_a_page_and_most_have_one_of_their_own():
    codes = [code_of(kind(text)) for kind, text in raised()]

    assert set(codes) <= set(pages())
    assert sum(code in GENERAL.values() for code in codes) < len(codes) / 4, "patterns no longer take the messages"


def test_no_page_is_about_what_nothing_says_any_more():
    """A note and a finding by their code, which stands as a text in the package; an error by a message that comes to it."""
    said = {
        node.value
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    reached = {code_of(kind(text)) for kind, text in raised()} | {*GENERAL.values()}

    left = [p.code for p in pages().values() if p.code not in (reached if p.about.startswith("error") else said)]
    assert left == []


def test_an_error_is_explained_by_a_page_of_its_exit_code():
    assert [t for kind, t in raised() if str(kind.exit_code) not in page_of(code_of(kind(t))).about] == []


@each_page
def test_a_page_says_what_it_means_and_what_to_do(page):
    assert page.title.endswith(".")
    assert re.search(r"^Do: |code 3|second line", page.text, re.MULTILINE), page.text
    assert CODE.match(page.code)
    assert page.about.startswith(("error, exit", "note", "warning of inspect", "finding of check"))
    assert bool(page.match) == (page.about.startswith("error") and page.code not in GENERAL.values())
    assert all(len(line) <= 160 for line in page.text.splitlines())


@each_page
def test_options_that_a_page_names_exist_or_are_planned(page):
    there = {o for c in cli.commands.values() for p in c.params for o in (*p.opts, *p.secondary_opts)}
    later = {
        "--resample", "--aggregate", "--fill", "--indicator", "--time-delta", "--truncating", "--lag-columns", "--show-config",
    }  # fmt: skip

    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.title + page.text)) <= there | later


@each_page
def test_every_page_is_shown_and_fits_the_terminal(page, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")

    assert run(["explain", page.code]) == 0

    out = capsys.readouterr().out
    assert out.startswith(page.code)
    assert max(map(len, out.splitlines())) <= 80  # an example is not cut
    assert "\n\n\n" not in out


def test_all_codes_are_listed(capsys):
    assert run(["explain"]) == 0

    assert set(re.findall(r"^([a-z-]+) ", capsys.readouterr().out, re.MULTILINE)) == set(pages())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RecipeError("there is no column 'x'"), "no-such-column"),
        (RecipeError("--no-overlap and --stride exclude each other"), "option-conflict"),
        (RecipeError("--timesteps is missing"), "option-missing"),
        (RecipeError("--timesteps 'x' is not a whole number"), "option-value"),
        (DataError("'n/a?' is not a number"), "not-a-number"),
        (DataError("the key is empty"), "key-empty"),
        (RecipeError("the header is one column"), "delimiter"),
        (
            RecipeError("3 files are given, and a file may be a part of one table or a sequence of its own"),
            "several-files",
        ),
        (DataError("the 10 values fit 2,5,1, but the 2 series a and b would be interleaved: a row"), "reshape"),
        (DataError("a sample has 7 timesteps, and 10 in the output"), "reshape"),
        (DataError("the label changes inside the sequence a: 'u', then 'v'"), "labels"),
        (DataError("the class 'z' is none of the output, which has u, v"), "unknown-class"),
        (RecipeError("--scale needs rows that are samples: --lag-columns or --steps"), "scaling"),
        (DataError("'inf' is infinite"), "infinite"),
        (DataError("177 missing values, the first here"), "missing-values"),
        (DataError("a sample needs 12 rows (12 timesteps), the table has 10 rows"), "too-few-rows"),
        (DataError("the time 3 stands twice, first on row 2"), "duplicate-times"),
        (DataError("'1/2/20' is not a time in ISO 8601"), "time-format"),
        (DataError("the row has 2 values, the header 3 names"), "ragged-rows"),
        (StorageError("the output exists"), "output-exists"),
        (StorageError("no such file"), "no-such-file"),
        (StorageError("cannot write the output: no space left on device"), "no-space"),
        (StorageError("something else"), "storage"),
    ],
)
def test_an_error_has_the_page_that_a_person_would_look_for(error, code):
    assert code_of(error) == code


def test_a_message_is_explained_by_its_words(capsys):
    assert run(["explain", "the", "output", "exists"]) == 0
    assert "--overwrite" in capsys.readouterr().out


def test_an_unknown_code_is_answered_with_the_nearest(capsys):
    assert run(["explain", "few-sample"]) == 2
    assert "Did you mean 'few-samples'" in capsys.readouterr().err
