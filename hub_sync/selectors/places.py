"""Where on a hub the bytes of an artifact are downloaded."""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from registry.models import Hub, ModelFile
from registry.snapshots import PageState

_CIVITAI_DOWNLOAD = re.compile(r"/api/download/models/[0-9]{1,10}", re.ASCII)


class Place(NamedTuple):
    """One file of a hub: its path and query under the hub's base URL; no host of a stranger's."""

    path: str
    filename: str
    size_bytes: int | None


def places_of(*, hub: str, artifacts: Collection[int]) -> Mapping[int, Place]:
    """Return where each of ``artifacts`` is listed on ``hub``, the newest listing of each.

    The path is worked out from the ids of page, version and file; of the address that Civitai gives
    only what follows the host is used, and only if it is a download's.
    """
    rows = (
        ModelFile.objects.filter(
            artifact__in=artifacts,
            version__hub_model__hub=hub,
            version__hub_model__state=PageState.LISTED.value,
        )
        .order_by("artifact", "pk")
        .values_list(
            *("artifact", "version__hub_model__hub_model_id", "version__hub_version_id"),
            *("hub_file_id", "filename", "size_bytes", "download_url"),
        )
    )
    found: dict[int, Place] = {}
    for artifact, page, version, file, filename, size_bytes, url in rows:
        path = (
            f"/{quote(page)}/resolve/{quote(version, safe='')}/{quote(file)}"
            if hub == Hub.HUGGING_FACE
            else civitai_download_path(version, url)
        )
        found[artifact] = Place(path, filename, size_bytes)
    return found


def civitai_download_path(version: str, url: str) -> str:
    """Return where a version's file is downloaded: of ``url`` what follows the host, or our own."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if not _CIVITAI_DOWNLOAD.fullmatch(parts.path):
        return f"/api/download/models/{quote(version)}"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
