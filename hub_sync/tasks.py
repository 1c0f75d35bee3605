"""Celery entry points of hub_sync: each asks what is due and does a slice of it."""

from celery import shared_task
from django.conf import settings

from hub_sync.services import reconciling
from hub_sync.services.schedule import mirror_if_due


@shared_task(soft_time_limit=3000, time_limit=3300)
def mirror_civitai(**_future: object) -> None:
    """Carry on the walk of Civitai, or begin one if the last is old enough."""
    mirror_if_due(hub="civitai", by="job:mirror")


@shared_task(soft_time_limit=3000, time_limit=3300)
def mirror_huggingface(**_future: object) -> None:
    """Carry on the walk of the Hugging Face Hub, or begin one if the last is old enough."""
    mirror_if_due(hub="huggingface", by="job:mirror")


@shared_task(soft_time_limit=240, time_limit=300)
def queue_inspections(**_future: object) -> None:
    """Ask for the headers of files that nobody has read yet, and wake their readers."""
    reconciling.queue_inspections(hubs=settings.KEIFU_INSPECT)


@shared_task(soft_time_limit=1800, time_limit=2000)
def inspect_headers(*, hub: str, **_future: object) -> None:
    """Read the headers of one hub's files that are due."""
    reconciling.inspect_a_slice(hub=hub, by="job:inspect")
