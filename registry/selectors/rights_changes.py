"""What changed between two moments, and whose answers changed with it: one question."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypedDict

from registry.models import HubModel
from registry.selectors.changed_facts import (
    FactsJson,
    Window,
    facts_in,
    withheld_among,
)
from registry.selectors.changed_pages import (
    changed_pages,
    count_of_new_pages,
    descendants_of,
)
from registry.selectors.claims import iso_time
from registry.selectors.node_ids import WITHHELD
from registry.selectors.page_words import words_of

_TOGETHER = 20  # pages whose ancestors are read together
MOST = 1000  # pages compared, and facts of each kind told


class WordChangeJson(TypedDict):
    """One permission's word, before and after."""

    old: str
    new: str


class PageChangeJson(TypedDict):
    """A page whose words differ, or whose own facts changed."""

    subject: str  # "withheld" for a page that is not shown
    name: str
    because: str  # the page it was reached from; empty: its own facts changed
    words: dict[str, WordChangeJson]  # permissions whose word differs


class RightsChangesJson(FactsJson):
    """What changed after ``since`` up to ``until``.

    A page first read in between has no earlier answer and is only counted.
    """

    since: str
    until: str
    pages: list[PageChangeJson]  # all whose own facts changed, whether their words did or not
    descendants: list[PageChangeJson]  # only those whose words differ, the nearest first
    pages_new: int
    pages_compared: int
    stopped: str  # what was left out; empty: this is everything


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsChanges:
    """``RightsChangesJson`` whose pages are compared while they are read, each list once."""

    window: Window
    facts: FactsJson
    pages: Iterator[PageChangeJson]
    descendants: Iterator[PageChangeJson]
    pages_new: int
    pages_compared: int
    stopped: str


def rights_changes(*, since: datetime, until: datetime, most: int = MOST) -> RightsChanges:
    """Return what changed between two moments, and whose words changed with it.

    Descendants are reached over every edge, nearest first; at most ``most`` pages are compared,
    some together, in a number of queries that their ancestors' generations set.

    :raises EmptyWindow: if ``until`` is not later than ``since``
    """
    window = Window(since, until)
    facts, is_whole = facts_in(window, most=most)
    pages = changed_pages(window, most=most + 1)
    own, cut = pages[:most], len(pages) > most
    room = 0 if cut else most - len(own)
    below = [] if cut else list(islice(descendants_of(window, own), room + 1))
    compared = _compared(window, below[:room])
    return RightsChanges(
        window=window,
        facts=facts,
        pages=_compared(window, [(page, 0) for page in own]),
        descendants=(row for row in compared if row["words"]),
        pages_new=count_of_new_pages(window),
        pages_compared=len(own) + len(below[:room]),
        stopped=_stopped(most, is_whole=is_whole, cut=cut, cut_below=len(below) > room),
    )


def rights_changes_json(changes: RightsChanges) -> RightsChangesJson:
    """Compare every page and return all of it."""
    return {
        "since": iso_time(changes.window.since),
        "until": iso_time(changes.window.until),
        **changes.facts,
        "pages": list(changes.pages),
        "descendants": list(changes.descendants),
        "pages_new": changes.pages_new,
        "pages_compared": changes.pages_compared,
        "stopped": changes.stopped,
    }


def _compared(window: Window, rows: Sequence[tuple[int, int]]) -> Iterator[PageChangeJson]:
    """Yield what became of each page's words, in order; each with the page it was reached from."""
    for start in range(0, len(rows), _TOGETHER):
        yield from _batch(window, rows[start : start + _TOGETHER])


def _batch(window: Window, rows: Sequence[tuple[int, int]]) -> Iterator[PageChangeJson]:
    wanted = {pk for row in rows for pk in row}
    pages = HubModel.objects.only("hub", "hub_model_id", "name").in_bulk(wanted)
    hidden = withheld_among({str(page) for page in pages.values()})
    asked = [str(pages[pk]) for pk, _ in rows]
    old = words_of(pages=asked, as_of=window.since)
    new = words_of(pages=asked, as_of=window.until)
    for (pk, parent), before, after in zip(rows, old, new, strict=True):
        page = pages[pk]
        yield {
            "subject": _shown(page, hidden),
            "name": "" if str(page) in hidden else page.name,
            "because": _shown(pages[parent], hidden) if parent else "",
            "words": _difference(before, after),
        }


def _shown(page: HubModel, hidden: frozenset[str]) -> str:
    return WITHHELD if str(page) in hidden else str(page)


def _difference(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, WordChangeJson]:
    return {
        permission: {"old": old.get(permission, ""), "new": word}
        for permission, word in new.items()
        if old.get(permission) != word
    }


def _stopped(most: int, *, is_whole: bool, cut: bool, cut_below: bool) -> str:
    said = {
        f"Only {most} facts of a kind are told.": not is_whole,
        f"More than {most} pages changed: the rest, and descendants, were not compared.": cut,
        f"Stopped after {most} pages: there are more descendants.": cut_below,
    }
    return " ".join(text for text, is_so in said.items() if is_so)
