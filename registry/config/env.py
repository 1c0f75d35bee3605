"""Typed readers for environment variables; every failure names the variable."""

import logging
import os
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

ROOT = Path(__file__).resolve().parents[2]

_RATE = re.compile(r"[0-9]+/(s(ec(ond)?)?|m(in(ute)?)?|h(our)?|d(ay)?)", re.ASCII)
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str) -> str:
    """Return the value of ``name``, or ``default`` if it is unset or empty."""
    return os.environ.get(name) or default


def flag(name: str, *, default: bool = False) -> bool:
    """Return whether ``name`` is one of ``1``, ``true``, ``yes`` or ``on``.

    :raises ImproperlyConfigured: if it is neither that nor the opposite
    """
    value = os.environ.get(name, "").lower()
    if value and value not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value in _TRUE if value else default


def number(name: str, default: int) -> int:
    """Return ``name`` as a whole number, zero or larger.

    :raises ImproperlyConfigured: if it is none
    """
    value = os.environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def level(name: str, default: str) -> str:
    """Return ``name`` as a level of Python's logging.

    :raises ImproperlyConfigured: if it is none
    """
    value = text(name, default).upper()
    if value not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"{name} must be DEBUG, INFO, WARNING or ERROR, not {value!r}.")
    return value


def rate(name: str, default: str) -> str:
    """Return ``name`` as requests in a second, minute, hour or day: ``240/minute``.

    :raises ImproperlyConfigured: if it is none
    """
    value = text(name, default)
    if not _RATE.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must be a rate like 240/minute, not {value!r}.")
    return value


def words(name: str, default: str, *, among: frozenset[str] | None = None) -> list[str]:
    """Return the comma-separated words of ``name``.

    :raises ImproperlyConfigured: if one is not ``among`` the known ones
    """
    found = [word.strip() for word in text(name, default).split(",") if word.strip()]
    for word in found:
        if among is not None and word not in among:
            known = ", ".join(sorted(among))
            raise ImproperlyConfigured(f"{name} has {word!r}, which is none of: {known}.")
    return found


def home() -> Path:
    """Return the folder of all data: ``KEIFU_HOME``, by default ``.keifu`` in the project."""
    return Path(text("KEIFU_HOME", str(ROOT / ".keifu"))).expanduser().resolve()


def database(name: str) -> dict[str, object]:
    """Return Django's database settings for the ``postgresql://`` URL in ``name``.

    Everything libpq understands is understood: ``?host=/folder/of/a/socket``, ``?sslmode=require``.

    :raises ImproperlyConfigured: if it is no such URL or names no database
    """
    url = os.environ.get(name, "")
    if not url.startswith(("postgresql://", "postgres://")):
        scheme = f", not a {url.partition('://')[0]}:// one" if "://" in url else ""
        raise ImproperlyConfigured(f"{name} must be a postgresql:// URL{scheme}.")
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        # The reason, not the URL: it may hold a password.
        reason = str(error).strip().partition(":")[0]
        raise ImproperlyConfigured(f"{name} is no valid postgresql:// URL ({reason}).") from None
    if not parts.get("dbname"):
        raise ImproperlyConfigured(f"{name} names no database: postgresql://USER@HOST/DATABASE.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": {"connect_timeout": 10, **parts},
    }
