"""Parts of the recipe that belong to no framing: reading, columns, order, arrays.

A part is a frozen record that declares its settings and checks itself; the recipe
(`lstmprep.recipe`) puts them together.
"""

from __future__ import annotations

from dataclasses import replace

from lstmprep.errors import RecipeError
from lstmprep.framing.base import Answer
from lstmprep.marks import character, is_mark
from lstmprep.records import record
from lstmprep.serde import setting
from lstmprep.wording import quoted

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "#N/A")
FORMATS = ("csv", "tsv", "parquet", "feather", "jsonl", "npy", "hdf5")
_READ, _COLUMNS, _ORDER, _OUT = "Reading", "Columns", "Order and sequences", "Output"


@record(frozen=True, kw_only=True)
class Reading:
    """How the bytes of the input become cells."""

    input_format: str | None = setting(
        "choice", "Format of the input.  [default: by content and suffix]", choices=FORMATS, heading=_READ
    )
    delimiter: str | None = setting(
        "text", "What stands between cells.  [default: , or TAB for tsv]", heading=_READ, metavar="CHAR"
    )
    decimal: str = setting("text", "The decimal mark.", default=".", heading=_READ, metavar="CHAR")
    thousands: str | None = setting(
        "text", "The thousands mark inside numbers; U+00A0, U+202F for no-break spaces.", heading=_READ, metavar="CHAR"
    )
    encoding: str = setting("text", "The encoding of text.", default="utf-8", heading=_READ)
    dataset: str | None = setting(
        "text", "The dataset of an HDF5 file.  [default: the only one]", heading=_READ, metavar="NAME"
    )
    no_header: bool = setting("flag", "The first line is data; columns become c0, c1, ...", heading=_READ)
    na_values: tuple[str, ...] = setting("list", "More texts that mean a missing value.", heading=_READ, metavar="A,B")
    file_as: str | None = setting(
        "choice",
        "What a file is when there are several: parts of one table, or a sequence each.",
        choices=("table", "sequence", "sample", "timestep"),
        heading=_READ,
    )

    @property
    def second(self) -> Reading:
        """How a second table is read: alike, but its format is told by itself."""
        return replace(self, input_format=None, dataset=None, file_as=None)

    @property
    def missing_texts(self) -> list[str]:
        """Texts that mean a missing value; a comma inside one is written in quotes."""
        import csv

        flat = [value.replace("\n", " ").replace("\r", " ") for value in self.na_values]
        return [*MISSING, *(text for row in csv.reader(flat, skipinitialspace=True) for text in row)]

    @property
    def missing_numbers(self) -> list[float]:
        """Numbers among the named texts: -200 means that number in a column of numbers too."""
        found = []
        for text in self.missing_texts[len(MISSING) :]:
            plain = text.replace(self.thousands or "", "") if self.thousands else text
            try:
                found.append(float(plain.replace(self.decimal, ".") if plain.isascii() and "_" not in plain else "x"))
            except ValueError:
                continue
        return found

    def __post_init__(self) -> None:
        if self.delimiter is not None:
            object.__setattr__(
                self, "delimiter", {"\\t": "\t", "tab": "\t", "TAB": "\t"}.get(self.delimiter, self.delimiter)
            )
        if self.thousands is not None:
            object.__setattr__(self, "thousands", character(self.thousands))
        for name in ("delimiter", "decimal", "thousands"):
            value = getattr(self, name)
            if value is not None and not is_mark(value, ascii_only=name != "thousands"):
                kind, mark = ("", ",") if name == "thousands" else ("ASCII ", ";" if name == "delimiter" else ",")
                raise RecipeError(
                    f"--{name} {quoted(value)} is not one mark",
                    fix=f"Give --{name} one {kind}character, for example --{name} '{mark}'.",
                )
        if self.decimal in (self.thousands, self.delimiter):
            other = "--thousands" if self.decimal == self.thousands else "--delimiter"
            raise RecipeError(
                f"--decimal and {other} are the same mark {quoted(self.decimal)}", fix="Give two different marks."
            )
        import codecs

        try:
            if not codecs.lookup(self.encoding)._is_text_encoding:  # noqa: SLF001 (base64 and zip are codecs too)
                raise LookupError
        except (LookupError, ValueError):
            raise RecipeError(
                f"there is no encoding {quoted(self.encoding)}",
                fix="Give --encoding one of utf-8, latin-1, cp1252, utf-16, ...",
            ) from None


@record(frozen=True, kw_only=True)
class Columns:
    """What each column is for."""

    features: tuple[str, ...] = setting(
        "list",
        "Columns of X: names, globs temp_*, ranges c2..c7, positions #3.  [default: every numeric column that is nothing else]",
        heading=_COLUMNS,
        basic=True,
        short="-f",
        metavar="COLS",
    )
    exclude: tuple[str, ...] = setting(
        "list", "Columns that are no features.", heading=_COLUMNS, basic=True, short="-x", metavar="COLS"
    )
    target: tuple[str, ...] = setting(
        "list", "Columns of numbers to predict.", heading=_COLUMNS, basic=True, metavar="COLS"
    )
    label: str | None = setting("text", "Column of classes to predict.", heading=_COLUMNS, basic=True, metavar="COL")
    static: tuple[str, ...] = setting(
        "list",
        "Columns that are constant in a sequence: their own array (samples, n).",
        heading=_COLUMNS,
        metavar="COLS",
    )
    future: tuple[str, ...] = setting(
        "list",
        "Columns known for the target rows: their own array (samples, horizon, n).",
        heading=_COLUMNS,
        metavar="COLS",
    )
    categorical: tuple[str, ...] = setting(
        "list", "Text columns that become one 0/1 feature per class.", heading=_COLUMNS, metavar="COLS"
    )
    vector: tuple[str, ...] = setting(
        "list", "Columns of lists of numbers; each becomes COL_0, COL_1, ...", heading=_COLUMNS, metavar="COLS"
    )
    labels: str | None = setting(
        "text", "A second table with one label per sequence.", heading=_COLUMNS, metavar="FILE"
    )
    label_from: str | None = setting(
        "choice",
        "Where the class of a file comes from: parent is the name of the folder it lies in.",
        choices=("parent",),
        heading=_COLUMNS,
    )
    label_key: tuple[str, ...] = setting(
        "list", "Key columns of the --labels table.  [default: those of --group-by]", heading=_COLUMNS, metavar="COLS"
    )
    target_file: str | None = setting(
        "text", "A second table that holds --target, row by row.", heading=_COLUMNS, metavar="FILE"
    )

    def __post_init__(self) -> None:
        if self.label_from is not None and (self.target or self.label is not None or self.labels is not None):
            other = "--target" if self.target else "--label" if self.label is not None else "--labels"
            raise RecipeError(
                f"--label-from and {other} exclude each other", fix="A sample has one answer: leave one of them out."
            )
        if self.target and (self.label is not None or self.labels is not None):
            raise RecipeError(
                "--target and --label exclude each other",
                fix="y holds numbers (--target) or classes (--label): leave one of them out.",
            )
        if self.target_file is not None and not self.target:
            raise RecipeError("--target-file needs --target", fix="Name the columns of that table with --target.")
        if self.label_key and self.labels is None:
            raise RecipeError("--label-key needs --labels", fix="Give the table of labels with --labels FILE.")

    @property
    def answer(self) -> Answer | None:
        """What a sample is answered with."""
        classes = self.label is not None or self.labels is not None or self.label_from is not None
        return "target" if self.target else "label" if classes else None


@record(frozen=True, kw_only=True)
class Order:
    """What makes a sequence, and in which order its rows stand."""

    time: tuple[str, ...] = setting(
        "list",
        "Column of the time (several are one instant); rows are sorted by it.",
        heading=_ORDER,
        basic=True,
        metavar="COLS",
    )
    time_format: str | None = setting(
        "text", "How the time is written, for example %d/%m/%Y.  [default: ISO 8601]", heading=_ORDER, metavar="FORMAT"
    )
    group_by: tuple[str, ...] = setting(
        "list", "Key columns: each key is a sequence of its own.", heading=_ORDER, basic=True, metavar="COLS"
    )
    pivot: str | None = setting(
        "text",
        "A long panel becomes wide: columns f1@p1, one for each key of this column.",
        heading=_ORDER,
        metavar="COL",
    )
    on_duplicate: str = setting(
        "choice",
        "Rows of one sequence with the same time.",
        default="error",
        choices=("error", "first", "last", "mean"),
        heading=_ORDER,
    )
    missing: str = setting(
        "choice",
        "Missing values: refused, their samples left out, the value before, a line between, the mean of train, or the pad value.",
        default="error",
        choices=("error", "drop", "ffill", "interpolate", "mean", "mask"),
        heading="Missing values",
        basic=True,
    )

    def __post_init__(self) -> None:
        for name in ("time_format", "on_duplicate", "pivot"):
            if getattr(self, name) not in (None, "error") and not self.time:
                flag = "--" + name.replace("_", "-")
                raise RecipeError(f"{flag} needs --time", fix="Name the column of the time with --time.")


@record(frozen=True, kw_only=True)
class Storing:
    """Whether samples are written, or the rows they are made of."""

    store: str = setting(
        "choice",
        "series: every row once, and where samples start; load() makes the same X of them as a view.",
        default="windows",
        choices=("windows", "series"),
        heading=_OUT,
    )


@record(frozen=True, kw_only=True)
class Arrays:
    """How numbers are stored."""

    dtype: str = setting(
        "choice",
        "Type of the numbers.",
        default="float32",
        choices=("float32", "float64", "float16"),
        heading=_OUT,
        basic=True,
    )
    index: bool = setting(
        "flag", "Write index.parquet: source rows, keys and times of every sample.", default=True, heading=_OUT
    )
    shard_size: int | None = setting(
        "size",
        "Cut every array into files X-00000.npy, ... of this size at most; load() makes one array of them.",
        heading=_OUT,
        metavar="SIZE",
    )
    digest: str = setting(
        "choice",
        "Digest of every file that is written, by which check knows its bytes again.",
        default="xxh3",
        choices=("xxh3", "sha256", "none"),
        heading=_OUT,
    )
