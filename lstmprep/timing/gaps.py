"""Signs of missing values beside the values: the inputs of GRU-D."""

from __future__ import annotations

from lstmprep.records import record
from lstmprep.serde import setting

_MISSING = "Missing values"


@record(frozen=True, kw_only=True)
class Gaps:
    """Features that say what was missing."""

    indicator: bool = setting(
        "flag", "A feature x_missing beside every column x: 1 where its value was missing.", heading=_MISSING
    )
    time_since: bool = setting(
        "flag",
        "A feature x_since beside every column x: time since it was last seen, in seconds, numbers of the time or rows.",
        heading=_MISSING,
    )

    @property
    def signs(self) -> bool:
        """Whether there are any."""
        return self.indicator or self.time_since
