"""Read what one file on a hub says of itself; every failure is a value with its reason."""

import re
from dataclasses import dataclass

from hub_sync.clients.errors import HubError, OtherOrigin, PageAbsent, PageGated, TooLarge
from hub_sync.clients.hosts import RefusedHost
from hub_sync.clients.remote_file import RangesNotAnswered, RemoteFile
from hub_sync.selectors.places import Place
from hub_sync.services.file_opening import OpenHub
from registry.errors import BadInput
from registry.fingerprints.model_file import UnreadableModelFile
from registry.fingerprints.readers.front_door import read_file_facts
from registry.inspection.inspected import Inspected, inspected
from registry.inspection.page_words import PageWords
from registry.services.fetch_requests import Lease

_SHA256 = re.compile(r'"?([0-9a-f]{64})"?', re.ASCII)
_ROUNDING_BYTES = 1024  # Civitai states sizes in KiB


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a header could not be read; ``reason`` holds no words out of the file."""

    code: str
    reason: str
    for_good: bool = False
    is_hub_away: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading one file came to, and what it cost."""

    result: Inspected | Failure
    header: bytes = b""
    bytes_read: int = 0

    @property
    def is_hub_away(self) -> bool:
        """Return whether it was the hub that could not be read, not the file."""
        return isinstance(self.result, Failure) and self.result.is_hub_away


def read_place(opened: OpenHub, lease: Lease, place: Place, page: PageWords) -> Outcome:
    """Return what the file at ``place`` says of itself, or why that cannot be read.

    It is compared with what its ``page`` says.

    Bytes that are not those asked for (by the hub's own word on digest or size) are a failure.
    """
    file: RemoteFile | None = None
    header = b""
    result: Inspected | Failure
    try:
        file = opened.files.open(f"{opened.base_url}{place.path}")
        facts = read_file_facts(file, filename=place.filename)
        result = _other_bytes(file, lease, place) or inspected(facts, page=page)
        header = file.read(0, facts.header_bytes)
    except UnreadableModelFile as error:
        result = Failure(error.code, "Not a readable model file.", for_good=True)
    except (BadInput, PageAbsent, HubError) as error:
        result = _failure(error)
    return Outcome(
        result,
        header=header,
        bytes_read=file.bytes_read if file else 0,
    )


def _other_bytes(file: RemoteFile, lease: Lease, place: Place) -> Failure | None:
    named = _SHA256.fullmatch(file.stated.get("x-linked-etag", ""))
    size = file.size_bytes
    is_other = named is not None and named[1] != lease.sha256
    if size is not None and place.size_bytes is not None:
        is_other |= abs(size - place.size_bytes) > _ROUNDING_BYTES
    if not is_other:
        return None
    return Failure("other_bytes", "The hub has other bytes there now.", for_good=True)


def _failure(error: BadInput | PageAbsent | HubError) -> Failure:
    match error:
        case PageGated():
            return Failure("gated", "The hub gives the file to some accounts only.", for_good=True)
        case PageAbsent():
            return Failure("absent", "The hub has no such file.", for_good=True)
        case TooLarge() | RangesNotAnswered():
            return Failure("too_large", "Its header is more than we read of a file.", for_good=True)
        case RefusedHost() | OtherOrigin() | BadInput():
            return Failure("refused_host", "The download leads to a place that is not the hub's.")
    return Failure("hub_away", "The hub could not be read.", is_hub_away=True)
