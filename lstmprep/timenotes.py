"""Notes about time: holes, uneven steps, sequences of different rates, and what was done about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmprep.grid.steps import told
from lstmprep.ledger import CUT_SHORT
from lstmprep.plan import Plan
from lstmprep.wording import counted

if TYPE_CHECKING:
    from lstmprep.ingest import Ingested
    from lstmprep.taught import Taught

UNEVEN = 0.2  # share of odd steps from which a series has no rate of its own
Told = list[tuple[str, str]]


def about_time(plan: Plan, read: Ingested) -> Told:
    """What a person should hear about the steps between rows."""
    facts, clock, timing = read.spacing, read.clock, plan.recipe.timing
    if clock is None or not facts.steps:
        return []
    unit = clock.unit if clock.kind == "instant" else None
    out: Told = []
    if read.holes:
        cost = plan.ledger.by_reason(CUT_SHORT)
        lost = f"; {counted(cost.rows, 'row')} left over in stretches shorter than one sample" if cost else ""
        holes = f"{counted(read.holes, 'hole')} above --max-gap {timing.max_gap}"
        out.append(
            ("holes-cut", f"{holes} {'cuts' if read.holes == 1 else 'cut'} the rows: no sample bridges one{lost}")
        )
    elif facts.long:
        at = facts.highest
        when = clock.text(read.panel.times[at - 1]) if read.panel.times is not None else ""
        usual, longest = told(facts.median, unit), told(facts.high, unit)
        said = f"{counted(facts.long, 'step')} of {facts.steps:,} above twice the usual {usual}, the longest {longest} after {when}"
        out.append(
            ("holes", f"there are holes in time: {said}; windows bridge them unless --max-gap {usual} cuts there")
        )
    if facts.mixed:
        rates = ", ".join(f"{told(step, unit)} in {counted(n, 'sequence')}" for step, n in facts.rates.items())
        out.append(
            ("mixed-rates", f"sequences keep to different rates ({rates}): one timestep means another span in each")
        )
    elif facts.share >= UNEVEN and not facts.long:
        span = f"{told(facts.low, unit)} to {told(facts.high, unit)}"
        out.append(
            (
                "uneven",
                f"steps in time are uneven ({span}, {facts.share:.0%} unlike the usual {told(facts.median, unit)})",
            )
        )
    return out


def spacing_note(read: Ingested, taught: Taught) -> list[dict[str, str]]:
    """New rows that follow one another at another step than those the output was made from."""
    before, now = taught.made["order"].get("spacing"), read.spacing
    if not before or not before["steps"] or not now.steps or not now.median or before["median"] == now.median:
        return []
    unit = taught.made["order"]["unit"]
    apart, was = told(now.median, unit), told(before["median"], unit)
    return [
        {
            "code": "other-spacing",
            "text": f"rows are {apart} apart, and were {was} in the output: a window covers another length of time",
        }
    ]
