"""The Celery application: ``celery -A registry.config worker`` or ``beat``.

Works alone: worker and beat have the embedded database started and migrated, unless DATABASE_URL
names a server.
"""

import os
from pathlib import Path

import django
from celery import Celery
from celery.signals import beat_init, worker_init, worker_ready
from django.conf import settings
from django.db import connections

from registry.config import broker, database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.config.settings")

READY_FILE = "KEIFU_READY_FILE"  # the supervisor names a file here and waits for it

app = Celery("keifu")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _prepare(**_signal: object) -> None:
    """Have folders for the messages and a database before the first task."""
    django.setup()
    if settings.CELERY_BROKER_URL == broker.FOLDERS:
        broker.make_folders(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    database.make_ready()
    connections.close_all()  # a pool process must not share its parent's connection


def _tell_ready(**_signal: object) -> None:
    if name := os.environ.get(READY_FILE):
        Path(name).touch()


worker_init.connect(_prepare)
worker_ready.connect(_tell_ready)
beat_init.connect(_prepare)
beat_init.connect(_tell_ready)
