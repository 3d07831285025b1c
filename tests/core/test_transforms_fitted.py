"""Fitted numbers of a manifest become the scaling they were: forward for new rows, back for predictions."""

from __future__ import annotations

import numpy as np
import pytest

from lstmprep.errors import DataError
from lstmprep.transforms.fitted import affine_of

ONE = {
    "a": {"method": "standard", "rows": 4, "mean": 2.0, "std": 4.0},
    "c": {"method": "minmax", "rows": 4, "min": 1.0, "max": 1.0},
}
GROUPS = {
    "keys": [["n"], ["s"]],
    "features": {
        "a": {"method": "standard", "rows": [3, 0], "mean": [10.0, 0.0], "std": [2.0, 0.0]},
    },
}


def test_columns_are_scaled_by_their_own_numbers_and_others_left():
    affine = affine_of({"features": ONE}, "features", ["a", "b", "c"])

    assert affine.forward(np.array([[10.0, 5.0, 3.0]])).tolist() == [[2.0, 5.0, 2.0]]
    assert affine.back(np.array([[2.0, 5.0, 2.0]])).tolist() == [[10.0, 5.0, 3.0]]


@pytest.mark.parametrize("scaling", [{}, {"features": {}}, {"features": ONE, "targets": None}])
def test_where_nothing_is_scaled_there_is_nothing(scaling):
    assert affine_of(scaling, "targets", ["a"]) is None


def test_a_group_has_its_own_numbers_and_one_without_any_those_of_all_rows():
    affine = affine_of({"features": ONE, "by_group": GROUPS}, "features", ["a", "c"], [["s"], ["n"], ["new"]])

    assert affine.shift.tolist() == [[2.0, 1.0], [10.0, 1.0], [2.0, 1.0]]
    assert affine.factor.tolist() == [[4.0, 1.0], [2.0, 1.0], [4.0, 1.0]]


def test_groups_count_only_where_sequences_are_asked_for():
    assert affine_of({"features": ONE, "by_group": GROUPS}, "features", ["a"]).shift.tolist() == [[2.0]]
    assert affine_of({"features": ONE}, "features", ["a"], [["n"]]).shift.tolist() == [[2.0]]


@pytest.mark.parametrize("about", [7, {}, {"method": "odd"}, {"method": "standard", "rows": 1, "mean": "x", "std": 1}])
def test_what_is_no_scaling_is_refused(about):
    with pytest.raises(DataError):
        affine_of({"features": {"a": about}}, "features", ["a"])


def test_a_constant_column_becomes_0_with_every_method_and_comes_back():
    told = {
        "standard": {"mean": -5.0, "std": 0.0},
        "minmax": {"min": -5.0, "max": -5.0},
        "robust": {"q25": -5.0, "median": -5.0, "q75": -5.0},
        "maxabs": {"min": -5.0, "max": -5.0},
    }
    for method, numbers in told.items():
        affine = affine_of({"features": {"a": {"method": method, "rows": 3, **numbers}}}, "features", ["a"])

        assert affine.forward(np.array([[-5.0]])).tolist() == [[0.0]], method
        assert affine.back(np.array([[0.0]])).tolist() == [[-5.0]], method


def test_the_largest_value_alone_is_read_as_manifests_once_had_it():
    alone = {"method": "maxabs", "rows": 4, "maxabs": 8.0}
    several = {"keys": [["n"], ["s"]], "features": {"a": {"method": "maxabs", "rows": [2, 2], "maxabs": [4.0, 8.0]}}}

    whole = affine_of({"features": {"a": alone}}, "features", ["a"])
    each = affine_of({"features": {"a": alone}, "by_group": several}, "features", ["a"], [["n"], ["s"]])

    assert (whole.shift.tolist(), whole.factor.tolist()) == ([[0.0]], [[8.0]])
    assert (each.shift.tolist(), each.factor.tolist()) == ([[0.0], [0.0]], [[4.0], [8.0]])
    with pytest.raises(DataError):
        affine_of({"features": {"a": {**alone, "maxabs": "x"}}}, "features", ["a"])
