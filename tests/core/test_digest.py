"""The digest of a file depends on its bytes alone, however they arrive."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from lstmprep import digest as module
from lstmprep.digest import Digest


def defined(data: bytes, piece: int) -> str:
    """xxh3-128 of the digests of the pieces, in order; no bytes are one empty piece."""
    pieces = [data[i : i + piece] for i in range(0, len(data), piece)] or [b""]
    return "xxh3:" + xxhash.xxh3_128_hexdigest(b"".join(xxhash.xxh3_128_digest(p) for p in pieces))


@given(data=st.binary(max_size=200), piece=st.sampled_from([1, 7, 16, 64 << 20]), cuts=st.lists(st.integers(0, 200)))
def test_the_cuts_in_which_bytes_arrive_change_nothing(data, piece, cuts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE", piece)
        digest = Digest()
        edges = sorted({0, len(data), *(c for c in cuts if c < len(data))})
        for low, high in pairwise(edges):
            digest.update(data[low:high])
        digest.update(b"")

        assert digest.text() == defined(data, piece)
        assert digest.text() == defined(data, piece), "asking does not change it"


@given(values=st.lists(st.integers(-5, 5), max_size=30), piece=st.sampled_from([1, 5, 64 << 20]))
def test_arrays_count_as_their_bytes(values, piece):
    array = np.array(values, np.float32).reshape(-1, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE", piece)
        digest = Digest()
        if array.size:
            digest.update(array)
        digest.update(bytearray(b"end"))

        assert digest.text() == defined(array.tobytes() + b"end", piece)


@given(data=st.binary(max_size=100), piece=st.sampled_from([7, 64 << 20]))
def test_sha_256_is_taken_over_the_same_pieces(data, piece):
    pieces = [data[i : i + piece] for i in range(0, len(data), piece)] or [b""]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE", piece)
        digest = Digest("sha256")
        digest.update(data)

        expected = hashlib.sha256(b"".join(hashlib.sha256(p).digest() for p in pieces)).hexdigest()
        assert digest.text() == f"sha256:{expected}"


def test_a_piece_is_64_mib():
    assert module.PIECE == 64 << 20
