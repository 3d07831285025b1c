"""The files that a command line names: files, globs, folders of Parquet, standard input."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from lstmprep.errors import RecipeError, StorageError, Where, did_you_mean
from lstmprep.remote import Folder
from lstmprep.sources.files import SUFFIXES, InputFile
from lstmprep.urls import bare, is_folder, is_url, name_in, path_in, scheme_of
from lstmprep.wording import listed, natural_file, quoted, shown


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
            found += _behind(given)
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
        key=lambda p: natural_file(str(p)),
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


def _behind(url: str) -> list[tuple[str, str]]:
    """The files that a URL names: one, those of a folder (``.../``), or those that a pattern matches."""
    path = url.partition("?")[0]
    stars = path.find("*")
    if stars < 0 and not is_folder(url):
        return [(url, name_in(url))]
    cut = len(path) if stars < 0 else path.rfind("/", 0, stars) + 1
    if scheme_of(url) in ("file", "http", "https"):
        raise RecipeError(
            f"{quoted(scheme_of(url) + '://')} tells nobody what a folder holds",
            fix="Name each file.",
            where=Where(file=bare(url)),
        )
    folder = Folder(path[:cut] + url[len(path) :])
    names = sorted(
        (n for n in folder.files() if not any(p.startswith((".", "_")) for p in n.split("/"))), key=natural_file
    )
    if stars >= 0:
        pattern = PurePosixPath(path[cut:])
        hits = [PurePosixPath(n) for n in names]
        hits = [n for n in hits if len(n.parts) == len(pattern.parts) and n.match(str(pattern))]
        found = [(folder.url_of(str(n)), n.name) for n in hits]
    else:
        base = name_in(url)
        found = [
            (folder.url_of(n), f"{base}/{n}")
            for n in names
            if SUFFIXES.get(os.path.splitext(n)[1].lower()) == "parquet"
        ]
    if not found:
        raise StorageError(
            "nothing there matches" if stars >= 0 else "the folder holds no Parquet files",
            fix="Check the address, or name each file.",
            where=Where(file=bare(url)),
        )
    return found


def _glob(given: str) -> list[tuple[str, str]]:
    import glob

    hits = sorted((p for p in glob.glob(given, recursive=True) if os.path.isfile(p)), key=natural_file)
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
    full = [path_in(p) if is_url(p) else os.path.abspath(p) for p, _ in found]
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
