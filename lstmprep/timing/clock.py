"""How instants are read, and what may not be bridged."""

from __future__ import annotations

from lstmprep.grid.steps import Step
from lstmprep.records import record
from lstmprep.serde import setting
from lstmprep.timing.steps import step_of

_ORDER = "Order and sequences"


@record(frozen=True, kw_only=True)
class Timing:
    """How instants are read, and what may not be bridged."""

    time_unit: str | None = setting(
        "choice",
        "What numbers of the time count since 1970 in UTC.  [default: numbers are an order]",
        choices=("s", "ms", "us", "ns"),
        heading=_ORDER,
    )
    timezone: str | None = setting(
        "text",
        "Zone of times that say none, for example Europe/Berlin.",
        heading=_ORDER,
        metavar="ZONE",
    )
    require_even: bool = setting("flag", "Refuse steps of different length between rows.", heading=_ORDER)
    max_gap: str | None = setting(
        "text", "No sample bridges a step above this: 2h, or 5 for plain numbers.", heading=_ORDER, metavar="STEP"
    )

    sections: str | None = setting(
        "text",
        "A table of start, end and label: windows only inside, each with the label of its section.",
        heading=_ORDER,
        metavar="FILE",
    )

    def __post_init__(self) -> None:
        if self.max_gap is not None:
            step_of("--max-gap", self.max_gap)

    @property
    def hole(self) -> Step | None:
        """The largest step that is no hole."""
        return None if self.max_gap is None else step_of("--max-gap", self.max_gap)
