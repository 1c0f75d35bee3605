"""Whether a derivative may go out under other terms.

Pure Python: importing this module must never import Django. Source: README.md, rule L22.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from registry.licensing.civitai_flags import ADDENDUM, restriction, says_something
from registry.licensing.findings import Ground
from registry.licensing.grounds import (
    NO_LICENSE,
    UNKNOWN_LICENSE,
    basis_of,
    by_model,
    is_overruled,
    terms_or_unknown,
    why_unlicensed,
)
from registry.licensing.interval import (
    ALLOWED,
    CONDITIONAL,
    DOUBTED,
    FORBIDDEN,
    UNKNOWN,
    Interval,
    join_all,
)
from registry.licensing.lineage_view import Node, Reading
from registry.licensing.routes import Act, Reach, Routes, weakest_grade
from registry.licensing.statements import Bond, Statement, statements_of
from registry.licensing.terms import Basis, LicenseTerms, Permission
from registry.licensing.vocabulary import Relicense
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade

_STATED: Mapping[Relicense, Interval] = {
    Relicense.FREE: ALLOWED,
    Relicense.KEEP_NOTICES: ALLOWED,
    Relicense.KEEP_USE_RESTRICTIONS: CONDITIONAL,
    Relicense.ORIGINAL_TERMS_PERSIST: CONDITIONAL,
    Relicense.SAME_LICENCE_FILE: CONDITIONAL,
    Relicense.SAME_LICENCE_LIBRARY: CONDITIONAL,
    Relicense.SAME_OR_MORE_RESTRICTIVE: CONDITIONAL,
    Relicense.SAME_LICENCE: FORBIDDEN,
    Relicense.NONE: FORBIDDEN,
    Relicense.UNKNOWN: UNKNOWN,
}
_DIFFERENT: Mapping[bool | None, Interval] = {  # allowDifferentLicense
    True: ALLOWED,
    False: CONDITIONAL,  # under the same flags
    None: ALLOWED.hull(CONDITIONAL),
}


def relicense_of(terms: LicenseTerms) -> Interval:
    """Return what a text makes of other terms for derivatives (rule L22)."""
    if terms.names_no_text:
        return UNKNOWN
    if terms.relicense is Relicense.SAME_OR_MORE_PERMISSIVE:
        others = set(terms.share_alike.accepts) - {terms.id}
        return CONDITIONAL if others else FORBIDDEN
    return _STATED[terms.relicense]


def relicense_grounds(
    nodes: Sequence[Node], routes: Routes, unknown: Mapping[NodeId, str]
) -> Iterator[Ground]:
    """Yield every reason for the answer on other terms.

    :param unknown: why an unknown parent must be assumed, by place; empty for none (rule L19)
    """
    yield from by_model(nodes, lambda node: _spoken(node, routes))
    yield from by_model(nodes, lambda node: _unspoken(node, routes, unknown))


def _spoken(node: Node, routes: Routes) -> Iterator[Ground]:
    """Yield what a model's own texts say, each on the evidence of its own statement."""
    for claim in node.claims:
        if is_overruled(node, claim):
            continue
        alone = replace(node, claims=(claim,))
        for statement in statements_of([alone], routes, Bond.SHARED, of_subject=True):
            said = ", ".join(dict.fromkeys(t.relicense.value for t in statement.texts))
            rests_on = (basis_of(claim, statement.texts[0]), claim.source)
            license_id, interval = statement.texts[0].id, _together(statement)
            yield _ground(node.id, license_id, said, statement.grade, interval, rests_on)


def _unspoken(node: Node, routes: Routes, unknown: Mapping[NodeId, str]) -> Iterator[Ground]:
    """Yield what no text says: a model's flags, and what nobody knows of it."""
    bound = [reach for reach in routes.reaches[node.place] if Act.BUILD_ON in reach.way.acts]
    if bound:
        yield from _of_flags(node, bound)
        yield from _of_unknown(node, bound, unknown[node.place])


def _together(statement: Statement) -> Interval:
    """Return what the texts of a statement come to: a choice is the licensee's (rule L13)."""
    intervals = [relicense_of(terms) for terms in statement.texts]
    if statement.reading is Reading.CHOICE:
        whole = reduce(Interval.meet, intervals)
    elif statement.reading is Reading.DOUBT:
        whole = reduce(Interval.hull, intervals)
    else:
        whole = join_all(intervals)
    return whole if statement.is_firm or whole == UNKNOWN else whole.weakened()


def _of_flags(node: Node, reaches: Sequence[Reach]) -> Iterator[Ground]:
    ways = [reach for reach in reaches if not reach.way.is_distilled]
    for claim in node.claims:
        if claim.flags is None or not says_something(claim.flags):
            continue
        for reach in ways:
            found = restriction(claim.flags, Permission.SHARE_DERIVATIVES, reach.way)
            sharing = found.interval if found else ALLOWED
            interval = _DIFFERENT[claim.flags.different_license].join(sharing)
            said = "allowDifferentLicense and allowDerivatives"
            grade = weakest_grade(reach.grade, claim.grade)
            yield _ground(node.id, ADDENDUM, said, grade, interval, (Basis.FLAG, claim.source))


def _of_unknown(node: Node, reaches: Sequence[Reach], unknown_parent: str) -> Iterator[Ground]:
    grade = min((reach.grade for reach in reaches), key=lambda grade: grade.value)
    licenses = [claim for claim in node.claims if claim.license_id]
    if reason := why_unlicensed(node, licenses):
        yield _ground(node.id, NO_LICENSE, reason, weakest_grade(grade, Grade.TAG), UNKNOWN)
    if unknown_parent:
        clause = f"an unknown parent: {unknown_parent}"
        yield _ground(node.id, UNKNOWN_LICENSE, clause, Grade.INFERRED, DOUBTED)


def _ground(
    node: NodeId,
    license_id: str,
    said: str,
    grade: Grade,
    interval: Interval,
    rests_on: tuple[Basis, str] = (Basis.SILENCE, ""),
) -> Ground:
    """Return one reason; ``rests_on`` is its basis (rule L21) and where it was read."""
    known = interval if grade.is_firm else interval.weakened()
    terms = terms_or_unknown(license_id)
    return Ground(
        ancestor=node,
        license=license_id,
        clause=f"relicense: {said.replace('_', ' ')}",
        grade=grade,
        basis=rests_on[0],
        source=rests_on[1],
        best=known.best,
        worst=known.worst,
        text_url=terms.text_url[0] if terms.text_url else "",
    )
