"""What must hold of every lineage, whatever it looks like."""

import random
from dataclasses import replace
from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from registry.licensing.catalog import all_terms
from registry.licensing.profile import Answer, Profile, Purpose
from registry.licensing.terms import Level, LicenseTerms, Word
from registry.licensing.verdict import (
    CivitaiFlags,
    Lineage,
    Node,
    NodeClaim,
    RightsVerdict,
    assess,
    assess_stack,
)
from registry.licensing.vocabulary import DutyName, Metric
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Evidence, Grade, Relation
from tests.unit.registry.licensing.lineages import flag_claim, official, page, tag

NAMES = [NodeId(f"civitai:{i}") for i in range(6)]
SUBJECT = NAMES[0]
IDS = sorted(terms.id for terms in all_terms())
FIRM = {Word.ALLOWED, Word.FORBIDDEN}


def clashes(terms: LicenseTerms) -> bool:
    names = any(duty.duty is DutyName.NAME_PREFIX for duty in terms.duties)
    limits = bool(terms.share_alike.accepts or terms.thresholds or terms.territory_excluded)
    return limits or names or terms.training_rule.exclusive_family


CLASHING = sorted(terms.id for terms in all_terms() if clashes(terms))
licenses = st.sampled_from(IDS) | st.sampled_from(CLASHING)

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
    st.builds(tag, licenses, grade=st.sampled_from(Grade)), flag_sets.map(flag_claim)
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
        is_multimodal=draw(said),
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
    made_on=st.none() | st.dates(date(2024, 1, 1), date(2026, 12, 31)),
)
FIGURES = st.sampled_from([0, 10, 11, 1_000_000, 1_000_001, 700_000_001, 10**11])
figures: st.SearchStrategy[dict[Metric, int]] = st.dictionaries(
    st.sampled_from(Metric), FIGURES, max_size=4
)
profiles = st.builds(
    Profile,
    figures=figures,
    figures_at_release=figures,
    region=st.sampled_from(["", "DE", "EU", "UK", "GB", "KR", "US", "JP"]),
    academic=st.sampled_from(Answer),
    purpose=st.sampled_from(Purpose),
    image_generation_business=st.sampled_from(Answer),
    competes_with_licensor=st.sampled_from(Answer),
)


@st.composite
def lineages(draw: st.DrawFn) -> Lineage:
    known = {name: draw(nodes(name)) for name in NAMES[: draw(st.integers(1, 6))]}
    return Lineage(subject=SUBJECT, nodes=known, edges=tuple(draw(st.lists(edges, max_size=8))))


def ends(verdict: RightsVerdict) -> dict[str, tuple[Level, Level]]:
    answers = {
        **{p.value: right for p, right in verdict.rights.items()},
        "relicense": verdict.relicense,
    }
    return {
        asked: (Level[right.best.name], Level[right.worst.name])
        for asked, right in answers.items()
        if right.word is not Word.NOT_APPLICABLE
    }


def is_no_looser(before: RightsVerdict, after: RightsVerdict) -> bool:
    old, new = ends(before), ends(after)
    assert old.keys() == new.keys()
    return all(new[p][0] >= old[p][0] and new[p][1] >= old[p][1] for p in old)


def all_words(verdict: RightsVerdict) -> list[Word]:
    return [*(right.word for right in verdict.rights.values()), verdict.relicense.word]


@given(lineages(), profiles, st.integers())
def test_the_order_of_edges_and_claims_makes_no_difference(
    lineage: Lineage, profile: Profile, seed: int
) -> None:
    shuffle = random.Random(seed).shuffle  # noqa: S311
    shuffled = list(lineage.edges)
    shuffle(shuffled)
    others = list(lineage.nodes.items())
    shuffle(others)

    again = replace(lineage, edges=tuple(shuffled), nodes=dict(others))

    assert assess(again, profile) == assess(lineage, profile)


@given(lineages())
def test_every_permission_has_a_ground_and_an_interval(lineage: Lineage) -> None:
    verdict = assess(lineage)

    assert all(best <= worst for best, worst in ends(verdict).values())
    assert all(right.grounds for right in (*verdict.rights.values(), verdict.relicense))


@given(lineages(), profiles, edges, licenses)
def test_one_more_ancestor_never_loosens_anything(
    lineage: Lineage, profile: Profile, extra: Edge, license_id: str
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

    assert is_no_looser(assess(before, profile), assess(after, profile))


@given(lineages(), profiles, claims)
def test_one_more_claim_that_restricts_never_loosens_anything(
    lineage: Lineage, profile: Profile, claim: NodeClaim
) -> None:
    subject = replace(lineage.nodes[SUBJECT], claims=(tag("mit"),), is_open=False)
    before = replace(lineage, nodes={**lineage.nodes, SUBJECT: subject})
    after = replace(
        before,
        nodes={**before.nodes, SUBJECT: replace(subject, claims=(*subject.claims, claim))},
    )

    assert is_no_looser(assess(before, profile), assess(after, profile))


@given(lineages(), profiles, st.data())
def test_weaker_evidence_never_turns_a_word_firm(
    lineage: Lineage, profile: Profile, data: st.DataObject
) -> None:
    assume(lineage.edges)
    chosen = data.draw(st.integers(0, len(lineage.edges) - 1))
    edge = lineage.edges[chosen]
    weaker = data.draw(st.sampled_from([g for g in Grade if g.value >= edge.grade.value]))
    weakened = (
        *lineage.edges[:chosen],
        replace(edge, grade=weaker, retracted=True),
        *lineage.edges[chosen + 1 :],
    )

    before = all_words(assess(lineage, profile))
    after = all_words(assess(replace(lineage, edges=weakened), profile))

    assert all(new not in FIRM or new is old for old, new in zip(before, after, strict=True))


@given(lineages(), st.sampled_from(["other", "unknown", "cc", "openrail", "none-declared"]))
def test_an_unknown_licence_of_the_page_itself_is_never_allowed(
    lineage: Lineage, license_id: str
) -> None:
    subject = replace(lineage.nodes[SUBJECT], claims=(tag(license_id),), is_open=False)

    verdict = assess(replace(lineage, nodes={**lineage.nodes, SUBJECT: subject}))

    assert set(all_words(verdict)) <= {Word.UNCLEAR, Word.FORBIDDEN}


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

    assert set(all_words(verdict)) <= {Word.UNCLEAR, Word.FORBIDDEN}
    assert unseen in verdict.open_edges


def made_from(*parents: str) -> Lineage:
    known = {i: official(f"huggingface:org/{i}", i) for i in parents}
    edges = tuple(
        Edge(
            child=SUBJECT,
            parent=known[i].id,
            relation=Relation.MERGE,
            evidence=Evidence.DECLARED,
            grade=Grade.TAG,
            source="",
        )
        for i in parents
    )
    subject = page(tag("mit"), name=SUBJECT)
    members = {node.id: node for node in (subject, *known.values())}
    return Lineage(subject=SUBJECT, nodes=members, edges=edges)


two = st.tuples(licenses, licenses)


@given(two, profiles)
def test_two_parents_allow_no_more_than_each_alone(ids: tuple[str, str], who: Profile) -> None:
    first, second = ids

    together = assess(made_from(first, second), who)

    assert is_no_looser(assess(made_from(first), who), together)
    assert is_no_looser(assess(made_from(second), who), together)
    assert assess(made_from(second, first), who) == together


@given(two, licenses, profiles)
def test_three_parents_come_to_the_same_in_any_grouping(
    ids: tuple[str, str], third: str, who: Profile
) -> None:
    whole = assess(made_from(*ids, third), who)

    assert assess(made_from(third, *ids), who) == whole
    assert is_no_looser(assess(made_from(*ids), who), whole)


@given(two, profiles)
def test_a_parent_named_twice_changes_nothing(ids: tuple[str, str], who: Profile) -> None:
    once = assess(made_from(*ids), who)

    again = assess(made_from(*ids, ids[0]), who)

    assert ends(again) == ends(once)
    assert again.conflicts == once.conflicts
    assert again.drift == once.drift


@given(lineages(), profiles, st.sampled_from(Metric), FIGURES, st.integers(min_value=0))
def test_a_larger_figure_never_loosens_anything(
    lineage: Lineage, who: Profile, metric: Metric, figure: int, more: int
) -> None:
    smaller = replace(who, figures={**who.figures, metric: figure})
    larger = replace(who, figures={**who.figures, metric: figure + more})

    assert is_no_looser(assess(lineage, smaller), assess(lineage, larger))


@given(lineages(), profiles)
def test_a_profile_only_restricts(lineage: Lineage, who: Profile) -> None:
    assert is_no_looser(assess(lineage), assess(lineage, who))


@given(lineages(), profiles)
def test_an_asker_changes_nothing_about_drift_and_caps(lineage: Lineage, who: Profile) -> None:
    nobody, somebody = assess(lineage), assess(lineage, who)

    assert somebody.drift == nobody.drift
    assert [cap.threshold for cap in somebody.caps] == [cap.threshold for cap in nobody.caps]


@given(lineages(), profiles)
def test_every_finding_says_whom_it_concerns(lineage: Lineage, who: Profile) -> None:
    verdict = assess(lineage, who)

    for finding in (*verdict.conflicts, *verdict.drift):
        assert finding.ancestors
        assert finding.because


@given(lineages(), lineages(), profiles)
def test_a_stack_allows_no_more_than_each_of_its_files(
    one: Lineage, other: Lineage, who: Profile
) -> None:
    apart = {NodeId(f"x{i}"): replace(n, id=NodeId(f"x{i}")) for i, n in other.nodes.items()}
    moved = tuple(
        replace(e, child=NodeId(f"x{e.child}"), parent=NodeId(f"x{e.parent}")) for e in other.edges
    )
    other = Lineage(subject=NodeId(f"x{SUBJECT}"), nodes=apart, edges=moved)

    together = assess_stack([one, other], who)

    assert together == assess_stack([other, one], who)
    for part in (one, other):
        alone = ends(assess(part, who))
        assert all(
            (best, worst) >= alone[asked] and worst >= alone[asked][1]
            for asked, (best, worst) in ends(together).items()
        )
