import copy
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from hub_sync.payloads.civitai import (
    PrivatePage,
    decode_model,
    model_id_of,
    model_in,
    page_of_version,
    read_model,
)
from hub_sync.payloads.contents import PayloadError
from registry.lineage.relations import Evidence, Grade, Relation
from registry.snapshots import Digest, ModelSnapshot, PageState
from tests.fakes.hubs import RECORDED

NOW = datetime(2026, 3, 4, tzinfo=UTC)
MODELS = {m["id"]: m for m in json.loads((RECORDED / "civitai" / "models.json").read_text())}


def read(model_id: int, **changes: Any) -> ModelSnapshot:
    model = copy.deepcopy(MODELS[model_id])
    return read_model(model_in({**model, **changes}), observed_at=NOW)


def read_file(**changes: Any) -> ModelSnapshot:
    model = copy.deepcopy(MODELS[1001])
    model["modelVersions"][0]["files"][0].update(changes)
    return read_model(model_in(model), observed_at=NOW)


class TestReadModel:
    def test_reads_a_page(self) -> None:
        snapshot = read(1001)

        assert (snapshot.hub, snapshot.hub_model_id, snapshot.name, snapshot.author) == (
            "civitai",
            "1001",
            "Heron Base",
            "inventor",
        )
        assert snapshot.url == "https://civitai.com/models/1001"
        assert [v.hub_version_id for v in snapshot.versions] == ["2001", "2002"]
        assert snapshot.is_checkpoint
        assert not snapshot.looks_merged

    def test_reads_sizes_in_bytes_and_digests_in_lower_case(self) -> None:
        [file] = read(1001).versions[0].files

        assert file.size_bytes == round((2048.5 + 3001) * 1024)
        assert file.sha256 == hashlib.sha256(b"file 3001").hexdigest()
        assert Digest("crc32", hashlib.sha256(b"crc 3001").hexdigest()[:8]) in file.digests
        assert {digest.algorithm for digest in file.digests} == {
            "autov1",
            "autov3",
            "blake3",
            "crc32",
        }

    def test_states_the_flags_under_civitais_names(self) -> None:
        [claim] = read(1002).claims

        assert claim.flags == {
            "allowNoCredit": True,
            "allowDerivatives": False,
            "allowDifferentLicense": False,
            "allowCommercialUse": ["Image", "Rent", "RentCivit"],
        }
        assert claim.grade is Grade.PLATFORM_FLAG

    def test_claims_nothing_where_the_page_states_no_flag(self) -> None:
        names = ["allowNoCredit", "allowDerivatives", "allowDifferentLicense"]

        assert read(1001, **dict.fromkeys([*names, "allowCommercialUse"])).claims == ()

    @pytest.mark.parametrize(
        ("mode", "state"),
        [
            (None, PageState.LISTED),
            ("Archived", PageState.ARCHIVED),
            ("TakenDown", PageState.TAKEN_DOWN),
        ],
    )
    def test_reads_the_mode_as_a_state(self, mode: str | None, state: PageState) -> None:
        assert read(1001, mode=mode).state is state

    def test_refuses_a_mode_nobody_knows(self) -> None:
        with pytest.raises(PayloadError, match="Hidden"):
            read(1001, mode="Hidden")

    def test_keeps_the_restricted_flags(self) -> None:
        snapshot = read(1001, poi=True, minor=True)

        assert (snapshot.depicts_person, snapshot.depicts_minor) == (True, True)

    def test_reads_what_is_null_as_not_said(self) -> None:
        snapshot = read(1001, description=None, tags=None, creator=None, nsfw=None, poi=None)

        assert (snapshot.description, snapshot.tags, snapshot.author) == ("", (), "")

    def test_reads_tags_of_both_forms(self) -> None:
        assert read(1001, tags=["a", {"name": "b"}, "a", 3]).tags == ("a", "b")

    def test_lets_a_date_that_cannot_be_read_be_unknown(self) -> None:
        model = copy.deepcopy(MODELS[1001])
        model["modelVersions"][0].update(publishedAt="yesterday", createdAt=None)

        assert read_model(model_in(model), observed_at=NOW).versions[0].published_at is None

    def test_lists_a_file_without_a_sha256(self) -> None:
        [file] = read_file(hashes={"SHA256": None, "CRC32": "nonsense"}).versions[0].files

        assert (file.sha256, file.digests) == ("", ())

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"hashes": {"SHA256": "12AB"}}, "SHA256"),
            ({"sizeKB": -1}, "sizeKB"),
            ({"sizeKB": 1e300}, "sizeKB"),
            ({"sizeKB": float("nan")}, "sizeKB"),
            ({"id": "x"}, "model"),
            ({"type": "x" * 65}, "file type"),
        ],
    )
    def test_refuses_a_file_it_cannot_rely_on(self, changes: dict[str, Any], said: str) -> None:
        with pytest.raises(PayloadError, match=said):
            read_file(**changes)

    @pytest.mark.parametrize("name", ["id", "name", "type", "modelVersions"])
    def test_refuses_a_page_without_what_it_relies_on(self, name: str) -> None:
        model = {k: v for k, v in MODELS[1001].items() if k != name}

        with pytest.raises(PayloadError):
            read_model(model_in(model), observed_at=NOW)


class TestEdges:
    @pytest.mark.parametrize(
        ("model_type", "relation"),
        [
            ("Checkpoint", Relation.FINETUNE),
            ("LORA", Relation.ADAPTER),
            ("TextualInversion", Relation.ADAPTER),
            ("VAE", Relation.RUNTIME),
            ("Workflows", Relation.RUNTIME),
            ("SomethingNew", Relation.RUNTIME),
        ],
    )
    def test_makes_an_edge_of_the_base_label(self, model_type: str, relation: Relation) -> None:
        [edge] = read(1001, type=model_type, description=None).versions[0].edges

        assert (edge.parent_ref, edge.relation, edge.evidence, edge.grade) == (
            "base:SD 1.5",
            relation,
            Evidence.BASE_LABEL,
            Grade.PLATFORM_FLAG,
        )

    def test_makes_none_of_a_label_that_names_no_model(self) -> None:
        [version] = read(1004, description=None).versions

        assert (version.base_model, version.edges) == ("Other", ())

    def test_reads_the_parents_a_version_description_links(self) -> None:
        edges = {edge.parent_ref: edge for edge in read(1002).versions[0].edges}

        assert {"civitai:1001", "civitai:1006"} <= set(edges)
        assert edges["civitai:1001"].grade is Grade.PROSE
        assert "modelVersionId=2003" in edges["civitai:1001"].source

    def test_lets_the_pages_description_speak_for_every_version(self) -> None:
        text = '<p>Merge of <a href="https://civitai.com/models/77">A</a> and B</p>'

        versions = read(1001, description=text).versions

        assert all("civitai:77" in {e.parent_ref for e in v.edges} for v in versions)

    def test_never_makes_a_page_its_own_parent(self) -> None:
        text = '<p>Merge of <a href="https://civitai.com/models/1001">me</a> and others</p>'

        refs = {e.parent_ref for v in read(1001, description=text).versions for e in v.edges}

        assert "civitai:1001" not in refs

    def test_says_that_a_merge_looks_merged(self) -> None:
        assert read(1002).looks_merged


class TestSmallReaders:
    def test_finds_an_id_without_reading_the_rest(self) -> None:
        assert model_id_of(b'{"other": [1, 2], "id": 12}') == "12"

    @pytest.mark.parametrize("raw", [b"[]", b'{"id": "x"}', b"nonsense"])
    def test_refuses_an_item_without_one(self, raw: bytes) -> None:
        with pytest.raises(PayloadError):
            model_id_of(raw)

    def test_finds_the_page_of_a_version(self) -> None:
        assert page_of_version({"id": 2, "modelId": 5}) == "5"

    @pytest.mark.parametrize("more", ["", ', "name": "\\u0000"', ', "modelVersions": 3'])
    def test_reads_no_private_page(self, more: str) -> None:
        with pytest.raises(PrivatePage):
            decode_model(
                b'{"id": 1, "name": "a", "type": "LORA", "modelVersions": [],'
                b' "availability": "Private"' + more.encode() + b"}"
            )
