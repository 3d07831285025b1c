"""What a picture shows, in numbers: compared with the obvious loop, without a drawing."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import RecipeError
from lstmprep.plotting.gaps import gaps
from lstmprep.plotting.lengths import lengths_of_output, lengths_of_table
from lstmprep.plotting.parts import PIECES, parts
from lstmprep.plotting.spread import PANELS, spread
from lstmprep.plotting.steps import steps
from lstmprep.plotting.subject import kinds_of, output_of
from lstmprep.plotting.thin import thinned
from lstmprep.plotting.windows import BARS, HEAD, TAIL, windows
from lstmprep.showing.output import Output

ROOT = Path(__file__).parents[2]


@pytest.fixture
def made(tmp_path):
    """Makes an output; hands it out opened."""

    def make(command, data, **how) -> Output:
        out = tmp_path / "out"
        getattr(lstmprep, command)(data, output=out, overwrite=True, **how)
        return Output(str(out))

    return make


def table(rows: int, columns: int = 1) -> np.ndarray:
    """Row and column are the value: 0, 1000; 1, 1001; ..."""
    return np.arange(rows)[:, None] + 1000.0 * np.arange(columns)


# ---------------------------------------------------------------- thinning


@given(values=st.lists(st.integers(-50, 50), min_size=1, max_size=300), most=st.integers(2, 40))
def test_thinning_loses_no_peak_and_makes_no_point_up(values, most):
    y = np.array(values, float)

    rows, kept = thinned(np.arange(len(y)), y, most)

    assert len(kept) <= max(most, 2)
    assert (y[rows] == kept).all()
    assert (np.diff(rows) > 0).all()
    assert kept.min() == y.min() and kept.max() == y.max()


def test_thinning_a_line_that_is_broken_keeps_what_stands_beside_the_break():
    y = np.array([1.0, np.nan, np.nan, np.nan, 9.0, 2.0, 8.0, np.nan])

    rows, kept = thinned(np.arange(8), y, 4)

    assert {1.0, 9.0, 2.0} <= set(kept[~np.isnan(kept)].tolist())
    assert rows.tolist() == sorted(set(rows.tolist()))


# ---------------------------------------------------------------- windows


@pytest.mark.parametrize(
    ("rows", "timesteps", "stride", "lead", "horizon"),
    [(10, 3, 1, 1, 1), (40, 5, 3, 1, 1), (40, 5, 3, 4, 2), (13, 4, 4, 1, 3), (50, 2, 9, 2, 1)],
)
def test_a_bar_per_sample_stands_at_its_rows_and_the_series_is_that_of_the_table(
    made, rows, timesteps, stride, lead, horizon
):
    output = made("window", table(rows), timesteps=timesteps, stride=stride, lead=lead, horizon=horizon, target="c0")

    found = windows(output, 0, "all")

    span = timesteps + lead + horizon - 1
    places = list(range(0, rows - span + 1, stride))
    assert found.places.tolist() == places
    assert found.numbers.tolist() == list(range(len(places)))
    assert found.inputs.tolist() == list(range(timesteps))
    assert found.targets.tolist() == [timesteps - 1 + lead + k for k in range(horizon)]
    shown = {r for p in places for r in range(p, p + timesteps)}
    real = ~np.isnan(found.values)
    assert dict(zip(found.rows[real].tolist(), found.values[real].tolist(), strict=True)) == {r: r for r in shown}


@pytest.mark.parametrize(("rows", "stride"), [(309, 7), (100, 10), (30, 1)])
def test_the_title_counts_samples_steps_and_the_rows_left_over(made, rows, stride):
    output = made("window", table(rows), timesteps=10, stride=stride)

    found = windows(output, 0, "all")

    samples = (rows - 10) // stride + 1
    left = rows - ((samples - 1) * stride + 10)
    assert found.title.startswith(f"{samples} samples of 10 steps")
    assert ("every row is used" in found.title) == (left == 0)
    if left:
        assert f"{left} rows left over" in found.title
        assert found.left == [(rows - left, rows)]
        assert found.high == rows


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"stride": 1}, "each shares 9 steps with the next; every"),
        ({"stride": 4, "dilation": 2}, "each shares 8 steps with the next; "),
        ({"stride": 3, "dilation": 2}, "no two share a step; "),
        ({"stride": 12}, "no two share a step, 2 rows between them; "),
        ({"target": "c0"}, "each shares 9 steps with the next, the target is the next row; every"),
        ({"target": "c0", "horizon": 3}, "the targets are the next 3 rows; every"),
        ({"target": "c0", "lead": 4}, "the target lies 4 rows after the inputs; every"),
        ({"target": "c0", "lead": 4, "horizon": 3}, "the 3 targets begin 4 rows after the inputs; every"),
        ({"target": "c0", "lead": 0, "features": "c1"}, "with the next; every"),
        ({"partial": True}, "each shares up to 9 steps with the next; every"),
        ({"latest": True}, "1 sample of 10 steps from 60 rows; 50 rows in no sample"),
    ],
)
def test_the_title_says_what_neighbours_share_and_where_the_targets_lie(made, how, told):
    output = made("window", table(60, 2), timesteps=10, **how)

    assert told in windows(output, 0, "all").title


def test_under_the_title_stands_why_rows_are_in_no_sample(made):
    output = made("window", table(43), timesteps=10, stride=15)

    told = "a sample every 15 rows · in no sample: 10 rows between two windows, 3 rows left over after the last window"
    assert windows(output, 0, "all").about == told


def test_the_title_of_a_part_counts_the_rows_of_the_part(made):
    output = made("window", table(60), timesteps=5, split="0.5,0.5")

    assert (
        windows(output, 0, "test").title
        == "test: 26 samples of 5 steps from 30 rows: each shares 4 steps with the next"
    )


def test_more_samples_than_bars_show_the_first_and_the_last(made):
    output = made("window", table(200), timesteps=20)

    found = windows(output, 0, "all")

    assert len(found.numbers) == HEAD + TAIL <= BARS
    assert found.numbers.tolist() == [*range(HEAD), *range(181 - TAIL, 181)]
    assert found.between == 181 - HEAD - TAIL
    assert (found.low, found.high) == (0, 200)


def test_of_a_long_series_the_beginning_is_shown_in_bounded_memory(made):
    output = made("window", table(5000), timesteps=10, store="series")

    found = windows(output, 0, "all")

    assert found.high <= 160
    assert found.places.max() < 160
    assert len(found.rows) <= 160
    assert "the first" in found.about and "4,991 samples" in found.about


def test_samples_that_were_shuffled_stand_in_the_order_of_their_rows(made):
    output = made("window", table(60), timesteps=5, split="0.8,0.2", shuffle=True, seed=3)

    found = windows(output, 0, "train")

    x = output.array("X", "train")
    assert found.places.tolist() == sorted(found.places.tolist())
    assert [int(x[n, 0, 0]) for n in found.numbers] == found.places.tolist()


def test_rows_of_sequences_that_are_mixed_stand_by_the_clock(made, tmp_path):
    lines = [f"{key},{t},{t * 10 + i}" for t in range(12) for i, key in enumerate("ab")]
    (tmp_path / "mixed.csv").write_text("key,t,v\n" + "\n".join(lines) + "\n")
    output = made("window", str(tmp_path / "mixed.csv"), timesteps=3, time="t", group_by="key", target="v")

    found = windows(output, 9, "all")  # the first sample of b

    assert found.places.tolist() == list(range(9))
    assert found.numbers.tolist() == list(range(9, 18))
    assert found.rows.tolist() == list(range(11))
    assert found.values.tolist() == [t * 10 + 1 for t in range(11)]
    assert "key b, one of 2 sequences" in found.about
    assert found.axis == "t"


def test_mixed_rows_without_a_clock_are_counted_by_the_stride(made, tmp_path):
    lines = [f"{key},{t}" for t in range(9) for key in "ab"]
    (tmp_path / "mixed.csv").write_text("key,v\n" + "\n".join(lines) + "\n")
    output = made("window", str(tmp_path / "mixed.csv"), timesteps=3, stride=2, group_by="key")

    found = windows(output, 0, "all")

    assert found.places.tolist() == [0, 2, 4, 6]
    assert found.values.tolist() == list(range(9))
    assert "counted by windows" in found.axis


def test_a_window_that_hangs_over_begins_where_its_rows_begin(made):
    output = made("window", table(8), timesteps=4, partial=True, target="c0")

    found = windows(output, 0, "all")

    assert found.places.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert found.starts.tolist() == [0, 0, 0, 0, 1, 2, 3]
    assert found.stops.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert 0.0 not in found.values[found.rows > 0]  # padding is no value


def test_steps_that_are_apart_are_one_line_and_the_rows_between_are_a_gap(made):
    output = made("window", table(40), timesteps=3, dilation=4, stride=12)

    found = windows(output, 0, "all")

    assert found.inputs.tolist() == [0, 4, 8]
    assert not np.isnan(found.values).any()
    assert found.rows.tolist() == list(range(0, 36, 4))


# ---------------------------------------------------------------- split


def pieces_of(rows: set[int]) -> list[list[float]]:
    """Rows as stretches, the obvious way."""
    out: list[list[float]] = []
    for row in sorted(rows):
        if out and out[-1][1] == row:
            out[-1][1] = row + 1
        else:
            out.append([row, row + 1])
    return out


@pytest.mark.parametrize("context", [False, True])
@pytest.mark.parametrize("embargo", [0, 4])
def test_the_lanes_are_the_rows_of_the_index(made, context, embargo):
    how = {"embargo": embargo} if embargo else {}
    output = made("window", table(60), timesteps=5, target="c0", split="0.6,0.2,0.2", context=context, **how)

    found = parts(output)

    index = output.data.index().to_pylist()
    (lane,) = found.lanes
    for part in ("train", "val", "test"):
        mine = [r for r in index if r["split"] == part]
        inputs = {r for s in mine for r in range(s["first_row"], s["last_row"] + 1)}
        targets = {r for s in mine for r in range(s["target_first_row"], s["target_last_row"] + 1)}
        assert lane.inputs[part].tolist() == pieces_of(inputs)
        assert lane.targets[part].tolist() == pieces_of(targets)
        assert f"{part} {len(mine)} " in found.title
    assert found.names == ["train", "val", "test"]
    assert [int(high - low) for _, low, high in found.taken] == [embargo] * 2 * bool(embargo)

    told = "reach back into rows of earlier ones, targets do not" if context else "; no row is in two parts"
    assert found.title.endswith(told)


def test_sequences_have_a_lane_each_and_those_that_do_not_fit_are_counted(made, tmp_path):
    lines = [f"{key},{t}" for key in range(100) for t in range(6)]
    (tmp_path / "many.csv").write_text("key,v\n" + "\n".join(lines) + "\n")
    output = made("window", str(tmp_path / "many.csv"), timesteps=2, group_by="key", split="0.7,0.3", split_by="group")

    found = parts(output)

    assert len(found.lanes) == 24 and found.more == 76
    assert {p for lane in found.lanes for p in lane.inputs} == {"train", "test"}
    assert all(len(lane.inputs) == 1 for lane in found.lanes)


def test_folds_have_a_lane_each(made):
    output = made("window", table(80), timesteps=4, folds=3)

    found = parts(output)

    assert [lane.name for lane in found.lanes] == ["fold0", "fold1", "fold2"]
    assert found.title.startswith("3 folds")
    assert found.title.endswith("; no row is in two parts of a fold")


def test_rows_in_very_many_pieces_are_drawn_in_few(made):
    output = made("window", table(3000), timesteps=1, stride=3, split="0.5,0.5", split_by="random")

    found = parts(output)

    (lane,) = found.lanes
    for ends in lane.inputs.values():
        assert len(ends) <= PIECES
        assert (ends[1:, 0] >= ends[:-1, 1]).all()


# ---------------------------------------------------------------- lengths


@settings(max_examples=30)
@given(lengths=st.lists(st.integers(1, 200), min_size=1, max_size=60), cut=st.integers(1, 200))
def test_what_a_cut_costs_is_counted_sequence_by_sequence(lengths, cut):
    found = lengths_of_table(np.array(lengths), ["k"], (cut,))

    over = sum(n > cut for n in lengths)
    lost = sum(max(n - cut, 0) for n in lengths) / sum(lengths)
    padding = sum(max(cut - n, 0) for n in lengths) / (cut * len(lengths))
    assert found.cuts == [(cut, f"{cut}: {over} cut, {lost:.1%} lost, {padding:.1%} padding")]
    assert found.counts.sum() == len(lengths)
    for low, high, count in zip(found.edges, found.edges[1:], found.counts, strict=False):
        assert count == sum(low <= n < high for n in lengths)


def test_the_lengths_of_an_output_are_the_real_steps_of_its_samples(made, tmp_path):
    sizes = [3, 5, 9, 4]
    lines = [f"{k},{t}" for k, n in enumerate(sizes) for t in range(n)]
    (tmp_path / "seq.csv").write_text("key,v\n" + "\n".join(lines) + "\n")
    output = made("pad", str(tmp_path / "seq.csv"), group_by="key", timesteps=5)

    found = lengths_of_output(output)

    assert dict(zip(found.edges[:-1].tolist(), found.counts.tolist(), strict=True)) == {3: 1, 4: 1, 5: 2}
    assert found.title == "4 samples of 3 to 5 steps; 1 sequence cut: 4 rows lost (19.0%); padding is 15.0% of X"
    assert found.cuts == [(5, "timesteps 5")]


# ---------------------------------------------------------------- missing


def test_the_map_of_missing_cells_is_that_of_the_table():
    values = table(40, 3)
    values[5:10, 1] = np.nan
    values[39, 2] = np.nan

    found = gaps(lstmprep.inspect(values))

    assert found.missing == [0, 5, 1]
    assert np.argwhere(found.shares > 0).tolist() == [*([1, r] for r in range(5, 10)), [2, 39]]
    assert found.title == "6 of 120 cells are missing (5.0%): c1 12.5%, c2 2.5%"


def test_a_table_without_missing_cells_says_so():
    assert gaps(lstmprep.inspect(table(4))).title == "No cell is missing: 4 rows, 1 column"


# ---------------------------------------------------------------- sample


def test_a_sample_is_that_of_the_array_and_its_answer_stands_at_its_rows(made):
    output = made("window", table(20, 2), timesteps=4, lead=3, horizon=2, target="c1")

    found = steps(output, 5, "all")

    assert (found.values == output.array("X", "all")[5]).all()
    assert found.answers == [(1, 6.0, 1011.0), (1, 7.0, 1012.0)]
    assert (
        found.title
        == "Sample 5: 4 steps of 2 features; c1 goes from 1008 at the last input to 1012 at the last of 2 targets; no padding, nothing missing"
    )


def test_an_answer_in_other_units_than_its_feature_is_not_drawn_beside_it(made):
    output = made("window", table(20), timesteps=4, target="c0", scale="standard")

    assert steps(output, 0, "all").answers == []
    assert "target c0 4, which is not scaled" in steps(output, 0, "all").title


def test_a_target_that_equals_the_last_input_stays_where_it_is(made):
    output = made("window", np.ones((9, 1)), timesteps=4, target="c0")

    assert "; c0 stays at 1 at the target; no padding" in steps(output, 0, "all").title


def test_the_title_of_a_sample_says_its_times_and_what_is_missing(made, tmp_path):
    (tmp_path / "t.csv").write_text(
        "day,a,b\n" + "".join(f"2024-01-0{d},{d},{'' if d == 2 else d}\n" for d in range(1, 8))
    )
    output = made("window", str(tmp_path / "t.csv"), timesteps=3, time="day", target="a", missing="mask")

    found = steps(output, 0, "all")

    told = "Sample 0: 3 steps of 2 features, 2024-01-01 to 2024-01-03; a goes from 3 at the last input to 4 at the target; "
    assert found.title == f"{told}1 of 6 values missing"


def test_answers_of_every_step_are_counted(made):
    output = made("window", table(20, 2), timesteps=4, target_mode="per-step", target="c1")

    assert steps(output, 0, "all").title == "Sample 0: 4 steps of 2 features; 4 targets; no padding, nothing missing"


def test_padding_is_told_from_steps(made, tmp_path):
    (tmp_path / "seq.csv").write_text("key,v\na,1\na,2\nb,3\nb,4\nb,5\nb,6\n")
    output = made("pad", str(tmp_path / "seq.csv"), group_by="key", padding="pre")

    found = steps(output, 0, "all")

    assert found.padded.tolist() == [True, True, False, False]
    assert "2 steps of padding" in found.title


# ---------------------------------------------------------------- scaled


def test_shares_of_each_part_are_those_of_its_values(made):
    output = made("window", table(100), timesteps=5, no_overlap=True, split="0.5,0.5", scale="standard")

    found = spread(output)

    for part in ("train", "test"):
        values = np.asarray(output.array("X", part)).ravel()
        counts, _ = np.histogram(values.astype(float), found.edges[0])
        assert found.shares[0][part].tolist() == (counts / len(values)).tolist()
        assert found.shares[0][part].sum() == pytest.approx(1)
    assert "in test is 3.5 deviations from that of train" in found.title


def test_padding_has_no_say_in_a_distribution(made, tmp_path):
    (tmp_path / "seq.csv").write_text("key,v\na,5\na,6\nb,5\nb,6\nb,5\nb,6\n")
    output = made("pad", str(tmp_path / "seq.csv"), group_by="key")

    found = spread(output)

    assert found.edges[0][0] == 5  # the pad value is 0
    assert found.shares[0]["all"][[0, -1]].tolist() == [0.5, 0.5]


def test_of_many_features_those_that_differ_most_are_drawn(made):
    values = np.random.default_rng(0).normal(size=(200, 20))
    values[100:, 7] += 50
    output = made("window", values, timesteps=2, split="0.5,0.5")

    found = spread(output)

    assert len(found.names) == PANELS
    assert "c7" in found.names and "c7" in found.title


# ---------------------------------------------------------------- which there are


@pytest.mark.parametrize(
    ("command", "how", "kinds"),
    [
        ("window", {"timesteps": 3}, ["windows", "sample", "scaled"]),
        ("window", {"timesteps": 3, "split": "0.5,0.5"}, ["windows", "split", "sample", "scaled"]),
        ("window", {"timesteps": 3, "partial": True}, ["windows", "sample", "scaled", "lengths"]),
        ("pad", {"group_by": "c0"}, ["lengths", "sample", "scaled"]),
        ("pad", {"group_by": "c0", "ragged": True}, ["lengths", "sample", "scaled"]),
        ("reshape", {"shape": "-1,4,2"}, ["sample", "scaled"]),
        ("window", {"timesteps": 3, "no_index": None, "index": False}, ["sample", "scaled"]),
    ],
)
def test_an_output_has_the_pictures_that_mean_something(made, command, how, kinds):
    data = np.stack([np.repeat(np.arange(5.0), 4), np.arange(20.0)], axis=1)

    output = made(command, data, **{k: v for k, v in how.items() if v is not None})

    assert kinds_of(output) == kinds


def test_every_sample_of_windows_must_be_there(made):
    output = made("window", table(10), timesteps=3)

    with pytest.raises(RecipeError, match="there is no sample 8"):
        windows(output, 8, "all")


def test_a_path_with_a_manifest_is_an_output_and_any_other_a_table(made, tmp_path):
    made("window", table(10), timesteps=3)
    (tmp_path / "t.csv").write_text("a\n1\n")

    assert output_of(str(tmp_path / "out")) is not None
    assert output_of([str(tmp_path / "out" / "manifest.json")]) is not None
    for other in (str(tmp_path / "t.csv"), "-", "https://example.org/a.csv", [str(tmp_path / "t.csv")] * 2, table(3)):
        assert output_of(other) is None


def test_the_numbers_of_a_picture_need_no_matplotlib():
    code = """
import sys
sys.modules["matplotlib"] = None
from lstmprep.plotting import gaps, lengths, parts, past, spread, steps, subject, windows
import numpy as np, lstmprep
from lstmprep.plotting.ask import asked
print(subject.of_table(np.ones((3, 1)), *asked({"kind": "missing"}), None)[1].title)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "No cell is missing: 3 rows, 1 column\n"


# ---------------------------------------------------------------- memory


@pytest.mark.parametrize("store", ["windows", "series"])
@pytest.mark.parametrize("kind", [windows, spread], ids=lambda kind: kind.__name__)
def test_ten_times_the_rows_take_no_more_memory(made, monkeypatch, kind, store):
    """Neither the samples that are placed nor those that are looked at grow with the output."""
    monkeypatch.setattr("lstmprep.plotting.placed.KEPT", 5_000)
    peaks = []
    for rows in (30_000, 300_000):
        output = made("window", np.sin(np.arange(rows) / 9)[:, None], timesteps=16, store=store)
        tracemalloc.start()
        kind(output, 0, "all") if kind is windows else kind(output)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < 1.2 * peaks[0] + (64 << 10), peaks
