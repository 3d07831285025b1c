"""The recipe: every choice of the user, one frozen value, checked when made.

The parts below declare their settings; the recipe is the parts together. It reads from
and writes to flat plain data (flags, TOML, JSON, keywords): names are unique across parts.
What only concerns one run (where to write, what to print) is no part of it: the same
recipe on the same table gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.framing import Batching, Layout, Window
from lstmprep.framing.window import Answer
from lstmprep.serde import Setting, build, given, setting, settings_of, spell
from lstmprep.wording import listed, quoted

FORMATS = ("csv", "tsv", "parquet", "feather", "jsonl")
_READ, _COLUMNS, _ORDER, _OUT = "Reading", "Columns", "Order and sequences", "Output"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the bytes of the input become cells."""

    input_format: str | None = setting("choice", "Format of the input.  [default: by content and suffix]", choices=FORMATS, heading=_READ)
    delimiter: str | None = setting("text", "What stands between cells.  [default: , or TAB for tsv]", heading=_READ, metavar="CHAR")
    decimal: str = setting("text", "The decimal mark.", default=".", heading=_READ, metavar="CHAR")
    thousands: str | None = setting("text", "The thousands mark inside numbers.", heading=_READ, metavar="CHAR")
    encoding: str = setting("text", "The encoding of text.", default="utf-8", heading=_READ)
    no_header: bool = setting("flag", "The first line is data; columns become c0, c1, ...", heading=_READ)
    na_values: tuple[str, ...] = setting("list", "More texts that mean a missing value.", heading=_READ, metavar="A,B")
    file_as: str | None = setting(
        "choice", "What a file is when there are several: parts of one table, or a sequence each.", choices=("table", "sequence"), heading=_READ
    )

    def __post_init__(self) -> None:
        if self.delimiter is not None:
            object.__setattr__(self, "delimiter", {"\\t": "\t", "tab": "\t", "TAB": "\t"}.get(self.delimiter, self.delimiter))
        for name in ("delimiter", "decimal", "thousands"):
            value = getattr(self, name)
            if value is not None and (len(value) != 1 or not value.isascii() or value.isalnum() or value in '"\r\n+-'):
                raise RecipeError(f"--{name} {quoted(value)} is not one mark", fix=f"Give --{name} one ASCII character, for example --{name} '{';' if name == 'delimiter' else ','}'.")
        if self.decimal == self.thousands or self.decimal == self.delimiter:
            other = "--thousands" if self.decimal == self.thousands else "--delimiter"
            raise RecipeError(f"--decimal and {other} are the same mark {quoted(self.decimal)}", fix="Give two different marks.")
        import codecs

        try:
            codecs.lookup(self.encoding)
        except (LookupError, ValueError):
            raise RecipeError(f"there is no encoding {quoted(self.encoding)}", fix="Give --encoding one of utf-8, latin-1, cp1252, utf-16, ...") from None


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What each column is for."""

    features: tuple[str, ...] = setting(
        "list", "Columns of X: names, globs temp_*, ranges c2..c7, positions #3.  [default: every numeric column that is nothing else]", heading=_COLUMNS, basic=True, short="-f", metavar="COLS"
    )
    exclude: tuple[str, ...] = setting("list", "Columns that are no features.", heading=_COLUMNS, basic=True, short="-x", metavar="COLS")
    target: tuple[str, ...] = setting("list", "Columns of numbers to predict.", heading=_COLUMNS, basic=True, metavar="COLS")
    label: str | None = setting("text", "Column of classes to predict.", heading=_COLUMNS, basic=True, metavar="COL")
    static: tuple[str, ...] = setting("list", "Columns that are constant in a sequence: their own array (samples, n).", heading=_COLUMNS, metavar="COLS")
    future: tuple[str, ...] = setting("list", "Columns known for the target rows: their own array (samples, horizon, n).", heading=_COLUMNS, metavar="COLS")
    categorical: tuple[str, ...] = setting("list", "Text columns that become one 0/1 feature per class.", heading=_COLUMNS, metavar="COLS")
    labels: str | None = setting("text", "A second table with one label per sequence.", heading=_COLUMNS, metavar="FILE")
    label_key: tuple[str, ...] = setting("list", "Key columns of the --labels table.  [default: those of --group-by]", heading=_COLUMNS, metavar="COLS")
    target_file: str | None = setting("text", "A second table that holds --target, row by row.", heading=_COLUMNS, metavar="FILE")

    def __post_init__(self) -> None:
        if self.target and (self.label is not None or self.labels is not None):
            raise RecipeError("--target and --label exclude each other", fix="y holds numbers (--target) or classes (--label): leave one of them out.")
        if self.target_file is not None and not self.target:
            raise RecipeError("--target-file needs --target", fix="Name the columns of that table with --target.")
        if self.label_key and self.labels is None:
            raise RecipeError("--label-key needs --labels", fix="Give the table of labels with --labels FILE.")

    @property
    def answer(self) -> Answer | None:
        """What a sample is answered with."""
        return "target" if self.target else "label" if self.label is not None or self.labels is not None else None


@dataclass(frozen=True, kw_only=True)
class Order:
    """What makes a sequence, and in which order its rows stand."""

    time: tuple[str, ...] = setting("list", "Column of the time (several are one instant); rows are sorted by it.", heading=_ORDER, basic=True, metavar="COLS")
    time_format: str | None = setting("text", "How the time is written, for example %d/%m/%Y.  [default: ISO 8601]", heading=_ORDER, metavar="FORMAT")
    group_by: tuple[str, ...] = setting("list", "Key columns: each key is a sequence of its own.", heading=_ORDER, basic=True, metavar="COLS")
    on_duplicate: str = setting(
        "choice", "Rows of one sequence with the same time.", default="error", choices=("error", "first", "last", "mean"), heading=_ORDER
    )
    missing: str = setting("choice", "Missing values; drop leaves out the samples that hold one.", default="error", choices=("error", "drop"), heading="Missing values", basic=True)

    def __post_init__(self) -> None:
        for name in ("time_format", "on_duplicate"):
            if getattr(self, name) not in (None, "error") and not self.time:
                flag = "--" + name.replace("_", "-")
                raise RecipeError(f"{flag} needs --time", fix="Name the column of the time with --time.")


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """How numbers are stored."""

    dtype: str = setting("choice", "Type of the numbers.", default="float32", choices=("float32", "float64", "float16"), heading=_OUT, basic=True)
    index: bool = setting("flag", "Write index.parquet: source rows, keys and times of every sample.", default=True, heading=_OUT)


PARTS: dict[str, type] = {
    "window": Window,
    "columns": Columns,
    "order": Order,
    "reading": Reading,
    "batching": Batching,
    "layout": Layout,
    "arrays": Arrays,
}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All parts together, and what they forbid each other."""

    window: Window
    columns: Columns = field(default_factory=Columns)
    order: Order = field(default_factory=Order)
    reading: Reading = field(default_factory=Reading)
    batching: Batching = field(default_factory=Batching)
    layout: Layout = field(default_factory=Layout)
    arrays: Arrays = field(default_factory=Arrays)
    command: str = "window"

    def __post_init__(self) -> None:
        w, c = self.window, self.columns
        if w.target_mode == "input" and c.answer:
            raise RecipeError(f"--{c.answer} and --target-mode input exclude each other", fix="With --target-mode input y is X itself: leave one of them out.")
        if c.labels is not None and not self.order.group_by and self.reading.file_as != "sequence":
            raise RecipeError("--labels needs --group-by", fix="Labels per sequence need sequences: name their key with --group-by.")
        if c.labels is not None and (w.lead or w.horizon or w.label_at != "last" or w.target_mode != "future"):
            raise RecipeError("--labels gives a whole sequence one label", fix="Leave --lead, --horizon, --label-at and --target-mode out.")
        self._check_answer()
        self.layout.check(w.timesteps or len(w.lags))

    def _check_answer(self) -> None:
        w, answer = self.window, self.columns.answer
        needs = {
            "--lead": w.lead is not None,
            "--horizon": w.horizon is not None,
            "--flat-y": w.flat_y,
            "--target-mode per-step": w.target_mode == "per-step",
            "--future": bool(self.columns.future),
        }
        for flag, used in needs.items():
            if used and answer is None:
                raise RecipeError(f"{flag} needs --target or --label", fix=f"Name the column to predict with --target, or leave {flag.split()[0]} out.")
        if answer != "label" and (w.one_hot or w.label_at != "last"):
            raise RecipeError(f"{'--one-hot' if w.one_hot else '--label-at'} needs --label", fix="Name the column of classes with --label.")
        if w.leftover == "pad" and answer and w.target_mode != "input" and w.lead_for(answer) > 0 and self.columns.labels is None:
            raise RecipeError(
                "--leftover pad has no row after the padded window for a target to stand on",
                fix="Use --leftover drop, or a target on the window's own last row with --lead 0.",
            )
        if w.pad_value is not None and not (w.padding_possible or self.batching.remainder == "pad"):
            raise RecipeError("--pad-value has nothing to pad", fix="Add --partial, --leftover pad or --batch-remainder pad, or leave --pad-value out.")
        if w.latest and self.batching.stateful:
            raise RecipeError("--latest and --stateful exclude each other", fix="--latest gives one window per sequence; leave one of them out.")

    @property
    def answer(self) -> Answer | None:
        """What a sample is answered with; None with --latest, which asks."""
        return None if self.window.latest else self.columns.answer


def all_settings() -> list[Setting]:
    """Every setting of the recipe, in the order of help."""
    return [s for part in PARTS.values() for s in settings_of(part)]


def from_flat(data: Mapping[str, Any], *, command: str = "window") -> Recipe:
    """The recipe that flat plain data spells.

    Parameters
    ----------
    data : mapping of setting name to value
        Names with underscores; None means not given.

    Raises
    ------
    RecipeError
        If a name is unknown, a value has the wrong type, or settings exclude each other.

    Examples
    --------
    >>> from_flat({"timesteps": 3, "target": "y"}).columns.target
    ('y',)
    """
    names = [s.name for s in all_settings()]
    for key in data:
        if key not in names:
            raise RecipeError(f"there is no setting {quoted(key)}", fix=f"{did_you_mean(key, names)}The settings are {listed(names, 80)}.")
    return Recipe(command=command, **{name: build(part, data) for name, part in PARTS.items()})


def to_flat(recipe: Recipe) -> dict[str, Any]:
    """The settings that differ from their defaults, as plain JSON values; `from_flat` reads them back."""
    return {key: value for name in PARTS for key, value in given(getattr(recipe, name)).items()}


def spelled(recipe: Recipe) -> list[str]:
    """The words of the command line that this recipe stands for, inputs left out."""
    words = []
    for name, part in PARTS.items():
        for s in settings_of(part):
            value = getattr(getattr(recipe, name), s.name)
            if value != s.default:
                words += spell(s, value)
    return words
