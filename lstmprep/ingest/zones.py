"""Wall clocks of a time zone and instants, both ways, for whole columns.

    Europe/Berlin   2020-03-29   01:59 -> 03:00     02:30 is on no clock that day
                    2020-10-25   02:59 -> 02:00     02:30 comes twice

The rules come from `zoneinfo`, which knows them for all years: Arrow stops changing clocks in 2037.
Only distinct days are looked up, so a column of a million rows asks some hundred times.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.wording import quoted

DAY = 86_400
UNKNOWN = 1 << 30
UTC = (None, "UTC", "Etc/UTC", "GMT", "Z", "+00:00", "-00:00")  # what a column of instants may call it
Ints = NDArray[np.int64]
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FIRST = -719_162 + 1  # 0001-01-02 and 9999-12-30 in days since 1970: a day on either side can be asked for
_LAST = 2_932_896 - 1


class Zone:
    """One time zone.

    Parameters
    ----------
    name : str
        As in the IANA data base: Europe/Berlin.

    Raises
    ------
    RecipeError
        If there is no such zone.

    Examples
    --------
    >>> zone = Zone("Europe/Berlin")
    >>> summer = np.array(["2020-07-01T12:00"], "M8[us]").view(np.int64)
    >>> zone.walls(summer, 10**6).view("M8[us]").astype(str).tolist()
    ['2020-07-01T14:00:00.000000']
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._zone = zone_named(name)
        self._low = 0  # the day that the tables below begin with
        self._offset = np.empty(0, np.int32)  # at the start of each day, UNKNOWN before it was asked for
        self._turn = np.empty(0, np.int32)  # second of the day at which the offset changes, DAY when it does not
        self._after = np.empty(0, np.int32)

    def walls(self, instants: Ints, per_second: int) -> Ints:
        """Wall clocks of these instants, in the same unit."""
        return np.asarray(instants + self._offsets(instants // per_second) * per_second)

    def instants(self, walls: Ints, per_second: int) -> tuple[Ints, NDArray[np.bool_], NDArray[np.bool_]]:
        """Instants of these wall clocks, in the same unit.

        Returns
        -------
        (rows,) int64
            The earlier one where a wall clock comes twice; where it is left out, as if clocks had been changed already.
        (rows,) bool, (rows,) bool
            Where a wall clock comes twice, and where it is left out.
        """
        seconds = walls // per_second
        early = walls - self._offsets(seconds - DAY) * per_second
        late = walls - self._offsets(seconds + DAY) * per_second
        first, second = self.walls(early, per_second) == walls, self.walls(late, per_second) == walls
        return np.where(first | ~second, early, late), first & second & (early != late), ~(first | second)

    def _offsets(self, seconds: Ints) -> Ints:
        """Seconds that the clock is ahead of UTC at these instants."""
        days = np.clip(seconds // DAY, _FIRST, _LAST)
        self._make_room(int(days.min()), int(days.max()))
        at = days - self._low
        new = at[self._offset[at] == UNKNOWN]
        if len(new):
            new = np.unique(new)
            found = np.array([self._look_up(day) for day in (new + self._low).tolist()], np.int32)  # days, not rows
            self._offset[new], self._turn[new], self._after[new] = found.T
        out = self._offset[at]
        if (self._turn[at] < DAY).any():
            out = np.where(seconds - days * DAY >= self._turn[at], self._after[at], out)
        return out.astype(np.int64)

    def _make_room(self, low: int, high: int) -> None:
        """Tables from the first day to the last one; at the most some millions."""
        if len(self._offset) and self._low <= low and high < self._low + len(self._offset):
            return
        if len(self._offset):
            low, high = min(low, self._low), max(high, self._low + len(self._offset) - 1)
        at = self._low - low if len(self._offset) else 0
        for name in ("_offset", "_turn", "_after"):
            old, new = getattr(self, name), np.full(high - low + 1, UNKNOWN, np.int32)
            new[at : at + len(old)] = old
            setattr(self, name, new)
        self._low = low

    def _look_up(self, day: int) -> tuple[int, int, int]:
        """(offset at the start of a day, second at which it changes, offset after that)."""
        before, after = self._at(day * DAY), self._at((day + 1) * DAY - 1)
        if before == after:
            return before, DAY, after
        low, high = 0, DAY - 1
        while high - low > 1:  # the offset is `before` at low and `after` at high
            middle = (low + high) // 2
            low, high = (middle, high) if self._at(day * DAY + middle) == before else (low, middle)
        return before, high, after

    def _at(self, second: int) -> int:
        offset = (_EPOCH + dt.timedelta(seconds=second)).astimezone(self._zone).utcoffset()
        assert offset is not None
        return round(offset.total_seconds())


def zone_named(name: str) -> Any:
    """The zone of a name.

    Raises
    ------
    RecipeError
        With the nearest names, if there is none.
    """
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(zoneinfo.available_timezones())
        cities = [
            z for z in known if z.rpartition("/")[2].casefold() == name.rpartition("/")[2].casefold().replace(" ", "_")
        ]
        hint = f"Did you mean {' or '.join(quoted(z) for z in cities[:3])}? " if cities else did_you_mean(name, known)
        raise RecipeError(
            f"there is no time zone {quoted(name)}",
            fix=f"{hint}Name a zone of the IANA data base, for example --timezone Europe/Berlin or UTC.",
        ) from None
