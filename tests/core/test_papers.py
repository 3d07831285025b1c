"""Recipes and manifests from files: read with suspicion, refused by name."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

import lstmprep
from lstmprep.commands import settings_of_command
from lstmprep.errors import LstmprepError, RecipeError, StorageError
from lstmprep.papers import read, read_json, recipe_of
from lstmprep.recipe import from_flat


def recipe(tmp_path: Any, text: str | bytes, name: str = "r.json") -> dict[str, Any]:
    """What a recipe file of this text gives, read from its own folder."""
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with contextlib.chdir(tmp_path):
        return recipe_of(name, "window", settings_of_command())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"timesteps": 10, "group-by": ["k"]}', "r.json"),
        ('timesteps = 10\n"group-by" = ["k"]', "r.toml"),
        ("timesteps = 10\ngroup_by = ['k']\ncommand = 'window'", "r.toml"),
        ('{"manifest_version": 1, "recipe": {"command": "window", "timesteps": 10, "group_by": ["k"]}}', "any.name"),
    ],
)
def test_json_toml_and_manifests_give_the_settings_they_hold(tmp_path, text, name):
    assert from_flat(recipe(tmp_path, text, name)) == from_flat({"timesteps": 10, "group_by": ["k"]})


def test_a_manifest_without_a_recipe_gives_no_settings(tmp_path):
    assert recipe(tmp_path, '{"manifest_version": 1}') == {}


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ('{"timestep": 3}', "r.json", r"there is no setting 'timestep'"),
        ('{"timesteps": 3, "timesteps": 4}', "r.json", "the key 'timesteps' stands twice"),
        ('{"manifest_version": 1, "recipe": {"lags": [1], "lags": [2]}}', "r.json", "the key 'lags' stands twice"),
        ("timesteps = 3\ntimesteps = 4", "r.toml", "this is not TOML"),
        ("[" * 100_000 + "]" * 100_000, "r.json", "nested too deep|this is not JSON|no object"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "r.json", "nested too deep|this is not JSON"),
        ("a = " + "[" * 100_000 + "]" * 100_000, "r.toml", "nested too deep|this is not TOML"),
        ('{"timesteps": 1' + "0" * 5000 + "}", "r.json", "a number of 5,001 digits"),
        ("timesteps = 1" + "0" * 5000, "r.toml", "5,?001 digits"),
        ("timesteps = 1" + "0" * 4000, "r.toml", "a number beyond all sizes"),
        ('{"timesteps": [[1' + "0" * 399 + "]]}", "r.json", "a number beyond all sizes"),
        ('{"timesteps": 1' + "0" * 40 + "}", "r.json", "--timesteps '10{40}' is not a whole number of a sensible size"),
        ('{"a":' * 65 + "1" + "}" * 65, "r.json", "nested more than 64 levels"),
        ("a = " + "[" * 70 + "]" * 70, "r.toml", "nested more than 64 levels"),
        ('{"labels": "a\\u0000b"}', "r.json", "labels"),
        ('{"labels": "a\\ud800b"}', "r.json", "labels"),
        ('{"na_values": ["\\ud800"]}', "r.json", "na.values"),
        ('{"labels": "-"}', "r.json", "labels '-' leads out of this folder"),
        ('{"timesteps": "ten"}', "r.json", "--timesteps 'ten' is not a whole number"),
        ('{"group-by": ["a"], "group_by": ["b"]}', "r.json", "group.by.*twice"),
        ('{"command": "\\u001b[31m"}', "r.json", r"the command '\\x1b\[31m'"),
        ('{"manifest_version": 2, "recipe": {}}', "r.json", "manifest_version is '2'.*reads version 1"),
        ('{"manifest_version": "1"}', "r.json", "manifest_version is '1'"),
        ('{"manifest_version": true, "recipe": {}}', "r.json", "manifest_version is 'True'"),
        ('{"command": "pad", "timesteps": 3}', "r.json", "this is a recipe of the command 'pad'"),
        ('{"command": null}', "r.json", "this is a recipe of the command 'None'"),
        ("[1, 2]", "r.json", "this is JSON, but no object"),
        ('"timesteps"', "r.json", "this is JSON, but no object"),
        ("timesteps = 3", "r.json", "this is not JSON"),
        ("", "r.json", "this is not JSON"),
        (b"\xff\xfe\x00", "r.json", "this is not UTF-8 text"),
        (b"a = \xff", "r.toml", "this is not TOML"),
        ('{"manifest_version": 1, "recipe": [1]}', "r.json", "the recipe is no table of settings"),
        ('{"manifest_version": 1, "recipe": "timesteps"}', "r.json", "the recipe is no table of settings"),
        ('{"labels": "/etc/passwd"}', "r.json", "labels '/etc/passwd' leads out of this folder"),
        ('{"labels": "../x.csv"}', "r.json", "labels '../x.csv' leads out of this folder"),
        ('{"target-file": "a/../../x.csv"}', "r.json", "target_file 'a/../../x.csv' leads out of this folder"),
        ("labels = '/x'", "r.toml", "leads out of this folder"),
    ],
)
def test_what_is_odd_is_refused_by_name(tmp_path, text, name, words):
    with pytest.raises(RecipeError, match=words) as refused:
        recipe(tmp_path, text, name)
    assert str(refused.value.where) == name, "the file is named"
    assert refused.value.exit_code == 2 and refused.value.fix
    assert len(str(refused.value)) < 600
    assert all(line.isprintable() for line in str(refused.value).split("\n")), "nothing is printed raw"


def test_a_misspelt_setting_is_answered_with_the_nearest_one(tmp_path):
    with pytest.raises(RecipeError, match="Did you mean 'timesteps'"):
        recipe(tmp_path, '{"timestep": 3}')


@pytest.mark.parametrize("path", ["sub/l..csv", "l.csv", "a/../l.csv", "./l.csv"])
def test_paths_inside_the_folder_are_taken(tmp_path, path):
    assert recipe(tmp_path, json.dumps({"labels": path})) == {"labels": path}


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.csv").write_text("k,l\n")
    (tmp_path / "in" / "l.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "in" / "near.csv").symlink_to("other.csv")

    assert recipe(tmp_path / "in", '{"labels": "near.csv"}') == {"labels": "near.csv"}
    with pytest.raises(RecipeError, match="leads out of this folder"):
        recipe(tmp_path / "in", '{"labels": "l.csv"}')


def test_levels_up_to_64_are_read(tmp_path):
    place = tmp_path / "r.json"
    place.write_text('{"a":' * 63 + "1" + "}" * 63)

    assert list(read_json(str(place))) == ["a"]


@pytest.mark.parametrize("name", ["gone.json", "gone.toml"])
def test_a_file_that_cannot_be_read_is_a_matter_of_storage(tmp_path, name):
    with pytest.raises(StorageError, match="cannot read it: no such file"):
        recipe_of(str(tmp_path / name), "window", settings_of_command())


@pytest.mark.parametrize("name", ["r.json", "r.toml"])
def test_a_folder_is_no_recipe(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(StorageError, match="is a directory"):
        recipe_of(str(tmp_path / name), "window", settings_of_command())


X = {"file": "X.npy", "shape": [1, 2, 3], "dtype": "float32"}


def test_a_manifest_is_read_as_it_was_written(tmp_path):
    place = tmp_path / "manifest.json"
    made = {"manifest_version": 1, "arrays": {"X": X, "y": {**X, "same_as": "X"}}, "x": "ü"}
    place.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")

    assert read(str(place)) == made


@pytest.mark.parametrize(
    "arrays",
    [
        [], {}, "X", {"X": 1}, {"X": {}}, {"X": {**X, "file": 1}}, {"X": {**X, "shape": 3}}, {"X": {**X, "shape": [1.5]}},
        {"X": {**X, "shape": [-1]}}, {"X": {**X, "shape": [True]}}, {"X": {**X, "dtype": "object"}},
        {"X": {**X, "dtype": ["f4"]}}, {"X": X, "y": {**X, "same_as": 1}}, {"X": X, "y": None},
    ],
)  # fmt: skip
def test_arrays_that_are_not_described_are_refused(tmp_path, arrays):
    place = tmp_path / "manifest.json"
    place.write_text(json.dumps({"manifest_version": 1, "arrays": arrays}))

    with pytest.raises(RecipeError, match="its arrays are not described as lstmprep does"):
        read(str(place))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "this is no manifest of lstmprep"),
        ('{"manifest_version": 1}', "this is no manifest of lstmprep"),
        (
            '{"manifest_version": 99, "arrays": {}}',
            rf"manifest_version is '99', and this is lstmprep {lstmprep.__version__}",
        ),
        ('{"manifest_version": 1, "arrays": {}, "arrays": {}}', "'arrays' stands twice"),
    ],
)
def test_what_is_no_manifest_of_this_version_is_refused(tmp_path, text, words):
    (tmp_path / "manifest.json").write_text(text)

    with contextlib.chdir(tmp_path), pytest.raises(LstmprepError, match=words) as refused:
        read("manifest.json")
    assert str(refused.value.where) == "manifest.json"


def test_nothing_in_json_is_code(tmp_path):
    """Names of classes and functions stay texts."""
    place = tmp_path / "r.json"
    place.write_text('{"__class__": "os.system", "py/object": "subprocess.Popen"}')

    assert read_json(str(place)) == {"__class__": "os.system", "py/object": "subprocess.Popen"}
