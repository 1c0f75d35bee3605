"""Read the answer to a range request: the part that was asked for, and no more."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpx2

from hub_sync.clients.errors import HubRefused
from hub_sync.clients.remote_file import NO_RANGES, Part, RangesNotAnswered
from hub_sync.clients.retrying import Interrupted
from registry.fingerprints.model_file import MOST_HEADER_BYTES

_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19}|\*)", re.ASCII)
_UNSATISFIED = re.compile(r"bytes \*/(\d{1,19})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartAnswer:
    """What a hop answered; ``part`` is absent where it sent no bytes of the file."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    part: Part | None = None


def part_of(response: httpx2.Response, *, start: int, upto: int, deadline: float) -> PartAnswer:
    """Return what a response says, reading of its body only bytes of the file up to ``upto``.

    :param deadline: on the monotonic clock
    :raises Interrupted: if the time or the body broke off, or the range is not the one asked for
    :raises HubRefused: if the body is encoded, which was not asked for
    :raises RangesNotAnswered: if all of the file up to ``start`` would have to be read first
    """
    headers = {name.lower(): value for name, value in response.headers.items()}
    status = response.status_code
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        found = _UNSATISFIED.fullmatch(headers.get("content-range", ""))
        size = int(found[1]) if found else start
        part: Part | None = Part(start, b"", size, is_range=True)
        return PartAnswer(status=status, headers=headers, part=part)
    if status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        return PartAnswer(status=status, headers=headers)
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise HubRefused("the hub encodes a file's bytes, which was not asked for")
    if status == HTTPStatus.PARTIAL_CONTENT:
        part = _range(response, headers, start=start, upto=upto, deadline=deadline)
    else:
        part = _beginning(response, headers, upto=upto, deadline=deadline)
    return PartAnswer(status=status, headers=headers, part=part)


def _range(
    response: httpx2.Response,
    headers: Mapping[str, str],
    *,
    start: int,
    upto: int,
    deadline: float,
) -> Part:
    found = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if found is None or int(found[1]) != start or int(found[2]) < start:
        raise Interrupted("answered another range than was asked for")
    size = None if found[3] == "*" else int(found[3])
    count = min(int(found[2]) + 1, upto) - start
    data = _read(response, count, deadline)
    if len(data) < count:
        raise Interrupted("sent a truncated body")
    return Part(start, data, size, is_range=True)


def _beginning(
    response: httpx2.Response, headers: Mapping[str, str], *, upto: int, deadline: float
) -> Part:
    """Read the start of a whole file that came in place of a range, then let go of it."""
    if upto > 2 * MOST_HEADER_BYTES:
        raise RangesNotAnswered(NO_RANGES)
    length = headers.get("content-length", "")
    size = int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None  # noqa: PLR2004
    data = _read(response, upto if size is None else min(upto, size), deadline)
    if size is not None and len(data) < min(upto, size):
        raise Interrupted("sent a truncated body")
    return Part(0, data, size, is_range=False)


def _read(response: httpx2.Response, count: int, deadline: float) -> bytes:
    """Return at most ``count`` bytes of a body; what follows is never asked for."""
    parts: list[bytes] = []
    left = count
    for chunk in response.iter_raw() if left > 0 else ():
        if time.monotonic() > deadline:
            raise Interrupted("took too long")
        parts.append(chunk[:left])
        left -= len(parts[-1])
        if left <= 0:
            break
    return b"".join(parts)
