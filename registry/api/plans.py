"""The endpoint that plans a model before it is published."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle

from registry.api.bodies import TextParser
from registry.api.plan_schema import BODY, EXAMPLE
from registry.http.errors import ErrorJson
from registry.http.public_view import PublicView
from registry.http.responses import may_fail
from registry.http.shapes import shape_of
from registry.selectors.plan_shape import PlanJson
from registry.selectors.plans import LARGEST_PLAN, plan


class PlanParser(TextParser):
    """A plan as JSON."""

    largest_bytes = LARGEST_PLAN


class YamlParser(PlanParser):
    """A mergekit configuration."""

    media_type = "application/yaml"


class PlanThrottle(AnonRateThrottle):
    """A plan costs more than a look-up."""

    scope = "plan"
    rate = "60/minute"


class PlanLicense(PublicView):
    """Plan a model before it is published."""

    http_method_names = ["post", "options"]
    max_age_seconds = 0
    parser_classes = (PlanParser, YamlParser)
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
