"""Long arrays in files without a name: there is always an answer, with or without room on the disk."""

from __future__ import annotations

import ctypes
import errno

import numpy as np
import pytest

from lstmprep import scratch

MANY = scratch.MANY


@pytest.mark.parametrize("count", [0, MANY, MANY + 1, 2 * MANY + 3])
def test_numbers_from_0_on_are_the_same_on_the_heap_and_off_it(count):
    assert np.array_equal(scratch.up_to(count), np.arange(count))


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


def test_one_heap_is_asked_for_in_the_words_of_the_c_library(monkeypatch):
    """M_ARENA_MAX is -8 in malloc.h."""
    said = []

    class Library:
        def mallopt(self, *numbers):
            said.append(numbers)

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library())
    scratch.one_heap()

    assert said == [(-8, 1)]
