"""A table whose cells are not its features: what `--pivot`, `--vector` and `--tokens` make of it, counted.

    --pivot id     long rows -> one row for each time, columns f1@p1, f1@p2
    --vector v     cells of lists -> columns v_0, v_1, ...
    --tokens ids   cells of ids -> one step for each id

The way there is that of a run: read into a panel in files without a name, so that what a run would refuse is found here too.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import LstmprepError, located
from lstmprep.ingest import Ingested, ingest
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe, from_flat
from lstmprep.records import record
from lstmprep.serde import settings_of
from lstmprep.sources.around import Around
from lstmprep.sources.base import Source
from lstmprep.stores import Shelf
from lstmprep.survey.settings import SHARED, Ask
from lstmprep.wording import counted, listed, name_of


@record(eq=False)
class Shaped:
    """What the rows become.

    Parameters
    ----------
    text : str
        What was done, in words.
    features : list of str
    panel : Panel
    holes : str
        What is missing in the new columns, in words; empty where nothing is.
    """

    text: str
    features: list[str]
    panel: Panel
    holes: str = ""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(sequences,) rows of each."""
        return self.panel.lengths

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"text": self.text, "rows": int(self.lengths.sum()), "feature_names": self.features}


def shaped(source: Source, ask: Ask, time: tuple[str, ...], problems: list[LstmprepError]) -> Shaped | None:
    """What the rows become; None where nothing is asked for, or where a run would refuse it, which is a problem then.

    Parameters
    ----------
    source : Source
        Open: a pipe can be read once only.
    ask : Ask
    time : tuple of str
        The columns of the time.
    problems : list
        Where a refusal goes.
    """
    if not ask.reshapes:
        return None
    try:
        with located(file=source.name):
            recipe = recipe_of(ask, time)
            read = ingest(source, recipe, Shelf())
    except LstmprepError as error:
        problems.append(error)
        return None
    said = [read.pivot] if read.pivot else []
    for name in recipe.columns.vector:
        spread = [n for n in read.feature_names if re.match(rf"{re.escape(name)}_[0-9]+(@|$)", n)]
        said += [f"{name_of(name)} becomes {counted(len(spread), 'column')}: {listed(spread, 4)}"] if spread else []
    if recipe.tokens.tokens is not None:
        rows = int(read.panel.lengths.sum())
        said.append(f"{name_of(recipe.tokens.tokens)} holds {counted(rows, 'id')} in {counted(source.rows, 'row')}")
    return Shaped("; ".join(said), list(read.feature_names), read.panel, _holes(read))


def _holes(read: Ingested) -> str:
    """Cells of a wide table in which no row stands, or whose row lacks the value."""
    gone = {n: f for n, f in read.facts.items() if f.missing and n in read.feature_names}
    if not gone or not read.pivot:
        return ""
    name = min(gone, key=lambda n: gone[n].first_missing)
    total, told = sum(f.missing for f in gone.values()), read.sources[0]
    wide = told.inner if isinstance(told, Around) else None  # what it tells by rows of the table, this tells by its own
    gap = wide.absent(gone[name].first_missing, name) if isinstance(wide, Around) else None
    first = gap or f"{name_of(name)} is empty there"
    return f"{counted(total, 'value')} missing after --pivot, the first: {first}; --missing says what becomes of them"


def recipe_of(ask: Ask, time: tuple[str, ...], **more: Any) -> Recipe:
    """The recipe whose panel has the rows and features of this survey."""
    tokens = ask.tokens.tokens
    flat: dict[str, Any] = {"missing": "drop", "time": list(time), **more}
    flat |= {"tokens": tokens} if tokens is not None else {"timesteps": 1, "vector": list(ask.columns.vector)}
    for name in ("order", "reading"):
        spec = getattr(ask, name)
        for s in settings_of(SHARED[name][0]):
            value = getattr(spec, s.name)
            if s.name not in flat and value != s.default:
                flat[s.name] = list(value) if isinstance(value, tuple) else value
    if tokens is None and "features" not in flat:
        columns = ask.columns
        flat["features"] = list(columns.features)
        flat["exclude"] = [*columns.exclude, *([columns.label] if columns.label is not None else [])]
    if time and ask.order.pivot is None:
        flat["on_duplicate"] = "last"
    return from_flat(flat, command="window" if tokens is None else "pad")


def of_long(words: tuple[str, ...], ask: Ask) -> tuple[str, ...]:
    """Names of columns as they stand in the table: ``f1`` for ``f1@p1``, ``v`` for ``v_3``.

    Examples
    --------
    >>> from lstmprep.survey.settings import ask_of
    >>> of_long(("f1@p1,f1@p2", "x"), ask_of({"pivot": "id", "time": "t"}))
    ('f1', 'x')
    """
    if not ask.reshapes:
        return words
    out = []
    for word in (w for text in words for w in text.split(",")):
        name = word.partition("@")[0] if ask.order.pivot is not None else word
        spread = [v for v in ask.columns.vector if re.fullmatch(rf"{re.escape(v)}_[0-9]+", name)]
        out.append(spread[0] if spread else name)
    return tuple(dict.fromkeys(out))
