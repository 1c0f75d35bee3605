"""Turn errors into JSON answers ``{"code", "detail"}``, whatever raised them."""

from typing import Any, TypedDict

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from registry.errors import BadInput, DomainError, NotFound, Unavailable
from registry.http.status import status_of


class ErrorJson(TypedDict):
    """What went wrong: a stable code for programs, a sentence for people."""

    code: str
    detail: str


class UnknownAddress(NotFound):
    """There is nothing at an address of the API."""


class NoDatabase(Unavailable):
    """The database does not answer."""


class LengthNotSaid(BadInput):
    """A request does not say how long its body is."""


class UnreadableParameter(BadInput):
    """A parameter holds characters that nothing is named with."""


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer anticipated errors; leave the rest to Django."""
    if isinstance(exc, OperationalError | InterfaceError):
        exc = NoDatabase("The database does not answer just now. Try again in a minute.")
    if isinstance(exc, DomainError):
        return Response(_json(type(exc).__name__, str(exc)), status=status_of(exc))
    response = exception_handler(exc, context)
    if response is not None:
        response.data = _framework_error(exc)
    return response


def _framework_error(exc: Exception) -> ErrorJson:
    if isinstance(exc, Http404):
        return _json("UnknownAddress", "There is nothing at this address.")
    if isinstance(exc, PermissionDenied):
        return _json("Refused", "That is not allowed.")
    detail = getattr(exc, "detail", "")
    if isinstance(exc, exceptions.ValidationError):
        return _json("BadInput", _sentence(detail))
    return _json(type(exc).__name__, str(detail))


def _sentence(detail: object) -> str:
    """Return DRF's nested messages as one line that names the parameters."""
    if isinstance(detail, dict):
        return " ".join(f"{name}: {_sentence(value)}" for name, value in detail.items())
    if isinstance(detail, list):
        return " ".join(_sentence(value) for value in detail)
    return str(detail)


def _json(code: str, detail: str) -> ErrorJson:
    return {"code": code, "detail": detail}
