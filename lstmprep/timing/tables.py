"""Columns of other tables."""

from __future__ import annotations

from lstmprep.errors import RecipeError
from lstmprep.records import record
from lstmprep.serde import setting

_TABLES = "Other tables"


@record(frozen=True, kw_only=True)
class Tables:
    """Columns of other tables."""

    join: str | None = setting(
        "text",
        "A second table with one row per key: its columns stand beside the rows.",
        heading=_TABLES,
        metavar="FILE",
    )
    join_on: tuple[str, ...] = setting("list", "Key columns of both tables.", heading=_TABLES, metavar="COLS")
    join_asof: str | None = setting(
        "text",
        "A second table with times: of it the latest row that is not after this one's time, by key where keys are shared.",
        heading=_TABLES,
        metavar="FILE",
    )

    def __post_init__(self) -> None:
        if self.join is not None and not self.join_on:
            raise RecipeError("--join needs --join-on", fix="Name the key columns of both tables with --join-on.")
        if self.join_on and self.join is None:
            raise RecipeError("--join-on needs --join", fix="Give the second table with --join FILE.")
