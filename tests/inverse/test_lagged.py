"""Predictions of a lagged table come back to its keys and times, and with the source to its rows."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.cli import run
from lstmprep.errors import DataError, RecipeError

CHANGES = [{}, {"log": "y,z"}, {"difference": 1}, {"difference": 2, "detrend": "linear", "log": "y"}]


def table(sizes: dict[str, int]) -> pa.Table:
    """Sequences one after the other, in the order given, a row every ten units of time."""
    rng = np.random.default_rng(7)
    rows = [(k, 10 * i) for k, n in sizes.items() for i in range(n)]
    w, y, z = rng.uniform(1, 9, (3, len(rows)))
    return pa.table({"k": [k for k, _ in rows], "t": [t for _, t in rows], "w": w, "y": y, "z": z})


@given(
    sizes=st.permutations(["b", "a", "c"]).flatmap(
        lambda keys: st.fixed_dictionaries({k: st.integers(36, 42) for k in keys})
    ),
    lags=st.sampled_from(["1-2", "0,3", "2", "1,7"]),
    horizon=st.sampled_from([1, 3]),
    changes=st.sampled_from(CHANGES),
    scaled=st.sampled_from([{}, {"scale": "standard", "scale_target": True}, {"scale": "minmax", "scale_target": True, "scale_by_group": True}]),
    split=st.sampled_from([{}, {"split": "0.6,0.4", "split_by": "sequence"}, {"folds": 2, "split_by": "sequence"}]),
    source=st.booleans(),
)  # fmt: skip
def test_y_itself_comes_back_to_the_values_of_the_source(sizes, lags, horizon, changes, scaled, split, source):
    given_, source = table(sizes), source or "difference" in changes
    if not split:
        scaled = {}
    low = min(int(lag) for lag in lags.replace("-", ",").split(","))
    made = lstmprep.lag(
        given_, lags=lags, horizon=horizon, features="w" if low == 0 else "w,y,z", target="y,z", group_by="k", time="t", dtype="float64",
        missing="drop", **changes, **scaled, **split,
    )  # fmt: skip
    assert made.table().column_names[-2 * horizon :][0] == "y(t)"
    of = {(r["k"], r["t"]): (i, r) for i, r in enumerate(given_.to_pylist())}
    last = {k: 10 * (n - 1) for k, n in sizes.items()}

    for part in made.manifest["splits"]:
        x = made.arrays["X" if part == "all" else "/".join([*part.split("/")[:-1], "X_" + part.split("/")[-1]])]
        told = made.invert(x[:, -2 * horizon :], split=part, table=given_ if source else None).to_pylist()
        assert len(told) == len(x) * horizon * 2
        rows = (
            made.table().to_pylist() if part == "all" else [r for r in made.table().to_pylist() if r["split"] == part]
        )
        for n, row in enumerate(told):
            t = rows[row["sample"]]
            when = t["t"] + 10 * (row["step"] - 1)
            here, values = of[t["k"], when]
            assert (row["split"], row["k"], row["sample"], row["step"]) == (
                part,
                t["k"],
                n // (2 * horizon),
                1 + n // 2 % horizon,
            )
            assert row["target"] == "yz"[n % 2]
            assert row["prediction"] == pytest.approx(values[row["target"]])
            assert row["actual"] == pytest.approx(values[row["target"]])
            assert row["target_time"] == (when if source or row["step"] == 1 else None)
            assert row["target_row"] == (here if source else None)
            began = t["t"] - 10 * low
            assert began <= last[t["k"]]
            assert row["origin_row"] == (of[t["k"], began][0] if source else None)
            assert row["origin_time"] == (began if source or not low else None)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    pc.write_csv(table({"b": 20, "a": 20}), tmp_path / "t.csv")
    line = f"lag {tmp_path}/t.csv --lags 1-2 -f y --target z --group-by k --time t --split 0.7,0.3 --scale standard --scale-target -q"
    assert run([*line.split(), "-o", str(tmp_path / "lags.csv")]) == 0
    return tmp_path


def test_the_command_takes_a_lagged_table_in_a_file(made, capsys):
    x = lstmprep.load(made / "lags.csv").test.X
    np.save(made / "pred.npy", x[:, -1] + 1)

    line = f"invert {made}/lags.csv {made}/pred.npy --split test --table {made}/t.csv --combine mean"
    assert run([*line.split(), "-o", str(made / "mean.csv")]) == 0

    err = capsys.readouterr().err
    found = pc.read_csv(made / "mean.csv").to_pylist()
    spread = float(np.std([r["z"] for r in table({"b": 20, "a": 20}).to_pylist() if r["t"] < 140]))
    assert all(abs(r["prediction"] - r["actual"] - spread) < 1e-5 for r in found)
    assert [(r["k"], r["target_row"]) for r in found] == [("a", 36 + i) for i in range(4)] + [
        ("b", 16 + i) for i in range(4)
    ]
    assert float(re.search(r"MAE ([0-9.]+)", err)[1]) == pytest.approx(spread, rel=1e-5)


def test_a_later_table_tells_what_happened_by_key_and_time(made):
    later = table({"a": 19, "b": 17}).append_column("more", pa.array(range(36)))
    values = {(r["k"], r["t"]): r["z"] for r in later.to_pylist()}
    data = lstmprep.load(made / "lags.csv")

    told = data.invert(data.test.X[:, -1:], split="test", table=later).to_pylist()

    assert [r["actual"] for r in told] == [
        pytest.approx(v) if (v := values.get((r["k"], r["target_time"]))) else None for r in told
    ]
    assert {r["target_row"] for r in told} == {None}
    assert sum(r["actual"] is None for r in told) == 4


def test_rows_for_which_no_answer_is_known_come_back_too(made):
    new = lstmprep.load(made / "lags.csv").apply(table({"c": 6}).drop(["z"]), no_target=True)

    told = new.invert(np.zeros((4, 1), np.float32)).to_pylist()

    mean = np.mean([r["z"] for r in table({"b": 20, "a": 20}).to_pylist() if r["t"] < 140])
    assert [r["target_time"] for r in told] == [20, 30, 40, 50]
    assert [r["prediction"] for r in told] == [pytest.approx(mean)] * 4
    assert "actual" not in told[0]


def test_the_numbers_alone_come_back_where_no_key_is_lost(tmp_path):
    x = table({"a": 9}).select(["y"])
    data = lstmprep.lag(x, lags="1", target="y", log="y", output=tmp_path / "n.npy")

    told = data.invert(data.X[:, -1]).to_pylist()

    assert [r["prediction"] for r in told] == pytest.approx(x["y"].to_pylist()[1:])
    assert "target_time" not in told[0]


@pytest.mark.parametrize(
    ("settings", "with_table", "words"),
    [
        ({}, True, "without --time the rows of a lagged table cannot be found in another table"),
        ({"time": "t", "difference": 1}, False, "does not hold the values that its differences stand on"),
        ({"time": "t", "group_by": "k", "output": "n.npy"}, False, "the numbers alone were written: which k a row belongs to"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_says_what_to_do(settings, with_table, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given_ = table({"a": 9})
    made = lstmprep.lag(given_, lags="1", features="y", target="y", **settings)

    with pytest.raises((RecipeError, DataError), match=words) as told:
        made.invert(made.X[:, -1], table=given_ if with_table else None)
    assert told.value.fix


def test_a_row_that_the_source_lacks_has_nothing_to_stand_on():
    given_ = table({"a": 9})
    made = lstmprep.lag(given_, lags="1", features="y", target="y", time="t", group_by="k", difference=1)

    with pytest.raises(DataError, match="row t of 3 rows is not in the table") as told:
        made.invert(made.X[:, -1], table=given_.slice(0, 6))
    assert "that the lagged one was made from" in str(told.value)
