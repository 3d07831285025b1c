"""Which units of an unfinished output are done, for ``--resume``: a line each, written when its bytes stand.

    journal    {"lstmprep": ..., "recipe": {...}, "source": [...], "plan": ...}      what they are units of
               ["X.npy", 0, "9f86...", "60303a..."]                                  file, first piece, digests

What is done is believed only when the bytes have these digests still; another plan is refused.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from lstmprep.errors import DataError, RecipeError, Where
from lstmprep.wording import listed

ANEW = "Give the same as before, or leave --resume out: then it begins anew."


class Journal:
    """The journal of one output.

    Parameters
    ----------
    path : Path
        Made when it is not there.
    about : dict
        What this run would write: JSON with ``recipe``, ``source`` and others.
    place : str
        The output, for messages.

    Raises
    ------
    RecipeError, DataError
        If the journal there is about something else.
    """

    def __init__(self, path: Path, about: dict[str, Any], place: str) -> None:
        about = json.loads(json.dumps(about))
        self._done: dict[tuple[str, int], list[bytes]] = {}
        before, lines = _read(path)
        if before is not None:
            _require_same(before, about, place)
            self._done = {(line[0], line[1]): [bytes.fromhex(d) for d in line[2:]] for line in lines}
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        if before is None:
            os.ftruncate(self._file, 0)
            self._put(about)

    def done(self, file: str, first: int) -> list[bytes] | None:
        """The digests of the pieces of a unit, when it was done."""
        return self._done.get((file, first))

    def add(self, file: str, first: int, pieces: list[bytes]) -> None:
        """A unit is done."""
        self._put([file, first, *(p.hex() for p in pieces)])

    def close(self) -> None:
        """Nothing more will be done."""
        os.close(self._file)

    def _put(self, value: Any) -> None:
        os.write(self._file, f"{json.dumps(value)}\n".encode())


def _read(path: Path) -> tuple[dict[str, Any] | None, list[list[Any]]]:
    """The head and the whole lines of a journal; the last line of a run that was killed may be a part of one."""
    try:
        texts = path.read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        return None, []
    found: list[Any] = []
    for text in texts:
        try:
            found.append(json.loads(text))
        except ValueError:
            break
    whole = all(isinstance(x, list) and len(x) > 2 and isinstance(x[0], str) for x in found[1:])
    return (found[0], found[1:]) if found and isinstance(found[0], dict) and whole else (None, [])


def _require_same(before: dict[str, Any], about: dict[str, Any], place: str) -> None:
    """Refuse to finish one output with the units of another, naming what differs."""
    where = Where(file=place)
    then, now = before.get("recipe", {}), about["recipe"]
    differ = [n for n in {**now, **then} if then.get(n) != now.get(n)]
    if differ:
        said = [f"{_spelt(n, then.get(n))}, and not {_spelt(n, now.get(n))}" for n in differ]
        raise RecipeError(f"--resume: the unfinished output was begun with {'; '.join(said)}", fix=ANEW, where=where)
    if before.get("source") != about["source"]:
        names = [str(s.get("name")) for s in about["source"]]
        raise DataError(
            f"--resume: the unfinished output was begun with other rows than those of {listed(names, 3)}",
            fix=ANEW,
            where=where,
        )
    if before != about:
        raise RecipeError(
            "--resume: the unfinished output was begun by another version, or from another output",
            fix=ANEW,
            where=where,
        )


def _spelt(name: str, value: Any) -> str:
    flag = f"--{name.replace('_', '-')}"
    if value is None or value is False or value == []:
        return f"no {flag}"
    if value is True:
        return flag
    return f"{flag} {','.join(map(str, value)) if isinstance(value, list) else value}"
