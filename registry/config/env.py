"""Typed readers for environment variables; every failure names the variable."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]


def text(name: str, default: str) -> str:
    """Return the value of ``name``, or ``default`` if it is unset or empty."""
    return os.environ.get(name) or default


def flag(name: str, *, default: bool = False) -> bool:
    """Return whether ``name`` is one of ``1``, ``true`` or ``yes``."""
    value = os.environ.get(name)
    return default if not value else value.lower() in {"1", "true", "yes"}


def home() -> Path:
    """Return the folder of all data: ``KEIFU_HOME``, by default ``.keifu`` in the project."""
    return Path(text("KEIFU_HOME", str(ROOT / ".keifu"))).resolve()


def database(name: str) -> dict[str, object]:
    """Return Django's database settings for a ``postgresql://`` URL.

    :raises ImproperlyConfigured: if the URL has another scheme
    """
    url = urlsplit(os.environ.get(name, ""))
    if url.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured(f"{name} must be a postgresql:// URL, not {url.scheme}://.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": url.port or 5432,
    }
