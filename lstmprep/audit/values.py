"""The values of stored arrays: digests, finiteness, padding; about a megabyte at a time.

X     . . 3 1 4      a padded step holds the pad value in every feature, and is False in mask
mask  F F T T T      real steps are one run at the side the manifest says
lengths       3      and as many as lengths says
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lstmprep.audit.findings import Checked
from lstmprep.audit.stored import BLOCK, Stored, blocks
from lstmprep.digest import Digest
from lstmprep.panel import Array
from lstmprep.shards import Flat
from lstmprep.wording import number

Real = Callable[[int, int], Array]


def digest_of(array: Stored, kind: str = "xxh3") -> str:
    """The digest of the .npy bytes, header included."""
    digest = Digest(kind)
    digest.update(array.head())
    for _, block in blocks(array.values()):
        digest.update(np.ascontiguousarray(block).view(np.uint8).data)
    return digest.text()


def file_digest(path: Path, kind: str = "xxh3") -> str:
    """The digest of a file."""
    digest = Digest(kind)
    with path.open("rb") as stream:
        while data := stream.read(BLOCK):
            digest.update(data)
    return digest.text()


def finite(where: str, array: Stored, out: Checked, allowed: Callable[[int, Array], Array] | None = None) -> None:
    """Find values that are not finite.

    Parameters
    ----------
    where : str
        The file, for the finding.
    array : Stored
    out : Checked
    allowed : callable or None
        For (first value, which are not finite): those that are not allowed to be.
    """
    if array.dtype.kind != "f":
        return
    count, first, what = 0, -1, ""
    for i, block in blocks(array.values()):
        if np.isfinite(block).all():
            continue
        bad = ~np.isfinite(block)
        bad = bad if allowed is None else allowed(i, bad)
        if bad.any():
            at = int(np.argmax(bad))
            if first < 0:
                first, what = i + at, "missing (NaN)" if np.isnan(block[at]) else "infinite"
            count += int(np.count_nonzero(bad))
    if count:
        place = np.unravel_index(first, array.shape, order="F" if array.fortran else "C")
        told = ", ".join(str(int(v)) for v in place)
        out.found(
            "finite", where, f"{count:,} of {array.count:,} values are not finite, the first at [{told}] is {what}",
            "Write it again with --missing drop, or fill the cells of the table first.",
        )  # fmt: skip


def real_steps(axes: list[str], shape: tuple[int, ...], mask: Array) -> tuple[int, Real] | None:
    """How to tell, for values of X in the order of the file, whether their step is real.

    Returns
    -------
    (multiple, real) or None
        ``real(first, stop)`` is (stop - first,) bool for values first..stop, both multiples of `multiple`.
        None when the axes hold no steps.
    """
    samples, steps = mask.shape
    if axes == ["samples", "features", "timesteps"]:
        features = shape[1]
        return steps, lambda a, b: mask[np.arange(a // steps, b // steps) // features].reshape(-1)
    inner = shape[-1] if "features" in axes[-1] or axes[-1] == "targets" or axes[-1] == "classes" else 1
    if axes[-1] == "timesteps*features":
        inner = shape[-1] // steps
    if axes[0] == "timesteps":

        def by_step(a: int, b: int) -> Array:
            at = np.arange(a // inner, b // inner)
            return np.repeat(mask[at % samples, at // samples], inner)

        return inner, by_step
    if inner * steps * samples != int(np.prod(shape, dtype=object)):
        return None
    flat = mask.reshape(-1) if isinstance(mask, np.ndarray) else Flat(mask)
    return inner, lambda a, b: np.repeat(flat[a // inner : b // inner], inner)


def padded_values(where: str, array: Stored, axes: list[str], mask: Array, pad: float, out: Checked) -> None:
    """Find padded steps of X that hold something else than the pad value, and real ones that are not finite."""
    told = real_steps(axes, array.shape, mask)
    if told is None:
        return
    multiple, real = told
    with np.errstate(over="ignore"):
        value = array.dtype.type(pad)
    wrong, first = 0, -1
    for i, block in blocks(array.values(), multiple):
        padding = ~real(i, i + len(block))
        if not padding.any():
            continue
        odd = padding & ~((block == value) | (np.isnan(block) & np.isnan(value)))
        if odd.any():
            first = i + int(np.argmax(odd)) if first < 0 else first
            wrong += int(np.count_nonzero(odd))
    if wrong:
        place = ", ".join(str(int(v)) for v in np.unravel_index(first, array.shape))
        out.found(
            "mask",
            where,
            f"{wrong:,} values on padded steps are not the pad value {number(pad) if np.isfinite(pad) else pad}, the first at [{place}]",
        )

    def only_real(i: int, bad: Array) -> Array:
        # a block that begins inside a step is looked at from the step's first value
        a = i // multiple * multiple
        b = min(-(-(i + len(bad)) // multiple) * multiple, array.count)
        return bad & (real(a, b)[i - a : i - a + len(bad)] | bool(np.isfinite(pad)))

    finite(where, array, out, only_real)


def mask_and_lengths(where: str, mask: Array, lengths: Array, side: str | None, out: Checked) -> None:
    """Find samples whose mask and length disagree, or whose real steps are no run at the stated side."""
    step = max(1, BLOCK // max(1, mask.shape[1]))
    for i in range(0, len(mask), step):
        block, told = np.asarray(mask[i : i + step]), np.asarray(lengths[i : i + step])
        real = block.sum(axis=1)
        wrong = np.flatnonzero(real != told)
        if len(wrong):
            at = int(wrong[0])
            out.found(
                "mask",
                where,
                f"sample {i + at} has {int(real[at])} real steps in mask, and lengths says {int(told[at])}",
            )
            return
        if side is None or mask.shape[1] < 2:
            continue
        rising = block[:, 1:] < block[:, :-1] if side == "pre" else block[:, 1:] > block[:, :-1]
        torn = np.flatnonzero(rising.any(axis=1))
        if len(torn):
            at = i + int(torn[0])
            out.found(
                "mask",
                where,
                f"the real steps of sample {at} are no run at the {'end' if side == 'pre' else 'start'} (padding is {side})",
            )
            return


def codes(where: str, array: Stored, classes: int, out: Checked) -> None:
    """Find class codes that name no class; -1 stands on padding."""
    low, high = 0, -1
    for _, block in blocks(array.values()):
        low, high = min(low, int(block.min())), max(high, int(block.max()))
    if low < -1 or high >= classes:
        out.found(
            "classes",
            where,
            f"it holds the code {low if low < -1 else high}, and there are {classes} classes (0 to {classes - 1})",
        )


def pad_of(made: dict[str, Any]) -> tuple[float, str | None]:
    """(pad value, side) of a manifest."""
    padding = made["padding"] or {"value": 0.0, "side": None}
    return float(padding["value"]), padding["side"]
