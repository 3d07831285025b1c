"""Digests of files: xxh3-128 over fixed pieces, so that no order of work can change them.

file      |---- 64 MiB ----|---- 64 MiB ----|-- rest --|
digest  = xxh3-128( xxh3-128(piece 0) + xxh3-128(piece 1) + ... )
"""

from __future__ import annotations

from typing import Any

import xxhash

PIECE = 64 << 20


class Digest:
    """The digest of bytes that arrive in order.

    Examples
    --------
    >>> d = Digest(); d.update(b"abc"); d.text()[:12]
    'xxh3:f758394'
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._here = xxhash.xxh3_128()
        self._filled = 0

    def update(self, data: Any) -> None:
        """Take in the next bytes: any contiguous buffer."""
        left = memoryview(data).cast("B")
        while len(left) >= PIECE - self._filled:
            self._here.update(left[: PIECE - self._filled])
            left = left[PIECE - self._filled :]
            self._pieces.append(self._here.digest())
            self._here, self._filled = xxhash.xxh3_128(), 0
        self._here.update(left)
        self._filled += len(left)

    def text(self) -> str:
        """``xxh3:`` and 32 hexadecimal digits."""
        pieces = [*self._pieces, self._here.digest()] if self._filled or not self._pieces else self._pieces
        return "xxh3:" + xxhash.xxh3_128(b"".join(pieces)).hexdigest()
