"""Inputs that a URL names: fetched once, kept in a file without a name, then read like any other.

The network is used for nothing else. fsspec does the fetching (the extra ``remote``): http, https, s3, gs, ...,
each with its own library. ``file://`` needs none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from lstmprep.errors import LstmprepError, RecipeError, StorageError, Where
from lstmprep.wording import quoted, shown

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(path: str) -> bool:
    """Whether an input is a URL, no path.

    Examples
    --------
    >>> is_url("https://example.org/a.csv"), is_url("c:/a.csv"), is_url("data/a.csv")
    (True, False, False)
    """
    return _URL.match(path) is not None


def name_in(url: str) -> str:
    """The name of the file a URL names: never the host, a password or a query.

    Examples
    --------
    >>> name_in("https://user:secret@example.org/data/a%20b.csv?token=1")
    'a b.csv'
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        path = ""
    return os.path.basename(unquote(path).rstrip("/")) or "remote"


@contextmanager
def remote(url: str, name: str) -> Iterator[Any]:
    """The bytes behind a URL.

    Raises
    ------
    RecipeError
        If nothing installed can fetch it.
    StorageError
        If it cannot be fetched.
    """
    where = Where(file=name)
    scheme = url.partition("://")[0].lower()
    try:
        with _opened(url, scheme, where) as stream:
            yield stream
    except LstmprepError:
        raise
    except ImportError as error:
        raise RecipeError(
            f"{quoted(scheme)} URLs need a library that is not installed: {shown(_plain(error), 120)}",
            fix="Install it, or download the file and give its path.",
            where=where,
        ) from None
    except Exception as error:  # every library behind fsspec has errors of its own
        raise StorageError(
            f"the URL cannot be fetched: {shown(_plain(error), 160)}",
            fix="Check the address and the network, or download the file and give its path.",
            where=where,
        ) from error


def _opened(url: str, scheme: str, where: Where) -> Any:
    if scheme == "file":
        from urllib.request import url2pathname  # brings mail, sockets and encryption with it

        return open(url2pathname(urlsplit(url).path), "rb")
    try:
        import fsspec
    except ImportError:
        raise RecipeError(
            "the input is a URL, and fsspec, which fetches it, is not installed",
            fix="Install it: pip install 'lstmprep[remote]'. Or download the file and give its path.",
            where=where,
        ) from None
    if scheme not in fsspec.available_protocols():
        raise RecipeError(
            f"there is no way to fetch {quoted(scheme + '://')}",
            fix="Use http, https, s3, gs, ... or a path.",
            where=where,
        )
    return fsspec.open(url, "rb")


def _plain(error: BaseException) -> str:
    """The reason in one line, addresses with a password left out."""
    text = " ".join(str(error).split()) or type(error).__name__
    return re.sub(r"//[^/\s@]*@", "//", text)
