"""The responses of a public endpoint, for the OpenAPI schema."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer

from registry.http.errors import ErrorJson
from registry.http.shapes import shape_of

_ERRORS = {
    400: "What was asked makes no sense.",
    404: "What was asked for is not here.",
    429: "Too many questions; `Retry-After` says when to go on.",
    503: "The database does not answer just now.",
}


def may_fail(*shapes: type) -> dict[int, Any]:
    """Return the answer, of one of ``shapes``, and the errors every endpoint may give."""
    errors = {
        status: OpenApiResponse(shape_of(ErrorJson), description=text)
        for status, text in _ERRORS.items()
    }
    return {200: _one_of([shape_of(shape) for shape in shapes]), **errors}


def _one_of(serializers: list[Any]) -> Any:
    if len(serializers) == 1:
        return serializers[0]
    names = (type(serializer).__name__ for serializer in serializers)
    return PolymorphicProxySerializer(
        component_name="Or".join(names), serializers=serializers, resource_type_field_name=None
    )
