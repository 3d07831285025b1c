"""``lstmprep explain``: half a page on any error or note."""

from __future__ import annotations

from typing import Any

from lstmprep.cli.help import Described
from lstmprep.cli.options import Operand
from lstmprep.cli.streams import require_stdout

EXAMPLES = [
    ("a note of a run", "lstmprep explain few-samples"),
    ("an error, by its words", "lstmprep explain 'the output exists'"),
]  # fmt: skip


def _explain(code: tuple[str, ...]) -> None:
    require_stdout()
    from lstmprep.cli.pages import show, width, wrapped
    from lstmprep.explain import page_of, pages

    wide = width()
    if not code:
        lines = []
        for page in pages().values():
            lines += wrapped(page.code, page.title, wide, indent=18)
        show(*lines)
        return
    page = page_of(" ".join(code))
    out = [f"{page.code}  ({page.about})", ""]
    for paragraph in [page.title, *page.text.split("\n\n")]:
        if paragraph.startswith("    "):
            out += [*paragraph.split("\n"), ""]
        else:
            out += [*wrapped("", " ".join(paragraph.split()), wide, indent=0), ""]
    show(*out[:-1])


def _options() -> list[Any]:
    return [Operand(["code"], nargs=-1, metavar="[CODE]")]


command = Described(
    "explain",
    callback=_explain,
    options=_options,
    help="Explain an error, a note or a finding: what it means, why it matters, what to do.\n\n"
    "CODE is a code from the notes of a manifest, or the words of a message; without one all codes are listed.",
    short_help="Half a page on any error or note.",
    examples=EXAMPLES,
    light=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
