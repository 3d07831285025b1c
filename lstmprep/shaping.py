"""Whether a stated shape holds every value of a table once, and what would.

    rows 10, features 2      --shape -1,5,2   2 samples        --shape 10,3,2   30 rows asked for: refused
    series one after another (columns or files as samples): T must divide the rows of each

Whole numbers only, in Python's own: a shape of 2**62 samples costs a sentence.
"""

from __future__ import annotations

from lstmprep.errors import DataError
from lstmprep.records import record
from lstmprep.wording import counted, listed


@record(frozen=True, kw_only=True)
class Have:
    """What there is to be shaped.

    Parameters
    ----------
    rows : int
        Rows of each series.
    features : tuple of str
        What stands on one row.
    series : int
        Series that no sample may leave: 1 for a table, else its columns or files.
    command : str
        What makes windows of the same rows, but for their length.
    """

    rows: int
    features: tuple[str, ...]
    series: int = 1
    command: str = "lstmprep window"

    @property
    def total(self) -> int:
        """Rows of all series."""
        return self.rows * self.series


def timesteps_of(shape: tuple[int, ...], have: Have) -> int:
    """The timesteps of a sample, once the shape is known to hold every value once.

    Parameters
    ----------
    shape : (samples, timesteps, features) or nothing
        One may be -1. Nothing asked for is one sample a series.
    have : Have

    Raises
    ------
    DataError
        If the shape holds more or fewer values, or would mix series; the numbers that fit are named.

    Examples
    --------
    >>> timesteps_of((2, -1, 2), Have(rows=10, features=("a", "b")))
    5
    """
    if not shape:
        return have.rows
    samples, steps, width = shape
    told = f"--shape {samples},{steps},{width}"
    if width not in (-1, len(have.features)):
        raise _other_width(told, shape, have)
    if steps == -1:
        if have.total % samples or have.rows % (have.total // samples or 1):
            raise _uneven_samples(told, samples, have)
        return have.total // samples
    if samples != -1 and samples * steps != have.total:
        raise _does_not_fit(told, samples, steps, have)
    if have.rows % steps:
        raise _left_over(told, steps, have)
    return steps


def _other_width(told: str, shape: tuple[int, ...], have: Have) -> DataError:
    """The last number is not that of the columns: other values, or the same ones mixed."""
    samples, steps, width = shape
    n, values = len(have.features), have.total * len(have.features)
    open_ = samples * steps * width < 0
    fits = values % abs(samples * steps * width) == 0 if open_ else samples * steps * width == values
    good = [f"--shape {_fitting(steps, have)} keeps them apart as features"] if have.series == 1 else []
    if fits and width < n:
        if have.series == 1:
            good.insert(0, f"--series-as samples makes each a sample of its own, {_text(n, have.rows, 1)}")
        return DataError(
            f"the {counted(values, 'value')} fit {told}, but the {n} series {listed(have.features, 6)} would be interleaved: a row of the tensor would hold one, then the other",
            fix=f"{_sentence(good)}.",
        )
    more = f"; {told} holds {values:,} values only if rows that follow each other become features" if fits else ""
    return DataError(
        f"{told} asks for {counted(width, 'feature')}, and the table has {counted(n, 'feature column')}: {listed(have.features, 6)}{more}",
        fix=f"Use --shape {_fitting(steps, have)}, or choose columns with --features.",
    )


def _fitting(steps: int, have: Have) -> str:
    """A shape that holds the table, with these timesteps where they divide its rows."""
    t = steps if steps > 0 and have.rows % steps == 0 else have.rows
    return f"{have.total // t},{t},{len(have.features)}"


def _uneven_samples(told: str, samples: int, have: Have) -> DataError:
    divide = [s for s in range(max(samples - 1000, 1), samples + 1001) if _even(s, have)]
    near = sorted(sorted(divide, key=lambda s: abs(s - samples))[:2]) or [have.series]
    shapes = " or ".join(f"--shape {s},-1,{len(have.features)}" for s in near)
    return DataError(
        f"{told} shares {counted(have.total, 'row')} among {counted(samples, 'sample')}, which does not come out even",
        fix=f"Use {shapes}.",
    )


def _even(samples: int, have: Have) -> bool:
    return have.total % samples == 0 and have.rows % (have.total // samples) == 0 and samples <= have.total


def _does_not_fit(told: str, samples: int, steps: int, have: Have) -> DataError:
    """Another number of values than there are."""
    n = len(have.features)
    asked = samples * steps
    if steps <= have.rows and have.series == 1:
        return DataError(
            f"{told} holds {counted(asked * n, 'value')} ({counted(asked, 'row')}), and the table has {have.total * n:,} ({counted(have.total, 'row')} of {counted(n, 'column')})",
            fix=_sentence([*_windows(steps, have), f"one sample: --shape 1,{have.rows},{n}"]) + ".",
        )
    of = f" in {have.series:,} series of {have.rows:,}" if have.series > 1 else ""
    return DataError(
        f"{told} holds {counted(asked * n, 'value')} ({counted(asked, 'row')}), and there are {have.total * n:,} ({counted(have.total, 'row')}{of})",
        fix=f"Use --shape {have.series},{have.rows},{n}, or -1 for what the table leaves.",
    )


def _left_over(told: str, steps: int, have: Have) -> DataError:
    """Rows that do not fill a sample."""
    whole, left = divmod(have.rows, steps)
    of = "" if have.series == 1 else f" of each of the {have.series:,} series"
    if not whole:
        return DataError(
            f"{told}: a sample of {counted(steps, 'timestep')} is longer than the {counted(have.rows, 'row')}{of}",
            fix=f"Use --shape {have.series},{have.rows},{len(have.features)}, or fewer timesteps.",
        )
    fix = _sentence(_windows(steps, have)) if have.series == 1 else f"Use timesteps that divide {have.rows:,}"
    return DataError(
        f"{told}: {counted(have.rows, 'row')}{of} fill {counted(whole, 'sample')} of {counted(steps, 'timestep')}, and {counted(left, 'row is', 'rows are')} left over",
        fix=f"{fix}.",
    )


def _windows(steps: int, have: Have) -> list[str]:
    """What windows of so many steps would give: sliding, and in blocks."""
    n, (blocks, left) = len(have.features), divmod(have.rows, steps)
    rest = f" and leaves {counted(left, 'row')}, --leftover pad {_text(blocks + 1, steps, n)}" if left else ""
    return [
        f"windows that overlap: {have.command} --timesteps {steps} gives {_text(have.rows - steps + 1, steps, n)}",
        f"blocks: --no-overlap gives {_text(blocks, steps, n)}{rest}",
    ]


def _text(*shape: int) -> str:
    return "(" + ", ".join(map(str, shape)) + ")"


def _sentence(parts: list[str]) -> str:
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]
