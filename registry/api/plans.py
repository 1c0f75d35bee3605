"""The endpoint that plans a model before it is published."""

from typing import IO, Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle

from registry.api.plan_schema import BODY, EXAMPLE
from registry.errors import BadInput
from registry.http.errors import ErrorJson
from registry.http.public_view import PublicPost
from registry.http.responses import may_fail
from registry.http.shapes import shape_of
from registry.selectors.plan_shape import PlanJson
from registry.selectors.plans import LARGEST_PLAN, plan


class UnreadableBody(BadInput):
    """A request's body is too large, or no text."""


class TextParser(BaseParser):
    """Hands the body on as text: what it means is read in one place for every interface."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, str]:
        """Return the body under ``text``.

        :raises UnreadableBody: if it is larger than ``LARGEST_PLAN`` bytes, or no UTF-8
        """
        data: bytes = stream.read(LARGEST_PLAN + 1)
        if len(data) > LARGEST_PLAN:
            raise UnreadableBody(f"The body is larger than {LARGEST_PLAN:,} bytes; a plan is not.")
        try:
            return {"text": data.decode("utf-8-sig")}
        except UnicodeDecodeError as error:
            raise UnreadableBody("The body is not text in UTF-8.") from error


class YamlParser(TextParser):
    """The same for a mergekit configuration."""

    media_type = "application/yaml"


class PlanThrottle(AnonRateThrottle):
    """A plan costs more than a look-up."""

    scope = "plan"
    rate = "60/minute"


class PlanLicense(PublicPost):
    """Plan a model before it is published."""

    parser_classes = (TextParser, YamlParser)
    throttle_classes = (PlanThrottle,)

    @extend_schema(
        operation_id="plan_license",
        request=BODY,
        examples=[OpenApiExample("A merge of two", value=EXAMPLE, request_only=True)],
        responses={
            **may_fail(PlanJson),
            415: OpenApiResponse(shape_of(ErrorJson), description="Neither JSON nor YAML."),
        },
        tags=["licenses"],
    )
    def post(self, request: Request) -> Response:
        """Say what the parents let a model allow, what to declare, what to do; stores nothing."""
        body = request.data
        return Response(plan(body.get("text", "") if isinstance(body, dict) else ""))
