"""Steps of time: what ``15min``, ``2h`` or ``5`` says, and how a step is written for a person.

    "1h30min" -> Step(5_400_000_000_000, timed=True)     nanoseconds
    "5"       -> Step(5, timed=False)                    in the numbers of the time column

Only units of a fixed length: a month and a year have none. Knows nothing of rows or options.
"""

from __future__ import annotations

import re

from lstmprep.records import record

UNITS = {
    "ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "sec": 10**9, "min": 60 * 10**9, "m": 60 * 10**9, "t": 60 * 10**9,
    "h": 3600 * 10**9, "hr": 3600 * 10**9, "d": 86_400 * 10**9, "day": 86_400 * 10**9, "w": 7 * 86_400 * 10**9,
}  # fmt: skip
DAY = UNITS["d"]
LARGEST = 1 << 62
_TERM = r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([A-Za-z]+)"
_NICE = (1, 2, 5, 10, 15, 20, 30)


@record(frozen=True)
class Step:
    """A length of time.

    Parameters
    ----------
    size : int or float
        Nanoseconds of a timed step, else a plain number; above 0.
    timed : bool
        Whether the step has a unit of time.
    """

    size: int | float
    timed: bool

    def in_unit(self, unit: str) -> int:
        """A timed step in ``us`` or ``ns``; 0 when the unit is too coarse for it.

        Examples
        --------
        >>> parse_step("2h").in_unit("us")
        7200000000
        """
        return int(self.size) // UNITS[unit] if int(self.size) % UNITS[unit] == 0 else 0

    @property
    def days(self) -> int:
        """Whole days of a timed step; 0 when it is no number of days.

        Examples
        --------
        >>> parse_step("1w").days, parse_step("36h").days
        (7, 0)
        """
        return int(self.size) // DAY if self.timed and int(self.size) % DAY == 0 else 0


def parse_step(text: str) -> Step | None:
    """The step that a text says; None when it says none.

    Examples
    --------
    >>> parse_step("1h30min")
    Step(size=5400000000000, timed=True)
    >>> parse_step("2.5"), parse_step("1M")
    (Step(size=2.5, timed=False), None)
    """
    word = text.strip()
    if re.fullmatch(r"[0-9]+", word):
        size: int | float = int(word) if len(word) < 20 else LARGEST + 1
        return Step(size, timed=False) if 0 < size <= LARGEST else None
    if re.fullmatch(r"([0-9]+\.[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?|[0-9]+[eE][+-]?[0-9]{1,3}", word):
        size = float(word)
        return Step(size, timed=False) if 0 < size <= LARGEST else None
    bare = re.fullmatch(r"[A-Za-z]+", word)
    terms = [("1", word)] if bare else re.findall(_TERM, word)
    if not terms or (not bare and re.sub(_TERM, "", word).strip()):
        return None
    from fractions import Fraction

    total = Fraction(0)
    for amount, unit in terms:
        length = UNITS.get(unit if unit == "M" else unit.lower())  # M is a month elsewhere, and has no length
        if length is None or len(amount) > 20:
            return None
        total += Fraction(amount) * length
    return Step(int(total), timed=True) if total.denominator == 1 and 0 < total <= LARGEST else None


def told(size: float, unit: str | None) -> str:
    """A step for a person: ``1h30min`` from a number of ``us`` or ``ns``, or the number itself.

    Examples
    --------
    >>> told(5_400_000_000, "us"), told(1, "us"), told(2.5, None), told(93_600_000_000, "us")
    ('1h30min', '1us', '2.5', '1d2h')
    """
    if unit is None:
        return str(int(size)) if abs(size) < 1e15 and size == int(size) else f"{size:.6g}"
    left, out = round(size) * UNITS[unit], ""
    for name in ("d", "h", "min", "s", "ms", "us", "ns"):
        count, left = divmod(left, UNITS[name])
        out += f"{count}{name}" if count else ""
    return out or f"0{unit}"


def nice_above(size: float, unit: str | None) -> list[int]:
    """Steps of a round length, this one or longer, the smallest first.

    Parameters
    ----------
    size : float
        In `unit`, or a plain number.
    unit : str or None
        ``us`` or ``ns`` for instants.

    Examples
    --------
    >>> [told(s, "us") for s in nice_above(5e9, "us")[:3]], nice_above(7, None)[:3]
    (['2h', '3h', '6h'], [10, 20, 50])
    """
    if unit is None:
        return [m * 10**e for e in range(19) for m in (1, 2, 5) if m * 10**e >= size]
    lengths = {m * UNITS[name] for name in ("ns", "us", "ms", "s", "min") for m in _NICE}
    lengths |= {m * 10**2 * UNITS[name] for name in ("ns", "us", "ms") for m in (1, 2, 5)}
    lengths |= {m * UNITS["h"] for m in (1, 2, 3, 6, 12)} | {m * DAY for m in (1, 2, 7, 14, 28, 91, 365)}
    lengths |= {365 * DAY * m * 10**e for e in range(5) for m in (1, 2, 5)}
    return [
        n // UNITS[unit] for n in sorted(lengths) if n <= LARGEST and n % UNITS[unit] == 0 and n // UNITS[unit] >= size
    ]
