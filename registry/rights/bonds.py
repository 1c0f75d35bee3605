"""Licence statements as columns: which texts bind a model, how, and how firmly.

Conflicts between texts (rules L26 to L31) depend on the set of statements that bind, and on nothing
else of a lineage. A statement is therefore a column of two bits, "it binds" and "firmly so", for
each role in which the rules ask for it; columns join with ``|`` like all others. What a set of
columns comes to is worked out by ``registry.licensing.conflicts`` itself, once for each distinct
set. Pure Python: importing this module must never import Django.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache, reduce
from operator import or_
from typing import NamedTuple

from registry.licensing.catalog import all_terms
from registry.licensing.codes import ConflictCode
from registry.licensing.conflicts import conflicts_of, restricts_training
from registry.licensing.grounds import terms_or_unknown
from registry.licensing.interval import Interval, join_all
from registry.licensing.lineage_view import NodeClaim, Reading
from registry.licensing.osadl import compatibility, is_software
from registry.licensing.restrictions import (
    bars_further_restrictions,
    further_restrictions,
    is_network_copyleft,
    is_share_alike,
    name_prefixes,
    prefixes_after_training,
)
from registry.licensing.statements import Statement
from registry.licensing.terms import LicenseTerms
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade
from registry.rights.layout import CODES, QUESTIONS, RELICENSE, best_bits, worst_bits

_SOMEBODY = NodeId("somebody")
BITS = 2  # of a column: it binds; firmly so


class Role(StrEnum):
    """How the rules ask for a statement."""

    SHARED = "shared"  # it binds the licence of a derivative
    BEGINNING = "beginning"  # the same, of a model without known parents (rule L29)
    TRAINED = "trained"  # it binds because of training on outputs (rule L31)


class Key(NamedTuple):
    """A statement: its texts by catalogue id, and how several are meant."""

    ids: tuple[str, ...]
    reading: Reading

    @classmethod
    def of(cls, statement: Statement) -> "Key":
        """Return the key of a statement of the object engine."""
        return cls(tuple(terms.id for terms in statement.texts), statement.reading)

    @property
    def texts(self) -> tuple[LicenseTerms, ...]:
        """Return the records."""
        return tuple(terms_or_unknown(license_id) for license_id in self.ids)


class Column(NamedTuple):
    """All statements that the rules cannot tell apart in one role; one of them stands for all."""

    role: Role
    key: Key


@dataclass(frozen=True, slots=True, eq=False)
class Bonds:
    """The columns of every statement that can take part in a conflict.

    ``place``: the column of each statement in each role in which it matters.
    """

    keys: frozenset[Key]
    columns: tuple[Column, ...]
    place: Mapping[tuple[Role, Key], int]

    @property
    def bits(self) -> int:
        """Return how many bits all columns take."""
        return BITS * len(self.columns)

    def bits_of(self, role: Role, statements: Iterable[Statement]) -> Iterator[int]:
        """Yield the bits of some statements in one role."""
        for statement in statements:
            at = self.place.get((role, Key.of(statement)))
            if at is not None:
                yield BITS * at
                if statement.is_firm:
                    yield BITS * at + 1

    def knows(self, keys: Iterable[Key]) -> bool:
        """Return whether columns were made for all of ``keys``."""
        return self.keys.issuperset(keys)


class Clashing(NamedTuple):
    """What the conflicts of a set of statements make of a row."""

    best: int  # thermometers of the best ends, as in a row
    worst: int
    codes: int  # a bit for each of ``CODES``


def keys_of(claim_sets: Iterable[Sequence[NodeClaim]]) -> frozenset[Key]:
    """Return every statement of some claims."""
    return frozenset(key for claims in claim_sets for key in keys_said(claims))


def keys_said(claims: Sequence[NodeClaim]) -> Iterator[Key]:
    """Yield the statement of each claim that speaks of a licence."""
    for claim in claims:
        if claim.license_id:
            yield _key(claim.license_id, claim.others, claim.reading)


@lru_cache(maxsize=100_000)
def _key(license_id: str, others: tuple[str, ...], reading: Reading) -> Key:
    ids = tuple(sorted({license_id, *others}))
    texts = tuple(terms_or_unknown(one).id for one in ids)
    return Key(texts, reading if len(ids) > 1 else Reading.SURE)


def bonds_of(keys: Iterable[Key]) -> Bonds:
    """Return the columns of ``keys`` and of every text of the catalogue by itself."""
    known = frozenset({*keys, *(Key((terms.id,), Reading.SURE) for terms in all_terms())})
    place: dict[tuple[Role, Key], int] = {}
    first: dict[tuple[Role, object], int] = {}
    columns: list[Column] = []
    for role, reads in _READS.items():
        for key in sorted(known):
            read = [reads(terms) for terms in key.texts]
            if any(one != _NOTHING for one in read):
                alike = (role, (tuple(read), key.reading, _statement(key, is_firm=True).is_firm))
                place[role, key] = first.setdefault(alike, len(columns))
                if first[alike] == len(columns):
                    columns.append(Column(role, key))
    return Bonds(known, tuple(columns), place)


_NOTHING = ()  # all that the rules read of a text which can take part in no conflict


@cache
def _read_of_shared(terms: LicenseTerms) -> tuple[object, ...]:
    """Return all that rules L26 to L30 read of a text in the licence of a derivative."""
    if is_share_alike(terms) or bars_further_restrictions(terms):
        return (terms.id,)
    imposes = tuple(further_restrictions(over, terms) for over in _texts(bars_further_restrictions))
    family = terms.family if terms.training_rule.exclusive_family else None
    goes_into = (
        tuple(compatibility(outbound=other, inbound=terms) for other in _texts(is_software))
        if is_software(terms)
        else ()
    )
    prefixes = name_prefixes(terms)
    is_network = is_network_copyleft(terms)
    if not (any(imposes) or family is not None or goes_into or prefixes or is_network):
        return _NOTHING
    weighed = tuple(tuple(one.is_certain for one in some) for some in imposes)
    certain = tuple((bool(some), any(some)) for some in weighed)
    return certain, family, goes_into, prefixes, is_network


@cache
def _read_of_beginning(terms: LicenseTerms) -> tuple[object, ...]:
    """Return all that rule L29 reads of a model without known parents."""
    if terms.names_no_text:
        return _NOTHING
    exclusive = {one.family for one in _texts(lambda text: text.training_rule.exclusive_family)}
    return (terms.family if terms.family in exclusive else "another",)


@cache
def _read_of_trained(terms: LicenseTerms) -> tuple[object, ...]:
    """Return all that rules L30 and L31 read of a text that binds because of training."""
    said = restricts_training(terms), prefixes_after_training(terms)
    return said if any(said) else _NOTHING


def _texts(chosen: Callable[[LicenseTerms], bool]) -> list[LicenseTerms]:
    return [terms for terms in all_terms() if chosen(terms)]


_READS: Mapping[Role, Callable[[LicenseTerms], tuple[object, ...]]] = {
    Role.SHARED: _read_of_shared,
    Role.BEGINNING: _read_of_beginning,
    Role.TRAINED: _read_of_trained,
}


def _statement(key: Key, *, is_firm: bool) -> Statement:
    grade = Grade.TEXT_MATCHED if is_firm else Grade.PROSE
    return Statement(texts=key.texts, reading=key.reading, ancestors=(_SOMEBODY,), grade=grade)


def clashing(columns: Iterable[tuple[Column, bool]], codes: Container[ConflictCode]) -> Clashing:
    """Return what conflicts of ``codes`` between some statements, each firm or not, come to."""
    said: dict[Role, list[Statement]] = {role: [] for role in Role}
    for (role, key), is_firm in columns:
        said[role].append(_statement(key, is_firm=is_firm))
    for statements in said.values():
        statements.sort(key=Key.of)  # as ``statements_of`` has it
    every = conflicts_of(said[Role.SHARED], said[Role.TRAINED], said[Role.BEGINNING])
    findings = [finding for finding in every if finding.code in codes]
    effects: dict[str, list[Interval]] = {question: [] for question in QUESTIONS}
    for finding in findings:
        effects[RELICENSE].append(finding.relicense)
        for permission, interval in finding.effects:
            effects[permission].append(interval)
    joined = {question: join_all(some) for question, some in effects.items() if some}
    found = {CODES.index(finding.code) for finding in findings}
    return Clashing(
        best=_ored(best_bits(question, known.best) for question, known in joined.items()),
        worst=_ored(worst_bits(question, known.worst) for question, known in joined.items()),
        codes=_ored(1 << code for code in found),
    )


def _ored(bits: Iterable[int]) -> int:
    return reduce(or_, bits, 0)
