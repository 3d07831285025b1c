"""Tables to tensors ``[samples, timesteps, features]``, right, fast, and on record.

The public names are loaded on first use, so that ``import lstmprep`` is quick.

Examples
--------
>>> import lstmprep
>>> import numpy as np
>>> data = lstmprep.window(np.arange(10.0)[:, None], timesteps=3, target="c0")
>>> data.X.shape, data.y.shape
((7, 3, 1), (7, 1))
"""

from __future__ import annotations

TYPE_CHECKING = False  # what typing says, without its price: --version is answered in a fifth of its time

__version__ = "0.1.0"

_HOMES = {
    "window": "lstmprep.api",
    "inspect": "lstmprep.api",
    "lag": "lstmprep.api",
    "reshape": "lstmprep.api",
    "pad": "lstmprep.api",
    "load": "lstmprep.api",
    "plot": "lstmprep.api",
    "report": "lstmprep.api",
    "apply": "lstmprep.outputs",
    "check": "lstmprep.outputs",
    "convert": "lstmprep.converting.verb",
    "invert": "lstmprep.outputs",
    "Checked": "lstmprep.audit.findings",
    "Prepared": "lstmprep.loaders.arrays",
    "LstmprepError": "lstmprep.errors",
    "RecipeError": "lstmprep.errors",
    "DataError": "lstmprep.errors",
    "StorageError": "lstmprep.errors",
}
__all__ = [
    "Checked",
    "DataError",
    "LstmprepError",
    "Prepared",
    "RecipeError",
    "StorageError",
    "__version__",
    "apply",
    "check",
    "convert",
    "inspect",
    "invert",
    "lag",
    "load",
    "pad",
    "plot",
    "report",
    "reshape",
    "window",
]

if TYPE_CHECKING:
    from typing import Any

    from lstmprep.api import apply, check, convert, inspect, invert, lag, load, pad, plot, report, reshape, window
    from lstmprep.audit.findings import Checked
    from lstmprep.errors import DataError, LstmprepError, RecipeError, StorageError
    from lstmprep.loaders.arrays import Prepared


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lstmprep' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
