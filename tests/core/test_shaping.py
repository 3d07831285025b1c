"""Whether a stated shape holds every value once: the loop says which do, and what is offered must work."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.errors import DataError
from lstmprep.shaping import Have, timesteps_of

small = st.one_of(st.just(-1), st.integers(1, 9))


def fits(shape: tuple[int, int, int], have: Have) -> list[int]:
    """Every number of timesteps with which the shape holds all rows, samples inside one series, by trying them."""
    found = []
    for t in range(1, have.rows + 1):
        if have.rows % t:
            continue
        real = (have.total // t, t, len(have.features))
        if all(a in (-1, b) for a, b in zip(shape, real, strict=True)):
            found.append(t)
    return found


@given(
    shape=st.tuples(small, small, small).filter(lambda s: s.count(-1) <= 1),
    rows=st.integers(1, 12),
    series=st.integers(1, 3),
    features=st.integers(1, 3),
)
def test_a_shape_is_taken_when_it_holds_every_value_and_else_refused(shape, rows, series, features):
    have = Have(rows=rows, series=series, features=tuple("abc"[:features]))
    wanted = fits(shape, have)

    if wanted:
        assert [timesteps_of(shape, have)] == wanted
        return
    with pytest.raises(DataError) as refused:
        timesteps_of(shape, have)
    for offered in re.findall(r"--shape ([-\d]+),([-\d]+),([-\d]+)", str(refused.value).split("\n")[1]):
        assert fits(tuple(map(int, offered)), have), f"{offered} is offered and does not fit"


def test_nothing_asked_for_is_one_sample_a_series():
    assert timesteps_of((), Have(rows=7, series=3, features=("a",))) == 7


@pytest.mark.parametrize(
    ("shape", "have", "words"),
    [
        (
            (10, 3, 2),
            {"rows": 10, "features": ("a", "b"), "command": "lstmprep window two.csv"},
            [
                "--shape 10,3,2 holds 60 values (30 rows), and the table has 20 (10 rows of 2 columns)",
                "lstmprep window two.csv --timesteps 3 gives (8, 3, 2)",
                "--no-overlap gives (3, 3, 2) and leaves 1 row, --leftover pad (4, 3, 2)",
                "--shape 1,10,2.",
            ],
        ),
        (
            (2, 10, 1),
            {"rows": 10, "features": ("a", "b")},
            ["the 2 series a, b would be interleaved", "--series-as samples", "(2, 10, 1)", "--shape 1,10,2"],
        ),
        (
            (-1, 5, 1),
            {"rows": 10, "features": ("a", "b")},
            ["the 20 values fit --shape -1,5,1, but the 2 series a, b would be interleaved"],
        ),
        (
            (3, 2, 1),
            {"rows": 2, "series": 2, "features": ("a", "b")},
            ["--shape 3,2,1 asks for 1 feature, and the table has 2 feature columns: a, b"],
        ),
        (
            (8, 1, 1),
            {"rows": 2, "series": 2, "features": ("a", "b")},
            ["the 8 values fit --shape 8,1,1, but the 2 series a, b would be interleaved"],
        ),
        (
            (1, 5, 2),
            {"rows": 10, "features": ("a",)},
            [
                "asks for 2 features, and the table has 1 feature column: a; --shape 1,5,2 holds 10 values only if rows that follow each other become features",
                "Use --shape 2,5,1",
            ],
        ),
        (
            (1, 10, 2),
            {"rows": 10, "features": ("a",)},
            ["asks for 2 features", "Use --shape 1,10,1, or choose columns"],
        ),
        (
            (-1, 5, 3),
            {"rows": 4618, "features": ("a", "b", "c"), "command": "lstmprep window d.csv"},
            [
                "4,618 rows fill 923 samples of 5 timesteps, and 3 rows are left over",
                "(923, 5, 3)",
                "(924, 5, 3)",
                "(4614, 5, 3)",
            ],
        ),
        ((-1, 5, 1), {"rows": 10, "features": ("a",), "series": 2}, []),
        (
            (-1, 4, 1),
            {"rows": 10, "features": ("a",), "series": 2},
            ["10 rows of each of the 2 series fill 2 samples of 4 timesteps, and 2 rows are left over", "divide 10"],
        ),
        ((-1, 11, 1), {"rows": 10, "features": ("a",)}, ["a sample of 11 timesteps is longer than the 10 rows"]),
        ((2, 11, 1), {"rows": 10, "features": ("a",)}, ["--shape 2,11,1 holds 22 values", "Use --shape 1,10,1"]),
        (
            (3, 5, 1),
            {"rows": 10, "features": ("a",), "series": 2},
            ["(20 rows in 2 series of 10)", "Use --shape 2,10,1"],
        ),
        ((4, 5, 1), {"rows": 10, "features": ("a",), "series": 2}, []),
        ((5, 4, 1), {"rows": 10, "features": ("a",), "series": 2}, ["2 rows are left over"]),
        (
            (3, -1, 2),
            {"rows": 10, "features": ("a", "b")},
            ["10 rows among 3 samples", "--shape 1,-1,2 or --shape 2,-1,2"],
        ),
        (
            (99, -1, 1),
            {"rows": 10, "features": ("a",)},
            ["10 rows among 99 samples", "--shape 5,-1,1 or --shape 10,-1,1"],
        ),
        ((2**60, -1, 1), {"rows": 10, "features": ("a",)}, ["--shape 1,-1,1"]),
        ((2**61, 2**61, 1), {"rows": 10, "features": ("a",)}, [f"{2**122:,} values"]),
    ],
    ids=str,
)
def test_what_does_not_fit_is_explained_in_the_numbers_of_the_table(shape: Any, have: Any, words: list[str]):
    if not words:
        assert timesteps_of(shape, Have(**have)) == shape[1]
        return
    with pytest.raises(DataError) as refused:
        timesteps_of(shape, Have(**have))
    assert [w for w in words if w not in str(refused.value)] == []
