"""What a manifest says is trusted until it leads nowhere; then the output is looked at, as `check` would.

    a verb ── TypeError, KeyError, ... ──► is the output what it claims to be?
                                           no: the first thing that is wrong with it, for a person
                                           yes: the error is our own, and is raised as it is

So a damaged or hostile manifest costs the right ones nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from lstmprep.audit.schema import faults, schema
from lstmprep.errors import DataError, LstmprepError, Where

AGAIN = "Write the output again; lstmprep check tells everything that is wrong with it."


P = ParamSpec("P")
R = TypeVar("R")


def trusting(verb: Callable[P, R]) -> Callable[P, R]:
    """A verb whose first argument is an output: what fails because of what the output claims becomes one answer."""

    @wraps(verb)
    def carried_out(*args: P.args, **settings: P.kwargs) -> R:
        try:
            return verb(*args, **settings)
        except (LstmprepError, OSError, ImportError):
            raise
        except Exception as error:
            out = args[0] if args else settings.get("out", settings.get("data"))
            wrong = first_wrong(os.fspath(out)) if isinstance(out, (str, os.PathLike)) else None
            if wrong is None:
                raise
            raise wrong from error

    return carried_out


def require_schema(made: dict[str, Any], path: str) -> None:
    """Refuse a manifest that is not what its JSON Schema says.

    Raises
    ------
    DataError
        Naming the field.
    """
    whole = schema()
    wrong = next(faults(made, whole, whole), None)
    if wrong is not None:
        raise DataError(f"{wrong[0]}: {wrong[1]}", fix=AGAIN, where=Where(file=path))


def first_wrong(out: str) -> LstmprepError | None:
    """The first thing that is wrong with an output; None when nothing is found, or there is none.

    Parameters
    ----------
    out : str
        Folder, ``.npz``, ``.npy`` or manifest.
    """
    from lstmprep.audit.expect import asked
    from lstmprep.audit.findings import Checked
    from lstmprep.audit.output import check_output
    from lstmprep.loaders.files import places

    found = Checked(out)
    try:
        if not places(out)[1].exists():
            return None
        check_output(found, out, asked(None, None), None, None, again=False)
    except LstmprepError as error:
        return error
    except Exception:  # noqa: BLE001 (what failed before is what counts)
        return None
    if found.ok:
        return None
    first = found.findings[0]
    return DataError(f"{first.where}: {first.what}", fix=AGAIN, where=Where(file=out))
