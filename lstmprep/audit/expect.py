"""What a model expects against what an output gives: the classic errors of a first fit, explained.

    Input(shape=(2, 10))  and  X (91, 10, 2)       the two axes are exchanged
    Dense(100)            and  y (62, 1, 100)      y has an axis too many
    X (1, 21, 2)          and  y (21,)             one sample of 21 steps was meant as 21 samples

Each answer ends with the command that mends it.
"""

from __future__ import annotations

import shlex
from dataclasses import field
from typing import Any

from lstmprep.audit.findings import Checked
from lstmprep.errors import RecipeError
from lstmprep.records import record
from lstmprep.wording import counted, listed

Shape = tuple[int, ...]


@record(frozen=True)
class Asked:
    """What a model takes and gives.

    Parameters
    ----------
    steps, features : int or None
        ``--expect T,F``; None takes any number.
    outputs : int or None
        ``--expect-output N``: units of the last layer.
    """

    steps: int | None = None
    features: int | None = None
    outputs: int | None = None
    shaped: bool = False


@record(frozen=True, eq=False)
class Have:
    """What an output, or bare arrays, give a model."""

    x: str
    x_shape: Shape
    y: str | None = None
    y_shape: Shape | None = None
    features: list[str] = field(default_factory=list)
    classes: int | None = None
    integer_y: bool = False
    recipe: dict[str, Any] | None = None
    command: str | None = None


def asked(expect: Any, outputs: int | None) -> Asked:
    """What is expected, from the words of the flags.

    Raises
    ------
    RecipeError
        If they are not two numbers, or no number of units.

    Examples
    --------
    >>> asked("10,2", None)
    Asked(steps=10, features=2, outputs=None, shaped=True)
    """
    if outputs is not None and outputs < 1:
        raise RecipeError(f"--expect-output is {outputs}", fix="Give the units of the model's last layer, 1 or more.")
    if expect is None:
        return Asked(outputs=outputs)
    words = [w.strip(" ()[]") for w in (expect.split(",") if isinstance(expect, str) else map(str, expect))]
    words = [w for w in words if w]
    known = all(
        w in ("None", "*", "-1", "?") or (w.isascii() and w.isdigit() and 0 < len(w) < 19 and int(w) > 0) for w in words
    )
    if not known or len(words) not in (2, 3):
        raise RecipeError(
            f"--expect {','.join(words) or expect!r} is not timesteps and features",
            fix="Give the input shape of the model without the samples, for example --expect 10,2.",
        )
    if len(words) == 3:
        raise RecipeError(
            f"--expect {','.join(words)} has three numbers, and the input shape of a model is two: timesteps and features",
            fix=f"Leave the samples out: --expect {','.join(words[1:])}.",
        )
    steps, features = (None if not w.isdigit() else int(w) for w in words)
    return Asked(steps, features, outputs, shaped=True)


def compare(want: Asked, have: Have, out: Checked) -> None:
    """Findings where the arrays are not what the model expects."""
    three = len(have.x_shape) == 3
    if not three and have.recipe is None:
        _axes(have, out)
    _counts(have, out)
    if want.shaped:
        _input(want, have, out)
    if want.outputs is not None:
        _output(want.outputs, have, out)


def _axes(have: Have, out: Checked) -> None:
    """An LSTM takes three axes."""
    shape = have.x_shape
    if len(shape) == 2:
        f = shape[1]
        fix = (
            f"Frame the table itself: lstmprep window data.csv --timesteps 10. In NumPy X[:, None, :] makes each row a sample of one step, "
            f"X[:, :, None] each row a sample of {f} steps of one feature."
        )
        out.found(
            "axes",
            have.x,
            f"shape {shape} has two axes, and a sequence model takes three: (samples, timesteps, features)",
            fix,
        )
        return
    out.found(
        "axes", have.x, f"shape {shape} has {counted(len(shape), 'axis', 'axes')}, and a sequence model takes three: (samples, timesteps, features)",
        "Frame the table itself: lstmprep window data.csv --timesteps 10.",
    )  # fmt: skip


def _counts(have: Have, out: Checked) -> None:
    """X and y must hold as many samples."""
    if have.y_shape is None or not have.x_shape or have.recipe is not None:
        return
    y = have.y_shape
    n, m = have.x_shape[0], y[0] if y else 0
    if n == m:
        return
    what = f"X has {counted(n, 'sample')} {have.x_shape}, y has {counted(m, 'label')} {y}"
    fix = "Frame both from one table: lstmprep window data.csv --timesteps 10 --target COLUMN gives one answer per window."
    if len(have.x_shape) == 3 and m == have.x_shape[1]:
        f = have.x_shape[2]
        what += f": the {m} rows of X stand on the axis of timesteps"
        fix = (
            f"If each row is a sample of its own, X is ({m}, 1, {f}): lstmprep window data.csv --timesteps 1 --lead 0 --target COLUMN. "
            f"If one sample has {m} steps, it has one answer: use --timesteps {max(1, m // 2)} or less for more samples."
        )
    elif n > m and len(have.x_shape) == 3:
        what += f": {n - m} windows have no answer"
    out.found("count", f"{have.x}, {have.y}", what, fix)


def _input(want: Asked, have: Have, out: Checked) -> None:
    if len(have.x_shape) != 3:
        if have.recipe is not None:
            out.found(
                "expect",
                have.x,
                f"shape {have.x_shape}, and the model expects {_text(want)} per sample",
                "Write it with --layout batch-first and without --subsequences.",
            )
        return
    t, f = have.x_shape[1:]
    fits_t, fits_f = want.steps in (None, t), want.features in (None, f)
    if fits_t and fits_f:
        out.proved.append(f"model: {have.x} gives ({t}, {f}) per sample, as expected")
        return
    given = f"{have.x_shape} is {counted(t, 'timestep')} of {counted(f, 'feature')}"
    what = f"{given}, and the model expects {_text(want)}"
    if (want.steps, want.features) == (f, t):
        out.found(
            "expect", have.x, f"{what}: the two are swapped",
            f"Build the model with Input(shape=({t}, {f})), in PyTorch input_size={f}; timesteps come before features.",
        )  # fmt: skip
        return
    fixes = []
    if not fits_t:
        fixes.append(f"--timesteps {want.steps}")
    if not fits_f:
        names = f" (now {listed(have.features, 8)})" if have.features else ""
        fixes.append(f"--features with {counted(want.features or 0, 'column')}{names}")
    words = f"Write it again with {' and '.join(fixes)}"
    if fits_f and have.command:
        words = f"Write it again: {_with_steps(have, want.steps or 1)}"
    out.found("expect", have.x, what, f"{words}; or build the model with Input(shape=({t}, {f})).")


def _with_steps(have: Have, steps: int) -> str:
    """The command with another number of timesteps."""
    words, out, skip = shlex.split(have.command or ""), [], False
    for word in words:
        if skip:
            skip = False
            continue
        if word in ("--timesteps", "-t"):
            skip = True
            continue
        if not word.startswith("--timesteps="):
            out.append(word)
    return shlex.join([*out, "--timesteps", str(steps)])


def _text(want: Asked) -> str:
    return (
        f"({want.steps if want.steps is not None else 'any'}, {want.features if want.features is not None else 'any'})"
    )


def _output(units: int, have: Have, out: Checked) -> None:
    """What the last layer gives against y."""
    if have.y_shape is None:
        out.found(
            "expect",
            have.x,
            f"there is no y, and the model gives {counted(units, 'number')} per sample",
            "Name the column to predict with --target or --label.",
        )
        return
    shape, y = have.y_shape, have.y or "y"
    n = shape[0] if shape else 0
    one = f"({n}, {units})"
    if shape == (n, units):
        out.proved.append(f"model: {y} {shape} is what {counted(units, 'unit')} give")
        return
    if len(shape) == 1 and have.integer_y and (have.classes or units) <= units and units > 1:
        out.proved.append(
            f"model: {y} holds codes of {have.classes or units} classes, for a loss that takes codes (sparse categorical, CrossEntropyLoss)"
        )
        return
    code, what, fix = (
        "expect",
        f"shape {shape}, and a last layer of {counted(units, 'unit')} gives {one}",
        "Write it again with the targets that the model predicts.",
    )
    if len(shape) == 1:
        fix = (
            "Give the model one unit, with y[:, None]."
            if units != 1
            else "Use y[:, None]: (samples,) against (samples, 1) is spread over all pairs without a word."
        )
        if have.integer_y:
            fix = f"Give the last layer {have.classes} units, one per class." if have.classes else fix
    elif len(shape) == 3 and 1 in shape[1:] and shape[1] * shape[2] == units:
        axis = 1 if shape[1] == 1 else 2
        what = f"shape {shape} has a stray axis of length 1; a last layer of {counted(units, 'unit')} gives {one}"
        fix = f"Use y.squeeze({axis}), or write it again with --flat-y."
    elif len(shape) == 3 and shape[1] * shape[2] == units:
        fix = f"Write it again with --flat-y: y is then {one}."
    elif len(shape) == 3 and shape[2] == units and len(have.x_shape) == 3 and shape[1] == have.x_shape[1]:
        what = f"shape {shape} has one answer per timestep, and a last layer of {counted(units, 'unit')} after the last step gives {one}"
        fix = f"Let the layer before return every step (Keras return_sequences=True, PyTorch all of output), which gives {shape}; or write one answer per window with --target-mode future."
    elif len(shape) == 3 and shape[2] == units:
        fix = f"Predict {shape[1] * units} numbers and write it again with --flat-y, or use --horizon 1."
    elif len(shape) == 2:
        fix = f"Give the last layer {counted(shape[1], 'unit')}."
    out.found(code, y, what, fix)
