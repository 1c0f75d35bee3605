"""The responses of a public endpoint, for the OpenAPI schema."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse

from registry.http.errors import ErrorJson
from registry.http.shapes import shape_of

_ERRORS = {
    400: "What was asked makes no sense.",
    404: "What was asked for is not here.",
    429: "Too many questions; `Retry-After` says when to go on.",
    503: "The database does not answer just now.",
}


def may_fail(shape: type) -> dict[int, Any]:
    """Return ``shape`` as the answer, and the errors every endpoint may give."""
    errors = {
        status: OpenApiResponse(shape_of(ErrorJson), description=text)
        for status, text in _ERRORS.items()
    }
    return {200: shape_of(shape), **errors}
