"""`show`: the manifest in words, a sample as a table, one number back to its cell; whatever the layout and the order."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.cli import run
from lstmprep.cli.sample import value_text
from lstmprep.errors import LstmprepError
from lstmprep.showing.output import Output
from lstmprep.showing.sample import sample_of
from lstmprep.showing.trace import origin, steps_between
from lstmprep.showing.words import looks_like_steps, told

TEN = "t,a,b,y\n" + "".join(f"{i},{i + 1},{i + 11},{i + 101}\n" for i in range(10))
MIXED = "k,t,v,w\n" + "".join(f"{k},{t},{t * 10 + i},{t / 4}\n" for t in (3, 0, 2, 1, 4) for i, k in enumerate("uv"))


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in [n for n in os.environ if n.startswith("LSTMPREP")]:
        monkeypatch.delenv(name)


@pytest.fixture
def shown(capsys):
    """Types a command of show; what it printed, or the error."""

    def typed(line: str, code: int = 0) -> str:
        capsys.readouterr()
        assert run(["show", *shlex.split(line)]) == code
        seen = capsys.readouterr()
        return seen.out if code == 0 else seen.err

    return typed


def steps(page: str) -> list[list[str]]:
    """The words of each line of the table of steps, its head left out."""
    return [line.split() for line in page.split("\n\n")[1].splitlines()[1:]]


def made(text: str, line: str, out: str = "out", name: str = "d.csv") -> str:
    Path(name).write_text(text, encoding="utf-8")
    assert run(["window", name, *shlex.split(line), "-q", "-o", out]) == 0
    return out


# ---------------------------------------------------------------- the manifest in words


def test_the_manifest_says_what_was_made_of_what(shown):
    text = shown(made(TEN, "--time t -f a,b --target y -t 3"))

    for words in (
        "(7, 3, 2)",
        "d.csv, csv, 10 rows",
        "features    a, b",
        "targets     y",
        "10 read, 9 used",
        "few",
        "Input(shape=(3, 2))",
    ):
        assert words in text
    assert json.loads(shown("out --json")) == json.loads(Path("out/manifest.json").read_text())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-f v,w --group-by k --time t -t 3", ["2 by k", "time        t (integer)"]),
        ("-f v,w --label k -t 3", ["classes", "0 u, 1 v"]),
        ("-f v,w --group-by k --time t -t 3 --partial", ["padding", "mask is False"]),
        ("-f v -t 4 --group-by k --time t --shuffle --seed 1", ["shuffled"]),
        ("-f v --time w --on-duplicate last -t 3", ["sorted (", "rows out of order"]),
        ("-f v -t 9", ["order       that of the file"]),
        ("-f v -t 3 --no-overlap", ["unused", "left over"]),
        ("-f v --categorical k -t 3", ["learned", "categories: k (u, v)"]),
        ("-f v -t 2 --no-overlap --batch-size 2 --stateful", ["row k of a batch"]),
    ],
)
def test_what_was_decided_is_said(shown, line, words):
    text = shown(made(MIXED, line))

    for word in words:
        assert word in text, text


@pytest.mark.parametrize("columns", [60, 80, 100])
@pytest.mark.parametrize("line", ["", "--sample 0", "--sample 0 --step 1", "--at 0,1,v"])
def test_a_page_never_overflows_the_terminal(shown, monkeypatch, line, columns):
    monkeypatch.setenv("COLUMNS", str(columns))

    assert max(map(len, shown(f"{made(MIXED, '-f v,w -t 4 --group-by k --time t')} {line}").splitlines())) <= columns


def test_features_that_count_are_likely_the_steps(shown):
    table = "p1,p2,p3,p4\n" + "1,2,3,4\n5,6,7,8\n" * 9

    assert "axes are exchanged" in shown(made(table, "-t 2")).replace("\n            ", " ")
    assert not looks_like_steps(["c0", "c1", "c2"])
    assert not looks_like_steps(["p1", "p2", "q3"])
    assert not looks_like_steps(["p1", "p2", "p4"])
    assert looks_like_steps(["a_lag1", "a_lag2"])


# ---------------------------------------------------------------- a sample


@pytest.mark.parametrize(
    "form",
    [
        "",
        "--layout time-first",
        "--layout channels-first",
        "--layout flat",
        "--subsequences 2",
        "--subsequences 2 --layout convlstm",
    ],
)
@pytest.mark.parametrize("kind", ["out", "out.npz"])
def test_a_sample_is_its_rows_whatever_the_layout(form, kind):
    out = made(TEN, f"--time t -f a,b --target y -t 4 {form}", kind)

    sample = sample_of(Output(out), 2, "all")

    assert sample.values.tolist() == [[3, 13], [4, 14], [5, 15], [6, 16]]
    assert sample.y.tolist() == [107]
    assert sample.rows == [2, 3, 4, 5]


@pytest.mark.parametrize("store", ["windows", "series"])
def test_a_sample_is_a_table_with_rows_times_names_answer_and_diagram(shown, store):
    text = shown(f"{made(TEN, f'--time t -f a,b --target y -t 3 --lead 2 --store {store}')} --sample 1")

    assert text.split("\n\n")[1].split("\n")[0].split() == ["step", "row", "t", "a", "b"]
    assert steps(text) == [
        ["0", "2", "1", "2", "12"],
        ["1", "3", "2", "3", "13"],
        ["2", "4", "3", "4", "14"],
    ]
    assert "y           row 6: y 106" in text
    assert "rows 2 to 6  ███·▒" in text


def test_rows_that_were_put_in_order_are_found_by_reading_again(shown):
    out = made(MIXED, "-f v -t 3 --group-by k --time t")
    output = Output(out)

    found = origin(output, 0, "all", None)

    assert found.rows == [2, 6, 4]
    assert [found.text(r, "v") for r in found.rows] == ["0", "10", "20"]
    assert sample_of(output, 0, "all").rows == [2, None, 4], "the index alone knows the ends"
    assert "u" in shown("out --sample 0")


def test_a_row_that_cannot_be_told_is_said_to_be_unknown(shown):
    made(MIXED, "-f v -t 3 --group-by k --time t")
    Path("d.csv").unlink()

    assert [line[1] for line in steps(shown("out --sample 0"))] == ["3", "?", "5"]
    assert "--table FILE finds it" in shown("out --at 0,1,v").replace("\n", " ")


def test_padding_is_called_padding(shown):
    made(TEN, "--time t -f a -t 3 --partial")

    assert [line[1] for line in steps(shown("out --sample 0"))] == ["padding", "padding", "1"]
    assert "padding" in shown("out --sample 0 --step 0")
    assert "no row stands behind it" in shown("out --at 0,0,a")
    assert "row 1 (line 2)" in shown("out --at 0,2,a")


def test_shuffled_samples_are_traced_to_their_own_rows():
    out = made(TEN, "--time t -f a,b --target y -t 3 --shuffle --seed 5")
    output = Output(out)

    for k in range(7):
        found = origin(output, k, "all", None)
        assert [float(found.text(r, "a")) for r in found.rows] == sample_of(output, k, "all").values[:, 0].tolist()
        assert [float(found.text(r, "y")) for r in found.answers] == sample_of(output, k, "all").y.tolist()


def test_dilated_windows_and_lags_are_traced(shown):
    made(TEN, "--time t -f a --target y -t 3 --dilation 3")
    assert "rows 1 to 8  █··█··█▒" in shown("out --sample 0")

    made(TEN, "--time t -f a --target y --lags 1,4", "lags")
    assert "rows 1 to 5  █··█▒" in shown("lags --sample 0")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-f v -t 3 --label k", "1, the class v"),
        ("-f v -t 3 --label k --one-hot", "of shape (2,)"),
        ("-f v -t 3 --target w --horizon 2", "of shape (2, 1)"),
        ("-f v -t 3 --target w,v", "w 0.25, v 11"),
        ("-f v -t 3", "none"),
    ],
)
def test_the_answer_is_told_in_its_own_way(shown, line, words):
    assert words in shown(f"{made(MIXED, line)} --sample {4 if 'w,v' in line else 1}")


def test_long_samples_and_many_features_are_cut_and_said(shown):
    n = 90
    text = (
        ",".join(f"f{i}x" for i in range(30))
        + "\n"
        + "".join(",".join(str(r + c) for c in range(30)) + "\n" for r in range(n))
    )

    page = shown(f"{made(text, '-t 80')} --sample 1")

    assert "... 30 steps more" in page
    assert "more features" in page
    assert len(shown("out --sample 1 --step 79").splitlines()) >= 31


def test_arrays_in_memory_have_no_page_but_outputs_of_tables_do(shown):
    lstmprep.window(pa.table({"a": np.arange(9.0)}), timesteps=2, output="out")

    assert "?" not in shown("out --sample 3")
    assert "row 5" in shown("out --at 3,1,a")


# ---------------------------------------------------------------- one number


def test_a_number_is_explained_from_file_to_float(shown):
    text = shown(f"{made(TEN, '--time t -f a,b --target y -t 3')} --at 2,1,b")

    for words in ("X[2, 1, 1] = 14", "feature b", "from d.csv, row 4 (line 5)", "'14'", "float32"):
        assert words in text
    assert shown("out --at 2,1,1") == text


def test_digits_that_the_type_has_not_are_seen(shown):
    made("a\n16777217\n2\n3\n", "-t 2")

    text = shown("out --at 0,0,a")

    assert "'16777217'" in text
    assert "16777216" in text


def test_a_number_of_a_pivoted_table_is_explained_by_its_own_cell(shown):
    made("t,k,v\n2,b,4\n1,a,1\n2,a,3\n1,b,\n", "--pivot k --time t -t 1 --missing drop")

    assert "from d.csv, row 1 (line 2)" in shown("out --at 0,0,v@b")
    assert "the cell of column v@b: '4'" in shown("out --at 0,0,v@b")
    assert "row 3 (line 4)" in shown("out --at 0,0,v@a")


def test_a_number_of_a_vector_is_explained_by_its_place(shown):
    made('v\n"[1, 2]"\n"[3, 4]"\n', "--vector v -t 1")

    assert "row 2 (line 3)" in shown("out --at 1,0,v_1")
    assert "the cell of column v_1: '4.0'" in shown("out --at 1,0,v_1")


def test_a_class_as_a_feature_is_explained_by_its_text(shown):
    made(MIXED, "-f v --categorical k -t 3")

    assert "1 where it is 'u'" in shown("out --at 0,0,k=u")


def test_another_table_than_the_one_read_is_refused(shown):
    made(TEN, "--time t -f a,b -t 3")
    Path("e.csv").write_text(TEN.replace("5,6", "5,7"), encoding="utf-8")

    assert "not the table that was read" in shown("out --at 0,0,a --table e.csv", 3)
    assert "'1'" in shown("out --at 0,0,a --table d.csv")


def test_a_source_that_changed_is_not_believed(shown):
    made(TEN, "--time t -f a,b -t 3")
    Path("d.csv").write_text(TEN.replace("5,6", "5,7"), encoding="utf-8")

    assert "not at hand" in shown("out --at 0,0,a")


def test_what_is_done_on_the_way_is_named():
    output = Output(made(TEN, "--time t -f a,b -t 3"))
    output.made["recipe"] |= {"difference": 1, "log": ["a"], "missing": "ffill"}
    output.made["fitted"] = {"scale": {"a": {"mean": 4.0, "std": 2.0}, "b": {"mean": 1.0}}}

    assert steps_between(output, "a") == [
        "filled where it is missing: ffill",
        "logarithm of a",
        "less the value 1 rows before",
        "scale: mean 4.0, std 2.0",
    ]
    assert ("learned", "scale: a (mean 4, std 2), b (mean 1)") in told(output.made)


def test_parts_have_samples_of_their_own_and_scaling_is_worked_out(shown):
    made(TEN, "--time t -f a,b --target y -t 2 --split 0.6,0.4 --context --scale standard")

    assert "test        4 samples of 4 rows, 6 to 9" in shown("out")
    assert [line[1] for line in steps(shown("out --sample 0 --split test"))] == ["5", "6"]
    assert "sample 0 of 4 of train" in shown("out --sample 0")
    assert "(13 - 13.5) / 1.70783 = -0.292770022" in shown("out --at 1,1,b")
    assert "of test" in shown("out --sample 4 --split test", 2)


def test_folds_are_parts_by_their_full_names(shown):
    made(TEN, "--time t -f a,b --target y -t 1 --folds 2 --fold-train 4")

    assert [line[1] for line in steps(shown("out --sample 1 --split fold1/test"))] == ["9"]


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("--sample 7", 2, ["7", "0 to 6", "--sample 6"]),
        ("--sample 0 --step 3", 2, ["3 timesteps", "0 to 2"]),
        ("--sample 0 --step 9", 2, ["step 9"]),
        ("--step 0", 2, ["--sample"]),
        ("--at 0,0,a --sample 1", 2, ["--at"]),
        ("--at 0,a,0", 2, ["exchanged", "--at 0,0,a"]),
        ("--at 0,0", 2, ["S,T,FEATURE", "--at 2,1,a"]),
        ("--at x,0,a", 2, ["S,T,FEATURE"]),
        ("--at 0,0,aa", 2, ["'aa'", "Did you mean 'a'"]),
        ("--at 0,0,2", 2, ["2 features", "exchanged"]),
        ("--at 9,0,a", 2, ["sample 9"]),
        ("--at 0,5,a", 2, ["step 5"]),
        ("--sample 0 --split test", 2, ["'test'", "no split"]),
        ("--sample 0 --json", 2, ["--json"]),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(shown, line, code, words):
    made(TEN, "--time t -f a,b -t 3 --target y")

    error = shown(f"out {line}", code)

    assert len(error.splitlines()) == 2
    for word in words:
        assert word in error


def test_nothing_and_bare_arrays_are_answered(shown):
    np.save("X.npy", np.zeros((3, 2, 1)))

    assert "no output here" in shown("nothing", 4)
    assert "lstmprep check X.npy" in shown("X.npy", 4)


def test_a_manifest_that_is_none_of_ours_is_refused(shown):
    made(TEN, "--time t -f a,b -t 3")
    path = Path("out/manifest.json")
    text = json.loads(path.read_text())
    path.write_text(json.dumps(text | {"sequences": 3}))

    assert "manifest.sequences" in shown("out", 3)


def test_an_index_that_is_too_short_is_named():
    made(TEN, "--time t -f a,b -t 3")
    made(TEN, "--time t -f a,b -t 9", "short")
    os.replace("short/index.parquet", "out/index.parquet")

    with pytest.raises(LstmprepError, match="fewer rows"):
        sample_of(Output("out"), 6, "all")


def test_an_output_without_an_index_shows_its_values(shown):
    made(TEN, "--time t -f a,b -t 3 --no-index")

    assert "14" in shown("out --sample 2")
    Path("d.csv").unlink()
    assert "no index" in shown("out --at 2,1,b").replace("\n", " ")


def test_names_are_printed_escaped(shown):
    made("a\x1b[31m,b\n" + "1,2\n" * 5, "-t 2")

    assert "\x1b" not in shown("out") + shown("out --sample 0") + shown("out --sample 0 --step 0")


@pytest.mark.parametrize(("value", "text"), [(0.1, "0.1"), (1e-7, "1e-07"), (-2.0, "-2"), (float("nan"), "nan")])
def test_a_number_is_told_with_the_digits_of_its_type(value, text):
    assert value_text(np.float32(value)) == text


def test_rows_of_a_key_that_stand_together_are_told_one_by_one(shown):
    made("k,v\n" + "".join(f"{k},{i}\n" for k in "ab" for i in range(4)), "-f v -t 3 --group-by k")
    Path("d.csv").unlink()

    assert [line[1] for line in steps(shown("out --sample 3"))] == ["6", "7", "8"]


WAYS = {
    "plain": "",
    "log": "--log a",
    "difference": "--difference 1",
    "trend": "--detrend linear",
    "both": "--log a --difference 2",
    "group": "--scale-by-group",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scale", ["standard", "minmax", "robust", "maxabs"])
def test_the_arithmetic_of_a_scaling_ends_at_the_number_that_is_explained(shown, way, scale):
    """Whatever was done to the value before, decimal commas in the table included."""
    rows = "".join(f"{k};{t};{t * t + 1.5 + 40 * (k == 'b')}\n".replace(".", ",") for k in "ab" for t in range(9))
    made("k;t;a\n" + rows, f"-f a -t 2 --group-by k --time t --delimiter ';' --decimal , --scale {scale} {WAYS[way]}")

    for sample in (1, 8):
        text = " ".join(shown(f"out --at {sample},1,a").split())
        value = float(re.search(r"^X\[\d+, 1, 0\] = (\S+)", text)[1])
        x, shift, factor, done = map(
            float, re.search(rf"{scale} scaling by train rows.*?: \((\S+) - (\S+)\) / (\S+) = (\S+)", text).groups()
        )
        assert done == pytest.approx(value, rel=1e-5, abs=1e-6)
        assert (x - shift) / factor == pytest.approx(value, rel=1e-3, abs=1e-4)
        if way in ("plain", "group"):
            assert x == float(re.search(r"cell of column a: '(\S+)'", text)[1].replace(",", "."))
        assert ("by train rows of b" in text) == (way == "group" and sample == 8)
        assert "range:" not in text


def test_a_logarithm_is_worked_out_and_told_of_its_own_columns_alone(shown):
    made("t,a,b\n" + "".join(f"{t},{t + 2},{t}\n" for t in range(9)), "-f a,b -t 2 --time t --log a --scale standard")

    assert "of the logarithm of 4: (1.386294361 -" in " ".join(shown("out --at 1,1,a").split())
    assert "logarithm" not in shown("out --at 1,1,b")


@pytest.mark.parametrize("name", ["lags.csv", "lags.parquet", "lags.npy"])
def test_rows_of_a_lagged_table_are_no_samples_to_show(shown, name):
    Path("d.csv").write_text(TEN, encoding="utf-8")
    assert run(["lag", "d.csv", "--time", "t", "--lags", "1-2", "-q", "-o", name]) == 0

    assert "samples, columns" in shown(name)
    for how in ("--sample 0", "--at 0,0,a"):
        said = shown(f"{name} {how}", 2)
        assert "this output is a lagged table: its samples are its rows" in said
        assert "--at '0,a(t-2)'" in said
    assert "row 1 (line 2)" in shown(f"{name} --at '0,a(t-2)'")  # what is offered works


def test_a_part_is_named_for_a_sample(shown):
    made(TEN, "--time t -f a -t 2 --split 0.5,0.5")

    assert "there is no part 'nix'" in shown("out --split nix", 2)
    assert "--split is for --sample and --at" in shown("out --split test", 2)
