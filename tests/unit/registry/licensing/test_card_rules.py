"""Generated cards against Hugging Face's own rules for a card's metadata.

Source: facts/huggingface.md section 2; the parser and the check of ids are huggingface_hub's.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.utils._validators import validate_repo_id

from registry.licensing.catalog import all_terms, terms_of
from registry.licensing.identify import identify_claim
from registry.licensing.model_card import model_card
from registry.licensing.planned import PlannedParent
from registry.licensing.terms import LicenseTerms
from registry.licensing.vocabulary import Kind
from registry.lineage.cards import declared_license, read_card
from registry.lineage.graph import NodeId
from registry.lineage.relations import Relation

IDS = frozenset(Path(__file__).with_name("hf_license_ids.txt").read_text().split())
RELATIONS = {"adapter", "merge", "quantized", "finetune"}
LINK = re.compile(r"LICENSE|LICENSE\.md|https?://\S+")
DECLARABLE = [
    terms.id
    for terms in all_terms()
    if terms.kind not in {Kind.PLACEHOLDER, Kind.SERVICE_TOS, Kind.ADDENDUM}
    and not terms.names_no_text
]


def parent(name: str, relation: Relation) -> PlannedParent:
    return PlannedParent(
        node=NodeId(f"huggingface:{name}"),
        label=name,
        relation=relation,
        reference=f"huggingface:{name}@main",
    )


def card_of(*licenses: str, relations: tuple[Relation, ...] = (Relation.MERGE,)) -> str:
    parents = [parent(f"org/model-{n}", relation) for n, relation in enumerate(relations)]
    texts: list[LicenseTerms] = [terms_of(license_id) for license_id in licenses]
    return model_card("a model", licenses=texts, parents=parents, items=[])


def metadata_of(card: str) -> dict[str, Any]:
    """Return what huggingface_hub reads."""
    data: dict[str, Any] = ModelCard(card).data.to_dict()  # type: ignore[no-untyped-call]
    return data


def complaints(card: str) -> Iterator[str]:
    """Yield what the Hub would refuse or misread."""
    data = metadata_of(card)
    if yaml.safe_load(card.split("---\n")[1]) != data:
        yield "the Hub reads something else"
    declared = data["license"] if isinstance(data["license"], list) else [data["license"]]
    yield from (f"license: {one}" for one in declared if one not in IDS)
    if ("other" in declared) != ("license_name" in data):
        yield "license_name stands with `other`, and only there"
    if ("other" in declared) != ("license_link" in data):
        yield "license_link stands with `other`, and only there"
    if "license_link" in data and not LINK.fullmatch(data["license_link"]):
        yield f"license_link: {data['license_link']}"
    bases = data.get("base_model", [])
    for base in [bases] if isinstance(bases, str) else bases:
        validate_repo_id(base)
    if ("base_model" in data) != ("base_model_relation" in data):
        yield "base_model_relation stands with base_model"
    if data.get("base_model_relation", "merge") not in RELATIONS:
        yield f"base_model_relation: {data['base_model_relation']}"


@pytest.mark.parametrize("license_id", DECLARABLE)
def test_a_card_under_any_licence_is_accepted(license_id: str) -> None:
    assert list(complaints(card_of(license_id))) == []


@pytest.mark.parametrize("license_id", DECLARABLE)
def test_a_card_under_any_licence_is_read_back_as_it(license_id: str) -> None:
    said = declared_license(read_card(card_of(license_id)).metadata)

    found = identify_claim(declared=said.declared, license_name=said.name, license_link=said.link)

    assert license_id in {one for part in found.parts for one in part.ids}


@pytest.mark.parametrize("relation", Relation)
def test_a_card_with_any_parent_is_accepted(relation: Relation) -> None:
    assert list(complaints(card_of("mit", relations=(relation,)))) == []


@pytest.mark.parametrize(
    ("relations", "expected"),
    [
        ((Relation.FINETUNE,), "finetune"),
        ((Relation.ADAPTER, Relation.ADAPTER), "adapter"),
        ((Relation.ADAPTER, Relation.MERGE), "merge"),
        ((Relation.MERGE, Relation.BUNDLE), "merge"),
    ],
)
def test_one_relation_stands_for_all_parents(
    relations: tuple[Relation, ...], expected: str
) -> None:
    data = metadata_of(card_of("mit", relations=relations))

    assert data["base_model_relation"] == expected


@pytest.mark.parametrize(
    "licenses", [("llama3.1", "gemma"), ("llama3.1", "flux-1-dev-nc-1.1.1"), ("faipl-1.0", "qwen")]
)
def test_a_card_under_several_licences_is_accepted(licenses: tuple[str, ...]) -> None:
    assert list(complaints(card_of(*licenses))) == []
