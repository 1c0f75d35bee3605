"""The plan of a model: the card, the NOTICE and the checklist that go with it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard

from registry.licensing.catalog import all_terms, terms_of
from registry.licensing.checklist import checklist
from registry.licensing.front_matter import front_matter
from registry.licensing.identify import identify_claim
from registry.licensing.lineage_view import CivitaiFlags, Lineage, Node
from registry.licensing.outbound_candidates import Wish, candidates, is_anybodys
from registry.licensing.plan import Plan, plan_of, planned_node
from registry.licensing.plan_words import license_parts
from registry.licensing.planned import PlannedParent
from registry.licensing.terms import LicenseTerms
from registry.licensing.vocabulary import DutyName, Trigger
from registry.lineage.cards import declared_license, read_card
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade, Relation
from tests.unit.registry.licensing.lineages import edge, official

HUB_IDS = set((Path(__file__).parent / "hf_license_ids.txt").read_text().split())


def parent(
    license_id: str,
    reference: str = "",
    relation: Relation = Relation.MERGE,
    weight: float | None = None,
) -> PlannedParent:
    return PlannedParent(
        node=NodeId(reference or f"license:{license_id}"),
        label=reference.partition(":")[2] or license_id,
        relation=relation,
        reference=reference,
        weight=weight,
        texts=(terms_of(license_id),),
    )


def plan(
    *parents: PlannedParent,
    declared: str = "",
    flags: CivitaiFlags | None = None,
    name: str = "my-merge",
) -> Plan:
    nodes = [official(row.node, row.texts[0].id) for row in parents]
    parts = license_parts(declared, key="declared") if declared else ()
    subject = planned_node(name=name, declared=parts, flags=flags)
    edges = tuple(
        edge(node, row.relation, child=subject.id) for node, row in zip(nodes, parents, strict=True)
    )
    by_id: dict[NodeId, Node] = {node.id: node for node in (subject, *nodes)}
    lineage = Lineage(subject=subject.id, nodes=by_id, edges=edges)
    return plan_of(lineage, name=name, parents=parents, wish=Wish())


def declarable() -> list[LicenseTerms]:
    return [terms for terms in candidates() if not terms.is_unverified]


def metadata_of(card: str) -> dict[str, object]:
    return dict(read_card(card).metadata)


class TestFrontMatter:
    @pytest.mark.parametrize("terms", declarable(), ids=lambda terms: terms.id)
    def test_names_every_licence_so_that_we_recognise_it(self, terms: LicenseTerms) -> None:
        said = declared_license(read_card(front_matter([terms], [])).metadata)

        found = identify_claim(
            declared=said.declared, license_name=said.name, license_link=said.link
        )

        assert terms.id in {i for part in found.parts for i in part.ids}
        assert found.is_resolved

    @pytest.mark.parametrize("terms", declarable(), ids=lambda terms: terms.id)
    def test_keeps_to_what_the_hub_accepts(self, terms: LicenseTerms) -> None:
        metadata = yaml.safe_load(front_matter([terms], []).strip("-\n"))

        assert metadata["license"] in HUB_IDS
        assert ("license_name" in metadata) == (metadata["license"] == "other")
        if "license_link" in metadata:
            assert metadata["license_link"].startswith(("https://", "http://", "LICENSE"))

    def test_names_the_parents_that_are_on_the_hub(self) -> None:
        card = front_matter(
            [terms_of("llama3.1")],
            [
                parent("llama3.1", "huggingface:org/a", weight=0.5),
                parent("llama3.1", "huggingface:org/b@0123456789"),
                parent("mit", "civitai:5"),
                parent("mit", "huggingface:org/vae", Relation.BUNDLE),
                parent("mit", "huggingface:org/data", Relation.DATASET),
            ],
        )

        metadata = metadata_of(card)
        assert metadata["base_model"] == ["org/a", "org/b"]
        assert metadata["base_model_relation"] == "merge"
        assert metadata["datasets"] == ["org/data"]
        assert {edge.parent_ref for edge in read_card(card).edges} == {
            "huggingface:org/a",
            "huggingface:org/b",
        }
        assert all(edge.grade is Grade.TAG for edge in read_card(card).edges)

    @pytest.mark.parametrize(
        ("relations", "stated"),
        [
            ([Relation.ADAPTER], "adapter"),
            ([Relation.QUANTIZED], "quantized"),
            ([Relation.FINETUNE, Relation.MERGE], "merge"),
            ([Relation.FINETUNE, Relation.RUNTIME], "finetune"),
        ],
    )
    def test_states_one_relation(self, relations: Sequence[Relation], stated: str) -> None:
        parents = [
            parent("mit", f"huggingface:org/{n}", relation) for n, relation in enumerate(relations)
        ]

        assert (
            metadata_of(front_matter([terms_of("mit")], parents))["base_model_relation"] == stated
        )

    def test_of_several_texts_lists_them_all(self) -> None:
        texts = [terms_of("openrail++"), terms_of("stability-ai-nc-research")]

        said = declared_license(read_card(front_matter(texts, [])).metadata)
        found = identify_claim(
            declared=said.declared, license_name=said.name, license_link=said.link
        )

        assert {i for part in found.parts for i in part.ids} == {terms.id for terms in texts}


class TestCard:
    def test_begins_its_name_as_a_parent_asks(self) -> None:
        made = plan(parent("llama3.1", "huggingface:org/a"), parent("apache-2.0"))

        assert made.name == "Llama-my-merge"
        assert "# Llama-my-merge" in made.card
        assert "\nBuilt with Llama\n" in made.card

    def test_reads_the_same_to_the_hubs_own_client(self) -> None:
        made = plan(
            parent("flux-1-dev-nc-1.1.1", "huggingface:org/flux", Relation.ADAPTER), name="ink"
        )

        read = ModelCard(made.card).data.to_dict()  # type: ignore[no-untyped-call]

        assert read == metadata_of(made.card)
        assert (read["license"], read["base_model"]) == ("other", "org/flux")
        assert read["license_name"] == "flux-1-dev-non-commercial-license"

    def test_keeps_a_name_that_begins_so_already(self) -> None:
        assert plan(parent("llama3.1"), name="llama-x").name == "llama-x"

    def test_is_none_where_nothing_may_be_declared(self) -> None:
        made = plan(parent("cc-by-nd-4.0", relation=Relation.FINETUNE))

        assert (made.card, made.notice, made.chosen) == ("", "", ())
        assert made.outbound.finding

    def test_declares_what_the_author_does_if_it_is_valid(self) -> None:
        assert plan(parent("mit"), declared="gpl-3.0").chosen == (terms_of("gpl-3.0"),)
        assert plan(parent("openrail++"), declared="mit").chosen == (terms_of("openrail++"),)

    def test_declares_all_texts_where_only_all_will_do(self) -> None:
        made = plan(parent("gemma"), parent("llama3.1"))

        assert metadata_of(made.card)["license"] == ["gemma", "llama3.1"]

    def test_lets_no_name_write_markup(self) -> None:
        made = plan(parent("mit"), name="a [x](http://evil) <b>")

        assert "[x]" not in made.card
        assert "<b>" not in made.card


class TestNotice:
    def test_names_every_work_with_its_text(self) -> None:
        made = plan(parent("llama3.1", "huggingface:org/a", weight=0.5), parent("apache-2.0"))

        assert "Work: org/a (merge, weight 0.5)" in made.notice
        for license_id in ("llama3.1", "apache-2.0"):
            assert terms_of(license_id).text_url[0] in made.notice

    def test_says_where_to_take_prescribed_wording_from(self) -> None:
        assert "word for word" in plan(parent("llama3.1")).notice
        assert "word for word" not in plan(parent("mit")).notice

    def test_leaves_out_what_is_not_handed_on(self) -> None:
        made = plan(
            parent("openrail++"), parent("insightface-models-nc", relation=Relation.RUNTIME)
        )

        assert "insightface" not in made.notice.partition("Changes")[0]


class TestChecklist:
    def test_has_words_for_every_duty_and_trigger(self) -> None:
        owed = [duty for terms in all_terms() for duty in terms.duties]

        assert {duty.duty for duty in owed} <= set(DutyName)
        assert {duty.trigger for duty in owed} <= set(Trigger)
        for terms in all_terms():
            if terms.duties and is_anybodys(terms) and not terms.names_no_text:
                made = plan(parent(terms.id))
                assert all(item.do and item.when for item in made.items)

    def test_names_the_texts_that_ask_and_where_they_stand(self) -> None:
        items = plan(parent("llama3.1"), parent("apache-2.0")).items

        copies = next(i for i in items if i.duty.duty == DutyName.INCLUDE_LICENCE_COPY.value)
        assert [asker.license for asker in copies.askers] == ["apache-2.0", "llama3.1"]
        assert all(asker.url for asker in copies.askers)

    def test_puts_what_publishing_asks_for_first(self) -> None:
        items = plan(parent("flux-1-dev-nc-1.1.1", relation=Relation.ADAPTER)).items

        order = [item.is_to_publish for item in items]
        assert order == sorted(order, reverse=True)
        assert set(order) == {True, False}

    def test_is_about_what_is_owed_to_others(self) -> None:
        of_apache = {DutyName.PROPAGATE_NOTICE_FILE_IF_ANY.value, DutyName.CREDIT_CREATOR.value}

        made = plan(parent("mit"), declared="apache-2.0", flags=CivitaiFlags(no_credit=False))

        assert not of_apache & {item.duty.duty for item in made.items}

    def test_of_nothing_is_empty(self) -> None:
        assert checklist([], {}) == ()
