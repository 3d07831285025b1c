"""Where one run writes, and what it may use: no part of the recipe, and nothing that a byte of the output depends on."""

from __future__ import annotations

from typing import Any

from lstmprep.errors import RecipeError
from lstmprep.panel import Shelf
from lstmprep.records import record
from lstmprep.wording import size_of

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
        if self.memory_limit is not None and self.memory_limit < LEAST_MEMORY:
            raise RecipeError(
                f"--memory-limit {size_of(self.memory_limit)} is too little to read a block of rows",
                fix=f"Give {size_of(LEAST_MEMORY)} or more, or leave it out.",
            )
        if self.workers is not None and self.workers < 1:
            raise RecipeError(f"--workers is {self.workers}", fix="Give the cores to use, 1 or more.")

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
