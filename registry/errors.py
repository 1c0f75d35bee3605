"""The kinds of anticipated failure; every error of ours is one of them.

Interfaces translate kinds, never single classes: HTTP status, HTML page, exit code.
Pure Python: importing this module must never import Django.
"""


class DomainError(Exception):
    """Something we expect to go wrong; its text is fit for a reader."""


class BadInput(DomainError):
    """What was asked makes no sense. HTTP 400, exit code 2."""


class NotFound(DomainError):
    """What was asked for is not here. HTTP 404, exit code 3."""


class Unavailable(DomainError):
    """An outside system could not answer; trying later may help. HTTP 503, exit code 4."""


class Conflict(DomainError):
    """What was asked cannot be done in the present state. HTTP 409, exit code 5."""
