"""A record is what a dataclass would be: the same class is declared both ways and compared."""

from __future__ import annotations

import ast
import dataclasses
from dataclasses import FrozenInstanceError, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.records import record

PACKAGE = Path(__file__).parents[2] / "lstmprep"


def declared(make: Any, **options: Any) -> Any:
    @make(**options)
    class Cell:
        """A place in a table."""

        kind: ClassVar[str] = "cell"
        row: int
        column: str = "a"
        seen: list[int] = field(default_factory=list)
        twice: int = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "twice", 2 * self.row)

    return Cell


OPTIONS = st.fixed_dictionaries({"frozen": st.booleans(), "eq": st.booleans(), "kw_only": st.booleans()})
VALUES = st.fixed_dictionaries(
    {"row": st.integers()}, optional={"column": st.text(), "seen": st.lists(st.integers(), max_size=2)}
)


@given(options=OPTIONS, one=VALUES, other=VALUES)
def test_a_record_does_what_a_dataclass_does(options, one, other):
    ours, theirs = declared(record, **options), declared(dataclasses.dataclass, **options)
    pairs = [(ours(**values), theirs(**values)) for values in (one, other)]

    for mine, real in pairs:
        assert dataclasses.asdict(mine) == dataclasses.asdict(real)
        assert repr(mine) == repr(real)
        assert dataclasses.asdict(dataclasses.replace(mine, row=7)) == dataclasses.asdict(
            dataclasses.replace(real, row=7)
        )
    assert (pairs[0][0] == pairs[1][0]) == (pairs[0][1] == pairs[1][1])
    assert (pairs[0][0] == ours(**one)) == (pairs[0][1] == theirs(**one))
    assert [(f.name, f.default, f.init, f.kw_only) for f in dataclasses.fields(ours)] == [
        (f.name, f.default, f.init, f.kw_only) for f in dataclasses.fields(theirs)
    ]


def test_values_by_place_are_those_of_the_fields_in_order():
    made = declared(record)(3, "b")

    assert (made.row, made.column, made.seen, made.twice) == (3, "b", [], 6)
    assert made.seen is not declared(record)(3).seen


@pytest.mark.parametrize(
    ("options", "values", "more", "said"),
    [
        ({}, (), {}, "lacks row"),
        ({}, (1, "a", [], 4), {}, "takes 3 values without a name, 4 were given"),
        ({}, (1,), {"row": 2}, "got 'row' twice"),
        ({}, (1,), {"colum": "b"}, "unexpected keyword argument 'colum'"),
        ({}, (1,), {"twice": 2}, "unexpected keyword argument 'twice'"),
        ({"kw_only": True}, (1,), {}, "takes 0 values without a name, 1 were given"),
    ],
)
def test_values_that_do_not_fit_are_refused_as_a_dataclass_refuses_them(options, values, more, said):
    with pytest.raises(TypeError):
        declared(dataclasses.dataclass, **options)(*values, **more)
    with pytest.raises(TypeError, match=said):
        declared(record, **options)(*values, **more)


def test_frozen_values_stand():
    made = declared(record, frozen=True)(1)

    for change in (lambda: setattr(made, "row", 2), lambda: delattr(made, "row")):
        with pytest.raises(FrozenInstanceError, match="row stands as it was given"):
            change()
    assert made.row == 1


def test_equal_records_are_one_key_and_those_that_change_are_none():
    @record(frozen=True)
    class Key:
        """Two values."""

        a: int
        b: str = ""

    assert {Key(1), Key(1), Key(2)} == {Key(1), Key(2)}
    assert Key(1) != (1, "")
    with pytest.raises(TypeError, match="unhashable"):
        hash(declared(record)(1))


def test_a_record_that_has_words_of_its_own_keeps_them():
    @record
    class Said:
        """Shows itself in its own way."""

        a: int

        def __repr__(self) -> str:
            return "mine"

    @record(repr=False)
    class Silent:
        """Shows nothing."""

        a: int

    assert repr(Said(1)) == "mine"
    assert "a=" not in repr(Silent(1))


def dataclasses_in(code: str) -> list[str]:
    """Classes that are made dataclasses: each is compiled anew whenever the program starts."""
    return [
        node.name
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(d) for d in node.decorator_list)
    ]


def test_the_package_declares_records_and_no_dataclasses():
    found = {p.name: dataclasses_in(p.read_text(encoding="utf-8")) for p in PACKAGE.rglob("*.py")}

    assert {n: f for n, f in found.items() if f} == {}, "use lstmprep.records.record: it takes what dataclass takes"


def test_the_search_for_dataclasses_finds_them():
    code = "@dataclass\nclass A: ...\n@dataclasses.dataclass(eq=False)\nclass B: ...\n@record\nclass C: ...\n"

    assert dataclasses_in(code) == ["A", "B"]
