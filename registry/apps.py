"""Django app configuration."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Register the ``registry`` app."""

    name = "registry"
    default_auto_field = "django.db.models.BigAutoField"
