"""New rows by what one part of an output has learned: its split, one of its folds; and tables written in another way."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmprep
from lstmprep.cli import run
from lstmprep.errors import DataError, LstmprepError, RecipeError
from tests.audit.made import manifest, table, written
from tests.conftest import arrow_table, long_tables, tables, windows


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Settings of outputs that are divided: parts in time, by sequence or group, or folds."""
    answer = draw(st.sampled_from([None, "target", "label", "input"]))
    out = {k: v for k, v in draw(windows(answer)).items() if k != "latest"} | {"missing": "drop", "unknown": "code"}
    if not (out.get("partial") or out.get("leftover")):
        out.pop("pad_value", None)
    if out.get("label_at") in ("mode", "any", "strict"):
        out["unknown"] = "drop"
    out |= {"features": draw(st.sampled_from(["a,b", "b"])), "dtype": draw(st.sampled_from(["float32", "float64"]))}
    out |= {"target": {"target": ["y", "b"]}, "label": {"label": "lab"}}.get(answer or "", {})
    out |= draw(st.sampled_from([{"group_by": "key", "time": "t"}, {"group_by": "key"}, {}]))
    if draw(st.booleans()) and (answer != "label" or out.get("lead") or min(out.get("lags", [0])) > 0):
        out["categorical"] = "lab"
    out["scale"] = draw(st.sampled_from(["none", "standard", "minmax", "robust", "maxabs"]))
    out["scale_target"] = answer == "target" and out["scale"] != "none"
    out["scale_by_group"] = out["scale"] != "none" and bool(out.get("group_by")) and draw(st.booleans())
    if draw(st.booleans()):
        out |= {"folds": draw(st.integers(1, 3)), "fold_train": draw(st.sampled_from([None, None, 3, 5]))}
    else:
        out["split"] = draw(st.sampled_from(["0.5,0.5", "0.6,0.4", "0.5,0.25,0.25"]))
        if out.get("group_by"):
            out["split_by"] = draw(st.sampled_from([None, "sequence", "group"]))
    if out.get("split_by") != "group":
        out["embargo"] = draw(st.sampled_from([None, 1, 2]))
        out["context"] = answer != "input" and out.get("leftover") != "pad" and draw(st.booleans())
    out["shuffle"] = draw(st.booleans())
    return {k: v for k, v in out.items() if v not in (None, False)}


@settings(max_examples=200)
@given(request=requests(), rows=st.one_of(tables(), tables(holes=0.1), long_tables(), long_tables()), data=st.data())
def test_every_part_is_met_again_in_what_its_own_numbers_make_of_the_rows(request, rows, data):
    """A window of a part stands in the new output too, byte for byte: it was made by the train of its part alone."""
    with tempfile.TemporaryDirectory() as folder:
        source, out, new = (Path(folder, n) for n in ("t.parquet", "out", "new"))
        pq.write_table(arrow_table(rows), source)
        try:
            first = lstmprep.window(source, output=out, **request)
        except LstmprepError:  # these rows do not allow that
            return
        fold = data.draw(st.sampled_from([None, *range(request["folds"])])) if "folds" in request else None

        second = lstmprep.apply(out, source, output=new, fold=fold)

        checked = lstmprep.check(new)
        assert checked.ok, checked.lines()
        assert any(line.startswith("source: every value") for line in checked.proved)
        number = fold if fold is not None else request.get("folds", 1) - 1
        places = {where: i for i, where in enumerate(_windows(second, None))}
        met = 0
        for part in first.manifest["splits"]:
            if "folds" in request and not part.startswith(f"fold{number}/"):
                continue
            name = ("_" + part).replace("_fold", "fold").replace("/", "/_") if "/" in part else f"_{part}"
            head, _, tail = name.rpartition("_")
            arrays = {
                n: first.arrays[f"{head}{n}_{tail}"] for n in ("X", "y", "mask") if f"{head}{n}_{tail}" in first.arrays
            }
            for i, where in enumerate(_windows(first, part)):
                at = places.get(where)
                if at is None:  # counted from another first row
                    continue
                met += 1
                for n, values in arrays.items():
                    assert np.asarray(values[i]).tobytes() == np.asarray(second.arrays[n][at]).tobytes(), (part, i, n)
        if request.get("stride", 1) == 1 and not {"no_overlap", "partial", "leftover"} & set(request):
            assert met == sum(
                a["samples"]
                for p, a in first.manifest["splits"].items()
                if "/" not in p or p.startswith(f"fold{number}/")
            )


def _windows(data: Any, part: str | None) -> list[tuple[Any, ...]]:
    found = data.index(part)
    names = [n for n in found.column_names if n.endswith("_row") or n == "steps"]
    return list(zip(*(found[n].to_pylist() for n in names), strict=True))


# ---------------------------------------------------------------- folds


@pytest.fixture
def folds(tmp_path):
    return written(tmp_path, target="y", folds=3, scale="standard", scale_target=True)


def test_the_last_fold_counts_unless_another_is_named(folds):
    learned = manifest(folds)["fitted"]["folds"]

    last, first = lstmprep.apply(folds, table()), lstmprep.apply(folds, table(), fold=0)

    assert last.manifest["fitted"] == learned["fold2"] and first.manifest["fitted"] == learned["fold0"]
    assert learned["fold0"]["range"]["b"] != learned["fold2"]["range"]["b"]
    assert next(n["text"] for n in last.manifest["notes"] if n["code"] == "fold").startswith(
        "scaled and coded by what fold2"
    )
    assert last.manifest["applied"] == {"latest": False, "target": True, "fold": 2}
    assert np.array_equal(lstmprep.load(folds).apply(table(), fold=0).X, first.X)


def test_a_fold_that_is_not_there_is_answered_with_those_that_are(folds, tmp_path):
    with pytest.raises(RecipeError, match="the output has fold0, fold1, fold2") as refused:
        lstmprep.apply(folds, table(), fold=3)
    assert "0 to 2" in refused.value.fix
    with pytest.raises(RecipeError, match="has no folds"):
        lstmprep.apply(written(tmp_path, "whole"), table(), fold=0)


def test_an_output_of_a_fold_is_applied_inverted_and_proved(folds, tmp_path):
    lstmprep.apply(folds, tmp_path / "t.parquet", output=tmp_path / "new", fold=1)
    lstmprep.apply(tmp_path / "new", tmp_path / "t.parquet", output=tmp_path / "newer", fold=1)

    assert manifest(tmp_path / "new")["command"] == "lstmprep apply out t.parquet --fold 1"
    for name in ("new", "newer"):
        assert lstmprep.check(tmp_path / name).ok
    y = lstmprep.load(tmp_path / "newer").y
    found = lstmprep.invert(tmp_path / "newer", y, table=tmp_path / "t.parquet")
    assert np.allclose(found["prediction"].to_numpy(), found["actual"].to_numpy(), atol=1e-5)


@pytest.mark.parametrize(("policy", "codes"), [("code", [-1, 0, 1]), ("drop", [1])])
def test_a_class_that_only_another_fold_has_seen_is_unknown_to_this_one(policy, codes, tmp_path):
    rows = pd.DataFrame({"x": range(16), "k": list("ababacababcaabab")})
    made = {"features": "x,k", "categorical": "k", "label": "k", "timesteps": 1, "lead": 1, "unknown": policy}
    lstmprep.window(rows, **made, folds=3, output=tmp_path / "out")

    learned = manifest(tmp_path / "out")["fitted"]["folds"]
    new = lstmprep.apply(tmp_path / "out", rows[4:8], fold=0)

    assert learned["fold0"]["lacks"] == {"k": ["c"]} and "lacks" not in learned["fold2"]
    assert new.manifest["feature_names"] == ["x", "k=a", "k=b", "k=c"]
    assert not new.X[..., 3].any() and new.y.tolist() == codes
    assert lstmprep.apply(tmp_path / "out", rows[4:8], fold=2).y.tolist() == [2, 0, 1]


def test_a_class_that_the_fold_has_not_seen_is_refused_by_name(tmp_path):
    rows = pd.DataFrame({"x": range(8), "k": list("aabbccaa")})
    lstmprep.window(
        rows, features="x", label="k", timesteps=1, lead=0, folds=3, unknown="code", output=tmp_path / "out"
    )
    made = manifest(tmp_path / "out")
    made["recipe"].pop("unknown")
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(made))

    with pytest.raises(DataError, match="row 5, column k: the class 'c' is none of the output, which has a, b"):
        lstmprep.apply(tmp_path / "out", rows, fold=1)
    assert lstmprep.apply(tmp_path / "out", rows, fold=2).y.tolist() == [0, 0, 1, 1, 2, 2, 0, 0]


# ---------------------------------------------------------------- another dialect

GERMAN = {"delimiter": ";", "decimal": ",", "thousands": ".", "encoding": "latin-1", "na_values": ["fehlt"]}


def _tables(folder: Path) -> None:
    """One table in four dialects: German CSV, English CSV, without a header, Parquet."""
    days = pd.date_range("2024-03-01", periods=20, freq="D")
    rows = pd.DataFrame({"t": days, "grösse": np.arange(20) * 1234.5, "y": np.arange(20) % 7 * 1.0})
    german = [
        f"{t:%d.%m.%Y};{v:,.1f};{y}".replace(",", "_").replace(".", ",").replace("_", ".")
        for t, v, y in rows.itertuples(index=False)
    ]
    german = [line[:10].replace(",", ".") + line[10:] for line in german]
    (folder / "de.csv").write_text("\n".join(["t;grösse;y", *german]) + "\n", encoding="latin-1")
    rows.to_csv(folder / "en.csv", index=False)
    rows.assign(t=days.astype("int64") // 10**6).to_csv(folder / "ms.csv", index=False)
    pq.write_table(__import__("pyarrow").Table.from_pandas(rows), folder / "t.parquet")


@pytest.fixture
def german(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _tables(tmp_path)
    lstmprep.window(
        "de.csv",
        time="t",
        time_format="%d.%m.%Y",
        target="y",
        timesteps=3,
        split="0.7,0.3",
        scale="minmax",
        output="out",
        **GERMAN,
    )
    return tmp_path


ENGLISH: dict[str, Any] = {"delimiter": ",", "decimal": ".", "encoding": "utf-8", "time_format": "%Y-%m-%d"}


@pytest.mark.parametrize(
    ("file", "how"),
    [
        ("en.csv", ENGLISH),
        ("ms.csv", {**ENGLISH, "time_format": None, "time_unit": "ms"}),
        ("t.parquet", {}),
        ("de.csv", {}),
    ],
)
def test_a_table_in_another_dialect_gives_the_same_bytes(file, how, german):
    wanted = lstmprep.apply("out", "de.csv")

    new = lstmprep.apply("out", file, output="new", **how)

    assert np.array_equal(new.X, wanted.X) and np.array_equal(new.y, wanted.y)
    assert new.index()["target_first_row"].equals(wanted.index()["target_first_row"])
    checked = lstmprep.check("new")
    assert checked.ok, checked.lines()
    assert any(line.startswith("source: every value") for line in checked.proved)
    found = lstmprep.invert("new", new.y, table=file)
    assert found["prediction"].equals(found["actual"]) or np.allclose(found["prediction"], found["actual"])
    lstmprep.apply("new", file, output="again")
    assert np.array_equal(lstmprep.load("again").X, wanted.X) and lstmprep.check("again").ok


def test_the_command_spells_how_the_new_rows_are_read(german):
    words = ["--delimiter", ",", "--decimal", ".", "--encoding", "utf-8", "--time-format", "%Y-%m-%d"]

    assert run(["apply", "out", "en.csv", "-o", "new", "-q", *words]) == 0

    made = json.loads(Path("new/manifest.json").read_text())
    assert made["applied"]["reading"] == {**ENGLISH, "thousands": None}  # the point is the decimal mark now
    assert made["command"] == "lstmprep apply out en.csv " + " ".join(words)
    assert run([*made["command"].split()[1:], "-o", "again", "-q"]) == 0
    assert Path("again/X.npy").read_bytes() == Path("new/X.npy").read_bytes()


def test_a_frame_is_read_without_any_dialect(german):
    data = lstmprep.load("out")

    assert np.array_equal(data.apply(pd.read_parquet("t.parquet")).X, data.apply("de.csv").X)


def test_a_setting_that_is_none_of_reading_is_refused(german):
    with pytest.raises(RecipeError, match="no setting 'delimter' of new rows") as refused:
        lstmprep.apply("out", "en.csv", delimter=",")
    assert "'delimiter'" in refused.value.fix
    with pytest.raises(RecipeError, match="no setting 'timesteps'"):
        lstmprep.apply("out", "en.csv", timesteps=4)
