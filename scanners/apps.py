"""Django app configuration."""

from django.apps import AppConfig


class ScannersConfig(AppConfig):
    """Register the ``scanners`` app."""

    name = "scanners"
    default_auto_field = "django.db.models.BigAutoField"
