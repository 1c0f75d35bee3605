"""Endpoints for whoever runs the registry."""

from http import HTTPStatus
from typing import TypedDict

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from registry.http.errors import ErrorJson, UnknownAddress
from registry.http.public_view import PublicView
from registry.http.shapes import shape_of
from registry.selectors.health import ReadinessJson, readiness


class HealthJson(TypedDict):
    """The process answers."""

    status: str


class Health(PublicView):
    """Whether this process lives; asks nothing else."""

    max_age_seconds = 0
    throttle_classes = ()

    @extend_schema(
        operation_id="health",
        responses={200: shape_of(HealthJson), 503: shape_of(ErrorJson)},
        tags=["operations"],
    )
    def get(self, request: Request) -> Response:
        """Say that the process answers."""
        return Response(HealthJson(status="ok"))


class Readiness(PublicView):
    """Whether questions can be answered."""

    max_age_seconds = 0
    throttle_classes = ()

    @extend_schema(
        operation_id="readiness",
        responses={
            200: shape_of(ReadinessJson),
            503: OpenApiResponse(shape_of(ReadinessJson), description="Not ready."),
        },
        tags=["operations"],
    )
    def get(self, request: Request) -> Response:
        """Say whether the database answers and has every migration."""
        state = readiness()
        status = HTTPStatus.OK if state["ready"] else HTTPStatus.SERVICE_UNAVAILABLE
        return Response(state, status=status)


@extend_schema(exclude=True)
class NothingHere(PublicView):
    """Every other address below the API."""

    def get(self, request: Request, **_anything: str) -> Response:
        """Say so in JSON.

        :raises UnknownAddress: always
        """
        raise UnknownAddress("There is nothing at this address. See /api/v1/schema/.")
