"""Which column plays which part: the recipe's words resolved against the names of a table.

    named (--target, --time, ...)   -> that part
    not named, numbers               -> a feature by default
    not named, anything else         -> left out, and said

What a word of the command line names is `lstmprep.naming`'s business. Sees names and looks, never a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lstmprep.errors import DataError, RecipeError, Where
from lstmprep.marks import delimiter_hint, number_hint, unit_hint
from lstmprep.naming import Groups, resolve
from lstmprep.records import record
from lstmprep.steps import Steps, steps_of
from lstmprep.wording import listed, name_of, quoted

if TYPE_CHECKING:
    from lstmprep.recipe import Recipe
    from lstmprep.sources.base import Described


MOST = 12


@record(frozen=True, eq=False)
class Roles:
    """The columns of each part, in the order asked for.

    Attributes
    ----------
    tentative : frozenset of str
        Features nobody named: a text among them is left out and said, a mixed one is refused.
    unread : tuple of str
        Text columns left out by default; the pass checks that they hold no numbers.
    left_out : dict of str to str
        Columns left out by default, and why.
    past : tuple of str
        Targets whose own past is among the features by default.
    steps : Steps or None
        Which columns are the steps of which feature, where a row is a sample; `features` are all of them, step by step.
    tiled : tuple of str
        Static columns that stand at every step.
    """

    features: tuple[str, ...]
    categorical: tuple[str, ...]
    targets: tuple[str, ...]
    label: str | None
    static: tuple[str, ...]
    future: tuple[str, ...]
    keys: tuple[str, ...]
    time: tuple[str, ...]
    tentative: frozenset[str]
    unread: tuple[str, ...]
    left_out: dict[str, str]
    past: tuple[str, ...]
    steps: Steps | None = None
    tiled: tuple[str, ...] = ()

    @property
    def numeric_features(self) -> tuple[str, ...]:
        """Features that are numbers in the table."""
        return tuple(f for f in self.features if f not in self.categorical)


def assign(
    recipe: Recipe,
    names: list[str],
    looks: Mapping[str, Described],
    *,
    typed: bool,
    own: tuple[str, ...] = (),
    groups: Groups | None = None,
    own_label: str | None = None,
) -> Roles:
    """The part of every column.

    Parameters
    ----------
    recipe : Recipe
    names : list of str
        Columns of the table, in order.
    looks : mapping of name to Described
        What each column seems to hold.
    typed : bool
        Whether those are the columns' own types rather than a first look.
    own : tuple of str
        Key columns that the reading adds (the file of a row).
    groups : mapping of name to names, or None
        Columns that one name stands for.
    own_label : str or None
        The column of classes that the reading adds (the folder of a file).

    Raises
    ------
    RecipeError
        If a name is unknown, named twice, or two parts exclude each other.
    DataError
        If no column is left to be a feature.
    """
    c, window = recipe.columns, recipe.framing
    keys = resolve(recipe.order.group_by, names, "--group-by", groups) + own
    time = resolve(recipe.order.time, names, "--time", groups)
    targets = () if c.target_file else resolve(c.target, names, "--target", groups)
    label = own_label
    if c.label is not None and c.labels is None:
        label = _label(c.label, names, groups)
    static, future = resolve(c.static, names, "--static", groups), resolve(c.future, names, "--future", groups)
    categorical = resolve(c.categorical, names, "--categorical", groups)
    exclude = resolve(c.exclude, names, "--exclude", groups)
    answers = {*targets, *([label] if label is not None else [])}
    lead = window.lead_for(c.answer) if c.answer else 0
    for name in future:
        if name in targets:
            raise RecipeError(
                f"column {quoted(name)} is the target and cannot be known beforehand",
                fix="Leave it out of --future, or out of --target.",
            )
    steps = steps_of(window, names, {*answers, *static, *exclude})
    tiled = static if steps is not None and window.static_mode == "tile" else ()
    asked = resolve(c.features, names, "--features", groups) if steps is None else steps.columns(tiled)
    busy = {
        **dict.fromkeys(time, "the time"),
        **dict.fromkeys(keys, "a key"),
        **dict.fromkeys(static, "static"),
        **dict.fromkeys(future, "a future column"),
    }
    if label is not None:
        busy[label] = "the label"
    left_out = dict.fromkeys(exclude, "")
    unread: tuple[str, ...] = ()
    if steps is not None:
        features = asked
        known = {*asked, *static, *answers, *exclude}
        left_out |= {n: "no step of a feature" for n in names if n not in known}
    elif asked:
        out = frozenset(exclude)  # made once: a table may have a hundred thousand columns
        features = tuple(n for n in asked if n not in out)
    else:
        features, unread = _by_default(names, looks, {*busy, *exclude, *categorical}, left_out, typed=typed)
        if lead == 0:
            features = tuple(n for n in features if n not in answers)
    spread = [n for v in c.vector for n in (groups or {}).get(v, ()) if n not in answers and n not in busy]
    features += tuple(n for n in dict.fromkeys([*categorical, *spread]) if n not in features and n not in exclude)
    later = "" if window.kind == "pad" else "--lags from 1 on" if window.lags else "--lead 1"
    _check_features(features, categorical, keys, answers if lead == 0 else set(), later)
    if not features:
        raise _nothing(names, looks, busy, left_out, classes=window.kind != "reshape")
    return Roles(
        features=features, categorical=categorical, targets=targets, label=label, static=() if tiled else static, future=future, keys=keys, time=time,
        tentative=frozenset() if asked else frozenset(features) - {*categorical, *targets}, unread=unread,
        left_out={n: why for n, why in left_out.items() if why}, past=() if asked else tuple(t for t in targets if t in features),
        steps=steps, tiled=tiled,
    )  # fmt: skip


def _label(asked: str, names: list[str], groups: Groups | None) -> str:
    found = resolve([asked], names, "--label", groups)
    if len(found) > 1:
        raise RecipeError(
            f"--label {quoted(asked)} is {len(found)} columns: {listed(found)}",
            fix="Name the one that holds the class.",
        )
    return found[0]


def _by_default(
    names: list[str], looks: Mapping[str, Described], taken: set[str], left_out: dict[str, str], *, typed: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(numeric and boolean columns that are nothing else, text columns still to be checked)."""
    features, unread = [], []
    for name in names:
        if name in taken:
            continue
        look = looks[name]
        if name.startswith("#") and name[1:].isdigit():
            left_out[name] = "it has no name"
        elif look.look in ("number", "bool") or (look.look == "empty" and not typed):
            features.append(name)
        else:
            example = f", first {quoted(look.example)}" if look.example else ""
            left_out[name] = f"{look.type if typed else 'text'}{example}"
            if not typed and look.look == "text":
                unread.append(name)
    return tuple(features), tuple(unread)


def _check_features(
    features: tuple[str, ...], categorical: tuple[str, ...], keys: tuple[str, ...], answers: set[str], later: str
) -> None:
    """Refuse keys among the features, and answers of the same row (`answers`; `later` is what else could be done)."""
    for name in features:
        if name in keys:
            raise RecipeError(
                f"column {quoted(name)} is a key of the sequences and no feature",
                fix="Leave it out of --features, or out of --group-by.",
            )
        if name in answers:
            raise RecipeError(
                f"column {quoted(name)} is the answer and would be among its own inputs: the target leaks at {'lag' if 'lags' in later else 'lead'} 0",
                fix=f"Leave {name_of(name)} out of --features{', or predict a later row with ' + later if later else ''}.",
            )
    for name in categorical:
        if name in answers:
            raise RecipeError(
                f"column {quoted(name)} is the answer and cannot be --categorical at lead 0",
                fix="Leave it out of --categorical.",
            )


def _nothing(
    names: list[str], looks: Mapping[str, Described], busy: dict[str, str], left_out: dict[str, str], *, classes: bool
) -> DataError:
    """What would make features of texts, else the part of every column."""
    for name in names:
        cell = looks[name].example.strip()
        if name in busy or left_out.get(name) == "":
            continue
        fix = number_hint(cell) or unit_hint(cell) or (delimiter_hint(cell, ",") if len(names) == 1 else "")
        if fix:
            return DataError(f"{quoted(looks[name].example)} is not a number", fix=fix, where=Where(column=name))
    told = {n: busy.get(n) or left_out.get(n, looks[n].look) or "excluded" for n in names}
    return no_feature(told, classes=classes)


def no_feature(told: Mapping[str, str], *, classes: bool) -> DataError:
    """The answer when no column can be a feature: each column, and why; `classes` where --categorical is an option."""
    if not told:
        return DataError("the table has no columns (0 columns)", fix="Give a table that holds columns of numbers.")
    shown = ", ".join(f"{name_of(n)} ({why})" for n, why in list(told.items())[:MOST])
    return DataError(
        f"no column is left to be a feature: {shown}{f' and {len(told) - MOST} more' if len(told) > MOST else ''}",
        fix=f"Name columns of numbers with --features{', or text columns with --categorical' if classes else ''}.",
    )
