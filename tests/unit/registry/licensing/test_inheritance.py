"""Whose terms bind a subject, how far away each is, and where the lineage begins."""

from dataclasses import replace
from datetime import date

import pytest

from registry.licensing.inheritance import Inheritance
from registry.licensing.lineage_view import Lineage
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade, Relation
from tests.unit.registry.licensing.lineages import SUBJECT, edge, lineage, page, tag

REVISED = "flux-1-dev-nc-1.1.1"
BEFORE, AFTER = date(2024, 9, 1), date(2025, 9, 1)


def at_two_distances(direct: date, over_another: date) -> Lineage:
    """A merge of a base and of its child, each made under another text of the base."""
    base, child = page(tag(REVISED), name="base"), page(tag("mit"), name="child")
    edges = [
        replace(edge(base, Relation.MERGE), made_on=direct),
        edge(child, Relation.MERGE),
        replace(edge(base, child=child.id), made_on=over_another),
    ]
    return lineage(page(tag("mit")), [base, child], edges)


class TestDistance:
    @pytest.mark.parametrize("days", [(BEFORE, AFTER), (AFTER, BEFORE)])
    def test_of_a_model_under_two_texts_is_that_of_the_nearer(
        self, days: tuple[date, date]
    ) -> None:
        found = Inheritance.of(at_two_distances(*days), None)

        assert sorted(node.id for node in found.nodes).count(NodeId("base")) == 2
        assert found.distance == {SUBJECT: 0, "base": 1, "child": 1}


class TestBeginnings:
    def test_are_models_above_the_subject_that_nothing_firm_derives(self) -> None:
        root, middle = page(tag("mit"), name="root"), page(tag("mit"), name="middle")
        guessed = page(tag("mit"), name="guessed")
        edges = [
            edge(middle),
            edge(root, child=middle.id),
            edge(guessed),
            edge(root, child=guessed.id, grade=Grade.INFERRED),
        ]

        found = Inheritance.of(lineage(page(tag("mit")), [root, middle, guessed], edges), None)

        assert found.beginnings == {"root", "guessed"}

    @pytest.mark.parametrize("grade", [Grade.INFERRED, Grade.TAG])
    def test_are_never_the_subject(self, grade: Grade) -> None:
        root = page(tag("mit"), name="root")

        found = Inheritance.of(lineage(page(tag("mit")), [root], [edge(root, grade=grade)]), None)

        assert found.beginnings == {"root"}
