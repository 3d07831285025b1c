"""Words for a person: escaped, cut, counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.wording import counted, listed, name_of, number, place_of, quoted, shown, size_of, span_of


@given(st.text(max_size=100))
def test_text_from_a_file_is_never_printed_raw(text):
    """Control characters, escape sequences and direction marks are escapes; long text is cut."""
    assert shown(text).isprintable()
    assert shown(text, 20).isprintable()


@given(st.text(st.characters(categories=["L", "N"]), max_size=60))
def test_plain_text_is_shown_as_it_is(text):
    assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a\x1b[31m", "a\\x1b[31m"), ("\u202eabc", "\\u202eabc"), ("a\nb", "a\\nb"), ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"), ("x" * 61, "x" * 57 + "..."), ("x" * 60, "x" * 60), (12, "12"),
    ],
)  # fmt: skip
def test_odd_text_is_escaped_and_long_text_cut(text, safe):
    assert shown(text) == safe
    assert quoted(text) == f"'{safe}'"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("temp", "temp"),
        ("x y", "'x y'"),
        ("a,b", "'a,b'"),
        ("it's", "'it's'"),
        ("a:b", "'a:b'"),
        ("", "''"),
        ("ü", "ü"),
    ],
)
def test_a_name_is_bare_when_it_cannot_be_misread(name, written):
    assert name_of(name) == written


def test_long_lists_are_counted():
    assert listed(["a", "b"]) == "a, b"
    assert listed([1, "x y"]) == "1, 'x y'"
    assert listed([]) == ""
    assert listed([str(i) for i in range(12)]).endswith("10, 11")
    assert listed([str(i) for i in range(1500)], 2) == "0, 1 and 1,498 more"


@pytest.mark.parametrize(("n", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1234567, "1,234,567 rows")])
def test_counts_agree_with_their_nouns(n, text):
    assert counted(n, "row") == text
    assert counted(2, "class", "classes") == "2 classes"
    assert counted(1, "class", "classes") == "1 class"


def test_rows_that_count_from_0_are_written_from_1():
    assert span_of(3, 3) == "row 4"
    assert span_of(3, 1233) == "rows 4-1,234"
    assert span_of(0, 0, "line") == "line 1"


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (10800, "10.5 KiB"), (5 << 20, "5.0 MiB"),
        (3 << 30, "3.0 GiB"), (2 << 40, "2.0 TiB"), (7 << 50, "7.0 PiB"), (9 << 60, "9216.0 PiB"),
    ],
)  # fmt: skip
def test_sizes_are_written_for_a_reader(n, text):
    assert size_of(n) == text


@pytest.mark.parametrize(
    ("x", "text"), [(3.0, "3"), (-2.0, "-2"), (0.1, "0.1"), (1e39, "1e+39"), (1e15, "1000000000000000.0"), (0.0, "0")]
)
def test_numbers_have_no_needless_digits(x, text):
    assert number(x) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_the_number(x):
    assert float(number(x)) == x


def test_what_has_no_text_of_its_own_is_named_by_its_kind():
    bottomless: list[object] = []
    for _ in range(100_000):
        bottomless = [bottomless]

    assert shown(10**5000) == "a huge int"
    assert shown(bottomless) == "a huge list"


def test_a_long_path_keeps_the_name_of_its_file():
    path = "/".join(["folder"] * 20) + "/manifest.json"

    assert place_of(path).startswith("...") and place_of(path).endswith("/manifest.json")
    assert len(place_of(path)) == 60
    assert place_of("a.csv") == "a.csv" and place_of("x y/a.csv") == "'x y/a.csv'"
    assert place_of("a\x1b.csv") == "a\\x1b.csv"
