"""The Celery application: ``celery -A registry.config.celery worker``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.config.settings")

app = Celery("keifu")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
