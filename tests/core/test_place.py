"""Where one run writes and what it may use: what means nothing is refused before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstmprep.errors import RecipeError
from lstmprep.place import STORES, Place, place_asked


@pytest.mark.parametrize(
    ("settings", "words", "advice"),
    [
        ({"engine": "proceses"}, "--engine 'proceses' is not one of its choices", "Did you mean 'processes'?"),
        ({"memory_limit": 1 << 20}, "--memory-limit 1.0 MiB is too little to read a block of rows", "16.0 MiB or more"),
        ({"workers": 0}, "--workers is 0", "1 or more"),
        ({"engine": "dask", "scheduler": ""}, "the address of a scheduler is empty", "leave the option out"),
        ({"engine": "dask", "scheduler_file": ""}, "the address of a scheduler is empty", "leave the option out"),
        ({"engine": "dask", "scheduler": "a", "scheduler_file": "b"}, "are two addresses", "Leave one of them out"),
        ({"scheduler": "tcp://h:1"}, "--scheduler is for --engine dask alone", "Add --engine dask"),
        ({"engine": "processes", "scheduler_file": "b"}, "--scheduler-file is for --engine dask alone", "Add --engine"),
    ],
)
def test_a_place_that_means_nothing_is_refused(settings, words, advice):
    with pytest.raises(RecipeError) as refused:
        Place(**settings)

    assert words in str(refused.value) and advice in str(refused.value)


@pytest.mark.parametrize(("limit", "kept"), [(None, 1 << 20), (64 << 20, (64 << 20) // STORES)])
def test_the_memory_that_is_given_is_shared_by_the_stores_of_rows(limit, kept):
    shelf = Place(memory_limit=limit, workers=2).shelf("here")

    assert (shelf.limit, shelf.folder, shelf.workers) == (kept, "here", 2)


@pytest.mark.parametrize("option", ["engine", "scheduler", "scheduler_file", "resume", "fsync"])
def test_what_is_of_written_outputs_has_no_meaning_in_memory(option):
    flag = option.replace("_", "-")
    with pytest.raises(RecipeError, match=f"--{flag} is for an output that is written") as refused:
        place_asked(None, overwrite=False, asked={option: "x"})

    assert f"leave {option} out" in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"workers": True}, "--workers cannot be 'True'"),
        ({"workers": "2"}, "--workers cannot be '2'"),
        ({"resume": "yes"}, "--resume cannot be 'yes'"),
        ({"fsync": 1}, "--fsync cannot be '1'"),
        ({"memory_limit": 0.5}, "--memory-limit cannot be '0.5'"),
    ],
)
def test_a_value_of_another_kind_is_refused(asked, words):
    with pytest.raises(RecipeError, match=words):
        place_asked("out", overwrite=False, asked=asked)


def test_paths_and_sizes_are_read_and_what_is_none_is_not_asked_for():
    place = place_asked(
        Path("out"),
        overwrite=True,
        asked={"engine": "dask", "scheduler_file": Path("s.json"), "memory_limit": "64MiB", "workers": None},
    )

    assert (place.output, place.overwrite, place.memory_limit) == ("out", True, 64 << 20)
    assert (place.engine, place.scheduler_file, place.workers) == ("dask", "s.json", None)
    assert place_asked(None, overwrite=False, asked={"resume": False}).output is None
