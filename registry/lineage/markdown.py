"""The prose of a Markdown card as the little HTML that ``registry.lineage.markup`` reads.

Links, list items, headings and paragraphs; HTML within Markdown stays as it is. Nothing here is
fit for display. Pure Python: importing this module must never import Django.
"""

import re
from collections.abc import Iterable, Iterator

_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\((https?://[^\s()\"<>]{1,1000})[^()\n]{0,200}\)")
_ITEM = re.compile(r"[ \t]*(?:[*+-]|\d{1,3}[.)])[ \t]+")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]")


def prose_markup(lines: Iterable[str]) -> str:
    """Return lines of Markdown prose (without code) as HTML, one element a paragraph."""
    return "".join(_LINK.sub(_anchor, element) for element in _elements(lines))


def _anchor(link: re.Match[str]) -> str:
    return "" if link[0].startswith("!") else f'<a href="{link[2]}">{link[1]}</a>'


def _elements(lines: Iterable[str]) -> Iterator[str]:
    """Yield paragraphs, items and headings; lines of one paragraph are joined."""
    paragraph: list[str] = []
    for line in lines:
        starts_own = _ITEM.match(line) or _HEADING.match(line)
        if (starts_own or not line.strip()) and paragraph:
            yield f"<p>{' '.join(paragraph)}</p>"
            paragraph = []
        if _HEADING.match(line):
            yield f"<h2>{line.strip().strip('#').strip()}</h2>"
        elif item := _ITEM.match(line):
            yield f"<li>{line[item.end() :]}</li>"
        elif line.strip():
            paragraph.append(line.strip())
    if paragraph:
        yield f"<p>{' '.join(paragraph)}</p>"
