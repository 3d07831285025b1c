"""What a recipe asks of time, as a whole: whether values are rewritten, where labels come from, which other tables are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmprep.timing.clock import Timing
from lstmprep.timing.derived import Derived
from lstmprep.timing.gaps import Gaps
from lstmprep.timing.grid import Grid
from lstmprep.timing.tables import Tables

if TYPE_CHECKING:
    from lstmprep.framing.base import Answer, Framing
    from lstmprep.parts import Columns, Order
    from lstmprep.transforms import Scaling

SECOND = {"columns": ("labels", "target_file"), "timing": ("sections",), "tables": ("join", "join_asof")}


class Timely:
    """The parts of a recipe that concern time, and what follows from them together."""

    framing: Framing
    columns: Columns
    order: Order
    timing: Timing
    grid: Grid
    gaps: Gaps
    derived: Derived
    tables: Tables
    scaling: Scaling
    downsampling: Any

    @property
    def computes(self) -> bool:
        """Whether values are computed with before they are framed: they are kept in float64 until then."""
        return self.scaling.scales or self.reworks or self.downsampling.downsample is not None

    @property
    def computing(self) -> str:
        """The first option that makes other numbers of the rows, or puts some beside them; empty where there is none."""
        derived, tables = self.derived, self.tables
        used = {
            "--scale": self.scaling.scales, "--downsample": self.downsampling.downsample is not None, "--resample": self.grid.resample is not None,
            "--time-delta": derived.time_delta, "--calendar": bool(derived.calendar), "--difference": derived.difference is not None,
            "--detrend": derived.detrend is not None, "--log": bool(derived.log), "--join": tables.join is not None, "--join-asof": tables.join_asof is not None,
        }  # fmt: skip
        return next((flag for flag, here in used.items() if here), "")

    @property
    def reworks(self) -> bool:
        """Whether values are filled, changed or given signs."""
        return (
            self.order.missing not in ("error", "drop")
            or self.grid.resample is not None
            or self.gaps.signs
            or self.derived.changes
        )

    @property
    def labelled_by_sections(self) -> bool:
        """Whether the class of a sample is that of its section; the rows of a lagged table have no class."""
        plain = self.columns.answer is None and self.framing.target_mode != "input" and not self.framing.tabular
        return self.timing.sections is not None and plain

    @property
    def second_tables(self) -> dict[str, str]:
        """Files besides the inputs: setting -> path."""
        return {
            name: path
            for part, names in SECOND.items()
            for name in names
            if (path := getattr(getattr(self, part), name)) is not None
        }

    @property
    def asked(self) -> Answer | None:
        """What a sample would be answered with."""
        return "label" if self.labelled_by_sections else self.columns.answer
