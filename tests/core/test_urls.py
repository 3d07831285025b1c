"""URLs as texts."""

from __future__ import annotations

from lstmprep.urls import local_path, name_in, path_in


def test_a_url_that_is_none_has_no_path_and_a_name_that_tells_nothing():
    assert path_in("https://user:secret@[example.org/a.csv") == "/"
    assert name_in("https://user:secret@[example.org/a.csv") == "remote"


def test_a_file_url_names_a_path_of_this_machine():
    assert local_path("file:///data/a%20b.csv") == "/data/a b.csv"
