"""Turn what one model says about its licence into grounds.

Pure Python: importing this module must never import Django. Source: README.md, rules L2 to L13.
"""

from collections.abc import Iterable, Iterator, Sequence

from registry.licensing.catalog import UnknownLicense, terms_of
from registry.licensing.civitai_flags import ADDENDUM, restriction, says_something
from registry.licensing.findings import Ground
from registry.licensing.interval import DOUBTED, UNKNOWN, Interval, join_all
from registry.licensing.lineage_view import Node, NodeClaim, Reading
from registry.licensing.readings import clause_of, interval_of, reads_as_derivative
from registry.licensing.routes import ACT_OF, Act, Reach, weakest_grade
from registry.licensing.terms import Basis, LicenseTerms, Permission
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
    if reason := _why_unlicensed(node, licenses):
        yield _unknown_ground(node, permission, bound, UNKNOWN, reason, NO_LICENSE)
    if unknown_parent:
        clause = f"an unknown parent: {unknown_parent}"
        guess = [Reach(reach.way, Grade.INFERRED) for reach in bound]
        yield _unknown_ground(node, permission, guess, DOUBTED, clause, UNKNOWN_LICENSE)


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


def nothing_known(node: NodeId, permission: Permission) -> Ground:
    """Return the ground of a permission that nothing and nobody speaks of (rule L4)."""
    return Ground(
        ancestor=node,
        license=UNKNOWN_LICENSE,
        clause=f"{permission.value}: nothing that is known speaks of it",
        grade=Grade.INFERRED,
        basis=Basis.SILENCE,
        source="",
        best=UNKNOWN.best,
        worst=UNKNOWN.worst,
    )


def _why_unlicensed(node: Node, licenses: Sequence[NodeClaim]) -> str:
    """Return why no statement settles the model's licence; empty if one does (rules L4, L6)."""
    if any(claim.grade.is_firm or claim.reading is Reading.DOUBT for claim in licenses):
        return ""
    if licenses:
        return "only weak evidence speaks of the licence"
    if node.is_open:
        return "named as a parent, never seen here"
    stands_alone = node.is_official_base or node.is_service
    has_flags = any(claim.flags and says_something(claim.flags) for claim in node.claims)
    if has_flags and not stands_alone:
        return ""  # flags are added to the licence of the base, which is an ancestor
    return "no licence is declared"


def _license_grounds(
    node: Node, claim: NodeClaim, permission: Permission, reaches: Sequence[Reach]
) -> Iterator[Ground]:
    read = {
        license_id: found
        for license_id in dict.fromkeys((claim.license_id, *claim.others))
        if (found := _read(terms_or_unknown(license_id), permission, reaches))
    }
    if not read:
        return
    if claim.reading is Reading.CHOICE and len(read) > 1:
        read = _chosen(read)
    lowest = min(interval.best for interval, _, _ in read.values())
    for license_id, (interval, clause, grade) in read.items():
        in_doubt = claim.reading is Reading.DOUBT and len(read) > 1
        known = Interval(lowest, interval.worst) if in_doubt else interval
        known = known if claim.grade.is_firm else known.weakened()
        terms = terms_or_unknown(license_id)
        yield Ground(
            ancestor=node.id,
            license=license_id,
            clause=f"{clause}; one of several it may be" if in_doubt else clause,
            grade=weakest_grade(claim.grade, grade),
            basis=_basis(claim, terms, clause),
            source=claim.source,
            best=known.best,
            worst=known.worst,
            text_url=terms.text_url[0] if terms.text_url else "",
            overruled=is_overruled(node, claim),
        )


_Found = tuple[Interval, str, Grade]


def _read(terms: LicenseTerms, permission: Permission, reaches: Iterable[Reach]) -> _Found | None:
    """Return what one text makes of a permission over all ways that lead to it."""
    found = [
        (part.weakened() if not reach.grade.is_firm else part, clause, reach.grade)
        for reach in reaches
        for part, clause in _along(terms, permission, reach)
    ]
    if not found:
        return None
    whole = join_all(interval for interval, _, _ in found)
    _, clause, _ = max(found, key=lambda f: (f[0].worst, f[0].best))
    return whole, clause, min((grade for _, _, grade in found), key=lambda grade: grade.value)


def _along(
    terms: LicenseTerms, permission: Permission, reach: Reach
) -> Iterator[tuple[Interval, str]]:
    if reach.way.is_distilled:
        derivative = reads_as_derivative(terms)
        if derivative is False:
            return
        if derivative is None:
            yield interval_of(terms, permission).weakened(), clause_of(terms, permission)
            return
    yield interval_of(terms, permission), clause_of(terms, permission)
    if reach.way.is_derived and ACT_OF[permission] is Act.HAND_ON:
        shared = interval_of(terms, Permission.SHARE_DERIVATIVES)
        yield shared, f"{clause_of(terms, Permission.SHARE_DERIVATIVES)}; this is a derivative"


def _chosen(read: dict[str, _Found]) -> dict[str, _Found]:
    """Return the one licence worth choosing for this permission, with what the choice leaves."""
    best = min(read, key=lambda i: (read[i][0].worst, read[i][0].best))
    whole, clause, grade = read[best]
    for interval, _, _ in read.values():
        whole = whole.meet(interval)
    return {best: (whole, f"{clause}; chosen from {' OR '.join(read)}", grade)}


def _basis(claim: NodeClaim, terms: LicenseTerms, clause: str) -> Basis:
    """Return what a ground rests on (rule L21)."""
    if terms.id == NO_LICENSE:
        return Basis.SILENCE
    if terms.names_no_text:
        return claim.basis
    if terms.rests_on_memory:
        return Basis.MEMORY
    return Basis.SILENCE if ": silent" in clause else claim.basis


def _flag_grounds(node: Node, permission: Permission, reaches: Sequence[Reach]) -> Iterator[Ground]:
    for claim in node.claims:
        if claim.flags is None or not says_something(claim.flags):
            continue
        found = [
            (
                finding.interval
                if reach.grade.is_firm and claim.grade.is_firm
                else finding.interval.weakened(),
                finding.clause,
                reach.grade,
            )
            for reach in reaches
            if not reach.way.is_distilled
            if (finding := restriction(claim.flags, permission, reach.way))
        ]
        if not found:
            continue
        whole = join_all(interval for interval, _, _ in found)
        _, clause, grade = max(found, key=lambda f: (f[0].worst, f[0].best))
        yield Ground(
            ancestor=node.id,
            license=ADDENDUM,
            clause=clause,
            grade=weakest_grade(claim.grade, grade),
            basis=Basis.FLAG,
            source=claim.source,
            best=whole.best,
            worst=whole.worst,
        )


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
