"""Terms of several ancestors that cannot, or may not, be met together.

A finding depends on the set of texts that bind, not on the shape of the lineage; only rule L29
asks which models are beginnings. Pure Python: importing this module must never import Django.
Source: README.md, rules L26 to L31; facts/license_terms.md section 5, rules 5 and 9 to 11.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

from registry.licensing.codes import ConflictCode
from registry.licensing.findings import Finding
from registry.licensing.grounds import terms_or_unknown
from registry.licensing.interval import DOUBTED, FORBIDDEN, UNKNOWN
from registry.licensing.lineage_view import Reading
from registry.licensing.osadl import Compatibility, compatibility, is_software
from registry.licensing.restrictions import (
    Imposition,
    bars_further_restrictions,
    further_restrictions,
    is_network_copyleft,
    is_share_alike,
    name_prefixes,
    prefixes_after_training,
)
from registry.licensing.statements import Statement
from registry.licensing.terms import Grant, LicenseTerms, Permission
from registry.licensing.vocabulary import TrainingRule

SHARING = (Permission.REDISTRIBUTE, Permission.SELL_WEIGHTS, Permission.SHARE_DERIVATIVES)
HOSTING = (Permission.HOST_FREE, Permission.HOST_PAID)
_OPEN_RULES = {TrainingRule.UNRESTRICTED, TrainingRule.DERIVATIVE, TrainingRule.NAME_AND_DISPLAY}
_CLAUSES: Mapping[ConflictCode, str] = {
    ConflictCode.SHARE_ALIKE_CONFLICT: "share_alike.accepts",
    ConflictCode.FURTHER_RESTRICTIONS_CONFLICT: "share_alike.forbids_further_restrictions",
    ConflictCode.OSADL_INCOMPATIBLE: "OSADL matrix",
    ConflictCode.EXCLUSIVE_FAMILY: "training_rule.exclusive_family",
    ConflictCode.NAME_PREFIX_CONFLICT: "duties.name_prefix",
    ConflictCode.TRAINING_ON_OUTPUTS: "training_rule.rule",
}
_UNSHAREABLE = {
    ConflictCode.SHARE_ALIKE_CONFLICT,
    ConflictCode.FURTHER_RESTRICTIONS_CONFLICT,
    ConflictCode.OSADL_INCOMPATIBLE,
}
_WORST_LAST = (Compatibility.YES, Compatibility.UNKNOWN, Compatibility.NO)


class Clash(NamedTuple):
    """A conflict before its effects are worked out."""

    code: ConflictCode
    because: str
    said: Sequence[Statement]
    is_firm: bool


def conflicts_of(
    shared: Sequence[Statement],
    trained: Sequence[Statement] = (),
    beginnings: Sequence[Statement] = (),
) -> tuple[Finding, ...]:
    """Return every conflict between the texts of several ancestors (rules L26 to L31).

    :param shared: what binds the licence of a derivative (``Bond.SHARED``)
    :param trained: what binds because of training on outputs (``Bond.TRAINED``)
    :param beginnings: of ``shared``, what is said of models that have no known parents
    """
    clashes = (
        *_share_alike(shared),
        *_further(shared),
        *_software(shared),
        *_exclusive(shared, beginnings),
        *_prefixes(shared, trained),
        *_training(trained),
    )
    findings: dict[tuple[ConflictCode, str], Finding] = {}
    for clash in sorted(clashes, key=lambda clash: clash.is_firm):  # a firm one replaces
        findings[clash.code, clash.because] = _finding(clash)
    return tuple(findings[key] for key in sorted(findings))


def accepted_outbound(
    shared: Iterable[Statement], *, strictly: bool = False
) -> frozenset[str] | None:
    """Return the licences under which all share-alike ancestors let a derivative go out.

    ``None``: no ancestor restricts the choice. Of a choice every text's licences count, of a
    doubt as well unless ``strictly`` (rule L26).
    """
    accepted: frozenset[str] | None = None
    for statement in shared:
        ids = _accepted(statement, strictly=strictly)
        if ids is not None:
            accepted = ids if accepted is None else accepted & ids
    return accepted


def restricts_training(terms: LicenseTerms) -> bool:
    """Return whether a text bars or limits training other models on outputs (rule L31)."""
    is_barred = terms.grant(Permission.TRAIN_ON_OUTPUTS) is Grant.FORBIDDEN
    return is_barred or terms.training_rule.rule not in _OPEN_RULES


def _accepted(statement: Statement, *, strictly: bool) -> frozenset[str] | None:
    lists = [frozenset(terms.share_alike.accepts) for terms in statement.texts]
    if strictly and statement.reading is Reading.DOUBT:
        asked = [ids for ids in lists if ids]
        return frozenset.intersection(*asked) if asked else None
    return frozenset[str]().union(*lists) if all(lists) else None


def _share_alike(shared: Sequence[Statement]) -> Iterator[Clash]:
    """Find that no licence is accepted by all (rule L26)."""
    if accepted_outbound(shared, strictly=True) != frozenset():
        return
    asking = [s for s in shared if any(is_share_alike(terms) for terms in s.texts)]
    is_firm = accepted_outbound(s for s in shared if s.is_firm) == frozenset()
    because = f"No licence of derivatives is accepted by all of {_names(asking)}."
    yield Clash(ConflictCode.SHARE_ALIKE_CONFLICT, because, asking, is_firm)


def _further(shared: Sequence[Statement]) -> Iterator[Clash]:
    """Find that one text bars what another must impose (rule L27)."""
    for over, added in product(shared, shared):
        is_possible, is_certain = _holds(over, added, _is_further)
        if is_possible and over is not added:
            because = (
                f"{_names([over])} bars further restrictions; {_names([added])} imposes "
                f"{', '.join(_imposed(over, added))}."
            )
            is_firm = is_certain and over.is_firm and added.is_firm
            yield Clash(ConflictCode.FURTHER_RESTRICTIONS_CONFLICT, because, [over, added], is_firm)


def _imposed(over: Statement, added: Statement) -> list[str]:
    pairs = product(over.texts, added.texts)
    return [*dict.fromkeys(i.what for one, other in pairs for i in _further_of(one, other))]


def _further_of(over: LicenseTerms, added: LicenseTerms) -> tuple[Imposition, ...]:
    return further_restrictions(over, added) if bars_further_restrictions(over) else ()


def _is_further(over: LicenseTerms, added: LicenseTerms) -> tuple[bool, bool]:
    imposed = _further_of(over, added)
    return bool(imposed), any(imposition.is_certain for imposition in imposed)


def _software(shared: Sequence[Statement]) -> Iterator[Clash]:
    """Find that no accepted licence takes in every software licence (rule L28)."""
    software = [s for s in shared if len(s.texts) == 1 and is_software(s.texts[0])]
    verdict = _taken_in(software)
    if verdict is not Compatibility.YES:
        certain = _taken_in([s for s in software if s.is_firm])
        says = "no" if verdict is Compatibility.NO else "unknown"
        because = f"OSADL's matrix on a work that contains {_names(software)}: {says}."
        is_firm = certain is Compatibility.NO
        yield Clash(ConflictCode.OSADL_INCOMPATIBLE, because, software, is_firm)


def _taken_in(software: Sequence[Statement]) -> Compatibility:
    """Return how well the best outbound licence takes in all of ``software``."""
    copyleft = [s.texts[0] for s in software if is_share_alike(s.texts[0])]
    if not copyleft:
        return Compatibility.YES
    accepted = accepted_outbound(software) or {terms.id for terms in copyleft}
    outbound = [terms for terms in map(terms_or_unknown, sorted(accepted)) if is_software(terms)]
    worst = [
        max(
            (compatibility(outbound=terms, inbound=s.texts[0]) for s in software),
            key=_WORST_LAST.index,
        )
        for terms in outbound
    ]
    return min(worst, key=_WORST_LAST.index, default=Compatibility.YES)


def _exclusive(shared: Sequence[Statement], beginnings: Sequence[Statement]) -> Iterator[Clash]:
    """Find that a text which bars improving other families is mixed with one (rule L29)."""
    for own, other in product(shared, beginnings):
        is_possible, is_certain = _holds(own, other, _is_exclusive)
        if is_possible:
            because = (
                f"{_names([own])} bars improving models of other families; the lineage also "
                f"begins with a model under {_names([other])}."
            )
            is_firm = is_certain and own.is_firm and other.is_firm
            yield Clash(ConflictCode.EXCLUSIVE_FAMILY, because, [own, other], is_firm)


def _is_exclusive(own: LicenseTerms, other: LicenseTerms) -> tuple[bool, bool]:
    differ = own.family != other.family and not other.names_no_text
    found = own.training_rule.exclusive_family and differ
    return found, found


_Prefixes = Callable[[LicenseTerms], frozenset[str]]


def _prefixes(shared: Sequence[Statement], trained: Sequence[Statement]) -> Iterator[Clash]:
    """Find that two names cannot both come first (rule L30)."""
    named = [
        *((statement, name_prefixes) for statement in shared),
        *((statement, prefixes_after_training) for statement in trained),
    ]
    for (first, asked), (second, also) in combinations(named, 2):
        is_possible, is_certain = _holds(first, second, _prefixes_differ(asked, also))
        if is_possible:
            pairs = ((first, asked), (second, also))
            names = sorted({p for s, asks in pairs for t in s.texts for p in asks(t)})
            because = f"Each of these must come first in the name: {', '.join(names)}."
            is_firm = is_certain and first.is_firm and second.is_firm
            yield Clash(ConflictCode.NAME_PREFIX_CONFLICT, because, [first, second], is_firm)


def _prefixes_differ(asked: _Prefixes, also: _Prefixes) -> "_Test":
    def test(first: LicenseTerms, second: LicenseTerms) -> tuple[bool, bool]:
        found = any(
            not (one.startswith(other) or other.startswith(one))
            for one, other in product(asked(first), also(second))
        )
        return found, found

    return test


def _training(trained: Sequence[Statement]) -> Iterator[Clash]:
    """Find that a text restricts training on outputs (rule L31)."""
    for statement in trained:
        if any(map(restricts_training, statement.texts)):
            rules = {terms.training_rule.rule.value.replace("_", " ") for terms in statement.texts}
            because = (
                f"Trained on outputs; {_names([statement])} restricts that: "
                f"{', '.join(sorted(rules))}."
            )
            is_firm = statement.is_firm and all(map(restricts_training, statement.texts))
            yield Clash(ConflictCode.TRAINING_ON_OUTPUTS, because, [statement], is_firm)


_Test = Callable[[LicenseTerms, LicenseTerms], tuple[bool, bool]]


def _holds(first: Statement, second: Statement, test: _Test) -> tuple[bool, bool]:
    """Return whether a test may hold for two statements, and whether it certainly does.

    The licensee would choose the texts that go together; of a doubt any text may apply.
    """
    of_first = any if first.reading is Reading.DOUBT else all
    of_second = any if second.reading is Reading.DOUBT else all
    results = [[test(one, other) for other in second.texts] for one in first.texts]
    is_possible = of_first(of_second(found for found, _ in row) for row in results)
    return is_possible, all(certain for row in results for _, certain in row)


def _names(said: Iterable[Statement]) -> str:
    return ", ".join(dict.fromkeys(" or ".join(t.name for t in s.texts) for s in said))


def _finding(clash: Clash) -> Finding:
    """Return a finding with its effects (rule L23): forbidden, or a person has to look at it."""
    stated = FORBIDDEN if clash.code in _UNSHAREABLE else UNKNOWN
    interval = stated if clash.is_firm else DOUBTED
    pairs = sorted({(n, t.id) for s in clash.said for n in s.ancestors for t in s.texts})
    return Finding(
        code=clash.code,
        because=clash.because,
        clause=_CLAUSES[clash.code],
        ancestors=tuple(dict.fromkeys(node for node, _ in pairs)),
        licenses=tuple(dict.fromkeys(license_id for _, license_id in pairs)),
        grade=max((s.grade for s in clash.said), key=lambda grade: grade.value),
        is_firm=clash.is_firm,
        effects=tuple((permission, interval) for permission in _bound(clash)),
        relicense=interval,
    )


def _bound(clash: Clash) -> Sequence[Permission]:
    if clash.code is ConflictCode.EXCLUSIVE_FAMILY:
        return (Permission.CREATE_DERIVATIVES, *SHARING)
    is_network = any(is_network_copyleft(terms) for s in clash.said for terms in s.texts)
    return (*SHARING, *HOSTING) if clash.code in _UNSHAREABLE and is_network else SHARING
