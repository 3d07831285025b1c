"""What a person is told: advice that can be followed, notes on what would surprise, numbers that work."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.errors import DataError, LstmprepError
from tests.audit.made import edit, written

ROWS = pd.DataFrame(
    {
        "k": np.repeat(["a", "b", "c"], [30, 20, 10]),
        "t": np.concatenate([np.arange(30), np.arange(20) + 5, np.arange(10) + 15]),
        "x": np.arange(60) % 7 * 1.0,
        "y": np.arange(60) % 11 * 1.0,
    }
)
WINDOWS = {"time": "t", "group_by": "k", "features": "x", "target": "y", "timesteps": 3}


def codes(made: lstmprep.Prepared) -> dict[str, str]:
    return {note["code"]: note["text"] for note in made.manifest["notes"]}


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lstmprep", *words], check=False, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    "asked",
    [
        {"folds": 50},
        {"folds": 3, "embargo": 20},
        {"folds": 3, "fold_train": 2},
        {"folds": 3, "fold_train": 2, "split_by": "sequence"},
        {"folds": 9, "split_by": "sequence"},
        {"split": "0.5,0.5", "embargo": 100},
        {"split": "0.5,0.5", "embargo": 100, "split_by": "sequence"},
        {"split": "30,30", "embargo": 29},
    ],
    ids=lambda asked: " ".join(f"{n}={v}" for n, v in asked.items()),
)
def test_every_number_offered_for_a_part_that_is_too_small_works(asked):
    with pytest.raises(DataError) as refused:
        lstmprep.window(ROWS, **WINDOWS, **asked)

    offers = re.findall(r"--(folds|fold-train|embargo|split|timesteps) ([\d.,]*\d)", refused.value.fix)
    assert {name.replace("-", "_") for name, _ in offers} & set(asked)
    for name, value in offers:
        other = {**WINDOWS, **asked, name.replace("-", "_"): value if name == "split" else int(value)}
        assert lstmprep.window(ROWS, **other).manifest["samples"]


def test_the_largest_embargo_and_the_shortest_train_that_work_are_offered():
    for asked, step in (({"folds": 3, "embargo": 20}, 1), ({"folds": 3, "fold_train": 2}, -1)):
        with pytest.raises(DataError) as refused:
            lstmprep.window(ROWS, **WINDOWS, **asked)
        name = list(asked)[1]
        (value,) = re.findall(rf"--{name.replace('_', '-')} (\d+)", refused.value.fix)
        with pytest.raises(DataError):
            lstmprep.window(ROWS, **WINDOWS, **{**asked, name: int(value) + step})


def test_an_only_section_that_is_too_short_is_not_called_the_table(tmp_path):
    (tmp_path / "s.csv").write_text("start,end,label\n2,3,u\n")

    with pytest.raises(DataError, match="the only stretch inside --sections has 2 rows"):
        lstmprep.window(ROWS[ROWS.k == "a"], time="t", features="x", timesteps=3, sections=tmp_path / "s.csv")


def test_a_column_that_is_constant_in_one_group_is_named():
    rows = ROWS.assign(x=ROWS.x.where(ROWS.k != "b", 4.0))

    made = lstmprep.window(rows, **WINDOWS, scale="standard", scale_by_group=True)

    assert "x in 1 sequence (b); scaled to 0 there" in codes(made)["scaled-constant"]
    assert "scaled-constant" not in codes(lstmprep.window(ROWS, **WINDOWS, scale="standard", scale_by_group=True))


@pytest.mark.parametrize(
    ("times", "zone"),
    [
        (pa.array([0, 3600], pa.timestamp("s", "Europe/Berlin")), "--timezone Europe/Berlin"),
        (["2021-07-01T00:30+02:00", "2021-07-01T01:30+02:00"], "the times say [+]02:00"),
        (["2021-07-01 00:30:00-0500", "2021-07-01 01:30:00-0500"], "the times say -0500"),
        (["2021-07-01T00:30Z", "2021-07-01T01:30+00:00", "2021-07-01T05:30+02:00"], "the times say [+]02:00"),
    ],
    ids=["parquet", "offset", "offset without a colon", "offset of a later row"],
)
def test_calendar_features_of_utc_are_said_to_be_those(times, zone):
    rows = pa.table({"t": times, "a": np.arange(len(times)) * 1.0})

    said = codes(lstmprep.window(rows, time="t", timesteps=1, calendar="hour"))["calendar-utc"]

    assert re.search(zone, said)
    assert "calendar-utc" not in codes(lstmprep.window(rows, time="t", timesteps=1))
    assert "calendar-utc" not in codes(
        lstmprep.window(rows, time="t", timesteps=1, calendar="hour", timezone="Europe/Berlin")
    )


@pytest.mark.parametrize(
    ("style", "times", "said"),
    [
        ("%d/%m/%Y %H:%M %z", ["01/07/2021 00:30 +0000", "01/07/2021 03:30 +0200"], "the times say +0200"),
        ("%z %d-%m-%Y %H", ["-05:30 01-07-2021 00", "-05:30 02-07-2021 00"], "the times say -05:30"),
        ("%d-%m-%Y %H:%M%z", ["01-07-2021 00:30+0000", "02-07-2021 03:30Z"], None),
        ("%d-%m-%Y %H%M", ["01-07-2021 0130", "02-07-2021 0330"], None),
    ],
    ids=["a later row", "in front", "utc", "none"],
)
def test_a_zone_that_a_time_format_reads_is_noted_too(style, times, said):
    rows = pa.table({"t": times, "a": [1.0, 2.0]})

    noted = codes(lstmprep.window(rows, time="t", timesteps=1, calendar="hour", time_format=style))

    assert ("calendar-utc" in noted) == (said is not None)
    assert said is None or said in noted["calendar-utc"]


@pytest.mark.parametrize(
    "times",
    [
        pa.array([0, 3600], pa.timestamp("s", "UTC")),
        pa.array([0, 3600], pa.timestamp("s")),
        ["2021-07-01T00:30Z", "2021-07-01T01:30Z"],
        ["2021-07-01T00:30+00:00", "2021-07-01T01:30+00:00"],
        ["2021-07-01", "2021-07-02"],
    ],
    ids=["utc", "none", "Z", "zero", "days"],
)
def test_times_of_utc_or_of_no_zone_need_no_such_note(times):
    made = lstmprep.window(pa.table({"t": times, "a": [1.0, 2.0]}), time="t", timesteps=1, calendar="hour")

    assert "calendar-utc" not in codes(made)


@pytest.mark.parametrize("day", ["1900-02-29", "2021-02-30", "2021-13-01"])
def test_a_day_that_never_was_is_not_a_matter_of_format(day):
    with pytest.raises(DataError) as refused:
        lstmprep.window(pd.DataFrame({"t": ["2016-01-01", day], "a": [1.0, 2.0]}), time="t", timesteps=1)

    assert refused.value.fix == "Mend the cell: the calendar has no such day."


@pytest.mark.parametrize(
    "rows",
    [ROWS.assign(x=ROWS.x.where(ROWS.t != 7)), pd.concat([ROWS, ROWS.head(1)]), ROWS.head(2)],
    ids=["missing", "double", "short"],
)
def test_apply_does_not_advise_options_that_it_does_not_take(rows):
    made = lstmprep.window(ROWS, **WINDOWS)

    with pytest.raises(DataError) as refused:
        made.apply(rows)

    assert refused.value.fix.startswith("Mend the rows, or make the output again with other options. ")
    with pytest.raises(DataError, match="is infinite") as refused:
        made.apply(ROWS.assign(x=ROWS.x.where(ROWS.t != 7, np.inf)))
    assert refused.value.fix.startswith("Mend the cell, or read it as missing with --na-values")


@pytest.mark.parametrize("what", ["hints", "source"])
def test_hints_and_rows_of_the_source_are_made_again(what, tmp_path):
    out = written(tmp_path, target="y")
    assert lstmprep.check(out).ok

    damage = {
        "hints": lambda m: m["hints"].update(keras="Input(shape=(99, 3))"),
        "source": lambda m: m["source"][0].update(rows=3),
    }
    edit(out, damage[what])
    checked = lstmprep.check(out, table=tmp_path / "t.parquet")

    assert [f.code for f in checked.findings] == ["source"]
    assert f"manifest.{what}" in checked.lines()[0]


def outputs(folder: Path, **settings: object) -> Path:
    ROWS.to_csv(folder / "t.csv", index=False)
    lstmprep.window(folder / "t.csv", **WINDOWS, output=folder / "o", **settings)
    return folder / "o"


@pytest.mark.parametrize("gone", [10, 51], ids=["some", "all"])
def test_missing_predictions_are_counted_and_not_blamed_on_the_table(gone, tmp_path):
    out = outputs(tmp_path)
    y = np.load(out / "y.npy")
    y[:gone] = np.nan
    np.save(tmp_path / "p.npy", y)

    done = command("invert", str(out), str(tmp_path / "p.npy"), "-o", str(tmp_path / "p.csv"))

    assert done.returncode == 0
    assert f"note: {gone} predictions missing (NaN, or a code below 0): left out of the errors" in done.stderr
    assert "no true values are known" not in done.stderr
    assert ("MAE 0, RMSE 0, of 41 predictions" in done.stderr) == (gone < 51)


def test_codes_below_zero_are_missing_predictions(tmp_path):
    ROWS.assign(y=np.where(ROWS.y > 4, "u", "v")).to_csv(tmp_path / "t.csv", index=False)
    lstmprep.window(
        tmp_path / "t.csv", time="t", group_by="k", features="x", label="y", timesteps=3, output=tmp_path / "o"
    )
    np.save(tmp_path / "p.npy", np.full(len(np.load(tmp_path / "o" / "y.npy")), -1))

    done = command("invert", str(tmp_path / "o"), str(tmp_path / "p.npy"), "-o", str(tmp_path / "p.csv"))

    assert "note: 54 predictions missing" in done.stderr


def test_rows_that_the_index_cannot_tell_are_counted(tmp_path):
    shuffled = ROWS.sample(frac=1.0, random_state=1)
    shuffled.to_csv(tmp_path / "t.csv", index=False)
    lstmprep.window(tmp_path / "t.csv", **WINDOWS, horizon=4, stride=4, output=tmp_path / "o")
    shutil.copy(tmp_path / "o" / "y.npy", tmp_path / "p.npy")
    words = ["invert", str(tmp_path / "o"), str(tmp_path / "p.npy"), "-o", str(tmp_path / "p.csv"), "--overwrite"]

    done = command(*words)
    unknown = int(pd.read_csv(tmp_path / "p.csv").target_row.isna().sum())

    assert unknown
    assert f"note: {unknown:,} rows without target_row" in done.stderr
    assert "target_row:" not in command(*words, "--table", str(tmp_path / "t.csv")).stderr


def test_rows_beyond_the_table_are_not_said_to_be_unknown(tmp_path):
    made = outputs(tmp_path, horizon=4)
    assert command("apply", str(made), str(tmp_path / "t.csv"), "--latest", "-o", str(tmp_path / "n")).returncode == 0
    np.save(tmp_path / "p.npy", np.zeros((3, 4, 1)))

    done = command("invert", str(tmp_path / "n"), str(tmp_path / "p.npy"), "-o", str(tmp_path / "p.csv"))

    assert done.returncode == 0
    assert "target_row:" not in done.stderr
    assert pd.read_csv(tmp_path / "p.csv").target_row.isna().all()


def test_advice_of_reshape_names_only_options_that_it_has(tmp_path):
    texts, holes = (
        pd.DataFrame({"a": ["x", "y"], "b": ["z", "w"]}),
        pd.DataFrame({"t": [1, 1, 2], "p": ["A", "B", "A"], "f": [1.0, 2, 3]}),
    )
    asked = {"shape": (-1, 1, 1)}

    fixes = []
    for table, settings in [
        (texts, asked),
        (texts, {**asked, "features": "a"}),
        (holes, {"shape": (-1, 1, 2), "time": "t", "pivot": "p"}),
    ]:
        with pytest.raises(DataError) as refused:
            lstmprep.reshape(table, **settings)
        fixes.append(refused.value.fix)

    with pytest.raises(DataError) as refused:
        lstmprep.reshape(pd.concat([holes, holes]), shape=(-1, 1, 2), time="t", pivot="p")

    assert refused.value.fix == "Keep one of them with --on-duplicate first, last or mean."
    assert fixes[0] == "Name columns of numbers with --features."
    assert fixes[1].endswith("A text column: --exclude leaves it out.")
    assert fixes[2] == "Add the row, or leave the key out with --exclude '*@B'."
    assert lstmprep.reshape(holes, time="t", pivot="p", shape=(-1, 1, 1), exclude="*@B").X.tolist() == [[[1]], [[3]]]


def test_keys_that_are_one_number_in_two_spellings_are_said_to_be_texts(tmp_path):
    (tmp_path / "rows.csv").write_text("k,v\n1,1\n1,2\n2,3\n")
    (tmp_path / "labels.csv").write_text("k,class\n1.0,p\n2.0,q\n")

    with pytest.raises(DataError, match="2 sequences have no label: 1, 2") as refused:
        lstmprep.pad(tmp_path / "rows.csv", group_by="k", labels=tmp_path / "labels.csv")

    assert refused.value.fix.endswith("The table has '1.0': keys are compared as text.")


def test_no_layer_masks_by_a_value_that_equals_nothing():
    made = lstmprep.pad(ROWS, group_by="k", time="t", features="x", pad_value=float("nan"))

    assert made.manifest["hints"]["keras"] == "Input(shape=(30, 1))"


def test_the_last_row_of_a_lagged_table_without_a_target_is_not_between_two_of_its_rows(tmp_path):
    (tmp_path / "rows.csv").write_text("a\n1\n2\n3\n")

    said = command("lag", str(tmp_path / "rows.csv"), "--lags", "1", "-o", str(tmp_path / "out.csv"))

    assert "1 row unused, no lag and no target reaches the row (row 3)" in said.stderr


@pytest.mark.parametrize("downsample", [None, 2])
@pytest.mark.parametrize(
    ("times", "offers"),
    [
        ([0, 1, 2, 3, 9, 10], [{"max_gap": "1"}, {"resample": "1", "fill": "ffill"}]),
        ([0, 2, 4, 5, 7, 9], [{"resample": "2"}]),  # a shorter step stays, whatever is cut
        ([0, 2, 4, 5, 9, 11, 13], [{"resample": "2", "fill": "ffill"}]),
        ([0.1, 0.4, 0.7, 1.0, 5.2, 5.5], [{"max_gap": "0.45"}, {"resample": "0.3", "fill": "ffill"}]),  # rounded steps
    ],
)
def test_what_is_offered_for_uneven_steps_works(times, offers, downsample):
    table = pa.table({"t": times, "a": range(len(times))})
    ways = {"time": "t", "timesteps": 1, **({"downsample": downsample} if downsample else {})}
    verb = lstmprep.pad if downsample else lstmprep.window
    with pytest.raises(DataError) as refused:
        verb(table, require_even=True, **ways)

    offers = [o for o in offers if not downsample or "max_gap" in o]
    told = [" ".join(f"--{n.replace('_', '-')} {v}" for n, v in o.items()) for o in offers]
    assert re.findall(r"--(?:max-gap|resample) .*?(?=, |$)", refused.value.fix) == told
    for offer in offers:
        assert verb(table, **ways, **offer, **({"require_even": True} if "max_gap" in offer else {})).X.size


def test_a_gap_offered_for_times_with_a_fraction_does_not_cut_between_usual_steps():
    table = pa.table({"t": [i / 3 for i in [*range(30), *range(60, 90)]], "a": range(60)})
    gap = re.search(r"--max-gap (\S+) ", codes(lstmprep.window(table, time="t", timesteps=4))["holes"])

    assert lstmprep.window(table, time="t", timesteps=4, max_gap=gap[1]).X.shape[0] == 2 * 27


@pytest.mark.parametrize("words", [["-f=-a"], ["-f", "-a"], ["-f-a"], ["--features=-a"], ["-f=-a", "-t=2"], ["-x=b,t"]])
def test_a_column_whose_name_begins_with_a_dash_can_be_named(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text("-a,b,t\n1,2,3\n4,5,6\n7,8,9\n")

    done = command("window", "d.csv", "-t", "2", *words, "--dry-run", "--json")

    assert json.loads(done.stdout)["feature_names"] == ["-a"]


def test_a_value_behind_two_dashes_or_after_a_flag_stays_what_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("-t=2").write_text("a\n1\n2\n3\n")

    assert command("window", "-t", "2", "--dry-run", "--", "-t=2").returncode == 0
    assert "no such option" in command("window", "-q=1", "-t", "2", "--", "-t=2").stderr


@pytest.mark.parametrize(
    ("mark", "spelled", "encoding"),
    [("\u00a0", "U+00A0", "cp1252"), ("\u202f", "u+202f", "utf-8"), ("\u2019", "U+2019", "utf-16")],
)
def test_numbers_with_a_mark_that_few_can_type_are_read(tmp_path, mark, spelled, encoding):
    path = tmp_path / "swiss.csv"
    path.write_bytes(f"t;price\n1;1{mark}234,5\n2;-1{mark}000{mark}000,25\n3;7,5\n".encode(encoding))

    ways = {"delimiter": ";", "decimal": ",", "encoding": encoding, "time": "t", "timesteps": 3, "dtype": "float64"}
    with pytest.raises(LstmprepError, match=f"--thousands {spelled.upper()[0]}.{spelled[2:].upper()}"):
        lstmprep.window(path, features="price", **ways)
    for given in (mark, spelled):
        data = lstmprep.window(path, features="price", thousands=given, **ways)
        assert data.X.ravel().tolist() == [1234.5, -1000000.25, 7.5]
        assert data.manifest["recipe"]["thousands"] == mark


@pytest.mark.parametrize(
    ("keys", "code", "words"),
    [
        (["007", "7"], "keys-alike", "007, 7 of k are two sequences"),
        (["1.0", "1", "2"], "keys-alike", "1, 1.0 of k are two sequences"),
        (["9007199254740992", "9007199254740993"], None, ""),  # ids that only look alike as float64
        (["NA", "None", "x"], "keys-of-nothing", "NA, None in k are keys like any other text"),
        (["nan", "1"], "keys-of-nothing", "nan in k is a key"),
        (["a", "A", "1"], None, ""),
    ],
)
@pytest.mark.parametrize("piece", [1, 1 << 16])
def test_keys_that_may_have_been_meant_otherwise_are_told(monkeypatch, keys, code, words, piece):
    monkeypatch.setattr("lstmprep.ingest.alike.PIECE", piece)
    told = codes(lstmprep.window(pa.table({"k": keys * 2, "a": range(2 * len(keys))}), group_by="k", timesteps=2))

    assert {c for c in told if c.startswith("keys-")} == ({code} if code else set())
    assert words in told.get(code, "")


@pytest.mark.parametrize(
    "cells",
    [
        ["Jan 02, 2020", "Jan 03, 2020"],
        ["Jan 2 2020", "Feb 3 2020"],
        ["02-Jan-2020", "03-Feb-2020"],
        ["2 January 2020", "3 February 2020"],
        ["02Jan2020 05:00", "03Feb2020 06:30"],
        ["January 2, 2020 05:00:10", "March 3, 2020 05:00:11"],
    ],
)
def test_the_format_that_is_offered_for_named_months_reads_them(cells):
    table = pa.table({"t": cells, "a": [1, 2]})
    with pytest.raises(DataError) as refused:
        lstmprep.window(table, time="t", timesteps=2)

    found = re.search(r"--time-format '(.*?)'", refused.value.fix)
    assert lstmprep.window(table, time="t", timesteps=2, time_format=found[1]).X.ravel().tolist() == [1, 2]


def test_a_column_that_is_class_and_category_is_counted_once():
    table = pa.table({"a": [1.0, 2.0, 3.0], "c": ["x", "y", "z"]})  # texts that rise are not looked up
    data = lstmprep.window(table, label="c", categorical="c", features="a,c", lead=1, timesteps=1)

    assert data.X[:, 0].tolist() == [[1, 1, 0, 0], [2, 0, 1, 0]]
    assert data.y.tolist() == [1, 2]
