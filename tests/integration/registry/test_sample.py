"""The sample catalogue loads, loads again without a trace, and says what it is."""

import pytest

from registry.lineage.references import ReferenceKind, parse_reference
from registry.models import HubModel, LineageEdge
from registry.models.claims import CORRECTING
from registry.selectors.answers import answer
from registry.services.sample import load_sample, sample_snapshots
from registry.snapshots import ClaimSource, ModelSnapshot

SNAPSHOTS = sample_snapshots()
SLUGS = {page.hub_model_id for page in SNAPSHOTS}
FICTIONAL = [page for page in SNAPSHOTS if "fictional" in page.tags]


class TestSampleSnapshots:
    @pytest.mark.parametrize(
        "slug",
        [
            *("stable-diffusion-v1-4", "stable-diffusion-v1-5", "stable-diffusion-2-1"),
            *("stable-diffusion-xl-base-1-0", "stable-diffusion-3-5-large", "chilloutmix"),
            *("chilloutmix-reupload", "generic-chilloutmix", "grapefruit", "flux-1-dev"),
            *("flux-1-schnell", "flux-dev-style-lora", "flux-schnell-style-lora"),
            *("pony-diffusion-v6-xl", "illustrious-xl-v0-1", "noobai-xl-1-0", "controlnet"),
            *("ip-adapter", "ip-adapter-faceid", "instantid", "insightface-antelopev2"),
            *("guanaco-7b", "mistral-style-lora", "deepfacelab-face-swap", "midjourney"),
            *("dall-e-2", "playground", "gpt-4"),
        ],
    )
    def test_hold_the_models_a_visitor_knows(self, slug: str) -> None:
        assert slug in SLUGS

    def test_belong_to_the_sample_hub(self) -> None:
        assert {page.hub for page in SNAPSHOTS} == {"sample"}

    @pytest.mark.parametrize("page", FICTIONAL, ids=lambda page: page.hub_model_id)
    def test_say_thrice_that_a_page_is_made_up(self, page: ModelSnapshot) -> None:
        assert "fictional" in page.name
        assert "Fictional example" in page.description

    def test_name_parents_that_exist(self) -> None:
        parents = {
            parse_reference(edge.parent_ref)
            for page in SNAPSHOTS
            for version in page.versions
            for edge in version.edges
        }

        assert {parent.kind for parent in parents} == {
            ReferenceKind.SAMPLE,
            ReferenceKind.BASE_LABEL,
        }
        assert {p.value for p in parents if p.kind is ReferenceKind.SAMPLE} <= SLUGS

    def test_carry_flags_only_where_they_are_made_up(self) -> None:
        flagged = {page.hub_model_id for page in SNAPSHOTS for claim in page.claims if claim.flags}

        assert flagged <= {page.hub_model_id for page in FICTIONAL}

    def test_take_official_licenses_from_the_catalogue(self) -> None:
        pony = next(page for page in SNAPSHOTS if page.hub_model_id == "pony-diffusion-v6-xl")

        claims = [claim for claim in pony.claims if claim.source is ClaimSource.CATALOG]

        assert [claim.declared for claim in claims] == [("pony-v6-faipl-modified",)]

    def test_leave_corrections_to_those_who_correct(self) -> None:
        sources = {claim.source for page in SNAPSHOTS for claim in page.claims}

        assert sources.isdisjoint(map(ClaimSource, CORRECTING))


@pytest.mark.django_db
class TestLoadSample:
    def test_writes_every_page_with_its_parents_found(self) -> None:
        report = load_sample(by="tests")

        assert report.pages_new == len(SNAPSHOTS)
        labels = {"parent_ref__startswith": "base:"}  # name a family, no page
        assert not LineageEdge.objects.filter(parent_model=None).exclude(**labels).exists()

    def test_writes_nothing_the_second_time(self) -> None:
        load_sample(by="tests")

        assert load_sample(by="tests").rows_written == 0

    def test_leaves_other_hubs_alone(self) -> None:
        load_sample(by="tests")

        assert set(HubModel.objects.values_list("hub", flat=True)) == {"sample"}


@pytest.mark.django_db
class TestSampleAnswers:
    """Computed by the engine, never stored (facts/license_terms.md section 8)."""

    @pytest.fixture(autouse=True)
    def _loaded(self) -> None:
        load_sample(by="tests")

    @pytest.mark.parametrize(
        ("slug", "permission", "word"),
        [
            ("stable-diffusion-v1-5", "use_commercial", "conditional"),
            ("flux-1-dev", "use_commercial", "forbidden"),
            ("flux-dev-style-lora", "use_commercial", "forbidden"),
            ("flux-dev-style-lora", "outputs_commercial", "conditional"),
            ("flux-schnell-style-lora", "use_commercial", "allowed"),
            ("pony-diffusion-v6-xl", "host_paid", "forbidden"),
            ("noobai-xl-1-0", "use_commercial", "forbidden"),
            ("instantid", "use_commercial", "forbidden"),
            ("ip-adapter-faceid", "use_commercial", "forbidden"),
            ("chilloutmix", "use_commercial", "unclear"),
            ("chilloutmix-reupload", "sell_weights", "unclear"),
            ("generic-chilloutmix", "use_commercial", "unclear"),
            ("grapefruit", "redistribute", "unclear"),
            ("guanaco-7b", "use_commercial", "unclear"),
            ("deepfacelab-face-swap", "use_commercial", "unclear"),
            ("midjourney", "outputs_commercial", "unclear"),
            ("midjourney", "redistribute", "not_applicable"),
            ("gpt-4", "outputs_commercial", "unclear"),
            ("playground", "outputs_commercial", "unclear"),
        ],
    )
    def test_show_the_idea(self, slug: str, permission: str, word: str) -> None:
        listing = answer(what=f"sample:{slug}")["listings"][0]

        assert listing["rights"][permission]["word"] == word

    def test_say_that_a_service_s_terms_were_not_read(self) -> None:
        listing = answer(what="sample:midjourney")["listings"][0]

        assert listing["rights"]["outputs_commercial"]["grounds"][0]["basis"] == "memory"

    def test_point_to_the_person_behind_a_face(self) -> None:
        told = answer(what="sample:deepfacelab-face-swap")

        assert told["not_covered"][0]["prominent"]
