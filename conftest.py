"""The switch of the golden cases and the signals of the tests, here so that pytest knows them wherever it is started."""

from __future__ import annotations

import signal

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """``pytest tests/test_golden.py --update-golden`` writes the cases anew; read them before you keep them."""
    parser.addoption("--update-golden", action="store_true", help="write the golden cases anew")


def pytest_configure() -> None:
    """A job in the background ignores Ctrl-C and hands that on; programs that the tests start are to hear it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
