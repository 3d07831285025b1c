"""The panel: many sequences stacked row by row, as numbers.

    features  (rows, F)  row-major         sequence   starts  stops
      a | . .                                  a          0      3
      a | . .     one window of T steps        b          3      5
      a | . .     is one run of T*F values
      b | . .                               in memory or in an unnamed file (`stores`):
      b | . .                               nobody downstream can tell

Pure numpy; no names of files, no tables.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from lstmprep.folded import Folded
from lstmprep.origins import Origins
from lstmprep.pieces import Pieces
from lstmprep.records import record
from lstmprep.scratch import between, up_to

if TYPE_CHECKING:
    from lstmprep.rereading import Rereading

Array = NDArray[Any]


@record(eq=False)
class Panel(Origins):
    """Values and offsets of all sequences, in key order.

    Parameters
    ----------
    features : (rows, features) array
        Row-major, in the type of the output; NaN stands for a missing value.
    starts, stops : (sequences,) int64
        Rows of each sequence, in time order, sequences in the order of their keys.
    keys : dict of str to pyarrow.StringArray
        One text per sequence and key column.
    targets, future : (rows, n) array or None
        Numbers of the answer, and what is known beforehand.
    labels : (rows,) int32 or None
        Class codes, -1 where missing.
    sequence_labels : (sequences,) int32 or None
        Class codes that hold for a whole sequence.
    static : (sequences, n) array or None
        Numbers that hold for a whole sequence.
    times : (rows,) int64 or float64, or None
        Instants in the unit the clock says, or plain numbers.
    source_rows : (rows,) int64 or None
        The row of the table each panel row came from; None when it is the same.
    source_bounds : (rows + 1,) int64 or None
        On a grid and after a pivot row ``i`` stands for ``source_rows[source_bounds[i]:source_bounds[i + 1]]``, none or several.
    last_answers : bool
        Whether a row that stands for several has the answer of the last of them alone.
    units : (n + 1,) int64 or None
        Rows ``units[i]:units[i + 1]`` of the panel are one row of the table: the tokens of its cell.
    left_out : list of (str, int64 array)
        Rows of the table that are no rows of the panel, by reason.
    pivot : tuple of str
        The keys whose columns stand side by side, after ``--pivot``.
    observed : (rows, features) bool or None
        Where a value stands in the table.
    base, base_names : (rows, targets) array or None, tuple of str
        The targets before differences were taken, what invert adds to; and what they are called.
    cuts : Pieces or None
        What a sample may not leave inside its sequence; None where a sequence is one piece.
    unknown : two (rows,) bool arrays, or None
        Rows whose features, or whose answer, hold a class that train lacks and that spoils a sample.
    folded : Folded or None
        Which rows of the table a row holds, where it is none of them. Where a row of the table is several rows
        here, targets, labels and static values stand once for each row of the table.
    steps : int or None
        Rows of one sample, where the table itself gave them.
    reread : Rereading or None
        Reads rows once more from where they come, where that is possible.
    """

    features: Array
    starts: Array
    stops: Array
    keys: dict[str, Any]
    targets: Array | None = None
    future: Array | None = None
    labels: Array | None = None
    sequence_labels: Array | None = None
    static: Array | None = None
    times: Array | None = None
    source_rows: Array | None = None
    source_bounds: Array | None = None
    last_answers: bool = False
    units: Array | None = None
    left_out: list[tuple[str, Array]] = field(default_factory=list)
    pivot: tuple[str, ...] = ()
    observed: Array | None = None
    base: Array | None = None
    base_names: tuple[str, ...] = ()
    cuts: Pieces | None = None
    unknown: tuple[Array, Array] | None = None
    folded: Folded | None = None
    steps: int | None = None
    reread: Rereading | None = None

    @property
    def pieces(self) -> Pieces:
        """The runs of rows that belong together, whole sequences where nothing cuts them."""
        if self.cuts is not None:
            return self.cuts
        return Pieces(up_to(len(self.starts)), self.starts, self.stops)

    def with_values_of(self, other: Panel) -> Panel:
        """The panel with the numbers of another one that has the same rows."""
        return replace(
            self,
            features=other.features,
            targets=other.targets,
            future=other.future,
            observed=other.observed,
            base=other.base,
            base_names=other.base_names,
        )

    @property
    def rows(self) -> int:
        """Rows of all sequences."""
        return len(self.features)

    @property
    def lengths(self) -> Array:
        """(sequences,) rows of each."""
        return between(self.starts, self.stops)

    @property
    def held(self) -> int:
        """Rows of all sequences, each once."""
        return int(self.stops.sum() - self.starts.sum())

    @property
    def moved(self) -> bool:
        """Whether a row of the panel is another row of the table, or none."""
        return self.source_rows is not None or self.folded is not None

    @property
    def by_row(self) -> bool:
        """Whether a row of the table is several rows here."""
        return self.folded is not None and self.folded.kind == "steps"

    def once(self, rows: Array) -> Array:
        """Where targets, labels and static values of these rows stand."""
        return self.source(rows) if self.by_row else rows

    def first_of(self, row: int) -> int:
        """The first row here of an answer: the inverse of `once`."""
        return row * self.folded.n if self.folded is not None and self.by_row else row

    def when(self, rows: Array) -> Array:
        """The times of these rows."""
        assert self.times is not None
        return self.times[rows if self.folded is None else self.folded.first(rows)]

    def key_text(self, sequence: int) -> str:
        """The key of a sequence for a message: ``s1`` or ``north, 2``."""
        return ", ".join(self.key(sequence))

    def key(self, sequence: int) -> list[str]:
        """The texts of a sequence's key columns."""
        return [str(column[int(sequence)]) for column in self.keys.values()]
