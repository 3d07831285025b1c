"""The loaders train an LSTM: Keras 3 (on torch) and PyTorch, with padding masked, weighted and packed (slow).

The oracle for padding is the same sequence without it: what a masked or packed model says of a padded
sample is what it says of the real steps alone.
"""

from __future__ import annotations

import os
import pickle
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


def sunspots(folder: Path, **settings: Any) -> lstmprep.Prepared:
    given: dict[str, Any] = {"time": "YEAR", "target": "SUNACTIVITY", "timesteps": 10} | settings
    return lstmprep.window(SAMPLE_DATA / "sunspots.csv", output=folder / "out", overwrite=True, **given)


# ---------------------------------------------------------------- Keras


def test_keras_learns_from_whole_batches(keras, tmp_path):
    data = sunspots(tmp_path)
    batches = data.keras(batch_size=32, shuffle=True, seed=1)
    model = keras.Sequential([keras.Input(shape=(10, 1)), keras.layers.LSTM(8), keras.layers.Dense(1)])
    model.compile("adam", "mse")

    history = model.fit(batches, epochs=4, verbose=0).history["loss"]

    assert isinstance(batches, keras.utils.PyDataset)
    assert len(batches) == -(-len(data.X) // 32)
    assert history[-1] < history[0]


def test_keras_sees_every_sample_once_an_epoch_in_another_order(keras, tmp_path):
    data = sunspots(tmp_path, dtype="float64")
    batches = data.keras(batch_size=32, shuffle=True, seed=1)
    seen = []
    for _ in range(2):
        seen.append(np.concatenate([batches[i][1][:, 0] for i in range(len(batches))]))
        batches.on_epoch_end()

    assert sorted(seen[0]) == sorted(seen[1]) == sorted(data.y[:, 0])
    assert not np.array_equal(seen[0], seen[1])
    with pytest.raises(IndexError):
        batches[len(batches)]


def test_keras_workers_open_maps_of_their_own(keras, tmp_path):
    batches = sunspots(tmp_path).keras(batch_size=32, workers=2)
    model = keras.Sequential([keras.Input(shape=(10, 1)), keras.layers.LSTM(2), keras.layers.Dense(1)])
    model.compile("adam", "mse")

    model.fit(batches, epochs=2, verbose=0)

    there = pickle.loads(pickle.dumps(batches.part))
    assert isinstance(there.arrays["X"], np.memmap)


@pytest.mark.parametrize("mode", ["per-step", "future"])
def test_keras_leaves_padding_out_of_the_loss(keras, tmp_path, mode):
    """The loss of padded batches is that of the real answers alone, worked out here by hand."""
    data = sunspots(tmp_path, partial=True, target_mode=mode)
    steps = mode == "per-step"
    model = keras.Sequential(
        [keras.Input(shape=(10, 1)), keras.layers.LSTM(3, return_sequences=steps), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse")
    batches = data.keras(batch_size=len(data.X))

    loss = model.evaluate(batches, verbose=0)

    said = model(np.array(data.X)).detach().numpy()
    squares = ((said - data.y) ** 2)[..., 0]
    weights = data.mask if steps else data.mask.any(axis=1)
    # padding adds nothing to the sum; Keras divides by all places, those of padding too
    assert float(loss) == pytest.approx(squares[weights].sum() / squares.size, rel=1e-4)


def test_a_keras_model_with_masking_says_of_padding_what_it_says_without(keras, tmp_path):
    data = sunspots(tmp_path, partial=True, pad_value=-1.0)
    layers = keras.layers
    model = keras.Sequential([keras.Input(shape=(None, 1)), layers.Masking(-1.0), layers.LSTM(6), layers.Dense(1)])

    padded = model(np.array(data.X[:12])).detach().numpy()

    for i, n in enumerate(data.lengths[:12]):
        alone = model(np.array(data.X[i : i + 1, 10 - n :])).detach().numpy()
        assert padded[i] == pytest.approx(alone[0], abs=1e-5)


def test_a_keras_model_with_two_inputs_takes_the_constants_of_a_sequence(keras, tmp_path):
    data = lstmprep.window(
        SAMPLE_DATA / "watch_exercises.csv", group_by="series", time="step", static="subject", label="label", timesteps=50,
        no_overlap=True, output=tmp_path / "out",
    )  # fmt: skip
    steps, constants = keras.Input(shape=(50, 6)), keras.Input(shape=(1,))
    merged = keras.layers.Concatenate()([keras.layers.LSTM(4)(steps), constants])
    model = keras.Model([steps, constants], keras.layers.Dense(7, activation="softmax")(merged))
    model.compile("adam", "sparse_categorical_crossentropy")

    model.fit(data.keras(batch_size=16, inputs=("X", "static")), epochs=1, verbose=0)


# ---------------------------------------------------------------- PyTorch


def test_torch_learns_from_one_gather_a_batch(torch, tmp_path, monkeypatch):
    data = sunspots(tmp_path)
    samples = data.torch()
    taken = []
    real = type(samples.part).take
    monkeypatch.setattr(
        type(samples.part), "take", lambda part, role, which: taken.append(role) or real(part, role, which)
    )
    lstm, head = torch.nn.LSTM(1, 8, batch_first=True), torch.nn.Linear(8, 1)
    trained = torch.optim.Adam([*lstm.parameters(), *head.parameters()], lr=0.05)
    losses = []

    for _ in range(4):
        for x, y in torch.utils.data.DataLoader(samples, batch_size=32, shuffle=True):
            loss = torch.nn.functional.mse_loss(head(lstm(x)[0][:, -1]), y)
            trained.zero_grad()
            loss.backward()
            trained.step()
            losses.append(loss.item())

    assert isinstance(samples, torch.utils.data.Dataset)
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    assert len(taken) == 2 * len(losses), "X and y, once a batch"


def test_torch_items_are_the_samples(torch, tmp_path):
    data = sunspots(tmp_path)
    samples = data.torch()
    x, y = samples[-1]

    assert np.array_equal(x, data.X[-1])
    assert np.array_equal(y, data.y[-1])
    assert len(samples) == len(data.X)
    with pytest.raises(IndexError):
        samples[len(samples)]
    alone = lstmprep.window(np.arange(20.0), timesteps=3).torch()
    assert alone[2].tolist() == [[2], [3], [4]]
    assert next(iter(torch.utils.data.DataLoader(alone, batch_size=4))).shape == (4, 3, 1)


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_torch_workers_open_maps_of_their_own(torch, tmp_path, start):
    data = sunspots(tmp_path)
    loader = torch.utils.data.DataLoader(data.torch(), batch_size=100, num_workers=1, multiprocessing_context=start)

    seen = np.concatenate([y.numpy() for _, y in loader])

    assert np.array_equal(seen, data.y)


@pytest.mark.parametrize("side", ["pre", "post"])
def test_packed_sequences_say_what_unpadded_ones_say(torch, tmp_path, side):
    settings = (
        {"partial": True}
        if side == "pre"
        else {"leftover": "pad", "no_overlap": True, "target": (), "target_mode": "input"}
    )
    data = sunspots(tmp_path, **settings)
    samples = data.torch()
    lstm = torch.nn.LSTM(1, 5, batch_first=True)
    loader = torch.utils.data.DataLoader(samples, batch_size=len(samples), collate_fn=samples.packed)

    packed, *_ = next(iter(loader))
    last = lstm(packed)[1][0][0]

    for i, n in enumerate(data.lengths):
        steps = data.X[i, 10 - n :] if side == "pre" else data.X[i, :n]
        alone = lstm(torch.tensor(np.array(steps))[None])[1][0][0, 0]
        assert torch.allclose(last[i], alone, atol=1e-5)


def test_answers_per_step_are_packed_beside_their_steps(torch, tmp_path):
    data = sunspots(tmp_path, partial=True, target_mode="per-step")
    samples = data.torch()

    x, y = samples.packed([samples[i] for i in range(12)])

    assert torch.equal(x.batch_sizes, y.batch_sizes)
    assert len(x.data) == int(data.lengths[:12].sum())


def test_samples_of_padding_alone_are_not_packed(torch, tmp_path):
    data = sunspots(tmp_path, batch_size=32, batch_remainder="pad")
    samples = data.torch()

    x, y = samples.packed([samples[i] for i in range(len(samples) - 32, len(samples))])

    assert len(y) == int((data.lengths[-32:] > 0).sum()) < 32
    assert int(x.batch_sizes[0]) == len(y)
    with pytest.raises(lstmprep.RecipeError, match="nothing is padded"):
        sunspots(tmp_path).torch().packed([samples[0]])


def test_the_code_of_a_class_is_a_target_as_it_is(torch, tmp_path):
    data = lstmprep.window(
        SAMPLE_DATA / "watch_exercises.csv", group_by="series", time="step", exclude="subject", label="label", timesteps=50,
        no_overlap=True, layout="time-first", output=tmp_path / "out",
    )  # fmt: skip
    x, y = next(iter(torch.utils.data.DataLoader(data.torch(), batch_size=8)))

    assert x.shape == (8, 50, 6)
    torch.nn.functional.cross_entropy(torch.nn.Linear(6, 7)(x[:, -1]), y).backward()


# ---------------------------------------------------------------- JAX and Hugging Face datasets


def test_jax_takes_an_epoch_of_batches(tmp_path):
    import jax
    from jax import numpy as jnp

    data = sunspots(tmp_path)
    step = jax.jit(jax.grad(lambda w, x, y: jnp.mean((x[:, -1] @ w - y) ** 2)))
    w = jnp.zeros((1, 1))

    for x, y in data.jax_batches(batch_size=64, shuffle=True, seed=0, drop=True):
        assert x.shape == (64, 10, 1)
        w -= 1e-4 * step(w, x, y)

    assert float(w[0, 0]) > 0
    assert np.array_equal(np.concatenate([np.asarray(y) for _, y in data.jax_batches(batch_size=50)]), data.y)
    assert len(next(data.jax_batches(batch_size=8, shuffle=True))) == 2


def test_datasets_reads_the_samples_back_as_arrays(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    data = sunspots(tmp_path, timesteps=12)
    files = data.to_hf(tmp_path / "hf")

    found = datasets.Dataset.from_parquet(files["all"], cache_dir=str(tmp_path / "cache")).with_format("numpy")

    assert found[:]["X"].shape == data.X.shape
    assert np.array_equal(found[:]["X"], data.X)
    assert np.array_equal(found[5]["y"], data.y[5])
