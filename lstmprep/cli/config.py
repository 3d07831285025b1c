"""``--show-config``: the value of every setting, and where it came from.

timesteps  24        command line
group_by   origin    recipe forecast.toml
stride     1         default
"""

from __future__ import annotations

from typing import Any

import click

from lstmprep.cli.pages import show, table
from lstmprep.serde import Setting
from lstmprep.urls import bare
from lstmprep.wording import place_of, shown

_WORDS = {
    click.core.ParameterSource.COMMANDLINE: "command line",
    click.core.ParameterSource.ENVIRONMENT: "environment",
}


def show_config(
    ctx: click.Context, settings: list[Setting], given: dict[str, Any], read: dict[str, Any], path: str
) -> None:
    """Print every setting with its value and its source: flags win over the environment, that over the recipe.

    Parameters
    ----------
    ctx : click.Context
    settings : list of Setting
    given : dict
        Settings of the command line and the environment.
    read : dict
        Settings of the recipe.
    path : str
        Its file.
    """
    rows = []
    for setting in settings:
        if setting.name in given:
            source = ctx.get_parameter_source(setting.name)
            word = _WORDS.get(source, "command line") if source is not None else "command line"
            if word == "environment":
                word = f"environment LSTMPREP_{ctx.info_name}_{setting.name}".upper().replace(
                    "ENVIRONMENT", "environment", 1
                )
            rows.append([setting.name, _text(given[setting.name]), word])
        elif setting.name in read:
            rows.append([setting.name, _text(read[setting.name]), f"recipe {place_of(path)}"])
        else:
            rows.append([setting.name, _text(setting.default), "default"])
    show(*table(rows, right=set()))


def _text(value: Any) -> str:
    if value in (None, ()):
        return "-"
    if isinstance(value, (list, tuple)):
        return shown(",".join(bare(str(v)) for v in value))
    return shown({True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else bare(str(value)))
