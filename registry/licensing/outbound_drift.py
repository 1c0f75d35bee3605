"""What a verdict would find against a declaration that is only planned.

The same functions as a verdict uses, on what the ancestors say read once: the search asks about
every licence of the catalogue. Pure Python: importing this module must never import Django.
Source: README.md, rules L32 to L34 and L44.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.licensing.catalog import terms_of
from registry.licensing.declared import Declared, Inherited
from registry.licensing.drift import drift_of
from registry.licensing.drift_added import restrictions_added
from registry.licensing.lineage_view import CivitaiFlags, Lineage
from registry.licensing.outbound_rules import Clause, Objection
from registry.licensing.outbound_texts import binding_texts
from registry.licensing.statements import Bond, Statement
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade


@dataclass(frozen=True, slots=True)
class PlannedDrift:
    """What the ancestors of a planned model say, and the flags its author sets."""

    subject: NodeId
    flags: tuple[CivitaiFlags, ...]
    inherited: Inherited

    @classmethod
    def of(cls, lineage: Lineage) -> "PlannedDrift":
        """Return what declarations of the subject of ``lineage`` are compared with."""
        subject = lineage.nodes[lineage.subject]
        return cls(
            subject=subject.id,
            flags=tuple(claim.flags for claim in subject.claims if claim.flags is not None),
            inherited=Inherited(
                handed_on=binding_texts(lineage, Bond.HANDED_ON),
                shared=binding_texts(lineage, Bond.SHARED),
                trained=binding_texts(lineage, Bond.TRAINED),
            ),
        )

    def against(self, license_ids: Sequence[str]) -> Iterator[Objection]:
        """Yield the drift of declaring some licences, all of which would apply."""
        statements = [
            Statement(texts=(terms_of(i),), ancestors=(self.subject,), grade=Grade.TEXT_LINKED)
            for i in license_ids
        ]
        yield from self._barred_flags(statements)
        declared = Declared(subject=self.subject, statements=statements, flags=self.flags)
        for finding in drift_of(declared, self.inherited):
            because = f"{finding.code.value}: {finding.because}"
            yield Objection(Clause.DRIFT, because, finding.ancestors)

    def _barred_flags(self, statements: Sequence[Statement]) -> Iterator[Objection]:
        """Yield that a licence bars what the author's own flags would add to it."""
        flags_only = Declared(subject=self.subject, flags=self.flags)
        for own in statements:
            if any(restrictions_added(flags_only, [own])):
                because = f"{own.texts[0].name}: it bars the restrictions that the flags add"
                yield Objection(Clause.FURTHER_RESTRICTIONS, because)
