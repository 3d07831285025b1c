"""Formats of outputs: the library that one needs."""

from __future__ import annotations

import sys

import pytest

from lstmprep.errors import RecipeError
from lstmprep.formats import required


def test_the_library_of_a_format_is_given():
    import h5py

    assert required("hdf5") is h5py


@pytest.mark.parametrize(("to", "library"), [("hdf5", "h5py"), ("zarr", "zarr")])
def test_a_library_that_is_not_installed_is_named_with_its_extra(monkeypatch, to, library):
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(RecipeError, match=f"the format {to} needs the library {library}, which is not installed") as no:
        required(to)

    assert f"pip install 'lstmprep[{to}]'" in str(no.value)
