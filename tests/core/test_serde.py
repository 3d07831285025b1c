"""Settings: declared once, read from flags, files and keywords, refused in the words of the flag, spelled back."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.errors import RecipeError
from lstmprep.serde import build, convert, plain, setting, settings_of, spell
from lstmprep.serde import given as given_of
from lstmprep.sizes import bytes_of, shortest
from tests.conftest import names


@dataclass(frozen=True, kw_only=True)
class Toy:
    """One setting of every kind."""

    some_int: int | None = setting("int", "An int.", heading="H", basic=True, short="-i", metavar="N")
    some_float: float | None = setting("float", "A float.", heading="H")
    some_text: str | None = setting("text", "A text.", heading="H")
    some_flag: bool = setting("flag", "A flag.", heading="H")
    on_flag: bool = setting("flag", "A flag that is on.", default=True, heading="H")
    some_choice: str = setting("choice", "A choice.", default="drop", choices=("drop", "pad", "error"), heading="H")
    some_list: tuple[str, ...] = setting("list", "A list.", heading="H")
    some_ints: tuple[int, ...] = setting("ints", "Ints.", heading="H")
    some_size: int | None = setting("size", "Bytes.", heading="H")
    no_setting: int = 3


TOY = {s.name: s for s in settings_of(Toy)}


def test_a_setting_knows_its_flag_default_and_kind():
    assert list(TOY) == [
        "some_int", "some_float", "some_text", "some_flag", "on_flag", "some_choice", "some_list", "some_ints", "some_size",
    ]  # fmt: skip
    one = TOY["some_int"]
    assert (one.flag, one.short, one.metavar, one.basic, one.heading) == ("--some-int", "-i", "N", True, "H")
    assert TOY["some_list"].many and not TOY["some_ints"].many
    assert [TOY[n].default for n in ("some_int", "some_flag", "on_flag", "some_list", "some_ints")] == [
        None, False, True, (), (),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("some_int", 10, 10), ("some_int", "10", 10), ("some_int", " -3 ", -3), ("some_int", 10.0, 10), ("some_int", "+7", 7),
        ("some_int", 2**62 - 1, 2**62 - 1),
        ("some_float", 1, 1.0), ("some_float", "-1e-9", -1e-9), ("some_float", "inf", math.inf), ("some_float", 0.5, 0.5),
        ("some_text", "x", "x"), ("some_text", 5, "5"), ("some_text", "", ""), ("some_text", 1.5, "1.5"),
        ("some_flag", True, True), ("some_flag", "yes", True), ("some_flag", " Off ", False), ("some_flag", "0", False),
        ("some_flag", "TRUE", True), ("some_flag", False, False), ("some_flag", "1", True), ("some_flag", "no", False),
        ("some_choice", "pad", "pad"),
        ("some_list", "a,b", ("a,b",)), ("some_list", ["a", "b"], ("a", "b")), ("some_list", ("a",), ("a",)),
        ("some_list", [1, "b"], ("1", "b")), ("some_list", [], ()),
        ("some_ints", "1,2,7", (1, 2, 7)), ("some_ints", "1-3", (1, 2, 3)), ("some_ints", "1-2, 9", (1, 2, 9)),
        ("some_size", "3MiB", 3 << 20), ("some_size", "1 KB", 1000), ("some_size", 77, 77), ("some_size", "77", 77),
        ("some_ints", 4, (4,)), ("some_ints", [3, "5-6"], (3, 5, 6)), ("some_ints", (0,), (0,)), ("some_ints", "2-2", (2,)),
    ],
)  # fmt: skip
def test_values_from_flags_files_and_python_are_read(name, value, read):
    found = convert(TOY[name], value)

    assert found == read and type(found) is type(read)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("some_int", v) for v in ("x", "", "1.5", 1.5, True, None, [1], "1_000", "٣", math.inf, math.nan, 2**62, "9" * 50, {})],
        *[("some_float", v) for v in ("x", "", True, None, [1.0], "1_0", 10**400, {}, "1e999", "-1e400", "\u0663")],
        *[("some_text", v) for v in (True, None, ["a"], {})],
        *[("some_flag", v) for v in ("maybe", "", 1, None, [True])],
        *[("some_choice", v) for v in ("dropp", "", None, 1, ["pad"])],
        *[("some_list", v) for v in (5, None, [1.5], [True], [["a"]], {"a": 1})],
        *[("some_size", v) for v in (0, -1, "0", 10**15, "1000TB", "x", 1.5, True, None)],
        *[("some_ints", v) for v in ("", "x", "-1", "3-1", "1--3", "1-", "1-x", "1.5", [1.5], [], None, True, "٣", {}, "0-200000",
                                     str(2**41), [True], "1,,2", "9" * 30, 2**41, "٣-4", "1-٣")],
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_refused_in_the_words_of_the_flag(name, value):
    with pytest.raises(RecipeError) as refused:
        convert(TOY[name], value)

    assert TOY[name].flag in refused.value.what
    assert refused.value.fix.endswith(".") and refused.value.exit_code == 2


def test_a_misspelt_choice_is_answered_with_the_nearest_and_with_all():
    with pytest.raises(RecipeError) as refused:
        convert(TOY["some_choice"], "dorp")

    assert str(refused.value) == (
        "--some-choice 'dorp' is not one of its choices\n  Did you mean 'drop'? The choices are drop, pad, error."
    )


def test_what_is_wrong_comes_with_an_example_that_is_right():
    with pytest.raises(RecipeError) as refused:
        convert(TOY["some_ints"], "1,b")

    assert refused.value.what == "--some-ints 'b' is not a whole number of rows, 0 or more, or a range"
    assert refused.value.fix.endswith("for example 1,2,7 or 1-3.")


@pytest.mark.parametrize(
    ("text", "said", "example"),
    [
        ("3-1", "'3-1' is not a range from a smaller to a larger number", "for example 1-3."),
        ("1,9-2", "'9-2' is not a range from a smaller to a larger number", "for example 2-9."),
        ("1-1000000000", "'1-1000000000' is not a range of 100,000 numbers or fewer", "for example 1-3."),
    ],
)
def test_a_range_that_is_none_is_told_what_it_lacks(text, said, example):
    with pytest.raises(RecipeError) as refused:
        convert(TOY["some_ints"], text)

    assert said in refused.value.what
    assert refused.value.fix.endswith(example)


values = st.fixed_dictionaries(
    {},
    optional={
        "some_int": st.integers(-(2**62) + 1, 2**62 - 1),
        "some_float": st.floats(allow_nan=False),
        "some_text": names,
        "some_flag": st.booleans(),
        "on_flag": st.booleans(),
        "some_choice": st.sampled_from(["drop", "pad", "error"]),
        "some_list": st.lists(names, max_size=3),
        "some_ints": st.lists(st.integers(0, 2**40), max_size=3),
    },
)


@given(data=values)
def test_plain_data_builds_a_spec_and_the_spec_gives_its_plain_data_back(data):
    """Also by way of JSON, which has no infinity; what is default is left out."""
    spec = build(Toy, {k: v for k, v in data.items() if v != []})

    told = given_of(spec)

    assert build(Toy, json.loads(json.dumps(told, allow_nan=False))) == spec
    defaults = {s.name: s.default for s in TOY.values()}
    assert {k: tuple(v) if isinstance(v, list) else v for k, v in told.items()} == {
        k: plain(getattr(spec, k)) for k in defaults if getattr(spec, k) != defaults[k]
    }


def test_keys_of_others_and_none_are_not_looked_at():
    assert build(Toy, {"some_int": None, "other": 5, "no_setting": 9}) == Toy()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_are_spelled_out(value):
    assert plain(value) == str(value)
    again = build(Toy, json.loads(json.dumps(given_of(Toy(some_float=value)), allow_nan=False))).some_float
    assert again == value or (math.isnan(again) and math.isnan(value))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("some_int", -5, ["--some-int", "-5"]),
        ("some_float", 0.1, ["--some-float", "0.1"]),
        ("some_flag", True, ["--some-flag"]),
        ("on_flag", False, ["--no-on-flag"]),
        ("some_text", "-x", ["--some-text=-x"]),
        ("some_text", "x y", ["--some-text", "x y"]),
        ("some_ints", (1, 2, 7), ["--some-ints", "1,2,7"]),
        ("some_list", ("a", "b,c"), ["--some-list", "a", "--some-list", "b,c"]),
        ("some_list", ("-a", "--b"), ["--some-list=-a", "--some-list=--b"]),
        ("some_choice", "pad", ["--some-choice", "pad"]),
    ],
)
def test_a_value_is_spelled_as_the_words_of_a_command_line(name: str, value: Any, words: list[str]):
    assert spell(TOY[name], value) == words


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1), ("10B", 10), ("2k", 2048), ("2KiB", 2048), ("1.5 MiB", 3 << 19), ("1gib", 1 << 30), ("1T", 1 << 40),
        ("2KB", 2000), ("1MB", 10**6), ("3gb", 3 * 10**9), (" 64MiB ", 64 << 20),
    ],
)  # fmt: skip
def test_sizes_have_units(text, size):
    assert bytes_of(text, "--memory-limit") == size


@pytest.mark.parametrize("text", ["lots", "", "-1", "1e9", "MiB", "1 XiB", "1 2", "\u0661GiB", "1" * 20])
def test_what_is_no_size_is_answered_with_two_that_are(text):
    with pytest.raises(RecipeError, match="--memory-limit") as refused:
        bytes_of(text, "--memory-limit")
    assert "256MiB or 2GiB" in str(refused.value)


@given(size=st.integers(1, 2**28), unit=st.sampled_from([1, 2**10, 2**20]))
def test_a_size_is_spelled_in_a_unit_and_read_back(size, unit):
    assert bytes_of(shortest(size * unit), "--shard-size") == size * unit
    assert spell(TOY["some_size"], 256 << 20) == ["--some-size", "256MiB"]
