"""True values of rows that are cells of several rows of the table: made as the output made them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import lstmprep


def halves() -> pd.DataFrame:
    """Two rows an hour, whose mean is neither of them."""
    return pd.DataFrame({"t": pd.date_range("2024-01-01", periods=24, freq="30min"), "v": np.arange(24.0) ** 2})


def taking_turns() -> pd.DataFrame:
    """Two series, row about row."""
    days = pd.date_range("2020-01-01", periods=8, freq="D")
    return pd.DataFrame({"t": days.repeat(2), "k": ["a", "b"] * 8, "v": np.arange(16.0)})


@pytest.mark.parametrize(("table", "settings"), [
    (halves(), {"resample": "1h"}),
    (halves(), {"resample": "1h", "aggregate": "max"}),
    (halves().drop(index=[8, 9]), {"resample": "1h", "fill": "linear"}),
    (taking_turns(), {"pivot": "k"}),
    (taking_turns(), {"pivot": "k", "split": "0.5,0.5"}),
])  # fmt: skip
def test_predictions_that_are_the_cells_are_right_with_the_table_too(tmp_path, table, settings):
    table.to_parquet(tmp_path / "t.parquet")
    lstmprep.window(tmp_path / "t.parquet", time="t", target="v", timesteps=1, output=tmp_path / "out", **settings)
    part = "test" if "split" in settings else "all"
    y = getattr(lstmprep.load(tmp_path / "out"), part if part == "test" else "y")
    y = np.asarray(y.y if part == "test" else y)

    split = {"split": part} if part == "test" else {}
    alone = lstmprep.invert(tmp_path / "out", y, **split).to_pandas()
    with_table = lstmprep.invert(tmp_path / "out", y, table=tmp_path / "t.parquet", **split).to_pandas()

    assert len(alone) == y.size
    filled = int("fill" in settings)  # a cell without a row has no true value
    assert with_table["actual"].isna().sum() == filled
    pd.testing.assert_frame_equal(
        with_table[with_table["actual"].notna()], alone[with_table["actual"].notna()], check_dtype=False
    )
