"""docs/troubleshooting.md speaks of the errors that frameworks really raise: each message is provoked here."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PAGE = Path(__file__).parents[1] / "docs" / "troubleshooting.md"


def messages_of(heading: str) -> list[str]:
    """The first cells of the table below a heading."""
    part = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return [m.strip() for m in re.findall(r"^\| `{1,2}(.+?)`{1,2} \|", part, re.MULTILINE)]


def said(faults: Iterator[Callable[[], Any]]) -> list[str]:
    """What each fault raises, warnings included."""
    out = []
    for fault in faults:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(Exception, match=r"\S") as caught:
                fault()
        out.append(str(caught.value))
    return out


def assert_each_is_said(heading: str, heard: list[str]) -> None:
    shown = messages_of(heading)

    assert len(shown) >= 3
    assert [m for m in shown if not any(m in text for text in heard)] == []


def test_messages_of_numpy_are_those_of_the_page():
    assert_each_is_said(
        "From NumPy and pandas",
        said(
            iter(
                [
                    lambda: np.zeros(309).reshape(10, 1),
                    lambda: np.array([[1, 2], [3]]),
                    lambda: np.array(["a"]).astype(float),
                ]
            )
        ),
    )


@pytest.mark.slow
def test_messages_of_keras_are_those_of_the_page():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    def fit(loss: str, units: int, X: tuple[int, ...], y: Any) -> Callable[[], Any]:
        def run() -> None:
            model = keras.Sequential([keras.Input((10, 1)), keras.layers.LSTM(4), keras.layers.Dense(units)])
            model.compile("adam", loss)
            model.fit(np.zeros(X, "float32"), y, verbose=0)

        return run

    def built(*shape: int, stateful: bool = False) -> Callable[[], Any]:
        return lambda: keras.Sequential([keras.Input(shape), keras.layers.LSTM(4, stateful=stateful)])

    assert_each_is_said(
        "From Keras",
        said(
            iter(
                [
                    built(10),
                    built(2, 5, 1),
                    built(10, 1, stateful=True),
                    fit("mse", 1, (1, 10, 1), np.zeros(21)),
                    fit("mse", 1, (32, 1, 10), np.zeros(32)),
                    fit("categorical_crossentropy", 7, (32, 10, 1), np.zeros(32)),
                    fit("sparse_categorical_crossentropy", 7, (32, 10, 1), np.zeros((32, 7))),
                    fit("sparse_categorical_crossentropy", 3, (32, 10, 1), np.full(32, 7)),
                ]
            )
        ),
    )


@pytest.mark.slow
def test_messages_of_pytorch_are_those_of_the_page():
    import torch
    from torch.nn.functional import cross_entropy, mse_loss
    from torch.nn.utils.rnn import pack_padded_sequence

    def lstm(features: int, X: Any, state: Any = None) -> Callable[[], Any]:
        return lambda: torch.nn.LSTM(features, 4, batch_first=True)(X, state)

    def classes(y: Any) -> Callable[[], Any]:
        return lambda: cross_entropy(torch.zeros(32, 7), y)

    def packed(lengths: list[int], *, ordered: bool) -> Callable[[], Any]:
        X = torch.zeros(2, 5, 1)
        return lambda: pack_padded_sequence(X, torch.tensor(lengths), batch_first=True, enforce_sorted=ordered)

    state = torch.zeros(1, 1, 4)
    assert_each_is_said(
        "From PyTorch",
        said(
            iter(
                [
                    lstm(10, torch.zeros(2, 10, 1)),
                    lstm(1, torch.zeros(10, 1), (state, state)),
                    lstm(1, torch.zeros(2, 10, 1, dtype=torch.float64)),
                    lambda: mse_loss(torch.zeros(32, 1), torch.zeros(32)),
                    classes(torch.zeros(32, 1, dtype=torch.long)),
                    classes(torch.zeros(32, 7, dtype=torch.long)),
                    packed([3, 0], ordered=False),
                    packed([3, 5], ordered=True),
                ]
            )
        ),
    )
