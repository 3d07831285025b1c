"""The first layers that are named take the arrays that are written."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import lstmprep

IDS = pa.table({"ids": [[3, 4], [5]]})
ROWS = pa.table({"k": ["a", "a", "b"], "v": [1.0, 2.0, 3.0], "w": [1.0, 5.0, 2.0], "c": ["x", "y", "x"]})


@pytest.mark.parametrize(
    ("settings", "keras", "torch"),
    [
        ({}, "Input(shape=(2,)), Embedding(6, ..., mask_zero=True)", "nn.Embedding(6, ..., padding_idx=0)"),
        ({"pad_value": 9}, "Input(shape=(2,)), Embedding(10, ...)", "nn.Embedding(10, ..., padding_idx=9)"),
        ({"pad_value": -1}, "Input(shape=(2,)), Embedding(6, ...)", "nn.Embedding(6, ...)"),
        ({"keep_feature_axis": True}, "X[..., 0] into Input(shape=(2,)), Embedding(6, ..., mask_zero=True)", "X[..., 0] into nn.Embedding(6, ..., padding_idx=0)"),
        ({"ragged": True}, "Embedding(6, ...), one sample at a time", "nn.EmbeddingBag(6, ...)"),
        ({"bucket": "exact"}, "Input(shape=(None,)), Embedding(6, ..., mask_zero=True)", "nn.Embedding(6, ..., padding_idx=0)"),
    ],
)  # fmt: skip
def test_ids_of_tokens_go_into_an_embedding_that_holds_them_all(settings: dict[str, Any], keras: str, torch: str):
    assert lstmprep.pad(IDS, tokens="ids", **settings).manifest["hints"] == {"keras": keras, "torch": torch}


@pytest.mark.parametrize(
    ("settings", "keras", "torch"),
    [
        ({}, "Input(shape=(2, 2)), Masking(0)", "pack_padded_sequence(X, lengths, batch_first=True, enforce_sorted=False) into nn.LSTM(input_size=2, batch_first=True)"),
        ({"pad_value": float("nan")}, "Input(shape=(2, 2))", "pack_padded_sequence(X, lengths, batch_first=True, enforce_sorted=False) into nn.LSTM(input_size=2, batch_first=True)"),
        ({"padding": "pre", "pad_value": -1, "label": "c", "label_at": "last"}, "Input(shape=(2, 2)), Masking(-1), Dense(2)", "nn.LSTM(input_size=2, batch_first=True)"),
        ({"ragged": True}, "Input(shape=(None, 2)), one sample at a time", "pack_sequence(np.split(values, row_splits[1:-1])) into nn.LSTM(input_size=2, batch_first=True)"),
    ],
)  # fmt: skip
def test_sequences_of_unequal_length_are_masked_or_packed(settings: dict[str, Any], keras: str, torch: str):
    made = lstmprep.pad(ROWS, group_by="k", features="v,w", **settings)

    assert made.manifest["hints"] == {"keras": keras, "torch": torch}


@pytest.mark.parametrize(
    ("settings", "keras", "torch"),
    [
        ({"layout": "time-first"}, "takes the samples first: X.swapaxes(0, 1)", "nn.LSTM(input_size=2, batch_first=False)"),
        ({"layout": "channels-first"}, "Input(shape=(2, 2))", "nn.Conv1d(in_channels=2, ...)"),
        ({"layout": "flat"}, "Input(shape=(4,))", "nn.Linear(in_features=4, ...)"),
        ({"subsequences": 2}, "Input(shape=(2, 1, 2)), TimeDistributed", "X.flatten(0, 1) for nn.LSTM(input_size=2, batch_first=True)"),
        ({"subsequences": 2, "layout": "convlstm"}, "Input(shape=(2, 1, 1, 2)), ConvLSTM2D", "X.flatten(1, 3) for nn.LSTM(input_size=2, batch_first=True)"),
        ({"label": "c"}, "Input(shape=(2, 2)), Dense(2)", "nn.LSTM(input_size=2, batch_first=True)"),
    ],
)  # fmt: skip
def test_every_layout_has_its_layer(settings: dict[str, Any], keras: str, torch: str):
    made = lstmprep.window(ROWS, features="v,w", timesteps=2, **settings)

    assert made.manifest["hints"] == {"keras": keras, "torch": torch}


def test_a_lagged_table_goes_into_a_dense_layer():
    made = lstmprep.lag(ROWS.select(["v", "w"]), lags="1-2")

    assert made.manifest["hints"] == {"keras": "Input(shape=(4,))", "torch": "nn.Linear(in_features=4, ...)"}
