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


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_apply_on_the_training_table_gives_the_same_bytes(tmp_path: Path, case: dict[str, Any], scaled: bool) -> None:  # noqa: FBT001
    path = tmp_path / "t.parquet"
    parquet.write_table(TABLE, path)
    asked: Any = {"group_by": "k", "time": "t", "features": "v", "target": "y", "timesteps": 3, **case}
    if scaled:
        asked |= {"scale": "standard", "scale_target": True}
    one = lstmprep.window(path, output=tmp_path / "out", **asked)
    again = lstmprep.apply(tmp_path / "out", path, output=tmp_path / "new")

    assert again.manifest["feature_names"] == one.manifest["feature_names"]
    for name in one.manifest["arrays"]:
        assert again.manifest["arrays"][name]["digest"] == one.manifest["arrays"][name]["digest"], name


UNDONE: list[dict[str, Any]] = [
    {"log": "y"}, {"difference": 1}, {"difference": 3}, {"detrend": "linear"}, {"log": "y", "difference": 2, "detrend": "linear"},
]  # fmt: skip


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
