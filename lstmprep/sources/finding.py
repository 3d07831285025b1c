"""The files that a command line names: files, globs, folders of Parquet, standard input."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from lstmprep.errors import RecipeError, StorageError, Where, did_you_mean
from lstmprep.sources.files import SUFFIXES, InputFile
from lstmprep.urls import is_url, name_in
from lstmprep.wording import listed, natural, quoted, shown


def find_inputs(inputs: Sequence[str]) -> list[InputFile]:
    """The files that these arguments name: files, globs, folders of Parquet, ``-``.

    Raises
    ------
    StorageError
        If one of them names nothing.
    """
    found: list[tuple[str, str]] = []
    for given in inputs:
        if given == "-":
            found.append(("-", "-"))
        elif is_url(given):
            found.append((given, name_in(given)))
        elif os.path.isdir(given):
            found += _folder(given)
        elif os.path.lexists(given):
            found.append((given, os.path.basename(given)))
        elif any(c in given for c in "*?["):
            found += _glob(given)
        else:
            raise _not_found(given)
    paths = [p if p == "-" or is_url(p) else os.path.realpath(p) for p, _ in found]
    for i, path in enumerate(paths):
        if path in paths[:i]:
            raise RecipeError(f"the input {quoted(found[i][1])} is given twice", fix="Name each file once.")
    names = _unique_names(found)
    return [InputFile(path, name, _parent(path)) for (path, _), name in zip(found, names, strict=True)]


def _parent(path: str) -> str:
    """The name of the folder that a file lies in, as its path says: links are not followed."""
    return "" if path == "-" or is_url(path) else os.path.basename(os.path.dirname(os.path.abspath(path)))


def _require_no_output(given: str) -> None:
    """Refuse an output of ours where a table is asked for: its index and its arrays would read as one."""
    place = os.path.join(given, "manifest.json")
    try:
        with open(place, encoding="utf-8", errors="replace") as stream:
            ours = '"manifest_version"' in stream.read(4096)
    except OSError:
        return
    if ours:
        name = shown(os.path.normpath(given), 200)
        raise RecipeError(
            "this is an output of lstmprep, and a table is asked for",
            fix=f"Look at it with lstmprep show {name}; new rows are prepared like it with lstmprep apply {name} NEW.csv.",
            where=Where(file=given),
        )


def _folder(given: str) -> list[tuple[str, str]]:
    _require_no_output(given)
    parts = sorted(
        (
            p
            for p in Path(given).rglob("*")
            if p.is_file() and not any(q.startswith((".", "_")) for q in p.relative_to(given).parts)
        ),
        key=lambda p: natural(str(p)),
    )
    tables = [p for p in parts if SUFFIXES.get(p.suffix.lower()) == "parquet"]
    if not tables:
        readable = [p.suffix for p in parts if p.suffix.lower() in SUFFIXES]
        common = max(readable, key=readable.count) if readable else ""
        raise StorageError(
            "the folder holds no Parquet files",
            fix=f"Name its files with a glob, for example {quoted(os.path.join(given, '*' + common))}."
            if readable
            else "Give a file, or a folder that holds .parquet files.",
            where=Where(file=os.path.basename(os.path.normpath(given))),
        )
    base = os.path.basename(os.path.normpath(os.path.abspath(given)))
    return [(str(p), f"{base}/{p.relative_to(given).as_posix()}") for p in tables]


def _glob(given: str) -> list[tuple[str, str]]:
    import glob

    hits = sorted((p for p in glob.glob(given, recursive=True) if os.path.isfile(p)), key=natural)
    if not hits:
        raise StorageError(f"no file matches {quoted(given)}", fix="Check the pattern and the folder you are in.")
    return [(p, os.path.basename(p)) for p in hits]


def _not_found(given: str) -> StorageError:
    folder = os.path.dirname(given) or "."
    try:
        near = did_you_mean(os.path.basename(given), sorted(os.listdir(folder))[:5000])
        known = near or f"The folder {quoted(folder)} has no file of that name."
    except OSError:
        known = f"There is no folder {quoted(folder)}."
    return StorageError("no such file", fix=known.strip(), where=Where(file=given))


def _unique_names(found: list[tuple[str, str]]) -> list[str]:
    """Base names, or paths below the common folder where base names repeat."""
    names = [n for _, n in found]
    if len(set(names)) == len(names):
        return names
    full = [os.path.abspath(p) for p, _ in found]  # of a URL too: what is unlike in it comes last
    common = os.path.commonpath([os.path.dirname(p) for p in full])
    short = [os.path.relpath(p, common).replace(os.sep, "/") for p in full]
    if len(set(short)) < len(short):
        raise RecipeError(f"inputs share one name: {listed(names)}", fix="Name each file once.")
    return short


def require_inputs(paths: Sequence[str]) -> None:
    """Refuse a plain path that names nothing, before anything else is looked at."""
    for path in paths:
        if path != "-" and not is_url(path) and not os.path.lexists(path) and not any(c in path for c in "*?["):
            raise _not_found(path)
