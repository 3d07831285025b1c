"""Names that a setting has in other libraries lead to ours, and only to settings that there are."""

from __future__ import annotations

import pytest

from lstmprep.cli import _options_of, cli
from lstmprep.elsewhere import CALLED, setting_meant

OPTIONS = {name: _options_of(command) for name, command in cli.commands.items()}


def test_every_name_of_ours_is_an_option_and_no_other_name_is_two_things():
    ours = {option.removeprefix("--") for options in OPTIONS.values() for option in options}
    others = [other for names in CALLED.values() for other in names.split()]

    assert set(CALLED) <= ours
    assert len(others) == len(set(others))
    assert not set(others) & set(CALLED)


@pytest.mark.parametrize(("command", "word", "meant"), [
    ("window", "--seq-len", "--timesteps"), ("window", "--window_size", "--timesteps"), ("pad", "--maxlen", "--timesteps"),
    ("window", "--force", "--overwrite"), ("window", "--sampling-rate", "--dilation"), ("lag", "--n-lags", "--lags"),
    ("apply", "--sep", "--delimiter"), ("reshape", "--random-state", "--seed"),
])  # fmt: skip
def test_a_name_from_elsewhere_is_answered_with_ours(command, word, meant):
    assert setting_meant(word, OPTIONS[command]) == f"Did you mean '{meant}'? "


@pytest.mark.parametrize(
    ("word", "said"), [("--seq-len", ""), ("--stride", ""), ("--overwrit", "Did you mean '--overwrite'? ")]
)
def test_where_a_command_has_no_such_setting_letters_decide(word, said):
    assert setting_meant(word, ["--overwrite", "--output"]) == said
