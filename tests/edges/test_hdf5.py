"""HDF5: which dataset is the table, and what a file may not make us read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import lstmprep
from lstmprep.errors import LstmprepError, RecipeError

TABLE = np.arange(12.0).reshape(6, 2)


def stored(folder: Path, **datasets: Any) -> Path:
    with h5py.File(folder / "d.h5", "w") as store:
        for name, data in datasets.items():
            store[name.replace("__", "/")] = data
    return folder / "d.h5"


def refusal(path: Path, **settings: Any) -> LstmprepError:
    with pytest.raises(LstmprepError) as refused:
        lstmprep.window(path, timesteps=1, **settings)
    assert len(str(refused.value).splitlines()) == 2
    assert str(refused.value).startswith(path.name)
    return refused.value


def test_the_only_table_needs_no_name(tmp_path: Path) -> None:
    path = stored(tmp_path, run__x=TABLE, run__note="text", version=3, cube=np.zeros((2, 2, 2)))

    assert lstmprep.window(path, timesteps=1).X[:, 0].tolist() == TABLE.tolist()
    assert lstmprep.window(path, timesteps=1, dataset="/run/x").manifest["feature_names"] == ["c0", "c1"]


def test_of_several_one_must_be_named(tmp_path: Path) -> None:
    path = stored(tmp_path, a=TABLE, b__c=np.arange(3))

    refused = refusal(path)
    assert isinstance(refused, RecipeError)
    assert "2 datasets: 'a (6 x 2)', 'b/c (3)'" in str(refused)
    assert "--dataset a" in refused.fix
    assert "Did you mean 'b/c'?" in refusal(path, dataset="b/d").fix
    assert lstmprep.window(path, timesteps=1, dataset="b/c").X.ravel().tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["?", "i1", ">u2", "f2", ">f8"])
def test_every_kind_of_number_is_the_number_it_is(tmp_path: Path, kind: str) -> None:
    path = stored(tmp_path, x=(TABLE % 2).astype(kind))

    assert lstmprep.window(path, timesteps=1).X[:, 0].tolist() == (TABLE % 2).tolist()


def test_a_table_of_pytables_is_read_by_its_fields(tmp_path: Path) -> None:
    rows = np.zeros(4, [("index", "i8"), ("values_block_0", "f8", (2,)), ("who", "S3")])
    rows["index"], rows["values_block_0"], rows["who"] = (
        [3, 2, 1, 0],
        [[k, -k] for k in range(4)],
        [b"a", b"a", b"b", b"b"],
    )
    path = stored(tmp_path, key__table=rows)
    data = lstmprep.window(path, timesteps=2, time="index", group_by="who")

    assert data.manifest["feature_names"] == ["values_block_0_0", "values_block_0_1"]
    assert data.X[..., 0].tolist() == [[1, 0], [3, 2]]


@pytest.mark.parametrize(
    ("datasets", "said"),
    [
        ({"note": "text"}, "no dataset of numbers"),
        ({}, "no dataset of numbers"),
        ({"cube": np.zeros((2, 2, 2))}, "no dataset of numbers"),
        ({"x": np.zeros((0, 3))}, "no rows"),
        ({"x": np.zeros(3, [("a", "f8"), ("z", complex)])}, "field 'z' holds complex128"),
    ],
)
def test_what_is_no_table_is_answered(tmp_path: Path, datasets: dict[str, Any], said: str) -> None:
    assert said in str(refusal(stored(tmp_path, **datasets)))


def test_lists_of_any_length_are_never_unpickled(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "d.h5", "w") as store:
        store.create_dataset("x", (2,), np.dtype([("a", "f8"), ("v", h5py.vlen_dtype(np.int32))]))

    assert "never unpickled" in str(refusal(tmp_path / "d.h5"))


def test_numbers_that_lie_in_other_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(np.arange(6.0).tobytes())
    stored(tmp_path, x=TABLE).rename(tmp_path / "other.h5")
    with h5py.File(tmp_path / "d.h5", "w") as store:
        store.create_dataset("x", (6,), "f8", external=[(str(tmp_path / "secret.bin"), 0, 48)])
        store["link"] = h5py.ExternalLink("other.h5", "x")
    with h5py.File(tmp_path / "v.h5", "w") as store:
        layout = h5py.VirtualLayout((6, 2), "f8")
        layout[:] = h5py.VirtualSource("other.h5", "x", (6, 2))
        store.create_virtual_dataset("x", layout)

    assert "lie in other files" in str(refusal(tmp_path / "d.h5"))
    assert "there is no dataset 'link'" in str(refusal(tmp_path / "d.h5", dataset="link"))
    assert "lie in other files" in str(refusal(tmp_path / "v.h5"))


@pytest.mark.parametrize("cut", [8, 100, 1000, -1])
def test_a_damaged_file_is_answered(tmp_path: Path, cut: int) -> None:
    path = stored(tmp_path, x=np.random.default_rng(0).normal(size=(500, 4)))
    path.write_bytes(path.read_bytes()[:cut])

    assert "HDF5" in str(refusal(path))


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(tmp_path, x=TABLE)
    monkeypatch.setitem(sys.modules, "h5py", None)

    refused = refusal(path)
    assert refused.exit_code == 2
    assert "pip install 'lstmprep[hdf5]'" in refused.fix


def test_a_file_called_so_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "d.h5").write_text("a,b\n1,2\n")

    assert "not a valid HDF5 file" in str(refusal(tmp_path / "d.h5"))
    stored(tmp_path, x=TABLE)
    assert "an HDF5 file" in str(refusal(tmp_path / "d.h5", input_format="csv"))


def test_a_dataset_of_a_table_that_has_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")

    assert "--dataset belongs to HDF5" in str(refusal(tmp_path / "d.csv", dataset="x"))
