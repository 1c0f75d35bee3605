from dataclasses import dataclass

import pytest

from registry.lineage.coverage import LineageCoverage, labels_of, weakest
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Coverage, Evidence, Grade, Relation


@dataclass(frozen=True)
class Model:
    is_open: bool = False
    is_checkpoint: bool = True
    looks_merged: bool = False
    is_official_base: bool = False
    is_service: bool = False
    attested_recipe: bool = False


PAGE = Model()
OFFICIAL = Model(is_official_base=True)
RECIPE = Model(attested_recipe=True)
ADAPTER = Model(is_checkpoint=False)
MERGED = Model(looks_merged=True)
UNSEEN = Model(is_open=True)


def edge(
    child: str,
    parent: str,
    *,
    relation: Relation = Relation.FINETUNE,
    evidence: Evidence = Evidence.CARD_BASE_MODEL,
    grade: Grade = Grade.TAG,
    retracted: bool = False,
) -> Edge:
    return Edge(
        child=NodeId(child),
        parent=NodeId(parent),
        relation=relation,
        evidence=evidence,
        grade=grade,
        source="card",
        retracted=retracted,
    )


def label(child: str) -> Edge:
    return edge(child, "base:SD 1.5", evidence=Evidence.BASE_LABEL, grade=Grade.PLATFORM_FLAG)


def coverage(*edges: Edge, **models: Model) -> LineageCoverage:
    nodes = {NodeId(name): model for name, model in models.items()}
    return LineageCoverage.of(nodes, edges, labels=labels_of(edges))


A = NodeId("a")


class TestWeakest:
    def test_is_the_worst_of_all(self) -> None:
        assert weakest([Coverage.ATTESTED, Coverage.LABEL_ONLY]) is Coverage.LABEL_ONLY

    def test_of_nothing_is_none(self) -> None:
        assert weakest([]) is Coverage.NONE


class TestWhole:
    def test_is_attested_for_an_official_release(self) -> None:
        assert coverage(a=OFFICIAL).whole(A) is Coverage.ATTESTED

    def test_does_not_ask_what_an_official_release_was_made_from(self) -> None:
        found = coverage(edge("a", "b"), a=OFFICIAL, b=UNSEEN)

        assert found.whole(A) is Coverage.ATTESTED

    def test_is_attested_by_a_complete_recipe_down_to_official_releases(self) -> None:
        found = coverage(edge("a", "b"), edge("a", "c"), a=RECIPE, b=OFFICIAL, c=OFFICIAL)

        assert found.whole(A) is Coverage.ATTESTED

    def test_is_declared_where_one_parent_is_only_declared(self) -> None:
        found = coverage(
            edge("a", "b"), edge("a", "c"), edge("c", "b"), a=RECIPE, b=OFFICIAL, c=PAGE
        )

        assert found.whole(A) is Coverage.DECLARED

    def test_is_label_only_where_an_ancestor_has_only_a_label(self) -> None:
        found = coverage(edge("a", "b"), label("b"), a=PAGE, b=PAGE)

        assert found.whole(A) is Coverage.LABEL_ONLY

    def test_is_none_where_an_ancestor_says_nothing(self) -> None:
        assert coverage(edge("a", "b"), a=RECIPE, b=PAGE).whole(A) is Coverage.NONE

    def test_is_none_where_a_parent_was_never_seen(self) -> None:
        assert coverage(edge("a", "b"), a=RECIPE, b=UNSEEN).whole(A) is Coverage.NONE
        assert coverage(edge("a", "missing"), a=PAGE).whole(A) is Coverage.NONE

    @pytest.mark.parametrize(
        "weak",
        [
            edge("a", "b", grade=Grade.PROSE),
            edge("a", "b", grade=Grade.INFERRED),
            edge("a", "b", retracted=True),
            edge("a", "b", relation=Relation.RUNTIME),
            edge("a", "b", relation=Relation.BUNDLE),
            edge("a", "b", relation=Relation.DISTILL),
            edge("a", "b", relation=Relation.DATASET),
        ],
    )
    def test_takes_no_account_of_what_is_weak_or_no_derivation(self, weak: Edge) -> None:
        assert coverage(weak, a=RECIPE, b=OFFICIAL).whole(A) is Coverage.NONE
        assert coverage(weak, label("a"), a=RECIPE, b=OFFICIAL).whole(A) is Coverage.LABEL_ONLY

    def test_counts_what_is_declared_beside_a_label(self) -> None:
        found = coverage(label("a"), edge("a", "b"), a=PAGE, b=OFFICIAL)

        assert found.whole(A) is Coverage.DECLARED

    def test_is_none_for_a_lineage_that_only_runs_in_circles(self) -> None:
        assert coverage(edge("a", "b"), edge("b", "a"), a=PAGE, b=PAGE).whole(A) is Coverage.NONE
        assert coverage(edge("a", "a"), a=PAGE).whole(A) is Coverage.NONE

    def test_lets_a_circle_begin_at_an_official_release(self) -> None:
        found = coverage(edge("a", "b"), edge("b", "a"), edge("b", "c"), a=PAGE, b=PAGE, c=OFFICIAL)

        assert found.whole(A) is Coverage.DECLARED

    def test_is_none_for_a_service(self) -> None:
        assert coverage(a=Model(is_service=True)).whole(A) is Coverage.NONE
        assert coverage(a=Model(is_service=True, is_official_base=True)).whole(A) is Coverage.NONE

    def test_knows_an_official_release_that_nobody_mirrored(self) -> None:
        release = Model(is_open=True, is_official_base=True)

        assert coverage(edge("a", "b"), a=PAGE, b=release).whole(A) is Coverage.DECLARED


class TestUnknownParent:
    @pytest.mark.parametrize(
        ("model", "edges", "reason"),
        [
            (PAGE, [], "nobody says what it was made from"),
            (ADAPTER, [], "nobody says what it was made from"),
            (PAGE, [label("a")], "only a base-model label says what it was made from"),
            (ADAPTER, [label("a")], ""),
            (PAGE, [edge("a", "b")], ""),
            (MERGED, [edge("a", "b")], "it looks merged and no complete recipe names its parents"),
            (MERGED, [label("a")], "it looks merged and no complete recipe names its parents"),
            (Model(looks_merged=True, attested_recipe=True), [edge("a", "b")], ""),
            (Model(looks_merged=True, is_checkpoint=False), [edge("a", "b")], ""),
            (Model(looks_merged=True, is_official_base=True), [], ""),
            (Model(is_service=True), [], ""),
            (UNSEEN, [], ""),
            (PAGE, [edge("a", "a")], "nobody says what it was made from"),
        ],
    )
    def test_is_assumed_where_the_lineage_cannot_be_whole(
        self, model: Model, edges: list[Edge], reason: str
    ) -> None:
        assert coverage(*edges, a=model, b=OFFICIAL).unknown_parent(A) == reason

    def test_is_not_assumed_of_a_label(self) -> None:
        models = {A: PAGE, NodeId("base:SD 1.5"): PAGE}

        found = LineageCoverage.of(models, [label("a")], labels=labels_of([label("a")]))

        assert found.unknown_parent(NodeId("base:SD 1.5")) == ""
