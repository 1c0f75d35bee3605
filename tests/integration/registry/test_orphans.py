from datetime import UTC, datetime

import pytest

from registry.models import StateChange
from tests.factories.orphans import orphans
from tests.factories.registry import make_page

pytestmark = pytest.mark.django_db


def test_a_row_without_its_page_is_found() -> None:
    page = make_page()
    row = StateChange.objects.create(
        hub_model_id=page.pk + 1, state="gone", seen_at=datetime(2026, 1, 1, tzinfo=UTC)
    )

    found = orphans()

    assert found == [f"registry.StateChange.hub_model: {(row.pk, page.pk + 1)}"]
    row.delete()
