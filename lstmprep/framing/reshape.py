"""Every value once: what a whole table, its columns, its rows or its files are in the shape that is asked for.

    two.csv    a  b          --shape 1,3,2               (1, 3, 2)   the table is one sample
               1  4          --series-as samples         (2, 3, 1)   a column is a sample
               2  5          --shape=-1,1,2              (3, 1, 2)   a row is a sample
               3  6
    lags.csv   a2 a1 b2 b1   --lag-columns {name}{lag}   (rows, 2, 2)   a row is a sample, its columns are steps

Samples stand one after the other and take every row once: windows of T rows, T rows apart. Which rows those
are is known once the table is read (`fitted` by `cut_to`). Sees lengths of segments, never a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lstmprep.errors import RecipeError
from lstmprep.framing.base import Answer, Framing
from lstmprep.records import record
from lstmprep.serde import setting
from lstmprep.wording import quoted

if TYPE_CHECKING:  # the settings alone, as help needs them, come without numpy
    from lstmprep.framing.frame import Frame, Ints, Runs, Segments
    from lstmprep.parts import Columns, Order, Reading

BLOCK = 1 << 17
_SHAPE, _WIDE = "Shape", "Steps that are columns"


@record(frozen=True, kw_only=True)
class Reshape(Framing):
    """The shape that is asked for, or which columns are the steps.

    Raises
    ------
    RecipeError
        If the shape is none, or two settings exclude each other.
    """

    kind: ClassVar[str] = "reshape"
    shape: tuple[int, ...] = setting(
        "dims",
        "Samples, timesteps, features; one of them may be -1. The last must be the number of feature columns.",
        heading=_SHAPE,
        basic=True,
        metavar="S,T,F",
    )
    series_as: str | None = setting(
        "choice",
        "What a series is: a feature of one sample, or a sample of one feature.  [default: features]",
        choices=("features", "samples"),
        heading=_SHAPE,
        basic=True,
    )
    series_in: str = setting(
        "choice",
        "Where a series stands in the table: a column, or a row.",
        default="columns",
        choices=("columns", "rows"),
        heading=_SHAPE,
        basic=True,
    )
    lag_columns: str | None = setting(
        "text",
        "How lag columns are named, for example {name}{lag} or {name}(t-{lag}): a row becomes a sample, oldest lag first.",
        heading=_WIDE,
        basic=True,
        metavar="PATTERN",
    )
    steps: tuple[str, ...] = setting(
        "list",
        "The columns of one feature, oldest step first: delay=p1..p6. May repeat.",
        heading=_WIDE,
        basic=True,
        metavar="NAME=COLS",
    )
    static_mode: str = setting(
        "choice",
        "Static columns as an array of their own, or as features that are the same at every step.",
        default="array",
        choices=("array", "tile"),
        heading=_WIDE,
        basic=True,
    )

    def __post_init__(self) -> None:
        self._check_shape()
        if self.lag_columns is not None:
            for mark in ("{name}", "{lag}"):
                if self.lag_columns.count(mark) != 1:
                    raise RecipeError(
                        f"--lag-columns {quoted(self.lag_columns)} has no {mark}"
                        if mark not in self.lag_columns
                        else f"--lag-columns {quoted(self.lag_columns)} has {mark} twice",
                        fix="Write {name} and {lag} where they stand in the names: {name}{lag} for a1, {name}(t-{lag}) for a(t-1).",
                    )
        for spec in self.steps:
            name, equals, columns = spec.partition("=")
            if not (name.strip() and equals and columns.strip()):
                raise RecipeError(
                    f"--steps {quoted(spec)} is not NAME=COLS",
                    fix="Name the feature, then its columns from the oldest step on: --steps delay=p1..p6.",
                )
        used = {
            "--shape": bool(self.shape),
            "--series-as": self.series_as is not None,
            "--series-in rows": self.series_in == "rows",
            "--lag-columns": self.lag_columns is not None,
            "--steps": bool(self.steps),
        }
        wide = "--lag-columns" if self.lag_columns is not None else "--steps"
        for flag, given in used.items():
            if self.by_row and given and flag != wide:
                raise RecipeError(
                    f"{wide} and {flag} exclude each other",
                    fix=f"{wide} says itself what samples, timesteps and features are: leave one of them out.",
                )

    def _check_shape(self) -> None:
        if not self.shape:
            return
        told = ",".join(map(str, self.shape))
        if len(self.shape) != 3:
            raise RecipeError(
                f"--shape {told} has {len(self.shape)} numbers, and a shape has 3: samples, timesteps, features",
                fix="Give all three; one may be -1, to be what the table leaves: --shape=-1,10,2.",
            )
        if any(n < 1 and n != -1 for n in self.shape) or self.shape.count(-1) > 1:
            raise RecipeError(
                f"--shape {told} leaves more than one -1 open"
                if self.shape.count(-1) > 1
                else f"--shape {told} has a number that is neither -1 nor 1 or more",
                fix="Give samples, timesteps and features, 1 or more each; one of them may be -1.",
            )
        if self.series_as == "samples" and self.shape[2] not in (1, -1):
            raise RecipeError(
                f"--series-as samples makes samples of 1 feature, and --shape {told} asks for {self.shape[2]}",
                fix=f"Use --shape {self.shape[0]},{self.shape[1]},1, or leave --series-as samples out.",
            )

    @property
    def by_row(self) -> bool:
        """Whether a row of the table is a sample, its columns the steps."""
        return self.lag_columns is not None or bool(self.steps)

    def drops(self, reading: Reading) -> bool:
        """Whether a row or a file is a sample of its own, and may be left out alone."""
        return self.by_row or reading.file_as == "sample"

    def check(self, columns: Columns, order: Order, reading: Reading) -> None:
        """Refuse what the other parts of a recipe cannot mean beside this shape.

        Raises
        ------
        RecipeError
            If nothing says the shape, or a setting has no sense in it.
        """
        files = reading.file_as if reading.file_as in ("sample", "timestep") else None
        by_sample = self.drops(reading)
        if not (self.shape or self.series_as or self.by_row or files or self.series_in == "rows"):
            raise RecipeError(
                "nothing says what becomes samples, timesteps and features",
                fix="Give --shape S,T,F, --series-as samples, --lag-columns PATTERN, --steps NAME=COLS, or --file-as sample for several files.",
            )
        of_rows = "--series-in rows" if self.series_in == "rows" else None
        wide = "--lag-columns" if self.lag_columns is not None else "--steps" if self.steps else None
        by_file = f"--file-as {files}" if files else None
        told = wide or by_file or of_rows or ("--series-as" if self.series_as else "--shape")
        clashes = [
            (by_file and (wide or of_rows or (self.series_as and "--series-as")), "a file is one thing or the other"),
            (bool(order.time) and (wide or of_rows or (files == "timestep" and by_file)) and "--time", "its rows are no steps"),
            (bool(columns.features) and wide and "--features", "its columns are those of the steps: leave some out with --exclude"),
            (bool(columns.static) and not by_sample and "--static", "a static column needs a row or a file for each sample"),
            (columns.answer and not by_sample and f"--{columns.answer}", "an answer needs a row or a file for each sample; blocks of rows with an answer are lstmprep window --no-overlap"),
            (columns.answer == "target" and not self.by_row and by_sample and "--target", "a number for each file is --static; of every row, lstmprep pad --target"),
            (order.missing == "drop" and not by_sample and "--missing drop", "every value stands in the shape: fill the cells first"),
        ]  # fmt: skip
        for other, why in clashes:
            if other:
                raise RecipeError(f"{told} and {other} exclude each other", fix=f"With {told} {why}.")
        if self.static_mode == "tile" and not (columns.static and self.by_row):
            raise RecipeError(
                "--static-mode tile needs --static and columns that are steps",
                fix="Name the static columns with --static beside --lag-columns or --steps, or leave --static-mode out.",
            )

    @property
    def one_label(self) -> bool:
        """Whether a label must not change inside a sequence: a file has one."""
        return not self.by_row

    @property
    def needs_label(self) -> bool:
        """Whether a setting asks for classes."""
        return False

    def frame(self, answer: Answer | None) -> Frame:
        """The offsets of one sample; its steps must be known (`cut_to`).

        Examples
        --------
        >>> Reshape(shape=(-1, 2, 1)).cut_to(2).frame(None).inputs
        array([0, 1])
        """
        from lstmprep.framing.frame import Frame
        from lstmprep.scratch import up_to

        assert isinstance(self.timesteps, int)
        inputs = up_to(self.timesteps)  # a sample may be a whole table
        return Frame(inputs, inputs[-1:] if answer else inputs[:0], 0)

    def runs(self, segments: Segments, frame: Frame) -> Runs:
        """Samples one after the other."""
        from lstmprep.framing.frame import Runs

        count = segments.lengths // frame.cover
        return Runs(segments.sequence, segments.starts, count, segments.starts, segments.stops, frame.cover)

    def rest(self, segments: Segments, frame: Frame) -> Ints:
        """(segments,) rows that no sample reaches; none, as the shape fits."""
        return segments.lengths % frame.cover
