"""The manifest and its schema: what the commands write is what the schema says, and the schema says nothing else.

`COMMANDS` is a broad set of ways to make an output. Every one of them is run once; each manifest must be valid,
and together they must show every field that the schema describes.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import signal
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import lstmprep
from lstmprep import recipe as recipes
from lstmprep.cli import run
from lstmprep.commands import every_setting

Json = dict[str, Any]
SCHEMA: Json = json.loads((files("lstmprep") / "manifest.schema.json").read_text(encoding="utf-8"))
VALID = Draft202012Validator(SCHEMA)

#: Three sequences: 12, 9 and 1 rows; the last one is too short for any sample of two rows.
LENGTHS = {("A", "1"): 12, ("A", "2"): 9, ("B", "1"): 1}


def _plain() -> str:
    lines = ["site,room,hour,temp,press,sky,const,known"]
    for (site, room), rows in LENGTHS.items():
        lines += [
            f"{site},{room},{i},{i * i + 3},{90 - 2 * i},{'clear' if i % 3 else 'rain'},{len(room) + rows},{i % 2}"
            for i in range(rows)
        ]
    return "\n".join(lines) + "\n"


def _hdf5() -> str:
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as store:
        store["runs/one"], store["runs/two"] = np.arange(20.0).reshape(10, 2), np.zeros(3)
    return stream.getvalue().decode("latin-1")


TABLES = {
    "runs.h5": _hdf5(),
    "long.csv": "t,k,v\n1,a,1\n1,b,2\n2,a,3\n2,b,4\n",
    "tokens.csv": "d,ids\na,1 2\nb,3\na,4\n",
    "vectors.csv": "v\n1 2\n3 4\n5 6\n",
    "table.csv": _plain(),
    "series.csv": "t,v,w\n" + "".join(f"{i},{i * 3},{i % 4}\n" for i in range(20)),
    "day1.csv": "t,v\n" + "".join(f"{i},{i}\n" for i in range(6)),
    "day2.csv": "t,v\n" + "".join(f"{i},{i * 2}\n" for i in range(6, 11)),
    "holes.csv": "t,v\n" + "".join(f"{i},{'' if i == 7 else 'gone' if i == 12 else i}\n" for i in range(20)),
    "unsorted.csv": "day,v\n05/01/2024,5\n01/01/2024,1\n01/01/2024,9\n02/01/2024,2\n04/01/2024,4\n03/01/2024,3\n",
    "zoned.csv": "when,v\n" + "".join(f"2024-01-0{i}T00:00:00Z,{i}.5\n" for i in range(1, 9)),
    "fractions.csv": "when,v\n" + "".join(f"{i / 4},{i}\n" for i in range(9)),
    "ids.csv": "t,v\n" + "".join(f"{i},{2**53 + 1 + 2 * i}\n" for i in range(8)),
    "europe.txt": "v;w\n" + "".join(f"1'00{i},5;{i}\n" for i in range(8)),
    "wide.csv": "v2,v1,v,s,kind\n1,2,3,7,a\n2,3,4,8,b\n",
    "answers.csv": "site,room,mood\nA,1,glad\nA,2,sad\nB,1,glad\n",
    "sections.csv": "start,end,label\n0,5,calm\n8,12,busy\n",
    "heights.csv": "w,height\n0,10\n1,20\n2,30\n3,40\n",
    "late.csv": "t,late\n3,1\n9,2\n",
    "moods.csv": "v,mood\n" + "".join(f"{i / 2},{'glad' if i != 4 else 'sad'}\n" for i in range(9)),
    "moods.txt": "v;mood\n" + "".join(f"{i},5;{'glad' if i != 4 else 'sad'}\n" for i in range(9)),
    "targets.csv": "out\n" + "".join(f"{i}\n" for i in range(20)),
}
KEYS = "--group-by site,room --time hour"
NUMBERS = "--features temp,press"

COMMANDS = {
    "plain": "series.csv -t 4",
    "target": "series.csv -t 4 --target v --time t",
    "lead and horizon": "series.csv -t 4 --target v,w --lead 2 --horizon 3 --flat-y --dilation 2 --stride 2 --anchor end",
    "groups": f"table.csv -t 3 --group-by site --time hour --target temp {NUMBERS} --on-duplicate last",
    "two keys, one sequence skipped": f"table.csv -t 3 {KEYS} --target temp {NUMBERS}",
    "label": f"table.csv -t 3 {KEYS} --label sky {NUMBERS} --label-at mode --one-hot",
    "label per step": f"table.csv -t 3 {KEYS} --label sky {NUMBERS} --target-mode per-step",
    "--labels": f"table.csv -t 3 {KEYS} {NUMBERS} --labels answers.csv --label-key site,room",
    "--target-file": "series.csv -t 3 --target out --target-file targets.csv",
    "--partial": f"table.csv -t 4 {KEYS} {NUMBERS} --target temp --partial --pad-value -1",
    "--partial with nan": f"table.csv -t 4 {KEYS} {NUMBERS} --partial --pad-value nan",
    "--leftover pad": "series.csv -t 6 --no-overlap --leftover pad",
    "npz": "series.csv -t 4 --target v -o OUT.npz",
    "npy": "series.csv -t 4 -o OUT.npy",
    "shards": "series.csv -t 4 --target v --shard-size 200",
    "sha256": "series.csv -t 4 --target v --digest sha256",
    "npz without index": "series.csv -t 4 -o OUT.npz --no-index",
    "dry run": f"table.csv -t 3 {KEYS} --target temp {NUMBERS} --dry-run",
    "dry run of an npz": "series.csv -t 4 --target v --time t -o OUT.npz --dry-run",
    "autoencoder": "series.csv -t 4 --target-mode input",
    "autoencoder in an npz": "series.csv -t 4 --target-mode input -o OUT.npz",
    "autoencoder, dry run": "series.csv -t 4 --target-mode input --dry-run",
    "reversed autoencoder": "series.csv -t 4 --target-mode input --reverse-target",
    "--latest": f"table.csv -t 3 {KEYS} {NUMBERS} --target temp --latest",
    "batches padded": "series.csv -t 4 --batch-size 5 --batch-remainder pad",
    "batches dropped": "series.csv -t 4 --batch-size 5 --batch-remainder drop",
    "--stateful": "series.csv -t 4 --no-overlap --stateful --batch-size 2",
    "--store series": f"table.csv -t 3 {KEYS} --target temp {NUMBERS} --store series --dilation 1",
    "--shuffle": "series.csv -t 4 --shuffle --seed 7",
    "missing drop": "holes.csv -t 3 --target v --time t --missing drop --na-values gone",
    "categorical": f"table.csv -t 3 {KEYS} --features temp --categorical sky",
    "static and future": f"table.csv -t 3 {KEYS} --target temp --features press --static const --future known",
    "--lags": "series.csv --lags 1,2,7 --target v",
    "two files": "day1.csv day2.csv -t 3 --time t --target v --file-as table -o OUT",
    "two files, a sequence each": "day1.csv day2.csv -t 3 --file-as sequence -o OUT",
    "classes from folders": "day1.csv day2.csv -t 3 --file-as sequence --label-from parent -o OUT",
    "standard input": "- -t 3 --target v -o OUT",
    "float64 with a note on precision": "ids.csv -t 3 --dtype float64",
    "dates out of order": "unsorted.csv -t 2 --time day --time-format %d/%m/%Y --on-duplicate mean",
    "times with a zone": "zoned.csv -t 2 --time when --target v",
    "holes between instants": "holes.csv -t 3 --time t --time-unit s --timezone Europe/Berlin --max-gap 2s --missing drop --na-values gone",
    "a grid": "series.csv -t 3 --time t --resample 2 --aggregate sum:v --fill linear --max-fill 2 --grid common",
    "a mask": "holes.csv -t 3 --time t --missing mask --na-values gone --indicator --time-since --pad-value -1",
    "means": "holes.csv -t 3 --time t --missing mean --na-values gone --split 0.5,0.5",
    "means of folds": "holes.csv -t 3 --time t --missing mean --na-values gone --folds 2",
    "changes": "table.csv -t 2 --group-by site,room --time hour --features temp --log temp --difference 1 --detrend linear",
    "changes of folds": "series.csv -t 2 --time t --features v --log w --exclude t --target w --difference 1 --detrend linear --folds 2 --na-values 0 --missing ffill",
    "features of the times": "zoned.csv -t 2 --time when --time-delta --calendar dow,hour --cyclic",
    "sections": "series.csv -t 2 --time t --features v --sections sections.csv",
    "joins": "series.csv -t 2 --time t --features v,height,w --join heights.csv --join-on w --join-asof late.csv --missing drop",
    "steps that must be even": "series.csv -t 3 --time t --require-even",
    "times that are fractions": "fractions.csv -t 2 --time when",
    "text of another country": "europe.txt -t 2 --input-format csv --delimiter ; --decimal , --thousands ' --encoding latin-1",
    "no header": "day1.csv -t 2 --no-header --na-values t,v --missing drop",
    "a dataset": "runs.h5 -t 2 --dataset runs/one",
    "pivot": "long.csv -t 2 --time t --pivot k --layout panel",
    "vectors": "vectors.csv -t 2 --vector v",
    "channels first": "series.csv -t 4 --layout channels-first",
    "a stated shape": "reshape series.csv --time t --shape=-1,5,2",
    "columns as samples": "reshape series.csv --series-as samples -o OUT.npy",
    "rows as samples": "reshape wide.csv --lag-columns {name}{lag} --static s --label kind",
    "series in rows": "reshape wide.csv --series-in rows --exclude kind",
    "steps by name": "reshape wide.csv --steps v=v2,v1 --static s --static-mode tile",
    "files as steps": "reshape day1.csv --file-as timestep --exclude t -o OUT --dry-run",
    "a lagged table": "lag series.csv --time t --target v --lags 1-3 -o OUT.csv",
    "a lagged table, numbers alone": "lag series.csv --lags 0,2 -o OUT.npy",
    "a lagged table, dry run": "lag series.csv --lags 0,2 -o OUT.parquet --dry-run",
    "context": "series.csv -t 3 --target v --split 0.7,0.3 --context --embargo 1",
    "random": f"table.csv -t 2 {KEYS} {NUMBERS} --label sky --no-overlap --split 0.5,0.5 --split-by random --stratify --seed 1 --unknown code",
    "scaled": f"table.csv -t 3 {KEYS} --target temp --features press --future known --scale standard --scale-columns robust:temp,minmax:known --scale-target --scale-by-group",
    "folds": f"table.csv -t 2 {KEYS} --target temp --features press --future known --scale robust --scale-target --scale-by-group --folds 1 --fold-train 9",
    "applied": "apply made.lstm series.csv --latest -o OUT",
    "a fold whose train lacks a class": "moods.csv -t 1 --features v --label mood --folds 2 --unknown code",
    "applied, another dialect": "apply moods.lstm moods.txt --fold 0 --delimiter ; --decimal , -o OUT",
    "converted": "convert made.lstm --store series -o OUT",
    "subsequences": "series.csv -t 4 --subsequences 2 --exclude t --dtype float16",
    "pad": f"pad table.csv {KEYS} {NUMBERS} -t 4 --label sky --label-at mode --pad-value -1 --padding pre --truncating post",
    "pad, per step": f"pad table.csv {KEYS} {NUMBERS} --target temp --target-mode per-step -x temp",
    "pad, tokens": "pad tokens.csv --group-by d --tokens ids --keep-feature-axis",
    "pad, ragged": f"pad table.csv {KEYS} --ragged -o OUT.npz",
    "pad, downsampled": f"pad table.csv {KEYS} {NUMBERS} --downsample 2 --aggregate mean,std",
    "pad, buckets": f"pad table.csv {KEYS} {NUMBERS} --min-steps 2 --bucket exact",
}
MADE = {"made.lstm": "series.csv -t 4 --target v", "moods.lstm": COMMANDS["a fold whose train lacks a class"]}
SCALING = [f".fitted{at}.scaling{group}" for at in ("", ".folds.*") for group in ("", ".by_group")]
each_command = pytest.mark.parametrize("name", COMMANDS)


def carried_out(command: str, folder: Path) -> Json:
    """The manifest that a command prints, in a folder of its own that holds the tables."""
    folder.mkdir(exist_ok=True)
    for name, text in TABLES.items():
        (folder / name).write_bytes(text.encode("latin-1"))
    here, given, out, err = os.getcwd(), sys.stdin, io.BytesIO(), io.StringIO()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    os.chdir(folder)
    sys.stdin = io.TextIOWrapper(io.BytesIO(TABLES["series.csv"].encode()))
    try:
        with contextlib.redirect_stdout(io.TextIOWrapper(out, "utf-8", write_through=True)) as screen:
            with contextlib.redirect_stderr(err):
                words = command.split()
                if words[0] in ("apply", "convert"):  # what there must be
                    assert run(["window", *MADE[words[1]].split(), "-o", words[1], "-q"]) == 0
                named = words[0] in (*recipes.COMMANDS, "apply", "convert")
                code = run([*([] if named else ["window"]), *words, "--json"])
            screen.flush()
            printed = out.getvalue().decode()
    finally:
        os.chdir(here)
        sys.stdin = given
        for number, handler in before.items():
            signal.signal(number, handler)
    assert code == 0, err.getvalue()
    made: Json = json.loads(printed)
    return made


class Manifests(dict[str, Json]):
    """The manifests by the names of their commands; a command is carried out when somebody asks."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def __missing__(self, name: str) -> Json:
        with pytest.MonkeyPatch.context() as patch:
            for variable in [n for n in os.environ if n.startswith("LSTMPREP")]:
                patch.delenv(variable)
            self[name] = carried_out(COMMANDS[name], self.folder / str(list(COMMANDS).index(name)))
        return self[name]


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    """The manifest of every command."""
    return Manifests(tmp_path_factory.mktemp("outputs"))


def faults(made: Any) -> list[str]:
    """What the schema has against a manifest."""
    return [f"{error.json_path}: {error.message}" for error in VALID.iter_errors(made)]


def resolved(part: Json) -> Json:
    """A part of the schema, its reference followed."""
    if "$ref" not in part:
        return part
    return {**SCHEMA["$defs"][part["$ref"].removeprefix("#/$defs/")], **{k: v for k, v in part.items() if k != "$ref"}}


def described(part: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every field that the schema names, with its place; [] is any item and * any name."""
    part = resolved(part)
    for name, field in part.get("properties", {}).items():
        yield f"{path}.{name}", field
        yield from described(field, f"{path}.{name}")
    for step, inner in (("[]", part.get("items")), (".*", part.get("additionalProperties"))):
        if isinstance(inner, dict):
            yield from described(inner, path + step)


def shown(part: Json, made: Any, path: str = "") -> Iterator[str]:
    """The fields of the schema that stand in a manifest."""
    part = resolved(part)
    if isinstance(made, list):
        for value in made:
            yield from shown(part.get("items", {}), value, f"{path}[]")
    if isinstance(made, dict):
        known = part.get("properties", {})
        for name, value in made.items():
            if name in known:
                yield f"{path}.{name}"
                yield from shown(known[name], value, f"{path}.{name}")
            elif isinstance(part.get("additionalProperties"), dict):
                yield from shown(part["additionalProperties"], value, f"{path}.*")


def objects(made: Any, part: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Json]]:
    """Every object of a manifest whose keys the schema fixes, with the way to it."""
    part = resolved(part)
    if isinstance(made, list):
        for i, value in enumerate(made):
            yield from objects(value, part.get("items", {}), (*path, i))
    if isinstance(made, dict):
        free = part.get("additionalProperties")
        if not isinstance(free, dict):
            yield path, part
        for name, value in made.items():
            yield from objects(value, free if isinstance(free, dict) else part["properties"][name], (*path, name))


def inside(made: Any, path: tuple[Any, ...]) -> Any:
    """What stands at the end of a way."""
    for step in path:
        made = made[step]
    return made


# ---------------------------------------------------------------- the schema itself


def test_the_schema_is_a_valid_schema_of_2020_12():
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["title"] == "Manifest of an lstmprep output, version 1"


def test_every_field_of_the_schema_is_described_by_a_sentence():
    undescribed = [path for path, field in described(SCHEMA) if not resolved(field).get("description", "").strip()]

    assert undescribed == []


def test_every_object_of_the_schema_fixes_its_keys_or_says_what_its_values_are():
    parts = [("", SCHEMA), *described(SCHEMA), *SCHEMA["$defs"].items()]
    kinds = [(path, resolved(part)) for path, part in parts]
    open_ones = [
        path
        for path, part in kinds
        if "object" in str(part.get("type"))
        and not (part.get("additionalProperties") is False or isinstance(part.get("additionalProperties"), dict))
    ]

    assert open_ones == []


def test_only_what_a_plan_lacks_and_what_depends_on_the_recipe_is_optional():
    optional = {
        path
        for path, _ in described(SCHEMA)
        if (at := path.rpartition(".")) and at[2] not in resolved(_part(at[0])).get("required", [])
    }

    assert {path for path in optional if not path.startswith(".recipe.")} == {
        ".source[].digest",
        ".arrays.*.file",
        ".arrays.*.same_as",
        ".arrays.*.columns",
        ".arrays.*.view",
        ".arrays.*.shards",
        ".arrays.*.of_samples",
        ".arrays.*.shards[].digest",
        ".index.digest",
        ".arrays.*.digest",
        ".applied",
        ".applied.fold",
        ".applied.reading",
        ".fitted.folds.*.range",
        ".fitted.lacks",
        ".fitted.folds.*.lacks",
        ".index",
        ".sequences.samples.by_key",
        ".splits.*.context_rows",
        ".fitted.categories",
        ".fitted.range",
        ".fitted.scaling",
        ".fitted.folds",
        *(f"{at}.{part}" for at in SCALING for part in ("features", "targets", "future")),
        *(f"{at}.by_group" for at in SCALING[::2]),
        ".fitted.folds.*.scaling",
        ".fitted.timesteps",
        ".padding.truncating",
        ".padding.steps",
        ".padding.padded",
        ".padding.cut",
        ".padding.rows_like_padding",
        *(
            f"{at}.{part}"
            for at in (".fitted", ".fitted.folds.*")
            for part in ("means", "log", "difference", "detrend")
        ),
    }


def _part(path: str) -> Json:
    return SCHEMA if not path else dict(_places())[path]


def _places(part: Json = SCHEMA, path: str = "") -> Iterator[tuple[str, Json]]:
    part = resolved(part)
    yield path, part
    for name, field in part.get("properties", {}).items():
        yield from _places(field, f"{path}.{name}")
    for step, inner in (("[]", part.get("items")), (".*", part.get("additionalProperties"))):
        if isinstance(inner, dict):
            yield from _places(inner, path + step)


def test_the_recipe_of_the_schema_has_the_settings_of_the_command_and_no_others():
    recipe = SCHEMA["properties"]["recipe"]["properties"]

    assert list(recipe) == ["command", *(s.name for s in every_setting())]
    assert {n: tuple(p["enum"]) for n, p in recipe.items() if "enum" in p} == {
        "command": tuple(recipes.COMMANDS),
        **{s.name: tuple(s.choices) for s in every_setting() if s.choices},
    }


# ---------------------------------------------------------------- what is written


@each_command
def test_what_a_command_writes_is_what_the_schema_says(name, manifests):
    assert faults(manifests[name]) == []


@each_command
def test_the_fields_stand_in_the_order_of_the_schema(name, manifests):
    made = manifests[name]
    ways = [(path, part) for path, part in objects(made, SCHEMA) if path[:1] != ("recipe",)]

    for path, part in ways:
        present = inside(made, path)
        assert list(present) == [k for k in part["properties"] if k in present], path


def test_every_field_of_the_schema_is_written_by_some_command(manifests):
    seen = {path for name in COMMANDS for path in shown(SCHEMA, manifests[name])}

    assert [path for path, _ in described(SCHEMA) if path not in seen] == []


@each_command
def test_files_and_digests_are_left_out_of_a_plan_and_only_there(name, manifests):
    made = manifests[name]
    planned = "--dry-run" in COMMANDS[name]

    for array in made["arrays"].values():
        if "view" in array:
            assert "file" not in array and "digest" not in array
            continue
        if "shards" in array:
            assert "file" not in array and "digest" not in array and not planned
            assert all("digest" in shard for shard in array["shards"])
            continue
        assert ("file" in array, "digest" in array) == (not planned, not planned)
    for source in made["source"]:
        assert ("digest" in source) == (not planned)


def test_only_an_array_that_is_another_one_says_so(manifests):
    same = {name for name in COMMANDS if any("same_as" in a for a in manifests[name]["arrays"].values())}

    assert same == {"autoencoder", "autoencoder in an npz", "autoencoder, dry run"}
    assert manifests["autoencoder"]["arrays"]["y"]["same_as"] == "X"


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("two keys, one sequence skipped", "sequences.skipped_count", 1),
        ("two keys, one sequence skipped", "sequences.count", 3),
        ("--partial", "padding.side", "pre"),
        ("--partial", "padding.value", -1),
        ("--partial with nan", "padding.value", "nan"),
        ("--leftover pad", "padding.side", "post"),
        ("plain", "padding", None),
        ("batches padded", "padding.side", None),
        ("batches padded", "padding.batch_samples", 3),
        ("batches padded", "samples", 20),
        ("batches dropped", "samples", 15),
        ("categorical", "fitted.categories.sky", ["clear", "rain"]),
        ("missing drop", "missing.cells.v", 2),
        ("missing drop", "missing.policy", "drop"),
        ("dates out of order", "order.kind", "instant"),
        ("dates out of order", "order.sorted", True),
        ("times with a zone", "order.zone", "UTC"),
        ("times that are fractions", "order.kind", "number"),
        ("target", "order.kind", "integer"),
        ("--stateful", "order.stateful", True),
        ("--shuffle", "order.shuffled", True),
        ("label", "classes", ["clear", "rain"]),
        ("standard input", "source.0.name", "-"),
        ("two files", "source.1.name", "day2.csv"),
        ("--labels", "source.1.name", "answers.csv"),
    ],
)
def test_the_commands_show_what_they_are_named_for(name, path, value, manifests):
    steps = [int(s) if s.isdigit() else s for s in path.split(".")]

    assert inside(manifests[name], tuple(steps)) == value


def test_a_feature_that_loses_digits_is_noted(manifests):
    notes = manifests["float64 with a note on precision"]["notes"]

    assert "precision" in [note["code"] for note in notes]


@pytest.mark.parametrize(
    "settings",
    [
        {"timesteps": 3},
        {"timesteps": 3, "target": "c1"},
        {"timesteps": 3, "target_mode": "input"},
        {"timesteps": 5, "no_overlap": True, "leftover": "pad", "pad_value": float("inf")},
    ],
    ids=str,
)
def test_the_manifest_of_arrays_in_memory_is_one_too(settings):
    made = lstmprep.window(np.arange(34.0).reshape(17, 2), **settings).manifest

    assert faults(json.loads(json.dumps(made, allow_nan=False))) == []
    assert made["source"][0]["format"] == "table"


# ---------------------------------------------------------------- what the schema refuses

RICH = ("two keys, one sequence skipped", "--partial", "categorical", "autoencoder", "missing drop", "dry run")


@pytest.mark.parametrize("name", RICH)
def test_an_unknown_key_is_refused_in_every_object(name, manifests):
    ways = [path for path, _ in objects(manifests[name], SCHEMA)]

    assert len(ways) >= 10
    for path in ways:
        made = copy.deepcopy(manifests[name])
        inside(made, path)["unknown"] = 1
        assert len(faults(made)) == 1, path


@pytest.mark.parametrize("name", RICH)
def test_a_missing_key_is_refused_in_every_object(name, manifests):
    ways = [(path, key) for path, part in objects(manifests[name], SCHEMA) for key in part.get("required", [])]

    assert len(ways) >= 50
    for path, key in ways:
        made = copy.deepcopy(manifests[name])
        del inside(made, path)[key]
        assert any(repr(key) in fault for fault in faults(made)), (path, key)


@pytest.mark.parametrize("name", RICH)
def test_a_value_of_another_type_is_refused_in_every_field(name, manifests):
    """No field takes an object where it has a plain value or a list, or a truth value where it has an object."""
    ways = [(*path, key) for path, _ in objects(manifests[name], SCHEMA) for key in inside(manifests[name], path)]

    assert len(ways) >= 50
    for path in ways:
        made = copy.deepcopy(manifests[name])
        value = inside(made, path)
        inside(made, path[:-1])[path[-1]] = True if isinstance(value, dict) else {"odd": []}
        assert faults(made) != [], path


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("manifest_version",), 2),
        (("samples",), "11"),
        (("samples",), 0),
        (("samples",), 2.5),
        (("input_shape",), [3]),
        (("input_shape",), [3, 2, 1]),
        (("feature_names",), []),
        (("arrays", "X", "dtype"), "object"),
        (("arrays", "X", "digest"), "md5:0"),
        (("arrays", "Z"), {"shape": [1], "dtype": "bool", "axes": ["samples"], "bytes": 1}),
        (("source",), []),
        (("rows", "read"), -1),
        (("recipe", "timesteps"), "3"),
        (("recipe", "missing"), "guess"),
        (("order", "zone"), "Europe/Paris"),
        (("notes", 0, "code"), "No Code"),
    ],
    ids=str,
)
def test_a_value_that_no_output_can_have_is_refused(path, value, manifests):
    made = copy.deepcopy(manifests["two keys, one sequence skipped"])
    inside(made, path[:-1])[path[-1]] = value

    assert faults(made) != []


@pytest.mark.parametrize("made", [None, [], "manifest", 1, {}], ids=str)
def test_what_is_no_manifest_at_all_is_refused(made):
    assert faults(made) != []
