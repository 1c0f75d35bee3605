"""The answer to "may I?" from rows: its shape, its reasons, and what it keeps back."""

import json
from types import UnionType
from typing import Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.licensing.terms import Permission
from registry.lineage.relations import Evidence, Grade, Relation
from registry.models import HubModel, Intervention, InterventionKind, ModelVersion, StateChange
from registry.selectors import family
from registry.selectors import told as told_selector
from registry.selectors.answer_shape import Answer
from registry.selectors.answers import answer, lineage_json
from registry.selectors.pages import UnknownSubject
from registry.services.interventions import erase, suppress
from registry.snapshots import PageState
from tests.factories.registry import (
    NOW,
    make_artifact,
    make_claim,
    make_edge,
    make_file,
    make_page,
    make_version,
)

pytestmark = pytest.mark.django_db

OPEN_FLAGS = {
    "allowNoCredit": True,
    "allowCommercialUse": ["Image", "Rent", "RentCivit", "Sell"],
    "allowDerivatives": True,
    "allowDifferentLicense": True,
}
CLOSED_FLAGS = OPEN_FLAGS | {"allowCommercialUse": [], "allowDerivatives": False}


def make_listed(
    *, declared: tuple[str, ...] = (), flags: dict[str, Any] | None = None, **page: Any
) -> ModelVersion:
    """A version on a page that declares a licence, flags, or nothing."""
    version = make_version(page=make_page(**page))
    if declared:
        make_claim(page=version.hub_model, declared=declared)
    if flags is not None:
        make_claim(page=version.hub_model, flags=flags)
    return version


def label(version: ModelVersion) -> None:
    """Give a version the base-model label ``SD 1.5``."""
    make_edge(
        child=version,
        parent_ref="base:SD 1.5",
        relation=Relation.ADAPTER,
        evidence=Evidence.BASE_LABEL,
        grade=Grade.PLATFORM_FLAG,
    )


def intervene(kind: InterventionKind, subject: object) -> None:
    Intervention.objects.create(kind=kind, subject=str(subject), made_by="operator", made_at=NOW)


def assert_shape(value: Any, hint: Any, place: str = "answer") -> None:
    """Fail where ``value`` has not exactly the documented shape."""
    origin, arguments = get_origin(hint), get_args(hint)
    if is_typeddict(hint):
        assert_keys(value, hint, place)
    elif origin is list:
        assert isinstance(value, list), place
        for item in value:
            assert_shape(item, arguments[0], f"{place}[]")
    elif origin is dict:
        assert isinstance(value, dict), place
        for item in value.values():
            assert_shape(item, arguments[1], f"{place}{{}}")
    elif origin not in {Union, UnionType}:
        assert type(value) is hint, f"{place} is {value!r}"


def assert_keys(value: Any, hint: Any, place: str) -> None:
    assert set(value) <= set(hint.__annotations__), place
    assert hint.__required_keys__ <= set(value), place
    hints = get_type_hints(hint, include_extras=True)
    for key, inner in value.items():
        wanted = hints[key]
        optional = get_origin(wanted) is NotRequired
        assert_shape(inner, get_args(wanted)[0] if optional else wanted, f"{place}.{key}")


class TestShape:
    def test_is_the_documented_one_and_json(self) -> None:
        artifact = make_artifact()
        parent = make_listed(declared=("apache-2.0",))
        child = make_listed(declared=("mit",), flags=OPEN_FLAGS)
        make_edge(child=child, parent=parent, weight=0.5)
        make_edge(child=child)
        make_file(version=child, artifact=artifact)

        told = answer(what=artifact.sha256)

        assert_shape(told, Answer)
        assert json.loads(json.dumps(told)) == told

    def test_names_the_listing_its_claims_and_its_parents(self) -> None:
        parent = make_listed(declared=("apache-2.0",), hub_model_id="6424", name="Base")
        child = make_listed(declared=("mit",), hub_model_id="85283", name="Mix", author="ann")
        make_edge(child=child, parent=parent.hub_model, source="description")

        told = answer(what="civitai:85283")

        listing = told["listings"][0]
        assert (listing["hub"], listing["model_id"]) == ("civitai", "85283")
        assert listing["version_id"] == child.hub_version_id
        assert (listing["name"], listing["author"], listing["state"]) == ("Mix", "ann", "listed")
        assert [(claim["license"], claim["grade"]) for claim in listing["claims"]] == [
            ("mit", "E3")
        ]
        assert listing["claims"][0]["seen_at"] == "2026-01-01T00:00:00Z"
        assert [
            (edge["child"], edge["parent"], edge["relation"], edge["source"])
            for edge in listing["lineage"]
        ] == [(listing["id"], "civitai:6424", "merge", "description")]
        assert [(row["id"], row["name"]) for row in listing["ancestors"]] == [
            ("civitai:6424", "Base")
        ]

    def test_has_every_permission_and_every_right_has_a_ground(self) -> None:
        make_listed(declared=("mit",), hub_model_id="1")

        rights = answer(what="civitai:1")["listings"][0]["rights"]

        assert list(rights) == [permission.value for permission in Permission]
        assert all(right["grounds"] for right in rights.values())

    def test_with_a_use_speaks_of_that_use_only(self) -> None:
        make_listed(declared=("mit",), hub_model_id="1")

        told = answer(what="civitai:1", use=Permission.HOST_PAID)

        assert list(told["listings"][0]["rights"]) == list(told["combined"]) == ["host_paid"]
        assert told["use"] == "host_paid"

    def test_always_says_what_is_not_covered_and_whom_to_write_to(self, settings: Any) -> None:
        settings.KEIFU_CONTACT = "mailto:rights@example.org"
        make_listed(hub_model_id="1", model_type="Checkpoint")

        told = answer(what="civitai:1")

        assert told["contact"] == "mailto:rights@example.org"
        assert {row["topic"] for row in told["not_covered"]} >= {
            "likeness_and_publicity",
            "characters_and_trademarks",
            "training_data",
            "copyright_in_outputs",
            "local_law",
            "legal_advice",
        }
        assert not any(row["prominent"] for row in told["not_covered"])


class TestLineage:
    def test_an_ancestor_that_forbids_forbids(self) -> None:
        parent = make_listed(declared=("cc-by-nc-4.0",), hub="huggingface")
        child = make_listed(declared=("mit",), hub="huggingface", hub_model_id="org/child")
        make_edge(child=child, parent=parent.hub_model, relation=Relation.FINETUNE)

        right = answer(what="org/child")["combined"]["use_commercial"]

        assert right["word"] == "forbidden"
        assert right["grounds"][0]["ancestor"] == str(parent.hub_model)
        assert right["grounds"][0]["license"] == "cc-by-nc-4.0"

    def test_a_page_stands_for_the_edges_of_all_its_versions(self) -> None:
        page = make_page(hub_model_id="10")
        grand = [make_listed(declared=("mit",)) for _ in range(2)]
        for ancestor in grand:
            make_edge(child=make_version(page=page), parent=ancestor)
        child = make_listed(hub_model_id="11")
        make_edge(child=child, parent=page)

        edges = answer(what="civitai:11")["listings"][0]["lineage"]

        above = [(edge["parent"], edge["grade"]) for edge in edges if edge["child"] == "civitai:10"]
        assert sorted(above) == sorted(
            (f"civitai-version:{one.hub_version_id}", "E6") for one in grand
        )

    def test_what_all_versions_of_a_page_state_keeps_its_grade(self) -> None:
        page = make_page(hub_model_id="10")
        ancestor = make_listed(declared=("mit",))
        for _ in range(2):
            make_edge(child=make_version(page=page), parent=ancestor)
        make_edge(child=make_listed(hub_model_id="11"), parent=page)

        edges = answer(what="civitai:11")["listings"][0]["lineage"]

        assert [edge["grade"] for edge in edges if edge["child"] == "civitai:10"] == ["E3"]

    def test_a_repository_stands_for_its_newest_revision(self) -> None:
        page = make_page(hub="huggingface", hub_model_id="org/parent")
        for revision, name in (("a", "old"), ("b", "new")):
            version = make_version(page=page, hub_version_id=revision)
            make_edge(child=version, parent_ref=f"huggingface:org/{name}")
        make_edge(child=make_listed(hub="huggingface", hub_model_id="org/child"), parent=page)

        edges = answer(what="org/child")["listings"][0]["lineage"]

        assert [edge["parent"] for edge in edges] == [
            "huggingface:org/parent",
            "huggingface:org/new",
        ]

    def test_a_renamed_parent_is_the_page_it_moved_to(self) -> None:
        old = make_page(
            hub="huggingface", hub_model_id="o/old", state=PageState.RENAMED, moved_to="o/new"
        )
        new = make_listed(declared=("cc-by-nc-4.0",), hub="huggingface", hub_model_id="o/new")
        make_edge(child=make_listed(declared=("mit",), hub_model_id="1"), parent=old)

        told = answer(what="civitai:1")

        assert told["listings"][0]["lineage"][0]["parent"] == str(new.hub_model)
        assert told["combined"]["use_commercial"]["word"] == "forbidden"

    @pytest.mark.parametrize("asked", ["child", "new"])
    def test_an_official_release_stays_one_under_its_new_name(self, asked: str) -> None:
        release: dict[str, Any] = {
            "hub": "huggingface",
            "hub_model_id": "runwayml/stable-diffusion-v1-5",
        }
        moved: dict[str, Any] = {
            "state": PageState.RENAMED,
            "moved_to": "sd-legacy/stable-diffusion-v1-5",
        }
        names = {"child": "org/child", "new": moved["moved_to"]}
        made_from: dict[str, Any] = {"declared": ("creativeml-openrail-m",), "hub": "huggingface"}
        old = make_page(**release)
        child = make_listed(**made_from, hub_model_id=names["child"])
        make_edge(child=child, parent=old)
        before = answer(what=names[asked] if asked == "child" else str(old))

        HubModel.objects.filter(pk=old.pk).update(**moved)
        StateChange.objects.create(hub_model=old, seen_at=NOW, **moved)
        make_listed(**made_from, hub_model_id=names["new"])
        after = answer(what=names[asked])

        assert after["lineage_coverage"] == before["lineage_coverage"] != "none"
        words = [
            {name: right["word"] for name, right in told["combined"].items()}
            for told in (before, after)
        ]
        assert words[0] == words[1]

    def test_a_parent_nobody_mirrored_is_open_and_unclear(self) -> None:
        child = make_listed(declared=("mit",), hub="huggingface", hub_model_id="org/child")
        make_edge(child=child, parent_ref="huggingface:org/unseen")

        told = answer(what="org/child")

        assert [edge["parent"] for edge in told["listings"][0]["open_edges"]] == [
            "huggingface:org/unseen"
        ]
        assert told["combined"]["use_commercial"]["word"] == "unclear"

    def test_an_official_release_is_known_though_nobody_mirrored_it(self) -> None:
        child = make_listed(declared=("openrail++",), hub="huggingface", hub_model_id="org/child")
        make_edge(
            child=child,
            parent_ref="huggingface:stabilityai/stable-diffusion-xl-base-1.0",
            relation=Relation.FINETUNE,
        )

        told = answer(what="org/child")

        assert told["combined"]["use_commercial"]["word"] == "conditional"
        assert told["listings"][0]["ancestors"][0]["licenses"] == ["openrail++"]

    def test_a_base_model_label_brings_the_licence_of_its_base(self) -> None:
        page = make_page(hub_model_id="1", is_checkpoint=False, model_type="LORA")
        label(make_version(page=page))
        make_claim(page=page, flags=OPEN_FLAGS)

        listing = answer(what="civitai:1")["listings"][0]

        assert [edge["parent"] for edge in listing["lineage"]] == ["base:SD 1.5"]
        assert listing["lineage_coverage"] == "label_only"
        assert listing["rights"]["use_commercial"]["word"] == "conditional"

    def test_bytes_as_a_parent_are_the_pages_that_list_them(self) -> None:
        artifact = make_artifact()
        make_file(version=make_listed(declared=("cc-by-nc-4.0",)), artifact=artifact)
        child = make_listed(declared=("mit",), hub_model_id="1")
        make_edge(child=child, parent=artifact)

        told = answer(what="civitai:1")

        assert told["listings"][0]["lineage"][0]["parent"] == f"sha256:{artifact.sha256}"
        assert told["combined"]["use_commercial"]["word"] == "forbidden"

    def test_circles_end(self) -> None:
        one, two = make_listed(hub_model_id="1"), make_listed(hub_model_id="2")
        make_edge(child=one, parent=two)
        make_edge(child=two, parent=one)

        edges = answer(what="civitai:1")["listings"][0]["lineage"]

        assert len(edges) == 2

    def test_too_large_a_lineage_is_cut_and_never_better_than_unclear(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(family, "MAX_NODES", 5)
        child = make_listed(declared=("mit",), hub_model_id="1")
        for _ in range(9):
            make_edge(child=child, parent=make_listed(declared=("mit",)))

        told = answer(what="civitai:1")

        assert "lineage_cut" in [notice["code"] for notice in told["notices"]]
        assert told["combined"]["use_private"]["word"] == "unclear"

    def test_queries_do_not_grow_with_the_ancestors(self) -> None:
        def child_of(parents: int, name: str) -> None:
            child = make_listed(hub_model_id=name)
            for _ in range(parents):
                make_edge(child=child, parent=make_listed(declared=("mit",)).hub_model)

        child_of(2, "1")
        child_of(40, "2")

        with CaptureQueriesContext(connection) as few:
            answer(what="civitai:1")
        with CaptureQueriesContext(connection) as many:
            answer(what="civitai:2")

        assert len(few) == len(many) <= 16

    def test_is_shown_alone(self) -> None:
        make_edge(child=make_listed(hub_model_id="1"), parent=make_listed(hub_model_id="2"))

        told = lineage_json(what="civitai:1")

        assert [len(row["lineage"]) for row in told["listings"]] == [1]


class TestClaims:
    def test_the_latest_of_each_source_stands(self) -> None:
        version = make_listed(hub="huggingface", hub_model_id="org/model")
        for day, declared in ((1, "cc-by-nc-4.0"), (2, "mit")):
            make_claim(page=version.hub_model, declared=[declared], seen_at=NOW.replace(day=day))

        claims = answer(what="org/model")["listings"][0]["claims"]

        assert [claim["license"] for claim in claims] == ["mit"]

    def test_no_licence_is_never_allowed(self) -> None:
        make_listed(hub="huggingface", hub_model_id="org/model")

        words = {right["word"] for right in answer(what="org/model")["combined"].values()}

        assert words == {"unclear"}

    @pytest.mark.parametrize("declared", ["other", "unknown", "my-own-licence", "cc"])
    def test_what_cannot_be_identified_is_never_allowed(self, declared: str) -> None:
        make_listed(declared=(declared,), hub="huggingface", hub_model_id="org/model")

        words = {right["word"] for right in answer(what="org/model")["combined"].values()}

        assert not words & {"allowed", "conditional"}


class TestSameBytes:
    def test_listings_that_disagree_are_unclear_together(self) -> None:
        artifact = make_artifact()
        for flags in (OPEN_FLAGS, CLOSED_FLAGS):
            version = make_version(page=make_page(is_checkpoint=False))
            label(version)
            make_claim(page=version.hub_model, flags=flags)
            make_file(version=version, artifact=artifact)

        told = answer(what=artifact.sha256)

        words = {row["rights"]["sell_weights"]["word"] for row in told["listings"]}
        assert words == {"conditional", "forbidden"}
        assert told["combined"]["sell_weights"]["word"] == "unclear"
        assert "listings_disagree" in [notice["code"] for notice in told["notices"]]

    def test_that_are_only_a_part_of_the_model_are_said_to_be(self) -> None:
        artifact = make_artifact()
        version = make_listed(model_type="Checkpoint")
        make_file(version=version, artifact=artifact, kind="VAE", filename="a.vae.pt")

        told = answer(what=artifact.sha256)

        listing = told["listings"][0]
        assert (listing["filename"], listing["file_kind"]) == ("a.vae.pt", "VAE")
        assert "part_of_a_model" in [notice["code"] for notice in told["notices"]]

    def test_sample_pages_do_not_count_beside_a_mirrored_one(self) -> None:
        artifact = make_artifact()
        make_file(version=make_listed(declared=("mit",), hub="huggingface"), artifact=artifact)
        make_file(version=make_listed(declared=("cc-by-nc-4.0",), hub="sample"), artifact=artifact)

        told = answer(what=artifact.sha256)

        listed = [row["hub"] for row in told["listings"]]
        assert listed == ["huggingface", "sample"]
        mirrored = told["listings"][0]["rights"]["use_commercial"]["word"]
        assert told["combined"]["use_commercial"]["word"] == mirrored != "forbidden"

    def test_candidates_are_never_more_than_unclear_together(self) -> None:
        artifact = make_artifact(digests={"autov1": "de2f2560"})
        make_file(version=make_listed(declared=("mit",), hub="huggingface"), artifact=artifact)

        told = answer(what="de2f2560")

        assert not told["exact"]
        assert {right["word"] for right in told["combined"].values()} == {"unclear"}
        assert [row["ask"] for row in told["candidates"]] == [artifact.sha256]

    def test_more_listings_than_are_read_at_once_leave_it_unclear(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(told_selector, "MAX_LISTED", 2)
        artifact = make_artifact()
        for _ in range(3):
            make_file(version=make_listed(declared=("mit",)), artifact=artifact)

        told = answer(what=artifact.sha256)

        assert len(told["listings"]) == 2
        assert {right["word"] for right in told["combined"].values()} == {"unclear"}
        assert "listings_cut" in [notice["code"] for notice in told["notices"]]


class TestSeveralVersions:
    def test_hold_together_only_for_what_holds_for_all(self) -> None:
        page = make_page(hub_model_id="1")
        parents = [make_listed(declared=(name,)) for name in ("mit", "cc-by-nc-4.0")]
        for parent in parents:
            make_edge(child=make_version(page=page), parent=parent)

        told = answer(what="civitai:1")

        assert len(told["listings"]) == 2
        assert told["combined"]["use_commercial"]["word"] == "unclear"
        assert "several_versions" in [notice["code"] for notice in told["notices"]]


class TestWithheld:
    def test_a_suppressed_listing_keeps_its_terms_and_loses_its_names(self) -> None:
        artifact = make_artifact()
        version = make_listed(
            declared=("cc-by-nc-4.0",),
            hub_model_id="777",
            name="Secret Mix",
            author="Somebody",
            url="https://civitai.example/secret",
        )
        make_file(version=version, artifact=artifact)
        intervene(InterventionKind.SUPPRESS, version.hub_model)

        told = answer(what=artifact.sha256)

        listing = told["listings"][0]
        assert (listing["state"], listing["model_id"], listing["url"]) == ("withheld", "", "")
        assert listing["rights"]["use_commercial"]["word"] == "forbidden"
        text = json.dumps(told)
        for word in ("Secret", "Somebody", "777", "civitai.example", version.hub_version_id + '"'):
            assert word not in text

    def test_a_suppressed_ancestor_keeps_its_terms_and_loses_its_names(self) -> None:
        parent = make_listed(
            declared=("cc-by-nc-4.0",), hub_model_id="777", name="Secret Mix", url="https://secret"
        )
        make_edge(child=make_listed(declared=("mit",), hub_model_id="1"), parent=parent.hub_model)
        intervene(InterventionKind.SUPPRESS, parent.hub_model)

        told = answer(what="civitai:1")

        right = told["combined"]["use_commercial"]
        assert (right["word"], right["grounds"][0]["ancestor"]) == ("forbidden", "withheld:1")
        assert "ecret" not in json.dumps(told)
        assert "777" not in json.dumps(told)

    def test_an_open_reference_to_a_suppressed_page_is_masked(self) -> None:
        make_edge(child=make_listed(hub_model_id="1"), parent_ref="civitai:777")
        intervene(InterventionKind.SUPPRESS, "civitai:777")

        told = answer(what="civitai:1")

        assert told["listings"][0]["open_edges"][0]["parent"] == "withheld:1"

    def test_suppressed_bytes_are_withheld_wherever_they_are_listed(self) -> None:
        artifact = make_artifact()
        make_file(version=make_listed(name="Secret Mix"), artifact=artifact)
        suppress(subject=f"sha256:{artifact.sha256}", reason="asked for", by="operator")

        told = answer(what=artifact.sha256)

        assert [row["state"] for row in told["listings"]] == ["withheld"]
        assert "Secret Mix" not in json.dumps(told)

    def test_an_erased_page_leaves_its_terms_and_nothing_else(self) -> None:
        artifact = make_artifact()
        version = make_listed(
            flags=CLOSED_FLAGS, hub_model_id="777", name="Secret Mix", author="Somebody"
        )
        make_file(version=version, artifact=artifact)
        make_edge(child=make_listed(declared=("mit",), hub_model_id="1"), parent=version.hub_model)
        erase(subject="civitai:777", reason="asked for", by="operator")

        by_bytes, child = answer(what=artifact.sha256), answer(what="civitai:1")

        assert by_bytes["listings"][0]["state"] == "withheld"
        assert by_bytes["combined"]["sell_weights"]["word"] == "forbidden"
        assert child["combined"]["sell_weights"]["word"] == "forbidden"
        for word in ("Secret", "Somebody", "777", "alias"):
            assert word not in json.dumps([by_bytes, child])
        with pytest.raises(UnknownSubject, match="on request"):
            answer(what="civitai:777")

    def test_a_dispute_is_said(self) -> None:
        page = make_listed(hub_model_id="1").hub_model
        intervene(InterventionKind.DISPUTE, page)

        told = answer(what="civitai:1")

        assert told["listings"][0]["disputed"]
        assert "disputed" in [notice["code"] for notice in told["notices"]]

    def test_a_page_that_lists_may_not_show_is_withheld_among_candidates(self) -> None:
        artifact = make_artifact(digests={"autov1": "de2f2560"})
        version = make_listed(name="Private Person", depicts_person=True)
        make_file(version=version, artifact=artifact)

        told = answer(what="de2f2560")

        assert told["listings"][0]["state"] == "withheld"
        assert "Private Person" not in json.dumps(told)


class TestDepictions:
    def page(self, **fields: Any) -> HubModel:
        return make_listed(hub_model_id="1", model_type="Checkpoint", **fields).hub_model

    @pytest.mark.parametrize(
        "fields",
        [
            {"depicts_person": True},
            {"depicts_minor": True},
            {"tags": ["celebrity"]},
            {"name": "Some Character v2"},
        ],
    )
    def test_put_likeness_first_without_saying_why(self, fields: dict[str, Any]) -> None:
        self.page(**fields)

        told = answer(what="civitai:1")

        assert told["not_covered"][0]["topic"] == "likeness_and_publicity"
        assert told["not_covered"][0]["prominent"]
        assert "depicts_" not in json.dumps(told)
        assert "poi" not in json.dumps(told["not_covered"])

    def test_sound_the_same_for_a_flag_and_for_a_kind(self) -> None:
        self.page(depicts_person=True)
        make_listed(hub_model_id="2", model_type="LORA")

        assert answer(what="civitai:1")["not_covered"] == answer(what="civitai:2")["not_covered"]


class TestState:
    def test_of_a_page_that_is_gone_is_said(self) -> None:
        make_listed(hub_model_id="1", state=PageState.GONE, declared=("mit",))

        told = answer(what="civitai:1")

        assert told["listings"][0]["state"] == "gone"
        assert "not_listed" in [notice["code"] for notice in told["notices"]]

    @pytest.mark.parametrize("state", [PageState.ARCHIVED, PageState.TAKEN_DOWN])
    def test_that_is_down_is_said_to_be_nobody_s_act(self, state: PageState) -> None:
        make_version(page=make_page(hub_model_id="7", state=state))

        text = " ".join(notice["text"] for notice in answer(what="civitai:7")["notices"])

        assert "civitai:7 is " in text
        assert "by its author" not in text
        assert "by the hub" not in text

    def test_of_a_page_without_versions_is_answered(self) -> None:
        make_claim(page=make_page(hub="huggingface", hub_model_id="org/empty"), declared=["mit"])

        told = answer(what="org/empty")

        assert [row["version_id"] for row in told["listings"]] == [""]

    def test_a_retracted_parent_is_shown_and_no_longer_firm(self) -> None:
        child = make_listed(declared=("mit",), hub_model_id="1")
        parent = make_listed(declared=("cc-by-nc-4.0",))
        make_edge(child=child, parent=parent, retracted_at=NOW)

        told = answer(what="civitai:1")

        assert told["listings"][0]["lineage"][0]["retracted"]
        assert told["combined"]["use_commercial"]["word"] == "unclear"

    def test_a_named_parent_in_prose_makes_nothing_firm(self) -> None:
        child = make_listed(declared=("mit",), hub_model_id="1")
        make_edge(
            child=child,
            parent=make_listed(declared=("cc-by-nc-4.0",)).hub_model,
            evidence=Evidence.DESCRIPTION_LINK,
            grade=Grade.PROSE,
        )

        assert answer(what="civitai:1")["combined"]["use_commercial"]["word"] == "unclear"
