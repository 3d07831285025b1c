"""Where one run writes, and what it may use: no part of the recipe, and nothing that a byte of the output depends on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.records import record
from lstmprep.sizes import bytes_of
from lstmprep.stores import Shelf
from lstmprep.wording import quoted, size_of

ENGINES = ("local", "processes", "dask")
OF_OUTPUTS = ("engine", "scheduler", "scheduler_file", "resume", "fsync")  # of a run that writes
OF_RUNS = ("memory_limit", "workers", *OF_OUTPUTS)

LEAST_MEMORY = 16 << 20
STORES = 16  # at the most that fill at one time: features, targets, times, codes, their copies in order


@record(frozen=True, kw_only=True, eq=False)
class Place:
    """Where one run writes, and how: no part of the recipe.

    Parameters
    ----------
    output : str or None
        A folder, ``.npz``, ``.npy``; None keeps the arrays in memory.
    stream : binary file or None
        Where ``-o -`` goes.
    table : str
        What a lagged table is on the stream: ``csv``, ``parquet`` or ``npy``.
    overwrite, dry_run, fsync : bool
    memory_limit : int or None
        Bytes of rows kept in memory; more stand in files without a name beside the output.
    workers : int or None
        Cores to use; None is as many as help. The output does not depend on it.
    engine : {"local", "processes", "dask"}
        Who writes the arrays. The output does not depend on it either.
    resume : bool
        Keep what is finished when the run ends early, and begin with what an earlier run kept.
    scheduler, scheduler_file : str or None
        Where Dask's scheduler is; without either Dask starts one on this machine.
    """

    output: str | None = None
    stream: Any = None
    table: str = "csv"
    overwrite: bool = False
    dry_run: bool = False
    fsync: bool = False
    memory_limit: int | None = None
    workers: int | None = None
    engine: str = "local"
    resume: bool = False
    scheduler: str | None = None
    scheduler_file: str | None = None

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            guess = did_you_mean(str(self.engine), list(ENGINES))
            raise RecipeError(
                f"--engine {quoted(self.engine)} is not one of its choices",
                fix=f"{guess}The choices are {', '.join(ENGINES)}.",
            )
        if self.memory_limit is not None and self.memory_limit < LEAST_MEMORY:
            raise RecipeError(
                f"--memory-limit {size_of(self.memory_limit)} is too little to read a block of rows",
                fix=f"Give {size_of(LEAST_MEMORY)} or more, or leave it out.",
            )
        if self.workers is not None and self.workers < 1:
            raise RecipeError(f"--workers is {self.workers}", fix="Give the cores to use, 1 or more.")

        if "" in (self.scheduler, self.scheduler_file):
            raise RecipeError("the address of a scheduler is empty", fix="Give one, or leave the option out.")
        given = [f for f, v in (("--scheduler", self.scheduler), ("--scheduler-file", self.scheduler_file)) if v]
        if len(given) > 1:
            raise RecipeError("--scheduler and --scheduler-file are two addresses", fix="Leave one of them out.")
        if given and self.engine != "dask":
            raise RecipeError(
                f"{given[0]} is for --engine dask alone", fix=f"Add --engine dask, or leave {given[0]} out."
            )

    def shelf(self, folder: str | None = None, *, limit: int = 1 << 20) -> Shelf:
        """Where this run keeps its rows: `limit` bytes a store in memory, unless the user says how much there is."""
        if self.memory_limit is not None:
            limit = self.memory_limit // STORES
        return Shelf(limit=limit, folder=folder, workers=self.workers)


def place_asked(output: str | os.PathLike[str] | None, *, overwrite: bool, asked: Mapping[str, Any]) -> Place:
    """The place of a run that Python asks for.

    Parameters
    ----------
    output : path or None
    overwrite : bool
    asked : mapping
        Options of one run by name: ``engine``, ``workers``, ``memory_limit``, ...

    Raises
    ------
    RecipeError
        If one of them has no meaning in memory, or is none of its kind.
    """
    given = {n: v for n, v in asked.items() if v is not None}
    if output is None and (idle := [n for n in OF_OUTPUTS if given.get(n)]):
        raise RecipeError(
            f"--{idle[0].replace('_', '-')} is for an output that is written, and this one stays in memory",
            fix=f"Say where to write it with output=..., or leave {idle[0]} out.",
        )
    for name, kind in (("workers", int), ("resume", bool), ("fsync", bool), ("memory_limit", (int, str))):
        if name in given and (not isinstance(given[name], kind) or (kind is int and isinstance(given[name], bool))):
            raise RecipeError(
                f"--{name.replace('_', '-')} cannot be {quoted(given[name])}", fix="Give it as on the command line."
            )
    if isinstance(limit := given.get("memory_limit"), str):
        given["memory_limit"] = bytes_of(limit, "--memory-limit")
    given |= {n: os.fspath(given[n]) for n in ("scheduler_file",) if n in given}
    return Place(output=None if output is None else os.fspath(output), overwrite=overwrite, **given)
