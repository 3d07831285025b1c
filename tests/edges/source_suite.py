"""What every source of rows must keep: the members, the table that all of them hold, and how each writes it.

A new source is added to `MEMBERS` and inherits the claims of test_sources.py. A member writes the columns
of `TABLE` (or gives them in memory) and says what its cells look like as text; the claims do the rest.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import feather, parquet

Columns = dict[str, list[Any]]
ROWS = 41

#: Keys with commas, quotes, line breaks and leading zeros; a name with a comma, a quote and a unit.
TABLE: Columns = {
    "key": [["007", "7", "a, b", 'say "é"', "two\nlines"][i % 5 if i < 20 else i // 9] for i in range(ROWS)],
    "t": [1000 - 7 * i if i % 3 else 2000 + i for i in range(ROWS)],
    "temp": [i / 8 - 2 for i in range(ROWS)],
    'rain, "mm" (é)': [float(i * i) for i in range(ROWS)],
    "on": [i % 4 == 1 for i in range(ROWS)],
}
NUMBERS = ["t", "temp", 'rain, "mm" (é)', "on"]
PARTS = {"walk10": (30, ROWS), "walk1": (0, 11), "walk2": (11, 30)}  # natural order: 1, 2, 10


@dataclass
class Given:
    """What one member gives: the input, how it is read, and what it should say of each cell."""

    inputs: Any
    reading: dict[str, Any] = field(default_factory=dict)
    table: Columns = field(default_factory=lambda: TABLE)
    cell: Callable[[Any], str] = str
    lines: list[int] | None = None  # of every row, where rows stand on lines
    files: list[tuple[str, int]] | None = None  # (file, row within it) of every row, from 0
    paths: list[Path] = field(default_factory=list)


def text_of(value: Any, decimal: str = ".") -> str:
    """A cell of a text file."""
    if isinstance(value, bool):
        return "TRUE" if value else "False"
    return value if isinstance(value, str) else repr(value).replace(".", decimal)


def csv_text(table: Columns, *, delimiter: str = ",", decimal: str = ".", end: str = "\n", header: bool = True) -> str:
    """The table as delimited text."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    if header:
        writer.writerow(table)
    writer.writerows([text_of(v, decimal) for v in row] for row in zip(*table.values(), strict=True))
    return out.getvalue()


def lines_of(table: Columns, header: int = 1) -> list[int]:
    """The line on which each row of a delimited text begins, when a line break in a cell is one."""
    out, line = [], header + 1
    for row in zip(*table.values(), strict=True):
        out.append(line)
        line += 1 + sum(v.count("\n") for v in row if isinstance(v, str))
    return out


def arrow_of(table: Columns) -> pa.Table:
    """The table in memory, for Arrow."""
    return pa.table(dict(table))


def _delimited(folder: Path, name: str, data: bytes, **reading: Any) -> Given:
    path = folder / name
    path.write_bytes(data)
    mark = reading.get("decimal", ".")
    return Given(
        str(path), reading, cell=lambda v: text_of(v, mark), lines=lines_of(TABLE), paths=[path]
    )  # fmt: skip


def _csv(folder: Path) -> Given:
    return _delimited(folder, "data.csv", csv_text(TABLE).encode())


def _tsv(folder: Path) -> Given:
    return _delimited(folder, "data.tsv", csv_text(TABLE, delimiter="\t").encode())


def _semicolons(folder: Path) -> Given:
    text = csv_text(TABLE, delimiter=";", decimal=",", end="\r\n")
    return _delimited(folder, "data.txt", b"\xef\xbb\xbf" + text.encode(), delimiter=";", decimal=",")


def _carriage_returns(folder: Path) -> Given:
    text = csv_text(TABLE).replace("\n", "\r")
    given = _delimited(folder, "old_mac.csv", text.encode())
    given.table = TABLE | {"key": [k.replace("\n", "\r") for k in TABLE["key"]]}
    return given


def _gz(folder: Path) -> Given:
    return _delimited(folder, "data.csv.gz", gzip.compress(csv_text(TABLE).encode()))


def _bz2(folder: Path) -> Given:
    return _delimited(folder, "data.csv.bz2", bz2.compress(csv_text(TABLE).encode()))


def _zst(folder: Path) -> Given:
    return _delimited(folder, "data.csv.zst", pa.compress(csv_text(TABLE).encode(), "zstd", asbytes=True))


def _utf16(folder: Path) -> Given:
    return _delimited(folder, "wide.csv", csv_text(TABLE).encode("utf-16"), encoding="utf-16")


def _latin(folder: Path) -> Given:
    return _delimited(folder, "latin.csv", csv_text(TABLE).encode("latin-1"), encoding="latin-1")


def _packed_latin(folder: Path) -> Given:
    data = gzip.compress(csv_text(TABLE).encode("cp1252"))
    return _delimited(folder, "latin.csv.gz", data, encoding="cp1252")


def _headless(folder: Path) -> Given:
    given = _delimited(folder, "bare.csv", csv_text(TABLE, header=False).encode(), no_header=True)
    given.table = {f"c{i}": column for i, column in enumerate(TABLE.values())}
    given.lines = lines_of(TABLE, header=0)
    return given


def _blank_lines(folder: Path) -> Given:
    """Empty lines between rows are no rows, but they are lines."""
    lines = csv_text(TABLE).split("\n")
    given = _delimited(folder, "airy.csv", ("\n\n" + "\n".join([lines[0], "", *lines[1:]]) + "\n\n").encode())
    given.lines = [n + 3 for n in lines_of(TABLE)]
    return given


def _parquet(folder: Path) -> Given:
    path = folder / "data.parquet"
    parquet.write_table(arrow_of(TABLE), path, row_group_size=9, write_page_checksum=True)
    return Given(str(path), paths=[path])


def _parquet_folder(folder: Path) -> Given:
    place = folder / "store"
    (place / "more").mkdir(parents=True)
    names = {"walk1": "part-1.parquet", "walk2": "part-2.parquet", "walk10": "part-10.parquet"}
    given = Given(str(place), files=[])
    for stem in ("walk1", "walk2", "walk10"):
        first, stop = PARTS[stem]
        path = place / names[stem]
        parquet.write_table(arrow_of(TABLE).slice(first, stop - first), path)
        given.paths.append(path)
        given.files += [(f"store/{names[stem]}", k) for k in range(stop - first)]  # type: ignore[operator]
    (place / "_SUCCESS").write_text("")
    (place / ".hidden.parquet").write_text("no table")
    return given


def _feather(folder: Path) -> Given:
    path = folder / "data.feather"
    feather.write_feather(arrow_of(TABLE), path, compression="lz4", chunksize=8)
    return Given(str(path), paths=[path])


def _jsonl(folder: Path) -> Given:
    path = folder / "data.jsonl"
    rows = [dict(zip(TABLE, row, strict=True)) for row in zip(*TABLE.values(), strict=True)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return Given(
        str(path), cell=lambda v: str(v).replace("\n", "\\n"), lines=list(range(1, ROWS + 1)), paths=[path]
    )  # fmt: skip


def _arrow(folder: Path) -> Given:
    table = arrow_of(TABLE)
    return Given(pa.concat_tables([table.slice(0, 13), table.slice(13, 0), table.slice(13)]))


def _record_batch(folder: Path) -> Given:
    return Given(arrow_of(TABLE).combine_chunks().to_batches()[0])


def _pandas(folder: Path) -> Given:
    import pandas as pd

    return Given(pd.DataFrame(TABLE))


def _pandas_index(folder: Path) -> Given:
    """Columns kept as a named index are columns."""
    import pandas as pd

    return Given(pd.DataFrame(TABLE).set_index(["key", "t"]))


def _polars(folder: Path) -> Given:
    import polars as pl

    return Given(pl.DataFrame(TABLE))


def _numpy(folder: Path) -> Given:
    array = np.array([TABLE[n] for n in NUMBERS], np.float64).T
    return Given(array, table={f"c{i}": column for i, column in enumerate(array.T.tolist())})


def _saved(folder: Path, array: Any) -> Given:
    path = folder / "data.npy"
    np.save(path, array)
    return Given(str(path), table={f"c{i}": column for i, column in enumerate(array.T.tolist())}, paths=[path])


def _npy(folder: Path) -> Given:
    return _saved(folder, np.array([TABLE[n] for n in NUMBERS], np.float64).T.copy())


def _npy_by_column(folder: Path) -> Given:
    return _saved(folder, np.asfortranarray(np.array([TABLE[n] for n in NUMBERS], ">f8").T))


def fields_of(table: Columns) -> Any:
    """The table as a compound array."""
    kinds = {str: "U20", int: ">i4", float: "f8", bool: "?"}
    out = np.empty(ROWS, [(name, kinds[type(column[0])]) for name, column in table.items()])
    for name, column in table.items():
        out[name] = column
    return out


def _npy_of_fields(folder: Path) -> Given:
    path = folder / "records.npy"
    np.save(path, fields_of(TABLE))
    return Given(str(path), paths=[path])


def _hdf5(folder: Path) -> Given:
    import h5py

    array = np.array([TABLE[n] for n in NUMBERS], np.float64).T
    with h5py.File(folder / "data.h5", "w") as store:
        store.create_dataset("some/where", data=array, chunks=(7, 2), compression="gzip")
        store["some/note"] = "no table"
    table = {f"c{i}": column for i, column in enumerate(array.T.tolist())}
    return Given(str(folder / "data.h5"), table=table, paths=[folder / "data.h5"])


def _hdf5_of_fields(folder: Path) -> Given:
    import h5py

    kinds = {str: h5py.string_dtype(), int: ">i4", float: "f8", bool: "?"}
    array = np.empty(ROWS, [(name, kinds[type(column[0])]) for name, column in TABLE.items()])
    for name, column in TABLE.items():
        array[name] = column
    with h5py.File(folder / "records.h5", "w") as store:
        store["records"] = array
        store["more"] = np.zeros(3)
    return Given(str(folder / "records.h5"), {"dataset": "/records"}, paths=[folder / "records.h5"])


def _numpy_records(folder: Path) -> Given:
    return Given(fields_of(TABLE)[::-1][::-1])


def _parts(folder: Path) -> tuple[list[Path], list[tuple[str, int]]]:
    paths, files = [], []
    for stem, (first, stop) in PARTS.items():
        path = folder / f"{stem}.csv"
        path.write_text(csv_text({n: c[first:stop] for n, c in TABLE.items()}), encoding="utf-8")
        paths.append(path)
    for stem in ("walk1", "walk2", "walk10"):
        files += [(f"{stem}.csv", k) for k in range(PARTS[stem][1] - PARTS[stem][0])]
    return paths, files


def _several(folder: Path) -> Given:
    paths, files = _parts(folder)
    return Given([str(p) for p in paths], {"file_as": "table"}, cell=text_of, files=files, paths=paths)


def _sequences(folder: Path) -> Given:
    paths, files = _parts(folder)
    table = TABLE | {"file": [name.removesuffix(".csv") for name, _ in files]}
    reading = {"file_as": "sequence"}
    return Given(str(folder / "walk*.csv"), reading, table, cell=text_of, files=files, paths=paths)


MEMBERS: dict[str, Callable[[Path], Given]] = {
    "csv": _csv, "tsv": _tsv, "csv with semicolons, decimal commas, CRLF and BOM": _semicolons,
    "csv with carriage returns": _carriage_returns, "csv without header": _headless, "csv with empty lines": _blank_lines,
    "csv.gz": _gz, "csv.bz2": _bz2, "csv.zst": _zst, "csv in utf-16": _utf16, "csv in latin-1": _latin,
    "csv.gz in cp1252": _packed_latin, "parquet": _parquet, "folder of parquet": _parquet_folder, "feather": _feather,
    "jsonl": _jsonl, "arrow": _arrow, "arrow batch": _record_batch, "pandas": _pandas, "pandas with index": _pandas_index,
    "polars": _polars, "numpy": _numpy, "numpy records": _numpy_records, "npy": _npy, "npy column by column": _npy_by_column,
    "npy of fields": _npy_of_fields, "hdf5": _hdf5, "hdf5 of fields": _hdf5_of_fields, "files as one table": _several, "files as sequences": _sequences,
}  # fmt: skip
