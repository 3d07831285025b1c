"""Which method scales which column.

--scale standard                     every number of X and of --future; 0/1 columns stay as they are
--scale-columns minmax:a,none:b      a and b differently; a 0/1 column only when it is named
--scale-target                       y too: as its column is named, else by --scale

A column that is a feature and a target is scaled in X, and stays as it is in y without --scale-target.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from lstmprep.errors import RecipeError
from lstmprep.naming import Groups, resolve
from lstmprep.records import record
from lstmprep.transforms import Scaling
from lstmprep.wording import listed, name_of, quoted

NONE = "none"


@record(frozen=True)
class Methods:
    """The method of every feature, target and future column, in their order; none where nothing is done."""

    features: tuple[str, ...]
    targets: tuple[str, ...]
    future: tuple[str, ...]


def methods_of(
    scaling: Scaling,
    features: Sequence[str],
    targets: Sequence[str],
    future: Sequence[str],
    *,
    classes: Mapping[str, Sequence[str]],
    binary: Collection[str],
    groups: Groups | None = None,
    static: Sequence[str] = (),
) -> Methods:
    """The method of every column.

    Parameters
    ----------
    scaling : Scaling
    features, targets, future : sequence of str
        Columns of each array.
    classes : mapping of str to sequence of str
        The 0/1 features of each ``--categorical`` column.
    binary : collection of str
        Columns of true and false.
    groups : mapping of str to sequence of str, or None
        Columns that one name stands for.
    static : sequence of str
        Columns of the array beside X, which are never scaled.

    Raises
    ------
    RecipeError
        If ``--scale-columns`` names a column that is in none of the arrays, or one twice.

    Examples
    --------
    >>> scaling = Scaling(scale="standard", scale_columns=("none:b",))
    >>> methods_of(scaling, ["a", "b", "c"], [], [], classes={}, binary=["c"]).features
    ('standard', 'none', 'none')
    """
    named = _named(scaling, list(dict.fromkeys([*features, *classes, *targets, *future])), groups or {}, static)
    hot = {f: column for column, fs in classes.items() for f in fs}
    plain = {*binary, *hot}
    for name in named:
        if name in targets and name not in features and name not in future and not scaling.scale_target:
            raise RecipeError(
                f"--scale-columns {quoted(name)} is a target and no feature: y is scaled by --scale-target",
                fix=f"Add --scale-target, or leave {name_of(name)} out of --scale-columns.",
            )

    def method(name: str) -> str:
        default = NONE if name in plain else scaling.scale
        return named.get(name, named.get(hot.get(name, name), default))

    return Methods(
        tuple(method(n) for n in features),
        tuple(named.get(n, scaling.scale) if scaling.scale_target else NONE for n in targets),
        tuple(method(n) for n in future),
    )


def _named(scaling: Scaling, known: list[str], groups: Groups, static: Sequence[str]) -> dict[str, str]:
    """The method of every column that ``--scale-columns`` names."""
    here = {name: [n for n in members if n in known] for name, members in groups.items()}
    here = {name: members for name, members in here.items() if members}
    out: dict[str, str] = {}
    for method, text in scaling.chosen:
        try:
            found = resolve([text], known, "--scale-columns", here)
        except RecipeError as error:
            _refuse_static(text, static)
            raise RecipeError(
                f"--scale-columns: {error.what}".replace("there is no column", "there is no column of numbers"),
                fix=f"It can name features, targets and future columns: {listed([*known, *here])}. Texts become numbers with --categorical.",
            ) from None
        for name in found:
            if out.get(name, method) != method:
                raise RecipeError(
                    f"--scale-columns gives {quoted(name)} two methods, {out[name]} and {method}",
                    fix="Name each column once.",
                )
            out[name] = method
    return out


def _refuse_static(text: str, static: Sequence[str]) -> None:
    """Say what becomes of a column of ``--static`` that is to be scaled."""
    asked = [name for name in static if name in [word.strip() for word in text.split(",")]]
    if asked:
        raise RecipeError(
            f"--scale-columns {quoted(asked[0])} is a column of --static, and the array static holds values as they are",
            fix=f"Scale it where the model takes it, or name it with --features to have it scaled at every step; leave {name_of(asked[0])} out of --scale-columns.",
        )
