"""`check` passes on every output that is made, and its pieces agree with the obvious."""

from __future__ import annotations

import copy
import json
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import lstmprep
from lstmprep.audit import leaks, schema
from lstmprep.audit.expect import Asked, asked
from lstmprep.audit.findings import Checked
from lstmprep.audit.stored import BrokenError, stored
from lstmprep.audit.views import view_of_rows
from lstmprep.errors import LstmprepError, RecipeError, StorageError
from tests.audit.made import manifest, table, written
from tests.conftest import arrow_table, batchings, long_tables, tables, windows


@st.composite
def requests(draw: st.DrawFn) -> dict[str, object]:
    """Settings of any output over the tables of `conftest.tables`."""
    answer = draw(st.sampled_from([None, "target", "label", "input"]))
    out = draw(windows(answer)) | draw(batchings()) | {"features": "a,b", "missing": "drop"}
    out |= {"target": {"target": "y"}, "label": {"label": "lab"}}.get(answer or "", {})
    if draw(st.booleans()):
        out["group_by"] = "key"
        out |= {"time": "t"} if draw(st.booleans()) else {}
    if draw(st.integers(0, 3)) == 0:
        out["categorical"] = ["lab"] if answer != "label" or out.get("lead") else []
    out["dtype"] = draw(st.sampled_from(["float32", "float64", "float16"]))
    out["layout"] = draw(st.sampled_from(["batch-first", "time-first", "channels-first", "flat"]))
    if out.get("partial") or out.get("leftover") == "pad":
        out["pad_value"] = draw(st.sampled_from([None, 0.0, -1.0, float("nan"), float("inf")]))
    if draw(st.booleans()):
        out.pop("latest", None)
        if draw(st.booleans()):
            out |= {"folds": draw(st.integers(1, 3)), "fold_train": draw(st.sampled_from([None, None, 3, 5]))}
        else:
            out["split"] = draw(st.sampled_from(["0.6,0.4", "0.5,0.25,0.25"]))
            if out.get("group_by") and draw(st.booleans()):
                out["split_by"] = draw(st.sampled_from(["sequence", "group"]))
        if out.get("split_by") != "group":
            out["context"] = answer != "input" and out.get("leftover") != "pad" and draw(st.booleans())
            out["embargo"] = draw(st.sampled_from([None, 1]))
        out["scale"] = draw(st.sampled_from(["none", "standard", "minmax", "robust", "maxabs"]))
        out["scale_target"] = answer == "target" and out["scale"] != "none"
        out["scale_by_group"] = out["scale"] != "none" and bool(out.get("group_by")) and draw(st.booleans())
        if answer == "label" or out.get("categorical"):
            out["unknown"] = "drop" if out.get("label_at") in ("mode", "any") else "code"
    out |= draw(
        st.sampled_from(
            [{}, {}, {"missing": "mean"}, {"missing": "ffill", "indicator": True}, {"missing": "interpolate"}]
        )
    )
    out |= draw(st.sampled_from([{}, {}, {"difference": 1}, {"detrend": "linear"}]))
    plain = out["layout"] == "batch-first" and not {"partial", "leftover", "reverse_target", "lags"} & set(out)
    if plain and out.get("batch_remainder") != "pad" and draw(st.booleans()):
        out["store"] = "series"
    return {k: v for k, v in out.items() if v is not None}


@settings(max_examples=150)
@given(request=requests(), rows=st.one_of(tables(), tables(holes=0.1), long_tables(), long_tables()), npz=st.booleans())
def test_every_output_that_is_made_passes(request, rows, npz):
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "t.parquet"), Path(folder, "out.npz" if npz else "out")
        pq.write_table(arrow_table(rows), source)
        try:
            lstmprep.window(source, output=out, **request)
        except LstmprepError:  # these rows do not allow that: nothing is made
            assert not out.exists()
            return

        checked = lstmprep.check(out)

        assert checked.lines()[0].endswith("nothing found"), checked.lines()
        assert any(line.startswith("source: every value") for line in checked.proved)
        assert not checked.open


def test_every_output_of_many_groups_and_batches_of_the_index_passes(tmp_path, monkeypatch):
    monkeypatch.setattr("lstmprep.audit.walk.BATCH", 3)
    monkeypatch.setattr("lstmprep.audit.stored.BLOCK", 16)
    monkeypatch.setattr("lstmprep.audit.values.BLOCK", 16)
    for number, more in enumerate(
        ({}, {"partial": True}, {"shuffle": True}, {"layout": "channels-first", "partial": True})
    ):
        assert lstmprep.check(written(tmp_path, f"out{number}", target="y", **more)).ok


# ---------------------------------------------------------------- rows that stand once


@given(
    holes=st.lists(st.booleans(), min_size=1, max_size=24),
    starts=st.lists(st.integers(0, 23), min_size=1, max_size=9),
    steps=st.integers(1, 4),
    dilation=st.integers(1, 6),
    block=st.sampled_from([8, 32, 1 << 20]),
)
def test_a_hole_among_rows_that_stand_once_is_found_where_a_sample_holds_it(holes, starts, steps, dilation, block):
    """Starts in any order, blocks shorter and longer than a window."""
    starts = [s for s in starts if s + (steps - 1) * dilation < len(holes)]
    wanted = [s + j * dilation for s in starts for j in range(steps) if holes[s + j * dilation]]
    series = np.where(np.array(holes)[:, None], np.nan, [[1.0, 2.0]]).astype(np.float32)

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("lstmprep.audit.views.BLOCK", block)
        patch.setattr("lstmprep.audit.stored.BLOCK", block)
        found = {}
        for name, values in (("series", series), ("starts", np.array(starts, np.int64))):
            np.save(Path(folder, f"{name}.npy"), values)
            found[name] = stored(Path(folder, f"{name}.npy"))
        out = Checked("out")
        about = {"shape": [len(starts), steps, 2], "view": {"dilation": dilation}}
        view_of_rows("X", about, found["series"], found["starts"], out)

    assert [f.what.split()[1] for f in out.findings] == ([str(wanted[0])] if wanted else [])


# ---------------------------------------------------------------- leaks

spans = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12), st.integers(0, 4)), min_size=1, max_size=8)


def columns(found):
    return tuple(np.array(v) for v in zip(*[(k, low, low + n) for k, low, n in found], strict=True))


def places(key, low, high):
    return {(int(k), p) for k, a, b in zip(key, low, high, strict=True) for p in range(a, b + 1)}


@given(found=spans)
def test_merged_intervals_hold_the_same_places_once(found):
    one = columns(found)

    merged = leaks.merged(*one)

    assert places(*merged) == places(*one)
    assert sum(int(b - a + 1) for _, a, b in zip(*merged, strict=True)) == len(places(*one))


@given(seen=spans, asked_for=spans)
def test_shared_intervals_are_those_of_the_obvious_loop(seen, asked_for):
    one, two = columns(seen), columns(asked_for)

    found = leaks.shared(leaks.merged(*one), two)

    known = places(*one)
    assert found.tolist() == [i for i, (k, a, b) in enumerate(zip(*two, strict=True)) if places([k], [a], [b]) & known]


def held(key, low, high):
    """The same as intervals, taken in two at a time."""
    out = leaks.Intervals()
    for i in range(0, len(key), 2):
        out.add(key[i : i + 2], low[i : i + 2], high[i : i + 2])
    return out


@given(seen=spans, more=spans, asked_for=spans, most=st.sampled_from([1, 3, 1 << 18]), halves=st.booleans())
def test_a_clash_is_found_however_few_intervals_are_compared_at_a_time(seen, more, asked_for, most, halves):
    """By the bounds of sequences, in groups of sequences, and in stretches of one; places may be no whole numbers."""
    one, other, two = (
        (key, low / 2, high / 2) if halves else (key, low, high)
        for key, low, high in map(columns, (seen, more, asked_for))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaks, "MOST", most)
        patch.setattr(leaks, "BLOCK", 3)

        found = leaks.clash([held(*one), held(*other)], held(*two))

    known, asked = places(*columns(seen)) | places(*columns(more)), places(*columns(asked_for))
    assert (found is not None) == bool(known & asked)
    if found is not None:
        key, low, high = found
        assert places([key], [int(low * (1 + halves))], [int(high * (1 + halves))]) & known


def test_nothing_shares_nothing():
    assert leaks.clash([leaks.Intervals()], leaks.Intervals()) is None
    assert leaks.shared(*[(np.empty(0, np.int64),) * 3] * 2).tolist() == []
    assert [len(c) for c in leaks.Intervals().within(np.array([0]))] == [0, 0, 0]


# ---------------------------------------------------------------- the schema

WHOLE = schema.schema()


def test_only_the_words_of_a_schema_that_are_understood_are_used():
    def words(part):
        for word, value in part.items():
            yield word
            inner = (
                value.values()
                if word in ("properties", "$defs")
                else [value]
                if word in ("items", "additionalProperties", "propertyNames")
                else []
            )
            for one in inner:
                if isinstance(one, dict):
                    yield from words(one)

    assert set(words(WHOLE)) <= schema.WORDS


@st.composite
def changed(draw: st.DrawFn, made):
    """A manifest with one thing changed, anywhere."""
    made = copy.deepcopy(made)
    at = made
    while True:
        inner = list(at.items()) if isinstance(at, dict) else list(enumerate(at))
        key, value = draw(st.sampled_from(inner))
        if isinstance(value, (dict, list)) and value and draw(st.integers(0, 3)):
            at = value
            continue
        how = draw(st.sampled_from(["value", "value", "value", "gone", "new"]))
        if how == "new" and isinstance(at, dict):
            at["odd"] = 1
        elif how == "gone":
            del at[key]
        else:
            at[key] = draw(st.sampled_from([None, True, -1, 0, 3, 2.5, "", "x", "X", [], [1], {}, {"a": 1}]))
        return made


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return manifest(written(tmp_path_factory.mktemp("schema"), target="y", partial=True))


@given(data=st.data())
def test_the_schema_is_read_as_json_schema_says(data, made):
    one = data.draw(changed(made))

    assert bool(list(schema.faults(one, WHOLE, WHOLE))) == (not Draft202012Validator(WHOLE).is_valid(one))


# ---------------------------------------------------------------- stored arrays


def header(text: str, version: int = 1, length: int | None = None) -> bytes:
    size = (len(text) if length is None else length).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + size + text.encode()


PLAIN = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n"
HOSTILE = {
    "empty": b"",
    "magic alone": b"\x93NUMPY",
    "not the magic": b"\x93NUMPX\x01\x00\x00\x00",
    "version 9": header(PLAIN, 9) + bytes(8),
    "a header longer than the file": header(PLAIN, 1, 60000) + bytes(8),
    "a header of four gigabytes": header(PLAIN, 2, 2**32 - 1) + bytes(8),
    "brackets without end": header("{'descr': '<f4', 'fortran_order': False, 'shape': " + "(" * 50000 + "2,), }"),
    "code": header("{'descr': '<f4', 'fortran_order': False, 'shape': (__import__('os').getpid(),), }") + bytes(8),
    "objects": header(PLAIN.replace("<f4", "|O")) + bytes(16),
    "text": header(PLAIN.replace("<f4", "<U3")) + bytes(24),
    "structured": header(PLAIN.replace("'<f4'", "[('a', '<f4')]")) + bytes(8),
    "no such type": header(PLAIN.replace("<f4", "<f3")) + bytes(8),
    "negative": header(PLAIN.replace("(2,)", "(-2,)")) + bytes(8),
    "beyond all sizes": header(PLAIN.replace("(2,)", "(" + "9" * 19 + ", " + "9" * 19 + ")")) + bytes(8),
    "a number of a thousand digits": header(PLAIN.replace("(2,)", "(" + "9" * 1000 + ",)")) + bytes(8),
    "cut": header(PLAIN) + bytes(7),
    "longer": header(PLAIN) + bytes(9),
    "forty axes": header(PLAIN.replace("(2,)", "(" + "1, " * 40 + ")")) + bytes(4),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_is_refused_before_anything_is_given_room(name, tmp_path):
    path = tmp_path / "X.npy"
    path.write_bytes(HOSTILE[name])

    with pytest.raises(BrokenError):
        stored(path)
    checked = lstmprep.check(path)
    assert [f.code for f in checked.findings] == ["file"]


@pytest.mark.parametrize("shape", [(), (3,), (0, 2), (2, 3, 4)])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i8", "?", ">f4", "u1"])
def test_what_numpy_saves_is_read(shape, dtype, tmp_path):
    values = np.arange(int(np.prod(shape))).reshape(shape).astype(dtype)
    np.save(tmp_path / "X.npy", values)
    np.savez(tmp_path / "all.npz", X=values)

    for found in (stored(tmp_path / "X.npy"), stored(tmp_path / "all.npz", "X")):
        assert found.array().dtype == values.dtype
        assert np.array_equal(found.array(), values)


def test_other_versions_of_the_header_are_read(tmp_path):
    path = tmp_path / "X.npy"
    path.write_bytes(header(PLAIN, 2) + np.array([1, 2], "<f4").tobytes())

    assert stored(path).array().tolist() == [1.0, 2.0]


# ---------------------------------------------------------------- bare arrays


def save(folder: Path, **arrays: np.ndarray) -> list[Path]:
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values)
    return [folder / f"{name}.npy" for name in arrays]


ONES = np.ones((7, 3, 2), "f4")


def test_whole_arrays_pass_and_are_told(tmp_path):
    checked = lstmprep.check(*save(tmp_path, X=ONES, y=np.ones((7, 1), "f4")))

    assert checked.ok
    assert "(7, 3, 2) float32" in checked.proved[0]


def test_arrays_of_an_npz_without_a_manifest_are_looked_at(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", X=ONES)
    np.savez(tmp_path / "b.npz", X=ONES, y=np.ones(7))
    with zipfile.ZipFile(tmp_path / "c.npz", "w") as packed:
        packed.writestr("../X.npy", b"")

    assert lstmprep.check(tmp_path / "b.npz").ok
    assert [f.code for f in lstmprep.check(tmp_path / "a.npz").findings] == ["file"]
    assert [f.code for f in lstmprep.check(tmp_path / "c.npz").findings] == ["file"]


def test_a_checksum_of_a_bare_npz_that_differs_is_found(tmp_path):
    np.savez(tmp_path / "a.npz", X=ONES)
    data = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(data.replace(ONES.tobytes(), (ONES * 2).tobytes()))

    assert [f.code for f in lstmprep.check(tmp_path / "a.npz").findings] == ["digest"]


@pytest.mark.parametrize(
    ("paths", "error"),
    [
        ([], RecipeError),
        (["nothing"], StorageError),
        (["folder"], StorageError),
        (["m.json"], StorageError),
        (["X.npy", "gone.npy"], StorageError),
        (["X.npy", "folder"], StorageError),
    ],
)
def test_what_is_neither_output_nor_array_is_refused(paths, error, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "m.json").write_text("{}")
    save(tmp_path, X=ONES)

    with pytest.raises(error):
        lstmprep.check(*paths)


def test_a_table_beside_bare_arrays_is_refused(tmp_path):
    with pytest.raises(RecipeError, match="--table"):
        lstmprep.check(*save(tmp_path, X=ONES), table="t.csv")


def test_a_manifest_of_another_version_is_refused(tmp_path):
    out = written(tmp_path)
    made = manifest(out) | {"manifest_version": 9}
    (out / "manifest.json").write_text(json.dumps(made))

    with pytest.raises(RecipeError, match="manifest_version is '9'"):
        lstmprep.check(out)
    (out / "manifest.json").write_text("{}")
    with pytest.raises(RecipeError, match="no manifest"):
        lstmprep.check(out)


def test_an_output_may_be_moved(tmp_path):
    out = written(tmp_path, target="y")
    shutil.move(out, tmp_path / "moved")

    assert lstmprep.check(tmp_path / "moved" / "manifest.json").ok


# ---------------------------------------------------------------- what a model expects


@pytest.mark.parametrize(
    ("given_words", "found"),
    [
        ("10,2", Asked(10, 2, shaped=True)),
        ((10, 2), Asked(10, 2, shaped=True)),
        ("(10, 2)", Asked(10, 2, shaped=True)),
        ("None,2", Asked(None, 2, shaped=True)),
        (None, Asked()),
    ],
)
def test_the_input_shape_is_read_as_people_write_it(given_words, found):
    assert asked(given_words, None) == found


@pytest.mark.parametrize("words", ["10", "a,b", "", "1,2,3,4", "0,2", "10,-2"])
def test_what_is_no_input_shape_is_refused(words):
    with pytest.raises(RecipeError, match="--expect"):
        asked(words, None)


def test_a_shape_with_samples_is_answered_with_the_one_without():
    with pytest.raises(RecipeError) as told:
        asked("1,10,2", None)

    assert "--expect 10,2" in told.value.fix


def test_no_units_are_refused():
    with pytest.raises(RecipeError, match="--expect-output is 0"):
        asked(None, 0)


X, Y = (62, 30, 100), "y"
ANSWERS = [
    # X, y, what is expected, words that must be there; None when nothing is wrong
    ((91, 10, 2), None, {"expect": "2,10"}, ["(91, 10, 2)", "swapped", "Input(shape=(10, 2))", "input_size=2"]),
    ((91, 10, 2), None, {"expect": "None,2"}, None),
    ((91, 10, 2), None, {"expect": "12,2"}, ["--timesteps 12"]),
    ((91, 10, 2), None, {"expect": "10,3"}, ["--features", "3 columns"]),
    ((91, 10, 2), None, {"expect": "12,3"}, ["--timesteps 12", "--features"]),
    ((10, 2), None, {}, ["(10, 2)", "two axes", "lstmprep window"]),
    ((10,), None, {}, ["1 axis", "lstmprep window"]),
    ((1, 21, 2), (21,), {}, ["1 sample", "21 labels", "(21, 1, 2)"]),
    ((9, 3, 2), (7, 1), {}, ["9 samples", "7 labels", "2 windows have no answer"]),
    ((7, 3, 2), (9, 1), {}, ["7 samples", "9 labels"]),
    (X, (62, 1, 100), {"expect_output": 100}, ["(62, 1, 100)", "(62, 100)", "squeeze(1)", "--flat-y"]),
    (X, (62, 100, 1), {"expect_output": 100}, ["squeeze(2)"]),
    ((40, 20, 36), (40, 20, 2), {"expect_output": 2}, ["(40, 20, 2)", "return_sequences=True"]),
    ((40, 20, 36), (40, 5, 2), {"expect_output": 10}, ["--flat-y", "(40, 10)"]),
    ((40, 20, 36), (40, 5, 2), {"expect_output": 2}, ["10 numbers", "--horizon 1"]),
    ((40, 20, 36), (40, 5), {"expect_output": 2}, ["5 units"]),
    ((40, 20, 36), (40,), {"expect_output": 1}, ["[:, None]"]),
    ((40, 20, 36), (40,), {"expect_output": 3}, ["one unit"]),
    ((40, 20, 36), (40, 2, 2, 2), {"expect_output": 3}, ["(40, 3)"]),
    ((40, 20, 36), None, {"expect_output": 3}, ["no y"]),
    ((40, 20, 36), (40, 3), {"expect_output": 3}, None),
]  # fmt: skip


@pytest.mark.parametrize(("x", "y", "want", "words"), ANSWERS)
def test_the_classic_errors_of_a_fit_are_explained(x, y, want, words, tmp_path):
    arrays = {"X": np.ones(x, "f4")} | ({"y": np.ones(y, "f4")} if y is not None else {})

    checked = lstmprep.check(*save(tmp_path, **arrays), **want)

    assert checked.ok == (words is None), checked.lines()
    for word in words or ():
        assert word in "\n".join(checked.lines())


def test_codes_of_classes_fit_as_many_units(tmp_path):
    paths = save(tmp_path, X=np.ones((4, 2, 1)), y=np.array([0, 2, 1, 0]))

    assert lstmprep.check(*paths, expect_output=3).ok
    assert "3 units" in lstmprep.check(*paths, expect_output=1).lines()[0]


def test_the_command_of_an_output_is_spelled_with_what_the_model_expects(tmp_path):
    out = written(tmp_path, target="y")

    told = str(lstmprep.check(out, expect=(9, 2)).findings[0])

    assert "--timesteps 9" in told
    assert "--timesteps 4" not in told
    assert "--group-by site" in told


def test_other_layouts_are_answered_with_the_option(tmp_path):
    out = written(tmp_path, target="y", layout="flat")

    assert "--layout batch-first" in str(lstmprep.check(out, expect=(4, 2)).findings[0])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"missing": "interpolate"}, ["--missing interpolate filled 2 values from later rows"]),
        ({"resample": "1", "fill": "linear", "missing": "drop"}, ["--fill linear filled 2 values from later rows"]),
        ({"missing": "ffill"}, []), ({"missing": "drop"}, []), ({"missing": "interpolate", "features": "b"}, []),
    ],
    ids=str,
)  # fmt: skip
def test_fills_that_look_ahead_are_flagged(settings, words, tmp_path):
    """They were asked for: nothing is wrong with the output."""
    values = [None if i in (4, 25) else float(i) for i in range(40)]
    pq.write_table(table().set_column(2, "a", pa.array(values)), tmp_path / "t.parquet")

    checked = lstmprep.check(written(tmp_path, **settings))

    assert checked.ok
    assert [line.partition("look-ahead: ")[2].partition(",")[0] for line in checked.flagged] == words
    assert checked.to_json()["flagged"] == checked.flagged
    assert [line.strip() for line in checked.lines() if "flagged" in line] == [
        f"flagged: {line}" for line in checked.flagged
    ]
