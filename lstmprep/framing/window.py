"""Fixed-length windows: the specification that stands in the recipe and does the work.

    anchor start, stride 2           rows 0 1 2 3 4 5 6      anchor end
    span 3                                [x x x]              [x x x]        counted from the
                                              [x x x]              [x x x]    other end: the rest
                                          leftover: row 5, 6   leftover: 0, 1 is at the other side

    partial, stride 1, span 3        . .[x]      samples hang over the front of the segment;
                                       .[x x]    what hangs over is padding (mask False)
                                        [x x x]

Pure numpy; sees lengths of segments, never a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lstmprep.errors import RecipeError
from lstmprep.framing.base import Answer, Framing
from lstmprep.records import record
from lstmprep.serde import setting

if TYPE_CHECKING:  # the settings alone, as help needs them, come without numpy
    from lstmprep.framing.frame import Frame, Ints, Runs, Segments

_FRAMING, _TARGET = "Windows", "Targets"


@record(frozen=True, kw_only=True)
class Window(Framing):
    """The `timesteps` rows of a sample, the rows of its answer, and where samples start.

    Raises
    ------
    RecipeError
        If a number is out of range or two settings exclude each other.
    """

    kind: ClassVar[str] = "window"
    timesteps: int | None = setting(
        "int", "Steps in one sample.", heading=_FRAMING, basic=True, short="-t", metavar="T"
    )
    stride: int | None = setting(
        "int",
        "Rows between the starts of two windows.  [default: 1]",
        heading=_FRAMING,
        basic=True,
        short="-s",
        metavar="S",
    )
    no_overlap: bool = setting("flag", "Stride = the rows one window covers.", heading=_FRAMING, basic=True)
    dilation: int | None = setting(
        "int", "Rows between two steps of one window.  [default: 1]", heading=_FRAMING, metavar="D"
    )
    lags: tuple[int, ...] = setting(
        "ints",
        "Instead of --timesteps and --lead: the steps are the rows so many rows back from the first target row.",
        heading=_FRAMING,
        metavar="1,2,7",
    )
    anchor: str = setting(
        "choice",
        "The end from which strided windows are counted.",
        default="start",
        choices=("start", "end"),
        heading=_FRAMING,
    )
    leftover: str = setting(
        "choice",
        "Rows at the end that do not fill a window.",
        default="drop",
        choices=("drop", "pad", "error"),
        heading=_FRAMING,
    )
    partial: bool = setting(
        "flag",
        "Also the growing first windows of a sequence, padded in front, with mask and lengths.",
        heading=_FRAMING,
    )
    pad_value: float | None = setting(
        "float", "What stands on padded steps.  [default: 0]", heading=_FRAMING, metavar="X"
    )
    latest: bool = setting(
        "flag", "Only the newest window of every sequence, without y: the input of a live prediction.", heading=_FRAMING
    )
    lead: int | None = setting(
        "int",
        "Rows from the last input row to the first target row.  [default: 1 with --target, 0 with --label]",
        heading=_TARGET,
        basic=True,
        metavar="L",
    )
    horizon: int | None = setting(
        "int", "Target rows per sample.  [default: 1]", heading=_TARGET, basic=True, metavar="K"
    )
    flat_y: bool = setting("flag", "y as (samples, horizon*targets).", heading=_TARGET)
    target_mode: str = setting(
        "choice",
        "future: rows after the window; per-step: one answer per step; input: y is X (autoencoder).",
        default="future",
        choices=("future", "per-step", "input"),
        heading=_TARGET,
    )
    reverse_target: bool = setting("flag", "With --target-mode input: y is X with the steps reversed.", heading=_TARGET)
    label_at: str = setting(
        "choice",
        "Which label of its rows a window gets: the last, the first, the commonest (mode; of several the latest), the one that sorts last (any: 1 where 0 and 1 stand), or the only one, mixed windows being refused (strict).",
        default="last",
        choices=("last", "first", "mode", "any", "strict"),
        heading=_TARGET,
    )
    one_hot: bool = setting(
        "flag", "Classes as (samples, classes) of 0 and 1 instead of codes 0, 1, 2, ...", heading=_TARGET
    )

    def __post_init__(self) -> None:
        for name, low in (("timesteps", 1), ("stride", 1), ("dilation", 1), ("lead", 0), ("horizon", 1)):
            value = getattr(self, name)
            if value is not None and value < low:
                raise RecipeError(f"--{name} is {value}", fix=f"Give --{name} a whole number of rows, {low} or more.")
        self._check_lags()
        self._check_pairs()

    def _check_lags(self) -> None:
        if not self.lags:
            if self.timesteps is None:
                raise RecipeError(
                    "--timesteps is missing",
                    fix="Give the steps of one sample, for example --timesteps 10 (or the rows themselves with --lags 1,2,7).",
                )
            return
        for name in ("timesteps", "lead", "dilation"):
            if getattr(self, name) is not None:
                raise RecipeError(
                    f"--lags and --{name} exclude each other",
                    fix=f"--lags says itself which rows are the steps: leave --{name} out, or --lags.",
                )
        if len(set(self.lags)) < len(self.lags):
            raise RecipeError(f"--lags {','.join(map(str, self.lags))} names a row twice", fix="Name each lag once.")

    def _check_pairs(self) -> None:
        if self.no_overlap and self.stride is not None:
            raise RecipeError(
                "--no-overlap and --stride exclude each other",
                fix="--no-overlap sets the stride to the rows one window covers; leave one of them out.",
            )
        if self.partial and (self.leftover != "drop" or self.anchor != "start"):
            other = f"--leftover {self.leftover}" if self.leftover != "drop" else "--anchor end"
            raise RecipeError(
                f"--partial and {other} exclude each other",
                fix="--partial pads the first windows and leaves no rows over; leave one of them out.",
            )
        if self.leftover == "pad" and self.anchor == "end":
            raise RecipeError(
                "--leftover pad and --anchor end exclude each other",
                fix="--leftover pad fills the last window, and with --anchor end the last one is full; leave one of them out.",
            )
        if self.target_mode != "future" and self.horizon is not None:
            raise RecipeError(
                f"--horizon and --target-mode {self.target_mode} exclude each other",
                fix=f"With --target-mode {self.target_mode} the answer has the window's own steps; leave --horizon out.",
            )
        if self.target_mode == "input" and self.lead is not None:
            raise RecipeError(
                "--lead and --target-mode input exclude each other",
                fix="With --target-mode input y is X itself; leave --lead out.",
            )
        if self.reverse_target and self.target_mode != "input":
            raise RecipeError(
                "--reverse-target needs --target-mode input",
                fix="Add --target-mode input, or leave --reverse-target out.",
            )
        if self.label_at != "last" and (self.target_mode == "per-step" or (self.horizon or 1) > 1):
            other = "--target-mode per-step" if self.target_mode == "per-step" else f"--horizon {self.horizon}"
            raise RecipeError(
                f"--label-at {self.label_at} and {other} exclude each other",
                fix="Only one label per sample can be chosen by --label-at; leave one of them out.",
            )

    @property
    def padding_possible(self) -> bool:
        """Whether a sample may hold padded steps."""
        return self.partial or self.leftover == "pad"

    @property
    def padding_side(self) -> str | None:
        """Where padded steps stand."""
        return "pre" if self.partial else "post" if self.leftover == "pad" else None

    def lead_for(self, answer: Answer) -> int:
        """The lead in force, given what is answered."""
        if self.lags:
            return min(self.lags)
        return self.lead if self.lead is not None else (1 if answer == "target" else 0)

    def frame(self, answer: Answer | None) -> Frame:
        """The offsets of one sample.

        Parameters
        ----------
        answer : {"target", "label"} or None
            What a sample is answered with.

        Returns
        -------
        Frame

        Examples
        --------
        >>> Window(timesteps=3, horizon=2).frame("target")
        Frame(inputs=array([0, 1, 2]), targets=array([3, 4]), reach=2, belongs='last')
        """
        import numpy as np

        from lstmprep.framing.frame import Frame

        if self.lags:
            inputs = np.array(sorted(max(self.lags) - lag for lag in self.lags), np.int64)
        else:
            inputs = np.arange(self.timesteps or 1, dtype=np.int64) * (self.dilation or 1)
        last = int(inputs[-1])
        if answer is None or self.latest or self.target_mode == "input":
            return Frame(inputs, np.empty(0, np.int64), 0)
        lead = self.lead_for(answer)
        if self.target_mode == "per-step" or (answer == "label" and self.label_at in ("mode", "any", "strict")):
            return Frame(inputs, inputs + lead, lead, "steps")
        if answer == "label" and self.label_at == "first":
            return Frame(inputs, np.array([lead], np.int64), lead, "first")
        targets = last + lead + np.arange(self.horizon or 1, dtype=np.int64)
        return Frame(inputs, targets, max(0, lead + (self.horizon or 1) - 1))

    def step(self, frame: Frame) -> int:
        """Rows between two samples."""
        return frame.cover if self.no_overlap else self.stride or 1

    def runs(self, segments: Segments, frame: Frame) -> Runs:
        """The samples of every segment, in order.

        A segment of n rows holds ``floor((n - span) / stride) + 1`` samples, or none when n < span.
        """
        from lstmprep.framing.frame import in_pieces

        return in_pieces(segments, lambda some: self._runs(some, frame))

    def _runs(self, segments: Segments, frame: Frame) -> Runs:
        import numpy as np

        n, stride = segments.lengths, self.step(frame)
        if self.latest:
            fits = n >= (1 if self.partial else frame.cover)
            return self._made(segments, segments.stops - frame.cover, np.asarray(fits, np.int64), stride)
        hang = frame.cover - 1 if self.partial else 0
        spare = n + hang - frame.span
        count = np.where(spare >= 0, spare // stride + 1, 0)
        first = segments.starts - hang
        if self.anchor == "end":
            first = first + np.where(count > 0, spare % stride, 0)
        if self.leftover == "pad":
            covered = np.where(count > 0, (count - 1) * stride + frame.cover, 0)
            count = count + ((covered < n) & (count * stride < n))
        return self._made(segments, first, count, stride)

    def rest(self, segments: Segments, frame: Frame) -> Ints:
        """(segments,) rows at the end, or with anchor end at the start, that no window reaches."""
        import numpy as np

        runs = self.runs(segments, frame)
        used = np.where(runs.count > 0, (runs.count - 1) * runs.stride + frame.span, 0)
        return np.maximum(segments.lengths - used, 0)

    @staticmethod
    def _made(segments: Segments, first: Ints, count: Ints, stride: int) -> Runs:
        from lstmprep.framing.frame import Runs

        return Runs(segments.sequence, first, count.astype("int64"), segments.starts, segments.stops, stride)
