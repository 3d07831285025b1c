"""One family of errors, by who can mend it: the recipe (2), the data (3), the storage (4).

Low code raises the fact; each layer on the way up adds what it knows of the
address with `located`. The door prints two lines: *where: what*, then *what to do*.

Knows nothing of files, tables or options.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import ClassVar

from lstmprep.records import record
from lstmprep.wording import listed, name_of, place_of, quoted


@record(frozen=True)
class Where:
    """The address of a fault; rows and lines count from 1."""

    file: str | None = None
    row: int | None = None
    line: int | None = None
    column: str | None = None

    def or_else(self, other: Where) -> Where:
        """The same address, its gaps filled from another."""
        mine = {f.name: getattr(self, f.name) for f in fields(self)}
        return Where(**{n: getattr(other, n) if v is None else v for n, v in mine.items()})

    def __str__(self) -> str:
        parts = [] if self.file is None else ["standard input" if self.file == "-" else place_of(self.file)]
        if self.row is not None:
            parts.append(f"row {self.row:,}" + (f" (line {self.line:,})" if self.line else ""))
        elif self.line is not None:
            parts.append(f"line {self.line:,}")
        if self.column is not None:
            parts.append(f"column {name_of(self.column)}")
        return ", ".join(parts)


class LstmprepError(Exception):
    """What a person can mend: where, what, and what to do.

    Parameters
    ----------
    what : str
        The fact, in one sentence without a full stop.
    fix : str
        The nearest thing that works, with numbers.
    where : Where
        What is known of the address so far.

    Examples
    --------
    >>> print(DataError("'x' is not a number", fix="Mend the cell.", where=Where(file="a.csv", row=2, line=3)))
    a.csv, row 2 (line 3): 'x' is not a number
      Mend the cell.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, what: str, *, fix: str = "", where: Where | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.where = where or Where()

    def __str__(self) -> str:
        address = str(self.where)
        first = f"{address}: {self.what}" if address else self.what
        return f"{first}\n  {self.fix}" if self.fix else first


class RecipeError(LstmprepError):
    """The request cannot mean anything, whatever the values are."""

    exit_code = 2

    @classmethod
    def no_such_column(cls, name: str, present: list[str]) -> RecipeError:
        """A column that the header lacks, with the nearest names."""
        return cls(
            f"there is no column {quoted(name)}", fix=f"{did_you_mean(name, present)}The table has: {listed(present)}."
        )


class DataError(LstmprepError):
    """The values or counts of this table forbid the request."""

    exit_code = 3


class StorageError(LstmprepError):
    """Something cannot be read, written or found."""

    exit_code = 4

    @classmethod
    def from_os(cls, error: OSError, doing: str, *, where: Where | None = None) -> StorageError:
        """The operating system's refusal in our words."""
        import errno

        reason = (error.strerror or str(error) or type(error).__name__).lower()
        fixes = {
            errno.ENOSPC: "Free some space, or write to another disk with -o.",
            errno.EDQUOT: "Free some of the quota, or write to another disk with -o.",
            errno.EACCES: "Change the permissions, or choose another place with -o.",
            errno.EPERM: "Change the permissions, or choose another place with -o.",
            errno.EROFS: "Choose a place that can be written to with -o.",
            errno.ENOMEM: "Close other programs, or frame fewer columns at a time.",
        }
        return cls(
            f"cannot {doing}: {reason}",
            fix=fixes.get(error.errno or 0, "Check the path and the disk, then run again."),
            where=where,
        )


def did_you_mean(word: str, choices: list[str]) -> str:
    """``"Did you mean 'temp'? "``, or nothing when no choice is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, choices, n=3, cutoff=0.6)
    if not near:
        folded = {c.casefold(): c for c in choices}
        near = [folded[word.casefold()]] if word.casefold() in folded else []
    if not near:
        near = [c for c in choices if c and len(word) > 1 and (c.startswith(word) or word.startswith(c))][:3]
    return f"Did you mean {' or '.join(quoted(c) for c in near)}? " if near else ""


@contextmanager
def located(
    *, file: str | None = None, row: int | None = None, line: int | None = None, column: str | None = None
) -> Iterator[None]:
    """Add what this layer knows of the address to any error passing through."""
    try:
        yield
    except LstmprepError as error:
        error.where = error.where.or_else(Where(file=file, row=row, line=line, column=column))
        raise
