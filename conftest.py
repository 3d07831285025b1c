"""The switch of the golden cases, here so that pytest knows it wherever it is started."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """``pytest tests/test_golden.py --update-golden`` writes the cases anew; read them before you keep them."""
    parser.addoption("--update-golden", action="store_true", help="write the golden cases anew")
