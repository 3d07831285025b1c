"""What a survey counts, against the obvious loop: courses, distances, framings, look-back."""

from __future__ import annotations

import json
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.arrow import texts
from lstmprep.errors import DataError, RecipeError
from lstmprep.sources.base import Chunk
from lstmprep.survey import framings as framings_module
from lstmprep.survey import spacing as spacing_module
from lstmprep.survey.findings import inspect
from lstmprep.survey.framings import framings_of, tally
from lstmprep.survey.growing import Growing, Numbered
from lstmprep.survey.keys import Keys
from lstmprep.survey.lookback import look_back
from lstmprep.survey.order import duration
from lstmprep.survey.profile import Profile, resampled
from lstmprep.survey.settings import ask_of, survey_settings
from lstmprep.survey.spacing import Spacing

numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


# ---------------------------------------------------------------- the course of a column


@given(
    values=st.lists(st.one_of(numbers, st.just(float("nan"))), min_size=1, max_size=90),
    cuts=st.lists(st.integers(1, 30), min_size=1),
    width=st.integers(1, 6),
)
def test_a_profile_is_the_mean_of_equal_pieces_however_the_rows_come(values, cuts, width):
    profile, at, i = Profile(width), 0, 0
    while at < len(values):
        piece = np.array(values[at : at + cuts[i % len(cuts)]])
        profile.add(piece, np.isnan(piece), at)
        at, i = at + len(piece), i + 1

    pieces = [values[k : k + profile.size] for k in range(0, len(values), profile.size)]
    assert len(pieces) <= 2 * width
    assert profile.size == 1 or len(pieces) > width / 2
    for piece, mean, gone in zip(pieces, profile.means(len(values)), profile.missing(len(values)), strict=True):
        real = [v for v in piece if not math.isnan(v)]
        assert (mean is None) == (not real)
        assert mean is None or mean == pytest.approx(sum(real) / len(real), abs=1e-6)
        assert gone == pytest.approx(1 - len(real) / len(piece), abs=1e-4)


@given(n=st.integers(0, 50), width=st.integers(1, 20))
def test_resampling_keeps_the_order_and_the_width(n, width):
    kept = resampled(list(range(n)), width)

    assert kept == sorted(set(kept))
    assert len(kept) == min(n, width)


# ---------------------------------------------------------------- distances


@given(distances=st.lists(st.integers(1, 9), min_size=1, max_size=60), cut=st.integers(0, 60))
def test_few_distances_are_counted_one_by_one(distances, cut):
    spacing = Spacing()
    for piece in (distances[:cut], distances[cut:]):
        spacing.add(np.array(piece, np.int64))

    ranked, counts = sorted(distances), Counter(distances)
    assert (spacing.low, spacing.high, spacing.exact) == (ranked[0], ranked[-1], True)
    assert spacing.quantile(0.5) == ranked[math.ceil(len(ranked) / 2) - 1]
    assert spacing.usual()[1] == max(counts.values())
    assert spacing.different == len(counts)


@given(st.lists(st.integers(1, 10**12), min_size=30, max_size=200, unique=True))
def test_many_distances_are_told_within_half_a_percent(distances):
    before, spacing_module.MOST = spacing_module.MOST, 8
    try:
        spacing = Spacing()
        for i in range(0, len(distances), 20):
            spacing.add(np.array(distances[i : i + 20], np.int64))
    finally:
        spacing_module.MOST = before

    ranked = sorted(distances)
    assert not spacing.exact
    assert (spacing.low, spacing.high, spacing.total) == (ranked[0], ranked[-1], len(ranked))
    assert spacing.quantile(0.5) == pytest.approx(ranked[math.ceil(len(ranked) / 2) - 1], rel=0.0051)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3_600_000_000, "us", "1 h"),
        (900_000_000, "us", "15 min"),
        (90_000_000_000, "ns", "1 min 30 s"),
        (1_500, "us", "1.5 ms"),
        (86_400 * 400, "s", "400 d"),
        (2, None, "2"),
    ],
)
def test_a_distance_is_told_in_units_of_time(value, unit, text):
    assert duration(value, unit) == text


# ---------------------------------------------------------------- what is held of every sequence


def test_numbers_that_grow_keep_their_values_on_the_heap_and_off_it(monkeypatch):
    monkeypatch.setattr("lstmprep.survey.growing.MANY", 3000)
    growing, obvious = Growing(np.int64), np.zeros(0, np.int64)
    rng = np.random.default_rng(0)

    for count in (1, 1024, 1025, 2500, 9000, 9000, 40_000):
        obvious = np.append(obvious, np.zeros(count - len(obvious), np.int64))
        growing.grow(count)
        at = rng.integers(0, count, 50)
        obvious[at] = growing.values[at] = rng.integers(0, 1000, 50)
        assert growing.values.tolist() == obvious.tolist()


@pytest.mark.parametrize("narrow", [2**64, 8, 1])
def test_keys_are_numbered_by_first_sight_however_their_ways_cross(narrow, monkeypatch):
    """Bits out of a few values begin their search at the same slots, with one value all at a single one."""
    monkeypatch.setattr("lstmprep.survey.growing.PIECE", 100)
    rng = np.random.default_rng(4)
    bits = np.stack([rng.integers(0, 2**64, 3000, np.uint64) % np.uint64(narrow - 1 or 1), rng.permutation(3000).astype(np.uint64)], 1)  # fmt: skip
    numbered, seen = Numbered(), {}

    for _ in range(60):
        some = rng.choice(3000 if narrow > 1 else 600, 150, replace=False)
        told = numbered.number(bits[some])
        assert told.tolist() == [seen.setdefault(int(i), len(seen)) for i in some]
    assert numbered.count == len(seen)


@given(
    st.lists(st.lists(st.tuples(st.sampled_from(["a", "ab", "abc"]), st.sampled_from(["bc", "c", "d"])), min_size=1, max_size=9), min_size=1, max_size=6),
    st.integers(1, 2),
)  # fmt: skip
def test_sequences_are_numbered_by_first_sight_and_keep_the_texts_of_their_keys(chunks, width):
    """As in a dictionary, but that keys new in one chunk are numbered column by column; a, bc is no ab, c."""
    keys, seen, first = Keys(("k", "l")[:width]), {}, 0
    for pairs in chunks:
        rows = [pair[:width] for pair in pairs]
        columns = {n: texts([row[i] for row in rows]) for i, n in enumerate(keys.columns)}
        code = keys.number(Chunk(first, len(rows), columns)).tolist()
        assert sorted({c for c in code if c >= len(seen)}) == list(range(len(seen), len({*seen, *rows})))
        seen |= {row: c for row, c in zip(rows, code, strict=True) if row not in seen}
        assert code == [seen[row] for row in rows]
        first += len(rows)
    assert len(keys) == len(seen)
    assert {row: keys.key(n) for row, n in seen.items()} == {row: list(row) for row in seen}


def test_an_empty_key_is_named_by_its_row_wherever_keys_stand_still():
    for cells in (["a"] * 5 + [""] * 3, ["a", "", "b"]):
        with pytest.raises(DataError) as raised:
            Keys(("k",)).number(Chunk(40, len(cells), {"k": texts(cells)}))
        assert raised.value.where.row == 40 + cells.index("")
        assert raised.value.where.column == "k"


@given(st.lists(st.integers(1, 9), min_size=1, max_size=40), st.integers(1, 50))
def test_lengths_are_counted_piece_by_piece(lengths, piece):
    stops = np.cumsum(lengths)
    before, framings_module.PIECE = framings_module.PIECE, piece
    try:
        told, spread = tally(np.array(lengths)), tally(stops, stops - lengths)
    finally:
        framings_module.PIECE = before

    assert dict(zip(*(part.tolist() for part in told), strict=True)) == dict(sorted(Counter(lengths).items()))
    assert [part.tolist() for part in told] == [part.tolist() for part in spread]


# ---------------------------------------------------------------- framings


@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    steps=st.integers(1, 50),
    answer=st.sampled_from([None, "target"]),
)
def test_samples_are_those_that_a_child_would_count(lengths, steps, answer):
    told = framings_of(np.array(lengths), 3, timesteps=(steps,), answer=answer)["timesteps"][0]
    span = steps + (answer is not None)

    for kind, stride in (("sliding", 1), ("blocks", steps)):
        starts = [list(range(0, n - span + 1, stride)) for n in lengths]
        assert told[kind]["samples"] == sum(map(len, starts))
        assert told[kind]["sequences"] == sum(map(bool, starts))
        assert told[kind]["leftover"] == sum(
            n - (s[-1] + span if s else 0) for n, s in zip(lengths, starts, strict=True)
        )
        assert told[kind]["bytes"] == told[kind]["samples"] * steps * 3 * 4


def test_a_sample_beyond_all_sizes_costs_nothing():
    told = framings_of(np.array([100]), 1, timesteps=(2**40,))

    assert told["timesteps"][0]["sliding"] == {"samples": 0, "leftover": 100, "sequences": 0, "bytes": 0}


def test_the_samples_of_a_survey_are_those_that_window_makes():
    table = np.arange(120.0).reshape(40, 3)
    told = inspect(table, timesteps=[7], target="c2")["framings"]["timesteps"][0]

    assert told["sliding"]["samples"] == len(lstmprep.window(table, timesteps=7, target="c2").X)
    assert told["blocks"]["samples"] == len(lstmprep.window(table, timesteps=7, target="c2", no_overlap=True).X)
    assert told["sliding"]["bytes"] == lstmprep.window(table, timesteps=7, target="c2").X.nbytes


def test_a_table_is_counted_without_a_file():
    assert inspect(rows=600, columns=10, timesteps=[24])["framings"]["timesteps"][0]["blocks"]["samples"] == 25


# ---------------------------------------------------------------- look-back


def obvious_acf(x: list[float], lag: int) -> float:
    mean = sum(x) / len(x)
    below = sum((v - mean) ** 2 for v in x)
    return sum((x[t] - mean) * (x[t + lag] - mean) for t in range(len(x) - lag)) / below


@given(st.lists(st.integers(-50, 50), min_size=6, max_size=60).filter(lambda x: len(set(x)) > 1), st.integers(1, 5))
def test_the_acf_is_that_of_the_textbook(values, max_lag):
    x = np.array(values, float)

    told = look_back(x, np.array([0]), np.array([len(x)]), column="x", max_lag=max_lag)

    assert told["acf"] == pytest.approx([obvious_acf(values, k) for k in range(1, max_lag + 1)], abs=2e-6)
    assert told["pacf"][0] == pytest.approx(told["acf"][0], abs=2e-6)
    assert told["bound"] == pytest.approx(1.96 / math.sqrt(len(values)), abs=1e-6)


def test_the_pacf_of_an_autoregression_ends_at_its_order():
    noise = np.random.default_rng(0).normal(size=4000)
    x = np.zeros(4000)
    for t in range(2, 4000):
        x[t] = 0.6 * x[t - 1] - 0.5 * x[t - 2] + noise[t]

    told = look_back(x, np.array([0]), np.array([4000]), column="x", max_lag=8)

    assert told["pacf"][0] == pytest.approx(0.4, abs=0.05)
    assert told["pacf"][1] == pytest.approx(-0.5, abs=0.05)
    assert max(map(abs, told["pacf"][2:])) < 0.05
    assert 2 in [c["timesteps"] for c in told["candidates"]]


def test_the_pacf_solves_the_equations_of_yule_and_walker():
    x = np.random.default_rng(1).normal(size=300).cumsum()
    told = look_back(x, np.array([0]), np.array([300]), column="x", max_lag=6)
    r = [1.0, *told["acf"]]

    for k in range(1, 7):
        matrix = np.array([[r[abs(i - j)] for j in range(k)] for i in range(k)])
        assert told["pacf"][k - 1] == pytest.approx(np.linalg.solve(matrix, r[1 : k + 1])[-1], abs=1e-3)


def test_pairs_never_bridge_two_sequences():
    """Two sequences one after the other, in the order of their keys reversed: as if each stood alone."""
    one, two = np.array([1.0, 5, 2, 8, 3]), np.array([2.0, 2, 9, 1])
    mean = np.concatenate([two, one]).mean()
    above = sum((x[:-2] - mean) @ (x[2:] - mean) for x in (one, two))

    told = look_back(np.concatenate([two, one]), np.array([4, 0]), np.array([9, 4]), column="x", max_lag=3)

    assert told["acf"][1] == pytest.approx(above / ((np.concatenate([two, one]) - mean) ** 2).sum(), abs=1e-6)


def test_mutual_information_sees_what_no_correlation_does():
    """x[t] decides the size of x[t+1] and not its sign: uncorrelated, and far from independent."""
    random = np.random.default_rng(2)
    x = np.zeros(6000)
    for t in range(1, 6000):
        x[t] = random.choice([-1, 1]) * (2.0 if abs(x[t - 1]) < 1 else 0.5) + random.normal(scale=0.05)

    told = look_back(x, np.array([0]), np.array([6000]), column="x", max_lag=4)

    assert abs(told["acf"][0]) < 0.05
    assert told["mutual_information"][0] > 10 * told["information_bound"][0]


def test_noise_has_no_candidate_but_one_step():
    noise = np.random.default_rng(4).permutation(np.arange(2000.0))

    told = look_back(noise, np.array([0]), np.array([2000]), column="x", max_lag=3)

    assert [c["timesteps"] for c in told["candidates"]] == [1]
    assert told["mutual_information"] == pytest.approx([0, 0, 0], abs=told["information_bound"][0])


def test_missing_values_leave_their_pairs_out():
    wave = np.tile([0.0, 1, 0, -1], 100)
    holed = wave.copy()
    holed[::7] = np.nan

    told = look_back(holed, np.array([0]), np.array([400]), column="x", max_lag=4)

    assert told["values"] == 400 - 58
    assert told["acf"][3] == pytest.approx(0.99, abs=0.02)


def test_blocks_of_rows_make_no_difference(monkeypatch):
    x = np.random.default_rng(3).normal(size=200).cumsum()
    starts, stops = np.array([0, 90]), np.array([90, 200])
    whole = look_back(x, starts, stops, column="x", max_lag=12)

    monkeypatch.setattr("lstmprep.survey.lookback.BLOCK", 7)

    assert look_back(x, starts, stops, column="x", max_lag=12) == whole


@pytest.mark.parametrize(
    ("values", "lag", "words"),
    [
        ([1.0, 2, 3], 3, ["3 rows", "--max-lag 2"]),
        ([5.0] * 9, 2, ["constant (5)"]),
        ([float("nan")] * 4, 2, ["no values"]),
    ],
)
def test_a_look_back_that_cannot_be_is_refused(values, lag, words):
    with pytest.raises(DataError) as raised:
        look_back(np.array(values), np.array([0]), np.array([len(values)]), column="x", max_lag=lag)

    for word in words:
        assert word in str(raised.value)


# ---------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"timestep": 3}, ["timestep", "Did you mean 'timesteps'"]),
        ({"timesteps": "0"}, ["--timesteps"]),
        ({"max_lag": 4}, ["--max-lag", "--lookback"]),
        ({"lookback": "a", "max_lag": 0}, ["--max-lag is 0"]),
        ({"columns": 4}, ["--columns", "--rows"]),
        ({"rows": 4, "lookback": "a"}, ["--rows", "--lookback"]),
        ({"rows": 0}, ["--rows is 0"]),
    ],
)
def test_what_cannot_be_asked_is_refused_in_the_words_of_the_flag(asked, words):
    with pytest.raises(RecipeError) as raised:
        ask_of(asked)

    for word in words:
        assert word in str(raised.value)


def test_a_file_and_a_count_without_one_exclude_each_other():
    with pytest.raises(RecipeError, match="--rows"):
        inspect(np.arange(4.0), rows=4)


def test_no_two_settings_of_a_survey_share_a_name():
    names = [s.name for s in survey_settings()]

    assert len(set(names)) == len(names)


def test_a_survey_of_a_table_in_memory_is_plain_json():
    table = np.arange(60.0).reshape(20, 3)
    table[3, 1] = np.nan
    before = table.copy()

    found = inspect(table)

    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert np.array_equal(table, before, equal_nan=True)
