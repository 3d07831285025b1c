"""FAULTS 14-18: nothing to read, very much of one thing, and products that no machine holds."""

from __future__ import annotations

import bz2
import gzip
import resource
import sys
import time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.sources import blocks
from tests.faults.conftest import ramp

pytestmark = pytest.mark.slow  # a hundred thousand columns take their time

HUGE = 2**61

# -- 14: nothing to read ----------------------------------------------------------------------------

EMPTY = {
    "no bytes": b"",
    "one line end": b"\n",
    "line ends": b"\r\n\r\n\n",
    "blanks": b"  \t \n",
    "a byte order mark": b"\xef\xbb\xbf",
    "header alone": b"a,b\n",
    "header without line end": b"a,b",
    "header and blank lines": b"a,b\n\n\n\n",
    "one column, header alone": b"a\n",
    "commas alone": b",,\n",
    "packed nothing": gzip.compress(b""),
    "packed header": bz2.compress(b"a,b\n"),
}


@pytest.mark.parametrize("what", EMPTY)
def test_14_a_table_without_rows_is_refused(desk, what):
    desk.write("t.csv", EMPTY[what])
    desk.refused("t.csv", "-t", "3", "-o", "out", code=3)


@pytest.mark.parametrize("what", EMPTY)
def test_14_standard_input_without_rows_is_refused(desk, what):
    desk.refused("-", "-t", "3", "-o", "out", code=3, stdin=EMPTY[what])


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"a": pa.array([], pa.float64())},
        {"a": pa.array([], pa.string()), "b": pa.array([], pa.int8())},
        {"s": ["x", "y", "z"]},
        {"n": pa.nulls(3)},
    ],
)
def test_14_parquet_without_rows_or_numbers_is_refused(desk, table):
    desk.parquet("t.parquet", table)
    desk.refused("t.parquet", "-t", "2", "-o", "out", code=3)


def test_14_a_file_that_is_not_there_or_is_a_folder_is_refused(desk):
    desk.path("empty").mkdir()
    for name in ("none.csv", "empty", "no*.csv", "nowhere/t.csv", "", "x" * 300 + ".csv", "none.parquet"):
        desk.refused(name, "-t", "3", "-o", "out", code=4)


@pytest.mark.parametrize(
    ("argv", "needs", "has", "works"),
    [
        (["-t", "8"], "8 rows", "7 rows", "--timesteps 7"),
        (["-t", "7", "--target", "b"], "8 rows", "7 rows", "--timesteps 6"),
        (["-t", "3", "--target", "b", "--lead", "5"], "8 rows", "7 rows", "--timesteps 2"),
        (["-t", "4", "--dilation", "3"], "10 rows", "7 rows", "--timesteps 3"),
        (["-t", "2", "--target", "b", "--horizon", "6"], "8 rows", "7 rows", "--timesteps 1"),
    ],
)
def test_14_too_few_rows_name_both_numbers_and_the_largest_that_works(desk, argv, needs, has, works):
    desk.write("t.csv", ramp(7))
    err = desk.refused("t.csv", *argv, "-o", "out", code=3)
    assert needs in err and has in err and works in err
    flag, value = works.split()
    desk.works("t.csv", *argv, flag, value)


def test_14_too_short_groups_say_the_longest(desk):
    desk.write("t.csv", "k,v\n" + "".join(f"{'pqr'[i % 3]},{i}\n" for i in range(10)))
    err = desk.refused("t.csv", "-t", "5", "--group-by", "k", "-o", "out", code=3)
    assert "4 rows" in err and "--timesteps 4" in err
    assert desk.works("t.csv", "-t", "4", "--group-by", "k").X.shape == (1, 4, 1)


# -- 15: very much of one thing ----------------------------------------------------------------------

WIDE = 100_000


def test_15_a_hundred_thousand_columns_work(desk):
    line = ",".join(str(j % 7) for j in range(WIDE))
    desk.write("t.csv", ",".join(f"c{j}" for j in range(WIDE)) + f"\n{line}\n{line}\n")
    done = desk.works("t.csv", "-t", "2", "--no-index")
    assert done.X.shape == (1, 2, WIDE)
    assert done.X[0, 0].tolist() == [j % 7 for j in range(WIDE)]
    assert len(done.report) < 2000


def costs(desk, width, last, *argv):
    """CPU seconds of a run on a table of this many columns and two rows, where a column that is not the last holds `x` or 1."""
    line = ",".join([last] * (width - 1) + ["1"])
    desk.write(f"{width}.csv", ",".join(f"c{j}" for j in range(width)) + f"\n{line}\n{line}\n")
    begun = time.process_time()
    said = desk.run(f"{width}.csv", "-t", "1", *argv, "--dry-run")
    assert said.code == 0, said.err
    return time.process_time() - begun


@pytest.mark.parametrize(
    ("argv", "cell"),
    [
        (["-f", "c1..c19000"], "1"),
        (["-f", "c*", "-x", "c9*"], "1"),
        (["--target", "c19999", "-f", "c1?"], "1"),
        (["--group-by", "c0"], "1"),
        ([], "x"),
    ],
)
def test_15_the_cost_of_many_columns_is_not_quadratic(desk, argv, cell):
    costs(desk, 20_000, cell, *argv)  # the libraries are loaded
    few, many = costs(desk, 20_000, cell, *argv), costs(desk, WIDE, cell, *argv)
    assert many < 3 * (WIDE / 20_000) * few  # quadratic would be 25 times


def test_15_a_hundred_thousand_columns_of_text_are_left_out(desk):
    line = ",".join(["x"] * (WIDE - 1) + ["1"])
    desk.write("t.csv", ",".join(f"c{j}" for j in range(WIDE)) + f"\n{line}\n{line}\n")
    assert desk.works("t.csv", "-t", "1").X.shape == (2, 1, 1)


def test_15_an_odd_cell_and_a_misspelt_name_are_found_among_a_hundred_thousand_columns(desk):
    line = ",".join(["1"] * (WIDE - 1))
    desk.write("t.csv", ",".join(f"c{j}" for j in range(WIDE)) + f"\n{line},1\n{line},2\n{line},x\n")
    err = desk.refused("t.csv", "-t", "2", "-o", "out", code=3)
    assert "row 3 (line 4)" in err and "c99999" in err and "'x'" in err
    err = desk.refused("t.csv", "-t", "2", "-f", "c99998x", "-o", "out", code=2)
    assert "c99998" in err.splitlines()[1] and "99,988 more" in err


def test_15_ten_thousand_columns_of_parquet_work(desk):
    desk.parquet("t.parquet", {f"c{j}": [float(j), 0.5] for j in range(10_000)})
    begun = time.process_time()
    done = desk.works("t.parquet", "-t", "2", "--no-index")
    assert done.X[0, 0].tolist() == [float(j) for j in range(10_000)]
    assert time.process_time() - begun < 30, "a minute is quadratic, not slow"


FIELDS = {
    "bare": "z" * (8 << 20),
    "quoted": '"' + "z, " * (8 << 18) + '"',
    "quoted lines": '"' + "zzz\n" * (2 << 20) + '"',
    "quotes": '"' + '""' * (4 << 20) + '"',
}


@pytest.mark.parametrize("row", [0, 1, 2])
@pytest.mark.parametrize("field", FIELDS)
def test_15_a_field_of_eight_megabytes_works_wherever_it_stands(desk, field, row):
    cells = ["x", "y", "z"]
    cells[row] = FIELDS[field]
    desk.write("t.csv", "a,s,b\n" + "".join(f"{i},{c},{i + 10}\n" for i, c in enumerate(cells)))
    done = desk.works("t.csv", "-t", "2")
    assert done.rows == 3
    assert done.X.tolist() == [[[0, 10], [1, 11]], [[1, 11], [2, 12]]]


def test_15_a_message_about_a_field_of_eight_megabytes_is_cut(desk):
    desk.write("t.csv", "a,b\n1,2\n" + "9" * (8 << 20) + "x,3\n4,5\n6,7\n")
    err = desk.refused("t.csv", "-t", "2", "-o", "out", code=3)
    assert "row 2 (line 3)" in err and len(err) < 500


NAME = "n" * 100_000


@pytest.mark.parametrize(
    "argv", [[], ["-v"], ["-f", NAME], ["--target", NAME], ["--label", NAME], ["--group-by", NAME], ["-x", NAME]]
)
def test_15_a_name_of_a_hundred_thousand_characters_works_and_is_cut_when_shown(desk, argv):
    desk.write("t.csv", f"{NAME},b\n" + "".join(f"1,{i}\n" for i in range(6)))
    done = desk.works("t.csv", "-t", "2", *argv)
    assert done.rows == 6
    assert len(done.report) < 3000


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["-f", NAME[1:]], 2),
        (["-f", NAME, "-f", NAME], 2),
        (["--time", NAME], 3),
        (["-f", NAME], 3),
        ([NAME], 4),
        (["--recipe", NAME], 4),
        (["--dtype", NAME], 2),
        (["-t", NAME], 2),
        (["--" + NAME], 2),
    ],
)
def test_15_messages_about_very_long_names_are_cut(desk, argv, code):
    desk.write("t.csv", f"{NAME},b\n" + "x,1\n" * 6)
    assert len(desk.refused("t.csv", "-t", "2", *argv, "-o", "out", code=code)) < 1500


def test_15_keys_classes_and_categories_of_a_hundred_thousand_characters_are_kept_whole(desk):
    desk.write("t.csv", "k,v\n" + "".join(f"{NAME}{c},{i}\n" for i, c in enumerate("bbaab")))
    grouped = desk.works("t.csv", "-t", "2", "--group-by", "k", "-v")
    assert len(grouped.report) < 3000
    keys = lstmprep.load("out").index().column("k").to_pylist()
    assert keys == [NAME + "a"] + [NAME + "b"] * 2
    labelled = desk.works("t.csv", "-t", "1", "--label", "k", "-v", out="two")
    assert labelled.y.tolist() == [1, 1, 0, 0, 1]
    assert len(labelled.report) < 3000


def test_15_a_record_without_end_is_refused_in_bounded_memory(desk, monkeypatch):
    monkeypatch.setattr(blocks, "LONGEST_RECORD", 3 << 20)
    desk.write("t.csv", "a,b\n" + "1" * (9 << 20))
    desk.refused("t.csv", "-t", "2", "-o", "out", code=3)
    desk.write("t.csv", "1" * (9 << 20))
    desk.refused("t.csv", "-t", "2", "-o", "out", code=3)


# -- 16: very many small things ----------------------------------------------------------------------


def test_16_three_thousand_row_groups_of_one_row_work(desk):
    desk.parquet("t.parquet", {"a": np.arange(3000.0), "k": np.arange(3000) // 3}, row_group_size=1)
    done = desk.works("t.parquet", "-t", "3", "--group-by", "k")
    assert done.X[:, :, 0].tolist() == [[3.0 * g, 3.0 * g + 1, 3.0 * g + 2] for g in range(1000)]


def test_16_a_hundred_thousand_groups_of_two_rows_work(desk):
    desk.write("t.csv", "k,v\n" + "".join(f"{i // 2},{i}\n" for i in range(200_000)))
    done = desk.works("t.csv", "-t", "2", "--group-by", "k")
    assert np.array_equal(done.X[:, :, 0], np.arange(200_000, dtype="f4").reshape(-1, 2))


def test_16_a_hundred_thousand_groups_of_one_row_are_counted_in_the_refusal(desk):
    desk.write("t.csv", "k,v\n" + "".join(f"{i},{i}\n" for i in range(100_000)))
    err = desk.refused("t.csv", "-t", "2", "--group-by", "k", "-o", "out", code=3)
    assert "100,000 sequences" in err


def test_16_two_thousand_files_are_one_table(desk):
    desk.path("parts").mkdir()
    for i in range(2000):
        desk.write(f"parts/p{i}.csv", f"v\n{2 * i}\n{2 * i + 1}\n")
    done = desk.works("parts/*.csv", "-t", "2", "--file-as", "sequence")
    assert np.array_equal(done.X[:, :, 0], np.arange(4000, dtype="f4").reshape(-1, 2))


@pytest.mark.slow
def test_16_a_million_groups_take_bounded_memory(desk):
    """RssAnon at the end of a million groups of two rows, against ten thousand of two hundred."""
    table = {"v": np.arange(2_000_000.0)}
    desk.parquet("many.parquet", {"k": np.arange(2_000_000) // 2, **table})
    desk.parquet("few.parquet", {"k": np.arange(2_000_000) // 200, **table})
    for name in ("few", "many"):
        begun = time.process_time()
        done = desk.works(f"{name}.parquet", "-t", "2", "--group-by", "k", out=name)
        assert time.process_time() - begun < 120
        assert done.manifest["sequences"]["count"] == (1_000_000 if name == "many" else 10_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3 << 20, "KiB"


# -- 17: products that overflow ----------------------------------------------------------------------

OVERFLOWS: list[tuple[list[str], set[int]]] = [
    (["-t", str(HUGE)], {3}),
    (["-t", str(2**62)], {2}),
    (["-t", str(2**63)], {2}),
    (["-t", str(10**30)], {2}),
    (["-t", "9" * 5000], {2}),
    (["-t", "2", "--dilation", str(HUGE)], {3}),
    (["-t", str(2**31), "--dilation", str(2**31)], {3}),
    (["-t", str(HUGE), "--dilation", str(HUGE)], {3}),
    (["-t", "2", "--target", "b", "--lead", str(HUGE)], {3}),
    (["-t", "2", "--target", "b", "--horizon", str(HUGE)], {3}),
    (["-t", "2", "--target", "b", "--lead", str(HUGE), "--horizon", str(HUGE)], {3}),
    (["-t", "2", "--target", "b", "--lead", str(HUGE), "--partial"], {3}),
    (["-t", "2", "--target", "b", "--horizon", str(HUGE), "--partial"], {3}),
    (["-t", str(HUGE), "--partial"], {2, 3, 4}),
    (["-t", str(10**9), "--partial"], {2, 3, 4}),
    (["-t", str(10**9), "--leftover", "pad"], {2, 3, 4}),
    (["-t", str(HUGE), "--leftover", "pad", "--no-overlap"], {2, 3, 4}),
    (["-t", "3", "--dilation", str(HUGE), "--partial"], {2, 3, 4}),
    (["-t", "2", "--dilation", str(HUGE), "--leftover", "pad"], {2, 3, 4}),
    (["-t", "2", "--batch-size", str(HUGE), "--batch-remainder", "pad"], {4}),
    (["-t", "2", "--batch-size", str(10**12), "--batch-remainder", "pad"], {4}),
    (["-t", "2", "--batch-size", str(HUGE), "--batch-remainder", "drop"], {3}),
    (["-t", "2", "--batch-size", str(HUGE), "--batch-remainder", "error"], {3}),
    (["-t", "2", "--batch-size", str(HUGE), "--stateful"], {2, 3}),
    (["-t", "2", "--subsequences", str(HUGE)], {2}),
    (["--lags", "0-" + str(10**15)], {2}),
    (["--lags", str(2**70)], {2}),
    (["--lags", "1," + str(2**40), "--target", "b"], {3}),
    (["-t", "3", "--no-overlap", "--dilation", str(HUGE)], {3}),
    (["-t", "3", "--leftover", "error", "--stride", str(HUGE)], {3}),
]


@pytest.mark.parametrize(("argv", "codes"), OVERFLOWS, ids=lambda v: " ".join(v)[:50] if isinstance(v, list) else "")
def test_17_sizes_that_no_machine_holds_are_refused_before_anything_is_allocated(desk, argv, codes):
    desk.write("t.csv", ramp(9))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for out in ("out", "out.npz"):
        desk.refused("t.csv", *argv, "-o", out, code=codes)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 << 10, "KiB"


def test_17_padding_to_a_size_that_no_disk_holds_names_the_size(desk):
    desk.write("t.csv", ramp(9))
    err = desk.refused("t.csv", "-t", "2", "--batch-size", str(10**14), "--batch-remainder", "pad", "-o", "x", code=4)
    assert "PiB" in err and "no space" in err
    err = desk.refused("t.csv", "-t", str(10**12), "--partial", "-o", "x", code={2, 3, 4})
    assert "1,000,000,000,000" in err


@pytest.mark.parametrize(
    ("argv", "shape", "first"),
    [
        (["-t", "2", "--stride", str(HUGE)], (1, 2, 1), 0),
        (["-t", "2", "--stride", str(HUGE), "--anchor", "end"], (1, 2, 1), 7),
        (["-t", "2", "--stride", str(HUGE), "--leftover", "pad"], (1, 2, 1), 0),
        (["-t", "2", "--stride", str(HUGE), "--latest"], (1, 2, 1), 7),
        (["-t", "1", "--dilation", str(HUGE)], (9, 1, 1), 0),
        (["-t", "2", "--batch-size", str(HUGE)], (8, 2, 1), 0),
        (["-t", "1", "--partial", "--stride", str(HUGE)], (1, 1, 1), 0),
    ],
)
def test_17_numbers_beyond_reason_that_still_mean_something_are_carried_out(desk, argv, shape, first):
    desk.write("t.csv", "a\n" + "".join(f"{i}\n" for i in range(9)))
    done = desk.works("t.csv", *argv)
    assert done.X.shape == shape
    assert done.X[0, 0, 0] == first


@pytest.mark.parametrize(
    "value", ["0", "-1", "-5", "1.5", "1e3", "", " ", "x", "nan", "inf", "0x10", "1_000", "٣", "२"]
)
@pytest.mark.parametrize(
    "flag", ["--timesteps", "--stride", "--dilation", "--horizon", "--batch-size", "--subsequences"]
)
def test_17_a_count_that_is_no_whole_number_above_zero_is_usage(desk, flag, value):
    desk.write("t.csv", ramp(9))
    argv = ["-t", "2", "--target", "b"] if flag != "--timesteps" else ["--target", "b"]
    assert flag in desk.refused("t.csv", *argv, f"{flag}={value}", "-o", "out", code=2)


# -- 18: bombs ---------------------------------------------------------------------------------------


def _bomb(rows: int, letters: int) -> pa.Table:
    """A text column that unpacks to rows x letters bytes, beside a small one."""
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array(["x" * letters]))
    return pa.table({"a": np.arange(float(rows)), "s": text})


def _peak_of(desk: Any, *argv: str) -> int:
    """KiB of memory that the command took at most, in a process of its own."""
    import subprocess

    code = (
        "import sys\nfrom lstmprep.cli import run\ncode = run(sys.argv[1:])\n"
        "print(code, open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "window", *argv, "-q"], capture_output=True, text=True, check=True
    )
    ended, peak = done.stdout.split()
    assert ended == "0", done.stderr
    return int(peak)


def test_18_a_bomb_in_an_unwanted_column_is_not_unpacked(desk):
    desk.parquet("t.parquet", _bomb(60_000, 100_000))
    assert desk.path("t.parquet").stat().st_size < 2 << 20
    assert _peak_of(desk, "t.parquet", "-t", "3", "-o", "out") < 400 << 10


def test_18_a_bomb_in_a_wanted_column_is_streamed(desk):
    """600 MB of text when unpacked, as label; a few letters on disk."""
    desk.parquet("t.parquet", _bomb(60_000, 10_000), row_group_size=20_000)
    assert _peak_of(desk, "t.parquet", "-t", "3", "--label", "s", "-o", "out") < 500 << 10


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress], ids=["gz", "bz2"])
def test_18_a_packed_table_is_streamed(desk, pack):
    name = "t.csv.gz" if pack is gzip.compress else "t.csv.bz2"
    desk.write(name, pack(b"a,s\n" + (b"1," + b"x" * 4000 + b"\n") * 40_000))
    assert desk.path(name).stat().st_size < 1 << 20
    assert _peak_of(desk, name, "-t", "3", "-o", "out") < 400 << 10


@pytest.mark.parametrize("letter", [b"\0", b"x", b"\n", b'"', b","])
def test_18_a_hundred_megabytes_of_one_letter_are_refused_in_bounded_memory(desk, letter, monkeypatch):
    monkeypatch.setattr(blocks, "LONGEST_RECORD", 20 << 20)
    desk.write("t.csv.gz", gzip.compress(b"a,b\n" + letter * (100 << 20), 1))
    desk.refused("t.csv.gz", "-t", "3", "-o", "out", code=3)
