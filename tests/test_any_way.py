"""However a run is done, it writes the same bytes: any size of blocks, any number of workers, any memory, any engine, any file format."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from pyarrow import csv, parquet

from lstmprep import digest, place, run
from lstmprep.engines import engine_of
from lstmprep.engines.local import Workers as Loop
from lstmprep.errors import LstmprepError
from lstmprep.recipe import from_flat
from tests.conftest import arrow_table, batchings, pads, prompt, tables, windows
from tests.edges.test_engines import Scattered, contents

#: sizes that no byte depends on; not among them: the pieces that statistics are merged by, those that digests are taken of,
#: and the blocks of the index, which are its groups of rows
SIZES = {
    "sources.blocks": "BLOCK", "sources.arrow": "BATCH", "laid": "BUFFER", "stores": "STRIP", "leftover": "BLOCK", "rowmarks": "BLOCK",
    "divide": "BLOCK", "padding": "BLOCK", "ingest.arrange": "BLOCK", "ingest.derived": "BLOCK", "ingest.order": "CHUNK", "prepare": "BLOCK",
    "prepare.rework": "BLOCK", "prepare.gaps": "BLOCK", "prepare.changes": "BLOCK", "prepare.classes": "BLOCK", "framing.drop": "BLOCK",
    "framing.labels": "BLOCK", "split.bounds": "BLOCK", "sinks.writing": "BLOCK", "sinks.carried": "BLOCK", "transforms.classes": "BLOCK",
    "sinks.brought": "AT_HAND",
}  # fmt: skip
OF_BYTES = (
    "sources.blocks",
    "laid",
    "sinks.writing",
    "sinks.carried",
    "sinks.brought",
)  # the others are sizes in rows


class Kept:
    """An engine whose workers serve many runs."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.preflight, self.map_unordered = engine.preflight, engine.map_unordered

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def apart() -> Iterator[Kept]:
    engine = engine_of("processes", 2)
    yield Kept(engine)
    engine.close()


ways = st.fixed_dictionaries(
    {
        "sizes": st.dictionaries(st.sampled_from(sorted(SIZES)), st.sampled_from([1, 2, 5, 16])),
        "workers": st.sampled_from([None, 1, 2, 3]), "memory": st.sampled_from([None, 0, 1 << 10, 1 << 14]),
        "format": st.sampled_from(["csv", "parquet", "memory"]), "group": st.sampled_from([1, 7, 1000]), "early": st.booleans(),
    }
)  # fmt: skip
questions = st.sampled_from([None, "target", "label", "input"]).flatmap(
    lambda a: st.tuples(st.just("window"), st.just(a), windows(a))
) | st.sampled_from([None, "target", "label"]).flatmap(lambda a: st.tuples(st.just("pad"), st.just(a), pads(a)))
parts = st.sampled_from(
    [{}, {"split": "0.6,0.4", "scale": "standard"}, {"split": "0.6,0.4", "scale": "robust", "scale_by_group": True}, {"folds": 2, "scale": "minmax"}]
)  # fmt: skip
more = st.sampled_from(
    [{}, {"store": "series"}, {"shard_size": 200}, {"layout": "time-first"}, {"missing": "mask"}, {"missing": "interpolate"}, {"difference": 1}]
)  # fmt: skip


def source(table: pa.Table, way: dict[str, Any], folder: Path) -> Any:
    """The table as this way has it: always called t, so that a manifest tells it alike."""
    if way["format"] == "memory":
        return table
    path = folder / f"t.{way['format']}"
    if way["format"] == "csv":
        csv.write_csv(table, path)
    else:
        parquet.write_table(table, path, row_group_size=way["group"])
    return str(path)


def carried_out(patch: pytest.MonkeyPatch, data: Any, recipe: Any, way: dict[str, Any], engine: Any, out: Path) -> None:
    for module, size in way["sizes"].items():
        patch.setattr(import_module(f"lstmprep.{module}"), SIZES[module], size * (64 if module in OF_BYTES else 1))
    patch.setattr(place, "LEAST_MEMORY", 0)
    if way["early"]:
        prompt(patch, piece=digest.PIECE)
    patch.setattr(run, "engine_of", lambda *_: engine)
    name = "local" if isinstance(engine, Loop) else "processes"
    run.run(data, recipe, place.Place(output=str(out), workers=way["workers"], memory_limit=way["memory"], engine=name))


def told(command: str, answer: str | None, asked: dict[str, Any], batching: dict[str, Any], parted: dict[str, Any]) -> dict[str, Any]:  # fmt: skip
    out = {"features": ["a", "b"], "group_by": ["key"], "time": ["t"], "missing": "drop"} | asked
    out |= {"target": {"target": ["y"]}, "label": {"label": "lab"}}.get(answer or "", {})
    return out | (batching | (parted if not out.get("latest") else {}) if command == "window" else {})


def held_alike(folder: Path, table: pa.Table, settings_of: tuple[str, dict[str, Any]], way: dict[str, Any], engine: Any) -> None:  # fmt: skip
    """A plain run of the same file, and one of this way."""
    command, flat = settings_of
    data = source(table, way, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "PIECE", 200)
        try:
            recipe = from_flat(flat, command=command)
            run.run(data, recipe, place.Place(output=str(folder / "plain")))
        except LstmprepError:
            assume(False)
        carried_out(patch, data, recipe, way, engine, folder / "other")

    assert contents(folder / "other") == contents(folder / "plain")


@given(table=tables(holes=0.1), batching=batchings(), question=questions, parted=parts, extra=more, way=ways, order=st.randoms(use_true_random=False), engine=st.sampled_from(["local", "scattered"]))  # fmt: skip
def test_no_size_of_blocks_no_workers_no_memory_and_no_engine_changes_a_byte(tmp_path_factory, table, batching, question, parted, extra, way, order, engine):  # fmt: skip
    command, answer, asked = question
    event(f"{engine}, {way['format']}")
    flat = told(command, answer, asked | extra, batching, parted)
    workers = engine_of("local", None) if engine == "local" else Scattered(order)
    held_alike(tmp_path_factory.mktemp("way"), arrow_table(table), (command, flat), way, workers)


@settings(max_examples=30)
@given(table=tables(holes=0.1), batching=batchings(), question=questions, parted=parts, extra=more, way=ways)
def test_neither_do_processes(tmp_path_factory, apart, table, batching, question, parted, extra, way):
    command, answer, asked = question
    flat = told(command, answer, asked | extra, batching, parted)
    held_alike(tmp_path_factory.mktemp("way"), arrow_table(table), (command, flat), way, apart)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_nor_the_workers_of_dask(tmp_path_factory):
    engine = engine_of("dask", 2)
    try:

        @settings(max_examples=30)
        @given(table=tables(holes=0.1), batching=batchings(), question=questions, parted=parts, extra=more, way=ways)
        def held(table: Any, batching: Any, question: Any, parted: Any, extra: Any, way: Any) -> None:
            command, answer, asked = question
            flat = told(command, answer, asked | extra, batching, parted)
            held_alike(tmp_path_factory.mktemp("way"), arrow_table(table), (command, flat), way, Kept(engine))

        held()
    finally:
        engine.close()
