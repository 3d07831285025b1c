"""Digests of files, over fixed pieces, so that no order of work can change them: xxh3-128, or SHA-256.

file      |---- 64 MiB ----|---- 64 MiB ----|-- rest --|
digest  = hash( hash(piece 0) + hash(piece 1) + ... )
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import xxhash

PIECE = 64 << 20


class Digest:
    """The digest of bytes that arrive in order.

    Parameters
    ----------
    kind : {"xxh3", "sha256", "none"}
        ``none`` looks at no byte.
    piece : int or None
        Bytes of a piece; None is as everywhere.

    Examples
    --------
    >>> d = Digest(); d.update(b"abc"); d.text()[:12]
    'xxh3:f758394'
    >>> d = Digest("none"); d.update(b"abc"); d.text()
    ''
    """

    def __init__(self, kind: str = "xxh3", piece: int | None = None) -> None:
        self.kind = kind
        self._size = piece or PIECE
        self._hash = _hash(kind)
        self._pieces: list[bytes] = []
        self._here: Any = self._hash() if self._hash else None
        self._filled = 0

    def update(self, data: Any) -> None:
        """Take in the next bytes: any contiguous buffer."""
        if self._hash is None:
            return
        left = memoryview(data).cast("B")
        while len(left) >= self._size - self._filled:
            self._here.update(left[: self._size - self._filled])
            left = left[self._size - self._filled :]
            self._pieces.append(self._here.digest())
            self._here, self._filled = self._hash(), 0
        self._here.update(left)
        self._filled += len(left)

    def pieces(self) -> list[bytes]:
        """The digest of each piece so far; nothing when there is none."""
        if self._hash is None:
            return []
        return [*self._pieces, self._here.digest()] if self._filled or not self._pieces else list(self._pieces)

    def text(self) -> str:
        """``xxh3:`` or ``sha256:`` and the hexadecimal digits; nothing when there is none."""
        return joined(self.kind, self.pieces())


def bits_of(texts: Iterable[Any], seed: int) -> bytes:
    """16 bytes of xxh3-128 for each of these bytes, one after the other; another seed gives others.

    Examples
    --------
    >>> len(bits_of([b"a", b"bc"], 7)), bits_of([b"a"], 7) == bits_of([b"a"], 8)
    (32, False)
    """
    return b"".join([xxhash.xxh3_128_digest(text, seed) for text in texts])


def joined(kind: str, pieces: list[bytes]) -> str:
    """The digest of a file from those of its pieces, in order.

    Examples
    --------
    >>> d = Digest(); d.update(b"abc")
    >>> joined("xxh3", d.pieces()) == d.text()
    True
    """
    hashed = _hash(kind)
    return "" if hashed is None else f"{kind}:{hashed(b''.join(pieces)).hexdigest()}"


def _hash(kind: str) -> Any:
    """What hashes pieces of this kind; None hashes none."""
    if kind == "sha256":
        import hashlib

        return hashlib.sha256
    return xxhash.xxh3_128 if kind == "xxh3" else None


def kind_of(text: str) -> str:
    """The kind of a digest that is written down.

    Examples
    --------
    >>> kind_of("sha256:00ff")
    'sha256'
    """
    return text.partition(":")[0]
