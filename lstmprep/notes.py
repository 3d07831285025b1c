"""Notes: what a person should hear about this table and this framing.

Each is a code and a sentence; a note never changes what is written. Most of them name a mistake
that costs people days: one sample only, rows without an order, an id among the features.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lstmprep.borders import about_split
from lstmprep.framing.pad import Pad
from lstmprep.ledger import DOUBLE, Ledger
from lstmprep.padnotes import notes_of_padding
from lstmprep.plan import Plan, describe_skipped
from lstmprep.tablenotes import about_edges, about_keys, about_labels
from lstmprep.timenotes import about_time
from lstmprep.wording import counted, listed, name_of, number, ranges, span_of

if TYPE_CHECKING:
    from lstmprep.ingest import Ingested

FEW_SAMPLES = 32
LONG_WINDOW = 400
MOST_LAGS = 10_000  # beyond it, lags that are not there are not listed
EXACT = 2.0**53  # from here on a float64 may stand for several whole numbers
LAG_NAME = re.compile(r"(?:[_.\- ]?(?:lag|shift|prev)[_.\- ]?\d+|\(t-\d+\)|_t-\d+)\Z", re.IGNORECASE)
ID_NAME = re.compile(
    r"(?:\A|[_.\- ])(?:id|idx|index|uuid|key|nr|no|row|rownum|unnamed)(?:\Z|[_.\- ])|Id\Z|ID\Z", re.IGNORECASE
)
Note = dict[str, str]
MORE_SAMPLES = {
    "window": "use fewer --timesteps or a smaller --stride",
    "pad": "lstmprep window makes many samples of one series",
    "reshape": "lstmprep window makes many samples of one series",
}
KEYED = "name the key of the sequences with --group-by"
SHORTER = {
    "window": "--dilation or coarser rows shorten the window",
    "pad": "coarser rows, or fewer --timesteps, shorten the samples",
    "reshape": "more samples of fewer timesteps hold the same values",
}


def notes_of(plan: Plan, read: Ingested) -> list[Note]:
    """All notes, the gravest first."""
    padding = notes_of_padding(plan, read.where) if plan.padding is not None else []
    found = [
        *_about_rows(plan, read),
        *about_time(plan, read),
        *_about_split(plan, read),
        *plan.learned,
        *padding,
        *_about_samples(plan, read),
        *_about_columns(plan, read),
    ]
    return [{"code": code, "text": text} for code, text in found + _about_steps(read)]


def _about_steps(read: Ingested) -> list[tuple[str, str]]:
    """Lag columns whose lags are no neighbours."""
    lags = read.roles.steps.lags if read.roles.steps else ()
    if not lags or len(lags) == lags[0] - lags[-1] + 1:
        return []
    between = sorted({*range(lags[-1], lags[0])} - {*lags}) if lags[0] < MOST_LAGS else []
    gone = f" ({ranges(between[:20])}{' and more' if len(between) > 20 else ''})" if between else ""
    said = f"the steps are the lags {listed(lags, 8)}: no columns are there for those between{gone}"
    return [("lag-gaps", f"{said}, so the steps are not evenly spaced")]


def _about_rows(plan: Plan, read: Ingested) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    if read.out_of_order:
        out.append(
            (
                "sorted",
                f"rows were not in time order ({counted(read.out_of_order, 'row')} earlier than the row before): sorted by {listed(read.roles.time)}",
            )
        )
    out += [(code, said) for code, said in (("pivot", read.pivot), ("negative-ids", read.tokens)) if said]
    doubles = plan.ledger.by_reason(DOUBLE)
    if doubles:
        how = plan.recipe.order.on_duplicate
        said = f"{counted(doubles.rows, 'row')} of a time that another row has left out, the {how} one kept"
        if how == "mean":
            said = f"{doubles.rows + read.averaged:,} rows of {counted(read.averaged, 'time')} averaged, one row each"
        out.append(("duplicates", f"{said} (--on-duplicate {how})"))
    out += [*about_keys(plan), *about_edges(plan, read), *about_labels(read)]
    folded = plan.panel.folded  # rows that are no steps need no order
    own = plan.panel.units is not None and not plan.recipe.order.group_by  # nor do rows that are sequences of their own
    if not read.roles.time and not own and (folded is None or folded.in_order):
        out.append(("no-order", "no --time is given: rows are taken in the order of the file"))
    if plan.skipped:
        frame = plan.frame
        need = frame.span - (frame.cover - 1) * plan.recipe.framing.partial  # one step, and the rows of its answer
        framing = plan.recipe.framing
        said = "is shorter" if plan.left_short == 1 else "are shorter"
        need_rows = f"the {counted(need, 'row')} of one sample"
        if isinstance(framing, Pad):
            need_rows = f"--min-steps {framing.min_steps or 1}"
        few = f"{plan.left_short:,} of {counted(len(plan.panel.starts), 'sequence')} {said} than {need_rows}"
        out.append(("too-short", f"{few} and left out: {describe_skipped(plan)}"))
    if plan.dropped:
        out.append(
            (
                "missing-dropped",
                f"{counted(plan.dropped, 'sample')} of {plan.framed:,} left out: {counted(plan.missing_rows, 'row holds', 'rows hold')} a missing value{_where_missing(read)}",
            )
        )
    return out


def _about_split(plan: Plan, read: Ingested) -> list[tuple[str, str]]:
    clock = read.clock
    unit = clock.unit if clock is not None and clock.kind == "instant" else None
    out = about_split(plan, clock.text if clock is not None else None, unit)
    if plan.unknown:
        out.append(
            (
                "unknown-dropped",
                f"{counted(plan.unknown, 'sample')} of {plan.framed:,} left out: a class that train lacks",
            )
        )
    return out


def _may_be_key(read: Ingested) -> bool:
    """Whether a column is left that may tell sequences apart."""
    roles, facts = read.roles, read.facts
    taken = {*roles.time, *roles.targets, roles.label, *roles.future, *roles.keys}
    names = [n for n in read.sources[0].names if n not in taken]
    return not roles.keys and any(n not in facts or (facts[n].whole and not facts[n].rising) for n in names)


def _about_samples(plan: Plan, read: Ingested) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    if plan.recipe.framing.tabular:
        return out
    t, n, batching = max(p.frame.timesteps for p in plan.parts), plan.samples, plan.recipe.batching
    if n == 1 and not plan.recipe.framing.latest:
        kind = plan.recipe.framing.kind
        more = KEYED if kind == "pad" and _may_be_key(read) else MORE_SAMPLES[kind]
        out.append(("one-sample", f"there is one sample only: nothing can be learned from it; {more}"))
    elif n < (batching.batch_size or FEW_SAMPLES) and not plan.recipe.framing.latest:
        size = f"--batch-size {batching.batch_size}" if batching.batch_size else f"a usual batch of {FEW_SAMPLES}"
        out.append(("few-samples", f"{counted(n, 'sample')}: fewer than {size}"))
    if t == 1:
        out.append(
            (
                "one-step",
                "a sample has one timestep: a recurrent layer has no past to look at; if each row stands for itself, a model without sequence does as well",
            )
        )
    if t >= LONG_WINDOW:
        out.append(
            (
                "long-window",
                f"{t} timesteps: recurrent layers learn little beyond some hundreds of steps; "
                + SHORTER[plan.recipe.framing.kind],
            )
        )
    dropped = plan.framed - plan.unknown - plan.dropped - plan.kept
    if dropped > 0:
        out.append(
            ("batch-dropped", f"{counted(dropped, 'sample')} left out: too few for a batch of {batching.batch_size}")
        )
    if plan.samples > plan.kept:
        out.append(
            (
                "batch-padded",
                f"{counted(plan.samples - plan.kept, 'sample')} of padding fill the last batch (lengths 0, mask False, classes -1)",
            )
        )
    if batching.stateful and any(len(p.runs.count) > 1 for p in plan.parts):
        out.append(
            (
                "reset-states",
                "reset the states of the model wherever the sequences of a batch change; index.parquet tells",
            )
        )
    return out


def _about_columns(plan: Plan, read: Ingested) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    roles = read.roles
    if roles.left_out:
        out.append(
            (
                "left-out",
                f"no features by default: {', '.join(f'{name_of(n)} ({why})' for n, why in list(roles.left_out.items())[:8])}"
                + (f" and {len(roles.left_out) - 8} more" if len(roles.left_out) > 8 else ""),
            )
        )
    ids = read.vocabulary is not None  # of tokens: they measure nothing
    constant = [n for n in dict.fromkeys(roles.numeric_features) if (f := read.facts[n]).low == f.high and not ids]
    if constant:
        out.append(("constant", f"constant, and so without information: {listed(constant)}"))
    still = [n for n in read.target_names if (f := read.facts[n]).low == f.high]
    if still:
        out.append(("constant-target", f"the target is constant ({number(read.facts[still[0]].low)}): {listed(still)}"))
    if read.classes is not None and len(read.classes) == 1:
        out.append(("constant-target", f"there is one class only: {name_of(read.classes[0])}"))
    lags = [n for n in read.feature_names if LAG_NAME.search(n)]
    if lags:
        out.append(
            (
                "lag-names",
                f"{listed(lags, 4)} {'looks like a lag' if len(lags) == 1 else 'look like lags'} already in the table: framed as it is, each is a feature of its own; reshape --lag-columns makes timesteps of them",
            )
        )
    out += _about_ids(read) if not ids else []
    whole = {n: f for n, f in read.facts.items() if f.whole and n not in roles.unread}  # a measurement is no id
    lost = {n: f.inexact for n, f in whole.items() if f.inexact is not None}
    for name, value in list(lost.items())[:3]:
        dtype = plan.recipe.arrays.dtype
        fix = "use --dtype float64" if dtype != "float64" and abs(value) < EXACT else "keep such ids as keys"
        out.append(
            (
                "precision",
                f"{name_of(name)} holds whole numbers that {dtype} does not ({number(value)}): digits are lost; {fix}",
            )
        )
    return out


def _about_ids(read: Ingested) -> list[tuple[str, str]]:
    """Features that count rows, or name things, rather than measure something."""
    out = []
    for name in dict.fromkeys(read.roles.numeric_features):
        facts = read.facts[name]
        if name in read.target_names or not facts.whole or facts.low == facts.high:
            continue
        ordered = read.roles.time or (read.panel.folded is not None and not read.panel.folded.in_order)
        if facts.rising and facts.high - facts.low == read.rows - 1 and not ordered:
            out.append(
                ("counter-feature", f"{name_of(name)} counts the rows: --time orders by it, --exclude leaves it out")
            )
        elif ID_NAME.search(name):
            out.append(
                ("id-feature", f"{name_of(name)} looks like an id: --group-by makes it a key, --exclude leaves it out")
            )
    return out[:5]


def rows_text(plan: Plan) -> str:
    """The ledger in one line: what was used, and the runs of rows that were not."""
    rows: Ledger = plan.ledger
    asks = len(plan.frame.targets) > 0
    said = f"rows: {rows.read:,} read, {rows.used_as_input:,} used as input" + (
        f", {rows.used_as_target:,} as target" if asks else ""
    )
    extra = _edges(plan) if asks else []
    for u in rows.unused[:6]:
        extra.append(
            f"{counted(u.rows, 'row')} unused, {u.reason} ({span_of(u.first, u.last) if u.last - u.first + 1 == u.rows else f'from row {u.first + 1:,} to {u.last + 1:,}'})"
        )
    return "; ".join([said, *extra])


def _edges(plan: Plan) -> list[str]:
    """Rows at the ends of a sequence that can only be inputs, or only targets."""
    part = plan.parts[0]
    runs, frame = part.runs, part.frame
    if len(plan.parts) > 1 or len(runs.count) != 1 or part.order is not None or plan.panel.moved:
        return []
    start, stop = int(runs.floor[0]), int(runs.ceiling[0])
    first = int(runs.first[0])
    answer = int(frame.targets.min())
    if first + frame.cover > stop and answer >= frame.cover - 1:  # a padded sample is answered on its last real row
        answer += int(frame.inputs[frame.inputs < stop - first].max() - frame.inputs[-1])
    target = max(first + answer, start)
    last_input = min(first + (int(runs.count[0]) - 1) * runs.stride + frame.cover, stop)
    out = []
    if start < target <= stop:
        out.append(f"{span_of(start, target - 1)} {'is' if target - start == 1 else 'are'} never a target")
    if last_input < stop:
        out.append(f"{span_of(last_input, stop - 1)} never an input")
    return [", ".join(out)] if out else []


def _where_missing(read: Ingested) -> str:
    """`` (pressure 177, wind_dir 27)``: the columns that cost samples."""
    cells = {n: f.missing - f.odd.count for n, f in read.facts.items() if n not in read.roles.unread}
    worst = sorted((n for n in cells if cells[n]), key=lambda n: -cells[n])[:4]
    return f" ({', '.join(f'{name_of(n)} {cells[n]:,}' for n in worst)})" if worst else ""
