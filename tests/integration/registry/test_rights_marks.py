"""How far the tables go is read off indexes: it is asked whenever rights may be computed."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.selectors.rights_epochs import seen_now
from registry.selectors.rights_marks import marks_now

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("asked", [marks_now, seen_now])
def test_no_table_is_read_whole(asked: Callable[[], object]) -> None:
    with CaptureQueriesContext(connection) as queries:
        asked()

    (query,) = queries
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {query['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index" in plan
    assert "Seq Scan" not in plan
