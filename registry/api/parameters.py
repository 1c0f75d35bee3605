"""Query parameters of the API, checked, and how the schema describes them."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.settings import api_settings

from registry.licensing.profile_fields import DESCRIPTIONS
from registry.licensing.terms import Permission
from registry.models import Hub
from registry.selectors.as_of import FORMS, moment_of
from registry.selectors.asker import asker_of
from registry.selectors.search import LARGEST_PAGE
from registry.selectors.stack_answers import MOST_FILES
from registry.selectors.told import Asked

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
    description="SHA-256, BLAKE3, AutoV1, AutoV2, AutoV3 or CRC32 (in either byte order), in any "
    "case, or one of tensors: `tensors:`, `canonical-f16:` or `canonical-bf16:` and 64 digits. A "
    "kind that does not identify bytes is answered as candidates (`exact` is false).",
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


class MomentQuery(serializers.Serializer[Any]):
    """Which moment is asked about."""

    as_of = serializers.CharField(
        required=False,
        default="",
        help_text=f"What was known then, under the texts in force then: {FORMS}; absent: now.",
    )


class UseQuery(MomentQuery):
    """Which use is asked about, and by whom."""

    use = serializers.ChoiceField(
        choices=_USES, required=False, default="", help_text="One permission; absent: all."
    )


class WhatQuery(UseQuery):
    """What is asked about."""

    what = serializers.ListField(
        child=serializers.CharField(trim_whitespace=False),
        max_length=MOST_FILES,
        help_text="A digest, a Civitai page or download URL or `civitai:ID`, a Hugging Face "
        "repository id or URL, `sample:SLUG`, or a name (candidates only). Given several times: "
        "files that are used together, answered as one.",
    )


ASKER = [
    OpenApiParameter(
        name,
        OpenApiTypes.STR,
        description=f"Of yourself, kept nowhere: {text}. Absent: unknown.",
    )
    for name, text in DESCRIPTIONS.items()
]


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


_NOT_OF_ASKER = {*WhatQuery().fields, api_settings.URL_FORMAT_OVERRIDE}


def asked_of(request: Request) -> Asked:
    """Return the use and the moment asked about, and who asks.

    A parameter that is none of the documented ones is an error: whoever misspells his country
    would else have an answer for nobody.

    :raises ValidationError: if the use is no permission
    :raises BadProfile: naming the field about the asker that makes no sense, or is none
    :raises UnreadableDate: if the moment is none
    :raises FutureDate: if it is in the future
    """
    values = checked(UseQuery, request)
    said = {
        name: value for name, value in request.query_params.items() if name not in _NOT_OF_ASKER
    }
    as_of = as_moment(values)
    return Asked(
        use=Permission(values["use"]) if values["use"] else None,
        as_of=as_of,
        profile=asker_of(said, as_of=as_of),
    )


def as_moment(values: dict[str, Any]) -> datetime | None:
    """Return the moment among checked values; nothing for now.

    :raises UnreadableDate: if it is none
    :raises FutureDate: if it is in the future
    """
    return moment_of(values["as_of"], now=timezone.now())


def checked(query: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the query string's values.

    :raises ValidationError: if one is missing or wrong
    """
    serializer = query(data=request.query_params)
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values
