"""The OpenAPI schema: clean, true to the answers, and no input that breaks the API."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from rest_framework.throttling import AnonRateThrottle
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.factories.registry import make_artifact, make_claim, make_file, make_page, make_version

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]

schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application())


def test_the_schema_is_valid_and_without_warnings(tmp_path: Any) -> None:
    call_command("spectacular", file=str(tmp_path / "schema.yml"), validate=True, fail_on_warn=True)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the test's connection open between requests, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def mirrored(db: None, one_connection: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something to find, and no limit to asking."""
    monkeypatch.setattr(AnonRateThrottle, "allow_request", lambda *_: True)
    version = make_version(page=make_page(hub_model_id="1", name="a"), hub_version_id="2")
    make_claim(page=version.hub_model, declared=["mit"])
    make_file(version=version, artifact=make_artifact(sha256="0" * 64))


@pytest.mark.usefixtures("mirrored")
@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_input_makes_a_server_error(case: schemathesis.Case[Any]) -> None:
    response = case.call()

    case.validate_response(response, checks=CHECKS)
