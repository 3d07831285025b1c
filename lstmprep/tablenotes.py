"""Notes on the tables as they were given: first and last lines that may be no rows, labels that belong to nobody.

Part of `notes`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lstmprep.plan import Plan
from lstmprep.wording import counted, listed, name_of, quoted

if TYPE_CHECKING:
    from lstmprep.ingest import Ingested

_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+\Z")
_TOTAL = re.compile(r"(?:grand |sub)?(?:total|sum|mean|average|avg|count)s?:?\Z", re.IGNORECASE)


def about_edges(plan: Plan, read: Ingested) -> list[tuple[str, str]]:
    """A first line that may be a row, a last row that may be none."""
    out = []
    text = [s for s in read.source_parts() if s.format == "csv"]
    numbers = [n for n in (*read.roles.features, *read.roles.left_out) if _NUMBER.match(n)]
    if text and numbers and not plan.recipe.reading.no_header:
        out.append(
            (
                "header-numbers",
                f"the header calls columns {listed(numbers, 4)}: if the first line is a row of the data, add --no-header",
            )
        )
    for name in read.roles.unread:
        facts = read.facts.get(name)
        if facts is None or not text:
            continue
        alone = not facts.last_cell and facts.missing == 1 and read.rows > 1
        if alone or _TOTAL.match(facts.last_cell):
            said = f"says {quoted(facts.last_cell)}" if facts.last_cell else "is empty"
            out.append(
                (
                    "total-row",
                    f"row {read.rows:,}, the last, {said} in {name_of(name)}: a line of totals must be taken out",
                )
            )
    return out


def about_keys(plan: Plan) -> list[tuple[str, str]]:
    """Keys that look alike, or like nothing: each is its own, and somebody may have meant otherwise."""
    if len(plan.panel.keys) != 1:
        return []
    from lstmprep.ingest.alike import odd_keys

    ((name, cells),) = plan.panel.keys.items()
    (alike, nothing), out = odd_keys(cells), []
    if alike:
        out.append(("keys-alike", f"keys are compared as text: {listed(alike)} of {name_of(name)} are two sequences"))
    if nothing:
        said = f"{listed(nothing)} in {name_of(name)} {'is a key' if len(nothing) == 1 else 'are keys'}"
        out.append(("keys-of-nothing", f"{said} like any other text, and no missing value"))
    return out


def about_labels(read: Ingested) -> list[tuple[str, str]]:
    """Keys of the table of labels that no sequence has."""
    spare = read.spare_labels
    if not spare:
        return []
    name = name_of(read.sources[-1].name)
    said = f"{name} labels {counted(len(spare), 'key')} that no sequence has: {listed(spare, 5)}"
    return [("spare-labels", f"{said}; keys are compared as text")]
