"""Hostile HTML as lines of text with their links: what prose readers read.

Only breaks, headings, list items and links matter here, so a tokenizer does: its time is linear in
the text, which cannot be said of the standard library's parser on malformed markup (CPython
gh-135462), nor of HTML5 tree builders on deep nesting (measured: 12 s for 60,000 open ``div``).
Nothing here is fit for display. Pure Python: importing this module must never import Django.
"""

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

LONGEST_TEXT = 300_000  # characters; the longest real description has 40 k
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_LISTS = {"ul", "ol"}
_BREAKS = {*_HEADINGS, *_LISTS, "p", "br", "li", "hr", "div", "tr", "blockquote", "pre", "table"}
_SILENT = {"script", "style", "template"}
_PIECE = re.compile(r"<!--|<[^<>]*>|[^<]+|<")
_ELEMENT = re.compile(r"<[^<>]*>")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_HREF = re.compile(r"\shref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_BARE_URL = re.compile(
    r"https?://[^\s<>\"'()\[\]{}|\\^`\u3000-\u303f\uff00-\uffef]+", re.IGNORECASE
)
_AFTER_URL = ".,;:!?*"


class Link(NamedTuple):
    """A link and where its words stand in the line."""

    url: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line as a reader sees it."""

    text: str
    links: tuple[Link, ...] = ()
    is_item: bool = False
    is_heading: bool = False


@lru_cache(maxsize=8)  # a page's text is asked for once per version, and for its words
def read_lines(markup: str) -> tuple[Line, ...]:
    """Return the lines of HTML that say something. Never raises; reads ``LONGEST_TEXT``."""
    reader = _LineReader()
    for piece in _PIECE.findall(markup[:LONGEST_TEXT]):
        reader.take(piece)
    reader.end_line()
    return tuple(reader.lines)


def rough_text(markup: str) -> str:
    """Return what ``read_lines`` would read and more (what nobody sees), much faster."""
    text = _ELEMENT.sub("", markup[:LONGEST_TEXT])
    return html.unescape(text) if "&" in text else text


class _LineReader:
    """Collects lines; a link that spans a break is one link on each line."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._text: list[str] = []
        self._length = 0
        self._links: list[Link] = []
        self._url = ""
        self._url_start = 0
        self._is_item = False
        self._is_heading = False
        self._silent = ""  # the tag, or comment, whose content nobody sees

    def take(self, piece: str) -> None:
        if self._silent:
            self._listen(piece)
        elif piece == "<!--":
            self._silent = "-->"
        elif (tag := _TAG.match(piece)) and piece.endswith(">"):
            self._tag(tag.group(2).lower(), piece, closes=bool(tag.group(1)))
        elif not piece.startswith(("<!", "<?")):
            self._say(html.unescape(piece))

    def _listen(self, piece: str) -> None:
        """End the silence where the comment or the silent element ends."""
        if self._silent == "-->":
            _, end, rest = piece.partition("-->")
            if end:
                self._silent = ""
                self._say(html.unescape(rest))
        elif piece.lower().startswith(f"</{self._silent}"):
            self._silent = ""

    def _tag(self, name: str, piece: str, *, closes: bool) -> None:
        if name in _SILENT and not closes:
            self._silent = name
        elif name == "a":
            self._end_link()
            href = None if closes else _HREF.search(piece)
            self._url = html.unescape(href[1] or href[2] or href[3] or "").strip() if href else ""
            self._url_start = self._length
        elif name in _BREAKS:
            self.end_line()
            self._is_heading = name in _HEADINGS and not closes
            if name == "li" or name in _LISTS:
                self._is_item = name == "li" and not closes

    def _say(self, text: str) -> None:
        for number, part in enumerate(text.split("\n")):
            if number:
                self.end_line()
            self._text.append(part)
            self._length += len(part)

    def end_line(self) -> None:
        url = self._url
        self._end_link()
        text = "".join(self._text)
        if text.strip():
            links = sorted([*self._links, *_bare_links(text, self._links)], key=_start)
            self.lines.append(Line(text, tuple(links), self._is_item, self._is_heading))
        self._text, self._links, self._length = [], [], 0
        self._url, self._url_start = url, 0

    def _end_link(self) -> None:
        if self._url and self._length > self._url_start:
            self._links.append(Link(self._url, self._url_start, self._length))
        self._url = ""


def _start(link: Link) -> int:
    return link.start


def _bare_links(text: str, links: list[Link]) -> list[Link]:
    """Return the URLs that stand in the text and inside no link."""
    found: list[Link] = []
    at = 0
    for match in _BARE_URL.finditer(text) if "://" in text else ():
        while at < len(links) and links[at].end <= match.start():
            at += 1
        if at == len(links) or match.start() < links[at].start:
            url = match.group().rstrip(_AFTER_URL)
            found.append(Link(url, match.start(), match.start() + len(url)))
    return found
