"""Pictures as SVG inside a page: their ink is that of the page, their names are their own.

matplotlib's SVG   <?xml ...><svg width=... id="figure_1">  #222222   url(#h1)
in the page        <svg viewBox=... id="split-figure_1">    currentColor   url(#split-h1)
"""

from __future__ import annotations

import re
from typing import Any

from lstmprep.errors import RecipeError
from lstmprep.plotting.ask import Picture
from lstmprep.plotting.draw.canvas import LIGHT, pixels, require_matplotlib
from lstmprep.plotting.picture import figure_of
from lstmprep.plotting.subject import kinds_of, of_output
from lstmprep.reporting.markup import text
from lstmprep.showing.output import Output

_HEAD = re.compile(r"<svg ([^>]*)>")
_LEFT_OUT = re.compile(r"\s*<(metadata|style)\b.*?</\1>", re.DOTALL)


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    try:
        require_matplotlib()
    except RecipeError:
        return False
    return True


def figures(output: Output) -> list[tuple[str, str]]:
    """(kind, markup) of every picture that the output has."""
    out = []
    for kind in kinds_of(output):
        _, numbers = of_output(output, Picture(kind=kind), {})
        svg = pixels(figure_of(kind, numbers), "svg", transparent=True).decode()
        out.append((kind, f'<figure id="{kind}">\n<div class="wide">{inlined(svg, kind, numbers)}</div>\n</figure>'))
    return out


def inlined(svg: str, kind: str, numbers: Any) -> str:
    """An SVG file as a part of a page."""
    head = _HEAD.search(svg)
    assert head is not None
    box = re.search(r'viewBox="[^"]*"', head[1])
    assert box is not None
    inside = _LEFT_OUT.sub("", svg[head.end() :])
    inside = re.sub(r'\bid="', f'id="{kind}-', inside)
    inside = re.sub(r'(href="#|url\(#)', rf"\g<1>{kind}-", inside)
    inside = inside.replace("xlink:href", "href").replace(LIGHT.ink, "currentColor")
    said = text(f"{numbers.title}. {numbers.about}", 2000)
    return f'<svg {box[0]} role="img" aria-label="{said}">{inside.strip()}'
