"""What is written trains an LSTM: Keras 3 (on torch) and PyTorch take the arrays as they are loaded.

Layers are built from the hints of the manifest, so that a wrong hint fails here. Warnings are
errors, as in every test: an array that makes a framework grumble fails too.
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lstmprep

pytestmark = pytest.mark.slow

SAMPLE_DATA = Path(__file__).parents[1] / "sample_data"


@pytest.fixture(scope="module")
def keras() -> Any:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    keras.utils.set_random_seed(1)
    return keras


@pytest.fixture
def torch() -> Any:
    import torch

    torch.manual_seed(1)
    return torch


def keras_shape(data: lstmprep.Prepared) -> tuple[int, ...]:
    """``(10, 1)`` out of ``Input(shape=(10, 1))``."""
    return ast.literal_eval(re.search(r"Input\(shape=(\(.*?\))\)", data.manifest["hints"]["keras"]).group(1))


def torch_layer(torch: Any, data: lstmprep.Prepared, hidden: int) -> Any:
    """The LSTM that the hint names."""
    hint = re.fullmatch(r"nn\.LSTM\(input_size=(\d+), batch_first=(True|False)\)", data.manifest["hints"]["torch"])
    return torch.nn.LSTM(int(hint.group(1)), hidden, batch_first=hint.group(2) == "True")


def table(path: Path, rows: int = 60, columns: str = "ab") -> str:
    """A key of three sequences, a time, and waves."""
    lines = [",".join(["site", "t", *columns])]
    for i in range(rows):
        waves = [f"{np.sin(i / 5 + j):.4f}" for j in range(len(columns))]
        lines.append(",".join(["xyz"[i * 3 // rows], str(i), *waves]))
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def sunspots(folder: Path, **settings: Any) -> lstmprep.Prepared:
    """Ten years and the one after them, written and opened again."""
    given: dict[str, Any] = {"time": "YEAR", "target": "SUNACTIVITY", "timesteps": 10} | settings
    return lstmprep.window(SAMPLE_DATA / "sunspots.csv", output=folder / "out", **given)


def exercises(folder: Path, **settings: Any) -> lstmprep.Prepared:
    """Blocks of 50 steps and which exercise it was."""
    given: dict[str, Any] = {"group_by": "series", "time": "step", "exclude": "subject", "label": "label"}
    return lstmprep.window(
        SAMPLE_DATA / "watch_exercises.csv", timesteps=50, no_overlap=True, output=folder / "out", **given, **settings
    )


# ---------------------------------------------------------------- Keras


def test_keras_learns_from_memory_maps_as_they_are(keras, tmp_path):
    data = sunspots(tmp_path)
    assert isinstance(data.X, np.memmap)
    model = keras.Sequential(
        [keras.Input(shape=keras_shape(data)), keras.layers.LSTM(8), keras.layers.Dense(data.y.shape[1])]
    )
    model.compile("adam", "mse")

    history = model.fit(data.X, data.y, epochs=4, batch_size=32, verbose=0).history["loss"]

    assert np.isfinite(history).all()
    assert history[-1] < history[0]
    assert tuple(model(np.array(data.X[:7])).shape) == data.y[:7].shape


@pytest.mark.parametrize("one_hot", [False, True], ids=["codes", "one hot"])
def test_keras_learns_classes(keras, tmp_path, one_hot):
    data = exercises(tmp_path, one_hot=one_hot)
    units = int(re.search(r"Dense\((\d+)\)", data.manifest["hints"]["keras"]).group(1))
    model = keras.Sequential(
        [keras.Input(shape=keras_shape(data)), keras.layers.LSTM(8), keras.layers.Dense(units, activation="softmax")]
    )
    model.compile("adam", "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy")

    history = model.fit(data.X, data.y, epochs=4, batch_size=16, verbose=0).history["loss"]

    assert units == len(data.manifest["classes"]) == 7
    assert np.isfinite(history).all()
    assert history[-1] < history[0]


def test_keras_learns_a_sequence_to_sequence_target(keras, tmp_path):
    data = sunspots(tmp_path, target_mode="per-step")
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input(shape=keras_shape(data)), layers.LSTM(4, return_sequences=True), layers.Dense(1)]
    )
    model.compile("adam", "mse")

    model.fit(data.X, data.y, epochs=1, verbose=0)

    assert model.output_shape[1:] == data.y.shape[1:]


def test_keras_masks_the_padded_steps_of_growing_windows(keras, tmp_path):
    data = lstmprep.window(
        table(tmp_path / "d.csv"), timesteps=6, group_by="site", time="t", partial=True, pad_value=-9, output=tmp_path / "out"
    )  # fmt: skip
    layer = keras.layers.LSTM(5)

    masked = np.asarray(layer(np.array(data.X), mask=np.array(data.mask)).detach())

    assert set(data.lengths.tolist()) == {1, 2, 3, 4, 5, 6}
    for sample in range(8):
        real = np.array(data.X[sample : sample + 1][:, data.mask[sample]])
        assert np.allclose(masked[sample], np.asarray(layer(real).detach())[0], atol=1e-6)


@pytest.mark.parametrize("layout", ["batch-first", "convlstm"])
def test_keras_takes_subsequences(keras, tmp_path, layout):
    data = sunspots(tmp_path, timesteps=12, subsequences=3, layout=layout)
    layers = keras.layers
    inner = {
        "batch-first": [layers.TimeDistributed(layers.Conv1D(3, 2)), layers.TimeDistributed(layers.Flatten())],
        "convlstm": [layers.ConvLSTM2D(3, (1, 2), return_sequences=True), layers.TimeDistributed(layers.Flatten())],
    }[layout]
    model = keras.Sequential([keras.Input(shape=keras_shape(data)), *inner, layers.LSTM(4), layers.Dense(1)])
    model.compile("adam", "mse")

    model.fit(data.X, data.y, epochs=1, batch_size=64, verbose=0)

    assert tuple(model(np.array(data.X[:5])).shape) == (5, 1)


def test_keras_takes_an_autoencoder_whose_answer_is_its_input(keras, tmp_path):
    data = sunspots(tmp_path, target=(), features="SUNACTIVITY", target_mode="input")
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input(shape=keras_shape(data)), layers.LSTM(4), layers.RepeatVector(10), layers.LSTM(1, return_sequences=True)]
    )  # fmt: skip
    model.compile("adam", "mse")

    model.fit(data.X, data.y, epochs=1, verbose=0)

    assert model.output_shape[1:] == data.y.shape[1:]


# ---------------------------------------------------------------- PyTorch


def train(torch: Any, layer: Any, batches: Any, loss: Any, outputs: int) -> list[float]:
    """A few steps; the loss of each epoch."""
    head = torch.nn.Linear(layer.hidden_size, outputs)
    optimizer = torch.optim.Adam([*layer.parameters(), *head.parameters()], lr=0.01)
    axis = 1 if layer.batch_first else 0
    losses = []
    for _ in range(4):
        total = 0.0
        for x, y in batches:
            optimizer.zero_grad()
            steps, _ = layer(x)
            error = loss(head(steps.select(axis, -1)), y)
            error.backward()
            optimizer.step()
            total += error.item()
        losses.append(total)
    return losses


def test_torch_learns_from_memory_maps_as_they_are(torch, tmp_path):
    """y is (samples, 1) like the output of the layer: MSELoss would warn of anything else."""
    data = sunspots(tmp_path)
    pairs = torch.utils.data.TensorDataset(torch.from_numpy(data.X), torch.from_numpy(data.y))
    batches = torch.utils.data.DataLoader(pairs, batch_size=32, shuffle=True)

    losses = train(torch, torch_layer(torch, data, 8), batches, torch.nn.MSELoss(), 1)

    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]


def test_training_leaves_the_files_as_they_were(torch, tmp_path):
    data = sunspots(tmp_path)
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    assert data.X.flags.writeable, "torch does not look, and the process would end here"
    x = torch.from_numpy(data.X)

    x -= x.mean()

    assert float(x.mean()) == pytest.approx(0, abs=1e-3)
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


def test_torch_learns_classes_from_codes(torch, tmp_path):
    data = exercises(tmp_path)
    batches = [(torch.from_numpy(np.array(data.X)), torch.from_numpy(np.array(data.y)))]

    losses = train(torch, torch_layer(torch, data, 8), batches, torch.nn.CrossEntropyLoss(), 7)

    assert losses[-1] < losses[0]


def test_torch_takes_time_first_where_the_hint_says_so(torch, tmp_path):
    data = sunspots(tmp_path, layout="time-first")
    layer = torch_layer(torch, data, 8)
    batches = [(torch.from_numpy(np.array(data.X)), torch.from_numpy(np.array(data.y)))]

    losses = train(torch, layer, batches, torch.nn.MSELoss(), 1)

    assert not layer.batch_first
    assert losses[-1] < losses[0]


def test_torch_convolves_channels_first(torch, tmp_path):
    data = exercises(tmp_path, layout="channels-first")
    channels = re.fullmatch(r"nn\.Conv1d\(in_channels=(\d+), \.\.\.\)", data.manifest["hints"]["torch"]).group(1)

    made = torch.nn.Conv1d(int(channels), 4, 5)(torch.from_numpy(np.array(data.X)))

    assert made.shape == (len(data.y), 4, 46)


def test_torch_packs_padded_windows_by_their_lengths(torch, tmp_path):
    data = lstmprep.window(
        table(tmp_path / "d.csv"), timesteps=7, group_by="site", time="t", no_overlap=True, leftover="pad", output=tmp_path / "out"
    )  # fmt: skip
    layer = torch_layer(torch, data, 5)
    x, lengths = torch.from_numpy(np.array(data.X)), torch.from_numpy(np.array(data.lengths))

    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    _, (last, _) = layer(packed)

    assert sorted(set(data.lengths.tolist())) == [6, 7]
    for sample, length in enumerate(data.lengths):
        _, (alone, _) = layer(x[sample : sample + 1, : int(length)])
        assert torch.allclose(last[0, sample], alone[0, 0], atol=1e-6)


@pytest.mark.parametrize("group_by", [(), ("site",)], ids=["one sequence in lanes", "a sequence per lane"])
def test_a_stateful_batch_continues_the_batch_before_it(torch, tmp_path, group_by):
    """The state handed on from batch to batch ends where one pass over the whole lane ends."""
    source = table(tmp_path / "d.csv")
    data = lstmprep.window(
        source, features="a,b", timesteps=5, time="t", group_by=group_by, no_overlap=True, batch_size=3, stateful=True
    )  # fmt: skip
    layer = torch_layer(torch, data, 4)
    rows = torch.from_numpy(np.loadtxt(source, delimiter=",", skiprows=1, usecols=(2, 3), dtype=np.float32))

    state = None
    for batch in torch.from_numpy(data.X).split(3):
        _, state = layer(batch, state)
    _, whole = layer(rows.reshape(3, 20, 2))

    assert data.X.shape == (12, 5, 2)
    assert torch.allclose(state[0], whole[0], atol=1e-6)


def test_arrays_of_an_npz_train_as_well(torch, tmp_path):
    lstmprep.window(
        SAMPLE_DATA / "sunspots.csv", time="YEAR", target="SUNACTIVITY", timesteps=10, output=tmp_path / "o.npz"
    )
    data = lstmprep.load(tmp_path / "o.npz")

    losses = train(
        torch,
        torch_layer(torch, data, 8),
        [(torch.from_numpy(data.X), torch.from_numpy(data.y))],
        torch.nn.MSELoss(),
        1,
    )

    assert losses[-1] < losses[0]
