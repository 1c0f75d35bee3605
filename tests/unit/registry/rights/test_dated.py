"""Models get a copy for each text that some edge's day picks (rules L15 and L36)."""

from dataclasses import replace
from datetime import date

import pytest

from registry.licensing.verdict import Node, Reading, assess
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Evidence, Grade, Relation
from registry.rights import prepared
from registry.rights.answers import answer_of, is_to_ask, read_row
from registry.rights.catalogue import Catalogue, Trait, catalogue_of
from registry.rights.dated import with_copies
from registry.rights.recompute import rights_of
from tests.unit.registry.licensing.lineages import tag

OLD, NEW = "flux-1-dev-nc-1.0", "flux-1-dev-nc-1.1.1"
TURBO = "huggingface:stabilityai/sdxl-turbo"
BEFORE, AFTER = date(2024, 9, 1), date(2025, 9, 1)


def model(number: int, *licenses: str) -> Node:
    name = NodeId(f"n{number:09d}")
    return Node(id=name, label=name, claims=tuple(tag(one) for one in licenses))


def edge(child: Node, parent: Node, day: date | None) -> Edge:
    return Edge(
        child=child.id,
        parent=parent.id,
        relation=Relation.MERGE,
        evidence=Evidence.DECLARED,
        grade=Grade.TAG,
        source="",
        made_on=day,
    )


def graph(*days: date | None) -> Catalogue:
    """A base (0) from a root (1), a child (2, ...) of the base on each day, a merge of them all."""
    base, root = model(0, NEW), model(1, "mit")
    children = [model(2 + at, "mit") for at in range(len(days))]
    merge = model(2 + len(days), "mit")
    edges = [edge(base, root, None), *(edge(merge, child, None) for child in children)]
    edges += [edge(child, base, day) for child, day in zip(children, days, strict=True)]
    return catalogue_of([base, root, *children, merge], edges)


def parents(catalogue: Catalogue, number: int) -> list[int]:
    edges = catalogue.edges
    return sorted(edges.parent[edges.child == number].tolist())


class TestWithCopies:
    def test_leaves_alone_what_no_day_changes(self) -> None:
        catalogue = graph(None, AFTER)

        assert with_copies(catalogue) is catalogue or len(with_copies(catalogue).copies) == 0

    def test_gives_an_older_text_a_copy_with_the_same_parents(self) -> None:
        copied = with_copies(graph(BEFORE, AFTER))

        copy = copied.models
        assert copied.copies.tolist() == [0]
        assert [claim.license_id for claim in copied.claim_sets[copied.said[copy]]] == [OLD]
        assert parents(copied, copy) == [1]
        assert parents(copied, 2) == [copy]
        assert parents(copied, 3) == [0]

    def test_gives_one_copy_to_all_days_of_one_text(self) -> None:
        copied = with_copies(graph(BEFORE, date(2024, 10, 1)))

        assert copied.copies.tolist() == [0]
        assert parents(copied, 2) == parents(copied, 3) == [copied.models]

    def test_gives_a_release_the_text_that_its_publisher_gave(self) -> None:
        nodes = [replace(model(0), is_open=True, releases=(TURBO,)), model(1), model(2)]
        days = date(2023, 12, 1), date(2024, 3, 1)  # under the first text; between two
        edges = [edge(child, nodes[0], day) for child, day in zip(nodes[1:], days, strict=True)]

        copied = with_copies(catalogue_of(nodes, edges))

        copy = copied.models
        (claim,) = copied.claim_sets[copied.said[copy]]
        assert (claim.license_id, claim.is_official) == ("stability-ai-nc-research", True)
        assert copied.has(Trait.OFFICIAL).tolist() == [False, False, False, True]
        assert copied.has(Trait.OPEN).tolist() == [True, False, False, False]
        assert (parents(copied, 1), parents(copied, 2)) == ([copy], [0])


class TestRights:
    def test_of_who_reaches_two_texts_are_the_passes(self) -> None:
        catalogue = graph(BEFORE, AFTER)

        rights = rights_of(catalogue)

        assert (rights.by_objects, rights.on_read) == (0, 0)
        for number in range(len(catalogue)):
            lineage = catalogue.lineage(number)
            assert lineage is not None
            assert read_row(rights.rows[number]) == answer_of(assess(lineage))

    def test_are_asked_for_where_a_label_of_one_text_is_a_model_of_another(self) -> None:
        label, first, second, last = (model(0, NEW), *(model(at, "mit") for at in (1, 2, 3)))
        edges = [
            replace(edge(first, label, BEFORE), evidence=Evidence.BASE_LABEL),
            edge(second, label, AFTER),
            *(edge(last, child, None) for child in (first, second)),
        ]
        catalogue = catalogue_of([label, first, second, last], edges)

        rights = rights_of(catalogue)

        lineage = catalogue.lineage(3)
        assert lineage is not None
        assert (rights.by_objects, rights.on_read) == (1, 0)
        assert read_row(rights.rows[3]) == answer_of(assess(lineage))

    def test_are_left_to_the_reader_where_the_catalogue_does_not_tell_all(self) -> None:
        catalogue = graph(None)
        traits = catalogue.traits.copy()
        traits[0] |= Trait.ELSEWHERE

        rights = rights_of(replace(catalogue, traits=traits))

        assert [is_to_ask(row) for row in rights.rows] == [True, False, True, True]

    def test_are_left_to_the_reader_where_statements_are_too_many(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(prepared, "MOST_STATEMENTS", 1)
        strange = replace(tag("mit"), others=("gpl-3.0",), reading=Reading.CHOICE)
        base, child = replace(model(0), claims=(strange,)), model(1, "mit")
        grandchild = model(2, "apache-2.0")
        edges = [edge(child, base, None), edge(grandchild, child, None)]

        rights = rights_of(catalogue_of([base, child, grandchild], edges))

        assert [is_to_ask(row) for row in rights.rows] == [False, True, True]
