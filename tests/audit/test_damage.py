"""`check` finds every kind of damage, also where digests were made new to hide it."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import lstmprep
from lstmprep.audit.values import file_digest
from tests.audit.made import array, edit, index, manifest, reseal, table, written

Damage = Callable[[Path], None]


def flip(path: Path, at: int = -5) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def cut(path: Path, by: int = 3) -> None:
    path.write_bytes(path.read_bytes()[:-by])


def set_to(values: Any, place: Any, value: Any) -> None:
    values[place] = value


def shuffled(values: Any) -> Any:
    return np.random.default_rng(1).permutation(values)


def moved(out: Path, name: str) -> None:
    (out.parent / "elsewhere.npy").write_bytes((out / name).read_bytes())
    (out / name).unlink()
    (out / name).symlink_to(out.parent / "elsewhere.npy")


def told(field: str, value: Any) -> Damage:
    """A number of the manifest changed."""

    def change(made: dict[str, Any]) -> None:
        *way, last = field.split(".")
        for step in way:
            made = made[step]
        made[last] = value(made[last]) if callable(value) else value

    return lambda out: edit(out, change)


def swap_rows(out: Path) -> None:
    found = pq.read_table(out / "index.parquet")
    swapped = found.take([1, 0, *range(2, found.num_rows)])
    pq.write_table(swapped.set_column(1, "sample", found["sample"]), out / "index.parquet")
    reseal(out)


def on_all_rows(made: dict[str, Any]) -> None:
    """Mean and deviation of a as a script has them that scales before it splits."""
    a = np.array(table()["a"].to_pylist())
    made["fitted"]["scaling"]["features"]["a"].update(mean=float(a.mean()), std=float(a.std()))


def seen(out: Path) -> None:
    """The first windows of test moved back in time, into train."""
    for name in ("first_time", "last_time", "target_first_time", "target_last_time"):
        index(out, name, lambda v: np.where(np.arange(len(v)) >= 20, v - 6, v))


def fewer_rows(out: Path) -> None:
    pq.write_table(pq.read_table(out / "index.parquet").slice(0, 20), out / "index.parquet")
    reseal(out)


def without(out: Path, column: str) -> None:
    pq.write_table(pq.read_table(out / "index.parquet").drop_columns([column]), out / "index.parquet")
    reseal(out)


def hole(out: Path) -> None:
    """A real step between two padded ones; lengths stay right."""
    array(out, "mask", lambda v: set_to(v, 1, [True, False, False, True]))


def other_source(out: Path) -> None:
    found = table()
    pq.write_table(found.set_column(2, "a", found["b"]), out.parent / "t.parquet")


FORECAST: dict[str, Any] = {"target": "y"}
PADDED: dict[str, Any] = {"target": "y", "partial": True, "pad_value": -9.0}
SPLIT: dict[str, Any] = {"target": "y", "split": "0.7,0.3", "scale": "standard", "scale_target": True}
SERIES: dict[str, Any] = {"target": "y", "store": "series"}
CLASSES: dict[str, Any] = {"label": "k", "categorical": "k", "lead": 1}

#: what was done -> (output, how, the kinds of finding of which one must come)
DAMAGE: dict[str, tuple[dict[str, Any], Damage, str]] = {
    "a flipped byte of X": (FORECAST, lambda o: flip(o / "X.npy"), "digest"),
    "a flipped byte of the header": (FORECAST, lambda o: flip(o / "X.npy", 20), "file shape digest"),
    "a flipped byte of the index": (FORECAST, lambda o: flip(o / "index.parquet", 40), "digest index"),
    "X cut": (FORECAST, lambda o: cut(o / "X.npy"), "file"),
    "X longer": (FORECAST, lambda o: (o / "X.npy").write_bytes((o / "X.npy").read_bytes() + b"\0\0\0"), "file"),
    "X empty": (FORECAST, lambda o: (o / "X.npy").write_bytes(b""), "file"),
    "y swapped for X": (FORECAST, lambda o: shutil.copy(o / "X.npy", o / "y.npy"), "shape"),
    "y of another run": (FORECAST, lambda o: shutil.copy(written(o.parent, "b", target="a") / "y.npy", o / "y.npy"), "digest"),
    "y gone": (FORECAST, lambda o: (o / "y.npy").unlink(), "gone"),
    "y a link": (FORECAST, lambda o: moved(o, "y.npy"), "path"),
    "y a pickle": (FORECAST, lambda o: np.save(o / "y.npy", np.array([{}], object), allow_pickle=True), "file"),
    "y shuffled": (FORECAST, lambda o: array(o, "y", shuffled, sealed=False), "digest"),
    "y shuffled, sealed": (FORECAST, lambda o: array(o, "y", shuffled), "source"),
    "X as float64, sealed": (FORECAST, lambda o: array(o, "X", lambda v: v.astype("f8")), "shape"),
    "X in Fortran order, sealed": (FORECAST, lambda o: array(o, "X", np.asfortranarray), "shape"),
    "X big-endian, sealed": (FORECAST, lambda o: array(o, "X", lambda v: v.astype(">f4")), "shape"),
    "a value made NaN, sealed": (FORECAST, lambda o: array(o, "X", lambda v: set_to(v, (3, 1, 0), np.nan)), "finite"),
    "an infinite answer, sealed": (FORECAST, lambda o: array(o, "y", lambda v: set_to(v, (2, 0), -np.inf)), "finite"),
    "the index gone": (FORECAST, lambda o: (o / "index.parquet").unlink(), "gone"),
    "the index shifted": (FORECAST, lambda o: index(o, "first_row", lambda v: v + 1, sealed=False), "digest"),
    "the index beyond the table, sealed": (FORECAST, lambda o: index(o, "target_last_row", lambda v: v + 1), "index"),
    "the index renumbered, sealed": (FORECAST, lambda o: index(o, "sample", lambda v: v[::-1]), "index"),
    "the index backwards, sealed": (FORECAST, lambda o: index(o, "first_time", lambda v: 16 - v), "index"),
    "rows of the index exchanged, sealed": (FORECAST, swap_rows, "index"),
    "a target inside its own input, sealed": (FORECAST, lambda o: index(o, "target_first_time", lambda v: v - 1), "leak"),
    "another split in the index, sealed": (FORECAST, lambda o: index(o, "split", lambda v: np.where(v == "all", "test", v)), "index"),
    "rows of the index left out, sealed": (FORECAST, fewer_rows, "index"),
    "a column of the index gone, sealed": (FORECAST, lambda o: without(o, "last_row"), "index"),
    "lengths changed, sealed": (PADDED, lambda o: array(o, "lengths", lambda v: set_to(v, 5, 2)), "mask"),
    "a hole in the mask, sealed": (PADDED, hole, "mask"),
    "padding changed, sealed": (PADDED, lambda o: array(o, "X", lambda v: set_to(v, (0, 0, 1), 0.0)), "mask"),
    "steps of the index changed, sealed": (PADDED, lambda o: index(o, "steps", lambda v: 5 - v), "index"),
    "a code of no class, sealed": (CLASSES, lambda o: array(o, "y", lambda v: set_to(v, 4, 3)), "classes"),
    "a class renamed": (CLASSES, told("fitted.categories.k", ["low", "mid", "high"]), "fitted"),
    "classes in another order": (CLASSES, told("classes", ["top", "mid", "low"]), "source"),
    "a value of the rows made NaN, sealed": (SERIES, lambda o: array(o, "series", lambda v: set_to(v, (9, 0), np.nan)), "finite"),
    "a start beyond the rows, sealed": (SERIES, lambda o: array(o, "starts", lambda v: set_to(v, 3, 37)), "index"),
    "a start before the rows, sealed": (SERIES, lambda o: array(o, "starts", lambda v: set_to(v, 3, -1)), "index"),
    "starts shuffled, sealed": (SERIES, lambda o: array(o, "starts", shuffled), "source"),
    "rows gone": (SERIES, lambda o: (o / "series.npy").unlink(), "gone"),
    "starts cut short, sealed": (SERIES, lambda o: array(o, "starts", lambda v: v[:9]), "shape"),
    "another dilation": (SERIES, told("arrays.X.view.dilation", 30), "index"),
    "a row too few, sealed": (SERIES, lambda o: array(o, "series", lambda v: v[:-1]), "shape"),
    "a scaler fitted on all rows": (SPLIT, lambda o: edit(o, on_all_rows), "fitted"),
    "a scaled value changed, sealed": (SPLIT, lambda o: array(o, "X_test", lambda v: set_to(v, (0, 1, 1), 9.0)), "source"),
    "train and test exchanged, sealed": (SPLIT, lambda o: index(o, "split", lambda v: np.where(v == "test", "train", "test")), "index"),
    "a test target that train has seen, sealed": (SPLIT, seen, "leak"),
    "y_train for y_test": (SPLIT, lambda o: shutil.copy(o / "y_train.npy", o / "y_test.npy"), "shape"),
    "a fill that looks ahead, denied": ({"target": "y", "missing": "interpolate"}, told("missing.looks_ahead", lambda v: not v), "source"),
    "other steps between the rows": (FORECAST, told("order.spacing.median", 2), "source"),
    "samples that are said to fill a batch": (PADDED, told("padding.batch_samples", 1), "source"),
    "samples of train": (SPLIT, told("splits.train.samples", 3), "count"),
    "samples": (FORECAST, told("samples", 31), "count"),
    "samples of a split": (FORECAST, told("splits.all.samples", 31), "count"),
    "timesteps": (FORECAST, told("timesteps", 5), "shape"),
    "features": (FORECAST, told("features", 3), "shape"),
    "input shape": (FORECAST, told("input_shape", [2, 4]), "shape"),
    "a feature's name gone": (FORECAST, told("feature_names", ["a"]), "shape"),
    "feature names exchanged": (FORECAST, told("feature_names", ["b", "a"]), "source"),
    "shape of X": (FORECAST, told("arrays.X.shape", [32, 2, 4]), "shape"),
    "bytes of X": (FORECAST, told("arrays.X.bytes", 7), "shape"),
    "axes of X": (FORECAST, told("arrays.X.axes", ["samples", "features"]), "shape"),
    "rows read": (FORECAST, told("rows.read", 400), "ledger"),
    "rows unused": (PADDED, told("rows.unused", [{"reason": "lost", "rows": 9, "first": 0, "last": 3}]), "ledger"),
    "the recipe's timesteps": (FORECAST, told("recipe.timesteps", 3), "recipe"),
    "a recipe that cannot be": (FORECAST, told("recipe.lead", -1), "recipe"),
    "the command": (FORECAST, told("command", "lstmprep window t.parquet --timesteps 9"), "recipe"),
    "a command that no shell can read": (FORECAST, told("command", "lstmprep window 'a"), "recipe"),
    "a path that leads out": (FORECAST, told("arrays.X.file", "../t.parquet"), "path"),
    "an absolute path": (FORECAST, told("arrays.X.file", "/etc/hostname"), "path"),
    "a type of no array": (FORECAST, told("arrays.X.dtype", 7), "manifest"),
    "a text for a number": (FORECAST, told("samples", "many"), "manifest"),
    "an unknown field": (FORECAST, told("notes", [{"code": "a", "text": "b", "c": 1}]), "manifest"),
    "the index not in the manifest": (FORECAST, lambda o: edit(o, lambda m: m.pop("index")), "index"),
    "a sequence that never was": (FORECAST, told("sequences.count", 3), "source"),
    "a cell of the source": (FORECAST, other_source, "source"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_named_for_what_it_is(name, tmp_path):
    settings, damage, kinds = DAMAGE[name]
    out = written(tmp_path, **settings)
    assert lstmprep.check(out).ok

    damage(out)
    checked = lstmprep.check(out, table=tmp_path / "t.parquet")

    assert not checked.ok
    assert {f.code for f in checked.findings} & set(kinds.split()), checked.lines()
    for line in checked.lines():
        assert line.count("\n") == 0
        assert line.isprintable()


def test_at_least_twenty_kinds_of_damage_are_tried():
    assert len(DAMAGE) >= 20


def test_nothing_outside_the_output_is_read_on_the_word_of_a_manifest(tmp_path):
    out = written(tmp_path)
    outside = tmp_path / "X.npy"
    shutil.copy(out / "X.npy", outside)
    (out / "X.npy").unlink()
    edit(out, lambda m: m["arrays"]["X"].update(file="../X.npy"))

    checked = lstmprep.check(out)

    assert [f.code for f in checked.findings] == ["path"]


def test_the_table_given_must_be_the_one_that_was_read(tmp_path):
    out = written(tmp_path)
    other = tmp_path / "other.parquet"
    pq.write_table(table().slice(0, 39), other)

    found = lstmprep.check(out, table=other).findings

    assert [f.code for f in found] == ["source"]
    assert "other.parquet" in str(found[0]) or "t.parquet" in str(found[0])


def test_a_source_that_is_only_found_and_has_changed_proves_nothing_and_is_no_fault(tmp_path):
    out = written(tmp_path)
    size = os.path.getsize(tmp_path / "t.parquet")
    other_source(out)
    with open(tmp_path / "t.parquet", "r+b") as stream:
        stream.truncate(size)

    checked = lstmprep.check(out)

    assert checked.ok
    assert any("source" in line for line in checked.open)


def test_an_output_without_an_index_says_what_is_not_proved(tmp_path):
    out = written(tmp_path, index=False)

    checked = lstmprep.check(out)

    assert checked.ok
    assert any("--no-index" in line for line in checked.open)


# ---------------------------------------------------------------- npz


def test_damage_inside_an_npz_is_found(tmp_path):
    written(tmp_path, "out.npz", target="y")
    out = tmp_path / "out.npz"
    assert lstmprep.check(out).ok

    flip(out, 200)

    assert "digest" in {f.code for f in lstmprep.check(out).findings}


PLACES = ["out", "out.npz", "lags.csv", "lags.parquet", "lags.npy"]


def made_at(folder, name, digest):
    """An output with a digest of this kind."""
    if name.startswith("out"):
        return written(folder, name, target="y", digest=digest)
    settings = {"target": "y", "features": "a", "group_by": "site", "lags": "1-2"}
    lstmprep.lag(written(folder, "first").parent / "t.parquet", output=folder / name, digest=digest, **settings)
    return folder / name


@pytest.mark.parametrize("name", PLACES)
def test_with_sha_256_a_flipped_byte_is_found(name, tmp_path):
    out = made_at(tmp_path, name, "sha256")
    checked = lstmprep.check(out)
    assert checked.ok and any("byte for byte" in line for line in checked.proved)

    flip(out / "X.npy" if name == "out" else out, 200)

    assert "digest" in {f.code for f in lstmprep.check(out).findings}


@pytest.mark.parametrize("name", PLACES)
def test_without_digests_check_says_so_and_the_source_still_proves_every_value(name, tmp_path):
    out = made_at(tmp_path, name, "none")
    text = (out / "manifest.json" if name == "out" else out.with_suffix(".manifest.json")).read_text()
    assert "digest" not in json.loads(text)["arrays"]["X"]
    checked = lstmprep.check(out, table=tmp_path / "t.parquet")
    assert checked.ok, checked.findings
    assert "digests (written with --digest none)" in checked.open
    assert not any("byte for byte" in line for line in checked.proved)
    assert any("every value" in line for line in checked.proved)

    flip(out / "X.npy" if name == "out" else out, 200 if name != "lags.csv" else 60)

    found = lstmprep.check(out, table=tmp_path / "t.parquet").findings
    assert found, "a changed value is told by the source"


def test_a_digest_that_was_taken_away_is_missed(tmp_path):
    out = written(tmp_path, target="y")

    edit(out, lambda made: made["arrays"]["y"].pop("digest"))

    assert [(f.code, f.where) for f in lstmprep.check(out).findings] == [("digest", "y.npy")]


@pytest.mark.parametrize("how", ["compressed", "cut", "a member gone", "a member twice", "no zip", "bomb"])
def test_an_npz_that_is_not_ours_any_more_is_found(how, tmp_path):
    written(tmp_path, "out.npz", target="y")
    out = tmp_path / "out.npz"
    arrays = dict(np.load(out, allow_pickle=False))
    if how == "compressed":
        np.savez_compressed(out, **arrays)
    elif how == "cut":
        cut(out, 40)
    elif how == "a member gone":
        np.savez(out, X=arrays["X"])
    elif how == "a member twice":
        with zipfile.ZipFile(out, "a") as packed, pytest.warns(UserWarning, match="Duplicate name"):
            packed.writestr("y.npy", b"")
    elif how == "no zip":
        out.write_bytes(b"PK\x03\x04 no")
    else:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("X.npy", bytes(1 << 26))
            packed.writestr("y.npy", bytes(1 << 26))

    found = lstmprep.check(out).findings

    assert {f.code for f in found} & {"file"}, found
    assert all("out.npz" in f.where for f in found)


def test_a_sealed_output_is_what_the_tests_of_damage_think_it_is(tmp_path):
    """Making the digests new alone changes nothing: the damage must be found in itself."""
    out = written(tmp_path, **PADDED)

    reseal(out)

    assert lstmprep.check(out).ok
    assert manifest(out)["arrays"]["X"]["digest"] == file_digest(out / "X.npy")


@pytest.mark.parametrize("name", ["lags.csv", "lags.parquet", "lags.npy"])
def test_a_lagged_table_is_held_against_its_digest_and_its_source(name, tmp_path):
    pq.write_table(table(), tmp_path / "t.parquet")
    lstmprep.lag(tmp_path / "t.parquet", output=tmp_path / name, target="y", features="a", group_by="site", lags="1-2")
    checked = lstmprep.check(tmp_path / name)
    assert checked.ok, checked.lines()
    assert any(line.startswith("source: every") for line in checked.proved)

    flip(tmp_path / name)

    assert "digest" in {f.code for f in lstmprep.check(tmp_path / name).findings}


def test_an_output_may_be_reached_through_a_link_to_its_folder(tmp_path):
    out = written(tmp_path, target="y")
    (tmp_path / "newest").symlink_to(out)

    assert lstmprep.check(tmp_path / "newest").ok


# ---------------------------------------------------------------- leaks in the index alone


def moved_rows(out: Path, part: str, spans: str, by: int, *, first: bool = True) -> None:
    """Places of the first (or last) sample of each sequence of a part moved, in time and in rows."""
    found = pq.read_table(out / "index.parquet").to_pylist()
    at = {r["site"]: i for i, r in list(enumerate(found))[:: -1 if first else 1] if r["split"] == part}
    for span in spans.split(","):
        for unit in ("time", "row"):
            index(out, f"{span}_{unit}", lambda v: v + by * np.isin(np.arange(len(v)), list(at.values())))


def regrouped(out: Path) -> None:
    """A group of test is called like one of train, and stands at later times."""
    index(out, "site", lambda v: np.where(v == "s", "n", v))
    split = np.array(pq.read_table(out / "index.parquet")["split"].to_pylist())
    for span in ("first", "last", "target_first", "target_last"):
        index(out, f"{span}_time", lambda v: v + 100 * (split == "test"))


THREE = {"target": "y", "split": "0.5,0.25,0.25", "split_by": "sequence", "timesteps": 2}
LEAKS: dict[str, tuple[dict[str, Any], Damage, str]] = {
    "the last answer of train reaches into test": (
        {"target": "y", "split": "0.6,0.4", "split_by": "sequence", "horizon": 2},
        lambda o: moved_rows(o, "train", "target_last", 6, first=False), "train and test share rows",
    ),
    "an input of test lies in train": (
        {"target": "y", "split": "0.6,0.4", "split_by": "sequence"}, lambda o: moved_rows(o, "test", "first", -3), "of test (input) are seen in train already",
    ),
    "an answer of test lies in train, with val between": (
        THREE, lambda o: moved_rows(o, "test", "first,last,target_first,target_last", -13), "train and test share rows",
    ),
    "an answer of val lies in train": (THREE, lambda o: moved_rows(o, "val", "first,last,target_first,target_last", -5), "train and val share rows"),
    "a group stands in two parts": ({"target": "y", "split": "0.5,0.5", "split_by": "group"}, regrouped, "train and test share 1 group: n"),
}  # fmt: skip


@pytest.mark.parametrize("case", LEAKS)
def test_a_leak_is_proved_by_the_index_alone(case, tmp_path):
    """Sealed, and without the table: nothing else can tell."""
    settings, damage, words = LEAKS[case]
    out = written(tmp_path, **settings)
    (tmp_path / "t.parquet").unlink()
    assert lstmprep.check(out).ok

    damage(out)

    found = lstmprep.check(out).findings
    assert [(f.code, words in str(f)) for f in found] == [("leak", True)], [str(f) for f in found]
