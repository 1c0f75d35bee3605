"""Celery entry points of the registry: each asks what is due and does it."""

import logging

from celery import shared_task

from registry.errors import Conflict
from registry.services.recompute import recompute_if_outdated

_LOG = logging.getLogger(__name__)


@shared_task(soft_time_limit=1500, time_limit=1800)
def recompute_rights(**_future: object) -> None:
    """Compute all rights anew if anything has changed since the newest epoch."""
    try:
        recompute_if_outdated(by="job:recompute")
    except Conflict as error:
        _LOG.info("%s", error)
