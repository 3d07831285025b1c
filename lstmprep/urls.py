"""URLs as texts: what is one, what it names, and how it may be told. Asks no network.

Hosts, users, passwords and queries stand in no message and no manifest.
"""

from __future__ import annotations

import os
import re

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(path: str) -> bool:
    """Whether a text is a URL, no path.

    Examples
    --------
    >>> is_url("https://example.org/a.csv"), is_url("c:/a.csv"), is_url("data/a.csv")
    (True, False, False)
    """
    return _URL.match(path) is not None


def is_away(path: str) -> bool:
    """Whether a URL names a place that is none of this machine.

    Examples
    --------
    >>> is_away("s3://bucket/out"), is_away("file:///data/out"), is_away("out")
    (True, False, False)
    """
    return is_url(path) and scheme_of(path) != "file"


def scheme_of(url: str) -> str:
    """``s3``, ``https``, ..."""
    return url.partition("://")[0].lower()


def name_in(url: str) -> str:
    """The name of the file a URL names: never the host, a password or a query.

    Examples
    --------
    >>> name_in("https://user:secret@example.org/data/a%20b.csv?token=1")
    'a b.csv'
    """
    return os.path.basename(path_in(url)) or "remote"


def path_in(url: str) -> str:
    """The path of the file a URL names, without the host.

    Examples
    --------
    >>> path_in("https://user:secret@example.org/data/a%20b.csv?token=1")
    '/data/a b.csv'
    """
    from urllib.parse import unquote, urlsplit  # brings IP addresses, and few inputs are URLs

    try:
        path = urlsplit(url).path
    except ValueError:
        path = ""
    return "/" + unquote(path).strip("/")


def called(place: str) -> str:
    """The name of a file or folder, without what is above it.

    Examples
    --------
    >>> called("runs/out/"), called("s3://key:secret@bucket/runs/out/?region=x")
    ('out', 'out')
    """
    return name_in(place) if is_url(place) else os.path.basename(os.path.normpath(place))


def bare(place: str) -> str:
    """A place as it may be told: a URL without user, password and query, a path as it is.

    Examples
    --------
    >>> bare("s3://key:sec/ret@bucket/runs/out/?region=x"), bare("runs/out/")
    ('s3://bucket/runs/out', 'runs/out/')
    """
    if not is_url(place):
        return place
    scheme, _, rest = place.partition("://")
    rest = re.split(r"[?#]", rest, maxsplit=1)[0].rstrip("/")
    user = re.match(r"[^/]*@|[^/:@]*:(?!\d+(/|$)).*@", rest)
    return f"{scheme}://{rest[user.end() :] if user else rest}"


def below(url: str, name: str) -> str:
    """The URL of a file in a folder; what stands behind the path stays there.

    Examples
    --------
    >>> below("s3://bucket/data/?region=x", "a/b.csv")
    's3://bucket/data/a/b.csv?region=x'
    """
    path, mark, query = url.partition("?")
    return f"{path.rstrip('/')}/{name}{mark}{query}"


def is_folder(path: str) -> bool:
    """Whether a URL ends like a folder.

    Examples
    --------
    >>> is_folder("s3://bucket/data/?region=x"), is_folder("s3://bucket/data"), is_folder("data/")
    (True, False, False)
    """
    return is_url(path) and path.partition("?")[0].endswith("/")


def local_path(url: str) -> str:
    """The path that a ``file://`` URL names."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname  # brings mail, sockets and encryption with it

    return url2pathname(urlsplit(url).path)
