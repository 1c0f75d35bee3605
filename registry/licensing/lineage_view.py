"""What a question about rights is asked of: a model, its claims and its ancestors, as values.

``registry.selectors`` builds these from rows. Pure Python: importing this module must never
import Django.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from registry.licensing.terms import Basis
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Grade


class Reading(StrEnum):
    """How several licence ids in one statement are meant."""

    SURE = "sure"  # one id
    CHOICE = "choice"  # the licensee may choose (SPDX ``OR``)
    DOUBT = "doubt"  # one of them applies, and nobody says which


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

    ``license_id`` is a catalogue id (``other``, ``unknown``, ``none-declared`` when nobody can
    tell), empty for a claim that carries only ``flags``. Each part of an ``Identified`` is a claim.
    """

    license_id: str
    grade: Grade
    source: str
    basis: Basis
    declared: str = ""
    flags: CivitaiFlags | None = None
    others: tuple[str, ...] = ()  # further ids, as ``reading`` says
    reading: Reading = Reading.SURE
    is_official: bool = False  # from the index of official releases: beats tags (rule L12)


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
    is_multimodal: bool | None = None  # ``None``: nobody says
    awaits_license: bool = False  # not published yet: its own licence is still to be chosen
    is_stack: bool = False  # files that run together: no model, no licence of its own
    releases: tuple[str, ...] = ()  # its names in the index, if that has texts of days (rule L15)
    copy: int = 0  # which of several texts that bind by different ways (rule L36); 0: all it has

    @property
    def place(self) -> NodeId:
        """Return where it stands in a lineage, which may have a model under several texts."""
        return NodeId(f"{self.id}\0{self.copy}") if self.copy else self.id  # no name has a NUL


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A subject and all that was found above it; ``edges`` nearest first."""

    subject: NodeId
    nodes: Mapping[NodeId, Node]
    edges: tuple[Edge, ...] = ()
