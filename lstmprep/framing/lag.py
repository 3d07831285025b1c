"""The lagged table: one row per row t, the values of the rows before it beside the answer.

    lags 1-3, target y              rows    0 1 2 3 4 5 6 7
    sample 0, t = 3                         a a a y             a(t-3) a(t-2) a(t-1) y(t)
    sample 1, t = 4                           a a a y
    lags 1-2, no target             t       a a .               row t stands in the table, so it must exist

The arithmetic is that of windows of the same lags; what differs is that the numbers of a sample
stand in one row, oldest step first, then the answer. Sees lengths and names, never a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from lstmprep.errors import RecipeError
from lstmprep.framing.base import Answer, Framing, Words
from lstmprep.framing.window import Window
from lstmprep.records import record
from lstmprep.serde import setting
from lstmprep.wording import quoted

if TYPE_CHECKING:  # the settings alone, as help needs them, come without numpy
    from lstmprep.framing.frame import Frame, Ints, Runs, Segments


@record(frozen=True, kw_only=True)
class Lag(Framing):
    """The rows that stand beside row t, and how many rows of the target from t on.

    Raises
    ------
    RecipeError
        If there are no lags, one stands twice, or the horizon is below 1.
    """

    kind: ClassVar[str] = "lag"
    tabular: ClassVar[bool] = True
    lags: tuple[int, ...] = setting(
        "ints",
        "Rows back from row t, for example 1-3 or 1,7,14; 0 is row t itself.",
        heading="Lags",
        basic=True,
        metavar="1-3",
    )
    horizon: int | None = setting(
        "int", "Rows of the target from row t on.  [default: 1]", heading="Lags", basic=True, metavar="K"
    )

    def __post_init__(self) -> None:
        if not self.lags:
            raise RecipeError(
                "--lags is missing", fix="Give the rows to look back to, for example --lags 1-3 or --lags 1,7,14."
            )
        if len(set(self.lags)) < len(self.lags):
            raise RecipeError(f"--lags {','.join(map(str, self.lags))} names a row twice", fix="Name each lag once.")
        if self.horizon is not None and self.horizon < 1:
            raise RecipeError(f"--horizon is {self.horizon}", fix="Give --horizon a whole number of rows, 1 or more.")

    @property
    def words(self) -> Words:
        """Why a row is in no row of the lagged table."""
        short = "shorter than the lags reach"
        return Words(
            short=f"the sequence is {short}",
            before="left over before the first row of the lagged table",
            between="no lag and no target reaches the row",
            after="left over after the last row of the lagged table",
            skipped=short,
        )

    def lead_for(self, answer: Answer) -> int:
        """The smallest lag: the newest step stands so many rows before row t."""
        return min(self.lags)

    def frame(self, answer: Answer | None) -> Frame:
        """The offsets of one row of the table.

        Examples
        --------
        >>> Lag(lags=(1, 2), horizon=2).frame("target")
        Frame(inputs=array([0, 1]), targets=array([2, 3]), reach=2, belongs='last')
        >>> Lag(lags=(1, 2)).frame(None).span
        3
        """
        import numpy as np

        from lstmprep.framing.frame import Frame

        found = Window(lags=self.lags, horizon=self.horizon).frame(answer)
        return found if answer else Frame(found.inputs, np.empty(0, np.int64), min(self.lags))

    def runs(self, segments: Segments, frame: Frame) -> Runs:
        """The rows of the table, segment by segment."""
        return Window(lags=self.lags).runs(segments, frame)

    def step(self, frame: Frame) -> int:
        """One row of the table for each row."""
        return 1

    def rest(self, segments: Segments, frame: Frame) -> Ints:
        """(segments,) rows that no sample reaches."""
        return Window(lags=self.lags).rest(segments, frame)

    def columns(self, features: Sequence[str], targets: Sequence[str]) -> list[str]:
        """Names of the numbers in one row of the table, in order.

        Raises
        ------
        RecipeError
            If two columns would have one name.

        Examples
        --------
        >>> Lag(lags=(1, 3), horizon=2).columns(["a"], ["y"])
        ['a(t-3)', 'a(t-1)', 'y(t)', 'y(t+1)']
        """
        back = sorted(self.lags, reverse=True)
        names = [f"{name}(t-{lag})" if lag else f"{name}(t)" for lag in back for name in features]
        names += [f"{name}(t+{k})" if k else f"{name}(t)" for k in range(self.horizon or 1) for name in targets]
        require_single(names)
        return names


def require_single(names: Sequence[str]) -> None:
    """Refuse a table in which two columns have one name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise RecipeError(
                f"two columns of the lagged table would be called {quoted(name)}", fix="Rename the column in the input."
            )
        seen.add(name)
