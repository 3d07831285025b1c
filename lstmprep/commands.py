"""Which parts a command has, and which settings of them it can use.

    COMMANDS   command -> parts of its recipe
    ONLY       command -> part -> settings, where it cannot use them all

What a command says otherwise of a setting than its part does (choices, help) stands here too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lstmprep.downsampling import Downsampling
from lstmprep.framing import Batching, Lag, Layout, Pad, Reshape, Window
from lstmprep.parts import Arrays, Columns, Order, Reading, Storing
from lstmprep.serde import Setting, settings_of
from lstmprep.split.spec import Split
from lstmprep.tabular import Tokens
from lstmprep.timing import Derived, Gaps, Grid, Tables, Timing
from lstmprep.transforms import Scaling

_TIME: dict[str, type] = {"timing": Timing, "grid": Grid, "gaps": Gaps, "derived": Derived, "tables": Tables}
COMMANDS: dict[str, dict[str, type]] = {
    "window": {
        "framing": Window,
        "columns": Columns,
        "order": Order,
        **_TIME,
        "split": Split,
        "scaling": Scaling,
        "reading": Reading,
        "batching": Batching,
        "layout": Layout,
        "arrays": Arrays,
        "storing": Storing,
    },
    "lag": {
        "framing": Lag,
        "columns": Columns,
        "order": Order,
        **_TIME,
        "split": Split,
        "scaling": Scaling,
        "reading": Reading,
        "batching": Batching,
        "arrays": Arrays,
    },
    "pad": {
        "framing": Pad,
        "columns": Columns,
        "order": Order,
        **_TIME,
        "downsampling": Downsampling,
        "split": Split,
        "scaling": Scaling,
        "reading": Reading,
        "batching": Batching,
        "arrays": Arrays,
        "tokens": Tokens,
    },
    "reshape": {
        "framing": Reshape,
        "columns": Columns,
        "order": Order,
        "split": Split,
        "scaling": Scaling,
        "reading": Reading,
        "batching": Batching,
        "arrays": Arrays,
    },
}
WAYS = (  # of --aggregate, where there is --downsample too
    "How the rows of a cell or a step become one: mean, sum, min, max, first, last; for cells also count, and by column sum:rain,mean:temp;"
    " for steps also std, and several make features a_mean, a_std.  [default: mean]"
)
LAGGED = "Parts, cut before rows meet: 0.7,0.15,0.15, rows 300,100,100, or dates where later parts begin. The column split names the part of a row."
BY_ROW = "What is divided: rows in the order of the file, or by chance.  [default: sequence]"
# settings of a part that a command can use, where it cannot use them all
ONLY: dict[str, dict[str, tuple[str, ...]]] = {
    "lag": {
        "columns": ("features", "exclude", "target", "categorical", "vector", "target_file"),
        "split": ("split", "split_by", "context", "embargo", "folds", "fold_train"),
        "batching": ("seed",),
        "arrays": ("dtype", "digest"),
    },
    "pad": {
        "columns": (
            "features",
            "exclude",
            "target",
            "label",
            "static",
            "categorical",
            "vector",
            "labels",
            "label_key",
            "label_from",
        ),
        "split": ("split", "split_by", "embargo", "stratify", "folds", "fold_train"),
        "batching": ("shuffle", "seed", "batch_size", "batch_remainder"),
    },
    "reshape": {
        "columns": ("features", "exclude", "target", "label", "static"),
        "order": ("time", "time_format", "pivot", "on_duplicate", "missing"),
        "split": ("split", "split_by", "embargo", "stratify", "folds", "fold_train"),
        "scaling": ("scale", "scale_columns", "scale_target", "unknown"),
        "batching": ("shuffle", "seed"),
    },
}


def settings_of_command(command: str = "window") -> list[Setting]:
    """Every setting of a command's recipe, in the order of help."""
    return [s for found in by_part(command).values() for s in found]


def by_part(command: str) -> dict[str, list[Setting]]:
    """The settings of each part that the command can use."""
    only = ONLY.get(command, {})
    ways = ways_of(command)
    said = f"What a file is when there are several: parts of one table, or a {' or a '.join(ways)} each."
    of_own: dict[str, dict[str, Any]] = {"file_as": {"choices": ("table", *ways), "help": said}}
    if "downsampling" in COMMANDS[command]:
        of_own["aggregate"] = {"help": WAYS}
    if command == "reshape":
        of_own["split_by"] = {"choices": ("sequence", "random"), "help": BY_ROW}
        of_own["missing"] = {
            "choices": ("error", "drop"),
            "help": "Missing values: refused, or their samples left out.",
        }
        of_own["stratify"] = {"help": "Every class in its share in every part, with --split-by random."}
        of_own["seed"] = {"help": "Seed of everything drawn by chance.  [default: 0]"}
        of_own["embargo"] = {"help": "Rows taken from the end of the earlier part."}
        of_own["static"] = {"help": "Columns that are no steps: their own array (samples, n)."}
    if command == "lag":
        of_own["split"] = {"help": LAGGED}
    return {
        name: [
            replace(s, **of_own.get(s.name, {})) for s in settings_of(part) if name not in only or s.name in only[name]
        ]
        for name, part in COMMANDS[command].items()
    }


def ways_of(command: str) -> tuple[str, ...]:
    """What a file may be to a command, when it is no part of one table."""
    return ("sample", "timestep") if command == "reshape" else ("sequence",)


def every_setting() -> list[Setting]:
    """The settings of all commands, each name once; what commands say differently of it stands side by side."""
    found: dict[str, Setting] = {}
    for command in COMMANDS:
        for s in settings_of_command(command):
            first = found.setdefault(s.name, s)
            kind = first.kind if first.kind == s.kind else "length"
            choices = tuple(dict.fromkeys([*first.choices, *s.choices]))
            said = first.help if s.help in first.help else f"{first.help} With {command}: {s.help}"
            found[s.name] = replace(first, kind=kind, choices=choices, help=said)
    return list(found.values())
