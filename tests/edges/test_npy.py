"""Arrays as tables: every kind of number, every order in memory, and files that lie about what they hold."""

from __future__ import annotations

import io
import pickle
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, LstmprepError
from lstmprep.parts import Reading
from lstmprep.sources import array as grids
from lstmprep.sources import arrow as typed
from lstmprep.sources import open_source


def saved(folder: Path, array: Any, name: str = "a.npy") -> str:
    np.save(folder / name, array, allow_pickle=True)
    return str(folder / name)


def header(text: str, data: bytes = b"", version: int = 1) -> bytes:
    """A .npy file whose header is this text."""
    raw = text.encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(raw)) + raw + data


def refusal(path: Path, **settings: Any) -> LstmprepError:
    with pytest.raises(LstmprepError) as refused:
        lstmprep.window(path, timesteps=1, **settings)
    assert len(str(refused.value).splitlines()) == 2
    assert str(refused.value).startswith(path.name)
    return refused.value


KINDS = ["?", "i1", "u1", "<i2", ">i2", "<u4", ">i8", "u8", "f2", "<f4", ">f4", "f8", ">f8", "g"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["C", "F", "1-D"])
def test_every_kind_of_number_in_every_order_is_the_number_it_is(tmp_path: Path, kind: str, order: str) -> None:
    values = np.arange(12).reshape(6, 2) % 2 if kind == "?" else np.arange(12).reshape(6, 2)
    array = values[:, 0].astype(kind) if order == "1-D" else np.array(values.astype(kind), order=order)  # type: ignore[call-overload]
    expected = array.reshape(6, -1).astype(float).tolist()

    for data in (saved(tmp_path, array), array, np.load(saved(tmp_path, array), mmap_mode="r")):
        assert lstmprep.window(data, timesteps=1).X[:, 0].tolist() == expected


@given(
    rows=st.integers(1, 40),
    width=st.integers(1, 5),
    batch=st.integers(1, 50),
    chosen=st.sets(st.integers(0, 4), min_size=1),
    order=st.sampled_from("CF"),
)
def test_blocks_of_any_size_add_up_to_the_array(
    tmp_path_factory: pytest.TempPathFactory, rows: int, width: int, batch: int, chosen: set[int], order: str
) -> None:
    array = np.arange(rows * width, dtype=np.int64).reshape(rows, width)
    path = saved(tmp_path_factory.getbasetemp(), np.array(array, order=order))
    columns = sorted(c for c in chosen if c < width) or [0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typed, "BATCH", batch)
        found = lstmprep.window(path, timesteps=1, features=[f"c{c}" for c in columns])

    assert found.X[:, 0].tolist() == array[:, columns].tolist()


def test_a_block_is_bounded_in_bytes_however_wide_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grids, "PIECE", 1000)

    assert grids.Grid((50, 10), np.dtype("f8")).step == 12
    assert grids.Grid((50, 1000), np.dtype("f8")).step == 1
    assert grids.Grid((50,), np.dtype("f4")).step == 250


def test_npy_and_csv_of_one_table_give_the_same_bytes(tmp_path: Path) -> None:
    array = np.random.default_rng(3).normal(size=(50, 3))
    text = "c0,c1,c2\n" + "".join(",".join(map(repr, row)) + "\n" for row in array.tolist())
    (tmp_path / "a.csv").write_text(text)
    one = lstmprep.window(saved(tmp_path, array), timesteps=4, target="c2")
    two = lstmprep.window(tmp_path / "a.csv", timesteps=4, target="c2")

    assert one.X.tobytes() == two.X.tobytes()
    assert one.y.tobytes() == two.y.tobytes()


def test_a_hole_in_an_array_is_a_missing_value_with_its_place(tmp_path: Path) -> None:
    path = saved(tmp_path, np.array([[1.0, 2.0], [3.0, np.nan]]))

    with pytest.raises(DataError, match=r"a.npy, row 2, column c1: 1 missing value"):
        lstmprep.window(path, timesteps=1)
    assert lstmprep.window(path, timesteps=1, missing="drop").X.tolist() == [[[1, 2]]]


def test_whole_numbers_that_the_output_does_not_hold_are_said(tmp_path: Path) -> None:
    data = lstmprep.window(saved(tmp_path, np.array([1, 2**53 + 1, 5], np.uint64)), timesteps=1, dtype="float64")

    assert "precision" in [n["code"] for n in data.manifest["notes"]]


def test_several_arrays_are_parts_of_one_or_sequences(tmp_path: Path) -> None:
    paths = [saved(tmp_path, np.array([[k, k + 0.5]] * k), f"w{k}.npy") for k in (10, 2, 3)]
    table = lstmprep.window(paths, timesteps=1, file_as="table")
    sequences = lstmprep.window(paths, timesteps=2, file_as="sequence")

    assert table.X[:, 0, 0].tolist() == [2] * 2 + [3] * 3 + [10] * 10
    assert sequences.index()["file"].to_pylist() == ["w2"] + ["w3"] * 2 + ["w10"] * 9
    with pytest.raises(DataError, match=r"w4.npy: the file also has c2; w2.npy has c0, c1"):
        lstmprep.window([paths[1], saved(tmp_path, np.zeros((2, 3)), "w4.npy")], timesteps=1, file_as="table")


def test_an_array_in_memory_is_not_changed(tmp_path: Path) -> None:
    array = np.arange(10.0)
    array.flags.writeable = False

    lstmprep.window(array, timesteps=2)
    assert array.tolist() == list(range(10))


# ---- fields ----


def records(**kinds: str) -> Any:
    return np.zeros(3, list(kinds.items()))


def test_fields_are_columns_by_name_and_rows_within_them_are_numbered(tmp_path: Path) -> None:
    array = np.zeros(3, [("k", "U2"), ("when", "M8[h]"), ("v", "f4", (2,)), ("ok", "?"), ("raw", "S3")])
    array["k"] = ["b", "a", "é"]
    array["when"] = np.array(["2020-01-02T05", "2020-01-01", "2020-01-03"], "M8[h]")
    array["v"] = [[3, 4], [1, 2], [5, 6]]
    array["ok"], array["raw"] = [True, False, True], [b"x", b"", b"xyz"]
    path = saved(tmp_path, array)
    data = lstmprep.window(path, timesteps=3, time="when")

    assert data.manifest["feature_names"] == ["v_0", "v_1", "ok"]
    assert data.X[0].tolist() == [[1, 2, 0], [3, 4, 1], [5, 6, 1]]
    assert lstmprep.window(path, timesteps=1, group_by="k").index()["k"].to_pylist() == ["a", "b", "é"]
    assert lstmprep.window(path, timesteps=1, label="raw", features="v_0", missing="drop").manifest["classes"] == [
        "x",
        "xyz",
    ]


@pytest.mark.parametrize("unit", ["Y", "M", "D", "h", "m", "s", "ms", "us", "ns"])
def test_times_of_every_unit_are_instants(tmp_path: Path, unit: str) -> None:
    array = np.zeros(2, [("t", f"M8[{unit}]"), ("v", "f8")])
    array["t"], array["v"] = np.array(["2021", "2020"], f"M8[{unit}]"), [2, 1]

    assert lstmprep.window(saved(tmp_path, array), timesteps=2, time="t").X.ravel().tolist() == [1, 2]


def test_a_time_that_is_none_is_missing(tmp_path: Path) -> None:
    array = np.zeros(2, [("t", "M8[s]"), ("v", "f8")])
    array["t"][1] = "NaT"
    saved(tmp_path, array)

    assert "the time is missing" in str(refusal(tmp_path / "a.npy", time="t"))


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array(3.5), "single number"),
        (np.zeros((2, 3, 4)), r"3 axes \(2 x 3 x 4\).*reshape\(-1, 4\)"),
        (np.zeros((1, 1, 1, 1)), "4 axes"),
        (np.zeros((0, 3)), "no rows"),
        (np.zeros(0), "no rows"),
        (np.zeros((3, 0)), "no columns"),
        (np.zeros(3, complex), "complex128.*real and imaginary"),
        (np.zeros(3, "m8[s]"), "timedelta64"),
        (np.zeros(3, "V4"), "V4"),
        (np.array([1, "x", None], object), "Python objects, which are never unpickled"),
        (np.array(None, object), "never unpickled"),
        (records(a="f8", b="O"), "never unpickled"),
        (np.zeros(2, [("a", "f8", (2, 2))]), "field 'a' holds 2 axes"),
        (np.zeros(2, [("a", "c8")]), "field 'a' holds complex64"),
        (np.zeros((2, 2), [("a", "f8")]), "2 axes"),
        (np.zeros(2, [("a", "f8", (2,)), ("a_0", "f8")]), "two columns are called 'a_0'"),
    ],
)
def test_what_is_no_table_of_numbers_is_answered(tmp_path: Path, array: Any, said: str) -> None:
    saved(tmp_path, array)

    assert re.search(said, " ".join(str(refusal(tmp_path / "a.npy")).split()))


def test_texts_that_are_no_utf8_are_refused(tmp_path: Path) -> None:
    saved(tmp_path, np.array([(1.0, b"\xff\xfe")], [("v", "f8"), ("k", "S2")]))

    assert "not UTF-8" in str(refusal(tmp_path / "a.npy", group_by="k"))


# ---- files that lie ----


class Bomb:
    """What it would do, were it ever unpickled."""

    def __reduce__(self) -> Any:
        return (_unpickled, ())


def _unpickled() -> None:
    raise AssertionError("the pickle was loaded")


def whole(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


HUGE = "9" * 5000
HOSTILE = {
    "a pickle inside": header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", pickle.dumps(Bomb())),
    "a pickle with the magic": b"\x93NUMPY\x01\x00" + pickle.dumps(Bomb()),
    "code": header("__import__('os').system('true')"),
    "code in the shape": header("{'descr': '<f8', 'fortran_order': False, 'shape': (len('ab'),)}"),
    "nested": header("(" * 50_000),
    "signs": header("{'descr': '<f8', 'fortran_order': False, 'shape': (" + "-" * 60_000 + "1,)}"),
    "deep lists": header("[" * 90 + "]" * 90),
    "huge number": header("{'descr': '<f8', 'fortran_order': False, 'shape': (" + HUGE + ",)}"),
    "huge shape": header("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904)}"),
    "large shape": header("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387903, 4611686018427387903)}"),
    "rows of nothing": header("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4611686018427387903)}"),
    "empty elements": header("{'descr': '|V0', 'fortran_order': False, 'shape': (1, 1152921504606846976)}"),
    "negative": header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}"),
    "truth as length": header("{'descr': '<f8', 'fortran_order': False, 'shape': (True,)}", bytes(8)),
    "float length": header("{'descr': '<f8', 'fortran_order': False, 'shape': (1.0,)}", bytes(8)),
    "no tuple": header("{'descr': '<f8', 'fortran_order': False, 'shape': 1}", bytes(8)),
    "order is text": header("{'descr': '<f8', 'fortran_order': 'no', 'shape': (1,)}", bytes(8)),
    "key missing": header("{'descr': '<f8', 'shape': (1,)}", bytes(8)),
    "key too many": header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}", bytes(8)),
    "no such type": header("{'descr': '<q9', 'fortran_order': False, 'shape': (1,)}", bytes(8)),
    "type is a number": header("{'descr': 7, 'fortran_order': False, 'shape': (1,)}", bytes(8)),
    "wide field": header("{'descr': [('a', '<f8', (9223372036854775807,))], 'fortran_order': False, 'shape': (1,)}"),
    "no dictionary": header("[1, 2]"),
    "not closed": header("{'descr': '<f8'"),
    "header cut": header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}")[:30],
    "length cut": b"\x93NUMPY\x01\x00\x10",
    "magic alone": b"\x93NUMPY",
    "version 9": header("{}", version=9),
    "header of 4 GiB": b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b" " * 100,
    "no utf-8": b"\x93NUMPY\x03\x00\x04\x00\x00\x00\xff\xff\xff\xff",
    "numbers cut": whole(np.arange(10.0))[:-3],
    "numbers gone": whole(np.arange(10.0))[:128],
    "two arrays": whole(np.arange(10.0)) + whole(np.arange(3.0)),
    "by column cut": whole(np.asfortranarray(np.eye(4)))[:-8],
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_lies_is_refused_in_two_lines(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.npy").write_bytes(HOSTILE[name])

    assert refusal(tmp_path / "a.npy").exit_code == 3


@pytest.mark.parametrize("version", [1, 2, 3])
def test_headers_of_every_version_are_read(tmp_path: Path, version: int) -> None:
    text = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n"
    (tmp_path / "a.npy").write_bytes(header(text, np.array([1.0, 2.0]).tobytes(), version))

    assert lstmprep.window(tmp_path / "a.npy", timesteps=1).X.ravel().tolist() == [1, 2]


@given(at=st.integers(0, 200), byte=st.integers(0, 255), cut=st.integers(0, 240))
def test_a_flipped_byte_or_a_cut_is_an_answer_never_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int, cut: int
) -> None:
    raw = bytearray(whole(np.arange(14.0).reshape(7, 2)))
    raw[at] = byte
    path = tmp_path_factory.getbasetemp() / "flipped.npy"
    for data in (bytes(raw), bytes(raw[:cut])):
        path.write_bytes(data)
        try:
            lstmprep.window(path, timesteps=1)
        except LstmprepError as refused:
            assert 2 <= len(str(refused).splitlines()) <= 3  # noqa: PT017 (either answer will do)


def test_an_array_cut_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(whole(np.arange(100.0)))
    source = open_source(str(path), Reading())
    path.write_bytes(path.read_bytes()[:300])

    with pytest.raises(DataError, match="ends in the middle"):
        list(source.chunks({"c0": "number"}))


def test_an_archive_and_an_array_called_csv_are_told_what_they_are(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros(3))
    (tmp_path / "b.npy").write_text("a,b\n1,2\n")
    np.save(tmp_path / "c.npy", np.zeros(3))

    assert "an archive of arrays" in str(refusal(tmp_path / "a.npz"))
    assert "not a valid NumPy file" in str(refusal(tmp_path / "b.npy"))
    assert "a NumPy array" in str(refusal(tmp_path / "c.npy", input_format="csv"))
    (tmp_path / "c.npy").rename(tmp_path / "d.bin")
    assert lstmprep.window(tmp_path / "d.bin", timesteps=1).X.shape == (3, 1, 1)


@pytest.mark.parametrize("order", ["C", "F"])
def test_standard_input_gives_what_the_file_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    import h5py

    array = np.array(np.arange(40.0).reshape(20, 2), order=order)  # type: ignore[call-overload]
    np.save(tmp_path / "a.npy", array)
    with h5py.File(tmp_path / "a.h5", "w") as store:
        store["x"] = array
    for name in ("a.npy", "a.h5"):
        piped = io.TextIOWrapper(io.BytesIO((tmp_path / name).read_bytes()))
        monkeypatch.setattr("sys.stdin", piped)
        found = lstmprep.window("-", timesteps=3)

        assert found.X.tobytes() == lstmprep.window(array, timesteps=3).X.tobytes()
        assert found.manifest["source"][0]["name"] == "-"
