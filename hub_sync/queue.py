"""Wake a task by its name (house.md H6): rows are the truth, so a lost message costs nothing."""

from functools import partial

from celery import current_app
from django.db import transaction

QUEUE_INSPECTIONS = "hub_sync.tasks.queue_inspections"
INSPECT_HEADERS = "hub_sync.tasks.inspect_headers"


def wake(task: str, **arguments: str) -> None:
    """Send a task its message once the transaction around us is committed."""
    transaction.on_commit(partial(current_app.send_task, task, kwargs=arguments))
