"""Django app configuration."""

from django.apps import AppConfig


class HubSyncConfig(AppConfig):
    """Register the ``hub_sync`` app."""

    name = "hub_sync"
    default_auto_field = "django.db.models.BigAutoField"
