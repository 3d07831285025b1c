"""`pad` gives what `keras.utils.pad_sequences` gives: the documented examples as numbers, and the function itself where it is installed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.cli import run

# the examples of its documentation in the order they stand there: (how keras is called, our options, what it prints)
SEQUENCE = [[1], [2, 3], [4, 5, 6]]
DOCUMENTED: dict[str, tuple[dict[str, Any], list[str], list[list[int]]]] = {
    "plain": ({}, [], [[0, 0, 1], [0, 2, 3], [4, 5, 6]]),
    "value": ({"value": -1}, ["--pad-value", "-1"], [[-1, -1, 1], [-1, 2, 3], [4, 5, 6]]),
    "post": ({"padding": "post"}, ["--padding", "post"], [[1, 0, 0], [2, 3, 0], [4, 5, 6]]),
    "maxlen": ({"maxlen": 2}, ["--timesteps", "2"], [[0, 1], [2, 3], [5, 6]]),
}
DEFAULTS = ["--padding", "pre", "--truncating", "pre"]  # those of keras


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same sequences as ids in a cell, and as rows of a key."""
    monkeypatch.chdir(tmp_path)
    Path("ids.csv").write_text("ids\n" + "".join(" ".join(map(str, s)) + "\n" for s in SEQUENCE))
    Path("rows.csv").write_text("key,v\n" + "".join(f"{k},{v}\n" for k, s in enumerate(SEQUENCE) for v in s))


@pytest.mark.parametrize("example", DOCUMENTED)
def test_a_documented_example_is_one_command(rows, example):
    _, options, expected = DOCUMENTED[example]

    assert run(["pad", "ids.csv", "--tokens", "ids", *DEFAULTS, *options, "-o", "ids", "-q"]) == 0
    assert run(["pad", "rows.csv", "--group-by", "key", "-f", "v", *DEFAULTS, *options, "-o", "rows", "-q"]) == 0

    ids, floats = np.load("ids/X.npy"), np.load("rows/X.npy")
    assert (ids.dtype, ids.tolist()) == (np.int32, expected)
    assert (floats.dtype, floats[..., 0].tolist()) == (np.float32, expected)


@pytest.mark.slow
@pytest.mark.parametrize("example", DOCUMENTED)
def test_keras_prints_what_stands_above(example):
    keras_options, _, expected = DOCUMENTED[example]

    assert pad_sequences()(SEQUENCE, **keras_options).tolist() == expected


@pytest.mark.slow
@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("length", [1, 3, 7, 20])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_whatever_the_lengths_the_two_agree(padding, truncating, length, dtype):
    random = np.random.default_rng([length, len(padding), len(truncating)])
    series = [random.normal(size=(n, 2)) for n in random.integers(1, 10, 40)]
    how = {"padding": padding, "truncating": truncating}

    made = lstmprep.pad(
        pa.table({"k": np.repeat(np.arange(40), [len(s) for s in series]), **dict(zip("ab", np.concatenate(series).T, strict=True))}),
        group_by="k", timesteps=length, pad_value=-0.5, dtype=dtype, **how,
    )  # fmt: skip

    wanted = pad_sequences()(series, maxlen=length, value=-0.5, dtype=dtype, **how)
    assert made.X.tobytes() == wanted.tobytes()
    assert made.X.shape == wanted.shape


def pad_sequences() -> Any:
    """The function itself."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    from keras.utils import pad_sequences as found

    return found
