"""Warnings of a survey: what a person should know before framing this table, the gravest first.

The codes are those of the notes of a run where both see the same thing.
"""

from __future__ import annotations

from typing import Any

from lstmprep.notes import FEW_SAMPLES, ID_NAME, LAG_NAME
from lstmprep.survey.advice import counts_rows
from lstmprep.survey.scan import Scan
from lstmprep.survey.shaped import Shaped
from lstmprep.survey.trial import Guess
from lstmprep.wording import counted, listed, name_of

Warned = list[dict[str, str]]


def warnings_of(
    found: Scan,
    records: list[dict[str, Any]],
    framed: dict[str, Any] | None,
    part: dict[str, str],
    guess: Guess,
    rows: Shaped | None = None,
) -> Warned:
    """What a person should know before framing this table, the gravest first."""
    ordered = rows is None or rows.panel.units is None or bool(found.keys)  # ids stand in the order of their cell
    said = [*(_of_order(found, guess) if ordered else []), *_of_samples(framed)]
    said += [("missing", rows.holes)] if rows is not None and rows.holes else []
    said += _of_columns(found, records, part, guess)
    return [{"code": code, "text": text} for code, text in said]


def _of_order(found: Scan, guess: Guess) -> list[tuple[str, str]]:
    out = []
    order = found.order
    if found.assumed:
        out.append(("assumed-time", f"{listed(found.time)} is taken for the time: give --time to say so"))
    if not found.time:
        hint = f"; {name_of(guess.time)} looks like it" if guess.time else ""
        out.append(
            (
                "no-order",
                f"no --time is given{hint}: rows are taken in the order of the file. If that order means nothing, a sequence model has nothing to learn from it",
            )
        )
    if guess.key:
        out.append(
            (
                "key-like",
                f"{name_of(guess.key)} looks like the id of sequences: --group-by {name_of(guess.key)} keeps them apart, else windows run across",
            )
        )
    if order is not None and order.out_of_order:
        place = found.where(order.first_back)
        out.append(
            (
                "sorted",
                f"rows are not sorted: {counted(order.out_of_order, 'row')} out of order by time, the first {place_text(place)}; --time sorts them",
            )
        )
    if order is not None and order.twice:
        where = f", the first {place_text(found.where(order.first_twice))}" if order.first_twice >= 0 else ""
        key = "" if found.keys else "; does a key keep them apart (--group-by)?"
        out.append(
            (
                "duplicates",
                f"{counted(order.twice, 'row')} of a time that another row of the sequence has{where}: --on-duplicate says which is kept{key}",
            )
        )
    if found.repeated:
        out.append(
            ("repeated-rows", f"{counted(found.repeated, 'row repeats', 'rows repeat')} all numbers of the row before")
        )
    return out


def place_text(where: Any) -> str:
    """``row 3 (line 4)``."""
    return f"row {where.row:,}" + (f" (line {where.line:,})" if where.line else "")


def _of_samples(framed: dict[str, Any] | None) -> list[tuple[str, str]]:
    if framed is None:
        return []
    out = []
    sliding = [(f["timesteps"], f["sliding"]["samples"]) for f in framed["timesteps"]]
    none = [t for t, n in sliding if not n]
    if none:
        out.append(("too-short", f"no sequence is long enough for {listed(none, 6)} timesteps"))
    one = [t for t, n in sliding if n == 1]
    if one:
        out.append(
            ("one-sample", f"with {listed(one, 6)} timesteps there is one sample only: nothing can be learned from it")
        )
    few = [t for t, n in sliding if 1 < n < FEW_SAMPLES]
    if few:
        out.append(
            (
                "few-samples",
                f"with {listed(few, 6)} timesteps there are too few samples for a usual batch of {FEW_SAMPLES}",
            )
        )
    if framed["whole"]["samples"] == 1:
        out.append(("one-sequence", "the table is one sequence: framed whole it is one sample; windows make more"))
    return out


def _of_columns(
    found: Scan, records: list[dict[str, Any]], part: dict[str, str], guess: Guess
) -> list[tuple[str, str]]:
    out = []
    used = [a for a in records if part[a["name"]] in ("feature", "target") and a["name"] not in (guess.key, guess.time)]
    mixed = [a for a in used if a["odd"]]
    for about in mixed[:5]:
        odd = about["odd"]
        line = f" (line {odd['line']:,})" if odd["line"] else ""
        out.append(
            (
                "odd-cell",
                f"{name_of(about['name'])} holds {counted(odd['count'], 'cell')} that {'is' if odd['count'] == 1 else 'are'} no number, the first {name_of(odd['cell'])} on row {odd['row'] + 1:,}{line}: mend it, or name it with --na-values",
            )
        )
    infinite = [a for a in used if a.get("infinite")]
    if infinite:
        out.append(("infinite", f"{listed([a['name'] for a in infinite])} holds infinite values: window refuses them"))
    gone = [a for a in used if a["missing"]]
    if gone:
        worst = sorted(gone, key=lambda a: -a["missing"])[:6]
        told = ", ".join(f"{name_of(a['name'])} {a['missing']:,}" for a in worst)
        out.append(
            (
                "missing",
                f"missing cells in {counted(len(gone), 'column')} ({told}): --missing says what becomes of them",
            )
        )
    constant = [a["name"] for a in used if a["constant"]]
    if constant:
        out.append(("constant", f"constant, and so without information: {listed(constant)}"))
    times = [a["name"] for a in used if counts_rows(found, a["name"]) and not a["constant"]]
    if times:
        out.append(
            (
                "counter-feature",
                f"{listed(times, 3)} counts the rows like a time: --time orders by it, --exclude leaves it out",
            )
        )
    ids = [
        a["name"] for a in used if ID_NAME.search(a["name"]) and a["type"] == "whole number" and a["name"] not in times
    ]
    if ids:
        out.append(
            (
                "id-feature",
                f"{listed(ids, 3)} looks like an id, not a measurement: --group-by makes it a key, --exclude leaves it out",
            )
        )
    lags = [a["name"] for a in used if LAG_NAME.search(a["name"])]
    if lags:
        out.append(
            (
                "lag-names",
                f"{listed(lags, 4)} look like lags already in the table: reshape --lag-columns makes timesteps of them",
            )
        )
    return out
