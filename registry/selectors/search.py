"""Find pages by name."""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import msgspec
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, F, IntegerField, Lookup, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Length

from registry.errors import BadInput
from registry.models import Hub, HubModel
from registry.selectors.standing import listed_pages

LARGEST_PAGE = 100
LONGEST_QUERY = 200  # characters

_Place = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class UnreadableCursor(BadInput):
    """A cursor was not made by this registry."""


class UnreadableSearch(BadInput):
    """There is nothing to search for."""


@TextField.register_lookup
class ILike(Lookup):
    """``name__ilike``: PostgreSQL's ILIKE, which the trigram index serves; ``icontains`` is not."""

    lookup_name = "ilike"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the comparison."""
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} ILIKE {right}", (*left_params, *right_params)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of results; an empty ``next_cursor`` ends the list."""

    pages: tuple[HubModel, ...]
    next_cursor: str
    is_approximate: bool  # nothing contains the words; these names resemble them


def search_pages(*, query: str, cursor: str = "", limit: int = 20, hub: str = "") -> Found:
    """Return public pages whose name contains ``query``, the closest first, sample pages last.

    Names that only resemble it (typing errors) are returned, in one page, where none contains it.
    Pages that house.md H12 keeps out of search are left out.

    :raises UnreadableSearch: if ``query`` is empty, too long, or holds NUL
    :raises UnreadableCursor: if ``cursor`` was not given out by an earlier page
    """
    words = _readable(query)
    start = _read_cursor(cursor) if cursor else None
    pages = listed_pages().filter(hub=hub) if hub else listed_pages()
    limit = max(1, min(limit, LARGEST_PAGE))
    rows = list(_containing(pages, words, start)[: limit + 1])
    if not rows and start is None:
        return Found(tuple(_resembling(pages, words)[:limit]), "", is_approximate=True)
    more = len(rows) > limit
    return Found(
        tuple(rows[:limit]), _cursor_after(rows[limit - 1]) if more else "", is_approximate=False
    )


class ResultJson(TypedDict):
    """One page found by name."""

    hub: str
    model_id: str
    name: str
    author: str
    model_type: str
    state: str
    is_nsfw: bool
    url: str
    ask: str  # the question that asks for its rights


class SearchJson(TypedDict):
    """One page of results."""

    query: str
    approximate: bool  # nothing contains the words; these names resemble them
    results: list[ResultJson]
    next_cursor: str  # empty: the end


def search_json(*, query: str, cursor: str = "", limit: int = 20, hub: str = "") -> SearchJson:
    """Return ``search_pages`` as JSON.

    :raises UnreadableSearch: if ``query`` is empty, too long, or holds NUL
    :raises UnreadableCursor: if ``cursor`` was not given out by an earlier page
    """
    found = search_pages(query=query, cursor=cursor, limit=limit, hub=hub)
    return {
        "query": query,
        "approximate": found.is_approximate,
        "results": [
            {
                "hub": page.hub,
                "model_id": page.hub_model_id,
                "name": page.name,
                "author": page.author,
                "model_type": page.model_type,
                "state": page.state,
                "is_nsfw": page.is_nsfw,
                "url": page.url,
                "ask": str(page),
            }
            for page in found.pages
        ],
        "next_cursor": found.next_cursor,
    }


def _readable(query: str) -> str:
    words = " ".join(query.split())
    if not words or "\x00" in words:
        raise UnreadableSearch("Say what to search for: a part of a model's name.")
    if len(words) > LONGEST_QUERY:
        raise UnreadableSearch(f"A search has {LONGEST_QUERY} characters at most.")
    return words


def _containing(
    pages: QuerySet[HubModel], words: str, start: tuple[int, int, int] | None
) -> QuerySet[HubModel]:
    """Return names that contain ``words``: whole, then beginning, then anywhere; short first."""
    pattern = _like(words)
    ranked = pages.filter(name__ilike=f"%{pattern}%").annotate(
        rank=Case(
            When(hub=Hub.SAMPLE, then=Value(3)),
            When(name__ilike=pattern, then=Value(0)),
            When(name__ilike=f"{pattern}%", then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        ),
        length=Length("name"),
    )
    if start is not None:
        rank, length, pk = start
        ranked = ranked.filter(
            Q(rank__gt=rank)
            | Q(rank=rank, length__gt=length)
            | Q(rank=rank, length=length, pk__gt=pk)
        )
    return ranked.order_by("rank", "length", "pk")


def _resembling(pages: QuerySet[HubModel], words: str) -> QuerySet[HubModel]:
    return (
        pages.filter(name__trigram_word_similar=words)
        .annotate(likeness=TrigramWordSimilarity(words, "name"))
        .order_by("-likeness", F("name"), "pk")
    )


def _like(words: str) -> str:
    """Return a pattern of the words in this order, whatever joins them.

    ``stable diffusion`` finds ``stable-diffusion-v1-5``; LIKE's own characters mean themselves.
    """
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return "%".join(escaped.split())


def _cursor_after(page: HubModel) -> str:
    place = (page.rank, page.length, page.pk)  # type: ignore[attr-defined]  # annotated above
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[int, int, int]:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        rank, length, pk = msgspec.json.decode(raw, type=tuple[_Place, _Place, _Id])
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise UnreadableCursor("That cursor is not one of ours; start without one.") from error
    return rank, length, pk
