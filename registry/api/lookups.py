"""Endpoints that answer by digest out of the newest epoch: fast, many at once, words only."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from registry.api.parameters import DIGEST
from registry.errors import BadInput, DomainError
from registry.http.errors import ErrorJson
from registry.http.public_view import PublicView
from registry.http.rate import QuickRateThrottle
from registry.http.responses import may_fail
from registry.http.shapes import shape_of
from registry.selectors.rights_lookup import (
    MOST_DIGESTS,
    Lookup,
    lookup,
    lookups,
)
from registry.selectors.rights_lookup_shape import LookupJson, LookupsJson

_MOST_BYTES = 200_000  # of a question; a thousand digests with their kinds' names are half of it
_View = Callable[..., HttpResponseBase]
_READS = frozenset({"GET", "HEAD"})
_JSON = "application/json"
_KEPT = "public, max-age=60"
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
}


class TooLarge(BadInput):
    """A question is larger than any we answer."""


class DigestsQuery(serializers.Serializer[Any]):
    """Digests of any kind."""

    digests = serializers.ListField(
        child=serializers.CharField(max_length=200),
        min_length=1,
        max_length=MOST_DIGESTS,
        help_text="SHA-256, BLAKE3, AutoV1, AutoV2, AutoV3 or CRC32, in any case.",
    )


class ByHash(PublicView):
    """What may be done with bytes, in words."""

    throttle_classes = (QuickRateThrottle,)

    @extend_schema(
        operation_id="rights_by_hash",
        parameters=[DIGEST],
        responses=may_fail(LookupJson),
        tags=["rights"],
    )
    def get(self, request: Request, digest: str) -> HttpResponseBase:
        """Say what may be done with the bytes a digest names; the reasons are one link away."""
        found = lookup(digest=digest, answers_at=_answers_at())
        return _responded(request._request, found)


def _at_once(framework: _View) -> _View:
    """Answer what can be answered at once; leave the rest, and errors, to the framework's view."""

    @wraps(framework)
    def view(request: HttpRequest, digest: str) -> HttpResponseBase:
        if request.method not in _READS or not QuickRateThrottle().allow_request(request):
            return framework(request, digest=digest)
        try:
            found = lookup(digest=digest, answers_at=_answers_at())
        except DomainError:
            QuickRateThrottle.hand_on(request)
            return framework(request, digest=digest)
        return _responded(request, found)

    return view


by_hash = _at_once(ByHash.as_view())


class ByHashes(PublicView):
    """What may be done with many files, in words."""

    http_method_names = ["post", "options"]
    throttle_classes = (QuickRateThrottle,)

    @extend_schema(
        operation_id="rights_by_hashes",
        request=DigestsQuery,
        responses={
            **may_fail(LookupsJson),
            415: OpenApiResponse(shape_of(ErrorJson), description="Not JSON."),
        },
        tags=["rights"],
    )
    def post(self, request: Request) -> HttpResponse:
        """Say what may be done with the bytes that up to 1,000 digests of any kind name.

        :raises TooLarge: if the question is
        """
        length = str(request.META.get("CONTENT_LENGTH") or 0)
        if not length.isdecimal() or int(length) > _MOST_BYTES:
            raise TooLarge(f"At most {MOST_DIGESTS} digests, in {_MOST_BYTES:,} bytes, are asked.")
        query = DigestsQuery(data=request.data)
        query.is_valid(raise_exception=True)
        found = lookups(digests=query.validated_data["digests"], answers_at=_answers_at())
        response = HttpResponse(found.body, content_type=_JSON)
        if found.is_of_epoch:
            response["ETag"] = _etag(found)
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Let any web page ask."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
        response["Access-Control-Allow-Headers"] = "Content-Type"
        return response


@cache
def _answers_at() -> str:
    return reverse("api-digest-rights", args=["x"]).removesuffix("x/")


def _etag(found: Lookup) -> str:
    return f'"{found.epoch}"'


def _responded(request: HttpRequest, found: Lookup) -> HttpResponseBase:
    """Return an answer; of one epoch, its ETag is the epoch."""
    etag = _etag(found)
    response = HttpResponse(found.body, content_type=_JSON, headers=_HEADERS)
    if not found.is_of_epoch:
        patch_cache_control(response, no_store=True)
        return response
    response["ETag"] = etag
    response["Cache-Control"] = _KEPT
    if "HTTP_IF_NONE_MATCH" not in request.META:
        return response
    return get_conditional_response(request, etag=etag, response=response) or response
