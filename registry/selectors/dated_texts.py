"""Which text of an official release binds, where its publisher replaced the text (rule L15).

No time travel (rule 14 [T]): who built on a release did so under the text of that day, and a later,
laxer one helps only copies obtained under it. The day is the edge's: when the child was published,
or when the statement was first read, whichever came first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

from registry.licensing.official import official_releases
from registry.licensing.verdict import Node, NodeClaim
from registry.lineage.graph import Edge, NodeId
from registry.selectors.as_of import day_of
from registry.selectors.claims import official_claim
from registry.selectors.family import Family
from registry.selectors.statements import Statement


@dataclass(slots=True)
class DatedTexts:
    """The nodes whose official text depends on the day, and the days of edges into them.

    ``asked_on`` is the day asked about, which picks the text of a model asked about itself;
    ``None`` for a question without a date, which rule L15 leaves to the page's own words.
    """

    asked_on: date | None = None
    references: dict[NodeId, tuple[str, ...]] = field(default_factory=dict)
    days: dict[tuple[NodeId, NodeId], set[date]] = field(default_factory=dict)

    def add_node(self, node: NodeId, references: Iterable[str]) -> None:
        """Keep a node if the index has several texts for what it is called."""
        named = tuple(one for one in references if release_named(one) in replaced_releases())
        if named:
            self.references[node] = named

    def add_edge(self, edge: Edge, stated: Iterable[date]) -> None:
        """Keep the days of an edge."""
        self.days.setdefault((edge.child, edge.parent), set()).update(stated)

    def in_force(
        self,
        nodes: Mapping[NodeId, Node],
        subject: NodeId,
        edges: Sequence[Edge],
        *,
        asked_on: date | None = None,
    ) -> Mapping[NodeId, Node]:
        """Return the nodes of one lineage, each under the texts of its days.

        ``asked_on``: the subject's own day, where it is another than that of all subjects.
        """
        day = asked_on or self.asked_on
        return {
            node_id: self._dated(node, self._days_of(node_id, subject, edges, day))
            if node_id in self.references
            else node
            for node_id, node in nodes.items()
        }

    def _days_of(
        self, node: NodeId, subject: NodeId, edges: Sequence[Edge], asked_on: date | None
    ) -> Collection[date]:
        into = [self.days.get((edge.child, edge.parent), set()) for edge in edges]
        days = {
            day for edge, all_ in zip(edges, into, strict=True) if edge.parent == node
            for day in all_
        }  # fmt: skip
        if node == subject and asked_on is not None:
            days.add(asked_on)
        return days

    def _dated(self, node: Node, days: Collection[date]) -> Node:
        """Return a node with every text that was in force on one of ``days``.

        On a day between two texts nobody knows which one was given: then the page's own words
        stay in force beside the texts of the other days.
        """
        found = {day: self._claim_on(node.id, day) for day in sorted(days)}
        texts = {claim.license_id: claim for claim in found.values() if claim is not None}
        if not texts:
            return node
        binds = None not in found.values()
        claims = (replace(claim, is_official=binds) for claim in texts.values())
        return replace(node, claims=(*node.claims, *claims), is_official_base=True, is_open=False)

    def _claim_on(self, node: NodeId, day: date) -> NodeClaim | None:
        claims = (official_claim(reference, on=day) for reference in self.references[node])
        return next((claim for claim in claims if claim is not None), None)


def day_of_statement(statement: Statement, family: Family) -> date:
    """Return the day on which a child was made from its parent, at the latest."""
    version = family.versions.get(statement.child)  # none: a header told it of bytes unseen
    published_at = version.published_at if version else None
    seen_on = day_of(statement.seen_at)
    return min(seen_on, day_of(published_at)) if published_at else seen_on


def release_named(reference: str) -> str:
    """Return a reference as the index spells it, without its revision."""
    return reference.partition("@")[0].casefold()


@cache
def replaced_releases() -> frozenset[str]:
    """Return the releases whose entries carry dates."""
    dated = (one for one in official_releases() if one.start or one.until)
    return frozenset(release_named(one.reference) for one in dated)
