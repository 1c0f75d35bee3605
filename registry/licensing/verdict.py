"""Answer "may I?" for a model and everything it was made from.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from registry.licensing.terms import Basis, Level, Permission, Word
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Coverage, Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class CivitaiFlags:
    """A creator's four permission flags; ``None`` where the page does not say.

    ``commercial`` is the set allowCommercialUse; members nobody knows stay in it and grant nothing.
    """

    no_credit: bool | None = None
    commercial: frozenset[str] | None = None
    derivatives: bool | None = None
    different_license: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeClaim:
    """One licence statement about one node, identified or not.

    ``license_id`` is a catalogue id (``other``, ``unknown``, ``none-declared`` when nobody can tell),
    empty for a claim that carries only ``flags``.
    """

    license_id: str
    grade: Grade
    source: str
    basis: Basis
    declared: str = ""
    flags: CivitaiFlags | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One model in a lineage."""

    id: NodeId
    label: str
    claims: tuple[NodeClaim, ...] = ()
    is_open: bool = False  # named by somebody, seen by nobody
    is_checkpoint: bool = True
    looks_merged: bool = False
    is_official_base: bool = False
    is_service: bool = False
    attested_recipe: bool = False  # a complete recipe names all its parents


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A subject and all that was found above it; ``edges`` nearest first."""

    subject: NodeId
    nodes: Mapping[NodeId, Node]
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One reason: what one ancestor's licence says about one permission."""

    ancestor: NodeId
    license: str
    clause: str
    grade: Grade
    basis: Basis
    source: str
    best: Level
    worst: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionVerdict:
    """The answer for one permission."""

    word: Word
    best: Word
    worst: Word
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something owed, and to which ancestor."""

    duty: str
    value: str
    trigger: str
    ancestor: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRestriction:
    """One forbidden use, with the ancestors whose text forbids it."""

    tag: str
    ancestors: tuple[NodeId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsVerdict:
    """The answer to "may I?", with every reason for it."""

    rights: Mapping[Permission, PermissionVerdict]
    coverage: Coverage
    duties: tuple[Duty, ...] = ()
    use_restrictions: tuple[UseRestriction, ...] = ()
    open_edges: tuple[Edge, ...] = ()
    edges: tuple[Edge, ...] = ()
    notes: tuple[str, ...] = field(default=())
