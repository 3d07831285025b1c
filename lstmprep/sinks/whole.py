"""Bytes to a file, all of them: a file without a buffer may take a part of what it is given, as on a disk that is nearly full.

    data  |=========|=====          write() took so many: the rest is given again, until the disk says no

Libraries that are handed a stream (Parquet, zip) never look at how many it took.
"""

from __future__ import annotations

from typing import Any


def put(stream: Any, data: Any) -> int:
    """Write every byte; how many there were.

    Parameters
    ----------
    stream : file without a buffer, or anything that has ``write``
    data : bytes, memoryview or any buffer

    Raises
    ------
    OSError
        What the stream raises when it takes no more.

    Examples
    --------
    >>> import io
    >>> out = io.BytesIO()
    >>> put(out, b"all of it"), out.getvalue()
    (9, b'all of it')
    """
    left = memoryview(data)
    size = left.nbytes
    if size:
        left = left.cast("B")
    while len(left):
        left = left[stream.write(left) or 0 :]
    return size


class Whole:
    """A file without a buffer that takes every byte, or raises.

    Parameters
    ----------
    file : file without a buffer
    """

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, data: Any) -> int:
        """All of the bytes."""
        return put(self._file, data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
