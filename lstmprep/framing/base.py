"""What every framing answers: which settings are in force, the rows of a sample, the samples of a segment.

    framing.frame(answer)          -> Frame   offsets of one sample
    framing.runs(segments, frame)  -> Runs    where samples start

A framing is a frozen record that declares its own settings; what it has no setting for stands
at the neutral value below, so that nobody downstream asks which framing runs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from lstmprep.records import record

if TYPE_CHECKING:  # the settings alone, as help needs them, come without numpy
    from lstmprep.framing.frame import Frame, Ints, Runs, Segments

Answer = Literal["target", "label"]


@record(frozen=True)
class Words:
    """Why a row is in no sample, in the words of a framing."""

    short: str = "the sequence is shorter than one sample"
    before: str = "left over before the first window"
    between: str = "between two windows"
    after: str = "left over after the last window"
    skipped: str = "shorter than one sample"


class Framing(ABC):
    """The specification of a framing, with the values of settings it does not have."""

    kind: ClassVar[str]
    tabular: ClassVar[bool] = False  # the numbers of a sample stand in one row of a table
    timesteps: int | str | None = None
    dilation: int | None = None
    lags: tuple[int, ...] = ()
    leftover: str = "drop"
    partial: bool = False
    pad_value: float | None = None
    latest: bool = False
    lead: int | None = None
    horizon: int | None = None
    flat_y: bool = False
    target_mode: str = "future"
    reverse_target: bool = False
    label_at: str | None = "last"
    one_hot: bool = False
    ragged: bool = False
    truncating: str | None = None
    padding: str | None = None
    bucket: int | str | None = None
    lag_columns: str | None = None
    steps: tuple[str, ...] = ()
    static_mode: str = "array"

    @property
    def words(self) -> Words:
        """Why a row is in no sample."""
        return Words()

    @property
    def by_row(self) -> bool:
        """Whether a row of the table is a sample."""
        return False

    @property
    def padding_possible(self) -> bool:
        """Whether a sample may hold padded steps."""
        return False

    @property
    def unequal(self) -> bool:
        """Whether samples may differ in their number of real steps."""
        return self.padding_possible

    @property
    def label_rule(self) -> str:
        """Which label of its rows a sample gets."""
        return self.label_at or "last"

    @property
    def one_label(self) -> bool:
        """Whether a label must not change inside a sequence."""
        return False

    @property
    def needs_label(self) -> bool:
        """Whether a setting asks for classes."""
        return self.one_hot or self.label_at != "last"

    @property
    def padding_side(self) -> str | None:
        """Where padded steps stand: ``pre``, ``post``, or nowhere."""
        return None

    def lead_for(self, answer: Answer) -> int:
        """The lead in force, given what is answered."""
        return self.lead or 0

    def cut_to(self, timesteps: int) -> Self:
        """The same framing with this length, whoever said or learned it."""
        out = copy(self)
        object.__setattr__(out, "timesteps", timesteps)
        return out

    def fitted(self, lengths: Ints) -> Framing:
        """The same framing with what it learns from the lengths of the sequences."""
        return self

    @abstractmethod
    def frame(self, answer: Answer | None) -> Frame:
        """The offsets of one sample, given what it is answered with."""
        ...

    def step(self, frame: Frame) -> int:
        """Rows between two samples."""
        return frame.cover

    @abstractmethod
    def runs(self, segments: Segments, frame: Frame) -> Runs:
        """The samples of every segment, in order."""
        ...

    def columns(self, features: Sequence[str], targets: Sequence[str]) -> list[str]:
        """Names of the numbers of a sample, when they stand in one row of a table."""
        return []

    @abstractmethod
    def rest(self, segments: Segments, frame: Frame) -> Ints:
        """(segments,) rows that no sample reaches."""
        ...
