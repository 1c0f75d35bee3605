"""Endpoints that answer "may I?" and show what the answer rests on."""

from collections.abc import Sequence

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from registry.api.bodies import QUESTION, TextParser, read_question
from registry.api.parameters import (
    ASKER,
    DIGEST,
    HUB,
    LICENSE_ID,
    MODEL_ID,
    VERSION_ID,
    MomentQuery,
    SearchQuery,
    UseQuery,
    WhatQuery,
    as_moment,
    asked_of,
    checked,
)
from registry.http.errors import ErrorJson
from registry.http.public_view import PublicView
from registry.http.responses import may_fail
from registry.http.shapes import shape_of
from registry.licensing.profile import NOBODY
from registry.selectors.answer_shape import Answer, LineageJson, StackAnswer
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
from registry.selectors.stack_answers import stack_answer
from registry.selectors.told import Asked


class RightsView(PublicView):
    """May I? What is said of the asker is kept nowhere: not here, nor by anybody on the way."""

    def asked(self, request: Request) -> Asked:
        """Return how the question is asked; an answer for one asker is nobody else's."""
        asked = asked_of(request)
        if asked.profile != NOBODY:
            self.max_age_seconds = 0
        return asked


class Rights(RightsView):
    """May I? About anything that can be named, or several files that are used together."""

    http_method_names = ["get", "head", "post", "options"]
    parser_classes = (TextParser,)

    @extend_schema(
        operation_id="rights",
        parameters=[WhatQuery, *ASKER],
        responses=may_fail(Answer, StackAnswer),
        tags=["rights"],
    )
    def get(self, request: Request) -> Response:
        """Answer about a digest, an address, an id or a name, with every reason.

        Of several, what may be done with all of them together, and about each.
        """
        files = list(dict.fromkeys(checked(WhatQuery, request)["what"]))
        return Response(_told(files, self.asked(request)))

    @extend_schema(
        operation_id="ask_rights",
        request=QUESTION,
        responses={
            **may_fail(Answer, StackAnswer),
            415: OpenApiResponse(shape_of(ErrorJson), description="Not JSON."),
        },
        tags=["rights"],
    )
    def post(self, request: Request) -> Response:
        """Answer the same; what is said of the asker stands in the body, not in the address."""
        self.max_age_seconds = 0
        question = read_question(request.data)
        return Response(_told(question.files, question.asked()))


def _told(files: Sequence[str], asked: Asked) -> Answer | StackAnswer:
    if len(files) == 1:
        return answer(what=files[0], use=asked.use, as_of=asked.as_of, profile=asked.profile)
    return stack_answer(files=files, asked=asked)


class DigestRights(RightsView):
    """May I? About bytes."""

    @extend_schema(
        operation_id="rights_by_digest",
        parameters=[DIGEST, UseQuery, *ASKER],
        responses=may_fail(Answer),
        tags=["rights"],
    )
    def get(self, request: Request, digest: str) -> Response:
        """Answer about the bytes a digest names, over every page that lists them."""
        asked = self.asked(request)
        told = answer_for_digest(
            digest=digest, use=asked.use, as_of=asked.as_of, profile=asked.profile
        )
        return Response(told)


class PageRights(RightsView):
    """May I? About a page."""

    @extend_schema(
        operation_id="rights_by_page",
        parameters=[HUB, MODEL_ID, UseQuery, *ASKER],
        responses=may_fail(Answer),
        tags=["rights"],
    )
    def get(self, request: Request, hub: str, model_id: str) -> Response:
        """Answer about all versions of a Civitai page, or a repository's newest revision."""
        return Response(_told([f"{hub}:{model_id}"], self.asked(request)))


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
