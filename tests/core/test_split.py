"""Splits: what --split means, where parts end, and that no two parts share a row."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lstmprep import ranks, split
from lstmprep.errors import DataError, RecipeError
from lstmprep.framing import Window
from lstmprep.framing.frame import Frame, Runs, Segments
from lstmprep.panel import Panel
from lstmprep.serde import build, settings_of, spell
from lstmprep.split import Split, bounds, folds, whole
from lstmprep.split.by_key import assigned
from lstmprep.split.cutting import BEYOND, EMBARGO, cut_by_unit, cut_in_time, sample_segments
from lstmprep.split.reach import reach_back
from lstmprep.split.spec import Parts, parse


def panel_at(times: list[list[int]], order: list[int] | None = None, gap: int = 0) -> Panel:
    """Sequences with these times, standing in the table in some order with rows of nobody between."""
    order = list(range(len(times))) if order is None else order
    starts, at, flat = [0] * len(times), 0, []
    for i in order:
        starts[i] = at
        flat += times[i] + [10**9] * gap
        at = len(flat)
    lengths = np.array([len(t) for t in times])
    names = {"key": [f"s{i}" for i in range(len(times))]} if len(times) > 1 else {}
    return Panel(np.zeros((len(flat), 1)), np.array(starts), np.array(starts) + lengths, names, times=np.array(flat))


@st.composite
def panels(draw):
    """Sequences of rising times over one another, some of them after the others."""
    times = []
    for _ in range(draw(st.integers(1, 5))):
        steps = draw(st.lists(st.integers(1, 3), min_size=1, max_size=14))
        times.append([draw(st.integers(0, 8)) + sum(steps[: i + 1]) for i in range(len(steps))])
        times[-1] = sorted(set(times[-1]))
    return panel_at(times, draw(st.permutations(range(len(times)))), draw(st.integers(0, 2)))


def every(panel: Panel) -> Segments:
    return whole(panel)[0].segments


# ---------------------------------------------------------------- the text


@pytest.mark.parametrize(("text", "kind", "values", "times", "names"), [
    ("0.7,0.3", "fraction", (0.7, 0.3), (), "train test"),
    ("0.5,0.25,0.25", "fraction", (0.5, 0.25, 0.25), (), "train val test"),
    ("300,100,100", "rows", (300, 100, 100), (), "train val test"),
    ("rows:6,4", "rows", (6, 4), (), "train test"),
    ("fraction:0.6, 0.4", "fraction", (0.6, 0.4), (), "train test"),
    ("2019-01-01,2020-01-01", "time", (), ("2019-01-01", "2020-01-01"), "train val test"),
    ("2019-01-01", "time", (), ("2019-01-01",), "train test"),
    ("at:700,900", "time", (), ("700", "900"), "train val test"),
    ("at:2019-01-01 05:00", "time", (), ("2019-01-01 05:00",), "train test"),
    ("2019-01-01 05:00", "time", (), ("2019-01-01 05:00",), "train test"),
    ("1,1", "rows", (1, 1), (), "train test"),
])  # fmt: skip
def test_the_text_of_a_split_is_fractions_rows_or_times(text, kind, values, times, names):
    found = parse(tuple(text.split(",")))

    assert (found.kind, found.values, found.times, " ".join(found.names)) == (kind, values, times, names)


@pytest.mark.parametrize(("text", "words"), [
    ("0.7,0.7", ["adds up to 1.4, not to 1", "--split 0.7,0.3"]),
    ("0.7,0.1,0.1", ["adds up to 0.9", "--split 0.7,0.1,0.2"]),
    ("0.9,0.9,0.9", ["adds up to 2.7", "0.3333,0.3333,0.3333"]),
    ("0.5,1", ["adds up to 1.5"]),
    ("0.7", ["one part only", "--split 0.7,0.3"]),
    ("700", ["one part only", "at:700"]),
    ("fraction:7", ["one part only"]),
    ("0.4,0.2,0.2,0.2", ["has 4 parts", "--folds"]),
    ("0.7,,0.3", ["empty part"]),
    ("", ["empty part"]),
    ("1.5,3", ["1.5 is no whole number of rows"]),
    ("0,1", ["a part of nothing"]),
    ("-3,4", ["a part of nothing"]),
    ("1e999,5", ["a part of nothing"]),
    ("rows:2019-01-01,5", ["'2019-01-01' is no number"]),
    ("at:1,2,3", ["3 times"]),
    ("train,test", ["'train' is no fraction, no rows and no time"]),
])  # fmt: skip
def test_a_split_that_means_nothing_is_answered_with_one_that_does(text, words):
    with pytest.raises(RecipeError) as error:
        Split(split=tuple(text.split(",")))

    assert all(w in str(error.value) for w in ["--split", *words]), str(error.value)


@pytest.mark.parametrize("given_", [
    (0.7, 0.3), [0.7, 0.3], "0.7,0.3", " 0.7 , 0.3 ", ("0.7", 0.3),
])  # fmt: skip
def test_python_may_give_numbers(given_):
    assert build(Split, {"split": given_}).split == ("0.7", "0.3")


def test_python_may_give_dates_and_nothing_else():
    found = build(Split, {"split": [dt.date(2019, 1, 1), dt.datetime(2020, 1, 1, 5)]})  # noqa: DTZ001

    assert found.parts.times == ("2019-01-01", "2020-01-01T05:00:00")
    assert build(Split, {"split": dt.date(2019, 1, 1)}).parts.times == ("2019-01-01",)
    for odd in [(True, 0.3), [None], {"a": 1}, ("\0", "1")]:
        with pytest.raises(RecipeError, match="numbers or dates"):
            build(Split, {"split": odd})


def test_the_words_of_a_split_spell_it():
    setting = settings_of(Split)[0]

    assert spell(setting, ("0.7", "0.3")) == ["--split", "0.7,0.3"]
    assert spell(setting, ("-1", "2")) == ["--split=-1,2"]


TWO = {"split": ("0.7", "0.3")}


@pytest.mark.parametrize(("settings", "words"), [
    ({"split_by": "group"}, ["--split-by needs --split"]),
    ({"context": True}, ["--context needs --split"]),
    ({"embargo": 3}, ["--embargo needs --split"]),
    ({"stratify": True}, ["--stratify needs --split"]),
    ({"embargo": -1, **TWO}, ["--embargo is -1"]),
    ({"folds": 0}, ["--folds is 0"]),
    ({"fold_train": 0, "folds": 2}, ["--fold-train is 0"]),
    ({"fold_train": 5, **TWO}, ["--fold-train needs --folds"]),
    ({"folds": 3, **TWO}, ["--split and --folds exclude each other"]),
    ({"folds": 3, "split_by": "group"}, ["--folds and --split-by group exclude"]),
    ({"split": ("2019-01-01",), "split_by": "sequence"}, ["names times"]),
    ({"context": True, "split_by": "group", **TWO}, ["--context and --split-by group"]),
    ({"embargo": 2, "split_by": "random", **TWO}, ["--embargo and --split-by random"]),
    ({"stratify": True, **TWO}, ["--stratify needs --split-by"]),
])  # fmt: skip
def test_settings_that_exclude_each_other_are_refused(settings, words):
    with pytest.raises(RecipeError) as error:
        Split(**settings)

    assert all(w in str(error.value) for w in words), str(error.value)


def test_what_is_divided_by_default():
    assert Split(**TWO).by(timed=True) == "time" and Split(**TWO).by(timed=False) == "sequence"
    assert Split(split_by="group", **TWO).by(timed=True) == "group"
    assert Split(**TWO).active and Split(folds=2).active and not Split().active
    assert Split().parts is None
    assert split.Cut.__name__ == "Cut" and not hasattr(split, "nothing")


# ---------------------------------------------------------------- where parts end


@given(n=st.integers(0, 400), cents=st.lists(st.integers(1, 99), min_size=1, max_size=2))
def test_fractions_end_where_decimals_say_whatever_they_are_in_binary(n, cents):
    assume(sum(cents) < 100)
    shares = [*cents, 100 - sum(cents)]

    found = Parts("fraction", tuple(c / 100 for c in shares)).ends(n)

    assert found == [n * sum(shares[: i + 1]) // 100 for i in range(len(shares))]


@given(panel=panels(), share=st.integers(1, 9), held=st.sampled_from([1, 1 << 22]))
def test_one_instant_cuts_all_sequences(panel, share, held):
    inside = [r for a, b in zip(panel.starts, panel.stops, strict=True) for r in range(a, b)]
    ordered = sorted(int(panel.times[r]) for r in inside)
    instant = ordered[math.floor(len(ordered) * share / 10 + 1e-9)]

    with pytest.MonkeyPatch.context() as patch:
        for module in (bounds, ranks):
            patch.setattr(module, "HELD", held)
        patch.setattr(bounds, "BLOCK", 3)
        found = bounds.one_clock(panel, Parts("fraction", (share / 10, 1 - share / 10)))

    for (low, edge, high), a, b in zip(found, panel.starts, panel.stops, strict=True):
        if len(panel.starts) > 1:
            assert [r for r in range(a, b) if panel.times[r] < instant] == list(range(low, edge))
        assert (low, high) == (a, b)


@given(panel=panels(), share=st.integers(1, 9))
def test_every_sequence_by_its_own_rows(panel, share):
    found = bounds.own_rows(panel, Parts("fraction", (share / 10, 1 - share / 10)))

    for (low, edge, high), a, b in zip(found, panel.starts, panel.stops, strict=True):
        assert (low, high) == (a, b) and edge - low == (b - a) * share // 10


@pytest.mark.parametrize(("times", "parts", "words"), [
    ([[0] * 10], (8, 8), ["asks for 16 rows, the table has 10", "--split 5,5", "0.7,0.3"]),
    ([[0] * 2], (8, 8, 1), ["asks for 17 rows, the table has 2", "fewer parts", "0.7,0.15,0.15"]),
    ([[0] * 9, [0] * 4], (5, 2), ["asks for 7 rows, the sequence s1 has 4", "--split 3,1"]),
])  # fmt: skip
def test_more_rows_than_there_are_is_answered_with_rows_that_there_are(times, parts, words):
    with pytest.raises(DataError) as error:
        bounds.own_rows(panel_at(times), Parts("rows", parts))

    assert all(w in str(error.value) for w in words), str(error.value)


def test_rows_over_one_clock_are_rows_of_all_sequences():
    panel = panel_at([[0, 1, 2, 3], [2, 3, 4, 5]])

    assert bounds.one_clock(panel, Parts("rows", (3, 3))).tolist() == [[0, 2, 4], [4, 4, 6]]
    assert bounds.one_clock(panel, Parts("rows", (3, 5))).tolist() == [[0, 2, 4], [4, 4, 8]]
    with pytest.raises(DataError, match="asks for 9 rows, the table has 8"):
        bounds.one_clock(panel, Parts("rows", (3, 6)))


# ---------------------------------------------------------------- parts


@st.composite
def cases(draw):
    """A panel with holes in it, a frame, a split in time."""
    panel = draw(panels())
    base = every(panel)
    if draw(st.booleans()):  # a hole in every sequence
        middle = base.starts + (base.stops - base.starts) // 2
        pairs = [(s, a, b) for s, lo, mid, hi in zip(base.sequence, base.starts, middle, base.stops, strict=True)
                 for a, b in ((lo, mid), (mid, hi)) if a < b]  # fmt: skip
        base = Segments(*(np.array(v) for v in zip(*pairs, strict=True)))
    frame = Window(
        timesteps=draw(st.integers(1, 4)), dilation=draw(st.integers(1, 2)), lead=draw(st.integers(0, 3)), horizon=draw(st.integers(1, 2))
    ).frame(draw(st.sampled_from([None, "target"])))  # fmt: skip
    settings = {"embargo": draw(st.integers(0, 3)), "context": draw(st.booleans())}
    kind = draw(st.sampled_from(["fraction", "time", "folds", "rows"]))
    if kind == "fraction":
        settings["split"] = draw(st.sampled_from([("0.5", "0.5"), ("0.6", "0.2", "0.2"), ("0.29", "0.71")]))
    elif kind == "time":
        settings["split"] = ("at:4", "9")
    elif kind == "rows":
        settings["split"] = ("1", "1")
    else:
        settings |= {"folds": draw(st.integers(1, 3)), "fold_train": draw(st.none() | st.integers(1, 5))}
    return panel, base, frame, Split(**settings), draw(st.sampled_from(["time", "sequence"]))


@given(case=cases())
def test_no_row_belongs_to_two_parts_and_every_row_to_one_or_a_reason(case):
    panel, base, frame, spec, by = case
    if spec.parts and spec.parts.kind == "time":
        by = "time"
    try:
        found = cut_in_time(spec, panel, base, frame, by=by, times=[4, 9])
    except DataError:
        assume(False)

    for folder in {c.folder for c in found.cuts}:
        cuts = [c for c in found.cuts if c.folder == folder]
        assert [c.name for c in cuts] == (["train", "test"] if spec.folds else list(spec.parts.names))
        owner = {}
        for cut in cuts:
            assert cut.suffix == f"_{cut.name}"
            for s, a, b, floor in zip(
                cut.segments.sequence, cut.segments.starts, cut.segments.stops, cut.floors, strict=True
            ):
                assert panel.starts[s] <= floor <= a < b <= panel.stops[s]
                assert a - floor <= (reach_back(frame) if spec.context else 0)
                for row in range(a, b):
                    assert owner.setdefault(row, cut.name) == cut.name
                if floor < a:  # inputs of a later part; the rows reached are of the part before, or nobody's
                    before = cuts[[c.name for c in cuts].index(cut.name) - 1].name
                    assert {owner.get(r, before) for r in range(floor, a)} == {before}
                    inside = [i for i in range(len(base.starts)) if base.starts[i] <= a < base.stops[i]]
                    assert base.starts[inside[0]] <= floor, "a hole is not reached across"
        taken = [
            r for _, some in found.taken for a, b in zip(some.starts, some.stops, strict=True) for r in range(a, b)
        ]
        rows = {r for a, b in zip(base.starts, base.stops, strict=True) for r in range(a, b)}
        assert rows <= owner.keys() | set(taken)
        if not spec.folds:
            assert not owner.keys() & set(taken) and len(taken) == len(set(taken))


@given(case=cases())
def test_train_ends_before_test_begins_on_every_clock(case):
    panel, base, frame, spec, _ = case
    try:
        found = cut_in_time(spec, panel, base, frame, by="time", times=[4, 9])
    except DataError:
        assume(False)

    latest = {}
    for cut in found.cuts:
        times = [
            panel.times[r] for a, b in zip(cut.segments.starts, cut.segments.stops, strict=True) for r in range(a, b)
        ]
        if times and cut.folder in latest:
            assert min(times) > latest[cut.folder]
        if times:
            latest[cut.folder] = max(times)


def test_context_stops_at_a_hole_and_at_the_part_before():
    panel = panel_at([list(range(20))])
    frame = Window(timesteps=6).frame("target")
    base = Segments(np.array([0, 0]), np.array([0, 8]), np.array([8, 20]))

    found = cut_in_time(Split(split=("9", "2", "9"), context=True), panel, base, frame, by="sequence", times=[])

    train, val, test = found.cuts
    assert (train.segments.starts.tolist(), train.floors.tolist()) == ([0, 8], [0, 8])
    assert (val.segments.starts.tolist(), val.floors.tolist()) == ([9], [8])
    assert (test.segments.starts.tolist(), test.floors.tolist()) == ([11], [9])


def test_rows_taken_and_rows_beyond_are_said():
    panel = panel_at([list(range(10))])
    frame = Window(timesteps=2).frame(None)

    found = cut_in_time(Split(split=("5", "3"), embargo=2), panel, every(panel), frame, by="sequence", times=[])

    told = [(reason, s.starts.tolist(), s.stops.tolist()) for reason, s in found.taken]
    assert told == [(EMBARGO, [3], [5]), (BEYOND, [8], [10])]


@pytest.mark.parametrize(("settings", "answer", "reach"), [
    ({"timesteps": 3}, "target", 3),
    ({"timesteps": 3, "dilation": 2, "lead": 4}, "target", 8),
    ({"timesteps": 3}, None, 2),
    ({"timesteps": 3}, "label", 2),
    ({"timesteps": 3, "label_at": "first"}, "label", 0),
    ({"timesteps": 3, "label_at": "mode"}, "label", 0),
    ({"timesteps": 3, "target_mode": "per-step"}, "target", 1),
    ({"timesteps": 3, "target_mode": "input"}, None, 2),
    ({"lags": (1, 7)}, "target", 7),
])  # fmt: skip
def test_inputs_reach_back_so_far_that_the_first_target_is_the_first_row(settings, answer, reach):
    assert reach_back(Window(**settings).frame(answer)) == reach


# ---------------------------------------------------------------- whole units


@given(units=st.integers(1, 40), cents=st.integers(1, 99), seed=st.none() | st.integers(0, 5))
def test_units_are_dealt_out_by_the_same_rule(units, cents, seed):
    found = assigned(units, Parts("fraction", (cents / 100, 1 - cents / 100)), seed=seed, classes=None, noun="group")

    assert np.bincount(found, minlength=2).tolist() == [units * cents // 100, units - units * cents // 100]
    if seed is None:
        assert found.tolist() == sorted(found.tolist())


def test_a_seed_draws_another_order_and_always_the_same():
    parts = Parts("fraction", (0.5, 0.5))
    drawn = [assigned(20, parts, seed=s, classes=None, noun="group").tolist() for s in (1, 1, 2)]

    assert drawn[0] == drawn[1] != drawn[2]


@given(
    classes=st.lists(st.integers(0, 3), min_size=1, max_size=60), seed=st.integers(0, 3), shares=st.sampled_from([(0.5, 0.5), (0.6, 0.2, 0.2), (0.75, 0.25)])
)  # fmt: skip
def test_every_class_has_its_share_in_every_part(classes, seed, shares):
    codes = np.array(classes)
    found = assigned(len(codes), Parts("fraction", shares), seed=seed, classes=codes, noun="sample")

    assert (found >= 0).all()
    for code in set(classes):
        mine = np.bincount(found[codes == code], minlength=len(shares))
        assert all(abs(n - classes.count(code) * share) <= 1 for n, share in zip(mine, shares, strict=True))
        assert mine[0] >= 1


def test_numbers_of_units_and_units_beyond():
    base = Segments(np.arange(5), np.arange(0, 50, 10), np.arange(10, 60, 10))

    found = cut_by_unit(Parts("rows", (2.0, 1.0)), base, np.arange(5), seed=None, classes=None, noun="group")

    assert [(c.name, c.segments.sequence.tolist()) for c in found.cuts] == [("train", [0, 1]), ("test", [2])]
    assert [(r, s.sequence.tolist()) for r, s in found.taken] == [(BEYOND, [3, 4])]
    with pytest.raises(DataError, match="asks for 7 groups, the table has 5"):
        cut_by_unit(Parts("rows", (5.0, 2.0)), base, np.arange(5), seed=None, classes=None, noun="group")
    stratified = assigned(4, Parts("rows", (2.0, 1.0)), seed=0, classes=np.array([0, 0, 1, 1]), noun="group")
    assert np.bincount(stratified + 1).tolist() == [0, 2, 2]


def test_every_segment_goes_where_its_unit_goes():
    base = Segments(np.array([0, 0, 1]), np.array([0, 5, 9]), np.array([4, 9, 12]))

    found = cut_by_unit(Parts("fraction", (0.5, 0.5)), base, np.array([0, 0, 1]), seed=None, classes=None, noun="group")

    assert [c.segments.starts.tolist() for c in found.cuts] == [[0, 5], [9]]
    assert not found.taken


def test_samples_that_hang_over_keep_to_their_rows():
    one = np.array([0])
    runs = Runs(one, one - 2, one + 2, one, one + 4, stride=3)

    found = sample_segments(runs, Frame(np.array([0, 1, 2]), np.array([], np.int64), 0))

    assert (found.starts.tolist(), found.stops.tolist()) == ([0, 1], [1, 4])


# ---------------------------------------------------------------- folds


@given(n=st.integers(2, 60), k=st.integers(1, 6), train=st.none() | st.integers(1, 20), embargo=st.integers(0, 3))
def test_folds_walk_forward_in_equal_tests_to_the_last_row(n, k, train, embargo):
    assume(n > k)

    found = folds.ranks(n, k, train, embargo)

    sizes = {stop - begin for _, begin, stop in found}
    assert sizes == {n // (k + 1)} and found[-1][2] == n
    assert [b for _, b, _ in found[1:]] == [e for _, _, e in found[:-1]]
    for first, begin, _ in found:
        assert first == (0 if train is None else max(0, begin - embargo - train))


def test_folds_by_one_clock_and_by_each_sequence():
    panel = panel_at([list(range(12)), list(range(6, 10))])

    common = folds.fold_bounds(panel, 3, None, embargo=0, common=True)
    own = folds.fold_bounds(panel, 3, 2, embargo=1, common=False)

    assert common[0].tolist() == [[0, 4, 7], [12, 12, 13]]
    assert common[2].tolist() == [[0, 9, 12], [12, 15, 16]]
    assert own[2].tolist() == [[6, 9, 12], [12, 15, 16]]


@pytest.mark.parametrize(("times", "common", "words"), [
    ([[0, 1, 2]], False, ["--folds 3 needs 4 rows", "the table has 3", "--folds 2 or fewer"]),
    ([[0], [1]], True, ["the table has 2", "Give longer sequences"]),
    ([[0], [1]], False, ["the longest of 2 sequences has 1", "longer sequences"]),
])  # fmt: skip
def test_too_many_folds_are_answered_with_how_many_there_can_be(times, common, words):
    with pytest.raises(DataError) as error:
        folds.fold_bounds(panel_at(times), 3, None, embargo=0, common=common)

    assert all(w in str(error.value) for w in words), str(error.value)
