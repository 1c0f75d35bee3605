"""Rule L36 along each way: the day of an edge picks the text that binds over this edge."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.licensing.copies import Copies
from registry.licensing.revisions import dated, revision_lines
from registry.licensing.terms import Level, Permission
from registry.licensing.verdict import Ground, Lineage, Node, RightsVerdict, assess
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Evidence, Grade, Relation
from tests.unit.registry.licensing.lineages import (
    REPLACED,
    SUBJECT,
    edge,
    flags,
    lineage,
    page,
    tag,
    words,
)
from tests.unit.registry.licensing.test_algebra import edges as any_edge
from tests.unit.registry.licensing.test_algebra import ends
from tests.unit.registry.licensing.test_algebra import nodes as any_node

TURBO = "huggingface:stabilityai/sdxl-turbo"
RESEARCH, COMMUNITY = "stability-ai-nc-research", "stability-ai-community"
FIRST, BETWEEN, LAST = date(2023, 12, 1), date(2024, 3, 1), date(2024, 9, 1)
OLD, NEW = "flux-1-dev-nc-1.0", "flux-1-dev-nc-1.1.1"
BEFORE, AFTER = date(2024, 9, 1), date(2025, 9, 1)
USE = Permission.USE_COMMERCIAL


def turbo(*licenses: str) -> Node:
    return replace(page(*map(tag, licenses), name=TURBO), is_open=not licenses, releases=(TURBO,))


def over_two(base: Node, *above: Node, days: tuple[date, date], grade: Grade) -> Lineage:
    """A merge of two children of ``base``, one made on each day; ``grade``: of the first edge."""
    children = [page(tag("mit"), name=name) for name in ("a", "b")]
    edges = [
        edge(children[0], Relation.MERGE, grade=grade),
        edge(children[1], Relation.MERGE),
        *(replace(edge(base, child=c.id), made_on=d) for c, d in zip(children, days, strict=True)),
        *(edge(root, child=base.id) for root in above),
    ]
    return lineage(page(tag("mit")), [*children, base, *above], edges)


def grounds(verdict: RightsVerdict, permission: Permission, ancestor: str) -> list[Ground]:
    return [g for g in verdict.rights[permission].grounds if g.ancestor == ancestor]


class TestTexts:
    def test_bind_along_the_ways_over_the_edges_that_pick_them(self) -> None:
        asked = over_two(turbo(), days=(FIRST, LAST), grade=Grade.INFERRED)

        verdict = assess(asked)

        found = {g.license: (g.grade, g.best, g.worst) for g in grounds(verdict, USE, TURBO)}
        assert found == {
            RESEARCH: (Grade.INFERRED, Level.ALLOWED, Level.FORBIDDEN),  # a guess only widens (L5)
            COMMUNITY: (Grade.TAG, Level.CONDITIONAL, Level.CONDITIONAL),
        }
        assert words(verdict, USE) == ["unclear"]

    def test_bind_together_where_every_way_is_firm(self) -> None:
        asked = over_two(turbo(), days=(FIRST, LAST), grade=Grade.TAG)

        assert words(assess(asked), USE) == ["forbidden"]

    def test_bind_the_acts_of_their_own_ways(self) -> None:
        parts = [
            replace(edge(turbo(), Relation.RUNTIME), made_on=FIRST),
            replace(edge(turbo()), made_on=LAST),
        ]

        verdict = assess(lineage(page(tag("mit")), [turbo()], parts))

        asked = grounds(verdict, Permission.CREATE_DERIVATIVES, TURBO)
        assert {ground.license for ground in asked} == {COMMUNITY}
        assert words(verdict, USE) == ["forbidden"]

    def test_bind_nobody_over_an_edge_that_is_only_reported(self) -> None:
        parts = [
            replace(edge(turbo(), Relation.DATASET), made_on=FIRST),
            replace(edge(turbo()), made_on=LAST),
        ]

        verdict = assess(lineage(page(tag("mit")), [turbo()], parts))

        assert {ground.license for ground in grounds(verdict, USE, TURBO)} == {COMMUNITY}

    def test_of_a_day_between_two_are_the_pages_own_words(self) -> None:
        asked = over_two(turbo("mit"), days=(BETWEEN, LAST), grade=Grade.TAG)

        found = {(g.license, g.overruled) for g in grounds(assess(asked), USE, TURBO)}

        assert found == {
            ("mit", False),
            ("unknown", False),  # nobody says what the page was made from (L19)
            ("mit", True),
            (COMMUNITY, False),
        }

    def test_leave_the_edges_open_that_pick_none(self) -> None:
        asked = over_two(turbo(), days=(BETWEEN, LAST), grade=Grade.TAG)

        verdict = assess(asked)

        assert [edge.made_on for edge in verdict.open_edges] == [BETWEEN]
        assert len(verdict.edges) == len(asked.edges)


class TestCopies:
    def test_are_as_many_as_texts_with_the_same_parents(self) -> None:
        root = page(tag("mit"), name="root")
        asked = over_two(page(tag(NEW), name="base"), root, days=(BEFORE, AFTER), grade=Grade.TAG)

        copies = Copies.of(asked, None)

        base = {place for place, node in copies.nodes.items() if node.id == "base"}
        assert len(base) == 2
        assert {edge.child for edge in copies.edges if edge.parent == "root"} == base
        assert {edge.parent for edge in copies.edges if edge.child in {"a", "b"}} == base

    @pytest.mark.parametrize("days", [(BEFORE, BEFORE), (BEFORE, date(2024, 10, 1))])
    def test_are_none_of_a_model_with_one_text(self, days: tuple[date, date]) -> None:
        asked = over_two(page(tag(NEW), name="base"), days=days, grade=Grade.TAG)

        copies = Copies.of(asked, None)

        assert copies.nodes.keys() == asked.nodes.keys()
        assert [claim.license_id for claim in copies.nodes[NodeId("base")].claims] == [OLD]

    def test_tell_what_they_say_alike_once(self) -> None:
        base = replace(page(tag(NEW), flags(), name="base"), attested_recipe=False)
        asked = over_two(base, days=(BEFORE, AFTER), grade=Grade.INFERRED)

        verdict = assess(asked)

        for permission in Permission:
            found = [ground.license for ground in grounds(verdict, permission, "base")]
            assert len(found) == len(set(found))
        (said,) = (g for g in grounds(verdict, Permission.HOST_PAID, "base") if g.basis == "flag")
        assert (said.best, said.worst) == (Level.FORBIDDEN, Level.FORBIDDEN)
        (unknown,) = (f for f in verdict.conflicts if f.code == "UNKNOWN_PARENT")
        assert len(set(unknown.ancestors)) == len(unknown.ancestors)

    def test_are_one_label_whichever_edge_names_it(self) -> None:
        label = page(tag(NEW), name="base:FLUX")
        asked = over_two(label, days=(BEFORE, AFTER), grade=Grade.TAG)
        above, into = asked.edges[:2], asked.edges[2:]
        labelled = [replace(one, evidence=Evidence.BASE_LABEL) for one in into]

        for edges in ((*above, *labelled), (*above, labelled[0], into[1])):
            undated = tuple(replace(one, made_on=None) for one in edges)
            verdicts = [assess(replace(asked, edges=some)) for some in (edges, undated)]
            assert verdicts[0].coverage == verdicts[1].coverage


revised = st.sampled_from([one.license for line in revision_lines() for one in line])
days = st.none() | st.dates(date(2023, 7, 1), date(2026, 12, 31))
NAMES = [NodeId(SUBJECT), *(NodeId(f"huggingface:a/{number}") for number in range(4))]


@st.composite
def dated_lineages(draw: st.DrawFn, *, releases: bool = True) -> Lineage:
    """Lineages without circles, of models of which the day makes a difference."""
    known = {}
    for name in NAMES:
        more = draw(st.lists(st.just(flags()), max_size=1))
        claims = [tag(draw(revised | st.just("mit"))), *more]
        names = draw(st.sampled_from([(), REPLACED])) if releases else ()
        known[name] = replace(draw(any_node(name)), claims=tuple(claims), releases=names)
    pairs = [(child, parent) for child in NAMES for parent in NAMES if child < parent]
    drawn = st.builds(
        lambda one, ends, day: replace(one, child=ends[0], parent=ends[1], made_on=day),
        any_edge,
        st.sampled_from(pairs),
        days,
    )
    edges = draw(st.lists(drawn, min_size=4, max_size=9))
    reached = {SUBJECT}
    for name in NAMES:
        reached |= {edge.parent for edge in edges if edge.child == name and name in reached}
    return Lineage(
        subject=SUBJECT,
        nodes={name: node for name, node in known.items() if name in reached},
        edges=tuple(edge for edge in edges if edge.child in reached),
    )


def unfolded(asked: Lineage) -> Lineage:
    """Return a lineage in which every way leads to models of its own, under their days' texts."""
    nodes = {asked.subject: asked.nodes[asked.subject]}

    def ways(child: NodeId, place: NodeId) -> Iterator[tuple[Edge, NodeId]]:
        for number, one in enumerate(asked.edges):
            if one.child == child:
                above = NodeId(f"{place}/{number}")
                yield replace(one, child=place, parent=above, made_on=None), one.parent
                node = dated(asked.nodes[one.parent], one.made_on)
                nodes[above] = replace(node, id=above, releases=())
                yield from ways(one.parent, above)

    edges = [one for one, _ in ways(asked.subject, asked.subject)]
    return Lineage(subject=asked.subject, nodes=nodes, edges=tuple(edges))


@settings(max_examples=60, deadline=None)
@given(dated_lineages())
def test_binds_as_if_every_way_led_to_models_of_its_own(asked: Lineage) -> None:
    # Whether a parent is a label is no matter of ways (L18).
    stated = tuple(replace(one, evidence=Evidence.DECLARED) for one in asked.edges)
    asked = replace(asked, edges=stated)

    verdict, apart = assess(asked), assess(unfolded(asked))

    assert ends(verdict) == ends(apart)
    assert verdict.coverage == apart.coverage
    assert [(d.duty, d.value, d.grade) for d in verdict.duties] == [
        (d.duty, d.value, d.grade) for d in apart.duties
    ]
    assert [u.tag for u in verdict.use_restrictions] == [u.tag for u in apart.use_restrictions]
    assert [(c.code, c.because, c.grade, c.is_firm, c.effects) for c in verdict.conflicts] == [
        (c.code, c.because, c.grade, c.is_firm, c.effects) for c in apart.conflicts
    ]


@settings(max_examples=60, deadline=None)
@given(dated_lineages())
def test_names_models_only(asked: Lineage) -> None:
    verdict = assess(asked)

    assert "\\x00" not in repr(verdict)
    assert sorted(map(repr, verdict.edges)) == sorted(map(repr, asked.edges))
    named = [
        *(restriction.ancestors for restriction in verdict.use_restrictions),
        *(cap.ancestors for cap in verdict.caps),
        *(finding.ancestors for finding in verdict.conflicts),
    ]
    assert all(len(set(ancestors)) == len(ancestors) for ancestors in named)


@settings(max_examples=60, deadline=None)
@given(dated_lineages(releases=False))
def test_revisions_change_nothing_in_what_is_known_of_the_lineage(asked: Lineage) -> None:
    undated = replace(asked, edges=tuple(replace(one, made_on=None) for one in asked.edges))

    assert assess(asked).coverage == assess(undated).coverage
