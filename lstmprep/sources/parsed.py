"""Whole records of delimited text as a table: the one place that asks pyarrow.csv to parse.

    1,0.5,a      types stated for the wanted columns, by number     0: float64  [1, 2]
    2,n/a,b                                                         2: string   [a, b]

Where Arrow cannot parse a number it says so, and reads the column as text the next time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv as pacsv

from lstmprep.arrow import buffer
from lstmprep.records import record

Types = dict[str, pa.DataType]


@record(frozen=True, eq=False)
class Parser:
    """How the text of one file is parsed.

    Parameters
    ----------
    width : int
        Columns of the file, which are called 0, 1, 2, ...
    delimiter, decimal : str
    missing : list of str
        Texts that stand for no number.
    """

    width: int
    delimiter: str
    decimal: str
    missing: list[str]

    def table(self, data: bytes, types: Types, *, quoted: bool) -> pa.Table:
        r"""The columns that have a type.

        Examples
        --------
        >>> parser = Parser(width=2, delimiter=";", decimal=",", missing=[""])
        >>> parser.table(b"1,5;a\n;b\n", {"0": pa.float64()}, quoted=False).to_pydict()
        {'0': [1.5, None]}
        """
        return pacsv.read_csv(
            pa.BufferReader(data),
            read_options=pacsv.ReadOptions(
                column_names=[str(i) for i in range(self.width)], block_size=len(data) + 1, use_threads=False
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self.delimiter, newlines_in_values=quoted and b'"' in data, ignore_empty_lines=self.width > 1
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=list(types) or ["0"],
                column_types=types or {"0": pa.string()},
                null_values=self.missing,
                strings_can_be_null=False,
                decimal_point=self.decimal,
            ),
        )

    def plain(self, data: bytes, types: Types, *, quoted: bool) -> pa.Table | None:
        """The same, or nothing where a column of numbers is no such."""
        table = self.table(data, types, quoted=quoted)
        return None if odd_columns(table, types) else table


def odd_columns(table: pa.Table, types: Types) -> list[str]:
    """Columns where Arrow took a text such as nan(1) or -nan, which nobody named as missing, for a number."""
    return [key for key, kind in types.items() if kind == pa.float64() and _has_odd_nan(table.column(key))]


def _has_odd_nan(column: Any) -> bool:
    return any(len(chunk) and bool(np.isnan(buffer(chunk, "f8").min())) for chunk in column.chunks)
