"""One table, many files: the same bytes whatever holds the rows; real tables against the plain loop."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import lstmprep
from lstmprep.sources import arrow as typed
from lstmprep.sources import blocks

ROWS = 157
SAMPLES = Path(__file__).parent.parent / "sample_data"
made = np.random.default_rng(7)
TABLE: dict[str, list[Any]] = {
    "site": [["007", "7", "north, 2", 'the "old" one', "ü"][i] for i in made.integers(0, 5, ROWS)],
    "t": made.permutation(ROWS * 5)[:ROWS].tolist(),
    "temp": (made.normal(size=ROWS) * 1e3).tolist(),
    "rain": np.round(made.random(ROWS), 2).tolist(),
    "count": made.integers(-(2**31), 2**31, ROWS).tolist(),
    "on": (made.random(ROWS) < 0.5).tolist(),
    "class": [["low", "mid", "high"][i] for i in made.integers(0, 3, ROWS)],
}
HOLES = dict(TABLE, rain=[None if i % 11 == 4 else v for i, v in enumerate(TABLE["rain"])])
FORWARD = {"features": ["temp", "rain", "count", "on"], "timesteps": 4, "group_by": "site", "time": "t"}
RECIPES: dict[str, dict[str, Any]] = {
    "numbers": FORWARD | {"target": "temp", "horizon": 2},
    "classes": FORWARD | {"label": "class", "stride": 2},
    "categories": FORWARD | {"categorical": "class", "dtype": "float64", "partial": True},
    "file order": {"features": ["count", "rain"], "timesteps": 9, "no_overlap": True, "target": "temp"},
}


def write_csv(
    path: Path, table: dict[str, list[Any]], *, delimiter: str = ",", end: str = "\n", every: bool = False
) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        quoting = csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL
        writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
        writer.writerow(table)
        for row in zip(*table.values(), strict=True):
            writer.writerow(["" if v is None else repr(v) if isinstance(v, (float, bool)) else v for v in row])


def write_jsonl(path: Path, table: dict[str, list[Any]]) -> None:
    rows = zip(*table.values(), strict=True)
    path.write_text("".join(json.dumps(dict(zip(table, row, strict=True))) + "\n" for row in rows))


def of_groups(size: int) -> Callable[[Path, dict[str, list[Any]]], None]:
    return lambda path, table: parquet.write_table(pa.table(table), path, row_group_size=size)


def coded(path: Path, table: dict[str, list[Any]]) -> None:
    """Texts as dictionaries, compressed, small pages."""
    held = pa.table({n: pa.array(v).dictionary_encode() if isinstance(v[0], str) else v for n, v in table.items()})
    parquet.write_table(held, path, row_group_size=50, compression="zstd", data_page_size=64)


#: suffix and how the table is written there
WRITERS: dict[str, tuple[str, Callable[[Path, dict[str, list[Any]]], None]]] = {
    "csv": ("csv", write_csv),
    "csv, everything quoted, CRLF": ("csv", lambda p, t: write_csv(p, t, end="\r\n", every=True)),
    "tsv": ("tsv", lambda p, t: write_csv(p, t, delimiter="\t")),
    "parquet in one row group": ("parquet", of_groups(ROWS)),
    "parquet by 1": ("parquet", of_groups(1)),
    "parquet by 10": ("parquet", of_groups(10)),
    "parquet of dictionaries": ("parquet", coded),
    "feather": ("feather", lambda p, t: feather.write_feather(pa.table(t), p)),
    "feather in pieces": ("feather", lambda p, t: feather.write_feather(pa.table(t), p, chunksize=13, compression="lz4")),
    "jsonl": ("jsonl", write_jsonl),
}  # fmt: skip


def written(source: Path, out: Path, recipe: dict[str, Any]) -> dict[str, bytes]:
    """The bytes of every array and of the index."""
    lstmprep.window(str(source), output=out, **recipe)
    return {p.name: p.read_bytes() for p in out.iterdir() if p.name != "manifest.json"}


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What the plain CSV gives, read in one block."""
    folder = tmp_path_factory.mktemp("wanted")
    write_csv(folder / "data.csv", TABLE)
    return {name: written(folder / "data.csv", folder / name, recipe) for name, recipe in RECIPES.items()}


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("kind", WRITERS)
def test_arrays_and_index_are_the_same_bytes_whatever_file_holds_the_table(
    kind: str, recipe: str, tmp_path: Path, wanted: dict[str, dict[str, bytes]]
) -> None:
    suffix, write = WRITERS[kind]
    path = tmp_path / f"data.{suffix}"
    write(path, TABLE)

    assert written(path, tmp_path / "out", RECIPES[recipe]) == wanted[recipe]


@pytest.mark.parametrize("size", [64, 100, 1 << 10, 1 << 13])
@pytest.mark.parametrize("kind", ["csv", "csv, everything quoted, CRLF", "parquet by 10", "feather", "jsonl"])
def test_the_size_of_blocks_changes_no_byte(
    kind: str, size: int, tmp_path: Path, wanted: dict[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    suffix, write = WRITERS[kind]
    path = tmp_path / f"data.{suffix}"
    write(path, TABLE)
    monkeypatch.setattr(blocks, "BLOCK", size if suffix != "jsonl" else max(size, 200))
    monkeypatch.setattr(typed, "BATCH", size // 16)

    for name, recipe in RECIPES.items():
        assert written(path, tmp_path / name, recipe) == wanted[name]


@pytest.mark.parametrize("kind", WRITERS)
def test_a_hole_is_a_hole_in_every_format(kind: str, tmp_path: Path) -> None:
    suffix, write = WRITERS[kind]
    path = tmp_path / f"data.{suffix}"
    write(path, HOLES)
    found = lstmprep.window(str(path), **RECIPES["numbers"], missing="drop")

    parts = grouped(pd.DataFrame(HOLES), "site", "t")
    xs, ys = loop(parts, ["temp", "rain", "count", "on"], "temp", 4, 1, 2)
    whole = [i for i, (x, y) in enumerate(zip(xs, ys, strict=True)) if not (np.isnan(x).any() or np.isnan(y).any())]
    assert len(whole) < len(xs)
    np.testing.assert_array_equal(found.X, np.stack([xs[i] for i in whole]))
    np.testing.assert_array_equal(found.y, np.stack([ys[i] for i in whole])[..., None])
    assert found.manifest["missing"]["cells"] == {"rain": sum(v is None for v in HOLES["rain"])}


def grouped(frame: pd.DataFrame, by: str, time: str) -> list[pd.DataFrame]:
    """Sequences in key order, their rows in time order."""
    return [part.sort_values(time, kind="stable") for _, part in frame.groupby(by, sort=True)]


def loop(
    parts: list[pd.DataFrame], features: list[str], target: str, steps: int, stride: int, horizon: int
) -> tuple[list[Any], list[Any]]:
    """Every window of every sequence, and the `horizon` targets that follow it."""
    xs, ys = [], []
    for part in parts:
        values = part[features].to_numpy(np.float64).astype(np.float32)
        answers = part[target].to_numpy(np.float64).astype(np.float32)
        for start in range(0, len(part) - steps - horizon + 1, stride):
            xs.append(values[start : start + steps])
            ys.append(answers[start + steps : start + steps + horizon])
    return xs, ys


def sample(name: str) -> pd.DataFrame:
    """A real table, every number read by float()."""
    with (SAMPLES / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        names, *rows = csv.reader(stream)
    return pd.DataFrame({n: [number_or_text(r[j]) for r in rows] for j, n in enumerate(names)})


def number_or_text(cell: str) -> float | str:
    try:
        return float("nan" if cell in ("", "NA") else cell)
    except ValueError:
        return cell


def test_sunspots_equal_the_plain_loop() -> None:
    frame = sample("sunspots")
    values = frame["SUNACTIVITY"].to_numpy(np.float32)

    found = lstmprep.window(
        SAMPLES / "sunspots.csv", timesteps=10, features="SUNACTIVITY", target="SUNACTIVITY", time="YEAR"
    )

    assert found.X.shape == (len(values) - 10, 10, 1)
    for i in range(len(values) - 10):
        assert found.X[i, :, 0].tolist() == values[i : i + 10].tolist()
        assert found.y[i].tolist() == [values[i + 10]]
    assert [r["target_first_time"] for r in found.index().to_pylist()] == frame["YEAR"].tolist()[10:]


def test_weather_of_three_stations_equals_the_plain_loop() -> None:
    frame = sample("weather_hourly")
    features = ["temp", "dewp", "humid", "wind_speed", "precip", "visib"]
    parts = grouped(frame, "origin", "time_hour")  # ISO times of one zone sort as texts
    xs, ys = loop(parts, features, "temp", 24, 6, 3)
    whole = [i for i, (x, y) in enumerate(zip(xs, ys, strict=True)) if not (np.isnan(x).any() or np.isnan(y).any())]

    found = lstmprep.window(
        SAMPLES / "weather_hourly.csv", timesteps=24, stride=6, horizon=3, features=features, target="temp",
        group_by="origin", time="time_hour", missing="drop",
    )  # fmt: skip

    np.testing.assert_array_equal(found.X, np.stack([xs[i] for i in whole]))
    np.testing.assert_array_equal(found.y[..., 0], np.stack([ys[i] for i in whole]))
    places = [(p["origin"].iloc[0], p.index[s], p.index[s + 23], p.index[s + 24], p.index[s + 26], p["time_hour"].iloc[s + 26])
              for p in parts for s in range(0, len(p) - 26, 6)]  # fmt: skip
    addresses = [
        (r["origin"], r["first_row"], r["last_row"], r["target_first_row"], r["target_last_row"], f"{r['target_last_time']:%Y-%m-%dT%H:%M:%SZ}")
        for r in found.index().to_pylist()
    ]  # fmt: skip
    assert addresses == [places[i] for i in whole]


def test_exercises_of_a_watch_equal_the_plain_loop() -> None:
    frame = sample("watch_exercises")
    features = ["ax", "ay", "az", "wx", "wy", "wz"]
    classes = sorted(frame["label"].unique())
    xs, ys = [], []
    for part in grouped(frame, "series", "step"):
        values = part[features].to_numpy(np.float64).astype(np.float32)
        for start in range(0, len(part) - 49, 25):
            xs.append(values[start : start + 50])
            ys.append(classes.index(part["label"].iloc[start + 49]))

    found = lstmprep.window(
        SAMPLES / "watch_exercises.csv", timesteps=50, stride=25, features=features, label="label", group_by="series", time="step"
    )  # fmt: skip

    assert found.manifest["classes"] == classes
    np.testing.assert_array_equal(found.X, np.stack(xs))
    assert found.y.tolist() == ys


def test_real_tables_give_the_same_bytes_from_csv_and_from_parquet_of_any_row_groups(tmp_path: Path) -> None:
    recipe = {"timesteps": 12, "features": ["temp", "humid"], "target": "temp", "group_by": "origin", "missing": "drop"}
    frame = sample("weather_hourly")
    table = pa.table(
        {n: pa.array(frame[n].tolist(), from_pandas=True) for n in ["origin", "time_hour", "temp", "humid"]}
    )
    wanted = written(SAMPLES / "weather_hourly.csv", tmp_path / "csv", recipe | {"time": "time_hour"})
    for size in (100, 700, 5000):
        parquet.write_table(table, tmp_path / "data.parquet", row_group_size=size)
        assert written(tmp_path / "data.parquet", tmp_path / f"by {size}", recipe | {"time": "time_hour"}) == wanted
