"""What an output asks a model for: names, steps, classes; and predictions in one shape for all of it.

y of the output       (samples, targets)  (samples, horizon, targets)  (samples, horizon*targets)  (samples,) codes ...
what a model gives    [N]  [N, K]  [N, M]  [N, K*M]  [N, K, M]   codes [N]  [N, K]   scores [N, C]  [N, K, C]
in here               (N, K, M) numbers; or (N, K) codes, with (N, K) probabilities where scores were given
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import DataError, Where
from lstmprep.framing.frame import Ints
from lstmprep.panel import Array
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.wording import counted

Floats = NDArray[np.float64]


@record(frozen=True, eq=False)
class Asked:
    """What one sample is to be answered with.

    Parameters
    ----------
    names : list of str
        Targets; the label for classes.
    steps : int
        Answers of one sample.
    offsets : (steps,) int64
        Rows of the answers, from the first one on.
    classes : list of str or None
        Names of the codes.
    per_step : bool
        Whether every timestep has its answer (padded ones have none).
    time_first : bool
        Whether y stands with its steps first.
    inputs : bool
        Whether X itself is asked for (an autoencoder).
    turned : bool
        Whether its steps are reversed.
    one_hot : bool
        Whether y has a score for each class.
    """

    names: list[str]
    steps: int
    offsets: Ints
    classes: list[str] | None = None
    per_step: bool = False
    time_first: bool = False
    inputs: bool = False
    turned: bool = False
    one_hot: bool = False


def asked_of(made: dict[str, Any], recipe: Recipe) -> Asked:
    """What the samples of an output ask for.

    Raises
    ------
    DataError
        If the output has nothing to predict.
    """
    framing = recipe.framing
    if framing.target_mode == "input":
        offsets = _inputs(made, recipe)
        return Asked(
            list(made["feature_names"]), len(offsets), offsets, inputs=True, turned=framing.reverse_target,
            time_first=recipe.layout.layout == "time-first",
        )  # fmt: skip
    label = recipe.columns.answer == "label"
    names = [recipe.columns.label or "label"] if label else list(made["targets"])
    if not names:
        raise DataError(
            "this output asks for nothing: it was made without --target and --label",
            fix="Make it again with --target COLUMN, the column that the model predicts.",
        )
    per_step = framing.target_mode == "per-step"
    steps = made["timesteps"] if per_step else framing.horizon or 1
    offsets = _inputs(made, recipe) if per_step else np.arange(steps, dtype=np.int64)
    return Asked(
        names, steps, offsets, made["classes"] if label else None, per_step,
        time_first=per_step and recipe.layout.layout == "time-first", one_hot=framing.one_hot,
    )  # fmt: skip


def _inputs(made: dict[str, Any], recipe: Recipe) -> Ints:
    """Rows of the steps of a sample, from the first one on."""
    if recipe.command == "window":
        return recipe.framing.frame(None).inputs
    return np.arange(made["timesteps"], dtype=np.int64)


class Predictions:
    """Predictions of some samples, whatever shape a model gave them.

    Parameters
    ----------
    values : array
        A memory map or an array; only blocks of it are looked at.
    asked : Asked
    samples : int
        Samples that should be answered.
    name : str
        The file, for messages.

    Raises
    ------
    DataError
        If the shape is none that these samples can be answered with.
    """

    def __init__(self, values: Array, asked: Asked, samples: int, name: str) -> None:
        self.asked, self.name = asked, name
        self.values = values
        if values.dtype.kind not in "fiub":
            raise DataError(
                f"predictions are numbers, and these are {values.dtype}",
                fix="Give what model.predict() returns.",
                where=Where(file=name),
            )
        self._check_samples(samples)
        self.scores = False
        if asked.classes is not None:
            self.scores = self._has_scores(len(asked.classes))
        else:
            self._check_numbers()

    @property
    def scored(self) -> bool:
        """Whether probabilities may come with the classes: of scores, or of one unit with a sigmoid."""
        return self.scores or (self.values.dtype.kind == "f" and len(self.asked.classes or []) == 2)

    @property
    def _axis(self) -> int:
        """The axis of the samples."""
        shape = self.values.shape
        return 1 if self.asked.time_first and len(shape) > 1 and shape[0] == self.asked.steps else 0

    def _check_samples(self, samples: int) -> None:
        shape = self.values.shape
        have = shape[self._axis] if shape else 0
        if have != samples:
            raise DataError(
                f"the predictions {shape} are of {counted(have, 'sample')}, and the output has {samples:,}",
                fix="Predict every sample once, in the order of X; with a split name the part with --split.",
                where=Where(file=self.name),
            )

    def _check_numbers(self) -> None:
        k, m = self.asked.steps, len(self.asked.names)
        shape = self.values.shape
        rest = tuple(n for i, n in enumerate(shape) if i != self._axis)
        size = int(np.prod(rest, dtype=np.int64))
        fits = size == k * m and rest in ((), (k,), (m,), (k * m,), (k, m), (k, m, 1), (k, 1), (1, m), (1,), (1, 1))
        if self._axis == 1 and rest[:1] != (k,):
            fits = False
        if not fits:
            shapes = (
                [f"(N, {k * m})", f"(N, {k}, {m})"]
                if k > 1 and m > 1
                else [f"(N, {k * m})", *(["(N,)"] if k * m == 1 else [])]
            )
            raise DataError(
                f"the predictions are {shape}, and {counted(k, 'step')} of {counted(m, 'target')} are {' or '.join(shapes)}",
                fix="Give what the model predicts for the samples, in the shape of y.",
                where=Where(file=self.name),
            )

    def _has_scores(self, classes: int) -> bool:
        """Whether every class has a score, rather than one code standing for the class."""
        k, shape = self.asked.steps, self.values.shape
        rest = tuple(n for i, n in enumerate(shape) if i != self._axis)
        if (
            rest in ((classes,), (k, classes))
            and (rest == (k, classes) or k == 1)
            and (classes > 1 or self.asked.one_hot)
        ):
            return True
        if int(np.prod(rest, dtype=np.int64)) == k and rest in ((), (k,), (1,), (k, 1)):
            return False
        codes = f"(N, {k})" if k > 1 else "(N,)"
        scores = f"(N, {k}, {classes})" if k > 1 else f"(N, {classes})"
        raise DataError(
            f"the predictions are {shape}; {classes} classes are codes {codes} or a score for each {scores}",
            fix="Give what the model predicts for the samples.",
            where=Where(file=self.name),
        )

    def _block(self, first: int, stop: int) -> Array:
        block = self.values[:, first:stop].swapaxes(0, 1) if self._axis else self.values[first:stop]
        return np.asarray(block)

    def numbers(self, first: int, stop: int) -> Floats:
        """(samples, steps, targets) of samples first..stop, in time order."""
        out = self._block(first, stop).reshape(stop - first, self.asked.steps, len(self.asked.names))
        out = out[:, ::-1] if self.asked.turned else out
        return np.asarray(out, np.float64)

    def classes(self, first: int, stop: int) -> tuple[Ints, Floats | None]:
        """(samples, steps) codes, and their probabilities where the model gave any.

        Raises
        ------
        DataError
            If a number is the code of no class.
        """
        count, k = len(self.asked.classes or []), self.asked.steps
        block = self._block(first, stop)
        if self.scores:
            scores = block.reshape(stop - first, k, count).astype(np.float64)
            codes = np.where(np.isnan(scores).any(axis=-1), -1, np.argmax(scores, axis=-1)).astype(np.int64)
            best = np.take_along_axis(scores, np.maximum(codes, 0)[..., None], axis=-1)[..., 0]
            likely = bool(((scores >= 0) & (scores <= 1) | np.isnan(scores)).all())
            return codes, best if likely else None
        flat = block.reshape(stop - first, k).astype(np.float64)
        whole = flat == np.trunc(flat)
        if whole.all() and ((flat >= -1) & (flat < count)).all():
            return flat.astype(np.int64), None
        if count == 2 and ((flat >= 0) & (flat <= 1)).all():  # one unit with a sigmoid: the chance of the second class
            codes = (flat >= 0.5).astype(np.int64)
            return codes, np.where(codes == 1, flat, 1 - flat)
        bad = np.argwhere(~(whole & (flat >= -1) & (flat < count)))[0]
        raise DataError(
            f"the prediction {flat[tuple(bad)]:.6g} of sample {first + int(bad[0])} is the code of no class (0 to {count - 1})",
            fix="Give codes, or a score for every class.",
            where=Where(file=self.name),
        )
