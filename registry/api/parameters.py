"""Query parameters of the API, checked, and how the schema describes them."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from registry.licensing.terms import Permission
from registry.models import Hub
from registry.selectors.search import LARGEST_PAGE

_USES = [(use.value, use.value.replace("_", " ")) for use in Permission]

HUB = OpenApiParameter(
    "hub", OpenApiTypes.STR, OpenApiParameter.PATH, enum=[*Hub.values], description="Which hub."
)
MODEL_ID = OpenApiParameter(
    "model_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The page's id on its hub: a number on Civitai, `owner/name` on Hugging Face "
    "(the slash as it is, or as %2F), a slug in the sample catalogue.",
)
DIGEST = OpenApiParameter(
    "digest",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="SHA-256, BLAKE3, AutoV1, AutoV2, AutoV3 or CRC32, in any case; a kind that does "
    "not identify bytes is answered as candidates (`exact` is false).",
)

VERSION_ID = OpenApiParameter(
    "version_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The version's id: a number on Civitai, a revision on Hugging Face (seven "
    "characters or more of it).",
)
LICENSE_ID = OpenApiParameter(
    "license_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The catalogue's id."
)


class UseQuery(serializers.Serializer[Any]):
    """Which use is asked about."""

    use = serializers.ChoiceField(
        choices=_USES, required=False, default="", help_text="One permission; absent: all."
    )


class WhatQuery(UseQuery):
    """What is asked about."""

    what = serializers.CharField(
        trim_whitespace=False,
        help_text="A digest, a Civitai page or download URL or `civitai:ID`, a Hugging Face "
        "repository id or URL, `sample:SLUG`, or a name (candidates only).",
    )


class SearchQuery(serializers.Serializer[Any]):
    """What is searched for, and which page of the results."""

    q = serializers.CharField(help_text="A part of a name; typing errors are forgiven.")
    hub = serializers.ChoiceField(choices=Hub.choices, required=False, default="")
    cursor = serializers.CharField(
        required=False, default="", help_text="`next_cursor` of the page before."
    )
    limit = serializers.IntegerField(
        required=False, default=20, min_value=1, max_value=LARGEST_PAGE
    )


def use_of(request: Request) -> Permission | None:
    """Return the use asked about, if any.

    :raises ValidationError: if it is no permission
    """
    return as_use(checked(UseQuery, request))


def as_use(values: dict[str, Any]) -> Permission | None:
    """Return the use among checked values, if any."""
    return Permission(values["use"]) if values["use"] else None


def checked(query: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the query string's values.

    :raises ValidationError: if one is missing or wrong
    """
    serializer = query(data=request.query_params)
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values
