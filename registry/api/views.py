"""Endpoints that answer "may I?" and show what the answer rests on."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from registry.api.parameters import (
    DIGEST,
    HUB,
    LICENSE_ID,
    MODEL_ID,
    VERSION_ID,
    MomentQuery,
    SearchQuery,
    UseQuery,
    WhatQuery,
    as_asked,
    as_moment,
    asked_of,
    checked,
)
from registry.http.public_view import PublicView
from registry.http.responses import may_fail
from registry.selectors.answer_shape import Answer, LineageJson
from registry.selectors.answers import answer, answer_for_digest, lineage_json
from registry.selectors.licenses import (
    LicenseJson,
    LicenseListJson,
    license_detail,
    license_list,
)
from registry.selectors.page_json import (
    CardJson,
    ModelJson,
    VersionJson,
    card_json,
    model_json,
    version_json,
)
from registry.selectors.search import SearchJson, search_json


class Rights(PublicView):
    """May I? About anything that can be named."""

    @extend_schema(
        operation_id="rights", parameters=[WhatQuery], responses=may_fail(Answer), tags=["rights"]
    )
    def get(self, request: Request) -> Response:
        """Answer about a digest, an address, an id or a name, with every reason."""
        values = checked(WhatQuery, request)
        return Response(answer(what=values["what"], **as_asked(values)))


class DigestRights(PublicView):
    """May I? About bytes."""

    @extend_schema(
        operation_id="rights_by_digest",
        parameters=[DIGEST, UseQuery],
        responses=may_fail(Answer),
        tags=["rights"],
    )
    def get(self, request: Request, digest: str) -> Response:
        """Answer about the bytes a digest names, over every page that lists them."""
        return Response(answer_for_digest(digest=digest, **asked_of(request)))


class PageRights(PublicView):
    """May I? About a page."""

    @extend_schema(
        operation_id="rights_by_page",
        parameters=[HUB, MODEL_ID, UseQuery],
        responses=may_fail(Answer),
        tags=["rights"],
    )
    def get(self, request: Request, hub: str, model_id: str) -> Response:
        """Answer about all versions of a Civitai page, or a repository's newest revision."""
        return Response(answer(what=f"{hub}:{model_id}", **asked_of(request)))


class PageLineage(PublicView):
    """What a page was made from."""

    @extend_schema(
        operation_id="lineage_by_page",
        parameters=[HUB, MODEL_ID, MomentQuery],
        responses=may_fail(LineageJson),
        tags=["models"],
    )
    def get(self, request: Request, hub: str, model_id: str) -> Response:
        """Show every statement about a page's ancestors, with its evidence and its grade."""
        as_of = as_moment(checked(MomentQuery, request))
        return Response(lineage_json(what=f"{hub}:{model_id}", as_of=as_of))


class Model(PublicView):
    """One page."""

    @extend_schema(
        operation_id="model",
        parameters=[HUB, MODEL_ID],
        responses=may_fail(ModelJson),
        tags=["models"],
    )
    def get(self, request: Request, hub: str, model_id: str) -> Response:
        """Show a page: its states and claims over time, and its versions."""
        return Response(model_json(hub=hub, hub_model_id=model_id))


class Card(PublicView):
    """A page's own text."""

    @extend_schema(
        operation_id="card",
        parameters=[HUB, MODEL_ID],
        responses=may_fail(CardJson),
        tags=["models"],
    )
    def get(self, request: Request, hub: str, model_id: str) -> Response:
        """Show a page's text as the hub gives it (not sanitised) and what it claims now."""
        return Response(card_json(hub=hub, hub_model_id=model_id))


class Version(PublicView):
    """One version of a page."""

    @extend_schema(
        operation_id="version",
        parameters=[HUB, MODEL_ID, VERSION_ID],
        responses=may_fail(VersionJson),
        tags=["models"],
    )
    def get(self, request: Request, hub: str, model_id: str, version_id: str) -> Response:
        """Show a version with its files and their digests."""
        return Response(version_json(hub=hub, hub_model_id=model_id, hub_version_id=version_id))


class Search(PublicView):
    """Pages by name."""

    @extend_schema(
        operation_id="search",
        parameters=[SearchQuery],
        responses=may_fail(SearchJson),
        tags=["models"],
    )
    def get(self, request: Request) -> Response:
        """Find pages by a part of their name, the closest first."""
        values = checked(SearchQuery, request)
        return Response(
            search_json(
                query=values["q"],
                hub=values["hub"],
                cursor=values["cursor"],
                limit=values["limit"],
            )
        )


class Licenses(PublicView):
    """The licence catalogue."""

    max_age_seconds = 3600

    @extend_schema(operation_id="licenses", responses=may_fail(LicenseListJson), tags=["licenses"])
    def get(self, request: Request) -> Response:
        """Show what every licence of the catalogue says about every use."""
        return Response(license_list())


class License(PublicView):
    """One licence."""

    max_age_seconds = 3600

    @extend_schema(
        operation_id="license",
        parameters=[LICENSE_ID],
        responses=may_fail(LicenseJson),
        tags=["licenses"],
    )
    def get(self, request: Request, license_id: str) -> Response:
        """Show how the catalogue reads a licence: permissions, duties, limits, sources."""
        return Response(license_detail(license_id=license_id))
