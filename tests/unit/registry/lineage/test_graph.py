from registry.lineage.graph import Edge, LineageGraph, NodeId
from registry.lineage.relations import Evidence, Grade, Relation


def edge(child: str, parent: str) -> Edge:
    return Edge(
        child=NodeId(child),
        parent=NodeId(parent),
        relation=Relation.MERGE,
        evidence=Evidence.DECLARED,
        grade=Grade.TAG,
        source="card",
    )


def graph(*edges: Edge) -> LineageGraph:
    by_child: dict[NodeId, list[Edge]] = {}
    for one in edges:
        by_child.setdefault(one.child, []).append(one)
    return LineageGraph(by_child)


class TestAncestry:
    def test_of_a_model_without_parents_is_empty(self) -> None:
        assert graph().ancestry(NodeId("a")) == ()

    def test_goes_up_nearest_first(self) -> None:
        near, far = edge("a", "b"), edge("b", "c")

        assert graph(far, near).ancestry(NodeId("a")) == (near, far)

    def test_has_each_edge_once_where_two_ways_meet(self) -> None:
        diamond = [edge("a", "b"), edge("a", "c"), edge("b", "d"), edge("c", "d"), edge("d", "e")]

        assert graph(*diamond).ancestry(NodeId("a")) == tuple(diamond)

    def test_ends_where_a_circle_closes(self) -> None:
        circle = [edge("a", "b"), edge("b", "a")]

        assert graph(*circle).ancestry(NodeId("a")) == tuple(circle)

    def test_leaves_out_what_is_below(self) -> None:
        assert graph(edge("child", "a")).ancestry(NodeId("a")) == ()

    def test_is_quick_on_long_chains(self) -> None:
        chain = [edge(str(i), str(i + 1)) for i in range(5000)]

        assert len(graph(*chain).ancestry(NodeId("0"))) == 5000
