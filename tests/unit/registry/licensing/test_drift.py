"""Rules L32 to L35, each with what it finds and what it leaves alone."""

from dataclasses import replace

import pytest

from registry.licensing.lineage_view import CivitaiFlags, Reading
from registry.licensing.terms import Basis
from registry.licensing.verdict import Node, NodeClaim, RightsVerdict, assess
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade, Relation
from tests.unit.registry.licensing.lineages import (
    SUBJECT,
    child_of,
    edge,
    flag_claim,
    flags,
    lineage,
    official,
    page,
    tag,
)

BASIS = Basis.TEXT


def text(*ids: str, reading: Reading = Reading.SURE, grade: Grade = Grade.TEXT_LINKED) -> NodeClaim:
    """Return a declaration whose text was seen, so that nothing is said of that."""
    return NodeClaim(
        license_id=ids[0], others=ids[1:], reading=reading, grade=grade, source="", basis=BASIS
    )


def made_from(*ids: str, relation: Relation = Relation.FINETUNE) -> list[Node]:
    return [official(f"huggingface:org/{i}", i) for i in ids]


def codes(verdict: RightsVerdict) -> list[str]:
    return [finding.code.value for finding in verdict.drift]


def declared(license_id: str, *parents: str, relation: Relation = Relation.FINETUNE) -> list[str]:
    """Return the drift of a page that declares one licence over some parents."""
    return codes(child_of(*made_from(*parents), claims=[text(license_id)], relation=relation))


class TestDropped:
    @pytest.mark.parametrize(
        ("license_id", "parent", "code"),
        [
            ("apache-2.0", "cc-by-nc-4.0", "DROPPED_NC"),
            ("mit", "creativeml-openrail-m", "DROPPED_USE_RESTRICTIONS"),
            ("openrail++", "bigscience-openrail-m", "DROPPED_USE_RESTRICTIONS"),
            ("mit", "apple-amlr", "DROPPED_USE_RESTRICTIONS"),
            ("mit", "cc-by-sa-4.0", "DROPPED_SHARE_ALIKE"),
            ("agpl-3.0", "gpl-2.0", "DROPPED_SHARE_ALIKE"),
            ("apache-2.0", "mpl-2.0", "DROPPED_SHARE_ALIKE"),
            ("mit", "qwen", "DROPPED_THRESHOLD"),
            ("qwen", "tencent-hunyuan-3d-2.0", "DROPPED_THRESHOLD"),  # 100M is laxer than 1M
            ("mit", "krea-2-community", "DROPPED_NAMING"),
            ("mit", "stability-ai-community", "DROPPED_NAMING"),
        ],
    )
    def test_finds_what_the_declaration_lacks(
        self, license_id: str, parent: str, code: str
    ) -> None:
        assert code in declared(license_id, parent)

    @pytest.mark.parametrize(
        ("license_id", "parent"),
        [
            ("mit", "apache-2.0"),
            ("openrail++", "creativeml-openrail-m"),
            ("bigscience-openrail-m", "openrail++"),
            ("cc-by-nc-sa-4.0", "cc-by-nc-4.0"),
            ("gpl-3.0", "cc-by-sa-4.0"),
            ("agpl-3.0", "gpl-3.0"),
            ("faipl-1.0-sd", "openrail++"),
            ("tencent-hunyuan-community", "tencent-hunyuan-community"),
            ("stability-ai-community", "stability-ai-community"),
            ("llama3.1", "llama3.1"),
            ("kimi-k2-modified-mit", "mit"),
        ],
    )
    def test_leaves_alone_what_the_declaration_carries(self, license_id: str, parent: str) -> None:
        assert declared(license_id, parent) == []

    def test_says_what_is_declared_and_what_the_text_says(self) -> None:
        verdict = child_of(*made_from("cc-by-nc-4.0"), claims=[text("apache-2.0")])

        finding = verdict.drift[0]
        assert finding.because == (
            "Declared Apache License 2.0; the text of an ancestor, Creative Commons BY-NC-4.0, "
            "bars commercial use; evidence grade E3."
        )
        assert finding.clause == "permissions.use_commercial"
        assert finding.ancestors == ("huggingface:org/cc-by-nc-4.0",)
        assert finding.licenses == ("cc-by-nc-4.0",)
        assert finding.effects == ()

    def test_is_not_dropped_if_one_of_two_statements_carries_it(self) -> None:
        both = [text("mit"), text("openrail++")]

        assert codes(child_of(*made_from("creativeml-openrail-m"), claims=both)) == []

    def test_is_dropped_by_a_choice_that_offers_it(self) -> None:
        choice = [text("mit", "openrail++", reading=Reading.CHOICE)]

        found = codes(child_of(*made_from("creativeml-openrail-m"), claims=choice))

        assert found == ["DROPPED_USE_RESTRICTIONS"]

    def test_gives_a_doubt_the_benefit(self) -> None:
        doubt = [text("mit", "openrail++", reading=Reading.DOUBT)]

        assert codes(child_of(*made_from("creativeml-openrail-m"), claims=doubt)) == []

    @pytest.mark.parametrize(
        ("license_id", "found"),
        [
            ("cc-by-nc-4.0", ["DROPPED_NC"]),
            ("cc-by-sa-4.0", []),
            ("krea-2-community", ["DROPPED_THRESHOLD", "DROPPED_USE_RESTRICTIONS"]),
        ],
    )
    def test_counts_a_bundled_part_for_use_and_caps(
        self, license_id: str, found: list[str]
    ) -> None:
        base, part = made_from("mit", license_id)
        edges = [edge(base), edge(part, Relation.BUNDLE)]

        assert codes(assess(lineage(page(text("mit")), [base, part], edges))) == found

    @pytest.mark.parametrize("relation", [Relation.RUNTIME, Relation.DATASET])
    def test_counts_nothing_that_is_not_handed_on(self, relation: Relation) -> None:
        found = declared("mit", "cc-by-nc-4.0", relation=relation)

        assert "DROPPED_NC" not in found

    def test_counts_names_after_training_on_outputs(self) -> None:
        base, teacher = made_from("mit", "llama3.1")
        edges = [edge(base), edge(teacher, Relation.DISTILL)]

        verdict = assess(lineage(page(text("mit")), [base, teacher], edges))

        assert codes(verdict) == ["DROPPED_NAMING"]

    def test_reaches_a_grandparent(self) -> None:
        middle = page(tag("mit"), name="civitai:2")
        root = official("huggingface:org/root", "cc-by-nc-4.0")
        edges = [edge(middle), edge(root, child="civitai:2")]

        verdict = assess(lineage(page(text("mit")), [middle, root], edges))

        assert codes(verdict) == ["DROPPED_NC"]


class TestAdded:
    @pytest.mark.parametrize(
        ("license_id", "parent"),
        [
            ("noobai-xl", "faipl-1.0-sd"),
            ("cc-by-nc-sa-4.0", "cc-by-sa-4.0"),
            ("openrail++", "gpl-3.0"),
        ],
    )
    def test_finds_a_licence_that_adds(self, license_id: str, parent: str) -> None:
        assert "ADDED_RESTRICTION_ON_SA" in declared(license_id, parent)

    @pytest.mark.parametrize(
        ("license_id", "parent"),
        [
            ("agpl-3.0", "faipl-1.0"),
            ("gpl-3.0", "cc-by-sa-4.0"),
            ("mit", "gpl-3.0"),
            ("openrail++", "mit"),
            ("openrail++", "mpl-2.0"),
        ],
    )
    def test_leaves_alone_what_adds_nothing(self, license_id: str, parent: str) -> None:
        assert "ADDED_RESTRICTION_ON_SA" not in declared(license_id, parent)

    @pytest.mark.parametrize(
        ("claim", "named"),
        [
            (flags("Image", "Rent"), "Sell"),
            (flags("Image"), "the flag Rent is off, the flag Sell is off"),
            (flags("Sell"), "Image"),
            (flags("Image", "Sell", derivatives=False), "allowDerivatives"),
        ],
    )
    def test_finds_a_flag_that_is_off(self, claim: NodeClaim, named: str) -> None:
        verdict = child_of(*made_from("faipl-1.0-sd"), claims=[claim])

        assert codes(verdict) == ["ADDED_RESTRICTION_ON_SA"]
        assert named in verdict.drift[0].because
        assert "The stricter answer is kept." in verdict.drift[0].because

    def test_leaves_alone_flags_that_take_nothing(self) -> None:
        verdict = child_of(*made_from("faipl-1.0-sd"), claims=[flags("Image", "Sell")])

        assert codes(verdict) == []

    def test_leaves_alone_what_the_text_forbids_itself(self) -> None:
        verdict = child_of(*made_from("pony-v6-faipl-modified"), claims=[flags("Image")])

        assert codes(verdict) == ["ADDED_RESTRICTION_ON_SA"]
        assert "the flag Sell is off;" in verdict.drift[0].because
        assert "Rent" not in verdict.drift[0].because

    def test_leaves_alone_flags_nobody_said(self) -> None:
        said = flag_claim(CivitaiFlags(no_credit=True))

        assert codes(child_of(*made_from("faipl-1.0-sd"), claims=[said])) == []

    def test_leaves_alone_a_base_that_lets_add(self) -> None:
        assert codes(child_of(*made_from("openrail++"), claims=[flags("Image")])) == []


class TestExceeding:
    @pytest.mark.parametrize("given", ["Sell", "Rent"])
    def test_finds_a_flag_beyond_the_base(self, given: str) -> None:
        verdict = child_of(*made_from("flux-1-dev-nc-1.1.1"), claims=[flags(given)])

        assert codes(verdict) == ["PLATFORM_FLAG_EXCEEDS_BASE"]
        assert "Rent" in verdict.drift[0].because

    def test_finds_images_for_sale_beyond_the_base(self) -> None:
        verdict = child_of(*made_from("noobai-xl"), claims=[flags("Image", derivatives=True)])

        assert "PLATFORM_FLAG_EXCEEDS_BASE" in codes(verdict)
        assert "give Image;" in verdict.drift[-1].because

    def test_leaves_alone_what_the_base_gives(self) -> None:
        assert codes(child_of(*made_from("openrail++"), claims=[flags("Image", "Sell")])) == []

    def test_leaves_alone_flags_that_are_off(self) -> None:
        assert codes(child_of(*made_from("flux-1-dev-nc-1.1.1"), claims=[flags("Image")])) == []


class TestPage:
    def test_finds_a_label_beside_another_text(self) -> None:
        official_text = official("huggingface:Kwai-Kolors/Kolors", "kolors")
        labelled = replace(
            official_text, claims=(*official_text.claims, tag("apache-2.0")), id=SUBJECT
        )

        verdict = assess(lineage(labelled))

        assert codes(verdict) == ["LABEL_TEXT_MISMATCH"]
        assert verdict.drift[0].because == "The label says apache-2.0; the text is kolors."

    def test_leaves_alone_a_label_that_agrees(self) -> None:
        official_text = official(SUBJECT, "kolors")
        labelled = replace(official_text, claims=(*official_text.claims, tag("kolors")))

        assert codes(assess(lineage(labelled))) == []

    def test_says_that_no_text_was_seen(self) -> None:
        verdict = child_of(*made_from("mit"), claims=[tag("mit")])

        assert codes(verdict) == ["NO_LICENCE_TEXT"]
        assert verdict.drift[0].ancestors == (SUBJECT,)
        assert verdict.drift[0].licenses == ("mit",)

    def test_counts_a_tag_of_high_grade_for_no_text(self) -> None:
        claim = replace(text("mit"), basis=Basis.TAG)

        assert codes(child_of(*made_from("mit"), claims=[claim])) == ["NO_LICENCE_TEXT"]

    @pytest.mark.parametrize("grade", [Grade.TEXT_MATCHED, Grade.TEXT_LINKED])
    def test_counts_a_text_that_was_linked_or_matched(self, grade: Grade) -> None:
        assert codes(child_of(*made_from("mit"), claims=[text("mit", grade=grade)])) == []

    def test_asks_no_text_of_a_work_that_is_not_published(self) -> None:
        planned = replace(page(tag("mit")), awaits_license=True)
        parent = made_from("mit")[0]

        assert codes(assess(lineage(planned, [parent], [edge(parent)]))) == []


class TestVersions:
    @pytest.mark.parametrize(
        ("license_id", "parent"),
        [
            ("llama3", "llama3.1"),
            ("flux-1-dev-nc-1.0", "flux-1-dev-nc-1.1.1"),
            ("gpl-2.0", "gpl-3.0"),
            ("cc-by-4.0", "cc-by-3.0"),
        ],
    )
    def test_finds_another_version(self, license_id: str, parent: str) -> None:
        assert "VERSION_MISMATCH" in declared(license_id, parent)

    @pytest.mark.parametrize(
        ("license_id", "parent"),
        [
            ("llama3.1", "llama3.1"),
            ("cc-by-sa-4.0", "cc-by-sa-3.0"),  # accepted by name
            ("cc-by-nc-4.0", "cc-by-4.0"),
            ("openrail++", "creativeml-openrail-m"),
            ("agpl-3.0", "gpl-3.0"),
            ("mit", "isc"),
        ],
    )
    def test_leaves_alone_other_texts(self, license_id: str, parent: str) -> None:
        assert "VERSION_MISMATCH" not in declared(license_id, parent)


class TestUnverifiable:
    def test_says_so_of_an_unknown_parent(self) -> None:
        verdict = child_of(*made_from("mit", "other"), claims=[text("mit")])

        assert codes(verdict) == ["UNVERIFIABLE"]
        assert verdict.drift[0].ancestors == ("huggingface:org/other",)

    def test_says_so_of_a_parent_that_must_be_assumed(self) -> None:
        assert codes(assess(lineage(page(text("mit"))))) == ["UNVERIFIABLE"]

    @pytest.mark.parametrize("license_id", ["other", "unknown", "openrail"])
    def test_says_so_of_a_declaration_without_a_text(self, license_id: str) -> None:
        verdict = child_of(*made_from("cc-by-nc-4.0"), claims=[text(license_id)])

        assert codes(verdict) == ["UNVERIFIABLE"]
        assert verdict.drift[0].ancestors == (SUBJECT,)

    def test_says_so_of_flags_alone_by_their_own_grade(self) -> None:
        (found,) = assess(lineage(page(flags(different_license=True)))).drift

        assert (found.code.value, found.grade) == ("UNVERIFIABLE", Grade.PLATFORM_FLAG)

    def test_says_so_of_a_declaration_in_prose(self) -> None:
        claim = replace(text("mit"), grade=Grade.PROSE)

        assert "DROPPED_NC" not in codes(child_of(*made_from("cc-by-nc-4.0"), claims=[claim]))
        assert "UNVERIFIABLE" in codes(child_of(*made_from("cc-by-nc-4.0"), claims=[claim]))

    def test_accuses_nobody_on_weak_evidence(self) -> None:
        parents = made_from("mit", "cc-by-nc-4.0")
        edges = [edge(parents[0]), edge(parents[1], grade=Grade.INFERRED)]

        verdict = assess(lineage(page(text("mit")), parents, edges))

        assert codes(verdict) == ["UNVERIFIABLE"]
        assert verdict.drift[0].ancestors == ("huggingface:org/cc-by-nc-4.0",)

    def test_accuses_nobody_on_a_text_nobody_verified(self) -> None:
        assert declared("mit", "bria-nc") == ["UNVERIFIABLE"]

    @pytest.mark.parametrize("claim", [flag_claim(CivitaiFlags()), None])
    def test_says_nothing_where_nothing_is_declared(self, claim: NodeClaim | None) -> None:
        subject = page(*([claim] if claim else []))
        parent = official("huggingface:org/other", "other")

        verdict = assess(lineage(subject, [parent], [edge(parent)]))

        assert codes(verdict) == []

    def test_does_not_ask_what_is_only_run_beside(self) -> None:
        base, tool = made_from("mit", "other")
        edges = [edge(base), edge(tool, Relation.RUNTIME)]

        assert codes(assess(lineage(page(text("mit")), [base, tool], edges))) == []


def test_findings_stand_in_a_stable_order() -> None:
    verdict = child_of(*made_from("flux-1-dev-nc-1.1.1", "llama3.1"), claims=[text("mit")])

    found = [(finding.code.value, finding.because) for finding in verdict.drift]
    assert found == sorted(found)
    assert {NodeId(n) for finding in verdict.drift for n in finding.ancestors} == {
        "huggingface:org/flux-1-dev-nc-1.1.1",
        "huggingface:org/llama3.1",
    }
