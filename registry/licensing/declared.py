"""What a page declares and what its ancestors say: the two sides that drift compares.

Pure Python: importing this module must never import Django. Source: README.md, rule L32.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registry.licensing.civitai_flags import says_something
from registry.licensing.codes import DriftCode
from registry.licensing.findings import Finding
from registry.licensing.lineage_view import CivitaiFlags
from registry.licensing.statements import Statement
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a page says of itself: licence statements, Civitai flags or both."""

    subject: NodeId
    statements: Sequence[Statement] = ()
    flags: Sequence[CivitaiFlags] = ()

    @property
    def says_anything(self) -> bool:
        """Return whether there is anything that could drift."""
        return bool(self.statements) or any(map(says_something, self.flags))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """What the ancestors say, by how it binds; ``unverifiable``: ancestors without a text."""

    handed_on: Sequence[Statement] = ()
    shared: Sequence[Statement] = ()
    trained: Sequence[Statement] = ()
    unverifiable: Sequence[NodeId] = ()


def names(said: Iterable[Statement]) -> str:
    """Return the names of the texts of some statements, each once."""
    return ", ".join(dict.fromkeys(" or ".join(t.name for t in s.texts) for s in said))


def drift_finding(code: DriftCode, because: str, clause: str, ancestor: Statement) -> Finding:
    """Return a finding about what one ancestor's text says."""
    return Finding(
        code=code,
        because=because,
        clause=clause,
        ancestors=ancestor.ancestors,
        licenses=tuple(terms.id for terms in ancestor.texts),
        grade=ancestor.grade,
        is_firm=ancestor.is_firm,
    )


def page_finding(
    code: DriftCode, because: str, declared: Declared, ancestors: Sequence[NodeId] = ()
) -> Finding:
    """Return a finding about what the page itself says, or about what nobody can check.

    A page without a licence statement speaks by its flags, which are evidence of grade E4.
    """
    return Finding(
        code=code,
        because=because,
        clause="",
        ancestors=tuple(ancestors) or (declared.subject,),
        licenses=tuple(dict.fromkeys(t.id for s in declared.statements for t in s.texts)),
        grade=min(
            (statement.grade for statement in declared.statements),
            default=Grade.PLATFORM_FLAG,
            key=lambda grade: grade.value,
        ),
    )
