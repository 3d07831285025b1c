"""Cells of token ids: every id a row of the panel, in the order of its sequence, and ids that cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.framing import Window
from lstmprep.ingest import Ingested, ingest, tokens
from lstmprep.parts import Columns, Order, Reading
from lstmprep.recipe import Recipe
from lstmprep.sources import arrow as typed
from lstmprep.stores import Shelf
from lstmprep.tabular import Tokens


def read(data: Any, *, pad: float | None = None, tokens: str = "ids", **settings: Any) -> Ingested:
    """The panel of a table of token ids."""
    names = {
        n: set(part.__dataclass_fields__)
        for n, part in {"columns": Columns, "order": Order, "reading": Reading}.items()
    }
    parts: dict[str, Any] = {
        n: part(**{k: v for k, v in settings.items() if k in names[n]})
        for n, part in {"columns": Columns, "order": Order, "reading": Reading}.items()
    }
    framing = Window(timesteps=1, pad_value=pad, partial=pad is not None)
    recipe = Recipe(framing=framing, tokens=Tokens(tokens=tokens), **parts)
    return ingest(pa.table(data) if isinstance(data, dict) else data, recipe, Shelf())


def sequences(found: Ingested) -> list[list[int]]:
    panel = found.panel
    assert panel.features.dtype == np.int32
    assert panel.features.shape[1] == 1
    return [panel.features[a:b, 0].tolist() for a, b in zip(panel.starts, panel.stops, strict=True)]


def test_the_ids_of_a_group_are_one_sequence_in_the_order_of_its_rows(tmp_path: Path) -> None:
    (tmp_path / "tok.csv").write_text('doc,ids\nd1,5 3 9\nd2,7\nd1,"[2, 4]"\n')
    found = read(str(tmp_path / "tok.csv"), group_by=("doc",))

    assert sequences(found) == [[5, 3, 9, 2, 4], [7]]
    assert found.feature_names == ["ids"]
    assert found.panel.keys["doc"].to_pylist() == ["d1", "d2"]
    assert found.panel.source_rows is not None
    assert found.panel.source_rows[found.panel.starts].tolist() == [0, 1]
    assert found.rows == 3
    assert found.vocabulary == 10


def test_without_a_group_every_row_is_a_sequence() -> None:
    found = read({"ids": [[5, 3], [7], [1, 1, 1]], "lab": ["a", "b", "a"]}, label="lab")

    assert sequences(found) == [[5, 3], [7], [1, 1, 1]]
    assert found.panel.keys["row"].to_pylist() == ["0", "1", "2"]
    assert found.panel.labels is not None
    assert found.panel.labels.tolist() == [0, 0, 1, 0, 0, 0]
    assert found.classes == ["a", "b"]
    assert list(read({"ids": [[5]], "row": [1]}).panel.keys) == ["row_"]


@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(-9, 9), st.lists(st.integers(-5, 300), min_size=1, max_size=5)),
        min_size=1, max_size=12, unique_by=lambda r: (r[0], r[1]),
    ),
    timed=st.booleans(), grouped=st.booleans(), block=st.sampled_from([1, 4, 1 << 17]), batch=st.sampled_from([1, 3, 1 << 16]),
    kind=st.sampled_from(["lists", "texts", "floats"]),
)  # fmt: skip
def test_ids_stand_where_a_loop_puts_them(
    rows: Any, timed: Any, grouped: Any, block: int, batch: int, kind: str
) -> None:
    cells: Any = [ids for _, _, ids in rows]
    if kind == "texts":
        cells = [" ".join(map(str, ids)) for ids in cells]
    if kind == "floats":
        cells = pa.array([[float(v) for v in ids] for ids in cells])
    table = {
        "k": [r[0] for r in rows],
        "t": [r[1] for r in rows],
        "ids": cells,
        "y": [float(i) for i in range(len(rows))],
    }
    settings: dict[str, Any] = (
        {"target": ("y",)} | ({"time": ("t",)} if timed else {}) | ({"group_by": ("k",)} if grouped else {})
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "BLOCK", block)
        patch.setattr(typed, "BATCH", batch)
        found = read(table, pad=-9, **settings)

    places = sorted(range(len(rows)), key=lambda i: (rows[i][0] if grouped else i, rows[i][1] if timed else i))
    groups = sorted({r[0] for r in rows}) if grouped else list(range(len(rows)))
    expected = [[i for i in places if (rows[i][0] if grouped else i) == g] for g in groups]
    assert sequences(found) == [[v for i in e for v in rows[i][2]] for e in expected]
    panel = found.panel
    assert panel.source_rows is not None
    assert panel.targets is not None
    order = [np.arange(a, b) for a, b in zip(panel.starts, panel.stops, strict=True)]
    assert [panel.source_rows[o].tolist() for o in order] == [[i for i in e for _ in rows[i][2]] for e in expected]
    assert [panel.targets[o, 0].tolist() for o in order] == [
        [float(i) for i in e for _ in rows[i][2]] for e in expected
    ]
    assert panel.units is not None
    assert len(panel.units) == len(rows) + 1
    assert found.vocabulary == max(max(ids) for _, _, ids in rows) + 1 or found.vocabulary == 1


def test_doubled_times_are_settled_row_by_row() -> None:
    table = {"t": [1, 1, 0], "k": ["a"] * 3, "ids": [[1, 2], [3], [4]]}

    with pytest.raises(DataError, match="the time 1 stands twice"):
        read(table, time=("t",), group_by=("k",))
    found = read(table, time=("t",), group_by=("k",), on_duplicate="last")
    assert sequences(found) == [[4, 3]]
    assert found.removed.tolist() == [0]


@pytest.mark.parametrize(
    ("cells", "pad", "said"),
    [
        (["5 0 9", "7"], 0, r"row 1 \(line 2\), column ids: the id 0 is the pad value .*1 of 4 ids.*--pad-value 1"),
        (["5 1", "7 0 0"], 0, r"row 2 .*2 of 5 ids.*--pad-value 2"),
        (["1 2", "7"], 7, r"row 2 .*the id 7 .*--pad-value 0"),
        (["-1 2", "0 1"], -1, r"row 1 .*the id -1 .*--pad-value 3"),
        (["0 1 2147483647"], 0, r"the id 0 .*--pad-value 2"),
    ],
)
def test_an_id_that_would_read_as_padding_is_refused_with_a_free_one(
    tmp_path: Path, cells: list[str], pad: int, said: str
) -> None:
    (tmp_path / "t.csv").write_text("ids\n" + "".join(f"{c}\n" for c in cells))

    with pytest.raises(DataError, match="(?s)" + said) as refused:
        read(str(tmp_path / "t.csv"), pad=pad)
    free = int(refused.value.fix.rsplit(" ", 1)[1].rstrip("."))
    assert read(str(tmp_path / "t.csv"), pad=free).rows == len(cells)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["5 3", "7 x"], r"row 2 \(line 3\), column ids: 'x' in the list is not a number"),
        (["5 3", "7.5"], r"row 2 .*'7.5' in the list is no whole number"),
        (["5 3", "[]"], "row 2 .*the cell holds no token id"),
        (["5 3", "NA"], "row 2 .*the cell holds no token id"),
        (["5 3", "1 NA"], "row 2 .*a missing number in the list is no whole number"),
        (["5 3", "1 2147483648"], "row 2 .*the id 2147483648 is beyond 32 bits"),
        (["5 3", "1 inf"], "row 2 .*no whole number"),
    ],
)
def test_what_is_no_id_is_named_by_its_row(tmp_path: Path, cells: list[str], said: str) -> None:
    (tmp_path / "t.csv").write_text("n,ids\n" + "".join(f"0,{c}\n" for c in cells))

    with pytest.raises(DataError, match=said) as refused:
        read(str(tmp_path / "t.csv"))
    assert len(str(refused.value).splitlines()) == 2


def test_a_column_of_single_numbers_holds_no_lists_but_texts_of_one_id_do(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="one value in a cell and no list"):
        read({"ids": [1, 2]})
    (tmp_path / "t.csv").write_text("ids\n1\n2\n")
    assert sequences(read(str(tmp_path / "t.csv"))) == [[1], [2]]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"columns": Columns(features=("a",))}, "--tokens and --features exclude"),
        ({"columns": Columns(vector=("a",))}, "--tokens and --vector exclude"),
        ({"order": Order(time=("t",), pivot="k")}, "--tokens and --pivot exclude"),
        ({"order": Order(time=("t",), on_duplicate="mean")}, "--on-duplicate mean has no mean of tokens"),
        ({"framing": Window(timesteps=2, partial=True, pad_value=0.5)}, "--pad-value 0.5 is no token id"),
        ({"framing": Window(timesteps=2, partial=True, pad_value=float("nan"))}, "--pad-value nan is no token id"),
        ({"framing": Window(timesteps=2, partial=True, pad_value=2.0**31)}, "--pad-value 2.14748e\\+09 is no token id"),
    ],
)
def test_what_tokens_exclude_is_refused(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        Recipe(**{"framing": Window(timesteps=1), "tokens": Tokens(tokens="ids"), **parts})


def test_a_feature_axis_without_tokens_is_refused() -> None:
    with pytest.raises(RecipeError, match="--keep-feature-axis needs --tokens"):
        Tokens(keep_feature_axis=True)
    with pytest.raises(LstmprepError, match="--tokens names 2 columns"):
        read({"ids": [[1]], "ids2": [[1]]}, tokens="ids*")


# ---- the whole way: pad ----

DOCS = {"doc": ["d2", "d1", "d1", "d3"], "ids": [[7], [5, 3], [9], [1, 2, 4, 6]], "lab": ["x", "y", "y", "x"]}


def test_sequences_of_ids_are_padded_to_one_length_and_stay_whole_numbers() -> None:
    data = lstmprep.pad(pa.table(DOCS), tokens="ids", group_by="doc", label="lab", timesteps=3)

    assert data.X.dtype == np.int32
    assert data.X.tolist() == [[5, 3, 9], [7, 0, 0], [2, 4, 6]]
    assert data.lengths.tolist() == [3, 1, 3]
    assert data.mask.tolist() == [[True] * 3, [True, False, False], [True] * 3]
    assert data.y.tolist() == [1, 0, 0]
    assert data.manifest["arrays"]["X"]["axes"] == ["samples", "timesteps"]
    assert data.manifest["feature_names"] == ["ids"]
    rows = data.manifest["rows"]
    assert (rows["read"], rows["used_as_input"], rows["unused"]) == (4, 4, [])
    assert "Embedding(10, ..., mask_zero=True)" in data.manifest["hints"]["keras"]
    assert data.manifest["hints"]["torch"] == "nn.Embedding(10, ..., padding_idx=0)"


@pytest.mark.parametrize("padding", ["pre", "post"])
def test_a_feature_axis_is_kept_when_asked_for(padding: str) -> None:
    data = lstmprep.pad(pa.table(DOCS), tokens="ids", keep_feature_axis=True, padding=padding, pad_value=-1)
    flat = lstmprep.pad(pa.table(DOCS), tokens="ids", padding=padding, pad_value=-1)

    assert data.X.shape == (4, 4, 1)
    assert data.X[..., 0].tolist() == flat.X.tolist()
    assert flat.X[0].tolist() == ([-1, -1, -1, 7] if padding == "pre" else [7, -1, -1, -1])
    assert data.index()["row"].to_pylist() == ["0", "1", "2", "3"]


def test_rows_whose_ids_are_all_cut_off_are_in_the_ledger() -> None:
    data = lstmprep.pad(pa.table(DOCS), tokens="ids", group_by="doc", timesteps=1)
    rows = data.manifest["rows"]

    assert data.X.tolist() == [[9], [7], [6]]
    assert (rows["read"], rows["used_as_input"]) == (4, 3)
    assert [(u["rows"], u["first"]) for u in rows["unused"]] == [(1, 1)]


def test_ids_without_padding_may_be_any_whole_number() -> None:
    data = lstmprep.pad(pa.table({"ids": [[0, -1], [2147483647]]}), tokens="ids", ragged=True)

    assert data.values.dtype == np.int32
    assert data.values.ravel().tolist() == [0, -1, 2147483647]
    assert data.row_splits.tolist() == [0, 2, 3]


def test_ids_in_buckets_keep_their_own_lengths() -> None:
    data = lstmprep.pad(pa.table({"ids": [[1], [2, 3], [4]]}), tokens="ids", bucket="exact")

    assert data.X_len1.tolist() == [[1], [4]]
    assert data.X_len2.tolist() == [[2, 3]]


def test_large_ids_are_not_rounded_whatever_the_type_of_numbers(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("ids\n16777217 2147483646\n5\n")
    data = lstmprep.pad(tmp_path / "t.csv", tokens="ids", dtype="float16", output=tmp_path / "out")

    assert data.X.tolist() == [[16777217, 2147483646], [5, 0]]
    assert "--tokens ids" in data.manifest["command"]
    recipe = {k: v for k, v in data.manifest["recipe"].items() if k != "command"}
    assert lstmprep.pad(tmp_path / "t.csv", **recipe).X.tobytes() == data.X.tobytes()


def test_only_pad_takes_tokens() -> None:
    with pytest.raises(RecipeError, match=r"window\(\) has no setting 'tokens'"):
        lstmprep.window(pa.table(DOCS), timesteps=1, tokens="ids")


def test_tokens_are_applied_to_new_rows(tmp_path: Path) -> None:
    lstmprep.pad(pa.table(DOCS), tokens="ids", label="lab", output=tmp_path / "out")
    data = lstmprep.apply(tmp_path / "out", pa.table({"ids": [[8], [1, 2, 3, 4, 5]], "lab": ["y", "x"]}))

    assert data.X.dtype == np.int32
    assert data.X.tolist() == [[8, 0, 0, 0], [2, 3, 4, 5]]
    assert data.y.tolist() == [1, 0]
    with pytest.raises(DataError, match="there is no column 'ids'"):
        lstmprep.apply(tmp_path / "out", pa.table({"id": [[8]]}))


def test_tokens_are_cut_where_their_rows_are_at_holes_and_sections(tmp_path: Path) -> None:
    """In whatever order the rows stand: the ids of a row stay together, and no sample bridges a hole."""
    table = pa.table({"k": ["b", "a", "a", "a"], "t": [1, 9, 2, 1], "ids": [[7], [6], [4, 5], [1, 2, 3]]})
    asked: Any = {"tokens": "ids", "group_by": "k", "time": "t"}

    holes = lstmprep.pad(table, max_gap="2", **asked)
    assert [row[:n].tolist() for row, n in zip(holes.X, holes.lengths, strict=True)] == [[1, 2, 3, 4, 5], [6], [7]]
    assert holes.manifest["rows"]["used_as_input"] == 4

    (tmp_path / "s.csv").write_text("start,end,label\n1,1,x\n2,5,y\n")
    parts = lstmprep.pad(table, sections=tmp_path / "s.csv", **asked)
    assert [row[:n].tolist() for row, n in zip(parts.X, parts.lengths, strict=True)] == [[1, 2, 3], [4, 5], [7]]
    assert [parts.manifest["classes"][c] for c in parts.y] == ["x", "y", "x"]
    assert [u["rows"] for u in parts.manifest["rows"]["unused"]] == [1]


@pytest.mark.parametrize(
    ("asked", "flag"),
    [
        ({"missing": "ffill"}, "--missing ffill"), ({"missing": "mask"}, "--missing mask"), ({"difference": 1}, "--difference"), ({"detrend": "linear"}, "--detrend"),
        ({"time_delta": True}, "--time-delta"), ({"calendar": "hour"}, "--calendar"), ({"resample": "2"}, "--resample"), ({"join": "x", "join_on": "k"}, "--join"),
        ({"log": "ids"}, "--log"), ({"join_asof": "x"}, "--join-asof"),
    ],
)  # fmt: skip
def test_nothing_is_computed_with_ids(asked: dict[str, Any], flag: str) -> None:
    with pytest.raises(RecipeError, match=f"--tokens and {flag} exclude each other"):
        lstmprep.pad(pa.table({"k": ["a"], "t": [1], "ids": [[1]]}), tokens="ids", time="t", **asked)


@pytest.mark.parametrize("lists", [[[5, 3], [7, 4]], [[5], [7, 4], [9, 3, 3]]], ids=["equal", "rising"])
def test_nothing_is_said_of_ids_that_is_meant_for_measurements(lists):
    """Neither that they are constant nor that they count the rows, and rows that are sequences need no order."""
    made = lstmprep.pad(pa.table({"ids": lists}), tokens="ids")

    assert {n["code"] for n in made.manifest["notes"]} <= {"few-samples", "padded"}


def test_rows_of_a_document_still_need_an_order():
    made = lstmprep.pad(pa.table({"doc": ["a", "a", "b"], "ids": [[5, 3], [7], [9]]}), tokens="ids", group_by="doc")

    assert "no-order" in {n["code"] for n in made.manifest["notes"]}


def test_ids_below_0_are_told_with_their_first_row() -> None:
    rows = {"k": ["b", "a", "b"], "ids": [[1, 2], [3, -1, -7], [-2, 9]]}

    told = {n["code"]: n["text"] for n in lstmprep.pad(pa.table(rows), group_by="k", tokens="ids").manifest["notes"]}
    calm = lstmprep.pad(pa.table({"ids": [[1, 2], [3]]}), tokens="ids").manifest["notes"]

    assert told["negative-ids"] == (
        "3 ids are below 0, the least -7, the first at table, row 2, column ids: an embedding has no such row; number the tokens from 1 on"
    )
    assert "negative-ids" not in {n["code"] for n in calm}


@pytest.mark.parametrize(
    "settings", [{"split": "0.5,0.5", "seed": 1}, {"split": "0.5,0.5", "split_by": "group", "seed": 1}]
)
def test_rows_of_ids_are_dealt_out_whole_to_the_parts_of_a_split(tmp_path, settings):
    rows = [f"{' '.join([str(i + 1)] * (3 + i % 4))},{'ab'[i % 2]}" for i in range(20)]
    (tmp_path / "t.csv").write_text("\n".join(["ids,lab", *rows]) + "\n")

    made = lstmprep.pad(tmp_path / "t.csv", tokens="ids", label="lab", output=tmp_path / "out", **settings)

    documents = [np.unique(part.X[part.mask]).tolist() for part in (made.train, made.test)]
    lengths = dict(
        zip(
            *(
                np.concatenate([f(p) for p in (made.train, made.test)])
                for f in (lambda p: p.X[:, 0], lambda p: p.lengths)
            ),
            strict=True,
        )
    )
    assert sorted(documents[0] + documents[1]) == list(range(1, 21))
    assert lengths == {i + 1: 3 + i % 4 for i in range(20)}
    assert lstmprep.check(tmp_path / "out").ok
