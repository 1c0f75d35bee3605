import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub_sync.models import QuarantinedItem
from registry.lineage.relations import Evidence
from registry.models import HubModel, LineageEdge
from registry.selectors.digest import content_digest
from registry.services.ingest import ingest_snapshots
from registry.snapshots import Digest, ModelSnapshot
from tests.factories.registry import (
    NOW,
    claim_snapshot,
    edge_snapshot,
    file_snapshot,
    make_page,
    model_snapshot,
    sha256_of,
    version_snapshot,
)

pytestmark = pytest.mark.django_db

_SHAS = [sha256_of(number) for number in range(4)]
_CIVITAI_IDS = ["1", "2", "3"]
_REPOSITORIES = ["org/a", "org/b"]
_REFERENCES = [
    *(f"civitai:{identity}" for identity in _CIVITAI_IDS),
    *(f"civitai-version:{identity}{v}" for identity in _CIVITAI_IDS for v in range(2)),
    *(f"huggingface:{name}{at}" for name in _REPOSITORIES for at in ("", "@0", "@9")),
    *(f"sha256:{sha}" for sha in _SHAS),
    "base:SD 1.5",
]


def ingest(*snapshots: ModelSnapshot) -> None:
    ingest_snapshots(snapshots=snapshots, by="job:test")


_files = st.builds(
    lambda number, sha, size, crc: file_snapshot(
        hub_file_id=str(number),
        filename="f",
        sha256=sha,
        size_bytes=size,
        digests=(Digest("crc32", crc),),
    ),
    st.integers(0, 2),
    st.sampled_from(["", *_SHAS]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from(["aa", "bb"]),
)
_edges = st.builds(
    edge_snapshot,
    st.sampled_from(_REFERENCES),
    evidence=st.sampled_from([Evidence.CARD_BASE_MODEL, Evidence.DESCRIPTION_LINK]),
)


def _page(hub: str, identity: str, versions: int, files: list, edges: list) -> ModelSnapshot:  # type: ignore[type-arg]
    return model_snapshot(
        hub=hub,
        hub_model_id=identity,
        claims=(claim_snapshot("mit"),),
        versions=tuple(
            version_snapshot(
                hub_version_id=f"{identity if hub == 'civitai' else ''}{number}",
                name="v",
                files=tuple(files[number::2]),
                edges=tuple(edges[number::2]),
            )
            for number in range(versions)
        ),
    )


def _pages(hub: str, ids: list[str]) -> st.SearchStrategy[list[ModelSnapshot]]:
    page = st.builds(
        _page,
        st.just(hub),
        st.sampled_from(ids),
        st.integers(0, 2),
        st.lists(_files, max_size=4),
        st.lists(_edges, max_size=5),
    )
    return st.lists(page, max_size=3, unique_by=lambda snapshot: snapshot.hub_model_id)


@st.composite
def _walks(draw: st.DrawFn) -> tuple[list[ModelSnapshot], list[list[ModelSnapshot]]]:
    """Pages, and the same pages in another order and in batches."""
    pages = draw(_pages("civitai", _CIVITAI_IDS)) + draw(_pages("huggingface", _REPOSITORIES))
    order = draw(st.permutations(pages))
    cuts = sorted(draw(st.sets(st.integers(0, len(pages)), max_size=3)))
    edges = [0, *cuts, len(pages)]
    return pages, [list(order[a:b]) for a, b in pairwise(edges)]


class TestContentDigest:
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(_walks())
    def test_is_the_same_in_whatever_order_and_batches_pages_come(
        self, walks: tuple[list[ModelSnapshot], list[list[ModelSnapshot]]]
    ) -> None:
        pages, batches = walks
        digests = []
        for walk in ([pages], batches):
            with transaction.atomic():
                for batch in walk:
                    ingest(*batch)
                digests.append(content_digest().tables)
                transaction.set_rollback(True)

        assert digests[0] == digests[1]

    def test_does_not_depend_on_times_keys_and_the_sample_catalogue(self) -> None:
        page = model_snapshot(
            claims=(claim_snapshot("mit"),),
            versions=(version_snapshot(files=(file_snapshot(),), edges=(edge_snapshot("a:b"),)),),
        )
        digests = []
        for days in range(2):
            with transaction.atomic():
                sample = version_snapshot(files=(file_snapshot(),), edges=(edge_snapshot("a:b"),))
                ingest(model_snapshot(hub="sample", versions=(sample,)))
                ingest(_seen(page, NOW + timedelta(days=days)))
                digests.append(content_digest())
                transaction.set_rollback(True)

        assert digests[0] == digests[1]
        assert [table.rows for table in digests[0].tables[:8]] == [1, 1, 1, 1, 0, 1, 1, 1]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", "b"),
            ("tags", ("x",)),
            ("claims", (claim_snapshot("mit"),)),
            ("versions", (version_snapshot(),)),
            ("versions", (version_snapshot(published_at=datetime(2026, 1, 2, tzinfo=UTC)),)),
            ("versions", (version_snapshot(edges=(edge_snapshot("a:b"),)),)),
        ],
    )
    def test_changes_with_what_a_page_says(self, field: str, value: object) -> None:
        ingest(model_snapshot(hub_model_id="1", name="a"))
        before = content_digest()

        ingest(model_snapshot(**{"hub_model_id": "1", "name": "a", field: value}))

        assert content_digest().sha256 != before.sha256

    def test_tells_a_retracted_edge_from_a_standing_one(self) -> None:
        ingest(model_snapshot(versions=(version_snapshot(edges=(edge_snapshot("a:b"),)),)))
        before = content_digest()

        LineageEdge.objects.update(retracted_at=NOW)

        assert content_digest().sha256 != before.sha256

    def test_counts_what_other_apps_name(self) -> None:
        before = content_digest()

        QuarantinedItem.objects.create(
            hub="civitai", external_id="1", reason="no", first_seen_at=NOW, changed_at=NOW
        )

        after = content_digest()
        assert after.sha256 != before.sha256
        assert after.tables[:8] == before.tables[:8]

    def test_is_printed_by_a_command(self) -> None:
        make_page(name="line\nfeed")
        out = io.StringIO()

        call_command("content_digest", tables=True, stdout=out)

        lines = out.getvalue().splitlines()
        assert lines[0].endswith("  hub_model: 1 rows")
        assert lines[-1] == content_digest().sha256


@pytest.mark.django_db(transaction=True)
def test_everything_is_seen_at_one_moment() -> None:
    make_page()

    digest = content_digest()

    assert digest.tables[0].rows == HubModel.objects.count() == 1
    assert not connection.in_atomic_block


def _seen(snapshot: ModelSnapshot, at: datetime) -> ModelSnapshot:
    fields = {name: getattr(snapshot, name) for name in snapshot.__struct_fields__}
    return ModelSnapshot(**{**fields, "observed_at": at})
