"""Render a page's own text, which strangers wrote, as HTML that can do no harm.

Nothing is loaded from elsewhere: images are dropped, links open with ``nofollow``, and only
absolute web and mail addresses survive.
"""

import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# Nothing that loads (img), nothing that would pass for a part of our own page (nav, header, ...).
_TAGS = nh3.ALLOWED_TAGS - {
    "area",
    "article",
    "aside",
    "footer",
    "header",
    "hgroup",
    "img",
    "map",
    "nav",
}
_SPANS = {"colspan", "rowspan"}
_ATTRIBUTES = {"a": {"href"}, "td": _SPANS, "th": _SPANS | {"scope"}}
_ADDRESS = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_HEADING = re.compile(r"<(/?)h([1-6])>")  # nh3 leaves no attributes on headings
_CARD_LEVEL = 2  # a card's h1 stands below the page's h2
_DEEPEST = 6

_markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def render_card(text: str, text_format: str) -> SafeString:
    """Return ``text`` (``html`` or ``markdown``) as harmless HTML."""
    html = _markdown.render(text) if text_format == "markdown" else text
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer ugc",
    )
    return mark_safe(_HEADING.sub(_deeper, clean))  # noqa: S308 (cleaned above)


def _keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Drop addresses relative to the hub: here they would point at our own pages."""
    if tag == "a" and attribute == "href" and not _ADDRESS.match(value):
        return None
    return value


def _deeper(heading: re.Match[str]) -> str:
    """Move a heading below the headings of our own page."""
    level = min(int(heading[2]) + _CARD_LEVEL, _DEEPEST)
    return f"<{heading[1]}h{level}>"
