"""What the tests of pages share."""

import pytest

from registry.services.sample import load_sample


@pytest.fixture
def sample(db: None) -> None:
    """The sample catalogue, loaded."""
    load_sample(by="tests")
