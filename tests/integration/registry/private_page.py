"""A page whose every text holds one word, so that a forgotten one is found."""

from django.db import connection

from registry.services.ingest import ingest_snapshots
from registry.snapshots import Digest, ModelSnapshot
from tests.factories.registry import (
    claim_snapshot,
    edge_snapshot,
    file_snapshot,
    model_snapshot,
    sha256_of,
    version_snapshot,
)

WORD = "lovelace"  # in every text of the page that is erased
REPOSITORY = f"huggingface:{WORD}/name"


def ingest(*snapshots: ModelSnapshot) -> None:
    ingest_snapshots(snapshots=snapshots, by="job:test")


def private_page(*, hub: str = "huggingface", hub_model_id: str = "lovelace/name") -> ModelSnapshot:
    file = file_snapshot(
        hub_file_id="lovelace.safetensors",
        filename="lovelace.safetensors",
        download_url="https://hub.example/lovelace",
        sha256=sha256_of(1),
        digests=(Digest("crc32", "01234567"),),
    )
    version = version_snapshot(
        hub_version_id="99000001",
        name="lovelace v1",
        description="by lovelace",
        files=(file,),
        edges=(
            edge_snapshot("civitai:5", source="lovelace.md", detail="lovelace + x"),
            edge_snapshot("name:lovelace's other model"),
        ),
    )
    return model_snapshot(
        hub=hub,
        hub_model_id=hub_model_id,
        name="lovelace",
        url="https://hub.example/lovelace",
        author="lovelace",
        description="by lovelace",
        tags=("lovelace",),
        claims=(
            claim_snapshot(
                "lovelace-license",
                license_name="lovelace",
                license_link="https://lovelace.example",
                source_url="https://hub.example/lovelace",
                flags={"allowDerivatives": False},
            ),
        ),
        versions=(version,),
    )


def follower(*refs: str) -> ModelSnapshot:
    edges = tuple(edge_snapshot(ref, detail="0.5 lovelace") for ref in refs)
    return model_snapshot(
        hub_model_id="77",
        name="f",
        versions=(version_snapshot(hub_version_id="771", name="v", edges=edges),),
    )


def everything_stored() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        tables = [t for t in connection.introspection.table_names() if t.startswith(("reg", "hub"))]
        texts = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
            texts += [row for (row,) in cursor.fetchall()]
    return "\n".join(texts)
