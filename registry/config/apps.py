"""Django app configuration: the commands that run Keifu itself."""

from django.apps import AppConfig


class RunningConfig(AppConfig):
    """Register ``registry.config``, for its management commands."""

    name = "registry.config"
    label = "keifu_config"
