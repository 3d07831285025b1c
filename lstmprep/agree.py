"""What splits, scaling and stores ask of the other parts of a recipe.

Each function looks at a few parts together and refuses what cannot mean anything, whatever the
table holds. The recipe calls them when it is made.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from lstmprep.errors import RecipeError
from lstmprep.framing.base import Answer, Framing
from lstmprep.framing.layout import Layout
from lstmprep.framing.order import Batching
from lstmprep.parts import Arrays, Columns, Order, Reading, Storing
from lstmprep.split.spec import Split
from lstmprep.transforms import Scaling
from lstmprep.wording import counted


def keyed(order: Order, reading: Reading, *, documents: bool = False) -> bool:
    """Whether there may be several sequences: of keys, of files, or `documents`, each a row of token ids."""
    return bool(order.group_by) or reading.file_as == "sequence" or documents


def whole_sequences(
    split: Split, framing: Framing, order: Order, reading: Reading, *, documents: bool = False
) -> Split:
    """A split of samples that are whole sequences goes by sequences, unless it is said otherwise.

    Examples
    --------
    >>> from lstmprep.framing import Pad
    >>> whole_sequences(Split(split=("0.7,0.3",)), Pad(), Order(group_by=("k",)), Reading()).split_by
    'group'
    """
    said = split.split_by is not None or split.parts is None or split.parts.kind == "time"
    whole = framing.kind == "pad" and keyed(order, reading, documents=documents)
    return replace(split, split_by="group") if whole and not said else split


def check_shaped(split: Split, scaling: Scaling, batching: Batching, framing: Framing) -> None:
    """Refuse to divide or scale a table that is reshaped as a whole.

    Raises
    ------
    RecipeError
    """
    if framing.kind != "reshape" or framing.by_row:
        return
    used = {
        "--split": bool(split.split),
        "--folds": split.folds is not None,
        "--scale": scaling.scales,
        "--shuffle": batching.shuffle,
        "--seed": batching.seed is not None,
    }
    for flag, given in used.items():
        if given:
            raise RecipeError(
                f"{flag} needs rows that are samples: --lag-columns or --steps",
                fix="Blocks of rows are divided and scaled by lstmprep window --no-overlap, files by lstmprep pad --file-as sequence.",
            )


def check_split(
    split: Split, framing: Framing, columns: Columns, order: Order, reading: Reading, *, documents: bool = False
) -> None:
    """Refuse splits that the other parts leave nothing to work on.

    Raises
    ------
    RecipeError
    """
    if split.active and framing.latest:
        raise RecipeError(
            f"--latest and {'--split' if split.split else '--folds'} exclude each other",
            fix="--latest gives one window per sequence, the input of a live prediction; leave one of them out.",
        )
    if split.parts is not None and split.parts.kind == "time" and not order.time:
        raise RecipeError(
            "--split names times, and there is no --time",
            fix=("Give" if framing.by_row else "Name the column of the time with --time, or give")
            + " fractions (0.7,0.3) or rows (300,100).",
        )
    if split.split_by == "group" and not keyed(order, reading, documents=documents):
        raise RecipeError(
            "--split-by group needs --group-by",
            fix="Name the key of the sequences with --group-by, or use --split-by time.",
        )
    if split.stratify and columns.answer != "label":
        raise RecipeError(
            "--stratify needs --label or --labels",
            fix="Shares are kept class by class: name the column of classes with --label, or leave --stratify out.",
        )
    if split.context and framing.leftover == "pad":
        raise RecipeError(
            "--context and --leftover pad exclude each other",
            fix="A padded window that reaches back could end before its part begins; leave one of them out.",
        )
    if split.context and framing.target_mode == "input":
        raise RecipeError(
            "--context and --target-mode input exclude each other",
            fix="y is X itself, and what is answered may not lie in the part before; leave --context out.",
        )


def check_scaling(scaling: Scaling, framing: Framing, columns: Columns, order: Order, reading: Reading) -> None:
    """Refuse scaling that the other parts leave nothing to work on.

    Raises
    ------
    RecipeError
    """
    if scaling.scale_by_group and not keyed(order, reading):
        raise RecipeError(
            "--scale-by-group needs --group-by",
            fix="Name the key of the sequences with --group-by, or leave --scale-by-group out.",
        )
    if scaling.scale_target and not columns.target:
        raise RecipeError(
            "--scale-target needs --target",
            fix="Classes are not scaled, and without --target there is no y: leave --scale-target out.",
        )
    if scaling.unknown != "error" and columns.answer != "label" and not columns.categorical:
        raise RecipeError(
            f"--unknown {scaling.unknown} needs --label, --labels or --categorical",
            fix="It says what becomes of a class that train lacks: leave it out where there are no classes.",
        )
    if scaling.unknown == "code" and framing.label_at in ("mode", "any", "strict"):
        raise RecipeError(
            f"--unknown code and --label-at {framing.label_at} exclude each other",
            fix="A class that train lacks has no vote: use --unknown drop, or --label-at last or first.",
        )


def check_random(split: Split, framing: Framing, batching: Batching, answer: Answer | None) -> None:
    """Refuse a random split of samples that share rows, or that must follow one another.

    Raises
    ------
    RecipeError
        Names the rows two samples share, and what makes them share none.
    """
    if split.split_by != "random" or framing.by_row:
        return
    if framing.kind == "pad":
        raise RecipeError(
            "--split-by random divides windows, and a sample of pad is a whole sequence",
            fix="Deal the sequences out by chance with --split-by group --seed 1.",
        )
    if framing.tabular:
        raise RecipeError(
            "--split-by random and a lagged table exclude each other: a row shares its lags with the rows beside it",
            fix="Cut in time (--split-by time) or by whole sequences (--split-by group).",
        )
    frame = framing.frame(answer)
    stride = framing.step(frame)
    if framing.partial and frame.cover > 1:
        raise RecipeError(
            "--split-by random and --partial exclude each other: the growing windows of a sequence share rows",
            fix="Use --split-by time or group, or leave --partial out.",
        )
    shared = frame.span - stride
    if shared > 0:
        covers = "windows" if frame.span == frame.cover else "windows and their targets"
        apart = "--no-overlap" if frame.span == frame.cover else f"--stride {frame.span}"
        raise RecipeError(
            f"--split-by random: {covers} of {counted(frame.span, 'row')} every {counted(stride, 'row')} share {shared:,}"
            " with the next, and a random split would put rows of train into test",
            fix=f"Let them share none with {apart}, or cut in time (--split-by time) or by whole sequences (--split-by group).",
        )
    if batching.stateful:
        raise RecipeError(
            "--split-by random and --stateful exclude each other",
            fix="A stateful model needs windows that follow one another: use --split-by time or group.",
        )


def check_shards(arrays: Arrays, storing: Storing, framing: Framing) -> None:
    """Refuse what has no samples to be cut between, with ``--shard-size``.

    Raises
    ------
    RecipeError
    """
    if arrays.shard_size is None:
        return
    if storing.store == "series":
        raise RecipeError(
            "--shard-size and --store series exclude each other",
            fix="Windows lie across any cut of the rows, which are about T times smaller already: leave one of them out.",
        )
    if framing.ragged:
        raise RecipeError(
            "--shard-size and --ragged exclude each other",
            fix="Values without padding are rows, not samples: leave one of them out.",
        )


def check_store(storing: Storing, framing: Framing, batching: Batching, layout: Layout) -> None:
    """Refuse what a view of the rows cannot hold, with ``--store series``.

    Raises
    ------
    RecipeError
    """
    if storing.store != "series":
        return
    padding = {
        "--partial": framing.partial,
        "--leftover pad": framing.leftover == "pad",
        "--batch-remainder pad": batching.remainder == "pad",
    }
    for flag, used in padding.items():
        if used:
            raise RecipeError(
                f"--store series and {flag} exclude each other",
                fix="Padded steps are no rows of the table: leave one of them out.",
            )
    lags = sorted(framing.lags)
    if len({b - a for a, b in pairwise(lags)}) > 1:
        raise RecipeError(
            "--store series needs steps that are evenly spaced, and --lags names others",
            fix="Use --timesteps and --dilation, or --store windows.",
        )
    if layout.layout != "batch-first" or layout.subsequences:
        flag = f"--layout {layout.layout}" if layout.layout != "batch-first" else "--subsequences"
        raise RecipeError(
            f"--store series and {flag} exclude each other",
            fix="A view of the rows is (samples, timesteps, features); change its axes where it is used.",
        )
