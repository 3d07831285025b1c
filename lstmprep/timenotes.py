"""Notes about time: holes, uneven steps, sequences of different rates, and what was done about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmprep.grid.steps import told
from lstmprep.ledger import CUT_SHORT
from lstmprep.plan import Plan
from lstmprep.wording import counted, listed, name_of

if TYPE_CHECKING:
    from lstmprep.ingest import Ingested
    from lstmprep.taught import Taught

UNEVEN = 0.2  # share of odd steps from which a series has no rate of its own
FILLED = {"missing": "missing", "linear": "filled on a line", "ffill": "filled from before", "zero": "filled with 0"}
Told = list[tuple[str, str]]


def about_time(plan: Plan, read: Ingested) -> Told:
    """What a person should hear about the times, and what was made of them."""
    return [
        *_about_steps(plan, read),
        *_about_calendar(plan, read),
        *_about_sections(plan, read),
        *_about_grid(plan, read),
        *_about_gaps(plan, read),
        *_about_joins(read),
    ]


def _about_calendar(plan: Plan, read: Ingested) -> Told:
    """Hours of UTC, where the times are of another zone and none is named."""
    clock = read.clock
    if clock is None or clock.other is None or clock.zone is not None or not plan.recipe.derived.calendar:
        return []
    zone = clock.other if "/" in clock.other else "ZONE, for example Europe/Berlin,"
    said = f"the times say {clock.other}, and --calendar is that of UTC: --timezone {zone} makes it that of a place"
    return [("calendar-utc", said)]


def _about_sections(plan: Plan, read: Ingested) -> Told:
    out: Told = []
    found, cuts = read.timed.sections, plan.panel.cuts
    if found is None or cuts is None or cuts.section is None:
        return out
    if found.beyond:
        more = f" and {len(found.beyond) - 5:,} more" if len(found.beyond) > 5 else ""
        out.append(
            (
                "sections-beyond",
                f"sections of {name_of(found.source.name)} that the data do not fill: {'; '.join(found.beyond[:5])}{more}",
            )
        )
    short = sorted(set(cuts.section[cuts.lengths < plan.frame.span].tolist()))
    if short:
        named = "; ".join(f"{found.name(i)}, {counted(int(found.rows[i]), 'row')}" for i in short[:5])
        more = f" and {len(short) - 5:,} more" if len(short) > 5 else ""
        need = f"the {counted(plan.frame.span, 'row')} of one sample"
        out.append(("sections-short", f"{counted(len(short), 'section')} shorter than {need}: {named}{more}"))
    return out


def _about_grid(plan: Plan, read: Ingested) -> Told:
    grid, made = plan.recipe.grid, read.timed.regular
    if made is None:
        return []
    hows = sorted(set(made.hows.values()))
    several = (
        f"{counted(made.several, 'cell')} of several rows ({listed(hows)})"
        if made.several
        else "no cell of several rows"
    )
    empty = f", {counted(made.empty, 'cell')} of none ({FILLED[grid.fill]})" if made.empty else ""
    return [
        ("resampled", f"{read.rows:,} rows became {counted(made.cells, 'cell')} of {grid.resample}: {several}{empty}")
    ]


def _about_gaps(plan: Plan, read: Ingested) -> Told:
    facts, policy = read.filled, plan.recipe.order.missing
    if facts is None or policy in {"error", "drop"}:
        return []
    out: Told = []
    if policy == "mask":
        cells = sum(f.missing - f.odd.count for n, f in read.facts.items() if n in read.roles.features)
        said = (
            f"{counted(cells, 'missing value')} of the table written as the pad value; the array observed tells which"
        )
        return [("missing-masked", said)] if cells else []
    if facts.policy:
        total = sum(facts.policy.values())
        columns = ", ".join(f"{name_of(n)} {k:,}" for n, k in list(facts.policy.items())[:4])
        ahead = ": that looks ahead, as no live prediction can" if policy == "interpolate" else ""
        out.append(
            ("missing-filled", f"{counted(total, 'missing value')} filled by --missing {policy} ({columns}){ahead}")
        )
    left = sum(facts.left.values())
    if left:
        said = f"{counted(left, 'missing value')} with nothing to fill from: samples that hold one are left out"
        out.append(("missing-left", said))
    return out


def _about_joins(read: Ingested) -> Told:
    return [
        ("unmatched", f"{counted(j.unmatched, 'row')} found no row in {name_of(j.right.name)}: missing values there")
        for j in read.joins
        if j.unmatched
    ]


def _about_steps(plan: Plan, read: Ingested) -> Told:
    """Holes, uneven steps, different rates."""
    facts, clock, timing = read.timed.spacing, read.clock, plan.recipe.timing
    if clock is None or not facts.steps:
        return []
    unit = clock.unit if clock.kind == "instant" else None
    out: Told = []
    if read.timed.holes:
        cost = plan.ledger.by_reason(CUT_SHORT)
        lost = f"; {counted(cost.rows, 'row')} left over in stretches shorter than one sample" if cost else ""
        holes = f"{counted(read.timed.holes, 'hole')} above --max-gap {timing.max_gap}"
        out.append(
            ("holes-cut", f"{holes} {'cuts' if read.timed.holes == 1 else 'cut'} the rows: no sample bridges one{lost}")
        )
    elif facts.long and read.timed.regular is None:
        from lstmprep.ingest.rhythm import gap_above  # a plain run does without

        at = facts.highest
        when = clock.text(read.panel.times[at - 1]) if read.panel.times is not None else ""
        usual, longest = told(facts.median, unit), told(facts.high, unit)
        said = f"{counted(facts.long, 'step')} of {facts.steps:,} above twice the usual {usual}, the longest {longest} after {when}"
        out.append(
            (
                "holes",
                f"there are holes in time: {said}; windows bridge them unless --max-gap {gap_above(facts.median, clock)} cuts there",
            )
        )
    if facts.mixed and read.timed.regular is None:
        rates = ", ".join(f"{told(step, unit)} in {counted(n, 'sequence')}" for step, n in facts.rates.items())
        out.append(
            ("mixed-rates", f"sequences keep to different rates ({rates}): one timestep means another span in each")
        )
    elif facts.share >= UNEVEN and not facts.long and read.timed.regular is None:
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
    before, now = taught.made["order"].get("spacing"), read.timed.spacing
    if not before or not before["steps"] or not now.steps or not now.median or before["median"] == now.median:
        return []
    unit = taught.made["order"]["unit"]
    mine = read.clock.unit if read.clock is not None and read.clock.kind == "instant" else None
    apart, was = told(now.median, mine), told(before["median"], unit)
    return [
        {
            "code": "other-spacing",
            "text": f"rows are {apart} apart, and were {was} in the output: a window covers another length of time",
        }
    ]
