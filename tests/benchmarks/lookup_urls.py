"""The site's addresses, and beside them the views that look-ups are measured against."""

from typing import Any

import msgspec
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.config.urls import urlpatterns as site
from registry.models import Artifact, RightsKind
from registry.rights.answers import RowAnswer, read_row
from registry.selectors.rights_store import stored_codes, stored_rows

_SQL = """
SELECT a.sha256, p.hub, p.hub_model_id, r.words
FROM registry_artifact a
JOIN registry_modelfile f ON f.artifact_id = a.id
JOIN registry_modelversion v ON v.id = f.version_id
JOIN registry_hubmodel p ON p.id = v.hub_model_id
JOIN plain_rights r ON r.artifact_id = a.id
WHERE a.sha256 = ANY(%s)
"""
_READ: dict[bytes, Any] = {}


class _Word(serializers.Serializer[Any]):
    word, best, worst = (serializers.CharField() for _ in range(3))


class _Answer(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    page = serializers.CharField()
    rights = serializers.DictField(child=_Word())
    lineage_coverage = serializers.CharField()
    use_restrictions = serializers.ListField(child=serializers.CharField())


def bare(request: HttpRequest, digest: str) -> HttpResponse:
    """Answer without looking at anything: the same number of bytes, made once."""
    return HttpResponse(_BARE, content_type="application/json")


_BARE = b'{"rights":"' + b"x" * 1400 + b'"}'


class PlainView(APIView):
    """Answer as one would write it first: a serializer, the ORM, the stored row."""

    throttle_classes = ()

    def get(self, request: Request, digest: str) -> Response:
        """Answer for one SHA-256."""
        artifact = Artifact.objects.get(sha256=digest)
        listing = artifact.listings.select_related("version__hub_model").order_by("pk")[0]
        code = stored_codes(kind=RightsKind.ARTIFACT, numbers=[artifact.pk])[artifact.pk]
        row = read_row(stored_rows(codes=[code])[code])
        answer = {"sha256": digest, "page": str(listing.version.hub_model), **_said(row)}
        return Response(_Answer(answer).data)


@csrf_exempt
def joined(request: HttpRequest) -> HttpResponse:
    """Answer for many SHA-256s by one statement that joins everything, without a framework."""
    digests = msgspec.json.decode(request.body)["digests"]
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [digests])
        found = cursor.fetchall()
    results = [
        {"sha256": sha256, "page": f"{hub}:{page}", **_read(bytes(words))}
        for sha256, hub, page, words in found
    ]
    return HttpResponse(msgspec.json.encode(results), content_type="application/json")


def _read(words: bytes) -> dict[str, Any]:
    if words not in _READ:
        numbers = memoryview(words).cast("Q").tolist()
        _READ[words] = _said(read_row(numbers))
    found: dict[str, Any] = _READ[words]
    return found


def _said(row: RowAnswer) -> dict[str, Any]:
    return {
        "rights": {
            permission.value: {"word": one.word, "best": one.best, "worst": one.worst}
            for permission, one in row.rights.items()
        },
        "lineage_coverage": row.coverage,
        "use_restrictions": list(row.uses),
    }


urlpatterns = [
    path("bare/<str:digest>/", bare),
    path("plain/<str:digest>/", PlainView.as_view()),
    path("joined/", joined),
    *site,
]
