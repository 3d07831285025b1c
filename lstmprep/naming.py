"""Words of the command line as columns of a table.

    a token is   a name  ->  else a group (a vector, a column that was pivoted)  ->  else #3 (position from 1)
                 ->  else a range c2..c7  ->  else a glob temp_*  ->  else a list of tokens a,b

Names win over patterns, so a column called ``a, b`` or ``#1`` can always be named by repeating
the option. Knows names alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.wording import listed, quoted, shown

Groups = Mapping[str, Sequence[str]]


def resolve(tokens: Sequence[str], names: list[str], flag: str, groups: Groups | None = None) -> tuple[str, ...]:
    """The columns that these tokens name, in the order asked for.

    Parameters
    ----------
    tokens : sequence of str
    names : list of str
        The columns there are, in order.
    flag : str
        The option that asks, for messages.
    groups : mapping of name to names, or None
        Columns that one name stands for: those of a vector, or of all keys of a pivot.

    Raises
    ------
    RecipeError
        If a token names no column, or a column is named twice.

    Examples
    --------
    >>> resolve(["c,a"], ["a", "b", "c"], "--features")
    ('c', 'a')
    >>> resolve(["a..b", "#3"], ["a", "b", "c"], "--features")
    ('a', 'b', 'c')
    >>> resolve(["v"], ["a", "v_0", "v_1"], "--features", {"v": ("v_0", "v_1")})
    ('v_0', 'v_1')
    """
    found: dict[str, None] = {}  # in the order asked for
    patterned: set[str] = set()
    for token in tokens:
        hits, pattern = _one(token, names, groups or {})
        for name in hits:
            if name in found:
                if pattern or name in patterned:
                    continue
                raise RecipeError(f"{flag} asks for column {quoted(name)} twice", fix="Name each column once.")
            found[name] = None
            if pattern:
                patterned.add(name)
    return tuple(found)


def _one(token: str, names: list[str], groups: Groups) -> tuple[list[str], bool]:
    """(columns of one token, whether it was a pattern)."""
    for word in (token, token.strip()):
        if word in names:
            return [word], False
        if word in groups:
            return list(groups[word]), True
    word = token.strip()
    if re.fullmatch(r"#[0-9]{1,9}", word):
        return [_at(word, names)], False
    found = _range(word, names, groups)
    if found:
        return found, True
    if "," in word:
        return _several(word, names, groups)
    if any(c in word for c in "*?["):
        return _globbed(word, names), True
    raise RecipeError.no_such_column(word, [*names, *(g for g in groups if g not in names)])


def _at(word: str, names: list[str]) -> str:
    """``#3``: the third column."""
    place = int(word[1:])
    if not 1 <= place <= len(names):
        raise RecipeError(
            f"there is no column {quoted(word)}", fix=f"The table has {len(names)} columns, #1 to #{len(names)}."
        )
    return names[place - 1]


def _range(word: str, names: list[str], groups: Groups) -> list[str]:
    """``c2..c7``; nothing when the word is no range of columns. An end that is a group ends with its last column."""
    ends = [w.strip() for w in word.partition("..")[::2]]
    if ".." not in word or not all(w in names or w in groups for w in ends):
        return []
    first, last = (groups[w][-i] if w not in names else w for i, w in enumerate(ends))
    low, high = names.index(first), names.index(last)
    if high < low:
        raise RecipeError(
            f"the range {quoted(word)} runs backwards", fix=f"Write it {shown(ends[1])}..{shown(ends[0])}."
        )
    return names[low : high + 1]


def _several(word: str, names: list[str], groups: Groups) -> tuple[list[str], bool]:
    """``a,b``: each part is a token of its own."""
    hits: list[str] = []
    pattern = True
    for part in word.split(","):
        some, patterned = _one(part, names, groups)
        seen = set(hits)
        for name in some:
            if name in seen and not patterned:
                raise RecipeError(f"column {quoted(name)} is asked for twice", fix="Name each column once.")
        hits += [n for n in some if n not in seen]
        pattern = pattern and patterned
    return hits, pattern


def _globbed(word: str, names: list[str]) -> list[str]:
    """``temp_*``: every column of that pattern."""
    found = [n for n in names if fnmatchcase(n, word)]
    if not found:
        raise RecipeError(
            f"no column matches {quoted(word)}", fix=f"{did_you_mean(word, names)}The table has: {listed(names)}."
        )
    return found


def still_named(tokens: Sequence[str], names: list[str], gone: list[str]) -> tuple[str, ...]:
    """Tokens that name the same columns where some are gone.

    Examples
    --------
    >>> still_named(["y", "x*", "x1,y"], ["x1", "x2"], ["y"])
    ('x*', 'x1')
    """
    every = list(dict.fromkeys([*names, *gone]))
    out: list[str] = []
    for token in tokens:
        try:
            found = resolve([token], every, "columns")
        except RecipeError:  # refused later, by the option that it belongs to
            out.append(token)
            continue
        kept = [n for n in found if n in names]
        out += [token] if len(kept) == len(found) else kept
    return tuple(out)
