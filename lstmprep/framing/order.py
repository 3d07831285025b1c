"""The order of samples in the arrays: shuffled, in whole batches, or in stateful lanes.

    stateful, batch size 2, one sequence of 6 windows      several sequences: side by side
        lane 0: 0 1 2      batch 0 = windows 0, 3             lane 0: sequence a
        lane 1: 3 4 5      batch 1 = windows 1, 4             lane 1: sequence b
                           row k of batch b+1 continues row k of batch b

An order is a permutation of sample numbers, or None when samples stand in their own
order. Numbers from the total upwards are padding samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmprep.errors import DataError, RecipeError
from lstmprep.records import record
from lstmprep.serde import setting
from lstmprep.wording import counted

if TYPE_CHECKING:  # the settings alone, as help needs them, come without numpy
    from lstmprep.framing.frame import Frame, Ints, Runs

_HEADING = "Order of samples"


@record(frozen=True, kw_only=True)
class Batching:
    """How samples are ordered and cut into batches."""

    shuffle: bool = setting("flag", "Shuffle the samples (with a split: those of train only).", heading=_HEADING)
    seed: int | None = setting(
        "int",
        "Seed of everything drawn by chance; with it --split-by group deals out its groups by chance too.  [default: 0]",
        heading=_HEADING,
        metavar="N",
    )
    batch_size: int | None = setting(
        "int", "Samples in one batch, for --batch-remainder and --stateful.", heading=_HEADING, metavar="B"
    )
    batch_remainder: str | None = setting(
        "choice",
        "Samples that do not fill the last batch.  [default: keep; drop with --stateful]",
        choices=("keep", "drop", "pad", "error"),
        heading=_HEADING,
    )
    stateful: bool = setting("flag", "Row k of batch b+1 continues row k of batch b.", heading=_HEADING)

    def __post_init__(self) -> None:
        if self.batch_size is not None and self.batch_size < 1:
            raise RecipeError(f"--batch-size is {self.batch_size}", fix="Give the samples of one batch, 1 or more.")
        if self.drawn_by < 0:
            raise RecipeError(f"--seed is {self.seed}", fix="Give --seed a whole number, 0 or more.")
        if self.batch_size is None and (self.stateful or self.batch_remainder is not None):
            flag = "--stateful" if self.stateful else "--batch-remainder"
            raise RecipeError(
                f"{flag} needs --batch-size", fix="Add --batch-size, the samples of one training batch, for example 32."
            )
        if self.stateful and self.shuffle:
            raise RecipeError(
                "--stateful and --shuffle exclude each other",
                fix="A stateful model needs batches that follow one another; leave one of them out.",
            )
        if self.stateful and self.batch_remainder in ("keep", "pad"):
            raise RecipeError(
                f"--stateful and --batch-remainder {self.batch_remainder} exclude each other",
                fix="Every batch of a stateful model is full: use --batch-remainder drop or error.",
            )

    @property
    def remainder(self) -> str:
        """What happens to samples that do not fill the last batch."""
        return self.batch_remainder or ("drop" if self.stateful else "keep")

    @property
    def drawn_by(self) -> int:
        """The seed in force."""
        return self.seed or 0

    def arranged(self, runs: Runs, frame: Frame, *, shuffle: bool = True) -> tuple[Runs, Ints | None, int]:
        """Runs, order and number of samples once batches are cut.

        Parameters
        ----------
        runs : Runs
        frame : Frame
        shuffle : bool
            Whether these samples may be shuffled at all.

        Returns
        -------
        runs : Runs
            The samples that stay.
        order : (samples,) int64 or None
            Which sample stands at each place; None when each stands at its own.
        samples : int
            Rows of the arrays, padding samples included.

        Raises
        ------
        DataError
            If the samples do not fill whole batches and that is asked for.
        """
        if self.stateful:
            return self._lanes(runs, frame)
        total, size = runs.total, self.batch_size or 1
        over = total % size
        if over and self.remainder == "error":
            raise self._uneven(total, size)
        if over and self.remainder == "drop":
            runs = _newest_dropped(runs, over)
            total = runs.total
            if not total:
                raise DataError(
                    f"{counted(over, 'sample')} fill no batch of {size}",
                    fix=f"Use --batch-size {over} or less, or --batch-remainder keep.",
                )
        samples = total + (size - over if over and self.remainder == "pad" else 0)
        if not (self.shuffle and shuffle):
            return runs, None, samples
        return runs, self.drawn(total), samples  # samples from `total` on are padding and stand in their own place

    def drawn(self, samples: int) -> Ints:
        """(samples,) the sample at each place, as chance has it: off the heap when there are many."""
        import numpy as np

        from lstmprep.scratch import up_to

        order = up_to(samples)
        np.random.Generator(np.random.PCG64(self.drawn_by)).shuffle(order)
        return order

    def _lanes(self, runs: Runs, frame: Frame) -> tuple[Runs, Ints | None, int]:
        from lstmprep.framing.lanes import of_one, of_several

        size = self.batch_size or 1
        if runs.stride != frame.cover:
            raise RecipeError(
                f"--stateful needs windows that follow one another, and these start every {counted(runs.stride, 'row')} and cover {frame.cover:,}",
                fix="Add --no-overlap.",
            )
        lanes = len(runs.count)
        if 1 < lanes < size:
            raise DataError(
                f"--stateful with {counted(lanes, 'sequence')} cannot fill batches of {size}: a row of a batch stays with its sequence",
                fix=f"Use --batch-size {lanes} or less.",
            )
        if self.remainder == "error" and (
            runs.total % size or (lanes > 1 and (lanes % size or int(runs.count.min()) < int(runs.count.max())))
        ):
            raise self._uneven(runs.total, size)
        if lanes == 1:
            kept, order = runs.capped(runs.count // size * size), of_one(runs.total, size)
        else:
            count, order = of_several(runs.count, size)
            kept = runs.capped(count)
        if not kept.total:
            raise DataError(
                f"{counted(runs.total, 'sample')} fill no batch of {size}",
                fix=f"Use --batch-size {max(1, runs.total)} or less.",
            )
        return kept, order, kept.total

    @staticmethod
    def _uneven(total: int, size: int) -> DataError:
        near = [d for d in range(max(2, size // 2), min(total, size * 2) + 1) if total % d == 0]
        nearest = sorted(sorted(near, key=lambda d: abs(d - size))[:3])
        divisors = f"Batches of {' or '.join(map(str, nearest))} fit, or use" if nearest else "Use"
        return DataError(
            f"{counted(total, 'sample')} make {counted(total // size, 'batch', 'batches')} of {size} (--batch-size) and {total % size} over",
            fix=f"{divisors} --batch-remainder drop, keep or pad.",
        )


def _newest_dropped(runs: Runs, over: int) -> Runs:
    """The runs without their last `over` samples."""
    import numpy as np

    from lstmprep.scratch import ample

    kept = runs.total - over
    last = int(np.searchsorted(runs.ends, kept))  # the run that holds the last sample that stays
    some = runs.chosen(slice(last + 1))
    count = ample(last + 1, np.int64)
    count[:] = some.count
    count[last] = kept - runs.begins[last]
    return some.capped(count)
