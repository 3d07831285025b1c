"""HTML out of texts: nothing that comes from data is ever markup.

text -> shown (control characters as escapes, long text cut) -> escaped
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from lstmprep.wording import shown

LONGEST = 600

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #222; --soft: #5b6168; --line: #d7dade; --panel: #f5f6f7; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #1b1c1e; --ink: #e6e6e6; --soft: #a2a8ae; --line: #3b3e42; --panel: #26282b; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 62rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", Verdana, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid var(--line); }
p { margin: .4rem 0; max-width: 48rem; }
.lead { color: var(--soft); margin-bottom: 1rem; }
pre { background: var(--panel); padding: .7rem .9rem; border-radius: 4px; white-space: pre-wrap; font-size: 13px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: .25rem 1.2rem .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
th { color: var(--soft); font-weight: 600; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.sum td { font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(5rem, max-content) 1fr; gap: .3rem 1.2rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
ul { padding-left: 1.2rem; margin: .4rem 0; }
li { margin: .35rem 0; max-width: 52rem; }
code { font-size: .92em; }
figure { margin: 1.4rem 0 2rem; }
figure svg { display: block; width: 100%; min-width: 38rem; height: auto; }
figure svg * { stroke-linejoin: round; stroke-linecap: butt; }
footer { margin-top: 3rem; color: var(--soft); font-size: 13px; }
@media print {
  :root { --ground: #fff; --ink: #000; --soft: #444; --line: #bbb; --panel: #f5f6f7; }
  body { max-width: none; padding: 0; font-size: 11px; }
  figure, table, tr, li { break-inside: avoid; }
  h2 { break-after: avoid; }
  figure svg { min-width: 0; }
}
@media (max-width: 32rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
"""


def text(of: object, longest: int = LONGEST) -> str:
    """Text for the page.

    Examples
    --------
    >>> text("a < b & 'c'"), text("x" * 9, 6)
    ('a &lt; b &amp; &#x27;c&#x27;', 'xxx...')
    """
    return html.escape(shown(of, longest), quote=True)


def section(title: str, *parts: str) -> str:
    """A heading and what stands under it; nothing without that."""
    inside = "\n".join(p for p in parts if p)
    return f"<section>\n<h2>{text(title)}</h2>\n{inside}\n</section>\n" if inside else ""


def paragraph(of: object, kind: str = "") -> str:
    """A paragraph."""
    return f"<p{_kind(kind)}>{text(of)}</p>"


def code(of: object) -> str:
    """Lines as they are typed."""
    return f"<pre><code>{text(of, 4000)}</code></pre>"


def table(
    head: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: Iterable[int] = (), total: bool = False
) -> str:
    """A table; columns in `numbers` stand flush right, the last row may be a sum."""
    right = set(numbers)

    def cells(row: Sequence[object], tag: str) -> str:
        return "".join(f"<{tag}{_kind('n' if i in right else '')}>{text(c)}</{tag}>" for i, c in enumerate(row))

    lines = [f"<tr>{cells(head, 'th')}</tr>"]
    for i, row in enumerate(rows):
        lines.append(f"<tr{_kind('sum' if total and i == len(rows) - 1 else '')}>{cells(row, 'td')}</tr>")
    return '<div class="wide"><table>\n' + "\n".join(lines) + "\n</table></div>" if rows else ""


def pairs(of: Sequence[tuple[str, object]]) -> str:
    """Words and what they mean here."""
    return "<dl>\n" + "\n".join(f"<dt>{text(k)}</dt><dd>{text(v)}</dd>" for k, v in of) + "\n</dl>" if of else ""


def items(of: Sequence[tuple[str, str]]) -> str:
    """A list; the first word of each as code."""
    return "<ul>\n" + "\n".join(f"<li><code>{text(k)}</code> {text(v)}</li>" for k, v in of) + "\n</ul>" if of else ""


def whole(title: str, body: str) -> str:
    """The page; a browser is told to fetch nothing and to run nothing."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def _kind(name: str) -> str:
    return f' class="{name}"' if name else ""
