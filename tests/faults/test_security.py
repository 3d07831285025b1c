"""FAULTS 42-46: what a file may try to make a run do: load code, leave its folder, steer a terminal or a shell.

The right answer: it is data, and nothing else. What cannot be data is refused by name.
"""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.errors import LstmprepError
from tests.faults.conftest import Desk, Said, command, ramp, require_clean, require_refusal, snapshot

HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "a\x07b",
    "\u202eevil",
    "=1+1",
    "@SUM(A1)",
    "../../up",
    "C:\\x",
    "a\rb",
    "\x9b2J",
    "\u2066x\u2069",
    "\x7f",
]


class Loaded:
    """Leaves a mark when it is unpickled."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("loaded",)


def refuses(desk: Desk, *argv: str, codes: set[int]) -> Said:
    """Any command is refused, and the folder is as before."""
    before = desk.snapshot()
    said = command(*argv)
    require_refusal(said, codes)
    assert desk.snapshot() == before
    return said


def made(desk: Desk, *argv: str, out: str = "out") -> Path:
    """An output of a small table."""
    desk.write("t.csv", ramp(6))
    return desk.works("t.csv", "-t", "2", *argv, "-o", out, out=out).place


# -- 42: code in data ----------------------------------------------------------------------------------


def test_42_an_array_of_objects_is_never_unpickled(desk: Desk) -> None:
    np.save(desk.path("t.npy"), np.array([[Loaded()], [1.0]], dtype=object), allow_pickle=True)

    refuses(desk, "window", "t.npy", "-t", "1", codes={2, 3, 4})
    said = command("check", "t.npy")
    require_clean(said.err)
    assert said.code == 1
    assert b"never loaded" in said.out
    assert not desk.path("loaded").exists()


@pytest.mark.parametrize(
    "name", ["t.csv", "t.parquet", "t.npy", "t.npz", "recipe.json", "recipe.toml", "t.feather", "t.pkl"]
)
def test_42_a_pickle_under_any_name_is_refused_and_not_loaded(desk: Desk, name: str) -> None:
    desk.write("u.csv", ramp(4))
    desk.write(name, pickle.dumps(Loaded()))

    asked = ["u.csv", "-t", "1", "--recipe", name] if "recipe" in name else [name, "-t", "1"]
    refuses(desk, "window", *asked, codes={2, 3, 4})
    assert not desk.path("loaded").exists()


def test_42_a_pickle_in_the_metadata_of_a_type_is_not_loaded(desk: Desk) -> None:
    field = pa.field("v", pa.float64(), metadata={"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": pickle.dumps(Loaded())})  # fmt: skip
    desk.parquet("t.parquet", pa.table([[1.0, 2.0]], schema=pa.schema([field])))

    done = desk.either("t.parquet", "-t", "1", codes={2, 3, 4})

    assert not desk.path("loaded").exists()
    assert isinstance(done, str) or done.X.ravel().tolist() == [1, 2]


@pytest.mark.parametrize("array", ["X", "y"])
def test_42_an_output_whose_array_became_a_pickle_is_refused(desk: Desk, array: str) -> None:
    out = made(desk, "--target", "a")
    np.save(out / f"{array}.npy", np.array([Loaded()], dtype=object), allow_pickle=True)

    said = command("check", "out")
    with pytest.raises(LstmprepError):
        getattr(lstmprep.load(out), array)

    assert said.code in {1, 3, 4}
    require_clean(said.err)
    assert not desk.path("loaded").exists()


# -- 43: places outside the output ---------------------------------------------------------------------

OUTSIDE = [
    "../secret.npy",
    "/etc/hostname",
    "a/../../secret.npy",
    "link/secret.npy",
    "..",
    "",
    "\0",
    "C:\\secret.npy",
    "~/x",
    ".",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_43_an_array_outside_the_output_is_not_read_on_the_word_of_its_manifest(desk: Desk, path: str) -> None:
    out = made(desk)
    secret = np.zeros((5, 2, 2), "float32")
    np.save(desk.path("secret.npy"), secret)
    os.symlink(desk.folder, out / "link")
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["arrays"]["X"]["file"] = path
    (out / "manifest.json").write_text(json.dumps(manifest))

    for argv in (
        ["check", "out"],
        ["show", "out"],
        ["show", "out", "--sample", "0"],
        ["apply", "out", "t.csv", "-o", "new"],
    ):
        said = command(*argv)
        require_clean(said.err)
        assert said.code in {1, 2, 3, 4} or argv[0] in ("apply", "show"), argv
    with pytest.raises(LstmprepError):
        _ = lstmprep.load(out).X


@pytest.mark.parametrize("key", ["output", "o", "overwrite", "recipe"])
def test_43_a_recipe_cannot_say_where_to_write(desk: Desk, key: str) -> None:
    desk.write("t.csv", ramp(6))
    desk.write("r.json", json.dumps({"timesteps": 2, key: "../elsewhere"}))

    said = refuses(desk, "window", "t.csv", "--recipe", "r.json", codes={2})

    assert f"'{key}'" in said.err or key in said.err
    assert not (desk.folder.parent / "elsewhere").exists()


def test_43_an_array_that_is_a_link_to_elsewhere_is_refused(desk: Desk) -> None:
    out = made(desk)
    os.rename(out / "X.npy", desk.path("X.npy"))
    os.symlink(desk.path("X.npy"), out / "X.npy")

    with pytest.raises(LstmprepError):
        _ = lstmprep.load(out).X
    assert command("check", "out").code in {1, 3, 4}


# -- 44: recipes ---------------------------------------------------------------------------------------

ODD = {
    "no json": ("{timesteps: 2}", ""),
    "nothing": ("", ""),
    "a list": ("[]", ""),
    "a number": ("7", ""),
    "wrong type": ('{"timesteps": "two"}', "timesteps"),
    "a list for a number": ('{"timesteps": [2]}', "timesteps"),
    "true for a number": ('{"timesteps": true}', "timesteps"),
    "half a step": ('{"timesteps": 2.5}', "timesteps"),
    "an object for a text": ('{"timesteps": 2, "target": {"a": 1}}', "target"),
    "doubled": ('{"timesteps": 2, "timesteps": 3}', "timesteps"),
    "unknown": ('{"timestep": 2}', "timestep"),
    "huge": ('{"timesteps": ' + "9" * 5000 + "}", ""),
    "infinite": ('{"timesteps": 1e999}', "timesteps"),
    "nan": ('{"timesteps": 2, "pad_value": NaN}', ""),
    "brackets": ("[" * 100_000, ""),
    "braces": ('{"a":' * 100_000, ""),
    "future": ('{"manifest_version": 99, "recipe": {"timesteps": 2}}', "99"),
    "nul": ('{"timesteps": 2, "target": "a\\u0000b"}', ""),
    "lone surrogate": ('{"timesteps": 2, "target": "\\ud800"}', ""),
    "not utf-8": (b'{"timesteps": 2, "target": "\xff"}', ""),
}


@pytest.mark.parametrize("odd", ODD)
def test_44_a_recipe_that_cannot_be_meant_is_refused_by_name(desk: Desk, odd: str) -> None:
    content, word = ODD[odd]
    desk.write("t.csv", ramp(6))
    desk.write("r.json", content)

    said = refuses(desk, "window", "t.csv", "--recipe", "r.json", codes={2})

    assert word in said.err
    assert "r.json" in said.err or "--" in said.err


@pytest.mark.parametrize(
    "odd",
    ["timesteps = two", "timesteps = 2\ntimesteps = 3", "[a]\nb = 1", "timesteps = 2024-01-01", "x = " + "[" * 100_000],
)
def test_44_a_recipe_in_toml_is_held_to_the_same(desk: Desk, odd: str) -> None:
    desk.write("t.csv", ramp(6))
    desk.write("r.toml", odd)

    assert "r.toml" in refuses(desk, "window", "t.csv", "--recipe", "r.toml", codes={2}).err


@pytest.mark.parametrize(
    "odd", ["[" * 100_000, "{}", '{"manifest_version": 99}', '{"manifest_version": 1}', "null", ""]
)
@pytest.mark.parametrize(
    "argv",
    [
        ["check", "out"],
        ["show", "out"],
        ["apply", "out", "t.csv", "-o", "new"],
        ["invert", "out", "p.npy", "-o", "p.csv"],
    ],
)
def test_44_a_manifest_that_is_none_is_refused_by_every_command(desk: Desk, odd: str, argv: list[str]) -> None:
    out = made(desk)
    np.save(desk.path("p.npy"), np.zeros(5))
    (out / "manifest.json").write_text(odd)

    if argv[0] == "check" and "1}" in odd:  # it can be read, and is found wanting
        said = command(*argv)
        assert said.code == 1
        assert b"'arrays' is missing" in said.out
    else:
        refuses(desk, *argv, codes={2, 3, 4})


# -- 45: text that steers ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_45_a_name_that_steers_a_terminal_or_a_sheet_is_printed_escaped_and_kept_whole(desk: Desk, name: str) -> None:
    desk.parquet("t.parquet", {name: [1.0, 2.0, 3.0], "k": [name] * 3, "label": [name, "b", name]})

    done = desk.works("t.parquet", "-t", "1", "-f", "#1", "--group-by", "k", "--label", "label", "-v")

    assert done.manifest["feature_names"] == [name]
    assert done.manifest["classes"] == sorted([name, "b"])
    assert sorted(p.name for p in done.place.iterdir()) == ["X.npy", "index.parquet", "manifest.json", "y.npy"]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize(
    "argv",
    [
        ["inspect", "t.parquet"],
        ["show", "out"],
        ["show", "out", "--sample", "0"],
        ["check", "out"],
        ["inspect", "t.parquet", "--json"],
        ["window", "t.parquet", "-t", "9", "--dry-run"],
    ],
)
def test_45_no_command_prints_such_a_name_raw(desk: Desk, name: str, argv: list[str]) -> None:
    desk.parquet("t.parquet", {name: [1.0, 2.0, 3.0, 4.0], "k": [name] * 4})
    desk.works("t.parquet", "-t", "2", "-f", "#1", "--group-by", "k")

    said = command(*argv)

    require_clean(said.err)
    text = said.out.decode()
    raw = [c for c in text if c != "\n" and not c.isprintable()]
    assert not raw or "--json" in argv, raw
    if "--json" in argv:
        assert json.loads(text)["columns"][0]["name"] == name


@pytest.mark.parametrize("cell", HOSTILE)
def test_45_an_odd_cell_is_printed_escaped(desk: Desk, cell: str) -> None:
    desk.parquet("t.parquet", {"v": ["1", "2", "3", cell]})

    assert "row 4, column v" in desk.refused("t.parquet", "-t", "1", "-f", "v", code=3)


# -- 46: names of files --------------------------------------------------------------------------------

NAMES = [
    "a b.csv",
    "$(touch x).csv",
    "`x`.csv",
    "a;b.csv",
    "a&b.csv",
    "line\nbreak.csv",
    "'q'.csv",
    '"q".csv',
    "a*b?.csv",
    "[x].csv",
    "\u00fc\u540d.csv",
    "a\\b.csv",
    "#1.csv",
    "~.csv",
    "%s.csv",
    "{0}.csv",
    "\x1b[31m.csv",
]


@pytest.mark.parametrize("name", NAMES)
def test_46_a_file_of_any_name_is_read_and_its_output_written(desk: Desk, name: str) -> None:
    desk.write(name, ramp(4))
    out = f"{name.removesuffix('.csv')} out"

    done = desk.works(name, "-t", "2", "-o", out, out=out)

    assert len(done.X) == 3
    assert done.manifest["source"][0]["name"] == name
    assert sorted(snapshot(desk.folder)) == sorted(
        [name, out, *(f"{out}/{f}" for f in ("X.npy", "index.parquet", "manifest.json"))]
    )


def test_46_a_file_whose_name_begins_with_a_dash_is_read_behind_two_dashes(desk: Desk) -> None:
    desk.write("-x.csv", ramp(4))
    desk.write("--overwrite", ramp(4))

    assert len(desk.works("-t", "2", "-o", "out", "--", "-x.csv").X) == 3
    assert len(desk.works("-t", "2", "-o", "two", "--", "--overwrite", out="two").X) == 3


def test_46_a_name_that_is_no_utf_8_is_read_or_refused(desk: Desk) -> None:
    name = os.fsdecode(b"caf\xe9.csv")
    desk.write(name, ramp(4))

    done = desk.either(name, "-t", "2", codes={2, 4})

    assert isinstance(done, str) or len(done.X) == 3
