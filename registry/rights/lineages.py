"""How much of every lineage is known, for the whole catalogue at once (rules L18 and L19).

Pure Python: importing this module must never import Django.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntFlag

import numpy as np

from registry.lineage.coverage import DERIVATIVE
from registry.lineage.relations import Coverage
from registry.rights.blocks import RELATIONS
from registry.rights.catalogue import Bytes, Catalogue, Edges, Trait
from registry.rights.descent import Children, Descent, Rows, descent_of
from registry.rights.order import Bools, Ints, Order, order_of

STANDING_STILL = 2 * len(RELATIONS)  # the kind of edges that pass nothing


class Known(IntFlag):
    """What is known of a lineage; the first three are a thermometer of its weakest step."""

    AT_MOST_DECLARED = 1
    AT_MOST_LABEL = 2
    AT_MOST_NONE = 4
    HAS_BEGINNING = 8  # it does not only run in circles
    THROUGH_LABEL = 16  # leads to a parent, by a label, that elsewhere is a model like others
    THROUGH_NAME = 32  # leads to such a parent by another statement


_STEPS = Known.AT_MOST_DECLARED | Known.AT_MOST_LABEL | Known.AT_MOST_NONE
_FOLLOWED = _STEPS | Known.HAS_BEGINNING
_BOTH = Known.THROUGH_LABEL | Known.THROUGH_NAME
_LEADS_ON = [r in DERIVATIVE and firm for r in RELATIONS for firm in (True, False)] + [False]
COVERAGE_BITS = {
    Coverage.ATTESTED: Known(0),
    Coverage.DECLARED: Known.AT_MOST_DECLARED,
    Coverage.LABEL_ONLY: Known.AT_MOST_DECLARED | Known.AT_MOST_LABEL,
    Coverage.NONE: _STEPS,
}


@dataclass(frozen=True, slots=True)
class Lineages:
    """The catalogue's graph, read as rule L18 reads it.

    ``edges``: the same edges; those that make a label of a parent lead to a number of its own
    behind the models. ``kinds``: of every edge, which of ``blocks.crossings`` it is. ``descent``:
    the order of the pass. ``stands_for``: which model a number is.
    """

    catalogue: Catalogue
    edges: Edges
    kinds: Bytes
    order: Order
    descent: Descent
    stands_for: Ints
    steps: Bytes  # of every model: how well its own parents are known, as ``Known`` has it
    known: Bytes  # ``Known`` of every model

    @property
    def coverage(self) -> Bytes:
        """Return the thermometer of every model's coverage; a circle is ``none``."""
        return np.where(_in_circles(self), np.uint8(_STEPS), self.known & np.uint8(_STEPS))

    @property
    def is_cyclic(self) -> Bools:
        """Return which models are their own ancestors, under the text of any day."""
        catalogue = self.catalogue
        found = self.order.is_cyclic[: len(catalogue)].copy()
        found[catalogue.copies[found[catalogue.models :]]] = True
        return found

    @property
    def is_doubted(self) -> Bools:
        """Return of which models an unknown parent is assumed (rule L19)."""
        return _is_doubted(self)

    @property
    def needs_objects(self) -> Bools:
        """Return which reach one parent both as a label and as a model.

        Whether the parent counts as a label then depends on who asks (``LineageCoverage``).
        """
        both: Bools = self.known & np.uint8(_BOTH) == np.uint8(_BOTH)
        return both


def lineages_of(catalogue: Catalogue) -> Lineages:
    """Return the graph in order, with what is known of every model's lineage."""
    edges, stands_for = _labels_apart(catalogue)
    kinds = _kinds(catalogue, edges)
    order = order_of(len(stands_for), edges.child, edges.parent)
    descent = descent_of(order, edges.child, edges.parent, kinds)
    steps = _steps(catalogue, edges)
    bare = Lineages(catalogue, edges, kinds, order, descent, stands_for, steps, steps)
    return replace(bare, known=_known(bare))


def _kinds(catalogue: Catalogue, edges: Edges) -> Bytes:
    """Return the kind of every edge; a release's own label is no parent (rule L16)."""
    kinds: Bytes = edges.relation * 2 + ~edges.is_firm
    kinds[edges.is_label & catalogue.has(Trait.OFFICIAL)[edges.child]] = STANDING_STILL
    return kinds


def _labels_apart(catalogue: Catalogue) -> tuple[Edges, Ints]:
    """Give every parent that a label names, and that has no parents, a number as a label."""
    edges, nodes = catalogue.edges, len(catalogue)
    has_parents = np.zeros(nodes, dtype=np.bool_)
    has_parents[edges.child] = True
    by_label = edges.is_label & ~has_parents[edges.parent]
    labels, places = np.unique(edges.parent[by_label], return_inverse=True)
    parent = edges.parent.copy()
    parent[by_label] = nodes + places
    stands_for = np.concatenate([np.arange(nodes, dtype=np.int32), labels.astype(np.int32)])
    return replace(edges, parent=parent), stands_for


def _followed(lineages: Lineages) -> Bools:
    """Return the edges that lead on: firm, derivative; not to a label nor from a release."""
    edges, catalogue = lineages.edges, lineages.catalogue
    is_release = catalogue.has(Trait.OFFICIAL)[edges.child]
    is_label = edges.parent >= len(catalogue)
    return edges.is_firm & edges.is_derivative & ~is_release & ~is_label


def _steps(catalogue: Catalogue, edges: Edges) -> Bytes:
    """Return the thermometer of how well each model's own parents are known."""
    firm, declared = _marks(catalogue), _marks(catalogue)
    covers = edges.is_firm & edges.is_derivative
    firm[edges.child[covers]] = True
    declared[edges.child[covers & ~edges.is_label]] = True
    steps = np.where(firm, COVERAGE_BITS[Coverage.LABEL_ONLY], COVERAGE_BITS[Coverage.NONE])
    steps = np.where(declared, COVERAGE_BITS[Coverage.DECLARED], steps)
    steps = np.where(declared & catalogue.has(Trait.RECIPE), 0, steps)
    steps = np.where(catalogue.has(Trait.OPEN), _STEPS, steps)
    steps = np.where(catalogue.has(Trait.OFFICIAL), 0, steps)
    return np.where(catalogue.has(Trait.SERVICE), _STEPS, steps).astype(np.uint8)


def _marks(catalogue: Catalogue) -> Bools:
    return np.zeros(len(catalogue), dtype=np.bool_)


def _known(lineages: Lineages) -> Bytes:
    catalogue, edges, descent = lineages.catalogue, lineages.edges, lineages.descent
    nodes = len(catalogue)
    known = np.zeros(len(lineages.stands_for), dtype=np.uint8)
    known[:nodes] = lineages.steps
    leads_on = _marks(catalogue)
    leads_on[edges.child[_followed(lineages)]] = True
    known[:nodes][~leads_on] |= np.uint8(Known.HAS_BEGINNING)
    model = catalogue.original[lineages.stands_for]  # under whichever of its texts
    named, labelled = _marks(catalogue), _marks(catalogue)
    named[model[edges.parent[edges.parent < nodes]]] = True
    labelled[model[nodes:]] = True
    both = (named & labelled)[model]
    known[:nodes][both[:nodes]] |= np.uint8(Known.THROUGH_NAME)
    known[nodes:][both[nodes:]] |= np.uint8(Known.THROUGH_LABEL)
    is_release = catalogue.has(Trait.OFFICIAL)[lineages.stands_for[descent.numbers]]

    def passing(kind: int, above: Rows, children: Children) -> Rows:
        leads_on = _LEADS_ON[kind] & ~is_release[children]
        return above & np.where(leads_on, np.uint8(_BOTH | _FOLLOWED), np.uint8(_BOTH))

    rows = known[descent.numbers]
    descent.pass_down(rows, passing)
    known[descent.numbers] = rows
    return known[:nodes]


def _in_circles(lineages: Lineages) -> Bools:
    found: Bools = lineages.known & np.uint8(Known.HAS_BEGINNING) == 0
    return found


def _is_doubted(lineages: Lineages) -> Bools:
    catalogue = lineages.catalogue
    has: Callable[[Trait], Bools] = catalogue.has
    steps = lineages.steps
    speaks_for_itself = has(Trait.OPEN) | has(Trait.OFFICIAL) | has(Trait.SERVICE)
    is_label_only = steps == np.uint8(COVERAGE_BITS[Coverage.LABEL_ONLY])
    seems_more = (has(Trait.LOOKS_MERGED) & (steps != 0)) | is_label_only
    from_nothing = (steps == np.uint8(_STEPS)) | _in_circles(lineages)
    doubted: Bools = (from_nothing | (has(Trait.CHECKPOINT) & seems_more)) & ~speaks_for_itself
    return doubted
