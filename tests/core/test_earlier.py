"""The recipe of an earlier output as rows are read now, and the numbers of one fold."""

from __future__ import annotations

import pytest

from lstmprep.earlier import number_of, recipe_of
from lstmprep.errors import RecipeError

MADE = {"recipe": {"command": "window", "timesteps": 3, "delimiter": ";", "thousands": ","}}


def test_a_mark_of_thousands_that_is_another_mark_now_is_none_any_more():
    assert recipe_of(MADE).reading.thousands == ","
    assert recipe_of(MADE, {"decimal": ","}).reading.thousands is None
    assert recipe_of(MADE, {"delimiter": ","}).reading.thousands is None
    assert recipe_of(MADE, {"delimiter": "|"}).reading.thousands == ","


def test_a_setting_that_is_none_of_reading_is_refused_with_the_nearest():
    with pytest.raises(RecipeError, match="there is no setting 'delimiters' of new rows") as refused:
        recipe_of(MADE, {"delimiters": ","})

    assert "Did you mean 'delimiter'?" in str(refused.value)


@pytest.mark.parametrize(("asked", "number"), [(None, 2), (0, 0), (2, 2)])
def test_the_last_fold_counts_unless_one_is_named(asked, number):
    assert number_of(["fold0", "fold1", "fold2"], asked) == number


def test_a_fold_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(RecipeError, match="--fold 2: the output has fold0, fold1") as refused:
        number_of(["fold0", "fold1"], 2)

    assert "a number from 0 to 1" in str(refused.value)
