"""What must hold of every lineage, whatever it looks like."""

import random
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from registry.licensing.catalog import all_terms
from registry.licensing.terms import Level, Permission, Word
from registry.licensing.verdict import (
    CivitaiFlags,
    Lineage,
    Node,
    NodeClaim,
    RightsVerdict,
    assess,
)
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Evidence, Grade, Relation
from tests.unit.registry.licensing.lineages import flag_claim, official, page, tag

NAMES = [NodeId(f"civitai:{i}") for i in range(6)]
SUBJECT = NAMES[0]
IDS = sorted(terms.id for terms in all_terms())
FIRM = {Word.ALLOWED, Word.FORBIDDEN}

said = st.none() | st.booleans()
flag_sets = st.builds(
    CivitaiFlags,
    no_credit=said,
    commercial=st.none()
    | st.frozensets(st.sampled_from(["None", "Image", "RentCivit", "Rent", "Sell", "SellMerge"])),
    derivatives=said,
    different_license=said,
)
claims: st.SearchStrategy[NodeClaim] = st.one_of(
    st.builds(tag, st.sampled_from(IDS), grade=st.sampled_from(Grade)), flag_sets.map(flag_claim)
)


@st.composite
def nodes(draw: st.DrawFn, name: NodeId) -> Node:
    return Node(
        id=name,
        label=name,
        claims=tuple(draw(st.lists(claims, max_size=2))),
        is_open=draw(st.booleans()),
        is_checkpoint=draw(st.booleans()),
        looks_merged=draw(st.booleans()),
        is_official_base=draw(st.booleans()),
        attested_recipe=draw(st.booleans()),
    )


edges = st.builds(
    Edge,
    child=st.sampled_from(NAMES),
    parent=st.sampled_from(NAMES),
    relation=st.sampled_from(Relation),
    evidence=st.sampled_from(Evidence),
    grade=st.sampled_from(Grade),
    source=st.just("x"),
    retracted=st.booleans(),
)


@st.composite
def lineages(draw: st.DrawFn) -> Lineage:
    known = {name: draw(nodes(name)) for name in NAMES[: draw(st.integers(1, 6))]}
    return Lineage(subject=SUBJECT, nodes=known, edges=tuple(draw(st.lists(edges, max_size=8))))


def ends(verdict: RightsVerdict) -> dict[Permission, tuple[Level, Level]]:
    return {
        permission: (Level[right.best.name], Level[right.worst.name])
        for permission, right in verdict.rights.items()
    }


def is_no_looser(before: RightsVerdict, after: RightsVerdict) -> bool:
    old, new = ends(before), ends(after)
    return all(new[p][0] >= old[p][0] and new[p][1] >= old[p][1] for p in Permission)


@given(lineages(), st.integers())
def test_the_order_of_edges_and_claims_makes_no_difference(lineage: Lineage, seed: int) -> None:
    shuffle = random.Random(seed).shuffle  # noqa: S311
    shuffled = list(lineage.edges)
    shuffle(shuffled)
    others = list(lineage.nodes.items())
    shuffle(others)

    again = replace(lineage, edges=tuple(shuffled), nodes=dict(others))

    assert assess(again) == assess(lineage)


@given(lineages())
def test_every_permission_has_a_ground_and_an_interval(lineage: Lineage) -> None:
    verdict = assess(lineage)

    for permission, (best, worst) in ends(verdict).items():
        assert best <= worst
        assert verdict.rights[permission].grounds


@given(lineages(), edges, st.sampled_from(IDS))
def test_one_more_ancestor_never_loosens_anything(
    lineage: Lineage, extra: Edge, license_id: str
) -> None:
    """At equal knowledge of the rest: a parent that is named takes away an assumed unknown one."""
    release = official("huggingface:org/new", license_id)
    extra = replace(extra, child=SUBJECT, parent=release.id)
    subject = replace(lineage.nodes[SUBJECT], is_official_base=True)
    before = replace(lineage, nodes={**lineage.nodes, SUBJECT: subject})
    assume(extra.evidence is not Evidence.BASE_LABEL)

    after = replace(
        before, nodes={**before.nodes, release.id: release}, edges=(*before.edges, extra)
    )

    assert is_no_looser(assess(before), assess(after))


@given(lineages(), claims)
def test_one_more_claim_that_restricts_never_loosens_anything(
    lineage: Lineage, claim: NodeClaim
) -> None:
    subject = replace(lineage.nodes[SUBJECT], claims=(tag("mit"),), is_open=False)
    before = replace(lineage, nodes={**lineage.nodes, SUBJECT: subject})
    after = replace(
        before,
        nodes={**before.nodes, SUBJECT: replace(subject, claims=(*subject.claims, claim))},
    )

    assert is_no_looser(assess(before), assess(after))


@given(lineages(), st.data())
def test_weaker_evidence_never_turns_a_word_firm(lineage: Lineage, data: st.DataObject) -> None:
    assume(lineage.edges)
    chosen = data.draw(st.integers(0, len(lineage.edges) - 1))
    edge = lineage.edges[chosen]
    weaker = data.draw(st.sampled_from([g for g in Grade if g.value >= edge.grade.value]))
    weakened = (
        *lineage.edges[:chosen],
        replace(edge, grade=weaker, retracted=True),
        *lineage.edges[chosen + 1 :],
    )

    before, after = assess(lineage), assess(replace(lineage, edges=weakened))

    for permission in Permission:
        old, new = before.rights[permission].word, after.rights[permission].word
        assert new not in FIRM or new is old


@given(lineages(), st.sampled_from(["other", "unknown", "cc", "openrail", "none-declared"]))
def test_an_unknown_licence_of_the_page_itself_is_never_allowed(
    lineage: Lineage, license_id: str
) -> None:
    subject = replace(lineage.nodes[SUBJECT], claims=(tag(license_id),), is_open=False)

    verdict = assess(replace(lineage, nodes={**lineage.nodes, SUBJECT: subject}))

    assert {r.word for r in verdict.rights.values()} <= {Word.UNCLEAR, Word.FORBIDDEN}


@given(lineages(), st.sampled_from(Grade))
def test_a_parent_nobody_has_seen_is_never_allowed(lineage: Lineage, grade: Grade) -> None:
    unseen = Edge(
        child=SUBJECT,
        parent=NodeId("name:unseen"),
        relation=Relation.MERGE,
        evidence=Evidence.DECLARED,
        grade=grade,
        source="",
    )

    verdict = assess(replace(lineage, edges=(*lineage.edges, unseen)))

    assert {r.word for r in verdict.rights.values()} <= {Word.UNCLEAR, Word.FORBIDDEN}
    assert unseen in verdict.open_edges


@given(st.sampled_from(IDS), st.sampled_from(IDS))
def test_two_parents_allow_no_more_than_each_alone(first: str, second: str) -> None:
    def asked(*parents: str) -> RightsVerdict:
        known = [official(f"huggingface:org/{i}", i) for i in parents]
        made_from = tuple(
            Edge(
                child=SUBJECT,
                parent=parent.id,
                relation=Relation.MERGE,
                evidence=Evidence.DECLARED,
                grade=Grade.TAG,
                source="",
            )
            for parent in known
        )
        subject = page(tag("mit"), name=SUBJECT)
        members = {node.id: node for node in (subject, *known)}
        return assess(Lineage(subject=SUBJECT, nodes=members, edges=made_from))

    together = asked(first, second)

    assert is_no_looser(asked(first), together)
    assert is_no_looser(asked(second), together)
    assert ends(asked(second, first)) == ends(together)
