from collections.abc import Iterator

import pytest

from tests.factories.orphans import orphans


@pytest.fixture(autouse=True)
def leaves_no_orphans(request: pytest.FixtureRequest) -> Iterator[None]:
    """Look for rows without their parent after every test that had the database."""
    if request.node.get_closest_marker("django_db") is None:
        yield
        return
    request.getfixturevalue("db")
    yield
    assert orphans() == []
