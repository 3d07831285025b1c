"""FAULTS 38-41: Parquet files that are broken, types of every kind, and metadata that lies.

The right answer is the number that was written, or a refusal that says what is wrong with the file or the type.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import random
import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.faults.conftest import Desk, Done

VALUES = {"a": [float(i) for i in range(400)], "b": list(range(400))}


def file(desk: Desk, **options: Any) -> bytes:
    """The bytes of a table with two columns."""
    desk.parquet("whole.parquet", VALUES, **options)
    return desk.path("whole.parquet").read_bytes()


# -- 38: broken files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0001, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_38_a_file_that_is_cut_is_no_parquet_file(desk: Desk, share: float) -> None:
    whole = file(desk)
    desk.write("t.parquet", whole[: max(4, int(len(whole) * share))])

    assert "t.parquet" in desk.refused("t.parquet", "-t", "2", code={3, 4})


@pytest.mark.parametrize("what", ["magic", "end", "length", "length too large", "footer", "doubled", "twice", "tail"])
def test_38_a_file_whose_frame_is_broken_is_refused(desk: Desk, what: str) -> None:
    whole = file(desk)
    n = int.from_bytes(whole[-8:-4], "little")
    broken = {
        "magic": b"PAR2" + whole[4:],
        "end": whole[:-4] + b"PAR2",
        "length": whole[:-8] + (3).to_bytes(4, "little") + b"PAR1",
        "length too large": whole[:-8] + (1 << 31).to_bytes(4, "little") + b"PAR1",
        "footer": whole[: -8 - n] + bytes(n) + whole[-8:],
        "doubled": whole[:-8] + whole[-8:] * 2,
        "twice": b"PAR1PAR1",
        "tail": whole + b"\0" * 16,
    }[what]
    desk.write("t.parquet", broken)

    assert "t.parquet" in desk.refused("t.parquet", "-t", "2", code={3, 4})


@pytest.mark.parametrize("seed", range(40))
def test_38_flipped_bytes_are_refused_or_change_nothing(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    whole = bytearray(file(desk, write_page_checksum=True, compression=chance.choice(["none", "snappy", "zstd"])))
    for _ in range(chance.choice([1, 1, 3])):
        whole[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
    desk.write("t.parquet", bytes(whole))

    done = desk.either("t.parquet", "-t", "1", "-f", "#1,#2", codes={2, 3, 4})

    if isinstance(done, Done) and done.manifest["feature_names"] == ["a", "b"]:
        assert done.X[:, 0].tolist() == [[a, b] for a, b in zip(VALUES["a"], VALUES["b"], strict=True)]


# -- 39: page checksums --------------------------------------------------------------------------------


def test_39_a_page_whose_checksum_is_wrong_is_refused_though_it_can_be_read(desk: Desk) -> None:
    whole = file(desk, write_page_checksum=True, compression="none", use_dictionary=False)
    cell = np.float64(123).tobytes()
    assert whole.count(cell) >= 1
    desk.write("t.parquet", whole.replace(cell, np.float64(124).tobytes(), 1))
    assert parquet.read_table(desk.path("t.parquet"))["a"][123].as_py() == 124, "without checksums nobody sees it"

    assert "t.parquet" in desk.refused("t.parquet", "-t", "2", code={3, 4})


def test_39_a_wrong_page_of_a_column_nobody_wants_is_not_read(desk: Desk) -> None:
    whole = file(desk, write_page_checksum=True, compression="none", use_dictionary=False)
    desk.write("t.parquet", whole.replace(np.float64(123).tobytes(), np.float64(124).tobytes(), 1))

    assert desk.works("t.parquet", "-t", "1", "-f", "b").X.ravel().tolist() == VALUES["b"]


# -- 40: types -----------------------------------------------------------------------------------------

NUMBERS = {
    "dictionary of strings": pa.array(["1", "2", "1", "3"]).dictionary_encode(),
    "dictionary of decimals": pa.DictionaryArray.from_arrays(pa.array([0, 1, 0, 2], pa.int8()), pa.array([decimal.Decimal(i) for i in "123"])),
    "dictionary of whole numbers": pa.array([1, 2, 1, 3]).dictionary_encode(),
    "decimal128": pa.array([decimal.Decimal(i) for i in ("1.00", "2.00", "1.00", "3.00")]),
    "decimal256": pa.array([decimal.Decimal(i) for i in ("1.00", "2.00", "1.00", "3.00")], pa.decimal256(60, 2)),
    "large string": pa.array(["1", "2", "1", "3"], pa.large_string()),
    "half float": pa.array(np.array([1, 2, 1, 3], "float16")),
    "float": pa.array([1, 2, 1, 3], pa.float32()),
    **{str(kind): pa.array([1, 2, 1, 3], kind) for kind in (pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64())},
}  # fmt: skip
UTC = dt.UTC
OTHERS = {
    "timestamp[s]": pa.array([1, 2, 3, 4], pa.timestamp("s")),
    "timestamp[ms]": pa.array([1, 2, 3, 4], pa.timestamp("ms")),
    "timestamp[us, zone]": pa.array([1, 2, 3, 4], pa.timestamp("us", "Europe/Berlin")),
    "timestamp[ns, utc]": pa.array([1, 2, 3, 4], pa.timestamp("ns", "UTC")),
    "date32": pa.array([dt.date(2024, 1, i) for i in range(1, 5)]),
    "time64": pa.array([dt.time(i) for i in range(4)]),
    "duration": pa.array([dt.timedelta(hours=i) for i in range(4)]),
    "binary": pa.array([b"1", b"2", b"3", b"4"]),
    "fixed size binary": pa.array([b"1", b"2", b"3", b"4"], pa.binary(1)),
    "list": pa.array([[1], [2], [3], [4]]),
    "struct": pa.array([{"x": i} for i in range(4)]),
    "map": pa.array([[("x", i)] for i in range(4)], pa.map_(pa.string(), pa.int64())),
    "list of structs": pa.array([[{"x": [i]}] for i in range(4)]),
    "null": pa.nulls(4),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_40_every_type_of_number_is_used_right(desk: Desk, kind: str) -> None:
    desk.parquet("t.parquet", {"v": NUMBERS[kind]})

    assert desk.works("t.parquet", "-t", "1", "-f", "v").X.ravel().tolist() == [1, 2, 1, 3]


@pytest.mark.parametrize("kind", OTHERS)
def test_40_what_is_no_number_is_refused_as_a_feature_naming_the_column_and_its_type(desk: Desk, kind: str) -> None:
    desk.parquet("t.parquet", {"v": OTHERS[kind], "w": [1, 2, 3, 4]})

    said = desk.refused("t.parquet", "-t", "1", "-f", "v,w", code={2, 3})

    assert "column v" in said
    assert re.split(r"[\[<]", str(OTHERS[kind].type))[0] in said or (kind == "null" and "missing" in said)


@pytest.mark.parametrize("kind", OTHERS)
def test_40_what_is_no_number_is_left_out_when_nobody_asks_for_it(desk: Desk, kind: str) -> None:
    desk.parquet("t.parquet", {"v": OTHERS[kind], "w": [1, 2, 3, 4]})

    done = desk.either("t.parquet", "-t", "1", codes={2, 3})

    if isinstance(done, Done):
        assert done.manifest["feature_names"] == ["w"]
        assert " v" in done.report, "what is left out is said"
    else:
        assert "column v" in done


@pytest.mark.parametrize("kind", [k for k in OTHERS if k.startswith(("timestamp", "date"))])
def test_40_every_type_of_time_orders_the_rows(desk: Desk, kind: str) -> None:
    back = pa.array([3, 2, 1, 0])
    desk.parquet("t.parquet", {"t": OTHERS[kind].take(back), "w": [1, 2, 3, 4]})

    assert desk.works("t.parquet", "-t", "4", "--time", "t").X.ravel().tolist() == [4, 3, 2, 1]


@pytest.mark.parametrize(
    "kind",
    ["dictionary of strings", "dictionary of decimals", "decimal128", "large string", "half float", "int8", "uint64"],
)
def test_40_every_type_may_be_a_key(desk: Desk, kind: str) -> None:
    desk.parquet("t.parquet", {"k": NUMBERS[kind], "w": [1, 2, 3, 4]})

    done = desk.works("t.parquet", "-t", "1", "--group-by", "k")

    assert done.manifest["sequences"]["count"] == 3
    assert done.X.ravel().tolist() == [1, 3, 2, 4]


@pytest.mark.parametrize("where", [[0], [0, 0, 3], [1, 0, 2], [3, 0]])
def test_40_row_groups_without_rows_are_no_rows(desk: Desk, where: list[int]) -> None:
    schema = pa.schema({"v": pa.float64()})
    with parquet.ParquetWriter(desk.path("t.parquet"), schema) as writer:
        for n in where:
            writer.write_table(pa.table({"v": np.arange(float(n))}, schema))

    if sum(where):
        assert desk.works("t.parquet", "-t", "1").rows == 3
    else:
        assert "no rows" in desk.refused("t.parquet", "-t", "1", code=3)


# -- 41: pandas, dots, and schemas that lie ------------------------------------------------------------


def test_41_an_index_of_pandas_can_be_the_time(desk: Desk) -> None:
    frame = pd.DataFrame({"v": [1.0, 2.0, 3.0]}, index=pd.date_range("2024-01-01", periods=3, name="when"))
    frame.to_parquet(desk.path("t.parquet"))

    assert desk.works("t.parquet", "-t", "3", "--time", "when").X.ravel().tolist() == [1, 2, 3]


def test_41_an_index_without_a_name_is_no_number_nobody_asked_for(desk: Desk) -> None:
    pd.DataFrame({"v": [1.0, 2.0, 3.0]}, index=[7, 8, 9]).to_parquet(desk.path("t.parquet"))

    done = desk.works("t.parquet", "-t", "1")

    assert done.manifest["feature_names"] == ["v"] or "__index_level_0__" in done.report


def test_41_names_with_dots_are_columns_and_no_paths(desk: Desk) -> None:
    desk.parquet("t.parquet", {"a.b": [1.0, 2.0], "a": [{"b": 5.0}, {"b": 6.0}], "c.d.e": [3.0, 4.0]})

    done = desk.works("t.parquet", "-t", "1", "-f", "a.b,c.d.e")

    assert done.X[:, 0].tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    "said",
    [
        b"{", b"", b"\xff\xfe", b"null", b"[]", b'{"index_columns": ["nobody"], "columns": 7}',
        json.dumps({"index_columns": ["v"], "columns": [{"name": "v", "field_name": "v", "pandas_type": "datetime", "numpy_type": "datetime64[ns]", "metadata": None}], "column_indexes": []}).encode(),
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_41_broken_or_lying_metadata_of_pandas_changes_nothing(desk: Desk, said: bytes) -> None:
    table = pa.table({"v": [1.0, 2.0, 3.0]}).replace_schema_metadata({b"pandas": said})
    desk.parquet("t.parquet", table)

    assert desk.works("t.parquet", "-t", "1").X.ravel().tolist() == [1, 2, 3]


@pytest.mark.parametrize("schema", [b"", b"not base64!", b"AAAA", b"/////w==" * 50])
def test_41_a_broken_arrow_schema_is_ignored_or_refused(desk: Desk, schema: bytes) -> None:
    table = pa.table({"v": [1.0, 2.0, 3.0]}).replace_schema_metadata({b"ARROW:schema": schema})
    parquet.write_table(table, desk.path("t.parquet"), store_schema=False)

    done = desk.either("t.parquet", "-t", "1", codes={3, 4})

    assert isinstance(done, str) or done.X.ravel().tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "part", ["--label", "--target", "--group-by", "--time", "--categorical", "--features", "--static", "--future"]
)
def test_41_a_column_whose_name_is_empty_plays_its_part_or_is_refused(desk: Desk, part: str) -> None:
    desk.parquet("t.parquet", pa.table([[1.0, 1.0, 1.0], [3.0, 4.0, 5.0], [0.0, 1.0, 2.0]], names=["", "b", "y"]))

    more = ["--target", "y"] if part == "--future" else ["--group-by", "b"] if part == "--static" else []
    order = ["--on-duplicate", "first"] if part == "--time" else []
    done = desk.either("t.parquet", "-t", "1", part, "#1", *more, *order, codes={2, 3})

    assert isinstance(done, Done) or "#1" in done or "name" in done
