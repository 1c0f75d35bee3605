"""The pass over arrays says what the object engine says, about every model."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.licensing.revisions import revision_lines, was_revised
from registry.licensing.verdict import Lineage, Node, NodeClaim, Reading, RightsVerdict, assess
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Evidence, Grade, Relation
from registry.rights.answers import RowAnswer, answer_of, read_row, row_of
from registry.rights.catalogue import catalogue_of
from registry.rights.prepared import prepared
from registry.rights.recompute import passed, passed_again, rights_from, rights_of
from tests.unit.registry.licensing.lineages import REPLACED, tag
from tests.unit.registry.licensing.test_algebra import licenses
from tests.unit.registry.licensing.test_algebra import nodes as any_node

NAMES = [NodeId(f"n{i:09d}") for i in range(7)]

revised = st.sampled_from([one.license for line in revision_lines() for one in line])

several = st.builds(
    NodeClaim,
    license_id=licenses | revised,
    others=st.lists(licenses | revised, min_size=1, max_size=2).map(tuple),
    reading=st.sampled_from([Reading.DOUBT, Reading.CHOICE]),
    grade=st.sampled_from(Grade),
    source=st.just("x"),
    basis=st.sampled_from([tag("mit").basis]),
    is_official=st.booleans(),
)


timeless = (
    any_node(NAMES[0])
    .map(lambda node: node.claims)
    .filter(lambda claims: not any(map(was_revised, claims)))
)


@st.composite
def models(draw: st.DrawFn, name: NodeId) -> Node:
    node = draw(any_node(name))
    more = draw(st.lists(several | st.builds(tag, revised), max_size=1))
    return replace(
        node,
        claims=(*node.claims, *more),
        is_service=draw(st.booleans()),
        releases=draw(st.sampled_from([(), (), REPLACED])),
    )


def edges_between(names: list[NodeId], *, downward: bool) -> st.SearchStrategy[Edge]:
    pairs = [
        (child, parent)
        for i, child in enumerate(names)
        for j, parent in enumerate(names)
        if j > i or not downward
    ]
    return st.builds(
        lambda pair, **rest: Edge(child=pair[0], parent=pair[1], source="x", **rest),
        st.sampled_from(pairs),
        relation=st.sampled_from(Relation),
        evidence=st.sampled_from([Evidence.BASE_LABEL, Evidence.DECLARED, Evidence.HUB_TAG]),
        grade=st.sampled_from(Grade),
        retracted=st.booleans(),
        made_on=st.none() | st.dates(date(2023, 7, 1), date(2026, 12, 31)),
    )


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Node], list[Edge]]:
    names = NAMES[: draw(st.integers(2, 7))]
    edges = draw(st.lists(edges_between(names, downward=draw(st.booleans())), max_size=14))
    return [draw(models(name)) for name in names], edges


def told(verdict: RightsVerdict, row: RowAnswer) -> RowAnswer:
    return answer_of(verdict, is_cyclic=row.is_cyclic)


def of_objects(nodes: list[Node], edges: list[Edge], subject: Node) -> RightsVerdict:
    seen, frontier = {subject.id}, {subject.id}
    while frontier:
        frontier = {e.parent for e in edges if e.child in frontier} - seen
        seen |= frontier
    return assess(
        Lineage(
            subject=subject.id,
            nodes={node.id: node for node in nodes if node.id in seen},
            edges=tuple(e for e in edges if e.child in seen),
        )
    )


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_every_model_has_the_rights_the_object_engine_gives(
    graph: tuple[list[Node], list[Edge]],
) -> None:
    nodes, edges = graph

    rows = [read_row(row) for row in rights_of(catalogue_of(nodes, edges)).rows]

    for node, row in zip(nodes, rows, strict=True):
        assert row == told(of_objects(nodes, edges, node), row)
        assert read_row(row_of(row)) == row


@settings(max_examples=40, deadline=None)
@given(graphs(), timeless, timeless, st.data())
def test_a_change_of_claims_is_passed_on_as_if_all_were_computed_anew(
    graph: tuple[list[Node], list[Edge]],
    first: tuple[NodeClaim, ...],
    then: tuple[NodeClaim, ...],
    data: st.DataObject,
) -> None:
    nodes, edges = graph
    at, other = data.draw(st.permutations(range(len(nodes))))[:2]
    nodes[at] = replace(nodes[at], claims=first, releases=())
    nodes[other] = replace(nodes[other], claims=then)  # somebody said so before
    before = catalogue_of(nodes, edges)
    ready = prepared(before)
    after = passed(ready)
    nodes[at] = replace(nodes[at], claims=then)
    now = catalogue_of(nodes, edges)

    later = ready.with_claims(now)
    assert later is not None
    after, concerned = passed_again(later, after, np.array([at]))

    whole = rights_of(now).rows
    again = rights_from(later, after, concerned)
    old = rights_of(before).rows
    assert np.array_equal(again.rows, whole[concerned])
    others = np.setdiff1d(np.arange(len(nodes)), concerned)
    assert np.array_equal(old[others], whole[others])


@pytest.mark.parametrize(
    "then",
    [
        replace(tag("mit"), others=("gpl-2.0",), reading=Reading.CHOICE),
        tag(revision_lines()[0][0].license),
    ],
)
def test_a_statement_nobody_made_or_of_several_days_is_worked_out_anew(then: NodeClaim) -> None:
    node = Node(id=NAMES[0], label="x", claims=(tag("mit"),))
    ready = prepared(catalogue_of([node], []))

    assert ready.with_claims(catalogue_of([replace(node, claims=(then,))], [])) is None


def test_a_change_concerns_everybody_round_a_cycle() -> None:
    names = [NodeId(f"n{number}") for number in range(3)]
    edges = [
        Edge(
            child=names[child],
            parent=names[parent],
            relation=Relation.MERGE,
            evidence=Evidence.DECLARED,
            grade=Grade.TAG,
            source="card",
        )
        for child, parent in ((0, 2), (1, 0), (2, 1))
    ]
    ready = prepared(catalogue_of([Node(id=name, label=name) for name in names], edges))

    concerned = ready.descendants(np.array([1]))

    assert concerned[:3].all()
