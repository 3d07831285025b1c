"""Notes on sequences of unequal length: what was padded, what was cut, what a mask by value would lose.

Part of `notes`; the counts are the plan's (`padding`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lstmprep.downsampling import aggregates_of
from lstmprep.framing.pad import Pad
from lstmprep.padding import Padding
from lstmprep.plan import Plan
from lstmprep.wording import counted, name_of, number

MOSTLY = 0.5  # the share of padding from which other ways are worth naming


def notes_of_padding(plan: Plan, where: Callable[[int], Any] | None) -> list[tuple[str, str]]:
    """(code, text) of what padding and cutting did.

    Parameters
    ----------
    plan : Plan
        Of one sample per sequence.
    where : callable or None
        The address of a row of the table.
    """
    pad, found = plan.recipe.framing, plan.padding
    assert isinstance(pad, Pad) and found is not None
    out = []
    made = plan.recipe.downsampling
    if made.downsample is not None:
        rows, steps = plan.panel.stands_for(np.arange(plan.panel.rows)), plan.panel.rows
        how = f"--downsample {made.downsample} --aggregate {','.join(aggregates_of(plan.recipe.grid))}"
        out.append(
            (
                "downsampled",
                f"{counted(rows, 'row')} became {counted(steps, 'step')} ({how}); targets and labels are those of a step's last row",
            )
        )
    if found.like_padding:
        out.append(("pad-value-is-real", _real(plan, pad, found, where)))
    if found.sequences_cut:
        side = "oldest" if pad.truncating == "pre" else "newest"
        of = f"{counted(found.sequences_cut, 'sequence')} of {plan.kept:,}"
        cut = f"the {side} {counted(found.rows_cut, 'row')} of {of} cut off{_cut(plan, pad)}"
        out.append(("truncated", f"{cut} (--truncating {pad.truncating}){_learned(plan, pad)}"))
    if found.steps_padded:
        share = f"{100 * found.share:.1f} % of the tensor"
        said = (
            f"{counted(found.sequences_padded, 'sequence')} of {plan.kept:,} padded (--padding {pad.padding}), {share}"
        )
        more = "; --bucket 10 or --ragged would hold less of it" if found.share > MOSTLY and not pad.bucket else ""
        out.append(("padded", f"{said}{more}"))
    return out


def _cut(plan: Plan, pad: Pad, most: int = 5) -> str:
    """``: s3 (30 rows), s9 (12 rows)``, the sequences that are longer than a sample."""
    if not plan.panel.keys or not isinstance(pad.timesteps, int):
        return ""
    held = np.unique(np.concatenate([p.framed.sequence for p in plan.parts]))
    long = held[plan.panel.lengths[held] > pad.timesteps]
    told = [
        f"{name_of(plan.panel.key_text(s))} ({counted(int(plan.panel.lengths[s]), 'row')})"
        for s in long[:most].tolist()
    ]
    return f": {', '.join(told)}{f' and {len(long) - most:,} more' if len(long) > most else ''}" if told else ""


def _learned(plan: Plan, pad: Pad) -> str:
    """Where the length comes from, when it was learned from some of the sequences only."""
    if isinstance(pad.timesteps, int):
        return ""
    train = " of train" if any(p.cut.name == "train" for p in plan.parts) else ""
    return f": --timesteps {pad.timesteps}{train} is {plan.fitted['timesteps']}"


def _real(plan: Plan, pad: Pad, found: Padding, where: Callable[[int], Any] | None) -> str:
    row = int(plan.panel.source(found.first_rows)[0])
    address = where(row) if where is not None else f"row {row + 1:,}"
    verb = "equals" if found.like_padding == 1 else "equal"
    said = f"{counted(found.like_padding, 'real step')} {verb} --pad-value {number(pad.pad_value or 0.0)} in every feature, the first at {address}"
    free = f", or --pad-value {number(found.free_value)}, which no row equals" if found.free_value is not None else ""
    return f"{said}: a model that masks by value skips {'it' if found.like_padding == 1 else 'them'}; use the mask or lengths{free}"
