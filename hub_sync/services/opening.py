"""Open a hub by its name, as this installation is set up."""

import os
from collections.abc import Callable

from django.conf import settings

from hub_sync.services.civitai_source import CivitaiSource
from hub_sync.services.huggingface_source import HuggingFaceSource
from hub_sync.services.sources import Source
from registry.errors import BadInput
from registry.models import Hub

_OPENERS: dict[str, tuple[Callable[..., Source], str]] = {
    Hub.CIVITAI.value: (CivitaiSource, "CIVITAI_TOKEN"),
    Hub.HUGGING_FACE.value: (HuggingFaceSource, "HF_TOKEN"),
}
HUBS = tuple(_OPENERS)


def open_source(hub: str, *, base_url: str = "") -> Source:
    """Return a source for a hub; tokens come from the operator's environment only.

    :param base_url: by default the hub's own address (or ``HF_ENDPOINT``)
    :raises BadInput: if nobody knows the hub, or ``base_url`` is not an http(s) URL
    """
    if hub not in _OPENERS:
        raise BadInput(f"The hubs are {' and '.join(HUBS)}, not {hub!r}.")
    opener, variable = _OPENERS[hub]
    return opener(
        base_url=base_url, user_agent=user_agent(), token=os.environ.get(variable, "").strip()
    )


def user_agent() -> str:
    """Return who we are, and whom a hub can write to about it."""
    contact = getattr(settings, "KEIFU_CONTACT", "")
    return f"keifu/0.1 (+{contact})" if contact else "keifu/0.1"
