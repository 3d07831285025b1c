"""What splits, scaling and classes refuse, with numbers that work; and what they say when they do not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep import DataError, RecipeError
from lstmprep.borders import duration, scaling_text
from lstmprep.errors import LstmprepError
from lstmprep.fits_part import _as_fractions, _enlarged, split_that_works
from lstmprep.recipe import from_flat

TEN = pa.table(
    {"t": list(range(1, 11)), "a": [float(i) for i in range(1, 11)], "y": [float(i) for i in range(101, 111)]}
)
LONG = pa.table({"x": np.arange(60.0), "k": [*"ab" * 30]})
GROUPS = pa.table({
    "id": [g for g in "abcdef" for _ in range(5)], "t": list(range(5)) * 6, "v": np.arange(30.0), "c": [c for c in "ppqqqp" for _ in range(5)],
})  # fmt: skip


def refused(table, **settings):
    with pytest.raises(LstmprepError) as error:
        lstmprep.window(table, **settings)
    return error.value


# ---------------------------------------------------------------- recipes


@pytest.mark.parametrize(("settings", "words"), [
    ({"split": "0.7,0.3", "latest": True}, ["--latest and --split exclude"]),
    ({"folds": 2, "latest": True}, ["--latest and --folds exclude"]),
    ({"split": "2019-01-01"}, ["--split names times", "--time"]),
    ({"split": "0.7,0.3", "split_by": "group"}, ["--split-by group needs --group-by"]),
    ({"split": "0.7,0.3", "split_by": "random", "stratify": True}, ["--stratify needs --label"]),
    ({"split": "0.7,0.3", "context": True, "target_mode": "input"}, ["--context and --target-mode input"]),
    ({"split": "0.7,0.3", "context": True, "leftover": "pad"}, ["--context and --leftover pad"]),
    ({"split": "0.7,0.3", "split_by": "random"}, ["windows of 3 rows every 1 row share 2", "--no-overlap", "--split-by time"]),
    ({"split": "0.7,0.3", "split_by": "random", "target": "y", "no_overlap": True}, ["windows and their targets of 4 rows every 3 rows share 1", "--stride 4"]),
    ({"split": "0.7,0.3", "split_by": "random", "partial": True}, ["--split-by random and --partial"]),
    ({"split": "0.7,0.3", "split_by": "random", "no_overlap": True, "stateful": True, "batch_size": 2}, ["--split-by random and --stateful"]),
    ({"shard_size": 1000, "store": "series"}, ["--shard-size and --store series"]),
    ({"scale": "standard", "scale_by_group": True}, ["--scale-by-group needs --group-by"]),
    ({"scale": "standard", "scale_target": True}, ["--scale-target needs --target"]),
    ({"unknown": "drop"}, ["--unknown drop needs --label"]),
    ({"label": "k", "unknown": "code", "label_at": "mode"}, ["--unknown code and --label-at mode"]),
])  # fmt: skip
def test_parts_that_exclude_each_other_are_refused(settings, words):
    with pytest.raises(RecipeError) as error:
        from_flat({"timesteps": 3, **settings})

    assert all(w in str(error.value) for w in words), str(error.value)


def test_a_lagged_table_is_not_divided_by_chance():
    with pytest.raises(
        RecipeError, match="--split-by random and a lagged table exclude each other: a row shares its lags"
    ):
        from_flat({"lags": [1], "split": "0.7,0.3", "split_by": "random"}, command="lag")


def test_files_as_sequences_are_groups_too():
    found = from_flat(
        {
            "timesteps": 3,
            "split": "0.5,0.5",
            "split_by": "group",
            "scale": "minmax",
            "scale_by_group": True,
            "file_as": "sequence",
        }
    )

    assert found.split.split_by == "group" and found.computes


# ---------------------------------------------------------------- parts that are too small


@pytest.mark.parametrize(("settings", "words"), [
    ({"split": "0.7,0.3"}, ["test has 3 rows, and a sample needs 4 rows (3 timesteps, the target 1 ahead)", "--context", "--split 0.6,0.4", "--timesteps 2"]),
    ({"split": "7,3"}, ["--split 6,4"]),
    ({"split": "0.9,0.1", "context": True, "embargo": 6}, ["train has 3 rows", "use --embargo 5."]),
    ({"split": "0.4,0.2,0.4"}, ["val has 2 rows", "--context", "--timesteps 1"]),
    ({"split": "at:10", "time": "t"}, ["test has 1 row"]),
    ({"split": "at:2", "time": "t"}, ["train has 1 row", "use --split 0.6,0.4"]),
    ({"folds": 3}, ["fold0/test has 2 rows", "use --folds 1."]),
])  # fmt: skip
def test_a_part_without_room_is_answered_with_numbers(settings, words):
    error = refused(TEN, timesteps=3, target="y", **settings)

    assert isinstance(error, DataError)
    assert all(w.lower() in str(error).lower() for w in words), str(error)


@given(
    n=st.integers(4, 60), timesteps=st.integers(1, 8), parts=st.sampled_from([("0.7", "0.3"), ("0.9", "0.1"), ("0.8", "0.1", "0.1")]),
    context=st.booleans(), embargo=st.integers(0, 3), rows=st.booleans(),
)  # fmt: skip
def test_the_split_that_is_offered_works(n, timesteps, parts, context, embargo, rows):
    table = pa.table({"a": np.arange(float(n)), "y": np.arange(float(n))})
    if rows:
        parts = tuple(str(max(1, int(float(p) * n))) for p in parts)
    s = {"timesteps": timesteps, "target": "y", "context": context, "embargo": embargo}
    try:
        lstmprep.window(table, split=parts, **s)
    except DataError as error:
        offer = str(error).partition("--split ")[2].partition(",")[0]
        if offer and "--split" in error.fix and "fractions such as" not in error.fix:
            text = error.fix.partition("--split ")[2].split()[0].rstrip(".,")
            made = lstmprep.window(table, split=text, **s)
            assert all(part["samples"] for part in made.manifest["splits"].values())


@given(
    sizes=st.lists(st.integers(1, 7), min_size=2, max_size=4), timesteps=st.integers(1, 3), context=st.booleans(), embargo=st.integers(0, 1),
    parts=st.sampled_from(["0.8,0.2", "0.1,0.9", "0.8,0.1,0.1", "at:5", "9,1"]), by=st.sampled_from(["time", "sequence"]), late=st.integers(0, 3),
)  # fmt: skip
def test_the_split_that_is_offered_for_a_panel_works_and_none_is_where_none_does(
    sizes, timesteps, context, embargo, parts, by, late
):
    """Sequences of any length that begin at any time, with a hole in each of four rows or more."""
    rows = [(str(i), i * late + t + 10 * (t > 2), float(t)) for i, n in enumerate(sizes) for t in range(n)]
    table = pa.table(dict(zip(["id", "t", "v"], map(list, zip(*rows, strict=True)), strict=True)))
    s = {
        "group_by": "id",
        "time": "t",
        "timesteps": timesteps,
        "target": "v",
        "context": context,
        "embargo": embargo,
        "max_gap": "5",
    }
    s["split_by"] = None if "at" in parts else by

    def works(text):
        try:
            made = lstmprep.window(table, split=text, **s)
        except LstmprepError as error:
            return error
        return all(part["samples"] for part in made.manifest["splits"].values())

    found = works(parts)
    if found is True or " and a sample needs " not in str(found) or " of its own" in str(found):
        return
    if "--split " in found.fix:
        assert works(found.fix.partition("--split ")[2].split()[0].rstrip(".,")) is True, found.fix
        return
    several = parts.count(",") == 2
    tenths = range(1, 10)
    shares = (
        [f"0.{i},0.{j},0.{10 - i - j}" for i in tenths for j in tenths if i + j < 10]
        if several
        else [f"0.{i},0.{10 - i}" for i in tenths]
    )
    assert not any(works(text) is True for text in shares)


@given(parts=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6)), min_size=2, max_size=3), more=st.integers(0, 4))
def test_parts_are_enlarged_to_what_they_need_and_no_further(parts, more):
    sizes, least = ([p[i] for p in parts] for i in (0, 1))
    n = sum(sizes) + more

    found = _enlarged(sizes, least, n)

    if sum(least) > n:
        assert found == []
        return
    assert sum(found) <= n and all(have >= need for have, need in zip(found, least, strict=True))
    for size, need, have in zip(sizes, least, found, strict=True):
        assert have == need if size <= need else need <= have <= size
    if any(have < size for size, have in zip(sizes, found, strict=True)):  # nobody gives more than is needed
        assert sum(found) == n


def test_groups_too_few_for_the_parts():
    error = refused(GROUPS, timesteps=2, group_by="id", time="t", split="0.1,0.9", split_by="group")

    assert "train has no row" in str(error) and "--split 0.2,0.8" in str(error)


def test_a_split_over_one_clock_offers_no_numbers_it_has_not_tried():
    recipe = from_flat({"timesteps": 2, "group_by": "id", "time": "t", "split": "0.5,0.5"})

    assert split_that_works(recipe, lstmprep_panel(), None) == ""
    error = refused(GROUPS, timesteps=4, target="v", group_by="id", time="t", split="0.6,0.4")
    assert "train has 3 rows in the longest of its 6 sequences" in str(error)


def lstmprep_panel():
    from lstmprep.panel import Panel

    return Panel(np.zeros((4, 1)), np.array([0, 2]), np.array([2, 4]), {"id": ["a", "b"]}, times=np.array([0, 1, 0, 1]))


def test_rows_too_few_for_any_split_are_answered_without_one():
    error = refused(pa.table({"a": np.arange(9.0)}), timesteps=5, split="0.6,0.4")

    assert "test has 4 rows" in str(error) and "--split" not in error.fix and "--timesteps 4" in error.fix


def test_targets_need_rows_of_the_part_itself():
    error = refused(TEN, timesteps=2, target="y", features="a", horizon=2, partial=True, split="8,1,1", context=True)

    assert "val has 1 row of its own, and a sample needs 2 for its targets" in str(error) and "--horizon" in error.fix


def test_parts_too_fine_for_six_digits_are_not_offered():
    assert _as_fractions([3, 7], 10) == "0.3,0.7"
    assert _as_fractions([3, 10**9 - 3], 10**9) == ""


def test_windows_that_no_sequence_holds_are_no_matter_of_the_split():
    error = refused(TEN, timesteps=30, split="0.5,0.5")

    assert "the table has 10 rows" in str(error) and "--split" not in str(error)


def test_leftover_error_counts_the_rows_that_windows_may_reach():
    error = refused(TEN, timesteps=4, no_overlap=True, leftover="error", split="0.4,0.6")

    assert "has 6 rows" in str(error)


# ---------------------------------------------------------------- whole units


@pytest.mark.parametrize("stratify", [False, True])
def test_groups_stay_whole(stratify):
    data = lstmprep.window(GROUPS, timesteps=2, group_by="id", time="t", features="v", split="0.5,0.5", split_by="group",
                           **({"label": "c", "stratify": True, "seed": 3} if stratify else {}))  # fmt: skip

    told = data.index().to_pydict()
    parts = {g: {s for s, k in zip(told["split"], told["id"], strict=True) if k == g} for g in "abcdef"}
    assert all(len(p) == 1 for p in parts.values())
    if stratify:
        classes = {"train": "", "test": ""}
        for g, p in parts.items():
            classes[next(iter(p))] += "ppqqqp"["abcdef".index(g)]
        assert sorted(map(len, classes.values())) == [2, 4] and "p" in classes["test"] and "q" in classes["train"]
    else:
        assert [next(iter(parts[g])) for g in "abcdef"] == ["train"] * 3 + ["test"] * 3
        note = next(n["text"] for n in data.manifest["notes"] if n["code"] == "split")
        assert "train has 3 sequences (a, b, c)" in note and "in the order of their keys" in note


def test_a_seed_deals_groups_out_by_chance():
    s = {"timesteps": 2, "group_by": "id", "time": "t", "features": "v", "split": "0.5,0.5", "split_by": "group"}
    one, two, again = (lstmprep.window(GROUPS, seed=seed, **s).index("train")["id"].to_pylist() for seed in (1, 2, 1))

    assert one == again != two
    assert "--seed 1" in next(
        n["text"] for n in lstmprep.window(GROUPS, seed=1, **s).manifest["notes"] if n["code"] == "split"
    )


def test_a_class_that_changes_in_a_group_has_no_stratum():
    table = GROUPS.set_column(3, "c", pa.array(["p", "q"] * 15))

    error = refused(
        table, timesteps=2, group_by="id", label="c", features="v", split="0.5,0.5", split_by="group", stratify=True
    )

    assert "a has several" in str(error) and "--split-by random" in str(error)


def test_sequences_are_stratified_by_labels_of_their_own(tmp_path):
    (tmp_path / "labels.csv").write_text("id,mood\n" + "".join(f"{g},{'pq'[i % 2]}\n" for i, g in enumerate("abcdef")))
    s = {
        "timesteps": 5,
        "group_by": "id",
        "features": "v",
        "labels": str(tmp_path / "labels.csv"),
        "stratify": True,
        "no_overlap": True,
    }

    for by in ("group", "random"):
        data = lstmprep.window(GROUPS, split="0.5,0.5", split_by=by, **s)
        assert sorted(np.bincount(data.train.y).tolist()) == [1, 2] or np.bincount(data.train.y).tolist() == [2, 2]


@pytest.mark.parametrize("rule", ["last", "first", "mode"])
def test_samples_are_stratified_by_the_class_they_are_answered_with(rule):
    data = lstmprep.window(
        LONG,
        timesteps=3,
        no_overlap=True,
        features="x",
        label="k",
        label_at=rule,
        split="0.6,0.4",
        split_by="random",
        stratify=True,
    )

    assert np.bincount(data.train.y).tolist() == [6, 6] and np.bincount(data.test.y).tolist() == [4, 4]
    used = [set(data.index(part)["first_row"].to_pylist()) for part in ("train", "test")]
    assert not used[0] & used[1] and len(used[0] | used[1]) == 20


def test_random_parts_by_numbers_leave_the_rest_out_and_say_so():
    data = lstmprep.window(LONG, timesteps=3, no_overlap=True, features="x", split="10,5", split_by="random", seed=4)

    assert (data.train.X.shape[0], data.test.X.shape[0]) == (10, 5)
    assert [(u["reason"], u["rows"]) for u in data.manifest["rows"]["unused"]] == [("in no part of the split", 15)]
    assert "by chance (--seed 4): train 10, test 5" in str(data.manifest["notes"])


def test_sections_are_needed_to_divide_them():
    with pytest.raises(RecipeError, match="--split-by section needs --sections"):
        lstmprep.window(TEN, timesteps=2, split="0.5,0.5", split_by="section")


def test_only_train_is_shuffled():
    data = lstmprep.window(LONG, timesteps=3, features="x", split="0.5,0.5", shuffle=True, seed=5)

    train, test = data.train.X[:, 0, 0].tolist(), data.test.X[:, 0, 0].tolist()
    assert train != sorted(train) and sorted(train) == list(range(28)) and test == sorted(test)


# ---------------------------------------------------------------- folds


def test_folds_have_trains_of_their_own_and_numbers_of_their_own():
    data = lstmprep.window(LONG, timesteps=3, features="x", folds=3, scale="minmax", dtype="float64")

    assert list(data.parts()) == ["fold0", "fold1", "fold2"]
    for i, fold in enumerate(data.parts().values()):
        ahead = 15 * (i + 1)
        assert fold.train.X.shape == (ahead - 2, 3, 1) and fold.test.X.shape == (13, 3, 1)
        assert fold.train.X.max() == 1 and fold.test.X[0, 0, 0] == ahead / (ahead - 1)
        assert data.manifest["fitted"]["folds"][f"fold{i}"]["scaling"]["features"]["x"]["max"] == ahead - 1
        assert list(fold.parts()) == ["train", "test"]
    assert set(data.index("fold1/test")["split"].to_pylist()) == {"fold1/test"}
    assert data.fold2.arrays.keys() == {"X_train", "X_test"}
    with pytest.raises(AttributeError, match="no array 'val'; it has train, test, X_train, X_test"):
        _ = data.fold0.val
    with pytest.raises(AttributeError, match=r"no array 'nothing'; it has .*fold0"):
        _ = data.nothing
    with pytest.raises(RecipeError, match="no part 'val'"):
        data.index("val")
    assert "Arrays(X (13, 3, 1))" in repr(data.fold0.train)


def test_a_rolling_train_forgets_and_what_it_forgets_is_used_by_earlier_folds():
    data = lstmprep.window(LONG, timesteps=3, features="x", folds=3, fold_train=12, embargo=2)

    assert [f.train.X[0, 0, 0] for f in data.parts().values()] == [1.0, 16.0, 31.0]
    assert [len(f.train.X) for f in data.parts().values()] == [10, 10, 10]
    rows = data.manifest["rows"]
    assert [(u["reason"], u["first"], u["last"]) for u in rows["unused"]] == [
        ("in no part of the split", 0, 0),
        ("taken by --embargo between two parts", 13, 14),
    ]


# ---------------------------------------------------------------- classes


KINDS = pa.table({"x": np.arange(8.0), "k": ["a", "b", "a", "b", "a", "d", "b", None]})


def kinds(policy, **more):
    return {"timesteps": 1, "label": "k", "features": "x", "split": "4,4", "unknown": policy, "missing": "drop", **more}


def test_a_class_that_train_lacks_is_named_with_its_row_and_part():
    error = refused(KINDS, **kinds("error"))

    assert isinstance(error, DataError) and error.where.row == 6 and error.where.column == "k"
    assert "'d' stands in test and not in train, which has a, b" in str(error)


def test_samples_of_unknown_classes_are_left_out_when_asked_for():
    data = lstmprep.window(KINDS, **kinds("drop"))

    assert data.test.y.tolist() == [0, 1] and data.manifest["classes"] == ["a", "b"]
    reasons = {u["reason"]: u["rows"] for u in data.manifest["rows"]["unused"]}
    assert reasons == {
        "only in samples left out for a class that train lacks": 1,
        "only in samples left out for a missing value": 1,
    }
    codes = {n["code"] for n in data.manifest["notes"]}
    assert {"unknown-class", "unknown-dropped", "missing-dropped"} <= codes


@pytest.mark.parametrize("mode", [{}, {"one_hot": True}, {"target_mode": "per-step", "layout": "time-first"}])
def test_unknown_classes_have_no_code(mode):
    data = lstmprep.window(KINDS, **kinds("code", **mode))

    want = [0, -1, 1]
    if "one_hot" in mode:
        want = [[1, 0], [0, 0], [0, 1]]
    assert np.squeeze(data.test.y).tolist() == want


def test_only_unknown_classes_in_a_part_are_refused_whatever_is_asked():
    table = pa.table({"x": np.arange(6.0), "k": list("ababdd")})

    error = refused(table, timesteps=1, label="k", features="x", split="4,2", unknown="drop")

    assert "every one of the 2 samples of test holds a class that train lacks" in str(error)


def test_labels_of_sequences_are_learned_from_sequences_in_train(tmp_path):
    (tmp_path / "labels.csv").write_text("id,mood\na,p\nb,q\nc,p\nd,q\ne,r\nf,p\n")
    s = {
        "timesteps": 5,
        "group_by": "id",
        "features": "v",
        "labels": str(tmp_path / "labels.csv"),
        "split": "4,2",
        "split_by": "group",
    }

    error = refused(GROUPS, **s)
    dropped, coded = (lstmprep.window(GROUPS, unknown=policy, **s) for policy in ("drop", "code"))

    assert "'r' stands in test" in str(error) and error.where.row == 21
    assert dropped.test.y.tolist() == [0] and dropped.manifest["classes"] == ["p", "q"]
    assert coded.test.y.tolist() == [-1, 0]


def test_features_of_classes_are_those_that_train_holds():
    table = pa.table({"k": list("abacbd"), "x": np.arange(6.0)})
    s = {"timesteps": 1, "features": "k,x", "categorical": "k", "split": "3,3"}

    error = refused(table, **s)
    coded = lstmprep.window(table, unknown="code", **s)

    assert "the class 'c' stands in test and not in train, which has a, b; test holds c, d (2 rows" in str(error)
    assert coded.manifest["feature_names"] == ["k=a", "k=b", "x"] and coded.manifest["fitted"]["categories"] == {
        "k": ["a", "b"]
    }
    assert coded.test.X[:, 0].tolist() == [[0, 0, 3], [0, 1, 4], [0, 0, 5]]
    dropped = lstmprep.window(table, unknown="drop", **s)
    assert dropped.test.X[:, 0].tolist() == [[0, 1, 4]]
    assert dropped.manifest["rows"]["unused"][0]["rows"] == 2


def test_context_reads_no_class_that_train_lacks():
    """Rows taken by an embargo may be inputs of the later part; their classes count there."""
    table = pa.table({"k": list("abadabab"), "y": np.arange(8.0)})

    error = refused(table, timesteps=2, features="k", categorical="k", target="y", split="4,4", embargo=1, context=True)

    assert "'d' stands in test" in str(error) and error.where.row == 4


def test_a_fold_lacks_what_its_own_train_lacks():
    table = pa.table({"k": list("aabababc" + "abcabcab"), "x": np.arange(16.0)})
    s = {"timesteps": 1, "categorical": "k", "features": "k,x", "folds": 3}

    error = refused(table, **s)
    coded = lstmprep.window(table, unknown="code", **s)

    assert "'c' stands in fold0/test and not in train" in str(error)
    assert coded.manifest["feature_names"] == ["k=a", "k=b", "k=c", "x"]
    assert coded.fold0.test.X[3, 0].tolist() == [0, 0, 0, 7]
    assert coded.fold1.train.X[7, 0].tolist() == [0, 0, 1, 7]


def test_a_label_in_folds_has_one_code_in_all_of_them():
    table = pa.table({"k": list("bbbbabab" + "abcababc"), "x": np.arange(16.0)})

    data = lstmprep.window(table, timesteps=1, label="k", features="x", folds=3, unknown="code")

    assert data.manifest["classes"] == ["a", "b", "c"]
    assert data.fold0.test.y.tolist() == [-1, 1, -1, 1]
    assert data.fold2.train.y[-2:].tolist() == [2, 0]


def test_a_column_without_a_class_in_train_is_refused():
    table = pa.table({"k": [None, None, None, "a", "b", "a"], "x": np.arange(6.0)})

    error = refused(table, timesteps=1, features="k,x", categorical="k", split="3,3", missing="drop", unknown="code")

    assert "k has no class in the train rows" in str(error)


# ---------------------------------------------------------------- scaling


def test_numbers_are_scaled_and_true_and_false_are_not():
    table = pa.table(
        {
            "a": [1.0, 2.0, 3.0, 4.0],
            "flag": [True, False, True, True],
            "k": list("pqpq"),
            "w": ["true", "false", "true", "true"],
        }
    )
    s = {"timesteps": 1, "features": "a,flag,k,w", "categorical": "k", "scale": "minmax"}

    plain = lstmprep.window(table, **s)
    named = lstmprep.window(table, scale_columns=["standard:flag,k", "none:a"], **s)

    assert plain.X[:, 0, 1:].tolist() == [[1, 1, 0, 1], [0, 0, 1, 0], [1, 1, 0, 1], [1, 0, 1, 1]]
    assert plain.X[:, 0, 0].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert list(plain.manifest["fitted"]["scaling"]["features"]) == ["a"]
    assert list(named.manifest["fitted"]["scaling"]["features"]) == ["flag", "k=p", "k=q"]
    assert named.X[:, 0, 2].tolist() == [1, -1, 1, -1] and named.X[:, 0, 0].tolist() == [1, 2, 3, 4]


def test_a_feature_that_is_the_target_is_scaled_in_x_alone():
    data = lstmprep.window(TEN, timesteps=2, features="a,y", target="y", scale="minmax")
    both = lstmprep.window(
        TEN, timesteps=2, features="a,y", target="y", scale="minmax", scale_target=True, scale_columns="maxabs:y"
    )

    assert data.X[0, 0].tolist() == [0, 0] and data.y[0, 0] == 103
    assert both.y[-1, 0] == 1 and both.X[0, 0, 1] == np.float32(101 / 110)
    assert both.manifest["fitted"]["scaling"]["targets"]["y"]["method"] == "maxabs"


def test_future_columns_are_inputs_and_scaled_like_them():
    table = TEN.append_column("f", pa.array(np.arange(10.0)))

    data = lstmprep.window(table, timesteps=2, features="a", target="y", future="f", scale="minmax", dtype="float64")

    assert data.future[:, 0, 0].tolist() == [i / 9 for i in range(2, 10)]


@pytest.mark.parametrize(("columns", "words"), [
    (["minmax:nothing"], ["--scale-columns: there is no column of numbers 'nothing'", "It can name features, targets and future columns: a"]),
    (["minmax:a", "standard:a"], ["gives 'a' two methods, minmax and standard"]),
    (["minmax:y"], ["'y' is a target and no feature", "--scale-target"]),
])  # fmt: skip
def test_columns_to_scale_are_looked_at(columns, words):
    error = refused(TEN, timesteps=2, features="a", target="y", scale_columns=columns)

    assert isinstance(error, RecipeError) and all(w in str(error) for w in words), str(error)


@pytest.mark.parametrize("method", ["standard", "minmax", "robust", "maxabs"])
def test_a_column_that_train_holds_constant_becomes_0_and_is_said(method):
    table = TEN.append_column("c", pa.array([5.0] * 9 + [7.0]))

    data = lstmprep.window(
        table, timesteps=2, features="a,c", target="c", split="0.7,0.3", scale=method, scale_target=True
    )

    assert set(data.train.X[..., 1].ravel().tolist()) == set(data.train.y.ravel().tolist()) == {0.0}
    assert data.test.y.ravel().tolist() == [2.0]
    told = [n["text"] for n in data.manifest["notes"] if n["code"] == "scaled-constant"]
    assert [("constant" in t, "c; scaled to 0" in t, "in y" in t) for t in told] == [
        (True, True, False),
        (True, True, True),
    ]
    assert data.invert(data.train.y, split="train")["prediction"].to_pylist() == [5.0] * 5


@pytest.mark.parametrize("settings", [{}, {"time": "t"}, {"group_by": "id", "time": "t"}])
def test_too_many_folds_are_answered_with_as_many_as_work(settings):
    ids = {"id": ["a"] * 10 + ["b"] * 10} if "group_by" in settings else {}
    rows = 20 if ids else 10
    table = pa.table({**ids, "t": [*range(10)] * (rows // 10), "v": np.arange(1.0 * rows)})
    framed = {"features": "v", "target": "v", "timesteps": 2, **settings}

    error = refused(table, folds=50, **framed)

    assert "--folds 2 or fewer" in error.fix
    assert len(lstmprep.window(table, folds=2, **framed).parts()) == 2


def test_a_static_column_is_not_scaled_and_it_is_said_what_to_do():
    table = TEN.append_column("s", pa.array([2.0] * 10))

    error = refused(table, timesteps=2, features="a", static="s", scale_columns=["minmax:a", "standard:s"])

    assert isinstance(error, RecipeError)
    assert "'s' is a column of --static" in error.what and "--features" in error.fix


def test_a_sequence_without_train_rows_takes_the_numbers_of_all_and_it_is_said():
    data = lstmprep.window(
        GROUPS,
        timesteps=1,
        group_by="id",
        features="v",
        split="0.5,0.5",
        split_by="group",
        scale="minmax",
        scale_by_group=True,
        dtype="float64",
    )

    assert data.train.X[:, 0, 0].tolist() == [i / 4 for i in range(5)] * 3
    assert data.test.X[:, 0, 0].tolist() == [i / 14 for i in range(15, 30)]
    fitted = data.manifest["fitted"]["scaling"]["by_group"]
    assert fitted["keys"] == [["a"], ["b"], ["c"]] and fitted["features"]["v"]["max"] == [4, 9, 14]
    assert "3 sequences have no train row and the numbers of all of them: d, e, f" in str(data.manifest["notes"])
    assert "3 sequences by numbers of its own" in scaling_text(data.manifest["fitted"])


def test_a_constant_becomes_zero_and_is_named():
    table = pa.table({"a": [1.0, 2.0, 3.0], "c": [0.1, 0.1, 0.1]})

    data = lstmprep.window(table, timesteps=1, scale="standard")

    assert (data.X[:, :, 1] == 0).all()
    assert "constant in the train rows: c; scaled to 0" in str(data.manifest["notes"])


def test_a_scaled_value_beyond_the_type_is_named_where_it_stands():
    table = pa.table({"a": [1.0, 1.001, 1e30], "b": [1.0, 2.0, 3.0]})
    half = {"timesteps": 1, "dtype": "float16", "split": "2,1"}

    error = refused(table, scale="minmax", **half)
    fine = lstmprep.window(table, scale="maxabs", timesteps=1, dtype="float16")
    raw = refused(table, scale_columns="minmax:b", timesteps=1, dtype="float16")

    assert error.where.row == 3 and error.where.column == "a" and "scaled to" in str(error) and "float32" in error.fix
    assert fine.X[-1, 0].tolist() == [1, 1]
    assert "1e+30 is beyond the largest float16" in str(raw)


def test_targets_of_a_second_table_are_scaled_too(tmp_path):
    (tmp_path / "y.csv").write_text("out\n" + "".join(f"{i}\n" for i in range(10)))

    data = lstmprep.window(
        TEN,
        timesteps=2,
        features="a",
        target="out",
        target_file=str(tmp_path / "y.csv"),
        scale="minmax",
        scale_target=True,
        dtype="float64",
    )

    assert data.y[:, 0].tolist() == [i / 9 for i in range(2, 10)]


def test_what_is_scaled_is_told_in_a_line():
    fitted = {
        "features": {"a": {"method": "standard", "rows": 7}, "b": {"method": "minmax", "rows": 6}},
        "targets": {"y": {"method": "standard", "rows": 7}},
    }

    assert (
        scaling_text({"scaling": fitted})
        == "scaled: a (standard), b (minmax), y y (standard); learned from 7 rows of train"
    )
    assert scaling_text({"folds": {"fold0": {"scaling": fitted}}}).endswith("7 rows of train in fold0")
    assert scaling_text({}) == scaling_text({"categories": {}}) == ""


# ---------------------------------------------------------------- borders


@pytest.mark.parametrize(("steps", "unit", "text"), [
    (0, "us", "0 s"), (1_500_000, "us", "1.5 s"), (3 * 86400 * 10**9, "ns", "3 days"), (90061 * 10**6, "us", "1 day 1 h"), (61 * 10**6, "us", "1 min 1 s"),
])  # fmt: skip
def test_a_length_of_time_in_words(steps, unit, text):
    assert duration(steps, unit) == text


def note(**settings):
    notes = lstmprep.window(**settings).manifest["notes"]
    return "; ".join(n["text"] for n in notes if n["code"] == "split")


def lag_note(**settings):
    """A lagged table has rows, no windows."""
    told = lstmprep.lag(**settings).manifest
    assert "window" not in str([told["notes"], told["rows"]])
    return "; ".join(n["text"] for n in told["notes"] if n["code"] == "split")


def test_a_border_says_where_it_is_and_what_it_costs():
    days = pa.table({"day": [f"2019-01-{i:02d}" for i in range(1, 13)], "v": np.arange(12.0)})

    assert note(data=days, time="day", target="v", timesteps=2, split="2019-01-06,2019-01-09") == (
        "train | val at 2019-01-06 (row 6): 2 windows of 3 rows that would cross are in neither: those that begin in the last 2 rows of train (2 days); "
        "val | test at 2019-01-09 (row 9): 2 windows of 3 rows that would cross are in neither: those that begin in the last 2 rows of val (2 days)"
    )
    assert note(data=days, time="day", timesteps=1, split="0.5,0.5", embargo=2) == (
        "train | test at 2019-01-07 (row 7), 2 rows before it taken by --embargo: 2 windows of 1 row that would cross are in neither"
    )
    assert "(3 of time)" in note(data=TEN, time="t", target="y", features="a", timesteps=3, split="5,5")
    assert "train | test at row 6: inputs of test reach back over 3 rows" in note(
        data=TEN, target="y", features="a", timesteps=3, split="5,5", context=True
    )
    assert note(data=GROUPS, group_by="id", time="t", features="v", timesteps=2, split="0.5,0.5") == (
        "train | test at 2: 6 windows of 2 rows that would cross are in neither: those that begin in the last 1 row of train (1 of time) in each of 6 sequences"
    )
    assert lag_note(data=days, time="day", target="v", lags="1-2", horizon=2, split="0.5,0.5") == (
        "train | test at 2019-01-07 (row 7): 3 rows of the lagged table that would cross (they reach over 4 rows) are in neither: "
        "those that begin in the last 3 rows of train (3 days)"
    )
    assert "1 row of the lagged table that would cross (it reaches over 2 rows) is in neither" in lag_note(
        data=days, target="v", lags="1", split="0.5,0.5"
    )
    assert "2 folds, each later than the one before; in fold0: train | test at row 5" in note(
        data=TEN, features="a", timesteps=2, folds=2
    )
    assert "of train:" not in note(data=TEN, time="t", features="a", timesteps=3, split="4,6")


def test_columns_that_stand_still_in_some_sequences_alone_are_named_with_them():
    still = {n: [1.0, 1.0, 1.0, 4.0, 5.0, 6.0] for n in "abcde"}
    table = pa.table({"k": list("ppprrr"), "m": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], **still})
    asked = {"group_by": "k", "timesteps": 2, "scale": "robust"}

    said = {n["code"]: n["text"] for n in lstmprep.window(table, **asked, scale_by_group=True).manifest["notes"]}

    assert said["scaled-constant"] == (
        "constant in the train rows of a sequence or in the middle half of them: a in 1 sequence, b in 1 sequence, c in 1 sequence, "
        "d in 1 sequence and 1 more columns (p); scaled to 0 there"
    )
    assert "scaled-constant" not in {n["code"] for n in lstmprep.window(table, **asked).manifest["notes"]}


HOLE_AT_THE_BORDER = [0, 1, 2, 3, 4, 9, 10, 11, 12, 13]  # row 5 begins both a piece and test
HOLE_BEHIND_IT = [0, 1, 2, 3, 4, 5, 6, 11, 12, 13]  # test has two pieces: rows 5 and 6, rows 7 to 9


@pytest.mark.parametrize(
    ("times", "more", "crossing"),
    [
        (HOLE_AT_THE_BORDER, {}, 0),
        (HOLE_AT_THE_BORDER, {"embargo": 1}, 0),
        (HOLE_AT_THE_BORDER, {"partial": True}, 0),
        (HOLE_BEHIND_IT, {}, 1),
        (HOLE_BEHIND_IT, {"embargo": 1}, 2),
    ],
)
def test_a_window_that_a_hole_cuts_anyway_is_not_said_to_cross_the_border(times, more, crossing):
    table = pa.table({"t": times, "v": np.arange(10.0)})

    made = lstmprep.window(table, time="t", timesteps=2, max_gap="1", split="5,5", **more)

    told = next(n["text"] for n in made.manifest["notes"] if n["code"] == "split")
    assert f": {crossing} window{'' if crossing == 1 else 's'} of 2 rows that would cross" in told


def test_rows_that_inputs_reach_back_over_are_counted_where_another_piece_reaches_nowhere():
    table = pa.table({"t": HOLE_BEHIND_IT, "v": np.arange(10.0)})

    made = lstmprep.window(table, time="t", timesteps=3, max_gap="1", split="5,5", context=True)

    told = next(n["text"] for n in made.manifest["notes"] if n["code"] == "split")
    assert "inputs of test reach back over 2 rows" in told
