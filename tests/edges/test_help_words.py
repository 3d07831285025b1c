"""Help is told in words that it explains: for a person who has read a tutorial, and nothing of ours."""

from __future__ import annotations

import re

import pytest

from lstmprep.cli import cli, run
from lstmprep.cli.help import WORDS

COMMANDS = sorted(cli.commands)
# words of the field that are no everyday English; a help that uses one has a line that says what it is
FIELD = r"sequences?|samples?|windows?|timesteps?|features?|targets?|class(?:es)?|keys?|manifest|recipe|index|mask|digests?|batch(?:es)?|panel|train|lags?|lagged|folds?|[Ss]hards?|tokens?|X|y"


@pytest.fixture
def help_of(capsys, monkeypatch):
    def shown(command: str, flag: str, columns: int = 100) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        assert run([command, flag]) == 0
        return capsys.readouterr().out

    return shown


def parts(text: str) -> tuple[str, str]:
    """(what is said before the words, the section of words)."""
    before, _, after = text.partition("\nWords:\n")
    return before, after.partition("\n\n")[0]


@pytest.mark.parametrize("flag", ["--help", "--help-all"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_word_of_the_field_is_explained_where_it_is_used(help_of, command, flag):
    before, words = parts(help_of(command, flag))

    prose = re.sub(r"--[a-z-]+|\b[a-z-]+(?:\|[a-zA-Z0-9-]+)+", " ", before)  # options and choices
    used = re.findall(rf"(?<![\w-])(?:{FIELD})(?![\w-])", prose)
    needed = {word for word, (form, _) in WORDS.items() if any(re.fullmatch(form, w) for w in used)}
    assert {word for word in needed if not re.search(rf"^  {re.escape(word)}  ", words, re.MULTILINE)} == set()
    assert not {w for w in used if not any(re.fullmatch(form, w) for form, _ in WORDS.values())}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_word_is_explained_that_is_not_used(help_of, command):
    before, words = parts(help_of(command, "--help"))

    for word, (form, _) in WORDS.items():
        if re.search(rf"^  {re.escape(word)}  ", words, re.MULTILINE):
            assert re.search(rf"(?<![\w-])(?:{form})(?![\w-])", before), word


@pytest.mark.parametrize(
    ("command", "option", "meanings"),
    [
        ("window", "--scale", ["mean 0 and deviation 1 (standard)", "0 to 1 (minmax)", "(robust)", "(maxabs)"]),
        ("window", "--label-at", ["the commonest (mode", "(any:", "(strict)"]),
        ("window", "--split-by", ["(time)", "(sequence)", "(group)", "(section)", "(random)"]),
        ("window", "--lead", ["Rows from the last input row to the first target row"]),
        ("window", "--embargo", ["taken from the end of the earlier part"]),
        ("window", "--stateful", ["Row k of batch b+1 continues row k of batch b"]),
        ("inspect", "--lookback", ["correlation (ACF)", "(PACF)", "mutual information (dependence"]),
        ("pad", "--label-at", ["mode ties go to the latest"]),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_the_choices_of_a_method_are_explained_beside_it(help_of, command, option, meanings):
    text = " ".join(help_of(command, "--help-all").split())
    about = text[text.index(f" {option} ") :][:600]

    assert [m for m in meanings if m not in about] == []


@pytest.mark.parametrize("columns", [60, 72, 80, 100])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_every_terminal_from_60_to_100_columns(help_of, command, columns):
    for flag in ("--help", "--help-all"):
        before = help_of(command, flag, columns).partition("\nExamples:\n")[0]
        assert max(map(len, before.splitlines())) <= columns


@pytest.mark.parametrize("command", COMMANDS)
def test_the_short_help_is_short(help_of, command):
    assert len(re.findall(r"^  -", help_of(command, "--help"), re.MULTILINE)) <= 28


def test_a_command_takes_no_option_that_it_cannot_use(help_of):
    assert not {"--pivot", "--vector", "--tokens"} & {o for p in cli.commands["plot"].params for o in p.opts}
    for command, gone in (("reshape", ["ffill", "interpolate"]), ("inspect", ["timestep\n", "sample|"])):
        text = help_of(command, "--help-all")
        assert [g for g in gone if g in text.replace("timesteps", "")] == []
