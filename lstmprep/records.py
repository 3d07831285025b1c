"""Records: dataclasses that cost little to declare.

    @record(frozen=True)            what `dataclasses.dataclass` takes, and what mypy takes it for
    class Runs: ...                 `field`, `fields`, `replace` and `asdict` of dataclasses work on it

A dataclass writes the source of its methods and compiles it whenever its module is imported: with a hundred
of them that was a third of a short run. Here `dataclasses` only collects the fields, and the
methods, which are the same for every record, read them: all are compared and all are shown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

__all__ = ["record"]


def _record(
    cls: type[Any] | None = None, /, *, frozen: bool = False, eq: bool = True, kw_only: bool = False, repr: bool = True
) -> Any:
    """Make a record of a class.

    Parameters
    ----------
    frozen : bool
        Whether its values stand as they were given.
    eq : bool
        Whether records with equal values are equal; else each is equal to itself alone.
    kw_only : bool
        Whether values are given by name only.
    repr : bool
        Whether it shows its values.

    Examples
    --------
    >>> @record(frozen=True)
    ... class Cell:
    ...     '''A place in a table.'''
    ...
    ...     row: int
    ...     column: str = "a"
    >>> Cell(3), dataclasses.replace(Cell(3), column="b")
    (Cell(row=3, column='a'), Cell(row=3, column='b'))
    """

    def made(cls: type[Any]) -> type[Any]:
        dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
        cls.__init__ = _init_of(cls)
        cls.__record__ = tuple(f.name for f in dataclasses.fields(cls))
        if repr and "__repr__" not in vars(cls):
            cls.__repr__ = _shown  # type: ignore[assignment]
        if eq:
            cls.__eq__ = _equal  # type: ignore[assignment]
            cls.__hash__ = _hashed if frozen else None  # type: ignore[assignment]
        if frozen:
            cls.__setattr__, cls.__delattr__ = _refuse, _refuse  # type: ignore[assignment]
        return cls

    return made if cls is None else made(cls)


if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    record = _record


def _init_of(cls: type[Any]) -> Callable[..., None]:
    """The method that takes the values of a record, and then lets it check itself."""
    own = dataclasses.fields(cls)
    missing = dataclasses.MISSING
    placed = tuple(f.name for f in own if f.init and not f.kw_only)
    named = frozenset(f.name for f in own if f.init)
    plain = {f.name: f.default for f in own if f.default is not missing}
    made = tuple((f.name, f.default_factory) for f in own if f.default_factory is not missing)
    needed = frozenset(n for n in named if n not in plain and n not in dict(made))
    checked = hasattr(cls, "__post_init__")

    def __init__(self: Any, *given: Any, **more: Any) -> None:  # noqa: N807
        values = self.__dict__
        if plain:
            values.update(plain)
        if given:
            values.update(zip(placed, given, strict=False))
        values.update(more)
        twice = given and more and not more.keys().isdisjoint(placed[: len(given)])
        if twice or len(given) > len(placed) or not named.issuperset(more) or not needed.issubset(values):
            raise TypeError(_wrong(cls, placed, named, needed, given, more))
        for name, factory in made:
            if name not in values:
                values[name] = factory()
        if checked:
            self.__post_init__()

    return __init__


def _wrong(
    cls: type[Any],
    placed: tuple[str, ...],
    named: frozenset[str],
    needed: frozenset[str],
    given: tuple[Any, ...],
    more: dict[str, Any],
) -> str:
    """What is wrong with the values that somebody gave a record."""
    if len(given) > len(placed):
        return f"{cls.__qualname__}() takes {len(placed)} values without a name, {len(given)} were given"
    unknown = [n for n in more if n not in named]
    if unknown:
        return f"{cls.__qualname__}() got an unexpected keyword argument {unknown[0]!r}"
    twice = [n for n in placed[: len(given)] if n in more]
    if twice:
        return f"{cls.__qualname__}() got {twice[0]!r} twice"
    lacking = sorted(needed - set(placed[: len(given)]) - set(more))
    return f"{cls.__qualname__}() lacks {', '.join(lacking)}"


def _values(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, name) for name in self.__record__)


def _shown(self: Any) -> str:
    pairs = zip(self.__record__, _values(self), strict=True)
    return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"


def _equal(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if type(self) is type(other) else NotImplemented


def _hashed(self: Any) -> int:
    return hash(_values(self))


def _refuse(self: Any, name: str, *value: Any) -> None:  # noqa: ARG001
    raise dataclasses.FrozenInstanceError(f"{type(self).__qualname__}.{name} stands as it was given")
