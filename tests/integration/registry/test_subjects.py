"""What a question is understood to be about."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.errors import BadInput, NotFound
from registry.models import Intervention, InterventionKind
from registry.selectors.pages import UnknownSubject
from registry.selectors.search import UnreadableCursor, search_pages
from registry.selectors.subjects import UnreadableQuestion, subject_of
from registry.snapshots import PageState
from tests.factories.registry import NOW, make_artifact, make_file, make_page, make_version

pytestmark = pytest.mark.django_db


class TestDigests:
    @pytest.mark.parametrize("spell", [str, str.upper, "0x{}".format, "sha256:{}".format])
    def test_find_bytes_by_their_whole_sha256(self, spell: Callable[[str], str]) -> None:
        artifact = make_artifact()
        file = make_file(artifact=artifact)

        subject = subject_of(spell(artifact.sha256))

        assert (subject.matched_by, subject.is_exact) == ("sha256", True)
        assert [row.version for row in subject.listed] == [file.version_id]

    def test_find_bytes_by_their_whole_blake3(self) -> None:
        make_file(artifact=make_artifact(digests={"blake3": "ab" * 32}))

        subject = subject_of("AB" * 32)

        assert (subject.matched_by, subject.is_exact) == ("blake3", True)

    def test_do_not_trust_a_blake3_that_two_listings_give(self) -> None:
        for _ in range(2):
            make_file(artifact=make_artifact(digests={"blake3": "ab" * 32}))

        assert not subject_of("ab" * 32).is_exact

    @pytest.mark.parametrize(
        ("algorithm", "value"),
        [("autov1", "de2f2560"), ("crc32", "85114a0d"), ("autov3", "c0ffee" * 2)],
    )
    def test_of_a_weak_kind_leave_candidates(self, algorithm: str, value: str) -> None:
        artifacts = [make_artifact(digests={algorithm: value}) for _ in range(2)]
        for artifact in artifacts:
            make_file(artifact=artifact)

        subject = subject_of(value)

        assert (subject.matched_by, subject.is_exact) == (algorithm, False)
        assert len(subject.listed) == 2
        assert subject.notices[0]["code"] == "candidates_only"

    def test_autov2_is_a_prefix_and_so_a_candidate(self) -> None:
        artifact = make_artifact()
        make_file(artifact=artifact)

        subject = subject_of(artifact.sha256[:10].upper())

        assert (subject.matched_by, subject.is_exact) == ("autov2", False)

    def test_say_how_many_candidates_there_are_more(self) -> None:
        for _ in range(51):
            make_file(artifact=make_artifact(digests={"autov1": "de2f2560"}))

        codes = [notice["code"] for notice in subject_of("DE2F2560").notices]

        assert "more_candidates" in codes

    @pytest.mark.parametrize("text", ["f" * 64, "sha256:" + "f" * 64, "autov1:12345678"])
    def test_nobody_lists_are_unknown_and_not_repeated(self, text: str) -> None:
        with pytest.raises(UnknownSubject) as raised:
            subject_of(text)

        assert text.partition(":")[2] not in str(raised.value) or ":" not in text

    def test_named_and_misspelt_are_refused(self) -> None:
        with pytest.raises(UnreadableQuestion, match="64"):
            subject_of("blake3:abcdef12")

    def test_ten_digits_that_name_a_model_are_a_name_too(self) -> None:
        make_page(name="deadbeef00 mix")

        assert subject_of("deadbeef00").matched_by == "name"

    def test_of_a_hugging_face_file_count_the_newest_revision_that_lists_it(self) -> None:
        page = make_page(hub="huggingface")
        artifact = make_artifact()
        for revision in ("old", "new"):
            make_file(version=make_version(page=page, hub_version_id=revision), artifact=artifact)
        make_version(page=page, hub_version_id="without-the-file")

        listed = subject_of(artifact.sha256).listed

        assert [page.versions.get(pk=row.version).hub_version_id for row in listed] == ["new"]


class TestAddresses:
    @pytest.mark.parametrize(
        "text",
        [
            "civitai:85283",
            "85283",
            "https://civitai.com/models/85283/ls-vividus",
            "https://civitai.red/models/85283",
            "https://civitai.com/api/v1/models/85283",
        ],
    )
    def test_of_a_civitai_page_mean_all_its_versions(self, text: str) -> None:
        page = make_page(hub_model_id="85283")
        versions = [make_version(page=page) for _ in range(2)]

        subject = subject_of(text)

        assert (subject.matched_by, subject.is_exact) == ("civitai", True)
        assert {row.version for row in subject.listed} == {version.pk for version in versions}

    @pytest.mark.parametrize(
        "text",
        [
            "civitai-version:90648",
            "https://civitai.com/models/85283?modelVersionId=90648",
            "https://civitai.com/api/download/models/90648?type=Model&format=SafeTensor",
            "civitai.com/models/85283/x?modelVersionId=90648",
        ],
    )
    def test_of_a_civitai_version_mean_that_version(self, text: str) -> None:
        page = make_page(hub_model_id="85283")
        make_version(page=page)
        version = make_version(page=page, hub_version_id="90648")

        assert [row.version for row in subject_of(text).listed] == [version.pk]

    @pytest.mark.parametrize(
        "text",
        [
            "Org/Model",
            "org/model",
            "huggingface:Org/Model",
            "https://huggingface.co/Org/Model/tree/main",
            "https://huggingface.co/Org/Model/resolve/main/model.safetensors?download=true",
        ],
    )
    def test_of_a_repository_mean_its_newest_revision_in_any_case(self, text: str) -> None:
        page = make_page(hub="huggingface", hub_model_id="Org/Model")
        make_version(page=page, hub_version_id="a" * 40)
        newest = make_version(page=page, hub_version_id="b" * 40)

        assert [row.version for row in subject_of(text).listed] == [newest.pk]

    def test_of_a_revision_mean_that_revision(self) -> None:
        page = make_page(hub="huggingface", hub_model_id="org/model")
        old = make_version(page=page, hub_version_id="a" * 40)
        make_version(page=page, hub_version_id="b" * 40)

        assert [row.version for row in subject_of("org/model@aaaaaaaa").listed] == [old.pk]

    def test_of_a_renamed_page_lead_to_where_it_is_now(self) -> None:
        make_page(
            hub="huggingface",
            hub_model_id="old/name",
            state=PageState.RENAMED,
            moved_to="new/name",
        )
        page = make_page(hub="huggingface", hub_model_id="new/name")

        subject = subject_of("old/name")

        assert [row.page for row in subject.listed] == [page.pk]
        assert [notice["code"] for notice in subject.notices] == ["renamed"]

    def test_of_the_sample_catalogue_are_read(self) -> None:
        page = make_page(hub="sample", hub_model_id="slug")

        assert [row.page for row in subject_of("sample:slug").listed] == [page.pk]

    @pytest.mark.parametrize(
        "text", ["civitai:1", "1", "org/unknown", "sample:none", "civitai-version:9"]
    )
    def test_that_nobody_mirrored_say_what_to_do(self, text: str) -> None:
        with pytest.raises(UnknownSubject, match=r"not mirrored|no page"):
            subject_of(text)


class TestMovedVersions:
    def test_are_the_later_pages(self) -> None:
        make_version(hub_version_id="9", first_seen_at=NOW - timedelta(days=2))
        later = make_version(hub_version_id="9", first_seen_at=NOW)

        assert subject_of("civitai-version:9").listed[0].version == later.pk

    def test_were_the_earlier_pages_before(self) -> None:
        earlier = make_version(
            page=make_page(first_seen_at=NOW - timedelta(days=2)),
            hub_version_id="9",
            first_seen_at=NOW - timedelta(days=2),
        )
        make_version(hub_version_id="9", first_seen_at=NOW)

        subject = subject_of("civitai-version:9", as_of=NOW - timedelta(days=1))

        assert subject.listed[0].version == earlier.pk


class TestNonsense:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "   ",
            "a\x00b",
            "x" * 3000,
            "\ud800",
            "civitai:abc",
            "https://example.com/model",
            "huggingface:a/b/c",
            "civitai.com/user/somebody",
            "www.huggingface.co/spaces/a/b",
        ],
    )
    def test_is_refused_with_the_forms_we_read(self, text: str) -> None:
        with pytest.raises(BadInput, match="SHA-256"):
            subject_of(text)


class TestNames:
    def test_are_never_an_answer(self) -> None:
        make_page(name="Grapefruit")

        subject = subject_of("grapefruit")

        assert (subject.matched_by, subject.is_exact, subject.listed) == ("name", False, ())
        assert [row["name"] for row in subject.candidates] == ["Grapefruit"]

    def test_that_nothing_has_are_unknown(self) -> None:
        with pytest.raises(NotFound):
            subject_of("zzzzzz qqqqqq")


class TestSearchPages:
    def test_puts_the_closest_first_and_samples_last(self) -> None:
        make_page(hub="sample", hub_model_id="s", name="grape")
        make_page(name="a grape model")
        make_page(name="Grapefruit")
        make_page(name="Grape")

        found = search_pages(query="grape")

        assert [page.name for page in found.pages] == [
            "Grape",
            "Grapefruit",
            "a grape model",
            "grape",
        ]

    def test_finds_words_however_they_are_joined(self) -> None:
        make_page(name="stable-diffusion-v1-5")

        assert len(search_pages(query="Stable Diffusion").pages) == 1

    def test_forgives_a_typing_error(self) -> None:
        make_page(name="Grapefruit hentai model")

        found = search_pages(query="grapefriut")

        assert found.is_approximate
        assert len(found.pages) == 1

    def test_finds_japanese(self) -> None:
        make_page(name="日本語モデル")

        assert len(search_pages(query="語モ").pages) == 1

    @pytest.mark.parametrize("query", ["100%", "a_b", "\\"])
    def test_takes_patterns_literally(self, query: str) -> None:
        make_page(name="plain")
        page = make_page(name=f"x {query} y")

        assert [found.pk for found in search_pages(query=query).pages] == [page.pk]

    def test_pages_through_everything_once(self) -> None:
        names = {make_page(name=f"grape {number}").name for number in range(7)}

        seen: list[str] = []
        cursor = ""
        while True:
            found = search_pages(query="grape", cursor=cursor, limit=3)
            seen += [page.name for page in found.pages]
            cursor = found.next_cursor
            if not cursor:
                break

        assert (len(seen), set(seen)) == (7, names)

    @pytest.mark.parametrize("cursor", ["x", "!!", "W10", "WyJhIiwxLDJd"])
    def test_refuses_a_foreign_cursor(self, cursor: str) -> None:
        with pytest.raises(UnreadableCursor):
            search_pages(query="grape", cursor=cursor)

    def test_leaves_out_what_lists_may_not_show(self) -> None:
        make_page(name="grape a", depicts_person=True)
        make_page(name="grape b", depicts_minor=True)
        page = make_page(name="grape c")
        Intervention.objects.create(
            kind=InterventionKind.SUPPRESS, subject=str(page), made_by="operator", made_at=NOW
        )

        assert search_pages(query="grape").pages == ()

    def test_takes_one_query(self) -> None:
        make_page(name="grape")

        with CaptureQueriesContext(
            connection,
        ) as queries:
            search_pages(query="grape")

        assert len(queries) == 1
