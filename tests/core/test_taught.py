"""What an output has learned, for new rows: which fold, which columns, which answers, how many steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.errors import DataError, RecipeError
from lstmprep.taught import Taught, features_of

ROWS = np.arange(20.0).reshape(10, 2)
KEYED = pa.table({"k": list("aab"), "v": [1.0, 2.0, 3.0], "y": [5.0, 6.0, 7.0]})


def tables(folder: Path, count: int, rows: int) -> list[str]:
    """Files of as many rows of two columns, in a folder of their own."""
    folder.mkdir()
    for i in range(count):
        (folder / f"f{i}.csv").write_text("a,b\n" + "".join(f"{row},{i}\n" for row in range(rows)))
    return [str(path) for path in sorted(folder.iterdir())]


# ---------------------------------------------------------------- folds


@pytest.fixture(scope="module")
def folded() -> lstmprep.Prepared:
    """Two folds, whose trains are rows 0..3 and 0..6."""
    return lstmprep.window(ROWS, timesteps=2, scale="minmax", folds=2, dtype="float64")


@pytest.mark.parametrize(("fold", "most"), [(None, [12, 13]), (1, [12, 13]), (0, [6, 7])])
def test_new_rows_are_scaled_by_the_train_of_one_fold(folded, fold, most):
    made = folded.apply(ROWS, fold=fold)

    np.testing.assert_array_equal(made.X[:, 0], ((ROWS - [0, 1]) / (np.array(most) - [0, 1]))[:-1])


def test_rows_prepared_by_a_fold_are_prepared_by_it_again(folded):
    made = folded.apply(ROWS, fold=0)
    again = made.apply(ROWS)

    assert again.manifest["applied"] == made.manifest["applied"] == {"latest": False, "target": True, "fold": 0}
    assert made.manifest["command"].endswith("--fold 0")
    np.testing.assert_array_equal(again.X, made.X)


def test_an_output_without_folds_has_one_set_of_numbers():
    with pytest.raises(RecipeError, match="--fold 1: this output has no folds"):
        lstmprep.window(ROWS, timesteps=2).apply(ROWS, fold=1)


# ---------------------------------------------------------------- latest


def test_the_last_row_of_a_lagged_table_is_the_newest_already():
    made = lstmprep.lag(ROWS, lags=[1, 2], target="c1")

    with pytest.raises(RecipeError, match="--latest is for windows, and this output is a lagged table"):
        made.apply(ROWS, latest=True)


def test_the_latest_of_padded_sequences_are_all_of_them_without_y():
    made = lstmprep.pad(KEYED, group_by="k", target="y", target_mode="per-step")

    newest = made.apply(KEYED, latest=True)

    assert newest.X.tolist() == [[[1], [2]], [[3], [0]]]
    assert "y" in made.arrays and "y" not in newest.arrays


def test_the_latest_of_a_stated_shape_are_all_of_its_samples():
    made = lstmprep.reshape(ROWS, shape=(2, 5, 2))

    assert made.apply(ROWS, latest=True).X.tolist() == ROWS.reshape(2, 5, 2).tolist()


def test_how_new_rows_are_read_is_spelled_as_words_of_a_command_line():
    made = lstmprep.window(ROWS, timesteps=2).manifest
    taught = Taught(made, latest=True, target=False, reading={"delimiter": ";", "na_values": ["x"]})

    assert taught.words == ["--latest", "--no-target", "--delimiter", ";", "--na-values", "x"]
    assert taught.applied["reading"] == {"delimiter": ";", "na_values": ["x"]}


# ---------------------------------------------------------------- columns and answers


def test_a_column_that_new_rows_lack_is_named():
    made = lstmprep.window(KEYED, timesteps=1, features=["v", "y"])

    with pytest.raises(DataError, match="there is no column 'v' \\(and y\\), from which the output was made"):
        made.apply(KEYED.select(["k"]))


def test_one_of_two_targets_is_none_of_both():
    made = lstmprep.window(KEYED, timesteps=1, target=["v", "y"], features="v")

    with pytest.raises(DataError, match="there is no column 'y', one of the targets v, y"):
        made.apply(KEYED.select(["v"]))


def test_folders_called_like_classes_answer_new_files_and_others_do_not(tmp_path):
    u, v = tables(tmp_path / "u", 1, 2), tables(tmp_path / "v", 1, 2)
    made = lstmprep.window([*u, *v], timesteps=2, file_as="sequence", label_from="parent")

    assert made.apply(v).y.tolist() == [1]
    assert made.apply(u).y.tolist() == [0]
    assert "y" not in made.apply(tables(tmp_path / "new", 1, 2)).arrays


def test_labels_of_a_second_table_are_none_of_new_rows(tmp_path):
    (tmp_path / "labels.csv").write_text("k,class\na,p\nb,q\n")
    made = lstmprep.window(KEYED, timesteps=1, group_by="k", labels=str(tmp_path / "labels.csv"))

    assert made.y.tolist() == [0, 0, 1]
    assert "y" not in made.apply(KEYED).arrays


def test_the_columns_behind_several_aggregates_are_named_once():
    table = KEYED.drop_columns("k").append_column("id", [["a"] * 3])
    made = lstmprep.pad(table, group_by="id", downsample=2, aggregate=["mean,std"])

    assert made.manifest["feature_names"] == ["v_mean", "v_std", "y_mean", "y_std"]
    assert features_of(made.manifest) == ["v", "y"]
    assert made.apply(table.select(["id", "y", "v"])).X.tolist() == made.X.tolist()


# ---------------------------------------------------------------- samples of a reshape

LAGS = pa.table({f"{name}{lag}": [1.0, 2.0] for name in "ab" for lag in (1, 2)})


def more(name: str, *lags: int) -> pa.Table:
    """The table with lags of another feature, or more of one that is there."""
    return pa.table(LAGS.to_pydict() | {f"{name}{lag}": [1.0, 2.0] for lag in lags})


@pytest.mark.parametrize(
    ("old", "settings", "new", "words", "advice"),
    [
        (LAGS, {"lag_columns": "{name}{lag}"}, more("c", 1, 2), "the features are a, b, c, and the output was made of a, b", "the same columns in the same order"),
        (LAGS.select(["a1", "a2"]), {"lag_columns": "{name}{lag}"}, more("a", 3).select(["a1", "a2", "a3"]), "a row has 3 timesteps, and 2 in the output", "a table with the same lags"),
        (ROWS, {"series_in": "rows", "shape": (1, 2, -1)}, ROWS[:9], "and the output was made of r0", "a table of 10 rows: each of them is a feature"),
        (ROWS, {"series_in": "rows", "series_as": "samples"}, np.zeros((10, 3)), "a row has 3 timesteps, and 2 in the output", "a table of 2 columns"),
        (ROWS, {"series_as": "samples"}, ROWS[:6], "a sample has 6 timesteps, and 10 in the output", "as many rows as there were: 10 for a sample"),
    ],
    ids=["features", "lags", "rows-as-features", "rows-as-samples", "columns-as-samples"],
)  # fmt: skip
def test_samples_that_are_none_for_the_same_model_are_refused(old, settings, new, words, advice):
    made = lstmprep.reshape(old, **settings)
    assert made.apply(old).X.tolist() == made.X.tolist()

    with pytest.raises(DataError, match=words) as refused:
        made.apply(new)

    assert advice in str(refused.value)


@pytest.mark.parametrize(
    ("file_as", "new", "words", "advice"),
    [
        ("timestep", (2, 2), "a sample has 2 timesteps, and 3 in the output", "Give 3 files: each of them is a timestep"),
        ("sample", (3, 4), "a file has 4 timesteps, and 2 in the output", "Give files of 2 rows"),
    ],
)  # fmt: skip
def test_files_that_are_none_for_the_same_model_are_refused(tmp_path, file_as, new, words, advice):
    made = lstmprep.reshape(tables(tmp_path / "old", 3, 2), file_as=file_as)

    with pytest.raises(DataError, match=words) as refused:
        made.apply(tables(tmp_path / "new", *new))

    assert advice in str(refused.value)
