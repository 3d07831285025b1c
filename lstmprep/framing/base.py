"""What every framing answers: which settings are in force, the rows of a sample, the samples of a segment.

    framing.frame(answer)          -> Frame   offsets of one sample
    framing.runs(segments, frame)  -> Runs    where samples start

A framing is a frozen dataclass that declares its own settings; what it has no setting for stands
at the neutral value below, so that nobody downstream asks which framing runs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:  # the settings alone, as help needs them, come without numpy
    from lstmprep.framing.frame import Frame, Ints, Runs, Segments

Answer = Literal["target", "label"]


class Framing(ABC):
    """The specification of a framing, with the values of settings it does not have."""

    kind: ClassVar[str]
    tabular: ClassVar[bool] = False  # the numbers of a sample stand in one row of a table
    timesteps: int | None = None
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
    label_at: str = "last"
    one_hot: bool = False

    @property
    def padding_possible(self) -> bool:
        """Whether a sample may hold padded steps."""
        return False

    @property
    def padding_side(self) -> str | None:
        """Where padded steps stand: ``pre``, ``post``, or nowhere."""
        return None

    def lead_for(self, answer: Answer) -> int:
        """The lead in force, given what is answered."""
        return self.lead or 0

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
