"""Wake a task by its name (house.md H6): rows are the truth, so a lost message costs nothing."""

import logging
from functools import cache, partial

from celery import Celery
from django.db import transaction
from kombu.exceptions import ChannelError, OperationalError

QUEUE_INSPECTIONS = "hub_sync.tasks.queue_inspections"
INSPECT_HEADERS = "hub_sync.tasks.inspect_headers"
RECOMPUTE_RIGHTS = "registry.tasks.recompute_rights"

_LOG = logging.getLogger(__name__)


def wake(task: str, **arguments: str) -> None:
    """Send a task its message once the transaction around us is committed.

    Where the broker takes no message that is logged: what is due is found by beat's next look.
    """
    transaction.on_commit(partial(_send, task, arguments))


def _send(task: str, arguments: dict[str, str]) -> None:
    try:
        sender().send_task(task, kwargs=arguments, retry=False)
    except FileNotFoundError:  # of the default broker's folders: no worker ever ran here
        return
    except (OperationalError, ChannelError, OSError) as error:  # a folder may be another user's
        _LOG.warning("%s was not woken, the broker takes no message: %s", task, error)


@cache
def sender() -> Celery:
    """Return an application that only sends: a command of ``manage.py`` has no other."""
    app = Celery("keifu", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app
