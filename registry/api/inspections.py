"""The endpoint that says what a model file's header says."""

from io import BytesIO
from typing import IO, Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle

from registry.api.parameters import checked
from registry.errors import BadInput
from registry.fingerprints.model_file import MOST_HEADER_BYTES
from registry.http.errors import ErrorJson
from registry.http.public_view import PublicView
from registry.http.responses import may_fail
from registry.http.shapes import shape_of
from registry.selectors.inspection_shape import InspectionJson
from registry.services.inspection_uploads import inspect_upload

LARGEST_BODY = MOST_HEADER_BYTES + 8  # safetensors: the length of the header, and the header
_LARGEST_FORM = LARGEST_BODY + (64 << 10)  # multipart: with its boundaries and names
_FIELD = "header"


class HeaderTooLarge(APIException):
    """More was sent than a header."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = (
        f"At most {LARGEST_BODY:,} bytes: send the header only, never the weights. Of a "
        "safetensors file that is the first 8 bytes and as many more as they say (little-endian); "
        "of any other file its first bytes, or inspect it where it is: manage.py inspect FILE."
    )


class NoHeader(BadInput):
    """Nothing was sent that could be a header."""


class HeaderParser(BaseParser):
    """Hands the body on as bytes; nothing of it touches the disk."""

    media_type = "application/octet-stream"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, bytes]:
        """Return the body.

        :raises HeaderTooLarge: if it is larger than ``LARGEST_BODY`` bytes
        """
        data: bytes = stream.read(LARGEST_BODY + 1)
        if len(data) > LARGEST_BODY:
            raise HeaderTooLarge
        return {_FIELD: data}


class _InMemory(FileUploadHandler):
    """Keeps one file of a form in memory, and refuses what is no header."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Refuse a form by its length before it is read.

        :raises HeaderTooLarge: if it says to be larger than ``_LARGEST_FORM`` bytes
        """
        self._buffer = BytesIO()
        content_length = kwargs.get("content_length", args[2] if len(args) > 2 else 0)  # noqa: PLR2004
        if content_length and content_length > _LARGEST_FORM:
            raise HeaderTooLarge

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self._buffer = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a part of it.

        :raises HeaderTooLarge: if it is larger than ``LARGEST_BODY`` bytes
        """
        if start + len(raw_data) > LARGEST_BODY:
            raise HeaderTooLarge
        self._buffer.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        """Hand the file over."""
        self._buffer.seek(0)
        return InMemoryUploadedFile(
            file=self._buffer,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
        )


class HeaderForm(serializers.Serializer[Any]):
    """A form with one file."""

    header = serializers.FileField(help_text="The file's header, or its first bytes.")


class HeaderQuery(serializers.Serializer[Any]):
    """What may be said beside the header."""

    sha256 = serializers.CharField(
        required=False, default="", help_text="Of the whole file: then it is looked up."
    )
    filename = serializers.CharField(
        required=False, default="", help_text="Only its ending is used."
    )


class InspectionThrottle(AnonRateThrottle):
    """Each inspection starts a process."""

    scope = "inspection"
    rate = "20/minute"


class Inspections(PublicView):
    """What a model file's header says."""

    http_method_names = ["post", "options"]
    max_age_seconds = 0
    parser_classes = (HeaderParser, MultiPartParser)
    throttle_classes = (InspectionThrottle,)

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Let forms stay in memory."""
        request.upload_handlers = [_InMemory(request)]
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        operation_id="inspect",
        parameters=[HeaderQuery],
        request={
            "application/octet-stream": OpenApiTypes.BINARY,
            "multipart/form-data": HeaderForm,
        },
        responses={
            **may_fail(InspectionJson),
            413: OpenApiResponse(shape_of(ErrorJson), description="More than a header was sent."),
            415: OpenApiResponse(shape_of(ErrorJson), description="Neither bytes nor a form."),
        },
        tags=["files"],
    )
    def post(self, request: Request) -> Response:
        """Say what a file's header says of it: stores nothing, logs nothing."""
        values = checked(HeaderQuery, request)
        content = _content(request.data)
        return Response(
            inspect_upload(content, filename=values["filename"], sha256=values["sha256"])
        )


def _content(body: Any) -> bytes:
    """Return what was sent.

    :raises NoHeader: if that is nothing
    """
    given = body.get(_FIELD) if hasattr(body, "get") else None
    content = given.read() if isinstance(given, UploadedFile) else given
    if not isinstance(content, bytes) or not content:
        raise NoHeader(
            f"Send a file's header as application/octet-stream, or as {_FIELD!r} of a form."
        )
    return content
