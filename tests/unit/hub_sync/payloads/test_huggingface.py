import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from hub_sync.payloads.contents import PayloadError
from hub_sync.payloads.huggingface import (
    Repository,
    Texts,
    read_page,
    read_repository,
    repo_id_of,
)
from registry.lineage.relations import Evidence, Relation
from registry.snapshots import ClaimSource, ModelSnapshot, PageState
from tests.fakes.hubs import RECORDED, FakeHuggingFace

NOW = datetime(2026, 3, 4, tzinfo=UTC)
FOLDER = RECORDED / "huggingface"
REPOS = {r["id"]: r for r in json.loads((FOLDER / "repositories.json").read_text())}


def answers(repo_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the list item and the model info of a recorded repository."""
    hub = FakeHuggingFace(page_items=10)
    items = {item["id"]: item for item in json.loads(hub.route("/api/models", {}).body)}
    return items[repo_id], json.loads(hub.route(f"/api/models/{repo_id}", {}).body)


def texts_of(repo_id: str) -> Texts:
    texts = REPOS[repo_id]["texts"]
    return Texts(
        card=texts["README.md"], has_card=True, mergekit=texts.get("mergekit_config.yml", "")
    )


def read(repo_id: str, *, texts: Texts | None = None, **changes: Any) -> ModelSnapshot:
    item, info = answers(repo_id)
    return read_page(
        read_repository({**item, **changes}),
        info=read_repository(info),
        texts=texts_of(repo_id) if texts is None else texts,
        observed_at=NOW,
    )


class TestReadPage:
    def test_reads_a_repository(self) -> None:
        snapshot = read("waders/heron")

        [version] = snapshot.versions
        assert (snapshot.hub_model_id, snapshot.name, snapshot.author) == (
            "waders/heron",
            "heron",
            "waders",
        )
        assert version.hub_version_id == REPOS["waders/heron"]["sha"]
        assert snapshot.description.strip().startswith("# Heron")
        assert snapshot.description_format == "markdown"

    def test_lists_weights_with_their_lfs_digests(self) -> None:
        [version] = read("waders/heron").versions

        weights = REPOS["waders/heron"]["weights"]
        assert {f.hub_file_id: (f.sha256, f.size_bytes) for f in version.files} == {
            name: (file["sha256"], file["size"]) for name, file in weights.items()
        }
        assert [f.hub_file_id for f in version.files if f.is_primary] == ["model.safetensors"]

    def test_claims_what_the_card_declares_once(self) -> None:
        [claim] = read("waders/heron").claims

        assert (claim.source, claim.declared) == (ClaimSource.CARD, ("creativeml-openrail-m",))

    def test_claims_the_hubs_tag_where_it_says_something_else(self) -> None:
        claims = read("waders/heron", tags=["license:mit"]).claims

        assert [(c.source, c.declared) for c in claims] == [
            (ClaimSource.CARD, ("creativeml-openrail-m",)),
            (ClaimSource.HUB_TAG, ("mit",)),
        ]

    def test_reads_a_misspelt_licence_key(self) -> None:
        [claim] = read("waders/plover-lora").claims

        assert claim.declared == ("apache-2.0",)

    def test_reads_the_parents_of_card_and_merge_recipe(self) -> None:
        snapshot = read("waders/kingfisher")

        [version] = snapshot.versions
        found = {(e.parent_ref, e.evidence) for e in version.edges}
        assert ("huggingface:waders/spoonbill", Evidence.MERGEKIT_CONFIG) in found
        assert ("huggingface:waders/spoonbill", Evidence.CARD_BASE_MODEL) in found
        assert version.has_complete_recipe
        assert snapshot.looks_merged

    def test_takes_an_adapter_for_a_part(self) -> None:
        snapshot = read("waders/plover-lora")

        [edge] = snapshot.versions[0].edges
        assert edge.relation is Relation.ADAPTER
        assert not snapshot.is_checkpoint

    def test_takes_the_hubs_reading_where_the_card_may_not_be_read(self) -> None:
        older = Texts(older_card="---\nlicense: mit\n---\nbefore\n")

        snapshot = read("waders/heron", texts=older, gated="auto")

        assert snapshot.state is PageState.GATED
        assert snapshot.claims[0].declared == ("creativeml-openrail-m",)
        assert snapshot.description.strip() == "before"

    def test_drops_nul_characters_of_a_card(self) -> None:
        texts = Texts(card="---\nlicense: mit\n---\na\x00b\n", has_card=True)

        assert read("waders/heron", texts=texts).description.strip() == "ab"

    @pytest.mark.parametrize(
        "tags", [["base_model:merge:waders/stilt"], ["base_model:waders/stilt", 3, None]]
    )
    def test_makes_an_edge_of_a_tag_only_if_it_states_the_relation(self, tags: list[Any]) -> None:
        edges = read("waders/heron", tags=tags).versions[0].edges

        assert [e.evidence for e in edges] == ([Evidence.HUB_TAG] if len(tags) == 1 else [])

    @pytest.mark.parametrize(
        "hostile",
        [
            {"ignore_metadata_errors": True, "self": 1, "license": "mit"},
            {"license": ["mit", {"a": 1}, None], "base_model": [[1], {"x": 2}, None]},
            {"base_model": 7, "tags": "merge", "license": False},
            "not a mapping",
            None,
        ],
    )
    def test_survives_hostile_card_data(self, hostile: Any) -> None:
        snapshot = read("waders/heron", texts=Texts(), cardData=hostile)

        assert snapshot.hub_model_id == "waders/heron"

    @pytest.mark.parametrize(
        ("lfs", "said"),
        [
            ({"sha256": "x" * 64, "size": 1}, "LFS digest"),
            ({"sha256": "a" * 64, "size": -1}, "size"),
        ],
    )
    def test_refuses_a_file_that_cannot_be(self, lfs: dict[str, Any], said: str) -> None:
        item, info = answers("waders/heron")
        info = copy.deepcopy(info)
        info["siblings"].append({"rfilename": "x.safetensors", "lfs": lfs})

        with pytest.raises(PayloadError, match=said):
            read_page(
                read_repository(item), info=read_repository(info), texts=Texts(), observed_at=NOW
            )

    def test_lists_an_lfs_file_whose_size_nobody_gives(self) -> None:
        item, info = answers("waders/plover-lora")
        info["siblings"] = [{"rfilename": "x.safetensors", "lfs": {"sha256": "a" * 64}}]

        snapshot = read_page(
            read_repository(item), info=read_repository(info), texts=Texts(), observed_at=NOW
        )

        assert [f.size_bytes for f in snapshot.versions[0].files] == [None]


class TestReadRepository:
    def test_keeps_gating_of_every_form(self) -> None:
        gated = [read_repository({"id": "a/b", "gated": g}).gated for g in (False, "auto", None)]

        assert gated == [False, "auto", None]

    @pytest.mark.parametrize(
        "value",
        [
            {"id": "a/b", "sha": "../main"},
            {"id": "a/b", "siblings": [{}]},
            {"id": "a/b", "gated": []},
        ],
    )
    def test_refuses_what_it_cannot_rely_on(self, value: Any) -> None:
        with pytest.raises(PayloadError):
            read_repository(value)

    @pytest.mark.parametrize("repo_id", ["", "a/b/c", "../x", "a/..", "a b", "a/b?x", 5, None])
    def test_refuses_an_id_that_cannot_stand_in_a_url(self, repo_id: Any) -> None:
        with pytest.raises(PayloadError):
            repo_id_of({"id": repo_id})

    def test_knows_the_paths(self) -> None:
        repository = read_repository({"id": "a/b", "siblings": [{"rfilename": "README.md"}]})

        assert isinstance(repository, Repository)
        assert repository.paths == {"README.md"}
