"""Celery entry points of hub_sync: each asks what is due and does a slice of it."""

from celery import shared_task

from hub_sync.services.schedule import mirror_if_due


@shared_task(soft_time_limit=3000, time_limit=3300)
def mirror_civitai(**_future: object) -> None:
    """Carry on the walk of Civitai, or begin one if the last is old enough."""
    mirror_if_due(hub="civitai", by="job:mirror")


@shared_task(soft_time_limit=3000, time_limit=3300)
def mirror_huggingface(**_future: object) -> None:
    """Carry on the walk of the Hugging Face Hub, or begin one if the last is old enough."""
    mirror_if_due(hub="huggingface", by="job:mirror")
