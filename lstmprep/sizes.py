"""Sizes with a unit, read and spelled: 256MiB."""

from __future__ import annotations

import re

from lstmprep.errors import RecipeError
from lstmprep.wording import quoted


def shortest(size: int) -> str:
    """A size in the largest unit that holds it exactly.

    Examples
    --------
    >>> shortest(3 << 20), shortest(1000)
    ('3MiB', '1000')
    """
    power = next((p for p in (4, 3, 2, 1) if size and size % 1024**p == 0), 0)
    return f"{size // 1024**power}{'KMGT'[power - 1]}iB" if power else str(size)


UNITS = {"B": 0, "K": 1, "KIB": 1, "M": 2, "MIB": 2, "G": 3, "GIB": 3, "T": 4, "TIB": 4}


def bytes_of(text: str, flag: str) -> int:
    """A size with a unit as bytes; units are powers of 1024, except KB, MB, GB, which are powers of 1000.

    Examples
    --------
    >>> bytes_of("1.5KiB", "--memory-limit"), bytes_of("2 MB", "--memory-limit")
    (1536, 2000000)
    """
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([A-Za-z]{0,3})", text.strip())
    unit = found[2].upper() if found else ""
    decimal = unit in ("KB", "MB", "GB", "TB")
    if not found or not (decimal or unit in UNITS or not unit):
        raise RecipeError(
            f"{flag} {quoted(text)} is not a size", fix=f"Give {flag} a size, for example 256MiB or 2GiB."
        )
    return int(float(found[1]) * (1000 ** "BKMGT".index(unit[0]) if decimal else 1024 ** UNITS.get(unit, 0)))
