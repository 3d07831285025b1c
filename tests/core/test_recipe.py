"""The recipe: plain data there and back, the command line there and back, and what the parts forbid each other."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.cli import cli
from lstmprep.cli.options import given_flags
from lstmprep.commands import COMMANDS, every_setting, settings_of_command
from lstmprep.errors import RecipeError
from lstmprep.recipe import Recipe, from_flat, spelled, to_flat
from tests.conftest import made_recipes


def parsed(words: list[str], command: str = "window") -> Recipe:
    """The recipe that these words of a command line give."""
    context = cli.commands[command].make_context(command, ["data.csv", *words], resilient_parsing=False)
    return from_flat(given_flags(context.params, settings_of_command(command)), command=command)


@given(made=made_recipes())
def test_a_recipe_is_plain_data_and_plain_data_is_the_recipe(made):
    command, flat = made
    recipe = from_flat(flat, command=command)

    told = to_flat(recipe)

    assert from_flat(told, command=command) == recipe
    assert from_flat(json.loads(json.dumps(told, allow_nan=False)), command=command) == recipe
    assert to_flat(from_flat(told, command=command)) == told


@given(made=made_recipes())
def test_flags_spell_the_recipe_and_the_recipe_spells_its_flags(made):
    """A setting without a flag, a flag with its own default, or words that read otherwise fail here."""
    command, flat = made
    recipe = from_flat(flat, command=command)

    assert parsed(spelled(recipe), command) == recipe


@pytest.mark.parametrize("name", ["future", "target_file", "stateful", "stride", "lead", "layout"])
def test_a_setting_that_pad_has_no_use_for_is_none_of_its_own(name):
    with pytest.raises(RecipeError, match=f"there is no setting '{name}'"):
        from_flat({name: 1}, command="pad")


@given(made=made_recipes())
def test_what_is_default_is_not_spelled(made):
    command, flat = made
    words = spelled(from_flat(flat, command=command))

    flags = {w.partition("=")[0] for w in words if w.startswith("--")}
    told = to_flat(from_flat(flat, command=command))
    assert {f"--{'no-' if value is False else ''}{name.replace('_', '-')}" for name, value in told.items()} <= flags


def test_no_two_settings_share_a_name_or_a_flag():
    settings = settings_of_command()
    names = [s.name for s in settings] + [s.short for s in settings if s.short]
    assert len(set(names)) == len(names)
    assert len(settings) == sum(
        len([f for f in p.__dataclass_fields__.values() if f.metadata]) for p in COMMANDS["window"].values()
    )


def test_every_setting_is_an_option_of_the_command_and_says_what_it_does():
    options = {o.name: o for o in cli.commands["window"].params if isinstance(o, click.Option)}
    for s in settings_of_command():
        assert s.flag in options[s.name].opts
        assert s.help.rstrip("]").endswith((".", "1", "0")) or "[default" in s.help, s.name
        assert options[s.name].default is None, "the default stands on the dataclass alone"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("timestep", "Did you mean 'timesteps'"),
        ("horison", "Did you mean 'horizon'?"),
        ("group", "Did you mean 'group_by'?"),
        ("output", "The settings are timesteps, stride"),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest_name(key, words):
    with pytest.raises(RecipeError, match=f"there is no setting '{key}'") as refused:
        from_flat({"timesteps": 3, key: 1})
    assert words in refused.value.fix


def test_none_means_not_given():
    assert from_flat({"timesteps": 3, "stride": None, "features": None}) == from_flat({"timesteps": 3})


W: dict[str, Any] = {"timesteps": 4}


@pytest.mark.parametrize(
    ("flat", "words"),
    [
        ({**W, "target": "y", "target_mode": "input"}, "--target and --target-mode input exclude each other"),
        ({**W, "label": "l", "target_mode": "input"}, "--label and --target-mode input exclude each other"),
        ({**W, "labels": "l.csv"}, "--labels needs --group-by"),
        ({**W, "labels": "l.csv", "group_by": "k", "lead": 1}, "--labels gives a whole sequence one label"),
        ({**W, "labels": "l.csv", "group_by": "k", "horizon": 2}, "--labels gives a whole sequence one label"),
        ({**W, "labels": "l.csv", "group_by": "k", "label_at": "mode"}, "--labels gives a whole sequence one label"),
        (
            {**W, "labels": "l.csv", "group_by": "k", "target_mode": "per-step"},
            "--labels gives a whole sequence one label",
        ),
        ({**W, "lead": 1}, "--lead needs --target or --label"),
        ({**W, "horizon": 2}, "--horizon needs --target or --label"),
        ({**W, "flat_y": True}, "--flat-y needs --target or --label"),
        ({**W, "target_mode": "per-step"}, "--target-mode per-step needs --target or --label"),
        ({**W, "future": "f"}, "--future needs --target or --label"),
        ({**W, "one_hot": True}, "--one-hot needs --label"),
        ({**W, "label": "l", "time": "t", "on_duplicate": "mean"}, "--on-duplicate mean has no mean of classes"),
        ({**W, "categorical": "c", "time": "t", "on_duplicate": "mean"}, "--on-duplicate mean has no mean of classes"),
        ({**W, "target": "y", "one_hot": True}, "--one-hot needs --label"),
        ({**W, "target": "y", "label_at": "first"}, "--label-at needs --label"),
        ({**W, "target": "y", "leftover": "pad"}, "--leftover pad has no row after the padded window"),
        ({**W, "label": "y", "leftover": "pad", "lead": 1}, "--leftover pad has no row after the padded window"),
        ({**W, "target": "y", "leftover": "pad", "lead": 0, "horizon": 2}, "--leftover pad has no row after"),
        ({"lags": [1, 2], "target": "y", "leftover": "pad"}, "--leftover pad has no row after the padded window"),
        ({**W, "pad_value": 1}, "--pad-value has nothing to pad"),
        ({**W, "pad_value": 1, "batch_size": 2, "batch_remainder": "drop"}, "--pad-value has nothing to pad"),
        ({**W, "pad_value": 1e39, "partial": True}, "--pad-value"),
        ({**W, "pad_value": -70000, "partial": True, "dtype": "float16"}, "--pad-value"),
        ({**W, "latest": True, "stateful": True, "batch_size": 2}, "--latest and --stateful exclude each other"),
        ({**W, "layout": "panel"}, "--layout panel needs --pivot"),
        ({**W, "label_from": "parent"}, "--label-from needs --file-as sequence"),
        (
            {**W, "layout": "panel", "pivot": "k", "time": "t", "categorical": "c"},
            "--layout panel and --categorical exclude",
        ),
        (
            {**W, "pivot": "k", "time": "t", "target": "y", "target_file": "y.csv"},
            "--pivot and --target-file exclude each other",
        ),
        ({**W, "subsequences": 3}, "--timesteps 4 cannot be cut into --subsequences 3"),
        ({"lags": [1, 2, 5], "subsequences": 2}, "cannot be cut into --subsequences 2"),
    ],
)
def test_settings_that_exclude_each_other_are_refused_by_the_name_of_the_flag(flat, words):
    with pytest.raises(RecipeError, match=words) as refused:
        from_flat(flat)
    assert refused.value.fix.endswith(".")


@pytest.mark.parametrize(
    "flat",
    [
        {**W, "labels": "l.csv", "file_as": "sequence"},
        {**W, "labels": "l.csv", "label": "l", "group_by": "k", "time": "t", "on_duplicate": "mean"},
        {**W, "target": "y", "lead": 0, "leftover": "pad", "pad_value": -1},
        {**W, "label": "y", "leftover": "pad"},
        {**W, "labels": "l.csv", "group_by": "k", "leftover": "pad"},
        {**W, "target_mode": "input", "leftover": "pad"},
        {**W, "pad_value": 1, "batch_size": 2, "batch_remainder": "pad"},
        {**W, "pad_value": 70000, "partial": True},
        {**W, "pad_value": "nan", "partial": True},
        {**W, "subsequences": 2},
        {"lags": [1, 2, 5, 9], "subsequences": 4},
    ],
)
def test_settings_that_do_not_exclude_each_other_are_taken(flat):
    assert to_flat(from_flat(flat))


def test_the_newest_windows_ask_and_are_not_answered():
    assert from_flat({**W, "target": "y"}).answer == "target"
    assert from_flat({**W, "target": "y", "latest": True}).answer is None


@given(seed=st.integers(0, 2**62 - 1), size=st.integers(1, 2**40))
def test_large_numbers_survive_the_command_line(seed, size):
    recipe = from_flat({**W, "seed": seed, "batch_size": size})
    assert parsed(spelled(recipe)) == recipe


def test_settings_of_all_commands_stand_once_with_the_choices_and_words_of_each():
    every = {s.name: s for s in every_setting()}
    names = {s.name for command in COMMANDS for s in settings_of_command(command)}

    assert len(every_setting()) == len(every)
    assert set(every) == names
    assert {"table", "sequence", "sample", "timestep"} <= set(every["file_as"].choices)
    assert "With reshape: " in every["file_as"].help
