"""What to know before relying on an answer, and what else a question could mean."""

from collections.abc import Sequence

from registry.models import Hub
from registry.selectors.answer_shape import CandidateJson, NoticeJson
from registry.selectors.lineage import Book
from registry.selectors.listings import Bytes
from registry.selectors.node_ids import WITHHELD
from registry.selectors.rights import Judged
from registry.selectors.subjects import Subject
from registry.snapshots import PageState

_AS_OF = (
    "As known on {:%Y-%m-%d at %H:%M} UTC: later readings of the hubs do not count. Names and "
    "kinds of pages, and a version's files, are as they are now; the texts in force then are read "
    "by today's catalogue."
)
_WHOLE_MODELS = ("", "Model", "Pruned Model")
_PART = (
    "A page lists these bytes as a part (a VAE, a configuration ...), not as its model. What it "
    "declares is about the model; the part may come from somebody else, under terms of its own."
)
_STATES = {
    PageState.ARCHIVED: "archived on the hub",
    PageState.TAKEN_DOWN: "taken down from the hub, by whom and why is unknown here",
    PageState.DISABLED: "disabled by the hub",
    PageState.WITHDRAWN: "no longer public",
    PageState.GONE: "no longer there",
    PageState.RENAMED: "renamed",
}


def shown_notices(notices: Sequence[NoticeJson], judged: Sequence[Judged]) -> list[NoticeJson]:
    """Return notices; of a page that is not shown without where it moved."""
    is_hidden = any(row.json["state"] == WITHHELD for row in judged)
    return [one for one in notices if not (is_hidden and one["code"] == "renamed")]


def candidates_of(subject: Subject, judged: Sequence[Judged]) -> list[CandidateJson]:
    """Return the bytes a weak digest could name, each with the page that lists it first."""
    if subject.is_exact:
        return []
    shown = [row for row in judged if row.json["state"] != WITHHELD]
    first = {row.listed.sha256: row for row in reversed(shown)}
    return [_candidate(row, first[row.sha256]) for row in subject.artifacts if row.sha256 in first]


def _candidate(artifact: Bytes, judged: Judged) -> CandidateJson:
    return {
        "kind": "artifact",
        "sha256": artifact.sha256,
        "hub": judged.page.hub,
        "model_id": judged.page.hub_model_id,
        "name": judged.page.name,
        "author": judged.page.author,
        "model_type": judged.page.model_type,
        "url": judged.page.url,
        "ask": artifact.sha256,
    }


def notices_on(
    subject: Subject, judged: Sequence[Judged], book: Book, note: str
) -> list[NoticeJson]:
    """Return what somebody should know of the listings; ``note``: how they were combined."""
    said = {
        "as_of": book.family.as_of and _AS_OF.format(book.family.as_of),
        "listings_disagree": note,
        "sample_catalogue": any(row.page.hub == Hub.SAMPLE for row in judged)
        and "A page of the built-in sample catalogue: facts written by this project, some of them "
        "fictional and marked so. It stands for no hub.",
        "withheld": any(row.json["state"] == WITHHELD for row in judged)
        and "A page is not shown here; its terms count all the same.",
        "disputed": any(row.json["disputed"] for row in judged)
        and "Somebody disputes what is said here; an operator has marked it.",
        "not_listed": _vanished(judged),
        "part_of_a_model": subject.is_bytes and any(map(_is_part, judged)) and _PART,
        "several_versions": not subject.is_bytes
        and len(judged) > 1
        and "This page has several versions, which may come from different parents. What holds "
        "for all of them is under combined; ask for one version for a firmer answer.",
        "listings_cut": len(subject.listed) > len(judged)
        and f"Only {len(judged)} of {len(subject.listed)} listings are answered here.",
        "lineage_cut": book.is_cut_short
        and "The lineage is larger than what is read for one answer; the rest counts as unknown.",
    }
    return [{"code": code, "text": text} for code, text in said.items() if text]


def _is_part(judged: Judged) -> bool:
    """Return whether the bytes are listed beside a model, as its VAE, configuration or the like."""
    kind = judged.listed.file_kind
    return kind not in {*_WHOLE_MODELS, judged.page.model_type}


def _vanished(judged: Sequence[Judged]) -> str:
    shown = [row.page for row in judged if row.json["state"] != WITHHELD]
    states = {str(page): _STATES.get(PageState(page.state)) for page in shown}
    said = [f"{page} is {state}" for page, state in states.items() if state]
    return f"{'; '.join(said)}. What was seen before is kept." if said else ""
