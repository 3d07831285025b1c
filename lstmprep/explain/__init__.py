"""Half a page on every error and note: what it means, why it matters, what to do, an example.

    errors.md   notes.md   check.md      ## code / about: ... / match: ... / text

A page of an error says by a pattern which messages it is about, so that the places that raise them
stay as they are; a message that no pattern takes has the page of its exit code.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from lstmprep.errors import LstmprepError, RecipeError, did_you_mean
from lstmprep.records import record
from lstmprep.wording import listed, quoted

GENERAL = {2: "recipe", 3: "data", 4: "storage"}
SHEETS = ("errors.md", "notes.md", "check.md")


@record(frozen=True)
class Page:
    """One explanation.

    Parameters
    ----------
    code : str
    about : str
        What kind of thing it is, and its exit code: ``error, exit 3``, ``note``, ``finding of check``.
    title : str
        One sentence.
    text : str
        The rest, in paragraphs.
    match : str
        A pattern of the messages that it is about; empty for notes.
    """

    code: str
    about: str
    title: str
    text: str
    match: str = ""


@cache
def pages() -> dict[str, Page]:
    """All pages by code, in the order of the sheets."""
    out: dict[str, Page] = {}
    for sheet in SHEETS:
        text = (files("lstmprep") / "explain" / sheet).read_text(encoding="utf-8")
        for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
            head, _, body = part.partition("\n\n")
            code, *lines = head.split("\n")
            fields = dict(line.split(": ", 1) for line in lines)
            title, _, rest = body.strip().partition("\n\n")
            assert code not in out, code
            out[code] = Page(code, fields["about"], " ".join(title.split()), rest.strip(), fields.get("match", ""))
    return out


def code_of(error: LstmprepError) -> str:
    """The page of an error.

    Examples
    --------
    >>> code_of(RecipeError("there is no column 'tmp'"))
    'no-such-column'
    >>> code_of(RecipeError("something new"))
    'recipe'
    """
    return _matching(error.what, str(error.exit_code)) or GENERAL[error.exit_code]


def _matching(text: str, exit_code: str = "") -> str | None:
    """The first page whose pattern a message has, of errors with this exit code."""
    fit = (p for p in pages().values() if p.match and exit_code in p.about)
    return next((p.code for p in fit if re.search(p.match, text)), None)


def page_of(asked: str) -> Page:
    """A page by its code, or by the words of a message.

    Raises
    ------
    RecipeError
        If no page is about it.

    Examples
    --------
    >>> page_of("few-samples").about, page_of("the output exists").code
    ('note', 'output-exists')
    """
    known = pages()
    word = asked.strip().lower().removeprefix("note:").strip()
    if word in known:
        return known[word]
    code = _matching(asked)
    if code is None:
        raise RecipeError(
            f"there is no explanation of {quoted(asked)}",
            fix=f"{did_you_mean(word, list(known))}lstmprep explain lists them: {listed(list(known), 8)}.",
        )
    return known[code]
