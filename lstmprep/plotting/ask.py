"""What a picture can be asked for: its own settings, and those that a survey of a table shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.records import record
from lstmprep.serde import Setting, build, convert, setting, settings_of
from lstmprep.survey.settings import Ask, ask_of, survey_settings
from lstmprep.wording import listed, quoted

KINDS = ("windows", "sample", "split", "lengths", "missing", "lookback", "scaled")
THEMES = ("light", "dark")
_HEAD = "Picture"
_TABLE = "A table, where none was prepared yet"
_NOT_DRAWN = ("rows", "columns", "dtype", "target", "label", "vector", "tokens", "pivot")  # of a survey


@record(frozen=True, kw_only=True)
class Picture:
    """One picture."""

    kind: str | None = setting(
        "choice",
        "What is drawn; left out, what says most about it.",
        heading=_HEAD,
        basic=True,
        choices=KINDS,
    )
    sample: int | None = setting(
        "int",
        "The sample that windows and sample begin with, counting from 0.  [default: 0]",
        heading=_HEAD,
        basic=True,
        metavar="K",
    )
    split: tuple[str, ...] = setting(
        "words",
        "Of an output, the part that samples are counted in: train, val or test. Of a table, parts as window takes them (0.7,0.3): --lookback looks at train alone.  [default: the first part; the whole table]",
        heading=_HEAD,
        basic=True,
        metavar="NAME",
    )
    theme: str = setting(
        "choice", "The ground of the picture.", default="light", heading=_HEAD, basic=True, choices=THEMES
    )

    def __post_init__(self) -> None:
        if self.sample is not None and self.sample < 0:
            raise RecipeError(f"--sample is {self.sample}", fix="Samples count from 0.")


def table_settings() -> list[Setting]:
    """The settings that concern a table, in the order of help."""
    own = {s.name for s in settings_of(Picture)}
    return [s for s in survey_settings() if s.name not in _NOT_DRAWN and s.name not in own]


def picture_settings() -> list[Setting]:
    """Every setting of a picture, in the order of help."""
    return [*settings_of(Picture), *table_settings()]


def asked(data: Mapping[str, Any]) -> tuple[Picture, dict[str, Any]]:
    """(the picture, the settings of a table) that flat plain data spells.

    Raises
    ------
    RecipeError
        If a name is unknown, or a value has the wrong type.

    Examples
    --------
    >>> picture, table = asked({"kind": "lengths", "group_by": ["a"], "timesteps": "10"})
    >>> picture.kind, table
    ('lengths', {'group_by': ('a',), 'timesteps': (10,)})
    """
    known = {s.name: s for s in picture_settings()}
    for key in data:
        if key not in known:
            raise RecipeError(
                f"plot() has no setting {quoted(key)}",
                fix=f"{did_you_mean(key, list(known))}The settings are {listed(list(known), 80)}.",
            )
    own = {s.name for s in settings_of(Picture)}
    table = {k: convert(known[k], v) for k, v in data.items() if k not in own and v is not None}
    return build(Picture, data), table


def survey_of(table: Mapping[str, Any]) -> Ask:
    """The survey that a picture of a table draws."""
    return ask_of({k: list(v) if isinstance(v, tuple) else v for k, v in table.items()})
