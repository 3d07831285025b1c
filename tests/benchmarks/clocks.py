"""What each thing done about time costs: a run with it against a run without it that writes as much.

    steps             rows of 60 s, one step of fifty is 600 s; 2,000 rows a site      the run without the option
    --max-gap         the same with one long step of a thousand: it costs few samples  the run without the option
    --missing ...     5 % of one column are missing                                    the rows without holes
    --indicator ...   the columns that are made                                        the same columns read from the table

A run that drops samples writes less, and would flatter whatever it is compared with: `--missing drop` with these holes
writes a fifth. So the partner of a fill is the same table without a hole. What adds columns writes more, and says so.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TOOL = [sys.executable, "-m", "lstmprep"]
FEATURES = [f"f{i}" for i in range(8)]
EACH = 2_000  # rows of a site
STEPS = 32


def make_tables(folder: Path, rows: int) -> int:
    """The tables of all pairs; returns their rows."""
    import pyarrow as pa
    from pyarrow import parquet

    def write(name: str, columns: dict[str, Any]) -> None:
        parquet.write_table(pa.table(columns), folder / f"{name}.parquet")

    rng = np.random.default_rng(1)
    rows = rows // EACH * EACH
    site = np.repeat(np.arange(rows // EACH), EACH)
    values = {name: np.round(rng.normal(size=rows), 4) + 9 for name in FEATURES}
    often, rarely = (np.cumsum(rng.choice([60, 600], rows, p=[1 - p, p])) for p in (0.02, 0.001))
    whole = {"site": site, "t": often, **values}
    write("whole", whole)
    write("rare", {**whole, "t": rarely})
    gone = rng.random(rows) < 0.05
    write("holes", {**whole, "f0": np.where(gone, np.nan, values["f0"])})
    signs = {f"{name}_{sign}": gone * 1.0 for sign in ("missing", "since") for name in FEATURES}
    write("signs", {**whole, **signs})
    ends = often[EACH - 1 :: EACH]
    write("sections", {"start": often[::EACH], "end": ends, "label": ["a"] * len(ends)})
    write("sites", {"site": site[::EACH], "height": ends * 0.5})
    write("late", {"t": often[::7], "late": values["f1"][::7]})
    return rows


def pairs(of: Callable[..., Any], folder: Path) -> list[tuple[str, Any, Any, str]]:
    """(what, with it, without it, what that is)."""
    plain, filled = of("whole"), "the same rows without holes"
    table = {name: str(folder / f"{name}.parquet") for name in ("sections", "sites", "late")}
    local = ("--timezone", "Europe/Berlin", "--calendar", "hour,dow", "--cyclic")
    whole = [
        ("--max-gap", of("rare", "--max-gap", "5min"), of("rare")),
        ("--sections", of("whole", "--sections", table["sections"]), plain),
        ("--resample to as many cells, --fill linear", of("whole", "--resample", "71s", "--fill", "linear"), plain),
        ("--time-delta (one column more)", of("whole", "--time-delta", width=9), plain),
        ("--timezone, --calendar, --cyclic (four columns more)", of("whole", *local, width=12), plain),
        ("--difference", of("whole", "--difference", "1"), plain),
        ("--detrend", of("whole", "--detrend", "linear"), plain),
        ("--log", of("whole", "--log", "f0..f7"), plain),
        ("--join (one column more)", of("whole", "--join", table["sites"], "--join-on", "site", width=9), plain),
        (
            "--join-asof (one column more)",
            of("whole", "--join-asof", table["late"], "--missing", "drop", width=9),
            plain,
        ),
    ]
    out = [(*pair, "the run without it") for pair in whole]
    for policy in ("ffill", "interpolate", "mean", "mask"):
        what = f"--missing {policy}{' (and the array observed)' * (policy == 'mask')}"
        out.append((what, of("holes", "--missing", policy), plain, filled))
    signs = of("holes", "--missing", "ffill", "--indicator", "--time-since", width=24)
    ready = of("signs", features="f0..f7,*_missing,*_since", width=24)
    return [*out, ("--missing ffill, --indicator, --time-since", signs, ready, "the same columns read from the table")]


def figures(folder: Path, bench: Any, *, rows: int, rounds: int) -> list[Any]:
    """All of them, wall and CPU."""
    rows = make_tables(folder, rows)
    place = folder / "o"

    def of(name: str, *more: str, features: str = "f0..f7", width: int = 8) -> Callable[[], Any]:
        argv = [*TOOL, "window", str(folder / f"{name}.parquet"), "-f", features, "-t", str(STEPS), "--no-index", "-q"]
        argv += ["--group-by", "site", "--time", "t", "--time-unit", "s", "-o", str(place), *more]

        def go() -> Any:
            bench.condition(folder, rows * width * 4 * STEPS)  # as much as is written: cold pages cost as much again
            cost = bench.run(argv)
            shutil.rmtree(place)
            return cost

        return go

    out = []
    for what, ours, other, against in pairs(of, folder):
        wall, cpu = bench.pair(ours, other, rounds)
        said = f"{what}: {rows:,} rows of Parquet, T={STEPS}"
        out += [bench.told(f"{said}: wall", against, wall, "2.00"), bench.told(f"{said}: CPU", against, cpu, "2.00")]
    return out


if __name__ == "__main__":
    import argparse

    import harness

    parser = argparse.ArgumentParser(description="what each thing done about time costs")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with harness.workplace() as folder:
        print(harness.table(figures(folder, harness, rows=asked.rows, rounds=asked.rounds)))
