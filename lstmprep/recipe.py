"""The recipe: every choice of the user, one frozen value, checked when made.

The parts below declare their settings; the recipe is the parts together. It reads from
and writes to flat plain data (flags, TOML, JSON, keywords): names are unique across parts.
What only concerns one run (where to write, what to print) is no part of it: the same
recipe on the same table gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from math import isfinite
from typing import Any

from lstmprep.agree import (
    check_random,
    check_scaling,
    check_shaped,
    check_shards,
    check_split,
    check_store,
    whole_sequences,
)
from lstmprep.commands import COMMANDS, by_part, settings_of_command
from lstmprep.downsampling import Downsampling, check_downsampling
from lstmprep.elsewhere import setting_meant
from lstmprep.errors import RecipeError
from lstmprep.framing import Batching, Layout, Reshape
from lstmprep.framing.base import Answer, Framing
from lstmprep.parts import Arrays, Columns, Order, Reading, Storing
from lstmprep.records import record
from lstmprep.serde import build, convert, given, spell
from lstmprep.split.spec import Split
from lstmprep.tabular import Tokens, check_classes, check_files, check_pivot
from lstmprep.timing import Derived, Gaps, Grid, Tables, Timely, Timing, check_timing
from lstmprep.transforms import Scaling
from lstmprep.wording import listed, quoted

LARGEST = {"float16": 65504.0, "float32": 3.4028234663852886e38, "float64": float("inf")}


@record(frozen=True, kw_only=True)
class Recipe(Timely):
    """All parts together, and what they forbid each other."""

    framing: Framing
    columns: Columns = field(default_factory=Columns)
    order: Order = field(default_factory=Order)
    timing: Timing = field(default_factory=Timing)
    downsampling: Downsampling = field(default_factory=Downsampling)
    grid: Grid = field(default_factory=Grid)
    gaps: Gaps = field(default_factory=Gaps)
    derived: Derived = field(default_factory=Derived)
    tables: Tables = field(default_factory=Tables)
    split: Split = field(default_factory=Split)
    scaling: Scaling = field(default_factory=Scaling)
    reading: Reading = field(default_factory=Reading)
    batching: Batching = field(default_factory=Batching)
    layout: Layout = field(default_factory=Layout)
    arrays: Arrays = field(default_factory=Arrays)
    storing: Storing = field(default_factory=Storing)
    tokens: Tokens = field(default_factory=Tokens)
    command: str = "window"

    def __post_init__(self) -> None:
        w, c = self.framing, self.columns
        if isinstance(w, Reshape):
            w.check(c, self.order, self.reading)
        if w.target_mode == "input" and c.answer:
            raise RecipeError(
                f"--{c.answer} and --target-mode input exclude each other",
                fix="With --target-mode input y is X itself: leave one of them out.",
            )
        check_timing(self)
        check_pivot(self.order, c, self.layout)
        check_files(self.reading, c)
        check_classes(w, c, self.order, self.reading)
        self.tokens.check(c, self.order, w.pad_value, computes=self.computing)
        self._check_answer()
        check_store(self.storing, w, self.batching, self.layout)
        check_shards(self.arrays, self.storing, w)
        check_downsampling(self.downsampling, self.grid, c, self.order)
        documents = self.tokens.tokens is not None
        split = whole_sequences(self.split, w, self.order, self.reading, documents=documents)
        object.__setattr__(self, "split", split)
        check_shaped(self.split, self.scaling, self.batching, w)
        check_split(self.split, w, c, self.order, self.reading, documents=documents)
        check_scaling(self.scaling, w, c, self.order, self.reading)
        check_random(self.split, w, self.batching, None if c.labels is not None else self.answer)
        self.layout.check(w.timesteps if isinstance(w.timesteps, int) else len(w.lags))

    def _check_answer(self) -> None:
        w, answer = self.framing, self.asked
        needs = {
            "--lead": w.lead is not None,
            "--horizon": w.horizon is not None,
            "--flat-y": w.flat_y,
            "--target-mode per-step": w.target_mode == "per-step",
            "--future": bool(self.columns.future),
        }
        for flag, used in needs.items():
            if used and answer is None:
                raise RecipeError(
                    f"{flag} needs --target{' or --label' if self.command != 'lag' else ''}",
                    fix=f"Name the column to predict with --target, or leave {flag.split()[0]} out.",
                )
        if answer != "label" and w.needs_label:
            raise RecipeError(
                f"{'--one-hot' if w.one_hot else '--label-at'} needs --label",
                fix="Name the column of classes with --label.",
            )
        if (
            w.leftover == "pad"
            and answer
            and w.target_mode != "input"
            and w.lead_for(answer) + (w.horizon or 1) > 1
            and self.columns.labels is None
        ):
            raise RecipeError(
                "--leftover pad has no row after the padded window for a target to stand on",
                fix="Use --leftover drop, or a target on the window's own last row with --lead 0.",
            )
        if w.pad_value is not None and not (
            w.padding_possible or self.batching.remainder == "pad" or self.order.missing == "mask"
        ):
            raise RecipeError(
                "--pad-value has nothing to pad",
                fix="Add --partial, --leftover pad, --batch-remainder pad or --missing mask, or leave --pad-value out.",
            )
        if w.pad_value is not None and isfinite(w.pad_value) and abs(w.pad_value) > LARGEST[self.arrays.dtype]:
            raise RecipeError(
                f"--pad-value {w.pad_value} is beyond the largest {self.arrays.dtype}",
                fix="Use a smaller value, or --dtype float64.",
            )
        if w.latest and self.batching.stateful:
            raise RecipeError(
                "--latest and --stateful exclude each other",
                fix="--latest gives one window per sequence; leave one of them out.",
            )

    @property
    def answer(self) -> Answer | None:
        """What a sample is answered with; None with --latest, which asks."""
        return None if self.framing.latest else self.asked


def from_flat(data: Mapping[str, Any], *, command: str = "window") -> Recipe:
    """The recipe that flat plain data spells.

    Parameters
    ----------
    data : mapping of setting name to value
        Names with underscores; None means not given.
    command : str
        The command whose settings they are.

    Raises
    ------
    RecipeError
        If a name is unknown, a value has the wrong type, or settings exclude each other.

    Examples
    --------
    >>> from_flat({"timesteps": 3, "target": "y"}).columns.target
    ('y',)
    """
    settings = {s.name: s for s in settings_of_command(command)}
    names = list(settings)
    for key, value in data.items():
        if key in settings and settings[key].choices and value is not None:
            convert(settings[key], value)  # a part may know choices that the command does not
        if key not in names:
            raise RecipeError(
                f"there is no setting {quoted(key)}",
                fix=f"{setting_meant(key, names)}The settings are {listed(names, 80)}.",
            )
    return Recipe(command=command, **{name: build(part, data) for name, part in COMMANDS[command].items()})


def to_flat(recipe: Recipe) -> dict[str, Any]:
    """The settings that differ from their defaults, as plain JSON values; `from_flat` reads them back."""
    return {key: value for name in COMMANDS[recipe.command] for key, value in given(getattr(recipe, name)).items()}


def spelled(recipe: Recipe, *, without: str = "") -> list[str]:
    """The words of the command line that this recipe stands for, inputs left out; without those of one part."""
    words = []
    for name, settings in by_part(recipe.command).items():
        for s in settings if name != without else ():
            value = getattr(getattr(recipe, name), s.name)
            if value != s.default:
                words += spell(s, value)
    return words
