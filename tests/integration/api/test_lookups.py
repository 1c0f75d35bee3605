import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from registry.licensing.terms import Permission
from registry.models import HubModel, Intervention, ModelVersion, RightsEpoch
from registry.selectors import rights_lookup
from registry.selectors.answers import answer_for_digest
from registry.selectors.rights_snapshot import forget_snapshot
from registry.services import rights_files
from registry.services.interventions import dispute, erase, suppress
from registry.services.recompute import recompute_rights
from registry.services.rights_files import publish_if_missing
from tests.factories.registry import (
    NOW,
    make_artifact,
    make_claim,
    make_edge,
    make_file,
    make_page,
    make_version,
    sha256_of,
)

pytestmark = pytest.mark.django_db

Act = Callable[..., object]

ADDRESS = "/api/v1/artifacts/by-hash/"
BLAKE3 = "b3" * 32


@pytest.fixture(autouse=True)
def _home(settings: Settings, tmp_path: Path) -> None:
    settings.KEIFU_HOME = tmp_path
    forget_snapshot()


@pytest.fixture
def sha256() -> str:
    """The digest of a mirrored file of a model that comes from a non-commercial one."""
    parent, version = make_version(), make_version(page=make_page(name="Secret Name"))
    make_claim(page=parent.hub_model, declared=["cc-by-nc-4.0"])
    make_claim(page=version.hub_model, declared=["mit"])
    make_edge(child=version, parent=parent)
    artifact = make_artifact(digests={"blake3": BLAKE3, "autov1": "0a1b2c3d", "crc32": "ffffffff"})
    make_file(version=version, artifact=artifact)
    return artifact.sha256


def get(client: Client, digest: str, **headers: str) -> Any:
    return client.get(f"{ADDRESS}{digest}/", headers=headers)


def post(client: Client, *digests: str) -> Any:
    return client.post(ADDRESS, {"digests": digests}, content_type="application/json")


class TestGet:
    def test_says_what_the_whole_answer_says(self, client: Client, sha256: str) -> None:
        recompute_rights(by="job:test")

        found = get(client, sha256).json()

        whole = answer_for_digest(digest=sha256)
        words = ("word", "best", "worst")
        assert found["rights"] == {
            name: {word: right[word] for word in words}  # type: ignore[literal-required]
            for name, right in whole["combined"].items()
        }
        assert found["rights"]["use_commercial"]["word"] == "forbidden"
        assert found["lineage_coverage"] == whole["lineage_coverage"]
        assert {duty["duty"] for duty in found["duties"]} == {
            duty["duty"] for row in whole["listings"] for duty in row["duties"]
        }
        assert (found["exact"], found["matched_by"], found["computed"]) == (True, "sha256", "epoch")
        assert client.get(found["answer"]).status_code == 200

    def test_asks_the_database_nothing_while_the_epoch_is_fresh(
        self, client: Client, sha256: str
    ) -> None:
        recompute_rights(by="job:test")
        get(client, sha256)

        with CaptureQueriesContext(connection) as queries:
            get(client, sha256)

        assert len(queries) == 0

    @pytest.mark.parametrize("form", ["{}", "sha256:{}", "0x{}"])
    def test_reads_a_digest_however_it_is_spelt(
        self, client: Client, sha256: str, form: str
    ) -> None:
        recompute_rights(by="job:test")

        assert get(client, form.format(sha256).upper()).json()["exact"]

    def test_finds_bytes_by_blake3(self, client: Client, sha256: str) -> None:
        recompute_rights(by="job:test")

        found = get(client, BLAKE3).json()

        assert (found["exact"], found["matched_by"]) == (True, "blake3")

    @pytest.mark.parametrize("digest", ["0a1b2c3d", "ffffffff", ""])
    def test_is_unclear_where_a_digest_does_not_identify_bytes(
        self, client: Client, sha256: str, digest: str
    ) -> None:
        recompute_rights(by="job:test")

        found = get(client, digest or sha256[:10]).json()

        assert (found["exact"], found["candidates"]) == (False, 1)
        assert {right["word"] for right in found["rights"].values()} == {"unclear"}

    def test_names_no_page(self, client: Client, sha256: str) -> None:
        recompute_rights(by="job:test")
        Intervention.objects.create(
            kind="suppress", subject=f"sha256:{sha256}", made_by="x", made_at=NOW
        )

        found = get(client, sha256)

        version = ModelVersion.objects.get(files__artifact__sha256=sha256)
        assert "Secret Name" not in found.content.decode()
        assert str(version.hub_model) not in found.content.decode()

    def test_has_the_epoch_as_its_etag(self, client: Client, sha256: str) -> None:
        epoch = recompute_rights(by="job:test").epoch

        first = get(client, sha256)
        again = get(client, sha256, if_none_match=first["ETag"])

        assert (first["ETag"], first.json()["epoch"]) == (f'"{epoch}"', epoch)
        assert (again.status_code, again.content) == (304, b"")
        assert "max-age=60" in first["Cache-Control"]
        assert first["Access-Control-Allow-Origin"] == "*"

    def test_answers_anew_after_a_new_epoch(self, client: Client, sha256: str) -> None:
        recompute_rights(by="job:test")
        first = get(client, sha256)
        page = ModelVersion.objects.get(files__artifact__sha256=sha256).hub_model
        make_claim(page=page, declared=["no-such-licence"], seen_at=NOW.replace(year=2027))

        recompute_rights(by="job:test")
        again = get(client, sha256, if_none_match=first["ETag"])

        assert again.status_code == 200
        assert again.json()["rights"] != first.json()["rights"]

    def test_answers_for_bytes_newer_than_the_epoch(self, client: Client, sha256: str) -> None:
        recompute_rights(by="job:test")
        newer = make_artifact()
        make_file(artifact=newer)

        found = get(client, newer.sha256)

        assert found.json()["computed"] == "now"
        assert set(found.json()["rights"]) == {permission.value for permission in Permission}
        assert ("ETag" in found, found["Cache-Control"]) == (False, "no-store")

    def test_answers_before_the_first_epoch(self, client: Client, sha256: str) -> None:
        found = get(client, sha256).json()

        assert (found["epoch"], found["computed"], found["exact"]) == (0, "now", True)

    @pytest.mark.parametrize(
        ("digest", "status", "code"),
        [
            (sha256_of(999_999), 404, "UnknownSubject"),
            ("deadbeef", 404, "UnknownSubject"),
            ("nonsense", 400, "UnreadableDigest"),
            ("md5:" + "0" * 32, 400, "UnreadableDigest"),
            ("abc", 400, "UnreadableDigest"),
        ],
    )
    def test_says_what_is_wrong(
        self, client: Client, sha256: str, digest: str, status: int, code: str
    ) -> None:
        recompute_rights(by="job:test")

        found = get(client, digest)

        assert (found.status_code, found.json()["code"]) == (status, code)
        assert found["Cache-Control"] == "no-store"

    def test_counts_requests(
        self, client: Client, sha256: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "rest_framework.throttling.SimpleRateThrottle.THROTTLE_RATES", {"anon": "2/minute"}
        )
        recompute_rights(by="job:test")

        found = [
            client.get(f"{ADDRESS}{sha256}/", REMOTE_ADDR="10.0.0.9").status_code for _ in range(3)
        ]

        assert found == [200, 200, 429]

    def test_counts_a_question_without_an_answer_once(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "rest_framework.throttling.SimpleRateThrottle.THROTTLE_RATES", {"anon": "2/minute"}
        )

        found = [
            client.get(f"{ADDRESS}{'f' * 64}/", REMOTE_ADDR="10.0.0.8").status_code
            for _ in range(3)
        ]

        assert found == [404, 404, 429]

    def test_counts_the_address_that_a_believed_proxy_names(
        self, client: Client, sha256: str, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ) -> None:
        monkeypatch.setattr(
            "rest_framework.throttling.SimpleRateThrottle.THROTTLE_RATES", {"anon": "1/minute"}
        )
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
        recompute_rights(by="job:test")

        found = [
            get(client, sha256, x_forwarded_for=f"10.9.9.9, {address}").status_code
            for address in ("10.0.1.1", "10.0.1.2", "10.0.1.1")
        ]

        assert found == [200, 200, 429]


class TestFiles:
    def test_of_an_older_epoch_are_not_read(self, client: Client, sha256: str) -> None:
        recompute_rights(by="job:test")
        forget_snapshot()
        newest = RightsEpoch.objects.order_by("-pk").first()
        assert newest is not None
        newest.pk = None
        newest.save()

        found = get(client, sha256).json()

        assert found["epoch"] == newest.pk
        assert found["rights"]["use_commercial"]["word"] == "forbidden"

    @pytest.mark.parametrize("name", ["current", "codes-*", "keys-*"])
    @pytest.mark.parametrize("damage", ["gone", "cut", "changed"])
    def test_that_are_damaged_are_not_read_and_written_again(
        self, client: Client, sha256: str, tmp_path: Path, name: str, damage: str
    ) -> None:
        recompute_rights(by="job:test")
        (file,) = (tmp_path / "rights").glob(name)
        data = file.read_bytes()
        file.unlink()
        if damage != "gone":
            file.write_bytes(data[:-1] if damage == "cut" else data[:-1] + b"?")
        forget_snapshot()

        found = get(client, sha256).json()
        written = publish_if_missing()

        assert found["rights"]["use_commercial"]["word"] == "forbidden"
        assert written
        assert not publish_if_missing()

    def test_that_lack_a_kind_of_digest_are_not_read_and_written_again(
        self, client: Client, sha256: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as earlier:
            earlier.setattr(rights_files, "SHORT", ())
            recompute_rights(by="job:test")

        found = get(client, "0a1b2c3d")

        assert found.json()["candidates"] == 1
        assert publish_if_missing()
        assert not publish_if_missing()

    def test_of_digests_are_kept_while_no_bytes_come(self, sha256: str, tmp_path: Path) -> None:
        recompute_rights(by="job:test")
        (keys,) = (tmp_path / "rights").glob("keys-*")
        before = keys.stat().st_mtime_ns

        make_claim()
        recompute_rights(by="job:test")

        assert keys.stat().st_mtime_ns == before
        assert len(list((tmp_path / "rights").iterdir())) == 3


class TestBytesThatNoPageLists:
    @pytest.mark.parametrize("is_computed", [False, True])
    def test_are_not_known(self, client: Client, *, is_computed: bool) -> None:
        artifact = make_artifact(digests={"autov1": "0a1b2c3d"})
        if is_computed:
            recompute_rights(by="job:test")

        found = [get(client, digest) for digest in (artifact.sha256, "autov1:0a1b2c3d")]

        assert [one.status_code for one in found] == [404, 404]


class TestInterventions:
    @pytest.fixture
    def page(self, sha256: str) -> HubModel:
        return ModelVersion.objects.get(files__artifact__sha256=sha256).hub_model

    @pytest.mark.parametrize("is_before", [True, False])
    def test_an_erased_page_leaves_its_terms_and_nothing_else(
        self, client: Client, sha256: str, page: HubModel, *, is_before: bool
    ) -> None:
        page.name, page.author = "Private Mix", "Somebody"
        page.save()
        subject = f"{page.hub}:{page.hub_model_id}"
        if is_before:
            recompute_rights(by="job:test")
        erase(subject=subject, reason="asked for", by="operator:a")
        if not is_before:
            recompute_rights(by="job:test")

        found = get(client, sha256)

        whole = answer_for_digest(digest=sha256)
        assert (found.json()["found"], found.json()["exact"]) == (True, True)
        assert found.json()["rights"]["use_commercial"]["word"] == "forbidden"
        assert (
            found.json()["rights"]["sell_weights"]["word"]
            == (whole["combined"]["sell_weights"]["word"])
        )
        for word in ("Private", "Somebody", subject):
            assert word not in found.content.decode()

    @pytest.mark.parametrize("act", [dispute, suppress])
    @pytest.mark.parametrize("is_of_bytes", [True, False])
    def test_a_dispute_or_a_suppression_changes_no_word(
        self, client: Client, sha256: str, page: HubModel, act: Act, *, is_of_bytes: bool
    ) -> None:
        recompute_rights(by="job:test")
        before = get(client, sha256).json()
        subject = f"sha256:{sha256}" if is_of_bytes else f"{page.hub}:{page.hub_model_id}"
        act(subject=subject, reason="contested", by="operator:a")

        recompute_rights(by="job:test")

        found = get(client, sha256).json()
        assert found["rights"] == before["rights"]
        whole = client.get(found["answer"]).json()
        assert whole["listings"][0]["disputed"] == (act is dispute)
        assert {name: right["word"] for name, right in whole["combined"].items()} == {
            name: right["word"] for name, right in found["rights"].items()
        }


class TestPost:
    def test_answers_in_the_order_of_the_question(self, client: Client, sha256: str) -> None:
        recompute_rights(by="job:test")
        newer = make_artifact()
        make_file(artifact=newer)
        unknown = sha256_of(999_999)

        found = post(client, unknown, sha256, "0A1B2C3D", newer.sha256, BLAKE3)

        results = found.json()["results"]
        assert found.status_code == 200
        assert [row["digest"] for row in results] == [
            unknown, sha256, "0a1b2c3d", newer.sha256, BLAKE3,
        ]  # fmt: skip
        assert [row["found"] for row in results] == [False, True, True, True, True]
        assert [row["computed"] for row in results] == ["", "epoch", "epoch", "now", "epoch"]
        assert results[1] == {**results[4], "digest": sha256, "matched_by": "sha256",
                              "answer": results[1]["answer"]}  # fmt: skip

    def test_has_the_epoch_as_its_etag_while_all_is_of_it(
        self, client: Client, sha256: str
    ) -> None:
        report = recompute_rights(by="job:test")

        known, unknown = post(client, sha256, BLAKE3), post(client, sha256_of(999_999))

        assert known.headers["ETag"] == f'"{report.epoch}"'
        assert "ETag" not in unknown.headers

    def test_answers_a_thousand(self, client: Client, sha256: str) -> None:
        recompute_rights(by="job:test")
        digests = [sha256_of(10_000 + number) for number in range(999)]

        with CaptureQueriesContext(connection) as queries:
            found = post(client, *digests, sha256)

        assert [row["found"] for row in found.json()["results"]] == [False] * 999 + [True]
        assert len(queries) <= 6

    def test_leaves_what_is_too_much_for_one_question(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rights_lookup, "_MOST_NOW", 1)
        newer = [make_artifact() for _ in range(2)]
        for artifact in newer:
            make_file(artifact=artifact)

        results = post(client, *(artifact.sha256 for artifact in newer)).json()["results"]

        assert [(row["found"], row["computed"]) for row in results] == [(True, "now"), (True, "")]
        assert results[1]["rights"] == {}

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({}, "digests"),
            ({"digests": []}, "digests"),
            ({"digests": "abc"}, "digests"),
            ({"digests": [{}]}, "digests"),
            ({"digests": ["a" * 201]}, "digests"),
            ({"digests": ["0" * 64] * 1001}, "digests"),
            ({"digests": ["0" * 64, "nonsense"]}, "nonsense"),
            ([], ""),
        ],
    )
    def test_says_what_is_wrong(self, client: Client, body: Any, said: str) -> None:
        found = client.post(ADDRESS, json.dumps(body), content_type="application/json")

        assert found.status_code == 400
        assert said in found.json()["detail"]

    def test_refuses_ten_megabytes(self, client: Client) -> None:
        body = json.dumps({"digests": ["0" * 10_000_000]})

        found = client.post(ADDRESS, body, content_type="application/json")

        assert (found.status_code, found.json()["code"]) == (400, "TooLarge")

    def test_is_open_to_any_web_page(self, client: Client) -> None:
        found = client.options(ADDRESS)

        assert found["Access-Control-Allow-Origin"] == "*"
        assert found["Access-Control-Allow-Methods"] == "POST, OPTIONS"
