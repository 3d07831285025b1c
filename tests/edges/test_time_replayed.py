"""What was done about time is done again by apply, byte by byte, and undone by invert."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import lstmprep
from lstmprep.errors import DataError

RNG = np.random.default_rng(4)
ROWS = 40
TABLE = pa.table(
    {
        "k": ["a"] * ROWS + ["b"] * ROWS,
        "t": pa.array([3_600_000_000 * i for _ in "ab" for i in range(ROWS)], pa.timestamp("us", "UTC")),
        "v": pa.array([None if i % 7 == 3 else float(RNG.integers(1, 50)) for i in range(2 * ROWS)]),
        "y": RNG.integers(1, 90, 2 * ROWS) * 1.0,
    }
)
CASES: list[dict[str, Any]] = [
    {"missing": "mean"}, {"missing": "mask", "pad_value": -1, "indicator": True, "time_since": True}, {"missing": "ffill", "indicator": True, "difference": 2}, {"missing": "interpolate", "detrend": "linear"},
    {"missing": "ffill", "log": "v,y", "difference": 1, "detrend": "linear"}, {"missing": "drop", "resample": "3h", "fill": "ffill", "aggregate": "sum:v,mean:y"},
    {"missing": "mean", "time_delta": True, "calendar": "hour,dow", "cyclic": True, "difference": 1},
]  # fmt: skip


OTHERS = {
    "sites.csv": "k,height\na,1\nb,2.5\n",
    "late.csv": "t,late\n" + "".join(f"1970-01-0{1 + i // 24}T{i % 24:02d}:30Z,{i}\n" for i in range(0, 40, 3)),
    "parts.csv": "start,end,label\n1970-01-01T02:00Z,1970-01-01T12:00Z,calm\n1970-01-01T20:00Z,1970-01-02T12:00Z,busy\n",
}
JOINED: list[dict[str, Any]] = [
    {"missing": "mean", "features": "v,height", "join": "sites.csv", "join_on": "k"}, {"missing": "mean", "features": "v,late", "join_asof": "late.csv", "difference": 1},
    {"missing": "ffill", "target": (), "sections": "parts.csv"}, {"missing": "interpolate", "sections": "parts.csv", "resample": "2h", "fill": "linear"},
]  # fmt: skip
COARSER: list[dict[str, Any]] = [
    {"missing": "mean", "downsample": 3, "aggregate": "mean,std", "indicator": True, "time_delta": True}, {"missing": "mean", "downsample": 4, "difference": 2, "calendar": "hour", "detrend": "linear"},
    {"missing": "mean", "target": (), "downsample": 2, "aggregate": "max", "sections": "parts.csv"},
]  # fmt: skip
HOW: dict[str, dict[str, Any]] = {
    "window": {"timesteps": 3}, "pad": {}, "pad per step": {"target_mode": "per-step", "padding": "pre"}, "lag": {"lags": [1, 2]},
}  # fmt: skip


def suits(how: str, case: dict[str, Any]) -> bool:
    """Whether the command has these options, and something to answer a step with."""
    if how == "lag":
        return "downsample" not in case and case["missing"] != "mask"
    return (how.startswith("pad") or "downsample" not in case) and (how != "pad per step" or case.get("target") != ())


RUNS = [
    (how, case, scaled)
    for how in HOW
    for case in [*CASES, *JOINED, *COARSER]
    for scaled in ([False, True] if how in ("window", "pad") else [False])
    if suits(how, case)
]


@pytest.mark.parametrize(("how", "case", "scaled"), RUNS, ids=str)
def test_apply_on_the_training_table_gives_the_same_bytes(
    tmp_path: Path,
    how: str,
    case: dict[str, Any],
    scaled: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # an output knows second tables by their names
    command, out, new = how.split(maxsplit=1)[0], "out", "new"
    if command == "lag":
        out, new = "out.csv", "new.csv"
    parquet.write_table(TABLE, "t.parquet")
    for name, text in OTHERS.items():
        Path(name).write_text(text)
    asked: Any = {"group_by": "k", "time": "t", "features": "v", "target": "y", **HOW[how], **case}
    if scaled:
        asked |= {"scale": "standard", "scale_target": bool(asked["target"])}
    one = getattr(lstmprep, command)("t.parquet", output=out, **asked)
    again = lstmprep.apply(out, "t.parquet", output=new)

    assert lstmprep.check(out).ok
    assert again.manifest["feature_names"] == one.manifest["feature_names"]
    for name in one.manifest["arrays"]:
        assert again.manifest["arrays"][name]["digest"] == one.manifest["arrays"][name]["digest"], name


UNDONE: list[dict[str, Any]] = [
    {"log": "y"}, {"difference": 1}, {"difference": 3}, {"detrend": "linear"}, {"log": "y", "difference": 2, "detrend": "linear"},
]  # fmt: skip


@pytest.mark.parametrize("mode", ["sequence", "per-step"])
@pytest.mark.parametrize("case", UNDONE, ids=str)
def test_invert_brings_the_values_of_whole_sequences_back(tmp_path: Path, case: dict[str, Any], mode: str) -> None:
    data = lstmprep.pad(
        TABLE, group_by="k", time="t", features="v", target="y", target_mode=mode, missing="mean", split="0.7,0.3", split_by="sequence", scale="standard", scale_target=True, dtype="float64",
        output=tmp_path / "out", **case,
    )  # fmt: skip
    for part in ("train", "test"):
        found = data.invert(getattr(data, part).y, split=part, table=TABLE)
        rows = [
            (p, r)
            for p, r in zip(*(found[n].to_pylist() for n in ("prediction", "target_row")), strict=True)
            if r is not None
        ]
        assert len(rows) >= (2 if mode == "sequence" else 20)
        np.testing.assert_allclose([p for p, _ in rows], TABLE["y"].to_numpy()[[r for _, r in rows]], rtol=1e-9)


@pytest.mark.parametrize("horizon", [1, 4])
@pytest.mark.parametrize("case", UNDONE, ids=str)
def test_invert_brings_the_values_of_the_table_back(tmp_path: Path, case: dict[str, Any], horizon: int) -> None:
    data = lstmprep.window(
        TABLE, group_by="k", time="t", features="v", target="y", timesteps=3, horizon=horizon, missing="ffill", split="0.7,0.3", split_by="sequence", scale="standard", scale_target=True, dtype="float64",
        output=tmp_path / "out", **case,
    )  # fmt: skip
    for part in ("train", "test"):
        back = data.invert(getattr(data, part).y, split=part).to_pydict() if hasattr(data, "invert") else {}
        truth = TABLE["y"].to_numpy()
        np.testing.assert_allclose(back["prediction"], truth[np.array(back["target_row"])], rtol=1e-9)


def test_what_the_index_does_not_tell_cannot_be_undone(tmp_path: Path) -> None:
    plain = TABLE.select(["k", "v", "y"])
    data = lstmprep.window(
        plain,
        group_by="k",
        features="v",
        target="y",
        timesteps=3,
        missing="ffill",
        detrend="linear",
        output=tmp_path / "out",
    )
    with pytest.raises(DataError, match="where the predicted rows lie on their trend cannot be told"):
        data.invert(data.y)
    windows = lstmprep.window(
        plain, group_by="k", features="y", timesteps=3, difference=1, target_mode="input", output=tmp_path / "in"
    )
    with pytest.raises(DataError, match="hold nothing that brings their values back"):
        windows.invert(windows.X)


@pytest.mark.parametrize(
    "parts", [{}, {"split": "0.6,0.4", "scale": "robust"}, {"folds": 2, "scale": "standard"}], ids=str
)
@pytest.mark.parametrize(("how", "case"), [(h, c) for h, c, scaled in RUNS if not scaled], ids=str)
def test_the_order_of_rows_and_of_groups_in_the_file_does_not_count(
    tmp_path: Path, how: str, case: dict[str, Any], parts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in OTHERS.items():
        Path(name).write_text(text)
    asked: Any = {"group_by": "k", "time": "t", "features": "v", "target": "y", **HOW[how], **case, **parts}
    groups = [*range(ROWS, 2 * ROWS), *range(ROWS)]

    def made(table: pa.Table) -> Any:
        try:
            arrays = getattr(lstmprep, how.split(maxsplit=1)[0])(table, **asked).arrays
        except DataError as error:  # too few rows for these parts, whatever their order
            return error.what
        return {n: v.to_pylist() if isinstance(v, pa.Table) else np.asarray(v).tobytes() for n, v in arrays.items()}

    expected = made(TABLE)
    assert made(TABLE.take(groups)) == expected
    assert made(TABLE.take(np.random.default_rng(1).permutation(2 * ROWS).tolist())) == expected
