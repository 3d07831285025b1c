"""A framing command on one table, as Python calls it: keywords -> recipe -> run -> arrays by name."""

from __future__ import annotations

import os
from numbers import Integral
from typing import Any

from lstmprep.commands import settings_of_command
from lstmprep.elsewhere import setting_meant
from lstmprep.errors import RecipeError
from lstmprep.loaders.arrays import Prepared, load, with_views
from lstmprep.place import OF_RUNS, place_asked
from lstmprep.recipe import from_flat
from lstmprep.run import Progress, index_of, run, table_of
from lstmprep.wording import listed, quoted


def framed(
    command: str,
    data: Any,
    settings: dict[str, Any],
    output: str | os.PathLike[str] | None,
    *,
    overwrite: bool,
    progress: Progress | None,
) -> Prepared:
    """A framing command on one table, in memory or written and opened."""
    kinds = {s.name: s.kind for s in settings_of_command(command)}
    names = [*kinds, *OF_RUNS]
    for name, value in settings.items():
        if kinds.get(name) == "list" and isinstance(value, Integral) and not isinstance(value, bool):
            settings = {**settings, name: [str(value)]}  # a column of a frame may be called 1
        if name not in names:
            raise RecipeError(
                f"{command}() has no setting {quoted(name)}",
                fix=f"{setting_meant(name, names)}The settings are {listed(names, 80)}.",
            )
    recipe = from_flat({n: v for n, v in settings.items() if n not in OF_RUNS}, command=command)
    asked = {n: v for n, v in settings.items() if n in OF_RUNS}
    done = run(data, recipe, place_asked(output, overwrite=overwrite, asked=asked), progress)
    if output is not None:
        return load(output)
    assert done.arrays is not None
    if recipe.framing.tabular:
        return Prepared(done.manifest, done.arrays, None, lambda: table_of(done.plan))
    return Prepared(done.manifest, with_views(done.manifest, done.arrays), lambda: index_of(done.plan, done.read))
