"""The settings of scaling and of classes that train lacks.

--scale standard                        every number among the features
--scale-columns robust:rain,none:hour   these columns differently
--scale-target                          y as well: with the method of its column

What the numbers are is learned later, from train rows (`scalers`).
"""

from __future__ import annotations

import re

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.records import record
from lstmprep.serde import setting
from lstmprep.wording import listed, quoted

METHODS = ("none", "standard", "minmax", "robust", "maxabs")
_HEADING = "Scaling and classes"


@record(frozen=True, kw_only=True)
class Scaling:
    """How numbers are scaled, by what is learned from train rows.

    Raises
    ------
    RecipeError
        If a method is unknown or a setting has nothing to work on.

    Examples
    --------
    >>> Scaling(scale="standard", scale_columns=("minmax:a,b",)).chosen
    (('minmax', 'a,b'),)
    """

    scale: str = setting(
        "choice",
        "Scale the numbers among the features, by what is learned from train rows: mean 0 and deviation 1 (standard), 0 to 1 (minmax), median 0 and quartiles 1 apart (robust), at most 1 (maxabs).",
        default="none",
        choices=METHODS,
        heading=_HEADING,
        basic=True,
    )
    scale_columns: tuple[str, ...] = setting(
        "list",
        "Columns with a method of their own: standard:a,b; none:c leaves c as it is.",
        heading=_HEADING,
        metavar="METHOD:COLS",
    )
    scale_target: bool = setting("flag", "Scale y as well; invert brings it back.", heading=_HEADING, basic=True)
    scale_by_group: bool = setting(
        "flag",
        "Numbers of its own for every sequence; one that train lacks gets those of all rows.",
        heading=_HEADING,
    )
    unknown: str = setting(
        "choice",
        "A class that train lacks: refuse it, drop its samples, or write code -1 (0 in every class).",
        default="error",
        choices=("error", "drop", "code"),
        heading=_HEADING,
    )

    def __post_init__(self) -> None:
        for text in self.scale_columns:
            method, mark, columns = text.partition(":")
            if not mark or not columns.strip():
                raise RecipeError(
                    f"--scale-columns {quoted(text)} names no method and columns",
                    fix="Write METHOD:COLUMNS, for example --scale-columns minmax:a,b.",
                )
            if method.strip() not in METHODS:
                raise RecipeError(
                    f"--scale-columns knows no method {quoted(method)}",
                    fix=f"{did_you_mean(method, list(METHODS))}The methods are {listed(METHODS)}.",
                )
        for name in ("scale_target", "scale_by_group"):
            if getattr(self, name) and not self.scales:
                raise RecipeError(
                    f"--{name.replace('_', '-')} needs --scale",
                    fix=f"Say how, for example --scale standard --{name.replace('_', '-')}.",
                )

    @property
    def scales(self) -> bool:
        """Whether anything is scaled."""
        return self.scale != "none" or any(method != "none" for method, _ in self.chosen)

    @property
    def chosen(self) -> tuple[tuple[str, str], ...]:
        """(method, columns) of ``--scale-columns``, in the order given; ``standard:a,minmax:b`` is two."""
        marks = re.compile(rf",\s*(?=(?:{'|'.join(METHODS)}):)")
        pairs = [p.partition(":") for text in self.scale_columns for p in marks.split(text)]
        return tuple((method.strip(), columns) for method, _, columns in pairs)
