"""Open the files of a hub, as this installation is set up."""

import os
from collections.abc import Callable

from hub_sync.clients.civitai import OFFICIAL_URL as CIVITAI_URL
from hub_sync.clients.hosts import HOSTS, Hops
from hub_sync.clients.hub_files import HubFiles, Opening
from hub_sync.clients.huggingface import OFFICIAL_URL as HUGGING_FACE_URL
from hub_sync.clients.transport import origin
from hub_sync.clients.waiting import Patience
from hub_sync.services.opening import HUBS, user_agent
from registry.errors import BadInput
from registry.models import Hub

# Beside the queue's own back-off: nobody waits for one file for long.
PATIENCE = Patience(attempts=4, total_wait_seconds=90.0, longest_wait_seconds=60.0)


class OpenHub:
    """One hub's files under one base URL."""

    def __init__(self, hub: str, base_url: str, files: HubFiles) -> None:
        """Remember where paths stand."""
        self.hub = hub
        self.base_url = base_url
        self.files = files


def open_files(
    hub: str,
    *,
    base_url: str = "",
    patience: Patience | None = None,
    pace: Callable[[], None] | None = None,
) -> OpenHub:
    """Return a hub's files.

    Only a base URL that the operator gives (here, or as ``HF_ENDPOINT``) may lie on this machine
    or a private network. Civitai gives many files to accounts only, so the operator's token goes
    along to its own origin; what is on the Hugging Face Hub is read as anybody would.

    :param pace: called before every request; waits for its turn
    :raises BadInput: if nobody knows the hub, or ``base_url`` is not an http(s) URL
    """
    if hub not in HUBS:
        raise BadInput(f"The hubs are {' and '.join(HUBS)}, not {hub!r}.")
    is_civitai = hub == Hub.CIVITAI
    given = base_url or ("" if is_civitai else os.environ.get("HF_ENDPOINT", ""))
    official = CIVITAI_URL if is_civitai else HUGGING_FACE_URL
    url = (given or official).rstrip("/").removesuffix("/api/v1")
    opening = Opening(
        name=url,
        hops=Hops(hosts=HOSTS[hub], own=origin(url) if given else None),
        user_agent=user_agent(),
        token=os.environ.get("CIVITAI_TOKEN", "").strip() if is_civitai else "",
        token_origin=origin(official),
    )
    return OpenHub(hub, url, HubFiles(opening, patience=patience or PATIENCE, pace=pace))
