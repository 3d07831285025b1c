"""Settings of the property tests, and the values they draw from: lengths, windows, recipes, panels, tables.

Use them with ``from tests.conftest import recipes``. ``--hypothesis-profile thorough`` runs 2,000 examples a test.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lstmprep.panel import Panel
from lstmprep.parts import FORMATS
from lstmprep.plan import Plan, make_plan
from lstmprep.recipe import from_flat

collect_ignore = ["benchmarks"]  # scripts that find one another beside themselves

# what Hypothesis remembers stands beside the tests, wherever they are started
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(__file__).parents[1] / ".hypothesis"))
_COMMON: dict[str, Any] = {
    "deadline": None,  # the machine may be busy
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
    "derandomize": bool(os.environ.get("CI")),
}
settings.register_profile("ours", max_examples=100, **_COMMON)
settings.register_profile("thorough", max_examples=2000, **_COMMON)
settings.register_profile("glance", max_examples=12, **_COMMON)
settings.load_profile("ours")

#: Rows of one sequence and of several; empty sequences do not occur: a key stands on a row.
lengths = st.one_of(
    st.lists(st.integers(1, 24), min_size=1, max_size=1),
    st.lists(st.integers(1, 12), min_size=1, max_size=6),
    st.lists(st.integers(1, 3), min_size=8, max_size=30),
)

#: Names a column may have: any text, commas, quotes, dashes and blanks included.
names = st.one_of(
    st.sampled_from(
        ["a", "b", "y", "temp", "a,b", "-x", "--target", "#1", "x y", 'say "hi"', "c..d", "te*", "ü", "名"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """None, or a value of the strategy."""
    return st.none() | strategy


@st.composite
def frames(draw: st.DrawFn) -> dict[str, Any]:
    """Which rows one sample takes: timesteps and dilation, or lags."""
    if draw(st.integers(0, 3)) == 0:
        return {"lags": draw(st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True))}
    return {"timesteps": draw(st.integers(1, 5)), "dilation": draw(maybe(st.integers(1, 4)))}


@st.composite
def windows(draw: st.DrawFn, answer: str | None = None) -> dict[str, Any]:
    """Settings of the windows that may stand together, without those that are None.

    Parameters
    ----------
    answer : {"target", "label", "input", "sequence"} or None
        What a sample is answered with: numbers, the class of a row, itself, or the class of its sequence.
    """
    out: dict[str, Any] = draw(frames())
    out["stride"] = draw(maybe(st.integers(1, 7)))
    out["no_overlap"] = out["stride"] is None and draw(st.booleans())
    edge = draw(st.sampled_from(["", "", "partial", "end", "pad", "latest", "latest partial"]))
    out["partial"] = "partial" in edge
    out["latest"] = "latest" in edge
    if edge == "end":
        out["anchor"] = "end"
    if edge == "pad":
        out["leftover"] = "pad"
    if answer in ("target", "label"):
        _answered(draw, out, answer)
    if answer == "input":
        out["target_mode"] = "input"
        out["reverse_target"] = draw(st.booleans())
    if out["partial"] or edge == "pad":
        out["pad_value"] = draw(st.sampled_from([None, 0.0, -1.0, 7.5]))
    return {k: v for k, v in out.items() if v is not None and v is not False}


def _answered(draw: st.DrawFn, out: dict[str, Any], answer: str) -> None:
    padded = out.get("leftover") == "pad"
    if padded and min(out.get("lags", [0])) > 0:
        out["lags"] = [0, *out["lags"]]
    mode = draw(st.sampled_from(["future", "future", "per-step"]))
    if mode == "per-step":
        out["target_mode"] = mode
    elif not padded:
        out["horizon"] = draw(maybe(st.integers(1, 3)))
    if padded:
        out["lead"] = None if "lags" in out else 0
    elif "lags" not in out:
        out["lead"] = draw(maybe(st.integers(0, 4)))
    if answer == "label":
        out["one_hot"] = draw(st.booleans())
        if mode == "future" and (out.get("horizon") or 1) == 1:
            out["label_at"] = draw(st.sampled_from(["last", "first", "mode", "any"]))
    elif mode == "future":
        out["flat_y"] = draw(st.booleans())


@st.composite
def batchings(draw: st.DrawFn) -> dict[str, Any]:
    """Order of samples and batches, without --stateful."""
    out: dict[str, Any] = {"shuffle": draw(st.booleans()), "seed": draw(st.integers(0, 3))}
    if draw(st.booleans()):
        out["batch_size"] = draw(st.integers(1, 5))
        out["batch_remainder"] = draw(st.sampled_from([None, "keep", "drop", "pad"]))
    return {k: v for k, v in out.items() if v is not None and v is not False}


@st.composite
def divisions(draw: st.DrawFn, among: dict[str, Any]) -> dict[str, Any]:
    """A split, or none, that may stand beside these settings."""
    kind = draw(st.sampled_from(["", "", "fraction", "rows", "time", "group", "folds"]))
    if not kind or among.get("latest") or (kind == "group" and not among.get("group_by")):
        return {}
    out: dict[str, Any] = {"embargo": draw(st.integers(0, 2))} if kind != "group" else {"split_by": "group"}
    if kind not in ("group", "folds") and among.get("target_mode") != "input" and among.get("leftover") != "pad":
        out["context"] = draw(st.booleans())
    if kind == "folds":
        return out | {"folds": draw(st.integers(1, 3)), "fold_train": draw(maybe(st.integers(1, 9)))}
    if kind == "time" and not among.get("time"):
        return {}
    if kind == "group" and ("label" in among or "labels" in among):
        out["stratify"] = draw(st.booleans())
    texts = {"rows": ["3,2", "rows:4,2,1"], "time": ["at:2,4", "2019-01-01", "2019-01-01,2020-06-01 05:00"]}
    return out | {"split": draw(st.sampled_from(texts.get(kind, ["0.7,0.3", "0.5,0.25,0.25", "fraction:0.6,0.4"])))}


@st.composite
def scalings(draw: st.DrawFn, among: dict[str, Any]) -> dict[str, Any]:
    """Scaling, or none, that may stand beside these settings."""
    out: dict[str, Any] = {"scale": draw(st.sampled_from(["none", "standard", "minmax", "robust", "maxabs"]))}
    if draw(st.integers(0, 3)) == 0:
        out["scale_columns"] = draw(st.sampled_from([["minmax:a"], ["none:a,b", "robust:te*"]]))
    if out["scale"] != "none":
        out["scale_target"] = bool(among.get("target")) and draw(st.booleans())
        out["scale_by_group"] = bool(among.get("group_by")) and draw(st.booleans())
    if "label" in among or "labels" in among or among.get("categorical"):
        out["unknown"] = draw(st.sampled_from(["error", "drop"]))
    return out


@st.composite
def gridded(draw: st.DrawFn, *, classes: bool) -> dict[str, Any]:
    """Settings of a regular grid, or none."""
    if draw(st.booleans()):
        return {}
    out: dict[str, Any] = {"resample": draw(st.sampled_from(["5", "2h", "0.5", "1d"])), "require_even": False}
    out["aggregate"] = draw(st.sampled_from([[], ["sum"], ["sum:a,mean:b", "last"]]))
    out["fill"] = draw(st.sampled_from(["missing", "ffill"] if classes else ["missing", "linear", "ffill", "zero"]))
    if out["fill"] != "missing":
        out["max_fill"] = draw(maybe(st.integers(1, 9)))
    out["grid"] = draw(st.sampled_from(["per-group", "common"]))
    return {**out, "max_gap": None}


@st.composite
def reworkings(draw: st.DrawFn, columns: st.SearchStrategy[Any], *, masked: bool = True) -> dict[str, Any]:
    """What is done about missing values, changes of values, and a table that is joined by key."""
    policies = ["error", "drop", "ffill", "interpolate", "mean", *(["mask"] if masked else [])]
    out: dict[str, Any] = {"missing": draw(st.sampled_from(policies))}
    if out["missing"] not in ("error", "drop"):
        out["indicator"], out["time_since"] = draw(st.booleans()), draw(st.booleans())
    out["difference"] = draw(maybe(st.integers(1, 9)))
    out["detrend"] = draw(maybe(st.just("linear")))
    if draw(st.booleans()):
        out["log"] = draw(columns)
    if draw(st.booleans()):
        out["join"], out["join_on"] = draw(names), draw(columns)
    return out


@st.composite
def timings(draw: st.DrawFn, given: dict[str, Any], answer: str | None) -> dict[str, Any]:
    """What may be said of times, where there are some."""
    out: dict[str, Any] = {"time_format": draw(maybe(st.sampled_from(["%d/%m/%Y", "-%Y", "%Y %j"])))}
    if out["time_format"] is None and len(given["time"]) == 1:
        out["time_unit"] = draw(maybe(st.sampled_from(["s", "ms", "us", "ns"])))
    out["timezone"] = draw(maybe(st.sampled_from(["UTC", "Europe/Berlin"])))
    out["require_even"] = draw(st.booleans())
    out["max_gap"] = draw(maybe(st.sampled_from(["5", "2h", "1d 6h", "0.5"])))
    out |= draw(gridded(classes="categorical" in given))
    out["join_asof"] = draw(maybe(names))
    out["time_delta"] = draw(st.booleans())
    if answer not in ("label", "sequence"):
        out["sections"] = draw(maybe(names))
    if draw(st.booleans()):
        out["calendar"], out["cyclic"] = draw(st.sampled_from([["dow"], ["dow,hour", "week"]])), draw(st.booleans())
    if given.get("target_file") is None:
        out["pivot"] = draw(maybe(names))
    classes = answer == "label" or "categorical" in given
    out["on_duplicate"] = draw(st.sampled_from(["error", "first", "last", *([] if classes else ["mean"])]))
    return out


@st.composite
def recipes(draw: st.DrawFn) -> dict[str, Any]:
    """Flat settings of a valid recipe, over anything a name or a text may be."""
    answer = draw(st.sampled_from([None, "target", "label", "input", "sequence"]))
    out = draw(windows(answer)) | draw(batchings())
    columns = st.lists(names, min_size=1, max_size=3)
    for name in ("features", "exclude", "static", "categorical", "group_by", "time", "na_values", "vector"):
        if draw(st.integers(0, 3)) == 0:
            out[name] = draw(columns)
    if answer == "target":
        out["target"] = draw(columns)
        if draw(st.integers(0, 4)) == 0:
            out["target_file"] = draw(names)
    if answer == "label":
        out |= draw(
            st.one_of(names.map(lambda n: {"label": n}), st.just({"label_from": "parent", "file_as": "sequence"}))
        )
    if answer == "sequence":
        out |= {"labels": draw(names), "group_by": draw(columns), "label_key": draw(columns)}
    if answer in ("target", "label") and draw(st.integers(0, 3)) == 0:
        out["future"] = draw(columns)
    out |= draw(divisions(out)) | draw(scalings(out)) | draw(reworkings(columns))
    out["dtype"] = draw(st.sampled_from(["float32", "float64", "float16"]))
    out["index"] = draw(st.booleans())
    out["digest"] = draw(st.sampled_from(["xxh3", "xxh3", "sha256", "none"]))
    out["no_header"] = draw(st.booleans())
    out["encoding"] = draw(st.sampled_from(["utf-8", "latin-1", "utf-16"]))
    out["input_format"] = draw(maybe(st.sampled_from(list(FORMATS))))
    out["dataset"] = draw(maybe(names))
    out["delimiter"] = draw(maybe(st.sampled_from([";", "\t", "|"])))
    out["decimal"] = draw(st.sampled_from([".", ","]))
    out["thousands"] = draw(maybe(st.sampled_from(["'", " ", "_"])))
    if out.get("time"):
        out |= draw(timings(out, answer))
    panel = ["panel"] if out.get("pivot") and "categorical" not in out else []
    layouts = ["batch-first", "time-first", "channels-first", "flat", "convlstm", *panel]
    out["layout"] = draw(st.sampled_from(layouts))
    steps = out.get("timesteps") or len(out["lags"])
    if out["layout"] == "convlstm" or (out["layout"] == "batch-first" and draw(st.booleans())):
        out["subsequences"] = draw(st.sampled_from([n for n in range(1, steps + 1) if steps % n == 0]))
    padded = out.get("partial") or out.get("leftover") == "pad" or out.get("batch_remainder") == "pad"
    if out["layout"] == "batch-first" and not out.get("subsequences") and not padded and "lags" not in out:
        out["store"] = draw(st.sampled_from(["windows", "series"]))
    if out.get("store") != "series":
        out["shard_size"] = draw(maybe(st.integers(1, 2**40)))
    return {k: v for k, v in out.items() if v is not None}


@st.composite
def lag_recipes(draw: st.DrawFn) -> dict[str, Any]:
    """Flat settings of a valid lagged table."""
    out: dict[str, Any] = {"lags": draw(st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True))}
    for name in ("features", "exclude", "categorical", "group_by", "time", "target"):
        if draw(st.integers(0, 2)) == 0:
            out[name] = draw(st.lists(names, min_size=1, max_size=3))
    if "target" in out:
        out["horizon"] = draw(maybe(st.integers(1, 4)))
        out["target_file"] = draw(maybe(names))
    out |= draw(reworkings(st.lists(names, min_size=1, max_size=3), masked=False))
    if out.get("time"):
        out |= draw(timings(out, "target" if out.get("target") else None))
    out["dtype"] = draw(st.sampled_from(["float32", "float64", "float16"]))
    return {k: v for k, v in out.items() if v is not None}


@st.composite
def reshape_recipes(draw: st.DrawFn) -> dict[str, Any]:
    """Flat settings of a valid reshape."""
    columns = st.lists(names, min_size=1, max_size=3)
    how = draw(st.sampled_from(["shape", "series", "rows", "lags", "steps", "sample", "timestep"]))
    out: dict[str, Any] = {}
    if how == "shape" or (how in ("rows", "sample", "timestep") and draw(st.booleans())):
        out["shape"] = draw(st.permutations([-1, draw(st.integers(1, 9)), draw(st.integers(1, 9))]))
    if how == "series" or (how == "rows" and draw(st.booleans())):
        out["series_as"] = draw(st.sampled_from(["features", "samples"]))
        if out["series_as"] == "samples" and "shape" in out:
            out["shape"][2] = 1
    if how == "rows":
        out["series_in"] = "rows"
    if how == "lags":
        out["lag_columns"] = draw(st.sampled_from(["{name}{lag}", "{name}(t-{lag})", "-{lag} {name}"]))
    if how == "steps":
        out["steps"] = draw(st.lists(st.sampled_from(["p=p1..p6", "-q=a,b", "x y=te*"]), min_size=1, unique=True))
    if how in ("sample", "timestep"):
        out["file_as"] = how
    if how in ("lags", "steps", "sample"):
        out["missing"] = draw(st.sampled_from(["error", "drop"]))
        out["label"] = draw(maybe(names))
        if draw(st.booleans()):
            out["static"] = draw(columns)
            out["static_mode"] = "array" if how == "sample" else draw(st.sampled_from(["array", "tile"]))
    if how in ("shape", "series", "sample") and draw(st.booleans()):
        out["time"] = draw(columns)
    for name in ("exclude", *(("features",) if how not in ("lags", "steps") else ())):
        if draw(st.booleans()):
            out[name] = draw(columns)
    return {k: v for k, v in out.items() if v is not None}


def made_recipes() -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """A command, and flat settings of a valid recipe of it."""
    return st.one_of(
        st.tuples(st.just("window"), recipes()),
        st.tuples(st.just("lag"), lag_recipes()),
        st.tuples(st.just("pad"), pad_recipes()),
        st.tuples(st.just("reshape"), reshape_recipes()),
    )


@st.composite
def pads(draw: st.DrawFn, answer: str | None = None) -> dict[str, Any]:
    """Settings of one sample per sequence that may stand together, without those that are not given.

    Parameters
    ----------
    answer : {"target", "label", "sequence"} or None
        What a sample is answered with: numbers, the class of a row, or the class of its sequence.
    """
    out: dict[str, Any] = {"min_steps": draw(maybe(st.integers(1, 4)))}
    if draw(st.integers(0, 3)) == 0:
        out["ragged"] = True
    else:
        out["timesteps"] = draw(st.sampled_from([None, "max", "p50", "p95", "p33.3"]) | st.integers(1, 9))
        out["padding"] = draw(st.sampled_from([None, "pre", "post"]))
        out["truncating"] = draw(st.sampled_from([None, "pre", "post"]))
        out["pad_value"] = draw(st.sampled_from([None, 0.0, -1.0, 7.5]))
        out["bucket"] = draw(st.sampled_from([None, None, "exact"]) | st.integers(1, 5))
    if answer in ("target", "label"):
        if draw(st.booleans()):
            out["target_mode"] = "per-step"
        else:
            rules = ["last", "first"] if answer == "target" else ["last", "first", "mode", "any"]
            out["label_at"] = draw(st.sampled_from(rules))
    if answer in ("label", "sequence"):
        out["one_hot"] = draw(st.booleans())
    return {k: v for k, v in out.items() if v is not None and v is not False}


@st.composite
def pad_recipes(draw: st.DrawFn) -> dict[str, Any]:
    """Flat settings of a valid recipe of ``pad``."""
    answer = draw(st.sampled_from([None, "target", "label", "sequence"]))
    out = draw(pads(answer)) | draw(batchings())
    if draw(st.booleans()):
        out |= {
            "downsample": draw(st.integers(2, 9)),
            "aggregate": draw(st.sampled_from([["mean"], ["min,max"], ["std", "last"]])),
        }
    columns = st.lists(names, min_size=1, max_size=3)
    for name in (
        "features",
        "exclude",
        "static",
        "time",
        "group_by",
        *([] if "downsample" in out else ["categorical"]),
    ):
        if draw(st.integers(0, 3)) == 0:
            out[name] = draw(columns)
    out |= {
        "target": {"target": draw(columns)}, "label": {"label": draw(names)},
        "sequence": {"labels": draw(names), "group_by": draw(columns), "label_key": draw(columns)},
    }.get(answer or "", {})  # fmt: skip
    out |= draw(reworkings(columns, masked=not out.get("ragged")))
    if out.get("time"):
        among = draw(timings(out, answer))
        if "downsample" in out:
            among = {
                k: v
                for k, v in among.items()
                if k not in ("resample", "aggregate", "fill", "max_fill", "grid", "pivot")
            }
        out |= among
    out |= {"dtype": draw(st.sampled_from(["float32", "float64"])), "index": draw(st.booleans())}
    return {k: v for k, v in out.items() if v is not None}


@st.composite
def cells(draw: st.DrawFn, rows: int, holes: float = 0.0) -> list[float]:
    """Whole numbers that float32 holds, each one another, with holes (NaN) here and there."""
    values = [float(v) for v in np.random.default_rng(draw(st.integers(0, 2**32 - 1))).permutation(rows * 3)[:rows]]
    if holes:
        gone = draw(st.lists(st.integers(0, rows - 1), max_size=max(1, int(rows * holes))))
        for row in gone:
            values[row] = float("nan")
    return values


@st.composite
def tables(draw: st.DrawFn, *, holes: float = 0.0, shuffled: bool = True) -> dict[str, list[Any]]:
    """Columns ``key``, ``t``, ``a``, ``b``, ``y``, ``lab`` of one or several sequences, rows anywhere in the table.

    The time rises by one a row inside a sequence; keys are texts whose order is that of numbers.
    """
    sizes = draw(lengths)
    keys = [str(8 + i) for i, n in enumerate(sizes) for _ in range(n)]
    times = [t for n in sizes for t in range(n)]
    rows = len(keys)
    table: dict[str, list[Any]] = {"key": keys, "t": times}
    for name in ("a", "b", "y"):
        table[name] = draw(cells(rows, holes))
    table["lab"] = [draw(st.sampled_from(["n", "p"])) for _ in range(rows)]
    if holes and draw(st.booleans()):
        table["lab"][draw(st.integers(0, rows - 1))] = None
    if shuffled and draw(st.booleans()):
        order = draw(st.permutations(range(rows)))
        table = {name: [column[i] for i in order] for name, column in table.items()}
    return table


@st.composite
def long_tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    """Such tables with rows enough for several parts: one to three sequences of 9 to 24 rows."""
    sizes = draw(st.lists(st.integers(9, 24), min_size=1, max_size=3))
    numbers, rows = np.random.default_rng(draw(st.integers(0, 99))), sum(sizes)
    table: dict[str, list[Any]] = {
        "key": [str(8 + i) for i, n in enumerate(sizes) for _ in range(n)],
        "t": [begin + t for n in sizes for begin in [int(numbers.integers(0, 50))] for t in range(n)],
    }
    holes = draw(st.sampled_from([0.0, 0.0, 0.05]))
    for name in ("a", "b", "y"):
        values = numbers.integers(-40, 40, rows) / 4
        table[name] = np.where(numbers.random(rows) < holes, np.nan, values).tolist()
    table["lab"] = numbers.choice(["n", "p"], rows).tolist()
    if draw(st.booleans()):
        order = numbers.permutation(rows)
        table = {name: [column[i] for i in order] for name, column in table.items()}
    return table


def arrow_table(table: dict[str, list[Any]]) -> pa.Table:
    """The table as Arrow; NaN is a null there."""
    return pa.table({n: pa.array([None if v != v else v for v in column]) for n, column in table.items()})  # noqa: PLR0124


def panel_of(sizes: list[int], features: int = 2, *, dtype: str = "float32", gap: int = 0) -> Panel:
    """A panel of sequences of these lengths; value = row * 10 + column, target = -row, label = row % 3.

    Parameters
    ----------
    sizes : list of int
        Rows of each sequence.
    features : int
        Columns of X.
    dtype : str
        Type of the values.
    gap : int
        Rows between two sequences that belong to none.
    """
    stops = np.cumsum(np.array(sizes, np.int64) + gap) - gap
    rows = int(stops[-1])
    number = np.arange(rows, dtype=np.int64)
    return Panel(
        features=(number[:, None] * 10 + np.arange(features)).astype(dtype),
        starts=stops - np.array(sizes, np.int64),
        stops=stops,
        keys={"key": pa.array([f"s{i}" for i in range(len(sizes))])} if len(sizes) > 1 else {},
        targets=-number[:, None].astype(dtype),
        labels=(number % 3).astype(np.int32),
    )


def plan_of(sizes: list[int], *, command: str = "window", **settings: Any) -> Plan:
    """The plan of these settings over `panel_of(sizes)`: two features, one target, three classes."""
    recipe = from_flat(settings, command=command)
    panel = panel_of(sizes, dtype=recipe.arrays.dtype)
    return make_plan(recipe, panel, read=panel.rows, removed=np.empty(0, np.int64), classes=["a", "b", "c"], features=2)


def prompt(patch: Any, piece: int = 200) -> None:
    """Windows are written early by who reads, as soon as rows suffice for them, whatever the size of the table."""
    from lstmprep import digest, place, run
    from lstmprep.sinks.early import Early

    def grown(self: Any) -> None:
        if self._store.filed:
            self.path.touch()
            self._write(self._store, self._store.rows)

    patch.setattr(Early, "grown", grown)
    patch.setattr(run, "LONG", -1)
    patch.setattr(place, "LEAST_MEMORY", 0)
    patch.setattr(digest, "PIECE", piece)
