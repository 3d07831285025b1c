"""The rooms that `make cover` leaves out, as patterns: those that meet files and people.

    python tests/gate.py        lstmprep/cli/*,lstmprep/cli.py,...

They are the layers of `pyproject.toml` down to the sources, but for `execute`, and of the rooms below the one that speaks Arrow and
those that speak to other processes and machines.
Every other room is the core, the moment it has its place in the layers: each of its branches is taken by a test of the core.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

OTHERS = ("engines", "remote")
PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def edges() -> list[str]:
    """Rooms that are not gated."""
    contracts = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    rooms = [[room.strip().removeprefix("lstmprep.") for room in line.split("|")] for line in layers]
    last = next(i for i, line in enumerate(rooms) if "sources" in line)
    above = [room for line in rooms[: last + 1] for room in line if room != "execute"]
    return ["__main__", *above, "arrow", *OTHERS]


if __name__ == "__main__":
    sys.stdout.write(",".join(f"lstmprep/{room}{end}" for room in edges() for end in (".py", "/*")))
