"""Long arrays in files without a name: there is always an answer, with or without room on the disk."""

from __future__ import annotations

import ctypes
import errno
import os
import sys

import numpy as np
import pytest

from lstmprep import scratch

MANY = scratch.MANY


@pytest.mark.parametrize("count", [0, MANY, MANY + 1, 2 * MANY + 3])
def test_numbers_from_0_on_are_the_same_on_the_heap_and_off_it(count):
    assert np.array_equal(scratch.up_to(count), np.arange(count))


@pytest.mark.parametrize("count", [0, 5, MANY + 1, 3 * MANY])
def test_pieces_follow_one_another_and_none_is_larger_than_what_stays_on_the_heap(count):
    asked = []
    starts = np.arange(count) * 3

    found = scratch.made(count, lambda some: asked.append(some) or starts[some])

    assert np.array_equal(found, starts)
    assert [p.start for p in asked] == list(range(0, count, MANY) or [0])
    assert max(p.stop - p.start for p in asked) <= MANY
    assert np.array_equal(scratch.between(starts, starts + 2), np.full(count, 2))


def test_numbers_for_which_a_disk_has_no_room_stay_on_the_heap(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(scratch, "scratch", full)

    assert np.array_equal(scratch.up_to(MANY + 1), np.arange(MANY + 1))


@pytest.mark.parametrize(("ask", "name"), [(scratch.give_back, "malloc_trim"), (scratch.one_heap, "mallopt")])
def test_a_system_without_a_way_to_say_so_keeps_its_heaps(monkeypatch, ask, name):
    asked = []

    class Bare:
        def __getattr__(self, name):
            asked.append(name)
            raise AttributeError(name)

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Bare())
    ask()

    assert asked == [name]


@pytest.fixture
def said(monkeypatch):
    """What the C library is asked for."""
    said = []

    class Library:
        def mallopt(self, *numbers):
            said.append(numbers)

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library())
    return said


def test_one_heap_is_asked_for_in_the_words_of_the_c_library(said):
    """M_ARENA_MAX is -8 in malloc.h."""
    scratch.one_heap()

    assert said == [(-8, 1)]


def test_blocks_are_kept_in_the_words_of_the_c_library(said, monkeypatch):
    """M_TRIM_THRESHOLD is -1, M_MMAP_THRESHOLD -3."""
    for name in [n for n in os.environ if n.startswith(("MALLOC_", "GLIBC_TUNABLES"))]:
        monkeypatch.delenv(name)
    scratch.keep_warm()

    assert said == [(-1, 16 << 20), (-3, 16 << 20)]


@pytest.mark.parametrize("name", ["MALLOC_MMAP_THRESHOLD_", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES"])
def test_what_somebody_has_asked_of_the_c_library_stands(said, monkeypatch, name):
    monkeypatch.setenv(name, "1")
    scratch.keep_warm()

    assert said == []


@pytest.fixture
def few(monkeypatch):
    """Four numbers are many."""
    monkeypatch.setattr(scratch, "MANY", 4)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 9, 13])
def test_sums_and_choices_are_numpys_on_the_heap_and_off_it(few, count):
    values = np.arange(count, dtype=np.int64) * 3 % 7
    flags, places = values % 2 == 1, values[::-1] % max(count, 1)

    assert scratch.summed(values).tolist() == np.cumsum(values).tolist()
    for which in (flags, ~flags, np.ones(count, bool), places, np.append(places, places), slice(2, 7)):
        found = scratch.chosen(values, which)
        assert found.tolist() == values[which].tolist()
        assert found.dtype == values.dtype


def test_long_arrays_are_not_on_the_heap_unless_there_is_no_place_for_them(few, monkeypatch):
    asked = []
    monkeypatch.setattr(scratch, "scratch", lambda rows, *_: asked.append(rows) or np.zeros(rows, np.int64))
    values = np.ones(9, np.int64)
    scratch.ample(4, np.int64)
    scratch.ample(5, np.int64)
    scratch.summed(values)
    scratch.chosen(values, values > 0)
    scratch.chosen(values, np.arange(6))
    scratch.up_to(7)

    assert asked == [5, 9, 9, 6, 7]
    monkeypatch.setattr(scratch, "scratch", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    assert scratch.ample(9, bool).tolist() == [False] * 9


@pytest.mark.parametrize("way", ["quick", "tempfile is here", "no such flag"])
def test_a_file_without_a_name_has_none_whoever_makes_it(monkeypatch, tmp_path, way):
    if way != "tempfile is here":
        monkeypatch.delitem(sys.modules, "tempfile", raising=False)
    if way == "no such flag":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    for folder in (str(tmp_path), None):
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        with scratch.nameless(folder) as file:
            assert file.write(b"rows") == 4
            assert os.fstat(file.fileno()).st_dev == tmp_path.stat().st_dev
            assert list(tmp_path.iterdir()) == []
            assert ("tempfile" in sys.modules) == (way != "quick") or not hasattr(os, "O_TMPFILE")
    with pytest.raises(OSError, match="absent"):
        scratch.nameless(str(tmp_path / "absent"))
