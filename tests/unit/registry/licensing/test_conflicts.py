"""Rules L23 and L26 to L31, each with what it finds and what it leaves alone."""

from collections.abc import Iterable

import pytest

from registry.licensing.catalog import terms_of
from registry.licensing.codes import ConflictCode
from registry.licensing.conflicts import accepted_outbound, conflicts_of
from registry.licensing.findings import Finding
from registry.licensing.lineage_view import Reading
from registry.licensing.statements import Statement
from registry.licensing.terms import Basis, Permission, Word
from registry.licensing.verdict import Node, NodeClaim, RightsVerdict, assess
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade, Relation
from tests.unit.registry.licensing.lineages import (
    SUBJECT,
    child_of,
    edge,
    lineage,
    official,
    page,
    tag,
    words,
)

USE = Permission.USE_COMMERCIAL
PRIVATE = Permission.USE_PRIVATE
COPY = Permission.REDISTRIBUTE
SELL = Permission.SELL_WEIGHTS
SHARE = Permission.SHARE_DERIVATIVES
MAKE = Permission.CREATE_DERIVATIVES
FREE = Permission.HOST_FREE
PAID = Permission.HOST_PAID


def said(*ids: str, grade: Grade = Grade.TAG, reading: Reading = Reading.SURE) -> Statement:
    ancestor = NodeId("-".join(ids))
    texts = tuple(terms_of(license_id) for license_id in ids)
    return Statement(texts=texts, reading=reading, ancestors=(ancestor,), grade=grade)


def codes(findings: Iterable[Finding]) -> list[str]:
    return [finding.code.value for finding in findings]


def of(*ids: str) -> list[str]:
    """Return the conflicts of models merged together."""
    statements = [said(license_id) for license_id in ids]
    return codes(conflicts_of(statements, (), statements))


def merged(
    *ids: str, relation: Relation = Relation.MERGE, grade: Grade = Grade.TAG
) -> RightsVerdict:
    parents = [official(f"huggingface:org/{i}-{n}", i) for n, i in enumerate(ids)]
    return child_of(*parents, claims=[tag("mit")], relation=relation, grade=grade)


class TestShareAlike:
    def test_finds_texts_that_accept_only_themselves(self) -> None:
        assert of("cc-by-sa-4.0", "cdla-sharing-1.0") == ["SHARE_ALIKE_CONFLICT"]

    @pytest.mark.parametrize(
        "ids",
        [
            ("cc-by-sa-4.0", "gpl-3.0"),  # a bridge one way
            ("cc-by-sa-3.0", "cc-by-sa-4.0"),
            ("gpl-3.0", "agpl-3.0"),
            ("mpl-2.0", "lgpl-2.1", "gpl-3.0"),
            ("faipl-1.0-sd", "faipl-1.0-sd"),
            ("stability-ai-nc-research", "openrail++"),  # one list only
        ],
    )
    def test_leaves_alone_what_some_licence_satisfies(self, ids: tuple[str, ...]) -> None:
        assert of(*ids) == []

    def test_needs_one_licence_for_all_and_not_one_for_each_pair(self) -> None:
        texts = ["eupl-1.1", "eupl-1.2", "mpl-2.0"]

        assert accepted_outbound(map(said, texts)) == frozenset({"gpl-2.0"})
        assert accepted_outbound(map(said, [*texts, "gpl-3.0"])) == frozenset()

    def test_is_unrestricted_without_a_list(self) -> None:
        assert accepted_outbound([said("mit"), said("openrail++")]) is None
        assert accepted_outbound([]) is None

    def test_forbids_sharing_and_nothing_else(self) -> None:
        verdict = merged("cc-by-sa-4.0", "cdla-sharing-1.0")

        assert words(verdict, COPY, SELL, SHARE) == ["forbidden"] * 3
        assert verdict.relicense.word is Word.FORBIDDEN
        assert words(verdict, PRIVATE, USE, MAKE, FREE, PAID) == ["allowed"] * 5

    def test_forbids_hosting_under_network_copyleft(self) -> None:
        verdict = merged("osl-3.0", "cc-by-sa-4.0")

        assert words(verdict, COPY, FREE, PAID) == ["forbidden"] * 3
        assert words(verdict, PRIVATE, USE) == ["allowed"] * 2

    def test_rests_on_the_weakest_of_the_statements(self) -> None:
        texts = [official("huggingface:org/a", "cc-by-sa-4.0"), page(tag("gpl-2.0"), name="civ:2")]
        labelled = next(g for g in child_of(*texts).rights[COPY].grounds if "CONFLICT" in g.clause)
        read = merged("cc-by-sa-4.0", "cdla-sharing-1.0").rights[COPY].grounds[0]

        assert (labelled.basis, labelled.source) == (Basis.TAG, "card")
        assert (read.basis, read.source) == (Basis.TEXT, "index")

    def test_names_the_texts_and_the_ancestors_that_ask(self) -> None:
        found = merged("mit", "cc-by-sa-4.0", "cdla-sharing-1.0").conflicts[0]

        assert found.licenses == ("cc-by-sa-4.0", "cdla-sharing-1.0")
        assert found.ancestors == (
            "huggingface:org/cc-by-sa-4.0-1",
            "huggingface:org/cdla-sharing-1.0-2",
        )
        assert found.clause == "share_alike.accepts"
        assert "Creative Commons BY-SA-4.0" in found.because

    @pytest.mark.parametrize("relation", [Relation.BUNDLE, Relation.RUNTIME, Relation.DATASET])
    def test_does_not_reach_parts_that_keep_their_terms(self, relation: Relation) -> None:
        base = official("huggingface:org/base", "cc-by-sa-4.0")
        part = official("huggingface:org/part", "cdla-sharing-1.0")
        edges = [edge(base), edge(part, relation)]

        verdict = assess(lineage(page(tag("mit")), [base, part], edges))

        assert codes(verdict.conflicts) == []

    def test_leaves_the_subjects_own_statement_to_drift(self) -> None:
        parent = official("huggingface:org/sa", "cc-by-sa-4.0")

        verdict = child_of(parent, claims=[tag("cdla-sharing-1.0")])

        assert codes(verdict.conflicts) == []

    def test_reaches_a_grandparent(self) -> None:
        middle = page(tag("cc-by-sa-4.0"), name="civitai:2")
        root = official("huggingface:org/root", "cdla-sharing-1.0")
        edges = [edge(middle), edge(root, child="civitai:2")]

        verdict = assess(lineage(page(tag("mit")), [middle, root], edges))

        assert codes(verdict.conflicts) == ["SHARE_ALIKE_CONFLICT"]

    def test_only_widens_over_a_weak_edge(self) -> None:
        parents = [
            official("huggingface:org/a", "cc-by-sa-4.0"),
            official("huggingface:org/b", "cdla-sharing-1.0"),
        ]
        edges = [edge(parents[0]), edge(parents[1], grade=Grade.INFERRED)]

        verdict = assess(lineage(page(tag("mit")), parents, edges))

        assert codes(verdict.conflicts) == ["SHARE_ALIKE_CONFLICT"]
        assert not verdict.conflicts[0].is_firm
        assert words(verdict, COPY, USE) == ["unclear", "allowed"]

    def test_is_firm_if_the_firm_texts_conflict_already(self) -> None:
        weak = said("osl-3.0", grade=Grade.PROSE)
        firm = [said("cc-by-sa-4.0"), said("cdla-sharing-1.0")]

        found = conflicts_of([*firm, weak])

        assert [f.is_firm for f in found if f.code is ConflictCode.SHARE_ALIKE_CONFLICT] == [True]

    def test_lets_the_licensee_choose(self) -> None:
        choice = said("cc-by-sa-4.0", "mit", reading=Reading.CHOICE)

        assert codes(conflicts_of([choice, said("cdla-sharing-1.0")])) == []

    def test_finds_that_no_choice_helps(self) -> None:
        choice = said("cc-by-sa-4.0", "osl-3.0", reading=Reading.CHOICE)

        found = conflicts_of([choice, said("cdla-sharing-1.0")])

        assert codes(found) == ["SHARE_ALIKE_CONFLICT"]
        assert found[0].is_firm

    def test_only_widens_where_one_of_the_texts_in_doubt_conflicts(self) -> None:
        doubt = said("cc-by-sa-4.0", "mit", reading=Reading.DOUBT)

        found = conflicts_of([doubt, said("cdla-sharing-1.0")])

        assert codes(found) == ["SHARE_ALIKE_CONFLICT"]
        assert not found[0].is_firm


class TestFurtherRestrictions:
    @pytest.mark.parametrize(
        ("over", "added", "named"),
        [
            ("cc-by-sa-4.0", "cc-by-nc-4.0", "no commercial use"),
            ("gpl-3.0", "qwen", "a limit by mau"),
            ("gpl-3.0", "tencent-hunyuan-community", "not in EU/KR/UK"),
            ("gpl-3.0", "openrail++", "forbidden uses"),
            ("faipl-1.0-sd", "bigscience-openrail-m", "impersonation, undisclosed_ai_content"),
            ("gpl-3.0", "krea-2-community", "name prefix 'Krea'"),
            ("faipl-1.0-sd", "pony-v6-faipl-modified", "no paid hosting"),
            ("faipl-1.0", "faipl-1.0-sd", "forbidden uses"),
            ("agpl-3.0", "creativeml-openrail-m", "forbidden uses"),
            ("gpl-2.0", "deepseek-license", "military"),
        ],
    )
    def test_finds_what_a_text_lacks(self, over: str, added: str, named: str) -> None:
        found = [
            finding.because
            for finding in conflicts_of([said(over), said(added)])
            if finding.code is ConflictCode.FURTHER_RESTRICTIONS_CONFLICT
            and finding.because.startswith(terms_of(over).name)
        ]

        assert len(found) == 1
        assert named in found[0]

    @pytest.mark.parametrize(
        "ids",
        [
            ("faipl-1.0-sd", "creativeml-openrail-m"),  # the same list
            ("faipl-1.0-sd", "openrail++"),
            ("cc-by-nc-sa-4.0", "cc-by-nc-4.0"),  # non-commercial itself
            ("gpl-3.0", "mit"),
            ("faipl-1.0", "agpl-3.0"),  # accepted by name
            ("mpl-2.0", "openrail++"),  # file-wise copyleft only
            ("openrail++", "cc-by-nc-4.0"),  # bars nothing further
            ("fair-noncommercial-research-license", "fair-noncommercial-research-license"),
        ],
    )
    def test_leaves_alone_what_is_no_further_restriction(self, ids: tuple[str, ...]) -> None:
        assert of(*ids) == []

    def test_works_both_ways(self) -> None:
        assert of("openrail++", "gpl-3.0") == of("gpl-3.0", "openrail++")
        assert of("openrail++", "gpl-3.0") == ["FURTHER_RESTRICTIONS_CONFLICT"]

    def test_forbids_sharing_and_under_network_copyleft_hosting(self) -> None:
        gpl, agpl = merged("gpl-3.0", "openrail++"), merged("agpl-3.0", "openrail++")

        assert words(gpl, COPY, SELL, SHARE) == ["forbidden"] * 3
        assert words(gpl, USE, FREE, PAID) == ["conditional"] * 3
        assert words(agpl, COPY, FREE, PAID) == ["forbidden"] * 3
        assert words(agpl, USE, PRIVATE) == ["conditional"] * 2

    def test_is_not_sure_of_a_list_nobody_itemised_against_a_list(self) -> None:
        found = conflicts_of([said("faipl-1.0-sd"), said("flux-nc-2.1")])
        certain = conflicts_of([said("faipl-1.0-sd"), said("apple-amlr")])
        doubtful = conflicts_of([said("noobai-xl"), said("apple-amlr")])

        assert [finding.is_firm for finding in found] == [True]  # non-commercial all the same
        assert [finding.is_firm for finding in certain] == [True]
        assert [finding.is_firm for finding in doubtful] == [False]

    def test_is_sure_of_a_list_nobody_itemised_against_none(self) -> None:
        found = conflicts_of([said("gpl-3.0"), said("falcon-2-11b")])

        assert [finding.is_firm for finding in found] == [True]

    def test_is_not_sure_of_a_text_nobody_verified(self) -> None:
        found = conflicts_of([said("cc-by-sa-4.0"), said("bria-nc")])

        assert codes(found) == ["FURTHER_RESTRICTIONS_CONFLICT"]
        assert not found[0].is_firm

    def test_lets_the_licensee_choose(self) -> None:
        choice = said("gpl-3.0", "mit", reading=Reading.CHOICE)

        assert codes(conflicts_of([choice, said("openrail++")])) == []

    def test_may_apply_where_a_text_is_in_doubt(self) -> None:
        doubt = said("gpl-3.0", "mit", reading=Reading.DOUBT)

        found = conflicts_of([doubt, said("openrail++")])

        assert codes(found) == ["FURTHER_RESTRICTIONS_CONFLICT"]
        assert not found[0].is_firm

    def test_keeps_a_restriction_that_may_be_void(self) -> None:
        verdict = merged("faipl-1.0-sd", "noobai-xl")

        assert words(verdict, USE, COPY) == ["forbidden", "forbidden"]
        assert "FURTHER_RESTRICTIONS_CONFLICT" in codes(verdict.conflicts)


class TestSoftware:
    @pytest.mark.parametrize(
        "ids",
        [
            ("gpl-2.0", "apache-2.0"),
            ("gpl-3.0", "osl-3.0"),
            ("epl-2.0", "osl-3.0"),
            ("gpl-2.0", "gpl-3.0"),
        ],
    )
    def test_finds_what_the_matrix_forbids(self, ids: tuple[str, str]) -> None:
        found = conflicts_of([said(license_id) for license_id in ids])

        firm = [f.is_firm for f in found if f.code is ConflictCode.OSADL_INCOMPATIBLE]
        assert firm == [True]

    @pytest.mark.parametrize(
        "ids",
        [
            ("gpl-3.0", "apache-2.0"),
            ("gpl-3.0", "mit"),
            ("lgpl-2.1", "apache-2.0"),  # together under gpl-3.0
            ("gpl-3.0", "agpl-3.0"),  # by a named clause
            ("apache-2.0", "ms-pl"),  # no copyleft: each keeps its own
            ("gpl-2.0", "cc-by-4.0"),  # no software pair
            ("gpl-2.0", "gemma"),
        ],
    )
    def test_leaves_alone_what_goes_together(self, ids: tuple[str, str]) -> None:
        assert "OSADL_INCOMPATIBLE" not in of(*ids)

    def test_only_widens_where_the_matrix_does_not_know(self) -> None:
        verdict = merged("gpl-3.0", "afl-3.0")

        assert codes(verdict.conflicts) == ["OSADL_INCOMPATIBLE"]
        assert words(verdict, COPY, USE) == ["unclear", "allowed"]
        assert "unknown" in verdict.conflicts[0].because

    def test_only_widens_on_weak_evidence(self) -> None:
        found = conflicts_of([said("gpl-2.0"), said("apache-2.0", grade=Grade.INFERRED)])

        assert [finding.is_firm for finding in found] == [False]

    def test_forbids_sharing(self) -> None:
        verdict = merged("gpl-2.0", "apache-2.0")

        assert words(verdict, COPY, USE, FREE) == ["forbidden", "allowed", "allowed"]
        assert verdict.conflicts[0].clause == "OSADL matrix"


class TestExclusiveFamily:
    @pytest.mark.parametrize("ids", [("llama3", "apache-2.0"), ("apache-2.0", "dbrx")])
    def test_finds_another_family(self, ids: tuple[str, str]) -> None:
        assert of(*ids) == ["EXCLUSIVE_FAMILY"]

    @pytest.mark.parametrize(
        "ids",
        [("llama3.1", "apache-2.0"), ("llama2", "llama3.1"), ("llama3",), ("llama3", "other")],
    )
    def test_leaves_alone_its_own_family_and_open_texts(self, ids: tuple[str, ...]) -> None:
        assert of(*ids) == []

    def test_leaves_making_and_sharing_to_a_person(self) -> None:
        verdict = merged("llama3", "apache-2.0")

        assert words(verdict, MAKE, SHARE, COPY, SELL) == ["unclear"] * 4
        assert words(verdict, USE) == ["conditional"]
        assert verdict.rights[COPY].best is Word.CONDITIONAL
        assert verdict.conflicts[0].is_firm

    def test_is_not_misled_by_a_wrong_tag_on_a_descendant(self) -> None:
        llama = official("huggingface:meta-llama/Llama-3-8B", "llama3")
        middle = page(tag("apache-2.0"), name="civitai:2")
        edges = [edge(middle), edge(llama, child="civitai:2"), edge(llama)]

        verdict = assess(lineage(page(tag("mit")), [middle, llama], edges))

        assert codes(verdict.conflicts) == []

    def test_takes_a_model_with_a_guessed_parent_for_a_beginning(self) -> None:
        llama = official("huggingface:meta-llama/Llama-3-8B", "llama3")
        middle = official("huggingface:org/other", "apache-2.0")
        guess = edge(llama, child=middle.id, grade=Grade.INFERRED)

        verdict = assess(
            lineage(page(tag("mit")), [middle, llama], [edge(middle), edge(llama), guess])
        )

        assert codes(verdict.conflicts) == ["EXCLUSIVE_FAMILY"]

    def test_only_widens_on_weak_evidence(self) -> None:
        verdict = merged("llama3", "apache-2.0", grade=Grade.INFERRED)

        assert [
            f.is_firm for f in verdict.conflicts if f.code is ConflictCode.EXCLUSIVE_FAMILY
        ] == [False]
        assert verdict.rights[COPY].best is Word.ALLOWED


class TestNames:
    def test_finds_two_prefixes(self) -> None:
        found = conflicts_of([said("llama3.1"), said("krea-2-community")])

        assert codes(found) == ["NAME_PREFIX_CONFLICT"]
        assert found[0].because.endswith("Krea, Llama.")

    @pytest.mark.parametrize(
        "ids", [("llama3.1", "llama3"), ("llama3.1", "mit"), ("krea-2-community",)]
    )
    def test_leaves_alone_what_one_name_satisfies(self, ids: tuple[str, ...]) -> None:
        assert "NAME_PREFIX_CONFLICT" not in of(*ids)

    def test_follows_training_on_outputs(self) -> None:
        found = conflicts_of([said("krea-2-community")], [said("llama3.1")])

        assert codes(found) == ["NAME_PREFIX_CONFLICT"]

    def test_is_said_once_for_all_versions_of_a_family(self) -> None:
        found = conflicts_of([said("llama3.1"), said("llama3.2"), said("krea-2-community")])

        assert codes(found) == ["NAME_PREFIX_CONFLICT"]

    def test_prefers_the_firm_finding(self) -> None:
        weak = said("llama3.2", grade=Grade.INFERRED)

        for order in ([said("llama3.1"), weak], [weak, said("llama3.1")]):
            found = conflicts_of([*order, said("krea-2-community")])
            assert [finding.is_firm for finding in found] == [True]

    def test_leaves_sharing_to_a_person(self) -> None:
        verdict = merged("llama3.1", "hyperclova-x-seed")

        assert words(verdict, COPY, SHARE, SELL) == ["unclear"] * 3
        assert words(verdict, USE, MAKE) == ["conditional"] * 2
        assert verdict.relicense.word is Word.UNCLEAR


class TestTraining:
    @pytest.mark.parametrize(
        "license_id",
        ["llama2", "llama3", "flux-1-dev-nc-1.1.1", "mrl-0.1", "kolors", "exaone-1.1-nc"],
    )
    def test_finds_a_rule(self, license_id: str) -> None:
        assert codes(conflicts_of([], [said(license_id)])) == ["TRAINING_ON_OUTPUTS"]

    @pytest.mark.parametrize("license_id", ["llama3.1", "gemma", "mit", "openrail++", "qwen"])
    def test_leaves_alone_open_texts(self, license_id: str) -> None:
        assert codes(conflicts_of([], [said(license_id)])) == []

    def test_leaves_sharing_to_a_person_and_running_alone(self) -> None:
        teacher = official("huggingface:org/teacher", "llama3")
        base = official("huggingface:org/base", "apache-2.0")
        edges = [edge(base), edge(teacher, Relation.DISTILL)]

        verdict = assess(lineage(page(tag("mit")), [base, teacher], edges))

        assert codes(verdict.conflicts) == ["TRAINING_ON_OUTPUTS"]
        assert words(verdict, COPY, SHARE) == ["unclear", "unclear"]
        assert words(verdict, USE, PAID) == ["allowed", "allowed"]
        assert "own family only" in verdict.conflicts[0].because

    def test_reaches_a_parent_that_was_trained_so(self) -> None:
        teacher = official("huggingface:org/teacher", "llama3")
        student = page(tag("mit"), name="civitai:2")
        edges = [edge(student), edge(teacher, Relation.DISTILL, child="civitai:2")]

        verdict = assess(lineage(page(tag("mit")), [student, teacher], edges))

        assert "TRAINING_ON_OUTPUTS" in codes(verdict.conflicts)

    def test_does_not_reach_what_is_only_run_beside(self) -> None:
        teacher = official("huggingface:org/teacher", "llama3")
        tool = page(tag("mit"), name="civitai:2")
        edges = [edge(tool, Relation.RUNTIME), edge(teacher, Relation.DISTILL, child="civitai:2")]

        verdict = assess(lineage(page(tag("mit")), [tool, teacher], edges))

        assert "TRAINING_ON_OUTPUTS" not in codes(verdict.conflicts)

    def test_is_not_sure_of_a_service_nobody_read(self) -> None:
        found = conflicts_of([], [said("midjourney-tos")])

        assert [finding.is_firm for finding in found] == [False]

    def test_of_a_choice_is_not_sure(self) -> None:
        choice = said("llama3", "mit", reading=Reading.CHOICE)

        assert [finding.is_firm for finding in conflicts_of([], [choice])] == [False]


class TestUnknownParent:
    @pytest.mark.parametrize("license_id", ["other", "unknown", "none-declared", "openrail", "cc"])
    def test_finds_a_parent_without_a_text(self, license_id: str) -> None:
        found = merged("mit", license_id).conflicts

        assert codes(found) == ["UNKNOWN_PARENT"]
        assert found[0].ancestors == (f"huggingface:org/{license_id}-1",)
        assert found[0].effects == ()

    def test_finds_a_parent_nobody_has_seen(self) -> None:
        seen = official("huggingface:org/mit", "mit")
        unseen = Node(id=NodeId("name:unseen"), label="unseen", is_open=True)

        verdict = child_of(seen, unseen, claims=[tag("mit")])

        assert codes(verdict.conflicts) == ["UNKNOWN_PARENT"]

    def test_finds_a_parent_of_which_only_prose_speaks(self) -> None:
        verdict = child_of(
            page(tag("mit", grade=Grade.PROSE), name="civitai:2"), claims=[tag("mit")]
        )

        assert "UNKNOWN_PARENT" in codes(verdict.conflicts)

    def test_says_that_a_parent_is_assumed(self) -> None:
        verdict = assess(lineage(page(tag("mit"))))

        assert codes(verdict.conflicts) == ["UNKNOWN_PARENT"]
        assert "nobody says what it was made from" in verdict.conflicts[0].because
        assert verdict.conflicts[0].ancestors == (SUBJECT,)
        assert verdict.conflicts[0].grade is Grade.INFERRED

    def test_is_not_found_among_data_sets(self) -> None:
        base = official("huggingface:org/base", "mit")
        data = official("huggingface:org/data", "other")
        edges = [edge(base), edge(data, Relation.DATASET)]

        verdict = assess(lineage(page(tag("mit")), [base, data], edges))

        assert codes(verdict.conflicts) == []

    def test_is_not_the_page_itself(self) -> None:
        parent = official("huggingface:org/base", "mit")

        assert codes(child_of(parent, claims=[tag("other")]).conflicts) == []

    def test_counts_no_statement_that_an_official_text_beats(self) -> None:
        release = official("huggingface:org/base", "mit")
        beaten = NodeClaim(
            license_id="other", grade=Grade.TAG, source="card", basis=release.claims[0].basis
        )
        labelled = Node(
            id=release.id,
            label="base",
            claims=(*release.claims, beaten),
            is_official_base=True,
        )

        assert codes(child_of(labelled, claims=[tag("mit")]).conflicts) == []


class TestGrounds:
    def test_show_the_finding_where_it_binds(self) -> None:
        ground = merged("cc-by-sa-4.0", "cdla-sharing-1.0").rights[COPY].grounds[0]

        assert ground.clause.startswith("redistribute: SHARE_ALIKE_CONFLICT, No licence")
        assert ground.license == "cc-by-sa-4.0"
        assert ground.ancestor == "huggingface:org/cc-by-sa-4.0-0"

    def test_show_it_for_other_terms_as_well(self) -> None:
        clauses = [
            ground.clause for ground in merged("cc-by-sa-4.0", "cdla-sharing-1.0").relicense.grounds
        ]

        assert any(clause.startswith("relicense: SHARE_ALIKE_CONFLICT") for clause in clauses)


def test_a_later_version_may_be_chosen_where_the_text_says_so() -> None:
    later = said("gpl-2.0", "gpl-3.0", reading=Reading.CHOICE)

    assert codes(conflicts_of([later, said("apache-2.0")])) == []
    assert codes(conflicts_of([later, said("agpl-3.0")])) == []
    assert codes(conflicts_of([later, said("openrail++")])) == ["FURTHER_RESTRICTIONS_CONFLICT"]
