"""Under which licences a model may go out: the search over the catalogue (rule 12).

Pure Python: importing this module must never import Django. Source: README.md, rules L39 to L45;
facts/license_terms.md section 5, rule 12.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from registry.licensing.interval import Interval
from registry.licensing.lineage_view import Lineage
from registry.licensing.outbound_candidates import POPULAR, Wish, candidates, is_anybodys, rank
from registry.licensing.outbound_drift import PlannedDrift
from registry.licensing.outbound_rules import Clause, Objection, accepted_by, objections_to
from registry.licensing.outbound_texts import (
    TermSet,
    binding_texts,
    granted_above,
    handed_on,
)
from registry.licensing.statements import Bond, Statement
from registry.licensing.terms import Level, LicenseTerms, Permission

MOST_REASONS = 12  # given against one licence
_MOST_OWN = 20  # texts of parents that a reason is given for
_MOST_TOGETHER = 6  # texts stacked on one model; more are for a lawyer


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A licence the author may declare; ``distance`` from his wish, 0 meets it."""

    license: str
    name: str
    distance: int
    is_parents: bool  # some parent's own text


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A licence the author may not declare; ``more`` counts the reasons left out."""

    license: str
    name: str
    because: tuple[Objection, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """The licences a model may go out under, the nearest to the wish first.

    ``together``: where no single one is valid, the texts that all apply if the model is handed
    on under each of them; empty if that does not help either. ``finding`` says why ``offers`` is
    empty, and is empty itself otherwise.
    """

    offers: tuple[Offer, ...]
    rejected: tuple[Rejected, ...]
    together: tuple[str, ...] = ()
    finding: str = ""


def outbound_of(lineage: Lineage, *, wish: Wish) -> Outbound:
    """Return under which licences of the catalogue a model may go out."""
    published = handed_on(lineage)
    search = _Search(
        binding=binding_texts(published, Bond.SHARED),
        parts=binding_texts(published, Bond.HANDED_ON),
        trained=binding_texts(published, Bond.TRAINED),
        above=granted_above(published),
        wish=wish,
        drift=PlannedDrift.of(published),
    )
    return search.outcome()


@dataclass(frozen=True, kw_only=True)
class _Search:
    """The search over the catalogue for one model."""

    binding: tuple[Statement, ...]  # what binds the licence of the whole
    parts: tuple[Statement, ...]  # that, and what bundled parts bring along
    trained: tuple[Statement, ...]  # what asks something of models trained on outputs
    above: Mapping[Permission, Interval]
    wish: Wish
    drift: PlannedDrift

    def outcome(self) -> Outbound:
        every = {terms.id: terms for terms in candidates()}
        valid = [terms for terms in every.values() if not any(self._against(terms))]
        of_interest = [every[i] for i in self._worth_a_reason() if i in every]
        together = () if valid else self._together()
        return Outbound(
            offers=tuple(self._offer(terms) for terms in sorted(valid, key=self._rank)),
            rejected=tuple(self._rejected(terms) for terms in of_interest if terms not in valid),
            together=together,
            finding="" if valid else self._finding(together),
        )

    def _rejected(self, terms: LicenseTerms) -> Rejected:
        against = tuple(self._against(terms))
        return Rejected(
            license=terms.id,
            name=terms.name,
            because=against[:MOST_REASONS],
            more=max(0, len(against) - MOST_REASONS),
        )

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(text.id for said in self.parts for text in said.texts)

    @cached_property
    def _accepted(self) -> frozenset[str]:
        """Return the ids that some parent's text accepts, its own among them."""
        texts = [text for said in self.binding for text in said.texts]
        return frozenset().union(*map(accepted_by, texts))

    def _rank(self, terms: LicenseTerms) -> tuple[object, ...]:
        return (*rank(terms, self.wish, self._own, self.above), terms.id)

    def _offer(self, terms: LicenseTerms) -> Offer:
        return Offer(
            license=terms.id,
            name=terms.name,
            distance=self.wish.distance(TermSet((terms,)), self.above),
            is_parents=terms.id in self._own,
        )

    def _worth_a_reason(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*sorted(self._own)[:_MOST_OWN], *POPULAR]))

    def _against(self, terms: LicenseTerms) -> Iterator[Objection]:
        """Yield what stands against a licence; drift only where nothing else does."""
        found = chain(self._not_his(terms), self._against_all((terms,)))
        first = next(found, None)
        yield from self.drift.against([terms.id]) if first is None else chain([first], found)

    def _against_all(self, texts: tuple[LicenseTerms, ...]) -> Iterator[Objection]:
        yield from self._not_shareable()
        yield from objections_to(TermSet(texts), self.binding, self.above)

    def _not_his(self, terms: LicenseTerms) -> Iterator[Objection]:
        if not is_anybodys(terms) and terms.id not in self._accepted:
            because = (
                f"{terms.name}: written for its licensor's own models and what derives from them"
            )
            yield Objection(Clause.NOT_YOURS, because)
        if terms.is_unverified:
            yield Objection(Clause.NOT_VERIFIED, f"{terms.name}: nobody could verify its text")

    def _not_shareable(self) -> Iterator[Objection]:
        shared = self.above[Permission.REDISTRIBUTE]
        if shared.worst is Level.FORBIDDEN:
            sure = "may not" if shared.best is Level.FORBIDDEN else "may or may not"
            yield Objection(Clause.NOT_SHAREABLE, f"the result {sure} be handed on at all")

    def _together(self) -> tuple[str, ...]:
        """Return the binding texts if the model may go out under all of them at once (L43)."""
        tried = (self._stacked(self.parts), self._stacked((*self.parts, *self.trained)))
        return next((ids for ids in tried if ids), ())

    def _stacked(self, said: Sequence[Statement]) -> tuple[str, ...]:
        texts = {text.id: text for statement in said for text in statement.texts}
        if not 1 < len(texts) <= _MOST_TOGETHER or any(t.is_unverified for t in texts.values()):
            return ()
        ids = tuple(sorted(texts))
        stacked = tuple(texts[license_id] for license_id in ids)
        is_barred = any(self._against_all(stacked)) or any(self.drift.against(ids))
        return () if is_barred else ids

    def _finding(self, together: tuple[str, ...]) -> str:
        shared = self.above[Permission.REDISTRIBUTE]
        if shared.best is Level.FORBIDDEN:
            return "The result may not be handed on: no licence makes up for that."
        if shared.worst is Level.FORBIDDEN:
            return "Whether the result may be handed on at all is unclear: that comes first."
        if together:
            stack = " and ".join(together)
            return f"No single text carries all that the parents ask: {stack} apply together."
        return "No licence of the catalogue carries what the parents ask."
