"""Sections: windows only inside, labelled; against the obvious loop, and what is said of odd ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.ingest import sections as module

TABLE = pa.table({"t": range(20), "v": range(20)})


def put(folder: Path, text: str) -> str:
    """A table of sections."""
    path = folder / "sec.csv"
    path.write_text(text)
    return str(path)


def framed(folder: Path, text: str, table: Any = TABLE, **settings: Any) -> Any:
    return lstmprep.window(
        table, **{"time": "t", "features": "v", "timesteps": 3, "sections": put(folder, text), **settings}
    )


def test_windows_lie_inside_and_carry_the_label(tmp_path: Path) -> None:
    data = framed(tmp_path, "label,start,end\nwalk,12,14\nrun,2,5\n")

    assert data.X[:, :, 0].tolist() == [[2, 3, 4], [3, 4, 5], [12, 13, 14]]
    assert data.y.tolist() == [0, 0, 1]
    assert data.manifest["classes"] == ["run", "walk"]
    assert [(u["reason"], u["rows"]) for u in data.manifest["rows"]["unused"]] == [("in no section", 13)]


def test_labels_may_be_numbers_one_hot_and_per_step(tmp_path: Path) -> None:
    text = "start,end,label\n0,3,10\n5,8,9\n"
    assert framed(tmp_path, text).manifest["classes"] == ["9", "10"]
    assert framed(tmp_path, text, one_hot=True).y.tolist() == [[0, 1], [0, 1], [1, 0], [1, 0]]
    assert framed(tmp_path, text, target_mode="per-step").y.tolist() == [[1, 1, 1]] * 2 + [[0, 0, 0]] * 2


def test_a_target_of_numbers_stands_in_the_section_too(tmp_path: Path) -> None:
    data = framed(tmp_path, "start,end\n2,6\n", target="v", timesteps=2)

    assert data.y.ravel().tolist() == [4, 5, 6]
    assert data.manifest["classes"] is None


def test_an_autoencoder_needs_no_label(tmp_path: Path) -> None:
    assert framed(tmp_path, "start,end\n2,6\n", target_mode="input").X.shape == (3, 3, 1)


def test_sections_by_key_hold_for_that_sequence_alone(tmp_path: Path) -> None:
    table = pa.table({"k": ["x"] * 6 + ["y"] * 6, "t": [*range(6)] * 2, "v": range(12)})
    data = framed(tmp_path, "k,start,end,label\ny,0,3,b\nx,2,4,a\n", table, group_by="k")
    assert data.X[:, :, 0].tolist() == [[2, 3, 4], [6, 7, 8], [7, 8, 9]]
    assert data.y.tolist() == [0, 1, 1]
    every = framed(tmp_path, "start,end,label\n1,3,b\n", table, group_by="k")
    assert every.X[:, 0, 0].tolist() == [1, 7]
    notes = framed(tmp_path, "k,start,end,label\ny,0,3,b\nz,2,4,a\n", table, group_by="k").manifest["notes"]
    assert any("2 to 4 (a), whose key no row has" in n["text"] for n in notes)


@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    bounds=st.lists(st.integers(-3, 15), min_size=2, max_size=8, unique=True),
    holes=st.booleans(),
    keyed=st.booleans(),
    block=st.integers(1, 9),
    seed=st.integers(0, 99),
)
@settings(max_examples=40)
def test_samples_are_those_of_the_obvious_loop(
    tmp_path_factory: pytest.TempPathFactory,
    sizes: list[int],
    bounds: list[int],
    holes: bool,  # noqa: FBT001
    keyed: bool,  # noqa: FBT001
    block: int,
    seed: int,
) -> None:
    import random

    rows = [(f"k{i}", t * (2 if holes and t > 5 else 1)) for i, n in enumerate(sizes) for t in range(n)]
    ranges = list(zip(sorted(bounds)[::2], sorted(bounds)[1::2], strict=False))
    own = [(f"k{i % len(sizes)}", a, b, f"c{a % 3}") for i, (a, b) in enumerate(ranges)]
    expected = []
    for key in sorted({k for k, _ in rows}):
        times = [t for k, t in rows if k == key]
        for i in range(len(times) - 1):
            inside = [s for s in own if (s[0] == key or not keyed) and all(s[1] <= t <= s[2] for t in times[i : i + 2])]
            if inside and (not holes or times[i + 1] - times[i] <= 1):
                expected.append(([int(key[1:]) * 100 + t for t in times[i : i + 2]], inside[0][3]))
    text = "k,start,end,label\n" if keyed else "start,end,label\n"
    random.Random(seed).shuffle(own)
    text += "".join((f"{k}," if keyed else "") + f"{a},{b},{c}\n" for k, a, b, c in own)
    random.Random(seed).shuffle(rows)
    table = pa.table(
        {"k": [k for k, _ in rows], "t": [t for _, t in rows], "v": [int(k[1:]) * 100 + t for k, t in rows]}
    )
    asked = {"group_by": "k", "timesteps": 2, **({"max_gap": "1"} if holes else {})}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        try:
            data = framed(tmp_path_factory.mktemp("sections"), text, table, **asked)
        except DataError:
            assert not expected
            return

    found = [(x, data.manifest["classes"][y]) for x, y in zip(data.X[:, :, 0].tolist(), data.y.tolist(), strict=True)]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("start,end,label\n2,6,a\n6,9,b\n", "the sections 2 to 6 (a) and 6 to 9 (b) overlap; the first stands in line 2"),
        ("start,end,label\n2,6,a\n6,9,b\n1,8,c\n", "1 other pair"),
        ("start,end,label\n6,2,a\n", "the section ends at 2, before it starts at 6"),
        ("start,end,label\n2,6,\n", "the label is empty"),
        ("start,end,label\n", "there are no sections"),
        ("start,end,label\n30,40,a\n", "no row lies in a section; the times of the table go from 0 to 19"),
        ("start,end,label\n2020-01-01,2020-01-02,a\n", "the times are instants, those of the first table plain numbers"),
        ("start,end,label\nx,6,a\n", "is not a time"),
        ("start,stop,label\n2,6,a\n", "the table of sections has no column 'end'"),
        ("start,end\n2,6\n", "the table of sections has no column 'label'"),
    ],
)  # fmt: skip
def test_sections_that_cannot_be_are_refused_in_their_file(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(LstmprepError) as refused:
        framed(tmp_path, text)

    assert words in str(refused.value)
    assert refused.value.where.file == "sec.csv"


def test_keys_in_part_are_refused(tmp_path: Path) -> None:
    table = pa.table({"k": ["x"] * 4, "j": ["y"] * 4, "t": range(4), "v": range(4)})
    with pytest.raises(RecipeError, match="the table of sections has k and lacks j"):
        framed(tmp_path, "k,start,end,label\nx,0,3,a\n", table, group_by="k,j")


def test_sections_beyond_the_data_and_too_short_ones_are_named(tmp_path: Path) -> None:
    data = framed(tmp_path, "start,end,label\n0,4,a\n6,7,b\n15,30,c\n40,50,d\n")
    notes = {n["code"]: n["text"] for n in data.manifest["notes"]}

    assert "15 to 30 (c), 5 rows (the data go from 0 to 19); 40 to 50 (d), 0 rows" in notes["sections-beyond"]
    assert notes["sections-short"] == "1 section shorter than the 3 rows of one sample: 6 to 7 (b), 2 rows"
    assert data.manifest["classes"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"label": "v"}, "--sections and --label exclude each other"), ({"time": None}, "--sections needs --time")],
)
def test_settings_that_do_not_go_with_sections(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        framed(tmp_path, "start,end,label\n0,4,a\n", **settings)


def test_sections_of_instants_are_read_like_the_times_of_the_table(tmp_path: Path) -> None:
    table = pa.table({"t": [f"2020-07-01T0{h}:00" for h in range(8)], "v": range(8)})
    local = framed(tmp_path, "start,end,label\n2020-07-01 02:00,2020-07-01T04:30,a\n", table, timezone="Europe/Berlin")
    assert local.X[:, :, 0].tolist() == [[2, 3, 4]]
    utc = framed(tmp_path, "start,end,label\n2020-07-01T00:00Z,2020-07-01T02:00Z,a\n", table, timezone="Europe/Berlin")
    assert utc.X[:, :, 0].tolist() == [[2, 3, 4]]
    with pytest.raises(DataError, match="the times have a time zone, unlike those of the first table"):
        framed(tmp_path, "start,end,label\n2020-07-01T00:00Z,2020-07-01T02:00Z,a\n", table)
