from dataclasses import replace

import pytest

from registry.licensing.terms import Basis, Level, Permission, Word
from registry.licensing.verdict import CivitaiFlags, Node, NodeClaim, Reading, assess
from registry.lineage.graph import NodeId
from registry.lineage.relations import Coverage, Evidence, Grade, Relation
from tests.unit.registry.licensing.lineages import (
    OPEN_FLAGS,
    SUBJECT,
    binding,
    child_of,
    edge,
    flag_claim,
    flags,
    lineage,
    official,
    page,
    tag,
    words,
)

SD15 = official("huggingface:runwayml/stable-diffusion-v1-5", "creativeml-openrail-m")
FLUX = official("huggingface:black-forest-labs/FLUX.1-dev", "flux-1-dev-nc-1.1.1")
MIT = official("huggingface:org/mit", "mit")
GEMMA = official("huggingface:google/gemma-2-9b", "gemma")
LLAMA = official("huggingface:meta-llama/Llama-3.1-8B", "llama3.1")
LABEL = Node(
    id=NodeId("base:SD 1.5"),
    label="SD 1.5",
    claims=(tag("creativeml-openrail-m", grade=Grade.PLATFORM_FLAG),),
)

PRIVATE = Permission.USE_PRIVATE
USE = Permission.USE_COMMERCIAL
OUTPUTS = Permission.OUTPUTS_COMMERCIAL
HOST = Permission.HOST_PAID
COPY = Permission.REDISTRIBUTE
SELL = Permission.SELL_WEIGHTS
SHARE = Permission.SHARE_DERIVATIVES


class TestAnyVerdict:
    @pytest.mark.parametrize(
        "subject",
        [
            page(),
            page(tag("mit")),
            page(tag("other")),
            page(tag("no such licence")),
            page(flag_claim(CivitaiFlags())),
            page(flag_claim(OPEN_FLAGS)),
            replace(page(flag_claim(OPEN_FLAGS)), is_official_base=True),
            replace(page(), is_open=True),
            replace(page(tag("openai-tos")), is_service=True),
        ],
    )
    def test_has_a_ground_for_every_permission(self, subject: Node) -> None:
        verdict = assess(lineage(subject))

        assert list(verdict.rights) == list(Permission)
        assert all(right.grounds for right in verdict.rights.values())

    def test_joins_the_intervals_of_its_grounds(self) -> None:
        verdict = child_of(SD15, FLUX, claims=[tag("mit")], relation=Relation.MERGE)

        for right in verdict.rights.values():
            assert Level[right.best.name] == max(ground.best for ground in right.grounds)
            assert Level[right.worst.name] == max(ground.worst for ground in right.grounds)

    def test_puts_the_binding_ground_first(self) -> None:
        verdict = child_of(SD15, FLUX, claims=[tag("mit")])

        ground = binding(verdict, USE)
        assert ground.ancestor == FLUX.id
        assert ground.license == "flux-1-dev-nc-1.1.1"
        assert ground.clause == "use_commercial: forbidden"
        assert ground.basis is Basis.TEXT
        assert ground.grade is Grade.TAG  # the edge is the weakest link, not the text
        assert ground.text_url.startswith("https://github.com/black-forest-labs/flux/")


class TestUnknown:
    @pytest.mark.parametrize(
        "license_id", ["other", "unknown", "cc", "openrail", "bsd", "none-declared"]
    )
    def test_is_never_allowed(self, license_id: str) -> None:
        verdict = child_of(MIT, claims=[tag(license_id)])

        assert {right.word for right in verdict.rights.values()} == {Word.UNCLEAR}

    def test_comes_from_a_page_that_declares_nothing(self) -> None:
        verdict = child_of(MIT)

        assert words(verdict, USE) == ["unclear"]
        assert binding(verdict, USE).clause == "use_commercial: no licence is declared"
        assert binding(verdict, USE).basis is Basis.SILENCE

    def test_comes_from_a_parent_that_nobody_has_seen(self) -> None:
        parent = Node(id=NodeId("huggingface:gone/model"), label="gone", is_open=True)

        verdict = child_of(parent, claims=[tag("mit")])

        assert words(verdict, USE) == ["unclear"]
        assert binding(verdict, USE).clause == "use_commercial: named as a parent, never seen here"
        assert [e.parent for e in verdict.open_edges] == [parent.id]

    def test_comes_from_a_parent_without_a_node(self) -> None:
        parent = Node(id=NodeId("name:something"), label="something", is_open=True)

        verdict = assess(lineage(page(tag("mit")), [], [edge(parent)]))

        assert words(verdict, USE) == ["unclear"]
        assert len(verdict.open_edges) == 1

    def test_does_not_soften_what_another_ancestor_forbids(self) -> None:
        parent = Node(id=NodeId("name:something"), label="something", is_open=True)

        verdict = child_of(parent, FLUX, claims=[tag("mit")])

        assert words(verdict, USE) == ["forbidden"]

    def test_follows_a_licence_that_only_prose_speaks_of(self) -> None:
        verdict = child_of(MIT, claims=[tag("mit", grade=Grade.PROSE)])

        assert words(verdict, USE) == ["unclear"]

    def test_is_not_made_by_prose_that_repeats_a_tag(self) -> None:
        verdict = child_of(MIT, claims=[tag("mit"), tag("mit", grade=Grade.PROSE)])

        assert words(verdict, USE) == ["allowed"]


class TestEvidence:
    @pytest.mark.parametrize("grade", [Grade.PROSE, Grade.INFERRED])
    def test_only_widens_when_it_is_weak(self, grade: Grade) -> None:
        verdict = assess(
            lineage(page(tag("mit")), [MIT, FLUX], [edge(MIT), edge(FLUX, grade=grade)])
        )

        right = verdict.rights[USE]
        assert (right.best, right.word, right.worst) == (
            Word.ALLOWED,
            Word.UNCLEAR,
            Word.FORBIDDEN,
        )

    @pytest.mark.parametrize(
        "grade", [Grade.TEXT_MATCHED, Grade.TEXT_LINKED, Grade.TAG, Grade.PLATFORM_FLAG]
    )
    def test_binds_when_it_is_firm(self, grade: Grade) -> None:
        assert words(child_of(FLUX, claims=[tag("mit")], grade=grade), USE) == ["forbidden"]

    def test_counts_a_retracted_statement_as_weak(self) -> None:
        edges = [edge(MIT), edge(FLUX, retracted=True)]

        verdict = assess(lineage(page(tag("mit")), [MIT, FLUX], edges))

        assert words(verdict, USE) == ["unclear"]

    def test_is_as_weak_as_the_weakest_link_of_the_path(self) -> None:
        middle = page(tag("mit"), name="civitai:2")
        edges = [edge(middle, grade=Grade.PROSE), edge(FLUX, child="civitai:2"), edge(MIT)]

        verdict = assess(lineage(page(tag("mit")), [middle, FLUX, MIT], edges))

        assert words(verdict, USE) == ["unclear"]
        assert binding(verdict, USE).grade is Grade.PROSE

    def test_is_as_strong_as_the_best_path(self) -> None:
        middle = page(tag("mit"), name="civitai:2")
        edges = [edge(FLUX, grade=Grade.PROSE), edge(middle), edge(FLUX, child="civitai:2")]

        verdict = assess(lineage(page(tag("mit")), [middle, FLUX], edges))

        assert words(verdict, USE) == ["forbidden"]

    def test_names_memory_as_the_basis_of_a_text_that_nobody_read(self) -> None:
        verdict = child_of(official("x", "no-grant-leaked"), claims=[tag("apache-2.0")])

        assert words(verdict, USE) == ["forbidden"]
        assert binding(verdict, USE).basis is Basis.MEMORY

    def test_names_silence_as_the_basis_of_what_no_text_says(self) -> None:
        verdict = child_of(MIT, claims=[tag("mit")])

        assert words(verdict, OUTPUTS) == ["allowed"]
        assert {g.basis for g in verdict.rights[OUTPUTS].grounds} == {Basis.SILENCE}

    def test_names_a_bare_tag_as_the_basis(self) -> None:
        grounds = child_of(MIT, claims=[tag("mit")]).rights[USE].grounds

        assert {(g.ancestor, g.basis) for g in grounds} == {
            (SUBJECT, Basis.TAG),
            (MIT.id, Basis.TEXT),
        }


class TestSeveralClaims:
    def test_all_apply(self) -> None:
        verdict = child_of(MIT, claims=[tag("mit"), tag("cc-by-nc-4.0")])

        assert words(verdict, USE, PRIVATE) == ["forbidden", "allowed"]

    def test_yield_to_the_official_text_and_are_shown(self) -> None:
        noob = official(SUBJECT, "noobai-xl")
        noob = replace(noob, claims=(*noob.claims, tag("mit"), tag("other")))

        right = assess(lineage(noob)).rights[USE]

        assert right.word is Word.FORBIDDEN
        assert [(g.license, g.overruled) for g in right.grounds] == [
            ("noobai-xl", False),
            ("other", True),
            ("mit", True),
        ]
        assert right.grounds[1].clause.endswith("the publisher's official text binds instead")

    def test_are_noted_in_doubt_unless_overruled(self) -> None:
        doubt = replace(
            tag("mit"), others=("isc",), reading=Reading.DOUBT, declared="one or the other"
        )
        release = official(SUBJECT, "mit")
        release = replace(release, claims=(*release.claims, doubt))

        assert assess(lineage(release)).notes == ()
        assert child_of(MIT, claims=[doubt]).notes == (f"{SUBJECT}: one or the other",)

    def test_are_taken_at_their_widest_in_doubt(self) -> None:
        doubt = replace(tag("mit"), others=("cc-by-nc-4.0",), reading=Reading.DOUBT)

        verdict = child_of(MIT, claims=[doubt])

        right = verdict.rights[USE]
        assert (right.best, right.worst) == (Word.ALLOWED, Word.FORBIDDEN)
        assert words(verdict, PRIVATE) == ["allowed"]

    def test_stay_clear_in_doubt_where_every_text_says_the_same(self) -> None:
        doubt = replace(
            tag("openrail++", grade=Grade.PROSE),
            others=("creativeml-openrail-m",),
            reading=Reading.DOUBT,
        )

        verdict = child_of(SD15, claims=[doubt])

        assert words(verdict, USE) == ["conditional"]

    def test_leave_a_choice_to_the_licensee(self) -> None:
        choice = replace(tag("cc-by-nc-4.0"), others=("mit",), reading=Reading.CHOICE)

        verdict = child_of(MIT, claims=[choice])

        assert words(verdict, USE, COPY) == ["allowed", "allowed"]
        clauses = [g.clause for g in verdict.rights[USE].grounds if g.ancestor == SUBJECT]
        assert clauses == ["use_commercial: allowed; chosen from cc-by-nc-4.0 OR mit"]

    def test_leave_a_choice_that_binds_nothing(self) -> None:
        choice = replace(tag("gemma"), others=("mit",), reading=Reading.CHOICE)
        teacher = replace(official("teacher", "mit"), claims=(choice,))
        edges = [edge(MIT), edge(teacher, Relation.DISTILL)]

        verdict = assess(lineage(page(tag("mit")), [MIT, teacher], edges))

        assert words(verdict, USE) == ["allowed"]

    def test_may_bind_nothing_in_doubt(self) -> None:
        doubt = replace(tag("gemma"), others=("mit",), reading=Reading.DOUBT)
        teacher = replace(official("teacher", "mit"), claims=(doubt,))
        edges = [edge(MIT), edge(teacher, Relation.DISTILL)]

        right = assess(lineage(page(tag("mit")), [MIT, teacher], edges)).rights[USE]

        assert (right.best, right.worst) == (Word.ALLOWED, Word.CONDITIONAL)


class TestEdgeKinds:
    @pytest.mark.parametrize(
        "relation", [Relation.MERGE, Relation.FINETUNE, Relation.ADAPTER, Relation.QUANTIZED]
    )
    def test_pass_everything_on_to_derivatives(self, relation: Relation) -> None:
        verdict = child_of(FLUX, claims=[tag("mit")], relation=relation)

        assert words(verdict, USE, COPY, SELL, SHARE) == [
            "forbidden",
            "conditional",
            "forbidden",
            "conditional",
        ]

    def part(self, license_id: str, relation: Relation) -> list[str]:
        part = official("part", license_id)
        edges = [edge(MIT), edge(part, relation)]
        verdict = assess(lineage(page(tag("mit")), [MIT, part], edges))
        return words(verdict, USE, SELL, SHARE)

    def test_pass_no_sharing_on_from_a_bundled_part(self) -> None:
        assert self.part("cc-by-nc-nd-4.0", Relation.BUNDLE) == [
            "forbidden",
            "forbidden",
            "allowed",
        ]

    def test_pass_only_running_on_from_a_runtime_part(self) -> None:
        assert self.part("cc-by-nc-nd-4.0", Relation.RUNTIME) == [
            "forbidden",
            "allowed",
            "allowed",
        ]

    def test_pass_nothing_on_from_a_data_set_and_report_it(self) -> None:
        part = official("data", "cc-by-nc-4.0")
        edges = [edge(MIT), edge(part, Relation.DATASET)]

        verdict = assess(lineage(page(tag("mit")), [MIT, part], edges))

        assert words(verdict, USE, SELL) == ["allowed", "allowed"]
        assert verdict.notes == ("data: a data set; its licence is reported, not applied.",)

    def test_bind_a_model_trained_on_outputs_where_the_text_says_so(self) -> None:
        edges = [edge(MIT), edge(GEMMA, Relation.DISTILL)]

        verdict = assess(lineage(page(tag("mit")), [MIT, GEMMA], edges))

        assert words(verdict, USE, COPY) == ["conditional", "conditional"]

    def test_leave_a_model_trained_on_outputs_free_where_it_does_not_but_not_its_name(self) -> None:
        edges = [edge(MIT), edge(LLAMA, Relation.DISTILL)]

        verdict = assess(lineage(page(tag("mit")), [MIT, LLAMA], edges))

        assert words(verdict, USE, COPY) == ["allowed", "allowed"]
        owed = {(d.duty, d.value) for d in verdict.duties if d.ancestor == LLAMA.id}
        assert owed == {("name_prefix", "Llama")}
        assert verdict.notes[0].startswith(f"Trained on outputs of {LLAMA.label}; Llama 3.1")

    def test_leave_a_model_trained_on_outputs_of_an_unknown_one_unclear(self) -> None:
        teacher = page(tag("other"), name="teacher")
        edges = [edge(MIT), edge(MIT, child="teacher"), edge(teacher, Relation.DISTILL)]

        verdict = assess(lineage(page(tag("mit")), [MIT, teacher], edges))

        assert words(verdict, USE) == ["unclear"]

    def test_forbid_to_hand_on_a_derivative_that_may_not_be_shared(self) -> None:
        parent = official("nd", "cc-by-nd-4.0")

        verdict = child_of(parent, claims=[tag("mit")])

        assert words(verdict, USE, COPY, SELL) == ["allowed", "forbidden", "forbidden"]
        assert "this is a derivative" in binding(verdict, COPY).clause

    def test_end_in_a_circle(self) -> None:
        other = page(tag("cc-by-nc-4.0"), name="civitai:2")
        edges = [edge(other), edge(page(), child="civitai:2")]

        verdict = assess(lineage(page(tag("mit")), [other], edges))

        assert words(verdict, USE) == ["forbidden"]
        assert words(verdict, PRIVATE) == ["unclear"]  # a circle has no beginning
        assert verdict.coverage is Coverage.NONE


class TestFlags:
    def test_restrict_on_their_dimensions_only(self) -> None:
        verdict = child_of(SD15, claims=[flags()])

        assert words(verdict, OUTPUTS, HOST, SELL) == ["forbidden"] * 3
        assert words(verdict, USE, COPY, Permission.HOST_FREE) == ["conditional"] * 3
        assert binding(verdict, SELL).basis is Basis.FLAG

    def test_never_widen(self) -> None:
        verdict = child_of(FLUX, claims=[flag_claim(OPEN_FLAGS)])

        assert words(verdict, USE, HOST, SELL) == ["forbidden"] * 3

    def test_grant_nothing_without_a_base(self) -> None:
        verdict = assess(lineage(page(flag_claim(OPEN_FLAGS))))

        assert {right.word for right in verdict.rights.values()} == {Word.UNCLEAR}

    def test_bind_merges_of_the_page(self) -> None:
        parent = page(flags("Image", derivatives=False), name="civitai:2")
        edges = [edge(parent, Relation.MERGE), edge(SD15, child="civitai:2")]

        verdict = assess(lineage(page(flag_claim(OPEN_FLAGS)), [parent, SD15], edges))

        assert words(verdict, COPY, HOST, SELL) == ["forbidden"] * 3
        assert binding(verdict, COPY).ancestor == "civitai:2"

    def test_owe_credit(self) -> None:
        said = CivitaiFlags(no_credit=False, commercial=frozenset({"Image"}), derivatives=True)

        verdict = child_of(SD15, claims=[flag_claim(said)])

        assert [d.trigger for d in verdict.duties if d.duty == "credit_creator"] == [
            "use_or_distribute"
        ]

    def test_note_what_binds_one_platform_only(self) -> None:
        verdict = child_of(SD15, claims=[flags("Image")])

        assert verdict.notes == (f"{SUBJECT}: not on Civitai's own generator (RentCivit is off).",)

    def test_that_say_nothing_are_no_licence(self) -> None:
        verdict = child_of(SD15, claims=[flag_claim(CivitaiFlags())])

        assert words(verdict, USE) == ["unclear"]


class TestCoverage:
    def labelled(self, subject: Node) -> list[str]:
        edges = [edge(LABEL, evidence=Evidence.BASE_LABEL, grade=Grade.PLATFORM_FLAG)]
        verdict = assess(lineage(subject, [LABEL], edges))
        return [verdict.coverage.value, *words(verdict, USE)]

    def test_leaves_a_labelled_checkpoint_unclear(self) -> None:
        assert self.labelled(page(flags(), attested=False)) == ["label_only", "unclear"]

    def test_believes_the_label_of_an_adapter(self) -> None:
        adapter = replace(page(flags(), attested=False), is_checkpoint=False)

        assert self.labelled(adapter) == ["label_only", "conditional"]

    def test_leaves_an_adapter_without_a_base_unclear(self) -> None:
        adapter = replace(page(tag("mit"), attested=False), is_checkpoint=False)

        verdict = assess(lineage(adapter))

        assert words(verdict, USE) == ["unclear"]
        ground = binding(verdict, USE)
        assert ground.clause.endswith("an unknown parent: nobody says what it was made from")
        assert (ground.grade, ground.basis) == (Grade.INFERRED, Basis.SILENCE)

    def test_assumes_an_unknown_parent_of_what_looks_merged(self) -> None:
        merged = replace(page(tag("mit"), attested=False), looks_merged=True)

        verdict = assess(lineage(merged, [MIT], [edge(MIT)]))

        assert verdict.coverage is Coverage.DECLARED
        assert words(verdict, USE) == ["unclear"]

    def test_trusts_a_complete_recipe_of_what_looks_merged(self) -> None:
        merged = replace(page(tag("mit")), looks_merged=True)

        verdict = assess(lineage(merged, [MIT], [edge(MIT, Relation.MERGE)]))

        assert verdict.coverage is Coverage.ATTESTED
        assert words(verdict, USE) == ["allowed"]

    def test_keeps_what_is_forbidden_forbidden(self) -> None:
        merged = replace(page(tag("mit"), attested=False), looks_merged=True)

        verdict = assess(lineage(merged, [FLUX], [edge(FLUX)]))

        assert words(verdict, USE) == ["forbidden"]

    def test_asks_the_ancestors_as_well(self) -> None:
        parent = page(tag("mit"), name="civitai:2", attested=False)

        verdict = assess(lineage(page(tag("mit"), attested=False), [parent], [edge(parent)]))

        assert verdict.coverage is Coverage.NONE
        assert words(verdict, USE) == ["unclear"]
        assert binding(verdict, USE).ancestor == "civitai:2"

    def test_leaves_an_official_release_alone(self) -> None:
        release = official(SUBJECT, "mit")
        own_label = edge(LABEL, evidence=Evidence.BASE_LABEL, grade=Grade.PLATFORM_FLAG)

        verdict = assess(lineage(release, [LABEL], [own_label]))

        assert verdict.coverage is Coverage.ATTESTED
        assert words(verdict, USE) == ["allowed"]


class TestServices:
    def verdict_on(self, license_id: str) -> dict[Permission, str]:
        service = replace(page(tag(license_id), attested=False), is_service=True)
        return {p: r.word.value for p, r in assess(lineage(service)).rights.items()}

    @pytest.mark.parametrize("license_id", ["midjourney-tos", "openai-tos", "reve-tos"])
    def test_are_unclear_where_nobody_read_their_terms(self, license_id: str) -> None:
        found = self.verdict_on(license_id)

        assert found.pop(Permission.OUTPUTS_COMMERCIAL) == "unclear"
        assert found.pop(Permission.TRAIN_ON_OUTPUTS) == "unclear"
        assert set(found.values()) == {"not_applicable"}

    def test_say_that_their_terms_are_not_verified(self) -> None:
        service = replace(page(tag("openai-tos")), is_service=True)

        ground = binding(assess(lineage(service)), OUTPUTS)

        assert "terms not verified" in ground.clause
        assert ground.basis is Basis.MEMORY

    def test_say_why_an_act_does_not_apply(self) -> None:
        service = replace(page(tag("openai-tos")), is_service=True)

        ground = binding(assess(lineage(service)), SELL)

        assert ground.clause.endswith("not applicable, a hosted service hands out no weights")
        assert (ground.license, ground.basis) == ("openai-tos", Basis.MEMORY)


class TestDuties:
    def test_are_listed_once_with_everyone_they_are_owed_to(self) -> None:
        verdict = child_of(SD15, claims=[tag("creativeml-openrail-m")])

        duties = {d.duty: d for d in verdict.duties}
        assert len(duties) == len(verdict.duties)
        assert duties["retain_notices"].ancestor == SUBJECT
        assert duties["retain_notices"].owed == (("distribute", SUBJECT), ("distribute", SD15.id))

    def test_of_a_runtime_part_are_those_of_running_it(self) -> None:
        edges = [edge(MIT), edge(SD15, Relation.RUNTIME)]

        verdict = assess(lineage(page(tag("mit")), [MIT, SD15], edges))

        owed = {d.duty for d in verdict.duties if SD15.id in {a for _, a in d.owed}}
        assert "runtime_control_accept" in owed
        assert "state_changes" not in owed

    def test_say_how_strong_the_evidence_is(self) -> None:
        edges = [edge(MIT), edge(LLAMA, grade=Grade.PROSE)]

        verdict = assess(lineage(page(tag("mit")), [MIT, LLAMA], edges))

        assert {d.grade for d in verdict.duties if d.duty == "name_prefix"} == {Grade.PROSE}


class TestUseRestrictions:
    def test_are_the_union_with_their_ancestors(self) -> None:
        bloom = official("bloom", "bigscience-openrail-m")

        verdict = child_of(SD15, bloom, claims=[tag("mit")], relation=Relation.MERGE)

        found = {r.tag: r.ancestors for r in verdict.use_restrictions}
        assert len(found) == 13
        assert found["minors"] == ("bloom", SD15.id)
        assert found["impersonation"] == ("bloom",)

    def test_name_a_list_that_nobody_has_itemised(self) -> None:
        verdict = child_of(official("d", "dbrx"), claims=[tag("mit")])

        assert [r.tag for r in verdict.use_restrictions] == ["list:aup-databricks"]

    def test_do_not_bind_what_was_only_trained_on_outputs(self) -> None:
        edges = [edge(MIT), edge(LLAMA, Relation.DISTILL)]

        verdict = assess(lineage(page(tag("mit")), [MIT, LLAMA], edges))

        assert verdict.use_restrictions == ()


def test_claims_without_a_licence_or_flags_are_nothing() -> None:
    empty = NodeClaim(license_id="", grade=Grade.TAG, source="", basis=Basis.TAG)

    assert words(child_of(MIT, claims=[empty]), USE) == ["unclear"]
