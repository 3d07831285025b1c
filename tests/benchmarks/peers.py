"""The same windows by other means, each where it is installed: a table in memory to X.npy.

    one series     100,000 rows of 8 features, T=64
    many groups    rows of 20,000 groups that take turns, T=16, 6 features

Each is a process of its own that makes its data first and then times the work alone. Ours reads the same arrays
as an Arrow table, and also plans, hashes, and writes index and manifest.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from harness import Cost, Figure, pair, timed, told

ONE = """
values = np.random.default_rng(0).normal(size=({rows}, 8)).astype(np.float32)
steps = 64
from numpy.lib.stride_tricks import sliding_window_view as swv
"""
MANY = """
rng = np.random.default_rng(0)
group = np.tile(np.arange({groups}), {rows} // {groups})
values = rng.normal(size=(len(group), 6)).astype(np.float32)
steps = 16
from numpy.lib.stride_tricks import sliding_window_view as swv
"""
TABLE = 'import pyarrow as pa, pyarrow.csv, click, lstmprep\nnames = [f"f{{i}}" for i in range(values.shape[1])]\ntable = pa.table(dict(zip(names, np.ascontiguousarray(values.T))))\n'
RAW = "block = bytes(1 << 20)\nwith open(path, 'wb', buffering=0) as file:\n    for _ in range({size} >> 20): file.write(block)"
SERIES = {
    "numpy: sliding_window_view + np.save": (
        "",
        "np.save(path, np.ascontiguousarray(swv(values, (steps, 8))[:, 0]))",
        "numpy",
    ),
    "numpy: index matrix + np.save": (
        "",
        "np.save(path, values[np.arange(len(values) - steps + 1)[:, None] + np.arange(steps)])",
        "numpy",
    ),
    "a loop over rows + np.save": (
        "",
        "np.save(path, np.array([values[i : i + steps] for i in range(len(values) - steps + 1)]))",
        "numpy",
    ),
    "pandas: shift + concat + np.save": (
        "import pandas as pd\nframe = pd.DataFrame(values)\n",
        "np.save(path, pd.concat([frame.shift(k) for k in range(steps - 1, -1, -1)], axis=1).dropna().to_numpy().reshape(-1, steps, 8))",
        "pandas",
    ),
    "polars: shifted columns + np.save": (
        "import polars as pl\nframe = pl.DataFrame({f'f{i}': values[:, i] for i in range(8)})\n",
        "np.save(path, frame.select([pl.col(n).shift(k).alias(f'{n}_{k}') for k in range(steps - 1, -1, -1) for n in frame.columns])[steps - 1 :].to_numpy().reshape(-1, steps, 8))",
        "polars",
    ),
    "torch: unfold + np.save": (
        "import torch\ngiven = torch.from_numpy(values)\n",
        "np.save(path, given.unfold(0, steps, 1).transpose(1, 2).contiguous().numpy())",
        "torch",
    ),
    "darts: create_lagged_training_data + np.save": (
        "from darts import TimeSeries\nfrom darts.utils.data.tabularization import create_lagged_training_data\nseries = TimeSeries.from_values(values)\nOTHERWISE = {'output_chunk_length': 1, 'output_chunk_shift': 0, 'uses_static_covariates': False}\n",
        "np.save(path, create_lagged_training_data(series, lags=list(range(-steps, 0)), **OTHERWISE)[0].reshape(-1, steps, 8))",
        "darts",
    ),
    "seglearn: Segment + np.save": (
        "from seglearn.transform import Segment\n",
        "np.save(path, Segment(width=steps, step=1).fit_transform([values], None)[0])",
        "seglearn",
    ),
}
GROUPED = {
    "pandas: groupby + sliding_window_view + np.save": (
        "import pandas as pd\nnames = [f'f{i}' for i in range(6)]\nframe = pd.DataFrame(values, columns=names).assign(g=group)\n",
        "np.save(path, np.concatenate([swv(one[names].to_numpy(), (steps, 6))[:, 0] for _, one in frame.groupby('g') if len(one) >= steps]))",
        "pandas",
    ),
}


def _ours(data: str, more: str, size: int, path: Path) -> Cost:
    first = f"lstmprep.window(table.slice(0, 200), timesteps=1, {more}output=path + '.first')\n"  # what it imports is not counted
    work = f"lstmprep.window(table, timesteps=steps, {more}output=path + '.out')"
    cost = timed(data + first, work, size, path)
    for name in ("first", "out"):
        shutil.rmtree(f"{path}.{name}")
    return cost


def one_series(folder: Path, rows: int, rounds: int) -> list[Figure]:
    """One series against idioms of numpy, pandas, polars and torch."""
    data, size, path = ONE.format(rows=rows), (rows - 63) * 64 * 32, folder / "peer.npy"
    ours = data + TABLE.replace("{{", "{").replace("}}", "}")
    figures = []
    for name, (made, work, library) in SERIES.items():
        if importlib.util.find_spec(library) is None:
            continue
        wall, cpu = pair(
            lambda: _ours(ours, "", size, path),
            lambda made=made, work=work: timed(data + made, work, size, path),
            rounds,
        )
        what = f"{rows:,} x 8 in memory, T=64, {size / 1e6:,.0f} MB out"
        figures += [told(f"{what}: wall", name, wall, ""), told(f"{what}: CPU", name, cpu, "")]
    path.unlink(missing_ok=True)
    return figures


def many_groups(folder: Path, rows: int, groups: int, rounds: int) -> list[Figure]:
    """Groups that take turns, against a raw write of X and against pandas."""
    data, path = MANY.format(rows=rows, groups=groups), folder / "peer.npy"
    size = groups * (rows // groups - 15) * 16 * 24
    ours = data + TABLE.replace("{{", "{").replace("}}", "}") + 'table = table.append_column("g", pa.array(group))\n'
    what = f"{rows:,} rows of {groups:,} interleaved groups in memory, T=16, F=6, {size / 1e6:,.0f} MB out"
    others = {
        "raw write of X": ("", RAW.format(size=size), "numpy", "1.60"),
        **{n: (*p, "0.05") for n, p in GROUPED.items()},
    }
    figures = []
    for name, (made, work, library, goal) in others.items():
        if importlib.util.find_spec(library) is None:
            continue
        wall, cpu = pair(
            lambda: _ours(ours, "group_by='g', ", size, path),
            lambda made=made, work=work: timed(data + made, work, size, path),
            rounds,
        )
        figures += [told(f"{what}: CPU", name, cpu, goal), told(f"{what}: wall", name, wall, "")]
    path.unlink(missing_ok=True)
    return figures
