"""Answer "may I?" about files that are used together: base, adapters, ControlNet and the like.

What was asked about one by one is read together, so that a node is called the same everywhere.
Source: registry/licensing/README.md, rule L37.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from registry.errors import BadInput, NotFound
from registry.licensing.findings import PermissionVerdict
from registry.licensing.lineage_view import Lineage
from registry.licensing.profile import Profile
from registry.licensing.revisions import dated
from registry.licensing.routes import ACT_OF, Act
from registry.licensing.stacked import stack_rights
from registry.licensing.terms import Level, Permission, Word
from registry.licensing.verdict import RightsVerdict, assess, assess_stack
from registry.lineage.addresses import reference_of
from registry.lineage.references import ReferenceKind, UnreadableReference
from registry.selectors.answer_shape import (
    Answer,
    NoticeJson,
    StackAnswer,
    StackFileJson,
)
from registry.selectors.as_of import day_of
from registry.selectors.asker import asker_notices, fields_said
from registry.selectors.claims import iso_time
from registry.selectors.combined import check_listing, meant_listings
from registry.selectors.depictions import not_covered
from registry.selectors.finding_json import caps_json, conflicts_json, left_out, territories_json
from registry.selectors.rights import duties_json, rights_json, use_restrictions_json
from registry.selectors.subjects import Subject, subject_of
from registry.selectors.told import Asked, Told, contact, depicts_any, read_together
from registry.selectors.unmirrored import unmirrored_node

MOST_FILES = 20  # asked about together
Finder = Callable[..., tuple[str, Subject]]
_OFFICIAL = "What counts is the text its publisher is known to give it: "
_NAMES_NOTHING = "A name identifies no file, so it counts as one under an unknown licence."


class UnusableStack(BadInput):
    """A question about files that are used together names none, or too many."""


class NothingFound(NotFound):
    """Nothing mirrored matches any of several files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One file of a stack: what was asked, what it is, and the lineages its answer rests on."""

    query: str
    node: str  # of a file nobody mirrored; empty: its listings are nodes
    detail: str  # why nothing was found; empty: it was
    told: Told | None
    rights: Mapping[Permission, PermissionVerdict]
    lineages: tuple[Lineage, ...]


def find(what: str, *, as_of: datetime | None) -> tuple[str, Subject]:
    """Return what is called ``what``, which is no path."""
    return what, subject_of(what, as_of=as_of)


def stack_answer(*, files: Sequence[str], asked: Asked, find: Finder = find) -> StackAnswer:
    """Return what may be done with files that run together, and the answer about each.

    A file that nobody mirrored counts by its official release, where that is known, else as
    unknown: then nothing is allowed because of it.

    :param find: returns how a file is called and what it is, given its name and the moment
    :raises UnusableStack: if there are fewer than two or more than ``MOST_FILES``
    :raises NothingFound: if nothing mirrored matches any of them
    :raises UnreadableQuestion: if one has none of the forms we read
    :raises UnknownListing: if the asker's copy is from none of the listings
    """
    names = list(dict.fromkeys(files))
    if not 1 < len(names) <= MOST_FILES:
        raise UnusableStack(
            f"what: name 2 to {MOST_FILES} different files that are used together, "
            f"not {len(names)}."
        )
    parts = _read(names, asked, find)
    lineages = [one for part in parts for one in part.lineages]
    verdict = assess_stack(lineages, _on_the_day(asked))
    return _answer(parts, verdict, asked)


def _read(names: Sequence[str], asked: Asked, find: Finder) -> list[_File]:
    found = [_found(name, asked, find) for name in names]
    if not any(subject for _, subject, _ in found):
        raise NothingFound(f"Nothing mirrored matches any of them. {found[0][2]}")
    reading = read_together(
        subjects=[subject for _, subject, _ in found if subject is not None], asked=asked
    )
    parts = [
        _part(query, detail, reading.tell(query=query, subject=subject), subject, asked)
        if subject is not None
        else _unknown(query, detail, asked)
        for query, subject, detail in found
    ]
    judged = [row for part in parts if part.told for row in part.told.judged]
    check_listing(judged, obtained_from=asked.profile.obtained_from)
    return parts


def _found(name: str, asked: Asked, find: Finder) -> tuple[str, Subject | None, str]:
    try:
        return (*find(name, as_of=asked.as_of), "")
    except NotFound as error:
        return name, None, str(error)


def _part(query: str, detail: str, told: Told, subject: Subject, asked: Asked) -> _File:
    if not told.judged:
        return _unknown(query, _NAMES_NOTHING, asked, told)
    meant = meant_listings(
        subject=subject, judged=told.judged, obtained_from=asked.profile.obtained_from
    )
    return _File(
        query=query,
        node="",
        detail=detail,
        told=told,
        rights=told.combined.rights,
        lineages=tuple(row.lineage for row in meant),
    )


def _unknown(query: str, detail: str, asked: Asked, told: Told | None = None) -> _File:
    """Return a file that nobody mirrored: its official release's text counts, if it has one."""
    node = unmirrored_node(_reference(query), label=query)
    lineage = Lineage(subject=node.id, nodes={node.id: node})
    profile = _on_the_day(asked)
    known = dated(node, profile.obtained_on)
    official = "" if known.is_open else f"{_OFFICIAL}{known.claims[0].license_id}. "
    return _File(
        query=query,
        node=node.id,
        detail=f"{official}{detail}",
        told=told,
        rights=assess(lineage, profile).rights,
        lineages=(lineage,),
    )


def _on_the_day(asked: Asked) -> Profile:
    """Return the asker with the day that picks the texts of his copies (rules L15 and L36)."""
    day = asked.profile.obtained_on or (day_of(asked.as_of) if asked.as_of else None)
    return replace(asked.profile, obtained_on=day)


def _reference(query: str) -> str:
    try:
        return str(reference_of(query))
    except UnreadableReference:
        return f"{ReferenceKind.NAME.value}:{query}"


def _answer(parts: Sequence[_File], verdict: RightsVerdict, asked: Asked) -> StackAnswer:
    rights = stack_rights(verdict.rights, [part.rights for part in parts])
    told = [part.told for part in parts if part.told]
    judged = [row for one in told for row in one.judged]
    return {
        "query": [part.query for part in parts],
        "as_of": iso_time(asked.as_of) if asked.as_of else "",
        "use": asked.use.value if asked.use else "",
        "profile": fields_said(asked.profile),
        "rights": rights_json(rights, asked.use, only_binding=True),
        "decided_by": {
            permission.value: _deciding(parts, permission)
            for permission in rights
            if asked.use in {None, permission}
        },
        "duties": duties_json(verdict),
        "use_restrictions": use_restrictions_json(verdict),
        "caps": caps_json(verdict.caps),
        "territory_excluded": territories_json(verdict.territory_excluded),
        "conflicts": conflicts_json(verdict.conflicts),
        "lineage_coverage": verdict.coverage.value,
        "files": [_file(part) for part in parts],
        "notes": [*verdict.notes, *left_out(verdict.conflicts)],
        "notices": [*_notices([one.answer for one in told]), *asker_notices(asked.profile)],
        "not_covered": not_covered(may_depict=depicts_any(judged)),
        "contact": contact(),
    }


def _deciding(parts: Sequence[_File], permission: Permission) -> list[str]:
    """Return the files whose own answer is the strictest; none where it makes no sense of any."""
    ends = {
        part.query: (Level[right.worst.name], Level[right.best.name])
        for part in parts
        if (right := part.rights[permission]).word is not Word.NOT_APPLICABLE
        and ACT_OF[permission] is Act.RUN
    }
    return [query for query, one in ends.items() if one == max(ends.values())]


def _file(part: _File) -> StackFileJson:
    shown: StackFileJson = {
        "query": part.query,
        "id": part.node,
        "found": not part.detail,
        "detail": part.detail,
    }
    if part.told is not None:
        shown["answer"] = part.told.answer
    return shown


def _notices(answers: Sequence[Answer]) -> list[NoticeJson]:
    """Return what every answer's own notices say once, but for what only concerns one of them."""
    shared = {"as_of", "sample_catalogue", "withheld", "disputed", "lineage_cut"}
    found = {
        one["text"]: one for told in answers for one in told["notices"] if one["code"] in shared
    }
    return [*found.values()]
