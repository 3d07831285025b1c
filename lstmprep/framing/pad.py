"""One sample per sequence, padded and truncated to one length.

    timesteps 4                    padding post   padding pre
    a   0 1 2 3 4 5   truncating pre    [2 3 4 5]      [2 3 4 5]      the oldest go
                      truncating post   [0 1 2 3]      [0 1 2 3]
    b   6 7                             [6 7 . .]      [. . 6 7]      a sample hangs over its rows

A sequence is a run of one sample; the rows a sample lacks are the rows by which it hangs over.
The length is a number, or learned from the lengths of the sequences: ``max``, or ``p95``.

Pure numpy; sees lengths of segments, never a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lstmprep.errors import RecipeError
from lstmprep.framing.base import Answer, Framing, Words
from lstmprep.records import record
from lstmprep.serde import setting
from lstmprep.wording import quoted

if TYPE_CHECKING:  # the settings alone, as help needs them, come without numpy
    from fractions import Fraction

    from lstmprep.framing.frame import Frame, Ints, Runs, Segments

_FRAMING, _TARGET = "Samples", "Targets"


@record(frozen=True, kw_only=True)
class Pad(Framing):
    """One length for all sequences, and on which side steps are added and cut off.

    Raises
    ------
    RecipeError
        If a number is out of range or two settings exclude each other.
    """

    kind: ClassVar[str] = "pad"
    timesteps: int | str = setting(
        "length",
        "Steps in one sample: a number, max (the longest sequence), or p95 (95 % of the sequences stay whole).",
        default="max",
        heading=_FRAMING,
        basic=True,
        short="-t",
        metavar="N|max|p95",
    )
    padding: str = setting(
        "choice",
        "Where the steps that a short sequence lacks are added: after its last step, or before its first.",
        default="post",
        choices=("post", "pre"),
        heading=_FRAMING,
        basic=True,
    )
    truncating: str = setting(
        "choice",
        "Where a long sequence is cut: the oldest steps go (pre), or the newest (post).",
        default="pre",
        choices=("pre", "post"),
        heading=_FRAMING,
        basic=True,
    )
    pad_value: float | None = setting(
        "float", "What stands on padded steps.  [default: 0]", heading=_FRAMING, basic=True, metavar="X"
    )
    min_steps: int | None = setting(
        "int", "Leave out sequences with fewer rows.", heading=_FRAMING, basic=True, metavar="N"
    )
    ragged: bool = setting(
        "flag",
        "No padding: values (rows, features) and row_splits (samples + 1,).",
        heading=_FRAMING,
        basic=True,
    )
    bucket: int | str | None = setting(
        "length",
        "Arrays by length, X_len12, ...: one for each length (exact), or lengths up to the next multiple of N steps together.",
        heading=_FRAMING,
        basic=True,
        metavar="exact|N",
    )
    target_mode: str = setting(
        "choice",
        "sequence: one answer per sequence; per-step: the answer of every step, on its own row.",
        default="sequence",
        choices=("sequence", "per-step"),
        heading=_TARGET,
        basic=True,
    )
    label_at: str | None = setting(
        "choice",
        "The step, of those that are kept, whose answer a sequence gets; mode ties go to the latest, strict refuses labels that change.  [default: last with --target, strict with --label]",
        choices=("last", "first", "mode", "any", "strict"),
        heading=_TARGET,
    )
    one_hot: bool = setting("flag", "Classes as (samples, classes) of 0 and 1 instead of codes.", heading=_TARGET)

    def __post_init__(self) -> None:
        self._check_length()
        if self.min_steps is not None and self.min_steps < 1:
            raise RecipeError(f"--min-steps is {self.min_steps}", fix="Give the rows a sequence must have, 1 or more.")
        if self.bucket is not None and self.bucket != "exact" and (isinstance(self.bucket, str) or self.bucket < 1):
            raise RecipeError(
                f"--bucket {quoted(self.bucket)} is neither exact nor a number of steps",
                fix="Use --bucket exact, or --bucket 10 for lengths up to 10, 20, ... together.",
            )
        for flag, used in {
            "--timesteps": self.timesteps != "max", "--bucket": self.bucket is not None, "--pad-value": self.pad_value is not None,
            "--padding pre": self.padding != "post", "--truncating post": self.truncating != "pre",
        }.items():  # fmt: skip
            if self.ragged and used:
                raise RecipeError(
                    f"--ragged and {flag} exclude each other",
                    fix="With --ragged every sequence keeps its own length and nothing is padded: leave one of them out.",
                )
        if self.target_mode == "per-step" and self.label_at is not None:
            raise RecipeError(
                f"--label-at {self.label_at} and --target-mode per-step exclude each other",
                fix="--label-at chooses the one answer of a sequence, per-step gives one to every step; leave one of them out.",
            )

    def _check_length(self) -> None:
        t = self.timesteps
        if isinstance(t, int):
            if t < 1:
                raise RecipeError(f"--timesteps is {t}", fix="Give --timesteps a whole number of rows, 1 or more.")
        elif t != "max" and self._share is None:
            raise RecipeError(
                f"--timesteps {quoted(t)} is no length",
                fix="Give a number of steps, max, or p95 for the length that keeps 95 % of the sequences whole.",
            )

    @property
    def _share(self) -> Fraction | None:
        """``p95`` as 95/100; None when the length is not said as a share of the sequences."""
        text = str(self.timesteps)
        digits = text[1:]
        if (
            not text.startswith("p")
            or not digits.replace(".", "", 1).isdigit()
            or not digits.isascii()
            or len(digits) > 9
        ):
            return None
        from fractions import Fraction  # brings decimal numbers, which few runs need

        share = Fraction(digits) / 100
        return share if 0 < share <= 1 else None

    @property
    def padding_possible(self) -> bool:
        """Whether a sample may hold padded steps."""
        return not self.ragged

    @property
    def unequal(self) -> bool:
        """Samples have as many real steps as their sequence has rows."""
        return True

    @property
    def padding_side(self) -> str | None:
        """Where padded steps stand."""
        return None if self.ragged else self.padding

    @property
    def label_rule(self) -> str:
        """The label in force; one that never changes is the last one too."""
        return "last" if self.label_at in (None, "strict") else str(self.label_at)

    @property
    def one_label(self) -> bool:
        """Whether a label must not change inside a sequence."""
        return self.target_mode == "sequence" and self.label_at in (None, "strict")

    @property
    def needs_label(self) -> bool:
        """Whether a setting asks for classes."""
        return self.one_hot or self.label_at in ("mode", "any", "strict")

    @property
    def words(self) -> Words:
        """Why a row is in no sample."""
        cut = "cut off: the sequence is longer than a sample (--truncating {})"
        return Words(
            short=f"the sequence is shorter than --min-steps {self.min_steps or 1}",
            before=cut.format("pre"),
            between=cut.format(self.truncating),
            after=cut.format("post"),
            skipped=f"shorter than --min-steps {self.min_steps or 1}",
        )

    def counts(self, lengths: Ints) -> Ints:
        """(segments,) 1 where there are rows enough for a sample, else 0."""
        import numpy as np

        enough = lengths >= (self.min_steps or 1)
        return np.broadcast_to(np.int64(1), enough.shape) if enough.all() else enough.astype(np.int64)

    def fitted(self, lengths: Ints) -> Pad:
        """The same framing with its length as a number, learned from the rows of these sequences.

        Parameters
        ----------
        lengths : (sequences,) int64

        Examples
        --------
        >>> import numpy as np
        >>> Pad(timesteps="p75").fitted(np.array([1, 2, 3, 900])).timesteps
        3
        """
        import numpy as np

        if isinstance(self.timesteps, int):
            return self
        share = self._share
        if share is None or share == 1:
            longest = int(lengths.max(initial=1))
            return self.cut_to(longest if longest >= (self.min_steps or 1) else 1)
        ranked = np.sort(lengths[self.counts(lengths) > 0])
        at = -(-share.numerator * len(ranked) // share.denominator) - 1
        return self.cut_to(int(ranked[at]) if len(ranked) else 1)

    def frame(self, answer: Answer | None) -> Frame:
        """The offsets of one sample; the length must be a number (`fitted`).

        Examples
        --------
        >>> Pad(timesteps=3).frame("target")
        Frame(inputs=array([0, 1, 2]), targets=array([2]), reach=0, belongs='last')
        """
        from lstmprep.framing.frame import Frame
        from lstmprep.scratch import up_to

        assert isinstance(self.timesteps, int)
        inputs = up_to(self.timesteps)
        if answer is None:
            return Frame(inputs, inputs[:0], 0)
        if self.target_mode == "per-step" or (answer == "label" and self.label_rule in ("mode", "any")):
            return Frame(inputs, inputs, 0, "steps")
        if self.label_rule == "first":
            return Frame(inputs, inputs[:1], 0, "first")
        return Frame(inputs, inputs[-1:], 0)

    def runs(self, segments: Segments, frame: Frame) -> Runs:
        """One sample of every segment that has rows enough."""
        import numpy as np

        from lstmprep.framing.frame import Runs
        from lstmprep.scratch import made

        starts, stops, lengths = segments.starts, segments.stops, segments.lengths

        def first_of(some: slice) -> Ints:
            oldest = stops[some] - frame.cover
            if self.padding == self.truncating:
                return oldest
            return (np.maximum if self.padding == "post" else np.minimum)(starts[some], oldest)

        kept = self.padding == "post" and (self.truncating == "post" or int(lengths.max(initial=0)) <= frame.cover)
        first = starts if kept else made(len(starts), first_of)  # nothing is cut: one array less to hold
        return Runs(segments.sequence, first, self.counts(lengths), starts, stops, frame.cover)

    def rest(self, segments: Segments, frame: Frame) -> Ints:
        """(segments,) rows that no sample reaches."""
        import numpy as np

        n = segments.lengths
        return np.where(self.counts(n) > 0, np.maximum(n - frame.cover, 0), n)
