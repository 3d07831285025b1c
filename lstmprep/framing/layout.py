"""How the axes of X stand: the same numbers, another shape.

    batch-first      (samples, timesteps, features)            what Keras and PyTorch (batch_first) take
    time-first       (timesteps, samples, features)            PyTorch's default
    channels-first   (samples, features, timesteps)            1-D convolutions in PyTorch
    flat             (samples, timesteps*features)             trees and linear models
    --subsequences   (samples, subsequences, timesteps, features)
    convlstm         (samples, subsequences, 1, timesteps, features), one row of pixels
    panel            (samples, timesteps, keys, features), the keys of --pivot

A whole-array axis order is a matter of how blocks are written; a per-sample one is a
view of the block (`shape_of` and `arranged`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmprep.errors import RecipeError
from lstmprep.records import record
from lstmprep.serde import setting

if TYPE_CHECKING:  # the settings alone, as help needs them, come without numpy
    from numpy.typing import NDArray

AXES = ("samples", "timesteps", "features")
_HEADING = "Shape"


@record(frozen=True, kw_only=True)
class Layout:
    """The order of the axes of X."""

    layout: str = setting(
        "choice",
        "Order of the axes of X.",
        default="batch-first",
        choices=("batch-first", "time-first", "channels-first", "flat", "convlstm", "panel"),
        heading=_HEADING,
    )
    subsequences: int | None = setting(
        "int", "Cut the T steps into N parts: X is (samples, N, T/N, features).", heading=_HEADING, metavar="N"
    )

    def __post_init__(self) -> None:
        if self.subsequences is not None and self.subsequences < 1:
            raise RecipeError(f"--subsequences is {self.subsequences}", fix="Give the parts of one window, 1 or more.")
        if self.layout == "convlstm" and self.subsequences is None:
            raise RecipeError(
                "--layout convlstm needs --subsequences",
                fix="Give the parts of one window with --subsequences, a divisor of --timesteps.",
            )
        if self.subsequences is not None and self.layout not in ("batch-first", "convlstm"):
            raise RecipeError(
                f"--subsequences and --layout {self.layout} exclude each other",
                fix="Leave one of them out, or use --layout convlstm.",
            )

    def check(self, timesteps: int) -> None:
        """Refuse what these timesteps cannot be cut into."""
        n = self.subsequences
        if n is not None and timesteps % n:
            near = [t for t in (timesteps - timesteps % n, timesteps + n - timesteps % n) if t]
            raise RecipeError(
                f"--timesteps {timesteps} cannot be cut into --subsequences {n} of one length",
                fix=f"Use --timesteps {' or '.join(map(str, near))}.",
            )

    def axes(self) -> list[str]:
        """Names of the axes of X, first to last."""
        names = {
            "time-first": ["timesteps", "samples", "features"],
            "channels-first": ["samples", "features", "timesteps"],
            "flat": ["samples", "timesteps*features"],
            "convlstm": ["samples", "subsequences", "rows", "timesteps", "features"],
            "panel": ["samples", "timesteps", "keys", "features"],
        }
        if self.layout == "batch-first" and self.subsequences:
            return ["samples", "subsequences", "timesteps", "features"]
        return names.get(self.layout, list(AXES))

    def shape_of(self, samples: int, timesteps: int, features: int, keys: int = 1) -> tuple[int, ...]:
        """Shape of X for so many samples; the features of so many keys stand side by side.

        Examples
        --------
        >>> Layout(layout="channels-first").shape_of(8, 3, 2)
        (8, 2, 3)
        """
        n = self.subsequences or 1
        shapes: dict[str, tuple[int, ...]] = {
            "time-first": (timesteps, samples, features),
            "channels-first": (samples, features, timesteps),
            "flat": (samples, timesteps * features),
            "convlstm": (samples, n, 1, timesteps // n, features),
            "panel": (samples, timesteps, keys, features // keys),
        }
        if self.layout == "batch-first" and self.subsequences:
            return (samples, n, timesteps // n, features)
        return shapes.get(self.layout, (samples, timesteps, features))

    def arranged(self, block: NDArray[Any], keys: int = 1) -> NDArray[Any]:
        """A block (samples, timesteps, features) with its axes as they are stored."""
        if self.layout == "time-first" or (self.layout == "batch-first" and not self.subsequences):
            return block
        if self.layout == "channels-first":
            return block.transpose(0, 2, 1).copy("C")
        samples, timesteps, features = block.shape
        return block.reshape(self.shape_of(samples, timesteps, features, keys))
