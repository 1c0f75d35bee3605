"""What every endpoint of the JSON interface has in common."""

from typing import Any

from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.http.errors import LengthNotSaid, UnreadableParameter

_OK = 200


@method_decorator(conditional_page, name="dispatch")
class PublicView(APIView):
    """A read-only endpoint for anybody, from any web page.

    Answers are open data without cookies, so any origin may read them. They carry an ETag and may
    be kept for ``max_age_seconds``: what an operator suppresses is gone from caches after that.
    """

    http_method_names = ["get", "head", "options"]
    max_age_seconds = 60

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what PostgreSQL could not look up, and a body that would be read as empty.

        :raises UnreadableParameter: if a parameter holds NUL
        :raises LengthNotSaid: if a body comes in chunks: WSGI reads it by its length
        """
        super().initial(request, *args, **kwargs)
        if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
            raise LengthNotSaid("State how long the body is (Content-Length); chunks are not read.")
        given = [*kwargs.values(), *request.query_params, *request.query_params.dict().values()]
        if any("\x00" in str(value) for value in given):
            raise UnreadableParameter("A parameter holds a NUL character; nothing is named so.")

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Say who may read the answer and how long it may be kept."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Allow-Methods"] = ", ".join(self.http_method_names).upper()
        posts = "post" in self.http_method_names
        response["Access-Control-Allow-Headers"] = (
            "Content-Type, If-None-Match" if posts else "If-None-Match"
        )
        response["Access-Control-Expose-Headers"] = "ETag, Retry-After"
        if response.status_code == _OK and self.max_age_seconds:
            patch_cache_control(response, public=True, max_age=self.max_age_seconds)
        else:
            patch_cache_control(response, no_store=True)
        return response
