"""What is logged, and what never is: which file or page somebody asked about."""

import logging
from collections.abc import Sequence

_ARGUMENT_OF_PATH = 1


class WithoutAddress(logging.Filter):
    """Replace the path that Django logs by the pattern it matched: paths hold looked-up hashes."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; never drop it."""
        request = getattr(record, "request", None)
        match = getattr(request, "resolver_match", None)
        route = f"/{match.route}" if match is not None else "(no route)"
        if isinstance(record.args, Sequence) and len(record.args) > _ARGUMENT_OF_PATH:
            arguments = list(record.args)
            arguments[_ARGUMENT_OF_PATH] = route
            record.args = tuple(arguments)
        return True


def logging_settings(*, level: str) -> dict[str, object]:
    """Return the LOGGING setting: warnings and errors on standard error, without addresses.

    ``django.request`` tells of errors only: each "Not Found" would hold the address asked for.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_address": {"()": "registry.config.logs.WithoutAddress"}},
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line"},
            "requests": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["without_address"],
            },
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"handlers": ["requests"], "level": "ERROR", "propagate": False},
            # Malformed requests: their path is in the message itself.
            "django.security": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "django.server": {"handlers": [], "level": "CRITICAL", "propagate": False},
        },
    }
