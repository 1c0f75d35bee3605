"""Models get a copy for each text that some edge's day picks (rule L36)."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from registry.licensing.verdict import Node, Reading, assess
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Evidence, Grade, Relation
from registry.rights import prepared
from registry.rights.answers import answer_of, is_to_ask, read_row
from registry.rights.catalogue import Catalogue, catalogue_of
from registry.rights.dated import ELSEWHERE, reach_elsewhere, reach_several, with_copies
from registry.rights.recompute import rights_of
from tests.unit.registry.licensing.lineages import tag

OLD, NEW = "flux-1-dev-nc-1.0", "flux-1-dev-nc-1.1.1"
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


class TestWithCopies:
    def test_leaves_alone_what_no_day_changes(self) -> None:
        catalogue = graph(None, AFTER)

        assert with_copies(catalogue) is catalogue or len(with_copies(catalogue).copies) == 0

    def test_gives_an_older_text_a_copy_with_the_same_parents(self) -> None:
        copied = with_copies(graph(BEFORE, AFTER))

        copy = copied.models
        assert copied.copies.tolist() == [0]
        assert [claim.license_id for claim in copied.claim_sets[copied.said[copy]]] == [OLD]
        assert copied.ancestors(copy).tolist() == [1]
        assert copied.ancestors(2).tolist() == [1, copy]
        assert copied.ancestors(3).tolist() == [0, 1]

    def test_gives_each_model_its_own_ancestors(self) -> None:
        copied = with_copies(graph(BEFORE, AFTER))
        numbers = np.arange(len(copied))

        every, is_above = copied.ancestors_of_each(numbers)

        for number in numbers.tolist():
            assert every[is_above[number]].tolist() == copied.ancestors(number).tolist()

    def test_marks_the_texts_of_one_model_apart(self) -> None:
        copied = with_copies(graph(BEFORE, AFTER))

        marks = copied.marks
        assert reach_several(marks[[0]] | marks[[copied.models]]).tolist() == [True]
        assert not reach_several(marks).any()
        assert not reach_elsewhere(marks).any()

    def test_marks_nothing_where_all_copies_are_of_one_text(self) -> None:
        copied = with_copies(graph(BEFORE, BEFORE))

        assert not copied.marks.any()


class TestRights:
    def test_of_who_reaches_two_texts_are_the_object_engines(self) -> None:
        catalogue = graph(BEFORE, AFTER)
        merge = len(catalogue) - 1

        rights = rights_of(catalogue)

        lineage = catalogue.lineage(merge)
        assert lineage is not None
        assert rights.by_objects == 1
        assert read_row(rights.rows[merge]) == answer_of(assess(lineage))

    def test_of_all_that_come_from_such_a_one_are_the_object_engines(self) -> None:
        base, root, merge = model(0, NEW), model(1, "mit"), model(4, "mit")
        children, chain = [model(2, "mit"), model(3, "mit")], [model(5, "mit"), model(6, "mit")]
        edges = [
            edge(child, base, day) for child, day in zip(children, (BEFORE, AFTER), strict=True)
        ]
        edges += [edge(base, root, None), *(edge(merge, child, None) for child in children)]
        edges += [edge(chain[0], merge, None), edge(chain[1], chain[0], None)]
        catalogue = catalogue_of([base, root, *children, merge, *chain], edges)

        rights = rights_of(catalogue)

        assert (rights.by_objects, rights.on_read) == (3, 0)
        for number in range(len(catalogue)):
            lineage = catalogue.lineage(number)
            assert lineage is not None
            assert read_row(rights.rows[number]) == answer_of(assess(lineage))

    def test_are_the_passes_where_two_such_models_have_a_text_each(self) -> None:
        catalogue = graph(None)
        marks = np.zeros(len(catalogue), dtype=np.uint64)
        marks[[0, 1]] = [1 << 60, 1 << 61]

        rights = rights_of(replace(catalogue, marks=marks))

        assert (rights.by_objects, rights.on_read) == (0, 0)

    def test_are_left_to_the_reader_where_an_edge_picks_several_texts(self) -> None:
        catalogue = graph(None)
        marks = np.zeros(len(catalogue), dtype=np.uint64)
        marks[0] = ELSEWHERE

        rights = rights_of(replace(catalogue, marks=marks))

        assert (rights.by_objects, rights.on_read) == (0, 2)

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
