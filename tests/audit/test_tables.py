"""check on a lagged table: its bytes, and the recipe once more in the format that it has."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

import lstmprep


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.npy"])
def test_a_lagged_table_is_proved_and_a_changed_one_is_found(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    csv.write_csv(pa.table({"t": np.arange(9), "v": np.arange(9) / 7}), "in.csv")
    lstmprep.lag("in.csv", time="t", target="v", lags="1-2", output=name)

    checked = lstmprep.check(name)

    assert checked.ok, checked.findings
    assert "source: every value made again from in.csv, and equal" in checked.proved
    body = bytearray((tmp_path / name).read_bytes())
    body[-2] ^= 1
    (tmp_path / name).write_bytes(body)
    assert [f.code for f in lstmprep.check(name).findings][:1] == ["digest"]
    (tmp_path / name).unlink()
    assert [f.code for f in lstmprep.check(name).findings] == ["gone"]
    (tmp_path / name).symlink_to("in.csv")
    assert [f.code for f in lstmprep.check(name).findings] == ["path"]
