"""Everything an answer rests on, as the members of an archive.

Nothing of what is withheld leaves: such a page has no name, no words and no address here, an edge
to it no source, and the verbatim answers about a page that names it are left out.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from registry.errors import BadInput
from registry.fingerprints import pack_check
from registry.models import HubModel, LineageEdge, StateChange
from registry.selectors.answer_shape import Answer
from registry.selectors.answers import tell
from registry.selectors.as_of import known
from registry.selectors.claims import claim_json, iso_time
from registry.selectors.evidence_rules import rules_evidence
from registry.selectors.evidence_shape import (
    EdgeEvidenceJson,
    PageEvidenceJson,
    PayloadEvidence,
    PayloadJson,
)
from registry.selectors.node_ids import WITHHELD
from registry.selectors.standing import standing_of
from registry.selectors.statements import Key, KeyKind
from registry.selectors.subjects import Subject
from registry.selectors.told import Asked, Told

_ABOUT = """Evidence pack of Keifu: what one answer about a model's rights rests on.

answer.json    the answer, with every ground
pages.json     the pages of the lineage: their states and licence statements
edges.json     what was said of who was made from whom
payloads.json  which answers of the hubs this was read from: digests and times, no words
rules.json     by which rules, licence records and texts it was worked out
catalogue/     those licence records
payloads/      the hubs' answers themselves, where an operator put them in
MANIFEST       the SHA-256 of every other member

Check it: python3 verify.py FILE.zip (verify.py is in here; it needs nothing but Python).
A structured reading of published terms, not legal advice.
"""


class NothingToProve(BadInput):
    """A question that only suggests candidates has no answer to keep."""


def evidence_members(
    *, query: str, subject: Subject, as_of: datetime | None = None, with_payloads: bool = False
) -> Mapping[str, bytes]:
    """Return an evidence pack's members by name, without its MANIFEST; the same rows, the same.

    :param with_payloads: put the hubs' answers in as they came: other people's words
    :raises NothingToProve: if no listing is answered
    """
    told = tell(query=query, subject=subject, asked=Asked(as_of=as_of))
    if not told.answer["listings"]:
        raise NothingToProve("A name identifies nothing: choose a page, and ask for its pack.")
    evidence = _Evidence(told=told, as_of=as_of)
    payloads, bodies = evidence.payloads(with_bodies=with_payloads)
    answer = _without_names(told.answer)
    rules, records = rules_evidence(answer)
    members = {
        "answer.json": answer,
        "pages.json": evidence.pages(),
        "edges.json": evidence.edges(),
        "payloads.json": payloads,
        "rules.json": rules,
    }
    return {
        "README.txt": _ABOUT.encode(),
        "verify.py": _verifier(),
        **{name: _json(value) for name, value in members.items()},
        **records,
        **bodies,
    }


def _verifier() -> bytes:
    return Path(pack_check.__file__).read_bytes()


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1)
    return f"{text}\n".encode()


def _without_names(answer: Answer) -> Answer:
    """Return an answer without the question, where that would name what is withheld."""
    hidden = [row for row in answer["listings"] if row["state"] == WITHHELD]
    if not hidden or all(row["sha256"] for row in hidden):
        return answer
    return {**answer, "query": hidden[0]["id"]}


@dataclass(slots=True)
class _Evidence:
    """The rows behind one answer, without what is withheld."""

    told: Told
    as_of: datetime | None
    names: dict[int, str] = field(init=False)  # of pages, "withheld:<n>" of those not shown
    rows: Sequence[LineageEdge] = field(init=False)
    hidden: set[int] = field(init=False)  # edges whose parent is withheld, by primary key

    def __post_init__(self) -> None:
        """Read the edges, and name the pages."""
        self.names = dict(self._named())
        self.rows = self._stated()
        self.hidden = self._hidden_parents()

    def _named(self) -> Iterator[tuple[int, str]]:
        book = self.told.book
        masks = {self._page_of(key): book.ids[key] for key in book.ids.withheld}
        for pk, page in book.pages.items():
            if pk in book.ids.withheld_pages or pk in masks:
                yield pk, masks.get(pk, WITHHELD)
            else:
                yield pk, str(page)

    def _page_of(self, key: Key) -> int | None:
        if key.kind is KeyKind.VERSION and isinstance(key.value, int):
            return self.told.book.family.versions[key.value].page
        return key.value if key.kind is KeyKind.PAGE and isinstance(key.value, int) else None

    def _is_hidden(self, page: int) -> bool:
        return self.names[page].startswith(WITHHELD)

    def pages(self) -> list[PageEvidenceJson]:
        """Return the pages of the lineage by name."""
        book, states = self.told.book, self._states()
        rows = [self._page(page, states.get(page.pk, [])) for page in book.pages.values()]
        return sorted(rows, key=lambda row: (row["page"], row["first_seen_at"]))

    def _page(self, page: HubModel, states: list[dict[str, str]]) -> PageEvidenceJson:
        is_shown = not self._is_hidden(page.pk)
        claims = self.told.book.claims.get(page.pk, ())
        return {
            "page": self.names[page.pk],
            "url": page.url if is_shown else "",
            "first_seen_at": iso_time(page.first_seen_at),
            "states": states,
            "claims": [claim_json(claim, show_source=is_shown) for claim in claims],
        }

    def _states(self) -> Mapping[int, list[dict[str, str]]]:
        rows = StateChange.objects.filter(
            known(self.as_of, "seen_at"), hub_model__in=self.names
        ).order_by("hub_model", "seen_at", "pk")
        found: dict[int, list[dict[str, str]]] = {}
        for row in rows:
            told = {"state": row.state, "seen_at": iso_time(row.seen_at)}
            found.setdefault(row.hub_model_id, []).append(told)
        return found

    def edges(self) -> list[EdgeEvidenceJson]:
        """Return what was said of who was made from whom."""
        edges = [self._edge(row, is_hidden=row.pk in self.hidden) for row in self.rows]
        edges += self._told()
        return sorted(edges, key=lambda row: tuple(map(str, row.values())))

    def _told(self) -> Iterator[EdgeEvidenceJson]:
        """Yield what headers tell of bytes nobody mirrored, as the answer itself names them."""
        family, ids = self.told.book.family, self.told.book.ids
        for key, statements in family.told.items():
            for one in statements:
                names = [
                    WITHHELD if name in ids.withheld else ids[name] for name in (key, one.parent)
                ]
                yield {
                    "child": names[0],
                    "parent": names[1],
                    "relation": one.relation,
                    "evidence": one.evidence,
                    "grade": one.grade,
                    "source": "" if WITHHELD in names else one.source,
                    "seen_at": iso_time(one.seen_at),
                    "retracted": False,
                }

    def _stated(self) -> Sequence[LineageEdge]:
        rows = LineageEdge.objects.filter(
            known(self.as_of, "seen_at"), child__in=self.told.book.family.statements
        )
        return list(rows.select_related("child", "parent_model").order_by("pk"))

    def _hidden_parents(self) -> set[int]:
        named = {row.pk: _names_of_parent(row) for row in self.rows}
        asked = {name for names in named.values() for name in names}
        withheld = standing_of(subjects=asked, as_of=self.as_of).withheld
        return {pk for pk, names in named.items() if not withheld.isdisjoint(names)}

    def _edge(self, row: LineageEdge, *, is_hidden: bool) -> EdgeEvidenceJson:
        child = self.names[row.child.hub_model_id]
        hides = is_hidden or child.startswith(WITHHELD)
        return {
            "child": child if child.startswith(WITHHELD) else f"{child}@{row.child.hub_version_id}",
            "parent": WITHHELD if is_hidden else row.parent_ref,
            "relation": row.relation,
            "evidence": row.evidence,
            "grade": row.grade,
            "source": "" if hides else row.source,
            "seen_at": iso_time(row.seen_at),
            "retracted": any(
                statement.is_retracted
                for statement in self.told.book.family.statements[row.child_id]
                if (statement.parent_ref, statement.evidence, statement.relation)
                == (row.parent_ref, row.evidence, row.relation)
            ),
        }

    def payloads(self, *, with_bodies: bool) -> tuple[list[PayloadJson], dict[str, bytes]]:
        """Return what the hubs' answers were, and with ``with_bodies`` the answers.

        One that came after the moment asked about is left out: the pack cannot rest on it.
        """
        shown = {str(page): pk for pk, page in self.told.book.pages.items()}
        silent = {row.child.hub_model_id for row in self.rows if row.pk in self.hidden}
        listed: list[PayloadJson] = []
        bodies: dict[str, bytes] = {}
        for payload in self._held():
            page = shown[f"{payload.hub}:{payload.hub_model_id}"]
            member = ""
            is_shown = with_bodies and not self._is_hidden(page) and page not in silent
            if is_shown and (body := payload.read()):
                member = f"{pack_check.PAYLOADS}{payload.sha256}.txt"
                bodies[member] = body
            listed.append(_payload(payload, page=self.names[page], member=member))
        return sorted(listed, key=lambda row: (row["page"], row["kind"], row["sha256"])), bodies

    def _held(self) -> Iterator[PayloadEvidence]:
        pages = [(page.hub, page.hub_model_id) for page in self.told.book.pages.values()]
        for path in settings.KEIFU_EVIDENCE:
            for payload in import_string(path)(pages=pages):
                if self.as_of is None or payload.received_at <= self.as_of:
                    yield payload


def _names_of_parent(row: LineageEdge) -> tuple[str, ...]:
    page = (str(row.parent_model),) if row.parent_model else ()
    return (row.parent_ref, row.parent_ref.partition("@")[0], *page)


def _payload(payload: PayloadEvidence, *, page: str, member: str) -> PayloadJson:
    return {
        "page": page,
        "kind": payload.kind,
        "sha256": payload.sha256,
        "revision": payload.revision,
        "received_at": iso_time(payload.received_at),
        "member": member,
    }
