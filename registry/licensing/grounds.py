"""Turn what one model says about its licence into grounds.

Pure Python: importing this module must never import Django. Source: README.md, rules L2 to L13.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from registry.licensing.catalog import UnknownLicense, terms_of
from registry.licensing.civitai_flags import ADDENDUM, restriction, says_something
from registry.licensing.findings import Ground
from registry.licensing.interval import DOUBTED, UNKNOWN, Interval, join_all
from registry.licensing.lineage_view import CivitaiFlags, Node, NodeClaim, Reading
from registry.licensing.readings import clause_of, interval_of, reads_as_derivative
from registry.licensing.routes import ACT_OF, Act, Reach, weakest_grade
from registry.licensing.terms import Basis, Grant, Level, LicenseTerms, Permission
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade

NO_LICENSE = "none-declared"
UNKNOWN_LICENSE = "unknown"


def grounds_of(
    node: Node, permission: Permission, reaches: Sequence[Reach], unknown_parent: str
) -> Iterator[Ground]:
    """Yield every reason one model gives for the answer on one permission.

    :param reaches: the ways that lead to the model
    :param unknown_parent: why an unknown parent of it must be assumed; empty for none (rule L19)
    """
    bound = [reach for reach in reaches if ACT_OF[permission] in reach.way.acts]
    if not bound:
        return
    licenses = [claim for claim in node.claims if claim.license_id]
    for claim in licenses:
        yield from _license_grounds(node, claim, permission, bound)
    yield from _flag_grounds(node, permission, bound)
    if reason := why_unlicensed(node, licenses):
        yield _unknown_ground(node, permission, bound, UNKNOWN, reason, NO_LICENSE)
    if unknown_parent:
        clause = f"an unknown parent: {unknown_parent}"
        guess = [Reach(reach.way, Grade.INFERRED) for reach in bound]
        yield _unknown_ground(node, permission, guess, DOUBTED, clause, UNKNOWN_LICENSE)


def by_model(
    nodes: Iterable[Node], grounds: Callable[[Node], Iterable[Ground]]
) -> Iterator[Ground]:
    """Yield the grounds of every model; what it says under several texts alike, once (L36)."""
    copies: dict[NodeId, list[Node]] = {}
    for node in nodes:
        copies.setdefault(node.id, []).append(node)
    for some in copies.values():
        found = [ground for node in some for ground in grounds(node)]
        yield from found if len(some) == 1 else _as_one(found)


def _as_one(grounds: Iterable[Ground]) -> Iterator[Ground]:
    """Join the grounds that rest on one statement, in the words of the one that binds most."""
    groups: dict[tuple[object, ...], list[Ground]] = {}
    for ground in grounds:
        said = (ground.license, ground.source, ground.basis, ground.overruled)
        groups.setdefault(said, []).append(ground)
    for some in groups.values():
        firmest_first = sorted(some, key=lambda ground: ground.grade.value)
        binding = max(firmest_first, key=lambda ground: (ground.worst, ground.best))
        whole = join_all(ground.interval for ground in some)
        yield replace(binding, best=whole.best, worst=whole.worst)


def is_overruled(node: Node, claim: NodeClaim) -> bool:
    """Return whether the official text of a release beats this claim (rule L12)."""
    has_text = any(other.is_official for other in node.claims)
    return has_text and bool(claim.license_id) and not claim.is_official


def terms_or_unknown(license_id: str) -> LicenseTerms:
    """Return a record; what the catalogue does not hold is unknown, never an error (rule L4)."""
    try:
        return terms_of(license_id)
    except UnknownLicense:
        return terms_of(UNKNOWN_LICENSE)


def basis_of(claim: NodeClaim, terms: LicenseTerms, *, is_silent: bool = False) -> Basis:
    """Return what a ground on one text rests on (rule L21)."""
    if terms.id == NO_LICENSE:
        return Basis.SILENCE
    if terms.names_no_text:
        return claim.basis
    if terms.rests_on_memory:
        return Basis.MEMORY
    return Basis.SILENCE if is_silent else claim.basis


def nothing_known(node: NodeId, asked: str) -> Ground:
    """Return the ground of a question that nothing and nobody speaks of (rule L4)."""
    return Ground(
        ancestor=node,
        license=UNKNOWN_LICENSE,
        clause=f"{asked}: nothing that is known speaks of it",
        grade=Grade.INFERRED,
        basis=Basis.SILENCE,
        source="",
        best=UNKNOWN.best,
        worst=UNKNOWN.worst,
    )


def why_unlicensed(node: Node, licenses: Sequence[NodeClaim]) -> str:
    """Return why no statement settles the model's licence; empty if one does (rules L4, L6)."""
    if any(claim.grade.is_firm or claim.reading is Reading.DOUBT for claim in licenses):
        return ""
    if node.awaits_license and not licenses:
        return ""  # it is for its author to choose: no statement is missing (rule L22)
    if licenses:
        return "only weak evidence speaks of the licence"
    if node.is_open:
        return "named as a parent, never seen here"
    stands_alone = node.is_official_base or node.is_service
    has_flags = any(claim.flags and says_something(claim.flags) for claim in node.claims)
    if has_flags and not stands_alone:
        return ""  # flags are added to the licence of the base, which is an ancestor
    return "no licence is declared"


class _Part(NamedTuple):
    """What one statement makes of a permission over one way, or over all of them."""

    interval: Interval
    clause: str
    grade: Grade
    is_silent: bool = False


def _joined(parts: Sequence[_Part]) -> _Part | None:
    """Return the join of all parts, in the words of the one that binds most."""
    if not parts:
        return None
    binding = max(parts, key=lambda part: (part.interval.worst, part.interval.best))
    return binding._replace(interval=join_all(part.interval for part in parts))


def _license_grounds(
    node: Node, claim: NodeClaim, permission: Permission, reaches: Sequence[Reach]
) -> Iterator[Ground]:
    ids = dict.fromkeys((claim.license_id, *claim.others))
    texts = {license_id: terms_or_unknown(license_id) for license_id in ids}
    read = {
        license_id: part
        for license_id, terms in texts.items()
        if (part := _read(terms, permission, reaches))
    }
    if claim.reading is Reading.CHOICE and len(texts) > 1:
        read = _chosen(read) if len(read) == len(texts) else {}
    in_doubt = claim.reading is Reading.DOUBT and len(texts) > 1
    lowest = min((part.interval.best for part in read.values()), default=Level.ALLOWED)
    lowest = lowest if len(read) == len(texts) else Level.ALLOWED
    for license_id, part in read.items():
        known = Interval(lowest, part.interval.worst) if in_doubt else part.interval
        known = known if claim.grade.is_firm else known.weakened()
        terms = texts[license_id]
        yield Ground(
            ancestor=node.id,
            license=license_id,
            clause=_clause(part.clause, in_doubt=in_doubt, overruled=is_overruled(node, claim)),
            grade=weakest_grade(claim.grade, part.grade),
            basis=basis_of(claim, terms, is_silent=part.is_silent),
            source=claim.source,
            best=known.best,
            worst=known.worst,
            text_url=terms.text_url[0] if terms.text_url else "",
            overruled=is_overruled(node, claim),
        )


def _clause(said: str, *, in_doubt: bool, overruled: bool) -> str:
    may_be = "; one of several it may be" if in_doubt else ""
    beaten = "; the publisher's official text binds instead" if overruled else ""
    return said + may_be + beaten


def _read(terms: LicenseTerms, permission: Permission, reaches: Iterable[Reach]) -> _Part | None:
    """Return what one text makes of a permission over all ways that lead to it."""
    parts = [part for reach in reaches for part in _along(terms, permission, reach)]
    return _joined(parts)


def _along(terms: LicenseTerms, permission: Permission, reach: Reach) -> Iterator[_Part]:
    if reach.way.is_distilled and reads_as_derivative(terms) is False:
        return
    is_certain = reach.grade.is_firm and not (
        reach.way.is_distilled and reads_as_derivative(terms) is None
    )
    asked = [(permission, "")]
    if reach.way.is_derived and ACT_OF[permission] is Act.HAND_ON:
        asked.append((Permission.SHARE_DERIVATIVES, "; this is a derivative"))
    for question, remark in asked:
        interval = interval_of(terms, question)
        yield _Part(
            interval if is_certain else interval.weakened(),
            clause_of(terms, question) + remark,
            reach.grade,
            is_silent=terms.grant(question) is Grant.SILENT,
        )


def _chosen(read: dict[str, _Part]) -> dict[str, _Part]:
    """Return the one licence worth choosing for this permission, with what the choice leaves."""
    best = min(read, key=lambda i: (read[i].interval.worst, read[i].interval.best))
    left = read[best].interval
    for part in read.values():
        left = left.meet(part.interval)
    clause = f"{read[best].clause}; chosen from {' OR '.join(read)}"
    return {best: read[best]._replace(interval=left, clause=clause)}


def _flag_grounds(node: Node, permission: Permission, reaches: Sequence[Reach]) -> Iterator[Ground]:
    for claim in node.claims:
        if claim.flags is None or not says_something(claim.flags):
            continue
        part = _joined(list(_flags_along(claim.flags, claim.grade, permission, reaches)))
        if part is not None:
            yield Ground(
                ancestor=node.id,
                license=ADDENDUM,
                clause=part.clause,
                grade=weakest_grade(claim.grade, part.grade),
                basis=Basis.FLAG,
                source=claim.source,
                best=part.interval.best,
                worst=part.interval.worst,
            )


def _flags_along(
    flags: CivitaiFlags, grade: Grade, permission: Permission, reaches: Sequence[Reach]
) -> Iterator[_Part]:
    for reach in reaches:
        found = None if reach.way.is_distilled else restriction(flags, permission, reach.way)
        if found is not None:
            is_firm = reach.grade.is_firm and grade.is_firm
            interval = found.interval if is_firm else found.interval.weakened()
            yield _Part(interval, found.clause, reach.grade)


def _unknown_ground(
    node: Node,
    permission: Permission,
    reaches: Sequence[Reach],
    interval: Interval,
    reason: str,
    license_id: str,
) -> Ground:
    grade = min((reach.grade for reach in reaches), key=lambda grade: grade.value)
    known = interval if grade.is_firm else interval.weakened()
    return Ground(
        ancestor=node.id,
        license=license_id,
        clause=f"{permission.value}: {reason}",
        grade=weakest_grade(grade, Grade.TAG),
        basis=Basis.SILENCE,
        source="",
        best=known.best,
        worst=known.worst,
    )
