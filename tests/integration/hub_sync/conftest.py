from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from hub_sync.clients.waiting import Patience
from hub_sync.services.civitai_source import CivitaiSource
from hub_sync.services.huggingface_source import HuggingFaceSource
from hub_sync.services.mirror import EVERYTHING, mirror_hub
from hub_sync.services.run import Scope
from hub_sync.services.tally import Tally
from registry.models import HubModel, StateChange
from tests.fakes.hubs import FakeCivitai, FakeHuggingFace

QUICK = Patience(attempts=3, base_seconds=0.001)
MirrorCivitai = Callable[..., Tally]
ALL_IDS = {"1001", "1002", "1003", "1004", "1005"}  # of what FakeCivitai lists
BOOKKEEPING = {"hub_sync_walk", "hub_sync_walkpage"}


@pytest.fixture
def civitai() -> Iterator[FakeCivitai]:
    fake = FakeCivitai()
    with fake.running():
        yield fake


@pytest.fixture
def huggingface() -> Iterator[FakeHuggingFace]:
    fake = FakeHuggingFace()
    with fake.running():
        yield fake


def civitai_source(fake: FakeCivitai) -> CivitaiSource:
    return CivitaiSource(base_url=fake.url, user_agent="keifu/test", patience=QUICK)


def huggingface_source(fake: FakeHuggingFace) -> HuggingFaceSource:
    return HuggingFaceSource(base_url=fake.url, user_agent="keifu/test", patience=QUICK)


def mirror_civitai(fake: FakeCivitai, scope: Scope = EVERYTHING) -> Tally:
    return mirror_hub(source=civitai_source(fake), by="test", scope=scope)


def mirror_huggingface(fake: FakeHuggingFace, scope: Scope = EVERYTHING) -> Tally:
    return mirror_hub(source=huggingface_source(fake), by="test", scope=scope)


def page(model_id: int) -> HubModel:
    return HubModel.objects.get(hub="civitai", hub_model_id=str(model_id))


def states(model_id: int) -> list[str]:
    rows = StateChange.objects.filter(hub_model=page(model_id)).order_by("pk")
    return list(rows.values_list("state", flat=True))


def row_marks() -> dict[str, set[tuple[str, str]]]:
    """Return where every row of every mirrored table lies and which transaction wrote it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^(registry|hub_sync)_'"
        )
        tables = [row[0] for row in cursor.fetchall() if row[0] not in BOOKKEEPING]
        marks = {}
        for table in sorted(tables):
            cursor.execute(f'SELECT ctid::text, xmin::text FROM "{table}"')  # noqa: S608
            marks[table] = set(cursor.fetchall())
    return marks
