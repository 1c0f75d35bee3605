"""One statement that something was made from something else.

Every reader of this package returns these; ``registry.snapshots`` hands them over as edges.
Pure Python: importing this module must never import Django.
"""

import msgspec

from registry.lineage.relations import Evidence, Grade, Relation


class ParentClaim(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody says that a version was made from ``parent_ref``."""

    parent_ref: str  # spelt as ``registry.lineage.references`` says
    relation: Relation
    evidence: Evidence
    grade: Grade
    source: str  # where it was read, e.g. a URL or "README.md: base_model"
    weight: float | None = None
    detail: str = ""  # method or formula, as given


class AncestorClaim(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file says that *another* model, one that it was made from, was made from something.

    ``child_ref`` is that other model, spelt like a parent; it need not be mirrored. Whoever writes
    a header may write anything about other people's files, so ``claim`` is never firm: E5, a third
    party's word, or E6.
    """

    child_ref: str
    claim: ParentClaim
