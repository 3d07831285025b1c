"""Parts of the recipe about what a row, a cell and a file of the table are: a list of tokens, a cell of a panel, a class.

`Tokens` declares its settings; the checks below say what these ways of reading forbid other parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmprep.errors import RecipeError
from lstmprep.records import record
from lstmprep.serde import setting

if TYPE_CHECKING:
    from lstmprep.framing.base import Framing
    from lstmprep.framing.layout import Layout
    from lstmprep.parts import Columns, Order, Reading

_COLUMNS = "Columns"


@record(frozen=True, kw_only=True)
class Tokens:
    """Cells that hold the ids of tokens instead of features."""

    tokens: str | None = setting(
        "text", "Column whose cells hold token ids: X is int32 (samples, timesteps).", heading=_COLUMNS, metavar="COL"
    )
    keep_feature_axis: bool = setting("flag", "With --tokens, X is (samples, timesteps, 1).", heading=_COLUMNS)

    def __post_init__(self) -> None:
        if self.keep_feature_axis and self.tokens is None:
            raise RecipeError("--keep-feature-axis needs --tokens", fix="Name the column of token ids with --tokens.")

    def check(self, columns: Columns, order: Order, pad_value: float | None, *, computes: str = "") -> None:
        """What ``--tokens`` excludes; `computes` is the option that would compute with the ids.

        Raises
        ------
        RecipeError
        """
        if self.tokens is None:
            return
        others = {
            "--features": columns.features, "--exclude": columns.exclude, "--categorical": columns.categorical,
            "--vector": columns.vector, "--future": columns.future, "--pivot": order.pivot, "--target-file": columns.target_file,
            f"--missing {order.missing}": order.missing not in ("error", "drop"), computes: bool(computes),
        }  # fmt: skip
        for flag, used in others.items():
            if used:
                raise RecipeError(
                    f"--tokens and {flag} exclude each other",
                    fix="With --tokens X holds the ids alone: leave one of them out.",
                )
        if order.on_duplicate == "mean":
            raise RecipeError("--on-duplicate mean has no mean of tokens", fix="Use --on-duplicate first or last.")
        if pad_value is not None and (pad_value != int(pad_value if abs(pad_value) < 2**31 else 0.5)):
            raise RecipeError(f"--pad-value {pad_value:g} is no token id", fix="Give a whole number that no token has.")


def check_pivot(order: Order, columns: Columns, layout: Layout) -> None:
    """What ``--pivot`` needs and excludes.

    Raises
    ------
    RecipeError
    """
    if layout.layout == "panel" and order.pivot is None:
        raise RecipeError(
            "--layout panel needs --pivot", fix="Name the column whose keys are the panel's series with --pivot."
        )
    if layout.layout == "panel" and columns.categorical:
        raise RecipeError(
            "--layout panel and --categorical exclude each other",
            fix="Classes make a different number of columns for each key: leave one of them out.",
        )
    if order.pivot is not None and columns.target_file is not None:
        raise RecipeError(
            "--pivot and --target-file exclude each other",
            fix="A row of the table is no row of the output after a pivot: put the target into the table.",
        )


def check_files(reading: Reading, columns: Columns) -> None:
    """What ``--label-from`` needs.

    Raises
    ------
    RecipeError
    """
    if columns.label_from is not None and reading.file_as != "sequence":
        raise RecipeError(
            "--label-from needs --file-as sequence",
            fix="A class for each file needs files that are sequences: add --file-as sequence.",
        )


def check_classes(w: Framing, columns: Columns, order: Order, reading: Reading) -> None:
    """What labels of whole sequences, and classes where rows are joined, exclude.

    Raises
    ------
    RecipeError
    """
    if columns.labels is not None and not order.group_by and reading.file_as != "sequence":
        raise RecipeError(
            "--labels needs --group-by", fix="Labels per sequence need sequences: name their key with --group-by."
        )
    if columns.labels is not None and (
        w.lead or w.horizon or w.label_at not in (None, "last") or w.target_mode not in ("future", "sequence")
    ):
        flags = "--lead, --horizon, --label-at" if w.kind == "window" else "--label-at"
        raise RecipeError("--labels gives a whole sequence one label", fix=f"Leave {flags} and --target-mode out.")
    if order.on_duplicate == "mean" and ((columns.label is not None and columns.labels is None) or columns.categorical):
        raise RecipeError(
            "--on-duplicate mean has no mean of classes",
            fix="Use --on-duplicate first or last with --label and --categorical.",
        )
